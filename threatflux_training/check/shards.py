"""Reads the rows of a shard, of every format; shares no code with what writes them."""

import gzip
import json
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import fastavro
import google_crc32c
import zstandard

DAMAGED = (
    OSError,
    EOFError,
    ValueError,
    KeyError,
    IndexError,
    StopIteration,
    struct.error,
    zlib.error,
    zstandard.ZstdError,
)
"""What reading a damaged shard raises."""


def rows(path: Path) -> Iterator[Any]:
    """Every row of a shard. Raises one of DAMAGED for a damaged one."""
    with _opened(path) as file:
        if ".avro" in path.suffixes:
            yield from fastavro.reader(file)
        elif ".tfrecord" in path.suffixes:
            yield from _records(file)
        else:
            for line in file:
                yield json.loads(line)


def _opened(path: Path) -> Any:
    if path.suffix == ".gz":
        return gzip.open(path, "rb")
    if path.suffix == ".zst":
        return zstandard.open(path, "rb")
    return path.open("rb")


def _records(file: BinaryIO) -> Iterator[Any]:
    while head := file.read(12):
        (length,) = struct.unpack("<Q", head[:8])
        data, check = file.read(length), file.read(4)
        for part, stored in ((head[:8], head[8:]), (data, check)):
            crc = google_crc32c.value(part)
            if struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF) != stored:
                raise ValueError("a record's checksum does not match")
        features = dict(_feature(entry) for _, entry in _fields(next(_fields(data))[1]))
        yield {name: json.loads(features[f"{name}_json"]) for name in ("messages", "metadata")}


def _feature(entry: bytes) -> tuple[str, bytes]:
    """Name and first bytes value of a feature; b"" for integers."""
    fields = dict(_fields(entry))
    kind, values = next(_fields(fields[2]))
    return fields[1].decode(), next(_fields(values))[1] if kind == 1 else b""


def _fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The length-delimited fields of a protocol buffer message, others skipped."""
    position = 0
    while position < len(data):
        key, position = _varint(data, position)
        length, position = _varint(data, position)
        if key & 7 == 2:
            yield key >> 3, data[position : position + length]
            position += length


def _varint(data: bytes, position: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = data[position]
        number |= (byte & 127) << shift
        position, shift = position + 1, shift + 7
        if byte < 128:
            return number, position
