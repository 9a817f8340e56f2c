"""The excerpt of a report in a prompt: fenced blocks of evidence lines, exact and with their place named."""

from collections.abc import Sequence

import msgspec

from threatflux_training.evidence.view import View
from threatflux_training.reports.features import WIDTH
from threatflux_training.tasks.model import Show
from threatflux_training.text import escape, fence_for, is_neutral, neutral
from threatflux_training.tokens import Counter

_GAP = "  [...]"


class Excerpt(msgspec.Struct, gc=False):
    """What a prompt shows, block by block: heading and lines, and how many lines of the block that are."""

    parts: list[tuple[str, list[str]]]

    def tokens(self, counter: Counter) -> int:
        """The tokens of its lines, without lead and fences."""
        return sum(sum(counter.lines([heading, *lines])) for heading, lines in self.parts)

    def text(self, lead: str) -> str:
        """The fenced excerpt under its lead."""
        body = [line for heading, lines in self.parts for line in (heading, *lines)]
        if not is_neutral("\n".join(body)):
            body = [neutral(line) for line in body]
        fence = fence_for(body)
        return "\n".join([lead, fence, *body, fence])


def merge(views: dict[str, View], shows: Sequence[Show]) -> list[Show]:
    """The shows with nothing twice: those of one block become one, where the first of them stood.

    A show with a heading of its own stays apart, less the lines that its block shows anyway.
    """
    groups: dict[tuple[str, str], list[Show]] = {}
    for show in shows:
        own = "" if show.title.startswith(_ROWS) else show.title
        groups.setdefault((show.block, own), []).append(show)
    united = {key: _united(views, found) for key, found in groups.items()}
    merged: list[Show] = []
    for (block, title), show in united.items():
        plain = united.get((block, "")) if title else None
        if plain is None:
            merged.append(show)
            continue
        rest = _numbers(views, show) - _numbers(views, plain)
        if rest:
            merged.append(msgspec.structs.replace(show, start=0, stop=None, only=tuple(sorted(rest))))
    return merged


_ROWS = "hex_dump, offsets "
"""How the heading of a range of the dump begins."""


def _numbers(views: dict[str, View], show: Show) -> set[int]:
    """The lines of its block that a show gives."""
    view, local = side_of(views, show)
    return set(local.only or range(len(view.lines(local.block)))[local.start : local.stop])


def _united(views: dict[str, View], shows: Sequence[Show]) -> Show:
    """Shows of one block as one: the one that has all lines, or all their lines in order."""
    if len(shows) == 1:
        return shows[0]
    numbers = [_numbers(views, show) for show in shows]
    lines = sorted(set[int]().union(*numbers))
    for show, held in zip(shows, numbers, strict=True):
        if len(held) == len(lines):
            return show
    title = "" if shows[0].title.startswith(_ROWS) else shows[0].title
    view, local = side_of(views, shows[0])
    total = len(view.lines(local.block))
    first, stop = lines[0], lines[-1] + 1
    if len(lines) == total:
        return Show(shows[0].block, title=title)
    if not title and any(not show.only for show in shows):
        title = _range_title(view, local.block, first, stop)
    if stop - first == len(lines):
        return Show(shows[0].block, first, stop, title=title)
    return Show(shows[0].block, only=tuple(lines), title=title)


def _range_title(view: View, block: str, first: int, stop: int) -> str:
    """The heading of a part of a block: rows of the dump by their offsets, else lines by their numbers."""
    total = len(view.lines(block))
    dump = view.file.hex_dump
    if block == "hex_dump" and dump is not None:
        start, end = dump.offset + first * WIDTH, dump.offset + min(stop * WIDTH, len(dump.data)) - 1
        return f"{_ROWS}0x{start:x} to 0x{end:x}"
    return f"{block}: lines {first:,} to {stop - 1:,} of {total:,}"


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
    return f"[{_range_title(view, show.block, show.start, stop)}]"


def excerpt(views: dict[str, View], shows: Sequence[Show]) -> Excerpt:
    """The lines of all shows; a block name starting with `partner:` takes them from the second file."""
    parts: list[tuple[str, list[str]]] = []
    both = any(side_of(views, show)[0].side for show in shows)
    for show in merge(views, shows):
        view, local = side_of(views, show)
        lines = _lines(view, local)
        if lines:
            parts.append((_of_file(views, view, _heading(view, local), both), lines))
    return Excerpt(_once(parts))


def _once(parts: list[tuple[str, list[str]]]) -> list[tuple[str, list[str]]]:
    """The parts less those whose lines stand under the same heading in another."""
    kept = [(heading, lines, {*lines}) for heading, lines in parts]
    return [
        (heading, lines)
        for place, (heading, lines, held) in enumerate(kept)
        if not any(
            heading == other and held <= more and (held < more or before < place)
            for before, (other, _, more) in enumerate(kept)
            if before != place
        )
    ]


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
