"""The whole program: reports in, dataset out, stage by stage."""

from typing import Any

import apache_beam as beam
import msgspec

from pipeline.settings import Settings
from threatflux_training.dataset.storage import join
from transforms.expand import ExpandReports
from transforms.finish import FinishDataset
from transforms.group import GroupDocuments
from transforms.index import IndexReports
from transforms.write import SelectDuplicates, WriteShards


def build(pipeline: beam.Pipeline, settings: Settings, workers: int, facts: dict[str, Any]) -> None:
    """The stages in order; `facts` go into the manifest."""
    text = msgspec.json.encode(settings.text)
    form, compression, folder = settings.output_format, settings.compression, settings.folder
    staging, groups, memory = settings.staging, f"{folder}/groups.bin", settings.memory_limit
    indexed = pipeline | "IndexReports" >> IndexReports(
        settings.input, (folder, staging), staging, workers, memory, marker(settings)
    )
    documents = indexed | "Documents" >> beam.FlatMap(of_kind, "documents")
    files = documents | "GroupDocuments" >> GroupDocuments(text, settings.splits, groups, staging, workers)
    expanded = files | "ExpandReports" >> ExpandReports(text, staging, workers, memory)
    staged = expanded | "Staged" >> beam.FlatMap(of_kind, "staged")
    selected, work = staged | "SelectDuplicates" >> SelectDuplicates(settings.num_shards, form, compression, staging)
    shards, quality = work | "WriteShards" >> WriteShards(folder, form, compression, staging)
    unused = (
        indexed | "Unread" >> beam.Filter(is_not, "documents"),
        expanded | "Unexpanded" >> beam.Filter(is_not, "staged"),
    )
    outcomes = unused | "Outcomes" >> beam.Flatten()
    pipeline | "FinishDataset" >> FinishDataset(folder, staging, facts, shards, quality, selected, outcomes)


def marker(settings: Settings) -> str:
    """The file by which a worker of another machine sees that it shares staging with the submitter; "" for local runs."""
    return "" if settings.runner == "DirectRunner" else join(settings.staging, "run.json")


def of_kind(entry: tuple[str, bytes], kind: str) -> list[bytes]:
    """The record of an entry of this kind."""
    return [entry[1]] if entry[0] == kind else []


def is_not(entry: tuple[str, bytes], kind: str) -> bool:
    """Whether an entry is of another kind."""
    return entry[0] != kind
