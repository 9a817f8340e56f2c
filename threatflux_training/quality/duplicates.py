"""Duplicates over joined assistant sides: exact, masked, near."""

from typing import Any

import numpy as np

from threatflux_training.quality.bars import cluster_cap, measured
from threatflux_training.quality.columns import Columns
from threatflux_training.quality.hashes import Ints
from threatflux_training.quality.near import clusters

_LISTED = 20
"""Clusters that are named."""


def duplicates(columns: Columns) -> dict[str, dict[str, Any]]:
    """Exact and masked duplicates as shares; near ones as examples above the cap of their cluster."""
    n = len(columns)
    found = {name: np.array(values, dtype=np.uint64) for name, values in
             (("exact", columns.exact), ("masked", columns.masked))}  # fmt: skip
    made = {f"duplicates.{name}": measured(f"duplicates.{name}", repeated(values), n) for name, values in found.items()}
    cap, sizes = cluster_cap(n), cluster_sizes(columns)
    over = [(row, size) for row, size in sizes if size > cap]
    made["duplicates.over_cap"] = measured(
        "duplicates.over_cap", sum(size - cap for _, size in over) / max(1, n), n, cap=cap, clusters=len(sizes),
        largest=max((size for _, size in sizes), default=0),
        listed=[{"id": f"{columns.ids[row]:016x}", "size": size, "task": columns.named["task"][row]}
                for row, size in over[:_LISTED]],
    )  # fmt: skip
    return made


def repeated(marks: Ints | np.ndarray[Any, Any]) -> float:
    """1 - distinct/total."""
    return 1 - len(np.unique(marks)) / len(marks) if len(marks) else 0.0


def cluster_sizes(columns: Columns) -> list[tuple[int, int]]:
    """Clusters of two examples and more, largest first: the example with the smallest id, and how many they are."""
    if not len(columns):
        return []
    ids = np.array(columns.ids, dtype=np.uint64)
    order = np.argsort(ids, kind="stable")
    _, first, inverse = np.unique(
        np.array(columns.masked, dtype=np.uint64)[order], return_index=True, return_inverse=True
    )
    by_id = np.argsort(first, kind="stable")
    rank = np.empty_like(by_id)
    rank[by_id] = np.arange(len(by_id))
    distinct = order[first[by_id]]
    leaders = clusters(columns.forms()[distinct])[rank[inverse]]
    heads, counts = np.unique(leaders, return_counts=True)
    sizes = [(int(distinct[head]), int(count)) for head, count in zip(heads, counts, strict=True) if count > 1]
    return sorted(sizes, key=lambda one: (-one[1], ids[one[0]]))
