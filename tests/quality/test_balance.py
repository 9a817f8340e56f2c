"""A value, a file, a length that prevails is found; evenness is 1 where nothing does."""

from typing import Any

import pytest

from tests.quality.rows import measure, row, sentence
from threatflux_training.quality.bars import MIN_EXAMPLES, cluster_cap, missed
from threatflux_training.quality.marks import marks_of
from threatflux_training.quality.measure import measure_rows


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("task", {"task": "hex.header"}), ("style", {"style": "recall"}), ("persona", {"expertise": "beginner"}),
        ("file_type", {"file_name": "/x/a.json"}), ("file", {"source_sha256": "f" * 64}), ("length", {"tokens": 20_000}),
    ],
)  # fmt: skip
def test_largest(name: str, change: dict[str, Any]) -> None:
    rows = [row(n, **(change if n < 75 else {})) for n in range(100)]
    found = measure(rows, f"balance.{name}")
    assert found["value"] == 0.75
    assert found["largest"] in (*change.values(), "json", "from 10,000 tokens")
    assert found["evenness"] < 0.9


def test_even() -> None:
    rows = [row(n, task=f"strings.{n % 10}") for n in range(100)]
    assert measure(rows, "balance.task") | {"largest": ""} == {
        "value": 0.1, "bar": ["most", 0.1], "n": 100, "ok": True, "largest": "", "values": 10, "evenness": 1.0,
    }  # fmt: skip


def test_lengths() -> None:
    rows = [row(n, sentence(str(n), 3000 if n < 4 else 700 if n < 20 else 20)) for n in range(100)]
    assert measure(rows, "lengths.answer_over_500")["value"] == 0.2
    assert measure(rows, "lengths.answer_over_1500")["value"] == 0.04
    assert 20 < measure(rows, "lengths.answer_median")["value"] < 60
    assert not measure(rows, "lengths.answer_median")["ok"]


def test_bars_bind_from_a_number_of_examples_on() -> None:
    few = measure_rows((split, marks_of(one)) for split, one in [row(n, "Same.") for n in range(10)])
    assert (few["binding"], few["missed"]) == (False, [])
    assert few["measures"]["duplicates.exact"]["ok"] is False
    assert "duplicates.exact" in missed(few | {"examples": MIN_EXAMPLES})
    assert (cluster_cap(100), cluster_cap(10_000)) == (3, 10)


def test_nothing_is_measured_of_nothing() -> None:
    assert {one["ok"] for one in measure_rows([])["measures"].values()} == {None}
