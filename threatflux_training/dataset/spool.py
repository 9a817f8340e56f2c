"""Texts of compressed sources, inflated once as a stream: their documents are then read by place, mapped into memory."""

import contextlib
from typing import BinaryIO

from xxhash import xxh3_128_hexdigest

from threatflux_training.dataset.storage import Storage, join, whole
from threatflux_training.reports.containers import inflate_into

LEAST = 1 << 16
"""Compressed bytes below which inflating again is cheaper than a file."""


class _Unfit(Exception):
    """The source has to be looked at itself."""


class Spool:
    """A folder of inflated texts. `open` gives the text where it is there, else the source itself."""

    def __init__(self, storage: Storage, folder: str) -> None:
        self._storage, self._folder = storage, folder

    def _place(self, source: str) -> str:
        return join(self._folder, f"{xxh3_128_hexdigest(source.encode('utf-8', 'surrogatepass'))}.json")

    def fill(self, source: str, size: int) -> None:
        """Inflate a source, in place of what an earlier run left; nothing for plain or small ones.

        Raises ReportError (unreadable_source) and OSError.
        """
        place = self._place(source)
        self._storage.remove(place)
        if size < LEAST:
            return
        with contextlib.suppress(_Unfit), self._storage.open(source) as file, whole(self._storage, place) as out:
            if not inflate_into(file, out):
                raise _Unfit

    def open(self, source: str) -> BinaryIO:
        """The text, else the source itself. Raises OSError."""
        place = self._place(source)
        return self._storage.open(place if self._storage.exists(place) else source)
