"""What lies in staging is found again by where it lies."""

from pathlib import Path

import msgspec

from threatflux_training.dataset.records import Span
from threatflux_training.dataset.segments import SegmentWriter
from threatflux_training.dataset.storage import LocalStorage
from transforms.references import Places, gathered, leave, pieces, take


def test_pieces_of_several_segments_come_back_whole(tmp_path: Path) -> None:
    storage = LocalStorage()
    spans: list[Span] = []
    for number in range(2):
        writer = SegmentWriter(storage, str(tmp_path))
        for word in (b"first", b"", b"third"):
            writer.add(bytes([number]) * 16, b"head", word * (number + 1))
        spans += writer.flush()
    records = list(gathered(spans))
    assert len(records) == 2
    found = [piece for record in records for piece in pieces(storage, record)]
    assert found == [b"first", b"", b"third", b"firstfirst", b"", b"thirdthird"]


def test_a_reference_is_small_however_large_its_piece_is(tmp_path: Path) -> None:
    writer = SegmentWriter(LocalStorage(), str(tmp_path))
    for number in range(100):
        writer.add(number.to_bytes(16, "big"), b"", b"x" * 10_000)
    (record,) = gathered(writer.flush())
    assert len(record) < 100 * 12 + len(str(tmp_path)) + 100
    assert len(msgspec.msgpack.decode(record, type=Places).pieces) == 100


def test_a_repeated_bundle_leaves_a_record_of_its_own(tmp_path: Path) -> None:
    storage = LocalStorage()
    one, other = (leave(storage, str(tmp_path), "written", Span("a", number, 1)) for number in (1, 2))
    assert one != other
    assert [take(storage, path, Span).offset for path in (one, other)] == [1, 2]
