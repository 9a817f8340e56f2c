"""Whether positives and negatives can be told apart without the evidence: by the question's words, or by the chat's shape."""

from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from threatflux_training.quality.bars import measured
from threatflux_training.quality.columns import Columns
from threatflux_training.quality.hashes import Hashes, Ints, hashed
from threatflux_training.quality.logistic import Auc, Features, cross_validated, one_hot, parts_of

_MIN_ROWS = 10
_VOCABULARY = 4_000
"""Words considered: in at least that many questions; the most frequent ones."""
_BINS = 10
_AT_MOST = 20_000
"""Examples looked at: whole parts, chosen by hash; so many that the interval is narrow."""
_LISTED = 20


def shortcuts(columns: Columns) -> dict[str, dict[str, Any]]:
    """Over all examples and over pairs alone: AUC of the words, AUC of the shape, words of unequal share."""
    truth = np.array(columns.positive, dtype=bool)
    pairs = numbered(np.array(columns.pairs, dtype=np.uint64))
    groups = columns.named["group"]
    marks = np.array([hashed(text) for text in groups.texts], dtype=np.uint64)
    every = ordered(parts_of(groups.codes(), pairs), marks[groups.codes()]) if len(truth) else groups.codes()
    made: dict[str, dict[str, Any]] = {}
    for suffix, among in (("", np.ones(len(truth), dtype=bool)), ("_in_pairs", pairs >= 0)):
        chosen = among & (every <= limit(every[among]))
        parts = np.unique(every[chosen], return_inverse=True)[1]
        words, word_marks = bag(columns, chosen)
        made[f"shortcuts.question{suffix}"] = _shown(
            f"shortcuts.question{suffix}", cross_validated(words, truth[chosen], parts)
        )
        made[f"shortcuts.shape{suffix}"] = _shown(
            f"shortcuts.shape{suffix}", cross_validated(shape(columns, chosen), truth[chosen], parts)
        )
        made[f"shortcuts.words{suffix}"] = _unequal(
            f"shortcuts.words{suffix}", columns, words, word_marks, truth[chosen]
        )
    return made


def limit(parts: Ints) -> int:
    """The last part that is looked at, in the order of their numbers: those with the first so many examples."""
    filled = np.cumsum(np.bincount(parts)) if len(parts) else np.zeros(1)
    return int(np.searchsorted(filled, min(_AT_MOST, filled[-1])))


def _shown(name: str, auc: Auc) -> dict[str, Any]:
    n = min(auc.positives, auc.negatives)
    return measured(
        name, auc.upper, n, auc=round(float(auc.value), 4), positives=auc.positives, negatives=auc.negatives
    )


def numbered(marks: Hashes) -> Ints:
    """Hashes as small numbers, 0 as -1."""
    known, inverse = np.unique(marks, return_inverse=True)
    return inverse.astype(np.int64) - (1 if len(known) and known[0] == 0 else 0)


def ordered(parts: Ints, marks: Hashes) -> Ints:
    """Parts numbered anew in the order of their smallest mark, which depends on no order of rows."""
    known, inverse = np.unique(parts, return_inverse=True)
    least = np.full(len(known), np.iinfo(np.uint64).max, dtype=np.uint64)
    np.minimum.at(least, inverse, marks)
    order = np.argsort(least, kind="stable")
    rank = np.empty(len(known), dtype=np.int64)
    rank[order] = np.arange(len(known))
    return rank[inverse]


def bag(columns: Columns, chosen: NDArray[np.bool_]) -> tuple[Features, Hashes]:
    """The words of each question, and their hashes."""
    rows, values = columns.words.of(chosen)
    marks, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    frequent = np.flatnonzero(counts >= _MIN_ROWS)
    frequent = frequent[np.lexsort((marks[frequent], -counts[frequent]))][:_VOCABULARY]
    place = np.full(len(marks), -1)
    place[frequent] = np.arange(len(frequent))
    column = place[inverse]
    return Features(rows[column >= 0], column[column >= 0], len(frequent)), marks[frequent]


def shape(columns: Columns, chosen: NDArray[np.bool_]) -> Features:
    """Length of the chat (in tenths of the examples), turns, chunks, persona, style, file type."""
    tokens = np.array(columns.chat_tokens)[chosen]
    borders = np.quantile(tokens, np.arange(1, _BINS) / _BINS) if len(tokens) else np.zeros(0)
    numbers = [np.searchsorted(borders, tokens)]
    numbers += [np.minimum(np.array(one, dtype=np.int64)[chosen], 50) for one in (columns.turns, columns.chunks)]
    return one_hot(numbers + [columns.named[name].codes()[chosen] for name in ("persona", "style", "file_type")])


def _unequal(name: str, columns: Columns, words: Features, marks: Hashes, truth: NDArray[np.bool_]) -> dict[str, Any]:
    """Words whose share differs between positives and negatives by more than chance among so many words."""
    m, n = int(truth.sum()), int((~truth).sum())
    if not m or not n or not words.width:
        return measured(name, 0, 0, listed=[])
    inside = np.bincount(words.columns, truth[words.rows], minlength=words.width)
    outside = np.bincount(words.columns, ~truth[words.rows], minlength=words.width)
    pooled = (inside + outside) / (m + n)
    spread = np.sqrt(np.maximum(pooled * (1 - pooled) * (1 / m + 1 / n), 1e-12))
    z = (inside / m - outside / n) / spread
    limit = NormalDist().inv_cdf(1 - 0.05 / (2 * words.width))
    found = sorted(np.flatnonzero(np.abs(z) > limit).tolist(), key=lambda one: (-abs(z[one]), marks[one]))
    listed = [
        {"word": columns.shown(int(marks[one])), "positives": round(float(inside[one]) / m, 4),
         "negatives": round(float(outside[one]) / n, 4)}
        for one in found[:_LISTED]
    ]  # fmt: skip
    return measured(name, len(found), min(m, n), words=words.width, listed=listed)
