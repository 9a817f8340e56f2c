"""The types of the catalogue's data files."""

from typing import Literal

import msgspec

Register = Literal["plain", "working", "expert"]
"""plain: no term without an explanation; working: the terms of daily work; expert: terse, full precision."""
Rests = Literal["", "strings", "imports", "entropy.sections"]
"""Lists that a statement may conclude from as a whole ("": none); tasks/absence.py tells where reports have them."""
FALLBACK: dict[Register, tuple[Register, ...]] = {
    "plain": ("plain", "working", "expert"),
    "working": ("working", "expert", "plain"),
    "expert": ("expert", "working", "plain"),
}
QuestionStyle = Literal["opening", "followup", "recall"]


class Persona(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A reader: how they speak, what they want to hear, what they skip, how much.

    `depth` 1 keeps a few facts, 3 nearly all. `prefers` is ordered, most wanted first; both lists hold content.TAGS.
    `report` are the topics (tasks/topics.py) that a whole report for them has, in order; `asks` the tasks, or
    `FAMILY.` for all of a family, that this reader would rather ask for than others. `system` are the wordings of
    the system turn that any answer meets; those of `demands` ask for something: each is used where the answers hold, of
    each entry, one of the tags or roles (content.ROLES) that stand in it, separated by spaces.
    """

    id: str
    register: Register
    depth: int
    prefers: list[str]
    skips: list[str] = []
    report: list[str] = []
    asks: list[str] = []
    form: Literal["prose", "mixed", "list"] = "prose"
    system: list[str]
    demands: dict[str, list[str]] = {}


class Question(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A form in which people ask for a task. Slots in braces; a question never names its answer.

    `register` and `persona` restrict who asks so (empty: everyone); `style` says where in a chat it can stand.
    `replies` is for a question that wants a yes or a no: by the phrase that an answer has (all that begin so
    where it ends with a dot), the NAME of the phrase `reply.NAME` to say first, unless the answer says so itself.
    """

    id: str
    task: str
    text: str
    register: list[Register] = []
    persona: list[str] = []
    style: QuestionStyle = "opening"
    replies: dict[str, str] = {}


class Phrases(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing to say, in up to three registers, each with variants.

    Slots stand in braces; `[is|are]` agrees in number with the list among them. `rests` names the list that it concludes
    from as a whole: a chat that doesn't show all of it says the phrase `ID.seen` instead, of what is shown.
    """

    rests: Rests = ""
    plain: list[str] = []
    working: list[str] = []
    expert: list[str] = []


class Knowledge(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A reviewed sentence of general knowledge, used word for word; no slots. `ID.plain` is how laymen are told `ID`."""

    text: str
    source: str = ""
