"""Everything but reading and expansion, over references that stand for reports: `python -m benchmarks.references --sizes 10000 100000`.

Makes so many indexed documents (a tenth are near copies of another one), plans files, groups, splits and partners, deals
them to lanes, selects among --examples rows of each and plans the shards. Shows seconds and memory for a reference, and what
that means for ten million, each size in a process of its own.
"""

import argparse
import gc
import hashlib
import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from benchmarks.show import Row, chart, judge, parser, table
from threatflux_training.dataset.groups import Leaders
from threatflux_training.dataset.lanes import PER_WORKER, deal
from threatflux_training.dataset.minhash import PERMUTATIONS
from threatflux_training.dataset.plan import Plan
from threatflux_training.dataset.records import Block, Indexed, PackedFile, Span, StagedFile
from threatflux_training.dataset.segments import BLOCK_ROWS
from threatflux_training.dataset.select import select
from threatflux_training.quality.marks import RowMarks
from threatflux_training.reports.document import Document, Locator
from threatflux_training.settings import TextSettings

_SPLITS = (("train", 0.9), ("validation", 0.05), ("test", 0.05))
_WORKERS = 100
_COPIES = 10
_GOAL = 10_000_000
_LOOK = 0.05
"""Seconds between two looks at the memory."""


def main() -> None:
    arguments = _arguments()
    if arguments.one:
        print(json.dumps(_run(arguments.one, arguments.examples)))
        return
    found = [_measured(size, arguments.examples) for size in arguments.sizes]
    table([_row(one) for one in found], arguments.csv)
    last = found[-1]
    chart("microseconds a reference by step", {k: v / last["references"] * 1e6 for k, v in last["seconds"].items()})
    hours = sum(last["seconds"].values()) / last["references"] * _GOAL / 3600
    more = max(1, last["references"] - found[0]["references"])
    grown = max((last[step] - found[0][step]) / more for step in ("plan", "select"))
    print(f"{_GOAL:,} references: about {hours:.1f} hours of one core, {grown * _GOAL / 1e9:,.0f} GB of memory")
    judge("lanes, fullest / mean", last["lanes"], most=1.1)
    judge("shards, largest / mean", last["shards"], most=1.5)


def _arguments() -> argparse.Namespace:
    made = parser(__doc__)
    made.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    made.add_argument("--examples", type=int, default=25)
    made.add_argument("--one", type=int, default=0, help=argparse.SUPPRESS)
    return made.parse_args()


def _measured(size: int, examples: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.references", "--one", str(size), "--examples", str(examples)]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found


def _row(one: dict[str, Any]) -> Row:
    seconds = sum(one["seconds"].values())
    return {
        "references": one["references"], "groups": one["groups"], "examples": one["examples"], "seconds": seconds,
        "µs/reference": seconds / one["references"] * 1e6, "task B": one["bytes"], "plan MB": one["plan"] / 1e6, "select MB": one["select"] / 1e6,
    }  # fmt: skip


def _run(size: int, examples: int) -> dict[str, Any]:
    seconds: dict[str, float] = {}
    anonymous = _Anonymous()
    made = _Made(size)
    leaders = Leaders(_SPLITS)
    start = time.process_time()
    plan = Plan(made, settings=TextSettings(), leaders=leaders)
    seconds["plan"] = time.process_time() - start - made.seconds
    start = time.process_time()
    loads: Counter[int] = Counter()
    for lane, number in deal(range(len(plan)), _WORKERS * PER_WORKER, plan.size):
        loads[lane] += plan.size(number)
    seconds["deal"] = time.process_time() - start
    start = time.process_time()
    tasks = sum(len(msgspec.msgpack.encode(task)) for task in plan)
    seconds["tasks"] = time.process_time() - start
    groups, planning = len(leaders.ages), anonymous.taken()
    places = [(key, plan.group(number), plan.split(number)) for number, key in enumerate(plan.keys)]
    del plan, leaders
    gc.collect()
    anonymous.taken()
    files = (_staged(*place, examples) for place in places)
    start = time.process_time()
    selection = select(files, lambda file: _marks(file.packed.key, examples), num_shards=0, suffix=".jsonl.gz")
    seconds["select"] = time.process_time() - start
    blocks = [len(shard.blocks) for shard in selection.shards if shard.split == "train"]
    return {
        "references": size, "groups": groups, "seconds": seconds, "bytes": tasks / size,
        "examples": size * examples - sum(selection.dropped.values()),
        "plan": planning, "select": anonymous.taken(),
        "lanes": max(loads.values()) / (sum(loads.values()) / len(loads)),
        "shards": max(blocks) / (sum(blocks) / len(blocks)),
    }  # fmt: skip


class _Anonymous:
    """The most memory of this process without pages of files, in bytes, looked at all the time."""

    def __init__(self) -> None:
        self.peak = 0
        threading.Thread(target=self._look, daemon=True).start()

    def taken(self) -> int:
        """The most since the last time."""
        peak, self.peak = self.peak, 0
        return peak

    def _look(self) -> None:
        while True:
            lines = Path("/proc/self/status").read_text().splitlines()
            self.peak = max([self.peak, *(int(line.split()[1]) << 10 for line in lines if line.startswith("RssAnon:"))])
            time.sleep(_LOOK)


class _Made:
    """The documents, each made when it is asked for, as they come out of staging; the seconds that took."""

    def __init__(self, size: int) -> None:
        self._size, self.seconds = size, 0.0

    def __iter__(self) -> Iterator[Indexed]:
        for number in range(self._size):
            start = time.process_time()
            document = _document(number)
            self.seconds += time.process_time() - start
            yield document


def _bytes(text: str, amount: int) -> bytes:
    return hashlib.shake_128(text.encode()).digest(amount)


def _document(number: int) -> Indexed:
    """One of ten shares nine tenths of its signature with the one before."""
    key = hashlib.sha256(str(number).encode()).hexdigest()
    own = np.frombuffer(_bytes(f"{number}/signature", 4 * PERMUTATIONS), "<u4")
    if number % _COPIES == 1:
        other = np.frombuffer(_bytes(f"{number - 1}/signature", 4 * PERMUTATIONS), "<u4")
        own = np.where(np.arange(PERMUTATIONS) % 10 == 0, own, other)
    document = Document(
        locator=Locator(f"/reports/{number // 1000:05d}/{number:08d}.json", 0, 100_000), position=0, dialect="analysis",
        sha256=key, md5="", canonical="", paths=(f"/usr/bin/program{number:08d}",), name=f"program{number:08d}",
        features=("metadata", "hashes", "strings", "symbols"), bytes=20_000 + int(key[:6], 16) // 20,
        raw=key[:32], kind="elf",
    )  # fmt: skip
    return Indexed(document, own.tobytes())


def _staged(key: str, group: str, split: str, examples: int) -> StagedFile:
    blocks = tuple(
        Block(min(BLOCK_ROWS, examples - first), 0, 0, 7_000 * min(BLOCK_ROWS, examples - first), 0, 30_000, 2_000)
        for first in range(0, examples, BLOCK_ROWS)
    )
    return StagedFile(PackedFile(key, key, group, blocks, {}), Span("segment", 0, 32_000), split, "elf")


def _marks(key: str, examples: int) -> Iterator[RowMarks]:
    """Rows that have nothing in common."""
    for number in range(examples):
        data = _bytes(f"{key}/{number}", 32 + 2 * PERMUTATIONS)
        yield RowMarks(
            id=int.from_bytes(data[:8], "little"), pair=0, answers=data[8:24], masked=int.from_bytes(data[24:32], "little"),
            form=data[32 : 32 + PERMUTATIONS], evidence=data[32 + PERMUTATIONS :], tokens=200, chat_tokens=2_000, turns=1,
            chunks=1, positive=True, task="strings.report", style="grounded", persona="beginner", file_type="none",
            question="q", file=key, group=key, words=(), opening="", sentences=(),
        )  # fmt: skip


if __name__ == "__main__":
    main()
