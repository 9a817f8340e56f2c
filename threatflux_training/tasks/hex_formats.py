"""What the first bytes say: the magic of a format, and the fixed header fields of PE, ZIP, gzip and Java classes."""

import re

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, items, say
from threatflux_training.compose.value import Source, Text
from threatflux_training.evidence.headers import (
    MAGIC,
    Field,
    Format,
    elf_fields,
    format_of,
    other_format,
    pe_fields,
    simple_fields,
)
from threatflux_training.hashing import choose
from threatflux_training.tasks.compound import SURROUNDINGS, firm_pair
from threatflux_training.tasks.hex_elf import meaning
from threatflux_training.tasks.hex_values import HEADER, Bytes, plain
from threatflux_training.tasks.model import Draft, Offer, Request, Show

NAMES: dict[Format, str] = {
    "elf": "ELF", "pe": "PE", "zip": "ZIP", "gzip": "gzip", "class": "Java class", "png": "PNG", "pdf": "PDF", "script": "script",
    "data": "data",
}  # fmt: skip
_LENGTH = {name: len(magic) for magic, name in MAGIC}
_MACHINES = {0x8664: "x86-64", 0x14C: "x86", 0xAA64: "ARM64"}
_METHODS = {0: "stored", 8: "deflate"}
_PE_FLAGS = (
    (0x20, "high entropy addresses"),
    (0x40, "a movable base (ASLR)"),
    (0x100, "no execution of data (DEP)"),
    (0x4000, "control flow guard"),
)


def offers(dumped: Bytes) -> list[Offer]:
    """Tasks on the start of a file."""
    kind = format_of(dumped.dump)
    made = [Offer(task="hex.magic", build=lambda r: _magic(dumped, kind, r), importance=3, long=True)]
    if kind not in ("data", "script"):
        made.append(
            Offer(
                task="hex.is_format",
                build=lambda r: firm_pair(_is_format(dumped, kind, r), r),
                importance=4,
                pair=True,
                variants=3,
            )
        )
    if kind == "pe" and len(pe_fields(dumped.dump)) > 3:
        made.append(Offer(task="hex.pe", build=lambda r: _pe(dumped, r), importance=4, long=True))
    if kind in ("zip", "gzip", "class") and simple_fields(dumped.dump):
        made.append(Offer(task=f"hex.{kind}", build=lambda r: _simple(dumped, kind, r), importance=3, long=True))
    if kind == "script":
        made.append(Offer(task="hex.script", build=lambda r: _script(dumped, r), importance=3, long=True))
    return made


def _draft(dumped: Bytes, size: int, content: list[Content], slots: dict[str, Text] | None = None) -> Draft:
    shows: tuple[Show, ...] = (HEADER, dumped.rows([(0, min(size, dumped.dump.total, len(dumped.dump.data)))]))
    return Draft(slots=slots or {}, shows=shows, content=tuple(content), context=SURROUNDINGS)


def _printable(data: bytes) -> bool:
    return all(0x20 <= byte <= 0x7E for byte in data)


def _magic(dumped: Bytes, kind: Format, request: Request) -> Draft:
    other = other_format(dumped.dump) if kind == "data" else None
    magic, called = other or (b"", NAMES[kind])
    size = min(len(magic) or _LENGTH.get(kind, 4), len(dumped.dump.data))
    slots = {"bytes": dumped.raw(0, size), "kind": plain(called), "name": dumped.view.name}
    phrase = f"hex.magic.{'named' if other else kind}"
    content: list[Content] = [say("answer", phrase, "identity structure plain", **slots)]
    further = _further(dumped, kind)
    content += further
    if not further and len(dumped.dump.data[size : size + 4]) == 4:
        content.append(say("detail", "hex.magic.next", "structure method", next=dumped.raw(size, 4), **slots))
    run = re.match(rb"[ -~]{6,60}", dumped.dump.data)
    if kind == "data" and not other and run:
        content.append(say("detail", "hex.magic.text", "plain strings", text=dumped.text(0, len(run.group()))))
    metadata = dumped.view.file.metadata
    shows: tuple[Show, ...] = ()
    if metadata is not None and metadata.mime_type:
        mime = Text(f"`{metadata.mime_type}`", _mime(dumped, metadata.mime_type))
        content.append(say("detail", "hex.magic.mime", "rule identity", mime=mime, **slots))
        shows = (Show("metadata"),)
    if not further:
        limit = "hex.magic.limit" if kind != "data" or other else "hex.magic.no_limit"
        content.append(say("limit", limit, "limit verify malware", **slots))
    draft = _draft(dumped, 32, content)
    return Draft(slots={}, shows=(*draft.shows, *shows), content=draft.content, context=draft.context)


def _further(dumped: Bytes, kind: Format) -> list[Content]:
    """What the bytes behind the magic add: class, machine and type of an ELF, the first line of a script."""
    fields = elf_fields(dumped.dump) if kind == "elf" else {}
    if "e_machine" in fields:
        slots = {
            "bits": meaning(dumped, fields["EI_CLASS"]), "machine": meaning(dumped, fields["e_machine"]),
            "type": meaning(dumped, fields["e_type"]), "type_bytes": dumped.field(fields["e_type"]), "name": dumped.view.name,
        }  # fmt: skip
        return [say("answer", "hex.magic.elf.more", "structure hardware plain identity", **slots)]
    end = dumped.dump.data.find(b"\n") if kind == "script" else -1
    if 3 < end <= 32 and _printable(dumped.dump.data[:end]):
        return [
            say(
                "answer",
                "hex.magic.script.more",
                "process plain strings",
                line=dumped.text(0, end),
                name=dumped.view.name,
            )
        ]
    return []


def _mime(dumped: Bytes, mime: str) -> tuple[Source, ...]:
    return value.equal(mime, dumped.view.at("metadata", ".mime_type")).sources


def _is_format(dumped: Bytes, kind: Format, request: Request) -> tuple[Draft, Draft]:
    """The right format, and a wrong one of the same table: the bytes decide both."""
    wrong = choose(request.key, [name for _, name in MAGIC if name != kind and name != "script"])
    return _judged(dumped, kind, kind), _judged(dumped, kind, wrong)


def _judged(dumped: Bytes, kind: Format, asked: Format) -> Draft:
    size = _LENGTH[kind]
    slots = {
        "bytes": dumped.raw(0, size),
        "kind": plain(NAMES[kind]),
        "asked": plain(NAMES[asked]),
        "name": dumped.view.name,
    }
    if asked == kind:
        content: list[Content] = [
            say("answer", "hex.is.yes", "identity decision", **slots),
            say("answer", f"hex.is.why.{kind}", "structure plain", **slots),
        ]
    else:
        content = [
            say("answer", "hex.is.no", "identity decision", **slots),
            say("answer", f"hex.is.expects.{asked}", "structure method plain", **slots),
        ]
    further = _further(dumped, kind)
    content += further
    if not further:
        content.append(say("limit", "hex.is.limit", "limit verify", **slots))
    draft = _draft(dumped, 32, content, {"format": plain(NAMES[asked]), "name": dumped.view.name})
    draft.negative = "" if asked == kind else "false_premise"
    return draft


def _said(dumped: Bytes, field: Field) -> dict[str, Text]:
    return {
        "offset": dumped.place(field.offset), "bytes": dumped.field(field), "number": dumped.number(field), "hex": dumped.hexadecimal(field),
        "field": plain(field.name), "name": dumped.view.name,
    }  # fmt: skip


def _pe(dumped: Bytes, request: Request) -> Draft:
    fields = pe_fields(dumped.dump)
    start, machine = fields["e_lfanew"], dumped.dump.value(fields["Machine"])
    slots = _said(dumped, start) | {
        "machine": plain(_MACHINES.get(machine, "a machine I have no name for")),
        "machine_hex": dumped.hexadecimal(fields["Machine"]),
    }
    content: list[Content] = [say("answer", "hex.pe", "structure hardware identity", **slots)]
    for name in ("Machine", "NumberOfSections", "AddressOfEntryPoint", "Magic", "Subsystem"):
        if name in fields:
            content.append(say("detail", f"hex.pe.{name.lower()}", "structure address", **_said(dumped, fields[name])))
    if "DllCharacteristics" in fields:
        flags = dumped.dump.value(fields["DllCharacteristics"])
        on = [word for bit, word in _PE_FLAGS if flags & bit]
        phrase = "hex.pe.flags" if on else "hex.pe.no_flags"
        content.append(
            say(
                "meaning",
                phrase,
                "mitigation memory_safety",
                flags=plain(", ".join(on)),
                **_said(dumped, fields["DllCharacteristics"]),
            )
        )
    content.append(say("limit", "hex.pe.time", "time limit provenance", **_said(dumped, fields["TimeDateStamp"])))
    last = max(fields.values(), key=lambda field: field.offset)
    return _draft(dumped, last.offset + last.size, content)


def _simple(dumped: Bytes, kind: Format, request: Request) -> Draft:
    fields = simple_fields(dumped.dump)
    steps = [say("detail", "hex.header.step", "structure", **_said(dumped, field)) for field in fields.values()]
    slots = {"magic": dumped.raw(0, _LENGTH[kind]), "name": dumped.view.name}
    content: list[Content] = [
        say("answer", f"hex.{kind}", "structure identity plain", **slots, **_extra(dumped, kind, fields))
    ]
    content.append(items("answer", say("answer", "hex.header.lead", "structure"), list(steps[:8]), "structure method"))
    end = 32
    if kind == "zip" and "name length" in fields:
        length = dumped.dump.value(fields["name length"])
        if length and dumped.dump.has(30, length) and _printable(dumped.dump.bytes(30, length)):
            content.append(
                say("detail", "hex.zip.first", "files package", entry=dumped.text(30, length), offset=dumped.place(30))
            )
            end = 30 + length
    content.append(say("limit", f"hex.{kind}.limit", "limit verify", **slots))
    return _draft(dumped, end, content)


def _extra(dumped: Bytes, kind: Format, fields: dict[str, Field]) -> dict[str, Text]:
    if kind == "class":
        return {"major": dumped.number(fields["major_version"]), "bytes": dumped.field(fields["major_version"])}
    method = fields["method"]
    return {"method": plain(_METHODS.get(dumped.dump.value(method), "another method")), "bytes": dumped.field(method)}


def _script(dumped: Bytes, request: Request) -> Draft | None:
    end = dumped.dump.data.find(b"\n")
    if end < 3 or not _printable(dumped.dump.data[:end].rstrip(b"\r")):
        return None
    size = len(dumped.dump.data[:end].rstrip(b"\r"))
    slots = {
        "magic": dumped.raw(0, 2),
        "line": dumped.text(0, size),
        "place": dumped.place(end),
        "name": dumped.view.name,
    }
    windows = size != end
    slots |= {"newline": dumped.raw(end - windows, 1 + windows), "ends": Text("Windows" if windows else "Unix")}
    content: list[Content] = [
        say("answer", "hex.script", "identity process plain", **slots),
        *([say("meaning", "hex.script.crlf", "method structure", **slots)] if windows else []),
        say("meaning", "hex.script.means", "process permission", **slots),
    ]
    second = dumped.dump.data[end + 1 :].split(b"\n", 1)[0]
    if len(second) > 3 and _printable(second) and end + 1 + len(second) < len(dumped.dump.data):
        content.append(
            say(
                "detail",
                "hex.script.second",
                "strings plain",
                line=dumped.text(end + 1, len(second)),
                start=dumped.place(end + 1),
            )
        )
    content.append(say("limit", "hex.script.limit", "limit", **slots))
    return _draft(dumped, end + 1 + min(len(second), 120), content)
