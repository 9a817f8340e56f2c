"""A dataset in the form that hosted fine-tuning takes: files of JSON Lines with `messages`, and `tools` where a chat uses them."""

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any, BinaryIO

import msgspec

from pipeline.commands.reading import rows_of, shards_of, unreadable
from pipeline.locations import storage_for
from threatflux_training.check.shards import DAMAGED
from threatflux_training.dataset.storage import Storage, join, whole

MOST = 512 << 20
"""Bytes of a file at most: what the service takes."""
_TOOLS = re.compile(r"\n\n[^\n]*<tool_call>[^\n]*\n<tools>\n(.+)\n</tools>$", re.DOTALL)
"""The end of a system turn that describes the tools: how to call them in text, then one in each line."""
_CALL = re.compile(r"\n<tool_call>\n(.+)\n</tool_call>$", re.DOTALL)


class _Parts:
    """The files of a split: a new one where the next row would make one too big; each is seen complete or not at all."""

    def __init__(self, storage: Storage, folder: str, split: str, open_files: ExitStack) -> None:
        self._storage, self._start = storage, join(folder, split)
        self._open_files, self._file = open_files, ExitStack()
        self._out: BinaryIO | None = None
        self._size = self._number = self.rows = 0

    def write(self, line: bytes) -> None:
        if self._out is None or self._size + len(line) > MOST:
            self._file.close()
            name = f"{self._start}-{self._number:02d}.jsonl" if self._number else f"{self._start}.jsonl"
            self._file = self._open_files.enter_context(ExitStack())
            self._out = self._file.enter_context(whole(self._storage, name))
            self._size, self._number = 0, self._number + 1
        self._out.write(line)
        self._size += len(line)
        self.rows += 1


def export(dataset: str, folder: str) -> int:
    """Write `train.jsonl`, `validation.jsonl` … into a folder; 1 if there is no dataset or it cannot be read."""
    shards = shards_of(dataset)
    if shards is None:
        return 1
    storage = storage_for([folder])
    parts: dict[str, _Parts] = {}
    try:
        with ExitStack() as open_files:
            for split, _, row in rows_of(dataset, shards):
                if split not in parts:
                    parts[split] = _Parts(storage, folder, split, open_files)
                parts[split].write(msgspec.json.encode(converted(row["messages"])) + b"\n")
    except DAMAGED as error:
        return unreadable(dataset, error)
    for split, one in parts.items():
        print(f"{split}: {one.rows:,} rows")
    return 0


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
