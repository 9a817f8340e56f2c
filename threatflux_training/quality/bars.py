"""The bars of a dataset's measures, in one table. From 2,000 examples on they bind; below, they inform."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

MIN_EXAMPLES = 2_000
"""Examples from which a missed bar counts."""
CLUSTER_CAP = (3, 0.001)
"""Examples of a near-duplicate cluster: this many, or this share of all examples if that is more."""


class Bar(NamedTuple):
    """A value that is good up to the limit ("most") or from it on ("least")."""

    kind: Literal["most", "least"]
    limit: float


BARS: Mapping[str, Bar] = {
    "traced.unproven": Bar("most", 0.0),
    "duplicates.exact": Bar("most", 0.0),
    "duplicates.masked": Bar("most", 0.10),
    "duplicates.over_cap": Bar("most", 0.0),
    "boilerplate.share": Bar("most", 0.20),
    "boilerplate.opening": Bar("most", 0.03),
    "boilerplate.question_form": Bar("most", 0.02),
    "lengths.answer_median": Bar("least", 120),
    "lengths.answer_over_500": Bar("least", 0.15),
    "lengths.answer_over_1500": Bar("least", 0.03),
    "shortcuts.question": Bar("most", 0.60),
    "shortcuts.question_in_pairs": Bar("most", 0.60),
    "shortcuts.shape": Bar("most", 0.65),
    "shortcuts.shape_in_pairs": Bar("most", 0.60),
    "shortcuts.words_in_pairs": Bar("most", 0),
    "leakage.groups": Bar("most", 0),
    "leakage.exact": Bar("most", 0),
    "leakage.near": Bar("most", 0),
    "leakage.masked": Bar("most", 0),
    "leakage.missing_families": Bar("most", 0),
    "balance.task": Bar("most", 0.10),
    "balance.persona": Bar("most", 0.10),
    "balance.file": Bar("most", 0.02),
}


def cluster_cap(examples: int) -> int:
    """How many near duplicates of one another a dataset of that size may hold."""
    least, part = CLUSTER_CAP
    return max(least, int(part * examples))


def measured(name: str, value: float, n: int, **more: Any) -> dict[str, Any]:
    """A measure as stats.json shows it: `ok` is None where there is no bar, or nothing was measured."""
    bar = BARS.get(name)
    shown = round(float(value), 4)
    ok = None
    if bar is not None and n:
        ok = shown <= bar.limit if bar.kind == "most" else shown >= bar.limit
    return {"value": shown, "bar": None if bar is None else [bar.kind, bar.limit], "n": n, "ok": ok, **more}


def missed(quality: Mapping[str, Any]) -> list[str]:
    """The measures whose bar binds and is missed."""
    if quality["examples"] < MIN_EXAMPLES:
        return []
    return [name for name, one in quality["measures"].items() if one["ok"] is False]
