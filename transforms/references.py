"""Work that lies in staging and is passed on by where it lies: what goes through a shuffle stays small at any size."""

import uuid
from collections.abc import Iterator
from typing import Any

import msgspec

from threatflux_training.dataset.records import Span
from threatflux_training.dataset.storage import Storage, join, read, write

PLAN = "plan"
"""Folder in staging for what only the run that made it reads."""


class Places(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Bytes of one file of staging: offset and length of each piece."""

    segment: str
    pieces: tuple[tuple[int, int], ...]


def gathered(spans: list[Span]) -> Iterator[bytes]:
    """Places, one record for each file in which some of the spans lie."""
    files: dict[str, list[tuple[int, int]]] = {}
    for span in spans:
        files.setdefault(span.segment, []).append((span.offset, span.length))
    for segment, pieces in files.items():
        yield msgspec.msgpack.encode(Places(segment, tuple(pieces)))


def pieces(storage: Storage, data: bytes) -> Iterator[bytes]:
    """The pieces of a record of Places, the file opened once."""
    places = msgspec.msgpack.decode(data, type=Places)
    with storage.open(places.segment) as file:
        for offset, length in places.pieces:
            file.seek(offset)
            yield file.read(length)


def leave(storage: Storage, staging: str, what: str, record: Any) -> str:
    """Write a record under a name of its own, so that a repeated bundle disturbs nobody; its path."""
    path = join(staging, PLAN, f"{what}-{uuid.uuid4().hex}.bin")
    write(storage, path, msgspec.msgpack.encode(record))
    return path


def take(storage: Storage, path: str, kind: Any) -> Any:
    """The record of that kind that was left there."""
    return msgspec.msgpack.decode(read(storage, path), type=kind)
