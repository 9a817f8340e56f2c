"""Signatures that tell how similar two files are: MinHash over strings and imports, 128 permutations."""

import hashlib
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from xxhash import xxh3_64_intdigest

PERMUTATIONS = 128
SIGNATURE_BYTES = 4 * PERMUTATIONS
_CHUNK = 1024


def _constants(salt: bytes) -> NDArray[np.uint64]:
    stream = b"".join(hashlib.sha256(salt + bytes([index])).digest()[:8] for index in range(PERMUTATIONS))
    return np.frombuffer(stream, dtype="<u8").astype(np.uint64)


_FACTORS = _constants(b"minhash factors") | np.uint64(1)
_SUMMANDS = _constants(b"minhash summands")


def signature(shingles: Iterable[str]) -> bytes:
    """128 little-endian uint32, the smallest hash of the set under each permutation; b"" for an empty set."""
    hashes = np.array(
        [xxh3_64_intdigest(one.encode("utf-8", "surrogatepass")) for one in sorted(set(shingles))], dtype=np.uint64
    )
    return smallest(hashes).astype("<u4").tobytes() if len(hashes) else b""


def smallest(hashes: NDArray[np.uint64]) -> NDArray[np.uint32]:
    """The smallest value of a set of hashes under each permutation."""
    found = np.full(PERMUTATIONS, np.iinfo(np.uint64).max, dtype=np.uint64)
    for start in range(0, len(hashes), _CHUNK):
        permuted = np.multiply.outer(_FACTORS, hashes[start : start + _CHUNK])
        permuted += _SUMMANDS[:, np.newaxis]
        np.minimum(found, np.minimum.reduce(permuted, axis=1), out=found)
    return (found >> np.uint64(32)).astype(np.uint32)


def union(signatures: Iterable[bytes]) -> bytes:
    """The signature of the union of the sets; b"" if all are empty."""
    own = [one for one in signatures if one]
    if len(own) < 2:
        return own[0] if own else b""
    arrays = [np.frombuffer(one, dtype="<u4") for one in own]
    return bytes(np.minimum.reduce(arrays).astype("<u4").tobytes())
