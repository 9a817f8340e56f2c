"""The steps of a function in the order of the listing, each a sentence; what they leave out is bookkeeping."""

import re
from collections import Counter
from typing import NamedTuple

from threatflux_training.compose import value
from threatflux_training.compose.content import Say, Slot, fragment, say
from threatflux_training.compose.value import Text, join
from threatflux_training.evidence import addresses, code
from threatflux_training.evidence import operands as op
from threatflux_training.evidence.dataflow import Held
from threatflux_training.evidence.loop_parts import Loop, closed
from threatflux_training.evidence.signatures import VOID
from threatflux_training.tasks.code_calls import EMPTY, Calls
from threatflux_training.tasks.code_listing import Listing, Scope, Shown, which

_INDEX_WITHIN = 8
_WORD = 8
_SMALL = 24
"""Instructions of a function that is told completely."""
_PLAIN = frozenset(
    [
        "mov",
        "movzx",
        "movsxd",
        "movsx",
        "lea",
        "add",
        "sub",
        "imul",
        "and",
        "or",
        "not",
        "neg",
        "shl",
        "shr",
        "sar",
        "inc",
        "dec",
        "idiv",
        "div",
        "movsd",
        "movss",
        "mulsd",
        "addsd",
        "subsd",
        "sqrtsd",
        "mulss",
        "addss",
        "divsd",
        "pxor",
        "cvtsi2sd",
        "xor",
    ]
)
"""Mnemonics that have a phrase of their own."""
_ENTRY = re.compile(r"(?:byte|word) ptr \[\w+ \+ [a-z]\w*(?:\*[1248])?\]")
"""An operand that reads an entry: from a register, by another one."""
_SPECIAL = frozenset(["syscall", "cpuid", "rdtsc", "hlt", "ud2", "int3"])


_WRAP = 2**32
"""What is taken off where a negative distance was read as a number without sign."""


def _clears_eax(listing: Listing, index: int) -> bool:
    return listing.all[index].operands == "eax, eax" and op.zeroes(listing.all[index])


class Step(NamedTuple):
    """A sentence about the instruction at an index; the higher the weight, the sooner it is told."""

    place: int
    weight: int
    said: Say


def plain_meaning(listing: Listing, index: int) -> Say | None:
    """What a single instruction does, where it has a phrase of its own."""
    one = listing.all[index]
    parts = op.split(one.operands)
    if one.mnemonic not in _PLAIN or not parts or len(parts) > 2 or one.mnemonic in ("xor", "pxor"):
        return None
    if one.mnemonic == "imul" and len(parts) != 2:
        return None
    slots: dict[str, Slot] = {"at": listing.at(index), "place": listing.operand(index, parts[0])}
    if len(parts) == 2:
        slots["source"] = listing.operand(index, parts[1])
    elif one.mnemonic not in ("not", "neg", "inc", "dec", "div", "idiv"):
        return None
    return say("meaning", f"disassembly.step.op.{one.mnemonic}", "plain method code", **slots)


class Steps:
    """Reads one function."""

    def __init__(self, listing: Listing, scope: Scope, shown: Shown) -> None:
        self.listing = listing
        self.scope = scope
        self.calls = Calls(listing, scope, shown)
        self.shown = shown
        self.flow = self.calls.flow
        self.loops, self.open_jumps = closed(listing.all, scope.start, scope.stop)
        self._told: set[int] = set()

    def _consume(self) -> None:
        """Leave out instructions that only prepare what a call or a return is told with."""
        for index in self.calls.indices:
            for _, _, held in self.calls.arguments(index):
                taken = held.chain[1:] if held.kind == "result" else held.chain
                self._told.update(i for i in taken if i < index)
            before = [i for i in range(max(self.scope.start, index - 8), index) if _clears_eax(self.listing, i)]
            if before and self.calls.library(index):
                self._told.add(before[-1])
        for index in range(self.scope.start, self.scope.stop):
            if self.listing.all[index].mnemonic == "ret":
                for held in self._returned(index):
                    self._told.update(held.chain[1:] if held.kind == "result" else held.chain)
        for jump, table in self.listing.tables.items():
            if jump in range(self.scope.start, self.scope.stop):
                self._told |= {
                    table.base,
                    *(i for i in range(jump - 4, jump) if self._is(i, "movsxd") or self._is(i, "add")),
                }

    def all(self, small: int = _SMALL) -> list[Step]:
        """Every step, in address order."""
        self._consume()
        found = [*self._frame(), *self._kept()]
        for loop in self.loops:
            found.append(self._loop(loop))
        for index in range(self.scope.start, self.scope.stop):
            if index not in self._told and (step := self._step(index)) is not None:
                found.append(step)
        if self.scope.stop - self.scope.start <= small:
            found += self._rest()
        return sorted(found, key=lambda step: (step.place, -step.weight))

    def chosen(self, most: int) -> list[Step]:
        """The weightiest steps, in address order."""
        found = self.all(max(_SMALL, most + most // 2))
        ranked = sorted(range(len(found)), key=lambda n: (-found[n].weight, n))[:most]
        return [found[n] for n in sorted(ranked)]

    def _say(self, name: str, index: int, **slots: Slot) -> Say:
        whole = {"at": self.listing.at(index), "instruction": self.listing.written(index), **slots}
        return say("detail", f"disassembly.step.{name}", "code", **whole)

    def _frame(self) -> list[Step]:
        """What the function saves and how much of the stack it takes."""
        pushed: list[int] = []
        room = -1
        for index in range(self.scope.start, min(self.scope.start + 20, self.scope.stop)):
            one = self.listing.all[index]
            if one.mnemonic == "push" and op.family(one.operands) in ("rbx", "rbp", "r12", "r13", "r14", "r15"):
                pushed.append(index)
            elif one.mnemonic == "sub" and one.operands.startswith("rsp, "):
                room = index
                break
            elif code.is_jump(one) or one.mnemonic == "call":
                break
        if room < 0:
            return [self._step_of(pushed[0], 2, "saves", list=self._registers(pushed))] if pushed else []
        self._told |= {*pushed, room}
        size = op.number(op.split(self.listing.all[room].operands)[1]) or 0
        if size == _WORD and not pushed:
            return [self._step_of(room, 1, "frame.align")]
        slots = {"room": self.listing.constant(room, size, "byte|bytes"), "list": self._registers(pushed)}
        return [self._step_of(room, 4, "frame.saves" if pushed else "frame", **slots)]

    def _registers(self, pushed: list[int]) -> Text:
        self._told.update(pushed)
        return join([self.listing.operand(index, self.listing.all[index].operands) for index in pushed])

    def _step_of(self, index: int, weight: int, name: str, **slots: Slot) -> Step:
        return Step(index, weight, self._say(name, index, **slots))

    def _kept(self) -> list[Step]:
        """Arguments that are put where calls leave them alone."""
        found: list[tuple[int, Say]] = []
        for index in range(self.scope.start, min(self.scope.start + 40, self.scope.stop)):
            one = self.listing.all[index]
            parts = op.split(one.operands)
            if one.mnemonic == "call" or code.is_jump(one):
                break
            if one.mnemonic != "mov" or len(parts) != 2 or not (source := op.family(parts[1])):
                continue
            held = self.flow.at(index).get(source)
            safe = op.family(parts[0]) in ("rbx", "rbp", "r12", "r13", "r14", "r15") or "[r" in parts[0]
            if held is not None and held.kind == "entry" and not held.chain and safe:
                place = self.listing.operand(index, op.memory(parts[0]) or parts[0])
                found.append((index, fragment("code.kept", which=which(held.number), place=place)))
        if not found:
            return []
        self._told |= {index for index, _ in found}
        return [self._step_of(found[0][0], 5, "kept", list=tuple(said for _, said in found))]

    def _loop(self, loop: Loop) -> Step:
        condition = self.calls.condition(loop.back)
        self._told |= {loop.back, *([loop.compare] if condition is not None else [])}
        slots: dict[str, Slot] = {
            "header": self.listing.at(loop.header), "back": self.listing.at(loop.back),
            "jump": self.listing.written(loop.back), "counter": self._counter(loop), "condition": condition or EMPTY,
        }  # fmt: skip
        name = "loop" if condition is not None else "loop.always" if self._is(loop.back, "jmp") else "loop.flags"
        if loop.header == loop.back:
            name = "loop.itself"
        return Step(loop.header, 9, self._say(name, loop.header, **slots))

    def _is(self, index: int, mnemonic: str) -> bool:
        return self.listing.all[index].mnemonic == mnemonic

    def _counter(self, loop: Loop) -> Slot:
        """How the counter starts and moves, or nothing."""
        if loop.step < 0:
            return EMPTY
        self._told.add(loop.step)
        slots: dict[str, Slot] = {"step": self.listing.written(loop.step), "at": self.listing.at(loop.step)}
        if loop.start < 0:
            return fragment("code.counter", **slots)
        self._told.add(loop.start)
        begun: dict[str, Slot] = {"start": self.listing.written(loop.start), "from": self.listing.at(loop.start)}
        return fragment("code.counter.started", **slots, **begun)

    def _step(self, index: int) -> Step | None:
        one = self.listing.all[index]
        name = one.mnemonic.rpartition(" ")[2]
        if name == "call":
            return self._call(index)
        if name == "ret":
            return self._return(index)
        if code.is_jump(one):
            return self._jump(index)
        if name in _SPECIAL and not (name == "int3" and index > 0 and self._is(index - 1, "int3")):
            return self._special(index, name)
        if "fs:[0x28]" in one.operands:
            return self._canary(index)
        if name == "xor" and not op.zeroes(one):
            return self._xor(index)
        return self._data(index)

    def _call(self, index: int) -> Step:
        calls = self.calls
        slots: dict[str, Slot] = {
            "callee": calls.callee(index), "with": calls.with_arguments(index), "tested": calls.with_test(index),
            "purpose": calls.purpose(index),
        }  # fmt: skip
        if found := calls.tested(index):
            self._told.update(found)
        return self._step_of(index, 8, "call", **slots)

    def _returned(self, index: int) -> list[Held]:
        """What a `ret` gives back, where all of it is set for that purpose as far as the listing shows."""
        found = self.flow.returned(index)
        return found if found and all(self.deliberate(index, held) for held in found) else []

    def deliberate(self, index: int, held: Held) -> bool:
        """Whether a value looks meant for the caller: a constant, a result, or what was put there just before."""
        if held.kind == "result":
            return self.calls.library(held.at) not in VOID
        near = bool(held.chain) and index - 6 <= held.chain[-1] < index
        return held.kind in ("number", "zero") or (near and held.kind in ("pointer", "global", "entry", "stack"))

    def _return(self, index: int) -> Step:
        said = self.calls.either(self._returned(index))
        if said is None:
            return self._step_of(index, 3, "ret")
        name = "ret.values" if said.phrase.startswith("code.either") else "ret.value"
        return self._step_of(index, 7, name, value=said)

    def _jump(self, index: int) -> Step | None:
        one = self.listing.all[index]
        to = code.target(one)
        if to is None:
            return self._switch(index) if self._is(index, "jmp") else None
        inside = to in self.flow.places
        if one.mnemonic.rpartition(" ")[2] == "jmp":
            if inside:
                return None
            callee = self.calls.callee(index)
            return self._step_of(index, 6, "jump.out", callee=callee, **{"with": self.calls.with_arguments(index)})
        condition = self.calls.condition(index)
        slots: dict[str, Slot] = {"to": self.listing.to(index), "condition": condition or EMPTY}
        if condition is None:
            return self._step_of(index, 2, "branch.flags", **slots)
        self._told.add(self.calls.setter(index) or index)
        if inside and to <= one.address:
            return self._step_of(index, 6, "branch.back", **slots)
        return self._step_of(index, 4 if inside else 5, "branch" if inside else "branch.out", **slots)

    def _switch(self, index: int) -> Step:
        """A jump through a table, with its targets where the dump has the table."""
        table = self.listing.tables.get(index)
        if table is None and not self._indexed(index):
            return self._step_of(index, 6, "jump.pointer")
        if table is None or not self.shown.rows((table.offset, 4 * len(table.targets))):
            return self._step_of(index, 6, "jump.table")
        self._told.update((table.base, table.bound, index))
        first = ["rip", self.listing.place(table.base)]
        path = self.listing.view.at("hex_dump")
        targets = [
            value.computed(
                hex(one), "hex", ["difference", ["sum", first, ["le", path, table.offset + 4 * n, 4]], _WRAP]
            )
            for n, one in enumerate(table.targets)
        ]
        counts = Counter(table.targets)
        common, times = counts.most_common(1)[0]
        kind = "default" if times >= 3 and len(counts) > 1 else "all" if len(targets) <= 12 else "more"
        told = [
            one
            for n, one in enumerate(targets)
            if table.targets.index(table.targets[n]) == n and table.targets[n] != common
        ]
        slots: dict[str, Slot] = {
            "table": self.listing.pointer(table.base), "list": tuple((told if kind == "default" else targets)[:12]),
            "bound": self.listing.written(table.bound), "place": self.listing.at(table.bound),
            "default": targets[table.targets.index(common)],
        }  # fmt: skip
        if kind == "default" and len(told) > 12:
            kind = "default.more"
        return self._step_of(index, 9, f"jump.switch.{kind}", **slots)

    def _indexed(self, index: int) -> bool:
        """Whether the target of an indirect jump was picked by a number: an entry of a table, or relative to one."""
        before = self.listing.all[max(self.scope.start, index - _INDEX_WITHIN) : index + 1]
        return any(one.mnemonic == "movsxd" or "*4" in one.operands or "*8" in one.operands for one in before)

    def _special(self, index: int, name: str) -> Step:
        held = self.flow.at(index).get("rax") if name == "syscall" else None
        if held is not None and held.kind in ("number", "zero"):
            return self._step_of(index, 9, "syscall.number", value=self.calls.value(held, "rax") or EMPTY)
        return self._step_of(index, 9 if name == "syscall" else 4, name)

    def _canary(self, index: int) -> Step:
        reads = self._is(index, "mov")
        near = index + 1 if reads else index - 1
        if self._is(near, "mov") and "[" in self.listing.all[near].operands:
            self._told.add(near)
        self._told.add(index)
        return self._step_of(index, 5 if reads else 4, "canary" if reads else "canary.check")

    def _xor(self, index: int) -> Step:
        parts = op.split(self.listing.all[index].operands)
        place, other = (self.listing.operand(index, part) for part in parts)
        body = any(loop.header <= index < loop.back for loop in self.loops)
        kind = "xor.memory" if "[" in parts[0] else "xor.constant" if op.number(parts[1]) is not None else "xor"
        return self._step_of(index, 7 if body or kind == "xor.memory" else 4, kind, place=place, other=other)

    def _data(self, index: int) -> Step | None:
        """Fixed data: pointers that no call took, values read from or written to fixed places, tables, masks."""
        one = self.listing.all[index]
        parts = op.split(one.operands)
        address = addresses.pointed(one)
        if len(parts) != 2:
            return None
        if address is not None and one.mnemonic == "lea":
            self._told.add(index)
            said = self.calls.value(Held("pointer", index, address, (index,)), op.family(parts[0]))
            return self._step_of(index, 4, "pointer", value=said or EMPTY)
        if address is not None and one.mnemonic.startswith("mov"):
            return self._global(index, parts, address)
        if one.mnemonic == "movzx" and (table := self._table(index, parts[1])) is not None:
            return table
        constant = op.number(parts[1])
        if one.mnemonic == "and" and constant is not None and 1 < constant + 1 <= 256 and not constant & (constant + 1):
            return self._mask(index, parts, constant)
        return self._letters(index, parts, constant)

    def _global(self, index: int, parts: tuple[str, ...], address: int) -> Step | None:
        self._told.add(index)
        to = self.listing.pointer(index)
        if "[rip" in parts[0]:
            constant = op.number(parts[1]) is not None
            source = self.listing.operand(index, parts[1])
            return self._step_of(index, 3, "stores.constant" if constant else "stores", to=to, source=source)
        if not op.family(parts[0]) and not parts[0].startswith("xmm"):
            return None
        size = {"xmmword": 16, "qword": 8, "dword": 4, "word": 2, "byte": 1}.get(parts[1].partition(" ")[0], 0)
        section = addresses.section_of(self.listing.view.file, address)
        binary = self.listing.view.file.binary_info
        fixed = binary is not None and section is not None and binary.sections[section].name in (".rodata", ".rdata")
        register = self.listing.operand(index, parts[0])
        data = self.shown.bytes_at(address, size) if fixed and size else None
        if data is not None:
            return self._step_of(index, 5, "loads.bytes", to=to, register=register, bytes=data)
        return self._step_of(index, 2, "loads", to=to, register=register)

    def _table(self, index: int, source: str) -> Step | None:
        """An entry read from a table at a known address."""
        inside = op.memory(source)
        held = self.flow.at(index).get(op.family(inside.partition(" ")[0]))
        if held is None or held.kind != "pointer" or not _ENTRY.fullmatch(source):
            return None
        self._told.update((index, held.at))
        size = next(
            (self._constant(i) + 1 for i in range(index - 1, max(self.scope.start, index - 4), -1) if self._masks(i)), 0
        )
        whole = source.startswith("byte") and 2 <= size <= 16
        data = self.shown.bytes_at(held.number, size) if whole else None
        slots: dict[str, Slot] = {"to": self.listing.pointer(held.at), "place": self.listing.operand(index, inside)}
        if data is not None:
            return self._step_of(index, 6, "table.bytes", bytes=data, **slots)
        return self._step_of(index, 5, "table", **slots)

    def _masks(self, index: int) -> bool:
        return self._is(index, "and") and self._constant(index) > 0

    def _constant(self, index: int) -> int:
        return op.number(op.split(self.listing.all[index].operands)[-1]) or 0

    def _mask(self, index: int, parts: tuple[str, ...], constant: int) -> Step:
        amount = constant + 1
        inner = ["sum", ["immediate", self.listing.place(index)], 1]
        count = value.computed(f"{amount:,}", "grouped", inner, "")
        self._told.add(index)
        return self._step_of(index, 5, "mask", register=self.listing.operand(index, parts[0]), count=count)

    def _letters(self, index: int, parts: tuple[str, ...], constant: int | None) -> Step | None:
        """A constant that spells a text, written to memory: a string that isn't in the string table."""
        if constant is None or constant < 0x20202020 or not self._is(index, "mov") and not self._is(index, "movabs"):
            return None
        data = constant.to_bytes((constant.bit_length() + 7) // 8, "little")
        if len(data) not in (4, 8) or not all(0x20 <= byte < 0x7F for byte in data):
            return None
        if "[" not in parts[0] and not self._stored(index, op.family(parts[0])):
            return None
        spelled = value.in_code(value.computed(data.decode(), "letters", ["immediate", self.listing.place(index)]))
        self._told.add(index)
        return self._step_of(index, 6, "letters", text=spelled, place=self.listing.operand(index, parts[0]))

    def _stored(self, index: int, register: str) -> bool:
        """Whether the next use of a register, within a few instructions, writes it to memory."""
        for one in self.listing.all[index + 1 : min(index + 5, self.scope.stop)]:
            if register in op.families_in(one.operands):
                parts = op.split(one.operands)
                return one.mnemonic == "mov" and "[" in parts[0] and op.family(parts[-1]) == register
        return False

    def _rest(self) -> list[Step]:
        """Every other instruction that has a phrase, for a function that is told completely."""
        found = []
        for index in range(self.scope.start, self.scope.stop):
            one = self.listing.all[index]
            parts = op.split(one.operands)
            if index in self._told or one.mnemonic not in _PLAIN or not parts or len(parts) > 2:
                continue
            if parts[0] == "rsp" or (op.zeroes(one) and index + 1 >= self.scope.stop):
                continue
            name = (
                "op.zero"
                if op.zeroes(one) or (one.mnemonic == "pxor" and parts[0] == parts[-1])
                else f"op.{one.mnemonic}"
            )
            if name == "op.pxor" or (name == "op.xor"):
                continue
            if name == "op.imul" and len(parts) == 1:
                continue
            slots: dict[str, Slot] = {"place": self.listing.operand(index, parts[0])}
            held = (
                self.flow.at(index).get(op.family(parts[-1])) if one.mnemonic == "mov" and op.family(parts[0]) else None
            )
            if held is not None and held.kind == "result":
                found.append(self._step_of(index, 3, "op.keep", value=self.calls.value(held) or EMPTY, **slots))
                continue
            if len(parts) == 2:
                slots["source"] = self.listing.operand(index, parts[1])
            found.append(self._step_of(index, 1, name, **slots))
        return found
