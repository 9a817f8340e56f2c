"""What a report holds and what it does not: the same question once with an answer, once without."""

from collections.abc import Callable

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.view import View
from threatflux_training.hashing import ordered
from threatflux_training.reports.file import ScannedFile
from threatflux_training.tasks.model import Draft, NegativeKind, Offer, Request, Show

FAMILY = "coverage"
_AREAS = {
    "symbols": "symbols", "control_flow": "control flow", "vulnerabilities": "vulnerabilities", "code_quality": "code quality",
    "dependencies": "dependencies", "entropy": "entropy", "disassembly": "disassembly", "threats": "threat rules",
    "behavioral": "behavior", "yara_indicators": "YARA indicators", "binary_info": "headers and sections",
    "signatures": "digital signature", "strings": "printable strings", "hex_dump": "raw bytes",
}  # fmt: skip
"""A feature and the words in which people ask for it."""
_CONTEXT = ("metadata", "hashes", "signatures", "strings", "entropy.sections", "hex_dump")
Fact = tuple[Show, Text]
"""What the prompt shows of a feature, and the value taken from it."""


def offers(view: View, partner: View | None) -> list[Offer]:
    """A pair: a feature that the report holds, and one that it lacks."""
    held = [feature for feature in _FACTS if feature in _AREAS and _FACTS[feature](view) is not None]
    missing = [feature for feature in _AREAS if _lacking(view.file, feature)]
    if not held or not missing or view.file.metadata is None:
        return []
    pairs = min(len(missing), 4)
    return [
        Offer(
            task="coverage.area", build=lambda r: _pair(view, held, missing, r), importance=5, pair=True, variants=pairs,
            weight=1.5,
        )
    ]  # fmt: skip


def _lacking(file: ScannedFile, feature: str) -> bool:
    """Whether no document of the file holds anything at the feature, not even something malformed."""
    return file.state(feature) in ("absent", "not_requested", "not_applicable") and not any(
        feature in report.parts for report in file.reports
    )


def _pair(view: View, held: list[str], missing: list[str], request: Request) -> tuple[Draft, Draft] | None:
    lacks = ordered(f"{view.file.key}/coverage", missing)[request.variant % len(missing)]
    has = ordered(f"{request.key}/held", held)[0]
    return _held(view, has), _missing(view, lacks)


def _slots(view: View, feature: str) -> dict[str, Text]:
    return {"name": view.name, "area": Text(_AREAS[feature])}


def _held(view: View, feature: str) -> Draft:
    fact = _FACTS[feature](view)
    if fact is None:
        raise ValueError(f"{feature} has no fact to give")
    shown, given = fact
    slots = _slots(view, feature) | {"fact": given}
    content: list[Content] = [
        say("answer", f"coverage.held.{feature}", "decision", **slots),
        *_hash(view),
    ]
    if not view.file.args:
        content.append(say("limit", "coverage.held.limit", "limit method", **slots))
    shows = (Show("features"), shown, Show("metadata"), Show("hashes"))
    return Draft(slots=_slots(view, feature), shows=shows, content=tuple(content), context=_CONTEXT)


def _missing(view: View, feature: str) -> Draft:
    state = view.file.state(feature)
    slots = _slots(view, feature) | {"feature": _null(view, feature), "option": value.in_code(_null(view, feature))}
    content: list[Content] = [
        say("answer", f"coverage.{state}", "decision", **slots),
        say("meaning", "coverage.meaning", "plain limit method", **slots),
    ]
    if state != "not_applicable":
        content.append(say("next", "coverage.next", "next verify", **slots))
    content += _hash(view)
    negative: NegativeKind = "absent_feature"
    shows = (Show("features"), Show("metadata"), Show("hashes"))
    return Draft(slots=_slots(view, feature), shows=shows, content=tuple(content), context=_CONTEXT, negative=negative)


def _null(view: View, feature: str) -> Text:
    """The feature's name, with the proof that no document has it: its place in each dialect is empty."""
    dialect = view.file.reports[0].dialect
    root = "$.result" if dialect == "cache" else "$"
    return value.null(feature, f"{view.side}{dialect}:{root}.{feature}")


def _hash(view: View) -> list[Content]:
    hashes, metadata = view.file.hashes, view.file.metadata
    made: list[Content] = []
    if hashes is not None and hashes.sha256:
        digest = value.code(hashes.sha256, view.at("hashes", ".sha256"))
        made.append(say("verify", "coverage.hash", "hash verify identity provenance", sha256=digest, name=view.name))
    if metadata is not None and metadata.file_size is not None:
        size = value.grouped(metadata.file_size, view.at("metadata", ".file_size"), "byte|bytes")
        made.append(say("detail", "coverage.size", "size identity", size=size, name=view.name))
    return made


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
    first = next(((i, text) for i, text in enumerate(found.ascii) if 4 <= len(text) <= 80), None) if found else None
    if found is None or first is None or first[0] > 20:
        return None
    return Show("strings", 0, min(len(found.ascii), first[0] + 12)), value.code(
        first[1], view.at("strings", f"{found.list_path}[{first[0]}]")
    )


def _binary(view: View) -> Fact | None:
    found = view.file.binary_info
    if found is None or not found.format or found.format in ("Unknown", "Raw"):
        return None
    return Show("binary_info"), value.code(found.format, view.at("binary_info", ".format"))


_FACTS: dict[str, Callable[[View], Fact | None]] = {
    "entropy": _entropy, "threats": _threats, "signatures": _signatures, "strings": _strings, "binary_info": _binary,
}  # fmt: skip
