"""Staged work: append-only files of records, each with its key and checksum; a broken end is passed over."""

import os
import struct
import time
import uuid
from collections.abc import Iterator, Sequence
from typing import BinaryIO

import msgspec
import xxhash
import zstandard

from threatflux_training.dataset.records import Block, PackedFile, Span, StagedFile, StagedReference
from threatflux_training.dataset.storage import Storage, join, read
from threatflux_training.quality.marks import pack_marks
from threatflux_training.records import Example

BLOCK_ROWS = 64
SUFFIX = ".seg"
FLUSH_BYTES = 4 << 20
FLUSH_SECONDS = 2.0
"""Work that a crash may cost at most."""
_HEAD = struct.Struct("<4s16sIQ16s")
_MAGIC = b"tfs2"


def pack(
    examples: Sequence[Example], *, text_key: str, key: str, group: str, dropped: dict[str, int], verified: int = 0
) -> tuple[PackedFile, bytes]:
    """The head and the payload of a file's record: its rows as canonical JSON lines, 64 to a zstd frame, and their marks."""
    blocks: list[Block] = []
    payload = bytearray()
    compressor = zstandard.ZstdCompressor(level=3)
    for start in range(0, len(examples), BLOCK_ROWS):
        part = examples[start : start + BLOCK_ROWS]
        rows = b"".join(msgspec.json.encode(one) + b"\n" for one in part)
        frame, marks = compressor.compress(rows), pack_marks(part)
        pairs = len({one.metadata.pair_id for one in part if one.metadata.pair_id})
        tokens = sum(one.metadata.tokens for one in part)
        blocks.append(Block(len(part), pairs, tokens, len(rows), len(payload), len(frame), len(marks)))
        payload += frame + marks
    return PackedFile(text_key, key, group, tuple(blocks), dropped, verified), bytes(payload)


class SegmentWriter:
    """Adds records to segments that only this process writes: in pieces, by bytes or every two seconds.

    Where files can grow there is one segment; elsewhere every piece is a segment of its own.
    """

    def __init__(self, storage: Storage, folder: str) -> None:
        self._storage, self._folder = storage, folder
        self._name = f"{os.getpid()}-{uuid.uuid4().hex}"
        self._pieces = 0
        self._buffer = bytearray()
        self._payloads: list[tuple[int, int]] = []
        self._began = 0.0

    def add(self, key: bytes, head: bytes, payload: bytes = b"") -> None:
        """A record; it is staged with the next `flush`."""
        if not self._payloads:
            self._began = time.monotonic()
        digest = xxhash.xxh3_128_digest(key + head + payload)
        self._buffer += _HEAD.pack(_MAGIC, key, len(head), len(payload), digest) + head
        self._payloads.append((len(self._buffer), len(payload)))
        self._buffer += payload

    def due(self) -> bool:
        """Whether a flush should not wait any longer."""
        return len(self._buffer) >= FLUSH_BYTES or time.monotonic() - self._began >= FLUSH_SECONDS

    def flush(self) -> list[Span]:
        """Write what was added since the last time; the places of its payloads, in that order."""
        if not self._payloads:
            return []
        path = join(self._folder, f"{self._name}{SUFFIX}")
        if self._storage.appends(path):
            start = self._storage.append(path, bytes(self._buffer))
        else:
            start, path = 0, join(self._folder, f"{self._name}-{self._pieces:06d}{SUFFIX}")
            with self._storage.create(path) as out:
                out.write(bytes(self._buffer))
        self._pieces += 1
        spans = [Span(path, start + offset, length) for offset, length in self._payloads]
        self._buffer.clear()
        self._payloads.clear()
        return spans


class Staged:
    """What the segments of a folder hold, by key; of records with the same key the first one counts."""

    def __init__(self, storage: Storage, folder: str) -> None:
        self._storage = storage
        self._places: dict[bytes, tuple[str, int, int, int]] = {}
        for found in storage.walk(folder):
            if found.path.endswith(SUFFIX):
                with storage.open(found.path) as file:
                    for key, place, head, payload in records(file, found.size):
                        self._places.setdefault(key, (found.path, place, head, payload))

    def __len__(self) -> int:
        return len(self._places)

    def get(self, key: bytes) -> tuple[bytes, Span] | None:
        """The head of a record and the place of its payload."""
        if key not in self._places:
            return None
        path, place, head, payload = self._places[key]
        return read(self._storage, path, place, head), Span(path, place + head, payload)


def staged_file(storage: Storage, reference: StagedReference) -> StagedFile:
    """The packed file that a reference means."""
    place = reference.payload
    head = read(storage, place.segment, place.offset - reference.head, reference.head)
    packed = msgspec.msgpack.decode(head, type=PackedFile)
    return StagedFile(packed, place, reference.split, reference.kind, reference.documents)


def records(file: BinaryIO, size: int) -> Iterator[tuple[bytes, int, int, int]]:
    """Key, offset of the head, sizes of head and payload of all whole records of a segment of that size; stops at the first broken one."""
    place = 0
    while len(start := file.read(_HEAD.size)) == _HEAD.size:
        magic, key, head_size, payload_size, digest = _HEAD.unpack(start)
        if magic != _MAGIC or place + _HEAD.size + head_size + payload_size > size:
            return
        body = file.read(head_size + payload_size)
        if len(body) < head_size + payload_size or xxhash.xxh3_128_digest(key + body) != digest:
            return
        yield key, place + _HEAD.size, head_size, payload_size
        place += _HEAD.size + len(body)


def rows(frame: bytes, size: int) -> list[bytes]:
    """The rows of a block, JSON without the newline; `size` is that of the rows together."""
    return zstandard.ZstdDecompressor().decompress(frame, max_output_size=max(1, size)).splitlines()
