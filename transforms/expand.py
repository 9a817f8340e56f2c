"""ExpandReports: load, expand, pack and stage the examples of each file, fused in one stage."""

import gc
import os
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import apache_beam as beam
import msgspec

from threatflux_training.dataset.records import FileTask, PackedFile, Span, StagedFile
from threatflux_training.dataset.segments import pack, record, records
from threatflux_training.dataset.storage import LocalStorage, join, read
from threatflux_training.errors import ReportError
from threatflux_training.generate import expand_file
from threatflux_training.records import Rejected
from threatflux_training.reports.file import ScannedFile
from threatflux_training.reports.load import load_file
from threatflux_training.settings import TextSettings


@dataclass(eq=False)
class Expand(beam.DoFn):
    """Files of a lane in, staged files out; a file whose text key is staged already is taken from there."""

    text: bytes
    staging: str

    def setup(self) -> None:
        """Read what is staged; name this attempt's own segment."""
        self._settings = msgspec.json.decode(self.text, type=TextSettings)
        self._storage = LocalStorage()
        self._segment = join(self.staging, "segments", f"{os.getpid()}-{uuid.uuid4().hex}.seg")
        self._staged: dict[str, tuple[PackedFile, Span]] = {}
        for found in self._storage.walk(join(self.staging, "segments")):
            for head, span in records(read(self._storage, found.path), found.path):
                self._staged.setdefault(head.text_key, (head, span))
        gc.freeze()

    def process(self, element: tuple[int, Iterable[bytes]]) -> Iterator[tuple[str, bytes]]:
        """One lane."""
        for data in element[1]:
            task = msgspec.msgpack.decode(data, type=FileTask)
            try:
                yield "staged", msgspec.msgpack.encode(self._staged_file(task))
            except ReportError as error:
                for document in task.documents:
                    yield "lost", msgspec.msgpack.encode(_rejected(document.locator.source, document.position, error))

    def _staged_file(self, task: FileTask) -> StagedFile:
        if task.text_key in self._staged:
            head, span = self._staged[task.text_key]
            if head.group == task.group:
                return StagedFile(head, span, task.split, task.kind)
        file = load_file(task.key, task.documents)
        expansion = expand_file(file, self._settings, _partner(task))
        for example in expansion.examples:
            example.metadata.group = task.group
        head, payload = pack(
            expansion.examples, text_key=task.text_key, key=task.key, group=task.group, dropped=dict(expansion.dropped)
        )
        data, place = record(head, payload)
        offset = self._storage.append(self._segment, data)
        return StagedFile(head, Span(self._segment, offset + place, len(payload)), task.split, task.kind)


def _partner(task: FileTask) -> ScannedFile | None:
    """The file to compare with; one that cannot be read any more is reported where its own examples are made."""
    try:
        return load_file(task.partner_key, task.partner) if task.partner else None
    except ReportError:
        return None


def _rejected(source: str, position: int, error: ReportError) -> Rejected:
    return Rejected(source=source, position=position, dialect="", reason=error.reason, detail=error.detail)


@dataclass(eq=False)
class ExpandReports(beam.PTransform):
    """One file's documents in, up to N examples staged."""

    text: bytes
    staging: str

    def expand(self, files: beam.PCollection[tuple[int, bytes]]) -> beam.PCollection[tuple[str, bytes]]:
        """Deal, then everything fused."""
        return files | "DealFiles" >> beam.GroupByKey() | "ExpandFiles" >> beam.ParDo(Expand(self.text, self.staging))
