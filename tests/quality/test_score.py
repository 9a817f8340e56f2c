"""The parts of the score each see their own fault; what is dropped says why."""

import json
from pathlib import Path

import msgspec
import pytest

from tests.quality.rows import row, sentence
from threatflux_training.quality.decide import reason_to_drop
from threatflux_training.quality.decontaminate import benchmark
from threatflux_training.quality.score import WEIGHTS, quality_parts, quality_score
from threatflux_training.records import Message, Trace
from threatflux_training.settings import TextSettings

NAMES = ["fopen64", "getaddrinfo", "inet_ntop", "strtok_r", "memcmp", "fgets", "strlen"]
GOOD = "It imports `" + "`, `".join(NAMES) + "`. " + sentence("rest", 20)


def scored(answer: str, values: list[str], op: str = "member", name: str = "/bin/cat") -> dict[str, float]:
    messages = [Message("system", "s"), Message("user", "What?"), Message("assistant", answer)]
    return quality_parts(messages, [Trace(value, 2, "analysis:$.x", op, []) for value in values], name)


def test_a_good_answer() -> None:
    assert scored(GOOD, NAMES) == {
        "richness": 1.0,
        "specificity": pytest.approx(7 / 29 / 0.3),
        "completeness": 1.0,
        "length": pytest.approx(29 / 30),
    }
    assert sum(WEIGHTS.values()) == pytest.approx(1)


def test_thin_evidence() -> None:
    assert scored(GOOD, NAMES[:1])["richness"] == pytest.approx(1 / 6)


@pytest.mark.parametrize("op", ["knowledge", "asked"])
def test_what_any_file_gets_is_not_specific(op: str) -> None:
    assert scored(GOOD, NAMES, op)["specificity"] == 0


def test_the_files_own_name_is_not_specific() -> None:
    assert scored("It is `cat`.", ["cat"])["specificity"] == 0


def test_a_turn_without_a_value() -> None:
    messages = [Message("system", "s"), *(Message(role, GOOD) for role in ("user", "assistant", "user", "assistant"))]
    parts = quality_parts(messages, [Trace(NAMES[0], 2, "analysis:$.x", "member", [])], "/bin/cat")
    assert parts["completeness"] == 0.5


def test_too_short() -> None:
    assert scored("Yes, `fopen64`.", NAMES[:1])["length"] < 0.1


def test_the_score_is_the_weighted_sum() -> None:
    messages = [Message("system", "s"), Message("user", "What?"), Message("assistant", "Yes.")]
    assert quality_score(messages, [], "/bin/cat") == round(0.2 / 30, 3)


def test_low_quality_is_dropped() -> None:
    _, example = row(1, quality_score=0.4)
    assert reason_to_drop(example, TextSettings(min_quality=0.41)) == "low_quality"
    assert reason_to_drop(example, TextSettings(min_quality=0.4)) == ""


TEXT = sentence("benchmark", 30)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("plain.txt", f"Some words.\n{TEXT.upper()}\n"),
        ("one.json", json.dumps({"questions": [{"text": TEXT}]})),
        ("many.jsonl", json.dumps({"a": "x"}) + "\n" + json.dumps({"text": TEXT}) + "\n"),
    ],
)
@pytest.mark.parametrize(("shared", "reason"), [(13, "benchmark"), (12, "")])
def test_thirteen_words_of_a_benchmark(tmp_path: Path, name: str, content: str, shared: int, reason: str) -> None:
    (tmp_path / name).write_text(content)
    settings = msgspec.structs.replace(
        TextSettings(), decontaminate=(benchmark(str(tmp_path / name), (tmp_path / name).read_bytes()),)
    )
    words = TEXT.rstrip(".").split()[5 : 5 + shared]
    _, example = row(1, f"Before it, {', '.join(words)}; after.")
    assert reason_to_drop(example, settings) == reason


def test_another_content_is_another_setting(tmp_path: Path) -> None:
    file = tmp_path / "b.txt"
    file.write_text("a")
    first = benchmark(str(file), file.read_bytes())
    file.write_text("b")
    assert benchmark(str(file), file.read_bytes()) != first
