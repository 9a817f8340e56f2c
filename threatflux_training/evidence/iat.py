"""Names behind the import address table of a PE: before loading, each slot holds the place of a name."""

from typing import NamedTuple

from threatflux_training.evidence.addresses import bytes_at, file_offset, image_base, text_at
from threatflux_training.reports.file import ScannedFile


class Imported(NamedTuple):
    """File offsets of the slot and of the name that it leads to, and the name."""

    slot: int
    text: int
    name: str


def imported_at(file: ScannedFile, address: int) -> Imported | None:
    """The function that a call through an address reaches, by the file's own table."""
    base = image_base(file)
    slot = file_offset(file, address) if base else None
    data = bytes_at(file, slot, 8) if slot is not None else b""
    if slot is None or len(data) < 8 or file.symbols is None:
        return None
    place = file_offset(file, int.from_bytes(data, "little") + base)
    name = text_at(file, place + 2) if place is not None else ""
    known = any(one.name == name for one in file.symbols.imports)
    return Imported(slot, place + 2, name) if place is not None and known else None
