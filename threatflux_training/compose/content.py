"""What an answer may say: statements with a role and tags, from which persona and length choose.

A family of tasks lists everything worth saying; `document.arrange` keeps what this reader wants and orders it.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Literal, Union

import msgspec

from threatflux_training.compose.value import Text

Role = Literal["answer", "detail", "meaning", "limit", "verify", "next"]
"""answer: always said, first. detail: further facts. meaning: what it means for this reader. limit: what is not shown
or how weak it is. verify: how to check. next: what to do with this file."""
ROLES: tuple[Role, ...] = ("answer", "detail", "meaning", "limit", "verify", "next")

TAGS = frozenset(
    [
        "identity",
        "hash",
        "size",
        "time",
        "path",
        "permission",
        "type",
        "structure",
        "address",
        "code",
        "imports",
        "strings",
        "network",
        "files",
        "process",
        "crypto",
        "entropy",
        "score",
        "rule",
        "weakness",
        "mitigation",
        "memory_safety",
        "provenance",
        "package",
        "license",
        "build",
        "performance",
        "container",
        "hardware",
        "data",
        "method",
        "limit",
        "verify",
        "next",
        "decision",
        "verdict",
        "plain",
        "comparison",
        "malware",
        "detection",
        "kernel",
        "storage",
    ]
)
"""What a statement is about; personas prefer and skip tags."""

Slot = Union[Text, "Say", tuple[Union[Text, "Say"], ...]]
"""What fills a slot: a value, a fragment of a sentence with slots of its own, or several of these, joined as a list."""
Slots = Mapping[str, Slot]


class Say(msgspec.Struct, frozen=True, gc=False):
    """One sentence or two: a phrase of the catalogue and the values for its slots."""

    role: Role
    phrase: str
    tags: frozenset[str]
    slots: Slots


class Items(msgspec.Struct, frozen=True, gc=False):
    """A list that is a list: a leading phrase, then one phrase (or bare value) per item; `numbered` for steps."""

    role: Role
    lead: Say
    items: tuple["Say | Text", ...]
    tags: frozenset[str]
    numbered: bool = False


class Section(msgspec.Struct, frozen=True, gc=False):
    """A part of a long answer, under a heading (a phrase without a full stop) or with none."""

    heading: Say | None
    content: tuple["Say | Items", ...]


Content = Say | Items | Section


def say(role: Role, phrase: str, tags: str = "", **slots: Slot) -> Say:
    """A statement; tags separated by spaces."""
    return Say(role, phrase, _tagged(tags), slots)


def fragment(phrase: str, **slots: Slot) -> Say:
    """A part of a sentence, for a slot of another phrase."""
    return Say("detail", phrase, frozenset(), slots)


def items(role: Role, lead: Say, entries: "list[Say | Text]", tags: str = "", *, numbered: bool = False) -> Items:
    """A list with its leading phrase."""
    return Items(role, lead, tuple(entries), _tagged(tags) | lead.tags, numbered)


@lru_cache(maxsize=1 << 12)
def _tagged(tags: str) -> frozenset[str]:
    return frozenset(tags.split())
