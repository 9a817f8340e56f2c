"""Findings of the vulnerability rules and the values around them."""

from collections.abc import Iterable

from threatflux_training.compose import value
from threatflux_training.compose.content import Content
from threatflux_training.compose.value import Text
from threatflux_training.evidence.view import View
from threatflux_training.reports.model import Finding, Vulnerabilities
from threatflux_training.tasks.compound import SURROUNDINGS
from threatflux_training.tasks.file_facts import NOTHING, Facts, hardened
from threatflux_training.tasks.model import Draft, Show

LISTED = {
    "strcpy": "copy", "strcat": "copy", "gets": "gets", "sprintf": "copy", "vsprintf": "copy", "printf": "format", "fprintf": "format",
    "snprintf": "format", "vprintf": "format", "vfprintf": "format", "vsnprintf": "format", "free": "free", "delete": "free",
}  # fmt: skip
"""Functions on whose import the scanner reports a finding, and the phrase that says why."""
RULES = {
    "BOF001": "call", "FMT001": "call", "UAF001": "call", "DBF001": "call", "INT001": "arithmetic", "BOF002": "stack", "NPD001": "null",
    "DIV001": "division", "REC001": "recursion",
}  # fmt: skip
"""What sets off a rule in the code of a function."""
PRODUCTS = {
    "CVE-2021-44228": "log4shell", "CVE-2021-22555": "netfilter", "CVE-2000-0573": "ftpd", "CVE-2021-3156": "sudo",
    "CVE-2020-1472": "zerologon",
}  # fmt: skip
"""The numbers that the rules print, and the name of the statements on what each is really about."""
_OWN = ("sudo", "ftpd")
"""Products that are programs: a file whose name contains one could be the one that is meant."""
CONTEXT = ("threats", "behavioral", "code_quality", *SURROUNDINGS)
BLOCK, RISK = "vulnerabilities", "vulnerabilities.risk_assessment"


def is_import(one: Finding) -> bool:
    """Whether a finding is about an import and no code."""
    return bool(one.locations) and one.locations[0].function_name == "Imports"


def import_findings(found: Vulnerabilities) -> list[int]:
    """The places of the findings that are about imports."""
    return [index for index, one in enumerate(found.vulnerabilities) if is_import(one)]


def by_function(found: Vulnerabilities) -> dict[str, list[int]]:
    """Findings by the function they are in."""
    named: dict[str, list[int]] = {}
    for index, one in enumerate(found.vulnerabilities):
        if one.locations and not is_import(one):
            named.setdefault(one.locations[0].function_name, []).append(index)
    return named


def calls(found: Vulnerabilities, indices: Iterable[int]) -> bool:
    """Whether one of these findings comes from a rule that fires on any call."""
    return any(RULES.get(found.vulnerabilities[index].rule_id or "") == "call" for index in indices)


def symbol_of(view: View, found: Vulnerabilities, index: int) -> Text:
    """The imported function that a finding is about."""
    return value.part(symbol_name(found, index), view.at(BLOCK, f".vulnerabilities[{index}].locations[0].instruction"))


def finding_slots(view: View, found: Vulnerabilities, index: int) -> dict[str, Text]:
    """Rule, severity, title, confidence and function of a finding."""
    one, place = found.vulnerabilities[index], view.at(BLOCK, f".vulnerabilities[{index}]")
    slots = {
        "rule": value.code(one.rule_id, place + ".rule_id"),
        "severity": value.code(one.severity, place + ".severity"),
    }
    if one.rule_name:
        slots["title"] = value.code(one.rule_name, place + ".rule_name")
    if one.confidence is not None:
        slots["confidence"] = value.fixed(one.confidence, place + ".confidence", 1)
    if one.locations:
        slots["where"] = value.code(one.locations[0].function_name, place + ".locations[0].function_name")
    return slots


def base_slots(view: View, found: Vulnerabilities) -> dict[str, Text]:
    """Score and level of the whole report, and how many functions were looked at."""
    risk, stats = found.risk_assessment, found.detection_stats
    score = risk.overall_risk_score if risk is not None else None
    slots = {
        "score": value.fixed(score or 0.0, view.at(BLOCK, ".risk_assessment.overall_risk_score"), 1),
        "name": view.name,
    }
    if risk is not None and risk.risk_level:
        slots["level"] = value.code(risk.risk_level, view.at(BLOCK, ".risk_assessment.risk_level"))
    if stats is not None and stats.functions_analyzed is not None:
        slots["analyzed"] = value.grouped(
            stats.functions_analyzed, view.at(BLOCK, ".detection_stats.functions_analyzed"), "function|functions"
        )
    return slots


def guarded(view: View, found: Vulnerabilities, room: int) -> Facts:
    """Checks that the compiler put in, where a reported import is one that they bear on: none of them watches `free`."""
    names = [symbol_name(found, index) for index in import_findings(found)]
    return hardened(view, room) if any(LISTED.get(name) in ("copy", "format", "gets") for name in names) else NOTHING


def draft_of(content: list[Content], *shows: Show, slots: dict[str, Text] | None = None) -> Draft:
    """A draft that shows the assessment and these blocks."""
    return Draft(slots=slots or {}, shows=(Show(RISK), *shows), content=tuple(content), context=CONTEXT)


def is_unread(found: Vulnerabilities) -> bool:
    """Whether the report itself says that no function was looked at."""
    return found.detection_stats is not None and found.detection_stats.functions_analyzed == 0


def symbol_name(found: Vulnerabilities, index: int) -> str:
    """The bare name of the imported function that a finding is about."""
    return found.vulnerabilities[index].locations[0].instruction.removeprefix("import ")


def amount_slots(view: View, found: Vulnerabilities) -> dict[str, Text]:
    """How many findings there are."""
    place = view.at(BLOCK, ".vulnerabilities")
    return {"amount": value.counted(len(found.vulnerabilities), place, "finding|findings")}


def in_functions(view: View, found: Vulnerabilities) -> Text:
    """How many findings are about the code of functions: all less the others."""
    amount, unit = sum(map(len, by_function(found).values())), "finding|findings"
    others = len(found.vulnerabilities) - amount
    if not others:
        return amount_slots(view, found)["amount"]
    inner = ["difference", ["count", view.at(BLOCK, ".vulnerabilities")], others]
    return value.computed(value.with_unit(f"{amount:,}", amount, unit), "grouped", inner, unit)


def cves_of(view: View, found: Vulnerabilities, index: int) -> Text:
    """The numbers that a finding prints."""
    path = view.at(BLOCK, f".vulnerabilities[{index}].cve_references")
    return value.join([value.member(one, path) for one in found.vulnerabilities[index].cve_references])


def products(view: View, numbers: list[str]) -> list[tuple[str, str]]:
    """Of the numbers of a finding those whose product is known and isn't the file itself, each with its statement's name."""
    known = [(cve, PRODUCTS[cve]) for cve in numbers if cve in PRODUCTS]
    return [(cve, kind) for cve, kind in known if kind not in _OWN or kind not in view.file.name]
