"""Sections of an executable: one of them, an address, the entry point, what is kept of symbols and debug information."""

from functools import partial

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Say, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence import layout
from threatflux_training.evidence.view import View
from threatflux_training.hashing import ordered, pick
from threatflux_training.tasks import hardening, sections_build, sections_counts, sections_map, sections_memory
from threatflux_training.tasks.hex_values import Bytes
from threatflux_training.tasks.model import Draft, Offer, Request, Show
from threatflux_training.tasks.sections_table import NAMES, Table, draft, field_line, purpose

FAMILY = "sections"
_NEAREST: dict[str, tuple[str, ...]] = {
    ".symtab": (".dynsym", ".gnu_debuglink"), ".debug_info": (".gnu_debuglink", ".symtab"), ".debug_line": (".gnu_debuglink", ".symtab"),
    ".got.plt": (".got",), ".comment": (".note.gnu.build-id",), ".interp": (".dynamic",), ".ctors": (".init_array",),
    ".plt.sec": (".plt",), ".gcc_except_table": (".eh_frame",), ".rdata": (".rodata",), ".idata": (".dynsym",), ".tdata": (".data",),
    ".rsrc": (".rodata",), ".reloc": (".rela.dyn",), ".hash": (".gnu.hash",), ".gnu_debuglink": (".debug_info", ".symtab"),
    ".rodata": (".rdata",), ".dynsym": (".edata", ".idata"), ".eh_frame": (".pdata", ".xdata"), ".dynamic": (".idata",),
}  # fmt: skip
"""Sections that people look for, and what comes nearest where they are missing."""
_WINDOWS = (".rdata", ".idata", ".rsrc", ".reloc", ".pdata", ".edata")
"""Sections of PE files only."""
_KEPT: dict[str, tuple[str, ...]] = {
    "unwind": (".eh_frame", ".pdata", ".debug_frame", ".zdebug_frame"), "dynamic": (".dynsym", ".edata"), "build_id": (".note.gnu.build-id",),
    "symtab": (".symtab",), "lines": (".debug_line", ".zdebug_line", ".gopclntab", ".data.rel.ro.gopclntab"), "compiler": (".comment",),
    "types": (".debug_info", ".zdebug_info"), "link": (".gnu_debuglink",),
}  # fmt: skip
"""What tools need of a file, and the sections that hold it."""
_LACKED = ("symtab", "lines", "types", "compiler", "unwind", "link")
"""What an ELF file lacks where its section is missing."""
_LACKED_ELSEWHERE = {"pe": ("unwind", "link"), "go": ("link",)}
"""The same for PE files and Go programs, which keep names, lines and types without sections of these names."""


def offers(view: View, partner: View | None) -> list[Offer]:
    """Tasks on section headers; offsets come from the measured entropy, where that is there."""
    binary = view.file.binary_info
    if binary is None or binary.format not in ("ELF", "PE") or len(layout.named(binary)) < 4:
        return []
    table = Table(view, binary)
    made = _linked(table) if table.loaded else []
    made += sections_map.offers(table)
    made += sections_memory.offers(table)
    made += sections_counts.offers(table)
    made += sections_build.offers(table)
    return made + (hardening.offers(table) if table.elf else [])


def _linked(table: Table) -> list[Offer]:
    """Tasks on a file whose sections have addresses; in an object file nothing has one, and nothing is known of loading."""
    binary = table.binary
    made = [
        Offer(
            task="sections.find",
            build=partial(_find, table),
            importance=3,
            pair=True,
            variants=4,
            weight=1.4,
            long=True,
        ),
        Offer(
            task="sections.kept",
            build=partial(_kept, table),
            importance=4,
            pair=True,
            variants=3,
            weight=1.4,
            long=True,
        ),
        Offer(
            task="sections.address",
            build=partial(_address, table),
            importance=4,
            pair=True,
            variants=5,
            weight=1.4,
            long=True,
        ),
    ]
    if binary.entry_point is not None and (binary.entry_point or table.elf):
        made.append(Offer(task="sections.entry", build=partial(_entry, table), importance=5, long=True))
    return made


def _find(table: Table, request: Request) -> tuple[Draft, Draft] | None:
    """A section that is there, and one of the usual ones that is not."""
    own = ordered(f"{table.view.file.key}/sections", table.named)
    known = [index for index in own if layout.role_of(table[index], table.binary).group != "table"]
    gone = [name for name in _NEAREST if name not in table.index and not _elsewhere(table, name)]
    missing = [name for name in gone if table.has(*_NEAREST[name])]
    if not known or not missing:
        return None
    there = known[request.variant % len(known)]
    absent = ordered(f"{table.view.file.key}/absent", missing)[request.variant % len(missing)]
    near = table.has(*_NEAREST[absent])[0]
    shows = (
        Show(NAMES),
        table.lines([there, near], request.room),
        *table.offset_lines([there, near]),
        *table.size_line(),
    )
    return _there(table, there, shows), _absent(table, absent, near, shows)


def _elsewhere(table: Table, name: str) -> bool:
    """Whether the file can hold without a section of that name what would be in it."""
    if not table.elf:
        return name in (".tdata", ".symtab")
    return name in (".symtab", ".debug_info", ".debug_line") and (table.is_go or f".z{name[1:]}" in table.index)


def _located(table: Table, index: int) -> dict[str, Text]:
    slots = {"section": table.name(index), "size": table.size(index), "name": table.view.name}
    if table[index].virtual_address:
        slots |= {"address": table.address(index), "end": table.end(index)}
    if (offset := table.offset(index)) is not None:
        slots["offset"] = offset
    if (share := table.share(index)) is not None:
        slots["share"] = share
    if (entropy := table.entropy_of(index)) is not None:
        slots["entropy"] = entropy
    return slots


def _details(table: Table, index: int) -> list[Content]:
    """Where a section lies and what it may be used for."""
    slots = _located(table, index)
    made: list[Content] = []
    if "offset" in slots and "address" in slots:
        same = slots["offset"].text == slots["address"].text
        made.append(say("detail", f"sections.find.{'same' if same else 'both'}", "address structure", **slots))
    elif "offset" in slots:
        made.append(say("detail", "sections.find.file_only", "structure size", **slots))
    elif "bss" in table[index].name:
        made.append(say("detail", "sections.find.no_bytes", "size storage structure", **slots))
    if "share" in slots:
        made.append(say("detail", "sections.find.share", "size storage", **slots))
    if "entropy" in slots and table[index].size >= 256:
        made.append(say("detail", "sections.find.entropy", "entropy data", **slots))
    if (counted := sections_counts.tally(table, index)) is not None:
        made.append(counted)
    rights = table.rights(index)
    if "load" in rights and table[index].virtual_address and rights & {"exec", "write"}:
        kind = "both" if {"exec", "write"} <= rights else "exec" if "exec" in rights else "write"
        made.append(say("detail", f"sections.rights.{kind}", "mitigation memory_safety", **slots))
    return made


def _there(table: Table, index: int, shows: tuple[Show, ...]) -> Draft:
    slots = _located(table, index)
    phrase = "sections.find.yes" if "address" in slots else "sections.find.yes_unloaded"
    content: list[Content] = [
        say("answer", phrase, "structure decision", **slots),
        purpose(table, index, "answer"),
        *_details(table, index),
        say("verify", f"sections.find.verify{'' if table.elf else '_pe'}", "verify method", **slots),
    ]
    return draft(table, content, *shows, slots={"section": value.in_code_asked(table[index].name)})


def _absent(table: Table, name: str, near: int, shows: tuple[Show, ...]) -> Draft:
    slots = {"section": value.absent(name, table.path, "name"), "name": table.view.name, "count": table.count()}
    nearest = {"near": table.name(near), "near_size": table.size(near)}
    content: list[Content] = [
        say("answer", "sections.find.no", "structure decision", **slots),
        say("answer", "sections.find.nearest", "structure", **slots, **nearest),
        purpose(table, near, "detail"),
        say("meaning", f"sections.absent.{_absence(table, name)}", "structure method plain", **slots, **nearest),
        say("limit", "sections.find.limit", "limit weakness", **slots),
        say("verify", f"sections.find.verify_no{'' if table.elf else '_pe'}", "verify method", **slots),
    ]
    return draft(table, content, *shows, slots={"section": value.in_code_asked(name)}, negative="entity_not_there")


def _absence(table: Table, name: str) -> str:
    if table.elf and name in _WINDOWS:
        return "windows"
    known = {
        ".symtab": "symtab", ".debug_info": "debug", ".debug_line": "debug", ".got.plt": "got_plt", ".comment": "comment",
        ".interp": "interp", ".gnu_debuglink": "debuglink", ".gcc_except_table": "except",
        ".tdata": "tls",
    }  # fmt: skip
    return known.get(name, "other")


def _kept(table: Table, request: Request) -> tuple[Draft, Draft] | None:
    """What tools need and the file has, and what they need and it lacks."""
    there = [kind for kind, names in _KEPT.items() if table.has(*names)]
    language = "go" if table.is_go else "elf" if table.elf else "pe"
    lacks = [kind for kind in _LACKED_ELSEWHERE.get(language, _LACKED) if kind not in there]
    if not there or not lacks:
        return None
    has = ordered(f"{table.view.file.key}/kept", there)[request.variant % len(there)]
    missing = ordered(f"{table.view.file.key}/lost", lacks)[request.variant % len(lacks)]
    index = table.has(*_KEPT[has])[0]
    shows = (Show("binary_info"), Show(NAMES), *_kept_lines(table, [index], request))
    return _keeps(table, has, index, shows), _lost(table, missing, shows, request)


def _kept_lines(table: Table, indices: list[int], request: Request) -> tuple[Show, ...]:
    link = table.has(".gnu_debuglink", ".note.gnu.build-id")
    return (table.lines([*indices, *link], request.room),)


def _asked(kind: str) -> Text:
    return Text(_NEEDS[kind])


_NEEDS = {
    "unwind": "unwind information", "dynamic": "a table of dynamic symbols", "build_id": "a build ID", "symtab": "a full symbol table",
    "lines": "source line numbers", "compiler": "the compiler's version", "types": "type information for a debugger",
    "link": "a pointer to separate debug symbols",
}  # fmt: skip


def _keeps(table: Table, kind: str, index: int, shows: tuple[Show, ...]) -> Draft:
    slots = _located(table, index) | {"need": _asked(kind)}
    content: list[Content] = [
        say("answer", "sections.kept.yes", "structure decision", **slots),
        say("answer", f"sections.kept.{kind}", "build code structure", **slots),
        say("limit", "sections.kept.limit", "limit method", **slots),
        _read(table, index, slots),
    ]
    if table.view.file.binary_info is not None and table.binary.is_stripped is not None and table.elf:
        stripped = "stripped" if table.binary.is_stripped else "unstripped"
        flag = value.code("true" if table.binary.is_stripped else "false", table.view.at("binary_info", ".is_stripped"))
        content.insert(2, say("detail", f"sections.kept.{stripped}", "build provenance", flag=flag, **slots))
    return draft(table, content, *shows, slots={"need": _asked(kind)})


_DECODERS = {
    ".eh_frame": "readelf --debug-dump=frames", ".debug_frame": "readelf --debug-dump=frames", ".zdebug_frame": "readelf --debug-dump=frames",
    ".dynsym": "readelf --dyn-syms", ".symtab": "readelf -s", ".note.gnu.build-id": "readelf -n", ".comment": "readelf -p .comment",
    ".debug_line": "readelf --debug-dump=decodedline", ".zdebug_line": "readelf --debug-dump=decodedline",
    ".debug_info": "readelf --debug-dump=info", ".zdebug_info": "readelf --debug-dump=info", ".gnu_debuglink": "readelf --debug-dump=links",
}  # fmt: skip
"""Commands that print the content of a section in words, not only its bytes."""


def _read(table: Table, index: int, slots: dict[str, Text]) -> Say:
    """How to read what a section holds."""
    if not table.elf:
        return say("next", "sections.kept.next_pe", "next verify", **slots)
    tool = _DECODERS.get(table[index].name)
    if tool is None:
        return say("next", "sections.kept.next", "next verify", **slots)
    return say("next", "sections.kept.next.decoded", "next verify", tool=Text(tool), **slots)


def _lost(table: Table, kind: str, shows: tuple[Show, ...], request: Request) -> Draft:
    wanted = _KEPT[kind][0]
    slots = {
        "need": _asked(kind), "section": value.absent(wanted, table.path, "name"), "count": table.count(), "name": table.view.name,
    }  # fmt: skip
    content: list[Content] = [say("answer", "sections.kept.no", "structure decision", **slots)]
    link, build = table.has(".gnu_debuglink"), table.has(".note.gnu.build-id")
    if kind in ("symtab", "lines", "types") and link:
        content.append(
            say("answer", "sections.kept.elsewhere", "package build next", link=table.name(link[0]), **slots)
        )
    else:
        content.append(say("answer", f"sections.kept.{kind}.lost", "build code structure", **slots))
    if build:
        built = {"build": table.name(build[0]), "build_size": table.size(build[0])}
        content.append(say("next", "sections.kept.by_id", "next provenance package", **built, **slots))
    content.append(say("limit", "sections.kept.limit_no", "limit method", **slots))
    return draft(table, content, *shows, slots={"need": _asked(kind)}, negative="entity_not_there")


def _address(table: Table, request: Request) -> tuple[Draft, Draft] | None:
    """An address inside a section, and one that lies in none."""
    inside = ordered(f"{table.view.file.key}/inside", [index for index in table.loaded if table[index].size >= 16])
    gaps = [index for number, index in enumerate(table.loaded) if _gap(table, number) > 8]
    if not inside or not gaps:
        return None
    index = inside[request.variant % len(inside)]
    address = table[index].virtual_address + pick(f"{request.key}/at", table[index].size)
    before = ordered(f"{table.view.file.key}/gaps", gaps)[request.variant % len(gaps)]
    gap = _gap(table, table.loaded.index(before))
    outside = table[before].virtual_address + table[before].size + 1 + pick(f"{request.key}/out", gap - 1)
    lines = [near for one in (index, before) for near in _around(table, one)]
    shows = (table.lines(lines, request.room), *table.offset_lines([index, before]))
    return _inside(table, index, address, shows), _outside(table, before, outside, shows)


def _gap(table: Table, number: int) -> int:
    """Addresses between a loaded section and the next one; behind the last there is room without end."""
    one = table[table.loaded[number]]
    end = one.virtual_address + one.size
    if number + 1 == len(table.loaded):
        return 4096
    return table[table.loaded[number + 1]].virtual_address - end


def _around(table: Table, index: int) -> list[int]:
    number = table.loaded.index(index)
    return table.loaded[max(0, number - 1) : number + 2]


def _inside(table: Table, index: int, address: int, shows: tuple[Show, ...]) -> Draft:
    asked = value.in_code_asked(hex(address))
    slots = _located(table, index) | {"at": asked, "into": table.into(index, address, address)}
    content: list[Content] = [
        say("answer", "sections.address.in", "address structure decision", **slots),
        say("answer", "sections.address.range", "address method", **slots),
    ]
    found = table.file_offset(index, address, address)
    if found is not None:
        content.append(say("detail", "sections.address.offset", "address method storage", file_offset=found, **slots))
    elif "bss" in table[index].name:
        content.append(say("detail", "sections.find.no_bytes", "storage structure size", **slots))
    rights = table.rights(index)
    kind = "exec" if "exec" in rights else "write" if "write" in rights else "read"
    content += [
        purpose(table, index),
        say("meaning", f"sections.address.{kind}", "mitigation memory_safety code", **slots),
        say("limit", "sections.address.base" if table.elf else "sections.address.rva", "limit address", **slots),
    ]
    return draft(table, content, *shows, slots={"at": asked})


def _outside(table: Table, before: int, address: int, shows: tuple[Show, ...]) -> Draft:
    asked = value.in_code_asked(hex(address))
    number = table.loaded.index(before)
    slots = {"at": asked, "name": table.view.name, "before": table.name(before), "end": table.end(before)}
    slots["past"] = value.computed(
        hex(address - table[before].virtual_address - table[before].size), "hex",
        ["difference", address, ["sum", table.place(before, "virtual_address"), table.place(before, "size")]],
    )  # fmt: skip
    last = number + 1 == len(table.loaded)
    if not last:
        after = table.loaded[number + 1]
        slots |= {"after": table.name(after), "start": table.address(after)}
    content: list[Content] = [
        say("answer", "sections.address.last" if last else "sections.address.between", "address structure decision", **slots),
        say("answer", "sections.address.past", "address method", **slots),
        say("meaning", "sections.address.beyond" if last else "sections.address.hole", "memory_safety address method", **slots),
        say("limit", "sections.address.base" if table.elf else "sections.address.rva", "limit address", **slots),
        say("next", "sections.address.next", "next address", **slots),
    ]  # fmt: skip
    return draft(table, content, *shows, slots={"at": asked}, negative="out_of_range")


def _entry(table: Table, request: Request) -> Draft | None:
    """In which section the entry point lies, and whether that is as usual."""
    entry = table.binary.entry_point or 0
    place = table.view.at("binary_info", ".entry_point")
    header = field_line(table.view, "binary_info", "format", "entry_point", "architecture")
    if entry == 0:
        return _no_entry(table, header, request)
    index = layout.at(table.binary, entry)
    if index is None:
        return None
    slots = _located(table, index) | {"entry": value.hexadecimal(entry, place), "into": table.into(index, entry, place)}
    start = entry == table[index].virtual_address
    kind = "usual" if table[index].name == ".text" else "unusual"
    content: list[Content] = [
        say(
            "answer", f"sections.entry.{'start' if start else 'in'}.{kind}", "address code structure decision", **slots
        ),
        say("meaning", f"sections.entry.{kind}", "malware weakness decision", **slots),
    ]
    shows = [*header, table.lines(_around(table, index), request.room), *table.offset_lines([index])]
    found = table.file_offset(index, entry, place)
    if found is not None:
        content.append(say("detail", "sections.entry.offset", "address method", file_offset=found, **slots))
    content += _entry_name(table, entry, slots, shows)
    dump = table.view.file.hex_dump
    if table.elf and dump is not None and dump.offset == 0 and len(dump.data) >= 64 and dump.data[4:6] == b"\2\1":
        dumped = Bytes(table.view)
        raw = {"bytes": dumped.raw(24, 8), "place": dumped.place(24)}
        content.append(say("verify", "sections.entry.header", "verify method structure", **raw, **slots))
        shows.append(dumped.rows([(24, 8)]))
    if not table.elf:
        content.append(say("meaning", "sections.entry.rva", "code plain method", **slots))
    elif kind == "usual" and ".interp" in table.index and not table.is_go:
        content.append(say("meaning", "sections.entry.means", "code plain method", **slots))
    content += [
        say("limit", "sections.entry.limit", "limit malware", **slots),
        say("next", "sections.entry.next", "next code", **slots),
    ]
    return draft(table, content, *shows)


def _entry_name(table: Table, entry: int, slots: dict[str, Text], shows: list[Show]) -> list[Content]:
    symbols = table.view.file.symbols
    for number, one in enumerate(symbols.functions if symbols else ()):
        if one.address == entry and not one.is_imported and len(one.name) < 100:
            shows.append(Show("symbols.functions", only=(number,)))
            symbol = value.code(one.name, table.view.at("symbols", f".functions[{number}].name"))
            return [say("detail", "sections.entry.symbol", "code structure imports", symbol=symbol, **slots)]
    return []


def _no_entry(table: Table, header: tuple[Show, ...], request: Request) -> Draft:
    entry = value.code("0", table.view.at("binary_info", ".entry_point"))
    slots = {"entry": entry, "name": table.view.name}
    content: list[Content] = [say("answer", "sections.entry.none", "structure decision", **slots)]
    init = table.has(".init_array", ".init")
    indices = init
    if ".interp" not in table.index and ".dynamic" in table.index:
        absent = value.absent(".interp", table.path, "name")
        content.append(say("answer", "sections.entry.library", "structure kernel", interp=absent, **slots))
    if init:
        more = {"init": table.names(init), "size": table.size(init[0]), "first": table.name(init[0])}
        content.append(say("meaning", "sections.entry.init", "code malware process", **more, **slots))
    return draft(table, content, *header, Show(NAMES), *((table.lines(indices, request.room),) if indices else ()))
