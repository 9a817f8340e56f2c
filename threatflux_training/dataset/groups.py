"""Which files must stay in one split: a registry of leaders that newcomers join and that never moves anybody."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from threatflux_training.dataset.minhash import PERMUTATIONS, SIGNATURE_BYTES

SIMILAR = 0.8
"""Estimated Jaccard similarity from which a file joins a leader."""
_BAND = 5
"""Rows of a band: a pair at 0.8 shares one of 25 bands with probability 0.9999, one at 0.3 with 0.06."""
_MAGIC = b"threatflux groups 1\n"
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
Signatures = NDArray[np.uint32]


class Leaders:
    """The leaders in order of age, each with its signature."""

    def __init__(self) -> None:
        self.ages: dict[str, int] = {}
        self.keys: list[str] = []
        self._rows = np.zeros((0, PERMUTATIONS), dtype="<u4")

    def add(self, key: str, signature: bytes) -> int:
        """A new, youngest leader; its age."""
        age = self.ages[key] = len(self.keys)
        self.keys.append(key)
        if age >= len(self._rows):
            self._rows = np.resize(self._rows, (max(1024, 2 * age), PERMUTATIONS))
        self._rows[age] = np.frombuffer(signature or bytes(SIGNATURE_BYTES), dtype="<u4")
        return age

    def signatures(self) -> Signatures:
        """Their signatures by age; zeros where a leader has none."""
        return self._rows[: len(self.keys)]

    def oldest_like(self, signature: Signatures, ages: Sequence[int]) -> str:
        """The oldest of some leaders, by age, that is similar enough; "" if there is none."""
        if not ages:
            return ""
        matching = np.flatnonzero((self._rows[ages] == signature).mean(axis=1) >= SIMILAR)
        return self.keys[ages[int(matching[0])]] if len(matching) else ""

    def dump(self) -> bytes:
        """The registry as a file: a line of magic, then per leader its key, a newline and 512 bytes of signature."""
        return _MAGIC + b"".join(key.encode() + b"\n" + self._rows[age].tobytes() for key, age in self.ages.items())


def load_leaders(data: bytes) -> Leaders:
    """The registry from its file. Raises ValueError where it is none."""
    if not data.startswith(_MAGIC):
        raise ValueError("not a registry of groups")
    leaders = Leaders()
    place = len(_MAGIC)
    while place < len(data):
        end = data.index(b"\n", place)
        signature = data[end + 1 : end + 1 + SIGNATURE_BYTES]
        if len(signature) < SIGNATURE_BYTES:
            raise ValueError("the registry of groups is cut")
        leaders.add(data[place:end].decode(), signature if any(signature) else b"")
        place = end + 1 + SIGNATURE_BYTES
    return leaders


def assign(files: Iterable[tuple[str, bytes]], leaders: Leaders) -> dict[str, str]:
    """File key to group (its leader's key), files taken in order of key; new leaders are added to the registry.

    Leaders are found through bands of signatures. Most bands stand in one file alone: only the others are remembered.
    """
    ordered = sorted(files)
    signed = np.array([number for number, (_, signature) in enumerate(ordered) if signature], dtype=np.int64)
    signatures = np.frombuffer(b"".join(ordered[number][1] for number in signed), dtype="<u4").reshape(-1, PERMUTATIONS)
    older = leaders.signatures()
    known = np.flatnonzero(older.any(axis=1))
    shared = _shared(np.concatenate([older[known], signatures]))
    ages: dict[tuple[int, int], list[int]] = {}
    for age, bands in zip(known.tolist(), shared, strict=False):
        for band in bands:
            ages.setdefault(band, []).append(age)
    places = dict(zip(signed.tolist(), range(len(signed)), strict=True))
    groups: dict[str, str] = {}
    for number, (key, signature) in enumerate(ordered):
        bands = shared[len(known) + places[number]] if signature and key not in leaders.ages else []
        group = key if key in leaders.ages else ""
        if bands and not group:
            group = leaders.oldest_like(
                signatures[places[number]], sorted({age for band in bands for age in ages.get(band, ())})
            )
        if not group:
            age = leaders.add(key, signature)
            for band in bands:
                ages.setdefault(band, []).append(age)
        groups[key] = group or key
    return groups


def _shared(signatures: Signatures) -> list[list[tuple[int, int]]]:
    """For each signature its bands that stand in another one too: the place of the band and what it is."""
    found: list[list[tuple[int, int]]] = [[] for _ in range(len(signatures))]
    for start in range(0, PERMUTATIONS - _BAND + 1, _BAND):
        rows = np.ascontiguousarray(signatures[:, start : start + _BAND])
        marks = np.zeros(len(rows), dtype=np.uint64)
        for column in rows.T:
            marks = marks * _FACTOR + column
        _, inverse, counts = np.unique(marks, return_inverse=True, return_counts=True)
        for number in np.flatnonzero(counts[inverse] > 1).tolist():
            found[number].append((start, int(marks[number])))
    return found
