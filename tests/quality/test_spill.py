"""Columns on disk hold what was added, as those in memory do."""

from pathlib import Path

import numpy as np
import pytest

from threatflux_training.quality import spill
from threatflux_training.quality.columns import Ragged
from threatflux_training.quality.spill import Numbers


def test_what_was_added_comes_back_from_memory_and_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spill, "_HELD", 5)
    for amount in (0, 3, 5, 23):
        numbers = Numbers("q", str(tmp_path))
        for value in range(amount):
            numbers.append(value * 7)
        assert len(numbers) == amount
        assert numbers.values().tolist() == [value * 7 for value in range(amount)]
        numbers.extend([1, 2, 3])
        assert numbers.values().tolist()[amount:] == [1, 2, 3]
        assert isinstance(numbers.values(), np.memmap) == (amount + 3 >= 5)
    assert not list(tmp_path.iterdir())


def test_bytes_are_added_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spill, "_HELD", 4)
    numbers = Numbers("B", str(tmp_path))
    numbers.extend(b"abc")
    numbers.extend(b"defgh")
    assert bytes(numbers.values()) == b"abcdefgh"


def test_the_hashes_of_chosen_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spill, "_HELD", 3)
    ragged = Ragged(None)
    lists = [[5, 6], [], [7], [8, 9, 10], []]
    for one in lists:
        ragged.add(one)
    rows, values = ragged.of(np.array([True, True, False, True, True]))
    assert list(zip(rows.tolist(), values.tolist(), strict=True)) == [(0, 5), (0, 6), (2, 8), (2, 9), (2, 10)]
    assert ragged.rows_at(np.arange(6)).tolist() == [0, 0, 2, 3, 3, 3]
    assert ragged.of(np.zeros(5, dtype=bool))[1].tolist() == []
