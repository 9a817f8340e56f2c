"""What follows from instructions alone."""

from types import SimpleNamespace
from typing import Any, cast

from threatflux_training.evidence.addresses import pointed
from threatflux_training.evidence.code import comes_round, loops, target
from threatflux_training.reports.model import Instruction
from threatflux_training.tasks.code_listing import Listing, Shown


def listed(*lines: str) -> list[Instruction]:
    """Instructions of four bytes each from 0x1000 on."""
    split = (line.partition(" ") for line in lines)
    return [Instruction(0x1000 + 4 * n, name, operands, 4) for n, (name, _, operands) in enumerate(split)]


def test_a_loop_comes_round() -> None:
    code = listed("xor eax, eax", "add eax, 1", "cmp eax, ecx", "jne 0x1004", "ret")
    assert loops(code, 0, 5) == [3]
    assert comes_round(code, 3, 0, 5)


def test_a_jump_back_to_the_way_out_is_no_loop() -> None:
    code = listed("test eax, eax", "je 0x1010", "xor eax, eax", "ret", "mov eax, 1", "jmp 0x100c")
    assert loops(code, 0, 6) == [5]
    assert not comes_round(code, 5, 0, 6)


def test_targets_and_pointers() -> None:
    code = listed("call 0x1030", "lea rcx, [rip + 0xd1b]", "mov rax, qword ptr [rip - 0x10]", "call rax")
    assert [target(one) for one in code] == [0x1030, None, None, None]
    assert [pointed(one) for one in code] == [None, 0x1008 + 0xD1B, 0x100C - 0x10, None]


def test_the_line_behind_an_operand_relative_to_rip_is_shown_with_it() -> None:
    code = listed("lea rdi, [rip + 0x20]", "nop", "nop", "lea rsi, [rip + 0x4]")
    view = SimpleNamespace(lines=lambda _: SimpleNamespace(tokens=lambda *_: 5))
    shown = Shown(cast(Listing, cast(Any, SimpleNamespace(all=code, view=view))), 100)
    shown.covered(0, 1)
    assert [(one.start, one.stop) for one in shown.shows()] == [(0, 2)]
    shown.covered(2, 4)
    assert [(one.start, one.stop, one.only) for one in shown.shows()] == [(0, 4, ())]
