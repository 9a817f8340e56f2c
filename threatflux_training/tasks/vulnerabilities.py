"""Vulnerability rules: their score, the numbers they print, and what no finding means; all tasks on them."""

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, items, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.view import View
from threatflux_training.hashing import choose
from threatflux_training.reports.model import Vulnerabilities
from threatflux_training.tasks.about import from_package
from threatflux_training.tasks.compound import firm_pair
from threatflux_training.tasks.file_facts import both, hardened, origin
from threatflux_training.tasks.model import Draft, Offer, Request, Show
from threatflux_training.tasks.vulnerabilities_facts import (
    BLOCK,
    base_slots,
    by_function,
    cves_of,
    draft_of,
    finding_slots,
    guarded,
    import_findings,
    is_import,
    is_unread,
    products,
    symbol_of,
)
from threatflux_training.tasks.vulnerabilities_functions import overview, single_function
from threatflux_training.tasks.vulnerabilities_imports import listed_imports, page, reported_pair

FAMILY = "vulnerabilities"
_WEIGHTS = {"Critical": 10, "High": 7.5, "Medium": 5}


def offers(view: View, partner: View | None) -> list[Offer]:
    """Tasks on the findings."""
    found = view.file.vulnerabilities
    if found is None or found.risk_assessment is None or found.risk_assessment.overall_risk_score is None:
        return []
    if not found.vulnerabilities:
        return [
            Offer(
                task="vulnerabilities.none", build=lambda r: _none(view, found, r), importance=5, variants=2, long=True
            )
        ]
    imports = import_findings(found)
    made = [Offer(task="vulnerabilities.score", build=lambda r: _score(view, found, r), importance=6, long=True)]
    if imports:
        made += [
            Offer(
                task="vulnerabilities.page",
                build=lambda r: page(view, found, r),
                importance=8,
                variants=2,
                weight=1.2,
                long=True,
            ),
            Offer(
                task="vulnerabilities.imports", build=lambda r: listed_imports(view, found, r), importance=6, long=True
            ),
            Offer(
                task="vulnerabilities.finding",
                build=lambda r: firm_pair(reported_pair(view, found, r), r),
                importance=6,
                pair=True,
                variants=3,
            ),
        ]
    if any(one.cve_references for one in found.vulnerabilities):
        made.append(Offer(task="vulnerabilities.cve", build=lambda r: _cve(view, found, r), importance=7, long=True))
    if any(one.cwe_references for one in found.vulnerabilities):
        made.append(
            Offer(task="vulnerabilities.cwe", build=lambda r: _cwe(view, found, r), importance=4, weight=0.6, long=True)
        )
    functions = by_function(found)
    if functions:
        made.append(
            Offer(
                task="vulnerabilities.functions",
                build=lambda r: overview(view, found, r),
                importance=7,
                long=True,
                variants=2,
            )
        )
        made.append(
            Offer(
                task="vulnerabilities.function",
                build=lambda r: single_function(view, found, r),
                importance=7,
                variants=min(4, len(functions)),
                long=True,
            )
        )
    return made


def _score(view: View, found: Vulnerabilities, request: Request) -> Draft:
    slots = base_slots(view, found)
    path = view.at(BLOCK, ".vulnerabilities")
    if len(found.vulnerabilities) == 1:
        one = found.vulnerabilities[0]
        weight = _WEIGHTS.get(one.severity or "", 0)
        product = value.computed(
            f"{weight * (one.confidence or 0):.1f}", "fixed", ["product", weight, path + "[0].confidence"], 1, ""
        )
        slots |= finding_slots(view, found, 0) | {"product": product}
        if is_import(one):
            slots["symbol"] = symbol_of(view, found, 0)
        content: list[Content] = [say("answer", "vulnerabilities.score.single", "score method decision", **slots)]
    else:
        amount = value.counted(len(found.vulnerabilities), path, "finding|findings")
        slots |= {"amount": amount} | _severities(view, found)
        content = [
            say("answer", "vulnerabilities.score.mean", "score method data", **slots),
            say("answer", "vulnerabilities.score.counts", "score data", **slots),
        ]
        confidence = [one.confidence or 0.0 for one in found.vulnerabilities]
        low, high = min(confidence), max(confidence)
        if low != high:
            content.append(
                say(
                    "detail",
                    "vulnerabilities.score.spread",
                    "score rule",
                    low=value.computed(f"{low:.1f}", "fixed", ["min", path, "confidence"], 1, ""),
                    high=value.computed(f"{high:.1f}", "fixed", ["max", path, "confidence"], 1, ""),
                )
            )
    imports = import_findings(found)
    if imports:
        slots["symbols"] = value.join([symbol_of(view, found, i) for i in imports])
    weak = "vulnerabilities.score.weak" if len(imports) == len(found.vulnerabilities) else "vulnerabilities.score.mixed"
    content.append(say("answer", weak, "weakness rule plain", **slots))
    if request.persona.register != "plain":
        content.append(say("detail", "knowledge.vulnerabilities_scale", "score data"))
    if "level" in slots:
        content.append(say("limit", "vulnerabilities.score.level", "limit weakness", **slots))
    if is_unread(found):
        content.append(say("limit", "vulnerabilities.page.analyzed", "method limit", **slots))
    return draft_of(content, Show(BLOCK))


def _severities(view: View, found: Vulnerabilities) -> dict[str, Text]:
    risk = found.risk_assessment
    place = view.at(BLOCK, ".risk_assessment")
    counts = (
        (("critical", risk.critical_count), ("high", risk.high_count), ("medium", risk.medium_count))
        if risk is not None
        else ()
    )
    texts = [value.grouped(amount, f"{place}.{name}_count", name) for name, amount in counts if amount]
    return {"counts": value.join(texts)}


def _cve(view: View, found: Vulnerabilities, request: Request) -> Draft:
    with_cve = [index for index, one in enumerate(found.vulnerabilities) if one.cve_references]
    index = with_cve[0]
    slots = base_slots(view, found) | finding_slots(view, found, index) | {"cve": cves_of(view, found, index)}
    first = found.vulnerabilities[index]
    kind = "import" if is_import(first) else "function"
    number = "one" if len(first.cve_references) == 1 else "some"
    if kind == "import":
        slots["symbol"] = symbol_of(view, found, index)
    content: list[Content] = [
        say("answer", f"vulnerabilities.cve.{kind}.{number}", "decision rule plain", **slots),
        say("answer", "vulnerabilities.cve.fixed", "weakness rule limit", **slots),
    ]
    told = [kind for _, kind in products(view, first.cve_references)]
    content += [say("answer", f"knowledge.vulnerabilities_{one}", "package rule") for one in told[:1]]
    content += [say("detail", f"knowledge.vulnerabilities_{one}", "package rule") for one in told[1:]]
    if len(with_cve) > 1:
        rules = {found.vulnerabilities[i].rule_id: i for i in reversed(with_cve)}
        listed = [
            say(
                "detail",
                "vulnerabilities.cve.rule",
                "rule",
                **finding_slots(view, found, i),
                cve=cves_of(view, found, i),
            )
            for i in list(rules.values())[:4]
        ]
        content.append(items("detail", say("detail", "vulnerabilities.cve.lead", "rule"), list(listed), "rule data"))
    check = "vulnerabilities.cve.check" if from_package(view) else "vulnerabilities.cve.vendor"
    content += [
        say("verify", check, "verify package next", **slots),
        say("limit", f"vulnerabilities.cve.limit.{number}", "limit", **slots),
    ]
    return draft_of(content, Show(BLOCK))


def _cwe(view: View, found: Vulnerabilities, request: Request) -> Draft:
    with_cwe = [index for index, one in enumerate(found.vulnerabilities) if one.cwe_references]
    rules = list({found.vulnerabilities[i].rule_id: i for i in reversed(with_cwe)}.values())[::-1]

    def said(index: int) -> dict[str, Text]:
        path = view.at(BLOCK, f".vulnerabilities[{index}].cwe_references")
        return finding_slots(view, found, index) | {
            "cwe": value.join([value.member(one, path) for one in found.vulnerabilities[index].cwe_references]),
            "name": view.name,
            **({"symbol": symbol_of(view, found, index)} if is_import(found.vulnerabilities[index]) else {}),
        }

    first = said(rules[0])
    located = "import" if is_import(found.vulnerabilities[rules[0]]) else "code"
    content: list[Content] = [
        say("answer", "vulnerabilities.cwe" if len(rules) == 1 else "vulnerabilities.cwe.some", "rule method", **first)
    ]
    if len(rules) > 1:
        content.append(
            items(
                "answer",
                say("answer", "vulnerabilities.cwe.lead", "rule"),
                [say("detail", "vulnerabilities.cwe.rule", "rule", **said(i)) for i in rules[:6]],
                "rule data",
            )
        )
    content += [
        say("answer", "vulnerabilities.cwe.label", "weakness limit rule", **first),
        say("limit", "vulnerabilities.cwe.limit", "limit data", **first),
        say("next", f"vulnerabilities.cwe.next.{located}", "next code memory_safety", **first),
    ]
    facts, shows = guarded(view, found, request.room // 3)
    return draft_of([*content, *facts], Show(BLOCK), *shows)


def _none(view: View, found: Vulnerabilities, request: Request) -> Draft:
    slots = base_slots(view, found)
    state = "vacuous" if is_unread(found) else "some"
    content: list[Content] = [say("answer", "vulnerabilities.none", "decision rule score plain", **slots)]
    if "analyzed" in slots:
        content.append(say("answer", f"vulnerabilities.none.{state}", "weakness method limit", **slots))
    kind = choose(request.key, ("list", "code")) if is_unread(found) else "list"
    content.append(say("meaning", f"vulnerabilities.none.{kind}", "weakness rule imports", **slots))
    facts, shows = both(hardened(view, request.room // 2), origin(view, request.persona))
    content += [*facts, say("limit", "vulnerabilities.none.limit", "limit decision", **slots)]
    return draft_of(content, *shows)
