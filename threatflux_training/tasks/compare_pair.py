"""Two files side by side: how each is called, where its values stand, what a prompt shows of both."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import NamedTuple

import msgspec

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Items, Role, Say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.view import View
from threatflux_training.tasks.model import Draft, Show

BYTES = "byte|bytes"
_IMPOSSIBLE = 2**63


class Side(NamedTuple):
    """One of the files: its view and the name it gets in this comparison."""

    view: View
    label: Text

    def at(self, feature: str, rest: str = "") -> str:
        """The trace path of a place."""
        return self.view.at(feature, rest)

    def show(self, block: str, start: int = 0, stop: int | None = None, only: tuple[int, ...] = ()) -> Show:
        """Evidence of this file."""
        return Show(self.view.side + block, start, stop, only)

    @property
    def size(self) -> int:
        """Bytes of the file; 0 where it is not known or more than any file system holds."""
        metadata = self.view.file.metadata
        size = 0 if metadata is None or metadata.file_size is None else metadata.file_size
        return size if size < _IMPOSSIBLE else 0

    @property
    def size_text(self) -> Text:
        """`44,016 bytes`."""
        return value.grouped(self.size, self.at("metadata", ".file_size"), BYTES)


class Fact(NamedTuple):
    """Something that a comparison shows: statements, the main one first, and the evidence for them."""

    said: tuple[Say | Items, ...]
    shows: tuple[Show, ...]


Finder = Callable[..., Fact | None]
"""Finds a fact of a pair; called with a role, it words the main statement for it."""


def kept(find: Finder) -> Finder:
    """A finder that looks once for each role and size: tasks share facts, and what is offered is looked for before it is made."""
    name = f"{find.__module__}.{find.__qualname__}"

    @wraps(find)
    def found(pair: "Pair", role: Role = "detail", **sized: int) -> Fact | None:
        return pair.a.view.once(f"{name}.{role}.{sized}", lambda: find(pair, role, **sized))

    return found


class Pair:
    """Both files of a comparison. `a` is the one the examples belong to; `slots` name both."""

    def __init__(self, own: View, other: View) -> None:
        first, second = _labels(own, other)
        self.a, self.b = Side(own, first), Side(other, second)
        self.views = {"": own, "partner:": other}
        self.slots: dict[str, Text] = {"a": first, "b": second}
        self.asked: dict[str, Text] = {"name": first, "path": own.path, "other": second, "other_path": other.path}

    @property
    def sides(self) -> tuple[Side, Side]:
        """Both, in order."""
        return self.a, self.b

    def both(self, has: Callable[[View], object]) -> bool:
        """Whether both files have something."""
        return bool(has(self.a.view)) and bool(has(self.b.view))

    def shows(self, *blocks: str) -> tuple[Show, ...]:
        """Whole blocks of both files, those that are there."""
        return tuple(side.show(block) for block in blocks for side in self.sides if len(side.view.lines(block)))

    def cost(self, shows: Sequence[Show]) -> int:
        """Tokens of evidence."""
        return sum(_tokens(self.views, show) for show in shows)


def _labels(own: View, other: View) -> tuple[Text, Text]:
    """Names where they differ, else paths, else names with the beginning of the hash."""
    if own.file.name != other.file.name:
        return own.name, other.name
    if own.file.path != other.file.path:
        return own.path, other.path
    return _marked(own), _marked(other)


def _marked(view: View) -> Text:
    if view.file.hashes is None or not view.file.hashes.sha256:
        return view.path
    start = value.part(view.file.hashes.sha256[:8], view.at("hashes", ".sha256"))
    return Text(f"{view.name.text} ({start.text})", view.name.sources + start.sources)


def _tokens(views: dict[str, View], show: Show) -> int:
    view = views["partner:" if show.block.startswith("partner:") else ""]
    lines = view.lines(show.block.removeprefix("partner:"))
    if show.only:
        return lines.tokens_of(show.only)
    return lines.tokens(show.start, show.stop)


_TOLD = frozenset(
    f"compare.{name}"
    for name in (
        "content", "signed.none", "signed.unlike", "signed.both", "size.near", "size.ratio", "size.equal", "build.likely", "build.unlikely",
        "build.apart", "libraries.none", "imports.none", "findings.same", "findings.more", "findings.one", "findings.partly",
        "findings.apart", "entropy.close", "entropy.differ", "access.same", "access.differ",
    )
)  # fmt: skip
"""Phrases that answer a question; told without one they have a wording of their own, `.told`."""


def main_phrase(role: Role, phrase: str) -> str:
    """The phrase for a main statement, which either answers the question or stands beside other facts."""
    return f"{phrase}.told" if role != "answer" and phrase in _TOLD else phrase


def named(texts: Sequence[Text], most: int) -> Text:
    """The texts as a list; of more than `most` only the first, and that there are others."""
    whole = len(texts) <= most + 1
    return value.join(texts if whole else [*texts[:most], Text("others")])


def with_role(statement: Say | Items, role: Role) -> Say | Items:
    """The statement in another role."""
    return msgspec.structs.replace(statement, role=role)


def merged_shows(views: dict[str, View], shows: Sequence[Show]) -> tuple[Show, ...]:
    """Lines of one block put together; a whole block swallows its parts."""
    made: list[Show] = []
    for block in dict.fromkeys(show.block for show in shows):
        found = [show for show in shows if show.block == block]
        if any(not show.only and not show.start and show.stop is None for show in found):
            made.append(Show(block))
            continue
        view = views["partner:" if block.startswith("partner:") else ""]
        total = len(view.lines(block.removeprefix("partner:")))
        lines = {line for show in found for line in show.only or range(show.start, show.stop or total)}
        made.append(Show(block) if len(lines) == total else Show(block, only=tuple(sorted(lines))))
    return tuple(made)


_CONTEXT = (
    "hashes", "partner:hashes", "signatures", "partner:signatures", "binary_info", "partner:binary_info",
)  # fmt: skip
"""What people paste along with a comparison."""


def draft_of(
    pair: Pair, content: Sequence[Content], shows: Sequence[Show], slots: dict[str, Text] | None = None
) -> Draft:
    """The draft of a comparison, in which both files show at least their metadata."""
    merged = merged_shows(pair.views, shows)
    both = [*merged, *([] if any(show.block.startswith("partner:") for show in merged) else pair.shows("metadata"))]
    return Draft(slots=pair.asked | (slots or {}), shows=tuple(both), content=tuple(content), context=_CONTEXT)


def firm(fact: Fact) -> list[Say | Items]:
    """The main statement and what it means, both always said; the rest competes."""
    head = [with_role(one, "answer") for one in fact.said[:1]]
    if len(fact.said) > 1 and fact.said[1].role in ("meaning", "detail"):
        head.append(with_role(fact.said[1], "answer"))
    return [*head, *fact.said[len(head) :]]
