"""Logistic regression over sparse yes/no features, and how well scores tell two kinds apart; numpy only.

The objective is the customary one, sum of log losses + |w|²/2 with a free intercept: it has one minimum, so that
another implementation must come to the same scores.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from threatflux_training.quality.hashes import Ints

Floats = NDArray[np.float64]
FOLDS = 5
_Z = 1.96
_UNKNOWN = (0.5, 0.25)
"""Area and variance where there is nothing to learn from, or too little to tell the variance."""
_STEPS, _INNER = 25, 60
_ENOUGH = 1e-7
"""A step that promises less than this loss per row is the last one."""


class Auc(NamedTuple):
    """The chance that a positive scores above a negative, the upper end of its 95 % interval, and how many of each."""

    value: float
    upper: float
    positives: int
    negatives: int


class Features(NamedTuple):
    """Sparse features: row and column of every one that is set."""

    rows: Ints
    columns: Ints
    width: int

    def of(self, chosen: NDArray[np.bool_]) -> "Features":
        """Those of some rows, which are numbered anew."""
        number = np.cumsum(chosen) - 1
        kept = chosen[self.rows]
        return Features(number[self.rows[kept]], self.columns[kept], self.width)

    def times(self, weights: Floats, rows: int) -> Floats:
        """The sum of the weights of each row's features; the last weight is the intercept."""
        summed: Floats = np.bincount(self.rows, weights[self.columns], minlength=rows) + weights[-1]
        return summed

    def back(self, values: Floats) -> Floats:
        """The sum of the values of the rows that have each feature; last that of all."""
        return np.append(np.bincount(self.columns, values[self.rows], minlength=self.width), values.sum())


def fit(features: Features, truth: Floats) -> Floats:
    """Weights and intercept, by Newton steps solved with conjugate gradients."""
    weights = np.zeros(features.width + 1)
    keep = np.append(np.ones(features.width), 0.0)
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-features.times(weights, len(truth))))
        gradient = features.back(chance - truth) + keep * weights
        step = _solve(features, chance * (1 - chance) + 1e-9, keep, gradient)
        weights -= step * min(1.0, 10.0 / max(1e-12, float(np.abs(step).max())))
        if step @ gradient < _ENOUGH * len(truth):
            break
    return weights


def _solve(features: Features, curve: Floats, keep: Floats, gradient: Floats) -> Floats:
    found, left = np.zeros_like(gradient), gradient.copy()
    scale = 1 / (features.back(curve) + keep)
    tried = ahead = scale * left
    size = float(left @ ahead)
    goal = 1e-4 * size
    for _ in range(_INNER if size else 0):
        bent = features.back(curve * features.times(tried, len(curve))) + keep * tried
        rise = float(tried @ bent)
        if not rise > 0:  # nothing is left to gain in that direction: few rows, or words that never vary
            break
        length = size / rise
        found += length * tried
        left = left - length * bent
        ahead = scale * left
        size, before = float(left @ ahead), size
        if size < goal:
            break
        tried = ahead + size / before * tried
    return found


def folds(parts: Ints) -> Ints:
    """A fold for every row: parts (numbered in an order without meaning) stay whole, folds become about equal."""
    sizes = np.bincount(parts)
    middle = np.cumsum(sizes) - sizes / 2
    return np.minimum(FOLDS - 1, (middle / max(1, len(parts)) * FOLDS).astype(np.int64))[parts]


def cross_validated(features: Features, truth: NDArray[np.bool_], parts: Ints) -> Auc:
    """The AUC of scores of rows that the fit has not seen; compared within a fold, weighted by its pairs."""
    fold = folds(parts)
    total = sum(float(truth[fold == one].sum()) * float((~truth[fold == one]).sum()) for one in range(FOLDS))
    value = variance = 0.0
    for one in range(FOLDS):
        held = fold == one
        weight = float(truth[held].sum()) * float((~truth[held]).sum()) / total if total else 0.0
        if not weight:
            continue
        area, spread = _UNKNOWN
        if truth[~held].any() and not truth[~held].all():
            weights = fit(features.of(~held), truth[~held].astype(float))
            scores = features.of(held).times(weights, int(held.sum()))
            area, spread = clustered_auc(scores, truth[held], parts[held])
        value += weight * area
        variance += weight**2 * spread
    upper = min(1.0, value + _Z * variance**0.5) if total else 1.0
    return Auc(value, upper, int(truth.sum()), int((~truth).sum()))


def clustered_auc(scores: Floats, truth: NDArray[np.bool_], parts: Ints) -> tuple[float, float]:
    """The AUC and its variance where rows of a part depend on one another (Obuchowski 1997)."""
    above, below = _placed(scores[truth], scores[~truth]), 1 - _placed(scores[~truth], scores[truth])
    area = float(above.mean())
    width = int(parts.max()) + 1
    ten, one = (np.bincount(parts[side], values - area, minlength=width) for side, values in
                ((truth, above), (~truth, below)))  # fmt: skip
    m, n = len(above), len(below)
    with_ten, with_one = len(np.unique(parts[truth])), len(np.unique(parts[~truth]))
    both = len(np.unique(parts))
    if min(with_ten, with_one) < 2:
        return area, _UNKNOWN[1]
    first = with_ten / (with_ten - 1) * float(ten @ ten) / m**2
    second = with_one / (with_one - 1) * float(one @ one) / n**2
    return area, max(0.0, first + second + 2 * both / (both - 1) * float(ten @ one) / (m * n))


def _placed(scores: Floats, others: Floats) -> Floats:
    """For each score the share of the others that are lower; equal ones count half."""
    ordered = np.sort(others)
    low, high = np.searchsorted(ordered, scores, "left"), np.searchsorted(ordered, scores, "right")
    return (low + high) / 2 / max(1, len(others))


def parts_of(*labels: Ints) -> Ints:
    """Rows that share a label of any kind (-1: none) are of one part; parts are numbered by their first row."""
    rows = len(labels[0])
    part = np.arange(rows)
    while True:
        before = part
        for label in labels:
            known = label >= 0
            least = np.full(int(label.max(initial=-1)) + 1, rows)
            np.minimum.at(least, label[known], part[known])
            part = part.copy()
            part[known] = least[label[known]]
        if np.array_equal(part, before):
            return part


def one_hot(columns: Iterator[Ints] | list[Ints]) -> Features:
    """Each column's values as features of their own."""
    rows, found, width = [], [], 0
    for column in columns:
        rows.append(np.arange(len(column)))
        found.append(column + width)
        width += int(column.max(initial=-1)) + 1
    return Features(np.concatenate(rows), np.concatenate(found), width)
