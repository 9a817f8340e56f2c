"""Which other file a file is compared with, and which others it is asked about.

Both look back: a file gets files of groups that are older in the registry, so that new files change nothing for old ones.
Files are numbered in the order of their keys.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from threatflux_training.hashing import pick, share
from threatflux_training.quality.hashes import Hashes, Ints

_MIXED = 0.1
"""Share of files that are compared with a file of any kind."""
OTHERS = 6
"""Names of other files that a file gets."""
MARK = 2
"""Numbers at the beginning of a signature that decide where a file stands on a ring."""


class Places(NamedTuple):
    """What decides about partners, as columns over all files: both files of a comparison are of one split and two groups.

    `splits` and `kinds` are numbers of names; `ages` are the groups' places in the registry; `marks` are the beginnings of
    the MinHash signatures of strings and imports (zeros without one): files that have much in common stand near each other.
    """

    splits: Ints
    kinds: Ints
    ages: Ints
    marks: NDArray[np.uint64]


def partners(keys: Sequence[str], places: Places) -> Ints:
    """Of each file the number of its partner, or -1: the next older file of its kind on a ring, for some the next of any kind.

    On the ring, files stand in the order of their signatures: the share of what two files have in common is the chance
    that they agree in the first place of it. The oldest group of a ring looks at the second oldest.
    """
    points: Hashes = np.fromiter((pick(f"{key}/ring", 1 << 64) for key in keys), dtype=np.uint64, count=len(keys))
    apart = np.fromiter((share(f"{key}/mixed") >= _MIXED for key in keys), dtype=bool, count=len(keys))
    alike, found = (np.full(len(keys), -1) for _ in range(2))
    for row in _rows(places, places.kinds):
        ring = np.lexsort((row, points[row], *places.marks[row].T[::-1]))
        alike[row] = _next_older(row, places.ages[row], ring)
    for row in _rows(places, np.zeros(len(keys), dtype=np.int64)):
        found[row] = _next_older(row, places.ages[row], np.lexsort((row, points[row])))
    taken = apart & (alike >= 0)
    found[taken] = alike[taken]
    return found


def _rows(places: Places, kinds: Ints) -> Iterator[Ints]:
    """The files of each split and kind, by the age of their group."""
    order = np.lexsort((np.arange(len(kinds)), places.ages, kinds, places.splits))
    changes = (np.diff(places.splits[order]) != 0) | (np.diff(kinds[order]) != 0)
    return iter(np.split(order, np.flatnonzero(changes) + 1) if len(order) else ())


def _next_older(row: Ints, ages: Ints, ring: Ints) -> Ints:
    """For each file of a row, which come by age, the next one on the ring among those of older groups, or -1.

    `ring` has the places in the row in the order of the ring. The youngest groups are taken out first, so that what is left
    beside a file is older.
    """
    end = len(row)
    at = np.empty(end, dtype=np.int64)
    at[ring] = np.arange(end)
    after, before = [*range(1, end + 1), 0], [end, *range(end)]
    found = np.full(end, -1)
    borders = [0, *(np.flatnonzero(np.diff(ages)) + 1).tolist(), end]
    for start, stop in zip(borders[-2::-1], borders[:0:-1], strict=True):
        members = sorted(at[start:stop].tolist(), reverse=True)
        for place in members:
            left, right = before[place], after[place]
            after[left], before[right] = right, left
        if start:
            for place in members:
                right = after[place]
                found[ring[place]] = row[ring[after[end] if right == end else right]]
        elif stop < end:
            found[:stop] = row[stop]
    return found


class Others:
    """Files of the same split and kind in the groups just older; for the oldest, in those just younger."""

    def __init__(self, places: Places) -> None:
        self._ages = places.ages
        rows = list(_rows(places, places.kinds))
        self._order: Ints = np.concatenate([np.zeros(0, dtype=np.int64), *rows])
        self._at = np.empty(len(self._order), dtype=np.int64)
        self._at[self._order] = np.arange(len(self._order))
        self._ends = np.cumsum([0, *map(len, rows)])

    def around(self, number: int) -> Iterator[int]:
        """The numbers of such files, the nearest first, more than are needed."""
        place = int(self._at[number])
        row = int(np.searchsorted(self._ends, place, side="right")) - 1
        low, high = max(int(self._ends[row]), place - 2 * OTHERS), min(int(self._ends[row + 1]), place + 1 + 2 * OTHERS)
        for other in [*self._order[low:place][::-1].tolist(), *self._order[place + 1 : high].tolist()]:
            if self._ages[other] != self._ages[number]:
                yield other
