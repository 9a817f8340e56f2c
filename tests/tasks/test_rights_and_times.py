"""Permissions with special bits, and access times from before the copy."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.reports.samples import FEATURES, METADATA
from threatflux_training.generate import expand_file
from threatflux_training.reports.load import load_files
from threatflux_training.settings import TextSettings


def answers(folder: Path, task: str, **changes: Any) -> str:
    """All answers of a task on a file with such metadata."""
    report = {**dict.fromkeys(FEATURES), "file_path": METADATA["file_path"], "metadata": METADATA | changes}
    (folder / "r.json").write_text(json.dumps(report))
    files, _ = load_files([str(folder)])
    made = [one for file in files for one in expand_file(file, TextSettings()).examples]
    said = [one for one in made if one.metadata.task == task and one.metadata.answerable]
    return "\n".join(turn.content for one in said for turn in one.messages if turn.role == "assistant")


@pytest.mark.parametrize(
    ("mode", "told", "untold"),
    [
        ("755", "special bits|ordinary bits|setuid", "gives|privileged|leading digit"),
        ("4755", "setuid", "drops|doesn't exclude|cut off|no effect|changes nothing|without effect|lends nobody"),
        ("1755", "sticky", "drops|doesn't exclude|cut off|privileged|justify|act with"),
        ("4644", "setuid", "drops|doesn't exclude|cut off|privileged|justify|act with"),
    ],
)
def test_special_bits_are_told_where_the_report_has_them(tmp_path: Path, mode: str, told: str, untold: str) -> None:
    said = answers(tmp_path, "metadata.permissions", permissions=mode)
    assert any(one in said for one in told.split("|"))
    assert not any(one in said for one in untold.split("|"))


@pytest.mark.parametrize(("accessed", "early"), [("2024-01-01T00:00:00Z", True), ("2027-01-01T00:00:00Z", False)])
def test_an_access_before_the_copy_is_no_reading_of_it(tmp_path: Path, accessed: str, early: bool) -> None:
    times = {"created": "2026-01-01T00:00:00Z", "modified": "2025-01-01T00:00:00Z", "accessed": accessed}
    said = answers(tmp_path, "metadata.timeline", **times)
    assert said
    assert (
        any(one in said for one in ("brought along, set", "older than the creation", "older than this copy,")) == early
    )
