"""Examples of a dataset, set for reading: chat on top, the trace of every value below."""

import json
import sys
from typing import Any

import msgspec
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from pipeline.commands.reading import rows_of, shards_of, unreadable
from threatflux_training.check.shards import DAMAGED


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
    shards = shards_of(dataset)
    if shards is None:
        return 1
    console, shown = Console(), 0
    try:
        for _, where, row in rows_of(dataset, shards):
            if shown == number:
                break
            if wanted.matches(row):
                _print(console, where, row)
                shown += 1
    except DAMAGED as error:
        return unreadable(dataset, error)
    if not shown:
        print("no example matches; take a filter away", file=sys.stderr)
    return 0 if shown else 1


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
