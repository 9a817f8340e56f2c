"""Which other file a file is compared with."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from threatflux_training.hashing import pick


class Place(NamedTuple):
    """What decides about partners: both files of a comparison are of one split and kind, and of two groups."""

    group: str
    split: str
    kind: str


def partners(files: Mapping[str, Place]) -> dict[str, str]:
    """File key to the key of its partner: the next such file on a ring of hashes. New files change few partners."""
    rings: dict[tuple[str, str], list[str]] = {}
    for key in sorted(files, key=lambda one: (pick(f"{one}/ring", 1 << 64), one)):
        rings.setdefault(files[key][1:], []).append(key)
    found: dict[str, str] = {}
    for ring in rings.values():
        found.update(_next_of_other_group(ring, files))
    return found


def _next_of_other_group(ring: Sequence[str], files: Mapping[str, Place]) -> dict[str, str]:
    """Going backwards twice around the ring, the next key of another group is known at every step."""
    found: dict[str, str] = {}
    after = ring[0]
    beyond = ""
    for key in (*reversed(ring), *reversed(ring)):
        if files[after].group != files[key].group:
            beyond = after
        if beyond and files[beyond].group != files[key].group:
            found[key] = beyond
        after = key
    return found
