"""Which files are read: those of a folder by suffix, those of a glob, those named."""

import os
import re
from collections.abc import Sequence
from typing import NamedTuple

from threatflux_training.dataset.records import Source
from threatflux_training.dataset.storage import Found, Storage
from threatflux_training.text import escape

_LISTED = re.compile(r"\.(json|jsonl|ndjson|yaml|yml)(\.(gz|zst))?$", re.IGNORECASE)

_SURROGATE = re.compile("[\ud800-\udfff]")


class Listing(NamedTuple):
    """The sources, sorted by path; the files of folders that were passed over because of their suffix; files whose names
    are no UTF-8, which no record can hold, written with escapes."""

    sources: list[Source]
    ignored: list[str]
    unnamed: list[str]


def list_sources(patterns: Sequence[str], storage: Storage, skip: Sequence[str] = ()) -> Listing:
    """Every source once. `skip` names folders (the dataset's own) that are never searched."""
    sources: dict[str, Found] = {}
    ignored: dict[str, None] = {}
    skipped = tuple(f"{_whole(folder).rstrip('/')}/" for folder in skip)
    for pattern in patterns:
        found, is_folder = _found(pattern, storage)
        own = _datasets(found) if is_folder else ()
        for file in found:
            path = file.path
            if _whole(path).startswith(skipped):
                continue
            if is_folder and (not _LISTED.search(path) or path.startswith(own)):
                ignored[path] = None
            else:
                sources[path] = file
    able = [path for path in sorted(sources) if path.isascii() or not _SURROGATE.search(path)]
    unnamed = sorted(map(escape, sources.keys() - set(able)))
    return Listing(
        [Source(*sources[path]) for path in able], sorted(map(escape, ignored.keys() - sources.keys())), unnamed
    )


def _datasets(found: Sequence[Found]) -> tuple[str, ...]:
    """The folders, with a slash, that an earlier run made: what lies in a dataset is no report."""
    paths = {file.path for file in found}
    complete = {path.removesuffix("COMPLETED") for path in paths if path.endswith("/COMPLETED")}
    begun = {path.removesuffix(".staging/run.json") for path in paths if path.endswith("/.staging/run.json")}
    return tuple(sorted({folder for folder in complete if f"{folder}manifest.json" in paths} | begun))


def _whole(path: str) -> str:
    """A local path so that it can be compared with others; a URL as it is."""
    return path if "://" in path else os.path.abspath(path)


def _found(pattern: str, storage: Storage) -> tuple[list[Found], bool]:
    if storage.is_folder(pattern):
        return storage.walk(pattern), True
    return storage.find(pattern), False
