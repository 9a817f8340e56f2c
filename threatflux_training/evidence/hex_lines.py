"""Lines for the hex dump: sixteen bytes each, with their file offset, in the scanner's own layout."""

from collections.abc import Sequence

from threatflux_training.evidence.lines import Rendered
from threatflux_training.evidence.view import Renderer
from threatflux_training.reports.features import WIDTH, HexDump
from threatflux_training.reports.file import ScannedFile
from threatflux_training.text import line

_SHOWN = bytes(byte if 0x20 <= byte <= 0x7E else 0x2E for byte in range(256))


def printable(data: bytes) -> str:
    """Each byte as its ASCII character, or a full stop."""
    return data.translate(_SHOWN).decode("ascii")


def hex_dump(file: ScannedFile) -> Sequence[str]:
    """The dumped bytes; line i starts at the dump's offset + 16 i. Lines that hold a secret show its placeholder instead."""
    dump = file.hex_dump
    if dump is None:
        return []
    return Rendered(-(-len(dump.data) // WIDTH), lambda row: _row(dump, row))


def _row(dump: HexDump, row: int) -> str:
    offset, data = dump.offset + WIDTH * row, dump.data[WIDTH * row : WIDTH * row + WIDTH]
    if row in dump.hidden:
        return f"  {offset:08x}  {dump.hidden[row]}"
    return f"  {offset:08x}  {data.hex(' '):<47}  {line(f'|{printable(data)}|')}"


def extent(file: ScannedFile) -> list[str]:
    """How much of the file the dump holds."""
    dump = file.hex_dump
    if dump is None:
        return []
    return [f"  offset: 0x{dump.offset:08x}, length: {len(dump.data)} bytes, total file size: {dump.total} bytes"]


BLOCKS: dict[str, Renderer] = {"hex_dump": hex_dump, "hex_dump.header": extent}
