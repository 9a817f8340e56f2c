"""Which files must stay in one split: a registry of leaders that newcomers join and that never moves anybody."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from threatflux_training.dataset.minhash import PERMUTATIONS, SIGNATURE_BYTES

SIMILAR = 0.8
"""Estimated Jaccard similarity from which a file joins a leader."""
_BAND = 5
"""Rows of a band: a pair at 0.8 shares one of 25 bands with probability 0.9999, one at 0.3 with 0.06."""
_MAGIC = b"threatflux groups 1\n"


class Leaders:
    """The leaders in order of age, each with its signature; found again through bands of it."""

    def __init__(self) -> None:
        self.ages: dict[str, int] = {}
        self._rows = np.zeros((0, PERMUTATIONS), dtype="<u4")
        self._bands: dict[bytes, list[int]] = {}

    def add(self, key: str, signature: bytes) -> None:
        """A new, youngest leader."""
        age = self.ages[key] = len(self.ages)
        if age >= len(self._rows):
            self._rows = np.resize(self._rows, (max(1024, 2 * age), PERMUTATIONS))
        self._rows[age] = np.frombuffer(signature or bytes(SIGNATURE_BYTES), dtype="<u4")
        for band in _bands(signature):
            self._bands.setdefault(band, []).append(age)

    def oldest_like(self, signature: bytes) -> str:
        """The oldest leader that is similar enough; "" if there is none."""
        ages = sorted({age for band in _bands(signature) for age in self._bands.get(band, ())})
        if not ages:
            return ""
        same = (self._rows[ages] == np.frombuffer(signature, dtype="<u4")).mean(axis=1)
        matching = np.flatnonzero(same >= SIMILAR)
        return list(self.ages)[ages[int(matching[0])]] if len(matching) else ""

    def dump(self) -> bytes:
        """The registry as a file: a line of magic, then per leader its key, a newline and 512 bytes of signature."""
        rows: NDArray[np.uint32] = self._rows
        return _MAGIC + b"".join(key.encode() + b"\n" + rows[age].tobytes() for key, age in self.ages.items())


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
    """File key to group (its leader's key), files taken in order of key; new leaders are added to the registry."""
    groups: dict[str, str] = {}
    for key, signature in sorted(files):
        group = key if key in leaders.ages else leaders.oldest_like(signature)
        if not group:
            leaders.add(key, signature)
        groups[key] = group or key
    return groups


def _bands(signature: bytes) -> list[bytes]:
    width = 4 * _BAND
    return [
        bytes([start // width]) + signature[start : start + width]
        for start in range(0, len(signature) - width + 1, width)
    ]
