"""What registers and places of the stack frame hold before each instruction of a function.

A forward analysis over the basic blocks of the listing: where paths meet, only what all of them agree on is kept. Calls
change the registers that the convention lets them change, and the frame from the lowest place whose address was taken.
An indirect jump may lead to every block. Writes through pointers computed elsewhere are not seen.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from threatflux_training.evidence import operands as op
from threatflux_training.evidence.addresses import pointed
from threatflux_training.evidence.code import is_jump, target
from threatflux_training.reports.model import Instruction

Kind = Literal["entry", "number", "zero", "pointer", "stack", "loaded", "global", "result", "computed", "depth"]
"""entry: what the caller passed. number, zero, pointer: a constant. stack: an address in the frame. loaded, global: read
from memory. result: what a call returned. computed: by another instruction. depth: rsp, relative to the entry."""
SYSV = ("rdi", "rsi", "rdx", "rcx", "r8", "r9")
WIN64 = ("rcx", "rdx", "r8", "r9")
_PRESERVED = frozenset(("rbx", "rbp", "rsp", "r12", "r13", "r14", "r15"))
_ENDS = ("jmp", "ret", "hlt", "int3", "ud2")
_FRAME = re.compile(r"(rsp|rbp)(?: ([+-]) (0x[0-9a-f]+|\d+))?")
_ROUNDS = 2_000
"""Blocks visited at most; what is not settled by then is taken as unknown."""
_SIZES = {"qword": 8, "dword": 4, "word": 2, "byte": 1, "xmmword": 16}


class Held(NamedTuple):
    """A value: what it is, the instruction that made it (-1: none), its number, and the instructions it came through."""

    kind: Kind
    at: int
    number: int = 0
    chain: tuple[int, ...] = ()


State = dict[str, Held]
"""By register (64-bit name) or place of the frame (`[-40]`, relative to rsp at the entry)."""


def is_end(one: Instruction) -> bool:
    """Whether the code never goes on to the next instruction."""
    return one.mnemonic.rpartition(" ")[2] in _ENDS


class Flow:
    """The values of a range of instructions; `arguments` are the registers in which its caller passes them.

    `tables` has the targets of indirect jumps, where they are known.
    """

    def __init__(
        self,
        code: Sequence[Instruction],
        start: int,
        stop: int,
        arguments: tuple[str, ...],
        tables: Mapping[int, Sequence[int]] | None = None,
    ) -> None:
        self.code = code
        self.start, self.stop = start, stop
        self.arguments = arguments
        self.tables = tables or {}
        self.places = {code[index].address: index for index in range(start, stop)}
        self.sources = self._sources()
        self._starts = self._block_starts()
        self._taken = 0
        self._taken = self._lowest_taken(self._solve())
        self.before = self._solve()

    def _sources(self) -> dict[int, list[int]]:
        """Jumps of the range by the index that they lead to."""
        found: dict[int, list[int]] = {}
        for index in range(self.start, self.stop):
            to = target(self.code[index]) if is_jump(self.code[index]) else None
            for one in [to] if to is not None else self.tables.get(index, ()):
                if one in self.places:
                    found.setdefault(self.places[one], []).append(index)
        return found

    def _block_starts(self) -> list[int]:
        after = (i + 1 for i in range(self.start, self.stop - 1) if is_jump(self.code[i]) or is_end(self.code[i]))
        return sorted({self.start, *self.sources, *after})

    def _block_end(self, start: int) -> int:
        number = self._starts.index(start) + 1
        return self._starts[number] if number < len(self._starts) else self.stop

    def _following(self, last: int) -> Iterable[int]:
        one = self.code[last]
        if is_jump(one):
            to = target(one)
            if last in self.tables:
                return [self.places[place] for place in self.tables[last] if place in self.places]
            if to is None and one.mnemonic == "jmp":
                return [start for start in self._starts if start != self.start]
            found = [self.places[to]] if to in self.places and to is not None else []
            return found if is_end(one) else [*found, *self._next(last)]
        return [] if is_end(one) else self._next(last)

    def _next(self, last: int) -> list[int]:
        return [last + 1] if last + 1 < self.stop else []

    def _solve(self) -> list[State]:
        """The state before each instruction, by a worklist over the blocks."""
        ends = {start: self._block_end(start) for start in self._starts}
        entry: State = {name: Held("entry", -1, number) for number, name in enumerate(self.arguments, 1)}
        known: dict[int, State] = {self.start: entry | {"rsp": Held("depth", -1)}}
        waiting = [self.start]
        for _ in range(_ROUNDS):
            if not waiting:
                break
            start = waiting.pop()
            state = dict(known[start])
            for index in range(start, ends[start]):
                self._step(state, index)
            for follower in self._following(ends[start] - 1):
                met = _meet(known[follower], state) if follower in known else dict(state)
                if met != known.get(follower):
                    known[follower] = met
                    waiting.append(follower)
        settled = not waiting
        found: list[State] = []
        for start in self._starts:
            state = dict(known.get(start, {})) if settled else {}
            for index in range(start, ends[start]):
                found.append(dict(state))
                self._step(state, index)
        return found

    def _lowest_taken(self, before: Sequence[State]) -> int:
        """The lowest place of the frame whose address the function computes."""
        lowest = 0
        for index in range(self.start, self.stop):
            one = self.code[index]
            if one.mnemonic == "lea" or (one.mnemonic == "mov" and one.operands.endswith(", rsp")):
                parts = op.split(one.operands)
                inside = op.memory(parts[1]) if one.mnemonic == "lea" else "rsp"
                place = _frame_place(before[index - self.start], inside) if op.family(parts[0]) != "rbp" else None
                lowest = min(lowest, place if place is not None else 0)
        return lowest

    def _step(self, state: State, index: int) -> None:
        one = self.code[index]
        if one.mnemonic == "call":
            for name in [name for name in state if self._changed_by_call(name)]:
                del state[name]
            state["rax"] = Held("result", index, 0, (index,))
            return
        _step(state, one, index)

    def _changed_by_call(self, name: str) -> bool:
        return int(name[1:-1]) >= self._taken < 0 if name.startswith("[") else name not in _PRESERVED

    def at(self, index: int) -> State:
        """What is known before an instruction."""
        return self.before[index - self.start]

    def returned(self, index: int) -> list[Held]:
        """What rax can hold at a `ret`: one value, or one for each way that leads there; [] where a way is unknown."""
        held = self.at(index).get("rax")
        block = max(start for start in self._starts if start <= index)
        if held is not None and held.chain and held.chain[-1] >= block:
            return [held]
        if any(one.mnemonic == "jmp" and target(one) is None and i not in self.tables for i, one in self._jumps()):
            return []
        if held is not None:
            return [held]
        leader = index
        while leader > self.start and leader not in self.sources:
            leader -= 1
            if "rax" in op.written(self.code[leader]) or self.code[leader].mnemonic == "call":
                return []
        ways = [self._after(one) for one in self.sources.get(leader, ())]
        if leader > self.start and not is_end(self.code[leader - 1]):
            ways.append(self._after(leader - 1))
        found = [one for one in ways if one is not None]
        return found if ways and len(found) == len(ways) else []

    def _jumps(self) -> Iterable[tuple[int, Instruction]]:
        return ((i, self.code[i]) for i in range(self.start, self.stop) if is_jump(self.code[i]))

    def _after(self, index: int) -> Held | None:
        state = dict(self.at(index))
        self._step(state, index)
        return state.get("rax")


def _meet(one: State, other: State) -> State:
    return {name: held for name, held in one.items() if (met := other.get(name)) and met[:3] == held[:3]}


def _frame_place(state: State, inside: str) -> int | None:
    """A place of the frame relative to rsp at the entry."""
    match = _FRAME.fullmatch(inside)
    held = state.get(match[1]) if match else None
    if match is None or held is None or held.kind != "depth":
        return None
    offset = int(match[3], 0) if match[3] else 0
    return held.number + (-offset if match[2] == "-" else offset)


def _slot(state: State, operand: str) -> str:
    place = _frame_place(state, op.memory(operand)) if "[" in operand else None
    return "" if place is None else f"[{place}]"


def _step(state: State, one: Instruction, index: int) -> None:
    """Change the state as an instruction does that is no call."""
    parts = op.split(one.operands)
    depth = state.get("rsp")
    held = _made(state, one, parts, index)
    place = (op.family(parts[0]) or _slot(state, parts[0])) if parts else ""
    for name in op.written(one):
        state[name] = Held("computed", index, 0, (index,))
    if one.mnemonic in ("push", "pop", "sub", "add") and _moves_stack(one.mnemonic, parts):
        _move_stack(state, one.mnemonic, parts, depth)
    elif place.startswith("[") and one.mnemonic not in ("cmp", "test", "push", "pop"):
        _store(state, int(place[1:-1]), parts[0], held)
    elif place and held is not None and op.is_wide(parts[0]) and one.mnemonic not in ("cmp", "test"):
        state[place] = held


def _moves_stack(mnemonic: str, parts: tuple[str, ...]) -> bool:
    return mnemonic in ("push", "pop") or (parts[0] == "rsp" and op.number(parts[-1]) is not None)


def _move_stack(state: State, mnemonic: str, parts: tuple[str, ...], depth: Held | None) -> None:
    if depth is None or depth.kind != "depth":
        state.pop("rsp", None)
        return
    by = 8 if mnemonic in ("push", "pop") else op.number(parts[-1]) or 0
    state["rsp"] = Held("depth", -1, depth.number + (by if mnemonic in ("pop", "add") else -by))


def _store(state: State, place: int, operand: str, held: Held | None) -> None:
    size = _SIZES.get(operand.partition(" ")[0], 16)
    for name in [name for name in state if name.startswith("[") and place - 8 < int(name[1:-1]) < place + size]:
        del state[name]
    if held is not None and size in (4, 8):
        state[f"[{place}]"] = held


def _made(state: State, one: Instruction, parts: tuple[str, ...], index: int) -> Held | None:
    """The value that the first operand gets, where it is one that can be named."""
    if op.zeroes(one):
        return Held("zero", index, 0, (index,))
    if len(parts) != 2:
        return None
    if one.mnemonic == "lea":
        address = pointed(one)
        if address is not None:
            return Held("pointer", index, address, (index,))
        return Held("stack", index, 0, (index,)) if _frame_place(state, op.memory(parts[1])) is not None else None
    if one.mnemonic not in ("mov", "movsxd", "movzx", "movabs"):
        return None
    return _moved(state, parts, index, pointed(one))


def _moved(state: State, parts: tuple[str, ...], index: int, address: int | None) -> Held | None:
    source = parts[1]
    constant = op.number(source)
    if constant is not None:
        return Held("number", index, constant, (index,))
    if name := op.family(source):
        held = state.get(name) if op.is_wide(source) else None
        if held and held.kind == "depth":
            return held if parts[0] == "rbp" else Held("stack", index, 0, (index,))
        if held and held.kind == "stack" and "[" in parts[0]:
            return held
        return held._replace(chain=(*held.chain, index)) if held else None
    if address is not None:
        return Held("global", index, address, (index,))
    if (place := _slot(state, source)) and (held := state.get(place)):
        return held._replace(chain=(*held.chain, index))
    return Held("loaded", index, 0, (index,)) if op.memory(source) else None
