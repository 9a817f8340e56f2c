"""Lines for what the scanner's rules say: vulnerabilities, threats, behavior, material for a YARA rule."""

from collections.abc import Iterator

from threatflux_training.evidence.identity_lines import fields
from threatflux_training.evidence.score_lines import listed
from threatflux_training.evidence.view import Renderer
from threatflux_training.reports.file import ScannedFile
from threatflux_training.reports.model import Behavioral, Finding, NetworkBehavior, Operation, Persistence, Technique
from threatflux_training.text import line

_PLACES = 6
"""Locations of a finding that its line names; the rest is counted."""


def vulnerabilities(file: ScannedFile) -> list[str]:
    """One line per finding; line i is element i of the report's list."""
    return [] if file.vulnerabilities is None else [_finding(one) for one in file.vulnerabilities.vulnerabilities]


def _finding(one: Finding) -> str:
    head = f"  {one.rule_id} {one.rule_name}  severity {one.severity}  confidence {one.confidence}"
    references = [*one.cwe_references, *one.cve_references]
    tail = f"  references {' '.join(references)}" if references else ""
    return f"{head}{tail}  context: {line(one.context or '')}  {line(_places(one))}"


def _places(one: Finding) -> str:
    if one.locations and one.locations[0].function_name == "Imports":
        return f"location: Imports, address 0, {one.locations[0].instruction}"
    shown = [f"{hex(where.instruction_address)} {where.instruction}" for where in one.locations[:_PLACES]]
    where = one.locations[0].function_name if one.locations else ""
    more = f"; {len(one.locations)} locations in all" if len(one.locations) > _PLACES else ""
    return f"locations: {where}: {'; '.join(shown)}{more}"


_RISK = [
    "overall_risk_score",
    "risk_level",
    "critical_count",
    "high_count",
    "medium_count",
    "low_count",
    "total_vulnerabilities",
]


def risk(file: ScannedFile) -> list[str]:
    """The arithmetic over the findings, and how much code was looked at."""
    found = file.vulnerabilities
    if found is None:
        return []
    stats = fields(
        found.detection_stats, "functions_analyzed", "instructions_analyzed", "rules_executed", "patterns_matched"
    )
    return fields(found.risk_assessment, *_RISK) + stats


def threats(file: ScannedFile) -> list[str]:
    """Level, matches and counts."""
    found = file.threats
    if found is None:
        return []
    lines = fields(found, "threat_level")
    for match in found.matches:
        lines.append(f"  match: {match.rule_identifier}  tags: {', '.join(match.tags)}  {_described(match.metadata)}")
    if not found.matches:
        lines.append("  matches: []")
    for one in found.indicators:
        lines.append(f"  indicator: {one.indicator_type}  severity {one.severity}  confidence {one.confidence}")
    return lines + fields(found.scan_stats, "rules_evaluated", "patterns_matched", "file_size_scanned")


def _described(metadata: dict[str, str]) -> str:
    return line(metadata.get("description", ""))


def behavioral(file: ScannedFile) -> list[str]:
    """Every label with its literal indicators, one line each; empty lists are shown as such."""
    found = file.behavioral
    if found is None:
        return []
    return [*_labels(found), *fields(found, "evasion_score")]


def _labels(found: Behavioral) -> Iterator[str]:
    yield from _each("anti_analysis", [_technique(one) for one in found.anti_analysis])
    yield from _each("persistence", [_persistence(one) for one in found.persistence])
    yield from _each("network_behavior", [_network(one) for one in found.network_behavior])
    for name in ("file_operations", "registry_operations", "process_operations"):
        yield from _each(name, [_operation(one) for one in getattr(found, name)])
    suspicious = [
        f"{one.behavior_type}  severity {one.severity}  {one.description}" for one in found.suspicious_behaviors
    ]
    yield from _each("suspicious_behaviors", suspicious)


def _each(name: str, entries: list[str]) -> Iterator[str]:
    if not entries:
        yield f"  {name}: []"
    for entry in entries:
        yield f"  {name}: {line(entry)}"


def _technique(one: Technique) -> str:
    return (
        f"{one.technique_type}  indicators: {', '.join(one.indicators)}  confidence {one.confidence}  {one.description}"
    )


def _persistence(one: Persistence) -> str:
    return f"{one.mechanism_type}  severity {one.severity}  targets: {', '.join(one.target_locations)}"


def _network(one: NetworkBehavior) -> str:
    ports = f"  ports: {', '.join(map(str, one.ports))}" if one.ports else ""
    protocols = f"  protocols: {', '.join(sorted(one.protocols))}" if one.protocols else ""
    return f"{one.pattern_type}  {one.suspicious_level}  indicators: {', '.join(one.indicators)}{protocols}{ports}"


def _operation(one: Operation) -> str:
    suspicious = "" if one.suspicious is None else f"  suspicious {str(one.suspicious).lower()}"
    return f"{one.operation_type}  {', '.join([*one.targets, *one.keys, *one.techniques])}{suspicious}"


_YARA = ["sha256", "md5", "file_size", "magic_bytes", "entropy", "is_packed"]


def yara_indicators(file: ScannedFile) -> list[str]:
    """Scalars, then the lists on a line each; the strings have their own block."""
    found = file.yara_indicators
    if found is None:
        return []
    return [
        *fields(found, *_YARA),
        listed("imports", found.imports),
        listed("sections", [s for s in found.sections if s]),
    ]


def yara_strings(file: ScannedFile) -> list[str]:
    """The sampled strings; line i is element i of the report's list."""
    return [] if file.yara_indicators is None else [f"  {line(one)}" for one in file.yara_indicators.unique_strings]


def jumps(file: ScannedFile) -> list[str]:
    """The counts of jumps, calls and returns over the listed code."""
    analysis = file.disassembly.analysis if file.disassembly else None
    found = analysis.control_flow_summary if analysis else {}
    return [f"  {line(name)}: {count}" for name, count in found.items()]


BLOCKS: dict[str, Renderer] = {
    "disassembly.control_flow_summary": jumps,
    "vulnerabilities": vulnerabilities,
    "vulnerabilities.risk_assessment": risk,
    "threats": threats,
    "behavioral": behavioral,
    "yara_indicators": yara_indicators,
    "yara_indicators.unique_strings": yara_strings,
}
