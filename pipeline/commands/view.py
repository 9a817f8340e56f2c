"""Examples of a dataset, set for reading: chat on top, the trace of every value below."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from pipeline.locations import fetched
from threatflux_training.check.manifest import read_manifest
from threatflux_training.check.rows import check_form
from threatflux_training.check.shards import DAMAGED, rows
from threatflux_training.dataset.storage import join


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which examples: each filter is a part of what it is compared with, "" for any; `negative` None for both kinds."""

    task: str = ""
    persona: str = ""
    style: str = ""
    file: str = ""
    text: str = ""
    negative: bool | None = None

    def matches(self, row: Any) -> bool:
        """Whether a row passes all filters."""
        metadata = row["metadata"]
        pairs = (
            (self.task, metadata["task"]), (self.persona, metadata["expertise"]), (self.style, metadata["style"]),
            (self.file, metadata["file_name"]), (self.text, "\n".join(one["content"] for one in row["messages"])),
        )  # fmt: skip
        return all(part in whole for part, whole in pairs) and self.negative in (None, not metadata["answerable"])


def view(dataset: str, wanted: Wanted, *, number: int) -> int:
    """Print the first examples that match; 1 if there is no dataset or no such example."""
    try:
        with fetched([join(dataset, "manifest.json")]) as manifest:
            shards = read_manifest(Path(manifest[0]).parent)["shards"]
    except (OSError, ValueError) as error:
        print(f"{dataset} is no dataset: {error}. Name the folder that holds manifest.json.", file=sys.stderr)
        return 1
    console, shown = Console(), 0
    try:
        for where, row in _rows(dataset, [shard["path"] for shard in shards]):
            if shown == number:
                break
            if wanted.matches(row):
                _print(console, where, row)
                shown += 1
    except DAMAGED as error:
        print(f"{dataset} cannot be read: {error}. `check` says what is wrong with it.", file=sys.stderr)
        return 1
    if not shown:
        print("no example matches; take a filter away", file=sys.stderr)
    return 0 if shown else 1


def _rows(dataset: str, paths: list[str]) -> Iterator[tuple[str, Any]]:
    """Shard after shard; of a remote dataset only those that are looked into come here."""
    for path in paths:
        with fetched([join(dataset, path)]) as shard:
            for number, row in enumerate(rows(Path(shard[0])), 1):
                if form := check_form(row):
                    raise ValueError(f"{path}:{number}: {form[0][1]}")
                yield f"{path}:{number}", row


_STYLES = {"system": "dim", "user": "cyan", "assistant": "green", "tool": "yellow"}


def _print(console: Console, where: str, row: Any) -> None:
    metadata = row["metadata"]
    kind = metadata["negative_kind"] or "answerable"
    console.rule(Text(f"{metadata['task']}  {metadata['expertise']}  {metadata['style']}  {kind}", style="bold"))
    console.print(Text(f"{where}  {metadata['file_name']}  {metadata['tokens']:,} tokens  id {metadata['id']}"))
    for message in row["messages"]:
        role = message["role"]
        console.print(Panel(Text(message["content"]), title=role, title_align="left", border_style=_STYLES[role]))
    traces = Table("value", "op", "path", "inputs", title="evidence", title_justify="left")
    for trace in json.loads(metadata["evidence"]):
        inputs = json.dumps(trace["inputs"]) if trace["inputs"] else ""
        traces.add_row(*(Text(cell) for cell in (trace["value"], trace["op"], trace["path"], inputs)))
    console.print(traces)
