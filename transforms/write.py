"""SelectDuplicates and WriteShards: what is left out, which shards there are; writing them, and the measures beside that."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import apache_beam as beam
import msgspec

from threatflux_training.dataset.records import Selection, ShardTask, StagedReference
from threatflux_training.dataset.segments import SegmentWriter, staged_file
from threatflux_training.dataset.select import select
from threatflux_training.dataset.shards import ENCODERS, selected_marks, staged_marks, write_shard
from threatflux_training.dataset.storage import Storage, ahead, join, reads
from threatflux_training.quality.measure import measure_rows
from transforms.heartbeat import Heartbeat, plan
from transforms.references import PLAN, gathered, leave, pieces, take
from transforms.storage import AnyStorage, scratch

WORK, QUALITY = "work", "quality"
_MEASURE = "measure"
"""The name of the work that is no shard."""


class Selected(NamedTuple):
    """Where the Selection lies that says what the dataset consists of, and the work that follows from it by name."""

    selection: beam.PCollection[str]
    work: beam.PCollection[tuple[str, bytes]]


class Written(NamedTuple):
    """Where the accounts of the shards lie (ShardInfo), and the measures."""

    shards: beam.PCollection[str]
    quality: beam.PCollection[str]


@dataclass(eq=False)
class Select(beam.DoFn):
    """References to all staged files in; the place of the selection out, and work under its name, so that workers share
    it: the place of each shard, and the measures of all rows.
    """

    num_shards: int
    suffix: str
    staging: str

    def process(self, element: tuple[int, Iterable[bytes]]) -> Iterator[Any]:
        """The one group."""
        storage = AnyStorage()
        references = [one for data in element[1] for one in msgspec.msgpack.decode(data, type=list[StagedReference])]
        at_once = reads(self.staging)
        read = ahead(lambda one: staged_file(storage, one), references, at_once)
        selection = select(
            read, lambda file: staged_marks(file, storage), num_shards=self.num_shards, suffix=self.suffix,
            folder=scratch(self.staging), at_once=at_once,
        )  # fmt: skip
        plan(self.staging, "write", shards=len(selection.shards), rows=selection.rows)
        path = leave(storage, self.staging, "selection", selection)
        yield path
        work = [(_MEASURE, path.encode())]
        writer = SegmentWriter(storage, join(self.staging, PLAN))
        shards = sorted(selection.shards, key=lambda one: (-len(one.blocks), one.path))
        for shard in shards:
            writer.add(bytes(16), b"", msgspec.msgpack.encode(shard))
        for shard, span in zip(shards, writer.flush(), strict=True):
            work += [(shard.path, places) for places in gathered([span])]
        yield from (beam.pvalue.TaggedOutput(WORK, one) for one in work)


def named(work: tuple[str, bytes]) -> tuple[str, bytes]:
    """Work under its name, with its types: they are lost on the way out of a stage with several outputs."""
    return work


@dataclass(eq=False)
class Write(beam.DoFn):
    """A shard to write in, where the account of it (ShardInfo) lies out; or the selection in, where its measures lie out."""

    folder: str
    output_format: str
    compression: str
    staging: str

    def setup(self) -> None:
        """Start to count."""
        self._beat = Heartbeat(self.staging, "write")

    def process(self, element: tuple[str, Iterable[bytes]]) -> Iterator[Any]:
        """One shard, or the measures; a repeated bundle writes the same bytes again."""
        storage, (name, places) = AnyStorage(), element
        data = next(iter(places))
        if name == _MEASURE:
            quality = self._quality(take(storage, data.decode(), Selection), storage)
            yield beam.pvalue.TaggedOutput(QUALITY, leave(storage, self.staging, QUALITY, quality))
            return
        task = msgspec.msgpack.decode(next(pieces(storage, data)), type=ShardTask)
        written = write_shard(
            task, folder=self.folder, output_format=self.output_format, compression=self.compression, storage=storage,
            seen=lambda rows: self._beat.add(rows=rows),
        )  # fmt: skip
        self._beat.write()
        yield leave(storage, self.staging, "written", written)

    def _quality(self, selection: Selection, storage: Storage) -> dict[str, Any]:
        return measure_rows(
            selected_marks(selection.shards, storage),
            verified=selection.verified,
            unproven=selection.dropped.get("unproven", 0),
            folder=scratch(self.staging),
        )


@dataclass(eq=False)
class SelectDuplicates(beam.PTransform):
    """What the dataset consists of, and the work that follows, by name."""

    num_shards: int
    output_format: str
    compression: str
    staging: str

    def expand(self, staged: beam.PCollection[bytes]) -> Selected:
        """Only references come together."""
        suffix = ENCODERS[self.output_format].SUFFIXES[self.compression]
        select = Select(self.num_shards, suffix, self.staging)
        found = (
            staged
            | "Together" >> beam.WithKeys(0)
            | "Gather" >> beam.GroupByKey()
            | "Select" >> beam.ParDo(select).with_outputs(WORK, main="selection")
        )
        return Selected(found["selection"], found[WORK] | "Named" >> beam.Map(named))


@dataclass(eq=False)
class WriteShards(beam.PTransform):
    """The shards of the dataset and the measures of its rows."""

    folder: str
    output_format: str
    compression: str
    staging: str

    def expand(self, work: beam.PCollection[tuple[str, bytes]]) -> Written:
        """Deal the work, write each shard as a stream."""
        write = Write(self.folder, self.output_format, self.compression, self.staging)
        found = (
            work
            | "DealShards" >> beam.GroupByKey()
            | "WriteShard" >> beam.ParDo(write).with_outputs(QUALITY, main="written")
        )
        return Written(found["written"], found[QUALITY])
