"""What a file is for, as far as its report shows: its own words first, then what its lines, names and texts tell.

Made once per file. Each clue is one sentence with the evidence to show; the strongest comes first.
"""

import re
from collections.abc import Sequence

import msgspec

from threatflux_training.compose import value
from threatflux_training.compose.content import Say, fragment, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence import job_lines
from threatflux_training.evidence.known_files import Table, known_file
from threatflux_training.evidence.string_kinds import Kind as StringKind
from threatflux_training.evidence.string_kinds import kind_of, secret_names
from threatflux_training.evidence.view import View
from threatflux_training.tasks import purpose_script
from threatflux_training.tasks.about import is_loader
from threatflux_training.tasks.listing import Listing, few
from threatflux_training.tasks.model import Show
from threatflux_training.tasks.purpose_names import (
    ORDINARY_PATHS,
    SHOWN,
    TAGS,
    Clue,
    clue_of,
    interface,
    known_libraries,
    plug_in,
    tells_path,
    toolchain,
)
from threatflux_training.tasks.script_lines import introduction, remarks
from threatflux_training.tasks.strings_hostile import addresses_model
from threatflux_training.tasks.triage_case import Case, Kind

_SHORT = 12
"""Lines up to which a script that hands over to another program does nothing else."""
_COMPLAINT = re.compile(
    r"(?i)cannot|can't|could not|couldn't|unable|already exists|no such|fail|error|invalid|unknown|missing|memory|warn|license|copyright|version"
    r"|not enough|usage|too (?:many|few|long)|internal|please|unexpected|expected|null|GNU C\d|image-section|relocation at|dddd|rights reserved|@\(#\)"
)
"""Messages that any program could have: they tell nothing of its job."""
_START_UP = (
    "_",
    "register_tm",
    "deregister_tm",
    "frame_dummy",
    "runtime.",
    "type:",
    "go:",
    "internal/",
    "sync",
    "unicode",
)


def clues(view: View) -> list[Clue]:
    """What tells the purpose of a file, the strongest first; empty where nothing does."""
    return view.once("purpose.clues", lambda: _clues(Case(view)))


_OWNERS = tuple(f"purpose.project.{kind}" for kind in ("package", "page", "debug", "mail", "author"))
_AT_ONCE = 2
"""Deeds of a script that a sentence for laymen tells."""
_CALLED = ("purpose.synopsis", "purpose.synopsis.first", "purpose.script.usage")
"""What tells how a file is called."""
_TOLD = ("purpose.told", "purpose.told.begun", "purpose.told.two", "purpose.named", "purpose.script.says")
"""A sentence of the file itself on what it does."""
_OWN_WORDS = (*_TOLD, *_CALLED)
_KNOWN: dict[Table, str] = {
    "programs": "purpose.known.program", "helpers": "purpose.known.helper", "libraries": "purpose.known.library", "modules": "purpose.known.module",
}  # fmt: skip
_NAMES_ONLY = ("purpose.family", "purpose.family.named")


def jobs(view: View) -> list[Clue]:
    """The clues to what a file does."""
    return [one for one in clues(view) if one.said.phrase not in _OWNERS]


def owner(view: View) -> Clue | None:
    """The clue to the project that a file belongs to."""
    return next((one for one in clues(view) if one.said.phrase in _OWNERS), None)


def sentences(said: Say, register: str) -> list[Say]:
    """A statement; one of many deeds in the sentences that a layman can follow."""
    acts = said.slots.get("acts")
    if (
        register != "plain"
        or said.phrase != "purpose.script.acts"
        or not isinstance(acts, tuple)
        or len(acts) <= _AT_ONCE
    ):
        return [said]
    slots = dict(said.slots)
    first = msgspec.structs.replace(said, slots=slots | {"acts": acts[:_AT_ONCE]})
    return [
        first,
        msgspec.structs.replace(said, phrase="purpose.script.acts.more", slots=slots | {"acts": acts[_AT_ONCE:]}),
    ]


def leads(clue: Clue) -> bool:
    """Whether a clue can answer what a file does, rather than add to other evidence."""
    return clue.said.phrase not in _NAMES_ONLY


def known(view: View) -> Clue | None:
    """What the file is for by its name and place, where it says nothing better itself."""
    return next((one for one in clues(view) if one.said.phrase in _KNOWN.values()), None)


def opens(view: View) -> bool:
    """Whether the first clue says in a sentence what the file is for, so that a reader without terms can begin there."""
    found = jobs(view)[:1]
    return any(one.said.phrase in (*_TOLD, *_KNOWN.values()) for one in found)


def shows(view: View, chosen: Sequence[Clue], room: int) -> tuple[Show, ...]:
    """The evidence for some clues: lines of the strings with their neighbours, or the whole list where it has room."""
    lines = sorted({line for one in chosen for line in one.lines})
    shown = Listing(view).show(lines, room, around=1) if lines else ()
    return (*shown, *(show for one in chosen for show in one.shows))


def unknown(view: View) -> Clue | None:
    """That nothing tells the purpose, in terms of what this report has; None for a file too small to have one."""
    case = Case(view)
    if case.tiny:
        return None
    texts = case.listing.texts if case.listing is not None else []
    if case.listing is None:
        return (
            None
            if case.names
            else Clue(say("answer", "purpose.unknown.outer", "identity plain limit", **case.slots), firm=False)
        )
    form = "dense" if case.kind in ("dense", "data") else "texts"
    sorts: tuple[StringKind, ...] = ("code", "other", "symbol") if form == "dense" else ("message", "path", "usage")
    found = [
        index for index in case.listing.of_kind(*sorts)
        if len(texts[index].strip()) >= 4 and texts[index].isprintable() and not secret_names(texts[index])
        and not addresses_model(texts[index]) and not (form == "texts" and texts[index].startswith(ORDINARY_PATHS))
    ]  # fmt: skip
    if not found:
        return Clue(
            say("answer", "purpose.unknown.names", "identity plain limit", **case.slots),
            tuple(range(min(4, len(texts)))),
            firm=False,
        )
    short = [index for index in found if len(texts[index].strip()) <= 40]
    chosen = few(short or found, 3 if short else 1)
    said = say("answer", f"purpose.unknown.{form}", "identity plain limit", **case.slots, list=case.quoted(chosen))
    return Clue(said, tuple(chosen), firm=False)


def told_line(view: View) -> tuple[int, Text, bool] | None:
    """The line in which a file itself says what it is for, or how it is called: the place, the quotation, and if it is the latter."""
    for clue in clues(view):
        line = clue.said.slots.get("line")
        if clue.lines and isinstance(line, Text) and clue.said.phrase in _OWN_WORDS:
            return clue.lines[0], line, clue.said.phrase in _CALLED
    return None


_DENIES_NAME = (
    *_TOLD,
    "purpose.loader",
    "purpose.synopsis.other",
    "purpose.script.forward",
    "purpose.script.forward.set",
    "purpose.hostile",
)
"""Clues beside which nothing is said from the name: the file tells its job itself, or that it is something else."""
_MANY_IN_ONE = re.compile(r"(?i)\b(?:busybox|toybox)\b")
"""Programs that stand in for many others under their names."""


def _clues(case: Case) -> list[Clue]:
    made = _found(case)
    if any(one.said.phrase in _DENIES_NAME for one in made):
        return made
    found = _known(case)
    return [*found, *(_beside(one) for one in made)] if found else made


_BESIDE = {
    "purpose.texts": "purpose.texts.beside", "purpose.synopsis": "purpose.synopsis.beside", "purpose.synopsis.place": "purpose.synopsis.beside",
}  # fmt: skip
"""What is said instead of a clue that would be the nearest to a purpose, where the purpose is known."""


def _beside(clue: Clue) -> Clue:
    phrase = _BESIDE.get(clue.said.phrase, clue.said.phrase)
    return clue._replace(said=msgspec.structs.replace(clue.said, phrase=phrase))


def _known(case: Case) -> list[Clue]:
    """What a well-known file is for, by its name where distributions install it, unless its report speaks against that."""
    found = known_file(case.file.path) if case.file.path_at else None
    if found is None or case.marks or case.kind not in _KINDS[found.table]:
        return []
    metadata, texts = case.file.metadata, case.listing.texts if case.listing is not None else []
    elsewhere = metadata is not None and metadata.file_path not in (None, case.file.path)
    if elsewhere or any("ybox" in text.lower() and _MANY_IN_ONE.search(text) for text in texts):
        return []
    said = say("answer", _KNOWN[found.table], "identity plain package process", **case.slots, does=Text(found.does))
    return [Clue(said, shows=(Show("metadata"),) if metadata is not None else (), firm=False)]


_KINDS: dict[Table, tuple[Kind, ...]] = {
    "programs": ("program", "binary", "script"), "helpers": ("program", "binary"), "libraries": ("library", "binary", "program"),
    "modules": ("library", "binary"),
}  # fmt: skip
"""The kinds that files of each sort have."""


def _found(case: Case) -> list[Clue]:
    """What the file itself tells."""
    if case.listing is not None and case.kind == "script":
        return _script(case, case.listing)
    made: list[Clue] = []
    if case.kind in ("program", "binary", "image", "library", "object"):
        made = [*_own_words(case), *_loader(case), *plug_in(case), *_holds(case), *interface(case)]
        if not made:
            made = [*_guesses(case), *known_libraries(case)]
        made += [*toolchain(case), *_project(case)]
    elif case.listing is not None and case.kind == "archive":
        made = _class(case, case.listing)
    elif case.listing is not None and case.kind == "text":
        made = _heading(case, case.listing)
    elif case.listing is not None and case.listing.texts[0].startswith("%PDF-"):
        made = [clue_of(case, "purpose.pdf", [0], line=case.quoted([0]))]
    return made


def _script(case: Case, listing: Listing) -> list[Clue]:
    """A script's remark on itself, its usage text, what its lines do, what it loads."""
    made: list[Clue] = []
    told = introduction(listing)
    if told >= 0:
        made.append(clue_of(case, "purpose.script.says", [told], line=listing.quoted(told)))
    acts = purpose_script.acts(listing)
    found = Clue(
        say("answer", "purpose.script.acts", f"{TAGS} malware network", **case.slots, acts=acts.said), acts.lines
    )
    if acts.names == ("forward",) and len(listing) <= _SHORT:
        return [*made, _forward(case, listing, acts)]
    telling = not set(acts.names).isdisjoint(purpose_script.ALARMING)
    usage = _script_usage(case, listing)
    made += usage if case.place == "system" else []
    if acts.said and telling and not (told >= 0 and case.place == "system"):
        made.append(found)
    made += usage if case.place != "system" else []
    if case.hostile:
        quote = case.quoted(case.hostile[:1])
        made.insert(
            0,
            Clue(
                say("answer", "purpose.hostile", f"{TAGS} malware", **case.slots, line=quote),
                (case.hostile[0],),
            ),
        )
    loaded = _modules(case, listing) if not telling else []
    if acts.said and found not in made and not (usage or loaded or told >= 0):
        made.append(found)
    options = job_lines.options(listing.texts) if told < 0 else []
    if len(options) > 1:
        made.append(clue_of(case, "purpose.options", options, list=case.quoted(options)))
    return [*made, *loaded] if len(made) < 2 else made


def _forward(case: Case, listing: Listing, acts: purpose_script.Acts) -> Clue:
    """That a short script hands over to another program, and the lines that say to which where a variable holds it."""
    line, index = acts.said[0].slots["line"], acts.lines[0]
    held = re.match(r"\s*exec\s+\"?\$\{?(\w+)", listing.texts[index])
    named = re.compile(rf"\s*{held[1]}=[^\s=]") if held is not None else None
    sets = [
        at for at, text in enumerate(listing.texts[:index]) if named and named.match(text) and not secret_names(text)
    ]
    if not sets:
        return Clue(say("answer", "purpose.script.forward", TAGS, **case.slots, line=line), acts.lines)
    said = say("answer", "purpose.script.forward.set", TAGS, **case.slots, line=line, sets=case.quoted(sets))
    return Clue(said, (*acts.lines, *sets))


_USAGE = re.compile(r"(?i)usage: *(?:\$0|\$prog|[\w.-]+)(?: [^\"'\\)};]+)+")


_WORD_USAGE = re.compile(r"(?i)^.*?\busage\b:?\s*")
"""What stands before the way of calling a program."""


def _script_usage(case: Case, listing: Listing) -> list[Clue]:
    """The usage text inside a script, without the code around it."""
    for index, text in enumerate(listing.texts):
        match = _USAGE.search(text) if len(text) <= 200 else None
        if match is not None and re.search(r"[\[<(]| -|[A-Z]{3}|host|file", match.group()):
            line = listing.piece(index, _WORD_USAGE.sub("", match.group()).strip())
            return [clue_of(case, "purpose.script.usage", [index], line=line)]
    return []


_LOADED = re.compile(
    r"^(?:use|require)\s+([A-Z]\w*(?:::\w+)*)|^(?:from|import)\s+([a-z_][\w.]*)(?=\s+import|\s*$|,|\s+as)"
)
_EVERYWHERE = re.compile(
    r"(?:strict|warnings|vars|lib|utf8|Config|POSIX|Fcntl|Getopt::\w+|File::\w+|Text::\w+|Cwd|Carp|io|os|re|sys|gettext|locale|argparse|__future__"
    r"|typing|base64|subprocess|socket|Exporter|ExtUtils::\w+|Data::Dumper)"
)
"""Modules of the language itself that scripts of all sorts load."""


def _modules(case: Case, listing: Listing) -> list[Clue]:
    found: dict[str, tuple[int, str]] = {}
    skipped = remarks(listing)
    for index, text in enumerate(listing.texts):
        match = _LOADED.match(text) if index not in skipped else None
        module = (match[1] or match[2]) if match is not None else ""
        if len(module) > 3 and not _EVERYWHERE.fullmatch(module):
            found.setdefault(module.partition(".")[0], (index, module))
    chosen = list(found.values())[:SHOWN]
    if not chosen:
        return []
    names = value.join([listing.piece(index, name) for index, name in chosen])
    return [clue_of(case, "purpose.script.modules", [index for index, _ in chosen], firm=False, list=names)]


def _own_words(case: Case) -> list[Clue]:
    """The sentence of its help, else its usage line or its options."""
    listing = case.listing
    if listing is None:
        return []
    made: list[Clue] = []
    job = job_lines.job(listing.texts, case.file.name)
    if job is not None and job.form == "two":
        first, rest = job.lines
        made.append(clue_of(case, "purpose.told.two", job.lines, line=listing.quoted(first), rest=listing.quoted(rest)))
    elif job is not None:
        phrase = {"whole": "purpose.told", "begun": "purpose.told.begun", "named": "purpose.named"}[job.form]
        made.append(clue_of(case, phrase, job.lines, line=listing.quoted(job.lines[0])))
    calls = list(job_lines.calls(listing.texts))
    if calls:
        made.append(_synopsis(case, listing, calls, told=job is not None))
    options = job_lines.options(listing.texts) if job is None else []
    if len(options) > 1 or (options and not made):
        made.append(clue_of(case, "purpose.options", options, list=case.quoted(options)))
    return made


_LOADER = ("--library-path", "/etc/ld.so.cache", "/etc/ld.so.preload", "LD_LIBRARY_PATH")
"""Strings of a dynamic loader."""


def _loader(case: Case) -> list[Clue]:
    """The dynamic loader, by its name and the options and files that it alone knows."""
    listing = case.listing
    if listing is None or not is_loader(case.view):
        return []
    found = [index for name in _LOADER if (index := listing.has(name)) >= 0]
    return [clue_of(case, "purpose.loader", found, list=case.quoted(found))] if len(found) > 1 else []


def _synopsis(case: Case, listing: Listing, calls: Sequence[int], *, told: bool) -> Clue:
    """How a program is called, the first of several ways, and by which name if its file has another one."""
    index, several = calls[0], len(calls) > 1
    text = listing.texts[index]
    way = _WORD_USAGE.sub("", text).strip()
    line = listing.piece(index, way)
    program = re.match(r"(?:[\w./-]+/)?([a-z][\w.+-]{2,})(?= )", way) or re.match(r"\s*([a-z][\w.+-]{2,}) usage:", text)
    if program is not None and program[1] not in case.file.name and case.file.name.partition(".")[0] not in program[1]:
        return clue_of(case, "purpose.synopsis.other", [index], line=line, program=listing.piece(index, program[1]))
    blank = re.match(r"%(?:1\$)?s +", way)
    if blank is not None and "%" not in (rest := way[blank.end() :].strip()):
        phrase = "purpose.synopsis.arguments.first" if several else "purpose.synopsis.arguments"
        return clue_of(case, phrase, [index], line=listing.piece(index, rest))
    if several:
        phrase = "purpose.synopsis.place.first" if "%" in way else "purpose.synopsis.first"
        return clue_of(case, phrase, [index], line=line)
    phrase = "purpose.synopsis.beside" if told else "purpose.synopsis.place" if "%" in way else "purpose.synopsis"
    return clue_of(case, phrase, [index], line=line)


def _holds(case: Case) -> list[Clue]:
    """What the strings of a program hold that didn't come from a package: addresses, schedules, commands."""
    listing = case.listing
    if listing is None or case.place == "system":
        return []
    things: dict[int, Say] = {}
    for index in case.footholds[:2]:
        things[index] = fragment("purpose.holds.start", line=listing.quoted(index))
    for index, text in enumerate(listing.texts):
        match = re.search(r"(?:@reboot|\*(?:/\d+)?(?: [\d*/,-]+){4}) \S.*", text) if len(text) < 160 else None
        if match is not None:
            things[index] = fragment("purpose.holds.cron", line=listing.piece(index, match.group()))
    seen = " ".join(hit.text for hit in case.addresses if "://" in hit.text)
    for hit in [hit for hit in case.addresses if "://" in hit.text or hit.text not in seen][:2]:
        if hit.index not in things and hit.index not in case.commands:
            things[hit.index] = fragment("purpose.holds.address", line=listing.piece(hit.index, hit.text))
    for index in case.commands[:2]:
        things[index] = fragment("purpose.holds.command", line=listing.quoted(index))
    if things and len(things) < SHOWN:
        for index in [
            index for index in case.messages(6) if index not in things and not _COMPLAINT.search(listing.texts[index])
        ][:1]:
            things[index] = fragment("purpose.holds.message", line=listing.quoted(index))
    for index in [index for index in case.paths(6) if index not in things and tells_path(listing.texts[index])][:1]:
        things[index] = fragment("purpose.holds.log", line=listing.quoted(index))
    if not things:
        return []
    chosen = dict(list(things.items())[:4])
    said = say("answer", "purpose.holds", f"{TAGS} malware network", **case.slots, things=tuple(chosen.values()))
    return [Clue(said, tuple(chosen))]


def _guesses(case: Case) -> list[Clue]:
    """Messages and paths, or the names of its own functions."""
    made: list[Clue] = []
    listing = case.listing
    if listing is not None:
        plain = [index for index in case.messages(60) if _says(listing.texts[index])]
        paths = [index for index in case.paths(8) if tells_path(listing.texts[index])]
        chosen = [*plain[: 3 if paths else 4], *paths[:2]]
        if chosen and (plain or len(paths) > 1):
            made.append(clue_of(case, "purpose.texts", chosen, firm=False, list=case.quoted(chosen)))
    symbols = case.file.symbols
    own = [
        index for index, one in enumerate(symbols.functions if symbols else ())
        if one.size > 0 and not one.is_imported and len(one.name) <= 60 and not re.search(r"[CD]\dE", one.name)
        and (not one.name.startswith(_START_UP) or re.match(r"_ZN?K?\d", one.name))
    ]  # fmt: skip
    if symbols is not None and len(own) > 1:
        chosen = sorted(own, key=lambda index: -symbols.functions[index].size)[:5]
        names = value.join(
            [
                value.code(symbols.functions[index].name, case.view.at("symbols", f".functions[{index}].name"))
                for index in chosen
            ]
        )
        said = say("answer", "purpose.functions", f"{TAGS} code structure", **case.slots, list=names)
        made.append(Clue(said, (), (Show("symbols.functions", only=tuple(sorted(chosen))),), firm=False))
    return made


def _says(text: str) -> bool:
    """Whether a message tells of a job: several words, no complaint and no leftover."""
    words = re.findall(r"(?<![A-Za-z_])[a-z]{3,}(?![A-Za-z_])", text)
    return len(words) >= 3 and not _COMPLAINT.search(text) and not secret_names(text) and kind_of(text) != "code"


def _project(case: Case) -> list[Clue]:
    """The project that its strings name."""
    listing = case.listing
    found = job_lines.project(listing.texts, case.file.path) if listing is not None else None
    if listing is None or found is None:
        return []
    said = say(
        "answer",
        f"purpose.project.{found.kind}",
        "provenance package identity plain",
        **case.slots,
        project=listing.piece(found.line, found.piece),
    )
    return [Clue(said, (found.line,), firm=False)]


_WORDS = re.compile(r"[A-Za-z][\w'(),:;./-]*(?: +[\w'(),:;./\"-]+){1,}")


def _heading(case: Case, listing: Listing) -> list[Clue]:
    """The first lines of a text that say something."""
    lines: list[tuple[int, str]] = []
    for index, text in enumerate(listing.texts[:4]):
        plain = text.strip().lstrip("#;/*= ").strip()
        if 8 <= len(plain) <= 110 and _WORDS.fullmatch(plain) and not addresses_model(text) and not secret_names(text):
            lines.append((index, plain))
    if not lines:
        return []
    whole = lines[0][1].endswith(".")
    chosen = lines[: 1 if whole else 2]
    quoted = value.join([listing.piece(index, plain) for index, plain in chosen])
    return [clue_of(case, "purpose.heading", [index for index, _ in chosen], list=quoted)]


def _class(case: Case, listing: Listing) -> list[Clue]:
    """The names of Java classes that a class file or archive mentions."""
    used = [
        index
        for index, text in enumerate(listing.texts)
        if re.fullmatch(r"(?:java|javax|org|com)(?:/\w+)+", text) and not text.endswith("/Object")
    ]
    names = [
        index for index, text in enumerate(listing.texts) if re.fullmatch(r"[a-z][a-zA-Z]{3,}|[\w/]+\.class", text)
    ]
    chosen = [*few(used, 2), *names[:3]]
    entries = [index for index in names if listing.texts[index].endswith(".class")][:3]
    if entries and not used:
        return [clue_of(case, "purpose.entries", entries, firm=False, list=case.quoted(entries))]
    return [clue_of(case, "purpose.class", chosen, firm=False, list=case.quoted(chosen))] if len(chosen) > 1 else []
