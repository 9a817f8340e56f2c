"""What an answer may say is missing: only from lists that the prompt shows whole."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from threatflux_training.compose.content import Content, Items, Say, Section, Slot
from threatflux_training.compose.value import Source, Text
from threatflux_training.evidence.view import View
from threatflux_training.tasks.model import Show

_APART = ("metadata", "binary_info", "symbols", "entropy", "control_flow", "disassembly", "code_quality")
"""Features whose own block doesn't show their lists."""
_OF_ALL = (
    "triage.follow.none", "triage.follow.whole", "purpose.unknown.dense", "purpose.unknown.texts", "purpose.unknown.names", "compare.strings.none",
    "compare.strings.whole",
)  # fmt: skip
"""Phrases on the whole list of strings, in comparisons of both; `.seen` says as much of the strings that are shown."""


def in_view(content: Sequence[Content], shows: Iterable[Show], views: Mapping[str, View]) -> list[Content] | None:
    """The content without statements of absence from lists that are not shown whole; None where no answer is left.

    What is said of all strings is said of those shown where these are not all.
    """
    places = tuple(place for show in shows for place in _places(show, views))
    kept = [part for one in content if (part := _seen(one, places)) is not None]
    if kept != list(content) and not any(map(_answers, kept)):
        return None
    gaps = {side: view.file.strings is not None and view.at("strings") not in places for side, view in views.items()}
    return of_shown(kept, own=gaps[""], either=any(gaps.values()))


def of_shown(content: Iterable[Content], *, own: bool = True, either: bool = True) -> list[Content]:
    """The content with statements on all strings narrowed to the strings shown: where the `own` list, or `either` of two, has gaps."""
    return [
        Section(one.heading, tuple(_narrowed(part, own, either) for part in one.content)) if isinstance(one, Section)
        else _narrowed(one, own, either)
        for one in content
    ]  # fmt: skip


def _narrowed(one: Say | Items, own: bool, either: bool) -> Say | Items:
    if isinstance(one, Say) and one.phrase in _OF_ALL and (either if one.phrase.startswith("compare.") else own):
        return msgspec.structs.replace(one, phrase=f"{one.phrase}.seen")
    return one


def _answers(one: Content) -> bool:
    return any(map(_answers, one.content)) if isinstance(one, Section) else one.role == "answer"


def _places(show: Show, views: Mapping[str, View]) -> Iterator[str]:
    """The trace paths of the lists that a show gives whole."""
    side, _, block = show.block.rpartition(":")
    view = views[f"{side}:" if side else ""]
    if show.only or show.start or (show.stop is not None and show.stop < len(view.lines(block))):
        return
    feature, _, rest = block.partition(".")
    rest = rest.removesuffix(".names")
    if view.file.state(feature) in ("present", "empty") and (rest or feature not in _APART):
        yield view.at(feature, f".{rest}" if rest else "")


def _seen(one: Content, places: tuple[str, ...]) -> Content | None:
    if isinstance(one, Section):
        found = tuple(part for part in one.content if isinstance(_seen(part, places), type(part)))
        return Section(one.heading, found) if found else None
    return one if all(source.path.startswith(places) for source in _absent(one)) else None


def _absent(one: Slot | Items) -> Iterator[Source]:
    if isinstance(one, Text):
        yield from (source for source in one.sources if source.op == "absent")
    elif isinstance(one, Items):
        yield from (source for part in (one.lead, *one.items) for source in _absent(part))
    elif isinstance(one, Say):
        yield from (source for part in one.slots.values() for source in _absent(part))
    else:
        yield from (source for part in one for source in _absent(part))
