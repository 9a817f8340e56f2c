"""Over all staged files: which rows are duplicates, too many of a form or leaks, and which blocks make which shard."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from threatflux_training.dataset.minhash import PERMUTATIONS
from threatflux_training.dataset.records import Block, Selection, ShardBlock, ShardTask, Span, StagedFile
from threatflux_training.dataset.segments import BLOCK_ROWS
from threatflux_training.dataset.shards import marks_span
from threatflux_training.dataset.storage import ahead
from threatflux_training.hashing import pick
from threatflux_training.quality.forms import Capped, Forms, over_cap
from threatflux_training.quality.hashes import Ints
from threatflux_training.quality.leakage import leaked, main_split
from threatflux_training.quality.marks import RowMarks
from threatflux_training.quality.spill import Numbers

BUCKETS = 1024
SHARD_BYTES = 256 << 20
"""Uncompressed rows of a shard where their number is not given."""
Marks = Callable[[StagedFile], Iterable[RowMarks]]
"""Gives the marks of a file's rows."""


_COLUMNS = {
    "ids": "Q", "masked": "Q", "tokens": "q", "twins": "q", "splits": "q", "answers": "B", "forms": "B", "evidence": "B",
}  # fmt: skip
"""What is kept of each row, and as which numbers."""


class _Rows:
    """What decides about all rows, file after file: 300 bytes a row, on disk."""

    def __init__(self, files: Sequence[StagedFile], marks: Marks, folder: str | None, at_once: int) -> None:
        amounts = [file.packed.rows for file in files]
        self.starts = np.cumsum([0, *amounts])
        self.names = sorted({file.split for file in files})
        self._on_disk = {name: Numbers(code, folder) for name, code in _COLUMNS.items()}
        columns = self._on_disk
        found = ahead(marks, files, at_once)
        for file, start, amount, rows in zip(files, self.starts.tolist(), amounts, found, strict=False):
            columns["splits"].extend([self.names.index(file.split)] * amount)
            places = np.arange(amount)
            twins = np.where(places < file.packed.paired, places ^ 1, places).clip(max=amount - 1)
            columns["twins"].extend((start + twins).tolist())
            for one in rows:
                columns["ids"].append(one.id)
                columns["masked"].append(one.masked)
                columns["tokens"].append(one.tokens)
                columns["answers"].extend(one.answers)
                columns["forms"].extend(one.form)
                columns["evidence"].extend(one.evidence)
        self.ids, self.masked, self.tokens, self.twins, self.splits = (
            columns[name].values() for name in ("ids", "masked", "tokens", "twins", "splits")
        )
        self.answers = columns["answers"].values().view(np.uint64).reshape(-1, 2)
        self.forms, self.evidence = (columns[name].values().reshape(-1, PERMUTATIONS) for name in ("forms", "evidence"))

    def repeated(self) -> NDArray[np.bool_]:
        """Rows whose answers stood before; the twin of a dropped row goes too."""
        order = np.lexsort((*self.answers.T,))
        again = np.append(False, (np.diff(self.answers[order].view(np.int64), axis=0) == 0).all(axis=1))[: len(order)]
        found = np.zeros(len(order), dtype=bool)
        found[order[again]] = True
        found[self.twins[found]] = True
        return found

    def capped(self, gone: NDArray[np.bool_]) -> list[Capped]:
        """Adds what is above the cap of its cluster to the rows that are gone."""
        return over_cap(Forms(self.ids, self.masked, self.forms), self.twins, gone)

    def leaking(self, gone: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Rows to leave out so that nothing stands in two splits: first those of the split that models are trained on."""
        found = np.zeros(len(gone), dtype=bool)
        for split in _order(self.names, self.splits):
            rows = np.flatnonzero(~gone & ~found)
            leaks = leaked(self.evidence, self.masked, self.tokens, rows, self.splits[rows])
            out = rows[leaks & (self.splits[rows] == split)]
            found[out] = found[self.twins[out]] = True
        return found & ~gone


def _order(names: list[str], codes: Ints) -> list[int]:
    """The splits, that of the training first; the last one (`test` rather than `validation`) keeps its rows."""
    first = main_split(names, codes) if names else 0
    return [first, *(code for code in reversed(range(len(names))) if code != first)][:-1]


def select(
    files: Iterable[StagedFile], marks: Marks, *, num_shards: int, suffix: str, folder: str | None = None,
    at_once: int = 1,
) -> Selection:  # fmt: skip
    """The shards of the dataset, their blocks in the order (bucket, group, file, block).

    `marks` is asked about so many files `at_once`. Files without a name in `folder` hold what decides meanwhile (None: in the system's folder for such files).
    """
    reasons: Counter[str] = Counter()
    ordered = sorted(_slim(files, reasons), key=lambda file: file.packed.key)
    rows = _Rows(ordered, marks, folder, at_once)
    same = rows.repeated()
    gone = same.copy()
    capped = rows.capped(gone)
    near = gone & ~same
    leaks = rows.leaking(gone)
    gone |= leaks
    parts: dict[str, list[Part]] = {}
    used: Counter[str] = Counter()
    reasons.update(duplicate_answer=int(same.sum()), near_duplicate=int(near.sum()), leak=int(leaks.sum()))
    for file, start, stop in zip(ordered, rows.starts.tolist(), rows.starts[1:].tolist(), strict=False):
        used[file.split] += 1
        dropped = set(np.flatnonzero(gone[start:stop]).tolist())
        for number, block in enumerate(file.packed.blocks):
            parts.setdefault(file.split, []).append(_part(file, number, block, dropped))
    shards: list[ShardTask] = []
    train = sum(raw for *_, raw in parts.get("train", ()))
    for split in sorted(parts):
        kept = sorted((part for part in parts[split] if part[2]), key=lambda part: part[0])
        shards += _shards(split, kept, _number(kept, num_shards, train), suffix)
    counts = {name: count for name, count in reasons.items() if count}
    clusters = tuple((one.id, one.size) for one in capped)
    verified, documents = sum(file.packed.verified for file in ordered), sum(file.documents for file in ordered)
    return Selection(tuple(shards), dict(used), counts, clusters, verified, documents)


def _slim(files: Iterable[StagedFile], reasons: Counter[str]) -> Iterator[StagedFile]:
    """The files without what is only added up, which is added to the reasons."""
    for file in files:
        reasons.update(file.packed.dropped)
        yield msgspec.structs.replace(file, packed=msgspec.structs.replace(file.packed, text_key="", dropped={}))


Part = tuple[tuple[int, str, str, int], ShardBlock, int, int]


def _part(file: StagedFile, number: int, block: Block, gone: set[int]) -> Part:
    base = number * BLOCK_ROWS
    local = tuple(sorted(row - base for row in gone if base <= row < base + block.rows))
    place = Span(file.payload.segment, file.payload.offset + block.offset, block.length)
    bucket = pick(f"{file.packed.group}/{number}", BUCKETS)
    order = (bucket, file.packed.group, file.packed.key, number)
    taken = ShardBlock(place, marks_span(file, block), file.packed.group, local)
    return order, taken, block.rows - len(local), block.raw


def _number(kept: list[Part], num_shards: int, train: int) -> int:
    raw = sum(size for *_, size in kept)
    if not num_shards:
        return max(1, -(-raw // SHARD_BYTES))
    return max(1, min(num_shards, round(num_shards * raw / max(1, train))))


def _shards(split: str, kept: list[Part], wanted: int, suffix: str) -> list[ShardTask]:
    """Ranges of buckets of about the same size; fewer than wanted where a range would hold nothing."""
    total = sum(size for *_, size in kept)
    groups: list[list[ShardBlock]] = []
    filled, last = 0, -1
    for (bucket, *_), block, _, size in kept:
        if bucket != last and filled * wanted >= total * len(groups):
            groups.append([])
        groups[-1].append(block)
        filled, last = filled + size, bucket
    names = [f"data/{split}-{index:05d}-of-{len(groups):05d}{suffix}" for index in range(len(groups))]
    return [ShardTask(name, split, tuple(blocks)) for name, blocks in zip(names, groups, strict=True)]
