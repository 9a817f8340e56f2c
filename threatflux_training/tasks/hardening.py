"""Hardening of an ELF as far as headers, sections, imports and dumped bytes show it, and what they leave open."""

from functools import partial
from typing import Literal

import msgspec

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Say, items, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.elf_tables import binds_now, dynamic_entries
from threatflux_training.evidence.headers import Field, elf_fields, program_headers
from threatflux_training.tasks.about import is_library, is_loader
from threatflux_training.tasks.hex_values import HEADER, Bytes
from threatflux_training.tasks.listing import few
from threatflux_training.tasks.model import Draft, Offer, Request, Show
from threatflux_training.tasks.sections_table import NAMES, Table, draft

_STACK, _RELRO = 0x6474E551, 0x6474E552
_CANARY = "__stack_chk_fail"
_PRINTING = ("printf", "fprintf", "vprintf", "vfprintf")
"""Functions that fortified headers replace by checked ones in practically every call."""
_COPYING = ("strcpy", "sprintf", "memcpy", "snprintf", "read")
"""Functions that stay as they are where the compiler proves a call safe or doesn't know the size of the buffer."""
_LEAST = 2
"""Mitigations that the evidence has to decide before they are worth a statement of their own."""
_WORDS = {
    "pie": "position independence", "canary": "the stack protector", "fortify": "fortification", "relro": "read-only relocations",
    "nx": "a non-executable stack",
}  # fmt: skip
_PLAIN_WORDS = {
    "pie": "a new place in memory at each start", "canary": "a check against overrun buffers", "fortify": "checked copying functions",
    "relro": "write-protected tables of addresses", "nx": "a ban on running data as code",
}  # fmt: skip


class _Finding(msgspec.Struct, frozen=True):
    """What is said of one mitigation: whether it is there (None: not shown), the statement, its evidence.

    `part` is how much of it is there, where that isn't all; `firm` is False where a yes or no to a question goes too far.
    """

    kind: str
    there: bool | None
    said: Say
    shows: tuple[Show, ...] = ()
    part: Literal["", " in part", " at least in part"] = ""
    firm: bool = True

    @property
    def word(self) -> Text:
        """The mitigation in words, marked where it is there in part."""
        return Text(_WORDS[self.kind] + self.part)

    @property
    def plain(self) -> Text:
        """The mitigation without the term of the trade."""
        return Text(_PLAIN_WORDS[self.kind] + self.part)


def offers(table: Table) -> list[Offer]:
    """Tasks on hardening where at least position independence or the imports are shown."""
    findings = _findings(table)
    if sum(one.there is not None for one in findings) < _LEAST:
        return []
    made = [
        Offer(task="sections.hardening", build=partial(_report, table), importance=7, long=True, variants=3, weight=2.0)
    ]
    shown, hidden = _sides(findings)
    if shown and hidden:
        made.append(
            Offer(task="sections.mitigation", build=partial(_pair, table), importance=6, pair=True, long=True, variants=3, weight=1.6)
        )  # fmt: skip
    return made


def _sides(findings: list[_Finding]) -> tuple[list[_Finding], list[_Finding]]:
    """What the evidence decides, and what bytes that aren't in the report would decide."""
    firm = [one for one in findings if one.firm]
    return [one for one in firm if one.there is not None], [one for one in firm if one.there is None]


def _findings(table: Table) -> list[_Finding]:
    made = [_pie(table), _canary(table), _fortify(table), _relro(table), _stack(table)]
    return [one for one in made if one is not None]


def _dumped(table: Table) -> Bytes | None:
    """The dump, where it begins with a 64-bit ELF header."""
    dump = table.view.file.hex_dump
    if dump is None or dump.offset or len(dump.data) < 64:
        return None
    dumped = Bytes(table.view)
    return dumped if dumped.dump.data[4] == 2 and elf_fields(dumped.dump) else None


def _pie(table: Table) -> _Finding | None:
    """Position independence, by the type in the header."""
    slots = {"name": table.view.name}
    dumped = _dumped(table)
    fields = elf_fields(dumped.dump) if dumped else {}
    tags = "mitigation address structure"
    if dumped is None or dumped.dump.value(fields["e_type"]) not in (2, 3):
        if table.loaded and table[table.loaded[0]].virtual_address >= 0x10000 and table.binary.entry_point:
            slots |= {"address": table.address(table.loaded[0]), "section": table.name(table.loaded[0])}
            return _Finding(
                "pie", False, say("detail", "hardening.pie.fixed", tags, **slots), (_row(table, table.loaded[0]),)
            )
        return _Finding("pie", None, say("detail", "hardening.pie.unknown", tags, **slots))
    field = fields["e_type"]
    slots |= {"bytes": dumped.field(field), "place": dumped.place(field.offset)}
    there = dumped.dump.value(field) == 3
    kind = _position(table) if there else "no"
    if kind == "program":
        slots["interp"] = table.name(table.index[".interp"])
    return _Finding(
        "pie",
        there,
        say("detail", f"hardening.pie.{kind}", tags, **slots),
        (HEADER, dumped.rows([(16, 2)]), Show(NAMES)),
    )


def _position(table: Table) -> str:
    """Whether a file of type ET_DYN is a library, by its name (some have `.interp` too), a program, or either."""
    if is_library(table.view) and not is_loader(table.view):
        return "library"
    return "program" if ".interp" in table.index else "either"


def _row(table: Table, index: int) -> Show:
    return Show("binary_info.sections", only=(index,))


def _imported(table: Table) -> tuple[list[str], str, str]:
    """Names of imported functions, the path of their list, and the block that shows them."""
    symbols = table.view.file.symbols
    if symbols is not None and symbols.imports:
        return [one.name for one in symbols.imports], table.view.at("symbols", ".imports"), "symbols.imports"
    if table.binary.exports:
        return table.binary.exports, table.view.at("binary_info", ".exports"), "binary_info.exports"
    return [], "", ""


def _import(path: str, block: str, names: list[str], number: int) -> Text:
    place = f"{path}[{number}].name" if block == "symbols.imports" else f"{path}[{number}]"
    return value.code(names[number], place)


def _canary(table: Table) -> _Finding | None:
    names, path, block = _imported(table)
    tags = "mitigation memory_safety imports"
    if not names:
        return None
    slots = {"name": table.view.name}
    if _CANARY in names:
        number = names.index(_CANARY)
        slots["symbol"] = _import(path, block, names, number)
        return _Finding(
            "canary", True, say("detail", "hardening.canary.yes", tags, **slots), (Show(block, only=(number,)),)
        )
    complete = block == "symbols.imports" or "__libc_start_main" in names
    if not complete or any(name.startswith(_CANARY) for name in names):
        return None
    slots["symbol"] = value.absent(_CANARY, path, "name" if block == "symbols.imports" else "")
    return _Finding("canary", False, say("detail", "hardening.canary.no", tags, **slots), (Show(block),))


def _fortify(table: Table) -> _Finding | None:
    names, path, block = _imported(table)
    tags = "mitigation memory_safety build"
    found = [number for number, name in enumerate(names) if name.endswith("_chk") and "@" not in name]
    slots = {"name": table.view.name}
    if found:
        chosen = few(found, 4)
        slots["list"] = value.join([_import(path, block, names, number) for number in chosen])
        kind = "one" if len(found) == 1 else "yes"
        return _Finding(
            "fortify",
            True,
            say("detail", f"hardening.fortify.{kind}", tags, **slots),
            (Show(block, only=tuple(chosen)),),
        )
    if block != "symbols.imports":
        return None
    telling = [number for number, name in enumerate(names) if name in _PRINTING]
    plain = telling or [number for number, name in enumerate(names) if name in _COPYING]
    if not plain:
        return None
    slots["list"] = value.join([_import(path, block, names, number) for number in plain[:3]])
    kind, there = ("no", False) if telling else ("open", None)
    said = say("detail", f"hardening.fortify.{kind}", tags, **slots)
    return _Finding("fortify", there, said, (Show(block),), firm=False)


def _relro(table: Table) -> _Finding | None:
    """Read-only relocations: by program header and dynamic section where the dump has them, else by the sections."""
    got, lazy = table.has(".got"), table.has(".got.plt")
    tags = "mitigation memory_safety structure"
    if not got:
        return None
    slots = {"name": table.view.name, "got": table.name(got[0])}
    segment, dumped = _segment(table, _RELRO), _dumped(table)
    if segment is not None and dumped is not None:
        return _segment_relro(table, dumped, segment, slots)
    if dumped is not None and (listed := _every_header(dumped)) is not None:
        return _Finding(
            "relro", False, say("detail", "hardening.relro.no", tags, **slots, **listed[0]), (Show(NAMES), *listed[1])
        )
    shows = (Show(NAMES),)
    if lazy:
        slots["lazy"] = table.name(lazy[0])
        return _Finding("relro", None, say("detail", "hardening.relro.lazy", tags, **slots), shows)
    slots["lazy"] = value.absent(".got.plt", table.path, "name")
    return _Finding("relro", None, say("detail", "hardening.relro.merged", tags, **slots), shows)


def _segment_relro(table: Table, dumped: Bytes, segment: dict[str, Field], slots: dict[str, Text]) -> _Finding:
    """How far read-only relocations reach where their program header is in the dump."""
    tags = "mitigation memory_safety structure"
    field, now = segment["p_type"], _now(table, dumped)
    slots = slots | {"place": dumped.place(field.offset), "bytes": dumped.field(field)}
    shows = (Show(NAMES), dumped.rows([(field.offset, 4), *(now[1] if now else ())]))
    if now is None:
        said = say("detail", "hardening.relro.least_proven", tags, **slots)
        return _Finding("relro", True, said, shows, part=" at least in part")
    if now[0] is None:
        slots["dynamic"] = table.name(table.index[".dynamic"])
        said = say("detail", "hardening.relro.partial_proven", tags, **slots)
        return _Finding("relro", True, said, shows, part=" in part")
    slots |= {"now_bytes": dumped.field(now[0]), "now_place": dumped.place(now[0].offset)}
    return _Finding("relro", True, say("detail", "hardening.relro.full_proven", tags, **slots), shows)


def _every_header(dumped: Bytes) -> tuple[dict[str, Text], tuple[Show, ...]] | None:
    """Number and place of the program headers, and the rows with their types, if the dump holds them all."""
    held, fields = program_headers(dumped.dump), elf_fields(dumped.dump)
    if len(held) < dumped.dump.value(fields["e_phnum"]):
        return None
    spans = [(fields["e_phoff"].offset, 8), (fields["e_phnum"].offset, 2), *((one["p_type"].offset, 4) for one in held)]
    slots = {"start": dumped.hexadecimal(fields["e_phoff"]), "headers": dumped.number(fields["e_phnum"])}
    return slots, (HEADER, dumped.rows(spans))


def _segment(table: Table, kind: int) -> dict[str, Field] | None:
    dumped = _dumped(table)
    if dumped is None:
        return None
    return next((one for one in program_headers(dumped.dump) if dumped.dump.value(one["p_type"]) == kind), None)


def _now(table: Table, dumped: Bytes | None) -> tuple[Field | None, list[tuple[int, int]]] | None:
    """The field that asks for immediate binding (None: no entry does) and the bytes that show it; None: not in the dump."""
    number = table.offset_entry(table.index[".dynamic"]) if ".dynamic" in table.index else None
    if dumped is None or number is None:
        return None
    one = table.entropy[number]
    entries = dynamic_entries(dumped.dump, one.offset, one.size)
    if not entries:
        return None
    found = binds_now(dumped.dump, entries)
    if found is None:
        return None, [(one.offset, 16 * (len(entries) + 1))]
    return found.value, [(found.offset, 16)]


def _stack(table: Table) -> _Finding:
    """Whether the stack may be executed, by the program header for it."""
    segment, dumped = _segment(table, _STACK), _dumped(table)
    slots = {"name": table.view.name}
    tags = "mitigation memory_safety kernel"
    if segment is not None and dumped is not None:
        flags = dumped.dump.value(segment["p_flags"])
        slots |= {"bytes": dumped.field(segment["p_flags"]), "place": dumped.place(segment["p_flags"].offset)}
        kind = "exec" if flags & 1 else "yes"
        return _Finding(
            "nx", not flags & 1, say("detail", f"hardening.nx.{kind}", tags, **slots),
            (HEADER, dumped.rows([(segment["p_type"].offset, 8)])),
        )  # fmt: skip
    if dumped is None:
        return _Finding("nx", None, say("detail", "hardening.nx.no_dump", tags, **slots))
    if (listed := _every_header(dumped)) is not None:
        said = say("detail", "hardening.nx.none", tags, **slots, **listed[0])
        return _Finding("nx", None, said, listed[1], firm=False)
    fields = elf_fields(dumped.dump)
    slots |= {
        "start": dumped.hexadecimal(fields["e_phoff"]), "headers": dumped.number(fields["e_phnum"]),
        "length": value.asked(f"{len(dumped.dump.data)} bytes"),
    }  # fmt: skip
    shows = (HEADER, dumped.rows([(fields["e_phoff"].offset, 8), (fields["e_phnum"].offset, 2)]))
    return _Finding("nx", None, say("detail", "hardening.nx.cut", tags, **slots), shows)


def _words(findings: list[_Finding], there: bool | None, plain: bool) -> Text:
    return value.join([one.plain if plain else one.word for one in findings if one.there is there])


def _lead(table: Table, findings: list[_Finding], plain: bool) -> Say:
    groups = {there: [one for one in findings if one.there is there] for there in (True, False, None)}
    slots = {"name": table.view.name}
    for there, key in ((True, "shown"), (False, "missing"), (None, "open")):
        if groups[there]:
            slots[key] = _words(findings, there, plain)
    kind = "".join(key[0] for key in ("shown", "missing", "open") if key in slots)
    cut = [one for one in findings if one.part == " in part"]
    if kind == "s" and cut:
        kind = "s.part"
        slots["shown"] = _words([one for one in findings if one not in cut], True, plain)
        slots["partial"] = value.join([Text((_PLAIN_WORDS if plain else _WORDS)[one.kind]) for one in cut])
    return say("answer", f"hardening.lead.{kind}", "verdict mitigation decision plain", **slots)


def summary(table: Table, plain: bool) -> tuple[list[Say], tuple[Show, ...]] | None:
    """All mitigations in one statement, then what decides each, with the evidence; None where too little is decided."""
    findings = _findings(table)
    decided = [one for one in findings if one.there is not None]
    if len(decided) < _LEAST:
        return None
    shows = _merged(list(dict.fromkeys(show for one in findings for show in one.shows)))
    return [_lead(table, findings, plain), *(one.said for one in decided)], tuple(shows)


def _report(table: Table, request: Request) -> Draft | None:
    """Every mitigation with its evidence."""
    findings = _findings(table)
    content: list[Content] = [
        _lead(table, findings, request.persona.register == "plain"),
        items(
            "answer",
            say("answer", "hardening.list", "mitigation", name=table.view.name),
            [one.said for one in findings],
            "mitigation",
        ),
    ]
    shows = list(dict.fromkeys(show for one in findings for show in one.shows))
    content += _around(table, findings, shows)
    slots = {"name": table.view.name, "path": table.view.path}
    content += [
        say("limit", "hardening.limit", "limit weakness memory_safety", **slots),
        say("verify", "hardening.verify", "verify mitigation method", **slots),
    ]
    return draft(table, content, *_merged(shows))


def _around(table: Table, findings: list[_Finding], shows: list[Show]) -> list[Content]:
    """What the combination means for an attacker and for a builder."""
    state = {one.kind: one.there for one in findings}
    slots = {"name": table.view.name}
    made: list[Content] = []
    if state.get("pie") and state.get("canary"):
        made.append(say("meaning", "hardening.both", "memory_safety mitigation", **slots))
    if state.get("pie") is False:
        text = table.has(".text", ".plt")
        if text:
            slots |= {"section": table.name(text[0]), "address": table.address(text[0])}
            shows.append(_row(table, text[0]))
            made.append(say("meaning", "hardening.fixed", "memory_safety mitigation address", **slots))
    if state.get("canary") is False:
        made.append(say("meaning", "hardening.no_canary", "memory_safety build mitigation", **slots))
    if _sides(findings)[1]:
        made.append(say("next", "hardening.next", "next method", **slots))
    return made


def _merged(shows: list[Show]) -> list[Show]:
    """The selections of one block put together; ranges stay as they are."""
    chosen: dict[str, set[int]] = {}
    kept: list[Show] = []
    whole = {show.block for show in shows if not show.only and not show.start and show.stop is None}
    for show in shows:
        if show.block in whole:
            if Show(show.block) not in kept:
                kept.append(Show(show.block))
        elif show.block == "hex_dump":
            chosen.setdefault(show.block, set()).update(show.only or range(show.start, show.stop or 0))
        elif show.only:
            chosen.setdefault(show.block, set()).update(show.only)
    return kept + [Show(block, only=tuple(sorted(lines))) for block, lines in chosen.items()]


def _pair(table: Table, request: Request) -> tuple[Draft, Draft] | None:
    """A mitigation that the evidence decides, and one that it leaves open."""
    shown, hidden = _sides(_findings(table))
    if not shown or not hidden:
        return None
    one = shown[request.variant % len(shown)]
    other = hidden[request.variant % len(hidden)]
    shows = _merged(list(dict.fromkeys((Show(NAMES), *one.shows, *other.shows))))
    return _decided(table, one, shows), _open(table, other, one, shows)


def _decided(table: Table, one: _Finding, shows: list[Show]) -> Draft:
    slots = {"name": table.view.name, "what": one.word}
    content: list[Content] = [
        say("answer", f"mitigation.{'yes' if one.there else 'no'}", "decision mitigation", **slots),
        msgspec.structs.replace(one.said, role="answer"),
        say("meaning", f"mitigation.means.{one.kind}", "mitigation memory_safety plain", **slots),
        say("limit", "hardening.limit", "limit weakness memory_safety", **slots),
        say("verify", "hardening.verify", "verify method", path=table.view.path, **slots),
    ]
    return draft(table, content, *shows, slots={"what": Text(_WORDS[one.kind])})


def _open(table: Table, one: _Finding, shown: _Finding, shows: list[Show]) -> Draft:
    slots = {"name": table.view.name, "what": one.word, "other": shown.word}
    content: list[Content] = [
        say("answer", "mitigation.open", "decision mitigation", **slots),
        msgspec.structs.replace(one.said, role="answer"),
        say("detail", f"mitigation.instead{'' if shown.there else '.no'}", "mitigation plain", **slots),
        say("meaning", f"mitigation.means.{one.kind}", "mitigation memory_safety plain", **slots),
        say("next", "hardening.next", "next verify method", **slots),
    ]
    return draft(table, content, *shows, slots={"what": Text(_WORDS[one.kind])}, negative="absent_feature")
