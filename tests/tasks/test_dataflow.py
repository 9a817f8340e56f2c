"""What registers hold, followed along a listing; loops and functions found in it."""

from tests.tasks.test_code import listed
from threatflux_training.evidence import operands
from threatflux_training.evidence.dataflow import SYSV, Flow, Held
from threatflux_training.evidence.functions import Function, callers, inferred, takes
from threatflux_training.evidence.loop_parts import closed
from threatflux_training.reports.model import Instruction


def flow(*lines: str) -> tuple[list[Instruction], Flow]:
    code = listed(*lines)
    return code, Flow(code, 0, len(code), SYSV)


def kind(held: Held | None) -> tuple[str, int] | None:
    return (held.kind, held.number) if held else None


def test_arguments_are_followed_through_registers_and_the_frame() -> None:
    _, found = flow(
        "push rbp", "mov rbp, rsp", "sub rsp, 0x30", "mov qword ptr [rbp - 0x28], rdi", "mov rdx, qword ptr [rbp - 0x28]",
        "mov rsi, rdx", "lea rdi, [rbp - 0x20]", "call 0x2000", "mov rsi, qword ptr [rbp - 0x28]", "call 0x2010",
    )  # fmt: skip
    first, second = found.at(7), found.at(9)
    assert (kind(first["rsi"]), first["rsi"].chain) == (("entry", 1), (3, 4, 5))
    assert kind(first["rdi"]) == ("stack", 0)
    assert kind(second["rsi"]) == ("entry", 1), "the slot lies below the address that the call got"
    assert "rdi" not in second and kind(second["rax"]) == ("result", 0)


def test_a_call_may_change_the_buffer_whose_address_it_got() -> None:
    _, found = flow(
        "sub rsp, 0x18",
        "mov qword ptr [rsp + 8], rdi",
        "lea rdi, [rsp]",
        "call 0x2000",
        "mov rsi, qword ptr [rsp + 8]",
        "ret",
    )
    assert kind(found.at(5)["rsi"]) == ("loaded", 0)


def test_where_paths_meet_only_what_they_agree_on_is_kept() -> None:
    code, found = flow("mov edx, 1", "mov ecx, 5", "test edi, edi", "je 0x1014", "mov edx, 2", "call 0x2000", "ret")
    assert "rdx" not in found.at(5)
    assert kind(found.at(5)["rcx"]) == ("number", 5)
    assert code[5].mnemonic == "call"


def test_a_loop_does_not_keep_what_it_changes() -> None:
    _, found = flow("xor eax, eax", "lea rcx, [rip + 0x10]", "add eax, 1", "cmp eax, edi", "jne 0x1008", "ret")
    assert "rax" not in found.at(2)
    assert kind(found.at(2)["rcx"]) == ("pointer", 0x1018)


def test_return_values_by_path() -> None:
    _, found = flow("test edi, edi", "je 0x1014", "xor eax, eax", "add rsp, 8", "ret", "mov eax, 1", "jmp 0x100c")
    assert sorted(kind(one) or ("", 0) for one in found.returned(4)) == [("number", 1), ("zero", 0)]


def test_an_unknown_jump_leaves_the_return_value_open() -> None:
    _, found = flow("mov eax, 1", "jmp rdx", "nop", "ret")
    assert found.returned(3) == []


def test_known_targets_of_a_jump_are_followed() -> None:
    code = listed("mov ecx, 7", "jmp rdx", "mov ecx, 8", "ret")
    assert kind(Flow(code, 0, 4, SYSV, {1: (0x100C,)}).at(3).get("rcx")) == ("number", 7)


def test_the_parts_of_a_loop() -> None:
    code = listed("mov edx, 8", "xor eax, ecx", "sub edx, 1", "jne 0x1004", "ret")
    (loop,), left = closed(code, 0, 5)
    assert (loop.header, loop.back, loop.compare, loop.step, loop.start, loop.xors, left) == (
        1,
        3,
        2,
        2,
        0,
        (1,),
        False,
    )


def test_functions_of_a_stripped_file_end_where_no_path_goes_on() -> None:
    code = listed("call 0x1008", "ret", "test edi, edi", "je 0x1014", "ret", "ret", "nop")
    assert callers(code) == {0x1008: [0]}
    assert inferred(code, [0x1008]) == {0x1008: Function(2, 6)}


def test_functions_end_with_a_call_that_never_comes_back() -> None:
    code = listed("call 0x1008", "ret", "test edi, edi", "jne 0x1014", "ret", "call 0x3000", "mov eax, edx", "ret")
    assert inferred(code, [0x1008]) == {0x1008: Function(2, 8)}
    assert inferred(code, [0x1008], {0x3000}) == {0x1008: Function(2, 6)}


def test_functions_that_only_end_the_program_end_their_callers_too() -> None:
    dies, uses = ("mov edi, eax", "call 0x3000"), ("test edi, edi", "jne 0x1014", "ret", "call 0x1000", "nop", "ret")
    code = listed(*dies, *uses)
    assert inferred(code, [0x1000, 0x1008], {0x3000}) == {0x1000: Function(0, 2), 0x1008: Function(2, 6)}
    assert inferred(code, [0x1000, 0x1008], {0x4000})[0x1008] == Function(2, 8)


def test_arguments_taken_are_those_read_first() -> None:
    code = listed("mov eax, esi", "xor edx, edx", "add eax, edx", "call 0x2000", "mov edi, ecx", "ret")
    assert takes(code, Function(0, 6), SYSV) == 2


def test_operands() -> None:
    assert [operands.family(name) for name in ("edi", "r8d", "al", "xmm0", "sil")] == ["rdi", "r8", "rax", "", "rsi"]
    assert operands.written(listed("xchg rax, rbx")[0]) == {"rax", "rbx"}
    assert operands.written(listed("cmp eax, 1")[0]) == frozenset()
    assert operands.memory("qword ptr [rbp - 0x28]") == "rbp - 0x28"
    assert operands.memory("qword ptr fs:[0x28]") == ""
