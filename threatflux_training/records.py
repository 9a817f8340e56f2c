"""The row of a dataset and the small records that cross stage borders."""

from typing import Any

import msgspec


class Message(msgspec.Struct, frozen=True, gc=False):
    """One turn of a chat, as trainers read it."""

    role: str
    content: str


class Metadata(msgspec.Struct, kw_only=True, gc=False):
    """What is known of an example beside its text. Same keys and types in every row.

    `importance_score` (0-10) is the weight of the task's evidence for a security reader, `quality_score` (0-1) that of
    the example; `tokens` counts the whole rendered ChatML; `evidence` is the JSON text of the trace (docs/format.md).
    """

    id: str
    file_name: str
    expertise: str
    importance_score: float
    tokens: int
    task: str
    style: str
    question: str
    answerable: bool
    negative_kind: str
    pair_id: str
    source_sha256: str
    partner_sha256: str
    group: str
    chunk_index: int
    chunk_count: int
    quality_score: float
    encoding: str
    evidence: str


class Example(msgspec.Struct, kw_only=True, gc=False):
    """One row: `{"messages": [...], "metadata": {...}}`."""

    messages: list[Message]
    metadata: Metadata


class Trace(msgspec.Struct, frozen=True, gc=False, omit_defaults=False):
    """One checkable value of an answer and how a reader recomputes it from the raw report.

    `value` is the text as it stands in message number `message`; `path` the primary place in the report, as
    `dialect:$.place` (`partner:` before it for a second file, empty where there is none); `op` one of a closed list;
    `inputs` its further inputs: literals, paths or nested `[op, input, ...]`. The list of ops: docs/format.md.
    """

    value: str
    message: int
    path: str
    op: str
    inputs: list[Any]


class Rejected(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An input that could not be used: a line of `rejected/*.jsonl`."""

    source: str
    position: int
    dialect: str
    reason: str
    detail: str
