"""Secrets of the raw reports, found anew from the published rules: what a row must not show, and what stands instead.

Shares the data file of rules with what makes rows, and no code.
"""

import hashlib
import math
import re
from collections import OrderedDict
from collections.abc import Container, Iterable, Iterator
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

import msgspec

from threatflux_training.check.documents import Document, Lookup
from threatflux_training.check.dump import read_dump

PLACEHOLDER = re.compile(r"\[SECRET-[0-9a-f]{6}\]")
_TEXT = re.compile("[\t\n\r\x20-\x7e\x80-\xff]{8,}")
_CODE = ("disassembly", "control_flow")


class _Rule(NamedTuple):
    words: list[str]
    pattern: re.Pattern[str]
    least: float
    loose: bool


class _Rules(NamedTuple):
    rules: list[_Rule]
    harmless: re.Pattern[str]
    code: re.Pattern[str]
    key: tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]


@cache
def _rules() -> _Rules:
    file = resources.files("threatflux_training.catalogue").joinpath("data/secrets.toml")
    data = msgspec.toml.decode(file.read_bytes())
    rules = [
        _Rule(rule["keywords"], re.compile(rule["pattern"]), rule.get("least", 0.0), rule.get("loose", False))
        for rule in data["rule"]
    ]
    key = (re.compile(data["key_start"]), re.compile(data["key_header"]), re.compile(data["key_line"]))
    return _Rules(rules, re.compile(data["not_secret"]), re.compile(data["bare_code"]), key)


def _possible(text: str) -> list[_Rule]:
    """The rules that can find something in a text, or in a part of it: those with one of their words in it."""
    lowered = text.lower()
    return [rule for rule in _rules().rules if any(word in lowered for word in rule.words)]


def found(text: str, among: list[_Rule] | None = None) -> list[tuple[int, int]]:
    """Where secrets stand in a text: the earlier, of those the longer, and none over another.

    `among`: the rules that are possible by a larger text that this one is a part of.
    """
    lowered = text.lower()
    rules = _rules()
    places = []
    for words, pattern, least, loose in rules.rules if among is None else among:
        if any(word in lowered for word in words):
            for match in pattern.finditer(text):
                group = match.lastindex or 0
                value = match.group(group)
                bare = group in (0, 3) and rules.code.fullmatch(value)
                harmless = loose and (rules.harmless.fullmatch(value) or bare)
                if (
                    value.strip()
                    and not harmless
                    and not PLACEHOLDER.fullmatch(value.strip())
                    and _bits(value) >= least
                ):
                    places.append(match.span(group))
    kept: list[tuple[int, int]] = []
    for start, stop in sorted(places, key=lambda place: (place[0], -place[1])):
        if not kept or start >= kept[-1][1]:
            kept.append((start, stop))
    return kept


def _bits(text: str) -> float:
    shares = [text.count(character) / len(text) for character in set(text)]
    return -sum(share * math.log2(share) for share in shares)


def mark(secret: str) -> str:
    """What must stand for a secret."""
    return f"[SECRET-{hashlib.sha256(secret.strip().encode('utf-8', 'surrogatepass')).hexdigest()[:6]}]"


class _Reader:
    """Masks values, and keeps the secrets it met."""

    def __init__(self, among: list[_Rule], known: Iterable[str] = ()) -> None:
        self.among, self.known = among, set(known)
        self.met: set[str] = set()

    def value(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {name: self.value(one) for name, one in value.items()}
        if isinstance(value, list):
            lines = bool(value) and all(isinstance(one, str) for one in value)
            return self._lines(value) if lines else [self.value(one) for one in value]
        return value

    def text(self, text: str) -> str:
        bare = text.strip()
        places = found(text, self.among)
        if not places and bare in self.known:
            return self._whole(text)
        for start, stop in reversed(places):
            self.met.add(text[start:stop])
            text = text[:start] + mark(text[start:stop]) + text[stop:]
        return text

    def _whole(self, text: str) -> str:
        self.met.add(text.strip())
        return text.replace(text.strip(), mark(text))

    def _lines(self, lines: list[str]) -> list[str]:
        start, header, body = _rules().key
        masked, inside = [], False
        for line in lines:
            if inside and body.fullmatch(line.strip()):
                masked.append(self._whole(line))
            else:
                inside = bool(start.search(line)) or (inside and bool(header.match(line)))
                masked.append(self.text(line))
        return masked


class Guarded:
    """The documents about a file as rows may show them, and what no row may show."""

    def __init__(self, documents: list[Document]) -> None:
        roots = [root for one in documents for root in (one.root, one.root.get("result"))]
        among = _possible("\n".join(text for root in roots for text in _texts(root, (*_CODE, "result"))))
        first = _Reader(among)
        for one in documents:
            first.value(_features(one).get("strings"))
        known = {secret.strip() for secret in first.met if distinct(secret.strip())}
        reader = _Reader(among, known)
        self.documents = [one._replace(root=_guarded(one.root, reader)) for one in documents]
        self.secrets = reader.met | first.met
        bare = known | set(filter(distinct, reader.met))
        texts = "\n".join(text for one in self.documents for text in _texts(one.root)) if bare else ""
        self._bare = sorted(one for one in bare if one not in texts)
        self._rows = {row for one in documents for row in _hidden(_features(one).get("hex_dump"), known)}

    def shown(self, text: str, lines: Iterable[str]) -> Iterator[str]:
        """What of a text and its lines should be masked, never the secret itself."""
        yield from (f"{mark(one)} stands there as it is" for one in self._bare if one in text)
        yield from (f"the bytes of a secret stand there: {row[:8]}" for row in self._rows if row in text)
        for line in lines if self.secrets else ():
            for start, stop in found(line):
                if line[start:stop] in self.secrets:
                    yield f"{mark(line[start:stop])} stands there as it is"


class Guards:
    """The guarded documents of files; those of the last few are kept."""

    def __init__(self, reports: Lookup, *, drop: bool = False) -> None:
        self._reports, self.drop = reports, drop
        self._kept: OrderedDict[str, Guarded] = OrderedDict()

    def of(self, key: str) -> Guarded:
        """What rows about a file may show; nothing for no key."""
        if key not in self._kept:
            self._kept[key] = Guarded(self._reports.of(key) if key else [])
        self._kept.move_to_end(key)
        while len(self._kept) > 8:
            self._kept.popitem(last=False)
        return self._kept[key]


def _features(document: Document) -> Any:
    return document.root.get("result") if document.dialect == "cache" else document.root


def _guarded(root: Any, reader: _Reader) -> Any:
    if not isinstance(root, dict):
        return root
    skipped = {name: root[name] for name in (*_CODE, "hex_dump") if name in root}
    rest = {name: one for name, one in root.items() if name not in skipped and name != "result"}
    masked = {**reader.value(rest), **skipped}
    if "result" in root:
        masked["result"] = _guarded(root["result"], reader)
    return {name: masked[name] for name in root}


def _texts(value: Any, but: Container[str] = ()) -> Iterator[str]:
    """All texts in a value, in an object those of its fields `but` these."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, dict):
        for name, one in value.items():
            if name not in but:
                yield from _texts(one)


def distinct(secret: str) -> bool:
    """Whether a secret is told by itself, as docs/format.md says."""
    one_case = secret.isalpha() and secret in (secret.lower(), secret.upper())
    return len(secret) >= 8 and not secret.isdigit() and not one_case


def _hidden(dump: Any, known: Iterable[str]) -> Iterator[str]:
    """The rows of a dump, as they would stand in a prompt, that hold a byte of a secret."""
    try:
        offset, data = read_dump(dump)
    except (ValueError, KeyError, TypeError):
        return
    text = data.decode("latin-1")
    among = _possible(text)
    places = [(run.start() + a, run.start() + b) for run in _TEXT.finditer(text) for a, b in found(run[0], among)]
    for secret in known:
        raw = re.escape(secret.encode("utf-8", "surrogatepass"))
        places += [match.span() for match in re.finditer(raw, data)]
    for row in sorted({row for start, stop in places for row in range(start // 16, -(-stop // 16))}):
        yield f"{offset + 16 * row:08x}  {data[16 * row : 16 * row + 16].hex(' ')}"
