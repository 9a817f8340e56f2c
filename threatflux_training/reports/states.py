"""In which of five states a feature of a file is, and how that is known."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

from threatflux_training.reports.report import SCANNED, Report

State = Literal["present", "empty", "not_requested", "not_applicable", "absent"]

_CODE = ("control_flow", "vulnerabilities", "code_quality")
_BINARY = ("symbols", "dependencies", "disassembly")
_DECODED = ("x86_64", "x86", "ARM", "ARM64")
_EMPTY: Mapping[str, Callable[[Any], bool]] = {
    "strings": lambda it: not it.ascii,
    "hex_dump": lambda it: not it.data,
    "symbols": lambda it: not (it.functions or it.global_variables or it.imports or it.exports),
    "control_flow": lambda it: not it.cfgs,
    "vulnerabilities": lambda it: not it.vulnerabilities,
    "code_quality": lambda it: not it.function_metrics,
    "dependencies": lambda it: not it.dependencies,
    "entropy": lambda it: it.overall_entropy is None and not it.sections,
    "disassembly": lambda it: not it.instructions,
    "threats": lambda it: not it.matches,
    "behavioral": lambda it: (
        not any(
            (
                it.anti_analysis,
                it.persistence,
                it.network_behavior,
                it.file_operations,
                it.registry_operations,
                it.process_operations,
                it.suspicious_behaviors,
            )
        )
    ),
    "llm": lambda it: not (it.key_strings or it.imports or it.hex_patterns),
    "java": lambda it: not (it.manifest or it.classes or it.resources),
}


def is_empty(feature: str, value: Any) -> bool:
    """Whether a feature that is there holds nothing: the analysis ran and found nothing."""
    return feature in _EMPTY and _EMPTY[feature](value)


def not_requested(feature: str, reports: Iterable[Report]) -> bool:
    """Whether the arguments of every call prove that nobody asked for the feature (only cache entries record them)."""
    able = [report for report in reports if report.dialect != "llm"]
    return bool(able) and feature in SCANNED and all(_not_asked(feature, report.args) for report in able)


def _not_asked(feature: str, args: Mapping[str, Any] | None) -> bool:
    if args is None or args.get("all") is True or args.get(feature) is True:
        return False
    return not (feature == "hashes" and args.get("yara_indicators") is True)


def not_applicable(feature: str, kind: str, *, sections: list[str] | None, architecture: str | None) -> bool:
    """Whether the type of the file proves that the scanner can say nothing.

    `kind` as in kinds.py, "class" for a compiled Java class, "text" for what is surely neither executable nor archive;
    `sections`: names of an executable's sections.
    """
    if kind == "package":
        return feature != "package"
    if feature == "binary_info":
        return kind in ("script", "image", "text")
    if feature in _CODE:
        return kind not in ("elf", "data", "unknown") or (kind == "elf" and _no_code(sections))
    if feature == "disassembly" and kind in ("elf", "pe"):
        return (kind == "elf" and _no_code(sections)) or (architecture is not None and architecture not in _DECODED)
    if feature in _BINARY:
        return kind in ("script", "image", "archive", "text", "java") or (kind == "class" and feature == "disassembly")
    return False


def _no_code(sections: list[str] | None) -> bool:
    return sections is not None and ".text" not in sections
