"""The plan of an answer: which statements this reader gets, in what order and form.

The answer always opens. What the persona prefers comes next; what it skips is left out where something else remains.
"""

from collections.abc import Sequence
from typing import Literal

from threatflux_training.catalogue.load import Catalogue
from threatflux_training.catalogue.model import Persona
from threatflux_training.compose.content import ROLES, Content, Items, Role, Say, Section
from threatflux_training.compose.realise import Realiser
from threatflux_training.compose.value import Source, Text
from threatflux_training.hashing import share

Length = Literal["short", "medium", "long"]
KEPT: dict[Length, tuple[int, int, int]] = {"short": (1, 2, 2), "medium": (3, 6, 9), "long": (5, 9, 99)}
"""Statements beside the answer, by length and the persona's depth 1 to 3."""
_BASE: dict[Role, float] = {"answer": 9.0, "detail": 1.0, "meaning": 1.6, "limit": 1.5, "verify": 0.8, "next": 0.7}
_PREFERRED = 1.2
_SKIPPED = 3.0
_PARAGRAPH: dict[Role, int] = {"answer": 0, "detail": 0, "meaning": 1, "limit": 1, "verify": 2, "next": 2}
_SENTENCES = 3
"""A paragraph with more sentences than this is divided."""

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
    return said.phrase + "".join(text.text for text in said.slots.values())


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


def _paragraphs(statements: Sequence[Flat], writer: Realiser, persona: Persona) -> list[Text]:
    ordered = sorted(statements, key=lambda one: ROLES.index(one.role))
    made: list[Text] = []
    open_sentences: list[Text] = []
    last = -1

    def close() -> None:
        if open_sentences:
            made.append(joined(open_sentences, " "))
            open_sentences.clear()

    for number, statement in enumerate(ordered):
        place = _PARAGRAPH[statement.role]
        if place != last or isinstance(statement, Items) or len(open_sentences) >= _SENTENCES:
            close()
        last = place
        if isinstance(statement, Items):
            made.append(writer.listing(statement))
            continue
        sentence = writer.sentence(statement, number == 0 or ordered[number - 1].role == "answer")
        if writer.is_new(sentence) or number == 0:
            open_sentences.append(sentence)
    close()
    return _as_list(made) if persona.form == "list" else made


def _as_list(paragraphs: list[Text]) -> list[Text]:
    """A reader of lists gets the paragraphs after the first as points, where there are several plain ones."""
    points = paragraphs[1:]
    if len(points) < 2 or any("\n" in one.text for one in points):
        return paragraphs
    return [paragraphs[0], joined([Text("- " + one.text, one.sources) for one in points], "\n")]


def joined(texts: Sequence[Text], between: str) -> Text:
    """Texts put together, with all their sources."""
    sources: tuple[Source, ...] = tuple(source for one in texts for source in one.sources)
    return Text(between.join(one.text for one in texts), sources)


def write(content: Sequence[Content], persona: Persona, length: Length, catalogue: Catalogue, key: str) -> Text:
    """The whole answer. Sections keep their headings only in long answers; elsewhere their statements compete."""
    writer = Realiser(catalogue, persona.register, key)
    if length != "long" or not any(isinstance(one, Section) for one in content):
        return joined(_paragraphs(select(flatten(content), persona, length, key), writer, persona), "\n\n")
    blocks: list[Text] = []
    loose = [one for one in content if not isinstance(one, Section)]
    blocks += _paragraphs(select(loose, persona, length, key), writer, persona)
    for section in content:
        if isinstance(section, Section):
            body = _paragraphs(select(section.content, persona, length, key), writer, persona)
            if body and section.heading is not None:
                heading = writer.sentence(section.heading)
                blocks.append(Text(f"**{heading.text}**", heading.sources))
            blocks += body
    return joined(blocks, "\n\n")
