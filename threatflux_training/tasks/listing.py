"""The list of strings as tasks use it: entries with their traces, and what of it a prompt shows."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from threatflux_training.compose import value
from threatflux_training.compose.value import Text
from threatflux_training.evidence.string_kinds import Kind, is_script, kind_of, secret_names
from threatflux_training.evidence.view import View
from threatflux_training.tasks.model import Request, Show

BLOCK = "strings"
T = TypeVar("T")
_LONGEST = 110
"""Characters of a string that an answer quotes; a longer one is quoted by its beginning, with a mark."""
CUT = "[…]"
"""What follows a quote that is shorter than its entry."""
_NEIGHBOURS = 2
"""Lines shown around a hit where the whole list has no room."""


def kinds_of(view: View) -> tuple[Kind, ...]:
    """The kinds of all printable strings."""
    strings = view.file.strings
    return view.once("listing.kinds", lambda: tuple(map(kind_of, strings.ascii if strings else ())))


class Listing:
    """The printable strings of a file that has some."""

    def __init__(self, view: View) -> None:
        strings = view.file.strings
        if strings is None:
            raise ValueError("a file without strings has no listing")
        self.view = view
        self.texts = strings.ascii
        self.complete = strings.complete
        self.path = view.at("strings", strings.list_path)
        self.script = is_script(self.texts)

    def __len__(self) -> int:
        return len(self.texts)

    def at(self, index: int) -> str:
        """The trace path of an entry."""
        return f"{self.path}[{index}]"

    def quoted(self, index: int) -> Text:
        """An entry as code; of a long one its beginning, of one that gives a credential a value only the name."""
        text = self.texts[index].strip()
        if names := secret_names(self.texts[index]):
            return self.piece(index, names[0])
        if len(text) > _LONGEST:
            cut = text[:_LONGEST]
            piece = self.piece(index, cut[: cut.rfind(" ")] if " " in cut[40:] else cut)
            return Text(f"{piece.text} {CUT}", piece.sources)
        return self.piece(index, text)

    def piece(self, index: int, text: str) -> Text:
        """A part of an entry, as code."""
        if text == self.texts[index]:
            return value.code(text, self.at(index))
        return value.part(text, self.at(index))

    def place(self, index: int) -> Text:
        """The number of an entry, as the prompt shows it."""
        return value.asked(str(index))

    def has(self, name: str) -> int:
        """The index of an entry, or -1."""
        return self.view.once("listing.places", lambda: _places(self.texts)).get(name, -1)

    def lacks(self, name: str) -> Text:
        """A name that is no entry, as code; only for complete lists."""
        return value.absent(name, self.path)

    def kind(self, index: int) -> Kind:
        """The kind of an entry."""
        return kinds_of(self.view)[index]

    def of_kind(self, *kinds: Kind, stop: int | None = None) -> list[int]:
        """Indices of the entries of some kinds, up to `stop`; an entry that repeats counts once."""
        first = self.view.once("listing.by_kind", lambda: _by_kind(self.texts, kinds_of(self.view)))
        return sorted(at for kind in kinds for at in first.get(kind, ()) if stop is None or at < stop)

    def whole(self, room: int) -> bool:
        """Whether the whole list has room."""
        return self.view.lines(BLOCK).within(room)

    def show(self, indices: Iterable[int], room: int, *, around: int = _NEIGHBOURS) -> tuple[Show, ...]:
        """The whole list where it has room, else the entries with their neighbours, else the entries alone."""
        if self.whole(room):
            return (Show(BLOCK),)
        exact = sorted(set(indices))
        lines = self.view.lines(BLOCK)
        wide = sorted({near for i in exact for near in range(max(0, i - around), min(len(self), i + around + 1))})
        for chosen in (wide, exact):
            if lines.tokens_of(chosen) <= room or chosen is exact:
                return (Show(BLOCK, only=tuple(chosen)),)
        return ()

    def window(self, request: Request) -> tuple[int, int, tuple[int, int]]:
        """A range of the list for this use of an offer: start, end, (chunk index, chunk count)."""
        borders = windows(self.view, BLOCK, request.room)
        number = request.variant % len(borders)
        return (*borders[number], (number, len(borders)))


def _places(texts: Sequence[str]) -> dict[str, int]:
    """Where each text stands first."""
    return {text: index for index, text in reversed([*enumerate(texts)])}


def _by_kind(texts: Sequence[str], kinds: Sequence[Kind]) -> dict[Kind, list[int]]:
    """For each kind the places where its texts stand first, in order."""
    found: dict[Kind, list[int]] = {}
    seen: set[str] = set()
    for index, text in enumerate(texts):
        if text not in seen:
            seen.add(text)
            found.setdefault(kinds[index], []).append(index)
    return found


def windows(view: View, block: str, room: int, most: int = 60) -> list[tuple[int, int]]:
    """The ranges into which a block divides when each may need `room` tokens; at most `most` of them."""
    return view.lines(block).ranges(room, most)


def few(indices: Sequence[T], most: int) -> list[T]:
    """At most so many, spread over all."""
    if len(indices) <= most:
        return list(indices)
    step = len(indices) / most
    return [indices[int(i * step)] for i in range(most)]
