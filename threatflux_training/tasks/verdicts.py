"""All verdicts of the scanner on one file, side by side: what each rests on, and which facts remain."""

from collections.abc import Callable
from functools import partial

from threatflux_training.compose import value
from threatflux_training.compose.content import Say, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.view import View
from threatflux_training.tasks import behavioral, dependencies, entropy, quality, threats, vulnerabilities, yara
from threatflux_training.tasks.compound import SURROUNDINGS, Part, compound, part_request
from threatflux_training.tasks.model import Draft, Offer, Request

FAMILY = "verdicts"
_ORDER: tuple[tuple[str, str], ...] = (
    ("vulnerabilities", "vulnerabilities.page"), ("vulnerabilities", "vulnerabilities.none"), ("behavioral", "behavioral.overview"),
    ("threats", "threats.clean"), ("entropy", "entropy.packed"), ("entropy", "entropy.encrypted"), ("code_quality", "code_quality.vacuous"),
    ("code_quality", "code_quality.score"), ("dependencies", "dependencies.score"), ("yara_indicators", "yara_indicators.packed"),
)  # fmt: skip
_FAMILIES: dict[str, Callable[[View, View | None], list[Offer]]] = {
    "vulnerabilities": vulnerabilities.offers, "behavioral": behavioral.offers, "threats": threats.offers, "entropy": entropy.offers,
    "code_quality": quality.offers, "dependencies": dependencies.offers, "yara_indicators": yara.offers,
}  # fmt: skip
_REPORTS: dict[str, tuple[str, ...]] = {
    "entropy.report": ("entropy.overall", "entropy.sections", "entropy.packed", "entropy.encrypted", "entropy.bss", "entropy.compress"),
    "behavioral.report": (
        "behavioral.control", "behavioral.exfiltration", "behavioral.techniques", "behavioral.evasion", "behavioral.operations",
    ),
    "vulnerabilities.report": (
        "vulnerabilities.page", "vulnerabilities.imports", "vulnerabilities.functions", "vulnerabilities.score", "vulnerabilities.cve",
        "vulnerabilities.cwe",
    ),
}  # fmt: skip


def offers(view: View, partner: View | None) -> list[Offer]:
    """The comparison of verdicts, and a full account of a feature that has several tasks."""
    tasks = {offer.task: offer for make in _FAMILIES.values() for offer in make(view, None) if not offer.pair}
    made: list[Offer] = []
    present = [task for _, task in _ORDER if task in tasks]
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


def _parts(tasks: dict[str, Offer], names: list[str], request: Request) -> list[Part]:
    inner = part_request(request, len(names))
    parts: list[Part] = []
    for name in names:
        draft = tasks[name].build(inner)
        parts.append((f"verdicts.heading.{name}", draft if isinstance(draft, Draft) else None))
    return parts


def _verdicts(view: View, tasks: dict[str, Offer], names: list[str], request: Request) -> Draft | None:
    chosen = names if request.length != "short" else names[request.variant % 2 :][:3]
    said = [text for name in chosen for text in _claims(view, name.partition(".")[0])]
    lead: list[Say] = [
        say("answer", "verdicts.lead", "decision rule", list=value.join(list(dict.fromkeys(said))), name=view.name)
    ]
    lead.append(say("meaning", "verdicts.facts", "method verify", name=view.name))
    return compound(view, lead, _parts(tasks, chosen, request), short=request.length == "short", context=SURROUNDINGS)


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
    chosen = found if request.length != "short" else found[request.variant :][:3]
    lead: list[Say] = []
    claims = _claims(view, family)
    if claims:
        lead.append(say("answer", f"verdicts.lead.{family}", "decision", list=value.join(claims), name=view.name))
    elif family == "entropy" and view.file.entropy is not None:
        overall = value.fixed(
            view.file.entropy.overall_entropy or 0.0, view.at("entropy", ".overall_entropy"), 2, "bits per byte"
        )
        lead.append(say("answer", "verdicts.lead.entropy", "entropy decision", overall=overall, name=view.name))
    else:
        return None
    return compound(view, lead, _parts(tasks, chosen, request), short=request.length == "short", context=SURROUNDINGS)
