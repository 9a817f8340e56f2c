"""One scanned file in, its examples out: choose, compose, chunk, count, pair, gate."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from math import inf

import msgspec

from threatflux_training import tokens
from threatflux_training.assemble import Dropped, Frame, Turn, answer_key, example, form_for, pair_key
from threatflux_training.catalogue.load import load_catalogue
from threatflux_training.catalogue.model import Persona, QuestionStyle
from threatflux_training.choose import (
    Pick,
    length_for,
    parts_wanted,
    persona_for,
    picks,
    roomy,
    wanted_of,
    wanted_tokens,
)
from threatflux_training.compose.content import Role
from threatflux_training.compose.document import flatten, select, sense, senses, wanted
from threatflux_training.evidence.blocks import BLOCKS
from threatflux_training.evidence.view import View
from threatflux_training.hashing import pick as pick_number
from threatflux_training.hashing import share
from threatflux_training.quality.decide import reason_to_drop
from threatflux_training.records import Example
from threatflux_training.reports.file import ScannedFile
from threatflux_training.settings import TextSettings
from threatflux_training.tasks.combined import (
    REPORT,
    Part,
    combined,
    one_of_each,
    questions,
    room_for,
    says_asked,
    title_of,
)
from threatflux_training.tasks.families import FAMILIES
from threatflux_training.tasks.followups import Step, entity, news, parted, steps, tells, unsaid
from threatflux_training.tasks.model import Draft, Request
from threatflux_training.tasks.negatives import FEATURES, lacked, lacking, other_file, other_name
from threatflux_training.tasks.recall import without_path

_DIALOGUES = 0.25
"""Share of single tasks that are tried as a chat of several turns; about two in three have somewhere to go."""
_RELATED = 0.4
"""Share of the chats with room for more turns that take up another task of the family."""
_RECALL = 0.04
"""Share of examples without an excerpt, on what holds or can be known without the file."""
_MEMORY = 0.5
"""With `recall=facts`: share of the tasks that can be asked from memory that are asked so."""
_TOOLS = 0.24
"""Share of single tasks that are tried as a chat with the scanner's tool; about one in two can be one."""
_ROOMS = (1.0, 0.6, 0.3, 0.12, 0.04)
"""Shares of the wanted length tried for evidence, until the chat fits the budget."""
_TWINS, _LACKS, _CALLS = 0.65, 0.16, 0.04
"""Shares of the pairs that are about another file, about a feature that this report lacks, or a call that fails."""
_OVERHEAD = 150
"""Tokens kept for system turn, question and chat marks when evidence is chosen."""

_COMBINED = 0.97
"""Share of the other single tasks that are tried together with further ones, as one question of several parts."""
_ALWAYS = ("metadata", "hashes")
"""Families whose tasks fit after every other."""

_TWINNED, _TALKED = 0.50, 0.60
"""Shares of the twins that are tried as questions of several parts, and as chats of several turns."""
_MIDDLE = (500, 900)
"""Lengths in tokens at which twins that were wanted short get more room."""
_ROLES: tuple[Role, ...] = ("next", "meaning", "limit", "verify")
"""What both sides of a pair can go on with."""

Attempt = Callable[[Persona, float], list[Example]]


class Expansion(msgspec.Struct, kw_only=True):
    """The examples of one file and why others are missing.

    `examples` have every metadata field but `group` filled (""); a pair stands side by side, positive first.
    `dropped` counts drafts by reason.
    """

    examples: list[Example]
    dropped: Counter[str]


class _Maker:
    """Everything that is fixed while one file is expanded."""

    def __init__(
        self,
        file: ScannedFile,
        settings: TextSettings,
        partner: ScannedFile | None,
        salt: str = "",
        others: Sequence[str] = (),
    ) -> None:
        counter = tokens.Counter(settings.encoding)
        self.salt, self.others = salt, others
        self.settings = settings
        self.catalogue = load_catalogue(settings.catalogue)
        self.views = {"": View(file, counter, BLOCKS)}
        if partner is not None:
            self.views["partner:"] = View(partner, counter, BLOCKS, "partner:")
        self.dropped: Counter[str] = Counter()
        self.answers: set[str] = set()
        self.used: set[Pick] = set()
        self.drawn: list[Pick] = []
        self.unfit: dict[tuple[str, bool], float] = {}
        """Tasks that are no part of a question (False) or of a report (True), up to this many tokens a part."""

    def picks(self, features: Sequence[str] = ()) -> list[Pick]:
        """All uses of all offers, or of those that rest on some features, in the order to try them."""
        view, partner = self.views[""], self.views.get("partner:")
        families = [one for one in FAMILIES if not features or FEATURES.get(one.FAMILY) in features]
        offers = [offer for family in families for offer in family.offers(view, partner)]
        if self.settings.recall == "off":
            offers = [offer for offer in offers if not offer.recall]
        self.drawn = picks(view.file.key + self.salt, offers, self.settings.chunking)
        return self.drawn

    def make(self, pick: Pick, followers: Sequence[Pick]) -> list[Example]:
        """The example of a pick (two for a pair), or nothing and the reason counted."""
        if pick.offer.pair:
            return self._tried(pick, lambda persona, part: self._pair(pick, persona, part))
        return self._tried(pick, lambda persona, part: self._single(pick, followers, persona, part))

    def _tried(self, pick: Pick, attempt: Attempt) -> list[Example]:
        reason = "no_question_form"
        for persona in persona_for(pick, self.catalogue.personas):
            for part in _ROOMS:
                try:
                    made = attempt(persona, part)
                except Dropped as dropped:
                    reason = str(dropped)
                    if reason != "over_budget":
                        break
                    continue
                self.used.add(pick)
                return made
            if reason not in ("no_question_form", "over_budget"):
                break
        self.dropped[reason] += 1
        return []

    def _frame(self, pick: Pick, persona: Persona, part: float, style: str) -> Frame:
        tokens_wanted = int(wanted_tokens(pick, self.settings.budget) * part)
        return Frame(
            views=self.views, settings=self.settings, catalogue=self.catalogue, persona=persona, key=pick.key,
            length="medium" if pick.offer.recall else length_for(tokens_wanted, pick.offer), wanted=tokens_wanted, style=style,
        )  # fmt: skip

    def _built(self, pick: Pick, frame: Frame, room_share: float = 1.0) -> Draft | tuple[Draft, Draft]:
        room = max(60, int((frame.wanted - _OVERHEAD) * 0.7 * room_share)) if self.settings.chunking else 10**9
        draft = pick.offer.build(
            Request(persona=frame.persona, length=frame.length, room=room, variant=pick.variant, key=pick.key)
        )
        if draft is None:
            raise Dropped("nothing_to_say")
        return draft

    def _turn(self, pick: Pick, draft: Draft, frame: Frame, style: QuestionStyle) -> Turn:
        form = form_for(self.catalogue, pick.offer.task, tuple(draft.slots), frame.persona, style, pick.key)
        if form is None:
            raise Dropped("no_question_form")
        return Turn(pick.offer, draft, form)

    def _single(self, pick: Pick, followers: Sequence[Pick], persona: Persona, part: float) -> list[Example]:
        style = "recall" if pick.offer.recall or self._from_memory(pick) else "grounded"
        frame = self._frame(pick, persona, part, style)
        draft = self._built(pick, frame)
        if not isinstance(draft, Draft):
            raise TypeError(f"{pick.offer.task} builds a pair but is not offered as one")
        if pick.offer.tool or (style == "grounded" and share(f"{pick.key}/tool") < _TOOLS):
            made = self._with_tool(pick, draft, frame)
            if made:
                return self._gated(made)
        if style == "recall":
            draft = msgspec.structs.replace(draft, shows=())
        turn = self._turn(pick, draft, frame, "recall" if style == "recall" else "opening")
        if pick.offer.recall and "path" not in turn.form.template.slots:
            turn = msgspec.structs.replace(turn, draft=without_path(draft))
        turns = [turn]
        if (
            style == "grounded"
            and share(f"{pick.key}/combined") < _COMBINED
            and share(f"{pick.key}/dialogue") >= _DIALOGUES
        ):
            together = self._combined(pick, draft, frame)
            if together is not None:
                return self._gated([example(msgspec.structs.replace(frame, length="long"), [together[0]])])
        if style == "grounded" and share(f"{pick.key}/dialogue") < _DIALOGUES:
            turns = self._dialogue(pick, draft, followers, frame) or turns
            style = "dialogue" if len(turns) > 1 else style
        return self._gated([example(msgspec.structs.replace(frame, style=style), turns)])

    def _with_tool(self, pick: Pick, draft: Draft, frame: Frame, pair_id: str = "") -> list[Example]:
        """The task as a chat with the scanner's tool; empty where it can be none."""
        if draft.chunk[1] > 1:
            return []
        form = form_for(self.catalogue, pick.offer.task, (), frame.persona, "opening", pick.key, unseen=True)
        if form is None:
            return []
        try:
            return [example(msgspec.structs.replace(frame, style="tool"), [Turn(pick.offer, draft, form)], pair_id)]
        except Dropped:
            return []

    def _from_memory(self, pick: Pick) -> bool:
        """Whether a task on facts is asked without its excerpt: only with `recall=facts`, where it has forms for that."""
        forms = self.catalogue.questions.get(pick.offer.task, ())
        able = self.settings.recall == "facts" and any(form.question.style == "recall" for form in forms)
        return able and share(f"{pick.key}/memory") < _MEMORY

    def _combined(self, pick: Pick, draft: Draft, frame: Frame) -> tuple[Turn, list[Part]] | None:
        """One question of several parts; the parts are tasks that would come last by themselves.

        A report is asked for without naming its parts: then there are none beside the turn.
        """
        amount = parts_wanted(frame.wanted, frame.key)
        if amount < 2 or not room_for((), pick.offer.task, amount) or pick.offer.partner:
            return None
        parts = [part] if (part := self._part(pick, draft, frame, amount)) else []
        for other in _last_first(self.drawn):
            if len(parts) >= amount or not parts:
                break
            if (
                other in self.used
                or not _usual(other)
                or not _suits(other, frame)
                or not room_for(parts, other.offer.task, amount)
            ):
                continue
            kind = (other.offer.task, amount >= REPORT)
            if frame.wanted / amount <= self.unfit.get(kind, 0):
                continue
            try:
                built = self._built(other, frame, 1.4 / amount)
            except Dropped:
                continue
            if isinstance(built, Draft) and (part := self._part(other, built, frame, amount)):
                parts.append(part)
            else:
                divided = isinstance(built, Draft) and built.chunk[1] > 1
                self.unfit[kind] = frame.wanted / amount if divided else inf
        asked = len(parts) < 4 or amount < REPORT
        parts = one_of_each(parts) if asked else parts
        if len(parts) < 2:
            return None
        view = self.views[""]
        task, together = combined(parts, {"name": view.name, "path": view.path}, ordered_as_asked=asked)
        form = form_for(self.catalogue, task, tuple(together.slots), frame.persona, "opening", pick.key)
        return (Turn(pick.offer, together, form), parts if asked else []) if form else None

    def _part(self, pick: Pick, draft: Draft, frame: Frame, amount: int) -> Part | None:
        """A task as a part; a report has room only for tasks on the file as a whole, not for a place in it."""
        whole = amount >= REPORT
        if draft.chunk[1] > 1 or (whole and says_asked(draft)):
            return None
        slots = () if whole else tuple(draft.slots)
        form = form_for(self.catalogue, pick.offer.task, slots, frame.persona, "opening", pick.key)
        if form is None:
            return None
        title = title_of(self.catalogue.questions[pick.offer.task], f"{pick.key}/title") if whole else None
        replies = title.question.replies if title else {}
        return Part(
            pick.offer.task,
            draft,
            form.template,
            form.question.replies,
            title and title.template,
            title_replies=replies,
        )

    def _dialogue(self, pick: Pick, draft: Draft, followers: Sequence[Pick], frame: Frame) -> list[Turn]:
        """The turns of a chat that goes on from its first answer; one turn where it has nowhere to go."""
        first = self._turn(pick, draft, frame, "opening")
        content = flatten(draft.content)
        said = select(content, frame.persona, "short", answer_key(frame, first))
        told = {text for one in said for text in senses(one, self.catalogue)}
        left = [
            one
            for one in news(unsaid(content, said), said)
            if wanted(one, frame.persona, frame.key) > 0 and sense(one, self.catalogue) not in told
        ]
        planned = self._another(pick, draft, followers, frame)
        for step in steps(_family(pick), self.views[""].name, left, frame.key):
            planned += self._step(pick, step, frame)
        amount = 1 + pick_number(f"{pick.key}/turns", 5) // 2
        if len(planned) > amount:
            planned = [*planned[: amount - 1], planned[-1]]
        elif not planned or share(f"{pick.key}/related") < _RELATED:
            planned += self._related(pick, followers, frame, amount - len(planned), draft)
        return [first, *planned] if planned else []

    def _step(self, pick: Pick, step: Step, frame: Frame) -> list[Turn]:
        form = form_for(self.catalogue, step.task, tuple(step.draft.slots), frame.persona, "followup", pick.key)
        return [Turn(pick.offer, step.draft, form)] if form else []

    def _another(self, pick: Pick, draft: Draft, followers: Sequence[Pick], frame: Frame) -> list[Turn]:
        """The same question about the next of its kind."""
        other = msgspec.structs.replace(pick, variant=pick.variant + 1, key=f"{pick.key}/another")
        same = [one for one in followers if one.offer is pick.offer and one.variant == other.variant]
        if not same or same[0] in self.used:
            return []
        try:
            second = self._built(other, frame, 0.3)
        except Dropped:
            return []
        named = entity(draft, second) if isinstance(second, Draft) else None
        if named is None or not isinstance(second, Draft):
            return []
        form = form_for(self.catalogue, "followup.other", ("entity",), frame.persona, "followup", other.key)
        if form is None:
            return []
        self.used.add(same[0])
        return [Turn(pick.offer, msgspec.structs.replace(second, slots={**second.slots, "entity": named}), form)]

    def _related(self, first: Pick, followers: Sequence[Pick], frame: Frame, amount: int, draft: Draft) -> list[Turn]:
        """Further tasks of the same family, and what kind of file that was, unless the first draft tells it."""
        turns: list[Turn] = []
        for pick in sorted(followers, key=lambda one: _family(one) != _family(first)):
            if len(turns) >= amount:
                break
            if pick.offer.partner != first.offer.partner:
                continue
            if pick in self.used or pick.offer.pair or pick.offer.recall or pick.offer.task == first.offer.task:
                continue
            if _family(pick) not in (_family(first), *_ALWAYS) or _family(pick) == _family(first) == "triage":
                continue
            if not _suits(pick, frame) or (_family(first) == "triage" and pick.offer.task == "metadata.what"):
                continue
            if pick.offer.task not in (turn.offer.task for turn in turns):
                turns += [
                    one
                    for one in self._following(pick, frame)
                    if not any(tells(told, one.draft) for told in (draft, *(turn.draft for turn in turns)))
                ]
        return turns

    def _following(self, pick: Pick, frame: Frame) -> list[Turn]:
        if not any(form.question.style == "followup" for form in self.catalogue.questions.get(pick.offer.task, ())):
            return []
        try:
            draft = self._built(pick, frame, 0.3)
            if not isinstance(draft, Draft):
                return []
            turn = self._turn(pick, draft, frame, "followup")
        except Dropped:
            return []
        self.used.add(pick)
        return [turn]

    def _pair(self, pick: Pick, persona: Persona, part: float) -> list[Example]:
        frame = self._frame(pick, persona, part, "grounded")
        drafts = self._built(pick, frame)
        if isinstance(drafts, Draft):
            raise TypeError(f"{pick.offer.task} is offered as a pair but builds one draft")
        name = pair_key(self.views[""].file.key, pick.key)
        if pick.offer.tool:
            made = [one for draft in drafts for one in self._with_tool(pick, draft, frame, name)]
            if len(made) < 2:
                raise Dropped("tool")
            return self._gated(made)
        return self._gated([example(frame, [self._turn(pick, draft, frame, "opening")], name) for draft in drafts])

    def twin(self, pick: Pick) -> list[Example]:
        """The task with its answer, and the same question about a file whose report is not there."""
        return self._tried(pick, lambda persona, part: self._about_another(pick, persona, part))

    def _about_another(self, pick: Pick, persona: Persona, part: float) -> list[Example]:
        frame = self._frame(pick, persona, part, "grounded")
        made, wider = self._twins(pick, frame), roomy(pick, self.settings.budget)
        if wider and all(_MIDDLE[0] <= one.metadata.tokens < _MIDDLE[1] for one in made):
            with suppress(Dropped):
                length = length_for(wider, pick.offer)
                made = self._twins(pick, msgspec.structs.replace(frame, wanted=wider, length=length))
        return self._gated(made)

    def _twins(self, pick: Pick, frame: Frame) -> list[Example]:
        """Both sides: a question of several parts, a chat of several turns, or a single answer."""
        draft = self._built(pick, frame)
        if not isinstance(draft, Draft):
            raise Dropped("no_twin")
        turn = self._turn(pick, draft, frame, "opening")
        second = self.views.get("partner:") if pick.offer.partner else None
        if ({"name", "path"} if second is None else {"other", "other_path"}).isdisjoint(turn.form.template.slots):
            raise Dropped("no_twin")
        view, place = self.views[""], share(f"{pick.key}/twinned")
        other = other_name(view, self.views.get("partner:"), self.others, pick.key, third=second is not None)
        twin = Turn(pick.offer, other_file(view, draft, other, _family(pick), second), turn.form)
        name = pair_key(view.file.key, pick.key)
        if place < _TWINNED and (together := self._combined(pick, draft, frame)):
            turn, parts = together
            names = [one.names_file for one in parts] or [not {"name", "path"}.isdisjoint(turn.form.template.slots)]
            if 2 * sum(names) >= len(names):
                lost = other_file(view, turn.draft, other, _family(pick))
                if parts:
                    lost.slots = {**lost.slots, "questions": questions(parts, lost.slots)}
                first = example(msgspec.structs.replace(frame, length="long"), [turn], name)
                filled = msgspec.structs.replace(frame, wanted=first.metadata.tokens, length="long")
                return [first, example(filled, [Turn(pick.offer, lost, turn.form)], name)]
        if place > 1 - _TALKED and (chats := self._continued(turn, twin, frame)):
            talk = msgspec.structs.replace(frame, style="dialogue")
            return [example(talk, turns, name) for turns in chats]
        return [example(frame, [turn], name), example(frame, [twin], name)]

    def _continued(self, turn: Turn, twin: Turn, frame: Frame) -> list[list[Turn]]:
        """Both sides of a pair with further turns, of the same kinds; empty where they have none in common."""
        chats = [[turn], [twin]]
        amount = 2 + pick_number(f"{frame.key}/turns", 5) // 2
        for role in _ROLES:
            if len(chats[0]) >= amount:
                break
            further = [self._asked_on(one[0], role, frame) for one in chats]
            if all(further):
                chats = [
                    [first, *chat[1:], last] for chat, (first, last) in zip(chats, filter(None, further), strict=True)
                ]
        return chats if len(chats[0]) > 1 else []

    def _asked_on(self, turn: Turn, role: Role, frame: Frame) -> tuple[Turn, Turn] | None:
        """The turn less what it says of a role, and the turn that asks for that."""
        found = parted(turn.draft, role, self.views[""].name)
        if found is None:
            return None
        form = form_for(self.catalogue, found[1].task, (), frame.persona, "followup", frame.key)
        if form is None or "name" in form.template.slots:
            return None
        return Turn(turn.offer, found[0], turn.form), Turn(turn.offer, found[1].draft, form)

    def lacking(self, other: "_Maker", pick: Pick) -> list[Example]:
        """A task of another file with its answer, and the same question about this file, which lacks the feature."""
        return self._tried(pick, lambda persona, part: self._lacking(other, pick, persona, part))

    def _lacking(self, other: "_Maker", pick: Pick, persona: Persona, part: float) -> list[Example]:
        theirs = other._frame(pick, persona, part, "grounded")
        draft = other._built(pick, theirs)
        if not isinstance(draft, Draft):
            raise Dropped("no_twin")
        turn = other._turn(pick, msgspec.structs.replace(draft, slots={}), theirs, "opening")
        if not {"name", "path"} & set(turn.form.template.slots):
            raise Dropped("no_twin")
        mine = msgspec.structs.replace(self._frame(pick, persona, part, "grounded"), length=theirs.length)
        request = Request(persona=persona, length=mine.length, room=10**9, variant=0, key=pick.key)
        missing = lacking(self.views[""], request, FEATURES[_family(pick)])
        name = pair_key(self.views[""].file.key, other.views[""].file.key, pick.key)
        sides = [(theirs, msgspec.structs.replace(turn, draft=draft)), (mine, Turn(pick.offer, missing, turn.form))]
        return self._gated([example(frame, [side], name) for frame, side in sides])

    def _gated(self, examples: list[Example]) -> list[Example]:
        answers = ["\n".join(m.content for m in one.messages if m.role == "assistant") for one in examples]
        if len({*answers}) < len(answers) or not self.answers.isdisjoint(answers):
            raise Dropped("same_answer")
        for one in examples:
            if reason := reason_to_drop(one, self.settings):
                raise Dropped(reason)
        self.answers.update(answers)
        return examples


def _suits(pick: Pick, frame: Frame) -> bool:
    """Whether the task is for a reader like this one."""
    return not pick.offer.personas or frame.persona.id in pick.offer.personas


def _usual(pick: Pick) -> bool:
    """Whether it is a task on this file with an excerpt, asked alone."""
    offer = pick.offer
    return not (offer.pair or offer.recall or offer.tool or offer.partner)


def _last_first(picks_left: Sequence[Pick]) -> list[Pick]:
    """The picks from the last to the first, with the families that fit everywhere at the end."""
    late = picks_left[::-1]
    return [one for one in late if _family(one) not in _ALWAYS] + [one for one in late if _family(one) in _ALWAYS]


def _family(pick: Pick) -> str:
    return pick.offer.task.partition(".")[0]


def expand_file(
    file: ScannedFile, settings: TextSettings, partner: ScannedFile | None = None, others: Sequence[str] = ()
) -> Expansion:
    """Make the examples of a file, the same for the same content and settings on every machine.

    `partner` is a second file for comparisons, `others` are paths of further files that can be asked about; fewer than
    `examples_per_file` come out where the evidence is thin.
    """
    if settings.secrets != "keep":
        file, partner = file.masked(), partner.masked() if partner is not None else None
    maker = _Maker(file, settings, partner, others=others)
    drawn = maker.picks()
    pairs = wanted_of(file.key, "pairs", settings.examples_per_file * settings.negative_ratio)
    pairs = min(pairs, settings.examples_per_file // 2)
    made = _pairs(maker, drawn, pairs, settings, partner)
    recalls = [pick for pick in drawn if pick.offer.recall]
    singles = [pick for pick in drawn if not pick.offer.pair and not pick.offer.recall]
    _fill(
        maker,
        made,
        singles,
        settings.examples_per_file
        - (wanted_of(file.key, "recall", settings.examples_per_file * _RECALL) if recalls else 0),
    )
    _fill(maker, made, recalls, len(made) + wanted_of(file.key, "recall", len(made) * _RECALL / (1 - _RECALL)))
    return Expansion(examples=_within_ratio(made, settings.negative_ratio), dropped=maker.dropped)


def _pairs(
    maker: _Maker, drawn: Sequence[Pick], amount: int, settings: TextSettings, partner: ScannedFile | None
) -> list[Example]:
    """Pairs of all kinds: most are twins of ordinary tasks, so that a question alone doesn't tell whether it has an answer."""
    key = maker.views[""].file.key
    singles = [one for one in drawn if _usual(one) or (one.offer.partner and not one.offer.pair)]
    likely = sorted(singles[: settings.examples_per_file], key=lambda one: share(f"{one.key}/twin"))
    twins = filter(None, map(maker.twin, likely))
    calls = (maker.make(one, ()) for one in drawn if one.offer.pair and one.offer.tool)
    special = (maker.make(one, ()) for one in drawn if one.offer.pair and not one.offer.tool)
    lacks = _lacks(maker, partner, settings)
    sources: list[Iterator[list[Example]]] = [twins, lacks, filter(None, calls), filter(None, special)]
    limits = (_TWINS, _TWINS + _LACKS, _TWINS + _LACKS + _CALLS)
    made: list[Example] = []
    for number in range(amount):
        place = share(f"{key}/pair/{number}")
        first = sum(place >= limit for limit in limits)
        for source in (sources[first], *sources):
            if found := next(source, None):
                made += found
                break
    return made


def _lacks(maker: _Maker, partner: ScannedFile | None, settings: TextSettings) -> Iterator[list[Example]]:
    """Pairs with another file that has a feature which this one lacks."""
    if partner is None:
        return
    view, seen = maker.views[""], maker.views["partner:"]
    features = lacked(view, seen)
    if not features or view.file.metadata is None:
        return
    other = _Maker(partner, settings, None, f"/{view.file.key}")
    for pick in other.picks(features):
        usual = not (pick.offer.pair or pick.offer.recall or pick.offer.tool)
        if usual and FEATURES.get(_family(pick)) in features and (made := maker.lacking(other, pick)):
            yield made


def _fill(maker: _Maker, made: list[Example], picks_left: Sequence[Pick], amount: int) -> None:
    """Make examples of picks, until there are so many."""
    for pick in picks_left:
        if len(made) >= amount:
            return
        if pick not in maker.used:
            made += maker.make(pick, picks_left)


def _within_ratio(examples: list[Example], ratio: float) -> list[Example]:
    """The examples less the last pairs, where thin evidence left too few others beside them."""
    allowed = round(len(examples) * ratio)
    kept: list[Example] = []
    seen: dict[str, None] = {}
    for one in examples:
        name = one.metadata.pair_id
        if name:
            seen.setdefault(name)
            if list(seen).index(name) >= allowed:
                continue
        kept.append(one)
    return kept
