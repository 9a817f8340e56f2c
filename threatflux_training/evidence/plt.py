"""Which imported function a slot of `.plt` jumps to.

By count: `.plt` has one entry of 16 bytes before its slots; the slots follow the order of the import list (without
versioned twins, `__libc_start_main` and `__cxa_finalize`). That is used only where both counts agree. By relocation: the
n-th entry of `.rela.plt` belongs to slot n and names a symbol; it is read from a hex dump that covers the tables.
"""

from typing import NamedTuple

from threatflux_training.evidence.addresses import bytes_at, section_offset, text_at
from threatflux_training.reports.file import ScannedFile
from threatflux_training.reports.model import Section

ENTRY = 16
"""Bytes of an entry of .plt."""
RELOCATION = 24
SYMBOL = 24
_JUMP_SLOT = 7
ELSEWHERE = ("__libc_start_main", "__cxa_finalize")
"""Imports that get no slot: they are called through .got and .plt.got."""


class Chain(NamedTuple):
    """File offsets that prove a slot's name: relocation, symbol, text of the name."""

    relocation: int
    symbol: int
    text: int


class Slot(NamedTuple):
    """A slot: its number from 1, the function's name, its index in the import list (-1), the proof if it was read."""

    number: int
    name: str
    imported: int
    chain: Chain | None = None


class Table(NamedTuple):
    """All slots by address, the section's index, and whether the names rest on the count."""

    slots: dict[int, Slot]
    section: int
    counted: bool


def plain_imports(file: ScannedFile) -> list[tuple[int, str]]:
    """Imports that can have a slot: index and name."""
    found = file.symbols.imports if file.symbols else []
    return [(i, one.name) for i, one in enumerate(found) if "@" not in one.name and one.name not in ELSEWHERE]


def table(file: ScannedFile) -> Table | None:
    """The slots of a file; None where neither the count nor a dump settles the names."""
    binary = file.binary_info
    if binary is None or binary.format != "ELF" or binary.architecture != "x86_64":
        return None
    found = next((i for i, one in enumerate(binary.sections) if one.name == ".plt" and one.size > ENTRY), None)
    if found is None:
        return None
    section = binary.sections[found]
    amount = section.size // ENTRY - 1
    names = plain_imports(file)
    if section.size % ENTRY == 0 and len(names) == amount:
        slots = {
            section.virtual_address + ENTRY * number: Slot(number, name, index)
            for number, (index, name) in enumerate(names, 1)
        }
        return Table(slots, found, counted=True)
    return _read(file, found, section, amount)


def _read(file: ScannedFile, place: int, section: Section, amount: int) -> Table | None:
    relocations, symbols, texts = (section_offset(file, name) for name in (".rela.plt", ".dynsym", ".dynstr"))
    if relocations is None or symbols is None or texts is None:
        return None
    slots: dict[int, Slot] = {}
    for number in _dumped(file, relocations, amount):
        chain = _chain(file, relocations + RELOCATION * (number - 1), symbols, texts)
        name = text_at(file, chain.text) if chain else ""
        if name:
            slots[section.virtual_address + ENTRY * number] = Slot(number, name, -1, chain)
    return Table(slots, place, counted=False) if slots else None


def _dumped(file: ScannedFile, relocations: int, amount: int) -> range:
    """The numbers of the slots whose relocations the dump may hold."""
    dump = file.hex_dump
    if dump is None:
        return range(0)
    first = (dump.offset - relocations) // RELOCATION
    last = (dump.offset + len(dump.data) - relocations) // RELOCATION
    return range(max(1, first), min(amount, last + 1) + 1)


def chain_of(file: ScannedFile, number: int) -> Chain | None:
    """The proof of a slot from the dump, whatever its name rests on otherwise."""
    places = [section_offset(file, name) for name in (".rela.plt", ".dynsym", ".dynstr")]
    relocations, symbols, texts = places
    if relocations is None or symbols is None or texts is None:
        return None
    return _chain(file, relocations + RELOCATION * (number - 1), symbols, texts)


def _chain(file: ScannedFile, relocation: int, symbols: int, texts: int) -> Chain | None:
    entry = bytes_at(file, relocation, RELOCATION)
    if len(entry) < RELOCATION or int.from_bytes(entry[8:12], "little") != _JUMP_SLOT:
        return None
    symbol = symbols + SYMBOL * int.from_bytes(entry[12:16], "little")
    found = bytes_at(file, symbol, 4)
    return Chain(relocation, symbol, texts + int.from_bytes(found, "little")) if len(found) == 4 else None
