"""ListReports and IndexReports: from input patterns to the documents of every source."""

import socket
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import apache_beam as beam
import msgspec

from threatflux_training.dataset.indexing import index_key, indexed_source
from threatflux_training.dataset.lanes import PER_WORKER, deal
from threatflux_training.dataset.listing import list_sources
from threatflux_training.dataset.records import Source, Span
from threatflux_training.dataset.segments import SegmentWriter, Staged
from threatflux_training.dataset.spool import Spool
from threatflux_training.dataset.storage import Storage, join, read
from threatflux_training.records import Rejected
from threatflux_training.reports.document import Ignored
from transforms.blame import StageError, blaming
from transforms.heartbeat import Heartbeat, plan
from transforms.memory import MemoryGate
from transforms.references import gathered
from transforms.storage import AnyStorage

Entry = tuple[str, bytes]
"""A kind (document, rejected or ignored; between stages documents) and the record as msgpack."""
DOCUMENT, DOCUMENTS = "document", "documents"
"""An entry of a source; the places in staging of sources that hold some."""

_UNLISTED, _UNNAMED = -1, -2
"""In place of the size of a file that is not read, why."""


@dataclass(eq=False)
class List(beam.DoFn):
    """The sources of all patterns, dealt to lanes by size; passed over ones as Ignored in lane 0."""

    patterns: tuple[str, ...]
    skip: tuple[str, ...]
    staging: str
    workers: int
    marker: str

    def setup(self) -> None:
        """Give a sign of life."""
        Heartbeat(self.staging, "index").write()

    def process(self, element: object) -> Iterator[tuple[int, bytes]]:
        """`element` is the impulse."""
        storage = AnyStorage()
        listing = list_sources(self.patterns, storage, self.skip)
        if self.marker:
            _check_shared(self.marker, listing.sources, self.patterns, storage)
        plan(self.staging, "index", bytes=sum(one.size for one in listing.sources), files=len(listing.sources))
        for lane, source in deal(listing.sources, self.workers * PER_WORKER, lambda one: one.size):
            yield lane, msgspec.msgpack.encode(source)
        for path in listing.ignored:
            yield 0, msgspec.msgpack.encode(Source(path, _UNLISTED))
        for path in listing.unnamed:
            yield 0, msgspec.msgpack.encode(Source(path, _UNNAMED))


def _check_shared(marker: str, sources: Sequence[Source], patterns: Sequence[str], storage: Storage) -> None:
    """Whether this worker sees what the submitter sees. Raises StageError."""
    host = socket.gethostname()
    if not storage.exists(marker):
        raise StageError(
            f"the worker on {host} does not see {marker}: staging must be shared by all machines (NFS, s3://)"
        )
    if not sources:
        raise StageError(
            f"the worker on {host} finds no reports in {', '.join(patterns)}: the input must be shared too"
        )


def _rejected(path: str) -> Rejected:
    detail = "the name of the file is no UTF-8: give it another one"
    return Rejected(source=path, position=0, dialect="", reason="unreadable_source", detail=detail)


@dataclass(eq=False)
class Index(beam.DoFn):
    """Where the documents of the sources of a lane lie, and what is none; a source that was indexed before and has not
    changed is not read."""

    staging: str
    memory_limit: int
    workers: int

    def setup(self) -> None:
        """Read what was indexed before."""
        self._storage = AnyStorage()
        self._spool = Spool(self._storage, join(self.staging, "spool"))
        self._known = Staged(self._storage, join(self.staging, "index"))
        self._writer = SegmentWriter(self._storage, join(self.staging, "index"))
        self._gate = MemoryGate(self.staging, self.memory_limit, self.workers)
        self._beat = Heartbeat(self.staging, "index")
        self._waiting: list[bool] = []
        self._spans: list[Span] = []

    def process(self, element: tuple[int, Iterable[bytes]]) -> Iterator[Entry]:
        """One lane."""
        for data in element[1]:
            source = msgspec.msgpack.decode(data, type=Source)
            if source.size == _UNNAMED:
                yield "rejected", msgspec.msgpack.encode(_rejected(source.path))
            elif source.size == _UNLISTED:
                yield "ignored", msgspec.msgpack.encode(Ignored(source=source.path, position=0, what="unlisted suffix"))
            else:
                yield from (entry for entry in self._entries(source) if entry[0] != DOCUMENT)
        self._flush()
        spans, self._spans = self._spans, []
        for places in gathered(spans):
            yield DOCUMENTS, places
        self._beat.write()

    def _flush(self) -> None:
        """Stage what was read; keep where the sources lie that hold documents."""
        waiting, self._waiting = self._waiting, []
        self._spans += [span for span, wanted in zip(self._writer.flush(), waiting, strict=True) if wanted]

    def _entries(self, source: Source) -> list[Entry]:
        key = index_key(source)
        known = self._known.get(key)
        if known is not None:
            place = known[1]
            data = read(self._storage, place.segment, place.offset, place.length)
            entries = msgspec.msgpack.decode(data, type=list[Entry])
            self._spans += [place] if any(kind == DOCUMENT for kind, _ in entries) else []
        else:
            with blaming("indexing", source.path), self._gate.hold(source.size):
                entries = list(indexed_source(source, self._spool))
            self._writer.add(key, b"", msgspec.msgpack.encode(entries))
            self._waiting.append(any(kind == DOCUMENT for kind, _ in entries))
            if self._writer.due():
                self._flush()
        kinds = [kind for kind, _ in entries]
        self._beat.add(bytes=source.size, documents=kinds.count("document"), rejected=kinds.count("rejected"))
        return entries


@dataclass(eq=False)
class IndexReports(beam.PTransform):
    """The places of every document of every source, with what could not be read.

    `marker` is a file that the submitter wrote into staging: a worker that does not see it works on another disk.
    """

    patterns: tuple[str, ...]
    skip: tuple[str, ...]
    staging: str
    workers: int
    memory_limit: int
    marker: str = ""

    def expand(self, pbegin: beam.pvalue.PBegin) -> beam.PCollection[Entry]:
        """List, deal, index."""
        return (
            pbegin
            | "Start" >> beam.Impulse()
            | "ListReports" >> beam.ParDo(List(self.patterns, self.skip, self.staging, self.workers, self.marker))
            | "DealSources" >> beam.GroupByKey()
            | "IndexSources" >> beam.ParDo(Index(self.staging, self.memory_limit, self.workers))
        )
