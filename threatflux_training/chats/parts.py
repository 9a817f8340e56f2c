"""Several tasks asked together, up to a whole report."""

from math import inf

from threatflux_training.assemble import Dropped, Frame, Turn, form_for
from threatflux_training.chats.maker import ALWAYS, Maker, family_of, suits, usual
from threatflux_training.choose import Pick, parts_wanted
from threatflux_training.compose.content import Items
from threatflux_training.compose.document import select
from threatflux_training.hashing import share
from threatflux_training.tasks.combined import (
    LEAST,
    REPORT,
    Part,
    combined,
    has_something,
    own,
    room_for,
    says_asked,
    title_of,
)
from threatflux_training.tasks.model import Draft, Offer
from threatflux_training.tasks.topics import FULL, TOPICS, most_asked, most_parts, place_of, told, wished

_WHOLE = 0.72
"""Share of the long chats on what this reader would ask that become a report."""
_APART = 0.55
"""Share of the longest chats on what this reader would not ask that become a full report instead."""
_BESIDES = 0.45
"""Share of the others that go on with what this reader does ask."""
_WORDS = 3
"""A question with fewer words, such as a name with a question mark, stands by itself only."""


def in_parts(maker: Maker, pick: Pick, draft: Draft, frame: Frame) -> tuple[Turn, list[Part]] | None:
    """One question of several parts, where this reader would ask for the task among others.

    A report is asked for without naming its parts: then there are none beside the turn.
    """
    amount = parts_wanted(frame.wanted, frame.key)
    if amount < 2 or not room_for((), pick.offer.task) or pick.offer.partner:
        return None
    offer, asked = pick.offer, False
    asks = wished(pick.offer.task, frame.persona)
    becomes = share(f"{pick.key}/report") < (_WHOLE if asks else _APART if amount >= FULL else 0)
    made = _of_report(maker, frame, amount) if amount >= REPORT and becomes else []
    if made:
        offer, parts = made[0][0], [part for _, part in made]
    elif asks or share(f"{pick.key}/besides") < _BESIDES:
        asked, parts = True, _of_list(maker, pick, draft, frame, most_asked(frame.persona, amount))
    else:
        return None
    if len(parts) < 2:
        return None
    view = maker.views[""]
    task, together = combined(parts, {"name": view.name, "path": view.path}, ordered_as_asked=asked)
    form = form_for(maker.catalogue, task, tuple(together.slots), frame.persona, "opening", pick.key)
    return (Turn(offer, together, form), parts if asked else []) if form else None


def _of_report(maker: Maker, frame: Frame, amount: int) -> list[tuple[Offer, Part]]:
    """The parts of a report by the topics of its reader; none where they are too few."""
    topics = told(frame.persona, amount)
    most = most_parts(frame.persona, amount)
    made: list[tuple[Offer, Part]] = []
    for topic in topics:
        if len(made) > most:
            break
        for other in (maker.firsts[task] for task in TOPICS.get(topic, ()) if task in maker.firsts):
            if suits(other, frame) and room_for([part for _, part in made], other.offer.task, families=False):
                found = _built(maker, other, frame, most, whole=True)
                if found is not None:
                    made.append((other.offer, found))
                    break
    return made if len(made) >= LEAST else []


def _of_list(maker: Maker, pick: Pick, draft: Draft, frame: Frame, amount: int) -> list[Part]:
    """The parts of a list of questions: the task, and others that would come last by themselves; in the reader's order."""
    parts = [part] if (part := _part(maker, pick, draft, frame, whole=False)) else []
    for other in maker.last_first:
        if len(parts) >= amount or not parts:
            break
        task = other.offer.task
        if other in maker.used or not usual(other) or not suits(other, frame) or not wished(task, frame.persona):
            continue
        if room_for(parts, task) and (found := _built(maker, other, frame, amount, whole=False)):
            parts.append(found)
    return sorted(parts, key=lambda one: place_of(one.task, frame.persona))


def _built(maker: Maker, pick: Pick, frame: Frame, amount: int, *, whole: bool) -> Part | None:
    """A further task as one of so many parts; what could be none is remembered."""
    kind = (pick.offer.task, whole)
    if frame.wanted / amount <= maker.unfit.get(kind, 0):
        return None
    try:
        built = maker.built(pick, frame, 1.4 / amount)
    except Dropped:
        return None
    if isinstance(built, Draft) and (part := _part(maker, pick, built, frame, whole=whole)):
        return part
    if isinstance(built, Draft) and built.chunk[1] > 1:
        maker.unfit[kind] = frame.wanted / amount
    elif not isinstance(built, Draft) or (whole and says_asked(built)):
        maker.unfit[kind] = inf
    return None


def _part(maker: Maker, pick: Pick, draft: Draft, frame: Frame, *, whole: bool) -> Part | None:
    """A task as a part; a report has room only for tasks on the file as a whole, not for a place in it."""
    if (
        draft.chunk[1] > 1
        or (whole and (says_asked(draft) or not has_something(draft)))
        or _is_thin(draft, frame, pick)
    ):
        return None
    slots = () if whole else tuple(draft.slots)
    forms = (
        form_for(maker.catalogue, pick.offer.task, slots, frame.persona, "opening", f"{pick.key}{again}")
        for again in ("", "/1", "/2", "/3")
    )
    form = next((one for one in forms if one and len(one.question.text.split()) >= _WORDS), None)
    if form is None:
        return None
    titled = title_of(pick.offer.task) in maker.catalogue.phrases
    return Part(pick.offer.task, draft, form.template, {} if whole else form.question.replies, titled)


def _is_thin(draft: Draft, frame: Frame, pick: Pick) -> bool:
    """Whether an answer has a single statement for this reader, other than a plain fact that stands by itself."""
    if family_of(pick) in ALWAYS:
        return False
    chosen = select(own(pick.offer.task, draft.content), frame.persona, "long", pick.key, parts=2)
    return len(chosen) < 2 and not any(isinstance(one, Items) for one in chosen)
