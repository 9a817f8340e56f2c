"""The case of one file, told as one text: what it is, whence, what it can do, what is worth what, and what to do now."""

from collections.abc import Callable, Sequence
from functools import partial

import msgspec

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Items, Role, Say, Section, items, say
from threatflux_training.evidence.view import View
from threatflux_training.tasks import (
    purpose,
    triage_abilities,
    triage_build,
    triage_findings,
    triage_identity,
    triage_shape,
    triage_steps,
)
from threatflux_training.tasks.compare_pair import merged_shows, with_role
from threatflux_training.tasks.model import Draft, Offer, Request, Show
from threatflux_training.tasks.triage_case import Case, Part

FAMILY = "triage"
_CONTEXT = (
    "hashes",
    "signatures",
    "entropy",
    "entropy.sections",
    "binary_info.sections",
    "strings",
    "symbols.imports",
    "hex_dump",
)
_PARTS: dict[str, Callable[[Case, Request], Part | None]] = {
    "identity": triage_identity.identity, "record": triage_identity.record, "provenance": triage_identity.provenance,
    "abilities": triage_abilities.abilities, "indicators": triage_findings.indicators, "verdicts": triage_findings.verdicts,
    "hardening": triage_build.hardening, "layout": triage_build.layout, "gaps": triage_steps.gaps, "shape": triage_shape.shape,
}  # fmt: skip
_ORDERS: dict[str, tuple[str, ...]] = {
    "alarm": ("identity", "indicators", "verdicts", "abilities", "provenance", "shape", "record", "gaps"),
    "exhibit": ("record", "identity", "provenance", "indicators", "abilities", "verdicts", "gaps"),
    "sample": ("identity", "abilities", "indicators", "shape", "layout", "hardening", "verdicts", "record", "gaps"),
    "plain": ("identity", "verdicts", "provenance", "abilities"),
    "host": ("identity", "abilities", "provenance", "hardening", "verdicts", "shape", "record", "gaps"),
}
"""In which order a sort of reader wants the parts; what is not named is left out."""
_READERS: dict[str, str] = {
    "security_analyst": "alarm", "incident_responder": "alarm", "threat_hunter": "alarm", "network_engineer": "alarm",
    "forensics_expert": "exhibit", "compliance_auditor": "exhibit", "malware_analyst": "sample", "reverse_engineer": "sample",
    "exploit_developer": "sample", "iot_security": "sample", "kernel_developer": "sample", "embedded_developer": "sample",
    "absolute_beginner": "plain", "beginner": "plain", "casual_user": "plain",
}  # fmt: skip
"""The sort of each persona; the others look after hosts."""


def offers(view: View, partner: View | None) -> list[Offer]:
    """Tasks on a file as a whole; it takes metadata and at least one other feature."""
    file = view.file
    if file.metadata is None or not file.paths or file.kind == "package" or file.metadata.file_size == 0:
        return []
    case = Case(view)
    weight = 1.0 if case.level == "thin" else 1.6
    made = [
        Offer(task="triage.decision", build=partial(_decision, case), importance=8, weight=weight, variants=3),
        Offer(task="triage.what", build=partial(_what, case), importance=5, weight=weight, variants=2),
    ]
    if case.level != "tiny":
        made.append(
            Offer(task="triage.next", build=partial(_next, case), importance=7, weight=weight, variants=2, long=True)
        )
    if case.level not in ("thin", "tiny"):
        made.append(
            Offer(task="triage.report", build=partial(_report, case), importance=8, weight=3.5, variants=4, long=True)
        )
    return made


def _order(request: Request) -> tuple[str, ...]:
    return _ORDERS[_READERS.get(request.persona.id, "host")]


def _draft(case: Case, content: Sequence[Content], shows: Sequence[Show]) -> Draft:
    merged = merged_shows({"": case.view}, [Show("metadata"), *shows])
    return Draft(slots=dict(case.slots), shows=merged, content=tuple(content), context=_CONTEXT)


_DEEDS = ("purpose.script.acts", "purpose.holds")
"""Clues that say why a file deserves a look, beyond the one line that is quoted first."""


_QUIET = ("routine", "open")
"""Levels at which the decision is that nothing asks for action."""


_RENAMED = "purpose.synopsis.other"
"""That a program's usage text gives it another name; in an unusual place that is the finding."""


def _lead(case: Case, request: Request) -> Part:
    """The decision, with the one fact that it rests on most."""
    slots = dict(case.slots)
    tags = "verdict decision plain"
    if case.level == "tiny" and case.file.metadata is not None and case.file.metadata.file_size is not None:
        place = case.view.at("metadata", ".file_size")
        slots["size"] = value.grouped(case.file.metadata.file_size, place, "byte|bytes")
    if case.level == "look" and case.marks:
        slots["quote"] = case.quoted(case.marks[:1])
        form = "hostile" if case.marks[0] in case.hostile else "line" if case.kind == "script" else "string"
        said = say("answer", f"triage.lead.{form}", tags, **slots)
        acts = [one for one in purpose.jobs(case.view) if one.said.phrase in _DEEDS][:1]
        shows = (*case.show(case.marks[:1], request), *purpose.shows(case.view, acts, request.room))
        told = [part for one in acts for part in purpose.sentences(one.said, request.persona.register)]
        return Part((said, *told), shows)
    if case.level == "look":
        return Part((say("answer", "triage.lead.secret", tags, **slots),), case.show(case.secrets[:1], request))
    grounds = triage_findings.grounds(case) if case.level in _QUIET else ()
    renamed = [one for one in purpose.jobs(case.view) if one.said.phrase == _RENAMED] if case.level == "open" else []
    if renamed:
        shows = (Show("metadata"), *grounds, *purpose.shows(case.view, renamed[:1], request.room))
        program = renamed[0].said.slots["program"]
        return Part((say("answer", "triage.lead.renamed", tags, program=program, **slots),), shows)
    level = "unrated" if grounds == triage_findings.UNRATED else case.level
    return Part((say("answer", f"triage.lead.{level}", tags, **slots),), (Show("metadata"), *grounds))


def _decision(case: Case, request: Request) -> Draft:
    """Act or not: the decision, its ground, what the labels are worth, the check that settles it."""
    lead = _lead(case, request)
    shows = list(lead.shows)
    content: list[Content] = [*lead.said]
    jobs = [one for one in purpose.jobs(case.view) if _unsaid([one.said], lead)]
    before = {one.phrase for one in lead.said if isinstance(one, Say)}
    told = [one for one in jobs[:1] if one.firm and one.said.phrase not in before]
    known = purpose.known(case.view)
    if known is not None and request.persona.register == "plain":
        told = [known]
    content += [part for one in told for part in purpose.sentences(one.said, request.persona.register)]
    shows += purpose.shows(case.view, told, request.room)
    names = (
        ["verdicts", "provenance", "abilities", "indicators"]
        if request.variant % 2 == 0
        else ["verdicts", "abilities", "provenance"]
    )
    for number, name in enumerate(names):
        part = _PARTS[name](case, request)
        if part is None or not isinstance(part.said[0], Say):
            continue
        if name == "indicators" and case.marks:
            continue
        if name == "verdicts":
            content += _explained(part, request)
        else:
            content.append(with_role(part.said[0], "answer" if number == 0 else "detail"))
        shows += part.shows
    for number, part in enumerate(triage_steps.steps(case, request)[:2]):
        content += [with_role(one, "answer") for one in part.said] if number == 0 else part.said
        shows += part.shows
    content.append(say("limit", "triage.decision.limit", "limit plain malware", **case.slots))
    return _draft(case, content, shows)


_RULE = "triage.rule."
"""What the phrases that say on what a rule rests begin with."""


def _explained(verdicts: Part, request: Request) -> list[Say]:
    """The rules that fired, with what the first of them rests on (of a single one only that), and a level from imports alone."""
    said = [one for one in verdicts.said if isinstance(one, Say)]
    rules = [one for one in said if one.phrase.startswith(_RULE)]
    first = [msgspec.structs.replace(one, role="answer") for one in rules[:1]]
    level = [
        msgspec.structs.replace(one, role="answer") for one in said if one.phrase.startswith("triage.rules.import")
    ]
    if first and said[0].phrase == "triage.rules.one":
        return [*first, *level]
    others = [one for one in said[1:] if one.role == "meaning" and one not in rules][: 0 if level else 1]
    more = [msgspec.structs.replace(one, role="answer") for one in rules[1:2]]
    return [said[0], *level, *([*first, *more] if request.persona.register == "plain" else rules[:1]), *others]


def _what(case: Case, request: Request) -> Draft:
    """What one is looking at: form, purpose, place, and how to be sure."""
    identity = triage_identity.identity(case, request)
    content: list[Content] = [*identity.said]
    shows: list[Show] = [*identity.shows]
    jobs, owner = purpose.jobs(case.view), purpose.owner(case.view)
    told = any(one.firm for one in jobs)
    able = None if told and request.persona.register == "plain" else triage_abilities.abilities(case, request)
    if able is not None and not _names_again(able, identity):
        content.append(with_role(able.said[0], "detail" if told else "answer"))
        content += [one for one in able.said[1:] if one.role != "detail" and not told]
        shows += able.shows
    if jobs and not purpose.leads(jobs[0]) and (able is None or triage_abilities.by_names(able)):
        content.insert(1, jobs[0].said)
    if not _tells(content):
        hint = triage_identity.hint(case, request)
        if hint is not None:
            content.insert(1, hint.said[0])
            shows += hint.shows
    if owner is not None:
        content.append(owner.said)
    for name, role in _BESIDE:
        part = _PARTS[name](case, request)
        if part is not None:
            content.append(with_role(part.said[0], role))
            shows += part.shows
    return _draft(case, content, shows)


_BESIDE: tuple[tuple[str, Role], ...] = (("provenance", "answer"), ("record", "verify"))
"""What else belongs to the question what a file is: where it lies, and what pins it down."""


def _names_again(able: Part, identity: Part) -> bool:
    """Whether what it can do repeats names or lines of the identity."""
    phrases = {one.phrase for one in identity.said if isinstance(one, Say)}
    lead = able.said[0].phrase if isinstance(able.said[0], Say) else ""
    return ("purpose.functions" in phrases and lead.startswith("triage.can.functions")) or (
        lead.startswith("triage.script.") and any(one.startswith("purpose.script.") for one in phrases)
    )


_PURPOSE = ("purpose.", "triage.what.main", "triage.can", "triage.script.")
"""Statements by which one learns what a file is for, by the beginnings of their phrases."""


def _tells(content: Sequence[Content]) -> bool:
    """Whether an answer says what the file is for, or could do."""
    leads = [one.lead if isinstance(one, Items) else one for one in content if not isinstance(one, Section)]
    return any(one.phrase.startswith(_PURPOSE) and not one.phrase.startswith("purpose.project.") for one in leads)


def _next(case: Case, request: Request) -> Draft | None:
    """The steps that this report makes possible, as a list, after the decision where something asks for action."""
    made = triage_steps.steps(case, request)
    if len(made) < 2:
        return None
    lead = _lead(case, request) if case.level not in _QUIET else Part((), ())
    most = {"short": 2, "medium": 4, "long": 6}[request.length]
    entries = [one for part in made[:most] for one in part.said if isinstance(one, Say)]
    shows = [*lead.shows, *(show for part in made[:most] for show in part.shows)]
    content: list[Content] = [
        *lead.said,
        items("answer", say("answer", "triage.next.lead", "next", **case.slots), list(entries), "next", numbered=True),
    ]
    gap = triage_steps.gaps(case, request)
    if gap is not None:
        content += [with_role(one, "limit") for one in gap.said[:1]]
        shows += gap.shows
    if case.level != "look":
        content.append(say("limit", "triage.next.limit", "limit decision", **case.slots))
    return _draft(case, content, shows)


def _report(case: Case, request: Request) -> Draft | None:
    """The whole case; in parts under headings where there is room, else in one go."""
    return _long(case, request) if request.length == "long" else _brief(case, request)


def _unsaid(said: Sequence[Say | Items], lead: Part) -> list[Say | Items]:
    """Statements on a file, the other name left out where the decision is about it."""
    renamed = any(isinstance(one, Say) and one.phrase == "triage.lead.renamed" for one in lead.said)
    return [one for one in said if not (renamed and isinstance(one, Say) and one.phrase == _RENAMED)]


def _opening(case: Case, request: Request, identity: Part | None) -> tuple[list[Content], Part | None, list[Show]]:
    """Decision first for those who must act; what it is first for those who examine it. The rest of the identity is left."""
    lead = _lead(case, request)
    identity = identity and Part(tuple(_unsaid(identity.said, lead)), identity.shows)
    if identity is None or _READERS.get(request.persona.id, "host") in ("alarm", "plain"):
        return [*lead.said], identity, list(lead.shows)
    rest = Part(identity.said[1:], identity.shows)
    return [identity.said[0], *lead.said], rest, [*lead.shows, *identity.shows]


def _part(case: Case, request: Request, name: str) -> Part | None:
    """A part of the case; of abilities without imports what the texts tell, unless the identity says what it is for."""
    part = _PARTS[name](case, request)
    if part is None and name == "abilities" and "indicators" not in _order(request):
        return triage_identity.hint(case, request)
    return part


def _long(case: Case, request: Request) -> Draft | None:
    content, identity, shows = _opening(case, request, triage_identity.identity(case, request))
    for name in _order(request):
        part = identity if name == "identity" else _part(case, request, name)
        if part is None or not part.said:
            continue
        shows += part.shows
        said = (with_role(part.said[0], "answer"), *part.said[1:])
        content.append(Section(say("detail", f"triage.heading.{name}"), said))
    made = triage_steps.steps(case, request)[:6]
    for part in made:
        shows += part.shows
    steps = _listed(case, [one for part in made for one in part.said if isinstance(one, Say)])
    content.append(Section(say("detail", "triage.heading.next"), tuple(steps)))
    return _draft(case, content, shows) if len(content) > 3 else None


def _listed(case: Case, steps: Sequence[Say]) -> list[Say | Items]:
    """The steps as a numbered list, a single one as a sentence."""
    if len(steps) < 2:
        return [with_role(one, "answer") for one in steps]
    lead = say("next", "triage.next.lead", "next", **case.slots)
    return [items("answer", lead, list(steps), "next", numbered=True)]


_HITS = ("triage.rules", "triage.rules.one")
"""What is said of rules that fired: whoever hears that nothing asks for action wants to know why not."""


def _brief(case: Case, request: Request) -> Draft | None:
    """The same in one go: of each part what it says first, of the nearest ones also why."""
    content, identity, shows = _opening(case, request, triage_identity.identity(case, request))
    parts = 2 if request.length == "short" else 2 + request.persona.depth
    order = _order(request)
    hits = _part(case, request, "verdicts") if case.level in _QUIET else None
    if hits is not None and isinstance(hits.said[0], Say) and hits.said[0].phrase in _HITS:
        content += [with_role(one, "answer") for one in _explained(hits, request)[:2]]
        shows += hits.shows
        order = tuple(name for name in order if name != "verdicts")
    for name in order:
        part = identity if name == "identity" else _part(case, request, name)
        if part is None or not part.said or name == "gaps":
            continue
        if parts == 0:
            break
        parts -= 1
        shows += part.shows
        kept = 1 if request.length == "short" else 2
        told = _explained(part, request) if name == "verdicts" else part.said
        content += [with_role(one, "answer") for one in told[:kept] if isinstance(one, Say)]
    made = triage_steps.steps(case, request)[: 1 if request.length == "short" else 3]
    for part in made:
        shows += part.shows
    content += _listed(case, [one for part in made for one in part.said if isinstance(one, Say)])
    return _draft(case, content, shows) if len(content) > 3 else None
