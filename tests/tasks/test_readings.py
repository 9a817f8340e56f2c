"""What a line or a name is taken for."""

import pytest

from threatflux_training.evidence.name_purpose import purpose_of
from threatflux_training.tasks.strings_scripts import _READINGS

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
