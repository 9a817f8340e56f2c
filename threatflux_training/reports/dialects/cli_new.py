"""The newest command line's object (P2): 27 keys, all features."""

from collections.abc import Iterator

from threatflux_training.reports.dialects import cli
from threatflux_training.reports.dialects.types import Item, Unwrap
from threatflux_training.reports.nodes import Fields

_KEYS = {
    **cli.KEYS,
    "symbols": "symbol_analysis",
    "control_flow": "control_flow_analysis",
    "vulnerabilities": "vulnerability_analysis",
    "code_quality": "code_quality_analysis",
    "dependencies": "dependency_analysis",
    "entropy": "entropy_analysis",
    "disassembly": "disassembly",
    "threats": "threat_analysis",
    "behavioral": "behavioral_analysis",
    "yara_indicators": "yara_indicators",
}


def matches(fields: Fields) -> bool:
    """A command line object that repeats the size or has the newer features."""
    return cli.matches(fields) and ("size" in fields or "symbol_analysis" in fields)


def to_reports(fields: Fields, unwrap: Unwrap) -> Iterator[Item]:
    """The report."""
    yield cli.cli_report("cli_new", fields, _KEYS)
