"""From a draft to a row: question, excerpt, answer, exact tokens, trace, id."""

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from threatflux_training.catalogue.load import Catalogue, Form
from threatflux_training.catalogue.model import Persona, QuestionStyle
from threatflux_training.compose import value
from threatflux_training.compose.content import Items, say
from threatflux_training.compose.document import Answer, Length, flatten, is_answered, repeats, replied, write
from threatflux_training.compose.realise import Realiser, Unsayable
from threatflux_training.compose.realise import fill as fill_slots
from threatflux_training.compose.value import Text
from threatflux_training.evidence import tool_json
from threatflux_training.evidence.hidden import states_hidden
from threatflux_training.evidence.view import View
from threatflux_training.hashing import choose, sha256_hex, share
from threatflux_training.prompt import excerpt, fill, side_of
from threatflux_training.quality.score import quality_score
from threatflux_training.records import Example, Message, Metadata, Trace
from threatflux_training.reports.report import SCANNED
from threatflux_training.settings import TextSettings
from threatflux_training.tasks.absence import asked_for, in_view, of_shown
from threatflux_training.tasks.behavioral_basis import advice
from threatflux_training.tasks.model import Draft, Offer, Show
from threatflux_training.text import escape, holds, is_neutral

_SPANS = re.compile(r"(`+).+?\1", re.DOTALL)
_PLACEHOLDER = re.compile(r"\b(?:Unknown|None(?! of\b)|N/A|null|nan|NaN)\b|\{\w*\}|\[\]|\(\)")


_MAYBE_PLACEHOLDER = ("Unknown", "None", "N/A", "null", "nan", "NaN", "{", "[]", "()")
"""One of these stands in every answer with a placeholder; to look for them takes less."""


_EXCERPT = re.compile(
    r"\b(?:reports?|scan|scans|scanned|scanner|scanner's|excerpt|lines?|rows?|above|below|here|shown|listed|lists?|these|"
    r"those|this|that|dump|output|findings?|results?|entry|entries|numbers|says|said|called|calls|marked|mentions|columns?)\b",
    re.IGNORECASE,
)
"""Words of questions that suppose a report in hand; who has a tool doesn't have one yet."""
_NULLS = ("binary_info", "symbols", "dependencies", "vulnerabilities")
_ON_KIND = ("triage.", "entropy.", "hex.", "verdicts.", "metadata.what")
"""Tasks for which it matters that a file isn't of the kind that a feature is for."""
_ANYWHERE = ("strings", "hex_dump", "disassembly")
"""Blocks that fill a long prompt where the tasks name no others, or too short ones."""
_RESULT = 1_800
"""Tokens that a tool's result may always have, within the budget."""
_SLIVER = 14
"""A longer result has at most this many tokens for each token of the answer that rests on it."""
_ADVISED = ("behavioral.control", "behavioral.overview", "behavioral.report")
"""Tasks on labels with which the scanner prints advice; a tool's result shows it."""
_METADATA = 0.3
"""Share of tool chats that ask for the metadata too, where the answer needs none."""
_NULL = 0.3
"""Share of tool chats that ask for a feature that the scanner has no result for, where the kind of file proves that."""


class Dropped(Exception):
    """A draft that does not become an example; the argument is the reason, counted in the statistics."""


class Turn(msgspec.Struct, frozen=True, gc=False):
    """A question form with its draft and the task it belongs to."""

    offer: Offer
    draft: Draft
    form: Form


class Frame(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What all turns of a chat share; `system` is the system turn where it is settled."""

    views: dict[str, View]
    settings: TextSettings
    catalogue: Catalogue
    persona: Persona
    length: Length
    wanted: int
    key: str
    style: str
    system: str = ""

    @property
    def view(self) -> View:
        """The file the chat is about."""
        return self.views[""]


def form_for(
    catalogue: Catalogue,
    task: str,
    slots: Sequence[str],
    persona: Persona,
    style: QuestionStyle,
    key: str,
    *,
    unseen: bool = False,
) -> Form | None:
    """A question form of the task that this persona would use and whose slots can be filled.

    `unseen`: of somebody who has not seen a report yet, and so knows nothing but the file.
    """
    able = frozenset(("name", "path") if unseen else (*slots, "name", "path"))
    fitting = [
        form
        for form in catalogue.questions.get(task, ())
        if form.question.style == style
        and (not form.question.register or persona.register in form.question.register)
        and (not form.question.persona or persona.id in form.question.persona)
        and form.template.needs <= able
        and not (unseen and _EXCERPT.search(form.question.text))
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
    found = excerpt(frame.views, shows)
    needed = found.tokens(frame.view.counter) + answers_tokens + frame.view.counter.text(question) + 120
    context = [*(block for turn in turns for block in turn.draft.context), *_ANYWHERE]
    if more := fill(frame.views, shows, context, min(frame.wanted, frame.settings.budget) - needed):
        shows += more
        found = excerpt(frame.views, shows)
    lead = f"Report on {frame.view.path.text}:"
    if any(side_of(frame.views, show)[0].side for show in shows):
        lead = f"Reports on {frame.view.path.text} and {frame.views['partner:'].path.text}:"
    shown = found.text(lead)
    return f"{shown}\n\n{question}" if share(f"{frame.key}/place") < 0.3 else f"{question}\n\n{shown}"


class Spoken(NamedTuple):
    """A chat whose system turn is still empty: its messages, the traces of all values in its answers, and what they hold."""

    messages: list[Message]
    traces: list[Trace]
    holds: frozenset[str]


def converse(frame: Frame, turns: Sequence[Turn]) -> Spoken:
    """All turns as messages."""
    said: set[str] = set()
    shows = [show for turn in turns for show in turn.draft.shows]
    turns = [_only_seen(frame, turn, shows) for turn in turns] if shows else turns
    answers = [_answer(frame, turn, number, said) for number, turn in enumerate(turns)]
    tokens = _answers_tokens(frame, [answer.text for answer in answers])
    messages = [Message("system", "")]
    traces: list[Trace] = []
    for number, (turn, answer) in enumerate(zip(turns, answers, strict=True)):
        question = ask(frame, turn)
        messages.append(Message("user", question if number else opening(frame, turns, question, tokens)))
        traces += _traces(answer, len(messages))
        messages.append(Message("assistant", answer.text))
    return Spoken(messages, traces, frozenset[str]().union(*(answer.holds for answer in answers)))


_DEMANDING = 0.8
"""Share of the chats with a demanding system turn among those whose answers meet one."""


_REPORTED = re.compile(r"\b(?:reports?|scan|listing)\b")
"""Words of system turns that suppose a report."""


def _system(frame: Frame, holds: frozenset[str]) -> str:
    """The system turn: often a wording that demands what the answers hold, else one that any answer meets."""
    if frame.system:
        return frame.system
    demands = frame.persona.demands.items()
    met = [text for text, needs in demands if all(not holds.isdisjoint(one.split()) for one in needs)]
    general = frame.persona.system
    if frame.style == "recall":
        met, general = ([text for text in texts if not _REPORTED.search(text)] for texts in (met, general))
    demanding = met and share(f"{frame.key}/demanding") < _DEMANDING
    return choose(f"{frame.key}/system", met if demanding else general)


def _only_seen(frame: Frame, turn: Turn, shows: Sequence[Show]) -> Turn:
    """The turn without what is missing from lists that the prompt doesn't show. Raises Dropped where nothing is left."""
    content = in_view(turn.draft.content, shows, frame.views, frame.catalogue.phrases)
    if content is None:
        raise Dropped("absence_unseen")
    draft = msgspec.structs.replace(turn.draft, content=tuple(content))
    return msgspec.structs.replace(turn, draft=draft)


_ACTING = ("followup.next", "followup.verify")
"""What begins the tasks of turns that go on by what to do; all others have to bring a value."""
_CONCLUDING = "premise."
"""What begins the tasks of turns that meet a conclusion: with values, be they known."""


def going_on(frame: Frame, turns: Sequence[Turn]) -> list[Turn]:
    """The turns of a chat less those after the first that bring nothing: their question has its answer already, or their
    answer has no value that wasn't given before. Raises Dropped.
    """
    views = frame.views.values()
    names = {name for view in views for text in (view.name, view.path) for name in (text.text, text.text.strip("`"))}
    given = set(names)
    shows = [show for turn in turns for show in turn.draft.shows]
    said: set[str] = set()
    kept: list[Turn] = []
    for number, turn in enumerate(_only_seen(frame, one, shows) if shows else one for one in turns):
        if kept and is_answered(turn.draft.content, said, frame.catalogue):
            continue
        spoken = set(said)
        try:
            answer = _answer(frame, turn, number, spoken)
        except Dropped as dropped:
            if str(dropped) == "repeated_turn":
                continue
            raise
        values, task = (
            {one.value for one in answer.sources if one.op not in ("asked", "knowledge")},
            turn.form.question.task,
        )
        known = names if task.startswith(_CONCLUDING) else given
        if not kept or task.startswith(_ACTING) or not values <= known:
            kept.append(turn)
            said = spoken
            given |= values
    return kept


def answer_key(frame: Frame, turn: Turn) -> str:
    """What decides the choices in an answer."""
    return f"{frame.key}/{turn.offer.task}"


def _answers_tokens(frame: Frame, answers: Sequence[str]) -> int:
    """The tokens of all turns of the assistant. Raises Dropped where they are too many."""
    tokens = sum(frame.view.counter.chat([Message("assistant", answer)]) for answer in answers)
    if 0 < frame.settings.max_answer_tokens < tokens:
        raise Dropped("answer_over_budget")
    return tokens


def _answer(frame: Frame, turn: Turn, number: int, said: set[str]) -> Answer:
    length: Length = frame.length
    if frame.style == "dialogue":
        length = "medium" if number else "short"
    key = answer_key(frame, turn)
    try:
        content = replied(turn.draft.content, turn.form.question.replies)
        before = frozenset(said)
        answer = write(content, frame.persona, length, frame.catalogue, key, before=said)
    except Unsayable as missing:
        raise Dropped("unsayable") from missing
    if not answer.text.strip():
        raise Dropped("empty_answer")
    if number and repeats(answer.text, before):
        raise Dropped("repeated_turn")
    if any(not one.value.strip() or (one.op == "equal" and one.value == "None") for one in answer.sources):
        raise Dropped("blank_value")
    if _has_placeholder(answer.text):
        raise Dropped("placeholder")
    asked = [source for slot in turn.draft.slots.values() for source in slot.sources]
    if states_hidden([*answer.sources, *asked], frame.views):
        raise Dropped("secret")
    return answer


def _has_placeholder(answer: str) -> bool:
    """Whether a word or bracket that stands for nothing is left in an answer, outside of what is set as code."""
    return holds(answer, _MAYBE_PLACEHOLDER) and bool(_PLACEHOLDER.search(_SPANS.sub("x", answer)))


def _traces(answer: Text | Answer, message: int) -> list[Trace]:
    unique = {(one.value, one.path, one.op, repr(one.inputs)): one for one in answer.sources}
    return [Trace(one.value, message, one.path, one.op, list(one.inputs)) for one in unique.values()]


def tool_converse(frame: Frame, turn: Turn) -> Spoken:
    """A chat in which the assistant calls the scanner, reads the result and concludes."""
    view, null = frame.view, _null(frame) if turn.offer.task.startswith(_ON_KIND) else ""
    draft = turn.draft
    if null and not draft.error:
        slots = {"name": view.name, "feature": value.in_code(value.null(null, _null_place(view, null)))}
        draft = msgspec.structs.replace(
            draft, content=(*draft.content, say("answer", "tool.null", "limit method", **slots))
        )
    if turn.offer.task in _ADVISED:
        draft = msgspec.structs.replace(draft, content=(*draft.content, *advice(view)))
    draft = msgspec.structs.replace(draft, content=tuple(asked_for(of_shown(draft.content, frame.catalogue.phrases))))
    answer = _answer(frame, msgspec.structs.replace(turn, draft=draft), 0, set())
    question = _tool_question(frame, turn)
    _hold_to(question, answer)
    call = _call(frame, turn, answer, null)
    if not draft.error and _goes_through(draft, tool_json.cut_lists(call.result)):
        part = say("answer", "tool.cut", "limit method", name=view.name)
        draft = msgspec.structs.replace(draft, content=(*draft.content, part))
        answer = _answer(frame, msgspec.structs.replace(turn, draft=draft), 0, set())
        _hold_to(question, answer)
    slots = {"name": view.name, **draft.slots, "options": _options(call.options), "path": _given(frame, turn)}
    before = Realiser(frame.catalogue, frame.persona.register, frame.key).sentence(
        say("answer", "tool.call", "method", **slots)
    )
    marked = f'<tool_call>\n{{"name": "{call.name}", "arguments": {call.arguments}}}\n</tool_call>'
    _answers_tokens(frame, [f"{before.text}\n{marked}", answer.text])
    messages = [
        Message("system", ""),
        Message("user", question),
        Message("assistant", f"{before.text}\n{marked}"),
        Message("tool", call.result),
        Message("assistant", answer.text),
    ]
    return Spoken(messages, [*_traces(before, 2), *_traces(answer, 4)], answer.holds)


def _hold_to(question: str, answer: Answer) -> None:
    """Raises Dropped where an answer takes up what the question doesn't say."""
    if any(one.op == "asked" and one.value not in question for one in answer.sources):
        raise Dropped("tool_asked")


def _goes_through(draft: Draft, cut: Collection[str]) -> bool:
    """Whether an answer lists entries of a list that the result of a call has only in part."""
    entries = (
        entry
        for one in flatten(draft.content)
        if isinstance(one, Items) and one.role == "answer"
        for entry in one.items
    )
    texts = (text for one in entries for text in ((one,) if isinstance(one, Text) else one.slots.values()))
    paths = (source.path for text in texts if isinstance(text, Text) for source in text.sources)
    return any(place[1] in cut for path in paths if (place := _ENTRY.search(path)))


_ENTRY = re.compile(r"\$(?:\.result)?\.(\w+(?:\.\w+)*)\[\d+\]")
"""An entry of a list by its place: the path of the list."""


def _given(frame: Frame, turn: Turn) -> Text:
    return turn.draft.slots["path"] if turn.draft.error else frame.view.path


def _tool_question(frame: Frame, turn: Turn) -> str:
    """The question, and the path of the file if it does not name it."""
    question, path = ask(frame, turn), _given(frame, turn)
    if path.text in question:
        return question
    lead = fill_slots(choose(f"{frame.key}/lead", frame.catalogue.questions["tool.lead"]).template, {"path": path}).text
    return f"{lead} {question}" if share(f"{frame.key}/place") < 0.6 else f"{question} {lead}"


def _null(frame: Frame) -> str:
    """A feature to ask for in vain, or ""."""
    able = [one for one in _NULLS if frame.view.file.state(one) == "not_applicable"]
    held = any(one in report.parts for report in frame.view.file.reports for one in able)
    return choose(f"{frame.key}/null", able) if able and not held and share(f"{frame.key}/nulls") < _NULL else ""


def _null_place(view: View, feature: str) -> str:
    report = view.file.reports[0]
    return f"{report.dialect}:{'$.result' if report.dialect == 'cache' else '$'}.{feature}"


def _options(options: Sequence[str]) -> Text:
    names = [f"`{one}`" for one in options] or ["`llm_analyze_file`"]
    return Text(names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}")


def _features(blocks: Iterable[str]) -> list[str]:
    """The scanner's features that blocks belong to, each once."""
    return [one for one in dict.fromkeys(name.partition(".")[0] for name in blocks) if one in SCANNED]


def _call(frame: Frame, turn: Turn, answer: Answer, null: str) -> tool_json.Call:
    view = frame.view
    if turn.draft.error:
        return tool_json.error(view.file, turn.draft.slots["path"].text.strip("`"), turn.draft.error)
    asked = _features(show.block for show in turn.draft.shows)
    extra = [*asked, *(["metadata"] if share(f"{frame.key}/extra") < _METADATA else [])]
    length = view.counter.text(answer.text)
    used = view.counter.text(frame.catalogue.tools) + length + 250
    room = min(max(_SLIVER * length, _RESULT), frame.settings.budget - used)
    try:
        return tool_json.call(view, tool_json.needs(answer.sources), extra, room, null=null, least=len(asked))
    except tool_json.Unfit as unfit:
        raise Dropped(str(unfit)) from unfit


def example(frame: Frame, turns: Sequence[Turn], pair_id: str = "") -> Example:
    """The row, with every field but the group; in style `tool` the first turn only.

    Raises Dropped where it does not fit the budget or holds what no row may hold.
    """
    spoken = _spoken(frame, turns)
    return _row(frame, turns, spoken, _system(frame, spoken.holds), pair_id)


def _spoken(frame: Frame, turns: Sequence[Turn]) -> Spoken:
    return tool_converse(frame, turns[0]) if frame.style == "tool" else converse(frame, turns)


def _row(frame: Frame, turns: Sequence[Turn], spoken: Spoken, system: str, pair_id: str) -> Example:
    tools = f"\n\n{frame.catalogue.tools}" if frame.style == "tool" else ""
    messages, traces = [Message("system", f"{system}{tools}"), *spoken.messages[1:]], spoken.traces
    if not all(is_neutral(text) for text in _foreign_texts(messages, frame)):
        raise Dropped("control_text")
    tokens = frame.view.counter.chat(messages)
    if tokens > frame.settings.budget:
        raise Dropped("over_budget")
    first = turns[0]
    partner = frame.views.get("partner:")
    canonical = msgspec.json.encode(messages, order="sorted")
    metadata = Metadata(
        id=hashlib.sha256(frame.view.file.key.encode() + b"\n" + canonical).hexdigest()[:32],
        file_name=escape(frame.view.file.path),
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


def under(frame: Frame, first: Sequence[Example]) -> Frame:
    """The frame of the second side of a pair: with the system turn of the first, as another one would tell them apart."""
    if not first:
        return frame
    return msgspec.structs.replace(
        frame, system=first[0].messages[0].content.removesuffix(f"\n\n{frame.catalogue.tools}")
    )


def pair(sides: Iterable[tuple[Frame, Sequence[Turn]]], pair_id: str) -> list[Example]:
    """Both sides of a pair, under a system turn that demands only what both of them hold. Raises Dropped."""
    spoken = [(frame, turns, _spoken(frame, turns)) for frame, turns in sides]
    system = _system(spoken[0][0], frozenset.intersection(*(chat.holds for _, _, chat in spoken)))
    return [_row(frame, turns, chat, system, pair_id) for frame, turns, chat in spoken]


def _foreign_texts(messages: Sequence[Message], frame: Frame) -> Iterator[str]:
    """The texts of a chat less what is ours and may hold marks: the description of the tools and the marks of a call."""
    for message in messages:
        if frame.style != "tool":
            yield message.content
        elif message.role == "assistant":
            yield re.sub(r"^</?tool_call>$", "", message.content, flags=re.MULTILINE)
        else:
            yield message.content.removesuffix(frame.catalogue.tools)


def pair_key(*parts: str) -> str:
    """The id that both sides of a pair carry."""
    return sha256_hex(*(part.encode("utf-8", "surrogatepass") for part in parts))[:16]


def _uses_partner(turns: Sequence[Turn]) -> bool:
    return any(show.block.startswith("partner:") for turn in turns for show in turn.draft.shows)
