"""From a source (a path, or whatever the given opener understands) to its text: mapped, read, or decompressed."""

import io
import mmap
import zlib
from collections.abc import Callable
from typing import Any, BinaryIO, NamedTuple, Protocol, TypeAlias

import zstandard
from isal import igzip_lib, isal_zlib

from threatflux_training.errors import ReportError

OpenSource: TypeAlias = Callable[[str], BinaryIO]
"""Opens a source for reading its raw bytes; raises OSError. Whether it decompresses itself does not matter."""
SUFFIXES = (".json", ".jsonl", ".yaml", ".yml", ".gz", ".zst")
"""What a folder is searched for; a file that is named itself is always read."""
MAX_TEXT = 4 << 30
"""Bytes that a compressed source may inflate to."""
_MAP_FROM = 1 << 20
_PIECE = 1 << 14  # a piece of zstd may inflate to 32,768 times its size at once
_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_FOREIGN = {b"BZh": "bzip2", b"\xfd7zXZ\0": "xz", b"PK\x03\x04": "zip", b"7z\xbc\xaf": "7z"}
_DAMAGED: tuple[type[Exception], ...] = (
    igzip_lib.IsalError,  # type: ignore[assignment]  # its stub declares an instance
    zlib.error,
    zstandard.ZstdError,
)


class Text(NamedTuple):
    """The bytes of a source, decompressed; `cut` where the compressed stream ends in the middle."""

    view: memoryview
    cut: bool = False


class _Inflater(Protocol):
    def decompress(self, data: bytes) -> bytes: ...

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...


def open_local(source: str) -> BinaryIO:
    """A local file."""
    return open(source, "rb")


def is_listed(source: str) -> bool:
    """Whether a folder's listing takes this file, by its suffix."""
    return source.lower().endswith(SUFFIXES)


def read_text(source: str, open_source: OpenSource = open_local) -> Text:
    """The text of a source. Raises ReportError (unreadable_source)."""
    try:
        with open_source(source) as file:
            head = file.read(8)
            return _text(file, head)
    except OSError as error:
        raise ReportError("unreadable_source", f"{type(error).__name__}: {error.strerror or error}") from error


def _text(file: BinaryIO, head: bytes) -> Text:
    for magic, name in _FOREIGN.items():
        if head.startswith(magic):
            raise ReportError("unreadable_source", f"{name} is not read; use gzip or zstd")
    if head.startswith((_GZIP, _ZSTD)):
        return _decompressed(file, head)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Text(_from_utf16(head + file.read()))
    return Text(_mapped(file, head) or memoryview(head + file.read()))


def _mapped(file: BinaryIO, head: bytes) -> memoryview | None:
    """The file in memory where it is a big local one; its head tells whether it is the same bytes."""
    try:
        number = file.fileno()
        if file.seek(0, io.SEEK_END) < _MAP_FROM:
            file.seek(8)
            return None
        view = memoryview(mmap.mmap(number, 0, access=mmap.ACCESS_READ))
    except (AttributeError, OSError, ValueError):
        return None
    if view[: len(head)] == head:
        return view
    file.seek(len(head))
    return None


def _from_utf16(data: bytes) -> memoryview:
    return memoryview(data.decode("utf-16", "surrogatepass").encode("utf-8", "surrogatepass"))


def _decompressed(file: BinaryIO, head: bytes) -> Text:
    new: Callable[[], Any] = _gzip if head.startswith(_GZIP) else zstandard.ZstdDecompressor().decompressobj
    try:
        inflated, cut = _inflate(file, head, new)
    except _DAMAGED as error:
        raise ReportError("unreadable_source", f"the compressed stream is damaged: {error}") from error
    if inflated[:2] == _GZIP or inflated[:4] == _ZSTD:
        return _decompressed(io.BytesIO(inflated[8:]), bytes(inflated[:8]))
    if bytes(inflated[:2]) in (b"\xff\xfe", b"\xfe\xff"):
        return Text(_from_utf16(bytes(inflated)), cut)
    return Text(memoryview(inflated).toreadonly(), cut)


def _gzip() -> _Inflater:
    inflater: _Inflater = isal_zlib.decompressobj(31)
    return inflater


def _inflate(file: BinaryIO, piece: bytes, new: Callable[[], _Inflater]) -> tuple[bytearray, bool]:
    """All members of a stream one after the other, and whether the last one is cut."""
    inflated, inflater = bytearray(), new()
    while piece:
        inflated += inflater.decompress(piece)
        if len(inflated) > MAX_TEXT:
            raise ReportError("unreadable_source", f"it inflates to more than {MAX_TEXT} bytes")
        piece = inflater.unused_data if inflater.eof else b""
        if inflater.eof:
            piece = piece.lstrip(b"\0") or file.read(_PIECE).lstrip(b"\0")
            if not piece:
                return inflated, False
            inflater = new()
        else:
            piece = file.read(_PIECE)
    return inflated, True
