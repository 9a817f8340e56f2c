"""How good an example is, as a figure. What is kept is decided elsewhere."""

from collections.abc import Sequence

from threatflux_training.records import Trace

_DENSE = 0.06
"""Traced values per answer token from which an answer counts as fully specific."""


def quality_score(answer: str, traces: Sequence[Trace], tokens: int) -> float:
    """0 to 1: the share of the answer that is specific to its file, and whether it has more than one kind of support.

    `tokens` counts the answer (or its beginning).
    """
    values = {trace.value for trace in traces if trace.op not in ("knowledge", "asked")}
    density = min(1.0, len(values) / max(1, tokens) / _DENSE)
    kinds = min(1.0, len({trace.op for trace in traces}) / 3)
    return round(0.4 + 0.4 * density + 0.2 * kinds, 3)
