"""GroupDocuments: documents to files, groups, splits and partners; files dealt to lanes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import apache_beam as beam
import msgspec

from threatflux_training.dataset.groups import Leaders, load_leaders
from threatflux_training.dataset.lanes import PER_WORKER, deal
from threatflux_training.dataset.plan import plan_files
from threatflux_training.dataset.records import Indexed
from threatflux_training.dataset.storage import read, write
from threatflux_training.settings import TextSettings
from transforms.heartbeat import plan
from transforms.storage import AnyStorage


@dataclass(eq=False)
class Plan(beam.DoFn):
    """All documents in, the work of every file out; the registry of groups is written beside the dataset."""

    text: bytes
    splits: tuple[tuple[str, float], ...]
    registry: str
    staging: str
    workers: int

    def process(self, element: tuple[int, Iterable[bytes]]) -> Iterator[tuple[int, bytes]]:
        """The one group."""
        storage = AnyStorage()
        leaders = load_leaders(read(storage, self.registry)) if storage.exists(self.registry) else Leaders()
        settings = msgspec.json.decode(self.text, type=TextSettings)
        entries = [msgspec.msgpack.decode(data, type=Indexed) for data in element[1]]
        tasks = plan_files(entries, settings=settings, splits=self.splits, leaders=leaders)
        write(storage, self.registry, leaders.dump())
        plan(self.staging, "expand", files=len(tasks), bytes=sum(task.size for task in tasks))
        for lane, task in deal(tasks, self.workers * PER_WORKER, lambda one: one.size):
            yield lane, msgspec.msgpack.encode(task)


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
            | "PlanFiles" >> beam.ParDo(Plan(self.text, self.splits, self.registry, self.staging, self.workers))
        )
