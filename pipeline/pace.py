"""How much of a run is done and how long the rest will take, from its counts."""

from collections.abc import Mapping

from pipeline.counts import STAGES, Counts

COSTS: dict[str, dict[str, float]] = {
    "index": {"bytes": 5e-9},
    "expand": {"files": 0.1, "bytes": 2e-8},
    "write": {"rows": 6e-4},
}
"""Seconds of one core that a stage takes for what it counts, measured on mixed reports: what matters is how they compare."""
_ROWS = 25
"""Rows of a file, until it is known which are written."""
_SOON = 1.0
"""Seconds of work that must be seen before its speed is known."""


def share_of(stage: str, done: Counts, totals: Counts) -> float:
    """The share of a stage that is done, 0 to 1."""
    total = _work(stage, totals.get(stage, {}))
    return min(1.0, _work(stage, done.get(stage, {})) / total) if total else 0.0


def finished(done: Counts, totals: Counts) -> tuple[float, float]:
    """Work done and work in all, in seconds of one core; what is not known yet is taken from what is."""
    expand = totals.get("expand") or totals.get("index", {})
    all_of = {**totals, "expand": expand}
    all_of["write"] = totals.get("write") or {"rows": expand.get("files", 0) * _ROWS}
    work = {stage: _work(stage, all_of.get(stage, {})) for stage in STAGES}
    return sum(work[stage] * share_of(stage, done, all_of) for stage in STAGES), sum(work.values())


def _work(stage: str, counts: Mapping[str, int]) -> float:
    return sum(cost * counts.get(what, 0) for what, cost in COSTS[stage].items())


class Pace:
    """The speed of a run since its work began: starting processes tells nothing about it, nor do files taken from staging."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._before = 0.0

    def left(self, elapsed: float, done: Counts, totals: Counts) -> float | None:
        """Seconds to the end, `elapsed` seconds after the start; None while nobody can know."""
        work, total = finished(done, totals)
        files = done.get("expand", {}).get("files", 0)
        kept = done.get("expand", {}).get("kept", 0) / files if files else 0.0
        fresh = work - kept * _work("expand", done.get("expand", {}))
        if not fresh:
            return None
        if self._since is None:
            self._since, self._before = elapsed, fresh
        took, made = elapsed - self._since, fresh - self._before
        return (total - work) * took / made if took >= _SOON and made > 0 else None
