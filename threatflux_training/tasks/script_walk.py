"""A script told in steps: what its lines set, load, test, repeat, start, write and end with."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Say, Slot, fragment, items, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.script_steps import Step, steps
from threatflux_training.evidence.string_kinds import secret_names
from threatflux_training.tasks.listing import Listing, few
from threatflux_training.tasks.script_lines import WEIGHTY, Reading, line_of, line_said, readings, remarks
from threatflux_training.tasks.strings_hostile import addresses_model

_TAGS = {
    "load": "imports package build container", "include": "files code", "strict": "build code", "stop": "build code", "function": "code structure",
    "class": "code structure", "set": "data code", "argument": "data code plain", "capture": "process data", "begin": "data", "declare": "data",
    "export": "process", "test": "files data", "compare": "data code", "condition": "code", "each": "code performance", "arguments": "code plain",
    "input": "data code", "while": "code performance", "decide": "code", "option": "process plain", "show": "plain", "fail": "process code",
    "end": "process code", "hand": "process malware code", "folder": "files path", "create": "files storage", "copy": "files storage",
    "move": "files storage", "link": "files storage", "delete": "files storage malware", "trap": "process", "write": "files storage",
    "append": "files storage", "open": "files data", "run": "process malware", "call": "code", "documents": "structure",
}  # fmt: skip
_SUMMED = (
    "hand", "delete", "write", "append", "move", "copy", "link", "create", "run", "open", "include", "input", "each", "arguments", "option", "call",
    "function", "class", "load", "decide", "while", "capture", "trap", "argument", "test", "set", "fail", "show", "end",
)  # fmt: skip
"""Acts by what they tell of a script, most first."""
_RANKS = (
    frozenset(
        ("hand", "delete", "write", "append", "move", "copy", "link", "create", "run", "open", "include", "documents")
    ),
    frozenset(("load", "function", "class", "option", "input", "each", "arguments", "call", "end", "stop")),
    frozenset(("capture", "trap", "argument", "test", "fail", "folder", "while", "decide")),
    frozenset(("set", "show", "export")),
)
"""Acts by how much a walk would miss them, where it has no room for all; others come last."""
_REACHING = ("function", "condition", "test", "compare", "each", "arguments", "input", "while")
"""Acts after which a block begins."""
_NAMES = 3
"""Names that a part of a summary gives."""
_TOGETHER = 6
"""Steps of one act that are told in one entry, unless they load."""
_GAP = 3
"""Lines that may lie between two steps told together."""
_MERGED = {"function": 12, "test": 12, "argument": 4, "fail": 3}
"""Acts that a walk without room for all tells in one entry each, and how many steps such an entry names."""
_PARTS = 4
_ENTRIES = {"short": 4, "medium": 9, "long": 24}
_SHARE = 5
"""One line in so many has to have a step."""


class Told(NamedTuple):
    """What a walk says, the lead and the entries, and the line of the first block."""

    lead: Say
    entries: list[Say]
    block: int
    complete: bool


class Entry(NamedTuple):
    """An entry of a walk: its first line, its rank (0 is kept first), its act and its statement."""

    line: int
    rank: int
    act: str
    said: Say


def steps_of(listing: Listing) -> list[Step]:
    """The steps of a script, none on credentials and on text addressed to a language model."""
    return listing.view.once("scripts.steps", lambda: _steps(listing))


def _steps(listing: Listing) -> list[Step]:
    return [
        one
        for one in steps(listing.texts, remarks(listing))
        if not addresses_model(listing.texts[one.line]) and not secret_names(listing.texts[one.line])
    ]


def walk(listing: Listing, start: int, stop: int, length: str) -> Told | None:
    """The walk through a range of lines; None where too few of them can be read."""
    found = [one for one in steps_of(listing) if start <= one.line < stop]
    weighty = {index: reading for index, reading in readings(listing, start, stop) if reading.rule in WEIGHTY}
    apart = {
        index for index in weighty if not any(one.line == index and one.act in ("hand", "delete") for one in found)
    }
    plain = [one for one in found if one.line not in apart]
    code = sum(index not in remarks(listing) for index in range(start, stop))
    if len(plain) + len(apart) < max(2, code // _SHARE):
        return None
    most = _ENTRIES[length]
    groups = _grouped(plain, apart)
    if len(groups) + len(apart) > most:
        groups = _merged(groups)
    entries = [Entry(group[0].line, _rank(group[0].act), group[0].act, _entry(listing, group)) for group in groups]
    entries += [Entry(index, 0, "", line_of(listing, (index, weighty[index]))) for index in sorted(apart)]
    kept = _kept(entries, most)
    block = next((one.line for one in plain if one.act in _REACHING), -1)
    lead = _lead(listing, plain, [(index, weighty[index]) for index in sorted(apart)], (start, stop))
    return Told(lead, [one.said for one in sorted(kept, key=lambda one: one.line)], block, len(kept) == len(entries))


def line_told(listing: Listing, index: int) -> list[Content]:
    """What a line of a script does; nothing for other lists and for lines that no rule reads."""
    said = line_said(listing, index)
    if said or not listing.script:
        return said
    return [_entry(listing, [one]) for one in steps_of(listing) if one.line == index]


def _rank(act: str) -> int:
    return next((rank + (rank > 0) for rank, acts in enumerate(_RANKS) if act in acts), len(_RANKS) + 1)


def _kept(entries: Sequence[Entry], most: int) -> list[Entry]:
    """As many entries as there is room for: those of the first ranks, of one act a part only, spread over the lines."""
    if len(entries) <= most:
        return list(entries)
    by_act: dict[str, list[Entry]] = {}
    for one in entries:
        by_act.setdefault(one.act, []).append(one)
    spread = [
        one for found in by_act.values() for one in few(sorted(found, key=lambda one: one.line), max(2, most // 3))
    ]
    return sorted(spread, key=lambda one: (one.rank, one.line))[:most]


def _merged(groups: Sequence[list[Step]]) -> list[list[Step]]:
    """The groups, those of one act as one where an entry can hold them."""
    together: dict[tuple[str, str], list[Step]] = {}
    for group in groups:
        if group[0].act in _MERGED:
            together.setdefault((group[0].act, group[0].sort), []).extend(group)
    rest = [group for group in groups if group[0].act not in _MERGED]
    return [*(few(found, _MERGED[act]) for (act, _), found in together.items()), *rest]


def content_of(told: Told) -> list[Content]:
    """The lead and the entries as a list; one or two entries as sentences."""
    if len(told.entries) < 3:
        return [told.lead, *(msgspec.structs.replace(one, role="answer") for one in told.entries)]
    lead = say("answer", "strings.walk.all" if told.complete else "strings.walk.main", "code method")
    return [told.lead, items("answer", lead, list(told.entries), "code")]


def _grouped(found: Sequence[Step], apart: set[int]) -> list[list[Step]]:
    groups: list[list[Step]] = []
    for one in found:
        last = groups[-1] if groups else []
        near = bool(last) and one.line - last[-1].line <= _GAP and not apart & set(range(last[-1].line, one.line))
        alike = bool(last) and (last[0].act, last[0].sort) == (one.act, one.sort)
        if near and alike and (len(last) < _TOGETHER or one.act in ("load", "option")):
            last.append(one)
        else:
            groups.append([one])
    return groups


def _entry(listing: Listing, group: Sequence[Step]) -> Say:
    act = group[0].act
    phrase = f"strings.step.{act}" + (f".{group[0].sort}" if group[0].sort else "")
    slots: dict[str, Slot] = {"lines": _where(listing, [one.line for one in group])}
    slots["what"] = value.join(list(_unique(_told(listing, one) for one in group)))
    return say("detail", phrase, _TAGS[act], **slots)


def _unique(texts: Iterator[Text]) -> Iterator[Text]:
    seen: set[str] = set()
    for one in texts:
        if one.text not in seen:
            seen.add(one.text)
            yield one


def _where(listing: Listing, indices: Sequence[int]) -> Text:
    """`Entry 4`, `Entries 4 to 9`, `Entries 4 and 7`: places in the list, which leaves out short lines of the file."""
    if len(indices) == 1:
        place = listing.place(indices[0])
        return Text(f"Entry {place.text}", place.sources)
    if indices[-1] - indices[0] == len(indices) - 1 or (
        len(indices) > _TOGETHER and indices[-1] - indices[0] < 3 * len(indices)
    ):
        first, last = listing.place(indices[0]), listing.place(indices[-1])
        return Text(f"Entries {first.text} to {last.text}", first.sources + last.sources)
    places = value.join([listing.place(index) for index in indices])
    return Text(f"Entries {places.text}", places.sources)


_PAIRED = {
    "set": "{0} to {1}", "argument": "{1} as {0}", "capture": "the output of {1} in {0}", "compare": "{0} with {1}", "each": "{1}, each in turn as {0}",
    "trap": "{0} on {1}",
}  # fmt: skip


def _told(listing: Listing, step: Step) -> Text:
    """The pieces of a step in words."""
    texts = [listing.piece(step.line, piece) for piece in step.pieces]
    form = _PAIRED.get(step.act)
    if form is None or len(texts) < 2:
        return value.join(texts)
    return Text(form.format(*(one.text for one in texts)), tuple(source for one in texts[:2] for source in one.sources))


def _lead(
    listing: Listing, found: Sequence[Step], weighty: Sequence[tuple[int, Reading]], part: tuple[int, int]
) -> Say:
    """One sentence on what the lines do."""
    acts: dict[str, list[Step]] = {}
    for one in found:
        if one.sort != "ever":
            acts.setdefault(one.act, []).append(one)
    rules: dict[str, int] = {}
    for entry in weighty:
        rules.setdefault(line_of(listing, entry).phrase.removeprefix("strings.line."), entry[0])
    told = [(index, fragment(f"strings.act.{rule}", names=listing.place(index))) for rule, index in rules.items()]
    for act in (act for act in _SUMMED if act in acts):
        if len(told) < _PARTS:
            told.append((acts[act][0].line, _part(listing, act, acts[act])))
    slots: dict[str, Slot] = {"acts": tuple(one for _, one in sorted(told[:_PARTS], key=lambda entry: entry[0]))}
    slots |= {"name": listing.view.name, "first": listing.place(part[0]), "last": listing.place(part[1] - 1)}
    whole = part == (0, len(listing))
    return say("answer", "strings.script.sum" if whole else "strings.script.sum.part", "plain code", **slots)


def _part(listing: Listing, act: str, found: Sequence[Step]) -> Say:
    """What a summary says of all steps of one act."""
    first = 1 if act in ("each", "capture") else 0
    pieces = _unique(listing.piece(one.line, one.pieces[min(first, len(one.pieces) - 1)]) for one in found)
    names = list(pieces)
    more = ".more" if len(names) > _NAMES else ""
    return fragment(f"strings.act.{act}{more}", names=_listed(names[:_NAMES]) if more else value.join(names))


def _listed(names: Sequence[Text]) -> Text:
    return Text(", ".join(one.text for one in names), tuple(source for one in names for source in one.sources))
