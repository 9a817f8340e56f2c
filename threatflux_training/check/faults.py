"""What the verifier finds."""

from collections import Counter
from collections.abc import Iterable, Mapping

import msgspec

REMEDIES: Mapping[str, str] = {
    "dataset": "the folder is incomplete or was changed: make the dataset again",
    "shard": "a shard is not as the manifest says: make the dataset again, or restore the shard",
    "digest": "rows were changed, added or lost: make the dataset again",
    "counts": "the manifest's counts do not add up: make the dataset again",
    "schema": "the row has not the form that trainers read: see docs/format.md",
    "id": "the row was changed after it was made",
    "tokens": "the row says another length than its chat has",
    "budget": "the chat is longer than --max_tokens allows",
    "text": "a row holds a character or mark that no chat may hold",
    "placeholder": "an answer says what stands for a missing value",
    "fence": "a code fence is cut",
    "trace": "the report does not give the value that the answer states",
    "report": "the report of this file is not in --reports",
    "untraced": "an answer states a value that no trace explains",
    "wording": "the words beside a value make another statement of it than its trace bears out",
    "scope": "an answer speaks of all of a list of which the prompt shows only a part",
    "hidden": "an answer states a value that the prompt does not show",
    "secret": "a row shows a key, token or password of a report, although the manifest says that they are masked",
    "tool": "a call of the tool or its result is not as the scanner has it",
    "excerpt": "a prompt shows what no report says",
    "metadata": "the metadata of a row contradicts the reports or itself",
    "negative": "a negative is contradicted by the report, or is none",
    "pair": "the two sides of a pair are not together",
    "duplicate_row": "two rows are the same",
    "duplicate_answer": "two rows have the same answers",
    "stats": "stats.json states another measure than the rows give",
    "leak": "one group stands in several splits",
}
"""Every kind of fault, and what it means for the reader."""


class Fault(msgspec.Struct, frozen=True):
    """One finding: its kind (a key of REMEDIES), where (`data/train-00000-of-00001.jsonl.gz:17`) and what."""

    kind: str
    where: str
    what: str


def summary(faults: Iterable[Fault], shown: int = 5) -> list[str]:
    """Lines for a person: each kind with its count, meaning and first findings."""
    listed = list(faults)
    lines: list[str] = []
    for kind, count in sorted(Counter(fault.kind for fault in listed).items()):
        lines.append(f"{kind}: {count:,} ({REMEDIES[kind]})")
        lines += [f"  {fault.where}: {fault.what}" for fault in listed if fault.kind == kind][:shown]
    return lines
