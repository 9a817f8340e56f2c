"""The section headers of an executable as the tasks use them: values with their traces, and what of them a prompt shows."""

from collections.abc import Iterable

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Role, Say, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence import layout
from threatflux_training.evidence.view import View
from threatflux_training.reports.model import BinaryInfo, Section
from threatflux_training.tasks.compound import SURROUNDINGS
from threatflux_training.tasks.model import Draft, NegativeKind, Show

BLOCK = "binary_info.sections"
NAMES = "binary_info.sections.names"
OFFSETS = "entropy.sections"
CONTEXT = ("binary_info", BLOCK, *SURROUNDINGS)
TECHNICAL = (
    "developer", "power_user", "security_analyst", "forensics_expert", "reverse_engineer", "malware_analyst", "threat_hunter",
    "performance_engineer", "kernel_developer", "embedded_developer", "exploit_developer", "iot_security", "devops_engineer",
    "data_scientist", "ml_engineer",
)  # fmt: skip
"""Readers who count in tables and meet mangled names."""
_UNIT = "byte|bytes"


_SLIGHT = 0.0005
"""A share of a file below this isn't worth a figure."""


class Table:
    """The sections of a file whose format is ELF or PE."""

    def __init__(self, view: View, binary: BinaryInfo) -> None:
        self.view = view
        self.binary = binary
        self.all = binary.sections
        self.named = layout.named(binary)
        self.loaded = layout.loaded(binary)
        self.path = view.at("binary_info", ".sections")
        self.elf = binary.format == "ELF"
        self.index = {self.all[number].name: number for number in reversed(self.named)}
        self.is_go = any(name.endswith(".gopclntab") for name in self.index)
        self.entropy = view.file.entropy.sections if view.file.entropy else []
        self._offsets = {one.name: number for number, one in enumerate(self.entropy)}
        metadata = view.file.metadata
        self.total = metadata.file_size if metadata is not None else None

    def __getitem__(self, index: int) -> Section:
        return self.all[index]

    def has(self, *names: str) -> list[int]:
        """Indices of the named sections that are there."""
        return [self.index[name] for name in names if name in self.index]

    def rights(self, index: int) -> frozenset[layout.Right]:
        """The rights of a section."""
        return layout.rights_of(self.all[index], self.binary)

    def with_right(self, right: layout.Right) -> list[int]:
        """Indices of the loaded sections with a right."""
        return [index for index in self.loaded if right in self.rights(index)]

    def place(self, index: int, field: str) -> str:
        """The trace path of a field of a section."""
        return f"{self.path}[{index}].{field}"

    def name(self, index: int) -> Text:
        """The section's name, as code."""
        return value.code(self.all[index].name, self.place(index, "name"))

    def names(self, indices: Iterable[int]) -> Text:
        """Names, joined."""
        return value.join([self.name(index) for index in indices])

    def size(self, index: int) -> Text:
        """`18,942 bytes`."""
        return value.grouped(self.all[index].size, self.place(index, "size"), _UNIT)

    def address(self, index: int) -> Text:
        """`0x23a0`."""
        return value.hexadecimal(self.all[index].virtual_address, self.place(index, "virtual_address"))

    def end(self, index: int) -> Text:
        """The first address behind the section."""
        one = self.all[index]
        return value.computed(
            hex(one.virtual_address + one.size), "hex", ["sum", self.place(index, "virtual_address"), self.place(index, "size")]
        )  # fmt: skip

    def into(self, index: int, address: int, given: object) -> Text:
        """How far an address lies inside a section; `given` is its place, or the number itself."""
        inner = ["difference", given, self.place(index, "virtual_address")]
        return value.computed(hex(address - self.all[index].virtual_address), "hex", inner)

    def offset_entry(self, index: int) -> int | None:
        """The index in the list of offsets, of a section with bytes in the file."""
        number = self._offsets.get(self.all[index].name)
        if number is None or layout.without_bytes(self.entropy, number):
            return None
        return number

    def in_file(self, index: int) -> bool:
        """Whether the file holds bytes of the section, as far as its name and the list of offsets tell."""
        name = self.all[index].name
        return "bss" not in name and (name not in self._offsets or self.offset_entry(index) is not None)

    def offset(self, index: int) -> Text | None:
        """The file offset where the section begins."""
        number = self.offset_entry(index)
        if number is None:
            return None
        return value.hexadecimal(self.entropy[number].offset, self.view.at("entropy", f".sections[{number}].offset"))

    def file_offset(self, index: int, address: int, given: object) -> Text | None:
        """The file offset of an address inside a section."""
        number = self.offset_entry(index)
        if number is None or address - self.all[index].virtual_address >= self.entropy[number].size:
            return None
        inner = ["difference", given, self.place(index, "virtual_address")]
        found = self.entropy[number].offset + address - self.all[index].virtual_address
        return value.computed(hex(found), "hex", ["sum", self.view.at("entropy", f".sections[{number}].offset"), inner])

    def share(self, index: int) -> Text | None:
        """The part of the file that the section takes, by its size in the headers; None where it takes none.

        The headers of a PE file give the size in memory, so there the file has to hold all of it.
        """
        number = self.offset_entry(index)
        zeros = not self.elf and (number is None or self.entropy[number].size < self.all[index].size)
        if not self.total or not self.in_file(index) or zeros:
            return None
        if self.all[index].size / self.total < _SLIGHT:
            return None
        inner = ["quotient", self.place(index, "size"), self.view.at("metadata", ".file_size")]
        return value.computed(f"{self.all[index].size / self.total * 100:.1f} %", "percent", inner, 1)

    def entropy_of(self, index: int) -> Text | None:
        """The measured entropy of a section with bytes in the file."""
        number = self.offset_entry(index)
        if number is None:
            return None
        place = self.view.at("entropy", f".sections[{number}].entropy")
        return value.fixed(self.entropy[number].entropy, place, 2, "bits per byte")

    def count(self, where: list[object] | None = None, unit: str = "section|sections") -> Text:
        """How many sections have a name (and satisfy a filter)."""
        filters = ["name", "ne", "", *(where or [])]
        amount = len(self.named) if not where else self._matching(where)
        return value.counted(amount, self.path, unit, filters)

    def _matching(self, where: list[object]) -> int:
        bits = [(where[i], where[i + 1], where[i + 2]) for i in range(0, len(where), 3)]
        return sum(all(_fits(self.all[index], *one) for one in bits) for index in self.named)

    def sum(self, where: list[object]) -> Text:
        """The sizes of the sections that satisfy a filter, added up; as in `loaded`, thread-local zeros don't count."""
        where = [*where, "name", "ne", ".tbss"]
        bits = [(where[i], where[i + 1], where[i + 2]) for i in range(0, len(where), 3)]
        amount = sum(one.size for one in self.all if all(_fits(one, *bit) for bit in bits))
        return value.computed(
            value.with_unit(f"{amount:,}", amount, _UNIT), "grouped", ["sum", self.path, "size", where], _UNIT
        )

    def lines(self, indices: Iterable[int], room: int) -> Show:
        """The whole table where it has room, else the lines of some sections."""
        if self.view.lines(BLOCK).within(room):
            return Show(BLOCK)
        return Show(BLOCK, only=tuple(sorted(set(indices))))

    def fits(self, room: int) -> bool:
        """Whether the whole table has room."""
        return self.view.lines(BLOCK).within(room)

    def offset_lines(self, indices: Iterable[int]) -> tuple[Show, ...]:
        """The lines of the list of offsets for some sections."""
        found = sorted({number for index in indices if (number := self.offset_entry(index)) is not None})
        return (Show(OFFSETS, only=tuple(found)),) if found else ()

    def size_line(self) -> tuple[Show, ...]:
        """The line with the size of the file."""
        return field_line(self.view, "metadata", "file_size")


def _fits(section: Section, field: object, comparison: object, constant: object) -> bool:
    found = getattr(section, str(field))
    if comparison == "bit" and isinstance(constant, int):
        return int(found, 16) & constant == constant
    if comparison == "nobit" and isinstance(constant, int):
        return not int(found, 16) & constant
    if comparison == "gt" and isinstance(constant, int):
        return bool(found > constant)
    return bool(found == constant) if comparison == "eq" else bool(found != constant)


def field_line(view: View, block: str, *fields: str) -> tuple[Show, ...]:
    """The lines of some scalars of a block."""
    lines = view.lines(block).lines
    found = tuple(number for number, line in enumerate(lines) if line.strip().partition(":")[0] in fields)
    return (Show(block, only=found),) if found else ()


def draft(
    table: Table,
    content: list[Content],
    *shows: Show,
    slots: dict[str, Text] | None = None,
    negative: NegativeKind = "",
) -> Draft:
    """A draft on sections."""
    return Draft(
        slots={"name": table.view.name, **(slots or {})}, shows=shows, content=tuple(content), context=CONTEXT,
        negative=negative,
    )  # fmt: skip


def purpose(table: Table, index: int, role: Role = "meaning", section: Text | None = None) -> Say:
    """What a section is for, in a sentence."""
    found = layout.role_of(table[index], table.binary)
    slots = {"section": section or table.name(index), "name": table.view.name}
    return say(role, f"sections.role.{found.phrase}", f"structure {_TAGS[found.group]}", **slots)


_TAGS: dict[layout.Group, str] = {
    "start": "kernel process", "code": "code performance", "constants": "data strings", "data": "data memory_safety",
    "linking": "imports kernel", "unwinding": "code build", "identity": "build provenance identity", "debug": "build code provenance",
    "table": "kernel", "other": "weakness malware",
}  # fmt: skip
