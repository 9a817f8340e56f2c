"""The excerpt of a prompt shows each line of a block once."""

from pathlib import Path

import pytest

from threatflux_training import tokens
from threatflux_training.evidence.blocks import BLOCKS
from threatflux_training.evidence.view import View
from threatflux_training.prompt import excerpt, merge
from threatflux_training.reports.load import load_files
from threatflux_training.tasks.model import Show

SAMPLE = Path(__file__).parents[1] / "examples" / "reports" / "printf.json"


@pytest.fixture(scope="module")
def views() -> dict[str, View]:
    files, _ = load_files([str(SAMPLE)])
    return {"": View(files[0], tokens.Counter("o200k_base"), BLOCKS)}


def test_parts_of_a_block_become_one(views: dict[str, View]) -> None:
    shows = [Show("strings", 0, 6), Show("metadata"), Show("strings", only=(1, 2, 9)), Show("strings", 3, 5)]
    text = excerpt(views, shows).text("Report:")
    total = len(views[""].lines("strings"))
    assert text.count("[strings") == 1
    assert f"[strings: lines 0 to 9 of {total}]" in text
    for line in views[""].lines("strings").lines[0:6]:
        assert text.count(f"\n{line}\n") == 1
    assert text.index("  5: ") < text.index("  [...]") < text.index("  9: ")
    assert text.index("[strings") < text.index("[metadata]")


def test_neighbors_become_a_range_and_all_lines_the_block(views: dict[str, View]) -> None:
    assert merge(views, [Show("strings", 0, 3), Show("strings", only=(3, 4))]) == [
        Show("strings", 0, 5, title=f"strings: lines 0 to 4 of {len(views[''].lines('strings'))}")
    ]
    assert merge(views, [Show("strings", 0, 3), Show("strings")]) == [Show("strings")]
    total = len(views[""].lines("hashes"))
    assert merge(views, [Show("hashes", 0, 1), Show("hashes", 1, total)]) == [Show("hashes")]


def test_a_heading_of_its_own_keeps_only_what_the_block_does_not_show(views: dict[str, View]) -> None:
    named = Show("strings", only=(2, 3, 7), title="strings, other lines")
    assert merge(views, [Show("strings", 0, 3), named]) == [
        Show("strings", 0, 3),
        Show("strings", only=(3, 7), title="strings, other lines"),
    ]
    assert merge(views, [Show("strings", 0, 8), named]) == [Show("strings", 0, 8)]


def test_two_blocks_with_one_heading_repeat_no_lines(views: dict[str, View]) -> None:
    shows = [Show("signatures"), Show("signatures.fields", title="signatures")]
    found = excerpt(views, shows).parts
    lines = [line for _, part in found for line in part]
    assert len(lines) == len(set(lines))
