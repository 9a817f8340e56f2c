"""What an answer states: which of its tokens are values, and which of them the traces explain."""

import re
from collections.abc import Iterable

_DONE = "\x01"
"""Stands for a piece of the answer that is explained."""
_CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_FENCE = re.compile(r"^(`{3,})[^\n`]*\n(.*?)^\1$", re.DOTALL | re.MULTILINE)
_QUOTED = re.compile(r"[\"\u201c]([^\"\u201d\n]*)[\"\u201d]")
_NUMBERED = re.compile(r"^\d+\. ", re.MULTILINE)
_SECRET = re.compile(r"\[SECRET-[0-9a-f]{6}\]")
"""Stands for a secret of a report: no figure, though it has digits."""
_WORDS = "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
_VALUE = re.compile(rf"\w*\d[\w.,:%+-]*|\b(?:{_WORDS})\b|\b[0-9a-f]{{8,}}\b", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"\b(?:Unknown|None|N/A|null|nan|NaN|undefined)\b|\{\w*\}|<[a-z_]+>|\[\]|\(\)")


def without_spans(text: str) -> str:
    """The text outside fences, inline code and quotation marks."""
    return _QUOTED.sub(" ", _CODE.sub(" ", _FENCE.sub(" ", text)))


def placeholder(text: str) -> str:
    """A word for a missing value outside quotations, an unfilled slot or an empty section; "" if there is none."""
    bare = without_spans(text)
    if found := _PLACEHOLDER.search(bare):
        return found.group()
    headings = re.search(r"^\*\*[^*\n]+\*\*\n*(?=\*\*|\Z)", text, re.MULTILINE)
    return headings.group().strip() if headings and text.count("**") > 2 else ""


def open_fence(text: str) -> bool:
    """Whether a fence is opened and not closed."""
    fences = [line for line in text.split("\n") if re.fullmatch(r"`{3,}[a-z]*", line)]
    opened = ""
    for fence in fences:
        opened = fence.rstrip("abcdefghijklmnopqrstuvwxyz") if not opened else "" if fence == opened else opened
    return bool(opened)


def unexplained(text: str, values: Iterable[str], terms: re.Pattern[str]) -> list[str]:
    """Values in an answer that none of the traced ones, nor the names of the field, explain."""
    ordered = [value for value in sorted(set(values), key=len, reverse=True) if value.strip()]
    sentences = [value for value in ordered if _CODE.search(value)]
    for value in sentences:
        text = re.sub(bounded(value), _DONE, text)
    text = _without_whole_spans(text, set(ordered))
    for value in ordered:
        text = re.sub(bounded(value), _DONE, text)
    text = _SECRET.sub(_DONE, text)
    found = []
    for match in _FENCE.finditer(text):
        found += [line for line in match[2].split("\n") if line.strip(f" {_DONE}")]
    text = _FENCE.sub(_DONE, text)
    for match in _CODE.finditer(text):
        if terms.sub("", match[2]).strip(f" {_DONE}"):
            found.append(match[0])
    text = _CODE.sub(_DONE, text)
    found += [match[0] for match in _QUOTED.finditer(text) if match[1].strip(f" {_DONE}")]
    text = terms.sub(_DONE, _NUMBERED.sub("", _QUOTED.sub(_DONE, text)))
    return found + [match[0] for match in _VALUE.finditer(text)]


def _without_whole_spans(text: str, values: set[str]) -> str:
    """The text less inline code, outside fences, that is a value as a whole: values may hold backticks themselves."""
    done, start = [], 0
    for fence in [*_FENCE.finditer(text), None]:
        outside = text[start : fence.start()] if fence else text[start:]
        done.append(_CODE.sub(lambda match: _DONE if _bare(match[2]) in values else match[0], outside))
        if fence:
            done.append(fence[0])
            start = fence.end()
    return "".join(done)


def _bare(code: str) -> str:
    """What stands in inline code: beside a backtick of its own it has a space that is none of it."""
    return code[1:-1] if code[:1] == code[-1:] == " " and "`" in code else code


def bounded(value: str) -> str:
    """A pattern for the value as a whole, not as a part of a longer word or number."""
    before = r"(?<![A-Za-z0-9_])" if value[0].isalnum() else ""
    after = r"(?![A-Za-z0-9_])" if value[-1].isalnum() else ""
    return before + re.escape(value) + after
