"""Lines for the hex dump: sixteen bytes each, with their file offset, in the scanner's own layout."""

from collections.abc import Sequence

from threatflux_training.evidence.lines import Rendered
from threatflux_training.evidence.view import Renderer
from threatflux_training.reports.file import ScannedFile
from threatflux_training.text import line

WIDTH = 16
"""Bytes of one line."""


def printable(data: bytes) -> str:
    """Each byte as its ASCII character, or a full stop."""
    return "".join(chr(byte) if 0x20 <= byte <= 0x7E else "." for byte in data)


def hex_dump(file: ScannedFile) -> Sequence[str]:
    """The dumped bytes; line i starts at the dump's offset + 16 i."""
    dump = file.hex_dump
    if dump is None:
        return []
    count, offset, data = -(-len(dump.data) // WIDTH), dump.offset, dump.data
    return Rendered(count, lambda row: _row(offset + WIDTH * row, data[WIDTH * row : WIDTH * row + WIDTH]))


def _row(offset: int, data: bytes) -> str:
    return f"  {offset:08x}  {data.hex(' '):<47}  {line(f'|{printable(data)}|')}"


def extent(file: ScannedFile) -> list[str]:
    """How much of the file the dump holds."""
    dump = file.hex_dump
    if dump is None:
        return []
    return [f"  offset: 0x{dump.offset:08x}, length: {len(dump.data)} bytes, total file size: {dump.total} bytes"]


BLOCKS: dict[str, Renderer] = {"hex_dump": hex_dump, "hex_dump.header": extent}
