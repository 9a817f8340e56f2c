"""Over all staged files: which rows are duplicates or too many of a form, and which blocks make which shard."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from threatflux_training.dataset.records import Block, Selection, ShardBlock, ShardTask, Span, StagedFile
from threatflux_training.dataset.segments import BLOCK_ROWS
from threatflux_training.hashing import pick
from threatflux_training.quality.forms import Capped, over_cap, read_forms

BUCKETS = 1024
SHARD_BYTES = 256 << 20
"""Uncompressed rows of a shard where their number is not given."""


def duplicates(files: Iterable[StagedFile]) -> dict[str, set[int]]:
    """Rows by file key whose answers stood before, in the order of keys; the twin of a dropped row goes too."""
    seen: set[bytes] = set()
    dropped: dict[str, set[int]] = {}
    for file in files:
        answers = file.packed.answers
        for row in range(len(answers) // 16):
            answer = answers[16 * row : 16 * row + 16]
            if answer in seen:
                twins = {row, row ^ 1} if row < file.packed.paired else {row}
                dropped.setdefault(file.packed.key, set()).update(twins)
            seen.add(answer)
    return dropped


def near_duplicates(
    files: Sequence[StagedFile], dropped: Mapping[str, set[int]]
) -> tuple[dict[str, set[int]], list[Capped]]:
    """Further rows by file key that are above the cap of their cluster, pairs whole; and these clusters."""
    starts = np.cumsum([0, *(file.packed.rows for file in files)])
    same = np.zeros(starts[-1], dtype=bool)
    twins = np.arange(starts[-1])
    for file, start in zip(files, starts.tolist(), strict=False):
        same[[start + row for row in dropped.get(file.packed.key, ())]] = True
        twins[start : start + file.packed.paired] = start + (np.arange(file.packed.paired) ^ 1)
    gone = same.copy()
    capped = over_cap(read_forms([file.packed.forms for file in files]), twins, gone)
    rows = np.flatnonzero(gone & ~same)
    owners = np.searchsorted(starts, rows, side="right") - 1
    more: dict[str, set[int]] = {}
    for row, owner in zip(rows.tolist(), owners.tolist(), strict=True):
        more.setdefault(files[owner].packed.key, set()).add(row - int(starts[owner]))
    return more, capped


def select(files: Iterable[StagedFile], *, num_shards: int, suffix: str) -> Selection:
    """The shards of the dataset, their blocks in the order (bucket, group, file, block)."""
    ordered = sorted(files, key=lambda file: file.packed.key)
    dropped = duplicates(ordered)
    near, capped = near_duplicates(ordered, dropped)
    parts: dict[str, list[tuple[tuple[int, str, str, int], ShardBlock, int, int]]] = {}
    used: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for file in ordered:
        reasons.update(file.packed.dropped)
        same, close = dropped.get(file.packed.key, set()), near.get(file.packed.key, set())
        reasons["duplicate_answer"] += len(same)
        reasons["near_duplicate"] += len(close)
        used[file.split] += 1
        for number, block in enumerate(file.packed.blocks):
            parts.setdefault(file.split, []).append(_part(file, number, block, same | close))
    shards: list[ShardTask] = []
    train = sum(raw for *_, raw in parts.get("train", ()))
    for split in sorted(parts):
        kept = sorted((part for part in parts[split] if part[2]), key=lambda part: part[0])
        shards += _shards(split, kept, _number(kept, num_shards, train), suffix)
    counts = {name: count for name, count in reasons.items() if count}
    return Selection(tuple(shards), dict(used), counts, tuple((one.id, one.size) for one in capped))


Part = tuple[tuple[int, str, str, int], ShardBlock, int, int]


def _part(file: StagedFile, number: int, block: Block, gone: set[int]) -> Part:
    base = number * BLOCK_ROWS
    local = tuple(sorted(row - base for row in gone if base <= row < base + block.rows))
    place = Span(file.payload.segment, file.payload.offset + block.offset, block.length)
    bucket = pick(f"{file.packed.group}/{number}", BUCKETS)
    order = (bucket, file.packed.group, file.packed.key, number)
    return order, ShardBlock(place, file.packed.group, local), block.rows - len(local), block.raw


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
