"""What the parts of a report are about: topics, which a persona's `report` puts in order, and the tasks on each."""

from threatflux_training.catalogue.model import Persona

OPENING, DECISION, CLOSING = "what", "decision", "next"
"""What a report begins with, whoever reads it; what some decide by it; what they ask last."""
TOPICS: dict[str, tuple[str, ...]] = {
    "what": ("triage.what", "compact.what", "packages.archive", "metadata.what"),
    "decision": ("triage.decision",),
    "script": ("strings.script", "strings.risky", "strings.interpreter", "strings.header"),
    "options": ("strings.options",),
    "purpose": ("imports.purpose",),
    "network": ("strings.network",),
    "paths": ("strings.paths",),
    "messages": ("strings.formats",),
    "secrets": ("strings.secrets",),
    "findings": ("vulnerabilities.page", "vulnerabilities.none"),
    "flagged": ("vulnerabilities.imports", "vulnerabilities.functions", "vulnerabilities.cve"),
    "scores": ("vulnerabilities.score", "vulnerabilities.cwe"),
    "threat": ("threats.why", "threats.clean"),
    "rules": ("threats.rules",),
    "behavior": ("behavioral.control", "behavioral.exfiltration", "behavioral.overview", "behavioral.techniques"),
    "evasion": ("behavioral.techniques", "behavioral.evasion"),
    "libraries": ("imports.libraries", "symbols.dlls", "dependencies.libraries"),
    "versions": ("symbols.versions", "strings.glibc"),
    "dependencies": ("dependencies.what", "dependencies.versions"),
    "license": ("dependencies.licenses", "strings.header"),
    "unsafe": ("imports.unsafe",),
    "functions": ("symbols.defined", "symbols.exports"),
    "symbols": ("symbols.left", "symbols.counts"),
    "hardening": ("sections.hardening",),
    "flags": ("sections.flags",),
    "start": ("disassembly.main", "sections.entry", "hex.entry"),
    "layout": ("sections.overview", "sections.map", "sections.memory"),
    "header": ("hex.walk", "hex.pe", "hex.segments", "hex.zip"),
    "extent": ("hex.tables", "sections.gaps"),
    "platform": ("hex.target", "sections.kind"),
    "code": ("disassembly.counts",),
    "complexity": ("control_flow.rank",),
    "quality": ("code_quality.vacuous", "code_quality.score"),
    "packed": ("entropy.packed", "entropy.encrypted"),
    "entropy": ("entropy.overall", "entropy.sections"),
    "density": ("entropy.sections", "entropy.printable"),
    "compress": ("entropy.compress",),
    "obfuscation": ("entropy.obfuscation",),
    "identity": ("hashes.exhibit", "hashes.give", "hashes.lookup"),
    "hashes": ("hashes.all", "hashes.give"),
    "time": ("metadata.timeline", "metadata.times"),
    "rights": ("metadata.permissions",),
    "origin": ("signatures.origin",),
    "signature": ("signatures.means",),
    "detection": ("yara_indicators.material", "yara_indicators.strings"),
    "build": ("sections.build", "strings.build"),
    "next": ("triage.next",),
}
"""The tasks on a topic, most telling first: a report has one of them."""
_PLAN = ("decision", "findings", "threat", "behavior", "libraries", "entropy", "identity")
"""What a report for a persona without topics of its own has."""
_FURTHER = (
    "findings", "threat", "behavior", "network", "paths", "libraries", "versions", "hardening", "build", "packed", "entropy", "messages",
    "identity", "time", "rights", "origin",
)  # fmt: skip
_DETAILS = ("layout", "start", "functions", "symbols", "header", "code", "flags", "complexity")
"""What a full report goes on with after the topics of its reader: for all but plain readers, and for experts."""
FULL = 9
"""Parts from which a report is a full one."""
_MOST = {1: 4, 2: 15, 3: 20}
"""Parts of a report at most, by the persona's depth, beside the one that it begins with."""


def planned(persona: Persona) -> tuple[str, ...]:
    """The topics that a report for this persona may have, in order."""
    return (OPENING, *(persona.report or _PLAN))


def told(persona: Persona, amount: int) -> tuple[str, ...]:
    """The topics of a report of so many parts, in order: a full one has more than its reader would ask for."""
    topics = planned(persona)
    if amount < FULL or persona.register == "plain":
        return topics
    further = (*_FURTHER, *_DETAILS) if persona.register == "expert" else _FURTHER
    return (*topics, *(one for one in further if one not in topics))


def wished(task: str, persona: Persona) -> bool:
    """Whether a persona would ask for a task among others."""
    return place_of(task, persona) < len(_asked(persona))


def place_of(task: str, persona: Persona) -> int:
    """Where a task comes in the order in which this persona asks."""
    topics = _asked(persona)
    return next((place for place, topic in enumerate(topics) if task in TOPICS.get(topic, ())), len(topics))


def _asked(persona: Persona) -> tuple[str, ...]:
    """The topics of a persona's questions: those of the report, and what to do, for those who decide."""
    topics = planned(persona)
    return (*topics, CLOSING) if DECISION in topics else topics


def most_asked(persona: Persona, amount: int) -> int:
    """How many questions this persona puts together, of those that the length would allow."""
    return min(amount, 2 + persona.depth, 4)


def most_parts(persona: Persona, amount: int) -> int:
    """How many parts a report for this persona has, of those that its length would allow."""
    return min(amount, _MOST[persona.depth])
