"""Duplicates over joined assistant sides: exact, masked, near."""

from typing import Any

import numpy as np

from threatflux_training.quality.bars import cluster_cap, measured
from threatflux_training.quality.columns import Columns
from threatflux_training.quality.forms import cluster_sizes
from threatflux_training.quality.hashes import Ints

_LISTED = 20
"""Clusters that are named."""


def duplicates(columns: Columns) -> dict[str, dict[str, Any]]:
    """Exact and masked duplicates as shares; near ones as examples above the cap of their cluster."""
    n = len(columns)
    found = {name: np.array(values, dtype=np.uint64) for name, values in
             (("exact", columns.exact), ("masked", columns.masked))}  # fmt: skip
    made = {f"duplicates.{name}": measured(f"duplicates.{name}", repeated(values), n) for name, values in found.items()}
    cap, sizes = cluster_cap(n), cluster_sizes(columns.forms())
    over = [(row, size) for row, size in sizes if size > cap]
    made["duplicates.over_cap"] = measured(
        "duplicates.over_cap", sum(size - cap for _, size in over) / max(1, n), n, cap=cap, clusters=len(sizes),
        largest=max((size for _, size in sizes), default=0),
        listed=[{"id": f"{columns.ids.values()[row]:016x}", "size": size, "task": columns.named["task"][row]}
                for row, size in over[:_LISTED]],
    )  # fmt: skip
    return made


def repeated(marks: Ints | np.ndarray[Any, Any]) -> float:
    """1 - distinct/total."""
    return 1 - len(np.unique(marks)) / len(marks) if len(marks) else 0.0
