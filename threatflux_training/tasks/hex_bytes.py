"""Bytes at an offset, numbers at an offset, text among bytes, and what an excerpt of a dump holds."""

from bisect import bisect_left
from typing import Literal

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Say, items, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.headers import Field, elf_fields, format_of, program_headers, texts
from threatflux_training.evidence.string_kinds import secret_names
from threatflux_training.hashing import pick
from threatflux_training.reports.features import WIDTH
from threatflux_training.tasks.compound import SURROUNDINGS, firm_pair
from threatflux_training.tasks.hex_elf import segment_kinds
from threatflux_training.tasks.hex_place import home, section
from threatflux_training.tasks.hex_values import BLOCK, HEADER, Bytes
from threatflux_training.tasks.listing import few
from threatflux_training.tasks.model import Draft, Offer, Request, Show

_SIZES = (4, 8, 16)
_ROW_TOKENS = 56
"""Tokens of a row that is full of different bytes; rows of zeros need half as many."""
_MOST = 400
_GAP = 64
"""Bytes of zeros from which a stretch is worth naming."""
_BIG = 2
"""EI_DATA of a file whose numbers have the high byte first."""
_PAGE = 0x1000
"""Segments begin at multiples of it."""
_FIRST_LINE = 48
"""Characters of an interpreter line that is quoted."""


def offers(dumped: Bytes) -> list[Offer]:
    """Tasks on any dump."""
    size = len(dumped.dump.data)
    if size < 32:
        return []
    rows = size // WIDTH
    made = [
        Offer(task="hex.bytes", build=lambda r: firm_pair(_at(dumped, r), r), importance=2, pair=True, variants=4),
        Offer(task="hex.number", build=lambda r: _number(dumped, r), importance=2, variants=2, weight=0.5),
    ]
    if dumped.dump.offset == 0:
        made.append(Offer(task="hex.extent", build=lambda r: _extent(dumped, r), importance=2, weight=0.6))
    found = texts(dumped.dump, dumped.dump.offset, dumped.end)
    quotable = [(at, text) for at, text in found if len(text) <= 100 and _worded(text) and not secret_names(text)]
    if len(found) > 2:
        variants = 1 + min(7, rows // 24)
        made.append(
            Offer(
                task="hex.text",
                build=lambda r: _texts(dumped, found, quotable, r),
                importance=4,
                variants=variants,
                long=rows > 60,
            )
        )
        made.append(
            Offer(
                task="hex.string", build=lambda r: _string(dumped, found, r), importance=3, variants=min(5, len(found))
            )
        )
    if rows > 40:
        made.append(Offer(task="hex.fill", build=lambda r: _fill(dumped, quotable, r), importance=2, variants=2))
    return made


def _row(dumped: Bytes, request: Request, size: int) -> int:
    """An offset inside the dump at which `size` bytes stand."""
    return dumped.dump.offset + pick(f"{request.key}/row", (len(dumped.dump.data) - size) // 4) * 4


def _around(dumped: Bytes, offset: int, room: int) -> tuple[int, int]:
    """Rows around an offset that need about `room` tokens."""
    row = (offset - dumped.dump.offset) // WIDTH
    total = len(dumped.view.lines(BLOCK))
    half = max(1, min(40, room // 130))
    return max(0, row - half), min(total, row + half + 2)


def _at(dumped: Bytes, request: Request) -> tuple[Draft, Draft] | None:
    size = _SIZES[pick(f"{request.key}/size", len(_SIZES))]
    inside = _row(dumped, request, size)
    first, stop = _around(dumped, inside, request.room)
    outside = dumped.end + 4 * pick(f"{request.key}/out", max(4, len(dumped.dump.data) // 4))
    shows: tuple[Show, ...] = (HEADER, dumped.range(first, stop))
    slots = {
        "offset": dumped.place(inside),
        "bytes": dumped.raw(inside, size),
        "name": dumped.view.name,
        "row": value.asked(f"{inside - (inside - dumped.dump.offset) % WIDTH:08x}"),
    }
    told, extra = home(dumped, inside, size)
    positive: list[Content] = [
        say("answer", "hex.bytes.yes", "structure address", **slots),
        *told,
        say("detail", "hex.bytes.row", "method", **slots),
    ]
    positive += _reading(dumped, inside, size, slots)
    positive += _beside(dumped, inside, size, slots)
    last = dumped.end - 1
    tail_row = (len(dumped.dump.data) - 1) // WIDTH
    tail = max(dumped.dump.offset + tail_row * WIDTH, dumped.dump.offset)
    beyond = {
        "offset": value.asked(hex(outside)), "last": value.computed(hex(last), "hex", last), "name": dumped.view.name,
        "length": dumped.amount(len(dumped.dump.data)), "total": dumped.amount(dumped.dump.total), "tail": dumped.raw(tail, dumped.end - tail),
    }  # fmt: skip
    shows = (*shows, dumped.range(tail_row, tail_row + 1)) if stop <= tail_row else shows
    past = outside >= dumped.dump.total
    would, more = ([], ()) if past else section(dumped, outside, "hex.home.would")
    negative: list[Content] = [
        say("answer", "hex.bytes.past_file" if past else "hex.bytes.past_dump", "structure address", **beyond),
        *would,
        say("detail", "hex.bytes.last", "method", **beyond),
        say("next", "hex.bytes.end" if past else "hex.bytes.more", "next verify", **beyond),
    ]
    count = value.asked(str(size))
    return (
        _pair(
            positive,
            (*shows, *extra),
            {"offset": value.asked(hex(inside)), "count": count, "name": dumped.view.name},
            False,
        ),
        _pair(
            negative,
            (*shows, *more),
            {"offset": value.asked(hex(outside)), "count": count, "name": dumped.view.name},
            True,
        ),
    )


def _pair(content: list[Content], shows: tuple[Show, ...], slots: dict[str, Text], missing: bool) -> Draft:
    return Draft(
        slots=slots,
        shows=shows,
        content=tuple(content),
        context=SURROUNDINGS,
        negative="out_of_range" if missing else "",
    )


def _beside(dumped: Bytes, offset: int, size: int, slots: dict[str, Text]) -> list[Content]:
    """The bytes right after, in the same row or the next one."""
    if not dumped.dump.has(offset + size, 4):
        return []
    return [say("detail", "hex.bytes.after", "method structure", after=dumped.raw(offset + size, 4), **slots)]


def _order(dumped: Bytes) -> Literal["class", "high", ""]:
    """A Java class or a big-endian ELF has the high byte of numbers first; elsewhere that isn't known, or the low one is."""
    binary = dumped.view.file.binary_info
    if binary is not None and binary.format == "Java Class":
        return "class"
    data = elf_fields(dumped.dump).get("EI_DATA")
    return "high" if data is not None and dumped.dump.value(data) == _BIG else ""


def _reading(dumped: Bytes, offset: int, size: int, slots: dict[str, Text]) -> list[Content]:
    data = dumped.dump.bytes(offset, size)
    if not any(data):
        return [say("meaning", "hex.bytes.zero", "plain structure", **slots)]
    if all(0x20 <= byte <= 0x7E for byte in data):
        return [say("meaning", "hex.bytes.text", "strings plain", text=dumped.text(offset, size))]
    if _order(dumped):
        return []
    little = Field("", offset, 4)
    return [
        say(
            "meaning",
            "hex.bytes.number",
            "method structure",
            number=dumped.hexadecimal(little),
            decimal=dumped.number(little),
        )
    ]


def _number(dumped: Bytes, request: Request) -> Draft:
    """A number of four bytes, in both byte orders."""
    offset = _row(dumped, request, 4)
    while not any(dumped.dump.bytes(offset, 4)) and offset + 8 <= dumped.end:
        offset += 4
    little, big = Field("", offset, 4), Field("", offset, 4, "big")
    slots = {
        "offset": dumped.place(offset), "bytes": dumped.raw(offset, 4), "little": dumped.number(little), "little_hex": dumped.hexadecimal(little),
        "big": dumped.number(big), "big_hex": dumped.hexadecimal(big), "name": dumped.view.name,
    }  # fmt: skip
    told, extra = home(dumped, offset, 4)
    known = _order(dumped)
    order = (f"hex.number.{known}", "hex.number.little") if known else ("hex.number", "hex.number.big")
    content: list[Content] = [
        say("answer", order[0], "method structure", **slots),
        *told,
        say("detail", order[1], "hardware method", **slots),
    ]
    if not told and not known:
        content.append(say("limit", "hex.number.limit", "limit structure", **slots))
    if all(0x20 <= byte <= 0x7E for byte in dumped.dump.bytes(offset, 4)):
        content.append(say("meaning", "hex.bytes.text", "strings plain", text=dumped.text(offset, 4)))
    first, stop = _around(dumped, offset, request.room)
    asked = {"offset": value.asked(hex(offset)), "name": dumped.view.name}
    return Draft(
        slots=asked, shows=(HEADER, dumped.range(first, stop), *extra), content=tuple(content), context=SURROUNDINGS
    )


_SHORT = 512
"""Bytes of a dump that is shown whole where its extent is asked for."""


def _extent(dumped: Bytes, request: Request) -> Draft:
    """How much of the file the dump holds and what that allows."""
    whole = dumped.dump.offset == 0 and len(dumped.dump.data) == dumped.dump.total
    slots = {
        "length": dumped.amount(len(dumped.dump.data)), "total": dumped.amount(dumped.dump.total), "name": dumped.view.name,
        "first": dumped.raw(dumped.dump.offset, min(8, len(dumped.dump.data))),
    }  # fmt: skip
    which = "whole" if whole else "part"
    shows: list[Show] = [HEADER, Show(BLOCK) if len(dumped.dump.data) <= _SHORT else dumped.range(0, 4)]
    hashes = dumped.view.file.hashes
    if whole and hashes is not None and hashes.sha256:
        slots["sha256"] = value.code(hashes.sha256, dumped.view.at("hashes", ".sha256"))
        shows.append(Show("hashes"))
    content: list[Content] = [
        say("answer", f"hex.extent.{which}", "size decision limit", **slots),
        say("answer", "hex.extent.whole.means", "method verify hash", **slots) if whole else _reach(dumped, slots),
        say("detail", "hex.extent.first", "structure", **slots),
        say("next", f"hex.extent.{which}.next", "next verify", **slots),
    ]
    return Draft(slots={}, shows=tuple(shows), content=tuple(content), context=SURROUNDINGS)


def _reach(dumped: Bytes, slots: dict[str, Text]) -> Say:
    """What a dump of the beginning takes in: headers of an ELF file, the first line of a script."""
    kind = format_of(dumped.dump)
    fields = elf_fields(dumped.dump) if kind == "elf" else {}
    held = program_headers(dumped.dump) if kind == "elf" else []
    before = "e_shstrndx" in fields and dumped.dump.value(fields["e_shoff"]) >= dumped.end
    if held and before:
        more = {
            "kinds": segment_kinds(dumped, held), "count": dumped.number(fields["e_phnum"]),
            "sections": dumped.hexadecimal(fields["e_shoff"]),
        }  # fmt: skip
        return say("answer", "hex.extent.headers", "structure method", **slots, **more)
    end = dumped.dump.data.find(b"\n") if kind == "script" else -1
    if 3 < end <= _FIRST_LINE and all(0x20 <= byte <= 0x7E for byte in dumped.dump.data[:end]):
        return say("answer", "hex.extent.line", "strings method", line=dumped.text(0, end), **slots)
    return say("answer", f"hex.extent.part.means{'' if before else '.other'}", "method verify hash", **slots)


def _texts(
    dumped: Bytes, every: list[tuple[int, str]], quotable: list[tuple[int, str]], request: Request
) -> Draft | None:
    """The NUL-terminated texts in a range of rows, with their offsets; `every` has those too that aren't quoted."""
    borders = [one for one in _windows(dumped, request.room) if _between(dumped, quotable, one)]
    if not borders:
        return None
    number = pick(f"{request.key}/window", len(borders))
    first, stop = borders[number]
    found = _between(dumped, quotable, borders[number])
    chosen = [found[i] for i in few(range(len(found)), 30 if request.length == "long" else 6)]
    steps = [
        say("detail", "hex.text.item", "strings address", offset=dumped.place(at), text=dumped.text(at, len(text)))
        for at, text in chosen
    ]
    start, end = dumped.dump.offset + first * WIDTH, min(dumped.end, dumped.dump.offset + stop * WIDTH) - 1
    slots = {
        "first": dumped.text(chosen[0][0], len(chosen[0][1])), "at": dumped.place(chosen[0][0]), "start": value.computed(hex(start), "hex", start),
        "end": value.computed(hex(end), "hex", end), "name": dumped.view.name,
    }  # fmt: skip
    content: list[Content] = [
        say(
            "answer",
            "hex.text" if len(_between(dumped, every, borders[number])) > 1 else "hex.text.one",
            "strings plain",
            **slots,
        )
    ]
    if len(steps) > 1:
        content.append(items("answer", say("answer", "hex.text.lead", "strings"), list(steps), "strings address"))
    content.append(
        say(
            "detail",
            "hex.text.nul",
            "method structure",
            at=dumped.place(chosen[0][0] + len(chosen[0][1])),
            nul=dumped.raw(chosen[0][0] + len(chosen[0][1]), 1),
            first=slots["first"],
        )
    )
    content.append(say("limit", "hex.text.limit", "limit method", **slots))
    return Draft(
        slots={},
        shows=(HEADER, dumped.range(first, stop)),
        content=tuple(content),
        chunk=(number, len(borders)),
        context=SURROUNDINGS,
    )


def _windows(dumped: Bytes, room: int) -> list[tuple[int, int]]:
    """Ranges of rows that need about `room` tokens each."""
    rows, step = -(-len(dumped.dump.data) // WIDTH), max(1, room // _ROW_TOKENS)
    return [(first, min(rows, first + step)) for first in range(0, min(rows, _MOST * step), step)]


def _between(dumped: Bytes, quotable: list[tuple[int, str]], border: tuple[int, int]) -> list[tuple[int, str]]:
    """The texts that lie in a range of rows with the byte that ends them."""
    start, stop = (dumped.dump.offset + WIDTH * row for row in border)
    found = quotable[bisect_left(quotable, (start, "")) : bisect_left(quotable, (stop, ""))]
    return found[:-1] if found and found[-1][0] + len(found[-1][1]) >= stop else found


def _worded(text: str) -> bool:
    return sum(c.isalpha() or c in " _./-%:" for c in text) >= 0.75 * len(text)


def _string(dumped: Bytes, found: list[tuple[int, str]], request: Request) -> Draft | None:
    """The text that begins at an offset."""
    worded = [(at, text) for at, text in found if _worded(text) and len(text) <= 80 and not secret_names(text)]
    if not worded:
        return None
    at, text = worded[pick(f"{request.key}/string", len(worded))]
    first, stop = _around(dumped, at, request.room)
    stop = max(stop, (at + len(text) - dumped.dump.offset) // WIDTH + 1)
    end = at + len(text)
    slots = {
        "offset": dumped.place(at), "text": dumped.text(at, len(text)), "bytes": dumped.raw(at, min(4, len(text))), "begin": dumped.text(at, min(4, len(text))), "end": dumped.place(end),
        "length": value.computed(f"{len(text)} characters", "difference", end, at), "name": dumped.view.name,
    }  # fmt: skip
    slots["length"] = value.computed(
        value.with_unit(f"{len(text):,}", len(text), "character|characters"),
        "grouped",
        ["difference", end, at],
        "character|characters",
    )
    content: list[Content] = [
        say("answer", "hex.string", "strings address", **slots),
        say("detail", "hex.string.bytes", "method", **slots),
        say("detail", "hex.string.end", "structure method", **slots),
        say("limit", "hex.string.limit", "limit code", **slots),
    ]
    asked = {"offset": value.asked(hex(at)), "name": dumped.view.name}
    return Draft(slots=asked, shows=(HEADER, dumped.range(first, stop)), content=tuple(content), context=SURROUNDINGS)


def _fill(dumped: Bytes, quotable: list[tuple[int, str]], request: Request) -> Draft | None:
    """A range of rows: where it is zeros, where text, where dense."""
    borders = _windows(dumped, max(200, request.room))
    number = pick(f"{request.key}/window", len(borders))
    first, stop = borders[number]
    zeros = [run for run in _runs(dumped, first, stop) if run[1] - run[0] >= _GAP]
    found = _between(dumped, quotable, (first, stop))[:3]
    if not zeros and not found:
        return None
    content: list[Content] = []
    extra: tuple[Show, ...] = ()
    if zeros:
        begin, end = max(zeros, key=lambda run: run[1] - run[0])
        size = end - begin
        length = value.computed(
            value.with_unit(f"{size:,}", size, "byte|bytes"), "grouped", ["difference", end, begin], "byte|bytes"
        )
        slots = {
            "begin": value.computed(hex(begin), "hex", begin),
            "end": value.computed(hex(end - 1), "hex", end - 1),
            "size": length,
            "name": dumped.view.name,
        }
        content.append(say("answer", "hex.fill.zero", "structure size storage", **slots))
        where, found_in = section(dumped, begin, "hex.fill.section")
        if end % _PAGE == 0 and dumped.view.file.kind in ("elf", "pe"):
            slots["stop"] = value.computed(hex(end), "hex", end)
            content.append(say("answer", "hex.fill.zero.page", "storage structure", **slots))
        elif where:
            content += where
            extra = found_in
        else:
            content.append(say("meaning", "hex.fill.zero.means", "storage performance structure", **slots))
    role_found: list[Say] = [
        say("detail", "hex.text.item", "strings", offset=dumped.place(at), text=dumped.text(at, len(text)))
        for at, text in found
    ]
    if not zeros:
        lead = found[0]
        content.append(
            say(
                "answer",
                "hex.fill.text",
                "strings structure",
                offset=dumped.place(lead[0]),
                text=dumped.text(lead[0], len(lead[1])),
                name=dumped.view.name,
            )
        )
    content += role_found[: 3 if zeros else 2]
    content.append(
        say(
            "limit",
            "hex.fill.limit",
            "limit method",
            name=dumped.view.name,
            row=dumped.place(dumped.dump.offset + first * WIDTH),
        )
    )
    return Draft(
        slots={},
        shows=(HEADER, dumped.range(first, stop), *extra),
        content=tuple(content),
        chunk=(number, len(borders)),
        context=SURROUNDINGS,
    )


def _runs(dumped: Bytes, first: int, stop: int) -> list[tuple[int, int]]:
    """Runs of whole rows of zero bytes, as file offsets (start, end)."""
    found: list[tuple[int, int]] = []
    for row in range(first, stop):
        data = dumped.dump.data[row * WIDTH : (row + 1) * WIDTH]
        at = dumped.dump.offset + row * WIDTH
        if data and not any(data):
            if found and found[-1][1] == at:
                found[-1] = (found[-1][0], at + len(data))
            else:
                found.append((at, at + len(data)))
    return found
