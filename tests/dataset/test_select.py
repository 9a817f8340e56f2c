"""Clusters of near duplicates are cut to the cap: pairs whole, the same in any order, and so that the measure agrees."""

import random
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from tests.quality.rows import measure, row, sentence
from threatflux_training.dataset.records import Selection, Span, StagedFile
from threatflux_training.dataset.segments import pack
from threatflux_training.dataset.select import select
from threatflux_training.quality.marks import RowMarks, read_marks
from threatflux_training.records import Example

LONG = sentence("long", 60)


def near(number: int, key: str = "", **metadata: Any) -> Example:
    return row(number, f"{key and sentence(key, 60) or LONG} {sentence(str(number), 3)}", **metadata)[1]


def other(number: int, **metadata: Any) -> Example:
    return row(number, **metadata)[1]


Staged = tuple[StagedFile, bytes]


def staged(key: str, examples: list[Example], split: str = "train") -> Staged:
    head, payload = pack(examples, text_key=key, key=key, group=key, dropped={})
    return StagedFile(head, Span(key, 0, len(payload)), split, "elf"), payload


def selected(files: list[Staged]) -> Selection:
    payloads = {file.payload.segment: payload for file, payload in files}

    def marks(file: StagedFile) -> Iterator[RowMarks]:
        for block in file.packed.blocks:
            place = block.offset + block.length
            yield from read_marks(payloads[file.payload.segment][place : place + block.marks])

    return select([file for file, _ in files], marks, num_shards=1, suffix=".jsonl")


def left(files: dict[str, list[Example]], selection: Selection) -> list[Example]:
    """The rows that are not left out, file by file."""
    gone = {block.place.segment: {*block.dropped} for shard in selection.shards for block in shard.blocks}
    return [
        one
        for key, rows in files.items()
        for number, one in enumerate(rows)
        if number not in gone.get(key, {*range(99)})
    ]


@pytest.fixture
def files() -> dict[str, list[Example]]:
    """Twelve files with a near duplicate of one another each, and two with one of others."""
    made = {f"f{n:02}": [near(100 + n), *(other(1000 + 10 * n + m) for m in range(5))] for n in range(12)}
    return made | {f"g{n}": [near(200 + n, "second"), other(2000 + n)] for n in range(2)}


def test_a_cluster_is_cut_to_the_cap(files: dict[str, list[Example]]) -> None:
    selection = selected([staged(key, rows) for key, rows in files.items()])
    ids = sorted(files[f"f{n:02}"][0].metadata.id for n in range(12))
    kept = left(files, selection)
    assert selection.dropped == {"near_duplicate": 9}
    assert selection.capped == ((ids[0][:16], 12),)
    assert sorted(one.metadata.id for one in kept if one.metadata.id in ids) == ids[:3]
    assert len(kept) == sum(map(len, files.values())) - 9
    assert measure([("train", one) for one in kept], "duplicates.over_cap")["value"] == 0


def test_any_order_gives_the_same(files: dict[str, list[Example]]) -> None:
    parts = [staged(key, rows) for key, rows in files.items()]
    first = selected(parts)
    for seed in range(3):
        random.Random(seed).shuffle(parts)
        assert selected(parts) == first


def test_nothing_is_left_out_below_the_cap(files: dict[str, list[Example]]) -> None:
    few = {key: rows for key, rows in files.items() if key in ("f00", "f01", "f02", "g0", "g1")}
    selection = selected([staged(key, rows) for key, rows in few.items()])
    assert selection.dropped == {} and selection.capped == ()


def test_a_pair_goes_whole() -> None:
    files = {
        f"p{n}": [near(300 + n, pair_id=f"{n}"), other(3000 + n, pair_id=f"{n}", answerable=False), other(4000 + n)]
        for n in range(8)
    }
    selection = selected([staged(key, rows) for key, rows in files.items()])
    kept = left(files, selection)
    assert selection.dropped == {"near_duplicate": 10}
    assert len(kept) == 14
    pairs = [one.metadata.pair_id for one in kept if one.metadata.pair_id]
    assert sorted(pairs) == sorted([*set(pairs), *set(pairs)])


def test_rows_left_out_as_the_same_do_not_count(files: dict[str, list[Example]]) -> None:
    same = files["f00"][0]
    files = {
        "a": [same],
        **{f"b{n}": [msgspec.structs.replace(same)] for n in range(5)},
        "c": [near(101)],
        "d": [near(102)],
    }
    selection = selected([staged(key, rows) for key, rows in files.items()])
    assert selection.dropped == {"duplicate_answer": 5} and selection.capped == ()


def test_pairs_beyond_the_first_block() -> None:
    rows = [
        one
        for n in range(40)
        for one in (other(5000 + n, pair_id=f"{n}"), other(6000 + n, pair_id=f"{n}", answerable=False))
    ]
    last = rows[78]
    selection = selected([staged("a", [last]), staged("b", rows)])
    assert selection.dropped == {"duplicate_answer": 2}
    assert [block.dropped for shard in selection.shards for block in shard.blocks if block.dropped] == [(14, 15)]


def leaving(split: str, selection: Selection) -> list[tuple[int, ...]]:
    return [block.dropped for shard in selection.shards if shard.split == split for block in shard.blocks]


def test_what_stands_in_another_split_is_left_out_of_training() -> None:
    shown, said = sentence("shown", 50), sentence("said", 60)
    files = {
        "test": [row(1, f"{said} One more.", excerpt=shown)[1], other(11)],
        "train": [
            other(21, pair_id="p"),
            row(22, f"{said} Once more.", excerpt=shown, pair_id="p", answerable=False)[1],
            other(23),
        ],
        "validation": [row(31, f"{said} And more.", excerpt=shown)[1], other(32)],
    }
    selection = selected([staged(key, rows, key) for key, rows in files.items()])
    assert selection.dropped == {"leak": 3}
    assert leaving("train", selection) == [(0, 1)]
    assert leaving("validation", selection) == [(0,)]
    assert leaving("test", selection) == [()]


def test_a_long_answer_in_the_same_form_is_a_leak_and_a_short_one_is_not() -> None:
    long, short = (f"The file holds {{0}} entries. {sentence('form', words)}" for words in (120, 20))
    files = {
        "train": [row(41, long.format(41))[1], row(42, short.format(42))[1], other(43)],
        "test": [row(51, long.format(51))[1], row(52, short.format(52))[1]],
    }
    selection = selected([staged(key, rows, key) for key, rows in files.items()])
    assert selection.dropped == {"leak": 1}
    assert leaving("train", selection) == [(0,)]
