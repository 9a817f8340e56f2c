"""What section headers tell: rights, purpose by name, where an address lies, which sections have bytes in the file."""

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from threatflux_training.reports.model import BinaryInfo, EntropySection, Section

Right = Literal["write", "load", "exec"]
Group = Literal["start", "code", "constants", "data", "linking", "unwinding", "identity", "debug", "table", "other"]
GROUPS: tuple[Group, ...] = (
    "start", "code", "constants", "data", "linking", "unwinding", "identity", "debug", "table", "other",
)  # fmt: skip
_ELF: dict[Right, int] = {"write": 1, "load": 2, "exec": 4}
_PE: dict[Right, int] = {"write": 0x80000000, "load": 0xE0000000, "exec": 0x20000000}
_WORDS: dict[Right, str] = {"write": "write: true", "load": "read: true", "exec": "execute: true"}
_HEX = re.compile(r"[0-9a-f]{1,16}")
USUAL_CODE = frozenset([".init", ".plt", ".plt.got", ".plt.sec", ".text", ".fini"])
"""Sections of machine code that a linker makes by itself."""

_TABLE: dict[Group, str] = {
    "start": ".interp interp|.init init|.fini fini|.init_array init_array|.fini_array fini_array|.preinit_array preinit_array|.ctors ctors|.dtors ctors|.CRT crt",
    "code": ".text text|.plt plt|.plt.got plt_got|.plt.sec plt_sec",
    "constants": ".rodata rodata|.rdata rdata|.data.rel.ro relro|.rsrc rsrc|.typelink typelink|.itablink typelink|.gopclntab gopclntab",
    "data": ".data data|.bss bss|.tdata tdata|.tbss tbss|.tls tls|.noptrdata noptrdata|.noptrbss noptrbss|.tm_clone_table tm_clone|.go.module gomodule",
    "linking": ".dynsym dynsym|.dynstr dynstr|.gnu.hash gnu_hash|.hash hash|.gnu.version version|.gnu.version_r version_r|.gnu.version_d version_d|.rela.dyn rela_dyn|.rela.plt rela_plt|.relr.dyn relr|.dynamic dynamic|.got got|.got.plt got_plt|.edata edata|.idata idata|.reloc reloc",
    "unwinding": ".eh_frame eh_frame|.eh_frame_hdr eh_frame_hdr|.gcc_except_table except_table|.pdata pdata|.xdata xdata",
    "identity": ".note.gnu.build-id build_id|.note.gnu.property property|.note.ABI-tag abi_tag|.comment comment|.go.buildinfo buildinfo|.go.fipsinfo fipsinfo|.note.go.buildid go_buildid|.note.stapsdt stapsdt",
    "debug": ".symtab symtab|.strtab strtab|.gnu_debuglink debuglink|.gnu_debugaltlink debugaltlink|.gnu_debugdata debugdata",
    "table": ".shstrtab shstrtab",
}  # fmt: skip
_NAMED: dict[str, tuple[Group, str]] = {
    entry.split()[0]: (group, entry.split()[1]) for group, entries in _TABLE.items() for entry in entries.split("|")
}


class Role(NamedTuple):
    """What a section is for: a group, and the phrase that explains it."""

    group: Group
    phrase: str


def role_of(section: Section, binary: BinaryInfo) -> Role:
    """The purpose by name; by its rights where the name is not known."""
    if section.name == ".plt" and any(one.name == ".plt.sec" for one in binary.sections):
        return Role("code", "plt_lazy")
    if section.name in _NAMED:
        return Role(*_NAMED[section.name])
    if section.name.startswith((".debug", ".zdebug")):
        return Role("debug", "debug")
    if section.name.startswith(".note"):
        return Role("identity", "note")
    rights = rights_of(section, binary)
    kind = "code" if "exec" in rights else "data" if "write" in rights else "constants" if "load" in rights else "aux"
    return Role("other", f"other_{kind}")


def rights_of(section: Section, binary: BinaryInfo) -> frozenset[Right]:
    """What memory may be used for, by the section's flags; empty for a section that is not loaded."""
    flags = section.characteristics
    if not _HEX.fullmatch(flags):
        return frozenset(right for right, words in _WORDS.items() if words in flags)
    bits = int(flags, 16)
    return frozenset(right for right, bit in (_PE if binary.format == "PE" else _ELF).items() if bits & bit)


def has_right(right: Right, binary: BinaryInfo, *, wanted: bool = True) -> list[object]:
    """The filter of a trace for sections with (or without) a right; for hexadecimal flags only."""
    return ["characteristics", "bit" if wanted else "nobit", (_PE if binary.format == "PE" else _ELF)[right]]


def has_hex_flags(binary: BinaryInfo) -> bool:
    """Whether all flags are numbers, as the older scanner writes them."""
    return all(_HEX.fullmatch(one.characteristics) for one in binary.sections)


def named(binary: BinaryInfo) -> list[int]:
    """Indices of the sections with a name; the empty entry at the start of an ELF table has none."""
    return [index for index, one in enumerate(binary.sections) if one.name]


def loaded(binary: BinaryInfo) -> list[int]:
    """Indices of the sections that take up addresses, in order of address; thread-local zeros take up none."""
    found = [
        index
        for index, one in enumerate(binary.sections)
        if one.virtual_address > 0 and one.size > 0 and one.name != ".tbss"
    ]
    return sorted(found, key=lambda index: binary.sections[index].virtual_address)


def holds(section: Section, address: int) -> bool:
    """Whether an address lies inside a section."""
    return section.virtual_address <= address < section.virtual_address + section.size


def at(binary: BinaryInfo, address: int) -> int | None:
    """The index of the section that holds an address."""
    return next((index for index in loaded(binary) if holds(binary.sections[index], address)), None)


def without_bytes(entries: Sequence[EntropySection], index: int) -> bool:
    """Whether a section stands in no bytes of the file: zeros made at start, by name or since it would cover the next."""
    one = entries[index]
    if "bss" in one.name or one.size == 0:
        return True
    return index + 1 < len(entries) and one.offset + one.size > entries[index + 1].offset > 0
