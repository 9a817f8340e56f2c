"""What a report on a file leaves open, and what to do next about the file."""

from threatflux_training.compose import value
from threatflux_training.compose.content import Items, Say, say
from threatflux_training.compose.value import Text
from threatflux_training.tasks.coverage import FEATURES
from threatflux_training.tasks.model import Request, Show
from threatflux_training.tasks.strings_facts import names_of_secrets
from threatflux_training.tasks.triage_case import MEASURABLE, UNTYPED, Case, Part

_AREAS = {
    "symbols": "the symbol table", "strings": "strings", "hex_dump": "raw bytes", "binary_info": "headers", "entropy": "entropy",
    "disassembly": "instructions", "vulnerabilities": "vulnerability findings", "behavioral": "behavior labels", "threats": "matches of threat rules",
    "signatures": "signatures",
}  # fmt: skip
"""Features whose absence is worth saying in a case, and what they would hold."""


_WHOLE = ("image/", "audio/", "video/", "application/pdf")
"""Beginnings of types that are dense by nature and hold no files to unpack."""


def gaps(case: Case, request: Request) -> Part | None:
    """What the report does not hold, and what that leaves open."""
    if case.file.reports[0].dialect not in ("analysis", "cache"):
        return None
    missing = missing_features(case)
    slots = dict(case.slots)
    if not missing and case.kind in ("text", "data", "dense"):
        return None
    if not missing:
        return Part((say("answer", "triage.gaps.none", "limit method decision", **slots),), (Show("features"),))
    options = [option(case, feature) for feature in missing[:5]]
    slots |= {"options": value.join(options), "area": Text(_AREAS[missing[0]]), "option": options[0]}
    lacked = sum(case.file.state(feature) in ("absent", "not_requested") for feature in FEATURES)
    form = "one" if len(missing) == 1 else "some" if lacked == len(options) else "many"
    said: list[Say | Items] = [
        say("answer", f"triage.gaps.{form}", "limit method decision", **slots),
        say("meaning", "triage.gaps.means", "limit plain weakness", **slots),
    ]
    return Part(tuple(said), (Show("features"),))


def steps(case: Case, request: Request) -> list[Part]:
    """What to do next with this file, each step its own, the most useful first."""
    slots = dict(case.slots)
    follow, ask = _follow(case, request), _ask(case)
    made = [*follow, *ask] if case.level == "look" else [*ask, *follow]
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
    if case.kind in ("dense", "data", "archive") and case.size >= MEASURABLE:
        mime = (case.file.metadata.mime_type if case.file.metadata else None) or UNTYPED
        form = "look" if mime == UNTYPED or case.kind == "data" else "unpack"
        if not mime.startswith(_WHOLE):
            made.append(Part((say("next", f"triage.step.{form}", "next data method", **slots),), ()))
    if case.kind == "script" and not case.marks:
        read = say("next", "triage.step.read", "next strings verify plain method", **slots)
        made.append(Part((read,), (Show("metadata"),)))
    scans = any(isinstance(one, Say) and one.phrase == "triage.step.code_missing" for step in made for one in step.said)
    made += _watch(case, slots) + _siblings(case, slots) + ([] if scans else _again(case, slots))
    if case.place != "system":
        owner = say("next", "triage.step.owner", "next package provenance path decision plain", **slots)
        made.append(Part((owner,), (Show("metadata"),)))
    return made if request.persona.register != "plain" else [one for one in made if _simple(one)]


def _ask(case: Case) -> list[Part]:
    """To ask whether the content is known."""
    hashes = case.file.hashes
    if hashes is None or not hashes.sha256 or case.tiny:
        return []
    given = case.slots | {"sha256": value.code(hashes.sha256, case.view.at("hashes", ".sha256"))}
    form = "package" if case.place == "system" else "lookup"
    said = say("next", f"triage.step.{form}", "next verify hash provenance decision plain", **given)
    return [Part((said,), (Show("hashes"),))]


def _follow(case: Case, request: Request) -> list[Part]:
    """To follow what stands out in the strings."""
    slots = dict(case.slots)
    made: list[Part] = []
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
        made.append(
            Part(
                (
                    say(
                        "next",
                        "triage.step.secret",
                        "next weakness permission decision plain",
                        **slots,
                        names=names_of_secrets(case.listing, case.secrets[:3]),
                    ),
                ),
                case.show(case.secrets[:3], request),
            )
        )
    return made


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
    """Features of weight that the report lacks though they could be had; a stripped file has few symbols to give."""
    if case.file.reports[0].dialect not in ("analysis", "cache"):
        return []
    binary = case.file.binary_info
    bare = binary is not None and binary.format == "ELF" and bool(binary.is_stripped)
    return [
        feature for feature in _AREAS
        if case.file.state(feature) in ("absent", "not_requested") and not any(feature in report.parts for report in case.file.reports)
        and not (feature == "symbols" and bare)
    ]  # fmt: skip


def option(case: Case, feature: str) -> Text:
    """A feature that the report lacks, as code, with the proof that its place is empty."""
    dialect = case.file.reports[0].dialect
    return value.in_code(value.null(feature, f"{dialect}:{'$.result' if dialect == 'cache' else '$'}.{feature}"))


_CODE = ("symbols", "disassembly")
"""Features that only a reader of the code has use for."""


def _again(case: Case, slots: dict[str, Text]) -> list[Part]:
    """Another scan for what is missing; nobody has to read the code of a file that only needs a check of its origin."""
    missing = [one for one in missing_features(case) if one not in _CODE or case.level != "routine"]
    if not missing or case.kind == "script":
        return []
    given = slots | {"option": option(case, missing[0]), "area": Text(_AREAS[missing[0]])}
    return [Part((say("next", "triage.step.again", "next verify method plain", **given),), (Show("features"),))]


def _siblings(case: Case, slots: dict[str, Text]) -> list[Part]:
    """Files of one package share their time, which can be checked on the machine."""
    metadata = case.file.metadata
    if metadata is None or not metadata.modified or case.place != "system":
        return []
    given = slots | {"modified": value.date(metadata.modified, case.view.at("metadata", ".modified"))}
    return [Part((say("next", "triage.step.siblings", "next time provenance package", **given),), (Show("metadata"),))]
