"""GroupDocuments: documents to files, groups, splits and partners; files dealt to lanes."""

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import apache_beam as beam
import msgspec

from threatflux_training.dataset.groups import Leaders, load_leaders
from threatflux_training.dataset.lanes import PER_WORKER, deal
from threatflux_training.dataset.plan import Plan
from threatflux_training.dataset.records import Indexed
from threatflux_training.dataset.segments import SegmentWriter
from threatflux_training.dataset.storage import Storage, join, whole
from threatflux_training.settings import TextSettings
from transforms.heartbeat import plan
from transforms.references import PLAN, gathered, pieces
from transforms.storage import AnyStorage, scratch

_TOGETHER = 64
"""Tasks that are read at once."""
_FILE = 3 << 20
"""Bytes whose reading costs about as much as the making of a file's examples (measured: 70 ms a file, 19 ms a MB)."""


@dataclass(eq=False)
class PlanFiles(beam.DoFn):
    """Places of all documents in, places of the work of every file out; the registry of groups is written beside the dataset."""

    text: bytes
    splits: tuple[tuple[str, float], ...]
    registry: str
    staging: str
    workers: int

    def process(self, element: tuple[int, Iterable[bytes]]) -> Iterator[tuple[int, bytes]]:
        """The one group."""
        storage = AnyStorage()
        leaders = self._leaders(storage)
        settings = msgspec.json.decode(self.text, type=TextSettings)
        entries = (entry for data in element[1] for piece in pieces(storage, data) for entry in indexed(piece))
        made = Plan(entries, settings=settings, leaders=leaders, folder=scratch(self.staging))
        with whole(storage, self.registry) as out:
            for piece in leaders.dump():
                out.write(piece)
        plan(self.staging, "expand", files=len(made), bytes=sum(map(made.size, range(len(made)))))
        yield from self._staged(made, storage)

    def _leaders(self, storage: Storage) -> Leaders:
        """Those of the dataset so far."""
        if not storage.exists(self.registry):
            return Leaders(self.splits, scratch(self.staging))
        with storage.open(self.registry) as file:
            try:
                return load_leaders(file, self.splits, scratch(self.staging))
            except ValueError as error:
                raise ValueError(
                    f"{self.registry}: {error}; remove it, and all groups get their splits anew"
                ) from error

    def _staged(self, made: Plan, storage: Storage) -> Iterator[tuple[int, bytes]]:
        """The tasks in staging, some to a piece, and the places of each lane's pieces."""
        lanes: dict[int, array[int]] = {}
        for lane, number in deal(range(len(made)), self.workers * PER_WORKER, lambda one: _FILE + made.size(one)):
            lanes.setdefault(lane, array("q")).append(number)
        writer = SegmentWriter(storage, join(self.staging, PLAN))
        for lane, dealt in lanes.items():
            for start in range(0, len(dealt), _TOGETHER):
                tasks = [made[number] for number in dealt[start : start + _TOGETHER]]
                writer.add(lane.to_bytes(16, "big"), b"", msgspec.msgpack.encode(tasks))
            for places in gathered(writer.flush()):
                yield lane, places


def indexed(data: bytes) -> list[Indexed]:
    """The documents of a source, of all that it holds."""
    entries = msgspec.msgpack.decode(data, type=list[tuple[str, bytes]])
    return [msgspec.msgpack.decode(entry, type=Indexed) for kind, entry in entries if kind == "document"]


@dataclass(eq=False)
class GroupDocuments(beam.PTransform):
    """The files to expand, by lane."""

    text: bytes
    splits: tuple[tuple[str, float], ...]
    registry: str
    staging: str
    workers: int

    def expand(self, documents: beam.PCollection[bytes]) -> beam.PCollection[tuple[int, bytes]]:
        """Bring references together; they are small."""
        return (
            documents
            | "Together" >> beam.WithKeys(0)
            | "Gather" >> beam.GroupByKey()
            | "PlanFiles" >> beam.ParDo(PlanFiles(self.text, self.splits, self.registry, self.staging, self.workers))
        )
