"""Which files must stay in one split: a registry of leaders that newcomers join and that never moves anybody."""

from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from threatflux_training.dataset.minhash import PERMUTATIONS, SIGNATURE_BYTES
from threatflux_training.quality.hashes import Hashes, Ints

SIMILAR = 0.8
"""Estimated Jaccard similarity from which a file joins a leader."""
_BAND = 5
"""Rows of a band: a pair at 0.8 shares one of 25 bands with probability 0.9999, one at 0.3 with 0.06."""
_STARTS = range(0, PERMUTATIONS - _BAND + 1, _BAND)
_MAGIC = b"threatflux groups 1\n"
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_PIECE = 1024
"""Leaders whose signatures lie in one array: what there is need not be copied when more come."""
_READ = 1 << 20
_AT_ONCE = 256
"""Leaders that a file is compared with at a time."""
Signatures = NDArray[np.uint32]


class Leaders:
    """The leaders in order of age, each with its signature."""

    def __init__(self) -> None:
        self.ages: dict[str, int] = {}
        self.keys: list[str] = []
        self._pieces: list[Signatures] = []

    def add(self, key: str, signature: bytes) -> int:
        """A new, youngest leader; its age."""
        age = self.ages[key] = len(self.keys)
        self.keys.append(key)
        if not age % _PIECE:
            self._pieces.append(np.zeros((_PIECE, PERMUTATIONS), dtype="<u4"))
        self.signature(age)[:] = np.frombuffer(signature or bytes(SIGNATURE_BYTES), dtype="<u4")
        return age

    def signature(self, age: int) -> Signatures:
        """The signature of a leader; zeros where it has none."""
        row: Signatures = self._pieces[age // _PIECE][age % _PIECE]
        return row

    def signed(self) -> list[int]:
        """The ages of those that have a signature."""
        return [
            start + age
            for start, piece in zip(range(0, len(self.keys), _PIECE), self._pieces, strict=True)
            for age in np.flatnonzero(piece.any(axis=1)).tolist()
        ]

    def oldest_like(self, signature: Signatures, ages: Sequence[int]) -> str:
        """The oldest of some leaders, by age, that is similar enough; "" if there is none."""
        for start in range(0, len(ages), _AT_ONCE):
            part = ages[start : start + _AT_ONCE]
            alike = (np.stack([self.signature(age) for age in part]) == signature).mean(axis=1) >= SIMILAR
            if alike.any():
                return self.keys[part[int(alike.argmax())]]
        return ""

    def dump(self) -> Iterator[bytes]:
        """The registry as a file, in pieces: a line of magic, then per leader its key, a newline and 512 bytes of signature."""
        yield _MAGIC
        for start in range(0, len(self.keys), _PIECE):
            part = enumerate(self.keys[start : start + _PIECE], start)
            yield b"".join(key.encode() + b"\n" + self.signature(age).tobytes() for age, key in part)


def load_leaders(file: BinaryIO) -> Leaders:
    """The registry from its file. Raises ValueError where it is none."""
    if file.read(len(_MAGIC)) != _MAGIC:
        raise ValueError("not a registry of groups")
    leaders = Leaders()
    data = b""
    while more := file.read(_READ):
        data += more
        place = 0
        while (end := data.find(b"\n", place)) >= 0 and len(data) > end + SIGNATURE_BYTES:
            signature = data[end + 1 : end + 1 + SIGNATURE_BYTES]
            leaders.add(data[place:end].decode(), signature if any(signature) else b"")
            place = end + 1 + SIGNATURE_BYTES
        data = data[place:]
    if data:
        raise ValueError("the registry of groups is cut")
    return leaders


def assign(files: Iterable[tuple[str, bytes]], leaders: Leaders) -> dict[str, str]:
    """File key to group (its leader's key), files taken in order of key; new leaders are added to the registry.

    Leaders are found through bands of signatures. Most bands stand in one file alone: only the others are remembered.
    """
    ordered = sorted(files)
    known = leaders.signed()
    signed = [number for number, (_, signature) in enumerate(ordered) if signature]
    shared = _shared(leaders, known, [ordered[number][1] for number in signed])
    ages: dict[int, list[int]] = {}
    for place, age in enumerate(known):
        for band in shared.of(place):
            ages.setdefault(band, []).append(age)
    places = dict(zip(signed, range(len(known), len(known) + len(signed)), strict=True))
    groups: dict[str, str] = {}
    for number, (key, signature) in enumerate(ordered):
        bands = shared.of(places[number]) if signature and key not in leaders.ages else []
        group = key if key in leaders.ages else ""
        if bands and not group:
            candidates = sorted({age for band in bands for age in ages.get(band, ())})
            group = leaders.oldest_like(np.frombuffer(signature, dtype="<u4"), candidates)
        if not group:
            age = leaders.add(key, signature)
            for band in bands:
                ages.setdefault(band, []).append(age)
        groups[key] = group or key
    return groups


class _Bands(NamedTuple):
    """Of each signature the bands that stand in another one too, as hashes: those of number n from `starts[n]` on."""

    starts: Ints
    marks: Hashes

    def of(self, number: int) -> list[int]:
        """The bands of a signature."""
        bands: list[int] = self.marks[self.starts[number] : self.starts[number + 1]].tolist()
        return bands


def _shared(leaders: Leaders, known: Sequence[int], signatures: Sequence[bytes]) -> _Bands:
    """The shared bands of known leaders and, after them, of signatures."""
    total = len(known) + len(signatures)
    numbers, marks = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.uint64)]
    for start in _STARTS:
        old = b"".join(leaders.signature(age)[start : start + _BAND].tobytes() for age in known)
        new = b"".join(one[4 * start : 4 * (start + _BAND)] for one in signatures)
        mixed = np.full(total, start, dtype=np.uint64)
        for column in np.frombuffer(old + new, dtype="<u4").reshape(-1, _BAND).T:
            mixed = mixed * _FACTOR + column
        _, inverse, counts = np.unique(mixed, return_inverse=True, return_counts=True)
        numbers.append(np.flatnonzero(counts[inverse] > 1))
        marks.append(mixed[numbers[-1]])
    owners = np.concatenate(numbers)
    order = np.argsort(owners, kind="stable")
    return _Bands(np.searchsorted(owners[order], np.arange(total + 1)), np.concatenate(marks)[order])
