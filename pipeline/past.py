"""What an earlier run of the same dataset was: its input, options and how far it came."""

import hashlib
import os
from collections.abc import Iterable, Sequence

import msgspec

from pipeline.settings import Settings
from threatflux_training.dataset.indexing import source_hash
from threatflux_training.dataset.records import Source
from threatflux_training.dataset.storage import Storage, is_remote, join, read, write
from threatflux_training.hashing import sha256_hex


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """The record of a run, kept in staging: patterns (absolute), hash of the listed files, fingerprint of all that
    shapes the dataset."""

    input: list[str]
    listing: str
    fingerprint: str


def fingerprint(settings: Settings) -> str:
    """A hash of the library and of every option that shapes the dataset."""
    return sha256_hex(source_hash().encode(), msgspec.json.encode(dict(settings.options), order="sorted"))


def absolute(patterns: Iterable[str]) -> list[str]:
    """The patterns so that they mean the same in every folder."""
    return [one if is_remote(one) else os.path.abspath(one) for one in patterns]


def listing_hash(sources: Iterable[Source]) -> str:
    """A hash of the names, sizes and versions of all listed files."""
    digest = hashlib.sha256()
    for one in sources:
        path = one.path if is_remote(one.path) else os.path.abspath(one.path)
        digest.update(msgspec.msgpack.encode((path, one.size, one.version)))
    return digest.hexdigest()


def past(settings: Settings, sources: Sequence[Source]) -> Past:
    """The record of this run."""
    return Past(input=absolute(settings.input), listing=listing_hash(sources), fingerprint=fingerprint(settings))


def load_past(storage: Storage, staging: str) -> Past | None:
    """The record of the run before; None where there was none or it cannot be read."""
    path = join(staging, "run.json")
    if not storage.exists(path):
        return None
    try:
        return msgspec.json.decode(read(storage, path), type=Past)
    except msgspec.MsgspecError:
        return None


def save_past(storage: Storage, staging: str, record: Past) -> None:
    """Keep the record."""
    write(storage, join(staging, "run.json"), msgspec.json.encode(record))
