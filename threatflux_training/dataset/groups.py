"""Which files must stay in one split: a registry of leaders that newcomers join and that never moves anybody."""

import io
import tempfile
from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO, NamedTuple, TypeAlias, cast

import msgspec
import numpy as np
from numpy.typing import NDArray

from threatflux_training.dataset.minhash import PERMUTATIONS, SIGNATURE_BYTES
from threatflux_training.dataset.splits import Shares, deal
from threatflux_training.quality.hashes import Hashes, Ints

SIMILAR = 0.8
"""Estimated Jaccard similarity from which a file joins a leader."""
_BAND = 5
"""Rows of a band: a pair at 0.8 shares one of 25 bands with probability 0.9999, one at 0.3 with 0.06."""
_STARTS = range(0, PERMUTATIONS - _BAND + 1, _BAND)
_MAGIC = b"threatflux groups 2\n"
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_PIECE = 1024
"""Leaders whose signatures lie in one array: what there is need not be copied when more come."""
_READ = 1 << 20
_AT_ONCE = 256
"""Leaders that a file is compared with at a time."""
Signatures = NDArray[np.uint32]
Traits: TypeAlias = frozenset[str]


class _Head(msgspec.Struct, frozen=True):
    """What a registry says of all leaders: the splits with their shares, and the sets of traits."""

    splits: tuple[tuple[str, float], ...]
    traits: tuple[tuple[str, ...], ...]


class Leaders:
    """The leaders in order of age, each with its signature, the traits of its group when it came, and its split.

    Signatures lie in a file without a name in `folder` (None: the system's folder for such files).
    """

    def __init__(self, shares: Shares, folder: str | None = None) -> None:
        self.shares = tuple(shares)
        self.ages: dict[str, int] = {}
        self.keys: list[str] = []
        self._kinds, self._splits = array("i"), array("b")
        self._sets: dict[Traits, int] = {frozenset(): 0}
        self._pieces: list[Signatures] = []
        self._folder = folder
        self._file: Any = None

    def add(self, key: str, signature: bytes) -> int:
        """A new, youngest leader, as yet without traits and split; its age."""
        age = self.ages[key] = len(self.keys)
        self.keys.append(key)
        self._kinds.append(0)
        self._splits.append(-1)
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

    def split(self, age: int) -> int:
        """The split of a leader's group, as its place among the shares; -1 before it is dealt."""
        return self._splits[age]

    def deal(self, ages: Ints, traits: Iterable[Traits]) -> None:
        """Give a split to every group that has none: of each file the age of its leader, and its traits."""
        new = [split < 0 for split in self._splits]
        sets = list(self._sets)
        for age, own in zip(ages.tolist(), traits, strict=True):
            if new[age] and not own <= sets[self._kinds[age]]:
                both = own | sets[self._kinds[age]]
                if (kind := self._sets.setdefault(both, len(sets))) == len(sets):
                    sets.append(both)
                self._kinds[age] = kind
        names = {name: number for number, name in enumerate(sorted(frozenset().union(*sets)))}
        numbered = [sorted(names[name] for name in own) for own in sets]
        files = np.maximum(1, np.bincount(ages, minlength=len(self.keys)))
        kinds, splits = np.array(self._kinds, dtype=np.int64), np.array(self._splits, dtype=np.int64)
        self._splits = array("b", deal(numbered, kinds, files, splits, self.shares).tolist())

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
        """The registry as a file, in pieces.

        A line of magic, a line of JSON with the splits and the sets of traits; then per leader its key, the numbers of its set
        and of its split, a newline and 512 bytes of signature.
        """
        used = {kind: number for number, kind in enumerate(dict.fromkeys(self._kinds))}
        sets = list(self._sets)
        head = _Head(self.shares, tuple(tuple(sorted(sets[kind])) for kind in used))
        yield _MAGIC + msgspec.json.encode(head) + b"\n"
        for start in range(0, len(self.keys), _PIECE):
            yield b"".join(
                f"{self.keys[age]} {used[self._kinds[age]]} {self._splits[age]}\n".encode()
                + self.signature(age).tobytes()
                for age in range(start, min(start + _PIECE, len(self.keys)))
            )

    def load(self, key: str, traits: Traits, split: int, signature: bytes) -> None:
        """A leader as it was dumped."""
        age = self.add(key, signature)
        self._kinds[age], self._splits[age] = self._sets.setdefault(traits, len(self._sets)), split


def load_leaders(file: BinaryIO, shares: Shares, folder: str | None = None) -> Leaders:
    """The registry from its file, `folder` as for Leaders; where it was made for other splits, nobody has one yet.

    Raises ValueError where the file is none.
    """
    lines = io.BufferedReader(cast(io.RawIOBase, file), _READ)
    if lines.read(len(_MAGIC)) != _MAGIC:
        raise ValueError("no registry of groups, or one of another version")
    try:
        head = msgspec.json.decode(lines.readline(), type=_Head)
    except msgspec.DecodeError as error:
        raise ValueError("the head of the registry of groups is damaged") from error
    leaders = Leaders(shares, folder)
    kept = head.splits == leaders.shares
    sets = [frozenset(names) for names in head.traits]
    while line := lines.readline():
        signature = lines.read(SIGNATURE_BYTES)
        if len(signature) < SIGNATURE_BYTES:
            raise ValueError("the registry of groups is cut")
        try:
            key, kind, split = line.decode().split(" ")
            leaders.load(key, sets[int(kind)], int(split) if kept else -1, signature if any(signature) else b"")
        except (ValueError, IndexError) as error:
            raise ValueError(f"the registry of groups is damaged at leader {len(leaders.keys)}") from error
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
