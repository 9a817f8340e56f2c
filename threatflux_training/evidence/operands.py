"""Operands of x86 instructions as the scanner prints them (Intel syntax): registers, constants, memory, what is written."""

import re
from functools import lru_cache

from threatflux_training.reports.model import Instruction

_LETTERED = {"a": "rax", "b": "rbx", "c": "rcx", "d": "rdx"}
_POINTED = ("si", "di", "bp", "sp")
_NUMBER = re.compile(r"-?(?:0x[0-9a-f]+|\d+)")
_FAMILIES: dict[str, str] = {
    **{f"{prefix}{letter}x": full for letter, full in _LETTERED.items() for prefix in ("r", "e", "")},
    **{f"{letter}{half}": full for letter, full in _LETTERED.items() for half in "lh"},
    **{f"{prefix}{name}": f"r{name}" for name in _POINTED for prefix in ("r", "e", "")},
    **{f"{name}l": f"r{name}" for name in _POINTED},
    **{f"r{number}{width}": f"r{number}" for number in range(8, 16) for width in ("", "d", "w", "b")},
}
"""Every general register by its 64-bit name."""
_WIDE = re.compile(r"r\w\w|r\d+d?|e\w\w")
_READS = frozenset(
    [
        "cmp",
        "test",
        "push",
        "nop",
        "ret",
        "call",
        "ucomisd",
        "comisd",
        "ucomiss",
        "comiss",
        "bt",
        "endbr64",
        "hlt",
        "int3",
        "ud2",
        "int",
        "leave",
        "syscall",
        "cdq",
        "cqo",
        "cwd",
        "cdqe",
        "cwde",
        "pause",
        "mfence",
        "lfence",
        "sfence",
        "prefetchnta",
        "prefetcht0",
    ]
)
"""Mnemonics that write none of the operands they print."""
_IMPLIED: dict[str, tuple[str, ...]] = {
    "cdq": ("rdx",), "cqo": ("rdx",), "cwd": ("rdx",), "cdqe": ("rax",), "cwde": ("rax",), "leave": ("rsp", "rbp"),
    "syscall": ("rax", "rcx", "r11"), "cpuid": ("rax", "rbx", "rcx", "rdx"), "rdtsc": ("rax", "rdx"),
    "rdtscp": ("rax", "rcx", "rdx"), "cmpxchg": ("rax",), "xgetbv": ("rax", "rdx"),
}  # fmt: skip
_REPEATED = ("movsb", "movsq", "stosb", "stosq", "stosd", "scasb", "cmpsb", "lodsb")
CONDITIONS: dict[str, str] = {
    "je": "equal", "jne": "unequal", "jg": "greater", "jge": "greater_equal", "jl": "less", "jle": "less_equal", "ja": "above",
    "jae": "above_equal", "jb": "below", "jbe": "below_equal", "js": "negative", "jns": "not_negative",
}  # fmt: skip
"""Conditional jumps whose condition can be put in words after a comparison."""


@lru_cache(maxsize=1 << 13)
def split(operands: str) -> tuple[str, ...]:
    """The operands, in order."""
    return tuple(operands.split(", ")) if operands else ()


def family(operand: str) -> str:
    """The 64-bit name of a general register, or "" for anything else."""
    return _FAMILIES.get(operand, "")


def is_wide(register: str) -> bool:
    """Whether writing it sets the whole register (32 and 64 bits do, parts do not)."""
    return _WIDE.fullmatch(register) is not None


def families_in(operand: str) -> frozenset[str]:
    """All registers that an operand names, also inside a memory operand."""
    return frozenset(_FAMILIES[word] for word in re.findall(r"\w+", operand) if word in _FAMILIES)


def number(operand: str) -> int | None:
    """The constant that an operand is."""
    return int(operand, 0) if _NUMBER.fullmatch(operand) else None


def memory(operand: str) -> str:
    """The bracketed part of a memory operand, without brackets; "" where there is none or a segment is named."""
    found = re.search(r"(?<!:)\[([^\]]+)\]", operand)
    return found[1] if found else ""


def written(one: Instruction) -> frozenset[str]:
    """The general registers that an instruction changes (a call not counted)."""
    return _written(one.mnemonic, one.operands)


@lru_cache(maxsize=1 << 13)
def _written(mnemonic: str, operands: str) -> frozenset[str]:
    parts = split(operands)
    name = mnemonic.rpartition(" ")[2]
    found = set(_IMPLIED.get(name, ()))
    if mnemonic.startswith("rep") or name in _REPEATED:
        found |= {"rcx", "rdi", "rsi"}
    if name in ("mul", "imul", "div", "idiv") and len(parts) == 1:
        return frozenset(found | {"rax", "rdx"})
    if parts and name not in _READS and not name.startswith("j"):
        found |= {family(operand) for operand in (parts if name in ("xchg", "xadd") else parts[:1])}
    return frozenset(found - {""})


def zeroes(one: Instruction) -> bool:
    """Whether it sets a register to zero by combining it with itself."""
    parts = split(one.operands)
    return one.mnemonic in ("xor", "sub") and len(parts) == 2 and parts[0] == parts[1] and bool(family(parts[0]))
