"""FinishDataset: fires once, after every sink, even when everything was rejected."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
import msgspec

from threatflux_training.dataset.finish import Totals, finish, manifest, statistics
from threatflux_training.dataset.records import Selection, ShardInfo
from threatflux_training.dataset.storage import Storage
from threatflux_training.quality.measure import measure_rows
from threatflux_training.records import Rejected
from transforms.references import take
from transforms.storage import AnyStorage


@dataclass(eq=False)
class Finish(beam.DoFn):
    """Writes the manifest and all that stands beside the shards."""

    folder: str
    staging: str
    facts: dict[str, Any]

    def process(
        self, element: object, shards: Iterable[str], qualities: Iterable[str], selections: Iterable[str],
        outcomes: Iterable[tuple[str, bytes]],
    ) -> Iterator[str]:  # fmt: skip
        """`element` is the impulse; gives the dataset's digest."""
        storage = AnyStorage()
        selection = next((take(storage, one, Selection) for one in selections), Selection((), {}, {}))
        quality = next((take(storage, one, dict[str, Any]) for one in qualities), None) or measure_rows(())
        entries = list(outcomes)
        rejected = sorted(
            (msgspec.msgpack.decode(data, type=Rejected) for kind, data in entries if kind in ("rejected", "lost")),
            key=lambda one: (one.source, one.position),
        )
        used = sum(selection.files.values())
        totals = Totals(
            used=used,
            merged=selection.documents - used,
            ignored=sum(1 for kind, _ in entries if kind == "ignored"),
            rejected=tuple(rejected),
        )
        infos = shard_infos(shards, storage)
        facts = manifest(totals=totals, selection=selection, shards=infos, **self.facts)
        finish(self.folder, facts, statistics(totals, selection, infos, quality), rejected, storage)
        yield facts["digest"]


def shard_infos(paths: Iterable[str], storage: Storage) -> list[ShardInfo]:
    """The written shards in the order of their names."""
    return sorted((take(storage, one, ShardInfo) for one in paths), key=lambda one: one.path)


@dataclass(eq=False)
class FinishDataset(beam.PTransform):
    """Side inputs from every sink; only small records."""

    folder: str
    staging: str
    facts: dict[str, Any]
    shards: Any
    qualities: Any
    selections: Any
    outcomes: Any

    def expand(self, pbegin: beam.pvalue.PBegin) -> beam.PCollection[str]:
        """Once."""
        return (
            pbegin
            | "Start" >> beam.Impulse()
            | "Finish"
            >> beam.ParDo(
                Finish(self.folder, self.staging, self.facts),
                beam.pvalue.AsIter(self.shards),
                beam.pvalue.AsIter(self.qualities),
                beam.pvalue.AsIter(self.selections),
                beam.pvalue.AsIter(self.outcomes),
            )
        )
