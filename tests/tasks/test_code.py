"""What follows from instructions alone."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.reports.samples import FEATURES
from tests.tasks.test_sections import PROGRAM, view_of
from tests.tasks.test_structure import request
from threatflux_training.compose.content import Say
from threatflux_training.evidence.addresses import pointed
from threatflux_training.evidence.code import comes_round, loops, target
from threatflux_training.reports.model import Instruction
from threatflux_training.tasks import code_remarks
from threatflux_training.tasks.code_listing import Listing, Shown, begun
from threatflux_training.tasks.disassembly_steps import Steps


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


def remarked(folder: Path, monkeypatch: pytest.MonkeyPatch, library: str, *lines: str) -> list[str]:
    """What is remarked of a function whose calls all reach one library function."""
    found = [
        {"address": one.address, "mnemonic": one.mnemonic, "operands": one.operands, "size": one.size}
        for one in listed(*lines)
    ]
    symbols = {"functions": [{"name": "work", "address": 0x1000, "size": 4 * len(lines), "is_imported": False}]}
    view = view_of(
        folder, PROGRAM, features={"disassembly": FEATURES["disassembly"] | {"instructions": found}, "symbols": symbols}
    )
    listing = Listing(view)
    scope = listing.scope(0x1000)
    steps = Steps(listing, scope, begun(listing, scope, request()))
    monkeypatch.setattr(steps.calls, "library", lambda _: library)
    return [one.phrase for one in code_remarks.remarks(steps) if isinstance(one, Say)]


@pytest.mark.parametrize(
    ("setter", "phrase"),
    [
        ("lea rdi, [rip + 0x1000]", "code.format.fixed"),
        ("lea rdi, [rip + 0x2210]", None),
        ("mov edi, 0x2004", None),
        ("mov rdi, qword ptr [rip + 0x2210]", "code.format.open"),
    ],
)
def test_a_format_is_fixed_where_nothing_may_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setter: str, phrase: str | None
) -> None:
    said = remarked(tmp_path, monkeypatch, "printf", "sub rsp, 8", setter, "xor eax, eax", "call 0x1800", "ret")
    assert [one for one in said if one.startswith("code.format.")] == ([phrase] if phrase else [])


@pytest.mark.parametrize(
    ("library", "phrase"),
    [
        ("connect", "network"),
        ("htons", None),
        ("gethostname", None),
        ("opendir", "folders"),
        ("basename", None),
        ("exit", None),
    ],
)
def test_helpers_of_a_family_touch_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, library: str, phrase: str | None
) -> None:
    said = remarked(tmp_path, monkeypatch, library, "sub rsp, 8", "call 0x1800", "add rsp, 8", "ret")
    assert [one for one in said if one.startswith("code.touches.")] == ([f"code.touches.{phrase}"] if phrase else [])
