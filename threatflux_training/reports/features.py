"""Features whose shape differs between the dialects, unified: strings and the hex dump."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from threatflux_training.reports import nodes
from threatflux_training.reports.model import ExtractedStrings, HexDumpObject, InterestingString
from threatflux_training.reports.nodes import Node

WIDTH = 16
"""Bytes of a row of a dump."""
CAP = 1000
"""ASCII strings that the scanner keeps at most."""
_CONTROL = re.compile("[\x00-\x1f\x7f]")
_HEADER = re.compile(r"Hex dump \(offset: 0x([0-9a-fA-F]+), length: (\d+) bytes, total file size: (\d+) bytes\)\n")
_LINE = re.compile(r"^([0-9a-f]{8,16})  ([0-9a-f ]{47})  \|", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Strings:
    """The printable ASCII strings, as in the report's list and with its indexes: `{list_path}[i]` after the origin.

    `complete`: the scanner did not reach its cap, so that absence is provable. Counts (before the cap, with and without
    repeats) and categorised strings are known from the command line's object only.
    """

    ascii: list[str]
    list_path: str
    complete: bool
    total_count: int | None = None
    unique_count: int | None = None
    interesting: list[InterestingString] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class HexDump:
    """`data` stands from byte `offset` of a file of `total` bytes; `truncated`: the file goes on after it.

    `hidden` rows, by number, hold a part of a secret: the text stands there instead, and no answer may state their bytes.
    """

    offset: int
    data: bytes
    total: int
    truncated: bool
    hidden: dict[int, str] = field(default_factory=dict)

    def hides(self, offset: int, size: int) -> bool:
        """Whether one of these bytes of the file stands in a hidden row."""
        start = offset - self.offset
        return any(row in self.hidden for row in range(start // WIDTH, -(-(start + size) // WIDTH)))

    @property
    def whole(self) -> bool:
        """Whether it is the whole file."""
        return self.offset == 0 and len(self.data) == self.total


class Origin(NamedTuple):
    """Where a feature was taken from: dialect and path of the document."""

    dialect: str
    path: str

    def at(self, rest: str) -> str:
        """A place below it as a trace writes it: `analysis:$.entropy` and the rest, such as `.sections[3].entropy`."""
        return f"{self.dialect}:{self.path}{rest}"


def read_strings(node: Node, path: str) -> Strings:
    """The strings of a document. Raises ValueError saying what is wrong and where."""
    if nodes.kind_of(node) == "list":
        return _flat(nodes.convert(node, list[str], path))
    found = nodes.convert(node, ExtractedStrings, path)
    return Strings(
        ascii=found.ascii_strings,
        list_path=".ascii_strings",
        complete=len(found.ascii_strings) < CAP,
        total_count=found.total_count,
        unique_count=found.unique_count,
        interesting=found.interesting_strings,
    )


def _flat(entries: list[str]) -> Strings:
    """The server's flat list: its second half (UTF-16 finds and runs of NUL) begins at the first control character.

    Where an entry beyond has none, nobody knows which half it belongs to, so that nothing is provably absent.
    """
    end = next((index for index, entry in enumerate(entries) if _CONTROL.search(entry)), len(entries))
    clean = all(_CONTROL.search(entry) for entry in entries[end:])
    return Strings(ascii=entries[:end], list_path="", complete=end < CAP and clean)


def read_hex_dump(node: Node, path: str) -> HexDump:
    """The dump of a document, text or object. Raises ValueError saying what is wrong and where."""
    value: Any = nodes.convert(node, str, path) if nodes.kind_of(node) == "text" else None
    if value is None:
        return _from_object(nodes.convert(node, HexDumpObject, path), path)
    header = _HEADER.match(value)
    if not header:
        raise ValueError(f"expected the head of a hex dump, got {value[:40]!r} at {path}")
    found = _LINE.findall(value, header.end())
    start = int(header[1], 16)
    _in_a_row((int(place, 16) for place, _ in found), start, path)
    return _dump(start, int(header[2]), int(header[3]), _bytes("".join(row for _, row in found), path), path)


def _in_a_row(places: Iterable[int | None], start: int, path: str) -> None:
    """Raise ValueError where the rows of a dump do not follow one another, sixteen bytes apart."""
    for number, place in enumerate(places):
        if place is not None and place != start + 16 * number:
            raise ValueError(f"expected the row at {start + 16 * number:#x}, got the one at {place:#x} at {path}")


def _from_object(dump: HexDumpObject, path: str) -> HexDump:
    data = _bytes(" ".join(line.hex_bytes for line in dump.lines), path)
    length = len(data) if dump.length is None else dump.length
    offset = dump.offset or 0
    _in_a_row((line.offset for line in dump.lines), offset, path)
    return _dump(offset, length, offset + length if dump.total_bytes is None else dump.total_bytes, data, path)


def _dump(offset: int, length: int, total: int, data: bytes, path: str) -> HexDump:
    if len(data) != length:
        raise ValueError(f"expected {length} bytes, got {len(data)} at {path}")
    return HexDump(offset=offset, data=data, total=total, truncated=offset + length < total)


def _bytes(text: str, path: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise ValueError(f"expected hex bytes at {path}") from error
