"""The dynamic section in a dump."""

import struct

from threatflux_training.evidence.elf_tables import DT_BIND_NOW, DT_FLAGS, DT_FLAGS_1, binds_now, dynamic_entries
from threatflux_training.evidence.headers import Dump


def dump(*entries: tuple[int, int]) -> Dump:
    """A dump that begins with an ELF mark and has a dynamic section at offset 16."""
    table = b"".join(struct.pack("<QQ", *entry) for entry in entries)
    data = b"\x7fELF\x02\x01".ljust(16, b"\0") + table
    return Dump(data, 0, len(data))


def test_entries_end_with_the_null_tag() -> None:
    found = dynamic_entries(dump((1, 5), (DT_FLAGS, 8), (0, 0), (DT_FLAGS_1, 1)), 16, 64)
    assert [(one.tag, one.offset) for one in found] == [(1, 16), (DT_FLAGS, 32)]


def test_binding_at_start_is_asked_for_in_three_ways() -> None:
    for tag, bits, now in (
        (DT_FLAGS, 8, True),
        (DT_FLAGS_1, 0x8000001, True),
        (DT_BIND_NOW, 0, True),
        (DT_FLAGS, 2, False),
        (1, 9, False),
    ):
        dumped = dump((tag, bits), (0, 0))
        assert (binds_now(dumped, dynamic_entries(dumped, 16, 32)) is not None) is now


def test_a_section_outside_of_the_dump_gives_nothing() -> None:
    assert dynamic_entries(dump((1, 1)), 16, 64) == []
