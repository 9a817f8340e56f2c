"""The parts of a loop: where it begins and goes back, what is tested, counted, XORed."""

from collections.abc import Sequence
from typing import NamedTuple

from threatflux_training.evidence import operands as op
from threatflux_training.evidence.code import comes_round, loops, target
from threatflux_training.evidence.dataflow import is_end
from threatflux_training.reports.model import Instruction

_SETTERS = frozenset(
    [
        "cmp",
        "test",
        "sub",
        "add",
        "dec",
        "inc",
        "and",
        "or",
        "xor",
        "neg",
        "shr",
        "shl",
        "sar",
        "ucomisd",
        "comisd",
        "ucomiss",
        "comiss",
        "bt",
    ]
)
_MOST = 40
"""Jumps back of one function that are followed."""


class Loop(NamedTuple):
    """Indices of instructions: the first of the body, the jump back, and (-1: not seen) the one that sets its flags, the
    one that moves the counter, the one that starts it; and those that XOR data in the body."""

    header: int
    back: int
    compare: int
    step: int
    start: int
    xors: tuple[int, ...]


def closed(code: Sequence[Instruction], start: int, stop: int) -> tuple[list[Loop], bool]:
    """The loops of a range, each with the last of its jumps back, and whether some jump back is none (it leads to a way out or into other code)."""
    back = loops(code, start, stop)
    found = [index for index in back[:_MOST] if comes_round(code, index, start, stop)]
    places = {code[index].address: index for index in range(start, stop)}
    last = {places[target(code[index]) or 0]: index for index in found}
    return [_loop(code, header, index, start) for header, index in last.items()], len(found) < len(back)


def _loop(code: Sequence[Instruction], header: int, back: int, start: int) -> Loop:
    compare = _setter(code, header, back)
    moved = _counter(code, header, back, compare)
    begins = _begins(code, header, start, code[moved]) if moved >= 0 else -1
    xors = tuple(i for i in range(header, back) if code[i].mnemonic == "xor" and not op.zeroes(code[i]))
    return Loop(header, back, compare, moved, begins, xors)


def _setter(code: Sequence[Instruction], header: int, back: int) -> int:
    if code[back].mnemonic == "jmp":
        return -1
    for index in range(back - 1, max(header, back - 3) - 1, -1):
        if code[index].mnemonic in _SETTERS:
            return index
        if code[index].mnemonic == "call":
            return -1
    return -1


def _counter(code: Sequence[Instruction], header: int, back: int, compare: int) -> int:
    """The one instruction of the body that moves a register of the test by a constant."""
    if compare < 0:
        return -1
    tested = op.families_in(code[compare].operands)
    found = -1
    for name in sorted(tested):
        writers = [i for i in range(header, back) if name in op.written(code[i])]
        if (
            len(writers) == 1
            and code[writers[0]].mnemonic in ("add", "sub", "inc", "dec")
            and _by_constant(code[writers[0]])
        ):
            found = writers[0]
    return found


def _by_constant(one: Instruction) -> bool:
    parts = op.split(one.operands)
    return bool(op.family(parts[0])) and (len(parts) == 1 or op.number(parts[1]) is not None)


def _begins(code: Sequence[Instruction], header: int, start: int, moved: Instruction) -> int:
    """The last instruction before the body that sets the counter, in straight code that leads into it."""
    name = op.family(op.split(moved.operands)[0])
    for index in range(header - 1, max(start, header - 16) - 1, -1):
        one = code[index]
        if is_end(one) or one.mnemonic == "call":
            return -1
        if name in op.written(one):
            constant = op.zeroes(one) or op.number(op.split(one.operands)[-1]) is not None
            return index if one.mnemonic in ("mov", "xor") and constant else -1
    return -1
