"""Chats of several turns that go on from the first answer."""

from collections.abc import Sequence

import msgspec

from threatflux_training.assemble import Dropped, Frame, Turn, answer_key, form_for, going_on
from threatflux_training.chats.maker import ALWAYS, Maker, family_of, suits
from threatflux_training.choose import Pick
from threatflux_training.compose.document import Flat, flatten, select, sense, senses, wanted
from threatflux_training.hashing import pick as pick_number
from threatflux_training.hashing import share
from threatflux_training.tasks.about import facts
from threatflux_training.tasks.followups import Step, entity, news, steps, tells, unsaid
from threatflux_training.tasks.model import Draft, Show

_RELATED = 0.4
"""Share of the chats with room for more turns that take up another task of the family."""

_OF_FILE = ("times", "rights", "digest")
"""Facts that go with a single detail that is left, for whoever asks for more."""
_ACCOUNT = (".report", "behavioral.overview")
"""How tasks are named that tell all of their family at once: no other task of it follows, nor do they."""


def dialogue(maker: Maker, pick: Pick, draft: Draft, followers: Sequence[Pick], frame: Frame) -> list[Turn]:
    """The turns of a chat that goes on from its first answer; one turn where it has nowhere to go."""
    first = maker.turn(pick, draft, frame, "opening")
    content = flatten(draft.content)
    said = select(content, frame.persona, "short", answer_key(frame, first))
    told = {text for one in said for text in senses(one, maker.catalogue)}

    def telling(found: Sequence[Flat]) -> list[Flat]:
        """Of what was left unsaid what brings something new and this reader wants, the most wanted first."""
        able = [(wanted(one, frame.persona, frame.key), one) for one in news(found, said)]
        fresh = [(want, one) for want, one in able if want > 0 and sense(one, maker.catalogue) not in told]
        return [one for _, one in sorted(fresh, key=lambda pair: -pair[0])]

    left = telling(unsaid(content, said))
    shows: tuple[Show, ...] = ()
    if not pick.offer.partner and sum(one.role == "detail" for one in left) == 1:
        found, shows = facts(maker.views[""], f"{frame.key}/more", *_OF_FILE, wide=len(_OF_FILE))
        left += telling(flatten(found))
    planned = _another(maker, pick, draft, followers, frame)
    for step in steps(family_of(pick), maker.views[""].name, left, frame.key, said, shows):
        planned += _step(maker, pick, step, frame)
    talk = msgspec.structs.replace(frame, style="dialogue")
    planned = going_on(talk, [first, *planned])[1:]
    amount = 1 + pick_number(f"{pick.key}/turns", 5) // 2
    if len(planned) > amount:
        planned = [*planned[: amount - 1], planned[-1]]
    elif not planned or share(f"{pick.key}/related") < _RELATED:
        planned += _related(maker, pick, followers, frame, amount - len(planned), draft)
    turns = going_on(talk, [first, *planned])
    return turns if len(turns) > 1 else []


def _step(maker: Maker, pick: Pick, step: Step, frame: Frame) -> list[Turn]:
    form = form_for(maker.catalogue, step.task, tuple(step.draft.slots), frame.persona, "followup", pick.key)
    return [Turn(pick.offer, step.draft, form)] if form else []


def _another(maker: Maker, pick: Pick, draft: Draft, followers: Sequence[Pick], frame: Frame) -> list[Turn]:
    """The same question about the next of its kind."""
    other = msgspec.structs.replace(pick, variant=pick.variant + 1, key=f"{pick.key}/another")
    same = [one for one in followers if one.offer is pick.offer and one.variant == other.variant]
    if not same or same[0] in maker.used:
        return []
    try:
        second = maker.built(other, frame, 0.3)
    except Dropped:
        return []
    named = entity(draft, second) if isinstance(second, Draft) else None
    if named is None or not isinstance(second, Draft):
        return []
    form = form_for(maker.catalogue, "followup.other", ("entity",), frame.persona, "followup", other.key)
    if form is None:
        return []
    maker.used.add(same[0])
    return [Turn(pick.offer, msgspec.structs.replace(second, slots={**second.slots, "entity": named}), form)]


def _related(
    maker: Maker, first: Pick, followers: Sequence[Pick], frame: Frame, amount: int, draft: Draft
) -> list[Turn]:
    """Further tasks of the same family, and what kind of file that was, unless the first draft tells it."""
    turns: list[Turn] = []
    for pick in sorted(followers, key=lambda one: family_of(one) != family_of(first)):
        if len(turns) >= amount:
            break
        if pick.offer.partner != first.offer.partner:
            continue
        whole = first.offer.task.endswith(_ACCOUNT) or pick.offer.task.endswith(_ACCOUNT)
        if whole and family_of(pick) == family_of(first):
            continue
        if pick in maker.used or pick.offer.pair or pick.offer.recall or pick.offer.task == first.offer.task:
            continue
        if family_of(pick) not in (family_of(first), *ALWAYS) or family_of(pick) == family_of(first) == "triage":
            continue
        if not suits(pick, frame) or (family_of(first) == "triage" and pick.offer.task == "metadata.what"):
            continue
        if pick.offer.task not in (turn.offer.task for turn in turns):
            turns += [
                one
                for one in _following(maker, pick, frame)
                if not any(tells(told, one.draft) for told in (draft, *(turn.draft for turn in turns)))
            ]
    return turns


def _following(maker: Maker, pick: Pick, frame: Frame) -> list[Turn]:
    if not any(form.question.style == "followup" for form in maker.catalogue.questions.get(pick.offer.task, ())):
        return []
    try:
        draft = maker.built(pick, frame, 0.3)
        if not isinstance(draft, Draft):
            return []
        turn = maker.turn(pick, draft, frame, "followup")
    except Dropped:
        return []
    maker.used.add(pick)
    return [turn]
