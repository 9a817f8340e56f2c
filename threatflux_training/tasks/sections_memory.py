"""Sections against the file: what takes memory and no bytes, which bytes belong to no section."""

from functools import partial

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence import layout
from threatflux_training.tasks.model import Draft, Offer, Request, Show
from threatflux_training.tasks.sections_table import OFFSETS, TECHNICAL, Table, draft

_UNIT = "byte|bytes"


def offers(table: Table) -> list[Offer]:
    """Tasks that need file offsets and the size of the file."""
    if not table.entropy or not table.total or not table.loaded or len(table.entropy) < 4:
        return []
    made = [Offer(task="sections.memory", build=partial(_memory, table), importance=3, long=True)]
    if table.elf and _gaps(table):
        made.append(
            Offer(task="sections.gaps", build=partial(_gaps_draft, table), importance=4, long=True, personas=TECHNICAL)
        )
    return made


def _zeros(table: Table) -> list[int]:
    """Loaded sections without bytes in the file."""
    return [index for index in table.loaded if "bss" in table[index].name]


def _memory(table: Table, request: Request) -> Draft | None:
    """How much memory the sections take, compared with the file."""
    if not table.fits(request.room):
        return None
    file_size = value.grouped(table.total or 0, table.view.at("metadata", ".file_size"), _UNIT)
    loaded = ["virtual_address", "gt", 0]
    slots = {"name": table.view.name, "file_size": file_size, "memory": table.sum(loaded)}
    content: list[Content] = [say("answer", "sections.memory", "size performance storage decision", **slots)]
    zeros = _zeros(table)
    for index in zeros[:2]:
        content.append(
            say(
                "answer",
                "sections.memory.zeros",
                "size data storage",
                section=table.name(index),
                size=table.size(index),
                **slots,
            )
        )
    if not zeros:
        content.append(say("answer", "sections.memory.no_zeros", "size data", **slots))
    unloaded = [index for index in table.named if table[index].virtual_address == 0]
    if unloaded:
        content.append(
            say("detail", "sections.memory.unloaded", "storage build size", list=table.names(unloaded), sum=table.sum(["virtual_address", "eq", 0]), **slots)
        )  # fmt: skip
    first, last = table.loaded[0], table.loaded[-1]
    span = table[last].virtual_address + table[last].size - table[first].virtual_address
    inner = [
        "difference", ["sum", table.place(last, "virtual_address"), table.place(last, "size")], table.place(first, "virtual_address"),
    ]  # fmt: skip
    spans = {
        "span": value.computed(value.with_unit(f"{span:,}", span, _UNIT), "grouped", inner, _UNIT),
        "first": table.name(first), "last": table.name(last), "start": table.address(first), "end": table.end(last),
    }  # fmt: skip
    content.append(say("meaning", "sections.memory.span", "address kernel performance", **spans, **slots))
    content += _raw(table)
    writable = table.with_right("write")
    if writable and layout.has_hex_flags(table.binary):
        bits = layout.has_right("write", table.binary)
        content.append(say("meaning", "sections.memory.private", "performance kernel process", sum=table.sum(bits), list=table.names(writable), **slots))  # fmt: skip
    content.append(say("limit", "sections.memory.limit", "limit performance", **slots))
    shows = [Show("binary_info.sections"), *table.size_line()]
    return draft(table, content, *shows, *(() if table.elf else (Show(OFFSETS),)))


def _raw(table: Table) -> list[Content]:
    """PE sections whose size in memory and in the file differ most."""
    if table.elf:
        return []
    grown: list[tuple[int, int, int]] = []
    for index in table.loaded:
        number = table.offset_entry(index)
        if number is not None and table[index].size > table.entropy[number].size:
            grown.append((table[index].size - table.entropy[number].size, index, number))
    if not grown:
        return [say("detail", "sections.memory.raw_even", "structure storage", name=table.view.name)]
    _, index, number = max(grown)
    raw = value.grouped(table.entropy[number].size, table.view.at("entropy", f".sections[{number}].size"), _UNIT)
    slots = {"section": table.name(index), "size": table.size(index), "raw": raw}
    return [say("detail", "sections.memory.raw", "structure storage data", **slots)]


def _gaps(table: Table) -> list[tuple[int, int, int]]:
    """File ranges between neighboring entries of the list of offsets: size, entry before, entry after."""
    real = [number for number, _ in enumerate(table.entropy) if not layout.without_bytes(table.entropy, number)]
    ordered = sorted(real, key=lambda number: table.entropy[number].offset)
    found = []
    for before, after in zip(ordered, ordered[1:], strict=False):
        gap = table.entropy[after].offset - table.entropy[before].offset - table.entropy[before].size
        if gap >= 64:
            found.append((gap, before, after))
    return sorted(found, reverse=True)


def _gaps_draft(table: Table, request: Request) -> Draft | None:
    """Where bytes lie that belong to no section: between segments, and behind the last section."""
    lines = table.view.lines(OFFSETS)
    if not lines.within(request.room):
        return None
    found = _gaps(table)
    root = table.view.at("entropy", ".sections")
    content: list[Content] = []
    for place, (size, before, after) in enumerate(found[: 6 if request.length == "long" else 3]):
        slots = _gap(table, root, size, before, after)
        content.append(
            say("answer", "sections.gaps" if not place else "sections.gaps.more", "structure size storage", **slots)
        )
    last = max(range(len(table.entropy)), key=lambda number: table.entropy[number].offset)
    one = table.entropy[last]
    end = one.offset + one.size
    end_inner = ["sum", f"{root}[{last}].offset", f"{root}[{last}].size"]
    tail = (table.total or 0) - end
    slots = {
        "name": table.view.name, "last": value.code(one.name, f"{root}[{last}].name"), "end": value.computed(hex(end), "hex", end_inner),
        "total": value.grouped(table.total or 0, table.view.at("metadata", ".file_size"), _UNIT),
    }  # fmt: skip
    if tail > 0:
        inner = ["difference", table.view.at("metadata", ".file_size"), end_inner]
        slots["tail"] = value.computed(value.with_unit(f"{tail:,}", tail, _UNIT), "grouped", inner, _UNIT)
        content.append(say("answer", "sections.gaps.tail", "structure size", **slots))
        headers = 64 * len(table.all)
        if 0 <= tail - headers < 8 and table.binary.architecture == "x86_64":
            content.append(
                say("meaning", "sections.gaps.headers", "structure method malware", count=_rows(table), **slots)
            )
            content.append(say("detail", "knowledge.elf_section_header_size", "method structure"))
    content += [
        say("meaning", "sections.gaps.means", "storage kernel method plain", **slots),
        say("limit", "sections.gaps.limit", "limit malware", **slots),
        say("verify", "sections.gaps.verify", "verify malware method", **slots),
    ]
    return draft(
        table,
        content,
        Show(OFFSETS),
        *table.size_line(),
        Show("binary_info.sections") if "count" in _used(content) else Show(OFFSETS),
    )


def _used(content: list[Content]) -> set[str]:
    return {slot for one in content for slot in getattr(one, "slots", {})}


def _rows(table: Table) -> Text:
    return value.counted(len(table.all), table.path, "entry|entries")


def _gap(table: Table, root: str, size: int, before: int, after: int) -> dict[str, Text]:
    end = ["sum", f"{root}[{before}].offset", f"{root}[{before}].size"]
    stop = table.entropy[before].offset + table.entropy[before].size
    return {
        "size": value.computed(value.with_unit(f"{size:,}", size, _UNIT), "grouped", ["difference", f"{root}[{after}].offset", end], _UNIT),
        "before": value.code(table.entropy[before].name, f"{root}[{before}].name"),
        "after": value.code(table.entropy[after].name, f"{root}[{after}].name"),
        "end": value.computed(hex(stop), "hex", end),
        "start": value.hexadecimal(table.entropy[after].offset, f"{root}[{after}].offset"),
        "name": table.view.name,
    }  # fmt: skip
