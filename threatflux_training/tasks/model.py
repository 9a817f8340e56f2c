"""What a family of tasks hands to the generator: offers that build drafts.

A family is a module with `FAMILY` (its name) and `offers(view)`; `tasks/families.py` lists them all.
"""

from collections.abc import Callable, Mapping
from typing import Literal, Protocol

import msgspec

from threatflux_training.catalogue.model import Persona
from threatflux_training.compose.content import Content
from threatflux_training.compose.document import Length
from threatflux_training.compose.value import Text
from threatflux_training.evidence.view import View

NegativeKind = Literal[
    "",
    "absent_feature",
    "empty_result",
    "tool_error",
    "entity_not_there",
    "false_premise",
    "out_of_range",
    "other_file",
]


class Show(msgspec.Struct, frozen=True, gc=False):
    """Evidence that a prompt must show: lines `start` to `stop` of a block, or the lines of `only`.

    `title` is the heading in the prompt (default: the block's name and the range where it is not the whole).
    """

    block: str
    start: int = 0
    stop: int | None = None
    only: tuple[int, ...] = ()
    title: str = ""


class Draft(msgspec.Struct, kw_only=True, gc=False):
    """A task on one file, ready to be asked: question slots, evidence, what may be said.

    `slots` fill the question form; `content` is everything worth saying, the answers first. `context` names blocks that
    may be added to the prompt to reach the wanted length. `chunk` is (index, count) where a long list was divided.
    `error` is what a tool answers to a call that fails (tool chats only; the path of the call is the slot `path`).
    """

    slots: Mapping[str, Text]
    shows: tuple[Show, ...]
    content: tuple[Content, ...]
    context: tuple[str, ...] = ()
    chunk: tuple[int, int] = (0, 1)
    negative: NegativeKind = ""
    error: str = ""


class Request(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the generator asks of an offer.

    `room` tokens are left for evidence; `variant` counts the uses of this offer (take another part of the evidence);
    `key` decides choices (`hashing.choose`).
    """

    persona: Persona
    length: Length
    room: int
    variant: int
    key: str


class Offer(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A task that this file's evidence can feed.

    `task` is `family.name`, as in the questions' data files; `weight` its pull against other offers; `importance` 0-10
    the weight of its evidence for a security reader; `variants` how many different drafts it can give. `build` gives a
    draft, a pair of drafts (answerable, unanswerable: same question form, persona and length) or None where the room
    does not suffice. `partner` says that it is about two files: such tasks only follow each other. `personas` names who
    would ask (empty: everyone). `long` says that it can fill a long answer; `recall` that it is asked without an excerpt,
    `tool` that it is always a chat with a tool.
    """

    task: str
    build: Callable[[Request], Draft | tuple[Draft, Draft] | None]
    importance: float
    weight: float = 1.0
    variants: int = 1
    pair: bool = False
    long: bool = False
    personas: tuple[str, ...] = ()
    recall: bool = False
    partner: bool = False
    tool: bool = False


class Family(Protocol):
    """A module of tasks: `offers` looks at a file (and at a partner for comparisons) and says what it can feed."""

    FAMILY: str

    def offers(self, view: View, partner: View | None) -> list[Offer]:
        """The tasks that this file can feed, best first within the family."""
