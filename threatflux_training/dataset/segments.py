"""Staged examples: append-only files of records, each with its checksum; a broken end is passed over."""

import struct
from collections.abc import Iterator, Sequence

import msgspec
import xxhash
import zstandard

from threatflux_training.dataset.records import Block, PackedFile, Span
from threatflux_training.records import Example

BLOCK_ROWS = 64
_HEAD = struct.Struct("<4sIQ16s")
_MAGIC = b"tfs1"


def answers_hash(example: Example) -> bytes:
    """16 bytes over all assistant turns joined."""
    joined = "\n".join(one.content for one in example.messages if one.role == "assistant")
    return xxhash.xxh3_128_digest(joined.encode())


def pack(
    examples: Sequence[Example], *, text_key: str, key: str, group: str, dropped: dict[str, int]
) -> tuple[PackedFile, bytes]:
    """The head and the payload of a file's record: its rows as canonical JSON lines, 64 to a zstd frame."""
    blocks: list[Block] = []
    payload = bytearray()
    compressor = zstandard.ZstdCompressor(level=3)
    for start in range(0, len(examples), BLOCK_ROWS):
        part = examples[start : start + BLOCK_ROWS]
        rows = b"".join(msgspec.json.encode(one) + b"\n" for one in part)
        frame = compressor.compress(rows)
        pairs = len({one.metadata.pair_id for one in part if one.metadata.pair_id})
        tokens = sum(one.metadata.tokens for one in part)
        blocks.append(Block(len(part), pairs, tokens, len(rows), len(payload), len(frame)))
        payload += frame
    answers = b"".join(map(answers_hash, examples))
    return PackedFile(text_key, key, group, tuple(blocks), answers, dropped), bytes(payload)


def record(head: PackedFile, payload: bytes) -> tuple[bytes, int]:
    """The bytes of a record and the offset of the payload inside it."""
    packed = msgspec.msgpack.encode(head)
    digest = xxhash.xxh3_128_digest(packed + payload)
    start = _HEAD.pack(_MAGIC, len(packed), len(payload), digest) + packed
    return start + payload, len(start)


def records(data: bytes, segment: str) -> Iterator[tuple[PackedFile, Span]]:
    """The heads of all whole records of a segment, with the place of their payload; stops at the first broken one."""
    place = 0
    while place + _HEAD.size <= len(data):
        magic, head_size, payload_size, digest = _HEAD.unpack_from(data, place)
        start = place + _HEAD.size
        end = start + head_size + payload_size
        if magic != _MAGIC or end > len(data) or xxhash.xxh3_128_digest(data[start:end]) != digest:
            return
        head = msgspec.msgpack.decode(data[start : start + head_size], type=PackedFile)
        yield head, Span(segment, start + head_size, payload_size)
        place = end


def rows(frame: bytes, size: int) -> list[bytes]:
    """The rows of a block, JSON without the newline; `size` is that of the rows together."""
    return zstandard.ZstdDecompressor().decompress(frame, max_output_size=max(1, size)).splitlines()
