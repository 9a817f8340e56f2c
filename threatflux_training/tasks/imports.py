"""Imported functions and needed libraries: what they are for, whether one is there, what they do not prove."""

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Say, items, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.name_purpose import Purpose, purpose_of
from threatflux_training.evidence.view import View
from threatflux_training.hashing import ordered
from threatflux_training.tasks.listing import few
from threatflux_training.tasks.model import Draft, Offer, Request, Show

FAMILY = "imports"
_BLOCK = "symbols.imports"
_CONTEXT = ("binary_info", "binary_info.imports", "metadata", "binary_info.sections", "hashes", "strings", "hex_dump")
_UNBOUNDED = (
    "strcpy",
    "strcat",
    "sprintf",
    "vsprintf",
    "gets",
    "stpcpy",
    "strncpy",
    "strncat",
    "scanf",
    "sscanf",
    "realpath",
)
_CHECKED = ("__strcpy_chk", "__strcat_chk", "__sprintf_chk", "__memcpy_chk", "__snprintf_chk", "__printf_chk", "__fprintf_chk", "__vsprintf_chk", "__strncpy_chk")  # fmt: skip
_PLAUSIBLE = (
    "socket", "connect", "execve", "fork", "system", "popen", "getaddrinfo", "strcpy", "sprintf", "memcpy", "mmap", "dlopen",
    "setuid", "chmod", "unlink", "ptrace", "kill", "getenv", "fopen", "readdir", "regcomp", "localtime", "isatty", "qsort",
)  # fmt: skip
_TELLING: tuple[Purpose, ...] = (
    "network", "process", "user", "files", "folders", "terminal", "time", "locale", "options", "output", "text", "memory",
    "hardening", "start",
)  # fmt: skip
_TAGS: dict[str, str] = {
    "network": "network", "process": "process", "user": "permission", "files": "files", "folders": "storage",
    "hardening": "mitigation", "memory": "memory_safety", "time": "time", "start": "build",
}  # fmt: skip


def offers(view: View, partner: View | None) -> list[Offer]:
    """Tasks on what a program takes from its libraries."""
    made: list[Offer] = []
    names = _names(view)
    if len(names) >= 3:
        made += [
            Offer(task="imports.purpose", build=lambda r: _purpose(view, names, r), importance=6, long=True, variants=3, weight=2),
            Offer(task="imports.has", build=lambda r: _has(view, names, r), importance=5, pair=True, variants=6),
        ]  # fmt: skip
        if _found(names, _UNBOUNDED) or _found(names, _CHECKED):
            made.append(Offer(task="imports.unsafe", build=lambda r: _unsafe(view, names, r), importance=7, variants=2))
    binary = view.file.binary_info
    if binary is not None and binary.format == "ELF" and binary.imports:
        libraries = binary.imports
        made.append(
            Offer(task="imports.libraries", build=lambda r: _libraries(view, libraries, r), importance=4, variants=2)
        )
    return made


def _names(view: View) -> dict[str, int]:
    """Imported functions by plain name, with the place of their entry; versioned twins are left out."""
    symbols = view.file.symbols
    found: dict[str, int] = {}
    for index, one in enumerate(symbols.imports if symbols else ()):
        if "@" not in one.name and one.name and len(one.name) <= 120:
            found.setdefault(one.name, index)
    return found


def _code(view: View, names: dict[str, int], name: str) -> Text:
    return value.code(name, view.at("symbols", f".imports[{names[name]}].name"))


def _list(view: View, names: dict[str, int], chosen: list[str]) -> Text:
    return value.join([_code(view, names, name) for name in chosen])


def _found(names: dict[str, int], wanted: tuple[str, ...]) -> list[str]:
    return [name for name in wanted if name in names]


def _shown(view: View, names: dict[str, int], chosen: list[str], request: Request) -> Show:
    lines = view.lines(_BLOCK)
    if lines.tokens() <= request.room:
        return Show(_BLOCK)
    return Show(_BLOCK, only=tuple(sorted({names[name] for name in chosen})))


def _groups(names: dict[str, int], request: Request) -> dict[Purpose, list[str]]:
    groups: dict[Purpose, list[str]] = {}
    for name in names:
        purpose = purpose_of(name)
        if purpose is not None:
            groups.setdefault(purpose, []).append(name)
    return {purpose: groups[purpose] for purpose in _TELLING if purpose in groups}


def _purpose(view: View, names: dict[str, int], request: Request) -> Draft | None:
    groups = _groups(names, request)
    if len(groups) < 2:
        return None
    most = 24 if request.length == "long" else 6
    taken = {
        purpose: few(sorted(found), most if request.length == "long" else 3 + request.variant)
        for purpose, found in groups.items()
    }
    used = [name for found in taken.values() for name in found]
    leading = list(taken)[:2]
    slots = {
        "name": view.name,
        "first": _list(view, names, taken[leading[0]][:3]),
        "second": _list(view, names, taken[leading[1]][:3]),
    }
    content: list[Content] = [say("answer", "imports.purpose", "imports decision plain", **slots)]
    entries: list[Say] = [
        say(
            "detail", f"imports.purpose.{purpose}", f"imports {_TAGS.get(purpose, 'method')}",
            list=_list(view, names, found), name=view.name,
        )
        for purpose, found in taken.items()
    ]  # fmt: skip
    unknown = [name for name in names if purpose_of(name) is None]
    if unknown:
        rest = few(sorted(unknown), most)
        used += rest
        entries.append(say("detail", "imports.purpose.other", "imports method", list=_list(view, names, rest)))
    if request.length == "long":
        lead = say("answer", "imports.purpose.lead", "imports", name=view.name)
        content.append(items("answer", lead, list(entries), "imports"))
    else:
        content += entries
    content += [
        say("limit", "imports.limit", "limit verify", **slots),
        say("meaning", "imports.meaning", "imports method", **slots),
        say("next", "imports.next", "next code verify", **slots),
    ]
    return _draft(content, _shown(view, names, used, request))


def _draft(content: list[Content], *shows: Show) -> Draft:
    return Draft(slots={}, shows=shows, content=tuple(content), context=_CONTEXT)


def _has(view: View, names: dict[str, int], request: Request) -> tuple[Draft, Draft] | None:
    """A function that is imported, and one of the same kind that is not."""
    own = ordered(f"{request.key}/own", [name for name in names if purpose_of(name)])
    common = [name for name in own if name in _PLAUSIBLE] or own
    symbols = view.file.symbols
    every = {one.name.partition("@")[0] for one in symbols.imports} if symbols else set()
    missing = ordered(f"{request.key}/missing", [name for name in _PLAUSIBLE if name not in every])
    if not common or not missing:
        return None
    near = [name for name in names if purpose_of(name) == purpose_of(missing[0])][:3] or [own[0]]
    shown = [common[0], *near]
    return _holds(view, names, common[0], shown, request), _lacks(view, names, missing[0], near, shown, request)


def _neighbours(names: dict[str, int], name: str) -> list[str]:
    return [other for other in names if other != name and purpose_of(other) == purpose_of(name)][:3]


def _holds(view: View, names: dict[str, int], name: str, shown: list[str], request: Request) -> Draft:
    slots = {"name": view.name, "symbol": _code(view, names, name)}
    near = _neighbours(names, name)
    content: list[Content] = [say("answer", "imports.has.yes", "imports decision", **slots)]
    if near:
        content.append(
            say("detail", "imports.has.near", "imports method", list=_list(view, names, near), name=view.name)
        )
    content.append(say("limit", "imports.has.limit", "limit code", **slots))
    asked = {"symbol": value.in_code_asked(name), "name": view.name}
    show = _shown(view, names, [*shown, *near], request)
    return Draft(slots=asked, shows=(show,), content=tuple(content), context=_CONTEXT)


def _lacks(view: View, names: dict[str, int], name: str, near: list[str], shown: list[str], request: Request) -> Draft:
    kind = "nearest" if purpose_of(near[0]) == purpose_of(name) else "apart"
    symbol = value.absent(name, view.at("symbols", ".imports"), "name")
    slots = {"name": view.name, "symbol": symbol}
    content: list[Content] = [
        say("answer", "imports.has.no", "imports decision", **slots),
        say("detail", f"imports.has.{kind}", "imports method", list=_list(view, names, near), name=view.name),
        say("limit", "imports.has.static", "limit code", **slots),
    ]
    asked = {"symbol": value.in_code_asked(name), "name": view.name}
    return Draft(
        slots=asked, shows=(_shown(view, names, shown, request),), content=tuple(content), context=_CONTEXT,
        negative="entity_not_there",
    )  # fmt: skip


def _unsafe(view: View, names: dict[str, int], request: Request) -> Draft:
    plain, checked = _found(names, _UNBOUNDED), _found(names, _CHECKED)
    canary = _found(names, ("__stack_chk_fail",))
    slots = {"name": view.name}
    content: list[Content] = []
    if plain:
        slots["list"] = _list(view, names, plain)
        content.append(say("answer", "imports.unsafe.yes", "memory_safety imports decision", **slots))
        content.append(say("meaning", "imports.unsafe.meaning", "memory_safety weakness method", **slots))
        content.append(say("next", "imports.unsafe.next", "next memory_safety code address", **slots))
    else:
        slots["checked"] = _list(view, names, checked)
        content.append(say("answer", "imports.unsafe.no", "memory_safety imports decision", **slots))
    if checked:
        slots["checked"] = _list(view, names, checked)
        content.append(say("detail", "imports.unsafe.checked", "mitigation memory_safety build", **slots))
    if canary:
        slots["canary"] = _code(view, names, canary[0])
        content.append(say("detail", "imports.unsafe.canary", "mitigation memory_safety", **slots))
    content.append(say("limit", "imports.unsafe.limit", "limit weakness", **slots))
    return _draft(content, _shown(view, names, [*plain, *checked, *canary], request))


def _libraries(view: View, libraries: list[str], request: Request) -> Draft:
    chosen = libraries[:12]
    found = [value.code(name, view.at("binary_info", f".imports[{index}]")) for index, name in enumerate(chosen)]
    slots = {"name": view.name, "list": value.join(found), "first": found[0]}
    content: list[Content] = [
        say("answer", "imports.libraries.one" if len(chosen) == 1 else "imports.libraries", "imports package", **slots),
        say("meaning", "imports.libraries.means", "package container build", **slots),
        say("limit", "imports.libraries.limit", "limit method", **slots),
        say("verify", "imports.libraries.verify", "verify package build", **slots),
    ]
    return Draft(
        slots={}, shows=(Show("binary_info"), Show("binary_info.imports")), content=tuple(content), context=_CONTEXT
    )
