"""SelectDuplicates and WriteShards: what is left out, which shards there are, and writing them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import apache_beam as beam
import msgspec

from threatflux_training.dataset.records import Selection, ShardTask, StagedFile, StagedReference
from threatflux_training.dataset.segments import SegmentWriter, staged_file
from threatflux_training.dataset.select import select
from threatflux_training.dataset.shards import ENCODERS, staged_marks, write_shard
from threatflux_training.dataset.storage import ahead, join, reads
from transforms.heartbeat import Heartbeat, plan
from transforms.references import PLAN, gathered, leave, pieces
from transforms.storage import AnyStorage, scratch

SHARDS = "shards"


class Selected(NamedTuple):
    """Where the Selection lies that says what the dataset consists of, and its shards by name."""

    selection: beam.PCollection[str]
    shards: beam.PCollection[tuple[str, bytes]]


@dataclass(eq=False)
class Select(beam.DoFn):
    """References to all staged files in; the place of the selection out, and that of each shard under its name, so that
    workers share them.
    """

    num_shards: int
    suffix: str
    staging: str

    def process(self, element: tuple[int, Iterable[bytes]]) -> Iterator[Any]:
        """The one group."""
        storage = AnyStorage()
        references = [one for data in element[1] for one in msgspec.msgpack.decode(data, type=list[StagedReference])]
        at_once = reads(self.staging)
        files = list(ahead(lambda one: staged_file(storage, one), references, at_once))
        selection = select(
            files, lambda file: staged_marks(file, storage), num_shards=self.num_shards, suffix=self.suffix,
            folder=scratch(self.staging), at_once=at_once,
        )  # fmt: skip
        plan(self.staging, "write", shards=len(selection.shards), rows=rows(files) - dropped(selection))
        yield leave(storage, self.staging, "selection", selection)
        writer = SegmentWriter(storage, join(self.staging, PLAN))
        for shard in selection.shards:
            writer.add(bytes(16), b"", msgspec.msgpack.encode(shard))
        for shard, span in zip(selection.shards, writer.flush(), strict=True):
            yield from (beam.pvalue.TaggedOutput(SHARDS, (shard.path, places)) for places in gathered([span]))


def named(shard: tuple[str, bytes]) -> tuple[str, bytes]:
    """A shard under its name, with its types: they are lost on the way out of a stage with several outputs."""
    return shard


def rows(files: Iterable[StagedFile]) -> int:
    """Rows of all staged files."""
    return sum(block.rows for file in files for block in file.packed.blocks)


def dropped(selection: Selection) -> int:
    """Rows that no shard takes."""
    return sum(len(block.dropped) for shard in selection.shards for block in shard.blocks)


@dataclass(eq=False)
class Write(beam.DoFn):
    """A shard to write in, where the account of it (ShardInfo) lies out."""

    folder: str
    output_format: str
    compression: str
    staging: str

    def setup(self) -> None:
        """Start to count."""
        self._beat = Heartbeat(self.staging, "write")

    def process(self, element: tuple[str, Iterable[bytes]]) -> Iterator[str]:
        """One shard; a repeated bundle writes the same bytes again."""
        storage = AnyStorage()
        task = msgspec.msgpack.decode(next(pieces(storage, next(iter(element[1])))), type=ShardTask)
        written = write_shard(
            task, folder=self.folder, output_format=self.output_format, compression=self.compression, storage=storage,
            seen=lambda rows: self._beat.add(rows=rows),
        )  # fmt: skip
        self._beat.write()
        yield leave(storage, self.staging, "written", written)


@dataclass(eq=False)
class SelectDuplicates(beam.PTransform):
    """What the dataset consists of, and its shards by name."""

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
            | "Select" >> beam.ParDo(select).with_outputs(SHARDS, main="selection")
        )
        return Selected(found["selection"], found[SHARDS] | "Named" >> beam.Map(named))


@dataclass(eq=False)
class WriteShards(beam.PTransform):
    """The shards of the dataset."""

    folder: str
    output_format: str
    compression: str
    staging: str

    def expand(self, shards: beam.PCollection[tuple[str, bytes]]) -> beam.PCollection[str]:
        """Deal the shards, write each as a stream."""
        return (
            shards
            | "DealShards" >> beam.GroupByKey()
            | "WriteShard" >> beam.ParDo(Write(self.folder, self.output_format, self.compression, self.staging))
        )
