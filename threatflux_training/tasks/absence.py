"""What an answer may say is missing: only from lists that the prompt shows whole."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from msgspec.structs import replace

from threatflux_training.catalogue.load import Phrase
from threatflux_training.compose.content import Content, Items, Say, Section, Slot
from threatflux_training.compose.value import Text
from threatflux_training.evidence.view import View
from threatflux_training.tasks.model import Show

T = TypeVar("T", bound=Content | Text)
_APART = ("metadata", "binary_info", "symbols", "entropy", "control_flow", "disassembly", "code_quality")
"""Features whose own block doesn't show their lists."""
_LISTS: dict[str, tuple[tuple[str, str], ...]] = {
    "strings": (("strings", ""),),
    "imports": (("symbols", ".imports"), ("binary_info", ".imports")),
    "entropy.sections": (("entropy", ".sections"),),
}
"""What phrases rest on: the places, by feature and path, where a report may have such a list."""


def in_view(
    content: Sequence[Content], shows: Iterable[Show], views: Mapping[str, View], phrases: Mapping[str, Phrase]
) -> list[Content] | None:
    """The content without statements of absence from lists that are not shown whole; None where no answer is left.

    What rests on a list as a whole is said of what is shown where that is not all.
    """
    places = tuple(place for show in shows for place in _places(show, views))
    kept = [part for one in content if (part := _seen(one, places)) is not None]
    if kept != list(content) and not any(map(_answers, kept)):
        return None
    gaps = {side: frozenset(_gaps(view, places)) for side, view in views.items()}
    if not any(gaps.values()):
        return kept
    return of_shown(kept, phrases, own=gaps[""], either=frozenset().union(*gaps.values()))


def of_shown(
    content: Iterable[Content],
    phrases: Mapping[str, Phrase],
    *,
    own: Container[str] = _LISTS,
    either: Container[str] = _LISTS,
) -> list[Content]:
    """The content with what rests on a list narrowed to what is shown, where the list of this file (`own`), or of either
    of two compared files, has gaps.
    """

    def narrowed(one: T) -> T:
        if isinstance(one, Section):
            return replace(one, content=tuple(map(narrowed, one.content)))
        if isinstance(one, Items):
            return replace(one, lead=narrowed(one.lead), items=tuple(map(narrowed, one.items)))
        rests = phrases[one.phrase].rests if isinstance(one, Say) and one.phrase in phrases else ""
        if isinstance(one, Say) and rests and rests in (either if one.phrase.startswith("compare.") else own):
            return replace(one, phrase=f"{one.phrase}.seen")
        return one

    return list(map(narrowed, content))


_UNASKED = ("triage.gaps.", "triage.step.again", "triage.step.code")
"""What begins the phrases on what a report lacks, or holds elsewhere: a call gets what it asks for, all else is null."""


def asked_for(content: Iterable[Content]) -> list[Content]:
    """The content of an answer to a call: without statements on parts of the report that the call leaves out."""
    found: list[Content] = []
    for one in content:
        if isinstance(one, Section):
            kept = asked_for(one.content)
            found += [replace(one, content=tuple(kept))] if kept else []
        elif isinstance(one, Items):
            items = tuple(part for part in one.items if not (isinstance(part, Say) and _is_unasked(part)))
            found += [replace(one, items=items)] if items else []
        elif not _is_unasked(one):
            found.append(one)
    return found


def _is_unasked(one: Say) -> bool:
    return one.phrase.startswith(_UNASKED)


def _gaps(view: View, places: Sequence[str]) -> Iterator[str]:
    """The lists that a file has and the prompt does not show whole."""
    for name, found in _LISTS.items():
        held = [view.at(feature, rest) for feature, rest in found if view.file.state(feature) == "present"]
        if held and not any(place in places for place in held):
            yield name


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
    return one if _is_shown(one, places) else None


def _is_shown(one: Slot | Items, places: tuple[str, ...]) -> bool:
    """Whether all lists are shown from which something is said to be absent."""
    if isinstance(one, Text):
        return all(source.op != "absent" or source.path.startswith(places) for source in one.sources)
    parts = one.slots.values() if isinstance(one, Say) else (one.lead, *one.items) if isinstance(one, Items) else one
    return all(_is_shown(part, places) for part in parts)
