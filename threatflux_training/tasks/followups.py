"""Where a chat can go after an answer: to what it left unsaid, to the next of its kind, to a conclusion that is wrong.

Nothing here looks at a report: all is made of the draft that was answered first.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from threatflux_training.compose.content import Items, Role, Say, say
from threatflux_training.compose.document import Flat, flatten, statement_key
from threatflux_training.compose.value import Text
from threatflux_training.hashing import ordered, share
from threatflux_training.tasks.model import Draft, Show

_KINDS = {"meaning": "meaning", "limit": "limit", "verify": "verify", "next": "next", "detail": "detail"}
"""The role of what was left unsaid, and the task `followup.KIND` whose forms ask for it."""
_PREMISES: Mapping[str, str] = {
    "vulnerabilities": "vulnerable", "behavioral": "malware", "strings": "malware", "yara_indicators": "malware", "threats": "harmless",
    "verdicts": "harmless", "hashes": "harmless", "metadata": "genuine", "dependencies": "sound", "code_quality": "sound",
    "entropy": "hidden",
}  # fmt: skip
"""The conclusion that people jump to, by family of the first task; others suggest none."""
_GRAVE = ("strings.hostile", "strings.fetch", "strings.persist", "strings.risky", "strings.secrets")
"""Findings that nobody should talk down: beside them the conclusion on malware isn't denied."""
_PREMISE = 0.4
_MOST = 3
"""Statements of one follow-up at most."""
_SUGGESTING: Mapping[str, tuple[str, ...]] = {
    "hidden": (
        "entropy.overall.dense", "entropy.overall.random", "entropy.encrypted.region", "entropy.encrypted.dense", "entropy.packed.data",
        "entropy.packed.outside",
    ),
}  # fmt: skip
"""Answers that suggest a conclusion, where not every answer of the family does: nobody takes a sparse file for encrypted."""
_ON: Mapping[str, frozenset[str]] = {
    "hidden": frozenset(("entropy", "crypto")),
    "harmless": frozenset(("malware", "weakness", "rule", "detection", "memory_safety")),
}
"""What a statement has to be about to bear on a conclusion; with others any limit does."""


class Step(NamedTuple):
    """A further turn: the task whose forms ask it, and its draft."""

    task: str
    draft: Draft


def unsaid(content: Sequence[Flat], said: Sequence[Flat]) -> list[Flat]:
    """The statements that an answer left out."""
    known = {statement_key(one) for one in said}
    return [one for one in content if statement_key(one) not in known and one.role != "answer"]


def news(left: Sequence[Flat], said: Sequence[Flat]) -> list[Flat]:
    """Of what was left unsaid that which goes on: facts with a value that wasn't given yet; general knowledge doesn't."""
    given = {text.text for one in said for text in _values(one)}
    return [one for one in left if not _known(one) and (one.role != "detail" or _adds(one, given))]


def _known(one: Flat) -> bool:
    return isinstance(one, Say) and one.phrase.startswith("knowledge.")


def _adds(one: Flat, given: set[str]) -> bool:
    """Whether a statement has a value of the report that is none of those."""
    return any(text.sources and text.text not in given for text in _values(one))


def tells(draft: Draft, other: Draft) -> bool:
    """Whether a draft has every value that another's answer gives, so that the other would only repeat it."""
    given = {text.text for one in flatten(other.content) if one.role == "answer" for text in _values(one)}
    return given <= {text.text for one in flatten(draft.content) for text in _values(one)}


def _values(one: Flat | Text) -> Iterator[Text]:
    if isinstance(one, Text):
        yield one
    elif isinstance(one, Items):
        for entry in (one.lead, *one.items):
            yield from _values(entry)
    else:
        for slot in one.slots.values():
            for entry in slot if isinstance(slot, tuple) and not isinstance(slot, Text) else (slot,):
                yield from _values(entry)


def steps(
    family: str,
    name: Text,
    left: Sequence[Flat],
    key: str,
    said: Sequence[Flat] = (),
    shows: tuple[Show, ...] = (),
) -> list[Step]:
    """Turns that take up what was left unsaid, in an order of this chat; a wrong conclusion comes last.

    `said`: the first answer, which has to suggest the conclusion where that isn't common to the family. `shows`: the
    evidence for details that the first task didn't show. Who asks for more gets more than a stray detail; who asks what
    to do gets the checks too.
    """
    roles = ordered(f"{key}/roles", sorted({one.role for one in left}))
    by_role = {role: [one for one in left if one.role == role][:_MOST] for role in roles}
    if len(details := by_role.get("detail", [])) == 1 and isinstance(details[0], Say):
        del by_role["detail"]
    if "next" in by_role and "verify" in by_role:
        by_role["next"] = [*by_role["next"], *by_role.pop("verify")][:_MOST]
    made = [
        Step(f"followup.{_KINDS[role]}", _draft(name, found, shows if role == "detail" else ()))
        for role, found in by_role.items()
    ]
    premise = _PREMISES.get(family, "")
    if premise in _SUGGESTING and not any(isinstance(one, Say) and one.phrase in _SUGGESTING[premise] for one in said):
        premise = ""
    if premise == "malware" and any(isinstance(one, Say) and one.phrase.startswith(_GRAVE) for one in (*said, *left)):
        premise = ""
    support = [one for one in left if one.role in ("limit", "meaning") and _bears(one, premise)]
    if support and premise and share(f"{key}/premise") < _PREMISE:
        answer = say("answer", f"premise.{premise}", "decision plain limit", name=name)
        role = "limit" if any(one.role == "limit" for one in support) else "meaning"
        used = [one for one in support if one.role == role][:_MOST]
        made = [one for one in made if one.draft.content[0] is not used[0] and not _same(one, used)]
        made.append(Step(f"premise.{premise}", Draft(slots={"name": name}, shows=(), content=(answer, *used))))
    return made


def _bears(one: Flat, premise: str) -> bool:
    """Whether a statement bears on the conclusion: on hidden content only what is about density or ciphers, and so on."""
    if premise == "hidden" and "structure" in one.tags:
        return False
    return premise not in _ON or not one.tags.isdisjoint(_ON[premise])


def _same(step: Step, used: Sequence[Flat]) -> bool:
    keys = {statement_key(one) for one in used}
    return any(isinstance(one, Say | Items) and statement_key(one) in keys for one in step.draft.content)


def _draft(name: Text, found: Sequence[Flat], shows: tuple[Show, ...] = ()) -> Draft:
    first = msgspec.structs.replace(found[0], role="answer")
    return Draft(slots={"name": name}, shows=shows, content=(first, *found[1:]))


def parted(draft: Draft, role: Role, name: Text) -> tuple[Draft, Step] | None:
    """The draft less what it has of a role, and the turn that asks for that; None where it has nothing of it."""
    found = [one for one in flatten(draft.content) if one.role == role][:_MOST]
    kept = tuple(one for one in draft.content if one not in found)
    if not found or len(kept) == len(draft.content):
        return None
    return msgspec.structs.replace(draft, content=kept), Step(f"followup.{_KINDS[role]}", _draft(name, found))


def entity(first: Draft, second: Draft) -> Text | None:
    """What the second draft is about where the first was about another of the kind; None if that is not one thing."""
    names = [
        name for name, text in second.slots.items()
        if name in first.slots and text.text != first.slots[name].text and text.text.startswith("`")
    ]  # fmt: skip
    return second.slots[names[0]] if len(names) == 1 and first.slots.keys() == second.slots.keys() else None
