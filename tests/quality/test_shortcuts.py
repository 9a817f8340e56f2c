"""A word, and a shape, that gives the answer away is found; without one nothing is."""

from typing import Any

import numpy as np
import pytest

from tests.quality.rows import WORDS, measure, row, sentence
from threatflux_training.check.classifier import auc
from threatflux_training.quality.logistic import clustered_auc, cross_validated, one_hot
from threatflux_training.records import Example


def paired(given_away: str = "", **negative: Any) -> list[tuple[str, Example]]:
    """200 pairs of the same question, 300 others; `given_away` is added to the questions of negatives."""
    rows = []
    for number in range(200):
        question = sentence(f"pair {number}", 8)
        pair: dict[str, Any] = {"pair_id": f"{number}", "group": f"group {number // 2}"}
        rows.append(row(2 * number, question=question, **pair))
        values = {"answerable": False, "negative_kind": "absent_feature", **pair, **negative}
        rows.append(row(2 * number + 1, question=f"{question} {given_away}".strip(), **values))
    return rows + [row(number, question=sentence(f"single {number}", 8)) for number in range(1000, 1300)]


@pytest.mark.parametrize("suffix", ["", "_in_pairs"])
def test_no_shortcut(suffix: str) -> None:
    rows = paired()
    question = measure(rows, f"shortcuts.question{suffix}")
    assert abs(question["auc"] - 0.5) < 0.06
    assert question["auc"] <= question["value"] < 0.62
    assert question["n"] == 200
    assert measure(rows, f"shortcuts.words{suffix}")["value"] == 0
    assert abs(measure(rows, "shortcuts.shape_in_pairs")["auc"] - 0.5) < 0.06


@pytest.mark.parametrize("suffix", ["", "_in_pairs"])
def test_a_word_gives_it_away(suffix: str) -> None:
    rows = paired("perhaps")
    question = measure(rows, f"shortcuts.question{suffix}")
    assert question["auc"] > 0.99
    assert not question["ok"]
    words = measure(rows, f"shortcuts.words{suffix}")
    assert [one["word"] for one in words["listed"]] == ["perhaps"]
    assert (words["listed"][0]["positives"], words["listed"][0]["negatives"]) == (0, 1)


@pytest.mark.parametrize(
    "shape",
    [{"tokens": 900}, {"chunk_count": 4}, {"expertise": "one"}, {"style": "dialogue"}, {"file_name": "/x.json"}],
)
def test_the_shape_gives_it_away(shape: dict[str, Any]) -> None:
    rows = paired(**shape)
    assert measure(rows, "shortcuts.shape_in_pairs")["auc"] > 0.99
    assert measure(rows, "shortcuts.question_in_pairs")["auc"] < 0.6


def test_names_that_only_a_fold_knows_do_not_count() -> None:
    """A word of one group alone cannot be learned from other groups."""
    rows = paired()
    for number, (_, one) in enumerate(rows[:400]):
        word = f"word{number // 4}" if one.metadata.answerable else f"other{number // 4}"
        one.messages[1] = type(one.messages[1])("user", f"{word} {word} {one.messages[1].content}")
    assert measure(rows, "shortcuts.question_in_pairs")["auc"] < 0.6


def test_one_file_tells_nothing() -> None:
    rows = paired("perhaps")
    for _, one in rows:
        one.metadata.group = "one"
    found = measure(rows, "shortcuts.question")
    assert (found["auc"], found["value"]) == (0.5, 1.0)


def test_area_and_interval() -> None:
    scores = np.array([3.0, 2.0, 1.0, 0.0])
    truth = np.array([True, False, True, False])
    area, variance = clustered_auc(scores, truth, np.arange(4))
    assert area == 0.75
    assert variance == pytest.approx(0.125)
    assert clustered_auc(scores, np.array([True, True, False, False]), np.arange(4))[0] == 1.0


def test_the_verifiers_classifier_finds_the_same() -> None:
    wanted = [bool(n % 3) for n in range(900)]
    features = [
        frozenset([WORDS[(n * n) % 26], WORDS[(n // 3) % 26], "x" if n % 3 and n % 5 else "y"]) for n in range(900)
    ]
    names = sorted({one for row_ in features for one in row_})
    columns = one_hot([np.array([name in row_ for row_ in features], dtype=np.int64) for name in names])
    ours = cross_validated(columns, np.array(wanted), np.arange(900))
    assert 0.7 < ours.value < 0.95
    assert auc(features, wanted, list(range(900))) == pytest.approx(ours.value, abs=0.02)
