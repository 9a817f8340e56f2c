"""Pairs: a task with its answer, and the same question where there is none."""

from contextlib import suppress

import msgspec

from threatflux_training.assemble import Dropped, Frame, Turn, example, form_for, going_on, pair, pair_key, under
from threatflux_training.catalogue.model import Persona
from threatflux_training.chats.maker import Maker, family_of
from threatflux_training.chats.parts import in_parts
from threatflux_training.choose import Pick, length_for, roomy
from threatflux_training.compose.content import Role, Section
from threatflux_training.hashing import share
from threatflux_training.records import Example
from threatflux_training.tasks.combined import (
    questions,
)
from threatflux_training.tasks.followups import parted
from threatflux_training.tasks.model import Draft, Request
from threatflux_training.tasks.negatives import FEATURES, other_file, other_name
from threatflux_training.tasks.negatives import lacking as lacking_draft

_TWINNED, _TALKED = 0.50, 0.75
"""Shares of the twins that are tried as questions of several parts, and as chats of several turns."""
_ALONE = ("packages.", "compare.packages")
"""How tasks begin that are about packages, so that no other file can stand in the place of one."""
_MIDDLE = (500, 900)
"""Lengths in tokens at which twins that were wanted short get more room."""
_ROLES: tuple[Role, ...] = ("next", "verify")
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
    if not isinstance(draft, Draft) or pick.offer.task.startswith(_ALONE):
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
        whole, parts = together
        names = [one.names_file for one in parts] or [not {"name", "path"}.isdisjoint(whole.form.template.slots)]
        lost = other_file(view, whole.draft, other, family_of(pick))
        answered = sum(isinstance(one, Section) and one.heading is not None for one in lost.content)
        if 2 * sum(names) >= len(names) and answered >= len(parts):
            if parts:
                lost.slots = {**lost.slots, "questions": questions(parts, lost.slots)}
            first = example(msgspec.structs.replace(frame, length="long"), [whole], name)
            filled = msgspec.structs.replace(under(frame, [first]), wanted=first.metadata.tokens, length="long")
            return [first, example(filled, [Turn(whole.offer, lost, whole.form)], name)]
    if place > 1 - _TALKED and (chats := _continued(maker, turn, twin, frame)):
        talk = msgspec.structs.replace(frame, style="dialogue")
        if all(len(going_on(talk, turns)) == len(turns) for turns in chats):
            return pair(((talk, turns) for turns in chats), name)
    return pair(((frame, [one]) for one in (turn, twin)), name)


def _continued(maker: Maker, turn: Turn, twin: Turn, frame: Frame) -> list[list[Turn]]:
    """Both sides of a pair with a further turn, asked in the same words; empty where the answer has none to give."""
    for role in _ROLES:
        found, lost = _asked_on(maker, turn, role, role, frame), _asked_on(maker, twin, role, "next", frame)
        if found and lost:
            return [[*found], [*lost]]
    return []


def _asked_on(maker: Maker, turn: Turn, asked: Role, role: Role, frame: Frame) -> tuple[Turn, Turn] | None:
    """The turn less what it says of a role, and the turn that says that, asked for as if it were of another."""
    found = parted(turn.draft, role, maker.views[""].name)
    if found is None:
        return None
    form = form_for(maker.catalogue, f"followup.{asked}", (), frame.persona, "followup", frame.key)
    if form is None or "name" in form.template.slots:
        return None
    return Turn(turn.offer, found[0], turn.form), Turn(turn.offer, found[1].draft, form)


def lacking(maker: Maker, other: Maker, pick: Pick) -> list[Example]:
    """A task of another file with its answer, and the same question about this file, which lacks the feature."""
    return maker.tried(pick, lambda persona, part: _lacking(maker, other, pick, persona, part))


def _lacking(maker: Maker, other: Maker, pick: Pick, persona: Persona, part: float) -> list[Example]:
    theirs = other.frame(pick, persona, part, "grounded")
    draft = other.built(pick, theirs)
    feature = FEATURES[family_of(pick)]
    if not isinstance(draft, Draft) or not any(show.block.startswith(feature) for show in draft.shows):
        raise Dropped("no_twin")
    turn = other.turn(pick, msgspec.structs.replace(draft, slots={}), theirs, "opening")
    if not {"name", "path"} & set(turn.form.template.slots):
        raise Dropped("no_twin")
    mine = msgspec.structs.replace(maker.frame(pick, persona, part, "grounded"), length=theirs.length)
    request = Request(persona=persona, length=mine.length, room=10**9, variant=0, key=pick.key)
    missing = lacking_draft(maker.views[""], request, feature)
    name = pair_key(maker.views[""].file.key, other.views[""].file.key, pick.key)
    sides = [(theirs, msgspec.structs.replace(turn, draft=draft)), (mine, Turn(pick.offer, missing, turn.form))]
    return maker.gated(pair(((frame, [side]) for frame, side in sides), name))
