"""What two programs import: how much in common, what one has alone, by purpose."""

from collections.abc import Sequence

from threatflux_training.catalogue.model import Register
from threatflux_training.compose import value
from threatflux_training.compose.content import Items, Role, Say, Slots, items, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.name_purpose import Purpose, form_of, is_commonplace, purpose_of
from threatflux_training.tasks.compare_pair import Fact, Pair, Side, kept, main_phrase, with_role
from threatflux_training.tasks.listing import few

PURPOSES: dict[Purpose, str] = {
    "network": "networking", "process": "processes, signals or environment", "ipc": "System V IPC",
    "user": "accounts, logins and privileges", "files": "file access",
    "folders": "directories", "system": "information about the system", "terminal": "the terminal", "time": "clocks and dates", "locale": "languages",
    "options": "its options", "variables": "shared variables", "errors": "error numbers", "output": "output and errors", "streams": "the state of stdio streams", "text": "text handling", "random": "random numbers", "sorting": "sorting and searching", "memory": "memory",
    "hardening": "compiler-made checks", "start": "start and exit",
}  # fmt: skip
"""What functions are for, in words, the telling ones first."""
_EVERYDAY: dict[Purpose, str] = {
    "network": "connections to other computers or their addresses", "process": "starting or steering programs",
    "ipc": "sharing memory or messages between programs", "user": "users and their rights", "files": "working with files", "folders": "working with folders", "system": "asking about the computer",
    "terminal": "the terminal, the window for typed commands", "streams": "the state of open files",
    "options": "options of its call", "output": "writing text and messages", "memory": "managing memory",
}  # fmt: skip
"""The same for readers without the terms of the trade, where the words differ."""


def purpose_words(purpose: Purpose, register: Register) -> Text:
    """What functions are for, in the words of a reader."""
    everyday = _EVERYDAY.get(purpose) if register == "plain" else None
    return Text(everyday or PURPOSES[purpose])


_TAGS: dict[str, str] = {
    "network": "network malware", "process": "process malware", "ipc": "process", "user": "permission", "files": "files storage", "folders": "storage files",
    "hardening": "mitigation memory_safety", "memory": "memory_safety", "time": "time", "random": "crypto",
}  # fmt: skip


def names_of(side: Side) -> dict[str, int]:
    """Imported functions with their place; empty where versioned names would make counts doubtful."""
    symbols = side.view.file.symbols
    found: dict[str, int] = {}
    for index, one in enumerate(symbols.imports if symbols else ()):
        if "@" in one.name or len(one.name) > 120:
            return {}
        if one.name:
            found.setdefault(one.name, index)
    return found


def _listed(side: Side, names: dict[str, int], chosen: Sequence[str]) -> Text:
    return value.join([value.code(name, side.at("symbols", f".imports[{names[name]}].name")) for name in chosen])


@kept
def imports(pair: Pair, role: Role = "detail", *, most: int = 4, long: bool = False) -> Fact | None:
    """Imported functions that both have, and those that one has alone, by purpose."""
    counted = _counted(pair, role)
    if counted is None:
        return None
    main, few_at = counted
    names = [names_of(side) for side in pair.sides]
    slots = main.slots
    said: list[Say | Items] = [main]
    for at in (few_at, 1 - few_at):
        alone = _alone(pair.sides[at], names[at], names[1 - at], slots, most, long)
        said += [with_role(one, role) for one in alone[:1]] + alone[1:]
    said += _together(pair, names[0], [name for name in names[0] if name in names[1]], slots, most)
    return Fact((*said, *_bounds(main)), pair.shows("metadata", "symbols.imports"))


@kept
def adds(pair: Pair, role: Role = "detail", *, most: int = 4, long: bool = False) -> Fact | None:
    """What the first file imports and the second doesn't, by purpose."""
    counted = _counted(pair, "detail")
    if counted is None:
        return None
    main, _ = counted
    names = [names_of(side) for side in pair.sides]
    alone = _alone(pair.a, names[0], names[1], main.slots, most, long)
    if not alone:
        return None
    back = _alone(pair.b, names[1], names[0], main.slots, most, long)
    said = [*(with_role(one, role) for one in alone[:_ADDED]), main, *alone[_ADDED:], *back[:1]]
    return Fact((*said, *_bounds(main)), pair.shows("metadata", "symbols.imports"))


_ADDED = 3
"""Purposes whose functions belong to the answer on what one of two files can do alone."""


def _bounds(main: Say) -> list[Say]:
    """What the main statement on two lists of imports tells and what it doesn't."""
    form = next((form for form in ("equal", "none") if form in main.phrase.split(".")), "")
    return [
        say("meaning", f"compare.imports.meaning{form and '.' + form}", "imports method build", **main.slots),
        say("limit", "compare.imports.limit", "limit code", **main.slots),
    ]


def _counted(pair: Pair, role: Role) -> tuple[Say, int] | None:
    """How many functions each imports and how many both, and which of the two imports fewer."""
    names = [names_of(side) for side in pair.sides]
    if len(names[0]) < 3 or len(names[1]) < 3:
        return None
    shared = [name for name in names[0] if name in names[1]]
    few_at = 0 if len(names[0]) <= len(names[1]) else 1
    fewer, more = pair.sides[few_at], pair.sides[1 - few_at]
    lists = [side.at("symbols", ".imports") for side in pair.sides]
    slots = pair.slots | {"fewer": fewer.label, "more": more.label}
    for name, place, found in zip("ab", lists, names, strict=True):
        slots[f"count_{name}"] = value.computed(f"{len(found):,}", "grouped", ["distinct", place, "name"], "")
    slots["count_fewer"], slots["count_more"] = slots[f"count_{'ab'[few_at]}"], slots[f"count_{'ab'[1 - few_at]}"]
    slots["shared"] = value.computed(f"{len(shared):,}", "grouped", ["common", *lists, "name"], "")
    every = len(shared) == len(names[few_at])
    form = (
        "none" if not shared else "all" if every and len(names[0]) != len(names[1]) else "equal" if every else "partly"
    )
    phrase = main_phrase(role, f"compare.imports.{form}")
    return say(role, phrase, "imports comparison decision build data", **slots), few_at


def _grouped(names: Sequence[str]) -> dict[Purpose, list[str]]:
    groups: dict[Purpose, list[str]] = {}
    for name in names:
        purpose = purpose_of(name)
        if purpose is not None:
            groups.setdefault(purpose, []).append(name)
    return {purpose: sorted(groups[purpose]) for purpose in PURPOSES if purpose in groups}


def _alone(
    side: Side, own: dict[str, int], others: dict[str, int], slots: Slots, most: int, long: bool
) -> list[Say | Items]:
    """What one imports and the other does not, in no form."""
    known = {form_of(name) for name in others}
    alone = [name for name in own if name not in others and form_of(name) not in known]
    whole, groups = _grouped(alone), _grouped([name for name in alone if not is_commonplace(name)] or alone)
    chosen = list(groups.items())
    cut = {purpose: len(whole[purpose]) > min(len(found), most + 2) for purpose, found in chosen}
    entries: list[Say | Text] = [
        say(
            "detail", f"compare.imports.group{'.some' if cut[purpose] else ''}", "imports", purpose=Text(PURPOSES[purpose]),
            list=_listed(side, own, few(found, most + 2)),
        )
        for purpose, found in chosen
    ]  # fmt: skip
    named = {**slots, "who": side.label}
    if long and len(entries) >= 3:
        complete = not any(cut.values()) and sum(map(len, groups.values())) == len(alone)
        phrase = "compare.imports.lead" if complete else "compare.imports.lead.some"
        return [items("detail", say("detail", phrase, "imports comparison", **named), entries, "imports")]
    return [
        say(
            "detail", f"compare.imports.alone{'.some' if len(whole[purpose]) > min(len(found), most) else ''}", f"imports comparison {_TAGS.get(purpose, 'method')}", **named,
            purpose=Text(PURPOSES[purpose]), list=_listed(side, own, few(found, most)),
        )
        for purpose, found in chosen[:4]
    ]  # fmt: skip


def _together(pair: Pair, own: dict[str, int], shared: list[str], slots: Slots, most: int) -> list[Say | Items]:
    groups = _grouped(shared)
    return [
        say(
            "detail", f"compare.imports.together{'.some' if len(found) > most else ''}", f"imports comparison {_TAGS.get(purpose, 'method')}", **slots,
            purpose=Text(PURPOSES[purpose]), list=_listed(pair.a, own, few(found, most)),
        )
        for purpose, found in list(groups.items())[:2]
    ]  # fmt: skip
