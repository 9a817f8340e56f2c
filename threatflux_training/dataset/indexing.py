"""From a source to its documents as records that travel, and the key under which they are staged."""

import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import msgspec
from xxhash import xxh3_128_digest

from threatflux_training.dataset.minhash import signature
from threatflux_training.dataset.records import Indexed, Source
from threatflux_training.dataset.spool import Spool
from threatflux_training.errors import ReportError
from threatflux_training.records import Rejected
from threatflux_training.reports.document import Document, Ignored
from threatflux_training.reports.file import ScannedFile
from threatflux_training.reports.index import index_reports
from threatflux_training.reports.report import Report
from threatflux_training.reports.shingles import shingles


@cache
def source_hash(*parts: str) -> str:
    """A hash of this library's sources and words, or of some of its folders: when it changes, staged work is made anew."""
    root = Path(__file__).parent.parent
    digest = hashlib.sha256()
    for path in sorted(path for part in parts or ("",) for path in (root / part).rglob("*")):
        if path.suffix in (".py", ".toml"):
            digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def index_key(source: Source) -> bytes:
    """The key of a source's index: it changes with the source and with the code that reads it."""
    parts = (source.path, str(source.size), source.version, source_hash("reports", "dataset"))
    return xxh3_128_digest("\0".join(parts).encode("utf-8", "surrogatepass"))


def indexed_source(source: Source, spool: Spool) -> Iterator[tuple[str, bytes]]:
    """The entries of a source, each with its kind: document, rejected or ignored."""
    try:
        spool.fill(source.path, source.size)
    except ReportError as error:
        yield "rejected", _rejected(source.path, 0, "", error)
        return
    except OSError as error:
        unread = ReportError("unreadable_source", f"{type(error).__name__}: {error.strerror or error}")
        yield "rejected", _rejected(source.path, 0, "", unread)
        return
    for entry, report in index_reports(source.path, spool.open):
        yield _indexed(entry, report)


def _indexed(entry: Document | Rejected | Ignored, report: Report | None) -> tuple[str, bytes]:
    if isinstance(entry, Rejected):
        return "rejected", msgspec.msgpack.encode(entry)
    if isinstance(entry, Ignored) or report is None:
        return "ignored", msgspec.msgpack.encode(entry)
    try:
        made = signature(shingles(ScannedFile(entry.sha256 or entry.canonical, [report])))
    except ReportError as error:
        return "rejected", _rejected(entry.locator.source, entry.position, entry.dialect, error)
    return "document", msgspec.msgpack.encode(Indexed(entry, made))


def _rejected(source: str, position: int, dialect: str, error: ReportError) -> bytes:
    return msgspec.msgpack.encode(
        Rejected(source=source, position=position, dialect=dialect, reason=error.reason, detail=error.detail)
    )
