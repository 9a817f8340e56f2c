"""ExpandReports: load, expand, pack and stage the examples of each file, fused in one stage."""

import gc
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import apache_beam as beam
import msgspec

from threatflux_training.dataset.records import FileTask, PackedFile, Span, StagedReference
from threatflux_training.dataset.segments import SegmentWriter, Staged, pack
from threatflux_training.dataset.spool import Spool
from threatflux_training.dataset.storage import join
from threatflux_training.errors import ReportError
from threatflux_training.generate import Expansion, expand_file
from threatflux_training.records import Example, Rejected
from threatflux_training.reports.document import Document
from threatflux_training.reports.file import ScannedFile
from threatflux_training.reports.load import load_file
from threatflux_training.settings import TextSettings
from transforms.benchmarks import with_benchmarks
from transforms.blame import blaming
from transforms.heartbeat import Heartbeat
from transforms.memory import MemoryGate
from transforms.references import pieces
from transforms.storage import AnyStorage
from transforms.verify import Verifier

Entry = tuple[str, bytes]
"""A kind (staged or lost) and the record as msgpack: a list of StagedReference, or a Rejected."""
_COLLECTED = (50_000, 20, 20)
"""After so many new objects a worker looks for cycles: most of what it makes for a file is in none."""
_TOGETHER = 256
"""References that travel as one element."""


@dataclass(eq=False)
class Expand(beam.DoFn):
    """Places of the files of a lane in, where they are staged out; a file whose text key is staged already is taken from there."""

    text: bytes
    staging: str
    workers: int
    memory_limit: int

    def setup(self) -> None:
        """Read what is staged; freeze what lives as long as this worker."""
        self._storage = AnyStorage()
        self._settings = with_benchmarks(msgspec.json.decode(self.text, type=TextSettings), self._storage, self.staging)
        self._spool = Spool(self._storage, join(self.staging, "spool"))
        self._staged = Staged(self._storage, join(self.staging, "segments"))
        self._writer = SegmentWriter(self._storage, join(self.staging, "segments"))
        self._gate = MemoryGate(self.staging, self.memory_limit, self.workers)
        self._beat = Heartbeat(self.staging, "expand")
        self._verifier = Verifier(self._settings, self._spool.open)
        self._waiting: list[tuple[bytes, FileTask]] = []
        self._done: list[StagedReference] = []
        gc.collect()
        gc.freeze()
        gc.set_threshold(*_COLLECTED)

    def process(self, element: tuple[int, Iterable[bytes]]) -> Iterator[Entry]:
        """One lane."""
        for task in self._tasks(element[1]):
            known = self._staged.get(bytes.fromhex(task.text_key)[:16])
            head = msgspec.msgpack.decode(known[0], type=PackedFile) if known else None
            if known and head and head.text_key == task.text_key:
                self._beat.add(bytes=task.size, files=1, kept=1, examples=sum(block.rows for block in head.blocks))
                self._done.append(_staged(known[0], known[1], task))
                continue
            try:
                with blaming("expanding", task.documents[0].locator.source), self._gate.hold(task.size):
                    self._expand(task)
            except ReportError as error:
                for document in task.documents:
                    yield "lost", msgspec.msgpack.encode(_rejected(document, error))
            if self._writer.due():
                self._flush()
        self._flush()
        done, self._done = self._done, []
        for start in range(0, len(done), _TOGETHER):
            yield "staged", msgspec.msgpack.encode(done[start : start + _TOGETHER])
        self._beat.write()

    def _tasks(self, places: Iterable[bytes]) -> Iterator[FileTask]:
        for data in places:
            for piece in pieces(self._storage, data):
                yield from msgspec.msgpack.decode(piece, type=list[FileTask])

    def _expand(self, task: FileTask) -> None:
        file = load_file(task.key, task.documents, self._spool.open)
        partner = self._partner(task)
        expansion = expand_file(file, self._settings, partner, task.others)
        for example in expansion.examples:
            about_partner = example.metadata.source_sha256 == task.partner_key
            example.metadata.group = task.partner_group if about_partner else task.group
        kept, verified = self._proven(task if partner else msgspec.structs.replace(task, partner=()), expansion)
        head, payload = pack(
            kept,
            text_key=task.text_key,
            key=task.key,
            group=task.group,
            dropped=dict(expansion.dropped),
            verified=verified,
        )
        data = msgspec.msgpack.encode(head)
        self._writer.add(bytes.fromhex(task.text_key)[:16], data, payload)
        self._waiting.append((data, task))
        self._beat.add(bytes=task.size, files=1, examples=len(kept))

    def _proven(self, task: FileTask, expansion: Expansion) -> tuple[list[Example], int]:
        """The examples less those of the sample that fail verification, pairs whole; and how many were verified."""
        verified, wrong = self._verifier.unproven(task, expansion.examples)
        expansion.dropped.update({"unproven": len(wrong)} if wrong else {})
        out = {row.metadata.id for row in wrong}
        pairs = {row.metadata.pair_id for row in wrong} - {""}
        kept = [row for row in expansion.examples if row.metadata.id not in out and row.metadata.pair_id not in pairs]
        return kept, verified

    def _partner(self, task: FileTask) -> ScannedFile | None:
        """The file to compare with; one that cannot be read any more is reported where its own examples are made."""
        try:
            return load_file(task.partner_key, task.partner, self._spool.open) if task.partner else None
        except ReportError:
            return None

    def _flush(self) -> None:
        """Stage what is waiting."""
        waiting, self._waiting = self._waiting, []
        spans = self._writer.flush()
        self._done += [_staged(head, span, task) for (head, task), span in zip(waiting, spans, strict=True)]


def _staged(head: bytes, place: Span, task: FileTask) -> StagedReference:
    return StagedReference(place, len(head), task.split, task.kind, len(task.documents))


def _rejected(document: Document, error: ReportError) -> Rejected:
    return Rejected(
        source=document.locator.source, position=document.position, dialect=document.dialect, reason=error.reason,
        detail=error.detail,
    )  # fmt: skip


@dataclass(eq=False)
class ExpandReports(beam.PTransform):
    """One file's documents in, up to N examples staged."""

    text: bytes
    staging: str
    workers: int
    memory_limit: int

    def expand(self, files: beam.PCollection[tuple[int, bytes]]) -> beam.PCollection[Entry]:
        """Deal, then everything fused."""
        expand = Expand(self.text, self.staging, self.workers, self.memory_limit)
        return files | "DealFiles" >> beam.GroupByKey() | "ExpandFiles" >> beam.ParDo(expand)
