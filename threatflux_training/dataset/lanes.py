"""Dealing work to workers evenly: Beam deals keys one after the other, so the keys must weigh the same."""

import heapq
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")

PER_WORKER = 16
"""Lanes for each worker: enough to even out, few enough to cost nothing."""


def deal(items: Iterable[T], lanes: int, size: Callable[[T], int]) -> Iterator[tuple[int, T]]:
    """Every item with its lane: the largest first, each to the lane that holds least so far.

    `items` must come in a stable order; which lane an item gets never shows in the dataset.
    """
    heap = [(0, lane) for lane in range(lanes)]
    for item in sorted(items, key=lambda one: -size(one)):
        load, lane = heap[0]
        heapq.heapreplace(heap, (load + max(1, size(item)), lane))
        yield lane, item
