"""Every choice of this library: a stable hash of a stable key. There is no random state anywhere."""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

from xxhash import xxh3_64_intdigest

T = TypeVar("T")


def pick(key: str, size: int) -> int:
    """A number in [0, size), the same for the same key on every machine."""
    return xxh3_64_intdigest(key.encode("utf-8", "surrogatepass")) % size


def share(key: str) -> float:
    """A number in [0, 1), the same for the same key on every machine."""
    return xxh3_64_intdigest(key.encode("utf-8", "surrogatepass")) / 2**64


def choose(key: str, options: Sequence[T]) -> T:
    """One of the options, by the key."""
    return options[pick(key, len(options))]


def ordered(key: str, options: Sequence[T]) -> list[T]:
    """The options in an order that depends on the key and on each option's text, not on their order."""
    return sorted(options, key=lambda option: xxh3_64_intdigest(f"{key}\0{option}".encode("utf-8", "surrogatepass")))


def sha256_hex(*parts: bytes) -> str:
    """SHA-256 over length-prefixed parts, in hex, so that no two lists of parts collide by concatenation."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()
