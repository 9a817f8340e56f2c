"""The excerpt of a report in a prompt: fenced blocks of evidence lines, exact and with their place named."""

from collections.abc import Sequence

import msgspec

from threatflux_training.evidence.view import View
from threatflux_training.tasks.model import Show
from threatflux_training.text import escape, fence_for, neutral

_GAP = "  [...]"


class Excerpt(msgspec.Struct, gc=False):
    """What a prompt shows, block by block: heading and lines, and how many lines of the block that are."""

    parts: list[tuple[str, list[str]]]
    tokens: int

    def text(self, lead: str) -> str:
        """The fenced excerpt under its lead."""
        body = [neutral(line) for heading, lines in self.parts for line in (heading, *lines)]
        fence = fence_for(body)
        return "\n".join([lead, fence, *body, fence])


def merge(shows: Sequence[Show]) -> list[Show]:
    """The shows with doubles removed: a whole block swallows its parts, equal ones stand once."""
    whole = {show.block for show in shows if not show.start and show.stop is None and not show.only}
    merged: list[Show] = []
    for show in shows:
        is_whole = not show.start and show.stop is None and not show.only
        if show not in merged and (is_whole or show.block not in whole):
            merged.append(show)
    return merged


def _lines(view: View, show: Show) -> list[str]:
    block = view.lines(show.block)
    if not show.only:
        return list(block.lines[show.start : show.stop])
    lines: list[str] = []
    before = -1
    for index in show.only:
        if before >= 0 and index != before + 1:
            lines.append(_GAP)
        lines.append(block.lines[index])
        before = index
    return lines


def _heading(view: View, show: Show) -> str:
    if show.title:
        return f"[{neutral(show.title)}]"
    total = len(view.lines(show.block))
    stop = total if show.stop is None else show.stop
    if show.only or (show.start == 0 and stop == total):
        return f"[{show.block}]"
    return f"[{show.block}: lines {show.start:,} to {stop - 1:,} of {total:,}]"


def excerpt(views: dict[str, View], shows: Sequence[Show]) -> Excerpt:
    """The lines of all shows; a block name starting with `partner:` takes them from the second file."""
    parts: list[tuple[str, list[str]]] = []
    both = any(side_of(views, show)[0].side for show in shows)
    for show in merge(shows):
        view, local = side_of(views, show)
        lines = _lines(view, local)
        if lines:
            parts.append((_of_file(views, view, _heading(view, local), both), lines))
    counter = next(iter(views.values())).counter
    tokens = sum(sum(counter.lines([heading, *lines])) for heading, lines in parts)
    return Excerpt(parts, tokens)


def _of_file(views: dict[str, View], view: View, heading: str, both: bool) -> str:
    """The heading; where blocks of two files stand in one excerpt, with the path of the file it is of."""
    if not both:
        return heading
    paths = {side: one.file.path for side, one in views.items()}
    which = "second file" if view.side else "first file"
    alike = len(set(paths.values())) < len(paths)
    return f"[{f'{which}, ' if alike else ''}{escape(view.file.path)}: {heading[1:]}"


def side_of(views: dict[str, View], show: Show) -> tuple[View, Show]:
    """The file a show is about, and the show with the plain block name."""
    side, marked, block = show.block.partition("partner:")
    if not marked:
        return views[""], show
    return views["partner:"], msgspec.structs.replace(show, block=block)


def fill(views: dict[str, View], shows: Sequence[Show], context: Sequence[str], room: int) -> list[Show]:
    """Further blocks, or beginnings of them, until the room is used; `partner:` marks those of the second file."""
    seen = {show.block for show in shows}
    added: list[Show] = []
    for block in context:
        view, local = side_of(views, Show(block))
        lines = view.lines(local.block)
        if block in seen or not len(lines) or room < 40:
            continue
        stop = lines.fits(0, room - 20)
        needed = lines.tokens(0, stop) + 20
        if needed <= room and (stop == len(lines) or stop >= 8):
            added.append(Show(block) if stop == len(lines) else Show(block, 0, stop))
            room -= needed
    return added
