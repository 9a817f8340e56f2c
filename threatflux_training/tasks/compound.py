"""Long answers put together from the drafts of other tasks: a lead, then a part per heading, over one excerpt."""

from collections.abc import Iterable, Sequence

import msgspec

from threatflux_training.compose.content import Content, Items, Say, Section, say
from threatflux_training.compose.document import flatten
from threatflux_training.evidence.view import View
from threatflux_training.tasks.model import Draft, Request, Show

SURROUNDINGS = ("metadata", "hashes", "signatures", "strings", "entropy.sections", "hex_dump")
"""Blocks that make a prompt as long as wanted: what people paste along with the part they ask about."""
_ALWAYS = 3
"""Parts of which even a short answer tells the first sentence; otherwise the lead stands there alone."""
Part = tuple[str, Draft | None]
"""The phrase of a heading and the draft whose statements stand under it."""


def part_request(request: Request, parts: int) -> Request:
    """The request for one of several parts: medium statements, a share of the room."""
    return msgspec.structs.replace(request, length="medium", room=max(120, request.room // max(1, parts)))


def compound(
    view: View, lead: Sequence[Say], parts: Iterable[Part], *, short: bool, context: tuple[str, ...] = ()
) -> Draft | None:
    """One draft of several; where the answer is not to be long, only the lead and what the parts answer first."""
    made = [(heading, draft) for heading, draft in parts if draft is not None]
    if len(made) < 2:
        return None
    content: list[Content] = list(lead)
    for heading, draft in made:
        said = distinct(flatten(draft.content))
        if short:
            first = [one for one in said if one.role == "answer" and isinstance(one, Say)][:1]
            content += first if len(content) < len(lead) + _ALWAYS else [_as_detail(one) for one in first]
        else:
            content.append(Section(say("detail", heading), tuple(said)))
    shows = merged(view, [show for _, draft in made for show in draft.shows])
    return Draft(slots={}, shows=shows, content=tuple(content), context=context)


def _as_detail(one: Say) -> Say:
    return msgspec.structs.replace(one, role="detail")


def distinct(statements: Iterable[Say | Items]) -> list[Say | Items]:
    """The statements, each phrase once."""
    seen: set[str] = set()
    kept: list[Say | Items] = []
    for one in statements:
        key = one.lead.phrase if isinstance(one, Items) else one.phrase
        if key not in seen or isinstance(one, Items):
            seen.add(key)
            kept.append(one)
    return kept


def merged(view: View, shows: Sequence[Show]) -> tuple[Show, ...]:
    """The shows with the selected lines of a block put together."""
    order = list(dict.fromkeys(show.block for show in shows))
    return tuple(
        one for block in order for one in _of_block(view, block, [show for show in shows if show.block == block])
    )


def _of_block(view: View, block: str, shows: Sequence[Show]) -> list[Show]:
    if len(shows) == 1:
        return list(shows)
    total = len(view.lines(block))
    chosen: set[int] = set()
    for show in shows:
        stop = total if show.stop is None else show.stop
        chosen.update(show.only or range(show.start, stop))
    if len(chosen) == total:
        return [Show(block)]
    first, last = min(chosen), max(chosen)
    if last - first + 1 == len(chosen):
        return [Show(block, first, last + 1)]
    return [Show(block, only=tuple(sorted(chosen)))]


def firm(draft: Draft, request: Request) -> Draft:
    """The draft with every statement kept, unless the answer is to be short: for both sides of a pair alike."""
    if request.length == "short":
        return draft
    kept = tuple(
        msgspec.structs.replace(one, role="answer") if isinstance(one, Say | Items) else one for one in draft.content
    )
    return msgspec.structs.replace(draft, content=kept)


def firm_pair(pair: tuple[Draft, Draft] | None, request: Request) -> tuple[Draft, Draft] | None:
    """Both sides of a pair, firm."""
    return None if pair is None else (firm(pair[0], request), firm(pair[1], request))
