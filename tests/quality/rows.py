"""Rows of a made-up dataset for planting what a measure must find."""

import hashlib
from typing import Any

from threatflux_training.quality.hashes import hashed
from threatflux_training.quality.marks import marks_of
from threatflux_training.quality.measure import measure_rows
from threatflux_training.records import Example, Message, Metadata

WORDS = ["amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heron", "inlet", "jetty", "knoll", "lemon", "maple", "night", "ocean", "pearl", "quartz", "river", "stone", "tulip", "umber", "valve", "willow", "xenon", "yield", "zebra"]  # fmt: skip


def sentence(key: str, words: int = 12) -> str:
    """A sentence that hardly another key gives."""
    return " ".join(WORDS[hashed(f"{key}/{n}") % len(WORDS)] for n in range(words)).capitalize() + "."


def row(
    number: int, answer: str = "", question: str = "", *, split: str = "train", excerpt: str = "", **metadata: Any
) -> tuple[str, Example]:
    """A row whose file, group, question and answer are its own unless given."""
    question = question or sentence(f"question {number}")
    shown = excerpt or sentence(f"evidence {number}")
    messages = [
        Message("system", "You help."),
        Message("user", f"{question}\n\nReport on `/bin/{number}`:\n```\n[lines]\n  {shown}\n```"),
        Message("assistant", answer or sentence(f"answer {number}", 40)),
    ]
    values: dict[str, Any] = {
        "id": hashlib.sha256(f"{number}".encode()).hexdigest()[:32], "file_name": f"/bin/file{number}.so",
        "expertise": f"persona {number % 7}", "importance_score": 5.0, "tokens": 200 + number % 50, "task": "strings.find",
        "style": "grounded", "question": f"strings.find.{number % 9}", "answerable": True, "negative_kind": "",
        "pair_id": "", "source_sha256": f"{number:064x}", "partner_sha256": "", "group": f"{number:064x}",
        "chunk_index": 0, "chunk_count": 1, "quality_score": 0.5, "encoding": "o200k_base", "evidence": "[]",
    }  # fmt: skip
    return split, Example(messages=messages, metadata=Metadata(**(values | metadata)))


def measure(rows: list[tuple[str, Example]], name: str) -> dict[str, Any]:
    """One measure over the rows."""
    found: dict[str, Any] = measure_rows((split, marks_of(one)) for split, one in rows)["measures"][name]
    return found
