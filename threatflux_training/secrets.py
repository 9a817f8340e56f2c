"""Keys, tokens and passwords in foreign text: found by published forms, written as a stable placeholder.

The same secret is `[SECRET-1a2b3c]` wherever it stands: six digits of its sha256, which tell secrets apart and give none
away. Rules: catalogue/data/secrets.toml. Masking comes before escaping and before a long line is cut.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from importlib import resources
from math import log2
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from threatflux_training import toml

PLACEHOLDER = re.compile(r"\[SECRET-[0-9a-f]{6}\]")
_FACTOR = np.uint32(0x9E3779B1)
_LONG = 4096
"""Characters from which keywords are looked for all at once."""
DISTINCT = 8
"""Characters from which a secret is looked for where nothing around it says what it is."""


class Span(NamedTuple):
    """A secret in a text: where it stands, and the rule that found it."""

    start: int
    stop: int
    rule: str


class _Rule(msgspec.Struct, frozen=True):
    id: str
    keywords: frozenset[str]
    pattern: str
    least: float = 0.0
    loose: bool = False


class _Patterns(msgspec.Struct, frozen=True):
    not_secret: str
    bare_code: str
    key_start: str
    key_header: str
    key_line: str
    rule: tuple[_Rule, ...]


@cache
def _patterns() -> _Patterns:
    data = resources.files("threatflux_training.catalogue").joinpath("data/secrets.toml").read_bytes()
    return toml.decode(data, _Patterns)


@cache
def _rules() -> tuple[tuple[_Rule, re.Pattern[str]], ...]:
    return tuple((rule, re.compile(rule.pattern)) for rule in _patterns().rule)


@cache
def keywords() -> tuple[str, ...]:
    """What stands, in lower case, in every text that holds a secret."""
    return tuple(sorted({keyword for rule, _ in _rules() for keyword in rule.keywords}))


def keywords_in(text: str) -> tuple[str, ...]:
    """The keywords that a text, or the texts joined in it, hold: only these are to be looked for in its parts."""
    lowered = text.lower()
    likely = keywords() if len(lowered) < _LONG else _likely(lowered)
    return tuple(keyword for keyword in likely if keyword in lowered)


def _likely(lowered: str) -> list[str]:
    """The keywords whose first characters, three or four, stand in a long text."""
    marks = _marks(lowered)
    there = {size: _there(marks >> np.uint32(32 - 8 * size), size) for size in (3, 4)}
    return [keyword for keyword, size, mark in _starts() if mark in there[size]]


def _there(marks: NDArray[np.uint32], size: int) -> set[int]:
    """The marks among those of a text with which a keyword of that size begins."""
    return set(marks[_table(size)[_mixed(marks)]].tolist())


@cache
def _starts() -> tuple[tuple[str, int, int], ...]:
    """How keywords begin: each with the size and the mark of its first four characters, or three where it has no more."""
    sizes = [(keyword, min(4, len(keyword))) for keyword in keywords()]
    return tuple((keyword, size, int.from_bytes(keyword[:size].encode(), "big")) for keyword, size in sizes)


@cache
def _table(size: int) -> NDArray[np.bool_]:
    """16 bits of the marks of a size with which keywords begin."""
    table = np.zeros(1 << 16, dtype=bool)
    table[_mixed(np.array([mark for _, one, mark in _starts() if one == size], dtype=np.uint32))] = True
    return table


def _marks(text: str) -> NDArray[np.uint32]:
    """Every four bytes in a row as a number, with one byte after the end."""
    encoded = text.encode("utf-8", "surrogatepass") + b"\0"
    return np.ndarray(len(encoded) - 3, dtype=">u4", buffer=encoded, strides=(1,)).astype(np.uint32)


def _mixed(marks: NDArray[np.uint32]) -> NDArray[np.uint32]:
    return (marks * _FACTOR) >> np.uint32(16)


def spans(text: str, among: Sequence[str] | None = None) -> list[Span]:
    """The secrets of a text in the order in which they stand; none overlaps another. `among`: keywords it may hold."""
    lowered = text.lower()
    for keyword in keywords() if among is None else among:
        if keyword in lowered:
            break
    else:
        return []
    there = keywords_in(text)
    found: list[Span] = []
    for rule, pattern in _rules():
        if not rule.keywords.isdisjoint(there):
            for match in pattern.finditer(text):
                group = match.lastindex or 0
                start, stop = match.span(group)
                if _is_secret(match[group], rule, bare=group in (0, 3)):
                    found.append(Span(start, stop, rule.id))
    apart: list[Span] = []
    for span in sorted(found, key=lambda one: (one.start, -one.stop)):
        if not apart or span.start >= apart[-1].stop:
            apart.append(span)
    return apart


def mask(text: str, among: Sequence[str] | None = None) -> tuple[str, list[str]]:
    """The text with its secrets written as placeholders, and the secrets; masked text stays as it is."""
    found = spans(text, among)
    if not found:
        return text, []
    parts: list[str] = []
    place = 0
    for span in found:
        parts += [text[place : span.start], placeholder(text[span.start : span.stop])]
        place = span.stop
    return "".join([*parts, text[place:]]), [text[span.start : span.stop] for span in found]


def mask_lines(lines: Sequence[str], among: Sequence[str] | None = None) -> tuple[list[str], list[str]]:
    """Lines that follow one another in a file; the body of a private key is masked line by line too."""
    among = keywords_in("\n".join(lines)) if among is None else among
    if not among:
        return list(lines), []
    start, header, body = _key_lines()
    masked: list[str] = []
    secrets: list[str] = []
    keyed, inside = any("private key" in keyword for keyword in among), False
    for line in lines:
        if inside and body.fullmatch(line.strip()):
            masked.append(line.replace(line.strip(), placeholder(line)))
            secrets.append(line.strip())
            continue
        inside = keyed and (bool(start.search(line)) or (inside and bool(header.match(line))))
        text, found = mask(line, among)
        masked.append(text)
        secrets += found
    return masked, secrets


@cache
def _key_lines() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """The lines of a key file: its start, headers (or nothing) before the body, and a line of the body."""
    found = _patterns()
    return re.compile(found.key_start), re.compile(found.key_header), re.compile(found.key_line)


def placeholder(secret: str) -> str:
    """What stands for a secret."""
    return f"[SECRET-{hashlib.sha256(secret.strip().encode('utf-8', 'surrogatepass')).hexdigest()[:6]}]"


@cache
def _harmless() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What stands in the place of a secret and is none; what is none unless it stands in quotation marks."""
    return re.compile(_patterns().not_secret), re.compile(_patterns().bare_code)


def _is_secret(value: str, rule: _Rule, *, bare: bool) -> bool:
    if not value.strip() or PLACEHOLDER.fullmatch(value.strip()):
        return False
    not_secret, code = _harmless()
    if rule.loose and (not_secret.fullmatch(value) or (bare and code.fullmatch(value))):
        return False
    return entropy(value) >= rule.least


def is_distinct(secret: str) -> bool:
    """Whether a secret is told by itself: eight characters and more, not letters of one case alone, not digits alone."""
    return (
        len(secret) >= DISTINCT
        and not secret.isdigit()
        and not (secret.isalpha() and (secret.islower() or secret.isupper()))
    )


def entropy(text: str) -> float:
    """Bits per character."""
    counts = Counter(text)
    return -sum(count / len(text) * log2(count / len(text)) for count in counts.values())
