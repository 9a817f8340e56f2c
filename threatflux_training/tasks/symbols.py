"""Symbols: functions that a file defines, what it exports, what stripping left, versions, DLLs, mangled names."""

from functools import partial

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Say, items, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence import layout, mangling
from threatflux_training.evidence.view import View
from threatflux_training.hashing import ordered, pick
from threatflux_training.reports.model import Function, Section
from threatflux_training.tasks import symbols_exports, symbols_libraries
from threatflux_training.tasks.compound import SURROUNDINGS
from threatflux_training.tasks.listing import few
from threatflux_training.tasks.model import Draft, NegativeKind, Offer, Request, Show

FAMILY = "symbols"
FUNCTIONS = "symbols.functions"
COUNTS = "symbols.symbol_count"
CONTEXT = ("binary_info", COUNTS, FUNCTIONS, "binary_info.sections", "symbols.imports", *SURROUNDINGS)
_UNIT = "byte|bytes"
LONGEST_NAME = 120
"""Characters from which a name is too long for an answer."""
_ABSENT = (
    "parse_args", "decrypt", "connect_server", "usage", "init_config", "handle_client", "encrypt_file", "check_license", "load_module",
    "read_config", "cleanup", "worker_thread", "download", "verify_signature", "open_log", "get_key", "run_command", "send_report",
)  # fmt: skip
"""Names that people hope to find."""
_RUNTIME = frozenset(
    ["_start", "_init", "_fini", "frame_dummy", "register_tm_clones", "deregister_tm_clones", "__do_global_dtors_aux",
     "_dl_relocate_static_pie", "__libc_csu_init", "__libc_csu_fini"]
)  # fmt: skip
"""Functions that the compiler's start-up files bring along."""


class Defined:
    """The functions that an ELF defines itself, from its symbol table."""

    def __init__(self, view: View) -> None:
        symbols = view.file.symbols
        if symbols is None:
            raise ValueError("a file without symbols defines none")
        self.view = view
        self.all = symbols.functions
        self.path = view.at("symbols", ".functions")
        found = [
            n
            for n, one in enumerate(self.all)
            if one.address and not one.is_imported and 0 < len(one.name) < LONGEST_NAME
        ]
        self.own = sorted(found, key=lambda number: self.all[number].address)
        self.sized = [number for number in self.own if self.all[number].size]
        self.written = [number for number in self.sized if self.all[number].name not in _RUNTIME]
        self.text = self._text()

    def _text(self) -> tuple[int, Section] | None:
        binary = self.view.file.binary_info
        sections = binary.sections if binary else []
        return next(((n, one) for n, one in enumerate(sections) if one.name == ".text"), None)

    def __getitem__(self, number: int) -> Function:
        return self.all[number]

    def name(self, number: int) -> Text:
        """The function's name, as code."""
        return value.code(self.all[number].name, f"{self.path}[{number}].name")

    def address(self, number: int) -> Text:
        """Its address."""
        return value.hexadecimal(self.all[number].address, f"{self.path}[{number}].address")

    def size(self, number: int) -> Text:
        """Its size in bytes."""
        return value.grouped(self.all[number].size, f"{self.path}[{number}].size", _UNIT)

    def end(self, number: int) -> Text:
        """The first address behind it."""
        one = self.all[number]
        inner = ["sum", f"{self.path}[{number}].address", f"{self.path}[{number}].size"]
        return value.computed(hex(one.address + one.size), "hex", inner)

    def share(self, number: int) -> Text | None:
        """The part of .text that it takes."""
        if self.text is None or not self.text[1].size:
            return None
        place = self.view.at("binary_info", f".sections[{self.text[0]}].size")
        inner = ["quotient", f"{self.path}[{number}].size", place]
        return value.computed(f"{self.all[number].size / self.text[1].size * 100:.1f} %", "percent", inner, 1)

    def said(self, number: int) -> dict[str, Text]:
        """Name, address, size and end of one."""
        slots = {
            "symbol": self.name(number),
            "address": self.address(number),
            "size": self.size(number),
            "name": self.view.name,
        }
        if self.all[number].size:
            slots["end"] = self.end(number)
        if (share := self.share(number)) is not None and self.in_text(number):
            slots["share"] = share
        return slots

    def in_text(self, number: int) -> bool:
        """Whether it lies in .text."""
        return self.text is not None and layout.holds(self.text[1], self.all[number].address)

    def text_line(self) -> tuple[Show, ...]:
        """The line of .text in the table of sections."""
        return (Show("binary_info.sections", only=(self.text[0],)),) if self.text else ()


def offers(view: View, partner: View | None) -> list[Offer]:
    """Tasks on symbol tables."""
    made = symbols_exports.offers(view) + symbols_libraries.offers(view)
    symbols, binary = view.file.symbols, view.file.binary_info
    if symbols is None or binary is None or binary.format != "ELF":
        return made
    defined = Defined(view)
    if len(defined.written) >= 2:
        made += [
            Offer(
                task="symbols.defined", build=partial(_defined, defined), importance=6, long=True, variants=3, weight=2
            ),
            Offer(
                task="symbols.lookup",
                build=partial(_lookup, defined),
                importance=5,
                pair=True,
                long=True,
                variants=4,
                weight=1.6,
            ),
            Offer(
                task="symbols.at",
                build=partial(_at, defined),
                importance=5,
                pair=True,
                long=True,
                variants=3,
                weight=1.3,
            ),
            Offer(task="symbols.counts", build=partial(_counts, defined), importance=3, long=True),
        ]
        if any(mangling.decode(one.name) for one in symbols.functions):
            made.append(
                Offer(
                    task="symbols.mangled",
                    build=partial(_mangled, defined),
                    importance=4,
                    long=True,
                    variants=3,
                    weight=1.5,
                )
            )
    return made


def draft(
    view: View, content: list[Content], *shows: Show, slots: dict[str, Text] | None = None, negative: NegativeKind = ""
) -> Draft:
    """A draft on symbols."""
    return Draft(
        slots={"name": view.name, **(slots or {})}, shows=shows, content=tuple(content), context=CONTEXT, negative=negative
    )  # fmt: skip


def _shown(defined: Defined, numbers: list[int], room: int) -> Show:
    if defined.view.lines(FUNCTIONS).within(room):
        return Show(FUNCTIONS)
    return Show(FUNCTIONS, only=tuple(sorted(set(numbers))))


def _defined(defined: Defined, request: Request) -> Draft | None:
    """The program's own functions by size, and which of the others come from the start-up files."""
    hidden = max((one.size for one in defined.all if len(one.name) >= LONGEST_NAME), default=0)
    by_size = [
        number
        for number in sorted(defined.written, key=lambda number: -defined[number].size)
        if defined[number].size > hidden
    ]
    if not by_size:
        return None
    chosen = by_size[: 40 if request.length == "long" else 4 + request.variant]
    whole = defined.view.lines(FUNCTIONS).within(request.room)
    first = defined.said(chosen[0])
    content: list[Content] = [say("answer", "symbols.defined", "code structure decision", **first)]
    if "share" in first:
        content.append(say("answer", "symbols.defined.share", "code size performance", **first))
    if len(chosen) > 1:
        second = {f"second_{key}" if key != "name" else key: text for key, text in defined.said(chosen[1]).items()}
        content.append(say("detail", "symbols.defined.second", "code size", **second))
    lead = say("answer", "symbols.defined.lead", "code structure", name=defined.view.name)
    content.append(items("answer", lead, [_line(defined, number) for number in chosen], "code address structure"))
    shown = list(chosen)
    start = [number for number in defined.own if defined[number].name in _RUNTIME]
    if len(start) > 1:
        some = few(start, 5)
        shown += some
        listed = value.join([defined.name(number) for number in some])
        content.append(
            say("meaning", "symbols.defined.runtime", "build code plain", list=listed, name=defined.view.name)
        )
    main = next((number for number in defined.sized if defined[number].name == "main"), None)
    if main is not None and main not in chosen[:2]:
        shown.append(main)
        content.append(say("detail", "symbols.defined.main", "code address next", **defined.said(main)))
    if whole and len({defined[number].address for number in defined.sized}) == len(defined.sized):
        total = sum(one.size for one in defined.all)
        content.append(say("detail", "symbols.defined.total", "size code performance", **_total(defined, total)))
    content += [
        say("limit", "symbols.defined.limit", "limit method", **first),
        say("next", "symbols.defined.next", "next code", **first),
    ]
    return draft(defined.view, content, _shown(defined, shown, request.room), *defined.text_line())


def _total(defined: Defined, total: int) -> dict[str, Text]:
    sized = sum(1 for one in defined.all if one.size > 0)
    return {
        "total": value.computed(value.with_unit(f"{total:,}", total, _UNIT), "grouped", ["sum", defined.path, "size"], _UNIT),
        "count": value.counted(sized, defined.path, "function|functions", ["size", "gt", 0]),
        "name": defined.view.name,
    }  # fmt: skip


def _line(defined: Defined, number: int) -> Say:
    slots = defined.said(number)
    kind = "share" if "share" in slots else "plain"
    return say("detail", f"symbols.line.{kind}", "code address", **slots)


def _lookup(defined: Defined, request: Request) -> tuple[Draft, Draft] | None:
    """A function by name, and a name that is not in the table."""
    number = ordered(f"{defined.view.file.key}/lookup", defined.written)[request.variant % len(defined.written)]
    names = {one.name.partition("@")[0] for one in defined.all}
    missing = [name for name in _ABSENT if name not in names and not any(name in other for other in names)]
    if not missing:
        return None
    absent = ordered(f"{request.key}/absent", missing)[0]
    near = few(defined.written, 3)
    shows = (
        _shown(defined, [number, *_beside(defined, number), *near], request.room),
        *defined.text_line(),
        Show(COUNTS),
    )
    return _found(defined, number, shows), _missing(defined, absent, near, shows)


def _beside(defined: Defined, number: int) -> list[int]:
    place = defined.own.index(number)
    return [other for other in defined.own[max(0, place - 1) : place + 2] if other != number]


def _found(defined: Defined, number: int, shows: tuple[Show, ...]) -> Draft:
    slots = defined.said(number)
    content: list[Content] = [
        say("answer", "symbols.lookup.yes", "code address decision", **slots),
        say("answer", "symbols.lookup.extent", "code address size", **slots),
    ]
    if "share" in slots:
        content.append(say("detail", "symbols.lookup.share", "size performance code", **slots))
    scope = "local" if defined[number].function_type == "Local" else "global"
    content.append(say("detail", f"symbols.lookup.{scope}", "code structure imports", **slots))
    beside = _beside(defined, number)
    if beside:
        other = beside[-1]
        more = {"other": defined.name(other), "other_address": defined.address(other)}
        content.append(say("detail", "symbols.lookup.beside", "code structure address", **slots, **more))
    content.append(say("limit", "symbols.lookup.limit", "limit code", **slots))
    content.append(say("next", "symbols.lookup.next", "next code", **slots))
    return draft(defined.view, content, *shows, slots={"symbol": value.in_code_asked(defined[number].name)})


def _missing(defined: Defined, name: str, near: list[int], shows: tuple[Show, ...]) -> Draft:
    slots = {
        "symbol": value.absent(name, defined.path, "name"), "name": defined.view.name,
        "list": value.join([defined.name(number) for number in near]),
        "count": value.counted(len(defined.all), defined.path, "entry|entries"),
    }  # fmt: skip
    content: list[Content] = [
        say("answer", "symbols.lookup.no", "code decision", **slots),
        say("answer", "symbols.lookup.near", "code structure", **slots),
        say("meaning", "symbols.lookup.inlined", "code build method", **slots),
        say("limit", "symbols.lookup.names", "limit method", **slots),
        say("next", "symbols.lookup.search", "next strings code", **slots),
    ]
    return draft(
        defined.view, content, *shows, slots={"symbol": value.in_code_asked(name)}, negative="entity_not_there"
    )


def _at(defined: Defined, request: Request) -> tuple[Draft, Draft] | None:
    """An address inside a function, and one that belongs to none with a size."""
    inside = [number for number in defined.written if defined[number].size >= 8]
    gaps = [number for number in defined.sized if _space(defined, number) >= 8]
    if not inside or not gaps:
        return None
    number = ordered(f"{defined.view.file.key}/in", inside)[request.variant % len(inside)]
    address = defined[number].address + pick(f"{request.key}/at", defined[number].size)
    before = ordered(f"{defined.view.file.key}/out", gaps)[request.variant % len(gaps)]
    outside = defined[before].address + defined[before].size + pick(f"{request.key}/gap", _space(defined, before))
    shown = [number, before, *_beside(defined, number), *_beside(defined, before)]
    shows = (_shown(defined, shown, request.room), *defined.text_line())
    return _inside(defined, number, address, shows), _outside(defined, before, outside, shows)


def _space(defined: Defined, number: int) -> int:
    """Addresses behind a function that no other symbol covers, up to the next one with a size."""
    one = defined[number]
    end = one.address + one.size
    if any(
        other != number and defined[other].address <= end < defined[other].address + defined[other].size
        for other in defined.own
    ):
        return 0
    later = [defined[other].address for other in defined.own if defined[other].address >= end]
    return min(later) - end if later else 64


def _inside(defined: Defined, number: int, address: int, shows: tuple[Show, ...]) -> Draft:
    asked = value.in_code_asked(hex(address))
    into = value.computed(
        hex(address - defined[number].address), "hex", ["difference", address, f"{defined.path}[{number}].address"]
    )
    slots = defined.said(number) | {"at": asked, "into": into}
    content: list[Content] = [
        say("answer", "symbols.at.in", "code address decision", **slots),
        say("answer", "symbols.lookup.extent", "code address size", **slots),
        say("detail", "symbols.at.write", "code method", **slots),
        say("limit", "symbols.at.limit", "limit code address", **slots),
        say("next", "symbols.lookup.next", "next code", **slots),
    ]
    if "share" in slots:
        content.insert(2, say("detail", "symbols.lookup.share", "size performance code", **slots))
    return draft(defined.view, content, *shows, slots={"at": asked})


def _outside(defined: Defined, before: int, address: int, shows: tuple[Show, ...]) -> Draft:
    asked = value.in_code_asked(hex(address))
    slots = defined.said(before) | {"at": asked}
    content: list[Content] = [say("answer", "symbols.at.out", "code address decision", **slots)]
    later = [number for number in defined.own if defined[number].address > address]
    if later:
        after = {"after": defined.name(later[0]), "start": defined.address(later[0])}
        content.append(say("answer", "symbols.at.next_one", "code address", **slots, **after))
    content += [
        say("meaning", "symbols.at.padding", "code method build", **slots),
        say("limit", "symbols.at.sizeless", "limit structure", **slots),
        say("next", "symbols.at.bytes", "next code", **slots),
    ]
    return draft(defined.view, content, *shows, slots={"at": asked}, negative="out_of_range")


def _counts(defined: Defined, request: Request) -> Draft:
    """How many symbols, how many of them the program's own."""
    view = defined.view
    symbols = view.file.symbols
    imports = symbols.imports if symbols else []
    versioned = sum(1 for one in imports if "@" in one.name)
    slots = {
        "name": view.name, "all": value.counted(len(defined.all), defined.path, "function entry|function entries"),
        "imported": value.counted(sum(one.is_imported for one in defined.all), defined.path, "entry|entries", ["is_imported", "eq", True]),
        "own": value.counted(
            sum(not one.is_imported for one in defined.all), defined.path, "function|functions", ["is_imported", "eq", False]
        ),
    }  # fmt: skip
    content: list[Content] = [say("answer", "symbols.counts", "structure imports decision", **slots)]
    if versioned:
        slots["versioned"] = value.counted(
            versioned, view.at("symbols", ".imports"), "import|imports", ["name", "has", "@"]
        )
        content.append(say("answer", "symbols.counts.twice", "method imports data", **slots))
    first = defined.written[0]
    written = few(defined.written, 4)
    listed = value.join([defined.name(number) for number in written])
    content.append(say("detail", "symbols.counts.own", "code structure", list=listed, **slots))
    locals_ = [number for number in written if defined[number].function_type == "Local"]
    if locals_:
        content.append(
            say(
                "detail",
                "symbols.counts.local",
                "code build",
                list=value.join([defined.name(n) for n in locals_]),
                name=view.name,
            )
        )
    content += [
        say("meaning", "symbols.counts.means", "code method plain", **defined.said(first)),
        say("limit", "symbols.counts.limit", "limit method data", **slots),
    ]
    return draft(view, content, Show(COUNTS), Show(FUNCTIONS), Show("symbols.imports"))


def _mangled(defined: Defined, request: Request) -> Draft | None:
    """Mangled names and what they show, by the rule of lengths and names."""
    found = [
        (number, read)
        for number, one in enumerate(defined.all)
        if (read := mangling.decode(one.name)) and len(one.name) < 300
    ]
    simple = [(number, read) for number, read in found if read.parts]
    if not simple:
        return None
    by_number = dict(simple)
    chosen = _distinct(defined, simple, request)
    content: list[Content] = _read(defined, chosen[0], by_number[chosen[0]])
    others = [_read_line(defined, number, by_number[number]) for number in chosen[1:]]
    if others:
        lead = say("answer", "symbols.mangled.lead", "code structure", name=defined.view.name)
        content.append(items("answer", lead, list(others), "code structure"))
    read = by_number[chosen[0]]
    slots = {
        "name": defined.view.name,
        "symbol": defined.name(chosen[0]),
        "part": value.part(read.parts[0], f"{defined.path}[{chosen[0]}].name"),
    }
    length = value.part(str(len(read.parts[0])), f"{defined.path}[{chosen[0]}].name")
    content += [
        say("meaning", "symbols.mangled.rule", "method plain code", length=length, **slots),
        say("meaning", f"symbols.mangled.language.{read.language}", "build code plain", **slots),
        say("limit", "symbols.mangled.limit", "limit method", **slots),
        say("verify", "symbols.mangled.verify", "verify method", **slots),
    ]
    return draft(defined.view, content, Show(FUNCTIONS, only=tuple(sorted(chosen))))


def _distinct(defined: Defined, found: list[tuple[int, mangling.Mangled]], request: Request) -> list[int]:
    """Names that show different things, the file's own and shorter ones first."""
    ranked = sorted(found, key=lambda one: (defined[one[0]].is_imported, len(defined[one[0]].name)))
    seen: set[tuple[object, ...]] = set()
    kept = []
    for number, read in ranked:
        if (read.parts, read.special) not in seen:
            seen.add((read.parts, read.special))
            kept.append(number)
    first = ordered(f"{request.key}/mangled", kept[:6])
    rest = [number for number in kept if number != first[0]]
    return [first[0], *few(rest, 16 if request.length == "long" else 3)]


def _parts(defined: Defined, number: int, read: mangling.Mangled) -> tuple[dict[str, Text], str]:
    place = f"{defined.path}[{number}].name"
    parts = [value.part(part, place) for part in read.parts]
    slots = {
        "symbol": defined.name(number), "list": value.join(parts, "then"), "inner": parts[-1], "outer": parts[0],
        "name": defined.view.name,
    }  # fmt: skip
    return slots, read.special or ("nested" if len(parts) > 1 else "single")


def _read_line(defined: Defined, number: int, read: mangling.Mangled) -> Say:
    slots, kind = _parts(defined, number, read)
    return say("detail", f"symbols.mangled.line.{kind}", "code", **slots)


def _read(defined: Defined, number: int, read: mangling.Mangled) -> list[Content]:
    slots, kind = _parts(defined, number, read)
    made: list[Content] = [say("answer", f"symbols.mangled.{kind}", "code structure decision", **slots)]
    if read.standard:
        made.append(say("answer", "symbols.mangled.standard", "code build", **slots))
    if read.template:
        made.append(say("answer", "symbols.mangled.template", "code build", **slots))
    if read.no_parameters:
        made.append(say("answer", "symbols.mangled.void", "code method", **slots))
    if defined[number].size:
        place = {key: text for key, text in defined.said(number).items() if key in ("address", "size")}
        made.append(say("answer", "symbols.mangled.extent", "code address size", **slots, **place))
    return made
