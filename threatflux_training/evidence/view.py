"""A scanned file as the tasks see it: typed features, their paths, and lines for prompts, all made once per file."""

from collections.abc import Callable, Sequence
from typing import TypeVar, cast

from threatflux_training.compose.value import Source, Text
from threatflux_training.evidence.lines import Lines
from threatflux_training.reports.file import ScannedFile
from threatflux_training.text import code, escape
from threatflux_training.tokens import Counter

T = TypeVar("T")
Renderer = Callable[[ScannedFile], Sequence[str]]
"""The lines of a block for a file, each starting with two spaces; empty where the feature is missing."""


class View:
    """A file, its evidence blocks, and how to name it.

    `name` and `path` are set as code and carry their source; `kept` holds what modules compute once for the file;
    `side` is "partner:" for the second file of a pair.
    """

    def __init__(self, file: ScannedFile, counter: Counter, blocks: dict[str, Renderer], side: str = "") -> None:
        self.file = file
        self.counter = counter
        self.side = side
        self._renderers = blocks
        self._lines: dict[str, Lines] = {}
        self.kept: dict[str, object] = {}
        place = side + file.path_at if file.path_at else ""
        self.name = _named(file.name, place, "basename")
        self.path = _named(file.path, place, "equal")

    def at(self, feature: str, rest: str = "") -> str:
        """The trace path of a place inside a feature that the file has."""
        return self.side + self.file.origin(feature).at(rest)

    def lines(self, block: str) -> Lines:
        """A block of evidence lines, empty where the report holds nothing for it."""
        if block not in self._lines:
            self._lines[block] = Lines(block, self._renderers[block](self.file), self.counter)
        return self._lines[block]

    def once(self, key: str, make: Callable[[], T]) -> T:
        """What a module computes once for the file, under a key of its own."""
        if key not in self.kept:
            self.kept[key] = make()
        return cast("T", self.kept[key])


def _named(text: str, place: str, op: str) -> Text:
    escaped = escape(text)
    return Text(code(escaped), (Source(escaped, place, op if place else "asked", ()),))
