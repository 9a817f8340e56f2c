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
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
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
    if head.startswith(_UTF16):
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
    inflated = bytearray()
    cut = _inflate(file, head, inflated.extend)
    if inflated[:2] == _GZIP or inflated[:4] == _ZSTD:
        return _decompressed(io.BytesIO(inflated[8:]), bytes(inflated[:8]))
    if bytes(inflated[:2]) in _UTF16:
        return Text(_from_utf16(bytes(inflated)), cut)
    return Text(memoryview(inflated).toreadonly(), cut)


def inflate_into(file: BinaryIO, out: BinaryIO) -> bool:
    """Write the text of a compressed source as a stream.

    False, with nothing useful written, where `read_text` has to look at it itself: it is not compressed, cut, or holds
    something that is again compressed or encoded. Raises ReportError (unreadable_source) and OSError.
    """
    head = file.read(8)
    if not head.startswith((_GZIP, _ZSTD)):
        return False
    begin = bytearray()

    def write(piece: bytes) -> None:
        if len(begin) < 4:
            begin.extend(piece[:4])
        out.write(piece)

    cut = _inflate(file, head, write)
    return not cut and begin[:2] != _GZIP and begin[:4] != _ZSTD and bytes(begin[:2]) not in _UTF16


def _gzip() -> _Inflater:
    inflater: _Inflater = isal_zlib.decompressobj(31)
    return inflater


def _inflate(file: BinaryIO, piece: bytes, write: Callable[[bytes], object]) -> bool:
    """Give all members of a stream, one after the other, to `write`; whether the last one is cut."""
    try:
        return _members(file, piece, write)
    except _DAMAGED as error:
        raise ReportError("unreadable_source", f"the compressed stream is damaged: {error}") from error


def _members(file: BinaryIO, piece: bytes, write: Callable[[bytes], object]) -> bool:
    new: Callable[[], Any] = _gzip if piece.startswith(_GZIP) else zstandard.ZstdDecompressor().decompressobj
    size, inflater = 0, new()
    while piece:
        inflated = inflater.decompress(piece)
        size += len(inflated)
        if size > MAX_TEXT:
            raise ReportError("unreadable_source", f"it inflates to more than {MAX_TEXT} bytes")
        write(inflated)
        piece = inflater.unused_data if inflater.eof else b""
        if inflater.eof:
            piece = piece.lstrip(b"\0") or file.read(_PIECE).lstrip(b"\0")
            if not piece:
                return False
            inflater = new()
        else:
            piece = file.read(_PIECE)
    return True
