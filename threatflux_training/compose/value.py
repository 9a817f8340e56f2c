"""Values as they stand in an answer, each with the way to recompute it from the raw report.

A `Text` is a piece of an answer and the traces of the values in it. A path is `dialect:$.place`. Every figure, name and
quotation of an answer is made here; the closed list of ops stands in docs/format.md.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from threatflux_training import text as plain_text

Filter = list[Any]
"""Triples field, comparison, constant in one list: `["entropy", "gt", 7.0]`; field "" is the element itself."""


class Source(msgspec.Struct, frozen=True, gc=False):
    """Where a value comes from: the trace without the message number."""

    value: str
    path: str
    op: str
    inputs: tuple[Any, ...]


class Text(msgspec.Struct, frozen=True, gc=False):
    """A piece of an answer: `text` as it will stand there and the sources of all values in it."""

    text: str
    sources: tuple[Source, ...] = ()


def _one(text: str, path: str, op: str, *inputs: Any) -> Text:
    return Text(text, (Source(text, path, op, inputs),))


def unit(amount: float, name: str) -> str:
    """The unit in the number of the amount: `byte|bytes`."""
    singular, _, plural = name.partition("|")
    return singular if amount == 1 else plural or singular


def with_unit(text: str, amount: float, name: str) -> str:
    """A figure and its unit, if it has one."""
    return f"{text} {unit(amount, name)}" if name else text


def equal(value: object, path: str) -> Text:
    """The value as the report has it, neutralised."""
    if isinstance(value, bool):
        return _one("true" if value else "false", path, "equal")
    return _one(plain_text.escape(str(value)), path, "equal")


def code(value: object, path: str) -> Text:
    """The value as the report has it, set as code."""
    return in_code(equal(value, path))


def in_code(text: Text) -> Text:
    """A piece set as code; its sources hold the bare value."""
    return Text(plain_text.code(text.text), text.sources)


def grouped(value: int, path: str, unit_name: str = "") -> Text:
    """`44,016 bytes`."""
    return _one(with_unit(f"{value:,}", value, unit_name), path, "grouped", unit_name)


def fixed(value: float, path: str, decimals: int, unit_name: str = "") -> Text:
    """`7.997 bits per byte`."""
    return _one(with_unit(f"{value:,.{decimals}f}", value, unit_name), path, "fixed", decimals, unit_name)


def percent(value: float, path: str, decimals: int = 1) -> Text:
    """A fraction of 0 to 1 as `3.8 %`."""
    return _one(f"{value * 100:.{decimals}f} %", path, "percent", decimals)


def hexadecimal(value: int, path: str) -> Text:
    """`0x3130`."""
    return _one(hex(value), path, "hex")


def date(value: str, path: str) -> Text:
    """`2022-09-20 15:27:27 UTC` of an RFC 3339 text in UTC."""
    return _one(f"{value[:10]} {value[11:19]} UTC", path, "date")


def day(value: str, path: str) -> Text:
    """`2022-09-20`."""
    return _one(value[:10], path, "day")


def permissions(octal: str, path: str) -> Text:
    """`rwxr-xr-x` of `755`."""
    bits = f"{int(octal, 8) & 0o777:09b}"
    return _one("".join(c if b == "1" else "-" for c, b in zip("rwxrwxrwx", bits, strict=True)), path, "permissions")


def flag(word: str, path: str, const: object) -> Text:
    """A word that holds because the report has the constant there."""
    return _one(word, path, "flag", const)


def part(value: str, path: str) -> Text:
    """A piece of a longer text of the report, set as code."""
    escaped = plain_text.escape(value)
    return Text(plain_text.code(escaped), (Source(escaped, path, "part", ()),))


def member(value: str, path: str, field: str = "") -> Text:
    """One element of a list, set as code."""
    escaped = plain_text.escape(value)
    return Text(plain_text.code(escaped), (Source(escaped, path, "member", (field,) if field else ()),))


def absent(value: str, path: str, field: str = "") -> Text:
    """A name that is not in a list, set as code."""
    return Text(plain_text.code(value), (Source(value, path, "absent", (value, field) if field else (value,)),))


def null(feature: str, path: str) -> Text:
    """The name of a feature that the report does not hold."""
    return _one(feature, path, "null")


def decoded(value: str, path: str, encoded: str) -> Text:
    """The text that a quoted piece of a longer text stands for in base64."""
    return _one(plain_text.escape(value), path, "base64", encoded)


def asked(value: str) -> Text:
    """What the user said, said again; escaped already where it comes from a report."""
    return _one(value, "", "asked")


def in_code_asked(value: str) -> Text:
    """What the user said, set as code."""
    return in_code(asked(plain_text.neutral(value)))


_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def number_word(amount: int) -> str:
    """A small number as a word, others in digits."""
    return _WORDS[amount] if 0 <= amount < len(_WORDS) else f"{amount:,}"


def counted(amount: int, path: str, unit_name: str = "", where: Filter | None = None, *, word: bool = False) -> Text:
    """The number of elements of a list (that satisfy a filter): `7 URLs`, or as a word up to twelve."""
    inner: list[Any] = ["count", path] + ([where] if where else [])
    if word and 2 <= amount <= 12:
        figure = number_word(amount)
        return Text(with_unit(figure, amount, unit_name), (Source(figure, "", "word", (inner,)),))
    return _one(with_unit(f"{amount:,}", amount, unit_name), "", "grouped", inner, unit_name)


def computed(value: str, op: str, *inputs: Any) -> Text:
    """A value made by an op from inputs: literals, paths, nested `[op, input, ...]`."""
    return _one(value, "", op, *inputs)


def join(texts: Sequence[Text], last: str = "and") -> Text:
    """`a, b and c`."""
    words = [one.text for one in texts]
    sources = tuple(source for one in texts for source in one.sources)
    if len(words) < 2:
        return Text("".join(words), sources)
    return Text(f"{', '.join(words[:-1])} {last} {words[-1]}", sources)
