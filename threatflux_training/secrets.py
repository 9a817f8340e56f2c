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

PLACEHOLDER = re.compile(r"\[SECRET-[0-9a-f]{6}\]")
_NO_SECRET = re.compile(
    r"""(?ix)
    \[SECRET-[0-9a-f]{6}\] .*                                    # masked before
    | [%$<{\[*#@\\] .* | .* (?:\$\{ | \$\( | %[sdifx] | \{\w*\} | < \w+ > ) .*   # a variable, a format, a slot
    | (.)\1* | [x.*_\-]+                                          # nothing but filling
    | (?-i:[A-Z_\-]+)                                             # PASSWORD, as help texts have it
    | (?:none|null|nil|true|false|undefined|required|optional|invalid|incorrect|missing|expired|empty|default|example|changeme
      |redacted|hidden|string|str|int|bool|bytes|your.*|my.*|(?:the|new|old|user|no)?[_-]?(?:password|passwd|passphrase|secret|token|key)s?)
    | (?:self|this|os|env|process|config|args|options|settings|request|req|sys)\b [.\[] .*   # code
    | \S+ \s+ \S+ \s+ .*                                          # prose
    """
)
_CODE = re.compile(r"[a-z_]+(?:[A-Z][a-z]+)*|[a-z_]+(?:\.[a-zA-Z_]+)+|/[\w./-]+|\.{1,2}/.*|0|\d{1,5}")
"""A bare identifier, an attribute, a path or a small number: no secret unless it stands in quotation marks."""


_KEY_START = re.compile(r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----\s*$")
_KEY_HEADER = re.compile(r"\s*(?:[A-Z][\w-]+: .*)?$")
_KEY_LINE = re.compile(r"[A-Za-z0-9+/]{24,80}={0,2}|[A-Za-z0-9+/]+={1,2}|=[A-Za-z0-9+/]{4}")
"""The lines of a key file: its start, headers (or nothing) before the body, and a line of the body."""


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


class _Rules(msgspec.Struct, frozen=True):
    rule: tuple[_Rule, ...]


@cache
def _rules() -> tuple[tuple[_Rule, re.Pattern[str]], ...]:
    data = resources.files("threatflux_training.catalogue").joinpath("data/secrets.toml").read_bytes()
    return tuple((rule, re.compile(rule.pattern)) for rule in msgspec.toml.decode(data, type=_Rules).rule)


@cache
def _keywords() -> tuple[str, ...]:
    return tuple(sorted({keyword for rule, _ in _rules() for keyword in rule.keywords}))


def spans(text: str) -> list[Span]:
    """The secrets of a text in the order in which they stand; none overlaps another."""
    lowered = text.lower()
    there = [keyword for keyword in _keywords() if keyword in lowered]
    if not there:
        return []
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


def mask(text: str) -> tuple[str, int]:
    """The text with its secrets written as placeholders, and how many there were; masked text stays as it is."""
    found = spans(text)
    if not found:
        return text, 0
    parts: list[str] = []
    place = 0
    for span in found:
        parts += [text[place : span.start], placeholder(text[span.start : span.stop])]
        place = span.stop
    return "".join([*parts, text[place:]]), len(found)


def mask_lines(lines: Sequence[str]) -> tuple[list[str], int]:
    """Lines that follow one another in a file; the body of a private key is masked line by line too."""
    masked: list[str] = []
    total = 0
    inside = False
    for line in lines:
        if inside and _KEY_LINE.fullmatch(line.strip()):
            masked.append(line.replace(line.strip(), placeholder(line)))
            total += 1
            continue
        inside = bool(_KEY_START.search(line)) or (inside and bool(_KEY_HEADER.match(line)))
        text, count = mask(line)
        masked.append(text)
        total += count
    return masked, total


def placeholder(secret: str) -> str:
    """What stands for a secret."""
    return f"[SECRET-{hashlib.sha256(secret.strip().encode('utf-8', 'surrogatepass')).hexdigest()[:6]}]"


def _is_secret(value: str, rule: _Rule, *, bare: bool) -> bool:
    if not value.strip() or PLACEHOLDER.fullmatch(value.strip()):
        return False
    if rule.loose and (_NO_SECRET.fullmatch(value) or (bare and _CODE.fullmatch(value))):
        return False
    return entropy(value) >= rule.least


def entropy(text: str) -> float:
    """Bits per character."""
    counts = Counter(text)
    return -sum(count / len(text) * log2(count / len(text)) for count in counts.values())
