"""The sides of a case, one function each: what it is, where it comes from, what it can do, what speaks against it."""

import re

import msgspec

from threatflux_training.compose import value
from threatflux_training.compose.content import Items, Role, Say, items, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.name_purpose import Purpose, is_commonplace, purpose_of
from threatflux_training.evidence.package_lines import archive
from threatflux_training.evidence.string_kinds import secret_names
from threatflux_training.tasks.compare_code import PURPOSES
from threatflux_training.tasks.compare_facts import SHARED_DEBUG
from threatflux_training.tasks.hardening import summary
from threatflux_training.tasks.listing import few
from threatflux_training.tasks.model import Request, Show
from threatflux_training.tasks.strings_scripts import introduction
from threatflux_training.tasks.triage_case import Case, Part
from threatflux_training.tasks.triage_shape import dynamic, table_of

_BYTES = "byte|bytes"
_MEASURABLE = 64
"""Bytes below which neither an entropy nor the beginning of a file says anything."""
_TELLING = (
    "network",
    "process",
    "user",
    "files",
    "folders",
    "terminal",
    "time",
    "locale",
    "options",
    "output",
    "text",
    "memory",
)
_OUTSIDE: tuple[Purpose, ...] = ("network", "process", "user", "files", "folders", "terminal", "time")
"""Purposes by which a program acts on more than its own memory and messages."""
_TAGS = {
    "network": "network malware", "process": "process malware", "user": "permission", "files": "files storage", "folders": "storage files",
    "memory": "memory_safety", "time": "time", "output": "plain", "options": "plain",
}  # fmt: skip
_COMPLAINT = re.compile(
    r"(?i)cannot|can't|could not|couldn't|unable|already exists|no such|fail|error|invalid|unknown|missing|memory|warn|license|copyright|version"
)
"""Messages that any program could have: they tell nothing of its job."""
_CONNECTING = ("socket", "connect", "accept", "accept4", "listen", "bind", "getaddrinfo")
"""Imports by which a program has to do with connections, not only with the spelling of addresses."""
_FLAG = "-fno-stack-protector"
_UNBOUNDED = ("strcpy", "strcat", "sprintf", "vsprintf", "gets", "stpcpy", "scanf", "sscanf", "system", "popen")
_EXPLAINED = (
    "CommandAndControl",
    "AntiDebug",
    "AntiVM",
    "NPD001",
    "INT001",
    "DBF001",
    "DataExfiltration",
    "Obfuscation",
    "UAF001",
    "FMT001",
    "BOF001",
    "network_communication",
    "crypto_operations",
)
_AREAS = {
    "symbols": "imported functions", "strings": "strings", "hex_dump": "raw bytes", "binary_info": "headers", "entropy": "entropy",
    "disassembly": "code", "vulnerabilities": "vulnerability findings", "behavioral": "behavior labels", "threats": "matches of threat rules",
    "signatures": "signatures",
}  # fmt: skip
"""Features whose absence is worth saying in a case, and what they would hold."""


def identity(case: Case, request: Request) -> Part:
    """What the file is, in its own words where it has some."""
    view, metadata, binary = case.view, case.file.metadata, case.file.binary_info
    slots = dict(case.slots)
    shows: list[Show] = [Show("metadata")]
    if metadata is not None and metadata.file_size is not None:
        slots["size"] = value.grouped(metadata.file_size, view.at("metadata", ".file_size"), _BYTES)
    if metadata is not None and metadata.mime_type and not _mistaken(case):
        slots["mime"] = value.code(metadata.mime_type, view.at("metadata", ".mime_type"))
    if binary is not None and binary.format and binary.architecture:
        slots["format"] = value.equal(binary.format, view.at("binary_info", ".format"))
        slots["machine"] = value.code(binary.architecture, view.at("binary_info", ".architecture"))
        shows.append(Show("binary_info"))
    said: list[Say | Items] = [
        say("answer", f"triage.what.{_form(case, slots)}", "identity type plain structure", **slots)
    ]
    if case.listing is not None and case.listing.script:
        told = introduction(case.listing)
        if told >= 0:
            slots["usage"] = case.quoted([told])
            said.append(say("detail", "triage.what.says", "identity strings plain process", **slots))
            shows += case.show([told], request)
        slots["line"] = case.quoted([0])
        said.append(say("detail", "triage.what.interpreter", "type process strings", **slots))
        shows += case.show([0], request)
    usage = case.usage(14 if request.length == "long" else 2)
    if usage:
        said += _usage(case, usage, slots)
        shows += case.show([*usage, *case.told(usage[0])], request)
    manifest = archive(case.file)
    if (
        manifest is not None
        and manifest.manifest is not None
        and manifest.manifest.main_class
        and case.file.binary_info
    ):
        place = view.at("binary_info", ".java_analysis.manifest.main_class")
        slots["main"] = value.code(manifest.manifest.main_class, place)
        said.append(say("detail", "triage.what.main", "structure code identity", **slots))
        shows.append(Show("java_analysis"))
    entropy = case.file.entropy
    if (
        entropy is not None
        and entropy.overall_entropy is not None
        and case.kind in ("dense", "data", "text", "archive")
        and _size(case) >= _MEASURABLE
    ):
        slots["entropy"] = value.fixed(
            entropy.overall_entropy, view.at("entropy", ".overall_entropy"), 2, "bits per byte"
        )
        form = "dense" if entropy.overall_entropy >= 7.2 else "loose"
        said.append(say("meaning", f"triage.what.{form}_bytes", "entropy data method", **slots))
        shows.append(Show("entropy"))
    return Part(tuple(said), tuple(shows))


def hint(case: Case, request: Request) -> Part:
    """What its own texts let one guess of its job, where it has no help text and no imports are given; or that nothing does."""
    readable = case.kind not in ("dense", "data")
    texts = case.listing.texts if case.listing is not None else []
    plain = [index for index in case.messages(30) if not _COMPLAINT.search(texts[index])]
    chosen = [*plain[:3], *case.paths(2)][:4] if readable else []
    if not chosen:
        return Part((say("answer", "triage.what.unknown", "identity plain limit", **case.slots),), ())
    said = say("answer", "triage.what.texts", "identity strings plain", **case.slots, list=case.quoted(chosen))
    return Part((said,), case.show(chosen, request))


def _size(case: Case) -> int:
    return (case.file.metadata.file_size if case.file.metadata else None) or 0


def _form(case: Case, slots: dict[str, Text]) -> str:
    if "size" not in slots or ("mime" not in slots and "format" not in slots):
        return "bare"
    if case.kind in ("program", "library", "image"):
        return case.kind if "machine" in slots else "bare"
    return case.kind if "mime" in slots or _mistaken(case) else "bare"


def _mistaken(case: Case) -> bool:
    """Whether the type is that of another format with the same first bytes: Java classes look like Mach-O."""
    metadata = case.file.metadata
    return case.kind == "archive" and metadata is not None and metadata.mime_type == "application/x-mach-binary"


def _usage(case: Case, usage: list[int], slots: dict[str, Text]) -> list[Say | Items]:
    texts = case.listing.texts if case.listing is not None else []
    said: list[Say | Items] = []
    rest = usage
    if "usage" in texts[usage[0]].lower():
        told = case.told(usage[0])
        given = slots | {"usage": case.quoted(told or usage[:1])}
        whole = not told or texts[told[0]].endswith((".", ":"))
        phrase = "triage.what.usage" if not told else "triage.what.told" if whole else "triage.what.told.begun"
        said.append(say("detail", phrase, "identity strings plain process", **given))
        rest = usage[1:]
    if len(rest) >= 3:
        entries: list[Say | Text] = [case.quoted([index]) for index in rest]
        lead = say("detail", "triage.what.options", "strings process", **slots)
        said.append(items("detail", lead, entries, "strings process identity"))
    elif rest and not said:
        given = slots | {"usage": case.quoted(rest)}
        said.append(say("detail", "triage.what.option", "identity strings plain process", **given))
    return said


def record(case: Case, request: Request) -> Part | None:
    """What identifies the content."""
    hashes, view = case.file.hashes, case.view
    if hashes is None or not hashes.sha256:
        return None
    slots = dict(case.slots)
    slots["sha256"] = value.code(hashes.sha256, view.at("hashes", ".sha256"))
    said: list[Say | Items] = [say("answer", "triage.record", "hash identity verify provenance", **slots)]
    others = [("MD5", "md5", hashes.md5), ("SHA-512", "sha512", hashes.sha512), ("BLAKE3", "blake3", hashes.blake3)]
    entries: list[Say | Text] = []
    for title, field, digest in others:
        if digest:
            text = value.code(digest, view.at("hashes", f".{field}"))
            entries.append(Text(f"{title}: {text.text}", text.sources))
    if entries and request.length == "long":
        said.append(items("detail", say("detail", "triage.record.others", "hash", **slots), entries, "hash"))
    said.append(say("limit", "triage.record.limit", "limit hash method", **slots))
    return Part(tuple(said), (Show("hashes"),))


def provenance(case: Case, request: Request) -> Part | None:
    """Place, owner, times, signature."""
    metadata, view = case.file.metadata, case.view
    if metadata is None:
        return None
    slots = dict(case.slots)
    said: list[Say | Items] = [say("answer", f"triage.place.{case.place}", "path provenance decision", **slots)]
    if metadata.modified:
        slots["modified"] = value.date(metadata.modified, view.at("metadata", ".modified"))
        if metadata.created:
            slots["created"] = value.date(metadata.created, view.at("metadata", ".created"))
        kept = bool(metadata.created and metadata.created > metadata.modified)
        said.append(say("detail", "triage.time.kept" if kept else "triage.time.plain", "time provenance", **slots))
    if metadata.owner_uid is not None and metadata.permissions and metadata.permissions.isdigit():
        slots["uid"] = value.equal(metadata.owner_uid, view.at("metadata", ".owner_uid"))
        slots["mode"] = value.code(metadata.permissions, view.at("metadata", ".permissions"))
        open_to = int(metadata.permissions, 8) & 0o022
        form = "root" if metadata.owner_uid == 0 else "user"
        said.append(say("detail", f"triage.owner.{form}", "permission path", **slots))
        if open_to:
            said.append(say("meaning", "triage.owner.writable", "permission weakness decision", **slots))
    shows = [Show("metadata")]
    signed = case.file.signatures
    if signed is not None and signed.is_signed is False and signed.verification_status == "No signature found":
        slots["status"] = value.code(signed.verification_status, view.at("signatures", ".verification_status"))
        said.append(say("limit", "triage.unsigned", "provenance limit verify", **slots))
        shows.append(Show("signatures"))
    texts = case.listing.texts if case.listing is not None else []
    source = next((index for index, text in enumerate(texts) if text.startswith(SHARED_DEBUG)), -1)
    if source >= 0:
        slots["text"] = case.quoted([source])
        said.insert(1, say("detail", "triage.place.source", "package provenance strings verify", **slots))
        shows += case.show([source], request)
    else:
        said.append(say("limit", "triage.place.limit", "limit package provenance", **slots))
    return Part(tuple(said), tuple(shows))


def abilities(case: Case, request: Request) -> Part | None:
    """What it can do: by imports, or line by line for a script."""
    if case.kind == "script":
        return _script(case, request)
    groups = {purpose: found for purpose, found in case.purposes().items() if purpose in _TELLING}
    telling = {purpose: [name for name in found if not is_commonplace(name)] for purpose, found in groups.items()}
    online = not set(groups.get("network", ())).isdisjoint(_CONNECTING)
    ordered = [one for one in _TELLING if one in groups]
    ordered.sort(key=lambda one: (not telling[one], one == "network" and not online))
    if len(ordered) < 2:
        return _functions(case, request)
    slots = dict(case.slots)
    symbols = case.view.at("symbols", ".imports")
    whole = case.view.lines("symbols.imports").within(max(request.room, 900))
    most = 10 if request.length == "long" else 4
    taken = {purpose: few(telling[purpose] or groups[purpose], most) for purpose in ordered}
    first, second = ordered[0], ordered[1]
    slots |= {"purpose": Text(PURPOSES[first]), "list": case.imported(taken[first][:4])}
    slots |= {"also": Text(PURPOSES[second]), "second": case.imported(taken[second][:4])}
    if whole:
        count = len(case.file.symbols.imports) if case.file.symbols else 0
        slots["count"] = value.counted(count, symbols)
    plain = whole and not any(telling[one] for one in _OUTSIDE if one in telling)
    form = "triage.can.ordinary" if plain else "triage.can" if whole else "triage.can.some"
    said: list[Say | Items] = [say("answer", form, "imports decision malware plain", **slots)]
    beyond = [name for name in case.names if purpose_of(name) is None and not name.startswith("_")]
    if len(beyond) > 2:
        chosen = few(beyond, most)
        said.append(say("detail", "triage.can.beyond", "imports code", **slots | {"list": case.imported(chosen)}))
    used = [name for purpose in ordered[:2] for name in taken[purpose][:4]]
    used += few(beyond, most) if len(beyond) > 2 else []
    if len(ordered) > 3 and request.length == "long":
        entries: list[Say | Text] = [_entry(PURPOSES[purpose], case.imported(taken[purpose])) for purpose in ordered]
        used += [name for purpose in ordered for name in taken[purpose]]
        said.append(items("detail", say("detail", "triage.can.lead", "imports", **slots), entries, "imports"))
    else:
        for purpose in ordered[2:6]:
            used += taken[purpose]
            given = slots | {"purpose": Text(PURPOSES[purpose]), "list": case.imported(taken[purpose])}
            said.append(say("detail", "triage.can.more", f"imports {_TAGS.get(purpose, 'method')}", **given))
    every = {one.name.partition("@")[0] for one in case.file.symbols.imports} if case.file.symbols else set()
    if "network" not in groups and "socket" not in every and case.file.symbols is not None:
        slots["socket"] = value.absent("socket", symbols, "name")
        said.append(say("meaning", "triage.can.offline", "network decision malware plain", **slots))
    elif online:
        said.append(say("meaning", "triage.can.online", "network decision malware", **slots))
    shows: tuple[Show, ...] = ()
    named = _named(case, 12 if request.length == "long" else 5)
    if named is not None:
        said.append(say("detail", "triage.can.functions", "code structure address", **case.slots, list=named[0]))
        shows = (named[1],)
    said.append(say("limit", "triage.can.limit", "limit code imports", **slots))
    show = (
        Show("symbols.imports")
        if whole
        else Show("symbols.imports", only=tuple(sorted({case.names[one] for one in used})))
    )
    return Part(tuple(said), (show, *shows))


_NAMED: tuple[Purpose, ...] = ("network", "process", "user", "files", "folders", "terminal", "time")


def _by_strings(case: Case, request: Request) -> Part | None:
    """What names of library functions among the strings tell, where no import list is there."""
    if case.listing is None or case.names or case.kind not in ("program", "library", "binary"):
        return None
    groups: dict[Purpose, list[int]] = {}
    for index, text in enumerate(case.listing.texts):
        purpose = purpose_of(text) if len(text) > 3 else None
        if purpose is not None and purpose in _NAMED and not is_commonplace(text):
            groups.setdefault(purpose, []).append(index)
    ordered = [purpose for purpose in _NAMED if len(groups.get(purpose, ())) > 1][:2]
    if len(ordered) < 2:
        return None
    first, second = (groups[purpose][:3] for purpose in ordered)
    slots = dict(case.slots) | {"purpose": Text(PURPOSES[ordered[0]]), "list": case.quoted(first)}
    slots |= {"also": Text(PURPOSES[ordered[1]]), "second": case.quoted(second)}
    said = say("answer", "triage.can.named", "imports strings decision malware plain", **slots)
    return Part((said,), case.show([*first, *second], request))


def _functions(case: Case, request: Request) -> Part | None:
    """Names of its own functions, where imports tell nothing."""
    named = _named(case, 12 if request.length == "long" else 5)
    if named is None:
        return dynamic(case) or _by_strings(case, request)
    text, show = named
    return Part(
        (say("answer", "triage.can.functions.main", "code structure decision plain", **case.slots, list=text),), (show,)
    )


def _named(case: Case, most: int) -> tuple[Text, Show] | None:
    """Functions of the file that have a name of their own, start-up code left out."""
    symbols = case.file.symbols
    skipped = ("_", "register_tm", "deregister_tm", "frame_dummy")
    found = [
        (index, one.name) for index, one in enumerate(symbols.functions if symbols else ())
        if one.size > 0 and not one.is_imported and not one.name.startswith(skipped) and len(one.name) <= 80
    ][:most]  # fmt: skip
    if len(found) < 2:
        return None
    text = value.join([value.code(name, case.view.at("symbols", f".functions[{index}].name")) for index, name in found])
    return text, Show("symbols.functions", only=tuple(index for index, _ in found))


def _entry(title: str, text: Text) -> Text:
    return Text(f"{title}: {text.text}", text.sources)


def _script(case: Case, request: Request) -> Part | None:
    found = case.readings[: 12 if request.length == "long" else 4]
    if case.listing is None:
        return None
    slots = dict(case.slots)
    if not found:
        shown = case.listing.show(range(min(6, len(case.listing))), request.room)
        return Part((say("answer", "triage.script.quiet", "decision strings plain malware", **slots),), shown)
    said: list[Say | Items] = []
    told: set[str] = set()
    for index, reading in found:
        role: Role = "answer" if not said else "detail"
        form = f"triage.script.{reading.rule}"
        given = slots | {"line": case.quoted([index])}
        if reading.rule not in told:
            said.append(say(role, form, f"{reading.tags} decision strings", **given))
        told.add(reading.rule)
    rest = [index for index, reading in found if index not in [found[0][0]]]
    more = [
        index
        for index in rest
        if not any(isinstance(one, Say) and one.slots.get("line") == case.quoted([index]) for one in said)
    ]
    if more:
        entries: list[Say | Text] = [case.quoted([index]) for index in more]
        lead = say("detail", "triage.script.more", "strings", **slots)
        said.append(
            items("detail", lead, entries, "strings code") if len(more) > 2
            else say("detail", "triage.script.also", "strings code", **slots, list=case.quoted(more))
        )  # fmt: skip
    said.append(say("limit", "triage.script.limit", "limit code", **slots))
    return Part(tuple(said), case.show([index for index, _ in found], request))


def indicators(case: Case, request: Request) -> Part | None:
    """Strings worth following, and those that only look so."""
    if case.listing is None:
        return None
    slots = dict(case.slots)
    said: list[Say | Items] = []
    used: list[int] = []
    documented = [hit for hit in case.addresses if hit.index not in case.marks]
    if case.marks:
        chosen = case.marks[: 6 if request.length == "long" else 3]
        used += chosen
        slots["list"] = case.quoted(chosen)
        said.append(
            say(
                "answer",
                "triage.follow.one" if len(chosen) == 1 else "triage.follow",
                "strings network detection decision malware",
                **slots,
            )
        )
    elif documented:
        chosen = [hit.index for hit in documented[:3]]
        used += chosen
        slots["list"] = value.join([case.listing.piece(hit.index, hit.text) for hit in documented[:3]])
        said.append(
            say(
                "answer",
                "triage.follow.links" if len(chosen) > 1 else "triage.follow.link",
                "strings network detection decision plain",
                **slots,
            )
        )
    else:
        said.append(say("answer", "triage.follow.none", "strings network detection decision", **slots))
        used += list(range(min(4, len(case.listing))))
    if case.marks and documented:
        given = slots | {"links": value.join([case.listing.piece(hit.index, hit.text) for hit in documented[:4]])}
        used += [hit.index for hit in documented[:4]]
        said.append(say("detail", "triage.follow.besides", "network strings", **given))
    if case.hostile:
        said.append(
            say(
                "meaning",
                "triage.follow.hostile",
                "malware weakness decision plain",
                **slots,
                quote=case.quoted(case.hostile[:1]),
            )
        )
        used += case.hostile[:1]
    if case.secrets:
        pieces = [
            case.listing.piece(index, name)
            for index in case.secrets[:3]
            for name in secret_names(case.listing.texts[index])[:1]
        ]
        said.append(
            say(
                "meaning",
                "triage.follow.secret",
                "weakness decision plain permission",
                **slots,
                names=value.join(pieces),
            )
        )
        used += case.secrets[:3]
    long = request.length == "long"
    readable = case.kind not in ("dense", "data")
    for found, phrase, tags in (
        (case.paths(12 if long else 4), "paths", "path files detection"), (case.messages(10 if long else 3), "messages", "strings process detection"),
    ):  # fmt: skip
        fresh = [index for index in found if index not in used and readable]
        if len(fresh) > 4:
            entries: list[Say | Text] = [case.quoted([index]) for index in fresh]
            said.append(items("detail", say("detail", f"triage.follow.{phrase}.lead", tags, **slots), entries, tags))
        elif fresh:
            said.append(say("detail", f"triage.follow.{phrase}", tags, **slots, texts=case.quoted(fresh)))
        used += fresh
    said.append(say("limit", f"triage.follow.{'whole' if case.listing.complete else 'cut'}", "limit strings", **slots))
    return Part(tuple(said), case.show(used, request))


def verdicts(case: Case, request: Request) -> Part | None:
    """What the scanner's rules say and what each of that rests on."""
    view, file = case.view, case.file
    labels: dict[str, Text] = {}
    shows: list[Show] = []
    if file.vulnerabilities is not None:
        place = view.at("vulnerabilities", ".vulnerabilities")
        labels |= {
            one.rule_id or "": value.member(one.rule_id or "", place, "rule_id")
            for one in file.vulnerabilities.vulnerabilities
        }
        shows += [Show("vulnerabilities"), Show("vulnerabilities.risk_assessment")]
    if file.behavioral is not None:
        place = view.at("behavioral", ".network_behavior")
        labels |= {
            one.pattern_type or "": value.member(one.pattern_type or "", place, "pattern_type")
            for one in file.behavioral.network_behavior
        }
        place = view.at("behavioral", ".anti_analysis")
        labels |= {
            one.technique_type or "": value.member(one.technique_type or "", place, "technique_type")
            for one in file.behavioral.anti_analysis
        }
        shows.append(Show("behavioral"))
    if file.threats is not None:
        place = view.at("threats", ".matches")
        labels |= {
            one.rule_identifier or "": value.member(one.rule_identifier or "", place, "rule_identifier")
            for one in file.threats.matches
        }
        shows.append(Show("threats"))
    if not shows:
        return None
    labels.pop("", None)
    slots = dict(case.slots)
    said: list[Say | Items] = []
    if labels:
        slots["labels"] = value.join([labels[name] for name in list(labels)[:6]])
        form = "triage.rules" if len(labels) > 1 else "triage.rules.one"
        said.append(say("answer", form, "rule decision weakness plain", **slots))
    else:
        said.append(say("answer", "triage.rules.none", "rule decision weakness plain", **slots))
    for name in [name for name in labels if name in _EXPLAINED][: 6 if request.length == "long" else 3]:
        said.append(say("meaning", f"triage.rule.{name}", "rule weakness malware method", **slots, label=labels[name]))
    risk = file.vulnerabilities.risk_assessment if file.vulnerabilities else None
    if risk is not None and risk.overall_risk_score is not None and risk.risk_level:
        slots["score"] = value.fixed(
            risk.overall_risk_score, view.at("vulnerabilities", ".risk_assessment.overall_risk_score"), 1
        )
        slots["risk"] = value.code(risk.risk_level, view.at("vulnerabilities", ".risk_assessment.risk_level"))
        form = "zero" if risk.overall_risk_score == 0 else "score"
        said.append(say("meaning", f"triage.rules.{form}", "score rule weakness decision", **slots))
    if file.threats is not None and file.threats.threat_level not in (None, "Unknown", "None"):
        slots["level"] = value.code(str(file.threats.threat_level), view.at("threats", ".threat_level"))
        said.append(say("limit", "triage.rules.level", "rule limit weakness malware", **slots))
    return Part(tuple(said), tuple(shows))


def _protected(case: Case, stripped: bool | None, told: list[Say], shows: tuple[Show, ...]) -> Part:
    """The mitigations by header and name, the calls that need care, and what stripping left."""
    lead = msgspec.structs.replace(told[0], phrase=f"triage.{told[0].phrase}")
    decided = [one for one in told[1:] if not one.phrase.endswith("pie.library")]
    said: list[Say | Items] = [lead, *sorted(decided, key=lambda one: "pie" in one.phrase)]
    unbounded = [name for name in _UNBOUNDED if name in case.names]
    evidence = list(shows)
    if unbounded:
        listed = case.imported(unbounded)
        said.append(say("detail", "triage.hard.care", "memory_safety weakness imports", **case.slots, list=listed))
        evidence.append(Show("symbols.imports", only=tuple(sorted({case.names[one] for one in unbounded}))))
    if stripped is not None:
        form = "stripped" if stripped else "symbols"
        said.append(say("detail", f"triage.hard.{form}", "code structure build", **case.slots))
        evidence.append(Show("binary_info"))
    said.append(say("limit", "triage.hard.limit", "limit mitigation kernel", **case.slots))
    return Part(tuple(said), tuple(evidence))


def hardening(case: Case, request: Request) -> Part | None:
    """What the build did for safety, as far as headers and names show it."""
    binary, table = case.file.binary_info, table_of(case)
    if binary is None or binary.format != "ELF":
        return None
    found = summary(table, request.persona.register == "plain") if table is not None else None
    if found is not None:
        return _protected(case, binary.is_stripped, *found)
    if not case.names:
        return None
    slots = dict(case.slots)
    said: list[Say | Items] = []
    checked = [name for name in case.names if name.startswith("__") and name.endswith("_chk")]
    used: list[str] = []
    if "__stack_chk_fail" in case.names:
        slots["canary"] = case.imported(["__stack_chk_fail"])
        used.append("__stack_chk_fail")
    if checked:
        slots["checked"] = case.imported(checked[:6])
        used += checked[:6]
    form = {(True, True): "both", (True, False): "canary", (False, True): "checked", (False, False): "none"}
    state = form["canary" in slots, "checked" in slots]
    if state == "none":
        slots["missing"] = value.absent("__stack_chk_fail", case.view.at("symbols", ".imports"), "name")
    said.append(say("answer", f"triage.hard.{state}", "mitigation memory_safety build decision", **slots))
    flag = next((index for index, text in enumerate(case.listing.texts) if _FLAG in text), -1) if case.listing else -1
    if flag >= 0 and case.listing is not None:
        given = slots | {"flag": case.listing.piece(flag, _FLAG)}
        said.append(say("detail", "triage.hard.flag", "mitigation memory_safety build weakness", **given))
    unbounded = [name for name in _UNBOUNDED if name in case.names]
    if unbounded:
        used += unbounded
        said.append(
            say("detail", "triage.hard.care", "memory_safety weakness imports", **slots, list=case.imported(unbounded))
        )
    if binary.is_stripped is not None:
        said.append(
            say(
                "detail",
                f"triage.hard.{'stripped' if binary.is_stripped else 'symbols'}",
                "code structure build",
                **slots,
            )
        )
    said.append(say("limit", "triage.hard.limit", "limit mitigation kernel", **slots))
    lines = case.view.lines("symbols.imports")
    if lines.within(request.room) or not used:
        show = Show("symbols.imports")
    else:
        show = Show("symbols.imports", only=tuple(sorted({case.names[one] for one in used})))
    shown = case.show([flag], request) if flag >= 0 else ()
    return Part(tuple(said), (show, Show("binary_info"), *shown))


def layout(case: Case, request: Request) -> Part | None:
    """How dense each part is: packed code would stand out."""
    entropy = case.file.entropy
    if entropy is None or len(entropy.sections) < 3 or case.kind not in ("program", "library", "image"):
        return None
    real = [
        (index, one)
        for index, one in enumerate(entropy.sections)
        if "bss" not in one.name and one.size >= 64 and one.name
    ]
    code = next((entry for entry in real if entry[1].name == ".text"), None)
    if code is None or len(real) < 3:
        return None
    slots = dict(case.slots)

    def measured(entry: tuple[int, object]) -> Text:
        return value.fixed(
            entropy.sections[entry[0]].entropy, case.view.at("entropy", f".sections[{entry[0]}].entropy"), 2
        )

    def named(entry: tuple[int, object]) -> Text:
        return value.code(entropy.sections[entry[0]].name, case.view.at("entropy", f".sections[{entry[0]}].name"))

    top = max(real, key=lambda entry: entry[1].entropy)
    slots |= {"code": measured(code), "section": named(code), "densest": named(top), "most": measured(top)}
    ordinary = code[1].entropy <= 6.8 and top[1].entropy <= 7.2
    form = "code" if ordinary and top[0] == code[0] else "plain" if ordinary else "dense"
    said: list[Say | Items] = [say("answer", f"triage.layout.{form}", "entropy structure malware decision", **slots)]
    chosen = [code, top]
    if request.length == "long" and len(real) > 5:
        chosen = sorted(real, key=lambda entry: -entry[1].size)[:10]
        entries: list[Say | Text] = [
            Text(
                f"{(label := named(entry)).text}: {(figure := measured(entry)).text} over {(size := value.grouped(entry[1].size, case.view.at('entropy', f'.sections[{entry[0]}].size'), _BYTES)).text}",
                label.sources + figure.sources + size.sources,
            )
            for entry in chosen
        ]
        said.append(
            items(
                "detail",
                say("detail", "triage.layout.lead", "entropy structure data", **slots),
                entries,
                "entropy structure",
            )
        )
        chosen += [code, top]
    said.append(say("limit", "triage.layout.limit", "limit entropy method", **slots))
    return Part(tuple(said), (Show("entropy.sections", only=tuple(sorted({entry[0] for entry in chosen}))),))


def gaps(case: Case, request: Request) -> Part | None:
    """What the report does not hold, and what that leaves open."""
    if case.file.reports[0].dialect not in ("analysis", "cache"):
        return None
    missing = missing_features(case)
    slots = dict(case.slots)
    if not missing:
        return Part((say("answer", "triage.gaps.none", "limit method decision", **slots),), (Show("features"),))
    options = [option(case, feature) for feature in missing[:5]]
    slots |= {"options": value.join(options), "area": Text(_AREAS[missing[0]]), "option": options[0]}
    form = "one" if len(missing) == 1 else "some"
    said: list[Say | Items] = [
        say("answer", f"triage.gaps.{form}", "limit method decision", **slots),
        say("meaning", "triage.gaps.means", "limit plain weakness", **slots),
    ]
    return Part(tuple(said), (Show("features"),))


def steps(case: Case, request: Request) -> list[Part]:
    """What to do next with this file, each step its own, the most useful first."""
    slots = dict(case.slots)
    made: list[Part] = []
    hashes = case.file.hashes
    if hashes is not None and hashes.sha256 and not case.tiny:
        given = slots | {"sha256": value.code(hashes.sha256, case.view.at("hashes", ".sha256"))}
        form = "package" if case.place == "system" else "lookup"
        made.append(
            Part(
                (say("next", f"triage.step.{form}", "next verify hash provenance decision plain", **given),),
                (Show("hashes"),),
            )
        )
    if case.marks:
        given = slots | {"quote": case.quoted(case.marks[:1])}
        form = "hostile" if case.marks[0] in case.hostile else "line" if case.kind == "script" else "string"
        made.append(
            Part(
                (say("next", f"triage.step.{form}", "next strings malware detection decision plain", **given),),
                case.show(case.marks[:1], request),
            )
        )
    if case.secrets and case.listing is not None:
        names = [case.listing.piece(case.secrets[0], secret_names(case.listing.texts[case.secrets[0]])[0])]
        made.append(
            Part(
                (
                    say(
                        "next",
                        "triage.step.secret",
                        "next weakness permission decision plain",
                        **slots,
                        names=value.join(names),
                    ),
                ),
                case.show(case.secrets[:1], request),
            )
        )
    called = [
        name
        for name in (
            "system",
            "popen",
            "execve",
            "execv",
            "execvp",
            "connect",
            "socket",
            "setuid",
            "unlink",
            "strcpy",
            "sprintf",
        )
        if name in case.names
    ]
    if called:
        given = slots | {"call": case.imported(called[:1])}
        form = "code" if case.file.disassembly is not None and case.file.disassembly.instructions else "code_missing"
        shown = Show("symbols.imports", only=(case.names[called[0]],))
        made.append(Part((say("next", f"triage.step.{form}", "next code malware memory_safety", **given),), (shown,)))
    if case.kind in ("dense", "data", "archive") and _size(case) >= _MEASURABLE:
        known = case.file.metadata is not None and case.file.metadata.mime_type not in (
            None,
            "application/octet-stream",
        )
        form = "unpack" if known and case.kind != "data" else "look"
        made.append(Part((say("next", f"triage.step.{form}", "next data method", **slots),), ()))
    if case.kind == "script" and not case.marks:
        read = say("next", "triage.step.read", "next strings verify plain method", **slots)
        made.append(Part((read,), (Show("metadata"),)))
    scans = any(isinstance(one, Say) and one.phrase == "triage.step.code_missing" for step in made for one in step.said)
    made += _watch(case, slots) + ([] if scans else _again(case, slots)) + _siblings(case, slots)
    if case.place != "system":
        owner = say("next", "triage.step.owner", "next package provenance path decision plain", **slots)
        made.append(Part((owner,), (Show("metadata"),)))
    return made if request.persona.register != "plain" else [one for one in made if _simple(one)]


def _simple(step: Part) -> bool:
    """Whether a reader without the terms of the trade can take the step."""
    return all(isinstance(one, Say) and "plain" in one.tags for one in step.said)


def _watch(case: Case, slots: dict[str, Text]) -> list[Part]:
    """Something of unknown origin that can use the network is worth watching."""
    found = [name for name in ("connect", "socket", "getaddrinfo", "send") if name in case.names]
    if not found or case.place == "system":
        return []
    given = slots | {"list": case.imported(found[:3])}
    show = Show("symbols.imports", only=tuple(sorted(case.names[name] for name in found[:3])))
    return [Part((say("next", "triage.step.watch", "next network malware detection", **given),), (show,))]


def missing_features(case: Case) -> list[str]:
    """Features of weight that the report lacks though they could be had."""
    if case.file.reports[0].dialect not in ("analysis", "cache"):
        return []
    return [
        feature for feature in _AREAS
        if case.file.state(feature) in ("absent", "not_requested") and not any(feature in report.parts for report in case.file.reports)
    ]  # fmt: skip


def option(case: Case, feature: str) -> Text:
    """A feature that the report lacks, as code, with the proof that its place is empty."""
    dialect = case.file.reports[0].dialect
    return value.in_code(value.null(feature, f"{dialect}:{'$.result' if dialect == 'cache' else '$'}.{feature}"))


def _again(case: Case, slots: dict[str, Text]) -> list[Part]:
    missing = missing_features(case)
    if not missing or case.kind == "script":
        return []
    given = slots | {"option": option(case, missing[0]), "area": Text(_AREAS[missing[0]])}
    return [Part((say("next", "triage.step.again", "next verify method plain", **given),), (Show("features"),))]


def _siblings(case: Case, slots: dict[str, Text]) -> list[Part]:
    """Files of one package share their time, which can be checked on the machine."""
    metadata = case.file.metadata
    if metadata is None or not metadata.modified or case.place not in ("system", "local"):
        return []
    given = slots | {"modified": value.date(metadata.modified, case.view.at("metadata", ".modified"))}
    return [Part((say("next", "triage.step.siblings", "next time provenance package", **given),), (Show("metadata"),))]
