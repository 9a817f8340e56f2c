"""Twins of any task: the same question, asked where the report cannot answer it.

`other_file`: about a file whose report is not there. `lacking`: about a feature that the report does not hold (the
answerable side is then the same question about another file that has it).
"""

from collections.abc import Sequence
from functools import cache
from importlib import resources

import msgspec

from threatflux_training import toml
from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Items, Say, Section, say
from threatflux_training.compose.document import flatten
from threatflux_training.compose.value import Text
from threatflux_training.evidence.view import View
from threatflux_training.hashing import ordered
from threatflux_training.reports.kinds import kind_of_file
from threatflux_training.tasks import coverage
from threatflux_training.tasks.model import Draft, Request
from threatflux_training.text import escape

FEATURES: dict[str, str] = {
    "imports": "symbols", "symbols": "symbols", "sections": "binary_info", "hex": "hex_dump", "disassembly": "disassembly",
    "control_flow": "control_flow", "entropy": "entropy", "vulnerabilities": "vulnerabilities", "threats": "threats",
    "behavioral": "behavioral", "dependencies": "dependencies", "code_quality": "code_quality", "strings": "strings",
    "yara_indicators": "yara_indicators", "signatures": "signatures",
}  # fmt: skip
"""Families of tasks that rest on one feature, and that feature."""
_WORDS = {
    "metadata": "metadata", "hashes": "hashes", "symbols": "symbols", "binary_info": "headers and sections", "hex_dump": "a hex dump",
    "disassembly": "disassembly", "control_flow": "control flow", "entropy": "entropy", "vulnerabilities": "vulnerabilities",
    "threats": "threat rules", "behavioral": "behavior", "dependencies": "dependencies", "code_quality": "code quality",
    "strings": "strings", "yara_indicators": "YARA indicators", "signatures": "signatures",
}  # fmt: skip

_SHORT = {"binary_info": "headers", "hex_dump": "a hex dump"}
"""Words without an "and" or an article, for lists."""
_FULL, _ENTRIES, _PARTS, _AREAS = 3, 6, 2, 5
"""Of the answer about the file that was scanned: statements, entries of a list, parts of a longer question; of the way
to an answer: features to ask for."""
_LEADS = frozenset(
    [
        "strings.report",
        "hex.report",
        "verdicts.lead.none",
        "verdicts.lead.one",
        "verdicts.lead.some",
        "verdicts.lead.vulnerabilities",
        "verdicts.lead.behavioral.one",
        "verdicts.lead.behavioral.some",
    ]
)
"""Answers that only introduce what follows them."""


_QUIET = ("triage.lead.routine", "triage.lead.open")
"""Decisions that nothing asks for action; whoever hears one wants to know what the rules that fired are worth."""
_RULES = ("triage.rules", "triage.rules.one")
"""What is said of rules that fired."""
_HARDENED = ("hardening.lead.", "mitigation.")
"""What begins the phrases that answer questions about hardening."""
_HARDENING = ("binary_info", "hex_dump", "symbols")
"""Features that decide on hardening together: sections, program headers and imports."""


@cache
def _files() -> dict[str, list[str]]:
    data = resources.files("threatflux_training.catalogue").joinpath("data/files.toml").read_bytes()
    return toml.decode(data, dict[str, list[str]])


def other_name(view: View, partner: View | None, others: Sequence[str], key: str, *, third: bool = False) -> str:
    """The path of another file of this kind: one of the corpus, else one that people have; `third`: not the partner."""
    sides = [view, partner] if third and partner is not None else [view]
    own = {path.rpartition("/")[2] for side in sides for path in side.file.paths} | {side.file.name for side in sides}
    kind = _kind(view)
    near = [] if third or partner is None or _kind(partner) != kind else [partner.file.path]
    paths = ordered(key, [*others, *near]) + ordered(key, _files().get(kind, _files()["data"]))
    return next(one for one in paths if _nameable(one) and one.rpartition("/")[2] not in own)


def _kind(view: View) -> str:
    found, metadata = view.file.binary_info, view.file.metadata
    return kind_of_file(found.format if found else None, metadata.mime_type if metadata else None)


def _nameable(path: str) -> bool:
    """Whether a question can hold the path as it is."""
    return path.startswith("/") and escape(path) == path and "`" not in path and len(path) < 120


def other_file(view: View, draft: Draft, other: str, family: str, second: View | None = None) -> Draft:
    """The task's question about `other`, with this file's evidence: it cannot be answered; what it says of this file.

    `second`: the other file of a comparison, in whose place the question names `other`.
    """
    name = value.in_code_asked(other.rpartition("/")[2])
    parts = [one for one in draft.content if isinstance(one, Section)]
    feature = FEATURES.get(family, family if family in _WORDS else "metadata")
    blocks = _blocks(draft)
    own = not parts and second is None and (feature in blocks or family in ("metadata", "hashes"))
    blocks = [feature] if own else blocks
    beside = [one for one in _beside(draft) if one not in blocks]
    blocks, own = [*blocks, *beside][:_AREAS], own and not beside
    nearest: list[Content] = [*_nearest(draft.content)]
    if nearest and isinstance(nearest[0], Say) and nearest[0].phrase.startswith(_HARDENED):
        blocks, own = list(_HARDENING), False
    area = value.join([Text(_WORDS[feature] if own else _SHORT.get(one, _WORDS[one])) for one in blocks])
    slots = {"name": view.name, "path": view.path, "other": name, "area": area}
    slots["options"] = value.join([Text(one) for one in blocks])
    phrase = "negatives.other"
    if second is not None:
        phrase, slots["second"] = "negatives.third", second.name
    if any(isinstance(one, Say) and one.phrase in _QUIET for one in nearest):
        nearest += _hits(parts)
    if not nearest:
        nearest += [Section(one.heading, first) for one in parts if (first := tuple(_nearest(one.content)))][:_PARTS]
    content: list[Content] = [say("answer", phrase, "decision", **slots)]
    if nearest and second is None:
        whole = len(nearest) > 1 and parts
        content.append(say("answer", "negatives.own.parts" if whole else "negatives.own", "decision", **slots))
    get = say("next", f"{phrase}.next", "decision", **slots)
    content += [*nearest, Section(None, (get,)) if parts else get]
    path = value.in_code_asked(other)
    named = {"name": name, "path": path} if second is None else {"other": name, "other_path": path}
    return msgspec.structs.replace(draft, slots={**draft.slots, **named}, content=tuple(content), negative="other_file")


def _hits(parts: Sequence[Section]) -> list[Say]:
    """The labels that rules gave and what the first rests on, where a part of the answer weighs them."""
    said = [one for part in parts for one in part.content if isinstance(one, Say)]
    places = [place for place, one in enumerate(said) if one.phrase in _RULES]
    return [msgspec.structs.replace(one, role="answer") for place in places[:1] for one in said[place : place + 2]]


def _nearest(content: Sequence[Content]) -> list[Say | Items]:
    """What an answer begins with: its first statements, with a list only where they merely introduce it."""
    answers = [one for one in content if not isinstance(one, Section) and one.role == "answer"]
    if not answers or not isinstance(answers[0], Say):
        return []
    if answers[0].phrase not in _LEADS:
        return [one for one in answers[:_FULL] if isinstance(one, Say)]
    found = [one for one in answers[:_FULL] if isinstance(one, Say) or len(one.items) <= _ENTRIES]
    return found if len(found) > 1 else []


_BESIDE: dict[str, tuple[str, ...]] = {
    "metadata.what.": ("binary_info", "strings"), "signatures.origin": ("hashes",), "triage.": ("hashes", "metadata"),
}  # fmt: skip
"""What answers rest on beside the feature of their family, by the beginning of their phrases."""


def _beside(draft: Draft) -> list[str]:
    """The further features that a draft shows and its first answer is made of."""
    answers = [one.lead if isinstance(one, Items) else one for one in flatten(draft.content) if one.role == "answer"]
    phrase = answers[0].phrase if answers else ""
    named = [one for start, found in _BESIDE.items() if phrase.startswith(start) for one in found]
    shown = {show.block.partition(".")[0] for show in draft.shows}
    return [one for one in named if one in shown]


def _blocks(draft: Draft) -> list[str]:
    """The features that a report needs for all that a draft shows; the metadata where it is nothing else."""
    blocks = dict.fromkeys(show.block.rpartition(":")[2].partition(".")[0] for show in draft.shows)
    return [one for one in blocks if one in _WORDS and one not in ("metadata", "hashes")][:_AREAS] or ["metadata"]


def lacked(view: View, partner: View) -> list[str]:
    """Features that this report does not hold and the other one does."""
    return [
        feature
        for feature in dict.fromkeys(FEATURES.values())
        if coverage.missed(view.file, feature) and partner.file.state(feature) == "present"
    ]


def lacking(view: View, request: Request, feature: str) -> Draft:
    """A question that rests on a feature that this report does not hold."""
    return coverage.missing(view, request, feature)
