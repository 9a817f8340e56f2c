"""A dataset in the form that hosted fine-tuning takes: files of JSON Lines with `messages`, and `tools` where a chat uses them."""

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from pipeline.locations import fetched, storage_for
from threatflux_training.check.manifest import read_manifest
from threatflux_training.check.shards import DAMAGED, rows
from threatflux_training.dataset.storage import Storage, join

MOST = 512 << 20
"""Bytes of a file at most: what the service takes."""
_TOOLS = re.compile(r"\n\n[^\n]*<tool_call>[^\n]*\n<tools>\n(.+)\n</tools>$", re.DOTALL)
"""The end of a system turn that describes the tools: how to call them in text, then one in each line."""
_CALL = re.compile(r"\n<tool_call>\n(.+)\n</tool_call>$", re.DOTALL)


class _Parts:
    """The files of a split: a new one where the next row would make one too big."""

    def __init__(self, storage: Storage, folder: str, split: str) -> None:
        self._storage, self._start = storage, join(folder, split)
        self._out: BinaryIO | None = None
        self._size = self._number = self.rows = 0

    def write(self, line: bytes) -> None:
        if self._out is None or self._size + len(line) > MOST:
            self.close()
            name = f"{self._start}-{self._number:02d}.jsonl" if self._number else f"{self._start}.jsonl"
            self._out, self._size, self._number = self._storage.create(name), 0, self._number + 1
        self._out.write(line)
        self._size += len(line)
        self.rows += 1

    def close(self) -> None:
        if self._out is not None:
            self._out.close()


def export(dataset: str, folder: str) -> int:
    """Write `train.jsonl`, `validation.jsonl` … into a folder; 1 if there is no dataset or it cannot be read."""
    try:
        with fetched([join(dataset, "manifest.json")]) as manifest:
            shards: list[Mapping[str, Any]] = read_manifest(Path(manifest[0]).parent)["shards"]
    except (OSError, ValueError) as error:
        print(f"{dataset} is no dataset: {error}. Name the folder that holds manifest.json.", file=sys.stderr)
        return 1
    storage = storage_for([folder])
    parts: dict[str, _Parts] = {}
    try:
        for split, row in _rows(dataset, shards):
            found = parts.setdefault(split, _Parts(storage, folder, split))
            found.write(msgspec.json.encode(converted(row["messages"])) + b"\n")
    except DAMAGED as error:
        print(f"{dataset} cannot be read: {error}. `check` says what is wrong with it.", file=sys.stderr)
        return 1
    finally:
        for one in parts.values():
            one.close()
    for split, one in parts.items():
        print(f"{split}: {one.rows:,} rows")
    return 0


def _rows(dataset: str, shards: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Any]]:
    for shard in shards:
        with fetched([join(dataset, shard["path"])]) as files:
            for row in rows(Path(files[0])):
                yield shard["split"], row


def converted(messages: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """A row with calls as fields: `tool_calls` of the assistant, `tool_call_id` of the answer, `tools` beside the messages."""
    made: list[dict[str, Any]] = []
    tools: list[Any] = []
    for message in messages:
        role, content = message["role"], message["content"]
        if role == "system" and (described := _TOOLS.search(content)):
            tools = [{"type": "function", "function": json.loads(line)} for line in described[1].splitlines()]
            content = content[: described.start()]
        if role == "assistant" and tools and (called := _CALL.search(content)):
            call = json.loads(called[1])
            function = {"name": call["name"], "arguments": json.dumps(call["arguments"], ensure_ascii=False)}
            calls = [{"id": f"call_{len(made)}", "type": "function", "function": function}]
            made.append({"role": role, "content": content[: called.start()], "tool_calls": calls})
        elif role == "tool":
            made.append({"role": role, "tool_call_id": f"call_{len(made) - 1}", "content": content})
        else:
            made.append({"role": role, "content": content})
    return {"messages": made, "tools": tools} if tools else {"messages": made}
