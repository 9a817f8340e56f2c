"""Values read from a hex dump, as an answer quotes them, with their traces; and the rows a prompt must show."""

from collections.abc import Iterable

from threatflux_training.compose import value
from threatflux_training.compose.value import Text
from threatflux_training.evidence.headers import Dump, Field
from threatflux_training.evidence.view import View
from threatflux_training.reports.features import WIDTH
from threatflux_training.tasks.model import Show
from threatflux_training.text import code, escape

BLOCK = "hex_dump"
HEADER = Show("hex_dump.header")
"""The scanner's line on offset, length and file size."""


class Bytes:
    """The dumped bytes of a file that has some."""

    def __init__(self, view: View) -> None:
        found = view.file.hex_dump
        if found is None:
            raise ValueError("a file without a hex dump has no bytes")
        self.view = view
        self.dump = Dump(found.data, found.offset, found.total)
        self.path = view.at("hex_dump")
        self.end = found.offset + len(found.data)

    def raw(self, offset: int, size: int) -> Text:
        """`7f 45 4c 46`, as code."""
        return value.in_code(value.computed(self.dump.bytes(offset, size).hex(" "), "bytes", self.path, offset, size))

    def text(self, offset: int, size: int) -> Text:
        """Printable bytes as text, as code."""
        found = escape(self.dump.bytes(offset, size).decode("ascii"))
        return value.in_code(value.computed(found, "ascii", self.path, offset, size))

    def field(self, field: Field) -> Text:
        """The bytes of a field, as code."""
        return self.raw(field.offset, field.size)

    def number(self, field: Field, unit: str = "") -> Text:
        """The value of a field in decimal digits."""
        amount = self.dump.value(field)
        return value.computed(value.with_unit(f"{amount:,}", amount, unit), "grouped", self.read(field), unit)

    def hexadecimal(self, field: Field) -> Text:
        """The value of a field as `0x3130`."""
        return value.computed(hex(self.dump.value(field)), "hex", self.read(field))

    def read(self, field: Field) -> list[object]:
        """The nested expression for a field's value."""
        return ["le" if field.order == "little" else "be", self.path, field.offset, field.size]

    @staticmethod
    def amount(size: int) -> Text:
        """`14,480 bytes`, of a figure in the scanner's line on the dump."""
        return value.computed(value.with_unit(f"{size:,}", size, "byte|bytes"), "grouped", size, "byte|bytes")

    @staticmethod
    def place(offset: int) -> Text:
        """A file offset as `0x18`."""
        return value.computed(hex(offset), "hex", offset)

    def rows(self, spans: Iterable[tuple[int, int]]) -> Show:
        """The rows that hold some spans of (offset, size)."""
        wanted: set[int] = set()
        for offset, size in spans:
            first = (offset - self.dump.offset) // WIDTH
            last = (offset + max(size, 1) - 1 - self.dump.offset) // WIDTH
            wanted.update(range(first, last + 1))
        chosen = sorted(wanted)
        if chosen == list(range(chosen[0], chosen[-1] + 1)):
            return self.range(chosen[0], chosen[-1] + 1)
        return Show(BLOCK, only=tuple(chosen))

    def range(self, first: int, stop: int) -> Show:
        """Rows from `first` to before `stop`; the heading names their offsets."""
        title = f"hex_dump, offsets 0x{self.dump.offset + first * WIDTH:x} to 0x{min(self.end, self.dump.offset + stop * WIDTH) - 1:x}"
        total = len(self.view.lines(BLOCK))
        return Show(BLOCK) if first == 0 and stop >= total else Show(BLOCK, first, stop, title=title)


def plain(word: str) -> Text:
    """A word of our own, without a source."""
    return Text(word)


def quoted(word: str) -> Text:
    """What the user asked about, as code."""
    return Text(code(word), value.asked(word).sources)
