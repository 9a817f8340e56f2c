"""A task asked by itself: over an excerpt, from memory, with the scanner's tool, or as a pair of its own."""

from collections.abc import Sequence

import msgspec

from threatflux_training.assemble import Dropped, example, pair, pair_key, under
from threatflux_training.catalogue.model import Persona
from threatflux_training.chats.dialogues import dialogue
from threatflux_training.chats.maker import Maker
from threatflux_training.chats.parts import in_parts
from threatflux_training.choose import Pick
from threatflux_training.hashing import share
from threatflux_training.records import Example
from threatflux_training.tasks.model import Draft
from threatflux_training.tasks.recall import without_path

_DIALOGUES = 0.22
"""Share of single tasks that are tried as a chat of several turns; about two in three have somewhere to go."""
_MEMORY = 0.5
"""With `recall=facts`: share of the tasks that can be asked from memory that are asked so."""
_TOOLS = 0.23
"""Share of single tasks that are tried as a chat with the scanner's tool; about one in two can be one."""
_COMBINED = 0.97
"""Share of the other single tasks that are tried together with further ones, as one question of several parts."""


def make(maker: Maker, pick: Pick, followers: Sequence[Pick]) -> list[Example]:
    """The example of a pick (two for a pair), or nothing and the reason counted."""
    if pick.offer.pair:
        return maker.tried(pick, lambda persona, part: _pair(maker, pick, persona, part))
    return maker.tried(pick, lambda persona, part: _single(maker, pick, followers, persona, part))


def _single(maker: Maker, pick: Pick, followers: Sequence[Pick], persona: Persona, part: float) -> list[Example]:
    style = "recall" if pick.offer.recall or _from_memory(maker, pick) else "grounded"
    frame = maker.frame(pick, persona, part, style)
    draft = maker.built(pick, frame)
    if not isinstance(draft, Draft):
        raise TypeError(f"{pick.offer.task} builds a pair but is not offered as one")
    if pick.offer.tool or (style == "grounded" and share(f"{pick.key}/tool") < _TOOLS):
        made = maker.with_tool(pick, draft, frame)
        if made:
            return maker.gated(made)
    if style == "recall":
        draft = msgspec.structs.replace(draft, shows=())
    turn = maker.turn(pick, draft, frame, "recall" if style == "recall" else "opening")
    if pick.offer.recall and "path" not in turn.form.template.slots:
        turn = msgspec.structs.replace(turn, draft=without_path(draft))
    turns = [turn]
    if (
        style == "grounded"
        and share(f"{pick.key}/combined") < _COMBINED
        and share(f"{pick.key}/dialogue") >= _DIALOGUES
    ):
        together = in_parts(maker, pick, draft, frame)
        if together is not None:
            return maker.gated([example(msgspec.structs.replace(frame, length="long"), [together[0]])])
    if style == "grounded" and share(f"{pick.key}/dialogue") < _DIALOGUES:
        turns = dialogue(maker, pick, draft, followers, frame) or turns
        style = "dialogue" if len(turns) > 1 else style
    return maker.gated([example(msgspec.structs.replace(frame, style=style), turns)])


def _from_memory(maker: Maker, pick: Pick) -> bool:
    """Whether a task on facts is asked without its excerpt: only with `recall=facts`, where it has forms for that."""
    forms = maker.catalogue.questions.get(pick.offer.task, ())
    able = maker.settings.recall == "facts" and any(form.question.style == "recall" for form in forms)
    return able and share(f"{pick.key}/memory") < _MEMORY


def _pair(maker: Maker, pick: Pick, persona: Persona, part: float) -> list[Example]:
    frame = maker.frame(pick, persona, part, "grounded")
    drafts = maker.built(pick, frame)
    if isinstance(drafts, Draft):
        raise TypeError(f"{pick.offer.task} is offered as a pair but builds one draft")
    name = pair_key(maker.views[""].file.key, pick.key)
    if pick.offer.tool:
        made: list[Example] = []
        for draft in drafts:
            made += maker.with_tool(pick, draft, under(frame, made), name)
        if len(made) < 2:
            raise Dropped("tool")
        return maker.gated(made)
    return maker.gated(pair(((frame, [maker.turn(pick, draft, frame, "opening")]) for draft in drafts), name))
