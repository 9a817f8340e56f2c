"""Which other file a file is compared with, and which others it is asked about.

Both look back: a file gets files of groups that are older in the registry, so that new files change nothing for old ones.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from threatflux_training.hashing import pick, share

_MIXED = 0.1
"""Share of files that are compared with a file of any kind."""
OTHERS = 6
"""Names of other files that a file gets."""


PREFIX = 16
"""Bytes of a signature that decide where a file stands on a ring."""


class Place(NamedTuple):
    """What decides about partners: both files of a comparison are of one split and of two groups.

    `age` is the group's place in the registry; `signature` is the beginning of the MinHash of the file's strings and
    imports: files that have much in common stand near each other.
    """

    group: str
    split: str
    kind: str
    age: int
    signature: bytes = b""


def partners(files: Mapping[str, Place]) -> dict[str, str]:
    """File key to the key of its partner: the next older file of its kind on a ring, for some the next of any kind.

    On the ring, files stand in the order of their signatures: the share of what two files have in common is the chance
    that they agree in the first place of it. The oldest group of a ring looks at the second oldest.
    """
    alike: dict[str, str] = {}
    mixed: dict[str, str] = {}
    rings: dict[tuple[str, str], list[str]] = {}
    whole: dict[str, list[str]] = {}
    for key in _by_age(files):
        rings.setdefault((files[key].split, files[key].kind), []).append(key)
        whole.setdefault(files[key].split, []).append(key)
    for ring in rings.values():
        alike.update(_next_older(ring, files, signed=True))
    for ring in whole.values():
        mixed.update(_next_older(ring, files, signed=False))
    return mixed | {key: other for key, other in alike.items() if share(f"{key}/mixed") >= _MIXED}


def _by_age(files: Mapping[str, Place]) -> list[str]:
    return sorted(files, key=lambda key: (files[key].age, key))


def _next_older(keys: Sequence[str], files: Mapping[str, Place], *, signed: bool) -> Iterator[tuple[str, str]]:
    """For each key, which come by age, the next one on the ring among those of older groups."""
    ring: list[tuple[bytes, int, str]] = []
    first: list[str] = []
    for _, group in groupby(keys, key=lambda key: files[key].group):
        members = list(group)
        places = [(files[key].signature if signed else b"", pick(f"{key}/ring", 1 << 64), key) for key in members]
        if ring:
            yield from ((place[2], ring[bisect_left(ring, place) % len(ring)][2]) for place in places)
            yield from ((key, members[0]) for key in first)
            first = []
        else:
            first = members
        for place in places:
            insort(ring, place)


def others(files: Mapping[str, Place], paths: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """File key to the paths of the files of its split and kind in the groups just older; of the oldest, in those just younger."""
    rows: dict[tuple[str, str], list[str]] = {}
    for key in _by_age(files):
        rows.setdefault((files[key].split, files[key].kind), []).append(key)
    found: dict[str, tuple[str, ...]] = {}
    for row in rows.values():
        for place, key in enumerate(row):
            around = [*reversed(row[max(0, place - 2 * OTHERS) : place]), *row[place + 1 : place + 1 + 2 * OTHERS]]
            elsewhere = [paths[one] for one in around if paths[one] and files[one].group != files[key].group]
            found[key] = tuple(dict.fromkeys(elsewhere))[:OTHERS]
    return found
