"""What all chats about a file share: its views, what was tried and used, frames, drafts, turns, the gate."""

from collections import Counter
from collections.abc import Callable, Sequence

import msgspec

from threatflux_training import tokens
from threatflux_training.assemble import Dropped, Frame, Turn, example, form_for
from threatflux_training.catalogue.load import load_catalogue
from threatflux_training.catalogue.model import Persona, QuestionStyle
from threatflux_training.choose import Pick, length_for, persona_for, picks, wanted_tokens
from threatflux_training.evidence.blocks import BLOCKS
from threatflux_training.evidence.view import View
from threatflux_training.quality.decide import reason_to_drop
from threatflux_training.records import Example
from threatflux_training.reports.file import ScannedFile
from threatflux_training.settings import TextSettings
from threatflux_training.tasks.families import FAMILIES
from threatflux_training.tasks.model import Draft, Request
from threatflux_training.tasks.negatives import FEATURES

_ROOMS = (1.0, 0.6, 0.3, 0.12, 0.04)
"""Shares of the wanted length tried for evidence, until the chat fits the budget."""
_OVERHEAD = 150
"""Tokens kept for system turn, question and chat marks when evidence is chosen."""
ALWAYS = ("metadata", "hashes")
"""Families whose tasks fit after every other."""

Attempt = Callable[[Persona, float], list[Example]]


class Maker:
    """Everything that is fixed while one file is expanded, and what was tried and used so far."""

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
        self.last_first: list[Pick] = []
        """The picks from the last to the first, with the families that fit everywhere at the end."""
        self.firsts: dict[str, Pick] = {}
        """The first pick of each task that is asked alone, on this file with an excerpt."""
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
        late = self.drawn[::-1]
        self.last_first = sorted(late, key=lambda one: family_of(one) in ALWAYS)
        self.firsts = {one.offer.task: one for one in late if usual(one)}
        return self.drawn

    def tried(self, pick: Pick, attempt: Attempt) -> list[Example]:
        """What an attempt gives, in the first room and for the first persona that do; or nothing and the reason counted."""
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

    def frame(self, pick: Pick, persona: Persona, part: float, style: str) -> Frame:
        """What the turns of the chat will share; `part` of the wanted length is aimed at."""
        tokens_wanted = int(wanted_tokens(pick, self.settings.budget) * part)
        return Frame(
            views=self.views, settings=self.settings, catalogue=self.catalogue, persona=persona, key=pick.key,
            length="medium" if pick.offer.recall else length_for(tokens_wanted, pick.offer), wanted=tokens_wanted, style=style,
        )  # fmt: skip

    def built(self, pick: Pick, frame: Frame, room_share: float = 1.0) -> Draft | tuple[Draft, Draft]:
        """What the offer has to say in a share of the room. Raises Dropped."""
        room = max(60, int((frame.wanted - _OVERHEAD) * 0.7 * room_share)) if self.settings.chunking else 10**9
        draft = pick.offer.build(
            Request(persona=frame.persona, length=frame.length, room=room, variant=pick.variant, key=pick.key)
        )
        if draft is None:
            raise Dropped("nothing_to_say")
        return draft

    def turn(self, pick: Pick, draft: Draft, frame: Frame, style: QuestionStyle) -> Turn:
        """The draft with a question that asks for it. Raises Dropped."""
        form = form_for(self.catalogue, pick.offer.task, tuple(draft.slots), frame.persona, style, pick.key)
        if form is None:
            raise Dropped("no_question_form")
        return Turn(pick.offer, draft, form)

    def with_tool(self, pick: Pick, draft: Draft, frame: Frame, pair_id: str = "") -> list[Example]:
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

    def gated(self, examples: list[Example]) -> list[Example]:
        """The examples, if all of them may be kept. Raises Dropped."""
        answers = ["\n".join(m.content for m in one.messages if m.role == "assistant") for one in examples]
        if len({*answers}) < len(answers) or not self.answers.isdisjoint(answers):
            raise Dropped("same_answer")
        for one in examples:
            if reason := reason_to_drop(one, self.settings):
                raise Dropped(reason)
        self.answers.update(answers)
        return examples


def family_of(pick: Pick) -> str:
    """The family of its task."""
    return pick.offer.task.partition(".")[0]


def usual(pick: Pick) -> bool:
    """Whether it is a task on this file with an excerpt, asked alone."""
    offer = pick.offer
    return not (offer.pair or offer.recall or offer.tool or offer.partner)


def suits(pick: Pick, frame: Frame) -> bool:
    """Whether the task is for a reader like this one."""
    return not pick.offer.personas or frame.persona.id in pick.offer.personas
