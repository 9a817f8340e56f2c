"""What an answer states: which of its tokens are values, and which of them the traces explain."""

import re
from collections.abc import Iterable

_DONE = "\x01"
"""Stands for a piece of the answer that is explained."""
_CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_FENCE = re.compile(r"^(`{3,})[^\n`]*\n(.*?)^\1$", re.DOTALL | re.MULTILINE)
_QUOTED = re.compile(
    r"[\"\u201c\u201e]([^\"\u201c\u201d\n]*)[\"\u201c\u201d]|(?<!\w)['\u2018]([^'\u2018\u2019\n]{2,})['\u2019](?!\w)|\u00ab([^\u00bb\n]*)\u00bb"
)
_NUMBERED = re.compile(rf"^(\d+|{_DONE})\. ", re.MULTILINE)
_HEADED = re.compile(rf"^\*\*(\d+|{_DONE})\. ", re.MULTILINE)
_VERSION = re.compile(r"(?<![\w.])\d+(?:\.\d+){2,}(?![\w])")
_SECRET = re.compile(r"\[SECRET-[0-9a-f]{6}\]")
"""Stands for a secret of a report: no figure, though it has digits."""
_WORDS = (
    "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|"
    "(?:twen|thir|for|fif|six|seven|eigh|nine)ty(?!-handed)|dozen"
)
_VALUE = re.compile(
    rf"\w*\d[\w.,:%+-]*|\b(?:{_WORDS})\b|\b[0-9a-f]{{8,}}\b|[\u00b2\u00b3\u00b9\u00bc-\u00be\u2070-\u209c\u2150-\u218b\u2460-\u24ff]",
    re.IGNORECASE,
)
_NAME = re.compile(r"[\w./\\:@$-]*(?:_|\w\.\w|::|://|\w/\w|^/\w|(?<=\s)/\w|\w\(\)|\\)[\w./\\:@$()-]*")
"""A word that is written as names of programs are: it stands in the prompt, or is one of the field."""
_FIELD = re.compile(
    r"[ep]_[a-z]+|E[IT]_[A-Z]+|[PS]?[HT][FT]?_[A-Z_]+|GNU_[A-Z_]+|DT_[A-Z_]+|SH[FT]_[A-Z_]+|(?:llm_)?analyze_[a-z_]+|yara_scan_file|and/or|e\.g|i\.e"
)
_MARKUP = re.compile(r"\]\(|<!--|</?[a-z]+[ >/]")
_PLACEHOLDER = re.compile(r"\b(?:Unknown|None(?! of\b)|N/A|null|nan|NaN|undefined)\b|\{\w*\}|<[a-z_]+>|\[\]|\(\)")


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


def unexplained(text: str, values: Iterable[str], terms: re.Pattern[str], prompt: str = "") -> list[str]:
    """Values in an answer that none of the traced ones, nor the names of the field, explain.

    A bare word that is written as a name is also explained by the prompt, where it stands.
    """
    ordered = [value for value in sorted(set(values), key=len, reverse=True) if value.strip()]
    sentences = [value for value in ordered if _CODE.search(value)]
    for value in sentences:
        text = re.sub(bounded(value), _DONE, text)
    text = _without_whole_spans(text, set(ordered))
    text = _VERSION.sub(lambda match: _DONE if set(match[0].split(".")) <= set(ordered) else match[0], text)
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
    found += [match[0] for match in _QUOTED.finditer(text) if "".join(filter(None, match.groups())).strip(f" {_DONE}")]
    text = terms.sub(_DONE, _without_numbering(_QUOTED.sub(_DONE, text)))
    found += [match[0] for match in _MARKUP.finditer(text)]
    found += [match[0] for match in _NAME.finditer(text) if not _is_shown(match[0], prompt)]
    return found + [match[0] for match in _VALUE.finditer(text)]


def _is_shown(name: str, prompt: str) -> bool:
    bare = name.strip(".,;:()-")
    return not bare or bare in prompt or _FIELD.fullmatch(bare) is not None


def _without_numbering(text: str) -> str:
    """The text less the numbers of its lists: one, and then one more each time."""
    allowed = {1}

    def numbered(match: re.Match[str]) -> str:
        nonlocal allowed
        if match[1] == _DONE:  # some value is equal to this number
            allowed |= {2} | {number + 1 for number in allowed}
        elif int(match[1]) in allowed:
            allowed = {1, int(match[1]) + 1}
        else:
            return match[0]
        return ""

    return _NUMBERED.sub(numbered, _without_headings(text))


def _without_headings(text: str) -> str:
    """The text less the numbers of its headings, as far as they count one by one from 1."""
    parts = _HEADED.split(text)
    for number, place in enumerate(range(1, len(parts), 2), 1):
        counts = parts[place] in (str(number), _DONE)
        parts[place] = "**" if counts else f"**{parts[place]}. "
    return "".join(parts)


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


def says(text: str, value: str) -> bool:
    """Whether a text holds the value as a whole, or as a part of a version that is made of several."""
    if not value.strip() or value not in text:
        return False
    if re.search(bounded(value), text):
        return True
    return value.isdigit() and any(value in match[0].split(".") for match in _VERSION.finditer(text))


def bounded(value: str) -> str:
    """A pattern for the value as a whole, not as a part of a longer word or number."""
    before = r"(?<![A-Za-z0-9_])" if value[0].isalnum() else ""
    after = r"(?![A-Za-z0-9_])" if value[-1].isalnum() else ""
    if value[0].isdigit():
        before += r"(?<!\d[.,])(?<![\s(][-\u2212+\u00b1.])(?<!^[-\u2212+\u00b1.])"
    if value[-1].isdigit():
        after += r"(?![.,]\d)(?! ?%)"
    return before + re.escape(value) + after
