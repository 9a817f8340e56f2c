"""All families of tasks, in one explicit tuple."""

from threatflux_training.tasks import (
    behavioral,
    compact,
    compare,
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
    sections,
    signatures,
    strings,
    symbols,
    threats,
    triage,
    verdicts,
    vulnerabilities,
    yara,
)
from threatflux_training.tasks.model import Family

FAMILIES: tuple[Family, ...] = (
    hashes, metadata, imports, coverage, disassembly, packages, compact, strings, hexdump, entropy, vulnerabilities, threats, behavioral, dependencies, quality, yara, verdicts, sections, symbols, signatures,
    compare, triage,
)  # fmt: skip
