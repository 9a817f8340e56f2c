"""Functions of a listing: by symbol, or inferred from calls where a file is stripped; who calls them; where main is."""

from bisect import bisect_left
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from threatflux_training.evidence import operands as op
from threatflux_training.evidence.addresses import pointed
from threatflux_training.evidence.code import is_jump, target
from threatflux_training.evidence.dataflow import is_end
from threatflux_training.reports.file import ScannedFile
from threatflux_training.reports.model import Instruction

SEARCHED = 6_000
"""Instructions of one file that are searched for calls: the beginning of .text."""
_LONGEST = 1_500
"""Instructions of the longest function that is read."""
_SYMBOLS = 3_000
NO_RETURN = frozenset((
    "__stack_chk_fail", "__fortify_fail", "__chk_fail", "__longjmp_chk", "longjmp", "siglongjmp", "_longjmp", "__assert_fail", "__assert",
    "abort", "exit", "_exit", "_Exit", "quick_exit", "err", "errx", "verr", "verrx", "pthread_exit", "_Unwind_Resume", "__cxa_throw",
    "__cxa_rethrow", "__cxa_throw_bad_array_new_length", "_ZSt9terminatev", "_ZSt17__throw_bad_allocv", "_ZSt20__throw_length_errorPKc",
    "_ZSt19__throw_logic_errorPKc", "_ZSt24__throw_out_of_range_fmtPKcz", "_ZSt16__throw_bad_castv",
))  # fmt: skip
"""Imported functions that never come back to the instruction behind their call."""


class Function(NamedTuple):
    """A range of instructions; `symbol` is the index of its symbol (-1: inferred from a call or the entry point)."""

    start: int
    stop: int
    name: str = ""
    symbol: int = -1


def index_of(code: Sequence[Instruction], address: int) -> int | None:
    """The index of the instruction that starts at an address."""
    index = bisect_left(code, address, key=lambda one: one.address)
    return index if index < len(code) and code[index].address == address else None


def callers(code: Sequence[Instruction]) -> dict[int, list[int]]:
    """Direct calls among the searched instructions, by the address they call."""
    found: dict[int, list[int]] = {}
    for index, one in enumerate(code[:SEARCHED]):
        to = target(one) if one.mnemonic == "call" else None
        if to is not None:
            found.setdefault(to, []).append(index)
    return found


def named(file: ScannedFile, code: Sequence[Instruction]) -> dict[int, Function]:
    """Functions with a symbol and a size, by address."""
    found: dict[int, Function] = {}
    for number, one in enumerate(file.symbols.functions[:_SYMBOLS] if file.symbols else ()):
        if not one.size or one.is_imported or not 0 < len(one.name) < 100 or one.address in found:
            continue
        start = index_of(code, one.address)
        if start is None:
            continue
        stop = bisect_left(code, one.address + one.size, start, key=lambda each: each.address)
        found[one.address] = Function(start, stop, one.name, number)
    return found


def inferred(
    code: Sequence[Instruction], starts: Sequence[int], final: AbstractSet[int] = frozenset()
) -> dict[int, Function]:
    """Functions from call targets: each goes on to where no path leads further and before the next one starts.

    `final` are addresses whose calls never come back; functions that end in nothing else are added to them.
    """
    places = sorted({address for address in starts if index_of(code, address) is not None})
    found = _bounded(code, places, final)
    more = final | {address for address, one in found.items() if _never_returns(code, one, final)}
    return found if more == final else _bounded(code, places, more)


def _bounded(code: Sequence[Instruction], places: Sequence[int], final: AbstractSet[int]) -> dict[int, Function]:
    found: dict[int, Function] = {}
    for number, address in enumerate(places):
        border = places[number + 1] if number + 1 < len(places) else code[-1].address + 1
        start = index_of(code, address) or 0
        stop = _end(code, start, border, final)
        if stop is not None:
            found[address] = Function(start, stop)
    return found


def _end(code: Sequence[Instruction], start: int, border: int, final: AbstractSet[int]) -> int | None:
    """The index after the last instruction, None where the listing shows no end within reach."""
    furthest = code[start].address
    for index in range(start, min(len(code), start + _LONGEST)):
        one = code[index]
        if one.address >= border:
            return None
        to = target(one) if is_jump(one) else None
        if to is not None and one.address < to < border:
            furthest = max(furthest, to)
        if one.address >= furthest and (is_end(one) or (one.mnemonic == "call" and target(one) in final)):
            return index + 1
    return None


def _never_returns(code: Sequence[Instruction], function: Function, final: AbstractSet[int]) -> bool:
    """Whether all ways out of a function are calls that never come back."""
    last = code[function.stop - 1]
    if last.mnemonic != "call" or target(last) not in final:
        return False
    inside = range(code[function.start].address, last.address + 1)
    for one in code[function.start : function.stop]:
        to = target(one) if is_jump(one) else None
        if is_end(one) and (to is None or to not in inside):
            return False
        if to is not None and to not in inside:
            return False
    return True


class Main(NamedTuple):
    """What `_start` hands to __libc_start_main: the instruction that sets it, the call, the address."""

    start: int
    sets: int
    call: int
    address: int


def main_of(file: ScannedFile, code: Sequence[Instruction]) -> Main | None:
    """The address in rdi at the first call after the entry point of a dynamic executable."""
    binary = file.binary_info
    if binary is None or binary.format != "ELF" or not binary.entry_point:
        return None
    if not any(one.name == ".interp" for one in binary.sections):
        return None
    start = index_of(code, binary.entry_point)
    if start is None:
        return None
    sets, address = -1, 0
    for index in range(start, min(len(code), start + 24)):
        one = code[index]
        if one.mnemonic == "call":
            known = sets >= 0 and index_of(code, address) is not None
            return Main(start, sets, index, address) if known else None
        parts = op.split(one.operands)
        if parts and op.family(parts[0]) == "rdi" and one.mnemonic in ("lea", "mov"):
            sets = index
            address = pointed(one) or op.number(parts[-1]) or 0
    return None


_FRESH = ("mov", "lea", "movzx", "movsxd", "movsx", "movabs", "pop")
"""Mnemonics that replace their first operand without reading it."""


def takes(code: Sequence[Instruction], function: Function, arguments: Sequence[str]) -> int:
    """How many of the argument registers a function reads before it writes them, up to its first call.

    Read in the order of the listing: a branch that skips a read still counts as one.
    """
    seen: set[str] = set()
    highest = 0
    for one in code[function.start : function.stop]:
        if one.mnemonic == "call":
            break
        reads = _read(one) - seen
        highest = max([highest, *(number for number, name in enumerate(arguments, 1) if name in reads)])
        seen |= op.written(one)
    return highest


def _read(one: Instruction) -> frozenset[str]:
    parts = op.split(one.operands)
    if op.zeroes(one) or one.mnemonic.startswith("nop") or not parts:
        return frozenset()
    first = frozenset[str]() if one.mnemonic in _FRESH and op.family(parts[0]) else op.families_in(parts[0])
    return first.union(*(op.families_in(part) for part in parts[1:]))
