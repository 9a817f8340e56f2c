"""What many answers have in common: sentences, openings, question forms."""

from collections import Counter
from typing import Any

import numpy as np

from threatflux_training.quality.bars import measured
from threatflux_training.quality.columns import Columns

_SHARE, _ANSWERS, _FILES = 0.01, 20, 5
"""A sentence is boilerplate in at least this share of the answers, at least that many, of at least that many files."""
_LISTED = 20


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
    n = len(columns)
    marks, inverse = np.unique(columns.sentences.values(), return_inverse=True)
    rows = columns.sentences.rows()
    answers = np.bincount(np.unique(np.stack([inverse, rows]), axis=1)[0], minlength=len(marks))
    files = columns.named["file"].codes()[rows]
    in_files = np.bincount(np.unique(np.stack([inverse, files]), axis=1)[0], minlength=len(marks))
    shared = (answers >= max(_SHARE * n, _ANSWERS)) & (in_files >= _FILES)
    words = np.array(columns.sentence_words, dtype=np.int64)
    total, common = int(words.sum()), int(words[shared[inverse]].sum())
    order = sorted(np.flatnonzero(shared).tolist(), key=lambda one: (-answers[one], marks[one]))
    listed = [{"text": columns.shown(int(marks[one])), "answers": int(answers[one])} for one in order[:_LISTED]]
    return measured("boilerplate.share", common / total if total else 0, n, sentences=len(order), listed=listed)
