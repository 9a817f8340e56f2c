"""Planted duplicates of each kind are found; without them there are none."""

import pytest

from tests.quality.rows import measure, row, sentence

CLEAN = [row(number) for number in range(60)]


@pytest.mark.parametrize("name", ["duplicates.exact", "duplicates.masked", "duplicates.over_cap"])
def test_none(name: str) -> None:
    assert measure(CLEAN, name)["value"] == 0


def test_exact() -> None:
    rows = [row(number, "Same answer." if number < 10 else "") for number in range(60)]
    assert measure(rows, "duplicates.exact")["value"] == pytest.approx(9 / 60, abs=1e-4)


def test_masked() -> None:
    rows = [row(number, f"It has {number + 100} bytes in `f{number}`." if number < 10 else "") for number in range(60)]
    assert measure(rows, "duplicates.exact")["value"] == 0
    assert measure(rows, "duplicates.masked")["value"] == pytest.approx(9 / 60, abs=1e-4)


def test_near() -> None:
    long = sentence("long", 60)
    rows = [row(number, f"{long} {sentence(str(number), 3)}" if number < 10 else "") for number in range(60)]
    found = measure(rows, "duplicates.over_cap")
    assert measure(rows, "duplicates.masked")["value"] == 0
    assert (found["largest"], found["clusters"], found["cap"]) == (10, 1, 3)
    assert found["value"] == pytest.approx(7 / 60, abs=1e-4)
    ids = {one.metadata.id[:16] for _, one in rows[:10]}
    assert found["listed"][0]["id"] == min(ids)


def test_half_the_same_is_not_near() -> None:
    half = sentence("half", 30)
    rows = [row(number, f"{half} {sentence(str(number), 30)}" if number < 10 else "") for number in range(60)]
    assert measure(rows, "duplicates.over_cap")["largest"] == 0


def test_the_order_of_rows_does_not_matter() -> None:
    rows = [row(number, f"It has {number + 50} parts." if number < 10 else "") for number in range(60)]
    assert measure(rows, "duplicates.over_cap") == measure(rows[::-1], "duplicates.over_cap")
