"""From a draft to a row: question, excerpt, answer, exact tokens, trace, id."""

import hashlib
import re
from collections.abc import Sequence

import msgspec

from threatflux_training.catalogue.load import Catalogue, Form
from threatflux_training.catalogue.model import Persona, QuestionStyle
from threatflux_training.compose.document import Length, write
from threatflux_training.compose.realise import fill as fill_slots
from threatflux_training.compose.value import Text
from threatflux_training.evidence.view import View
from threatflux_training.hashing import choose, sha256_hex, share
from threatflux_training.prompt import excerpt, fill, side_of
from threatflux_training.quality.score import quality_score
from threatflux_training.records import Example, Message, Metadata, Trace
from threatflux_training.settings import TextSettings
from threatflux_training.tasks.model import Draft, Offer

_SPANS = re.compile(r"(`+).+?\1", re.DOTALL)
_PLACEHOLDER = re.compile(r"\b(?:Unknown|None|N/A|null|nan|NaN)\b|\{\w*\}|\[\]|\(\)")


class Dropped(Exception):
    """A draft that does not become an example; the argument is the reason, counted in the statistics."""


class Turn(msgspec.Struct, frozen=True, gc=False):
    """A question form with its draft and the task it belongs to."""

    offer: Offer
    draft: Draft
    form: Form


class Frame(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What all turns of a chat share."""

    views: dict[str, View]
    settings: TextSettings
    catalogue: Catalogue
    persona: Persona
    length: Length
    wanted: int
    key: str
    style: str

    @property
    def view(self) -> View:
        """The file the chat is about."""
        return self.views[""]


def form_for(
    catalogue: Catalogue, task: str, slots: Sequence[str], persona: Persona, style: QuestionStyle, key: str
) -> Form | None:
    """A question form of the task that this persona would use and whose slots can be filled."""
    fitting = [
        form
        for form in catalogue.questions.get(task, ())
        if form.question.style == style
        and (not form.question.register or persona.register in form.question.register)
        and (not form.question.persona or persona.id in form.question.persona)
        and set(form.template.slots) <= {*slots, "name", "path"}
    ]
    return choose(f"{key}/{persona.id}/{style}", fitting) if fitting else None


def ask(frame: Frame, turn: Turn) -> str:
    """The question, in words."""
    slots = {"name": frame.view.name, "path": frame.view.path, **turn.draft.slots}
    return fill_slots(turn.form.template, slots).text


def opening(frame: Frame, turns: Sequence[Turn], question: str, answers_tokens: int) -> str:
    """The first user turn: the question and the excerpt, filled up to the wanted length."""
    shows = [show for turn in turns for show in turn.draft.shows]
    if not shows:
        return question
    needed = excerpt(frame.views, shows).tokens + answers_tokens + frame.view.counter.piece(question) + 120
    context = [block for turn in turns for block in turn.draft.context]
    shows += fill(frame.views, shows, context, min(frame.wanted, frame.settings.budget) - needed)
    lead = f"Report on {frame.view.path.text}:"
    if any(side_of(frame.views, show)[0].side for show in shows):
        lead = f"Reports on {frame.view.path.text} and {frame.views['partner:'].path.text}:"
    shown = excerpt(frame.views, shows).text(lead)
    return f"{shown}\n\n{question}" if share(f"{frame.key}/place") < 0.3 else f"{question}\n\n{shown}"


def converse(frame: Frame, turns: Sequence[Turn]) -> tuple[list[Message], list[Trace]]:
    """All turns as messages, and the trace of every value in the answers."""
    answers = [_answer(frame, turn, number) for number, turn in enumerate(turns)]
    tokens = sum(frame.view.counter.chat([Message("assistant", answer.text)]) for answer in answers)
    if frame.settings.max_answer_tokens and tokens > frame.settings.max_answer_tokens:
        raise Dropped("answer_over_budget")
    messages = [Message("system", choose(f"{frame.key}/system", frame.persona.system))]
    traces: list[Trace] = []
    for number, (turn, answer) in enumerate(zip(turns, answers, strict=True)):
        question = ask(frame, turn)
        messages.append(Message("user", question if number else opening(frame, turns, question, tokens)))
        traces += _traces(answer, len(messages))
        messages.append(Message("assistant", answer.text))
    return messages, traces


def _answer(frame: Frame, turn: Turn, number: int) -> Text:
    length: Length = "short" if number and frame.length != "long" else frame.length
    answer = write(turn.draft.content, frame.persona, length, frame.catalogue, f"{frame.key}/{turn.offer.task}")
    if not answer.text.strip():
        raise Dropped("empty_answer")
    if _PLACEHOLDER.search(_SPANS.sub("x", answer.text)):
        raise Dropped("placeholder")
    return answer


def _traces(answer: Text, message: int) -> list[Trace]:
    unique = {repr(source): source for source in answer.sources}
    return [Trace(one.value, message, one.path, one.op, list(one.inputs)) for one in unique.values()]


def example(frame: Frame, turns: Sequence[Turn], pair_id: str = "") -> Example:
    """The row, with every field but the group.

    Raises Dropped where it does not fit the budget or holds what no row may hold.
    """
    messages, traces = converse(frame, turns)
    tokens = frame.view.counter.chat(messages)
    if tokens > frame.settings.budget:
        raise Dropped("over_budget")
    first = turns[0]
    partner = frame.views.get("partner:")
    canonical = msgspec.json.encode(messages, order="sorted")
    metadata = Metadata(
        id=hashlib.sha256(frame.view.file.key.encode() + b"\n" + canonical).hexdigest()[:32],
        file_name=frame.view.file.path,
        expertise=frame.persona.id,
        importance_score=float(first.offer.importance),
        tokens=tokens,
        task=first.offer.task,
        style=frame.style,
        question=first.form.question.id,
        answerable=not first.draft.negative,
        negative_kind=first.draft.negative,
        pair_id=pair_id,
        source_sha256=frame.view.file.key,
        partner_sha256=partner.file.key if partner is not None and _uses_partner(turns) else "",
        group="",
        chunk_index=first.draft.chunk[0],
        chunk_count=first.draft.chunk[1],
        quality_score=quality_score(messages, traces, frame.view.file.path),
        encoding=frame.settings.encoding,
        evidence=msgspec.json.encode(traces).decode(),
    )
    return Example(messages=messages, metadata=metadata)


def pair_key(*parts: str) -> str:
    """The id that both sides of a pair carry."""
    return sha256_hex(*(part.encode("utf-8", "surrogatepass") for part in parts))[:16]


def _uses_partner(turns: Sequence[Turn]) -> bool:
    return any(show.block.startswith("partner:") for turn in turns for show in turn.draft.shows)
