"""Columns of numbers that grow on disk: in memory there is the end of each, the rest is mapped when it is looked at."""

import tempfile
from array import array
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

_HELD = 1 << 13
"""Numbers that are kept in memory before they are written."""


class Numbers:
    """Numbers of one type (a code of the module `array`), in the order in which they were added.

    The file has no name and goes with the object; `folder` is where it lies (None: the system's folder for such files).
    """

    def __init__(self, code: str, folder: str | None = None) -> None:
        self._end = array(code)
        self._folder = folder
        self._file: Any = None
        self._written = 0

    def __len__(self) -> int:
        return self._written + len(self._end)

    def append(self, value: int) -> None:
        """The next number."""
        self._end.append(value)
        if len(self._end) >= _HELD:
            self._write()

    def extend(self, values: Iterable[int] | bytes) -> None:
        """Further numbers; of a column of bytes also as bytes."""
        if isinstance(values, bytes):
            self._end.frombytes(values)
        else:
            self._end.extend(values)
        if len(self._end) >= _HELD:
            self._write()

    def values(self) -> NDArray[Any]:
        """All of them, to be read."""
        if self._file is None:
            return np.array(self._end)
        self._write()
        return np.memmap(self._file, dtype=self._end.typecode, mode="r")

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array(self.values(), dtype=dtype)

    def _write(self) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115  # it lives as long as this object
        self._file.seek(0, 2)
        self._file.write(self._end.tobytes())
        self._file.flush()
        self._written += len(self._end)
        del self._end[:]
