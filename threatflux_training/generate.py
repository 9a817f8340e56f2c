"""One scanned file in, its examples out: choose, compose, chunk, count, pair, gate."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import msgspec

from threatflux_training import tokens
from threatflux_training.assemble import Dropped, Frame, Turn, example, form_for, pair_key
from threatflux_training.catalogue.load import load_catalogue
from threatflux_training.catalogue.model import Persona, QuestionStyle
from threatflux_training.choose import Pick, length_for, persona_for, picks, wanted_of, wanted_tokens
from threatflux_training.evidence.blocks import BLOCKS
from threatflux_training.evidence.view import View
from threatflux_training.hashing import pick as pick_number
from threatflux_training.hashing import share
from threatflux_training.quality.decide import reason_to_drop
from threatflux_training.records import Example
from threatflux_training.reports.file import ScannedFile
from threatflux_training.settings import TextSettings
from threatflux_training.tasks.families import FAMILIES
from threatflux_training.tasks.model import Draft, Request
from threatflux_training.tasks.negatives import FEATURES, lacked, lacking, other_file, other_name
from threatflux_training.tasks.recall import without_path

_DIALOGUES = 0.22
"""Share of single examples that go on with further turns, where the tasks allow it."""
_RECALL = 0.05
"""Share of examples without an excerpt, on what holds or can be known without the file."""
_MEMORY = 0.5
"""With `recall=facts`: share of the tasks that can be asked from memory that are asked so."""
_TOOLS = 0.15
"""Share of single tasks that are tried as a chat with the scanner's tool; about three in four can be one."""
_ROOMS = (1.0, 0.6, 0.3, 0.12, 0.04)
"""Shares of the wanted length tried for evidence, until the chat fits the budget."""
_TWINS, _LACKS = 0.55, 0.27
"""Shares of the pairs that are about another file, or about a feature that this report lacks."""
_OVERHEAD = 150
"""Tokens kept for system turn, question and chat marks when evidence is chosen."""

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

    def __init__(self, file: ScannedFile, settings: TextSettings, partner: ScannedFile | None, salt: str = "") -> None:
        counter = tokens.Counter(settings.encoding)
        self.salt = salt
        self.settings = settings
        self.catalogue = load_catalogue(settings.catalogue)
        self.views = {"": View(file, counter, BLOCKS)}
        if partner is not None:
            self.views["partner:"] = View(partner, counter, BLOCKS, "partner:")
        self.dropped: Counter[str] = Counter()
        self.answers: set[str] = set()
        self.used: set[Pick] = set()

    def picks(self) -> list[Pick]:
        """All uses of all offers, in the order to try them."""
        view, partner = self.views[""], self.views.get("partner:")
        offers = [offer for family in FAMILIES for offer in family.offers(view, partner)]
        if self.settings.recall == "off":
            offers = [offer for offer in offers if not offer.recall]
        return picks(view.file.key + self.salt, offers, self.settings.chunking)

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
        wanted = int(wanted_tokens(pick, self.settings.budget) * part)
        return Frame(
            views=self.views, settings=self.settings, catalogue=self.catalogue, persona=persona, key=pick.key,
            length="medium" if pick.offer.recall else length_for(wanted, pick.offer), wanted=wanted, style=style,
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
        if style == "grounded" and share(f"{pick.key}/dialogue") < _DIALOGUES:
            turns += self._follow(pick, followers, frame)
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

    def _follow(self, first: Pick, followers: Sequence[Pick], frame: Frame) -> list[Turn]:
        wanted = 1 + pick_number(f"{first.key}/turns", 3)
        turns: list[Turn] = []
        for pick in sorted(followers, key=lambda one: _family(one) != _family(first)):
            if len(turns) == wanted:
                break
            if pick.offer.partner != first.offer.partner:
                continue
            if pick in self.used or pick.offer.pair or pick.offer.recall or pick.offer.task == first.offer.task:
                continue
            if pick.offer.task in (turn.offer.task for turn in turns):
                continue
            turns += self._following(pick, frame)
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
        draft = self._built(pick, frame)
        if not isinstance(draft, Draft):
            raise Dropped("no_twin")
        turn = self._turn(pick, draft, frame, "opening")
        if not {"name", "path"} & set(turn.form.template.slots):
            raise Dropped("no_twin")
        view = self.views[""]
        other = other_name(view, self.views.get("partner:"), pick.key)
        twin = Turn(pick.offer, other_file(view, draft, other, _family(pick)), turn.form)
        name = pair_key(view.file.key, pick.key)
        return self._gated([example(frame, [turn], name), example(frame, [twin], name)])

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


def _family(pick: Pick) -> str:
    return pick.offer.task.partition(".")[0]


def expand_file(file: ScannedFile, settings: TextSettings, partner: ScannedFile | None = None) -> Expansion:
    """Make the examples of a file, the same for the same content and settings on every machine.

    `partner` is a second file for comparisons; fewer than `examples_per_file` come out where the evidence is thin.
    """
    if settings.secrets != "keep":
        file, partner = file.masked(), partner.masked() if partner is not None else None
    maker = _Maker(file, settings, partner)
    drawn = maker.picks()
    pairs = wanted_of(file.key, "pairs", settings.examples_per_file * settings.negative_ratio)
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
    singles = [one for one in drawn if not (one.offer.pair or one.offer.recall or one.offer.tool or one.offer.partner)]
    likely = sorted(singles[: settings.examples_per_file], key=lambda one: share(f"{one.key}/twin"))
    twins = filter(None, map(maker.twin, likely))
    special = (maker.make(one, ()) for one in drawn if one.offer.pair)
    sources: list[Iterator[list[Example]]] = [twins, _lacks(maker, partner, settings), filter(None, special)]
    made: list[Example] = []
    for number in range(amount):
        place = share(f"{key}/pair/{number}")
        first = 0 if place < _TWINS else 1 if place < _TWINS + _LACKS else 2
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
    for pick in other.picks():
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
