"""All families of tasks, in one explicit tuple."""

from threatflux_training.tasks import (
    behavioral,
    compact,
    control_flow,
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
    strings,
    threats,
    verdicts,
    vulnerabilities,
    yara,
)
from threatflux_training.tasks.model import Family

FAMILIES: tuple[Family, ...] = (
    hashes, metadata, imports, coverage, disassembly, control_flow, packages, compact, strings, hexdump, entropy, vulnerabilities, threats, behavioral, dependencies, quality, yara, verdicts,
)  # fmt: skip
