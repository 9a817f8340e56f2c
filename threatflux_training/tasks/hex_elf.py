"""The ELF header read from its bytes: type and entry point, single fields, all fields, tables, program headers."""

from collections.abc import Mapping, Sequence

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Role, Say, Section, items, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.headers import Field, begun_header, elf_fields, program_headers
from threatflux_training.hashing import ordered
from threatflux_training.tasks.about import is_library
from threatflux_training.tasks.compound import SURROUNDINGS
from threatflux_training.tasks.hex_values import HEADER, Bytes, plain, quoted
from threatflux_training.tasks.model import Draft, Offer, Request, Show

TYPES = {1: "rel", 2: "exec", 3: "dyn", 4: "core"}
MACHINES = {
    3: "x86",
    8: "MIPS",
    20: "PowerPC",
    40: "ARM",
    62: "x86-64",
    183: "AArch64",
    243: "RISC-V",
    258: "LoongArch",
}
SYSTEMS = {0: "System V", 3: "GNU/Linux", 9: "FreeBSD"}
SEGMENTS = {
    1: "LOAD", 2: "DYNAMIC", 3: "INTERP", 4: "NOTE", 6: "PHDR", 7: "TLS", 0x6474E550: "GNU_EH_FRAME", 0x6474E551: "GNU_STACK",
    0x6474E552: "GNU_RELRO", 0x6474E553: "GNU_PROPERTY",
}  # fmt: skip
_ASKED = (
    "e_machine", "e_shoff", "e_shnum", "e_phnum", "e_phoff", "e_entry", "EI_CLASS", "EI_DATA", "EI_OSABI", "e_type", "e_shstrndx",
    "e_shentsize", "e_phentsize", "e_ehsize", "e_flags",
)  # fmt: skip
_TAGS = {
    "e_machine": "hardware structure", "EI_CLASS": "hardware structure", "EI_DATA": "hardware structure", "e_entry": "address code",
    "e_type": "mitigation structure address", "EI_OSABI": "kernel structure",
}  # fmt: skip


def offers(dumped: Bytes) -> list[Offer]:
    """Tasks on an ELF header that the dump holds."""
    fields = elf_fields(dumped.dump)
    if "e_shstrndx" not in fields:
        return []
    made = [
        Offer(task="hex.entry", build=lambda r: _entry(dumped, fields, r), importance=4, long=True),
        Offer(task="hex.field", build=lambda r: _field(dumped, fields, r), importance=3, variants=5, long=True),
        Offer(task="hex.walk", build=lambda r: _walk(dumped, fields, r), importance=4, long=True),
        Offer(task="hex.tables", build=lambda r: _tables(dumped, fields, r), importance=3, long=True),
        Offer(task="hex.target", build=lambda r: _target(dumped, fields, r), importance=3, long=True),
    ]
    if len(program_headers(dumped.dump)) >= 2:
        made.append(Offer(task="hex.segments", build=lambda r: _segments(dumped, fields, r), importance=4, long=True))
    return made


def _draft(
    dumped: Bytes, spans: list[tuple[int, int]], content: list[Content], slots: dict[str, Text] | None = None
) -> Draft:
    shows: tuple[Show, ...] = (HEADER, dumped.rows(spans))
    return Draft(slots=slots or {}, shows=shows, content=tuple(content), context=SURROUNDINGS)


def _spans(fields: dict[str, Field], *names: str) -> list[tuple[int, int]]:
    return [(0, 16), *((fields[name].offset, fields[name].size) for name in names)]


def _said(dumped: Bytes, field: Field) -> dict[str, Text]:
    return {
        "offset": dumped.place(field.offset), "bytes": dumped.field(field), "hex": dumped.hexadecimal(field),
        "number": dumped.number(field), "field": plain(field.name), "name": dumped.view.name,
    }  # fmt: skip


def _kind(dumped: Bytes, fields: dict[str, Field]) -> str:
    return TYPES.get(dumped.dump.value(fields["e_type"]), "other")


def _interp(dumped: Bytes) -> dict[str, Text] | None:
    """Place and type bytes of a program header that names the loader, where the dump reaches one: most libraries lack it."""
    found = next(
        (one for one in program_headers(dumped.dump) if SEGMENTS.get(dumped.dump.value(one["p_type"])) == "INTERP"),
        None,
    )
    if found is None:
        return None
    return {"interp_place": dumped.place(found["p_type"].offset), "interp_bytes": dumped.field(found["p_type"])}


def _interp_span(dumped: Bytes) -> list[tuple[int, int]]:
    return [
        (one["p_type"].offset, 4)
        for one in program_headers(dumped.dump)
        if SEGMENTS.get(dumped.dump.value(one["p_type"])) == "INTERP"
    ][:1]


def _entry(dumped: Bytes, fields: dict[str, Field], request: Request) -> Draft:
    """Position independence and the entry point (two fields)."""
    kind, entry = _kind(dumped, fields), fields["e_entry"]
    slots = {f"type_{key}": text for key, text in _said(dumped, fields["e_type"]).items()}
    slots |= {f"entry_{key}": text for key, text in _said(dumped, entry).items()} | {"name": dumped.view.name}
    none = dumped.dump.value(entry) == 0
    interp = _interp(dumped) if kind == "dyn" else None
    content: list[Content] = [
        say("answer", f"hex.entry.{kind}", "structure address mitigation", **slots),
        say("answer", "hex.entry.none" if none else "hex.entry.at", "address code", **slots),
    ]
    if interp is not None and not is_library(dumped.view):
        content.append(say("answer", "hex.entry.interp", "structure mitigation", **slots, **interp))
    elif interp is None and kind == "dyn" and not none:
        content.append(say("limit", "hex.entry.library", "limit structure", **slots))
    if kind != "dyn" or not none:
        content.append(say("meaning", f"hex.type.{kind}.means", "mitigation address plain", **slots))
    content.append(say("detail", "hex.order", "hardware method", ident=dumped.raw(4, 2), magic=dumped.raw(0, 4)))
    if kind == "dyn" and not none:
        content.append(say("meaning", "hex.entry.relative", "address mitigation memory_safety", **slots))
    if not none:
        content.append(say("next", "hex.entry.next", "next code", **slots))
    return _draft(dumped, [*_spans(fields, "e_type", "e_entry"), *_interp_span(dumped)], content)


_FLAGLESS = (3, 62)
"""Machines without flags of their own: x86 and x86-64."""
_WITH = {"e_shentsize": "e_shnum", "e_phentsize": "e_phnum", "e_phoff": "e_ehsize", "e_ehsize": "e_phoff"}
"""The field that gives another one its sense."""


def _sense(dumped: Bytes, fields: dict[str, Field], name: str) -> tuple[str, dict[str, Text]]:
    """The phrase on what a field means, and what the field that goes with it adds."""
    other = fields.get(_WITH.get(name, ""))
    if name == "e_entry" and not dumped.dump.value(fields[name]):
        return "hex.field.e_entry.none", {}
    if name == "e_flags" and dumped.dump.value(fields["e_machine"]) not in _FLAGLESS:
        return "hex.field.e_flags.other", {}
    if other is None:
        return f"hex.field.{name}", {}
    if name in ("e_phoff", "e_ehsize"):
        if dumped.dump.value(fields[name]) != dumped.dump.value(other):
            return f"hex.field.{name}", {}
        return f"hex.field.{name}.behind", {"header": dumped.number(other), "table": dumped.hexadecimal(other)}
    total = dumped.dump.value(fields[name]) * dumped.dump.value(other)
    product = value.computed(
        value.with_unit(f"{total:,}", total, "byte|bytes"), "grouped",
        ["product", dumped.read(fields[name]), dumped.read(other)], "byte|bytes",
    )  # fmt: skip
    return f"hex.field.{name}", {"count": dumped.number(other), "total": product}


def _field(dumped: Bytes, fields: dict[str, Field], request: Request) -> Draft:
    asked = [name for name in _ASKED if name in fields]
    name = ordered(dumped.view.file.key, asked)[request.variant % len(asked)]
    field = fields[name]
    slots = _said(dumped, field) | {"what": meaning(dumped, field)}
    phrase, more = _sense(dumped, fields, name)
    content: list[Content] = [
        say("answer", "hex.field.value" if field.size > 1 else "hex.field.byte", "structure address", **slots),
        say("answer", phrase, _TAGS.get(name, "structure address kernel"), **slots, **more),
    ]
    if field.size > 1:
        content.append(say("detail", "hex.order", "hardware method", ident=dumped.raw(4, 2), magic=dumped.raw(0, 4)))
    content += _neighbors(dumped, fields, name)
    names = [*_beside(fields, name), *([_WITH[name]] if name in _WITH else [])]
    return _draft(dumped, _spans(fields, *names), content, {"field": quoted(name), "name": dumped.view.name})


def _beside(fields: dict[str, Field], name: str) -> list[str]:
    order = sorted(fields.values(), key=lambda field: field.offset)
    place = [field.name for field in order].index(name)
    return [field.name for field in order[max(0, place - 1) : place + 2]]


def _neighbors(dumped: Bytes, fields: dict[str, Field], name: str) -> list[Content]:
    """The fields before and after, in one sentence."""
    described: list[Text] = []
    for other in _beside(fields, name):
        if other != name:
            field = fields[other]
            parts = (dumped.place(field.offset), dumped.field(field), meaning(dumped, field))
            text = f"{other} at {parts[0].text} ({parts[1].text}, {parts[2].text})"
            described.append(Text(text, tuple(source for part in parts for source in part.sources)))
    phrase = "hex.field.beside" if len(described) > 1 else "hex.field.beside.one"
    return [say("detail", phrase, "method structure", list=value.join(described))]


def meaning(dumped: Bytes, field: Field) -> Text:
    """The value in words, or as a number where it has none."""
    number = dumped.dump.value(field)
    words = {
        "e_machine": MACHINES, "EI_OSABI": SYSTEMS, "EI_CLASS": {1: "32-bit", 2: "64-bit"}, "EI_DATA": {1: "little-endian", 2: "big-endian"},
        "e_type": {1: "ET_REL", 2: "ET_EXEC", 3: "ET_DYN", 4: "ET_CORE"},
    }.get(field.name, {})  # fmt: skip
    if number in words:
        return plain(words[number])
    return (
        dumped.hexadecimal(field)
        if field.name in ("e_entry", "e_phoff", "e_shoff", "e_flags")
        else dumped.number(field)
    )


def _target(dumped: Bytes, fields: dict[str, Field], request: Request) -> Draft:
    """Machine, word size, byte order, system."""
    machine = fields["e_machine"]
    slots = _said(dumped, machine) | {
        "machine": meaning(dumped, machine), "bits": meaning(dumped, fields["EI_CLASS"]), "order": meaning(dumped, fields["EI_DATA"]),
        "system": meaning(dumped, fields["EI_OSABI"]), "class_byte": dumped.field(fields["EI_CLASS"]),
        "data_byte": dumped.field(fields["EI_DATA"]), "system_byte": dumped.field(fields["EI_OSABI"]),
    }  # fmt: skip
    content: list[Content] = [
        say("answer", "hex.target", "hardware plain identity decision", **slots),
        say("detail", "hex.target.machine", "hardware structure", **slots),
        say("detail", "hex.target.ident", "hardware method", **slots),
        say("meaning", "hex.target.means", "hardware container plain", **slots),
        say("limit", "hex.target.system", "kernel limit", **slots),
    ]
    return _draft(dumped, _spans(fields, "e_machine"), content)


def _tables(dumped: Bytes, fields: dict[str, Field], request: Request) -> Draft:
    """Where the section headers lie, and whether they end with the file."""
    start, count, size = fields["e_shoff"], fields["e_shnum"], fields["e_shentsize"]
    end = dumped.dump.value(start) + dumped.dump.value(count) * dumped.dump.value(size)
    total = dumped.dump.total
    slots = {
        "start": dumped.hexadecimal(start), "start_number": dumped.number(start), "start_bytes": dumped.field(start),
        "count": dumped.number(count), "size": dumped.number(size), "name": dumped.view.name, "count_bytes": dumped.field(count),
        "end": value.computed(f"{end:,}", "grouped", ["sum", dumped.read(start), ["product", dumped.read(count), dumped.read(size)]], ""),
        "place": dumped.place(start.offset), "count_place": dumped.place(count.offset),
    }  # fmt: skip
    metadata = dumped.view.file.metadata
    known = metadata is not None and metadata.file_size == total
    content: list[Content] = [
        say("answer", "hex.tables", "structure size address", **slots),
        say("answer", "hex.tables.sum", "structure size method", **slots),
    ]
    if known:
        slots["total"] = value.grouped(total, dumped.view.at("metadata", ".file_size"), "byte|bytes")
        phrase = "hex.tables.ends" if end == total else "hex.tables.more" if end < total else "hex.tables.cut"
        content.append(say("answer", phrase, "structure size provenance decision", **slots))
    content.append(
        say(
            "detail",
            "hex.tables.names",
            "structure kernel",
            index=dumped.number(fields["e_shstrndx"]),
            name=dumped.view.name,
        )
    )
    content.append(say("limit", "hex.tables.limit", "limit structure", **slots))
    draft = _draft(dumped, _spans(fields, "e_shoff", "e_shnum", "e_shstrndx"), content)
    return Draft(
        slots={}, shows=(*draft.shows, *((Show("metadata"),) if known else ())), content=draft.content, context=SURROUNDINGS,
    )  # fmt: skip


def _walk(dumped: Bytes, fields: dict[str, Field], request: Request) -> Draft:
    """Every field of the header; as steps under headings where there is room."""
    groups = (
        ("ident", ("EI_CLASS", "EI_DATA", "EI_OSABI")),
        ("kind", ("e_type", "e_machine", "e_entry")),
        ("tables", ("e_phoff", "e_phentsize", "e_phnum", "e_shoff", "e_shentsize", "e_shnum", "e_shstrndx")),
    )
    said = {
        heading: [_step(dumped, fields[name]) for name in names if name in fields] for heading, names in groups
    }  # fmt: skip
    kind = _kind(dumped, fields)
    slots = _said(dumped, fields["e_entry"]) | {
        "machine": meaning(dumped, fields["e_machine"]),
        "magic": dumped.raw(0, 4),
    }
    interp = _interp(dumped) if kind == "dyn" else None
    slots |= interp or {}
    sort = "pie" if interp and not is_library(dumped.view) else kind
    content: list[Content] = [say("answer", f"hex.walk.{sort}", "structure plain identity", **slots)]
    for heading, steps in said.items():
        lead = say("answer", f"hex.walk.lead.{heading}", "structure")
        if request.length == "long":
            content.append(
                Section(
                    say("detail", f"hex.walk.heading.{heading}"), (items("answer", lead, list(steps), "structure"),)
                )
            )
        else:
            role: Role = "answer" if heading == "kind" or request.length != "short" else "detail"
            content.append(items(role, lead, list(steps), "structure"))
    content.append(say("meaning", f"hex.type.{kind}.means", "mitigation address plain", name=dumped.view.name))
    return _draft(dumped, [(0, 64 if dumped.dump.data[4] == 2 else 52), *_interp_span(dumped)], content)


def _step(dumped: Bytes, field: Field) -> Say:
    slots = _said(dumped, field) | {"what": meaning(dumped, field)}
    worded = slots["what"].sources == ()
    return say(
        "detail",
        "hex.walk.step" if worded or field.size == 1 else "hex.walk.step_number",
        _TAGS.get(field.name, "structure"),
        **slots,
    )


def segment_kinds(dumped: Bytes, headers: Sequence[Mapping[str, Field]]) -> Text:
    """The types of the first program headers in words, each once."""
    named = [SEGMENTS.get(dumped.dump.value(one["p_type"]), "an unknown type") for one in headers[:3]]
    return value.join(
        [plain(f"several {kind} entries" if named.count(kind) > 1 else kind) for kind in dict.fromkeys(named)]
    )


def _segments(dumped: Bytes, fields: dict[str, Field], request: Request) -> Draft:
    """The program headers in the dump: what the loader is told."""
    headers = program_headers(dumped.dump)
    count = dumped.dump.value(fields["e_phnum"])
    chosen = _telling(dumped, headers) if request.length == "short" else headers
    slots = {
        "start": dumped.hexadecimal(fields["e_phoff"]),
        "count": dumped.number(fields["e_phnum"]),
        "name": dumped.view.name,
        "size": dumped.number(fields["e_phentsize"], "byte|bytes"),
    }
    whole = len(headers) == count
    content: list[Content] = [
        say(
            "answer",
            "hex.segments" if whole else "hex.segments.some",
            "structure kernel",
            kinds=segment_kinds(dumped, headers),
            **slots,
        )
    ]
    content.append(
        items(
            "answer",
            say("answer", "hex.segments.lead" if chosen == headers else "hex.segments.lead.some", "structure"),
            [_segment(dumped, one) for one in chosen],
            "kernel structure address",
        )
    )
    for one in headers:
        kind, flags = SEGMENTS.get(dumped.dump.value(one["p_type"])), dumped.dump.value(one["p_flags"])
        if kind == "GNU_STACK":
            phrase = "hex.segments.stack_exec" if flags & 1 else "hex.segments.stack"
            content.append(say("meaning", phrase, "mitigation memory_safety", flags=dumped.field(one["p_flags"])))
        if kind == "INTERP":
            content.append(
                say(
                    "meaning",
                    "hex.segments.interp",
                    "kernel structure container",
                    offset=dumped.hexadecimal(one["p_offset"]),
                    size=dumped.number(one["p_filesz"], "byte|bytes"),
                )
            )
        if kind == "LOAD" and flags & 3 == 3:
            content.append(
                say(
                    "meaning",
                    "hex.segments.wx",
                    "weakness mitigation memory_safety",
                    address=dumped.hexadecimal(one["p_vaddr"]),
                )
            )
    last = headers[-1]["p_align"]
    if not whole and (begun := begun_header(dumped.dump)) is not None and chosen == headers:
        content.append(_begun(dumped, begun))
        last = list(begun.values())[-1]
    if not whole:
        content.append(say("limit", "hex.segments.limit", "limit structure", **slots))
    return _draft(dumped, [(0, last.offset + last.size)], content)


_FEW = 3
"""Program headers that a short answer decodes."""


def _telling(dumped: Bytes, headers: list[dict[str, Field]]) -> list[dict[str, Field]]:
    """The headers that tell most of code and protection, in file order: executable segment, stack, RELRO, then other segments."""

    def rank(one: dict[str, Field]) -> int:
        kind, flags = SEGMENTS.get(dumped.dump.value(one["p_type"])), dumped.dump.value(one["p_flags"])
        return 0 if kind in ("GNU_STACK", "GNU_RELRO") or (kind == "LOAD" and flags & 1) else 1 if kind == "LOAD" else 2

    chosen = sorted(range(len(headers)), key=lambda index: rank(headers[index]))[:_FEW]
    return [headers[index] for index in sorted(chosen)]


def _begun(dumped: Bytes, one: dict[str, Field]) -> Say:
    """The header that the dump holds in part, with those of its fields that are in it."""
    slots, phrase = _kind_and_rights(dumped, one), "hex.segments.begun"
    if "p_vaddr" in one:
        phrase = "hex.segments.begun.address"
        slots |= {"offset": dumped.hexadecimal(one["p_offset"]), "address": dumped.hexadecimal(one["p_vaddr"])}
    if "p_filesz" in one:
        phrase = "hex.segments.begun.size"
        slots["file"] = dumped.hexadecimal(one["p_filesz"])
    return say("detail", phrase, "kernel structure address", **slots)


def _kind_and_rights(dumped: Bytes, one: dict[str, Field]) -> dict[str, Text]:
    number, flags = dumped.dump.value(one["p_type"]), dumped.dump.value(one["p_flags"])
    rights = value.join(
        [plain(word) for bit, word in ((4, "readable"), (2, "writable"), (1, "executable")) if flags & bit]
        or [plain("no rights")]
    )
    return {
        "kind": plain(SEGMENTS[number]) if number in SEGMENTS else dumped.hexadecimal(one["p_type"]),
        "place": dumped.place(one["p_type"].offset), "rights": rights,
    }  # fmt: skip


def _segment(dumped: Bytes, one: dict[str, Field]) -> Say:
    slots = _kind_and_rights(dumped, one) | {
        "offset": dumped.hexadecimal(one["p_offset"]), "address": dumped.hexadecimal(one["p_vaddr"]),
        "file": dumped.hexadecimal(one["p_filesz"]), "memory": dumped.hexadecimal(one["p_memsz"]),
    }  # fmt: skip
    same = dumped.dump.value(one["p_filesz"]) == dumped.dump.value(one["p_memsz"])
    return say("detail", "hex.segment" if same else "hex.segment.more", "structure kernel", **slots)
