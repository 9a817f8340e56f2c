"""What a file of a case can do: by its imports, by names among its strings, line by line for a script."""

import re
from collections.abc import Sequence
from itertools import pairwise

from threatflux_training.compose import value
from threatflux_training.compose.content import Items, Role, Say, items, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.name_purpose import Purpose, is_commonplace, purpose_of
from threatflux_training.tasks.compare_imports import purpose_words
from threatflux_training.tasks.listing import few
from threatflux_training.tasks.model import Request, Show
from threatflux_training.tasks.triage_case import Case, Part
from threatflux_training.tasks.triage_shape import dynamic

_TELLING = (
    "network",
    "process",
    "ipc",
    "user",
    "files",
    "folders",
    "system",
    "terminal",
    "time",
    "locale",
    "options",
    "output",
    "text",
    "memory",
)
_OUTSIDE: tuple[Purpose, ...] = ("network", "process", "ipc", "user", "files", "folders", "system", "terminal", "time")
"""Purposes by which a program acts on more than its own memory and messages."""
_TAGS = {
    "network": "network malware", "process": "process malware", "ipc": "process", "user": "permission", "files": "files storage", "folders": "storage files",
    "memory": "memory_safety", "time": "time", "output": "plain", "options": "plain",
}  # fmt: skip
_CONNECTING = ("socket", "connect", "accept", "accept4", "listen", "bind", "getaddrinfo")
"""Imports by which a program has to do with connections, not only with the spelling of addresses."""


def abilities(case: Case, request: Request) -> Part | None:
    """What it can do: by imports, or line by line for a script."""
    if case.kind == "script":
        return _script(case, request)
    groups = {purpose: found for purpose, found in case.purposes().items() if purpose in _TELLING}
    telling = {purpose: [name for name in found if not is_commonplace(name)] for purpose, found in groups.items()}
    online = not set(groups.get("network", ())).isdisjoint(_CONNECTING)
    ordered = [one for one in _TELLING if one in groups]
    ordered.sort(key=lambda one: (not telling[one], one == "network" and not online))
    if len(ordered) < 2:
        return _functions(case, request)
    slots = dict(case.slots)
    symbols, register = case.view.at("symbols", ".imports"), request.persona.register
    whole = case.view.lines("symbols.imports").within(max(request.room, 900))
    most = 10 if request.length == "long" else 4
    taken = {purpose: few(telling[purpose] or groups[purpose], most) for purpose in ordered}
    first, second = ordered[0], ordered[1]
    slots |= {"purpose": purpose_words(first, register), "list": case.imported(taken[first][:4])}
    slots |= {"also": purpose_words(second, register), "second": case.imported(taken[second][:4])}
    count = _count(case) if whole else None
    if count is not None:
        slots["count"] = count
    beyond = [name for name in case.names if purpose_of(name) is None and not name.startswith("_")]
    plain = not beyond and not any(telling[one] for one in _OUTSIDE if one in telling)
    form = "triage.can.some" if count is None else "triage.can.ordinary" if plain else "triage.can"
    said: list[Say | Items] = [say("answer", form, "imports decision malware plain", **slots)]
    if len(beyond) > 2 and register != "plain":
        chosen = few(beyond, most)
        said.append(say("detail", "triage.can.beyond", "imports code", **slots | {"list": case.imported(chosen)}))
    used = [name for purpose in ordered[:2] for name in taken[purpose][:4]]
    used += few(beyond, most) if len(beyond) > 2 else []
    if len(ordered) > 3 and request.length == "long" and request.persona.register != "plain":
        entries: list[Say | Text] = [
            say(
                "detail", f"compare.imports.group{'.some' if len(groups[purpose]) > len(taken[purpose]) else ''}", "imports",
                purpose=purpose_words(purpose, register), list=case.imported(taken[purpose]),
            )
            for purpose in ordered
        ]  # fmt: skip
        used += [name for purpose in ordered for name in taken[purpose]]
        said.append(items("detail", say("detail", "triage.can.lead", "imports", **slots), entries, "imports"))
    else:
        for purpose in [one for one in ordered[2:6] if one in _OUTSIDE]:
            used += taken[purpose]
            given = slots | {"purpose": purpose_words(purpose, register), "list": case.imported(taken[purpose])}
            more = "triage.can.more"
            if len(groups[purpose]) > len(taken[purpose]) and register != "plain":
                more += ".some"
            said.append(say("detail", more, f"imports {_TAGS.get(purpose, 'method')}", **given))
    every = {one.name.partition("@")[0] for one in case.file.symbols.imports} if case.file.symbols else set()
    if "network" not in groups and "socket" not in every and case.file.symbols is not None:
        slots["socket"] = value.absent("socket", symbols, "name")
        said.append(say("meaning", "triage.can.offline", "network decision malware plain", **slots))
    elif online:
        said.append(say("meaning", "triage.can.online", "network decision malware", **slots))
    shows: tuple[Show, ...] = ()
    named = _named(case, 12 if request.length == "long" else 5)
    if named is not None:
        said.append(say("detail", "triage.can.functions", "code structure address", **case.slots, list=named[0]))
        shows = (named[1],)
    said.append(say("limit", "triage.can.limit", "limit code imports", **slots))
    show = (
        Show("symbols.imports")
        if whole
        else Show("symbols.imports", only=tuple(sorted({case.names[one] for one in used})))
    )
    return Part(tuple(said), (show, *shows))


def _count(case: Case) -> Text | None:
    """How many functions are imported, versioned twins left out; None where names repeat or have no plain twin."""
    names = [one.name for one in case.file.symbols.imports] if case.file.symbols else []
    place, plain = case.view.at("symbols", ".imports"), [name for name in names if "@" not in name]
    if len(plain) != len({name.partition("@")[0] for name in names}):
        return None
    if len(plain) == len(names):
        return value.counted(len(names), place)
    twins = ["count", place, ["name", "has", "@"]]
    return value.computed(f"{len(plain):,}", "grouped", ["difference", ["count", place], twins], "")


def by_names(able: Part) -> bool:
    """Whether what a file can do rests on names among its strings or symbols only, not on a list of imports."""
    lead = able.said[0]
    return isinstance(lead, Say) and lead.phrase in ("triage.can.named", "triage.can.dynamic")


_NAMED: tuple[Purpose, ...] = ("network", "process", "ipc", "user", "files", "folders", "system", "terminal", "time")


def _by_strings(case: Case, request: Request) -> Part | None:
    """What names of library functions among the strings tell, where no import list is there."""
    if case.listing is None or case.names or case.kind not in ("program", "library", "binary"):
        return None
    groups: dict[Purpose, list[int]] = {}
    for index, text in enumerate(case.listing.texts):
        purpose = purpose_of(text) if len(text) > 3 else None
        if purpose is not None and purpose in _NAMED and not is_commonplace(text):
            groups.setdefault(purpose, []).append(index)
    ordered = [purpose for purpose in _NAMED if len(groups.get(purpose, ())) > 1][:2]
    if len(ordered) < 2:
        return None
    first, second = (groups[purpose][:3] for purpose in ordered)
    words = [purpose_words(one, request.persona.register) for one in ordered]
    slots = dict(case.slots) | {"purpose": words[0], "list": case.quoted(first)}
    slots |= {"also": words[1], "second": case.quoted(second)}
    said = say("answer", "triage.can.named", "imports strings decision malware plain", **slots)
    return Part((said,), case.show([*first, *second], request))


def _functions(case: Case, request: Request) -> Part | None:
    """Names of its own functions, where imports tell nothing."""
    named = _named(case, 12 if request.length == "long" else 5)
    if named is None:
        return dynamic(case, request) or _by_strings(case, request)
    text, show = named
    return Part(
        (say("answer", "triage.can.functions.main", "code structure decision plain", **case.slots, list=text),), (show,)
    )


def _named(case: Case, most: int) -> tuple[Text, Show] | None:
    """Functions of the file that have a name of their own, start-up code left out."""
    symbols = case.file.symbols
    skipped = ("_", "register_tm", "deregister_tm", "frame_dummy")
    found = [
        (index, one.name) for index, one in enumerate(symbols.functions if symbols else ())
        if one.size > 0 and not one.is_imported and not one.name.startswith(skipped) and len(one.name) <= 80
    ][:most]  # fmt: skip
    if len(found) < 2:
        return None
    text = value.join([value.code(name, case.view.at("symbols", f".functions[{index}].name")) for index, name in found])
    return text, Show("symbols.functions", only=tuple(index for index, _ in found))


_RESTART = re.compile(r"\s*eval ['\"]exec (?:\S*/)?perl\b")
_SKIPPED = re.compile(r"\s*if (?:0\b|\$running_under_some_shell)")
"""What keeps Perl itself from carrying out the line before."""
_TOP = 5
"""Lines at whose beginning a Perl script has such a line."""


def _restart(texts: Sequence[str]) -> int:
    """The place of the line by which a script that a shell reads starts again under Perl, -1 without one."""
    pairs = enumerate(pairwise(texts[: _TOP + 1]))
    return next((at for at, (text, after) in pairs if _RESTART.match(text) and _SKIPPED.match(after)), -1)


def _script(case: Case, request: Request) -> Part | None:
    found = case.readings[: 12 if request.length == "long" else 4]
    if case.listing is None:
        return None
    slots = dict(case.slots)
    if not found:
        quiet: list[Say | Items] = [say("answer", "triage.script.quiet", "decision strings plain malware", **slots)]
        restart = _restart(case.listing.texts)
        if restart >= 0:
            again = slots | {"line": case.quoted([restart])}
            quiet.insert(0, say("answer", "triage.script.restart", "process code strings plain", **again))
        shown = case.listing.show(range(min(6, len(case.listing))), request.room)
        return Part(tuple(quiet), shown)
    said: list[Say | Items] = []
    told: set[str] = set()
    for index, reading in found:
        role: Role = "answer" if not said else "detail"
        form = f"triage.script.{reading.rule}"
        given = slots | {"line": case.quoted([index])}
        if reading.rule not in told:
            said.append(say(role, form, f"{reading.tags} decision strings", **given))
        told.add(reading.rule)
    rest = [index for index, reading in found if index not in [found[0][0]]]
    more = [
        index
        for index in rest
        if not any(isinstance(one, Say) and one.slots.get("line") == case.quoted([index]) for one in said)
    ]
    if more:
        entries: list[Say | Text] = [case.quoted([index]) for index in more]
        lead = say("detail", "triage.script.more", "strings", **slots)
        said.append(
            items("detail", lead, entries, "strings code") if len(more) > 2
            else say("detail", "triage.script.also", "strings code", **slots, list=case.quoted(more))
        )  # fmt: skip
    said.append(say("limit", "triage.script.limit", "limit code", **slots))
    return Part(tuple(said), case.show([index for index, _ in found], request))
