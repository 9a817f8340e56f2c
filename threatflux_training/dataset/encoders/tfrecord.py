"""TFRecord: a `tf.train.Example` per row, framed with masked CRC-32C."""

import gzip
import struct
from collections.abc import Iterable, Mapping
from typing import BinaryIO

import google_crc32c
import msgspec

from threatflux_training.records import Example
from threatflux_training.tokens import render

SUFFIXES: Mapping[str, str] = {"gzip": ".tfrecord.gz", "none": ".tfrecord"}


def encode(rows: Iterable[bytes], out: BinaryIO, compression: str) -> None:
    """Write the rows (canonical JSON); the same rows give the same bytes."""
    if compression == "gzip":
        with gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=out, mtime=0) as file:
            for row in rows:
                file.write(_framed(_example(row)))
        return
    for row in rows:
        out.write(_framed(_example(row)))


def _framed(data: bytes) -> bytes:
    length = struct.pack("<Q", len(data))
    return length + _masked(length) + data + _masked(data)


def _masked(data: bytes) -> bytes:
    crc = google_crc32c.value(data)
    return struct.pack("<I", (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF)


def _example(row: bytes) -> bytes:
    """The protocol buffer: features by name, bytes lists but for the integer of tokens."""
    example = msgspec.json.decode(row, type=Example)
    *before, last = example.messages
    texts = {
        "id": example.metadata.id.encode(),
        "inputs": render(before).encode(),
        "messages_json": msgspec.json.encode(example.messages),
        "metadata_json": msgspec.json.encode(example.metadata),
        "targets": last.content.encode(),
    }
    entries = [_entry(name, _field(1, _field(1, value))) for name, value in texts.items()]
    entries.append(_entry("num_tokens", _field(3, _field(1, _varint(example.metadata.tokens)))))
    return _field(1, b"".join(entries))


def _entry(name: str, feature: bytes) -> bytes:
    return _field(1, _field(1, name.encode()) + _field(2, feature))


def _field(number: int, data: bytes) -> bytes:
    return bytes([number << 3 | 2]) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
