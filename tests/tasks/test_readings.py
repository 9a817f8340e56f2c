"""What a line or a name is taken for."""

import pytest

from threatflux_training.evidence.job_lines import Job, job
from threatflux_training.evidence.name_purpose import purpose_of
from threatflux_training.evidence.string_kinds import tells_job
from threatflux_training.tasks.script_lines import READINGS

LOOP = next(one for one in READINGS if one.rule == "loop")


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


def test_a_help_text_that_runs_on_is_found() -> None:
    help_text = [
        "Usage: %s [OPTION]... FILE1 FILE2",
        "For each pair of input lines with identical join fields, write a line to",
        "standard output.  The default join field is the first, delimited by blanks.",
    ]
    assert job(help_text) == Job("two", (1, 2))
    assert job([help_text[0], "  -a, --all", "Could not open"]) is None
