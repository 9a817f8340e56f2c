"""Jump tables of switches: read from the dump where the code shows the table, the index and its bound.

The form is that of position-independent code: `cmp index, last` and `ja`, then `movsxd r, dword ptr [base + index*4]`,
`add r, base`, `jmp r`; each entry is the distance of a target from the table.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from threatflux_training.evidence import operands as op
from threatflux_training.evidence.addresses import bytes_at, file_offset
from threatflux_training.evidence.dataflow import Flow
from threatflux_training.evidence.functions import index_of
from threatflux_training.reports.file import ScannedFile
from threatflux_training.reports.model import Instruction

_INDEXED = re.compile(r"dword ptr \[(\w+) \+ (\w+)\*4\]")
_MOST = 130


class Table(NamedTuple):
    """A table: where it is loaded (index of the `lea`), its file offset, the bound's index, the targets in order."""

    base: int
    offset: int
    bound: int
    targets: tuple[int, ...]


def table_at(file: ScannedFile, code: Sequence[Instruction], flow: Flow, jump: int) -> Table | None:
    """The table behind an indirect jump, if every part of it is in view."""
    load = next((i for i in range(jump - 1, max(flow.start, jump - 5), -1) if code[i].mnemonic == "movsxd"), -1)
    match = _INDEXED.search(code[load].operands) if load >= 0 else None
    if match is None:
        return None
    held = flow.at(load).get(op.family(match[1]))
    bound = _bound(code, flow, load, op.family(match[2]))
    if held is None or held.kind != "pointer" or bound < 0:
        return None
    amount = (op.number(op.split(code[bound].operands)[1]) or 0) + 1
    offset = file_offset(file, held.number)
    data = bytes_at(file, offset, 4 * amount) if offset is not None and amount <= _MOST else b""
    if offset is None or len(data) < 4 * amount:
        return None
    places = [int.from_bytes(data[i : i + 4], "little", signed=True) + held.number for i in range(0, len(data), 4)]
    known = all(index_of(code, one) is not None and one < held.number for one in places)
    return Table(held.at, offset, bound, tuple(places)) if known else None


def _bound(code: Sequence[Instruction], flow: Flow, load: int, index: str) -> int:
    for place in range(load - 1, max(flow.start, load - 8), -1):
        parts = op.split(code[place].operands)
        if code[place].mnemonic == "cmp" and op.family(parts[0]) == index and op.number(parts[1]) is not None:
            return place if code[place + 1].mnemonic == "ja" else -1
    return -1
