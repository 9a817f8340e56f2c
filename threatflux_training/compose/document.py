"""The plan of an answer: which statements this reader gets, in what order and form.

The answer always opens. What the persona prefers comes next; what it skips is left out where something else remains.
"""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Literal

import msgspec

from threatflux_training.catalogue.load import Catalogue
from threatflux_training.catalogue.model import Persona
from threatflux_training.compose.content import Content, Items, Role, Say, Section, Slot
from threatflux_training.compose.realise import Realiser
from threatflux_training.compose.value import Source, Text
from threatflux_training.hashing import choose, share

Length = Literal["short", "medium", "long"]
KEPT: dict[Length, tuple[int, int, int]] = {"short": (1, 2, 3), "medium": (2, 5, 7), "long": (5, 9, 99)}
"""Statements beside the answer, by length and the persona's depth 1 to 3."""
_BASE: dict[Role, float] = {"answer": 9.0, "detail": 1.0, "meaning": 1.6, "limit": 1.5, "verify": 0.8, "next": 0.7}
_PREFERRED = 1.2
_SKIPPED = 3.0
_PARAGRAPH: dict[Role, int] = {"answer": 0, "detail": 0, "meaning": 1, "limit": 1, "verify": 2, "next": 2}
_SENTENCES = 3
"""A paragraph with more statements than this is divided."""
_DIGEST = re.compile(r"`[0-9a-f]{32,128}`")
_GIVEN = 2
"""So often an answer may give a digest; only answers of further parts repeat it."""
_ACCOUNT = 4
"""More answers than this make an account of a matter, not the reply to one question."""
_FAVOURITES = 2
"""So many of a persona's preferred tags let a statement stand right after the answer."""
_ORDERS: tuple[tuple[Role, ...], ...] = (
    ("answer", "detail", "meaning", "limit", "verify", "next"),
    ("answer", "meaning", "detail", "limit", "verify", "next"),
    ("answer", "detail", "limit", "meaning", "next", "verify"),
)
"""In which order the other statements may follow; the key of the example decides."""

Flat = Say | Items


def wanted(statement: Flat, persona: Persona, key: str) -> float:
    """How much this persona wants a statement; ties are broken by the key."""
    weight = _BASE[statement.role] + 0.3 * share(f"{key}/{statement_key(statement)}")
    for rank, tag in enumerate(persona.prefers):
        if tag in statement.tags:
            weight += _PREFERRED * (1 - rank / (2 * len(persona.prefers)))
    return weight - (_SKIPPED if not statement.tags.isdisjoint(persona.skips) else 0)


def statement_key(statement: Flat) -> str:
    """A name for a statement within its answer."""
    said = statement.lead if isinstance(statement, Items) else statement
    return said.phrase + "".join(_slot_key(slot) for slot in said.slots.values())


def _slot_key(slot: Slot) -> str:
    if isinstance(slot, Text):
        return slot.text
    return statement_key(slot) if isinstance(slot, Say) else "".join(_slot_key(one) for one in slot)


def sense(statement: Flat, catalogue: Catalogue) -> str:
    """What a statement says: its phrase and the values that the phrase's wordings have slots for."""
    if isinstance(statement, Items):
        said = [sense(one, catalogue) if isinstance(one, Say) else one.text for one in statement.items]
        return sense(statement.lead, catalogue) + "".join(said)
    phrase = catalogue.phrases.get(statement.phrase)
    slots = statement.slots
    used = [_slot_key(slots[slot]) for slot in phrase.slots if slot in slots] if phrase is not None else []
    return "\0".join([statement.phrase, *used])


def unsaid(statements: Sequence[Flat], said: set[str], catalogue: Catalogue) -> list[Flat]:
    """The statements that were not said before, each once; `said` is left as it is."""
    seen = set(said)
    fresh: list[Flat] = []
    for one in statements:
        kept = _remaining(one, seen, catalogue)
        if kept is not None:
            seen |= senses(kept, catalogue)
            fresh.append(kept)
    return fresh


def senses(statement: Flat, catalogue: Catalogue) -> set[str]:
    """What a statement says, and what each entry of a list says by itself."""
    entries = statement.items if isinstance(statement, Items) else ()
    return {sense(statement, catalogue), *(sense(one, catalogue) for one in entries if isinstance(one, Say))}


def _remaining(one: Flat, seen: set[str], catalogue: Catalogue) -> Flat | None:
    """A statement that wasn't said; of a list the entries that weren't, if more than one is left."""
    if sense(one, catalogue) in seen:
        return None
    if isinstance(one, Say):
        return one
    entries = tuple(entry for entry in one.items if not (isinstance(entry, Say) and sense(entry, catalogue) in seen))
    if len(entries) == len(one.items):
        return one
    return msgspec.structs.replace(one, items=entries) if len(entries) > 1 else None


def select(content: Sequence[Flat], persona: Persona, length: Length, key: str) -> list[Flat]:
    """The answers and as many of the other statements as length and depth allow, the most wanted ones."""
    answers = [one for one in content if one.role == "answer"]
    others = [one for one in content if one.role != "answer"]
    weights = {id(one): wanted(one, persona, key) for one in others}
    ranked = sorted(others, key=lambda one: -weights[id(one)])
    kept = [one for one in ranked if weights[id(one)] > 0][: KEPT[length][persona.depth - 1]]
    chosen = {id(one) for one in kept}
    return answers + [one for one in others if id(one) in chosen]


def flatten(content: Sequence[Content]) -> list[Flat]:
    """The statements of all sections, headings left out."""
    flat: list[Flat] = []
    for one in content:
        flat.extend(one.content if isinstance(one, Section) else (one,))
    return flat


def in_order(statements: Sequence[Flat], persona: Persona, key: str) -> list[Flat]:
    """The answers, then up to two statements on what the persona wants most, then the others by role.

    Of an account of several answers, a list of steps comes last.
    """
    answers = [one for one in statements if one.role == "answer"]
    steps = [one for one in answers if isinstance(one, Items) and one.numbered] if len(answers) > _ACCOUNT else []
    answers = [one for one in answers if one not in steps]
    others = [one for one in statements if one.role != "answer"]
    most = set(persona.prefers[:_FAVOURITES])
    first = [one for one in others if isinstance(one, Say) and one.role != "next" and not most.isdisjoint(one.tags)][:2]
    roles = choose(f"{key}/order", _ORDERS)
    rest = sorted((one for one in others if one not in first), key=lambda one: roles.index(one.role))
    return [*answers, *first, *rest, *steps]


def _sentences(ordered: Sequence[Flat], writer: Realiser, later: bool) -> list[Text]:
    """Each statement in words; only a plain answer just before lets one refer back to it, not one of an earlier turn."""
    made: list[Text] = []
    for number, one in enumerate(ordered):
        before = ordered[number - 1] if number else None
        refers = not later if before is None else isinstance(before, Say) and before.role == "answer"
        made.append(writer.listing(one) if isinstance(one, Items) else writer.sentence(one, refers))
    return made


def _paragraphs(
    statements: Sequence[Flat], writer: Realiser, persona: Persona, key: str, *, later: bool = False
) -> list[Text]:
    ordered = in_order(statements, persona, key)
    texts = _sentences(ordered, writer, later)
    answers = next((number for number, one in enumerate(ordered) if one.role != "answer"), len(ordered))
    listed = answers > 0 and isinstance(ordered[answers - 1], Items)
    if persona.form == "list" and not listed and _pointed(ordered[answers:]):
        points = joined([Text("- " + one.text, one.sources) for one in texts[answers:]], "\n")
        return [*_grouped(ordered[:answers], texts[:answers]), points]
    return _grouped(ordered, texts)


def _pointed(others: Sequence[Flat]) -> bool:
    """Whether what follows the answer can stand as points, for a reader of lists."""
    return len(others) > 1 and all(isinstance(one, Say) for one in others)


def _grouped(ordered: Sequence[Flat], texts: Sequence[Text]) -> list[Text]:
    """Paragraphs: one for the answer and its details, one for the meaning, one for what to do; lists by themselves."""
    made: list[list[Text]] = []
    last = -1
    for one, text in zip(ordered, texts, strict=True):
        place = _PARAGRAPH[one.role]
        alone = isinstance(one, Items)
        if place != last or alone or len(made[-1]) >= _SENTENCES:
            made.append([])
        made[-1].append(text)
        last = -1 if alone else place
    return [joined(paragraph, " ") for paragraph in made]


def joined(texts: Sequence[Text], between: str) -> Text:
    """Texts put together, with all their sources."""
    sources: tuple[Source, ...] = tuple(source for one in texts for source in one.sources)
    return Text(between.join(one.text for one in texts), sources)


def write(
    content: Sequence[Content],
    persona: Persona,
    length: Length,
    catalogue: Catalogue,
    key: str,
    *,
    before: set[str] | None = None,
) -> Text:
    """The whole answer. Sections keep their headings only in long answers; elsewhere their statements compete.

    Nothing is said twice: a statement that an earlier part made is left out of the later ones. `before` holds the names
    of what earlier turns of the chat said and gets those of this answer; only an answer itself may repeat them.
    """
    writer = Realiser(catalogue, persona.register, key)
    told = before if before is not None else set()
    later = bool(told)
    fresh = [kept for one in content if (kept := _without(one, told, catalogue)) is not None]
    said: set[str] = set()
    digests: Counter[str] = Counter()
    blocks: list[Text] = []
    if length != "long" or not any(isinstance(one, Section) for one in content):
        parts: list[tuple[Say | None, Sequence[Flat]]] = [(None, flatten(fresh))]
    else:
        parts = [(None, [one for one in fresh if not isinstance(one, Section)])]
        parts += [(one.heading, one.content) for one in fresh if isinstance(one, Section)]
    for heading, part in parts:
        chosen = select(_answered(part, unsaid(part, said, catalogue)), persona, length, key)
        chosen = _sparing(chosen, digests)
        for one in chosen:
            said |= senses(one, catalogue)
        body = _paragraphs(chosen, writer, persona, f"{key}/{heading.phrase if heading else ''}", later=later)
        if heading is not None and body:
            blocks.append(_bold(writer.sentence(heading)))
        blocks += body
    told |= said
    return joined(blocks, "\n\n")


def _sparing(chosen: Sequence[Flat], digests: Counter[str]) -> list[Flat]:
    """The statements less those that give a digest once more; `digests` counts how often each was given so far."""
    kept: list[Flat] = []
    for one in chosen:
        given = _digests(one)
        if one.role != "answer" and given and all(digests[digest] >= _GIVEN for digest in given):
            continue
        digests.update(given)
        kept.append(one)
    return kept


def _digests(statement: Flat) -> set[str]:
    """The digests in the values of a statement that is no list."""
    if isinstance(statement, Items):
        return set()
    return {slot.text for slot in statement.slots.values() if isinstance(slot, Text) and _DIGEST.fullmatch(slot.text)}


def _answered(part: Sequence[Flat], fresh: list[Flat]) -> list[Flat]:
    """What is fresh in a part, with its first answer: a part may repeat that rather than go without."""
    answers = [one for one in part if one.role == "answer"]
    return fresh if not answers or any(one.role == "answer" for one in fresh) else [answers[0], *fresh]


def _without(one: Content, told: set[str], catalogue: Catalogue) -> Content | None:
    """A section less what was told before; a statement if it wasn't."""
    if isinstance(one, Section):
        return Section(one.heading, tuple(flat for flat in one.content if _may_come(flat, told, catalogue)))
    return one if _may_come(one, told, catalogue) else None


def _may_come(one: Flat, told: set[str], catalogue: Catalogue) -> bool:
    return one.role == "answer" or sense(one, catalogue) not in told


def _bold(heading: Text) -> Text:
    return Text(f"**{heading.text}**", heading.sources)
