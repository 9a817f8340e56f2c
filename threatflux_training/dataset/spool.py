"""Texts of compressed sources and of big replies, inflated or unescaped once as a stream.

Their documents are then read by place, mapped into memory.
"""

import contextlib
from collections.abc import Callable
from typing import BinaryIO

from xxhash import xxh3_128_hexdigest

from threatflux_training.dataset.storage import Storage, join, whole
from threatflux_training.reports.containers import inflate_into
from threatflux_training.reports.envelopes import unwrap_into

LEAST = 1 << 16
"""Compressed bytes below which inflating again is cheaper than a file."""
BIG = 8 << 20
"""Bytes of a reply from which its text is unescaped into a file rather than in memory."""


class _Unfit(Exception):
    """The source has to be looked at itself."""


class Spool:
    """A folder of such texts. `open` gives the text where it is there, else the source itself."""

    def __init__(self, storage: Storage, folder: str) -> None:
        self._storage, self._folder = storage, folder

    def _place(self, source: str) -> str:
        return join(self._folder, f"{xxh3_128_hexdigest(source.encode('utf-8', 'surrogatepass'))}.json")

    def fill(self, source: str, size: int) -> None:
        """Inflate or unescape a source, in place of what an earlier run left; nothing for other or small ones.

        Raises ReportError (unreadable_source) and OSError.
        """
        place = self._place(source)
        self._storage.remove(place)
        if size >= LEAST and self._made(source, place, inflate_into):
            source, size = place, next((one.size for one in self._storage.find(place)), 0)
        if size >= BIG:
            self._made(source, place, unwrap_into)

    def _made(self, source: str, place: str, make: Callable[[BinaryIO, BinaryIO], bool]) -> bool:
        """Whether something else is to be made of a source; it is then in that place."""
        with contextlib.suppress(_Unfit), self._storage.open(source) as file, whole(self._storage, place) as out:
            if make(file, out):
                return True
            raise _Unfit
        return False

    def open(self, source: str) -> BinaryIO:
        """The text, else the source itself. Raises OSError."""
        place = self._place(source)
        return self._storage.open(place if self._storage.exists(place) else source)
