"""Writing a shard: blocks streamed from staging, duplicates left out, bytes hashed, rows counted."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

import msgspec
import zstandard

from threatflux_training.dataset.encoders import avro, jsonl, tfrecord
from threatflux_training.dataset.records import Block, ShardInfo, ShardTask, Span, StagedFile
from threatflux_training.dataset.storage import Storage, ahead, join, read, reads, whole
from threatflux_training.quality.marks import RowMarks, read_marks
from threatflux_training.records import Example
from threatflux_training.secrets import PLACEHOLDER
from threatflux_training.text import ESCAPE

ENCODERS = {"jsonl": jsonl, "tfrecord": tfrecord, "avro": avro}
_BINS = (500, 2_000, 10_000)
_TOLD = 256
_ROW = msgspec.json.Decoder(Example)


class _Hashed:
    """A file that hashes and counts what is written to it."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self.digest = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        self.size += len(data)
        return self._out.write(data)

    def flush(self) -> None:
        self._out.flush()

    def seekable(self) -> bool:
        return False


class _Tally:
    """What the rows of a shard add up to."""

    def __init__(self) -> None:
        self.digests: list[bytes] = []
        self.counts: dict[str, Counter[str]] = {}
        self.tokens = 0

    def see(self, example: Example) -> None:
        self.digests.append(hashlib.sha256(msgspec.json.encode(example, order="sorted")).digest())
        metadata = example.metadata
        self.tokens += metadata.tokens
        kinds = {
            "style": metadata.style, "task": metadata.task, "persona": metadata.expertise,
            "answerable": str(metadata.answerable).lower(), "negative_kind": metadata.negative_kind or "none",
            "length": _bin(metadata.tokens), "question": metadata.question,
        }  # fmt: skip
        for what, value in kinds.items():
            self.counts.setdefault(what, Counter())[value] += 1
        if escaped := sum(message.content.count(ESCAPE) for message in example.messages):
            self.counts.setdefault("neutralised", Counter()).update(characters=escaped, examples=1)
        if masked := sum(len(PLACEHOLDER.findall(message.content)) for message in example.messages):
            self.counts.setdefault("secrets", Counter()).update(secrets=masked, examples=1)


def _bin(tokens: int) -> str:
    low = 0
    for high in _BINS:
        if tokens < high:
            return f"{low}-{high}"
        low = high
    return f"{low}-"


def block_rows(task: ShardTask, storage: Storage) -> Iterator[bytes]:
    """The rows of a shard in order, with the group filled in."""
    decompressor = zstandard.ZstdDecompressor()
    for block in task.blocks:
        frame = read(storage, block.place.segment, block.place.offset, block.place.length)
        for number, row in enumerate(decompressor.decompress(frame).splitlines()):
            if number not in block.dropped:
                yield row


def selected_marks(shards: Iterable[ShardTask], storage: Storage) -> Iterator[tuple[str, RowMarks]]:
    """The marks of every row of the dataset with its split, shard after shard."""
    blocks = [(shard.split, block) for shard in shards for block in shard.blocks]
    at_once = reads(blocks[0][1].marks.segment) if blocks else 1
    found = ahead(lambda one: marks_at(one[1].marks, storage), blocks, at_once)
    for (split, block), marks in zip(blocks, found, strict=True):
        for number, row in enumerate(marks):
            if number not in block.dropped:
                yield split, row


def staged_marks(file: StagedFile, storage: Storage) -> list[RowMarks]:
    """The marks of all rows of a file."""
    return [row for block in file.packed.blocks for row in marks_at(marks_span(file, block), storage)]


def marks_span(file: StagedFile, block: Block) -> Span:
    """Where the marks of a block lie."""
    return Span(file.payload.segment, file.payload.offset + block.offset + block.length, block.marks)


def marks_at(place: Span, storage: Storage) -> tuple[RowMarks, ...]:
    """The marks of a block."""
    return read_marks(read(storage, place.segment, place.offset, place.length))


def write_shard(
    task: ShardTask, *, folder: str, output_format: str, compression: str, storage: Storage,
    seen: Callable[[int], object] = lambda rows: None,
) -> ShardInfo:  # fmt: skip
    """Write a shard under its final name; it is complete or not there. `seen` is told of rows as they are written."""
    tally = _Tally()
    final = join(folder, task.path)

    def counted() -> Iterable[bytes]:
        for row in block_rows(task, storage):
            tally.see(_ROW.decode(row))
            if not len(tally.digests) % _TOLD:
                seen(_TOLD)
            yield row
        seen(len(tally.digests) % _TOLD)

    with whole(storage, final) as file:
        hashed = _Hashed(file)
        ENCODERS[output_format].encode(counted(), hashed, compression)
    return ShardInfo(
        path=task.path, split=task.split, sha256=hashed.digest.hexdigest(), bytes=hashed.size, rows=len(tally.digests),
        tokens=tally.tokens, digests=b"".join(tally.digests), counts={k: dict(v) for k, v in tally.counts.items()},
    )  # fmt: skip
