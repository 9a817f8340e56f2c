"""What is masked and what is not; the verifier's own reading comes to the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threatflux_training.check import reading
from threatflux_training.quality import masking

CASES = [
    ("It has `x` and ``a ` b``.", "It has «text» and «text»."),
    ('It says "run me" twice, or \u201cnever\u201d.', "It says «text» twice, or «text»."),
    ("At 0x10, 44,016 bytes, 3.8 % on 2022-09-20 15:27:27 UTC.", "At «number», «number» bytes, «number» % on «number» «number» UTC."),
    ("Three of them, and two more; someone waits.", "«number» of them, and «number» more; someone waits."),
    ("Under /usr/bin/cat and /etc.", "Under «path» and /etc."),
    ("0123456789abcdef0123456789abcdef is it.", "«number» is it."),
    ("Look:\n```\nmov eax, 1\n```\nDone.", "Look:\n«fence»\nDone."),
    ("The logd binary.", "The «name» binary."),
]  # fmt: skip
FENCED = "\n```\nmov eax, 1\n```\n"
PIECES = st.sampled_from(
    [*' .:,`"\n/-%', FENCED, "two", "Ten", "a1", "0x1f", "/usr/bin/x", "word", "logd", "\u201c", "\u201d"]
)


@pytest.mark.parametrize(("text", "wanted"), CASES)
def test_masked(text: str, wanted: str) -> None:
    assert masking.mask(text, "logd") == wanted


@given(st.lists(PIECES, max_size=25).map("".join))
def test_the_verifier_reads_the_same(text: str) -> None:
    ours = masking.mask(text, "logd")
    for mark in ("fence", "text", "path", "number", "name"):
        ours = ours.replace(f"«{mark}»", f"<{mark}>")
    assert reading.masked(text, "/bin/logd") == ours


def test_question_and_excerpt_are_parted() -> None:
    excerpt = "Report on `/bin/x`:\n```\n[metadata]\n  file_size: 3\n```"
    for content in (f"How big is it?\n\n{excerpt}", f"{excerpt}\n\nHow big is it?"):
        assert masking.parted(content) == ("How big is it?", ["[metadata]", "  file_size: 3"])
    assert masking.parted("No excerpt?") == ("No excerpt?", [])


def test_an_excerpt_with_backticks_inside() -> None:
    assert masking.parted("Q?\n\nReport:\n````\n```\nx\n```\n````") == ("Q?", ["```", "x", "```"])
