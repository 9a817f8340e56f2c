"""What stands in more than one split: groups, answers, near duplicates; and task families that do not stand in all."""

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

DUE = 10
"""A split that lacks a family has lost it where its share of all examples makes this many examples of the family its due."""

CHANCE = 0.01
"""A split has also lost a family where groups dealt at random would leave it without one less often than this."""


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
    """`split: family` for every family that a split lacks although many examples, or many groups, have it.

    Examples and groups are judged apart, and either is enough: a family of few examples may be spread over most groups.
    """
    if not len(columns):
        return []
    splits, groups = columns.named["split"], columns.named["group"].codes()
    names, held = families(columns), _families(columns)
    n, amount = len(splits.texts), int(groups.max()) + 1
    sizes = np.bincount(np.unique(groups * n + splits.codes()) % n, minlength=n)
    spread = np.bincount(np.unique(held * amount + groups) // amount, minlength=len(names)) / len(np.unique(groups))
    there = set(np.unique(held * n + splits.codes()).tolist())
    examples, rows = np.bincount(held, minlength=len(names)), np.bincount(splits.codes(), minlength=n)
    return sorted(
        f"{splits.texts[split]}: {name}"
        for family, name in enumerate(names)
        for split in range(n)
        if family * n + split not in there
        and (examples[family] * rows[split] >= DUE * len(columns) or (1 - spread[family]) ** sizes[split] < CHANCE)
    )


def _families(columns: Columns) -> Ints:
    """The family of each row, as its place among all."""
    tasks, names = columns.named["task"], families(columns)
    return np.array([names.index(task.partition(".")[0]) for task in tasks.texts])[tasks.codes()]
