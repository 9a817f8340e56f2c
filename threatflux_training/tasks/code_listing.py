"""The instructions of a file as tasks on code use them: functions, values with their traces, what a prompt shows."""

from collections.abc import Sequence
from functools import cached_property

import msgspec

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Say, Slot, fragment
from threatflux_training.compose.value import Text
from threatflux_training.evidence import addresses, code, functions, iat, jump_tables, plt
from threatflux_training.evidence.dataflow import SYSV, WIN64, Flow, Held
from threatflux_training.evidence.view import View
from threatflux_training.reports.model import Instruction
from threatflux_training.tasks.hex_values import Bytes
from threatflux_training.tasks.model import Draft, NegativeKind, Request, Show
from threatflux_training.text import code as as_code
from threatflux_training.text import escape

BLOCK = "disassembly"
CONTEXT = ("binary_info", "symbols.imports", "binary_info.sections", "strings", "hex_dump")
_COUNTED = 192
_FEWEST = 4
"""Instructions of the shortest function that is asked about."""


class Scope(msgspec.Struct, frozen=True):
    """A function, how the user names it, the same at the start of a sentence, and whether a symbol delimits it."""

    start: int
    stop: int
    address: int
    text: Text
    opening: Text
    symbol: int = -1

    def __str__(self) -> str:
        return hex(self.address)


class Listing:
    """The instructions of a file that has some."""

    def __init__(self, view: View) -> None:
        found = view.file.disassembly
        if found is None:
            raise ValueError("a file without disassembly has no instructions")
        self.view = view
        self.all: Sequence[Instruction] = found.instructions
        self.bits = 64 if found.architecture == "x86_64" else 32
        self.tables: dict[int, jump_tables.Table] = {}
        self._flows: dict[int, Flow] = {}
        self._scopes: dict[int, Scope] = {}

    @cached_property
    def named(self) -> dict[int, functions.Function]:
        """Functions with a symbol, by address."""
        return functions.named(self.view.file, self.all)

    @cached_property
    def callers(self) -> dict[int, list[int]]:
        """Direct calls of the searched part, by the address called."""
        return functions.callers(self.all)

    @cached_property
    def main(self) -> functions.Main | None:
        """What `_start` hands over as main."""
        return functions.main_of(self.view.file, self.all)

    @cached_property
    def imports(self) -> plt.Table | None:
        """The slots of .plt and their names."""
        return plt.table(self.view.file)

    @cached_property
    def functions(self) -> dict[int, functions.Function]:
        """Named functions; in a file without them, those that calls and the entry point reveal."""
        if self.named:
            return self.named
        starts = {*self.callers, *([self.main.address] if self.main else [])}
        slots = self.imports.slots if self.imports else {}
        final = {address for address, slot in slots.items() if slot.name in functions.NO_RETURN}
        return functions.inferred(self.all, sorted(starts), final)

    @cached_property
    def arguments(self) -> tuple[str, ...]:
        """The registers of the calling convention; () where it is not known (Go, 32-bit)."""
        binary = self.view.file.binary_info
        if binary is None or self.bits != 64:
            return ()
        if (binary.format or "").startswith("PE"):
            return WIN64
        names = {one.name for one in binary.sections}
        go = {".gopclntab", ".go.buildinfo", ".note.go.buildid"} & names
        return SYSV if binary.format == "ELF" and not go else ()

    def scopes(self, room: float) -> list[Scope]:
        """Functions whose instructions need about so many tokens at most."""
        return [
            self.scope(address)
            for address, one in self.functions.items()
            if one.stop - one.start >= _FEWEST and (one.stop - one.start) * self._line_tokens <= room
        ]

    @cached_property
    def _line_tokens(self) -> float:
        """Tokens of an instruction's line, on average over the first ones: counting all takes long."""
        lines = self.view.lines(BLOCK)
        known = min(_COUNTED, len(lines))
        return lines.tokens(0, known) / max(1, known)

    def scope(self, address: int) -> Scope:
        """A function by its address."""
        if address not in self._scopes:
            self._scopes[address] = self._scope(address)
        return self._scopes[address]

    def _scope(self, address: int) -> Scope:
        one = self.functions[address]
        if one.name:
            text = value.in_code_asked(escape(one.name))
            return Scope(one.start, one.stop, address, text, text, one.symbol)
        asked = value.asked(hex(address)).sources
        name = f"function at {hex(address)}"
        return Scope(one.start, one.stop, address, Text(f"the {name}", asked), Text(f"The {name}", asked))

    def function_of(self, index: int) -> int | None:
        """The address of the known function that holds an instruction."""
        return next((a for a, one in self.functions.items() if one.start <= index < one.stop), None)

    def flow(self, scope: Scope) -> Flow:
        """The values that registers hold in a function."""
        if scope.start not in self._flows:
            first = Flow(self.all, scope.start, scope.stop, self.arguments)
            tables = self._tables(first)
            targets = {jump: table.targets for jump, table in tables.items()}
            self.tables |= tables
            self._flows[scope.start] = (
                Flow(self.all, scope.start, scope.stop, self.arguments, targets) if targets else first
            )
        return self._flows[scope.start]

    def _tables(self, flow: Flow) -> dict[int, jump_tables.Table]:
        """The jump tables of a function, by the jump that uses them."""
        jumps = [
            i
            for i in range(flow.start, flow.stop)
            if self.all[i].mnemonic == "jmp" and code.target(self.all[i]) is None
        ]
        found = {jump: jump_tables.table_at(self.view.file, self.all, flow, jump) for jump in jumps[:8]}
        return {jump: table for jump, table in found.items() if table is not None}

    def place(self, index: int) -> str:
        """The trace path of an instruction."""
        return self.view.at("disassembly", f".instructions[{index}]")

    def at(self, index: int) -> Text:
        """`0x40118a`, the address of an instruction."""
        return value.hexadecimal(self.all[index].address, self.place(index) + ".address")

    def written(self, index: int) -> Text:
        """The instruction, as code."""
        one = self.all[index]
        parts = [value.equal(one.mnemonic, self.place(index) + ".mnemonic")]
        if one.operands:
            parts.append(value.equal(one.operands, self.place(index) + ".operands"))
        sources = tuple(source for part in parts for source in part.sources)
        return Text(as_code(" ".join(part.text for part in parts)), sources)

    def operand(self, index: int, text: str) -> Text:
        """A part of the operands, as code."""
        return value.part(text, self.place(index) + ".operands")

    def mnemonic(self, index: int) -> Text:
        """The mnemonic, as code."""
        return value.code(self.all[index].mnemonic, self.place(index) + ".mnemonic")

    def to(self, index: int) -> Text:
        """The address that a direct jump or call names."""
        return value.computed(hex(code.target(self.all[index]) or 0), "hex", ["target", self.place(index)])

    def pointer(self, index: int) -> Text:
        """The address of an operand relative to rip."""
        return value.computed(hex(addresses.pointed(self.all[index]) or 0), "hex", ["rip", self.place(index)])

    def constant(self, index: int, amount: int, unit: str = "") -> Text:
        """The constant that the last operand is, in decimal digits."""
        text = value.with_unit(f"{amount:,}", amount, unit)
        return value.computed(text, "grouped", ["immediate", self.place(index)], unit)

    def distance(self, first: int, stop: int, unit: str = "byte|bytes") -> Text:
        """Bytes from an instruction to another one."""
        amount = self.all[stop].address - self.all[first].address
        inner = ["difference", self.place(stop) + ".address", self.place(first) + ".address"]
        return value.computed(value.with_unit(f"{amount:,}", amount, unit), "grouped", inner, unit)

    def name_of(self, address: int) -> Text | None:
        """The name of the function that starts at an address."""
        one = self.named.get(address)
        if one is None:
            return None
        return value.code(one.name, self.view.at("symbols", f".functions[{one.symbol}].name"))


class Shown:
    """What a prompt will show beside the function's own lines, and how many tokens are left for more."""

    def __init__(self, listing: Listing, room: float) -> None:
        self.listing = listing
        self.room = room
        self.names_rest_on_count = False
        self.proven: dict[str, plt.Chain] = {}
        self._lines: set[int] = set()
        self._symbols: set[int] = set()
        self._sections: set[int] = set()
        self._rows: set[int] = set()
        self._blocks: set[str] = set()

    def covered(self, start: int, stop: int) -> None:
        """Instructions that the prompt shows."""
        self._lines.update(range(start, stop))
        self.room -= self.listing.view.lines(BLOCK).tokens(start, stop)

    def line(self, index: int) -> None:
        """One more instruction."""
        if index not in self._lines:
            self.covered(index, index + 1)

    def has(self, index: int) -> bool:
        """Whether an instruction is shown."""
        return index in self._lines

    def symbol(self, number: int) -> None:
        """A line of symbols.functions."""
        self._symbols.add(number)

    def section(self, number: int) -> None:
        """A line of the section table."""
        self._sections.add(number)

    def block(self, name: str) -> bool:
        """A whole block, if it has room."""
        if name in self._blocks:
            return True
        needed = self.listing.view.lines(name).tokens() + 12
        if needed > self.room:
            return False
        self.room -= needed
        self._blocks.add(name)
        return True

    def rows(self, *spans: tuple[int, int]) -> bool:
        """Rows of the hex dump, if they have room."""
        dump = self.listing.view.file.hex_dump
        if dump is None:
            return False
        wanted = {
            row
            for offset, size in spans
            for row in range((offset - dump.offset) // 16, (offset + max(size, 1) - 1 - dump.offset) // 16 + 1)
        }
        new = wanted - self._rows
        lines = self.listing.view.lines("hex_dump")
        if any(not 0 <= row < len(lines) for row in new):
            return False
        needed = lines.tokens_of(new)
        if needed > self.room:
            return False
        self.room -= needed
        self._rows |= new
        return True

    def _behind(self) -> set[int]:
        """The instructions right behind operands relative to rip: their addresses are what those count from."""
        every = self.listing.all
        ends = (index for index in self._lines if index + 1 not in self._lines and index + 1 < len(every))
        return {index + 1 for index in ends if addresses.pointed(every[index]) is not None}

    def shows(self) -> list[Show]:
        """Everything as evidence for the prompt."""
        found: list[Show] = []
        runs = _runs(sorted(self._lines | self._behind()))
        if runs:
            longest = max(runs, key=len)
            found.append(Show(BLOCK, longest[0], longest[-1] + 1))
            rest = tuple(index for run in runs if run is not longest for index in run)
            if rest:
                found.append(Show(BLOCK, only=rest, title="disassembly, other lines"))
        if self._symbols:
            found.append(Show("symbols.functions", only=tuple(sorted(self._symbols))))
        if self._sections and "binary_info.sections" not in self._blocks:
            found.append(Show("binary_info.sections", only=tuple(sorted(self._sections))))
        found += [Show(name) for name in sorted(self._blocks)]
        if self._rows:
            offsets = [16 * row for row in sorted(self._rows)]
            found.append(Bytes(self.listing.view).rows([(self._base() + one, 16) for one in offsets]))
        return found

    def _base(self) -> int:
        dump = self.listing.view.file.hex_dump
        return dump.offset if dump else 0

    def text_at(self, address: int) -> Text | None:
        """The text at an address, if the dump has one there and its rows have room."""
        file = self.listing.view.file
        offset = addresses.file_offset(file, address)
        found = addresses.text_at(file, offset) if offset is not None else ""
        if offset is None or not found or not self.rows((offset, len(found) + 1)):
            return None
        path = self.listing.view.at("hex_dump")
        if addresses.bytes_at(file, offset + len(found), 1) != b"\0":
            return value.in_code(value.computed(escape(found), "ascii", path, offset, len(found)))
        return value.in_code(value.computed(escape(found), "cstring", path, offset))

    def bytes_at(self, address: int, size: int) -> Text | None:
        """Some bytes at an address, if the dump has them and their rows have room."""
        file = self.listing.view.file
        offset = addresses.file_offset(file, address)
        found = addresses.bytes_at(file, offset, size) if offset is not None else b""
        if offset is None or len(found) < size or not self.rows((offset, size)):
            return None
        return Bytes(self.listing.view).raw(offset, size)

    def iat_at(self, address: int) -> Text | None:
        """The name of the imported function behind a slot of a PE's table, if the rows that prove it have room."""
        found = iat.imported_at(self.listing.view.file, address)
        if found is None or not self.rows((found.slot, 8), (found.text, len(found.name) + 1)):
            return None
        path = self.listing.view.at("hex_dump")
        return value.in_code(value.computed(escape(found.name), "cstring", path, found.text))

    def origin(self, held: Held) -> None:
        """The lines that a value comes from, and what an address relative to rip is counted from."""
        for place in (held.at, *held.chain):
            if place >= 0:
                self.line(place)
        if held.at >= 0 and addresses.pointed(self.listing.all[held.at]) is not None:
            self.line(held.at + 1)

    def import_at(self, address: int) -> Text | None:
        """The name of the imported function whose slot an address is, where it is settled and can be shown."""
        table = self.listing.imports
        slot = table.slots.get(address) if table else None
        if table is None or slot is None:
            return None
        view = self.listing.view
        if slot.chain is None:
            if not self.block("symbols.imports"):
                return None
            self.section(table.section)
            self.names_rest_on_count = True
            return value.code(slot.name, view.at("symbols", f".imports[{slot.imported}].name"))
        chain = slot.chain
        spans = (chain.relocation, plt.RELOCATION), (chain.symbol, 4), (chain.text, len(slot.name) + 1)
        if not self.rows(*spans):
            return None
        self.proven[slot.name] = chain
        return value.in_code(value.computed(escape(slot.name), "cstring", view.at("hex_dump"), chain.text))


def _runs(numbers: list[int]) -> list[list[int]]:
    """Sorted numbers as runs without a gap."""
    found: list[list[int]] = []
    for number in numbers:
        if found and number == found[-1][-1] + 1:
            found[-1].append(number)
        else:
            found.append([number])
    return found


def draft(
    listing: Listing,
    shown: Shown,
    content: Sequence[Content],
    slots: dict[str, Text],
    negative: NegativeKind = "",
) -> Draft:
    """A draft with everything that is shown."""
    asked = {"name": listing.view.name, **slots}
    return Draft(slots=asked, shows=tuple(shown.shows()), content=tuple(content), context=CONTEXT, negative=negative)


def begun(listing: Listing, scope: Scope, request: Request) -> Shown:
    """The evidence of a task on one function."""
    shown = Shown(listing, request.room * 1.15)
    shown.covered(scope.start, scope.stop)
    return shown


def base(listing: Listing, scope: Scope) -> dict[str, Slot]:
    """Slots that every statement on a function can use."""
    return {"scope": scope.text, "Scope": scope.opening, "name": listing.view.name}


def which(number: int) -> Say:
    """`the first argument` and so on."""
    return fragment(f"code.argument.{number}")
