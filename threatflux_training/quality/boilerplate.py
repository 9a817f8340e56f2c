"""What many answers have in common: sentences, openings, question forms."""

from collections import Counter
from typing import Any

import numpy as np

from threatflux_training.quality.bars import measured
from threatflux_training.quality.columns import Columns
from threatflux_training.quality.hashes import Ints

_SHARE, _ANSWERS, _FILES = 0.01, 20, 5
"""A sentence is boilerplate in at least this share of the answers, at least that many, of at least that many files."""
_LISTED = 20
_AT_ONCE = 1 << 16
"""Sentences that are compared at a time: all equal ones are among them."""


def boilerplate(columns: Columns) -> dict[str, dict[str, Any]]:
    """Share of answer words in shared sentences; the most frequent opening and question form."""
    n = len(columns)
    marks, opening_counts = np.unique(np.array(columns.openings, dtype=np.uint64), return_counts=True)
    openings = sorted(zip(opening_counts.tolist(), marks.tolist(), strict=True), reverse=True)[:10]
    forms = Counter(columns.named["question"].codes().tolist()).most_common()
    texts = columns.named["question"].texts
    return {
        "boilerplate.share": _share(columns),
        "boilerplate.opening": measured(
            "boilerplate.opening", openings[0][0] / n if n else 0, n,
            listed=[{"text": columns.shown(mark), "share": round(count / n, 4)} for count, mark in openings],
        ),
        "boilerplate.question_form": measured(
            "boilerplate.question_form", forms[0][1] / n if n else 0, n, in_use=len(forms),
            listed=[{"form": texts[code], "share": round(count / n, 4)} for code, count in forms[:10]],
        ),
    }  # fmt: skip


def _share(columns: Columns) -> dict[str, Any]:
    n, values, total, common = len(columns), columns.sentences.values(), 0, 0
    words, files = columns.sentence_words.values(), columns.named["file"].codes()
    found: list[tuple[int, int]] = []
    for part in range(parts := 1 + len(values) // _AT_ONCE):
        places = np.flatnonzero(values % np.uint64(parts) == part) if parts > 1 else np.arange(len(values))
        rows = columns.sentences.rows_at(places)
        marks, inverse = np.unique(values[places], return_inverse=True)
        answers, in_files = _distinct(inverse, rows), _distinct(inverse, files[rows])
        shared = (answers >= max(_SHARE * n, _ANSWERS)) & (in_files >= _FILES)
        total += int(words[places].sum())
        common += int(words[places[shared[inverse]]].sum())
        found += [(int(answers[one]), int(marks[one])) for one in np.flatnonzero(shared)]
    found.sort(key=lambda one: (-one[0], one[1]))
    listed = [{"text": columns.shown(mark), "answers": count} for count, mark in found[:_LISTED]]
    return measured("boilerplate.share", common / total if total else 0, n, sentences=len(found), listed=listed)


def _distinct(keys: Ints, values: Ints) -> Ints:
    """For each key (0, 1, …) how many values it has."""
    pairs = keys.astype(np.uint64) << np.uint64(32) | values.astype(np.uint64)
    pairs.sort()
    new = np.diff(pairs, prepend=~pairs[:1]) != 0
    return np.bincount((pairs[new] >> np.uint64(32)).astype(np.int64))
