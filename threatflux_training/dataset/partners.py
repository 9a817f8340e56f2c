"""Which other file a file is compared with."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from threatflux_training.hashing import pick, share

_MIXED = 0.1
"""Share of files that are compared with a file of any kind."""


class Place(NamedTuple):
    """What decides about partners: both files of a comparison are of one split and of two groups.

    `signature` is the MinHash of the file's strings and imports: files that have much in common stand near each other.
    """

    group: str
    split: str
    kind: str
    signature: bytes = b""


def partners(files: Mapping[str, Place]) -> dict[str, str]:
    """File key to the key of its partner: the next file of its kind on a ring, for some the next of any kind.

    On the ring, files stand in the order of their signatures: the share of what two files have in common is the chance
    that they agree in the first place of it. New files change few partners.
    """
    kinds: dict[tuple[str, str], list[str]] = {}
    whole: dict[str, list[str]] = {}
    for key in sorted(files, key=lambda one: (files[one].signature, pick(f"{one}/ring", 1 << 64), one)):
        kinds.setdefault((files[key].split, files[key].kind), []).append(key)
    for key in sorted(files, key=lambda one: (pick(f"{one}/ring", 1 << 64), one)):
        whole.setdefault(files[key].split, []).append(key)
    alike: dict[str, str] = {}
    mixed: dict[str, str] = {}
    for ring in kinds.values():
        alike.update(_next_of_other_group(ring, files))
    for ring in whole.values():
        mixed.update(_next_of_other_group(ring, files))
    return mixed | {key: other for key, other in alike.items() if share(f"{key}/mixed") >= _MIXED}


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


OTHERS = 6
"""Names of other files that a file gets."""


def others(files: Mapping[str, Place], paths: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """File key to the paths of the next files of its split and kind on a ring of hashes; new files change few of them."""
    rings: dict[tuple[str, str], list[str]] = {}
    for key in sorted(files, key=lambda one: (pick(f"{one}/others", 1 << 64), one)):
        rings.setdefault((files[key].split, files[key].kind), []).append(key)
    found: dict[str, tuple[str, ...]] = {}
    for ring in rings.values():
        for place, key in enumerate(ring):
            following = (ring[(place + step) % len(ring)] for step in range(1, min(len(ring), 2 * OTHERS)))
            elsewhere = [paths[one] for one in following if paths[one] and files[one].group != files[key].group]
            found[key] = tuple(dict.fromkeys(elsewhere))[:OTHERS]
    return found
