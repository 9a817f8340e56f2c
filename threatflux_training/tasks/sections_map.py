"""The whole table of sections: an overview, a map by purpose, rights that stand out, what kind of executable it is."""

from collections.abc import Sequence
from functools import partial

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Say, Section, items, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence import layout
from threatflux_training.tasks import about, sections_counts
from threatflux_training.tasks.hex_values import Bytes
from threatflux_training.tasks.model import Draft, Offer, Request, Show
from threatflux_training.tasks.sections_table import NAMES, Table, draft, field_line, purpose


def offers(table: Table) -> list[Offer]:
    """Tasks on all sections together; sums need flags that are numbers."""
    made = [
        Offer(task="sections.map", build=partial(_map, table), importance=5, long=True, variants=3, weight=2.2),
        Offer(task="sections.kind", build=partial(_kind, table), importance=4, long=True),
    ]
    if layout.has_hex_flags(table.binary) and len(table.loaded) >= 3:
        made += [
            Offer(task="sections.overview", build=partial(_overview, table), importance=4, long=True, variants=2),
            Offer(task="sections.flags", build=partial(_flags, table), importance=6, long=True, variants=2),
        ]
    return made if table.elf else [one for one in made if one.task != "sections.kind"]


def _overview(table: Table, request: Request) -> Draft | None:
    """How many, how large, which part is code, constants, data; sections without bytes in the file aren't ranked.

    The sizes in a PE file's headers are those in memory, so there the answer doesn't speak of room in the file.
    """
    largest = sorted(filter(table.in_file, table.named), key=lambda index: -table[index].size)
    if not table.fits(request.room) or len(largest) < 2:
        return None
    first, second = largest[:2]
    slots = {
        "name": table.view.name, "count": table.count(), "largest": table.name(first), "size": table.size(first),
        "second": table.name(second), "second_size": table.size(second),
    }  # fmt: skip
    code = layout.has_right("exec", table.binary)
    phrase = "sections.overview.file" if table.elf else "sections.overview"
    content: list[Content] = [say("answer", phrase, "structure size decision", **slots)]
    if (share := table.share(first)) is not None:
        content.append(
            say("answer", f"sections.overview.share.{_sort(table, first)}", "size storage", share=share, **slots)
        )
    lines = items(
        "answer", say("answer", "sections.overview.lead", "structure size", **slots),
        [_line(table, index) for index in largest[: 14 if request.length == "long" else 5]], "structure size address",
    )  # fmt: skip
    content.append(lines)
    content.append(
        say("detail", "sections.overview.code", "code performance size", code=table.sum(code), list=table.names(table.with_right("exec")), **slots)
    )  # fmt: skip
    writable = table.with_right("write")
    if writable:
        bits = layout.has_right("write", table.binary)
        content.append(say("detail", "sections.overview.writable", "data memory_safety size", sum=table.sum(bits), list=table.names(writable), **slots))  # fmt: skip
    unloaded = [index for index in table.named if table[index].virtual_address == 0]
    if unloaded:
        content.append(
            say("meaning", "sections.overview.unloaded", "build storage structure", list=table.names(unloaded), sum=table.sum(["virtual_address", "eq", 0]), **slots)
        )  # fmt: skip
    content += [
        say("limit", "sections.overview.names", "limit weakness method", **slots),
        say(
            "verify",
            "sections.overview.verify" if table.elf else "sections.overview.verify_pe",
            "verify method",
            **slots,
        ),
    ]
    return draft(table, content, Show("binary_info.sections"), *table.size_line())


def _sort(table: Table, index: int) -> str:
    """Code, constants, data or other; where the name is unknown, the right to run makes it code and that to write data."""
    group = layout.role_of(table[index], table.binary).group
    if group == "other":
        rights = table.rights(index)
        found = frozenset(rights) & {"exec", "write"}
        return {frozenset({"exec"}): "code", frozenset({"write"}): "data"}.get(found, "other")
    return group if group in ("code", "constants", "data") else "other"


def _line(table: Table, index: int) -> Say:
    """A section with its size, place and rights."""
    if not table[index].virtual_address:
        return say("detail", "sections.line.unloaded", "structure", section=table.name(index), size=table.size(index))
    rights = table.rights(index)
    kind = "exec" if "exec" in rights else "write" if "write" in rights else "read"
    slots = {"section": table.name(index), "size": table.size(index), "address": table.address(index)}
    return say("detail", f"sections.line.{kind}", "structure", **slots)


def _map(table: Table, request: Request) -> Draft | None:
    """Every section under its purpose, or the groups where there is less room."""
    if not table.fits(request.room):
        return None
    groups: dict[layout.Group, list[int]] = {}
    for index in table.named:
        groups.setdefault(layout.role_of(table[index], table.binary).group, []).append(index)
    present = [group for group in layout.GROUPS if group in groups]
    largest = max(table.named, key=lambda index: table[index].size)
    slots = {
        "name": table.view.name, "count": table.count(), "largest": table.name(largest), "size": table.size(largest),
    }  # fmt: skip
    known = [group for group in present if group != "other"]
    content: list[Content] = [say("answer", "sections.map", "structure decision plain", kinds=_kinds(known), **slots)]
    if request.length == "long" and (request.persona.depth > 1 or request.persona.register != "plain"):
        content += [_group(table, group, groups[group]) for group in present]
        content += [
            say("detail", "sections.map.order", "address method", **slots, **_ends(table)),
            say("limit", "sections.overview.names", "limit weakness method", **slots),
        ]
        return draft(table, content, Show("binary_info.sections"), *table.offset_lines(table.named))
    for group in present if request.persona.depth > 1 else present[:5]:
        listed = {"list": table.names(groups[group]), "name": table.view.name}
        content.append(say("answer", f"sections.map.short.{group}", "structure", **listed))
    content.append(say("limit", "sections.overview.names", "limit weakness method", **slots))
    return draft(table, content, Show("binary_info.sections"))


def _ends(table: Table) -> dict[str, Text]:
    if not table.loaded:
        return {}
    first, last = table.loaded[0], table.loaded[-1]
    return {"first": table.name(first), "start": table.address(first), "last": table.name(last), "end": table.end(last)}


def _kinds(groups: Sequence[layout.Group]) -> Text:
    words = {
        "start": "start-up", "code": "machine code", "constants": "constants", "data": "variables", "linking": "tables for the dynamic linker",
        "unwinding": "unwind tables", "identity": "notes on the build", "debug": "symbols or pointers to them", "table": "the names of the sections",
    }  # fmt: skip
    return value.join([Text(words[group]) for group in groups if group in words])


def _group(table: Table, group: layout.Group, indices: list[int]) -> Section:
    """A heading and its sections, each with size, place and purpose."""
    said = [_placed(table, index) for index in indices]
    lead = say("answer", f"sections.map.lead.{group}", "structure", first=table.name(indices[0]), name=table.view.name)
    if len(said) == 1:
        return Section(say("detail", f"sections.map.heading.{group}"), (_as_answer(said[0]),))
    return Section(say("detail", f"sections.map.heading.{group}"), (items("answer", lead, list(said), "structure"),))


def _placed(table: Table, index: int) -> Say:
    """What a section is for, with what it counts where its size tells that."""
    section = _with_place(table, index)
    return sections_counts.tally(table, index, "detail", section) or purpose(table, index, "detail", section)


def _as_answer(one: Say) -> Say:
    return Say("answer", one.phrase, one.tags, one.slots)


def _with_place(table: Table, index: int) -> Text:
    """`.interp` (28 bytes at 0x318)."""
    parts = [table.name(index), table.size(index)]
    text = f"{parts[0].text} ({parts[1].text}"
    offset = table.offset(index)
    if table[index].virtual_address:
        parts.append(table.address(index))
        text += f" at {parts[-1].text}"
        if offset is not None and offset.text != parts[-1].text:
            parts.append(offset)
            text += f", file offset {offset.text}"
    elif offset is not None:
        parts.append(offset)
        text += f", file offset {offset.text}"
    return Text(text + ")", tuple(source for part in parts for source in part.sources))


def _flags(table: Table, request: Request) -> Draft | None:
    """Writable and executable at once, code outside the usual sections, and what that is worth."""
    if not table.fits(request.room):
        return None
    both = [index for index in table.with_right("exec") if "write" in table.rights(index)]
    executable, writable = table.with_right("exec"), table.with_right("write")
    odd = [index for index in executable if table[index].name not in layout.USUAL_CODE]
    slots = {"name": table.view.name, "count": table.count(), "code": table.names(executable)}
    if not executable:
        return None
    content: list[Content] = []
    if both:
        content.append(
            say(
                "answer",
                "sections.flags.both",
                "weakness memory_safety mitigation malware decision",
                both=table.names(both),
                **slots,
            )
        )
        content.append(
            say(
                "meaning",
                "sections.flags.both.means",
                "weakness memory_safety malware",
                first=table.name(both[0]),
                **slots,
            )
        )
    else:
        apart = "apart" if odd else "none"
        content.append(say("answer", f"sections.flags.{apart}", "mitigation memory_safety decision", **slots))
    if odd:
        content.append(say("answer", "sections.flags.odd", "malware weakness code", odd=table.names(odd), first=table.name(odd[0]), flag=_flag(table, odd[0]), **slots))  # fmt: skip
    else:
        content.append(say("answer", "sections.flags.usual", "code malware", **slots))
    if writable:
        sum_bits = layout.has_right("write", table.binary)
        content.append(say("detail", "sections.flags.writable", "memory_safety data size", list=table.names(writable), sum=table.sum(sum_bits), **slots))  # fmt: skip
    if not both and "exec" not in table.rights(table.loaded[-1]):
        text = executable[-1] if ".text" not in table.index else table.index[".text"]
        content.append(
            say("detail", "sections.flags.read", "mitigation method structure", section=table.name(text), flag=_flag(table, text), **slots)
        )  # fmt: skip
    shows: list[Show] = [Show("binary_info.sections")]
    content.append(
        say("meaning", "knowledge.elf_section_flags" if table.elf else "knowledge.pe_section_flags", "method structure")
    )
    content += _changes_rights(table, slots, shows)
    content += [
        say(
            "limit", "sections.flags.limit" if table.elf else "sections.flags.limit_pe", "limit kernel method", **slots
        ),
        say(
            "verify", "sections.flags.verify" if table.elf else "sections.flags.verify_pe", "verify mitigation", **slots
        ),
    ]
    return draft(table, content, *shows)


def _flag(table: Table, index: int) -> Text:
    return value.code(table[index].characteristics, table.place(index, "characteristics"))


def _changes_rights(table: Table, slots: dict[str, Text], shows: list[Show]) -> list[Content]:
    """Whether the program imports a function that changes the rights of memory while it runs."""
    symbols = table.view.file.symbols
    if symbols is None or not symbols.imports:
        return []
    wanted = "mprotect" if table.elf else "VirtualProtect"
    names = [one.name for one in symbols.imports]
    shows_names = Show("symbols.imports")
    if wanted in names:
        number = names.index(wanted)
        shows.append(Show("symbols.imports", only=(number,)))
        found = value.code(wanted, table.view.at("symbols", f".imports[{number}].name"))
        return [say("meaning", "sections.flags.changes", "malware memory_safety imports", symbol=found, **slots)]
    if any(name.startswith(wanted) for name in names) or not table.view.lines("symbols.imports").within(600):
        return []
    shows.append(shows_names)
    missing = value.absent(wanted, table.view.at("symbols", ".imports"), "name")
    return [say("meaning", "sections.flags.no_change", "malware memory_safety imports", symbol=missing, **slots)]


def _kind(table: Table, request: Request) -> Draft | None:
    """Program or library, dynamic or static: what the sections and the entry point agree on."""
    binary = table.binary
    entry = binary.entry_point
    dynamic, interp = table.has(".dynamic"), table.has(".interp")
    slots = {"name": table.view.name, "count": table.count()}
    shows: list[Show] = [*field_line(table.view, "binary_info", "format", "entry_point", "architecture"), Show(NAMES)]
    if entry is not None:
        slots["entry"] = value.hexadecimal(entry, table.view.at("binary_info", ".entry_point")) if entry else value.code("0", table.view.at("binary_info", ".entry_point"))  # fmt: skip
    both = bool(interp and dynamic and about.is_library(table.view))
    kind = (
        "unclear"
        if both
        else "program"
        if interp and dynamic
        else "library"
        if dynamic and not entry
        else "static"
        if entry and not dynamic
        else "unclear"
    )
    if kind == "unclear" and not entry:
        return None
    lines = [*interp, *dynamic, *table.has(".text")]
    slots |= {key: table.name(found[0]) for key, found in (("interp", interp), ("dynamic", dynamic)) if found}
    for key, name in (("no_interp", ".interp"), ("no_dynamic", ".dynamic")):
        if name not in table.index:
            slots[key] = value.absent(name, table.path, "name")
    content: list[Content] = [
        say("answer", f"sections.kind.{kind}", "identity structure decision plain", **slots),
        say("answer", f"sections.kind.{'both' if both else kind}.why", "structure kernel method", **slots),
    ]
    content += _loader(table, slots, shows)
    dump = table.view.file.hex_dump
    if dump is not None and dump.offset == 0 and len(dump.data) >= 64 and dump.data[5] == 1:
        kinds = {2: "exec", 3: "dyn"}
        number = int.from_bytes(dump.data[16:18], "little")
        if number in kinds:
            dumped = Bytes(table.view)
            raw = {"bytes": dumped.raw(16, 2), "place": dumped.place(16)}
            content.append(
                say("detail", f"sections.kind.type.{kinds[number]}", "structure address mitigation", **raw, **slots)
            )
            shows.append(dumped.rows([(16, 2)]))
    if binary.imports and kind != "static" and len(binary.imports) <= 12 and about.names_libraries(binary):
        needed = [
            value.code(one, table.view.at("binary_info", f".imports[{number}]"))
            for number, one in enumerate(binary.imports)
        ]
        phrase = "sections.kind.needs" if len(needed) > 1 else "sections.kind.needs_one"
        content.append(say("detail", phrase, "package container imports", libraries=value.join(needed), **slots))
        shows.append(Show("binary_info.imports"))
    init = table.has(".init_array")
    if init:
        content.append(
            say(
                "meaning",
                f"sections.kind.{kind}.init",
                "process code",
                init=table.name(init[0]),
                size=table.size(init[0]),
                **slots,
            )
        )
    content += [
        say("limit", f"sections.kind.{kind}.limit", "limit method", **slots),
        say("verify", "sections.kind.verify", "verify method package", **slots),
    ]
    return draft(table, content, *shows, table.lines([*lines, *init], request.room))


def _loader(table: Table, slots: dict[str, Text], shows: list[Show]) -> list[Content]:
    """The loader's path, where it stands in the list of strings and fills .interp exactly."""
    strings = table.view.file.strings
    if ".interp" not in table.index or strings is None:
        return []
    index = table.index[".interp"]
    for number, text in enumerate(strings.ascii[:5]):
        if text.startswith("/") and len(text) + 1 == table[index].size:
            shows.append(Show("strings", 0, number + 1))
            path = value.code(text, table.view.at("strings", f"{strings.list_path}[{number}]"))
            return [
                say(
                    "detail",
                    "sections.kind.loader",
                    "container kernel path",
                    loader=path,
                    size=table.size(index),
                    **slots,
                )
            ]
    return []
