"""What a line or a name is taken for."""

import json
from pathlib import Path

import pytest

from tests.reports.samples import FEATURES, METADATA
from threatflux_training.evidence.blocks import BLOCKS
from threatflux_training.evidence.name_purpose import purpose_of
from threatflux_training.evidence.string_kinds import tells_job
from threatflux_training.evidence.view import View
from threatflux_training.reports.load import load_files
from threatflux_training.tasks.strings_scripts import _READINGS
from threatflux_training.tasks.triage_case import Case
from threatflux_training.tokens import Counter

LOOP = next(one for one in _READINGS if one.rule == "loop")


@pytest.mark.parametrize(
    "line",
    [
        "for i in 1 2 3; do",
        "for arg",
        "for ((i=0; i<3; i++)); do",
        "foreach my $file (@files) {",
        "for key, value in table.items():",
        "while read line",
        "while [ $# -gt 0 ]; do",
        "until ping -c1 host; do",
    ],
)
def test_a_loop_is_a_loop(line: str) -> None:
    assert LOOP.pattern.search(line)


@pytest.mark.parametrize(
    "line", ["for when Bash doesn't behave like you'd like, or expect.", "while you wait, read this"]
)
def test_a_sentence_is_no_loop(line: str) -> None:
    assert not LOOP.pattern.search(line)


def test_names_that_only_begin_like_others() -> None:
    assert purpose_of("string_to_security_class") is None
    assert purpose_of("strtok_r") == "text"
    assert purpose_of("mkdtemp") == "files"


def _view(folder: Path, strings: list[str]) -> View:
    """A program of which the report has its strings."""
    metadata = METADATA | {"file_path": "/usr/bin/x", "file_name": "x", "mime_type": "application/x-elf"}
    report = {"file_path": "/usr/bin/x", **dict.fromkeys(FEATURES), "metadata": metadata, "strings": strings}
    (folder / "report.json").write_text(json.dumps(report))
    return View(load_files([str(folder / "report.json")])[0][0], Counter("o200k_base"), BLOCKS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Print or check %s (%d-bit) checksums.", True),
        ("Print information about users who are currently logged in.", True),
        ("Process with pid %d does not exist.", False),
        ("Unable to open the file for reading.", False),
        ("The following options are:", False),
    ],
)
def test_a_complaint_is_no_purpose(text: str, expected: bool) -> None:
    assert tells_job(text) is expected


def test_a_help_text_that_runs_on_is_found(tmp_path: Path) -> None:
    help_text = [
        "Usage: %s [OPTION]... FILE1 FILE2",
        "For each pair of input lines with identical join fields, write a line to",
        "standard output.  The default join field is the first, delimited by blanks.",
    ]
    assert Case(_view(tmp_path, help_text)).told(0) == [1]
    assert Case(_view(tmp_path, [help_text[0], "  -a, --all", "Could not open"])).told(0) == []
