"""Loops that the pipeline is compared with, each as a process of its own: `python -m benchmarks.loops LOOP REPORTS`.

`bare` makes a dataset with the library alone, one file after the other in one process: it reads, decodes, signs, groups,
expands, counts, traces, marks, encodes, compresses, selects and writes shards as the pipeline does, without Beam, lanes,
counters or supervision. `roofline` is what the same bytes cost at least: read, decode into the typed structs, sha256, encode.
The last line printed is JSON: reports, examples, the digest of the dataset, seconds of CPU by step.
"""

import argparse
import gc
import hashlib
import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from pipeline.settings import Settings, settings_from
from threatflux_training.dataset.finish import digest
from threatflux_training.dataset.groups import Leaders
from threatflux_training.dataset.indexing import indexed_source
from threatflux_training.dataset.listing import list_sources
from threatflux_training.dataset.plan import Plan
from threatflux_training.dataset.records import FileTask, Indexed, PackedFile, ShardInfo, StagedFile
from threatflux_training.dataset.segments import SegmentWriter, pack
from threatflux_training.dataset.select import select
from threatflux_training.dataset.shards import ENCODERS, selected_marks, staged_marks, write_shard
from threatflux_training.dataset.spool import Spool
from threatflux_training.dataset.storage import LocalStorage
from threatflux_training.generate import expand_file
from threatflux_training.quality.measure import measure_rows
from threatflux_training.reports import model
from threatflux_training.reports.file import ScannedFile
from threatflux_training.reports.load import load_file


class Whole(msgspec.Struct, gc=False):
    """An analysis object decoded at once, every feature as its typed struct."""

    file_path: str
    metadata: model.FileMetadata | None = None
    hashes: model.Hashes | None = None
    strings: list[str] | None = None
    hex_dump: str | None = None
    binary_info: model.BinaryInfo | None = None
    signatures: model.Signatures | None = None
    symbols: model.Symbols | None = None
    control_flow: model.ControlFlow | None = None
    vulnerabilities: model.Vulnerabilities | None = None
    code_quality: model.CodeQuality | None = None
    dependencies: model.Dependencies | None = None
    entropy: model.Entropy | None = None
    disassembly: model.Disassembly | None = None
    threats: model.Threats | None = None
    behavioral: model.Behavioral | None = None
    yara_indicators: model.YaraIndicators | None = None


class Clock:
    """Seconds of CPU of this process by step."""

    def __init__(self) -> None:
        self.steps: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Add what is used inside."""
        start = time.process_time()
        yield
        self.steps[name] = self.steps.get(name, 0.0) + time.process_time() - start


def roofline(reports: Path) -> dict[str, Any]:
    """Read, decode, hash, encode."""
    decode, encode = msgspec.json.Decoder(Whole).decode, msgspec.json.Encoder().encode
    clock, size = Clock(), 0
    paths = sorted(reports.glob("*.json"))
    gc.freeze()
    for path in paths:
        with clock.step("read"):
            data = path.read_bytes()
        with clock.step("decode"):
            report = decode(data)
        with clock.step("hash"):
            hashlib.sha256(data).digest()
        with clock.step("encode"):
            size += len(encode(report))
    return {"reports": len(paths), "examples": 0, "digest": "", "steps": clock.steps}


class Bare:
    """The job as one loop."""

    def __init__(self, reports: Path, folder: Path) -> None:
        self._settings: Settings = settings_from({"input": [str(reports)], "output": str(folder), "name": "bare"})
        self._storage = LocalStorage()
        self._spool = Spool(self._storage, str(folder / "spool"))
        self._writer = SegmentWriter(self._storage, str(folder / "segments"))
        self._waiting: list[tuple[PackedFile, FileTask]] = []
        self.clock = Clock()

    def run(self) -> dict[str, Any]:
        """Make the dataset."""
        gc.collect()
        gc.freeze()
        with self.clock.step("index"):
            documents = self._documents()
        if not documents:
            raise SystemExit(f"no reports in {', '.join(self._settings.input)}")
        with self.clock.step("group"):
            tasks = Plan(documents, settings=self._settings.text, leaders=Leaders(self._settings.splits))
        shards = self._written([one for task in tasks for one in self._expanded(task)] + self._flushed())
        return {
            "reports": len(documents), "examples": sum(one.rows for one in shards), "digest": digest(shards),
            "steps": self.clock.steps,
        }  # fmt: skip

    def _documents(self) -> list[Indexed]:
        return [
            msgspec.msgpack.decode(data, type=Indexed)
            for source in list_sources(self._settings.input, self._storage).sources
            for kind, data in indexed_source(source, self._spool)
            if kind == "document"
        ]

    def _expanded(self, task: FileTask) -> list[StagedFile]:
        """What is staged by now."""
        with self.clock.step("load"):
            file = load_file(task.key, task.documents, self._spool.open)
            partner = self._partner(task)
        with self.clock.step("expand"):
            expansion = expand_file(file, self._settings.text, partner, task.others)
        with self.clock.step("pack"):
            for example in expansion.examples:
                about_partner = example.metadata.source_sha256 == task.partner_key
                example.metadata.group = task.partner_group if about_partner else task.group
            head, payload = pack(
                expansion.examples,
                text_key=task.text_key,
                key=task.key,
                group=task.group,
                dropped=dict(expansion.dropped),
            )
            self._writer.add(bytes.fromhex(task.text_key)[:16], msgspec.msgpack.encode(head), payload)
            self._waiting.append((head, task))
            return self._flushed() if self._writer.due() else []

    def _partner(self, task: FileTask) -> ScannedFile | None:
        return load_file(task.partner_key, task.partner, self._spool.open) if task.partner else None

    def _flushed(self) -> list[StagedFile]:
        waiting, self._waiting = self._waiting, []
        places = self._writer.flush()
        return [StagedFile(head, at, task.split, task.kind) for (head, task), at in zip(waiting, places, strict=True)]

    def _written(self, files: list[StagedFile]) -> list[ShardInfo]:
        settings, storage = self._settings, self._storage
        suffix = ENCODERS[settings.output_format].SUFFIXES[settings.compression]
        with self.clock.step("select"):
            selection = select(
                files, lambda file: staged_marks(file, storage), num_shards=settings.num_shards, suffix=suffix
            )
        with self.clock.step("write"):
            shards = [
                write_shard(
                    shard, folder=settings.folder, output_format=settings.output_format,
                    compression=settings.compression, storage=storage,
                )
                for shard in selection.shards
            ]  # fmt: skip
        with self.clock.step("finish"):
            measure_rows(selected_marks(selection.shards, storage))
        return shards


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("loop", choices=("bare", "roofline"))
    parser.add_argument("reports", type=Path)
    arguments = parser.parse_args()
    if arguments.loop == "roofline":
        print(json.dumps(roofline(arguments.reports)))
        return
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(Bare(arguments.reports, Path(folder)).run()))


if __name__ == "__main__":
    main()
