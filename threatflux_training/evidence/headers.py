"""Headers of well-known formats, field by field, located in a hex dump: offset, size, byte order. Values stay bytes."""

import re
from collections.abc import Iterable
from typing import Literal, NamedTuple

Order = Literal["little", "big"]
Format = Literal["elf", "pe", "zip", "gzip", "class", "png", "pdf", "script", "data"]

MAGIC: tuple[tuple[bytes, Format], ...] = (
    (b"\x7fELF", "elf"), (b"MZ", "pe"), (b"PK\x03\x04", "zip"), (b"\x1f\x8b", "gzip"), (b"\xca\xfe\xba\xbe", "class"),
    (b"\x89PNG", "png"), (b"%PDF", "pdf"), (b"#!", "script"),
)  # fmt: skip

_OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"\xfd7zXZ\0", "xz data"), (b"\x28\xb5\x2f\xfd", "Zstandard data"), (b"BZh", "bzip2 data"), (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"\xff\xd8\xff", "a JPEG image"), (b"GIF8", "a GIF image"), (b"!<arch>\n", "an ar archive"), (b"\xed\xab\xee\xdb", "an RPM package"),
    (b"\xfe\xed\xfa\xce", "a Mach-O file"), (b"\xfe\xed\xfa\xcf", "a Mach-O file"), (b"\xce\xfa\xed\xfe", "a Mach-O file"),
    (b"\xcf\xfa\xed\xfe", "a Mach-O file"), (b"\xca\xfe\xba\xbe", "a fat Mach-O file"), (b"\0asm", "a WebAssembly module"),
    (b"SQLite format 3\0", "an SQLite database"),
)  # fmt: skip
"""Formats of which no field is read here: magic and name. A Java class, which shares the magic of a fat Mach-O, is told first."""
_FIRST_JAVA = 45
"""Major version of the oldest class files; a fat Mach-O has its number of architectures in that place."""
_PRINTABLE = re.compile(rb"[\x20-\x7e]+")


class Field(NamedTuple):
    """A field of a header: where it stands in the file and how its bytes are to be read."""

    name: str
    offset: int
    size: int
    order: Order = "little"


class Dump(NamedTuple):
    """Bytes of a file from an offset on, and the file's size."""

    data: bytes
    offset: int
    total: int

    def has(self, offset: int, size: int) -> bool:
        """Whether these bytes of the file are in the dump."""
        return self.offset <= offset and offset + size <= self.offset + len(self.data)

    def bytes(self, offset: int, size: int) -> bytes:
        """Bytes by their offset in the file."""
        return self.data[offset - self.offset : offset - self.offset + size]

    def value(self, field: Field) -> int:
        """The unsigned number in a field."""
        return int.from_bytes(self.bytes(field.offset, field.size), field.order)


def format_of(dump: Dump) -> Format:
    """The format whose magic stands at the start of the file."""
    if dump.offset:
        return "data"
    found: Format = next((name for magic, name in MAGIC if dump.data.startswith(magic)), "data")
    return "data" if found == "class" and not is_java(dump.data) else found


def is_java(data: bytes) -> bool:
    """Whether bytes begin a Java class, by the version behind the magic that a fat Mach-O file has too."""
    return len(data) >= 8 and data.startswith(b"\xca\xfe\xba\xbe") and int.from_bytes(data[6:8], "big") >= _FIRST_JAVA


def bytes_of(written: str) -> bytes:
    """The bytes that a report writes as `CA FE BA BE`; none where it is something else."""
    try:
        return bytes.fromhex(written)
    except ValueError:
        return b""


def other_format(dump: Dump) -> tuple[bytes, str] | None:
    """Magic and name of a format that is known by its start only, for a file that `format_of` calls data."""
    if dump.offset:
        return None
    return next((one for one in _OTHERS if dump.data.startswith(one[0])), None)


_ELF64 = (
    ("e_type", 16, 2), ("e_machine", 18, 2), ("e_entry", 24, 8), ("e_phoff", 32, 8), ("e_shoff", 40, 8), ("e_flags", 48, 4),
    ("e_ehsize", 52, 2), ("e_phentsize", 54, 2), ("e_phnum", 56, 2), ("e_shentsize", 58, 2), ("e_shnum", 60, 2), ("e_shstrndx", 62, 2),
)  # fmt: skip
_ELF32 = (
    ("e_type", 16, 2), ("e_machine", 18, 2), ("e_entry", 24, 4), ("e_phoff", 28, 4), ("e_shoff", 32, 4), ("e_flags", 36, 4),
    ("e_ehsize", 40, 2), ("e_phentsize", 42, 2), ("e_phnum", 44, 2), ("e_shentsize", 46, 2), ("e_shnum", 48, 2), ("e_shstrndx", 50, 2),
)  # fmt: skip
_IDENT = (("EI_CLASS", 4, 1), ("EI_DATA", 5, 1), ("EI_VERSION", 6, 1), ("EI_OSABI", 7, 1))
_PHDR64 = (
    ("p_type", 0, 4), ("p_flags", 4, 4), ("p_offset", 8, 8), ("p_vaddr", 16, 8), ("p_paddr", 24, 8), ("p_filesz", 32, 8), ("p_memsz", 40, 8),
    ("p_align", 48, 8),
)  # fmt: skip
_PE = (
    ("Machine", 4, 2), ("NumberOfSections", 6, 2), ("TimeDateStamp", 8, 4), ("SizeOfOptionalHeader", 20, 2), ("Characteristics", 22, 2),
    ("Magic", 24, 2), ("AddressOfEntryPoint", 40, 4), ("Subsystem", 92, 2), ("DllCharacteristics", 94, 2),
)  # fmt: skip
_ZIP = (
    ("version needed", 4, 2), ("flags", 6, 2), ("method", 8, 2), ("CRC-32", 14, 4), ("compressed size", 18, 4),
    ("uncompressed size", 22, 4), ("name length", 26, 2), ("extra length", 28, 2),
)  # fmt: skip
_GZIP = (("method", 2, 1), ("flags", 3, 1), ("modification time", 4, 4), ("operating system", 9, 1))
_CLASS = (("minor_version", 4, 2), ("major_version", 6, 2), ("constant_pool_count", 8, 2))


_ORDERS: dict[int, Order] = {1: "little", 2: "big"}
_TABLES = {1: _ELF32, 2: _ELF64}


def _fields(
    dump: Dump, table: Iterable[tuple[str, int, int]], order: Order = "little", base: int = 0
) -> dict[str, Field]:
    fields = (Field(name, base + offset, size, order) for name, offset, size in table)
    return {field.name: field for field in fields if dump.has(field.offset, field.size)}


def elf_fields(dump: Dump) -> dict[str, Field]:
    """The ELF header's fields that the dump holds; empty where class or byte order is none of the known ones."""
    if not dump.has(0, 20) or format_of(dump) != "elf":
        return {}
    order, table = _ORDERS.get(dump.data[5]), _TABLES.get(dump.data[4])
    if order is None or table is None:
        return {}
    return {**_fields(dump, _IDENT), **_fields(dump, table, order)}


def program_headers(dump: Dump) -> list[dict[str, Field]]:
    """The program headers of a 64-bit ELF that the dump holds completely."""
    return [one for one in _headers(dump) if len(one) == len(_PHDR64)]


def begun_header(dump: Dump) -> dict[str, Field] | None:
    """The first program header that the dump holds in part, if type and flags are there."""
    part = next((one for one in _headers(dump) if len(one) < len(_PHDR64)), {})
    return part if "p_flags" in part else None


def _headers(dump: Dump) -> list[dict[str, Field]]:
    """The fields of each program header of a 64-bit ELF that are in the dump."""
    fields = elf_fields(dump)
    if "e_shstrndx" not in fields or dump.data[4] != 2:
        return []
    base, size, count = (dump.value(fields[name]) for name in ("e_phoff", "e_phentsize", "e_phnum"))
    if size != 56:
        return []
    bases = [base + size * number for number in range(min(count, 64))]
    return [_fields(dump, _PHDR64, fields["e_type"].order, one) for one in bases]


def pe_fields(dump: Dump) -> dict[str, Field]:
    """`e_lfanew` and, where the dump reaches that far, the PE header's fields."""
    start = _fields(dump, (("e_lfanew", 60, 4),))
    if "e_lfanew" not in start:
        return {}
    base = dump.value(start["e_lfanew"])
    if not dump.has(base, 24) or dump.bytes(base, 4) != b"PE\0\0":
        return start
    return {**start, **_fields(dump, _PE, "little", base)}


def simple_fields(dump: Dump) -> dict[str, Field]:
    """The fixed fields at the start of a ZIP entry, a gzip member or a Java class."""
    kind = format_of(dump)
    if kind == "zip":
        return _fields(dump, _ZIP)
    if kind == "gzip":
        return _fields(dump, _GZIP)
    return _fields(dump, _CLASS, "big") if kind == "class" else {}


def texts(dump: Dump, start: int, stop: int, least: int = 5) -> list[tuple[int, str]]:
    """Printable runs between two file offsets that end in a NUL byte, with their offsets."""
    begin = max(start - dump.offset, 0)
    data = dump.data[begin : max(stop - dump.offset, begin)]
    return [
        (dump.offset + begin + match.start(), match[0].decode("ascii"))
        for match in _PRINTABLE.finditer(data)
        if match.end() - match.start() >= least and data[match.end() : match.end() + 1] == b"\0"
    ]
