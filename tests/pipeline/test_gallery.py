"""The gallery: what is chosen, and how it is shortened for a page."""

import json
from pathlib import Path

import msgspec
import pytest

from pipeline.cli import main
from pipeline.commands.gallery import choose, shortened, wishes
from tests.conftest import SAMPLES
from tests.documents import sample_examples
from threatflux_training.records import Example, Message


def test_there_is_one_of_everything() -> None:
    shown = [title for one in choose(sample_examples()) for title in one.titles]
    assert sorted(shown) == sorted(title for title, _, _ in wishes())


def test_the_choice_does_not_depend_on_the_order() -> None:
    chosen = choose(sample_examples())
    assert [one.example.metadata.id for one in choose(sample_examples()[::-1])] == [
        one.example.metadata.id for one in chosen
    ]
    for one in chosen:
        if one.twin is not None:
            assert not one.example.metadata.answerable and one.twin.metadata.answerable
            assert one.twin.metadata.pair_id == one.example.metadata.pair_id


def _with(content: str, *values: str) -> Example:
    example = sample_examples()[0]
    traces = [{"value": value, "path": "analysis:$.x", "op": "equal", "inputs": []} for value in values]
    metadata = msgspec.structs.replace(example.metadata, evidence=json.dumps(traces))
    return Example(messages=[Message("user", content), Message("assistant", "all of " * 400)], metadata=metadata)


def test_excerpts_are_cut_but_keep_what_the_answer_says() -> None:
    lines = [f"  row {number}" for number in range(40)]
    question, answer = shortened(_with("\n".join(["Report on `x`:", "```", *lines, "```", "And?"]), "row 33", "row 2"))
    assert question.content.split("\n") == [
        "Report on `x`:", "```", *lines[:12], "[… 8 lines]", *lines[20:30], "[… 3 lines]", lines[33], "[… 6 lines]", "```",
        "And?",
    ]  # fmt: skip
    assert answer.content == "all of " * 400


def test_long_lines_are_clipped_behind_the_last_value() -> None:
    row = "a" * 300 + "NEEDLE" + "b" * 300
    question, _ = shortened(_with(f"```\n{row}\n```", "NEEDLE"))
    assert question.content == f"```\n{row[:306]}[… 300 characters]\n```"
    assert shortened(_with(row))[0].content == row


def test_it_is_written_or_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = str(SAMPLES / "deploy.sh.json.gz")
    assert main(["gallery", report, "--output", str(tmp_path / "page.md")]) == 0
    assert main(["gallery", report]) == 0
    assert capsys.readouterr().out == (tmp_path / "page.md").read_text()
    assert main(["gallery", str(tmp_path / "nowhere")]) == 1
    assert "name reports or folders" in capsys.readouterr().err
