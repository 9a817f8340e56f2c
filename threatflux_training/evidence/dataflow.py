"""What registers and places of the stack frame hold before each instruction of a function.

A forward analysis over the basic blocks of the listing: where paths meet, only what all of them agree on is kept. Calls
change the registers that the convention lets them change, and the frame from the lowest place whose address was taken.
An indirect jump may lead to every block. Writes through pointers computed elsewhere are not seen.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
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
        self._ends = dict(zip(self._starts, [*self._starts[1:], stop], strict=True))
        self._effects: dict[int, _Effect] = {}
        self._taken = 0
        self._solve()
        self._taken = self._lowest_taken()
        if self._taken:
            self._solve()

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

    def _solve(self) -> None:
        """The state at the start of each block, by a worklist."""
        entry: State = {name: Held("entry", -1, number) for number, name in enumerate(self.arguments, 1)}
        known: dict[int, State] = {self.start: entry | {"rsp": Held("depth", -1)}}
        waiting = [self.start]
        for _ in range(_ROUNDS):
            if not waiting:
                break
            start = waiting.pop()
            state, stop = dict(known[start]), self._ends[start]
            for index in range(start, stop):
                self._step(state, index)
            for follower in self._following(stop - 1):
                if follower not in known:
                    known[follower] = dict(state)
                    waiting.append(follower)
                elif len(met := _meet(known[follower], state)) < len(known[follower]):
                    known[follower] = met
                    waiting.append(follower)
        self._known = known if not waiting else {}
        self._before: dict[int, list[State]] = {}

    def _lowest_taken(self) -> int:
        """The lowest place of the frame whose address the function computes."""
        lowest = 0
        for index in range(self.start, self.stop):
            one = self.code[index]
            if one.mnemonic == "lea" or (one.mnemonic == "mov" and one.operands.endswith(", rsp")):
                form = _form(one.mnemonic, one.operands)
                inside = form.inside if one.mnemonic == "lea" else ("rsp", 0)
                place = _frame_place(self.at(index), inside) if form.family != "rbp" else None
                lowest = min(lowest, place if place is not None else 0)
        return lowest

    def _step(self, state: State, index: int) -> None:
        effect = self._effects.get(index)
        if effect is None:
            effect = self._effects[index] = _effect(self.code[index], index)
        if effect.call:
            for name in [name for name in state if self._changed_by_call(name)]:
                del state[name]
            state["rax"] = effect.writes
        else:
            _step(state, effect)

    def _changed_by_call(self, name: str) -> bool:
        return int(name[1:-1]) >= self._taken < 0 if name.startswith("[") else name not in _PRESERVED

    def at(self, index: int) -> State:
        """What is known before an instruction."""
        start = self._starts[bisect_right(self._starts, index) - 1]
        if start not in self._before:
            state = dict(self._known.get(start, {}))
            self._before[start] = states = []
            for each in range(start, self._ends[start]):
                states.append(dict(state))
                self._step(state, each)
        return self._before[start][index - start]

    def returned(self, index: int) -> list[Held]:
        """What rax can hold at a `ret`: one value, or one for each way that leads there; [] where a way is unknown."""
        held = self.at(index).get("rax")
        block = self._starts[bisect_right(self._starts, index) - 1]
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
    return {
        name: held for name, held in one.items() if (met := other.get(name)) and (met is held or met[:3] == held[:3])
    }


class _Form(NamedTuple):
    """What an instruction does, as far as its text tells.

    Of the first operand: its register, its place in the frame, and whether all of it is written; `size` is that of a
    memory operand. Of the second: the constant, register or place that is moved, and whether it is memory at all.
    `frame` and `inside` name a register and an offset.
    """

    parts: tuple[str, ...]
    written: tuple[str, ...]
    zeroes: bool
    family: str
    frame: tuple[str, int] | None
    wide: bool
    size: int
    constant: int | None
    source: str
    whole: bool
    inside: tuple[str, int] | None
    memory: bool
    moves_stack: int | None


@lru_cache(maxsize=1 << 13)
def _form(mnemonic: str, operands: str) -> _Form:
    one = Instruction(address=0, mnemonic=mnemonic, operands=operands, size=0)
    parts = op.split(operands)
    first, last = (parts[0], parts[-1]) if parts else ("", "")
    memory = op.memory(last)
    moves: int | None = None
    if mnemonic in ("push", "pop"):
        moves = 8 if mnemonic == "pop" else -8
    elif mnemonic in ("add", "sub") and first == "rsp" and (by := op.number(last)) is not None:
        moves = by if mnemonic == "add" else -by
    return _Form(
        parts=parts, written=tuple(sorted(op.written(one))), zeroes=op.zeroes(one), family=op.family(first),
        frame=_frame(op.memory(first)) if "[" in first else None, wide=op.is_wide(first),
        size=_SIZES.get(first.partition(" ")[0], 16), constant=op.number(last), source=op.family(last),
        whole=op.is_wide(last), inside=_frame(memory), memory=bool(memory), moves_stack=moves,
    )  # fmt: skip


def _frame(inside: str) -> tuple[str, int] | None:
    match = _FRAME.fullmatch(inside)
    if match is None:
        return None
    offset = int(match[3], 0) if match[3] else 0
    return match[1], -offset if match[2] == "-" else offset


def _frame_place(state: State, inside: tuple[str, int] | None) -> int | None:
    """A place of the frame relative to rsp at the entry."""
    held = state.get(inside[0]) if inside else None
    return held.number + inside[1] if inside and held is not None and held.kind == "depth" else None


class _Effect(NamedTuple):
    """An instruction at its place: what it leaves in the registers that it writes, and in its first operand.

    `first` is what that gets whatever the state; where the state decides, `by` says how.
    """

    place: int
    form: _Form
    call: bool
    compares: bool
    writes: Held
    first: Held | None
    by: Literal["", "lea", "register", "frame"]


def _effect(one: Instruction, index: int) -> _Effect:
    form = _form(one.mnemonic, one.operands)
    call, compares = one.mnemonic == "call", one.mnemonic in ("cmp", "test", "push", "pop")
    writes = Held("result" if call else "computed", index, 0, (index,))
    first, by = _first(one, form, index)
    return _Effect(index, form, call, compares, writes, first, by)


def _first(one: Instruction, form: _Form, index: int) -> tuple[Held | None, Literal["", "lea", "register", "frame"]]:
    """The value that the first operand gets, where it is one that can be named."""
    if form.zeroes:
        return Held("zero", index, 0, (index,)), ""
    if len(form.parts) != 2 or one.mnemonic not in ("lea", "mov", "movsxd", "movzx", "movabs"):
        return None, ""
    address = pointed(one)
    if one.mnemonic == "lea":
        return (Held("pointer", index, address, (index,)), "") if address is not None else (None, "lea")
    if form.constant is not None:
        return Held("number", index, form.constant, (index,)), ""
    if form.source:
        return None, "register"
    if address is not None:
        return Held("global", index, address, (index,)), ""
    return Held("loaded", index, 0, (index,)) if form.memory else None, "frame"


def _step(state: State, effect: _Effect) -> None:
    """Change the state as an instruction does that is no call."""
    form = effect.form
    depth = state.get("rsp")
    held = _made(state, effect) if effect.by else effect.first
    place = None if form.family else _frame_place(state, form.frame)
    for name in form.written:
        state[name] = effect.writes
    if form.moves_stack is not None:
        if depth is None or depth.kind != "depth":
            state.pop("rsp", None)
        else:
            state["rsp"] = Held("depth", -1, depth.number + form.moves_stack)
    elif effect.compares:
        return
    elif place is not None:
        _store(state, place, form.size, held)
    elif form.family and held is not None and form.wide:
        state[form.family] = held


def _store(state: State, place: int, size: int, held: Held | None) -> None:
    for name in [name for name in state if name.startswith("[") and place - 8 < int(name[1:-1]) < place + size]:
        del state[name]
    if held is not None and size in (4, 8):
        state[f"[{place}]"] = held


def _made(state: State, effect: _Effect) -> Held | None:
    """The value that the first operand gets, where that depends on the state."""
    form, index = effect.form, effect.place
    if effect.by == "lea":
        return Held("stack", index, 0, (index,)) if _frame_place(state, form.inside) is not None else None
    if effect.by == "frame":
        place = _frame_place(state, form.inside)
        held = state.get(f"[{place}]") if place is not None else None
        return Held(held.kind, held.at, held.number, (*held.chain, index)) if held else effect.first
    held = state.get(form.source) if form.whole else None
    if held and held.kind == "depth":
        return held if form.parts[0] == "rbp" else Held("stack", index, 0, (index,))
    if held and held.kind == "stack" and "[" in form.parts[0]:
        return held
    return Held(held.kind, held.at, held.number, (*held.chain, index)) if held else None
