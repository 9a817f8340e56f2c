"""A linear classifier over sets of words, and how well it tells positives from negatives that it has not seen."""

from collections import Counter
from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

_FOLDS = 5
_ROUNDS = 400
_MIN_ROWS = 10
_VOCABULARY = 4_000


class _Bags:
    """Rows of features as two flat arrays: feature numbers, and where each row's begin."""

    def __init__(self, rows: Sequence[Sequence[int]], width: int) -> None:
        self.flat = np.array([feature for row in rows for feature in row] or [0], dtype=np.int64)
        self.sizes = np.array([len(row) for row in rows], dtype=np.int64)
        self.owner = np.repeat(np.arange(len(rows)), self.sizes)
        self.flat = self.flat[: len(self.owner)]
        self.width = width

    def score(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        scores = np.full(len(self.sizes), weights[self.width])
        scores += np.bincount(self.owner, weights[self.flat], minlength=len(self.sizes))
        return scores

    def spread(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.append(np.bincount(self.flat, values[self.owner], minlength=self.width), values.sum())


def _trained(bags: _Bags, truth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Least sum of log losses + |w|²/2, intercept free, by accelerated gradient steps of a safe size per feature."""
    ridge = np.append(np.ones(bags.width), 0.0)
    steps = 1 / (bags.spread((bags.sizes + 1) / 4) + ridge)
    weights = ahead = np.zeros(bags.width + 1)
    momentum = 1.0
    for _ in range(_ROUNDS):
        wrong = 1 / (1 + np.exp(-bags.score(ahead))) - truth
        fresh = ahead - steps * (bags.spread(wrong) + ridge * ahead)
        following = (1 + (1 + 4 * momentum**2) ** 0.5) / 2
        ahead = fresh + (momentum - 1) / following * (fresh - weights)
        weights, momentum = fresh, following
    return weights


def auc(
    rows: Sequence[frozenset[Hashable]], truth: Sequence[bool], parts: Sequence[int], least: int = _MIN_ROWS
) -> float:
    """The chance that an unseen positive scores above an unseen negative of the same fold; 0.5 if there are none.

    `parts` say which rows belong together; features in fewer than `least` rows are left out.
    """
    counts = Counter(feature for row in rows for feature in row)
    frequent = sorted((one for one in counts.items() if one[1] >= least), key=lambda one: (-one[1], repr(one[0])))
    numbers = {feature: number for number, (feature, _) in enumerate(frequent[:_VOCABULARY])}
    known = [[numbers[feature] for feature in row if feature in numbers] for row in rows]
    fold = _folds(parts)
    won = pairs = 0.0
    for one in range(_FOLDS):
        inside = [row for row in range(len(rows)) if fold[row] == one]
        outside = [row for row in range(len(rows)) if fold[row] != one]
        positive = [row for row in inside if truth[row]]
        negative = [row for row in inside if not truth[row]]
        if positive and negative and outside:
            weights = _trained(
                _Bags([known[row] for row in outside], len(numbers)),
                np.array([truth[row] for row in outside], dtype=float),
            )
            high = _Bags([known[row] for row in positive], len(numbers)).score(weights)
            low = _Bags([known[row] for row in negative], len(numbers)).score(weights)
            won += _wins(high, low)
            pairs += len(high) * len(low)
    return won / pairs if pairs else 0.5


def _wins(high: NDArray[np.float64], low: NDArray[np.float64]) -> float:
    """How many pairs the first win, equal scores counting half: the rank sum less its least value."""
    values, place, counts = np.unique(np.concatenate([high, low]), return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2
    return float(ranks[place[: len(high)]].sum()) - len(high) * (len(high) + 1) / 2


def _folds(parts: Sequence[int]) -> list[int]:
    """Parts dealt to the fold that has the fewest rows so far, largest part first."""
    sizes = Counter(parts)
    filled = [0] * _FOLDS
    fold: dict[int, int] = {}
    for part, size in sorted(sizes.items(), key=lambda one: (-one[1], one[0])):
        fold[part] = filled.index(min(filled))
        filled[fold[part]] += size
    return [fold[part] for part in parts]
