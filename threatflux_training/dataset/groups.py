"""Which files must stay in one split: a registry of leaders that newcomers join and that never moves anybody."""

import tempfile
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, NamedTuple

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
    """The leaders in order of age, each with its signature.

    Signatures lie in a file without a name in `folder` (None: the system's folder for such files).
    """

    def __init__(self, folder: str | None = None) -> None:
        self.ages: dict[str, int] = {}
        self.keys: list[str] = []
        self._pieces: list[Signatures] = []
        self._folder = folder
        self._file: Any = None

    def add(self, key: str, signature: bytes) -> int:
        """A new, youngest leader; its age."""
        age = self.ages[key] = len(self.keys)
        self.keys.append(key)
        if not age % _PIECE:
            self._pieces.append(self._piece(age))
        self.signature(age)[:] = np.frombuffer(signature or bytes(SIGNATURE_BYTES), dtype="<u4")
        return age

    def _piece(self, age: int) -> Signatures:
        """Room for the signatures of further leaders, as zeros."""
        if self._file is None:
            self._file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115  # it lives as long as this object
        self._file.truncate((age + _PIECE) * SIGNATURE_BYTES)
        return np.asarray(np.memmap(self._file, "<u4", "r+", age * SIGNATURE_BYTES, (_PIECE, PERMUTATIONS)))

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

    def oldest_like(self, signature: Signatures, ages: Sequence[int]) -> int:
        """The oldest of some leaders, by age, that is similar enough; -1 if there is none."""
        for start in range(0, len(ages), _AT_ONCE):
            part = ages[start : start + _AT_ONCE]
            alike = (np.stack([self.signature(age) for age in part]) == signature).mean(axis=1) >= SIMILAR
            if alike.any():
                return part[int(alike.argmax())]
        return -1

    def dump(self) -> Iterator[bytes]:
        """The registry as a file, in pieces: a line of magic, then per leader its key, a newline and 512 bytes of signature."""
        yield _MAGIC
        for start in range(0, len(self.keys), _PIECE):
            part = enumerate(self.keys[start : start + _PIECE], start)
            yield b"".join(key.encode() + b"\n" + self.signature(age).tobytes() for age, key in part)


def load_leaders(file: BinaryIO, folder: str | None = None) -> Leaders:
    """The registry from its file, `folder` as for Leaders. Raises ValueError where it is none."""
    if file.read(len(_MAGIC)) != _MAGIC:
        raise ValueError("not a registry of groups")
    leaders = Leaders(folder)
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


def assign(keys: Sequence[str], signatures: Signatures, leaders: Leaders) -> Ints:
    """The group of each file, as the age of its leader, for keys in order; new leaders are added to the registry.

    `signatures` has a row for each key, zeros where a file has none. Leaders are found through bands of signatures. Most
    bands stand in one file alone: only the others are remembered.
    """
    known = leaders.signed()
    signed = _signed(signatures)
    shared = _shared(leaders, known, signatures, signed)
    ages: dict[int, list[int]] = {}
    for place, age in enumerate(known):
        for band in shared.of(place):
            ages.setdefault(band, []).append(age)
    places = np.full(len(keys), -1)
    places[signed] = np.arange(len(known), len(known) + len(signed))
    groups = np.full(len(keys), -1)
    for number, (key, place) in enumerate(zip(keys, places.tolist(), strict=True)):
        age = leaders.ages.get(key, -1)
        bands = shared.of(place) if place >= 0 and age < 0 else []
        if bands:
            candidates = sorted({one for band in bands for one in ages.get(band, ())})
            age = leaders.oldest_like(signatures[number], candidates)
        if age < 0:
            age = leaders.add(key, signatures[number].tobytes())
            for band in bands:
                ages.setdefault(band, []).append(age)
        groups[number] = age
    return groups


class _Bands(NamedTuple):
    """Of each signature the bands that stand in another one too, as hashes: those of number n from `starts[n]` on."""

    starts: Ints
    marks: Hashes

    def of(self, number: int) -> list[int]:
        """The bands of a signature."""
        bands: list[int] = self.marks[self.starts[number] : self.starts[number + 1]].tolist()
        return bands


def _signed(signatures: Signatures) -> Ints:
    """The rows that hold a signature."""
    parts = range(0, len(signatures), _READ)
    return np.concatenate(
        [
            np.zeros(0, dtype=np.int64),
            *(start + np.flatnonzero(signatures[start : start + _READ].any(axis=1)) for start in parts),
        ]
    )


def _shared(leaders: Leaders, known: Sequence[int], signatures: Signatures, signed: Ints) -> _Bands:
    """The shared bands of known leaders and, after them, of the signed rows."""
    total = len(known) + len(signed)
    numbers, marks = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.uint64)]
    for start in _STARTS:
        old = b"".join(leaders.signature(age)[start : start + _BAND].tobytes() for age in known)
        rows = np.concatenate([np.frombuffer(old, "<u4").reshape(-1, _BAND), signatures[signed, start : start + _BAND]])
        mixed = np.full(total, start, dtype=np.uint64)
        for column in rows.T:
            mixed = mixed * _FACTOR + column
        _, inverse, counts = np.unique(mixed, return_inverse=True, return_counts=True)
        numbers.append(np.flatnonzero(counts[inverse] > 1))
        marks.append(mixed[numbers[-1]])
    owners = np.concatenate(numbers)
    order = np.argsort(owners, kind="stable")
    return _Bands(np.searchsorted(owners[order], np.arange(total + 1)), np.concatenate(marks)[order])
