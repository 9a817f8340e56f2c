"""The plan of an answer: which statements this reader gets, in what order and form.

The answer always opens. What the persona prefers comes next; what it skips is left out where something else remains.
"""

import re
from collections.abc import Mapping, Sequence, Set
from itertools import compress
from typing import Literal, NamedTuple

import msgspec

from threatflux_training.catalogue.load import Catalogue
from threatflux_training.catalogue.model import Persona
from threatflux_training.compose.content import Content, Items, Role, Say, Section, Slot, say
from threatflux_training.compose.realise import DECIDED, Realiser
from threatflux_training.compose.sparing import Sparing
from threatflux_training.compose.value import Source, Text
from threatflux_training.hashing import choose, share

Length = Literal["short", "medium", "long"]
KEPT: dict[Length, tuple[int, int, int]] = {"short": (1, 2, 3), "medium": (2, 5, 7), "long": (5, 9, 99)}
"""Statements beside the answer, by length and the persona's depth 1 to 3."""
_PART, _PART_THOROUGH = (2, 3, 4), (2, 3, 5)
"""The same for one of several parts, and of many: who wants so many wants them thoroughly."""
_THOROUGH = 9
_BASE: dict[Role, float] = {"answer": 9.0, "detail": 1.0, "meaning": 1.6, "limit": 1.5, "verify": 0.8, "next": 0.7}
_PREFERRED = 1.2
_SKIPPED = 3.0
_PARAGRAPH: dict[Role, int] = {"answer": 0, "detail": 0, "meaning": 1, "limit": 1, "verify": 2, "next": 2}
_SENTENCES = 3
"""A paragraph with more statements than this is divided."""
_NAMING = ("name", "path")
_ACCOUNT = 4
"""More answers than this make an account of a matter, not the reply to one question."""
_FAVOURITES = 2
"""So many of a persona's preferred tags let a statement stand right after the answer."""
_POINTS = 3
"""Fewer statements than this are no list."""
_ORDERS: tuple[tuple[Role, ...], ...] = (
    ("answer", "detail", "meaning", "limit", "verify", "next"),
    ("answer", "meaning", "detail", "limit", "verify", "next"),
    ("answer", "detail", "limit", "meaning", "next", "verify"),
)
"""In which order the other statements may follow; the key of the example decides."""

Flat = Say | Items


class Answer(NamedTuple):
    """An answer in words with its sources; `holds` are the tags and roles of its statements."""

    text: str
    sources: tuple[Source, ...]
    holds: frozenset[str]


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
    return {sense(statement, catalogue), *(_entry(one, catalogue) for one in entries)}


def _entry(entry: Say | Text, catalogue: Catalogue) -> str:
    """What an entry of a list says: a value by itself is listed once, wherever else it is mentioned."""
    return sense(entry, catalogue) if isinstance(entry, Say) else f"listed\0{entry.text}"


def _remaining(one: Flat, seen: set[str], catalogue: Catalogue) -> Flat | None:
    """A statement that wasn't said; of a list the entries that weren't, if more than one is left."""
    if _is_reply(one):
        return one
    if sense(one, catalogue) in seen:
        return None
    if isinstance(one, Say):
        return one
    entries = tuple(entry for entry in one.items if _entry(entry, catalogue) not in seen)
    if len(entries) == len(one.items):
        return one
    return msgspec.structs.replace(one, items=entries) if len(entries) > 1 else None


def select(content: Sequence[Flat], persona: Persona, length: Length, key: str, *, parts: int = 0) -> list[Flat]:
    """The answers and as many of the other statements as length and depth allow, the most wanted ones.

    `parts`: the content is one of so many parts that were asked for together, each of which is to be brief.
    """
    answers = [one for one in content if one.role == "answer"]
    others = [one for one in content if one.role != "answer"]
    weights = {id(one): wanted(one, persona, key) for one in others}
    ranked = sorted(others, key=lambda one: -weights[id(one)])
    kept_of = KEPT[length] if not parts else _PART if parts < _THOROUGH else _PART_THOROUGH
    most = kept_of[persona.depth - 1]
    kept = [one for one in ranked if weights[id(one)] > 0][:most]
    chosen = {id(one) for one in kept}
    return answers + [one for one in others if id(one) in chosen]


def flatten(content: Sequence[Content]) -> list[Flat]:
    """The statements of all sections, headings left out."""
    flat: list[Flat] = []
    for one in content:
        flat.extend(one.content if isinstance(one, Section) else (one,))
    return flat


_REPLY = "reply."
_DENIED = re.compile(r"(?:No|Not|Nothing|None|Neither|Nowhere|Nobody)\b")
"""How a sentence starts that says no where a plain no is due."""
_ELSEWHERE = "negatives."
"""What the phrase of an answer begins with that the question is about another file: to it there is no yes or no."""


def replied(content: Sequence[Content], replies: Mapping[str, str]) -> tuple[Content, ...]:
    """The content, after the reply that a question's wording asks for where an answer has one of those phrases."""
    said = [one.lead if isinstance(one, Items) else one for one in flatten(content) if one.role == "answer"]
    if not said or _is_elsewhere(said):
        return tuple(content)
    name = next((found for one in said if (found := _reply_to(one.phrase, replies))), None)
    return (*([say("answer", _REPLY + name)] if name else []), *content)


def _is_elsewhere(statements: Sequence[Flat]) -> bool:
    """Whether an answer begins by saying that the question is about another file."""
    return bool(statements) and isinstance(statements[0], Say) and statements[0].phrase.startswith(_ELSEWHERE)


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


def _sentences(
    ordered: Sequence[Flat], starts: Sequence[bool], writer: Realiser, refers: bool, decides: bool
) -> list[Text]:
    """Each statement in words; one refers back only to a plain answer just before it in the same paragraph.

    `refers`: whether the first may take up the question; `decides`: whether there is a question to say yes or no to.
    """
    made: list[Text] = []
    decides = decides and not _is_elsewhere(ordered)
    for number, one in enumerate(ordered):
        before = ordered[number - 1] if number else None
        able = refers if before is None else isinstance(before, Say) and before.role == "answer" and not starts[number]
        made.append(writer.listing(one) if isinstance(one, Items) else writer.sentence(one, able, decides=decides))
    return made


def _paragraphs(
    statements: Sequence[Flat],
    writer: Realiser,
    persona: Persona,
    key: str,
    *,
    refers: bool = True,
    decides: bool = True,
    spoken: Set[str] = frozenset(),
) -> list[Text]:
    """The statements in words, less those whose very sentences are among `spoken`, unless nothing else is left."""
    ordered = in_order(statements, persona, key)
    listed_before = any(isinstance(one, Items) for one in ordered)
    points = _points(ordered) if persona.form == "list" and not listed_before else len(ordered)
    starts = [number >= points or start for number, start in enumerate(_starts(ordered))]
    texts = _sentences(ordered, starts, writer, refers, decides)
    fresh = [_is_reply(one) or not _is_spoken(text.text, spoken) for one, text in zip(ordered, texts, strict=True)]
    if any(new and _answers(one) for new, one in zip(fresh, ordered, strict=True)):
        points -= fresh[:points].count(False)
    else:
        fresh = [new or one.role == "answer" for new, one in zip(fresh, ordered, strict=True)]
    ordered, texts = [*compress(ordered, fresh)], [*compress(texts, fresh)]
    if len(ordered) > 1 and _is_reply(ordered[0]) and _spares(texts[1].text, texts[0].text):
        ordered, texts, points = ordered[1:], texts[1:], points - 1
    if points + 1 < len(ordered):
        listed = joined([Text("- " + one.text, one.sources) for one in texts[points:]], "\n")
        return [*_grouped(ordered[:points], texts[:points]), listed]
    return _grouped(ordered, texts)


def _is_spoken(text: str, spoken: Set[str]) -> bool:
    """Whether every sentence of a text is among `spoken`."""
    return bool(spoken) and all(_SPOKEN + one in spoken for one in _STOPS.split(text))


def _points(ordered: Sequence[Flat]) -> int:
    """From which statement on all can stand as points, for a reader of lists; their number where none can."""
    answers = next((number for number, one in enumerate(ordered) if one.role != "answer"), len(ordered))
    listed = answers > 0 and isinstance(ordered[answers - 1], Items)
    return answers if not listed and _pointed(ordered[answers:]) else len(ordered)


def _reply_to(phrase: str, replies: Mapping[str, str]) -> str | None:
    """The reply for a phrase, or for those that begin like it where a key ends with a dot."""
    found = (name for key, name in replies.items() if phrase == key or (key[-1:] == "." and phrase.startswith(key)))
    return next(found, None)


def _spares(answer: str, reply: str) -> bool:
    """Whether an answer needs no reply before it: it decides by itself, denies where "No." is due, or begins alike."""
    denial = _DENIED.match(reply)
    alike = answer.startswith((reply.rstrip("."), *([f"{denial[0]} "] if denial else [])))
    return bool(DECIDED.match(answer) or alike or (reply == "No." and _DENIED.match(answer)))


def _is_reply(statement: Flat) -> bool:
    return isinstance(statement, Say) and statement.phrase.startswith(_REPLY)


def _pointed(others: Sequence[Flat]) -> bool:
    """Whether what follows the answer can stand as points, for a reader of lists."""
    return len(others) >= _POINTS and all(isinstance(one, Say) for one in others)


def _starts(ordered: Sequence[Flat]) -> list[bool]:
    """Of each statement whether a paragraph starts with it.

    There is one for the answer and its details, one for the meaning, one for what to do; lists stand by themselves.
    """
    made: list[bool] = []
    last, amount = -1, 0
    for one in ordered:
        place = _PARAGRAPH[one.role]
        made.append(place != last or isinstance(one, Items) or amount >= _SENTENCES)
        amount = 1 if made[-1] else amount + 1
        last = -1 if isinstance(one, Items) else place
    return made


def _grouped(ordered: Sequence[Flat], texts: Sequence[Text]) -> list[Text]:
    """The paragraphs."""
    made: list[list[Text]] = []
    for start, text in zip(_starts(ordered), texts, strict=True):
        if start:
            made.append([])
        made[-1].append(text)
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
) -> Answer:
    """The whole answer. Sections keep their headings only in long answers; elsewhere their statements compete.

    Nothing is said twice: a statement that an earlier part made is left out of the later ones. `before` holds the names
    of what earlier turns of the chat said and gets those of this answer; only an answer itself may repeat them.
    """
    writer = Realiser(catalogue, persona.register, key)
    told = before if before is not None else set()
    fresh = [kept for one in content if (kept := _without(one, told, catalogue)) is not None]
    if not any(_answers(one) for one in flatten(fresh)):
        fresh = [one for one in content if isinstance(one, Section) or _may_come(one, told, catalogue)]
    said: set[str] = set()
    given: set[str] = set()
    holds: set[str] = set()
    blocks: list[Text] = []
    if length != "long" or not any(isinstance(one, Section) for one in content):
        parts: list[tuple[Say | None, Sequence[Flat]]] = [(None, flatten(fresh))]
        spare = Sparing(catalogue, persona.register, ())
    else:
        parts = [(None, [one for one in fresh if not isinstance(one, Section)])]
        parts += [(one.heading, one.content) for one in fresh if isinstance(one, Section)]
        spare = Sparing(catalogue, persona.register, [part for _, part in parts])
    together = any(heading is not None and heading.phrase.startswith(_TOGETHER) for heading, _ in parts)
    for heading, part in parts:
        answered = _answered(part, spare.kept(unsaid(part, said, catalogue)))
        chosen = select(answered, persona, length, key, parts=together and len(parts))
        chosen = spare.spared([one for one in chosen if not _given(one, told | given, catalogue, spare.parts > 1)])
        name = f"{key}/{heading.phrase if heading else ''}"
        titled = heading is not None and heading.phrase.startswith(_TITLED)
        asked = heading is None and not told
        body: list[Text] = []
        for number, group in enumerate([chosen] if heading is not None else _matters(chosen, fresh)):
            first = not number
            body += _paragraphs(
                group, writer, persona, name, refers=asked and first, decides=not titled and first, spoken=told | given
            )
        if titled and blocks and _is_thin(body):
            continue
        for one in chosen:
            said |= senses(one, catalogue)
            holds |= {one.role, *one.tags}
        given |= {_GIVEN_VALUE + source.value for text in body for source in text.sources}
        given |= {_SPOKEN + sentence for text in body for sentence in _STOPS.split(text.text)}
        if heading is not None and body:
            blocks.append(_bold(writer.sentence(heading)))
        blocks += body
    told |= said | given
    whole = joined(blocks, "\n\n")
    return Answer(whole.text, whole.sources, frozenset(holds))


def _matters(chosen: list[Flat], content: Sequence[Content]) -> list[list[Flat]]:
    """What an account without headings says, by the sections it was made of: each matter stands together."""
    if sum(map(_answers, chosen)) <= _ACCOUNT:
        return [chosen]
    sections = [one for one in content if isinstance(one, Section)]
    owners = {statement_key(flat): number for number, one in enumerate(sections) for flat in one.content}
    groups: dict[int, list[Flat]] = {}
    for one in chosen:
        groups.setdefault(owners.get(statement_key(one), -1), []).append(one)
    return [groups[number] for number in sorted(groups)]


_TOGETHER, _TITLED = "combined.", "combined.title."
"""What headings of parts that were asked for together begin with; with the second nobody asked for the single part."""
_THIN = 18
"""A part with fewer words than this is no part of a report."""


def _is_thin(body: Sequence[Text]) -> bool:
    return sum(len(text.text.split()) for text in body) < _THIN


_SPOKEN = "spoken\0"
_STOPS = re.compile(r"\s(?:(?<=\.\s)(?=[A-Z`\d])|(?<=\n)(?:- )?)")
"""Where one sentence ends and the next begins; starts with a set, to be fast."""
_GIVEN_VALUE = "value\0"
_TELLING = 3
"""Characters from which a value stands for one fact; an owner of 0 isn't told by a count of 0."""
_IDENTIFYING = ("about.", "metadata.", "hashes.")
"""What a statement's phrase begins with that gives plain facts of the file: size, times, rights, digests, kind."""


def _given(statement: Flat, told: set[str], catalogue: Catalogue, in_parts: bool) -> bool:
    """Whether a plain fact has only values that were given before, in an earlier turn or part; in parts any detail."""
    if isinstance(statement, Items) or statement.role != "detail":
        return False
    if not in_parts and not statement.phrase.startswith(_IDENTIFYING):
        return False
    phrase = catalogue.phrases.get(statement.phrase)
    slots = [statement.slots.get(slot) for slot in phrase.slots if slot not in _NAMING] if phrase is not None else []
    values = [source.value for slot in slots if isinstance(slot, Text) for source in slot.sources]
    return any(len(one) >= _TELLING for one in values) and all(_GIVEN_VALUE + one in told for one in values)


def _answered(part: Sequence[Flat], fresh: list[Flat]) -> list[Flat]:
    """What is fresh in a part, with its first answer: a part may repeat that rather than go without."""
    answers = [one for one in part if _answers(one)]
    if not answers or any(map(_answers, fresh)):
        return fresh
    replies = [one for one in fresh if _is_reply(one)]
    return [*replies, _reminder(answers[0]), *fresh[len(replies) :]]


_REMINDED = 2
"""So many entries of a list stand for it where it comes again."""


def _reminder(answer: Flat) -> Flat:
    """An answer that was given before; of a list of values only its beginning."""
    if isinstance(answer, Say) or any(isinstance(one, Say) for one in answer.items):
        return answer
    return msgspec.structs.replace(answer, items=answer.items[:_REMINDED])


def _answers(statement: Flat) -> bool:
    """Whether a statement is an answer, and more than a yes or no."""
    return statement.role == "answer" and not _is_reply(statement)


def _without(one: Content, told: set[str], catalogue: Catalogue) -> Content | None:
    """A section less what was told before; a statement if it wasn't."""
    if isinstance(one, Section):
        return Section(one.heading, tuple(flat for flat in one.content if _may_come(flat, told, catalogue)))
    if isinstance(one, Items) and told:
        return _remaining(one, told, catalogue)
    return one if _may_come(one, told, catalogue) else None


def repeats(answer: str, before: Set[str]) -> bool:
    """Whether an answer has no sentence but those that earlier turns spoke; `before` as of `write`."""
    return all(_is_spoken(paragraph, before) for paragraph in answer.split("\n\n"))


def is_answered(content: Sequence[Content], said: Set[str], catalogue: Catalogue) -> bool:
    """Whether the first answer of a task was given before; `said` as of `write`."""
    first = next((one for one in flatten(content) if _answers(one)), None)
    return first is not None and sense(first, catalogue) in said


def _may_come(one: Flat, told: set[str], catalogue: Catalogue) -> bool:
    return one.role == "answer" or sense(one, catalogue) not in told


def _bold(heading: Text) -> Text:
    return Text(f"**{heading.text}**", heading.sources)
