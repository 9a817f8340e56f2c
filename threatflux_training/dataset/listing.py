"""Which files are read: those of a folder by suffix, those of a glob, those named."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from threatflux_training.dataset.records import Source
from threatflux_training.dataset.storage import Found, Storage

_LISTED = re.compile(r"\.(json|jsonl|ndjson|yaml|yml)(\.(gz|zst))?$", re.IGNORECASE)


class Listing(NamedTuple):
    """The sources, sorted by path, and the files of folders that were passed over because of their suffix."""

    sources: list[Source]
    ignored: list[str]


def list_sources(patterns: Sequence[str], storage: Storage, skip: Sequence[str] = ()) -> Listing:
    """Every source once. `skip` names folders (the dataset's own) that are never searched."""
    sources: dict[str, Found] = {}
    ignored: dict[str, None] = {}
    for pattern in patterns:
        found, is_folder = _found(pattern, storage)
        for file in found:
            path = file.path
            if any(path.startswith(folder.rstrip("/") + "/") for folder in skip):
                continue
            if is_folder and not _LISTED.search(path):
                ignored[path] = None
            else:
                sources[path] = file
    listed = [Source(*sources[path]) for path in sorted(sources)]
    return Listing(listed, sorted(ignored.keys() - sources.keys()))


def _found(pattern: str, storage: Storage) -> tuple[list[Found], bool]:
    if storage.is_folder(pattern):
        return storage.walk(pattern), True
    return storage.find(pattern), False
