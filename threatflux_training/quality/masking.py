r"""How the text of a row is read by the measures: what is joined, masked, split. docs/quality.md says the same in words.

A mask is one word, so that a masked sentence keeps its form: «fence», «text», «path», «number» (hashes too), «name».
"""

import re
from collections.abc import Iterator, Sequence

from threatflux_training.records import Message

_MASKS = (
    ("```", "«fence»", re.compile(r"^(`{3,})[^`\n]*\n.*?^\1$", re.MULTILINE | re.DOTALL)),
    ("`", "«text»", re.compile(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)),
    ('"', "«text»", re.compile(r'"[^"\n]*"')),
    ("\u201c", "«text»", re.compile("\u201c[^\u201d\n]*\u201d")),
    ("/", "«path»", re.compile(r"/[\w.+@-]*\w(?:/[\w.+@-]*\w)+/?")),
    ("", "«number»", re.compile(r"\b[A-Za-z_]*\d(?:[\w.,:%+-]*\w)?%?")),
    (
        "",
        "«number»",
        re.compile(r"\b(?:[Tt](?:wo|hree|en|welve)|[Ff](?:our|ive)|[Ss](?:ix|even)|[Ee](?:ight|leven)|[Nn]ine)\b"),
    ),
)
"""Without what characters the pattern needs not be tried, what it is written as, the pattern; in this order."""
_ENDS = re.compile(r"(?<=[.!?:])\s+|\n")
_FENCE = re.compile(r"^`{3,}$", re.MULTILINE)
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_MIN_NAME = 4
"""Characters from which a bare file name is masked; shorter ones are also words."""


def answers(messages: Sequence[Message]) -> str:
    """All assistant turns, joined by newlines."""
    return "\n".join(one.content for one in messages if one.role == "assistant")


def mask(text: str, name: str = "") -> str:
    """The text without its values; `name` is the file's name, wherever it stands bare."""
    for needed, written, pattern in _MASKS:
        if needed in text:
            text = pattern.sub(written, text)
    return text.replace(name, "«name»") if len(name) >= _MIN_NAME else text


def sentences(masked: str) -> Iterator[str]:
    """The sentences of a masked text: up to a full stop, question mark, exclamation mark, colon or line end."""
    for one in _ENDS.split(masked):
        if sentence := one.strip():
            yield sentence


def parted(content: str) -> tuple[str, list[str]]:
    """A user turn as what is asked, and the lines of its fenced excerpts; the line that leads an excerpt is neither."""
    asked: list[str] = []
    shown: list[str] = []
    place = 0
    while opened := _FENCE.search(content, place):
        fence = opened[0]
        close = content.find(f"\n{fence}", opened.end())
        end = len(content) if close < 0 else close + 1 + len(fence)
        lead = content[place : opened.start()].rstrip("\n").rpartition("\n")
        asked.append(lead[0] if lead[2].endswith(":") else "".join(lead))
        shown += content[opened.end() + 1 : max(close, opened.end() + 1)].splitlines()
        place = end
    asked.append(content[place:])
    return "\n".join(part.strip() for part in asked if part.strip()), shown


def words(text: str) -> list[str]:
    """The words of a question, in lower case."""
    return _WORD.findall(text.lower())
