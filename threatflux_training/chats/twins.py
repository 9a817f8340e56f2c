"""Pairs: a task with its answer, and the same question where there is none."""

from contextlib import suppress

import msgspec

from threatflux_training.assemble import Dropped, Frame, Turn, example, form_for, pair_key
from threatflux_training.catalogue.model import Persona
from threatflux_training.chats.maker import Maker, family_of
from threatflux_training.chats.parts import in_parts
from threatflux_training.choose import Pick, length_for, roomy
from threatflux_training.compose.content import Role
from threatflux_training.hashing import pick as pick_number
from threatflux_training.hashing import share
from threatflux_training.records import Example
from threatflux_training.tasks.combined import (
    questions,
)
from threatflux_training.tasks.followups import parted
from threatflux_training.tasks.model import Draft, Request
from threatflux_training.tasks.negatives import FEATURES, other_file, other_name
from threatflux_training.tasks.negatives import lacking as lacking_draft

_TWINNED, _TALKED = 0.50, 0.60
"""Shares of the twins that are tried as questions of several parts, and as chats of several turns."""
_MIDDLE = (500, 900)
"""Lengths in tokens at which twins that were wanted short get more room."""
_ROLES: tuple[Role, ...] = ("next", "meaning", "limit", "verify")
"""What both sides of a pair can go on with."""


def twin(maker: Maker, pick: Pick) -> list[Example]:
    """The task with its answer, and the same question about a file whose report is not there."""
    return maker.tried(pick, lambda persona, part: _about_another(maker, pick, persona, part))


def _about_another(maker: Maker, pick: Pick, persona: Persona, part: float) -> list[Example]:
    frame = maker.frame(pick, persona, part, "grounded")
    made, wider = _twins(maker, pick, frame), roomy(pick, maker.settings.budget)
    if wider and all(_MIDDLE[0] <= one.metadata.tokens < _MIDDLE[1] for one in made):
        with suppress(Dropped):
            length = length_for(wider, pick.offer)
            made = _twins(maker, pick, msgspec.structs.replace(frame, wanted=wider, length=length))
    return maker.gated(made)


def _twins(maker: Maker, pick: Pick, frame: Frame) -> list[Example]:
    """Both sides: a question of several parts, a chat of several turns, or a single answer."""
    draft = maker.built(pick, frame)
    if not isinstance(draft, Draft):
        raise Dropped("no_twin")
    turn = maker.turn(pick, draft, frame, "opening")
    second = maker.views.get("partner:") if pick.offer.partner else None
    if ({"name", "path"} if second is None else {"other", "other_path"}).isdisjoint(turn.form.template.slots):
        raise Dropped("no_twin")
    view, place = maker.views[""], share(f"{pick.key}/twinned")
    other = other_name(view, maker.views.get("partner:"), maker.others, pick.key, third=second is not None)
    twin = Turn(pick.offer, other_file(view, draft, other, family_of(pick), second), turn.form)
    name = pair_key(view.file.key, pick.key)
    if place < _TWINNED and (together := in_parts(maker, pick, draft, frame)):
        turn, parts = together
        names = [one.names_file for one in parts] or [not {"name", "path"}.isdisjoint(turn.form.template.slots)]
        if 2 * sum(names) >= len(names):
            lost = other_file(view, turn.draft, other, family_of(pick))
            if parts:
                lost.slots = {**lost.slots, "questions": questions(parts, lost.slots)}
            first = example(msgspec.structs.replace(frame, length="long"), [turn], name)
            filled = msgspec.structs.replace(frame, wanted=first.metadata.tokens, length="long")
            return [first, example(filled, [Turn(pick.offer, lost, turn.form)], name)]
    if place > 1 - _TALKED and (chats := _continued(maker, turn, twin, frame)):
        talk = msgspec.structs.replace(frame, style="dialogue")
        return [example(talk, turns, name) for turns in chats]
    return [example(frame, [turn], name), example(frame, [twin], name)]


def _continued(maker: Maker, turn: Turn, twin: Turn, frame: Frame) -> list[list[Turn]]:
    """Both sides of a pair with further turns, of the same kinds; empty where they have none in common."""
    chats = [[turn], [twin]]
    amount = 2 + pick_number(f"{frame.key}/turns", 5) // 2
    for role in _ROLES:
        if len(chats[0]) >= amount:
            break
        further = [_asked_on(maker, one[0], role, frame) for one in chats]
        if all(further):
            chats = [[first, *chat[1:], last] for chat, (first, last) in zip(chats, filter(None, further), strict=True)]
    return chats if len(chats[0]) > 1 else []


def _asked_on(maker: Maker, turn: Turn, role: Role, frame: Frame) -> tuple[Turn, Turn] | None:
    """The turn less what it says of a role, and the turn that asks for that."""
    found = parted(turn.draft, role, maker.views[""].name)
    if found is None:
        return None
    form = form_for(maker.catalogue, found[1].task, (), frame.persona, "followup", frame.key)
    if form is None or "name" in form.template.slots:
        return None
    return Turn(turn.offer, found[0], turn.form), Turn(turn.offer, found[1].draft, form)


def lacking(maker: Maker, other: Maker, pick: Pick) -> list[Example]:
    """A task of another file with its answer, and the same question about this file, which lacks the feature."""
    return maker.tried(pick, lambda persona, part: _lacking(maker, other, pick, persona, part))


def _lacking(maker: Maker, other: Maker, pick: Pick, persona: Persona, part: float) -> list[Example]:
    theirs = other.frame(pick, persona, part, "grounded")
    draft = other.built(pick, theirs)
    if not isinstance(draft, Draft):
        raise Dropped("no_twin")
    turn = other.turn(pick, msgspec.structs.replace(draft, slots={}), theirs, "opening")
    if not {"name", "path"} & set(turn.form.template.slots):
        raise Dropped("no_twin")
    mine = msgspec.structs.replace(maker.frame(pick, persona, part, "grounded"), length=theirs.length)
    request = Request(persona=persona, length=mine.length, room=10**9, variant=0, key=pick.key)
    missing = lacking_draft(maker.views[""], request, FEATURES[family_of(pick)])
    name = pair_key(maker.views[""].file.key, other.views[""].file.key, pick.key)
    sides = [(theirs, msgspec.structs.replace(turn, draft=draft)), (mine, Turn(pick.offer, missing, turn.form))]
    return maker.gated([example(frame, [side], name) for frame, side in sides])
