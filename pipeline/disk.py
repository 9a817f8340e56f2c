"""How much space a run will need, and whether it is there: better told at the start than after hours."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from pipeline.settings import Settings
from threatflux_training.dataset.records import Source
from threatflux_training.dataset.storage import is_remote

EXAMPLE = 14_000
"""Bytes of an example of 3,400 tokens as a row, the mean of reports with all features."""
_TOKENS = 3_400
_RATIOS = {"none": 1.0, "gzip": 5.0, "zstd": 5.5}
"""How many times smaller rows become in shards; in staging about as with zstd."""
_INFLATED = 12
"""How many times bigger a compressed report is as text."""
_SURE = 3
"""A run is refused where free space is so many times less than the estimate, which is rough."""


def needed(sources: Sequence[Source], settings: Settings) -> tuple[int, int]:
    """Bytes that staging and the dataset will need, about: each source taken as one report with all its examples."""
    row = EXAMPLE * min(1.0, settings.text.max_tokens / _TOKENS)
    rows = len(sources) * settings.text.examples_per_file * row
    spool = sum(one.size * _INFLATED for one in sources if one.path.lower().endswith((".gz", ".zst")))
    return int(rows / _RATIOS["zstd"]) + spool, int(rows / _RATIOS.get(settings.compression, 1.0))


def shortage(sources: Sequence[Source], settings: Settings) -> tuple[str, bool]:
    """What is short on the disks of staging and dataset, in words ("" if nothing), and whether that surely won't do."""
    wanted: dict[int, int] = {}
    places: dict[int, Path] = {}
    for folder, amount in zip((settings.staging, settings.folder), needed(sources, settings), strict=True):
        if not is_remote(folder):
            place = _existing(Path(folder))
            device = os.stat(place).st_dev
            wanted[device], places[device] = wanted.get(device, 0) + amount, place
    for device, amount in wanted.items():
        free = shutil.disk_usage(places[device]).free
        if free < amount:
            text = (
                f"about {amount / 1e9:,.1f} GB will be needed for staging and dataset, {free / 1e9:,.1f} GB are free at "
                f"{places[device]}: free some, choose another --output, or lower --examples_per_file"
            )
            return text, free * _SURE < amount
    return "", False


def _existing(folder: Path) -> Path:
    """The folder, or what there is of the way to it."""
    place = folder.absolute()
    while not place.exists():
        place = place.parent
    return place
