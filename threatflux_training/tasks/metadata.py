"""What the file system says: times, permissions, size, type; and what it does not prove."""

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, items, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence import layout
from threatflux_training.evidence.headers import bytes_of, format_of, is_java, simple_fields
from threatflux_training.evidence.view import View
from threatflux_training.hashing import pick
from threatflux_training.reports.model import FileMetadata
from threatflux_training.tasks import about, purpose, purpose_script, triage_abilities
from threatflux_training.tasks.compare_pair import with_role
from threatflux_training.tasks.hex_values import Bytes
from threatflux_training.tasks.model import Draft, NegativeKind, Offer, Request, Show
from threatflux_training.tasks.triage_case import Case

FAMILY = "metadata"
_CONTEXT = ("hashes", "signatures", "binary_info", "strings", "hex_dump")
_KINDS = {
    "application/x-elf": "elf", "application/x-dosexec": "pe", "text/x-shellscript": "script", "application/zip": "zip",
    "application/octet-stream": "data", "application/x-mach-binary": "macho", "application/pdf": "pdf",
}  # fmt: skip
"""The types that the scanner gives by leading bytes, and what is worth saying of each."""


def offers(view: View, partner: View | None) -> list[Offer]:
    """Tasks on the metadata of a file."""
    found = view.file.metadata
    if found is None:
        return []
    made = [Offer(task="metadata.what", build=lambda r: _what(view, found, r), importance=3, variants=2, weight=1.2)]
    if found.modified:
        made.append(Offer(task="metadata.times", build=lambda r: _times(view, found, r), importance=4, weight=0.8))
    if found.modified and found.created and found.accessed:
        made.append(
            Offer(task="metadata.timeline", build=lambda r: _timeline(view, found, r), importance=5, weight=0.8)
        )
    if found.permissions and found.permissions.isdigit():
        made.append(Offer(task="metadata.permissions", build=lambda r: _rights(view, found, r), importance=4))
        made.append(
            Offer(task="metadata.may", build=lambda r: _may(view, found, r), importance=4, pair=True, weight=0.6)
        )
    if found.file_size:
        size = found.file_size
        made.append(
            Offer(task="metadata.size", build=lambda r: _size(view, size, r), importance=3, pair=True, weight=0.6)
        )
    return made


def _at(view: View, name: str) -> str:
    return view.at("metadata", f".{name}")


def _slots(view: View, found: FileMetadata) -> dict[str, Text]:
    """Everything a sentence on the metadata may name."""
    slots = {"name": view.name, "path": view.path} | about.dates(view)
    size, digest = about.size(view), about.digest(view)
    if size:
        slots["size"] = size
    if digest:
        slots["sha256"] = digest
    if found.mime_type:
        slots["mime"] = value.code(found.mime_type, _at(view, "mime_type"))
    if found.permissions and found.permissions.isdigit():
        slots |= about.rights_slots(view, found)
    return slots


def _draft(
    content: list[Content], shows: tuple[Show, ...], slots: dict[str, Text] | None = None, negative: NegativeKind = ""
) -> Draft:
    return Draft(
        slots=slots or {}, shows=about.without((Show("metadata"), *shows)), content=tuple(content), context=_CONTEXT,
        negative=negative,
    )  # fmt: skip


def _what(view: View, found: FileMetadata, request: Request) -> Draft:
    """The identity of the file, from what every report has."""
    slots = _slots(view, found)
    content: list[Content] = []
    shows: tuple[Show, ...] = ()
    binary = view.file.binary_info
    known = binary is not None and binary.architecture not in (None, "", "Unknown") and "size" in slots
    if known and binary is not None and binary.format in ("ELF", "PE"):
        slots["format"] = value.equal(binary.format, view.at("binary_info", ".format"))
        slots["machine"] = value.code(binary.architecture, view.at("binary_info", ".architecture"))
        slots["what"] = Text(_sort(view, request.persona.register == "plain"))
        content.append(say("answer", f"metadata.what.{binary.format.lower()}", "identity type structure", **slots))
        shows += (Show("binary_info"),)
    elif "mime" in slots and "size" in slots:
        kind = "empty" if found.file_size == 0 else _KINDS.get(str(found.mime_type), "other")
        kind += "_mark" if kind in ("elf", "pe") else ""
        first = view.file.strings.ascii[0] if view.file.strings and view.file.strings.ascii else ""
        if kind == "script" and (language := purpose_script.language(first)):
            kind, slots["language"] = purpose_script.form(language), Text(language)
            shows += (Show("strings", 0, 1),)
        if kind == "macho" and (java := _java_class(view)) is not None:
            kind, version, evidence = java
            slots |= version
            shows += (evidence,)
        content.append(say("answer", f"metadata.what.{kind}", "identity type", **slots))
    else:
        content.append(say("answer", "metadata.what.little", "identity path", **slots))
    said, used = _purpose(view, request)
    leading = 1 if request.persona.register == "plain" and purpose.opens(view) else 0
    content = [*said[:leading], *content, *said[leading:]]
    shows += used
    if "mime" in slots and not known and "language" not in slots:
        kind = _KINDS.get(str(found.mime_type), "other")
        content.append(say("limit", f"metadata.what.mime.{kind}", "type limit method rule data", **slots))
    more, beside = about.facts(
        view, f"{request.key}/about", "place", "times", "rights", "libraries", "entropy", "entry", "digest", "same", "check", wide=3,
    )  # fmt: skip
    return _draft(content + more, shows + beside)


_NUMBERED = 49
"""Major version from which on the version of Java is the difference to the constant below."""
_BEFORE = 44


def _java_class(view: View) -> tuple[str, dict[str, Text], Show] | None:
    """Phrase, slots and evidence for a Java class, where bytes behind the magic tell it from a Mach-O file."""
    if view.file.hex_dump is not None:
        dumped = Bytes(view)
        major = simple_fields(dumped.dump).get("major_version")
        if format_of(dumped.dump) == "class" and major is not None:
            slots, show = {"magic": dumped.raw(0, 8)}, dumped.rows([(0, 8)])
            number = dumped.dump.value(major)
            if number < _NUMBERED:
                return "class", slots, show
            version = value.computed(f"{number - _BEFORE}", "grouped", ["difference", dumped.read(major), _BEFORE], "")
            slots |= {"version": version, "number": dumped.number(major), "offset": dumped.place(major.offset)}
            return "class.version", slots, show
    marks = view.file.yara_indicators
    written = (marks.magic_bytes if marks is not None else None) or ""
    if not is_java(bytes_of(written)):
        return None
    magic = value.code(written, view.at("yara_indicators", ".magic_bytes"))
    return "class", {"magic": magic}, Show("yara_indicators")


def _purpose(view: View, request: Request) -> tuple[list[Content], tuple[Show, ...]]:
    """What the file is for, by its own evidence or by what it is able to do; or that nothing tells."""
    jobs, owner, known = purpose.jobs(view), purpose.owner(view), purpose.known(view)
    told = known is None and bool(jobs) and purpose.leads(jobs[0])
    able = None if told else triage_abilities.abilities(Case(view), request)
    content: list[Content] = [with_role(able.said[0], "answer")] if able is not None else []
    shows = able.shows if able is not None else ()
    chosen = jobs[: 1 if content else 2]
    if not content and not chosen and (nothing := purpose.unknown(view)) is not None:
        chosen = [nothing]
    chosen += [owner] if owner is not None else []
    if able is not None and jobs and (known is not None or triage_abilities.by_names(able)):
        content.insert(0, jobs[0].said)
    content += [
        part if number == 0 and not content else with_role(part, "detail")
        for number, one in enumerate(chosen)
        for part in purpose.sentences(one.said, request.persona.register)
    ]
    return content, (*shows, *purpose.shows(view, chosen, request.room))


def _sort(view: View, plain: bool) -> str:
    """What a compiled file is, in words for its reader; sections of object files and kernel modules have no addresses."""
    binary = view.file.binary_info
    if binary is not None and layout.named(binary) and not layout.loaded(binary):
        return "a piece of compiled code, not a program by itself," if plain else "an object file"
    if Case(view).kind != "library":
        return "a program"
    return "a library, that is code which programs load," if plain else "a shared library"


def _times(view: View, found: FileMetadata, request: Request) -> Draft:
    slots = _slots(view, found)
    order = about.time_order(found)
    content: list[Content] = [say("answer", "metadata.times", "time", **slots)]
    if order:
        content.append(say("answer", f"metadata.times.{order}", "time provenance method", **slots))
    if found.accessed:
        content.append(say("limit", "metadata.times.accessed", "time limit", **slots))
    packaged = "package" if about.from_package(view) else "own"
    content += [
        say("limit", "metadata.times.limit", "limit provenance malware", **slots),
        say("verify", f"metadata.times.verify.{packaged}", "verify provenance package", **slots),
    ]
    more, shows = about.facts(view, f"{request.key}/about", "digest", "rights")
    return _draft(content + more, shows)


def _timeline(view: View, found: FileMetadata, request: Request) -> Draft:
    """The times in their order, each with what it can stand for."""
    slots = _slots(view, found)
    known = sorted(
        ((getattr(found, name), name) for name in ("created", "modified", "accessed") if getattr(found, name)),
        key=lambda entry: str(entry[0]).rstrip("Z"),
    )
    order = about.time_order(found)
    kinds = {"accessed": ".early" if str(found.accessed)[:19] < str(found.created)[:19] else ""}
    brought = ".copied" if order == "copied" else ""
    steps = [say("detail", f"metadata.timeline.{name}{kinds.get(name, brought)}", "time", **slots) for _, name in known]
    packaged = "package" if about.from_package(view) else "own"
    seconds = {str(moment)[:19] for moment, _ in known}
    content: list[Content] = [say("answer", f"metadata.timeline.{order}", "time provenance decision", **slots)]
    if len(seconds) > 1 and order != "same":
        lead = say("answer", "metadata.timeline.lead", "time", **slots)
        content.append(items("answer", lead, list(steps), "time", numbered=True))
    elif found.accessed:
        content.append(say("answer", f"metadata.timeline.read{'' if len(seconds) > 1 else '.once'}", "time", **slots))
    content += [
        say("limit", "metadata.timeline.missing", "time limit provenance", **slots),
        say("limit", "metadata.times.limit", "limit provenance malware", **slots),
        say("verify", f"metadata.times.verify.{packaged}", "verify provenance package", **slots),
    ]
    more, shows = about.facts(view, f"{request.key}/about", "digest", "rights")
    return _draft(content + more, shows)


def _writers(bits: int) -> str:
    return "world" if bits & 0o002 else "group" if bits & 0o020 else "owner" if bits & 0o200 else "nobody"


_DIGITS = 3
"""Digits of a mode that has one each for owner, group and others; the scanner writes no leading zeros."""


def _rights(view: View, found: FileMetadata, request: Request) -> Draft:
    slots = _slots(view, found)
    bits, special = int(str(found.permissions), 8), about.special_bits(str(found.permissions))
    alone = _writers(bits) == "owner" and found.owner_uid == 0 and "gid" in slots
    writers = "owner.root" if alone and request.persona.register == "plain" else _writers(bits)
    content: list[Content] = [
        say("answer", "metadata.rights", "permission", **slots),
        say("answer", f"metadata.rights.{writers}", "permission decision", **slots),
    ]
    if request.persona.register == "plain":
        content.reverse()
    if len(str(found.permissions)) >= _DIGITS:
        content.append(say("detail", "metadata.rights.digits", "permission plain method", **slots))
    if "uid" in slots and "gid" in slots and writers != "owner.root":
        role = "root" if found.owner_uid == 0 else "user"
        content.append(say("answer", f"metadata.rights.{role}", "permission process container", **slots))
    run = "run" if bits & 0o111 else "no_run"
    kind = _KINDS.get(str(found.mime_type), "other")
    if run == "run" and kind in ("elf", "pe", "script", "macho"):
        content.append(say("detail", "metadata.rights.run", "permission process plain", **slots))
    elif run == "no_run":
        phrase = f"metadata.rights.no_run.{kind if kind in ('elf', 'pe', 'script') else 'other'}"
        content.append(say("detail", phrase, "permission process plain", **slots))
    else:
        content.append(say("meaning", "metadata.rights.odd_run", "permission weakness decision", **slots))
    if bits & 0o004:
        content.append(say("meaning", "metadata.rights.readable", "permission data weakness storage", **slots))
    content += [
        say("limit", "metadata.rights.special", "limit permission memory_safety kernel", **slots)
        if special is None
        else say(
            "answer", f"metadata.rights.{special.kind}", "permission decision weakness", **slots, which=special.names
        ),
        say("verify", "metadata.rights.verify", "verify permission", **slots),
    ]
    more, shows = about.facts(view, f"{request.key}/about", "place", "check", "digest")
    return _draft(content + more, shows)


_WHO = {
    "owner": (0o200, "its owner"),
    "group": (0o020, "members of its group"),
    "world": (0o002, "any account on the machine"),
}


def _may(view: View, found: FileMetadata, request: Request) -> tuple[Draft, Draft] | None:
    """Somebody who may write to the file, and somebody who may not; the mode doesn't bind root."""
    bits = int(str(found.permissions), 8)
    able = [who for who, (bit, _) in _WHO.items() if bits & bit]
    bound = [who for who in _WHO if who != "owner" or found.owner_uid != 0]
    unable = [who for who in bound if not bits & _WHO[who][0]]
    if not able or not unable:
        return None
    yes, no = able[pick(f"{request.key}/able", len(able))], unable[pick(f"{request.key}/unable", len(unable))]
    return _allowed(view, found, request, yes, True), _allowed(view, found, request, no, False)


def _allowed(view: View, found: FileMetadata, request: Request, who: str, able: bool) -> Draft:
    asked = {"name": view.name, "path": view.path, "who": Text(_WHO[who][1])}
    slots = _slots(view, found) | asked
    root = found.owner_uid == 0
    content: list[Content] = [
        say("answer", "metadata.may.yes" if able else "metadata.may.no", "permission decision", **slots)
    ]
    if who == "owner":
        owner = f"metadata.may.owner.{'root' if root else 'user'}"
        content += [say("meaning", owner, "permission decision process", **slots)] if "uid" in slots else []
    else:
        content.append(
            say("meaning", f"metadata.may.{who}.{'yes' if able else 'no'}", "permission decision weakness", **slots)
        )
    content += [
        say("limit", "metadata.may.limit", "limit permission method", **slots),
        say("verify", "metadata.rights.verify", "verify permission", **slots),
    ]
    more, shows = about.facts(view, f"{request.key}/about", "check")
    return _draft(content + more, shows, asked, "" if able else "false_premise")


def _size(view: View, size: int, request: Request) -> tuple[Draft, Draft]:
    """A size that agrees with the report, and one that does not."""
    other = size + 1 + pick(f"{request.key}/size", max(16, size // 3))
    if size > 64 and pick(f"{request.key}/below", 2):
        other = max(1, size - 1 - pick(f"{request.key}/size", size // 3))
    return _sized(view, request, size, size), _sized(view, request, size, other)


def _sized(view: View, request: Request, size: int, given: int) -> Draft:
    found = view.file.metadata
    if found is None:
        raise ValueError("a size is compared only where the metadata is there")
    asked = {
        "name": view.name,
        "path": view.path,
        "given": value.asked(value.with_unit(f"{given:,}", given, "byte|bytes")),
    }
    slots = _slots(view, found) | asked
    same = given == size
    content: list[Content] = [
        say("answer", "metadata.size.equal" if same else "metadata.size.unequal", "size decision", **slots)
    ]
    if same:
        content.append(say("limit", "metadata.size.same", "limit identity hash", **slots))
    else:
        pair = [_at(view, "file_size"), given]
        gap = value.with_unit(f"{abs(size - given):,}", abs(size - given), "byte|bytes")
        slots["gap"] = value.computed(
            gap, "grouped", ["difference", *(pair if size > given else pair[::-1])], "byte|bytes"
        )
        content.append(
            say("detail", f"metadata.size.{'longer' if size > given else 'shorter'}", "size method storage", **slots)
        )
        content.append(say("limit", "metadata.size.other", "limit identity package provenance", **slots))
    names = ("digest", "times", "check") if same else ("times", "check", "digest")
    more, shows = about.facts(view, f"{request.key}/about", *names)
    return _draft(content + more, shows, asked, "" if same else "false_premise")
