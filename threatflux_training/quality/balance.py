"""How evenly the examples are spread, and how long they are."""

from collections.abc import Sequence
from math import log
from typing import Any

import numpy as np

from threatflux_training.quality.bars import measured
from threatflux_training.quality.columns import Columns
from threatflux_training.quality.forms import cluster_sizes

_LENGTHS = (500, 2_000, 10_000)
"""Borders of the chat lengths, in tokens."""
_QUANTILES = (0, 5, 25, 50, 75, 95, 100)


def balance(columns: Columns) -> dict[str, dict[str, Any]]:
    """Of each dimension the share of the largest value, and evenness: 1 where all values are equally frequent."""
    made: dict[str, dict[str, Any]] = {}
    n = len(columns)
    for name in ("task", "style", "persona", "file_type", "file"):
        column = columns.named[name]
        counts = np.bincount(column.codes(), minlength=len(column.texts))
        largest = column.texts[int(counts.argmax())] if n else ""
        made[f"balance.{name}"] = _spread(f"balance.{name}", counts.tolist(), n, largest)
    bins = np.bincount(np.searchsorted(_LENGTHS, np.array(columns.chat_tokens), "right"), minlength=len(_LENGTHS) + 1)
    largest = f"from {(0, *_LENGTHS)[int(bins.argmax())]:,} tokens" if n else ""
    made["balance.length"] = _spread("balance.length", bins.tolist(), n, largest)
    clusters = cluster_sizes(columns.forms())
    made["balance.cluster"] = measured("balance.cluster", clusters[0][1] / n if clusters else 0, n)
    return made


def _spread(name: str, counts: Sequence[int], n: int, largest: str) -> dict[str, Any]:
    shares = [count / n for count in counts if count]
    even = -sum(share * log(share) for share in shares) / log(len(shares)) if len(shares) > 1 else 1.0
    return measured(name, max(shares, default=0), n, largest=largest, values=len(shares), evenness=round(even, 4))


def lengths(columns: Columns) -> dict[str, dict[str, Any]]:
    """Tokens of answers (all turns of a chat together) and of chats."""
    n = len(columns)
    answer, chat = np.array(columns.tokens), np.array(columns.chat_tokens)
    return {
        "lengths.answer_median": measured(
            "lengths.answer_median", float(np.median(answer)) if n else 0, n, quantiles=_quantiles(answer)
        ),
        "lengths.answer_over_500": measured("lengths.answer_over_500", float((answer > 500).mean()) if n else 0, n),
        "lengths.answer_over_1500": measured("lengths.answer_over_1500", float((answer > 1500).mean()) if n else 0, n),
        "lengths.chat_median": measured(
            "lengths.chat_median", float(np.median(chat)) if n else 0, n, quantiles=_quantiles(chat)
        ),
    }


def _quantiles(tokens: np.ndarray[Any, Any]) -> dict[str, int]:
    if not len(tokens):
        return {}
    return {f"{q} %": int(np.percentile(tokens, q, method="lower")) for q in _QUANTILES}
