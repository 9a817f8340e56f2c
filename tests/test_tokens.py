"""The sum over pieces equals one encoding of the whole chat."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threatflux_training.records import Message
from threatflux_training.tokens import ENCODINGS, Counter, encoding, render

LINES = st.lists(
    st.one_of(
        st.text(max_size=30),
        st.sampled_from(["", "/bin/sh", "  /x", "\t", " \r\n", "```", "  0x40 mov eax, 1", "'s", "1234567", "\u2003x"]),
    ),
    max_size=12,
)


@pytest.mark.parametrize("name", sorted(ENCODINGS))
@settings(max_examples=150, deadline=None)
@given(first=LINES, second=LINES)
def test_counting_by_pieces_is_exact(name: str, first: list[str], second: list[str]) -> None:
    chat = [Message("user", "\n".join(first)), Message("assistant", "\n".join(second))]
    text = render(chat).encode("utf-8", "ignore").decode()
    chat = [Message(one.role, one.content.encode("utf-8", "ignore").decode()) for one in chat]
    assert Counter(name).chat(chat) == len(encoding(name).encode_ordinary(text))


def test_control_tokens_of_a_chat_count_as_text() -> None:
    assert len(encoding("o200k_base").encode_ordinary("<|endoftext|>")) > 1


def test_lines_count_with_their_newline() -> None:
    counter = Counter("o200k_base")
    lines = ["  a: 1", "  b: 22", "  /usr/bin"]
    whole = len(encoding("o200k_base").encode_ordinary("".join(one + "\n" for one in lines)))
    assert sum(counter.lines(lines)) == whole
