"""Secrets of a report, written as placeholders before anybody reads it: in the texts of a feature, in the rows of a dump."""

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import msgspec

from threatflux_training import secrets
from threatflux_training.reports import nodes
from threatflux_training.reports.features import WIDTH, HexDump
from threatflux_training.reports.nodes import Node

_ODD = re.compile(rb"(?<!\\)(?:\\\\)*\\(?:/|u00[2-7])")
"""Escapes of JSON behind which a keyword may hide."""
_NULS = b"\\u0000" * 16
"""The server's list of strings ends in long runs of them."""
_MAYBE_ODD = re.compile(rb"\\(?:/|u00[2-7])")
_RUN = re.compile("[\t\n\r\x20-\x7e\x80-\xff]{8,}")
"""Bytes of a dump that may be text."""
_ROW = re.compile(r"^([0-9a-f]{8,16})  (?=[0-9a-f]{2} )", re.MULTILINE)
_PIECE = 4
"""Characters of a secret that tell it where a dump begins or ends in its middle."""


class _Masker:
    """Walks through a value; `secrets` are those it found."""

    def __init__(self, among: Sequence[str], known: Collection[str]) -> None:
        self._among, self._known = among, known
        self.secrets: list[str] = []

    def walk(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._one(value, *secrets.mask(value, self._among))
        if isinstance(value, dict):
            return {name: self.walk(one) for name, one in value.items()}
        if not isinstance(value, list):
            return value
        if not all(isinstance(one, str) for one in value):
            return [self.walk(one) for one in value]
        masked, found = secrets.mask_lines(value, self._among)
        self.secrets += found
        return [self._one(old, new, []) for old, new in zip(value, masked, strict=True)] if self._known else masked

    def _one(self, old: str, new: str, found: list[str]) -> str:
        if old == new and old.strip() in self._known:
            new, found = old.replace(old.strip(), secrets.placeholder(old)), [old.strip()]
        self.secrets += found
        return new


def mask_node(node: Node, known: Collection[str] = ()) -> tuple[Node, list[str]]:
    """The value with its secrets masked, and the secrets. A text that is nothing but a `known` one is masked too."""
    data = bytes(node) if isinstance(node, msgspec.Raw) else b""
    if data and not (_MAYBE_ODD.search(data) and _ODD.search(data)):
        text, _ = nodes.text_of(data.replace(_NULS, b""))
        value = None
    else:
        value = nodes.plain(node)
        text = "\n".join(_texts(value))
    among, there = secrets.keywords_in(text), {one for one in known if one in text}
    if not among and not there:
        return node, []
    masker = _Masker(among, there)
    masked = masker.walk(nodes.plain(node) if value is None else value)
    return (_as_raw(masked), masker.secrets) if masker.secrets else (node, [])


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)


def _as_raw(value: Any) -> Node:
    """The value as JSON again, so that it is decoded as any other; as it is where msgspec cannot write it."""
    try:
        return msgspec.Raw(msgspec.json.encode(value))
    except (msgspec.MsgspecError, UnicodeEncodeError, OverflowError):
        return value


def hidden_rows(dump: HexDump, known: Collection[str] = ()) -> dict[int, str]:
    """Rows of a dump, by number, that hold a part of a secret, and the placeholders that stand there instead.

    Secrets are found in the bytes as text; known ones also by themselves, and by a piece where the dump begins or ends.
    """
    places = {(start, stop): _text_of(dump.data[start:stop]) for start, stop in _found(dump.data.decode("latin-1"))}
    for secret in sorted(known):
        for start, stop in _places(dump, secret.encode("utf-8", "surrogatepass")):
            if not any(start < there and here < stop for here, there in places):
                places[start, stop] = secret
    rows: dict[int, list[str]] = {}
    for (start, stop), secret in sorted(places.items()):
        for row in range(start // WIDTH, -(-stop // WIDTH)):
            marks = rows.setdefault(row, [])
            marks += [mark for mark in [secrets.placeholder(secret)] if mark not in marks]
    return {row: " ".join(marks) for row, marks in rows.items()}


def _found(text: str) -> Iterator[tuple[int, int]]:
    among = secrets.keywords_in(text)
    for run in _RUN.finditer(text) if among else ():
        for span in secrets.spans(run[0], among):
            yield run.start() + span.start, run.start() + span.stop


def _text_of(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape").encode("utf-8", "replace").decode("utf-8")


def _places(dump: HexDump, secret: bytes) -> Iterator[tuple[int, int]]:
    place = dump.data.find(secret)
    while place >= 0:
        yield place, place + len(secret)
        place = dump.data.find(secret, place + 1)
    size = len(dump.data)
    for length in range(min(len(secret) - 1, size), _PIECE - 1, -1):
        if dump.truncated and dump.data.endswith(secret[:length]):
            yield size - length, size
            break
    for length in range(min(len(secret) - 1, size), _PIECE - 1, -1):
        if dump.offset and dump.data.startswith(secret[-length:]):
            yield 0, length
            break


def mask_dump(node: Node, dump: HexDump) -> Node:
    """The dump as its document holds it, without the rows that are hidden."""
    value = nodes.plain(node)
    if isinstance(value, str):
        lines = [_masked_line(line, dump) for line in value.split("\n")]
        return _as_raw("\n".join(lines))
    rows = [_masked_row(row, dump) for row in value.get("lines") or ()]
    return _as_raw({**value, "lines": rows})


def _masked_line(line: str, dump: HexDump) -> str:
    found = _ROW.match(line)
    mark = dump.hidden.get((int(found[1], 16) - dump.offset) // WIDTH) if found else None
    return f"{found[0]}{mark}" if found and mark else line


def _masked_row(row: dict[str, Any], dump: HexDump) -> dict[str, Any]:
    mark = dump.hidden.get((row["offset"] - dump.offset) // WIDTH)
    return {name: mark if isinstance(one, str) else one for name, one in row.items()} if mark else row
