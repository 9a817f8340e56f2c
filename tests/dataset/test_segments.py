"""Staged records: found again by key, whole or not at all."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threatflux_training.dataset.segments import SegmentWriter, Staged
from threatflux_training.dataset.storage import LocalStorage, read

STORAGE = LocalStorage()
KEY = bytes(16)


def _key(number: int) -> bytes:
    return number.to_bytes(16, "big")


def test_records_are_found_by_key(tmp_path: Path) -> None:
    writer = SegmentWriter(STORAGE, str(tmp_path))
    for number in range(5):
        writer.add(_key(number), b"head %d" % number, b"payload %d" % number)
    places = writer.flush()
    staged = Staged(STORAGE, str(tmp_path))
    assert len(staged) == 5
    for number, place in enumerate(places):
        found = staged.get(_key(number))
        assert found == (b"head %d" % number, place)
        assert read(STORAGE, place.segment, place.offset, place.length) == b"payload %d" % number
    assert staged.get(_key(9)) is None


def test_what_was_not_flushed_is_not_staged(tmp_path: Path) -> None:
    writer = SegmentWriter(STORAGE, str(tmp_path))
    writer.add(KEY, b"head")
    assert len(Staged(STORAGE, str(tmp_path))) == 0
    writer.flush()
    assert writer.flush() == []
    assert len(Staged(STORAGE, str(tmp_path))) == 1


@given(cut=st.integers(0, 400), flip=st.integers(0, 399))
def test_a_broken_end_costs_only_itself(tmp_path_factory: pytest.TempPathFactory, cut: int, flip: int) -> None:
    folder = tmp_path_factory.mktemp("cut")
    writer = SegmentWriter(STORAGE, str(folder))
    for number in range(4):
        writer.add(_key(number), b"h" * 20, b"p" * 30)
    (segment,) = {place.segment for place in writer.flush()}
    size = Path(segment).stat().st_size // 4
    data = bytearray(Path(segment).read_bytes())
    whole = min(cut, len(data)) // size
    damaged = data[:cut]
    if flip < len(damaged):
        damaged[flip] ^= 1
        whole = min(whole, flip // size)
    Path(segment).write_bytes(damaged)
    staged = Staged(STORAGE, str(folder))
    assert [number for number in range(4) if staged.get(_key(number))] == list(range(whole))


def test_the_first_of_two_records_counts(tmp_path: Path) -> None:
    writer = SegmentWriter(STORAGE, str(tmp_path))
    writer.add(KEY, b"first")
    writer.add(KEY, b"second")
    writer.flush()
    found = Staged(STORAGE, str(tmp_path)).get(KEY)
    assert found is not None and found[0] == b"first"
