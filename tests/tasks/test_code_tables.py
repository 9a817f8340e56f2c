"""Names of slots, by count and by relocation; jump tables; all from small made-up files."""

import struct
from types import SimpleNamespace
from typing import Any, cast

from tests.tasks.test_code import listed
from threatflux_training.evidence import plt
from threatflux_training.evidence.addresses import file_offset, pointed, text_at
from threatflux_training.evidence.dataflow import SYSV, Flow
from threatflux_training.evidence.jump_tables import table_at
from threatflux_training.reports.features import HexDump
from threatflux_training.reports.file import ScannedFile
from threatflux_training.reports.model import BinaryInfo, Entropy, EntropySection, Import, Section, Symbols


def file(sections: list[tuple[str, int, int, int]], names: list[str], data: bytes = b"") -> ScannedFile:
    """A file of sections (name, address, size, offset), imports and a whole dump."""
    made = SimpleNamespace(
        binary_info=BinaryInfo(
            format="ELF",
            architecture="x86_64",
            sections=[Section(name, size, address) for name, address, size, _ in sections],
        ),
        entropy=Entropy(sections=[EntropySection(name, offset, size, 0.0) for name, _, size, offset in sections]),
        symbols=Symbols(imports=[Import(name) for name in names]),
        hex_dump=HexDump(offset=0, data=data, total=len(data), truncated=False) if data else None,
        disassembly=None,
    )
    return cast(ScannedFile, cast(Any, made))


def test_slots_are_named_where_the_counts_agree() -> None:
    table = plt.table(file([(".plt", 0x1020, 48, 0x1020)], ["puts@GLIBC_2.2.5", "__libc_start_main", "puts", "exit"]))
    assert table is not None and table.counted
    assert {address: slot.name for address, slot in table.slots.items()} == {0x1030: "puts", 0x1040: "exit"}


def test_nothing_is_said_where_the_counts_differ() -> None:
    assert plt.table(file([(".plt", 0x1020, 48, 0x1020)], ["puts", "exit", "free"])) is None
    assert plt.table(file([(".plt.sec", 0x1020, 48, 0x1020)], ["puts", "exit"])) is None


def test_relocations_name_slots_whatever_the_order() -> None:
    names = b"\0exit\0puts\0"
    symbols = b"".join(struct.pack("<I20x", offset) for offset in (0, 1, 6))
    relocations = b"".join(struct.pack("<QIIq", 0, 7, symbol, 0) for symbol in (2, 1))
    data = names.ljust(16, b"\0") + symbols + relocations
    parts = [
        (".dynstr", 1, len(names), 0),
        (".dynsym", 2, 72, 16),
        (".rela.plt", 3, 48, 88),
        (".plt", 0x1020, 48, 0x1020),
    ]
    table = plt.table(file(parts, ["exit", "puts", "free"], data))
    assert table is not None and not table.counted
    assert [(one.number, one.name) for one in table.slots.values()] == [(1, "puts"), (2, "exit")]
    assert table.slots[0x1030].chain == plt.Chain(88, 16 + 48, 6)


def test_a_jump_table_is_read_from_the_dump() -> None:
    code = listed(
        "lea rax, [rip + 0xffc]", "cmp edi, 1", "ja 0x1020", "movsxd rcx, dword ptr [rax + rdi*4]", "add rcx, rax", "jmp rcx",
        "ret", "ret", "ret",
    )  # fmt: skip
    assert pointed(code[0]) == 0x2000
    data = bytes(0x10) + struct.pack("<ii", 0x1018 - 0x2000, 0x101C - 0x2000)
    made = file([(".rodata", 0x2000, 8, 0x10)], [], data)
    table = table_at(made, code, Flow(code, 0, len(code), SYSV), 5)
    assert table is not None and table.targets == (0x1018, 0x101C)
    bad = file([(".rodata", 0x2000, 8, 0x10)], [], bytes(0x10) + struct.pack("<ii", 3 - 0x1000, 0))
    assert table_at(bad, code, Flow(code, 0, len(code), SYSV), 5) is None


def test_texts_end_with_a_zero_byte_and_lose_only_a_last_line_feed() -> None:
    made = file([(".rodata", 0x2000, 32, 0)], [], b"root %s\n\0a\x01b\0open")
    assert file_offset(made, 0x2009) == 9
    assert [text_at(made, offset) for offset in (0, 9, 13)] == ["root %s", "", ""]
