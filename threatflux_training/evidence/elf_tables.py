"""Entries of the dynamic section of a 64-bit little-endian ELF, located in a hex dump."""

from typing import NamedTuple

from threatflux_training.evidence.headers import Dump, Field

DT_BIND_NOW, DT_FLAGS, DT_FLAGS_1 = 24, 30, 0x6FFFFFFB
_ENTRY = 16


class DynamicEntry(NamedTuple):
    """A tag and where its entry and its value stand in the file."""

    tag: int
    offset: int
    value: Field


def dynamic_entries(dump: Dump, offset: int, size: int) -> list[DynamicEntry]:
    """The entries up to the terminating null tag; empty where the dump does not hold the section."""
    if not dump.has(offset, size) or dump.data[4:6] != b"\x02\x01":
        return []
    found: list[DynamicEntry] = []
    for place in range(offset, offset + size - _ENTRY + 1, _ENTRY):
        tag = dump.value(Field("d_tag", place, 8))
        if tag == 0:
            break
        found.append(DynamicEntry(tag, place, Field("d_val", place + 8, 8)))
    return found


def binds_now(dump: Dump, entries: list[DynamicEntry]) -> DynamicEntry | None:
    """The entry that has the loader resolve all symbols at start, if one does."""
    for one in entries:
        bits = dump.value(one.value)
        if one.tag == DT_BIND_NOW or (one.tag == DT_FLAGS and bits & 8) or (one.tag == DT_FLAGS_1 and bits & 1):
            return one
    return None
