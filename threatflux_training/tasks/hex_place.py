"""In which structure of its file a place of a dump lies: header field, program header, section, line of a script."""

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.headers import elf_fields, format_of, program_headers
from threatflux_training.evidence.string_kinds import secret_names
from threatflux_training.tasks.hex_elf import SEGMENTS, meaning
from threatflux_training.tasks.hex_values import Bytes, plain
from threatflux_training.tasks.model import Show

Home = tuple[list[Content], tuple[Show, ...]]
_LINE = 110
"""Characters of a script's line that are quoted."""


def home(dumped: Bytes, offset: int, size: int) -> Home:
    """What the bytes at a place belong to, with the evidence; nothing where that isn't known."""
    kind = format_of(dumped.dump)
    if kind == "elf":
        if found := _fields(dumped, offset, size):
            return [found], (dumped.rows([(0, 64)]),)
        if entry := _segment(dumped, offset, size):
            return [entry[0]], (dumped.rows([(0, 64), (entry[1], 56)]),)
    if dumped.dump.offset == 0 and kind in ("script", "data"):
        line = _line(dumped, offset)
        return ([line[0]], (line[1],)) if line else ([], ())
    return section(dumped, offset, "hex.home.section")


def _fields(dumped: Bytes, offset: int, size: int) -> Content | None:
    """The header fields that the bytes cover or touch."""
    fields = [
        one for one in elf_fields(dumped.dump).values() if one.offset < offset + size and offset < one.offset + one.size
    ]
    if not fields:
        return None
    described: list[Text] = []
    for one in sorted(fields, key=lambda field: field.offset)[:4]:
        said = meaning(dumped, one)
        described.append(Text(f"{one.name} ({said.text})", said.sources))
    phrase = "hex.home.fields" if len(described) > 1 else "hex.home.field"
    return say("answer", phrase, "structure kernel method", list=value.join(described), name=dumped.view.name)


def _segment(dumped: Bytes, offset: int, size: int) -> tuple[Content, int] | None:
    """The program header around a place, by its type and the fields that the bytes touch, and where it starts."""
    for one in program_headers(dumped.dump):
        start, last = one["p_type"].offset, one["p_align"]
        if start <= offset < last.offset + last.size:
            kind = SEGMENTS.get(dumped.dump.value(one["p_type"]))
            slots = {
                "start": dumped.place(start), "name": dumped.view.name,
                "kind": plain(kind) if kind else dumped.hexadecimal(one["p_type"]),
            }  # fmt: skip
            touched = [
                field for field in one.values() if field.offset < offset + size and offset < field.offset + field.size
            ]
            described = [
                Text(f"{field.name} ({(text := dumped.hexadecimal(field)).text})", text.sources)
                for field in sorted(touched, key=lambda field: field.offset)[:4]
            ]
            slots["list"] = value.join(described)
            return say("answer", "hex.home.segment", "structure kernel address", **slots), start
    return None


def _line(dumped: Bytes, offset: int) -> tuple[Content, Show] | None:
    """The line of text around a place, where it is printable."""
    data, at = dumped.dump.data, offset - dumped.dump.offset
    begin = data.rfind(b"\n", 0, at) + 1
    end = data.find(b"\n", at)
    end = len(data) if end < 0 else end
    text = data[begin:end]
    lead = len(text) - len(text.lstrip(b" \t"))
    begin, text = begin + lead, text[lead:].rstrip(b"\r")
    if not 6 <= len(text) <= _LINE or not all(0x20 <= byte <= 0x7E for byte in text):
        return None
    if secret_names(text.decode("ascii")):
        return None
    start = dumped.dump.offset + begin
    slots = {"line": dumped.text(start, len(text)), "start": dumped.place(start), "name": dumped.view.name}
    return say("answer", "hex.home.line", "strings plain process", **slots), dumped.rows([(start, len(text))])


def section(dumped: Bytes, offset: int, phrase: str) -> Home:
    """The section whose bytes in the file hold a place, by the list that has file offsets."""
    entropy = dumped.view.file.entropy
    for number, one in enumerate(entropy.sections if entropy else ()):
        if (
            one.name
            and one.name not in ("entire_file", ".bss", ".tbss")
            and one.offset <= offset < one.offset + one.size
        ):
            at = dumped.view.at("entropy", f".sections[{number}]")
            slots = {
                "section": value.code(one.name, f"{at}.name"), "begin": value.hexadecimal(one.offset, f"{at}.offset"),
                "size": value.grouped(one.size, f"{at}.size", "byte|bytes"), "name": dumped.view.name,
            }  # fmt: skip
            return [say("answer", phrase, "structure address", **slots)], (Show("entropy.sections"),)
    return [], ()
