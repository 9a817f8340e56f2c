"""Addresses: what `[rip + x]` means, in which section an address lies, where that is in the file, what stands there."""

import re

from threatflux_training.reports.file import ScannedFile
from threatflux_training.reports.model import Instruction

_RIP = re.compile(r"\[rip ([+-]) (0x[0-9a-f]+|\d+)\]")
_LONGEST = 200
"""Bytes searched for the end of a text."""


def pointed(one: Instruction) -> int | None:
    """The address of an operand relative to rip: that of the next instruction plus the displacement."""
    match = _RIP.search(one.operands) if "[rip" in one.operands else None
    if not match:
        return None
    offset = int(match[2], 0)
    return one.address + one.size + (offset if match[1] == "+" else -offset)


def image_base(file: ScannedFile) -> int:
    """What a PE's listing adds to the addresses of its sections; 0 for other formats."""
    binary, code = file.binary_info, file.disassembly
    if binary is None or code is None or not code.instructions or not (binary.format or "").startswith("PE"):
        return 0
    text = next((one for one in binary.sections if one.name == ".text"), None)
    return code.instructions[0].address - text.virtual_address if text else 0


def section_of(file: ScannedFile, address: int) -> int | None:
    """The index of the section that an address of the listing lies in."""
    if file.binary_info is None:
        return None
    address -= image_base(file)
    for index, one in enumerate(file.binary_info.sections):
        if one.virtual_address and one.virtual_address <= address < one.virtual_address + one.size:
            return index
    return None


def section_offset(file: ScannedFile, name: str) -> int | None:
    """Where a section starts in the file; None for those that have no bytes there."""
    if file.entropy is None or "bss" in name:
        return None
    return next((one.offset for one in file.entropy.sections if one.name == name), None)


def file_offset(file: ScannedFile, address: int) -> int | None:
    """Where an address lies in the file, by a section that has both; .bss has no place there."""
    index = section_of(file, address)
    if index is None or file.binary_info is None:
        return None
    section = file.binary_info.sections[index]
    start = section_offset(file, section.name)
    return None if start is None else start + address - image_base(file) - section.virtual_address


def bytes_at(file: ScannedFile, offset: int, size: int) -> bytes:
    """Dumped bytes at a file offset; fewer, or none, where the dump ends."""
    dump = file.hex_dump
    if dump is None or offset < dump.offset:
        return b""
    return dump.data[offset - dump.offset : offset - dump.offset + size]


def text_at(file: ScannedFile, offset: int) -> str:
    """A printable text that ends with a zero byte at a file offset, without line feeds at its end; "" if there is none.

    Nothing but blanks counts as none: as code in a sentence it would say nothing.
    """
    data = bytes_at(file, offset, _LONGEST)
    end = data.find(b"\0")
    text = data[:end].rstrip(b"\n") if end >= 1 else b""
    return text.decode("ascii") if text.strip() and all(0x20 <= byte < 0x7F for byte in text) else ""
