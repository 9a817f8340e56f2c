"""Several tasks asked together, up to a whole report."""

from collections.abc import Sequence
from math import inf

from threatflux_training.assemble import Dropped, Frame, Turn, form_for
from threatflux_training.chats.maker import ALWAYS, Maker, family_of, suits, usual
from threatflux_training.choose import Pick, parts_wanted
from threatflux_training.tasks.combined import (
    REPORT,
    Part,
    combined,
    one_of_each,
    room_for,
    says_asked,
    title_of,
)
from threatflux_training.tasks.model import Draft


def in_parts(maker: Maker, pick: Pick, draft: Draft, frame: Frame) -> tuple[Turn, list[Part]] | None:
    """One question of several parts; the parts are tasks that would come last by themselves.

    A report is asked for without naming its parts: then there are none beside the turn.
    """
    amount = parts_wanted(frame.wanted, frame.key)
    if amount < 2 or not room_for((), pick.offer.task, amount) or pick.offer.partner:
        return None
    parts = [part] if (part := _part(maker, pick, draft, frame, amount)) else []
    for other in _last_first(maker.drawn):
        if len(parts) >= amount or not parts:
            break
        if (
            other in maker.used
            or not usual(other)
            or not suits(other, frame)
            or not room_for(parts, other.offer.task, amount)
        ):
            continue
        kind = (other.offer.task, amount >= REPORT)
        if frame.wanted / amount <= maker.unfit.get(kind, 0):
            continue
        try:
            built = maker.built(other, frame, 1.4 / amount)
        except Dropped:
            continue
        if isinstance(built, Draft) and (part := _part(maker, other, built, frame, amount)):
            parts.append(part)
        else:
            divided = isinstance(built, Draft) and built.chunk[1] > 1
            maker.unfit[kind] = frame.wanted / amount if divided else inf
    asked = len(parts) < 4 or amount < REPORT
    parts = one_of_each(parts) if asked else parts
    if len(parts) < 2:
        return None
    view = maker.views[""]
    task, together = combined(parts, {"name": view.name, "path": view.path}, ordered_as_asked=asked)
    form = form_for(maker.catalogue, task, tuple(together.slots), frame.persona, "opening", pick.key)
    return (Turn(pick.offer, together, form), parts if asked else []) if form else None


def _part(maker: Maker, pick: Pick, draft: Draft, frame: Frame, amount: int) -> Part | None:
    """A task as a part; a report has room only for tasks on the file as a whole, not for a place in it."""
    whole = amount >= REPORT
    if draft.chunk[1] > 1 or (whole and says_asked(draft)):
        return None
    slots = () if whole else tuple(draft.slots)
    form = form_for(maker.catalogue, pick.offer.task, slots, frame.persona, "opening", pick.key)
    if form is None:
        return None
    title = title_of(maker.catalogue.questions[pick.offer.task], f"{pick.key}/title") if whole else None
    replies = title.question.replies if title else {}
    return Part(
        pick.offer.task,
        draft,
        form.template,
        form.question.replies,
        title and title.template,
        title_replies=replies,
    )


def _last_first(picks_left: Sequence[Pick]) -> list[Pick]:
    """The picks from the last to the first, with the families that fit everywhere at the end."""
    late = picks_left[::-1]
    return [one for one in late if family_of(one) not in ALWAYS] + [one for one in late if family_of(one) in ALWAYS]
