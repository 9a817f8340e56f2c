"""What follows from listed instructions alone: targets and jumps back; and the instructions as lines."""

import re
from collections.abc import Sequence

from threatflux_training.evidence.lines import Rendered
from threatflux_training.evidence.view import Renderer
from threatflux_training.reports.file import ScannedFile
from threatflux_training.reports.model import Instruction
from threatflux_training.text import line

_TARGET = re.compile(r"0x[0-9a-f]+")


def target(one: Instruction) -> int | None:
    """The address that a direct jump or call names."""
    return int(one.operands, 16) if _TARGET.fullmatch(one.operands) else None


def is_jump(one: Instruction) -> bool:
    """Any jump of x86, conditional or not."""
    return one.mnemonic.startswith("j")


def comes_round(code: Sequence[Instruction], index: int, start: int, stop: int) -> bool:
    """Whether the code at a jump's target can reach the jump again inside a range; calls are taken to return.

    Without that a jump back is no loop: it may lead to a shared way out, or into another function.
    """
    places = {code[number].address: number for number in range(start, stop)}
    waiting, seen = [places.get(target(code[index]) or 0, -1)], set[int]()
    while waiting:
        number = waiting.pop()
        if number == index:
            return True
        if number in seen or not start <= number < stop:
            continue
        seen.add(number)
        one = code[number]
        if is_jump(one):
            waiting.append(places.get(target(one) or 0, -1))
        if one.mnemonic not in ("jmp", "ret", "hlt", "int3", "ud2"):
            waiting.append(number + 1)
    return False


def loops(code: Sequence[Instruction], start: int, stop: int) -> list[int]:
    """Indices of the jumps that go back, or to themselves, inside a range of instructions."""
    first = code[start].address
    found = []
    for index in range(start, stop):
        to = target(code[index]) if is_jump(code[index]) else None
        if to is not None and first <= to <= code[index].address:
            found.append(index)
    return found


def disassembly(file: ScannedFile) -> Sequence[str]:
    """The instructions; line i is element i."""
    found = file.disassembly.instructions if file.disassembly else []
    return Rendered(len(found), lambda index: _instruction(found[index]))


def _instruction(one: Instruction) -> str:
    return f"  {one.address:#x}  {line(f'{one.mnemonic} {one.operands}'.rstrip())}"


BLOCKS: dict[str, Renderer] = {"disassembly": disassembly}
