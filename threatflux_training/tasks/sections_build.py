"""What the dumped bytes of note sections say about a build: its ID, the split-off debug file, the compiler, the oldest kernel."""

import re
from functools import partial

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.headers import Field
from threatflux_training.tasks.hex_values import HEADER, Bytes
from threatflux_training.tasks.model import Draft, Offer, Request, Show
from threatflux_training.tasks.sections_table import Table, draft
from threatflux_training.text import escape

_HEAD = 16
"""Bytes of a note before its content: three lengths and the owner's name."""
_GNU = b"GNU\0"
_NAME = re.compile(r"[ -~]{4,200}")


def offers(table: Table) -> list[Offer]:
    """One task where the dump reaches the note with the build ID."""
    if not table.elf or _build_id(table) is None:
        return []
    return [Offer(task="sections.build", build=partial(_build, table), importance=6, long=True, variants=2, weight=1.4)]


def _bytes_of(table: Table, name: str) -> tuple[int, int] | None:
    """Offset and size of a section whose bytes are all in the dump."""
    dump = table.view.file.hex_dump
    number = table.offset_entry(table.index[name]) if name in table.index else None
    if dump is None or number is None:
        return None
    one = table.entropy[number]
    return (one.offset, one.size) if Bytes(table.view).dump.has(one.offset, one.size) else None


def _build_id(table: Table) -> tuple[int, int] | None:
    """Offset and size of the identifier itself."""
    found = _bytes_of(table, ".note.gnu.build-id")
    if found is None or found[1] <= _HEAD + 8:
        return None
    dump = Bytes(table.view).dump
    if dump.bytes(found[0] + 12, 4) != _GNU or dump.value(Field("descsz", found[0] + 4, 4)) != found[1] - _HEAD:
        return None
    return found[0] + _HEAD, found[1] - _HEAD


def _text(dumped: Bytes, offset: int, size: int) -> str:
    """Printable text up to the first zero; "" where it is none."""
    text = dumped.dump.bytes(offset, size).partition(b"\0")[0].decode("latin-1")
    return text if _NAME.fullmatch(text) else ""


def _build(table: Table, request: Request) -> Draft | None:
    """The identifier, and what the other notes add."""
    found = _build_id(table)
    if found is None:
        return None
    dumped = Bytes(table.view)
    spans = [found]
    indices = table.has(".note.gnu.build-id")
    slots = {
        "name": table.view.name, "id": dumped.raw(*found), "place": dumped.place(found[0]), "section": table.name(indices[0]),
        "size": table.size(indices[0]),
    }  # fmt: skip
    content: list[Content] = [say("answer", "sections.build", "build provenance identity decision", **slots)]
    content += _link(table, dumped, found, slots, spans, indices)
    comment = _bytes_of(table, ".comment")
    if comment is not None and (text := _text(dumped, *comment)):
        spans.append((comment[0], len(text) + 1))
        indices += table.has(".comment")
        compiler = value.in_code(value.computed(escape(text), "cstring", dumped.path, comment[0]))
        content.append(say("answer", "sections.build.compiler", "build provenance", compiler=compiler, **slots))
    else:
        missing = value.absent(".comment", table.path, "name")
        if ".comment" not in table.index:
            content.append(say("detail", "sections.build.no_compiler", "build limit", comment=missing, **slots))
    content += _kernel(table, dumped, slots, spans, indices)
    content += [
        say("meaning", "sections.build.means", "provenance build method", **slots),
        say("next", "sections.build.next", "next package provenance", **slots),
        say("limit", "sections.build.limit", "limit provenance", **slots),
    ]
    shows: list[Show] = [HEADER, dumped.rows(spans), table.lines(indices, request.room), *table.offset_lines(indices)]
    return draft(table, content, *shows)


def _link(
    table: Table,
    dumped: Bytes,
    found: tuple[int, int],
    slots: dict[str, Text],
    spans: list[tuple[int, int]],
    indices: list[int],
) -> list[Content]:
    """The name of the split-off debug file, and whether it is made from the identifier."""
    place = _bytes_of(table, ".gnu_debuglink")
    text = _text(dumped, *place) if place else ""
    if place is None or not text:
        return []
    spans.append((place[0], len(text) + 1))
    indices += table.has(".gnu_debuglink")
    debug = {
        "file": value.in_code(value.computed(escape(text), "cstring", dumped.path, place[0])), "link": table.name(table.index[".gnu_debuglink"]),
    }  # fmt: skip
    made: list[Content] = [say("answer", "sections.build.link", "build package provenance", **debug, **slots)]
    identifier = dumped.dump.bytes(*found).hex()
    if text == identifier[2:] + ".debug":
        debug["first"] = dumped.raw(found[0], 1)
        made.append(say("detail", "sections.build.same", "method build provenance", **debug, **slots))
    return made


def _kernel(
    table: Table, dumped: Bytes, slots: dict[str, Text], spans: list[tuple[int, int]], indices: list[int]
) -> list[Content]:
    """The oldest kernel of the ABI note: a system (zero is Linux) and three numbers."""
    found = _bytes_of(table, ".note.ABI-tag")
    if found is None or found[1] != 32 or dumped.dump.bytes(found[0] + 12, 8) != _GNU + b"\0\0\0\0":
        return []
    numbers = [dumped.number(Field("version", found[0] + 20 + 4 * place, 4)) for place in range(3)]
    kernel = Text(".".join(one.text for one in numbers), tuple(source for one in numbers for source in one.sources))
    spans.append((found[0] + 12, 20))
    indices += table.has(".note.ABI-tag")
    note = table.name(table.index[".note.ABI-tag"])
    return [say("detail", "sections.build.kernel", "kernel build container", kernel=kernel, note=note, **slots)]
