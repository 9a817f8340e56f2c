"""All families of tasks, in one explicit tuple."""

from threatflux_training.tasks import (
    behavioral,
    compact,
    coverage,
    dependencies,
    disassembly,
    entropy,
    hashes,
    hexdump,
    imports,
    metadata,
    packages,
    quality,
    recall,
    strings,
    threats,
    tool_errors,
    verdicts,
    vulnerabilities,
    yara,
)
from threatflux_training.tasks.model import Family

FAMILIES: tuple[Family, ...] = (
    hashes, metadata, imports, coverage, disassembly, packages, compact, strings, hexdump, entropy, vulnerabilities, threats, behavioral, dependencies, quality, yara, verdicts, recall, tool_errors,
)  # fmt: skip
