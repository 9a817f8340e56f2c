"""Dependencies: entries that are imported functions, library names from strings, and constants that look like results."""

import re

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Items, Say, Section, items, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.name_purpose import Purpose, purpose_of
from threatflux_training.evidence.view import View
from threatflux_training.hashing import choose, ordered
from threatflux_training.reports.model import Dependencies
from threatflux_training.tasks.about import is_library, names_libraries
from threatflux_training.tasks.compare_imports import PURPOSES
from threatflux_training.tasks.compound import SURROUNDINGS, firm_pair
from threatflux_training.tasks.file_facts import NOTHING, Facts
from threatflux_training.tasks.listing import Listing, few, windows
from threatflux_training.tasks.model import Draft, Offer, Request, Show
from threatflux_training.tasks.strings_parts import quoted

FAMILY = "dependencies"
_BLOCK, _TOTALS = "dependencies", "dependencies.security_assessment"
_GROUP = 8
"""Functions that are named of a purpose."""
_SORTED = 3
"""One entry in so many must be of a known purpose for a list by purpose."""
_CONTEXT = ("entropy", "vulnerabilities.risk_assessment", "threats", *SURROUNDINGS)
_NAMES = (
    "malloc", "free", "socket", "connect", "fork", "execve", "system", "popen", "dlopen", "getenv", "printf", "strcpy", "memcpy", "qsort",
    "pthread_create", "getaddrinfo", "opendir", "readdir", "unlink", "setuid", "getpwnam", "time", "localtime", "select", "poll", "kill",
    "mmap", "mprotect", "ioctl", "fopen", "fclose", "fread", "regcomp", "iconv_open", "sigaction", "waitpid", "chmod", "chown", "rename",
)  # fmt: skip
_START = 100
"""The score as long as nothing in the scanner's database matches."""
_COUNTED = 900
"""Tokens that the entries may need so that all of them are shown, where an answer counts some."""


def offers(view: View, partner: View | None) -> list[Offer]:
    """Tasks on the entries."""
    found = view.file.dependencies
    if found is None or not found.dependencies:
        return []
    made = [
        Offer(task="dependencies.what", build=lambda r: _what(view, found, r), importance=4, long=True, variants=2),
        Offer(
            task="dependencies.listed",
            build=lambda r: firm_pair(_pair(view, found, r), r),
            importance=3,
            pair=True,
            variants=3,
        ),
    ]
    if _libraries(found):
        made.append(
            Offer(task="dependencies.libraries", build=lambda r: _named(view, found, r), importance=4, long=True)
        )
    if any(one.version for one in found.dependencies):
        made.append(
            Offer(task="dependencies.versions", build=lambda r: _versions(view, found, r), importance=4, long=True)
        )
    if _untouched(found):
        made.append(Offer(task="dependencies.score", build=lambda r: _score(view, found, r), importance=5, long=True))
    if found.analysis_stats is not None and found.analysis_stats.licenses_identified == 0:
        made.append(
            Offer(task="dependencies.licenses", build=lambda r: _licenses(view, found, r), importance=3, long=True)
        )
    return made


def _libraries(found: Dependencies) -> list[int]:
    return [index for index, one in enumerate(found.dependencies) if one.source == "StringReference" and one.path]


def _imports(found: Dependencies) -> list[int]:
    return [index for index, one in enumerate(found.dependencies) if one.source == "Import" and one.name]


def _mostly(found: Dependencies, start: int, stop: int) -> bool:
    """Whether most entries of a range are imported functions."""
    return 2 * sum(start <= index < stop for index in _imports(found)) > stop - start


def _untouched(found: Dependencies) -> bool:
    """Whether the score is the one from which the scanner subtracts, with nothing subtracted."""
    one = found.security_assessment
    return (
        one is not None
        and one.security_score == _START
        and not one.total_vulnerabilities
        and one.risk_level in (None, "Minimal")
    )


def _entry(view: View, found: Dependencies, index: int) -> Text:
    return value.code(found.dependencies[index].name, view.at(_BLOCK, f".dependencies[{index}].name"))


def _path(view: View, found: Dependencies, index: int) -> Text:
    return value.code(found.dependencies[index].path, view.at(_BLOCK, f".dependencies[{index}].path"))


def _counts(view: View, found: Dependencies) -> dict[str, Text]:
    path = view.at(_BLOCK, ".dependencies")
    amount, imports = len(found.dependencies), len(_imports(found))
    return {
        "amount": value.counted(amount, path, "entry|entries"), "name": view.name,
        "imports": value.counted(imports, path, "imported function|imported functions", ["source", "eq", "Import"]),
    }  # fmt: skip


def _totals(view: View, found: Dependencies, room: int) -> dict[str, Text]:
    """The counts, where all entries have room in the prompt; else the scanner's own count of different names."""
    if view.lines(_BLOCK).within(room):
        return _counts(view, found)
    stats = found.analysis_stats
    total = stats.total_dependencies_found if stats is not None else None
    if total is None:
        return {"name": view.name}
    place = view.at(_BLOCK, ".analysis_stats.total_dependencies_found")
    return {"amount": value.grouped(total, place, "counted entry|counted entries"), "name": view.name}


def _show(view: View, indices: list[int], room: int) -> Show:
    """All entries where they have room, else those needed."""
    return Show(_BLOCK) if view.lines(_BLOCK).within(room) else Show(_BLOCK, only=tuple(sorted(set(indices))))


def _draft(
    content: list[Content], *shows: Show, slots: dict[str, Text] | None = None, chunk: tuple[int, int] = (0, 1)
) -> Draft:
    return Draft(
        slots=slots or {}, shows=(Show(_TOTALS), *shows), content=tuple(content), context=_CONTEXT, chunk=chunk
    )


def _what(view: View, found: Dependencies, request: Request) -> Draft | None:
    """What the entries of a range are, where most are functions: these by purpose."""
    borders = windows(view, _BLOCK, request.room)
    number = request.variant % len(borders)
    start, stop = borders[number]
    if not _mostly(found, start, stop):
        return None
    inside = [i for i in _imports(found) if start <= i < stop]
    named = list({found.dependencies[i].name: i for i in reversed(inside)}.values())
    slots = {
        "name": view.name,
        "list": value.join([_entry(view, found, i) for i in few(sorted(named), 4)]),
    }
    whole = start == 0 and stop == len(found.dependencies)
    if whole:
        slots |= _counts(view, found)
    versioned = any(found.dependencies[i].name == "glibc" for i in inside)
    content: list[Content] = [
        say("answer", "dependencies.what.whole" if whole else "dependencies.what", "package imports rule", **slots)
    ]
    content.append(
        say(
            "answer",
            "dependencies.what.versioned" if versioned else "dependencies.what.means",
            "weakness rule package",
            **slots,
        )
    )
    origin, shown = _origin(view)
    content[1:1] = origin
    groups: dict[Purpose, list[int]] = {}
    for index in inside:
        purpose = purpose_of(found.dependencies[index].name or "")
        if purpose is not None:
            groups.setdefault(purpose, []).append(index)
    said = [
        say(
            "detail", "strings.names.some" if len(members) > _GROUP and purpose != "variables" else f"strings.names.{purpose}", "imports code",
            purpose=Text(PURPOSES[purpose]), list=value.join([_entry(view, found, i) for i in few(members, _GROUP)]),
        )
        for purpose, members in sorted(groups.items(), key=lambda entry: -len(entry[1]))
    ]  # fmt: skip
    more = say("answer", "dependencies.what.more", "imports limit")
    if request.length == "long" and len(said) > 2:
        parts: list[Say | Items] = [items("answer", say("answer", "strings.lead.symbol"), list(said), "imports")]
        told = sum(len(few(members, _GROUP)) for members in groups.values())
        parts += [more] if told < len(inside) else []
        content.append(Section(say("detail", "dependencies.heading.functions"), tuple(parts)))
    elif len(said) > 1 and sum(map(len, groups.values())) * _SORTED >= len(inside):
        content.append(items("answer", say("answer", "strings.lead.symbol"), list(said[:4]), "imports"))
        told = sum(sorted((len(few(members, _GROUP)) for members in groups.values()), reverse=True)[:4])
        content += [more] if told < len(inside) else []
    libraries = [i for i in _libraries(found) if start <= i < stop]
    if libraries:
        content.append(
            say(
                "detail",
                "dependencies.what.libraries" if len(libraries) > 1 else "dependencies.what.library",
                "package container",
                name=view.name,
                list=value.join([_path(view, found, i) for i in libraries[:6]]),
            )
        )
    content.append(say("next", "dependencies.what.next", "next package verify", **slots))
    return _draft(content, Show(_BLOCK, start, stop), *shown, chunk=(number, len(borders)))


def _origin(view: View) -> Facts:
    """From which library the functions come, where a program needs just one; a library may use those of its program."""
    binary = view.file.binary_info
    if binary is None or binary.format != "ELF" or is_library(view) or len(binary.imports) != 1:
        return NOTHING
    if not names_libraries(binary):
        return NOTHING
    library = value.code(binary.imports[0], view.at("binary_info", ".imports[0]"))
    said: list[Content] = [say("answer", "dependencies.what.from", "package imports", library=library, name=view.name)]
    return said, (Show("binary_info.imports"),)


def _named(view: View, found: Dependencies, request: Request) -> Draft | None:
    every = _libraries(found)
    own = [
        i for i in every if found.dependencies[i].path == view.file.name or (found.dependencies[i].name or "").isdigit()
    ]
    indices = [i for i in every if i not in own]
    if not indices:
        return None
    names = [_path(view, found, i) for i in indices[:8]]
    slots = {"list": value.join(names), "first": names[0], "name": view.name}
    content: list[Content] = [
        say(
            "answer",
            "dependencies.libraries" if len(names) > 1 else "dependencies.libraries.one",
            "package container imports",
            **slots,
        )
    ]
    needed, shown = _needed(view, found, indices)
    content += needed
    if own:
        content.append(
            say(
                "limit", "dependencies.libraries.self", "weakness rule", path=_path(view, found, own[0]), name=view.name
            )
        )
    content.append(say("limit", "dependencies.libraries.limit", "limit rule method", **slots))
    check = "dependencies.libraries.verify.pe" if view.file.kind == "pe" else "dependencies.libraries.verify"
    content.append(say("verify", check, "verify container next", **slots))
    return _draft(content, Show(_BLOCK, only=tuple(every)), *shown)


def _needed(view: View, found: Dependencies, indices: list[int]) -> Facts:
    """Which of the named libraries the headers list as needed."""
    binary = view.file.binary_info
    if binary is None or binary.format != "ELF" or not binary.imports:
        return NOTHING
    paths = {found.dependencies[i].path for i in indices}
    linked = [(index, name) for index, name in enumerate(binary.imports) if name in paths][:8]
    if not linked:
        return NOTHING
    names = [value.code(name, view.at("binary_info", f".imports[{index}]")) for index, name in linked]
    kind, one = ("one", ".one") if len(names) == 1 else ("some", "")
    slots = {"list": value.join(names), "first": names[0], "name": view.name}
    said: list[Content] = [
        say("answer", f"dependencies.libraries.needed.{kind}", "container package structure build", **slots),
        say("detail", f"dependencies.libraries.means{one}", "container package process plain", **slots),
    ]
    return said, (Show("binary_info.imports"),)


def _versions(view: View, found: Dependencies, request: Request) -> Draft | None:
    seen: dict[str, int] = {}
    for index, one in enumerate(found.dependencies):
        if one.version:
            seen.setdefault(one.version, index)
    rarest = list(seen.values())
    versions = value.join(
        [value.code(found.dependencies[i].version, view.at(_BLOCK, f".dependencies[{i}].version")) for i in rarest[:5]]
    )
    main = max(seen, key=lambda version: sum(one.version == version for one in found.dependencies))
    same = sum(one.version == main for one in found.dependencies)
    path = view.at(_BLOCK, ".dependencies")
    slots = {
        "versions": versions, "version": value.code(main, view.at(_BLOCK, f".dependencies[{seen[main]}].version")), "name": view.name,
        "same": value.counted(same, path, "entry|entries", ["version", "eq", main]), "entry": _entry(view, found, seen[main]),
    }  # fmt: skip
    symbol = found.dependencies[seen[main]].name == "glibc"
    kind = "symbol" if symbol else "bogus" if same > 3 else "few"
    content: list[Content] = [
        say("answer", f"dependencies.versions.{kind}", "package decision rule", **slots),
        say("answer", f"dependencies.versions.{kind}.means", "weakness rule package", **slots),
    ]
    if len(rarest) > 1:
        content.append(say("detail", "dependencies.versions.seen", "data package", **slots))
    content.append(say("verify", "dependencies.versions.verify", "verify package next license", **slots))
    content.append(say("limit", "dependencies.versions.limit", "limit", **slots))
    return _draft(content, Show(_BLOCK)) if view.lines(_BLOCK).within(max(request.room, _COUNTED)) else None


def _score(view: View, found: Dependencies, request: Request) -> Draft:
    assessment = found.security_assessment
    path = view.at(_BLOCK, ".security_assessment")
    slots = _totals(view, found, max(request.room, 200)) | {
        "score": value.fixed(assessment.security_score or 0.0 if assessment else 0.0, path + ".security_score", 0)
    }
    if assessment is not None and assessment.risk_level:
        slots["level"] = value.code(assessment.risk_level, path + ".risk_level")
    in_view = view.lines(_BLOCK).within(max(request.room, 200))
    reasons = ("database", "names") if in_view and _mostly(found, 0, len(found.dependencies)) else ("database",)
    content: list[Content] = [
        say("answer", "dependencies.score", "decision score rule", **slots),
        say(
            "answer",
            f"dependencies.score.{choose(request.key, reasons)}",
            "weakness rule score",
            **slots,
        ),
    ]
    content.append(say("detail", "dependencies.score.scale", "score data plain", **slots))
    libraries = [i for i in _libraries(found) if found.dependencies[i].path != view.file.name]
    versioned = [_path(view, found, i) for i in libraries[:5] if found.dependencies[i].version][:4]
    if versioned:
        slots["list"] = value.join(versioned)
        content.append(say("limit", "dependencies.score.versioned", "package rule limit", **slots))
    if libraries:
        content.append(
            say(
                "verify",
                "dependencies.score.verify",
                "verify package next",
                name=view.name,
                list=value.join([_path(view, found, i) for i in libraries[:5]]),
            )
        )
    content.append(say("limit", "dependencies.score.limit", "limit decision", **slots))
    return _draft(content, _show(view, libraries or [0], max(request.room, 200)))


def _licenses(view: View, found: Dependencies, request: Request) -> Draft:
    stats = found.analysis_stats
    packaged = view.file.binary_info is not None and view.file.binary_info.format == "ELF"
    libraries = [i for i in _libraries(found) if packaged and found.dependencies[i].path != view.file.name]
    counted = view.at(_BLOCK, ".analysis_stats.licenses_identified")
    identified = value.in_code(value.equal(stats.licenses_identified or 0 if stats else 0, counted))
    slots = {"identified": identified} | _totals(view, found, max(request.room, 200))
    notices, shows = _notices(view)
    noticed = any(isinstance(one, Say) and one.role == "answer" for one in notices)
    content: list[Content] = [
        say("answer", "dependencies.licenses", "license decision limit", **slots),
        say("answer", "dependencies.licenses.means", "license weakness rule", **slots),
    ]
    content = [*notices] if noticed else [*content, *notices]
    if libraries:
        content.append(
            say(
                "next",
                "dependencies.licenses.libraries",
                "license package next",
                name=view.name,
                list=value.join([_path(view, found, i) for i in libraries[:5]]),
            )
        )
    content.append(say("verify", "dependencies.licenses.verify", "verify license package", **slots))
    if not noticed:
        content.append(say("limit", "dependencies.licenses.limit", "limit license", **slots))
    return _draft(content, _show(view, libraries or [0], max(request.room, 200)), *shows)


_LICENSE = re.compile(
    r"(?i)\blicen[sc]ed? (?:under|A?L?GPL|BSD|MIT|Apache|MPL)|\b(?:free software|public domain)\b.*\b(?:redistribut|modify|change)"
    r"|\bGNU (?:Lesser |Library |Affero )?General Public|\bsee (?:the )?(?:file )?\W?(?:LICEN[SC]E|COPYING)"
    r"|\b(?:LICEN[SC]E|COPYING) file|\b(?:MIT|BSD|Apache) License|\bredistribut\w* (?:it\b|and use|under)"
)
"""How programs speak of the terms they are under."""
_COPYRIGHT = re.compile(r"(?i)\bcopyright\b.*(?:\(c\)|\b(?:19|20)\d\d\b|%d)|\(c\) (?:19|20)\d\d")


def _notices(view: View) -> Facts:
    """Notices on terms and on copyright among the strings, which the scanner's search for license names passes over."""
    if view.file.strings is None or not view.file.strings.ascii:
        return NOTHING
    listing = Listing(view)
    terms, owners = view.once("dependencies.notices", lambda: _found_notices(listing))
    said: list[Content] = []
    if terms:
        slots = {"list": quoted(listing, terms), "name": view.name}
        said.append(say("answer", "dependencies.licenses.notice", "license decision limit", **slots))
        said.append(say("answer", "dependencies.licenses.notice.means", "license limit", **slots))
    if owners:
        slots = {"list": quoted(listing, owners), "name": view.name}
        said.append(say("detail", "dependencies.licenses.copyright", "license provenance", **slots))
    return said, listing.show([*terms, *owners], 200, around=0) if said else ()


_NOTICE = 300
"""Characters of a line that may be a notice; patterns take long on longer ones, and a quote shows less."""


def _found_notices(listing: Listing) -> tuple[list[int], list[int]]:
    """The first strings on terms, and the first other one on copyright."""
    able = [(at, text) for at, text in enumerate(listing.texts) if len(text) <= _NOTICE and listing.has(text) == at]
    terms = [at for at, text in able if _LICENSE.search(text)][:2]
    return terms, [at for at, text in able if _COPYRIGHT.search(text) and at not in terms][:1]


def _pair(view: View, found: Dependencies, request: Request) -> tuple[Draft, Draft] | None:
    """An entry that is listed, and a name that no entry has; the whole list is shown."""
    if not view.lines(_BLOCK).within(max(2 * request.room, 1600)):
        return None
    names = [one.name or "" for one in found.dependencies]
    there = [i for i in _imports(found) if names.count(names[i]) == 1 and names[i] in _NAMES] or [
        i for i in _imports(found) if names.count(names[i]) == 1
    ]
    lacking = [name for name in ordered(request.key, _NAMES) if name not in names]
    if not there or not lacking or "glibc" in names:
        return None
    index = choose(request.key, there)
    slots = {"entry": _entry(view, found, index), "name": view.name}
    near = [i for i in (index - 1, index + 1) if 0 <= i < len(names)]
    positive: list[Content] = [
        say("answer", "dependencies.listed.yes", "package imports", **slots),
        say("answer", "dependencies.listed.function", "rule imports weakness", **slots),
        say(
            "detail",
            "dependencies.listed.near",
            "imports method",
            near=value.join([_entry(view, found, i) for i in near]),
            entry=slots["entry"],
        ),
    ]
    missing = {
        "entry": value.absent(lacking[0], view.at(_BLOCK, ".dependencies"), "name"),
        "name": view.name,
    } | _counts(view, found)
    close = max(
        range(len(names)),
        key=lambda i: next(
            (n for n, (a, b) in enumerate(zip(names[i], lacking[0], strict=False)) if a != b),
            min(len(names[i]), len(lacking[0])),
        ),
    )
    missing["near"] = _entry(view, found, close)
    negative: list[Content] = [
        say("answer", "dependencies.listed.no", "package imports", **missing),
        say("answer", "dependencies.listed.no_means", "limit imports rule", **missing),
        say("detail", "dependencies.listed.nearest", "imports method", **missing),
    ]
    libraries = _libraries(found)[:3]
    if libraries:
        listed = value.join([_path(view, found, i) for i in libraries])
        named = say("detail", "dependencies.listed.libraries", "package container", list=listed, name=view.name)
        positive.append(named)
        negative.append(named)
    second = _draft(negative, Show(_BLOCK), slots={"entry": value.in_code_asked(lacking[0]), "name": view.name})
    second.negative = "entity_not_there"
    return _draft(positive, Show(_BLOCK), slots={"entry": value.in_code_asked(names[index]), "name": view.name}), second
