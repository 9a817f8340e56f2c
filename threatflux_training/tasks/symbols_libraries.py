"""Imports by DLL (PE), and the symbol versions that an ELF asks of its libraries."""

import re
from functools import partial

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, items, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.view import View
from threatflux_training.reports.model import Symbols
from threatflux_training.tasks.compound import SURROUNDINGS
from threatflux_training.tasks.listing import few
from threatflux_training.tasks.model import Draft, Offer, Request, Show
from threatflux_training.tasks.strings_build import RELATIVE, RELATIVE_SINCE, relative

_IMPORTS = "symbols.imports"
_WHOLE = 1_600
"""Tokens up to which the list of imports is shown whole, however little room a chat was to take: counts need it."""
_CONTEXT = ("binary_info", "symbols.symbol_count", "binary_info.imports", "binary_info.sections", *SURROUNDINGS)
_VERSION = re.compile(r"([A-Z]+)_(\d+(?:\.\d+)+)")
_TELLING = re.compile(
    r"(?:Create(?:Process|RemoteThread|Thread|File|Service|Toolhelp)|ShellExecute|WinExec|Virtual(?:Alloc|Protect)|WriteProcess|"
    r"OpenProcess|LoadLibrary|GetProcAddress|Reg(?:Set|Create|Open|Delete)|Internet|Http|WSA|URLDownload|Crypt|BCrypt|SetWindowsHook|"
    r"IsDebuggerPresent|AssignProcessToJob|TerminateProcess|GetTempPath|DeleteFile|MoveFile|CopyFile|WriteFile|socket|connect)"
)
"""Windows functions that tell more of a program's job than the runtime's housekeeping does."""
Asked = dict[str, list[tuple[tuple[int, ...], Text, Text | None, Show]]]
"""By family (GLIBC, GLIBCXX ...): sortable version, version as text, a symbol that needs it, evidence."""


def offers(view: View) -> list[Offer]:
    """Tasks on where imports come from."""
    made: list[Offer] = []
    binary, symbols = view.file.binary_info, view.file.symbols
    if binary is None:
        return []
    if binary.format == "PE" and symbols is not None and any(one.library for one in symbols.imports):
        made.append(
            Offer(
                task="symbols.dlls", build=partial(_dlls, view, symbols), importance=6, long=True, variants=3, weight=2
            )
        )
    asked = _asked(view) if binary.format == "ELF" else {}
    if "GLIBC" in asked and any(len(found) > 1 for found in asked.values()):
        made.append(
            Offer(
                task="symbols.versions", build=partial(_versions, view), importance=4, long=True, variants=2, weight=1.2
            )
        )
    return made


def _dlls(view: View, symbols: Symbols, request: Request) -> Draft | None:
    """Functions by the DLL they come from."""
    groups: dict[str, list[int]] = {}
    for number, one in enumerate(symbols.imports):
        if one.library and len(one.name) < 120:
            groups.setdefault(one.library, []).append(number)
    path = view.at("symbols", ".imports")
    ranked = sorted(groups, key=lambda name: -len(groups[name]))
    whole = view.lines(_IMPORTS).within(max(request.room, _WHOLE))
    most = 30 if request.length == "long" else 4 + request.variant
    shown: list[int] = []
    said = []
    for library in ranked:
        telling = [n for n in groups[library] if _TELLING.match(symbols.imports[n].name)]
        others = [n for n in groups[library] if n not in telling]
        chosen = [*telling, *few(others, most)][:most]
        shown += chosen
        names = value.join([value.code(symbols.imports[n].name, f"{path}[{n}].name") for n in chosen])
        count = value.counted(len(groups[library]), path, "function|functions", ["library", "eq", library])
        slots = {
            "library": value.code(library, f"{path}[{chosen[0]}].library"),
            "list": names,
            "count": count,
            "name": view.name,
        }
        said.append(
            say(
                "detail",
                "symbols.dlls.line" if len(chosen) > 1 and whole else "symbols.dlls.line_one",
                "imports structure",
                **slots,
            )
        )
    first = groups[ranked[0]]
    slots = {
        "name": view.name, "library": value.code(ranked[0], f"{path}[{first[0]}].library"),
        "count": value.counted(len(first), path, "function|functions", ["library", "eq", ranked[0]]),
        "all": value.counted(len(symbols.imports), path, "function|functions"), "dlls": value.computed(str(len(ranked)), "grouped", ["distinct", path, "library"], ""),
    }  # fmt: skip
    phrase = "symbols.dlls.part" if not whole else "symbols.dlls" if len(ranked) > 1 else "symbols.dlls.one"
    slots["list"] = value.join([value.code(name, f"{path}[{groups[name][0]}].library") for name in ranked[:6]])
    content: list[Content] = [
        say("answer", phrase, "imports structure decision", **slots),
        items("answer", say("answer", "symbols.dlls.lead", "imports", **slots), list(said), "imports"),
    ]
    for wanted, key in (("CreateProcessW", "process"), ("VirtualProtect", "memory"), ("LoadLibraryW", "load"), ("LoadLibraryA", "load"), ("IsDebuggerPresent", "debugger")):  # fmt: skip
        found = next((n for n, one in enumerate(symbols.imports) if one.name == wanted), None)
        if found is not None:
            shown.append(found)
            symbol = value.code(wanted, f"{path}[{found}].name")
            content.append(
                say("meaning", f"symbols.dlls.{key}", "malware process imports", symbol=symbol, name=view.name)
            )
    content += [
        say("limit", "symbols.dlls.limit", "limit imports malware", **slots),
        say("verify", "symbols.dlls.verify", "verify method", **slots),
    ]
    show = Show(_IMPORTS) if whole else Show(_IMPORTS, only=tuple(sorted(set(shown))))
    return Draft(
        slots={"name": view.name}, shows=(show, Show("symbols.symbol_count")), content=tuple(content), context=_CONTEXT
    )


def _asked(view: View) -> Asked:
    """Versions by family: from symbol names where those carry them, else from the strings of a file that gives none itself."""
    found: Asked = {}
    symbols, strings = view.file.symbols, view.file.strings
    for number, one in enumerate(symbols.imports if symbols else ()):
        symbol, _, version = one.name.partition("@")
        match = _VERSION.fullmatch(version.lstrip("@"))
        if match:
            place = view.at("symbols", f".imports[{number}].name")
            _add(
                found,
                match,
                value.part(version.lstrip("@"), place),
                value.part(symbol, place),
                Show(_IMPORTS, only=(number,)),
            )
    if found or strings is None or not view.file.binary_info:
        return found
    sections = {one.name for one in view.file.binary_info.sections}
    if ".gnu.version_r" not in sections or ".gnu.version_d" in sections:
        return {}
    for number, text in enumerate(strings.ascii):
        match = _VERSION.fullmatch(text)
        if match and match[1] in ("GLIBC", "GLIBCXX", "CXXABI", "GCC"):
            place = view.at("strings", f"{strings.list_path}[{number}]")
            _add(found, match, value.code(text, place), None, Show("strings", only=(number,)))
    return found


def _add(found: Asked, match: re.Match[str], version: Text, symbol: Text | None, show: Show) -> None:
    entries = found.setdefault(match[1], [])
    rank = tuple(int(part) for part in match[2].split("."))
    if all(rank != other for other, *_ in entries) or symbol is not None:
        entries.append((rank, version, symbol, show))


def _relative(view: View) -> tuple[Text, Show] | None:
    """The mark of packed relocations among the strings, and where."""
    strings = view.file.strings
    if strings is None or RELATIVE not in strings.ascii:
        return None
    number = strings.ascii.index(RELATIVE)
    return value.code(RELATIVE, view.at("strings", f"{strings.list_path}[{number}]")), Show("strings", only=(number,))


def _versions(view: View, request: Request) -> Draft | None:
    """The newest version of the C library, what asks for it, and the newest of each other family."""
    found = {family: sorted(entries, key=lambda entry: entry[0]) for family, entries in _asked(view).items()}
    family = "GLIBC"
    newest, oldest = found[family][-1], found[family][0]
    from_strings = newest[2] is None
    slots = {"name": view.name, "newest": newest[1], "oldest": oldest[1]}
    shows = [newest[3], oldest[3]]
    content: list[Content] = [say("answer", "symbols.versions", "package container build decision", **slots)]
    mark = _relative(view) if newest[0] < RELATIVE_SINCE else None
    if mark is not None:
        content = [*relative(view, mark[0]), say("detail", "symbols.versions", "package build", **slots)]
        shows.append(mark[1])
    if newest[2] is not None:
        content.append(say("answer", "symbols.versions.by", "imports package build", symbol=newest[2], **slots))
    if newest[0] != oldest[0]:
        content.append(say("detail", "symbols.versions.oldest", "package build", **slots))
    several: dict[tuple[int, ...], Text] = {}
    for rank, version, _, show in reversed(found[family]):
        if rank not in several and len(several) < (16 if request.length == "long" else 5):
            several[rank] = version
            shows.append(show)
    if len(several) > 2:
        distinct = len({rank for rank, *_ in found[family]})
        form = "all" if len(several) == distinct else "newest"
        content.append(
            say("detail", f"symbols.versions.{form}", "build data", list=value.join(list(several.values())), **slots)
        )
    others = [entries[-1] for name, entries in found.items() if name != family]
    if others:
        listed = value.join([one[1] for one in others])
        shows += [one[3] for one in others]
        content.append(say("detail", "symbols.versions.others", "package build imports", list=listed, **slots))
    binary = view.file.binary_info
    libraries = binary.imports if binary else []
    if "libc.so.6" in libraries and mark is None:
        number = libraries.index("libc.so.6")
        shows.append(Show("binary_info.imports"))
        library = value.code("libc.so.6", view.at("binary_info", f".imports[{number}]"))
        content.append(say("meaning", "symbols.versions.runs", "package container kernel", library=library, **slots))
    content += [
        say("meaning", "symbols.versions.means", "method build plain", **slots),
        say("limit", "symbols.versions.strings" if from_strings else "symbols.versions.limit", "limit method", **slots),
        say("verify", "symbols.versions.verify", "verify method package", **slots),
    ]
    return Draft(slots={"name": view.name}, shows=tuple(_joined(shows)), content=tuple(content), context=_CONTEXT)


def _joined(shows: list[Show]) -> list[Show]:
    chosen: dict[str, set[int]] = {}
    for show in shows:
        chosen.setdefault(show.block, set()).update(show.only)
    return [Show(block, only=tuple(sorted(lines))) if lines else Show(block) for block, lines in chosen.items()]
