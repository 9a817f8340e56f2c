"""Counters of a job by stage, from whatever runner: they are known by namespace and name, never by step."""

from collections.abc import Iterable

PLAN = "plan-"
"""In front of a stage in the namespace of counters that say how much it has to do."""
STAGES = ("index", "expand", "write")

Counts = dict[str, dict[str, int]]


def by_stage(counters: Iterable[tuple[str, str, int]]) -> tuple[Counts, Counts]:
    """What is done and what there is to do, from namespace, name and value of each counter; others are passed over."""
    done: Counts = {}
    totals: Counts = {}
    for space, name, value in counters:
        target, stage = (totals, space.removeprefix(PLAN)) if space.startswith(PLAN) else (done, space)
        if stage in STAGES:
            counts = target.setdefault(stage, {})
            counts[name] = counts.get(name, 0) + value
    return done, totals


def most(one: Counts, other: Counts) -> Counts:
    """The larger of two values of each count: two views of the same work, either of which may come late."""
    return {
        stage: {
            name: max(one.get(stage, {}).get(name, 0), other.get(stage, {}).get(name, 0))
            for name in one.get(stage, {}).keys() | other.get(stage, {}).keys()
        }
        for stage in one.keys() | other.keys()
    }
