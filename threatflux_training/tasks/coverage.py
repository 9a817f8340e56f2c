"""What a report holds and what it does not: the same question once with an answer, once without."""

from collections.abc import Callable

import msgspec

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Say, items, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.view import View
from threatflux_training.hashing import ordered
from threatflux_training.reports.file import ScannedFile
from threatflux_training.tasks import about
from threatflux_training.tasks.entropy_flags import against_figure
from threatflux_training.tasks.model import Draft, NegativeKind, Offer, Request, Show

FAMILY = "coverage"
_AREAS = {
    "symbols": "symbols", "control_flow": "control flow", "vulnerabilities": "vulnerabilities", "code_quality": "code quality",
    "dependencies": "dependencies", "entropy": "entropy", "disassembly": "disassembly", "threats": "threat rules",
    "behavioral": "behavior", "yara_indicators": "YARA indicators", "binary_info": "headers and sections",
    "signatures": "digital signatures", "strings": "printable strings", "hex_dump": "raw bytes",
}  # fmt: skip
"""A feature and the words in which people ask for it."""
FEATURES = tuple(_AREAS)
"""Features that a report can hold beside metadata and hashes."""
_CONTEXT = ("metadata", "hashes", "signatures", "strings", "entropy.sections", "hex_dump")
_SEVERAL = 2
"""Facts that stand in a list of their own."""
Fact = tuple[Show, Text]
"""What the prompt shows of a feature, and the value taken from it."""


def offers(view: View, partner: View | None) -> list[Offer]:
    """A pair: a feature that the report holds, and one that it lacks."""
    held = [feature for feature in _FACTS if feature in _AREAS and _FACTS[feature](view) is not None]
    lacks = [feature for feature in _AREAS if missed(view.file, feature)]
    if not held or not lacks or view.file.metadata is None:
        return []
    pairs = min(len(lacks), 4)
    return [
        Offer(
            task="coverage.area", build=lambda r: _pair(view, held, lacks, r), importance=5, pair=True, variants=pairs,
            weight=1.5,
        )
    ]  # fmt: skip


def lacking(file: ScannedFile, feature: str) -> bool:
    """Whether no document of the file holds anything at the feature, not even something malformed."""
    return file.state(feature) in ("absent", "not_requested", "not_applicable") and not any(
        feature in report.parts for report in file.reports
    )


def missed(file: ScannedFile, feature: str) -> bool:
    """Whether a feature is lacking that no other part of the report makes up for."""
    info = file.binary_info
    named = {
        "yara_indicators": file.strings or file.hashes,
        "symbols": info and info.exports,
        "dependencies": info and info.imports,
    }
    return lacking(file, feature) and not named.get(feature)


def _pair(view: View, held: list[str], lacked: list[str], request: Request) -> tuple[Draft, Draft] | None:
    lacks = ordered(f"{view.file.key}/coverage", lacked)[request.variant % len(lacked)]
    has = ordered(f"{request.key}/held", held)[0]
    return _held(view, request, has), missing(view, request, lacks)


def _slots(view: View, feature: str) -> dict[str, Text]:
    return {"name": view.name, "path": view.path, "area": Text(_AREAS[feature])}


def _held(view: View, request: Request, feature: str) -> Draft:
    fact = _FACTS[feature](view)
    if fact is None:
        raise ValueError(f"{feature} has no fact to give")
    shown, given = fact
    slots = _slots(view, feature) | {"fact": given}
    more, shows = _around(view, request, feature)
    content: list[Content] = [
        say("answer", f"coverage.held.{feature}", "decision", **slots),
        *(against_figure(view, view.file.entropy) if feature == "entropy" and view.file.entropy is not None else []),
        say("meaning", f"coverage.worth.{feature}{_worth(view, feature)}", f"{_TAGS[feature]} limit decision", **slots),
        say("next", f"coverage.go.{feature}", f"{_TAGS[feature]} next verify", **slots),
        *more,
    ]
    if not view.file.args:
        content.append(say("limit", "coverage.held.limit", "limit method", **slots))
    shown_all = about.without((Show("features"), shown, Show("metadata"), *shows))
    return Draft(slots=_slots(view, feature), shows=shown_all, content=tuple(content), context=_CONTEXT)


def _worth(view: View, feature: str) -> str:
    """The case of what a result is worth: a signature found, or formats that carry one for tools that may not be there."""
    found = view.file.signatures
    if feature != "signatures" or found is None:
        return ""
    return ".signed" if found.is_signed else ".tools" if view.file.kind in ("pe", "macho") else ""


def _around(view: View, request: Request, feature: str) -> tuple[list[Content], tuple[Show, ...]]:
    """What the report has beside the feature that was asked for."""
    names = {"kind": "binary_info", "line": "strings", "libraries": "binary_info", "entropy": "entropy"}
    wanted = [name for name in ("kind", "line", "libraries", "entropy") if names[name] != feature]
    said, shows = about.facts(view, f"{request.key}/about", *wanted)
    if feature == "signatures":
        digest, shown = about.facts(view, request.key, "digest")
        said, shows = [*digest, *said], about.without((*shown, *shows))
    facts = [one for one in said if isinstance(one, Say)]
    if len(facts) < _SEVERAL or len(facts) < len(said) or feature == "signatures":
        return said, shows
    lead = say("answer", "coverage.beside", "identity", name=view.name)
    return [items("detail", lead, [msgspec.structs.replace(one, role="detail") for one in facts], "identity")], shows


def missing(view: View, request: Request, feature: str) -> Draft:
    """The answer where the report holds nothing of a feature: what is missing, what there is, how to get it."""
    state = view.file.state(feature)
    slots = _slots(view, feature) | {"feature": _null(view, feature), "option": value.in_code(_null(view, feature))}
    more, shows = _around(view, request, feature)
    content: list[Content] = [say("answer", f"coverage.{state}", "decision", **slots)]
    metadata = view.file.metadata
    if metadata is not None and metadata.file_size == 0:
        size = value.grouped(0, view.at("metadata", ".file_size"), "byte|bytes")
        content.append(say("answer", "coverage.empty", "decision", size=size, **slots))
    if state != "not_applicable":
        content.append(say("meaning", f"coverage.lost.{feature}", f"{_TAGS[feature]} limit plain method", **slots))
        content.append(say("answer", "coverage.next", "next verify", **slots))
        content.append(say("limit", "coverage.meaning", "limit decision", **slots))
    if feature == "signatures":
        more = [_firm(one) for one in more]
    held = next((one for one in _INSTEAD.get(feature, ()) if view.file.state(one) == "present"), "")
    if held and state != "not_applicable" and (feature not in _COMPILED or _has_names(view, feature)):
        instead = slots | {"held": value.in_code(Text(held))}
        content.append(say("answer", f"coverage.instead.{feature}", "next decision", **instead))
    content += more
    negative: NegativeKind = "absent_feature"
    shown = about.without((Show("features"), Show("metadata"), *shows))
    return Draft(slots=_slots(view, feature), shows=shown, content=tuple(content), context=_CONTEXT, negative=negative)


_INSTEAD = {
    "behavioral": ("strings",), "yara_indicators": ("strings",), "threats": ("strings",), "vulnerabilities": ("symbols", "strings"),
    "symbols": ("strings",),
}  # fmt: skip
"""Parts of the same report that go some way to answer what a missing one would."""
_COMPILED = ("vulnerabilities", "symbols")
"""Features that are about compiled programs."""


def _has_names(view: View, feature: str) -> bool:
    """Whether the strings of a compiled file may hold names of functions; those of imports lie in its dynamic symbols."""
    binary = view.file.binary_info
    static = binary is not None and all(one.name != ".dynsym" for one in binary.sections)
    return view.file.kind == "elf" and not (feature == "symbols" and static)


def _firm(one: Content) -> Content:
    """A digest as part of the answer: without a signature it is what identifies the content."""
    return msgspec.structs.replace(one, role="answer") if isinstance(one, Say) and one.phrase == "about.sha256" else one


_TAGS = {
    "symbols": "imports code", "control_flow": "code", "vulnerabilities": "weakness", "code_quality": "code score",
    "dependencies": "package imports", "entropy": "entropy storage", "disassembly": "code address", "threats": "malware rule",
    "behavioral": "malware network", "yara_indicators": "detection", "binary_info": "structure", "signatures": "provenance",
    "strings": "strings network", "hex_dump": "structure",
}  # fmt: skip


def _null(view: View, feature: str) -> Text:
    """The feature's name, with the proof that no document has it: its place in each dialect is empty."""
    dialect = view.file.reports[0].dialect
    root = "$.result" if dialect == "cache" else "$"
    return value.null(feature, f"{view.side}{dialect}:{root}.{feature}")


def _entropy(view: View) -> Fact | None:
    found = view.file.entropy
    if found is None or found.overall_entropy is None:
        return None
    place = view.at("entropy", ".overall_entropy")
    return Show("entropy"), value.fixed(found.overall_entropy, place, 2, "bits per byte")


def _threats(view: View) -> Fact | None:
    found = view.file.threats
    if found is None or not found.threat_level or found.threat_level in ("Unknown", "None"):
        return None
    return Show("threats"), value.code(found.threat_level, view.at("threats", ".threat_level"))


def _signatures(view: View) -> Fact | None:
    found = view.file.signatures
    if found is None or not found.verification_status or found.verification_status == "Unknown":
        return None
    return Show("signatures"), value.code(found.verification_status, view.at("signatures", ".verification_status"))


def _strings(view: View) -> Fact | None:
    found = view.file.strings
    fitting = [(i, text) for i, text in enumerate(found.ascii[:21]) if 4 <= len(text) <= 80] if found else []
    if found is None or not fitting:
        return None
    first = next(
        ((i, text) for i, text in fitting if len(text) > 7 and text[0] != "_" and "/ld-" not in text), fitting[0]
    )
    return Show("strings", 0, min(len(found.ascii), first[0] + 12)), value.code(
        first[1], view.at("strings", f"{found.list_path}[{first[0]}]")
    )


def _binary(view: View) -> Fact | None:
    found = view.file.binary_info
    if found is None or not found.format or found.format in ("Unknown", "Raw"):
        return None
    return Show("binary_info"), value.code(found.format, view.at("binary_info", ".format"))


def _dump(view: View) -> Fact | None:
    found = view.file.hex_dump
    if found is None or len(found.data) < 16:
        return None
    length = len(found.data)
    amount = value.computed(value.with_unit(f"{length:,}", length, "byte|bytes"), "grouped", length, "byte|bytes")
    return Show("hex_dump.header"), amount


def _symbols(view: View) -> Fact | None:
    found = view.file.symbols
    count = found.symbol_count.get("imported_functions") if found else None
    if not count:
        return None
    place = view.at("symbols", ".symbol_count.imported_functions")
    return Show("symbols.symbol_count"), value.grouped(count, place, "imported function|imported functions")


def _findings(view: View) -> Fact | None:
    found = view.file.vulnerabilities
    risk = found.risk_assessment if found else None
    if risk is None or not risk.total_vulnerabilities:
        return None
    place = view.at("vulnerabilities", ".risk_assessment.total_vulnerabilities")
    amount = value.grouped(risk.total_vulnerabilities, place, "finding|findings")
    return Show("vulnerabilities.risk_assessment"), amount


_FACTS: dict[str, Callable[[View], Fact | None]] = {
    "entropy": _entropy, "threats": _threats, "signatures": _signatures, "strings": _strings, "binary_info": _binary,
    "hex_dump": _dump, "symbols": _symbols, "vulnerabilities": _findings,
}  # fmt: skip
