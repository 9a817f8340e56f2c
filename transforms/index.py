"""ListReports and IndexReports: from input patterns to the documents of every source."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import apache_beam as beam
import msgspec

from threatflux_training.dataset.lanes import PER_WORKER, deal
from threatflux_training.dataset.listing import list_sources
from threatflux_training.dataset.minhash import signature
from threatflux_training.dataset.records import Indexed, Source
from threatflux_training.dataset.storage import LocalStorage
from threatflux_training.errors import ReportError
from threatflux_training.records import Rejected
from threatflux_training.reports.document import Document, Ignored
from threatflux_training.reports.index import index_source
from threatflux_training.reports.load import load_file
from threatflux_training.reports.shingles import shingles

IndexEntry = Indexed | Rejected | Ignored


@dataclass(eq=False)
class List(beam.DoFn):
    """The sources of all patterns, dealt to lanes by size; passed over ones as Ignored in lane 0."""

    patterns: tuple[str, ...]
    skip: tuple[str, ...]
    workers: int

    def process(self, element: object) -> Iterator[tuple[int, bytes]]:
        """`element` is the impulse."""
        listing = list_sources(self.patterns, LocalStorage(), self.skip)
        for lane, source in deal(listing.sources, self.workers * PER_WORKER, lambda one: one.size):
            yield lane, msgspec.msgpack.encode(source)
        for path in listing.ignored:
            yield 0, msgspec.msgpack.encode(Source(path, -1))


class Index(beam.DoFn):
    """The documents of the sources of a lane, as msgpack with a leading kind: document, rejected or ignored."""

    def process(self, element: tuple[int, Iterable[bytes]]) -> Iterator[tuple[str, bytes]]:
        """One lane."""
        for data in element[1]:
            source = msgspec.msgpack.decode(data, type=Source)
            if source.size < 0:
                yield "ignored", msgspec.msgpack.encode(Ignored(source=source.path, position=0, what="unlisted suffix"))
                continue
            for entry in index_source(source.path):
                yield indexed(entry)


def indexed(entry: Document | Rejected | Ignored) -> tuple[str, bytes]:
    """The kind of an entry and its bytes; a document gets the signature of its strings and imports."""
    if isinstance(entry, Rejected):
        return "rejected", msgspec.msgpack.encode(entry)
    if isinstance(entry, Ignored):
        return "ignored", msgspec.msgpack.encode(entry)
    try:
        file = load_file(entry.sha256, [entry])
    except ReportError as error:
        place = entry.locator
        return "rejected", msgspec.msgpack.encode(
            Rejected(
                source=place.source,
                position=entry.position,
                dialect=entry.dialect,
                reason=error.reason,
                detail=error.detail,
            )
        )
    return "document", msgspec.msgpack.encode(Indexed(entry, signature(shingles(file))))


@dataclass(eq=False)
class IndexReports(beam.PTransform):
    """Every document of every source, with what could not be read."""

    patterns: tuple[str, ...]
    skip: tuple[str, ...]
    workers: int

    def expand(self, pbegin: beam.pvalue.PBegin) -> beam.PCollection[tuple[str, bytes]]:
        """List, deal, index."""
        return (
            pbegin
            | "Start" >> beam.Create([None])
            | "ListReports" >> beam.ParDo(List(self.patterns, self.skip, self.workers))
            | "DealSources" >> beam.GroupByKey()
            | "IndexSources" >> beam.ParDo(Index())
        )
