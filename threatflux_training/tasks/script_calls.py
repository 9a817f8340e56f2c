"""Functions of a Python script that no other line names: their lines are there, but nothing in the script starts them."""

import re
from collections.abc import Sequence

from threatflux_training.compose.content import Say, say
from threatflux_training.evidence.script_steps import language
from threatflux_training.tasks.listing import Listing

_DEFINED = re.compile(r"(?:async )?def (\w+)\((?!self\b|cls\b)")
_CALL = 2
"""Characters of the shortest call behind the function's name."""


def uncalled(listing: Listing, indices: Sequence[int]) -> list[tuple[int, Say]]:
    """Of the functions that some lines belong to, those that nothing else in the whole list names: line and statement."""
    if not listing.complete or language(listing.texts[0]) != "python":
        return []
    owners = dict.fromkeys(_owner(listing.texts, index) for index in indices)
    return [(index, _said(listing, index)) for index in owners if index >= 0 and _is_alone(listing.texts, index)]


def _said(listing: Listing, index: int) -> Say:
    slots = {"function": listing.piece(index, _name(listing.texts[index])), "place": listing.place(index)}
    return say("answer", "strings.line.uncalled", "code decision malware", name=listing.view.name, **slots)


def _name(text: str) -> str:
    match = _DEFINED.match(text)
    return match[1] if match else ""


def _owner(texts: Sequence[str], index: int) -> int:
    """Where the function at the outermost level begins that a line belongs to, -1 for none; tabs of a body aren't listed."""
    while index > 0 and texts[index].startswith(" "):
        index -= 1
    return index if _name(texts[index]) else -1


def _is_alone(texts: Sequence[str], index: int) -> bool:
    """Whether no other line names a function, none could be too short to be listed, and no decorator hands it on."""
    name = _name(texts[index])
    if texts[index - 1].startswith("@") or len(name) + _CALL < min(map(len, texts)):
        return False
    named = re.compile(rf"\b{name}\b")
    return sum(len(named.findall(text)) for text in texts) == 1
