"""Lines for entropy, code quality and dependencies: measurements, and the verdicts the scanner builds on them."""

from threatflux_training.evidence.identity_lines import fields
from threatflux_training.evidence.view import Renderer
from threatflux_training.reports.file import ScannedFile
from threatflux_training.reports.model import Dependency, EntropySection, FunctionMetrics, QualityIssue
from threatflux_training.text import line


def listed(name: str, values: list[str]) -> str:
    """`  name: a, b` or `  name: []`."""
    return f"  {name}: {line(', '.join(values)) if values else '[]'}"


def entropy(file: ScannedFile) -> list[str]:
    """Overall figures and indicators; sections have their own block."""
    found = file.entropy
    if found is None:
        return []
    lines = fields(found, "overall_entropy", "obfuscation_score")
    packed, encryption = found.packed_indicators, found.encryption_indicators
    if packed is not None:
        lines += fields(packed, "likely_packed", "compression_ratio_estimate")
        lines += [listed("packer_signatures", packed.packer_signatures)]
    if encryption is not None:
        lines += fields(encryption, "likely_encrypted", "random_data_percentage")
        lines += [listed("crypto_constants_found", encryption.crypto_constants_found)]
        lines += [_region(one.offset, one.size, one.entropy) for one in encryption.high_entropy_regions]
    return lines


def _region(offset: int, size: int, entropy: float) -> str:
    return f"  high_entropy_region: offset {offset}, size {size}, entropy {entropy}"


def sections(file: ScannedFile) -> list[str]:
    """One line per section with bytes in the file; line i is element i of the report's list."""
    return [] if file.entropy is None else [_section(one) for one in file.entropy.sections]


def _section(one: EntropySection) -> str:
    mark = "  is_suspicious" if one.is_suspicious else ""
    return f"  {line(one.name)}  offset {one.offset}  size {one.size}  entropy {one.entropy}{mark}"


_QUALITY = ["overall_quality_score", "complexity_score", "maintainability_score", "code_health"]
_TOTALS = [
    "total_functions",
    "total_instructions",
    "average_complexity",
    "average_function_length",
    "most_complex_function",
    "highest_complexity",
]


def code_quality(file: ScannedFile) -> list[str]:
    """Scores, totals and what they rest on."""
    found = file.code_quality
    if found is None:
        return []
    lines = fields(found.quality_report, *_QUALITY) + fields(found.overall_metrics, *_TOTALS)
    return lines + fields(found.analysis_stats, "functions_analyzed", "instructions_analyzed", "issues_found")


def function_metrics(file: ScannedFile) -> list[str]:
    """One line per measured function; line i is element i of the report's list."""
    return [] if file.code_quality is None else [_function(one) for one in file.code_quality.function_metrics]


def _function(one: FunctionMetrics) -> str:
    names = ("function_length", "cyclomatic_complexity", "cognitive_complexity", "basic_block_count", "return_paths")
    figures = [f"{name} {value}" for name in names if (value := getattr(one, name)) is not None]
    if one.maintainability_index is not None:
        figures.append(f"maintainability_index {one.maintainability_index}")
    return f"  {line(one.function_name)}  {hex(one.function_address)}  {'  '.join(figures)}"


def quality_issues(file: ScannedFile) -> list[str]:
    """One line per threshold that a function passed; wrapped nesting depths are left as the scanner prints them."""
    if file.code_quality is None or file.code_quality.quality_report is None:
        return []
    return [_issue(one) for one in file.code_quality.quality_report.quality_issues]


def _issue(one: QualityIssue) -> str:
    return f"  {one.issue_type} {one.severity}  {line(one.function_name or '')}: {line(one.description or '')}"


def dependencies(file: ScannedFile) -> list[str]:
    """One line per entry; line i is element i of the report's list."""
    return [] if file.dependencies is None else [_dependency(one) for one in file.dependencies.dependencies]


def _dependency(one: Dependency) -> str:
    names = ("source", "version", "path")
    known = [f"{name} {line(value)}" for name in names if (value := getattr(one, name)) is not None]
    return f"  {line(one.name or '')}  {'  '.join(known)}"


def assessment(file: ScannedFile) -> list[str]:
    """The scanner's verdict on the entries and its counts."""
    found = file.dependencies
    if found is None:
        return []
    lines = fields(found.security_assessment, "security_score", "risk_level", "total_vulnerabilities")
    return lines + fields(found.analysis_stats, "total_dependencies_found", "licenses_identified")


BLOCKS: dict[str, Renderer] = {
    "entropy": entropy,
    "entropy.sections": sections,
    "code_quality": code_quality,
    "code_quality.function_metrics": function_metrics,
    "code_quality.quality_issues": quality_issues,
    "dependencies": dependencies,
    "dependencies.security_assessment": assessment,
}
