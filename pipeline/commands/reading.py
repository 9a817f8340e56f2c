"""The rows of a dataset, local or behind a URL, for the commands that show or convert them."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.locations import fetched
from threatflux_training.check.manifest import read_manifest
from threatflux_training.check.rows import check_form
from threatflux_training.check.shards import rows
from threatflux_training.dataset.storage import join

Shards = Sequence[Mapping[str, Any]]


def shards_of(dataset: str) -> Shards | None:
    """The shards as the manifest lists them; None, and said why, where there is no dataset."""
    try:
        with fetched([join(dataset, "manifest.json")]) as manifest:
            shards: Shards = read_manifest(Path(manifest[0]).parent)["shards"]
            return shards
    except (OSError, ValueError) as error:
        print(f"{dataset} is no dataset: {error}. Name the folder that holds manifest.json.", file=sys.stderr)
        return None


def rows_of(dataset: str, shards: Shards) -> Iterator[tuple[str, str, Any]]:
    """Split, place and row, shard after shard; of a remote dataset only shards that are looked into come here.

    Raises one of `check.shards.DAMAGED`, ValueError among them for what is no row.
    """
    for shard in shards:
        with fetched([join(dataset, shard["path"])]) as files:
            for number, row in enumerate(rows(Path(files[0])), 1):
                where = f"{shard['path']}:{number}"
                if form := check_form(row):
                    raise ValueError(f"{where}: {form[0][1]}")
                yield shard["split"], where, row


def unreadable(dataset: str, error: Exception) -> int:
    """Says that a dataset is damaged; the exit status for that."""
    print(f"{dataset} cannot be read: {error}. `check` says what is wrong with it.", file=sys.stderr)
    return 1
