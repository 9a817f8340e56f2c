"""Over all staged files: which rows are duplicates, too many of a form or leaks, and which blocks make which shard."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from threatflux_training.dataset.minhash import PERMUTATIONS
from threatflux_training.dataset.records import Selection, ShardBlock, ShardTask, Span, StagedFile
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
    used = Counter(file.split for file in ordered)
    reasons.update(duplicate_answer=int(same.sum()), near_duplicate=int(near.sum()), leak=int(leaks.sum()))
    verified, documents = sum(file.packed.verified for file in ordered), sum(file.documents for file in ordered)
    parts = _Parts(ordered, rows.starts, gone)
    shards = [shard for split in sorted(used) for shard in parts.shards(split, num_shards, suffix)]
    counts = {name: count for name, count in reasons.items() if count}
    clusters = tuple((one.id, one.size) for one in capped)
    return Selection(tuple(shards), dict(used), counts, clusters, verified, documents, int((~gone).sum()))


def _slim(files: Iterable[StagedFile], reasons: Counter[str]) -> Iterator[StagedFile]:
    """The files without what is only added up, which is added to the reasons."""
    for file in files:
        reasons.update(file.packed.dropped)
        yield msgspec.structs.replace(file, packed=msgspec.structs.replace(file.packed, text_key="", dropped={}))


class _Parts:
    """The blocks of all files as columns: what of each is kept, and where it stands among the others."""

    def __init__(self, files: Sequence[StagedFile], starts: Ints, gone: NDArray[np.bool_]) -> None:
        self._files, self._starts, self._gone = files, starts, gone
        amounts = [len(file.packed.blocks) for file in files]
        self._owners = np.repeat(np.arange(len(files)), amounts)
        self._first = np.cumsum([0, *amounts])
        blocks = [block for file in files for block in file.packed.blocks]
        self._numbers = np.arange(len(blocks)) - self._first[self._owners]
        self._raw = np.array([block.raw for block in blocks], dtype=np.int64)
        kept = np.append(0, np.cumsum(~gone))
        at = starts[self._owners] + self._numbers * BLOCK_ROWS
        ends = np.minimum(at + BLOCK_ROWS, starts[self._owners + 1])
        self._rows = kept[ends] - kept[at]
        self._order, self._buckets = self._ordered()

    def _ordered(self) -> tuple[Ints, Ints]:
        """The blocks in the order (bucket, group, file, block), and the bucket of each; files come in the order of their keys."""
        groups = [file.packed.group for file in self._files]
        names = zip(self._owners.tolist(), self._numbers.tolist(), strict=True)
        buckets = np.fromiter(
            (pick(f"{groups[owner]}/{number}", BUCKETS) for owner, number in names),
            dtype=np.int64,
            count=len(self._owners),
        )
        by_group = np.empty(len(groups), dtype=np.int64)
        by_group[sorted(range(len(groups)), key=groups.__getitem__)] = np.arange(len(groups))
        order = np.lexsort((self._numbers, self._owners, by_group[self._owners], buckets))
        return order, buckets

    def shards(self, split: str, num_shards: int, suffix: str) -> list[ShardTask]:
        """Ranges of buckets of about the same size; fewer than wanted where a range would hold nothing."""
        mine = np.array([file.split == split for file in self._files], dtype=bool)
        kept = self._order[mine[self._owners[self._order]] & (self._rows[self._order] > 0)]
        total = int(self._raw[kept].sum())
        wanted = self._number(total, num_shards)
        groups: list[list[ShardBlock]] = []
        filled, last = 0, -1
        for block, bucket, size in zip(
            kept.tolist(), self._buckets[kept].tolist(), self._raw[kept].tolist(), strict=True
        ):
            if bucket != last and filled * wanted >= total * len(groups):
                groups.append([])
            groups[-1].append(self._taken(block))
            filled, last = filled + size, bucket
        names = [f"data/{split}-{index:05d}-of-{len(groups):05d}{suffix}" for index in range(len(groups))]
        return [ShardTask(name, split, tuple(blocks)) for name, blocks in zip(names, groups, strict=True)]

    def _number(self, raw: int, num_shards: int) -> int:
        """How many shards a split of so many bytes should have; `num_shards` are those of the training split."""
        if not num_shards:
            return max(1, -(-raw // SHARD_BYTES))
        train = np.array([file.split == "train" for file in self._files], dtype=bool)[self._owners]
        return max(1, min(num_shards, round(num_shards * raw / max(1, int(self._raw[train].sum())))))

    def _taken(self, number: int) -> ShardBlock:
        file, place = self._files[int(self._owners[number])], int(self._numbers[number])
        block = file.packed.blocks[place]
        start = int(self._starts[self._owners[number]]) + place * BLOCK_ROWS
        dropped = tuple(np.flatnonzero(self._gone[start : start + block.rows]).tolist())
        span = Span(file.payload.segment, file.payload.offset + block.offset, block.length)
        return ShardBlock(span, marks_span(file, block), file.packed.group, dropped)
