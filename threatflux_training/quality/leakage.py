"""What stands in more than one split: groups, answers, near duplicates; and task families that do not stand in all."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from threatflux_training.quality.bars import measured
from threatflux_training.quality.columns import Columns
from threatflux_training.quality.hashes import Hashes, Ints
from threatflux_training.quality.near import Sketches, across

LONG = 80
"""Tokens from which an answer that is the same after masking counts as leaked; shorter ones only share a form."""

EXPECTED = 10
"""Examples of a family that a split would have by its size: with fewer, chance decides whether there is one."""


def leakage(columns: Columns) -> dict[str, dict[str, Any]]:
    """Groups in several splits as a count; answers as shares of the examples outside the training split."""
    splits = columns.named["split"].codes()
    held = splits != reference(columns)
    n = int(held.sum())
    groups = columns.named["group"].codes()
    tokens, forms = np.array(columns.tokens), np.array(columns.masked, dtype=np.uint64)
    exact = in_several(np.array(columns.exact, dtype=np.uint64), splits)
    masked, long = in_several(forms, splits), tokens >= LONG
    near = across(columns.evidence(), np.arange(len(held)), splits) if n else np.zeros(len(held), dtype=bool)
    shares = {"exact": exact, "near": near, "masked": masked & long, "shared_form": masked & ~long}
    made = {
        "leakage.groups": measured(
            "leakage.groups", len(np.unique(groups[in_several(groups, splits)])), len(np.unique(groups))
        )
    }
    for name, leaked in shares.items():
        rows = int((leaked & held).sum())
        made[f"leakage.{name}"] = measured(f"leakage.{name}", rows / max(1, n), n, examples=rows)
    missing = missing_families(columns)
    made["leakage.missing_families"] = measured(
        "leakage.missing_families",
        len(missing),
        len(columns.named["split"].texts) * len(families(columns)),
        listed=missing,
    )
    return made


def leaked(evidence: Sketches, masked: Hashes, tokens: Ints, rows: Ints, splits: Ints) -> NDArray[np.bool_]:
    """Which of some rows, each of a split, are near one of another split, or hold a long answer whose masked form stands
    in another one."""
    if not len(rows):
        return np.zeros(0, dtype=bool)
    return across(evidence, rows, splits) | (in_several(masked[rows], splits) & (tokens[rows] >= LONG))


def reference(columns: Columns) -> int:
    """The split that models are trained on, as its code."""
    return main_split(columns.named["split"].texts, columns.named["split"].codes())


def main_split(names: Sequence[str], codes: Ints) -> int:
    """The split that models are trained on: `train`, else the largest."""
    if "train" in names:
        return list(names).index("train")
    counts = np.bincount(codes, minlength=1)
    return int(counts.argmax())


def in_several(marks: Ints | NDArray[np.uint64], splits: Ints) -> NDArray[np.bool_]:
    """Which rows have a mark that stands in another split too."""
    known, inverse = np.unique(marks, return_inverse=True)
    least, most = np.full(len(known), np.iinfo(np.int64).max), np.full(len(known), -1)
    np.minimum.at(least, inverse, splits)
    np.maximum.at(most, inverse, splits)
    several: NDArray[np.bool_] = (least != most)[inverse]
    return several


def families(columns: Columns) -> list[str]:
    """All task families."""
    return sorted({task.partition(".")[0] for task in columns.named["task"].texts})


def missing_families(columns: Columns) -> list[str]:
    """`split: family` for every family that a split does not have although it is big enough to expect some."""
    if not len(columns):
        return []
    splits, tasks = columns.named["split"], columns.named["task"]
    rows = Counter(splits.texts[code] for code in splits.codes())
    counts = Counter(tasks.texts[code].partition(".")[0] for code in tasks.codes())
    pairs = np.unique(np.stack([splits.codes(), tasks.codes()]), axis=1).T.tolist()
    there = {(splits.texts[split], tasks.texts[task].partition(".")[0]) for split, task in pairs}
    return [
        f"{split}: {family}"
        for split in sorted(splits.texts)
        for family in families(columns)
        if (split, family) not in there and counts[family] * rows[split] >= EXPECTED * len(columns)
    ]
