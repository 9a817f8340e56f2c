"""What a file exports, why the scanner's list of an ELF says more, and which symbols stripping leaves."""

from functools import partial

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, items, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence import mangling
from threatflux_training.evidence.name_purpose import purpose_of
from threatflux_training.evidence.view import View
from threatflux_training.hashing import ordered
from threatflux_training.reports.model import BinaryInfo, Symbols
from threatflux_training.tasks.about import is_library
from threatflux_training.tasks.compound import SURROUNDINGS
from threatflux_training.tasks.listing import few
from threatflux_training.tasks.model import Draft, NegativeKind, Offer, Request, Show
from threatflux_training.tasks.sections_table import NAMES, Table

_LISTED, _IMPORTS, _EXPORTS = "binary_info.exports", "symbols.imports", "symbols.exports"
_CONTEXT = (
    "binary_info",
    "symbols.symbol_count",
    _IMPORTS,
    "binary_info.imports",
    "binary_info.sections",
    *SURROUNDINGS,
)
_ENTRY = 24
"""Bytes of a symbol in a 64-bit ELF."""
_KEPT = ((".gopclntab", "go"), (".gnu_debugdata", "mini"))
"""Sections that keep names of functions in a stripped file."""
_PLAUSIBLE = (
    "init",
    "create",
    "open",
    "version",
    "connect",
    "decrypt",
    "install",
    "DllMain",
    "ServiceMain",
    "run",
    "load_config",
)
_MOST = 40
"""Exports that an answer may count by naming each in its trace."""


def offers(view: View) -> list[Offer]:
    """Tasks on exports, and on the dynamic symbols of a stripped ELF."""
    binary, symbols = view.file.binary_info, view.file.symbols
    if binary is None:
        return []
    made: list[Offer] = []
    if binary.format == "PE" and symbols is not None and len(symbols.exports) >= 2:
        made.append(
            Offer(
                task="symbols.exports", build=partial(_pe_exports, view, symbols), importance=4, long=True, variants=2
            )
        )
        made.append(
            Offer(
                task="symbols.exported",
                build=partial(_pe_pair, view, symbols),
                importance=4,
                pair=True,
                long=True,
                variants=3,
            )
        )
    if binary.format == "ELF" and binary.exports:
        made += _elf_offers(view, binary, symbols)
    if binary.format == "ELF" and binary.is_stripped:
        made.append(
            Offer(
                task="symbols.left", build=partial(_left, view, binary), importance=5, long=True, variants=2, weight=1.3
            )
        )
    return made


def _elf_offers(view: View, binary: BinaryInfo, symbols: Symbols | None) -> list[Offer]:
    own = _own(binary, symbols)
    if own is None:
        if "__libc_start_main" not in binary.exports:
            return []
        return [Offer(task="symbols.exports", build=partial(_mixed, view, binary), importance=4, long=True, variants=2)]
    made = [
        Offer(
            task="symbols.exports", build=partial(_elf_exports, view, binary, own), importance=5, long=True, variants=2
        )
    ]
    if own and len(own) < len(binary.exports):
        made.append(
            Offer(
                task="symbols.exported",
                build=partial(_elf_pair, view, binary, own),
                importance=5,
                pair=True,
                long=True,
                variants=3,
            )
        )
    return made


def _own(binary: BinaryInfo, symbols: Symbols | None) -> list[int] | None:
    """Indices of the true exports; None where the imports are not known."""
    if symbols is None or not (symbols.imports or symbols.functions):
        return None
    return mangling.true_exports(binary.exports, [one.name for one in symbols.imports])


def _draft(
    view: View, content: list[Content], *shows: Show, slots: dict[str, Text] | None = None, negative: NegativeKind = ""
) -> Draft:
    return Draft(
        slots={"name": view.name, **(slots or {})}, shows=shows, content=tuple(content), context=_CONTEXT, negative=negative
    )  # fmt: skip


def _listed(view: View, binary: BinaryInfo, number: int) -> Text:
    return value.code(binary.exports[number], view.at("binary_info", f".exports[{number}]"))


def _fits(view: View, request: Request, *blocks: str) -> bool:
    return sum(view.lines(block).tokens() for block in blocks) <= request.room


def _elf_exports(view: View, binary: BinaryInfo, own: list[int], request: Request) -> Draft | None:
    """True exports: the scanner's list less the imports."""
    if not _fits(view, request, _LISTED, _IMPORTS):
        return None
    path = view.at("binary_info", ".exports")
    slots = {
        "name": view.name, "listed": value.counted(len(binary.exports), path, "name|names"),
        "imports": value.counted(_imports(view), view.at("symbols", ".imports"), "imported function|imported functions"),
    }  # fmt: skip
    content: list[Content] = []
    if not own:
        sample = value.join([_listed(view, binary, number) for number in few(range(len(binary.exports)), 3)])
        library = is_library(view)
        phrase = "symbols.exports.none.library" if library else "symbols.exports.none"
        content += [
            say("answer", phrase, "imports structure decision", sample=sample, **slots),
            say("answer", "symbols.exports.none.why", "method imports data", sample=sample, **slots),
        ]
        if not library:
            content.append(say("meaning", "symbols.exports.program", "structure imports plain", sample=sample, **slots))
    else:
        content += _true(view, binary, own, path, slots, request)
    content += [
        say("limit", "symbols.exports.limit", "limit method", **slots),
        say("verify", "symbols.exports.verify", "verify method", **slots),
    ]
    return _draft(view, content, Show(_LISTED), Show(_IMPORTS))


def _imports(view: View) -> int:
    return len(view.file.symbols.imports) if view.file.symbols else 0


def _true(
    view: View, binary: BinaryInfo, own: list[int], path: str, slots: dict[str, Text], request: Request
) -> list[Content]:
    chosen = few(own, _MOST if request.length == "long" else 6)
    slots["list"] = value.join([_listed(view, binary, number) for number in chosen])
    taken = len(binary.exports) - len(own)
    content: list[Content] = []
    if len(own) <= _MOST:
        names = [binary.exports[number] for number in own]
        slots["own"] = value.counted(len(own), path, "function|functions", ["", "in", names])
        form = "one" if len(own) == 1 else "among" if len(chosen) < len(own) else "some"
        content.append(say("answer", f"symbols.exports.{form}", "imports structure decision", **slots))
    else:
        content.append(say("answer", "symbols.exports.many", "imports structure decision", **slots))
    if taken:
        other = next(number for number in range(len(binary.exports)) if number not in own)
        content.append(
            say("answer", "symbols.exports.mixed", "method imports data", taken=_listed(view, binary, other), **slots)
        )
    pam = [number for number in own if binary.exports[number].startswith("pam_sm_")]
    nss = [number for number in own if binary.exports[number].startswith("_nss_")]
    for found, phrase in ((pam, "symbols.exports.pam"), (nss, "symbols.exports.nss")):
        if found:
            content.append(
                say("meaning", phrase, "process permission structure", first=_listed(view, binary, found[0]), **slots)
            )
    if not pam and not nss:
        content.append(
            say(
                "meaning",
                "symbols.exports.callers",
                "structure imports plain",
                first=_listed(view, binary, own[0]),
                **slots,
            )
        )
    return content


def _mixed(view: View, binary: BinaryInfo, request: Request) -> Draft | None:
    """Without the imports: the list cannot be divided, and one name proves that it is mixed."""
    if not _fits(view, request, _LISTED):
        return None
    start = binary.exports.index("__libc_start_main")
    others = [number for number, name in enumerate(binary.exports) if number != start and purpose_of(name)]
    if len(others) < 2:
        return None
    slots = {
        "name": view.name, "listed": value.counted(len(binary.exports), view.at("binary_info", ".exports"), "name|names"),
        "start": _listed(view, binary, start), "sample": value.join([_listed(view, binary, number) for number in few(others, 3)]),
    }  # fmt: skip
    content: list[Content] = [
        say("answer", "symbols.exports.unknown", "imports structure decision", **slots),
        say("answer", "symbols.exports.unknown.why", "method imports kernel", **slots),
        say("meaning", "symbols.exports.program", "structure imports plain", **slots),
        say("limit", "symbols.exports.unknown.limit", "limit data method", **slots),
        say("next", "symbols.exports.unknown.next", "next method", **slots),
        say("verify", "symbols.exports.verify", "verify method", **slots),
    ]
    return _draft(view, content, Show(_LISTED), Show("binary_info"))


def _elf_pair(view: View, binary: BinaryInfo, own: list[int], request: Request) -> tuple[Draft, Draft] | None:
    """A function that is exported, and one of the scanner's list that is only imported."""
    if not _fits(view, request, _LISTED, _IMPORTS):
        return None
    there = ordered(f"{view.file.key}/own", own)[request.variant % len(own)]
    others = [number for number in range(len(binary.exports)) if number not in own]
    taken = ordered(f"{view.file.key}/taken", others)[request.variant % len(others)]
    symbols = view.file.symbols
    number = _import_of(symbols, binary.exports[taken])
    shows = (Show(_LISTED), Show(_IMPORTS))
    yes = {"symbol": _listed(view, binary, there), "name": view.name}
    absent = value.absent(binary.exports[there], view.at("symbols", ".imports"), "name")
    no = {
        "symbol": value.code(symbols.imports[number].name, view.at("symbols", f".imports[{number}].name")) if symbols else yes["symbol"],
        "name": view.name, "other": _listed(view, binary, there),
    }  # fmt: skip
    positive: list[Content] = [
        say("answer", "symbols.exported.yes", "imports structure decision", **yes),
        say(
            "answer",
            "symbols.exported.how",
            "method imports",
            absent=absent,
            **{k: v for k, v in yes.items() if k == "name"},
        ),
        say("limit", "symbols.exported.limit", "limit code", **yes),
        say("verify", "symbols.exports.verify", "verify method", **yes),
    ]
    negative: list[Content] = [
        say("answer", "symbols.exported.no", "imports structure decision", **no),
        say("answer", "symbols.exported.trap", "method imports data", **no),
        say("detail", "symbols.exported.instead", "imports structure", **no),
        say("verify", "symbols.exports.verify", "verify method", **no),
    ]
    return (
        _draft(view, positive, *shows, slots={"symbol": value.in_code_asked(binary.exports[there])}),
        _draft(
            view,
            negative,
            *shows,
            slots={"symbol": value.in_code_asked(binary.exports[taken])},
            negative="false_premise",
        ),
    )


def _import_of(symbols: Symbols | None, name: str) -> int:
    """The index of the import of a name, the plain entry before one with a version."""
    names = [one.name for one in symbols.imports] if symbols else []
    versioned = [number for number, one in enumerate(names) if one.partition("@")[0] == name]
    return names.index(name) if name in names else versioned[0]


def _exported(view: View, symbols: Symbols, number: int) -> dict[str, Text]:
    one = symbols.exports[number]
    place = view.at("symbols", f".exports[{number}]")
    return {
        "symbol": value.code(one.name, f"{place}.name"),
        "address": value.hexadecimal(one.address, f"{place}.address"),
        "name": view.name,
    }


def _pe_exports(view: View, symbols: Symbols, request: Request) -> Draft | None:
    """The export directory of a DLL: names and RVAs."""
    if not _fits(view, request, _EXPORTS):
        return None
    chosen = few(range(len(symbols.exports)), 40 if request.length == "long" else 4)
    first, last = _exported(view, symbols, chosen[0]), _exported(view, symbols, chosen[-1])
    slots = {
        "name": view.name, "count": value.counted(len(symbols.exports), view.at("symbols", ".exports"), "function|functions"),
        "first": first["symbol"], "last": last["symbol"], "address": first["address"],
    }  # fmt: skip
    lead = say("answer", "symbols.exports.pe.lead", "structure", **slots)
    listed = [
        say("detail", "symbols.exports.pe.line", "structure", **_exported(view, symbols, number)) for number in chosen
    ]
    content: list[Content] = [
        say("answer", "symbols.exports.pe", "structure imports decision", **slots),
        items("answer", lead, list(listed), "structure address"),
        say("meaning", "symbols.exports.pe.rva", "address method", **slots),
        say("limit", "symbols.exports.pe.limit", "limit structure", **slots),
        say("verify", "symbols.exports.pe.verify", "verify method", **slots),
    ]
    return _draft(view, content, Show(_EXPORTS))


def _pe_pair(view: View, symbols: Symbols, request: Request) -> tuple[Draft, Draft] | None:
    names = {one.name for one in symbols.exports}
    missing = [name for name in _PLAUSIBLE if name not in names]
    if not _fits(view, request, _EXPORTS) or not missing:
        return None
    number = ordered(f"{view.file.key}/own", list(range(len(symbols.exports))))[request.variant]
    absent = ordered(f"{request.key}/absent", missing)[0]
    yes = _exported(view, symbols, number)
    no = {
        "symbol": value.absent(absent, view.at("symbols", ".exports"), "name"), "name": view.name, "other": yes["symbol"],
        "count": value.counted(len(names), view.at("symbols", ".exports"), "function|functions"),
    }  # fmt: skip
    positive: list[Content] = [
        say("answer", "symbols.exported.pe.yes", "structure imports decision", **yes),
        say("answer", "symbols.exports.pe.rva", "address method", first=yes["symbol"], **yes),
        say("limit", "symbols.exported.limit", "limit code", **yes),
    ]
    negative: list[Content] = [
        say("answer", "symbols.exported.pe.no", "structure imports decision", **no),
        say("answer", "symbols.exported.pe.instead", "imports structure", **no),
        say("limit", "symbols.exports.pe.limit", "limit structure", **no),
    ]
    return (
        _draft(view, positive, Show(_EXPORTS), slots={"symbol": value.in_code_asked(symbols.exports[number].name)}),
        _draft(
            view, negative, Show(_EXPORTS), slots={"symbol": value.in_code_asked(absent)}, negative="entity_not_there"
        ),
    )


_STRIPPED = (".symtab", ".strtab", ".debug_info", ".debug_line")
"""Sections that strip removes, as far as they were there."""


def _left(view: View, binary: BinaryInfo, request: Request) -> Draft | None:
    """A stripped ELF: which symbols are gone, which the loader still needs."""
    table = Table(view, binary)
    dynamic = table.has(".dynsym")
    if not dynamic or binary.architecture not in ("x86_64", "ARM64"):
        return None
    index = dynamic[0]
    size = table[index].size
    entries = value.computed(f"{size / _ENTRY:,.0f}", "fixed", ["quotient", table.place(index, "size"), _ENTRY], 0)
    slots = {
        "name": view.name, "dynamic": table.name(index), "size": table.size(index), "entries": entries,
        "symtab": value.absent(".symtab", table.path, "name"), "flag": value.code("true", view.at("binary_info", ".is_stripped")),
    }  # fmt: skip
    content: list[Content] = [
        say("answer", "symbols.left", "structure code decision", **slots),
        say("answer", "symbols.left.dynamic", "structure method imports", **slots),
    ]
    shows: list[Show] = [Show("binary_info"), Show(NAMES)]
    lines = [index]
    symbols = view.file.symbols
    if symbols is not None and len(symbols.imports) >= 3:
        sample = few(range(len(symbols.imports)), 3)
        names = [value.code(symbols.imports[n].name, view.at("symbols", f".imports[{n}].name")) for n in sample]
        counted = value.counted(
            len(symbols.imports), view.at("symbols", ".imports"), "imported function|imported functions"
        )
        content.append(
            say("answer", "symbols.left.imports", "imports code", sample=value.join(names), imports=counted, **slots)
        )
        shows += [Show("symbols.symbol_count"), Show(_IMPORTS, only=tuple(sample))]
    elif len(binary.exports) >= 3:
        sample = few(range(len(binary.exports)), 3)
        names = [value.code(binary.exports[n], view.at("binary_info", f".exports[{n}]")) for n in sample]
        content.append(say("answer", "symbols.left.names", "imports code", sample=value.join(names), **slots))
        shows.append(Show(_LISTED, only=tuple(sample)))
    link, build, unwind = table.has(".gnu_debuglink"), table.has(".note.gnu.build-id"), table.has(".eh_frame")
    unwind = [one for one in unwind if (table[one].size or 0) >= _ENTRY]
    lines += [*link, *build, *unwind]
    gone = [value.absent(name, table.path, "name") for name in _STRIPPED if not table.has(name)]
    slots["gone"] = value.join(gone)
    if link:
        linked = {"link": table.name(link[0]), "link_size": table.size(link[0])}
        content.insert(1, say("answer", "symbols.left.gone.link", "next package build", **linked, **slots))
    elif len(gone) > 1:
        content.append(say("detail", "symbols.left.gone", "structure build", **slots))
    if unwind:
        content.append(
            say(
                "meaning",
                "symbols.left.unwind",
                "code method",
                unwind=table.name(unwind[0]),
                unwind_size=table.size(unwind[0]),
                **slots,
            )
        )
    if build:
        content.append(say("next", "symbols.left.build", "provenance build next", build=table.name(build[0]), **slots))
    plt = table.has(".plt")
    if plt and binary.architecture == "x86_64" and table[plt[0]].size % 16 == 0 and table[plt[0]].size >= 48:
        lines += plt
        slots_count = value.computed(
            f"{table[plt[0]].size / 16 - 1:,.0f}", "fixed", ["difference", ["quotient", table.place(plt[0], "size"), 16], 1], 0
        )  # fmt: skip
        content.append(
            say("detail", "symbols.left.plt", "code address method", plt=table.name(plt[0]), plt_size=table.size(plt[0]), slots=slots_count, **slots)
        )  # fmt: skip
    kept = [(one, kind) for section, kind in _KEPT for one in table.has(section)]
    for one, kind in kept:
        lines.append(one)
        content.append(say("answer", f"symbols.left.kept.{kind}", "code method", kept=table.name(one), **slots))
    if not kept:
        content += [
            say("meaning", "symbols.left.means", "code plain method", **slots),
            say("limit", "symbols.left.limit", "limit code", **slots),
        ]
    return _draft(view, content, *shows, table.lines(lines, request.room))
