"""Reading TOML into typed structs."""

from typing import TypeVar

import msgspec
import tomli

T = TypeVar("T")


def decode(data: bytes, kind: type[T]) -> T:
    """The document as that type. Raises ValueError saying what is wrong, and where."""
    return msgspec.convert(tomli.loads(data.decode()), kind)
