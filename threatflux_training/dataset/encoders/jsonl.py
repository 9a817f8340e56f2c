"""JSON Lines: a row per line, as trainers read it."""

import gzip
import io
from collections.abc import Iterable, Mapping
from typing import BinaryIO

import zstandard

SUFFIXES: Mapping[str, str] = {"gzip": ".jsonl.gz", "zstd": ".jsonl.zst", "none": ".jsonl"}


def encode(rows: Iterable[bytes], out: BinaryIO, compression: str) -> None:
    """Write the rows (canonical JSON, no newline); the same rows give the same bytes."""
    if compression == "gzip":
        with gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=out, mtime=0) as file:
            _lines(rows, file)
    elif compression == "zstd":
        with zstandard.ZstdCompressor(level=9).stream_writer(out, closefd=False) as stream:
            _lines(rows, stream)
    else:
        _lines(rows, out)


def _lines(rows: Iterable[bytes], out: "gzip.GzipFile | zstandard.ZstdCompressionWriter | BinaryIO") -> None:
    buffer = io.BytesIO()
    for row in rows:
        buffer.write(row + b"\n")
        if buffer.tell() > 1 << 20:
            out.write(buffer.getvalue())
            buffer = io.BytesIO()
    out.write(buffer.getvalue())
