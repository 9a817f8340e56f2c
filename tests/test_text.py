"""Escaping is reversible and leaves nothing that a chat template could take for a command."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threatflux_training.text import MAX_LINE, code, escape, fence_for, line, unescape

ANY = st.text(st.characters(), max_size=200)
CHATTY = st.text(st.sampled_from(list("<|>[]/\\u{}0af_iINSTms`｜\n\t\u202e\ud800 ")), max_size=60)
TOKENS = ["<|im_start|>", "<|IM_END|>", "[INST]", "[/inst]", "<<SYS>>", "<s>", "</s>", "<start_of_turn>", "<think>",
          "<tool_call>", "<｜begin▁of▁sentence｜>", "<fim_prefix>", "<unused42>"]  # fmt: skip


@given(st.one_of(ANY, CHATTY))
def test_unescape_undoes_escape(text: str) -> None:
    assert unescape(escape(text)) == text


@given(st.one_of(ANY, CHATTY))
def test_nothing_hidden_is_left(text: str) -> None:
    for character in escape(text):
        assert unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}, repr(character)


@pytest.mark.parametrize("token", TOKENS)
def test_control_tokens_lose_their_first_character(token: str) -> None:
    escaped = escape(f"a {token} b")
    assert token.lower() not in escaped.lower()
    assert f"\\u{{{ord(token[0]):x}}}{token[1:2]}" in escaped
    assert unescape(escaped) == f"a {token} b"


def test_a_literal_escape_is_escaped_too() -> None:
    assert escape(r"\u{41}") == r"\u{5c}u{41}"


def test_long_lines_are_cut_and_say_so() -> None:
    shown = line("x" * 5000)
    assert shown == "x" * MAX_LINE + " [cut: the first 2,000 of 5,000 characters]"


def test_code_and_fences_outgrow_their_content() -> None:
    assert code("a") == "`a`"
    assert code("a`b``c") == "``` a`b``c ```"
    assert fence_for(["plain"]) == "```"
    assert fence_for(["x ```` y"]) == "`````"


@given(text=st.text(st.sampled_from("<>|[]\\u{a}/sSinINT_ \x7f\x00é")))
def test_the_quick_way_gives_what_the_pattern_gives(text: str) -> None:
    from threatflux_training.text import _hostile, _written

    assert escape(text) == _hostile().sub(_written, text)
