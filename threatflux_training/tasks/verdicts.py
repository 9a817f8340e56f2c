"""All verdicts of the scanner on one file, side by side: what each rests on, and which facts remain.

A part is the draft of another task. Its answer speaks to that task's question (`No: ...`), so here it is restated by a
phrase of its own that names the verdict: `verdicts.of.` and the phrase of the answer.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import msgspec

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Items, Say, Section, items, say
from threatflux_training.compose.document import flatten
from threatflux_training.compose.value import Text
from threatflux_training.evidence.view import View
from threatflux_training.tasks import behavioral, dependencies, entropy, quality, threats, vulnerabilities, yara
from threatflux_training.tasks.behavioral_basis import firm
from threatflux_training.tasks.compound import SURROUNDINGS, distinct, merged, part_request
from threatflux_training.tasks.entropy_parts import is_tiny
from threatflux_training.tasks.file_facts import quoted_addresses
from threatflux_training.tasks.model import Draft, Offer, Request, Show
from threatflux_training.tasks.vulnerabilities_facts import PRODUCTS

FAMILY = "verdicts"
_ORDER: tuple[tuple[str, str], ...] = (
    ("vulnerabilities", "vulnerabilities.page"), ("vulnerabilities", "vulnerabilities.none"), ("behavioral", "behavioral.overview"),
    ("threats", "threats.clean"), ("entropy", "entropy.packed"), ("entropy", "entropy.encrypted"), ("code_quality", "code_quality.vacuous"),
    ("code_quality", "code_quality.score"), ("dependencies", "dependencies.score"), ("yara_indicators", "yara_indicators.packed"),
)  # fmt: skip
_INSTEAD = {"threats.clean": "threats.rules"}
"""Tasks that stand in where a report has no such verdict: a level above Clean counts rules."""
_SCORE, _LOUD = "entropy.obfuscation", 50.0
"""The task on the obfuscation score, and the score from which on it stands out among the verdicts."""
_FAMILIES: dict[str, Callable[[View, View | None], list[Offer]]] = {
    "vulnerabilities": vulnerabilities.offers, "behavioral": behavioral.offers, "threats": threats.offers, "entropy": entropy.offers,
    "code_quality": quality.offers, "dependencies": dependencies.offers, "yara_indicators": yara.offers,
}  # fmt: skip
_REPORTS: dict[str, tuple[str, ...]] = {
    "entropy.report": (
        "entropy.overall", "entropy.sections", "entropy.packed", "entropy.encrypted", "entropy.bss", "entropy.compress", "entropy.printable",
        "entropy.obfuscation",
    ),
    "behavioral.report": (
        "behavioral.control", "behavioral.exfiltration", "behavioral.techniques", "behavioral.evasion", "behavioral.operations",
    ),
    "vulnerabilities.report": (
        "vulnerabilities.page", "vulnerabilities.imports", "vulnerabilities.functions", "vulnerabilities.score", "vulnerabilities.cve",
        "vulnerabilities.cwe",
    ),
}  # fmt: skip


RESTATED = frozenset((
    "vulnerabilities.page.one", "vulnerabilities.page.some", "vulnerabilities.page.mixed", "vulnerabilities.page.copy",
    "vulnerabilities.page.gets", "vulnerabilities.none", "vulnerabilities.score.single", "vulnerabilities.score.mean",
    "vulnerabilities.cve.import.one", "vulnerabilities.cve.import.some", "vulnerabilities.cve.function.one", "vulnerabilities.cve.function.some",
    "vulnerabilities.cwe", "vulnerabilities.cwe.some", "vulnerabilities.functions.one", "vulnerabilities.functions.some",
    "vulnerabilities.functions.many", "behavioral.overview", "behavioral.overview.one", "behavioral.nothing", "behavioral.technique.jumps",
    "behavioral.technique.nops", "behavioral.evasion.zero", "behavioral.evasion.single", "behavioral.evasion.more", "behavioral.control",
    "behavioral.exfiltration", "threats.clean.nothing", "threats.clean.empty", "threats.clean.matched.one", "threats.clean.matched.some",
    "entropy.packed.no", "entropy.packed.program", "entropy.packed.data", "entropy.packed.text", "entropy.flag.packed",
    "entropy.packed.outside", "entropy.packed.packer", "entropy.packed.marked", "entropy.encrypted.dense", "entropy.obfuscation.packed",
    "entropy.flag.encrypted", "entropy.encrypted.no", "entropy.encrypted.constant", "entropy.encrypted.region",
    "entropy.encrypted.share", "entropy.compress.small", "entropy.compress.none", "entropy.compress.little", "entropy.compress.some",
    "entropy.compress.much", "entropy.obfuscation.plain", "entropy.obfuscation.flagged", "entropy.obfuscation.vacuous",
    "code_quality.vacuous", "code_quality.score.one", "code_quality.score.some", "code_quality.score.many",
    "dependencies.score", "yara_indicators.packed.no", "yara_indicators.packed.yes", "yara_indicators.packed.sparse", "yara_indicators.packed.bare",
))  # fmt: skip
"""Answers that are restated here."""
_DENSE = 7.0
_BSS_ASIDE = "entropy.sections.hollow"
"""What the task on sections says of .bss; left out where the task on .bss speaks itself."""
_FORMAT = "entropy.format"
"""That the type explains the density; one part of an account says so."""
_COVERED = {
    **{
        f"entropy.{flag}.encrypted.{cause}": "entropy.encrypted"
        for flag in ("packed", "overall") for cause in ("constant", "share", "region")
    },
    "entropy.extremes.code": "entropy.sections", "entropy.extremes.other": "entropy.sections",
    "vulnerabilities.page.cve.one": "vulnerabilities.cve", "vulnerabilities.page.cve.some": "vulnerabilities.cve",
    **{f"vulnerabilities.page.is.{kind}": "vulnerabilities.cve" for kind in PRODUCTS.values()},
    "vulnerabilities.page.score": "vulnerabilities.score", "vulnerabilities.score.level": "vulnerabilities.page",
    "vulnerabilities.imports.means": "vulnerabilities.page", "threats.rule.network_communication": "threats.rules",
    "threats.rule.crypto_operations": "threats.rules", "threats.clean.discarded": "threats.rules",
}  # fmt: skip
"""Asides of a task that another task of the same account tells in full."""
_FEW = 3
"""Verdicts that a reader who wants a few facts hears about."""
_WEIGHTY = ("gets", "strcpy", "strcat", "sprintf", "vsprintf")


def offers(view: View, partner: View | None) -> list[Offer]:
    """The comparison of verdicts, and a full account of a feature that has several tasks."""
    tasks = {offer.task: offer for make in _FAMILIES.values() for offer in make(view, None) if not offer.pair}
    made: list[Offer] = []
    order = [task if task in tasks else _INSTEAD.get(task, task) for _, task in _ORDER]
    order = [*order, _SCORE] if ((view.file.entropy and view.file.entropy.obfuscation_score) or 0.0) >= _LOUD else order
    present = [task for task in order if task in tasks]
    if "vulnerabilities.page" not in tasks and "vulnerabilities.functions" in tasks:
        present.insert(0, "vulnerabilities.functions")
    if len({task.partition(".")[0] for task in present}) >= 3:
        made.append(
            Offer(
                task="verdicts.compare",
                build=lambda r: _verdicts(view, tasks, present, r),
                importance=8,
                long=True,
                variants=3,
                weight=2.5,
            )
        )
    for name, parts in _REPORTS.items():
        found = [task for task in parts if task in tasks]
        if len(found) >= 2:
            made.append(
                Offer(
                    task=name,
                    build=partial(_report, view, tasks, name, found),
                    importance=7,
                    long=True,
                    variants=2,
                )
            )
    return made


_ONWARD = ("next", "verify")
"""What may follow a list of verdicts: other statements would stand there apart from the verdict they are about."""


_WORTH_LAST = ("behavioral.evasion", "vulnerabilities.score")
"""Tasks whose last answer says what the figure is worth; elsewhere the second does."""


class _Part(NamedTuple):
    """The draft of a task, its answers restated."""

    task: str
    first: Say
    statements: list[Say | Items]
    shows: tuple[Show, ...]


def restated(one: Say | Items) -> Say | Items:
    """An answer in the words that name its verdict."""
    if isinstance(one, Say) and one.role == "answer" and one.phrase in RESTATED:
        return msgspec.structs.replace(one, phrase=f"verdicts.of.{one.phrase}")
    return one


def _parts(tasks: dict[str, Offer], names: list[str], request: Request) -> list[_Part]:
    inner = part_request(request, len(names))
    aside = {_BSS_ASIDE} if "entropy.bss" in names else set()
    parts: list[_Part] = []
    for name in names:
        draft = tasks[name].build(inner)
        if not isinstance(draft, Draft):
            continue
        told = (restated(one) for one in flatten(draft.content))
        said = [one for one in distinct(told) if not (isinstance(one, Say) and one.phrase in aside)]
        said = [one for one in said if not (isinstance(one, Say) and _COVERED.get(one.phrase) in names)]
        first = next((one for one in said if isinstance(one, Say) and one.role == "answer"), None)
        if first is not None:
            aside |= {one.phrase for one in said if isinstance(one, Say) and one.phrase == _FORMAT}
            parts.append(_Part(name, first, said, draft.shows))
    return parts


def _together(view: View, lead: list[Say], parts: list[_Part], request: Request, shows: tuple[Show, ...] = ()) -> Draft:
    """A section for each part in a long answer; else a line for each, and what to do next."""
    content: list[Content] = list(lead)
    family = parts[0].task.partition(".")[0]
    single = {part.task.partition(".")[0] for part in parts} == {family}
    if request.length == "long":
        for part in parts:
            heading = Say("detail", f"verdicts.heading.{part.task}", frozenset(), part.first.slots)
            content.append(Section(heading, tuple(part.statements)))
    else:
        key = "verdicts.list.parts" if single else "verdicts.list"
        content.append(
            items("answer", say("answer", key, name=view.name), [_line(part) for part in parts], "rule decision")
        )
        content += [one for part in parts for one in part.statements if isinstance(one, Say) and one.role in _ONWARD][
            :1
        ]
    every = [*shows, *(show for part in parts for show in part.shows)]
    return Draft(slots={}, shows=merged(view, every), content=tuple(content), context=SURROUNDINGS)


def _line(part: _Part) -> Say:
    """A verdict in a list: what it rests on and, where the part has a further answer, what that is worth."""
    answers = [one for one in part.statements if isinstance(one, Say) and one.role == "answer"]
    if len(answers) == 1:
        return part.first
    return say("detail", "verdicts.both", first=answers[0], second=answers[-1 if part.task in _WORTH_LAST else 1])


def _verdicts(view: View, tasks: dict[str, Offer], names: list[str], request: Request) -> Draft | None:
    chosen = names[:_FEW] if request.persona.depth == 1 else names
    parts = _parts(tasks, chosen, request)
    if len(parts) < 2:
        return None
    said = list(dict.fromkeys(text for part in parts for text in _claims(view, part.task.partition(".")[0])))
    number = "none" if not said else "one" if len(said) == 1 else "some"
    slots = {"name": view.name} | ({"list": value.join(said)} if said else {})
    lead: list[Say] = [say("answer", f"verdicts.lead.{number}", "verdict decision rule", **slots)]
    signal, shows = _signal(view)
    lead += signal
    size = view.file.metadata.file_size if view.file.metadata is not None else None
    basis = "facts" if size is not None and view.file.hashes is not None else "facts.read"
    if said and not signal:
        lead.append(say("answer", "verdicts.sorted", "decision method data", name=view.name, list=slots["list"]))
    else:
        lead.append(say("meaning", f"verdicts.{basis}", "method verify data", name=view.name))
    return _together(view, lead, parts, request, shows)


def _signal(view: View) -> tuple[list[Say], tuple[Show, ...]]:
    """What of this file is worth following in spite of the ratings: unbounded copies, addresses."""
    texts: list[Text] = []
    shows: tuple[Show, ...] = ()
    found = view.file.vulnerabilities
    for index, one in enumerate(found.vulnerabilities if found else ()):
        name = one.locations[0].instruction.removeprefix("import ") if one.locations else ""
        if name in _WEIGHTY and len(texts) < _FEW:
            texts.append(
                value.part(name, view.at("vulnerabilities", f".vulnerabilities[{index}].locations[0].instruction"))
            )
            shows = (Show("vulnerabilities"),)
    kind = "calls" if texts else ""
    addresses = quoted_addresses(view)
    if addresses is not None:
        texts.append(addresses[0])
        shows += addresses[1]
        kind = "both" if kind else "addresses"
    if not texts:
        return [], ()
    said = say("answer", f"verdicts.signal.{kind}", "decision malware network", list=value.join(texts), name=view.name)
    return [said], shows


def _claims(view: View, family: str) -> list[Text]:
    """The scanner's own words for its verdicts."""
    file = view.file
    if family == "vulnerabilities" and file.vulnerabilities and file.vulnerabilities.risk_assessment:
        level = file.vulnerabilities.risk_assessment.risk_level
        return [value.code(level, view.at(family, ".risk_assessment.risk_level"))] if level else []
    if family == "threats" and file.threats and file.threats.threat_level:
        return [value.code(file.threats.threat_level, view.at(family, ".threat_level"))]
    if family == "behavioral" and file.behavioral and file.behavioral.network_behavior:
        path = view.at(family, ".network_behavior")
        return [
            value.member(one.pattern_type or "", path, "pattern_type") for one in file.behavioral.network_behavior[:2]
        ]
    if (
        family == "code_quality"
        and file.code_quality
        and file.code_quality.quality_report
        and file.code_quality.quality_report.code_health
    ):
        return [
            value.code(file.code_quality.quality_report.code_health, view.at(family, ".quality_report.code_health"))
        ]
    return []


def _report(view: View, tasks: dict[str, Offer], name: str, found: list[str], request: Request) -> Draft | None:
    family = name.partition(".")[0]
    if family == "entropy":
        found = [one for one in found if one != "entropy.overall"]  # the lead gives that figure
    parts = _parts(tasks, found[:_FEW] if request.persona.depth == 1 else found, request)
    lead: list[Say] = []
    claims = _claims(view, family)
    if len(parts) < 2:
        return None
    if claims and family == "behavioral":
        number = "one" if len(claims) == 1 else "some"
        lead.append(
            say(
                "answer",
                f"verdicts.lead.behavioral.{number}",
                "verdict decision",
                list=value.join(claims),
                name=view.name,
            )
        )
    elif claims:
        lead.append(
            say("answer", f"verdicts.lead.{family}", "verdict decision", list=value.join(claims), name=view.name)
        )
    elif family == "entropy" and view.file.entropy is not None:
        figure = view.file.entropy.overall_entropy or 0.0
        overall = value.fixed(figure, view.at("entropy", ".overall_entropy"), 3, "bits per byte")
        kind = "tiny" if is_tiny(view) else "plain" if figure < _DENSE else "dense"
        lead.append(
            say("answer", f"verdicts.lead.entropy.{kind}", "verdict entropy decision", overall=overall, name=view.name)
        )
    else:
        return None
    if family == "behavioral" and view.file.behavioral is not None:
        lead += behavioral.empty(view, view.file.behavioral, firm(request), len(behavioral.LISTS))
    return _together(view, lead, parts, request)
