"""Statements on all of a list: a fault where the prompt shows a part, none where it shows the whole or they name their limits."""

import pytest

from threatflux_training.check.documents import Document
from threatflux_training.check.scope import beyond_view
from threatflux_training.check.visible import Prompt

STRINGS = ["/lib64/ld-linux-x86-64.so.2", "GLIBC_2.34", "Usage: %s FILE", "https://example.org/"]
SECTIONS = [{"name": name, "entropy": 5.0 + number} for number, name in enumerate((".text", ".rodata", ".data"))]
ROOT = {
    "strings": STRINGS,
    "entropy": {"sections": SECTIONS},
    "symbols": {"imports": [{"name": "puts"}, {"name": "exit"}]},
}
OWN = [Document("analysis", ROOT, "", "")]
PARTNER = [Document("analysis", {"strings": ["something else", "a further text"]}, "", "")]
WHOLE = "\n".join([*STRINGS, ".text", ".rodata", ".data", "puts", "exit", "something else", "a further text"])
PART = "Usage: %s FILE\n.text\nputs\nsomething else"
BEYOND = [
    "None of its strings names a purpose.",
    "The only address is `https://example.org/`.",
    "It contains one web address, `https://example.org/`, most likely for readers.",
    "Its strings hold no address and no line that I'd follow up.",
    "Nothing among the strings of `a` makes an indicator.",
    "All version names in it, newest first: `GLIBC_2.34`.",
    "`GLIBC_2.34` is the newest version it asks for, so that is the floor.",
    "Only `a` has `Usage: %s FILE`.",
    "- Densest in `a` is `.text` with 5.0 bits per byte, which is no unusual value.",
    "No section of `a` stands out as packed: `.text` has 5.0 bits per byte.",
    "`puts` is the only import of its kind in `a`.",
]
WITHIN = [
    "None of the strings shown names a purpose.",
    "The only address in view is `https://example.org/`.",
    "Nothing among the strings that I see makes an indicator.",
    "`no strings`, `the only link` and ``all strings`` stand there.",
    "```\nnone of its strings\n```",
    "For it one link in a comment suffices.",
    "Of the sections shown `.text` is densest with 5.0 bits per byte.",
    "Only `a` has `.text`; `b` has nothing that `a` lacks.",
    "It names `GLIBC_2.34`.",
]


@pytest.mark.parametrize("text", BEYOND)
def test_all_of_a_list_needs_all_of_it_in_view(text: str) -> None:
    assert len(list(beyond_view(text, (OWN, []), Prompt(PART)))) == 1
    assert not list(beyond_view(text, (OWN, PARTNER), Prompt(WHOLE)))
    assert not list(beyond_view(text, ([Document("analysis", {"strings": None}, "", "")], []), Prompt(PART)))


@pytest.mark.parametrize("text", WITHIN)
def test_what_names_its_limits_or_speaks_of_something_else_is_no_fault(text: str) -> None:
    assert not list(beyond_view(text, (OWN, PARTNER), Prompt(PART)))


def test_of_two_files_both_lists_count() -> None:
    shown = Prompt("\n".join([*STRINGS, ".text", ".rodata", ".data", "puts", "exit", "something else"]))
    assert list(beyond_view(BEYOND[7], (OWN, PARTNER), shown))
    assert not list(beyond_view(BEYOND[7], (OWN, []), shown))
