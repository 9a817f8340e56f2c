"""Texts as 64-bit hashes: whole, by words, by runs of words. Also the array types that the measures share."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from xxhash import xxh3_64_intdigest

Hashes = NDArray[np.uint64]
Ints = NDArray[np.int64]

_FACTOR = np.uint64(0x9E3779B97F4A7C15)


def hashed(text: str) -> int:
    """64 bits of a text."""
    return xxh3_64_intdigest(text.encode("utf-8", "surrogatepass"))


@lru_cache(1 << 14)
def hashed_word(word: str) -> int:
    """64 bits of a word, remembered."""
    return hashed(word)


def runs(words: Sequence[str], size: int) -> Hashes:
    """A hash for every so many words in a row; none where the text is shorter."""
    marks = np.fromiter(map(hashed_word, words), dtype=np.uint64, count=len(words))
    count = max(0, len(marks) - size + 1)
    mixed = np.zeros(count, dtype=np.uint64)
    for place in range(size if count else 0):
        mixed = mixed * _FACTOR + marks[place : place + count]
    return mixed
