"""The form of an answer, apart from its values: what near duplicates are told by."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from threatflux_training.dataset.minhash import smallest
from threatflux_training.quality.bars import cluster_cap
from threatflux_training.quality.hashes import Hashes, Ints, runs
from threatflux_training.quality.near import Sketches, clusters

_SHINGLE = 3
"""Words of a shingle: near duplicates agree in sequences of that many words."""


class Forms(NamedTuple):
    """Rows by their ids (the first 64 bits), the hashes of their masked answers, and sketches of these."""

    ids: Hashes
    masked: Hashes
    sketches: Sketches


class Capped(NamedTuple):
    """A cluster that had more rows than it may: the smallest id among them, and how many they were."""

    id: str
    size: int


def shingles(text: str) -> Hashes:
    """A hash for every three words in a row; of a shorter text one for the whole."""
    words = text.split()
    return runs(words, min(_SHINGLE, len(words)) or 1)


def sketch(hashes: Hashes) -> bytes:
    """A byte of the smallest hash under each permutation: the share of equal bytes is near the share of common parts."""
    return smallest(hashes).astype(np.uint8).tobytes()


def heads(forms: Forms, rows: Ints) -> Ints:
    """For each of some rows the row with the smallest id of its cluster; the same whatever their order."""
    if not len(rows):
        return rows
    order = rows[np.argsort(forms.ids[rows], kind="stable")]
    _, first, inverse = np.unique(forms.masked[order], return_index=True, return_inverse=True)
    by_id = np.argsort(first, kind="stable")
    rank = np.empty_like(by_id)
    rank[by_id] = np.arange(len(by_id))
    distinct = order[first[by_id]]
    found = np.empty(len(forms.ids), dtype=np.int64)
    found[order] = distinct[clusters(forms.sketches, distinct)[rank[inverse]]]
    return np.asarray(found[rows])


def over_cap(forms: Forms, twins: Ints, gone: NDArray[np.bool_]) -> list[Capped]:
    """Add to the rows that are `gone` those above the cap of their cluster; the clusters that were, largest first.

    Of a cluster the rows with the smallest ids stay. `twins` holds for each row the other side of its pair, or itself:
    a pair goes whole. The cap follows from the rows that stay, so that this goes on until nothing is over it.
    """
    capped: dict[int, int] = {}
    while len(over := _over(forms, np.flatnonzero(~gone), capped)):
        gone[over] = True
        gone[twins[over]] = True
    named = [Capped(f"{mark:016x}", size) for mark, size in capped.items()]
    return sorted(named, key=lambda one: (-one.size, one.id))


def _over(forms: Forms, rows: Ints, capped: dict[int, int]) -> Ints:
    """The rows above the cap of their cluster; the clusters are noted with the size in which they were first met."""
    cap, found = cluster_cap(len(rows)), heads(forms, rows)
    order = np.lexsort((forms.ids[rows], found))
    starts = np.flatnonzero(np.diff(found[order], prepend=-1))
    sizes = np.diff(np.append(starts, len(order)))
    for head, size in zip(found[order[starts[sizes > cap]]].tolist(), sizes[sizes > cap].tolist(), strict=True):
        capped.setdefault(int(forms.ids[head]), size)
    places = np.arange(len(order)) - np.repeat(starts, sizes)
    return np.asarray(rows[order[places >= cap]])


def cluster_sizes(forms: Forms) -> list[tuple[int, int]]:
    """Clusters of two rows and more, largest first: the row with the smallest id, and how many they are."""
    leaders, counts = np.unique(heads(forms, np.arange(len(forms.ids))), return_counts=True)
    sizes = [(int(head), int(count)) for head, count in zip(leaders, counts, strict=True) if count > 1]
    return sorted(sizes, key=lambda one: (-one[1], forms.ids[one[0]]))
