"""Vulnerability rules: import findings and function findings, their score, and what they do not show."""

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Role, Say, items, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.view import View
from threatflux_training.hashing import choose, ordered
from threatflux_training.reports.model import Finding, Vulnerabilities
from threatflux_training.tasks.compound import SURROUNDINGS, firm_pair
from threatflux_training.tasks.file_facts import NOTHING, Facts, both, hardened, origin
from threatflux_training.tasks.listing import few
from threatflux_training.tasks.model import Draft, Offer, Request, Show

FAMILY = "vulnerabilities"
LISTED = {
    "strcpy": "copy", "strcat": "copy", "gets": "gets", "sprintf": "copy", "vsprintf": "copy", "printf": "format", "fprintf": "format",
    "snprintf": "format", "vprintf": "format", "vfprintf": "format", "vsnprintf": "format", "free": "free", "delete": "free",
}  # fmt: skip
"""Functions on whose import the scanner reports a finding, and the phrase that says why."""
_WEIGHTS = {"Critical": 10, "High": 7.5, "Medium": 5}
_CONTEXT = ("threats", "behavioral", "code_quality", *SURROUNDINGS)
_BLOCK, _RISK = "vulnerabilities", "vulnerabilities.risk_assessment"


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
    imports = _imports(found)
    made = [Offer(task="vulnerabilities.score", build=lambda r: _score(view, found, r), importance=6, long=True)]
    if imports:
        made += [
            Offer(
                task="vulnerabilities.page",
                build=lambda r: _page(view, found, r),
                importance=8,
                variants=2,
                weight=1.2,
                long=True,
            ),
            Offer(task="vulnerabilities.imports", build=lambda r: _listed(view, found, r), importance=6, long=True),
            Offer(
                task="vulnerabilities.finding",
                build=lambda r: firm_pair(_pair(view, found, r), r),
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
    functions = _functions(found)
    if functions:
        made.append(
            Offer(
                task="vulnerabilities.functions",
                build=lambda r: _overview(view, found, r),
                importance=7,
                long=True,
                variants=2,
            )
        )
        made.append(
            Offer(
                task="vulnerabilities.function",
                build=lambda r: _function(view, found, r),
                importance=7,
                variants=min(4, len(functions)),
                long=True,
            )
        )
    return made


def _is_import(one: Finding) -> bool:
    return bool(one.locations) and one.locations[0].function_name == "Imports"


def _imports(found: Vulnerabilities) -> list[int]:
    return [index for index, one in enumerate(found.vulnerabilities) if _is_import(one)]


def _functions(found: Vulnerabilities) -> dict[str, list[int]]:
    """Findings by the function they are in."""
    named: dict[str, list[int]] = {}
    for index, one in enumerate(found.vulnerabilities):
        if one.locations and not _is_import(one):
            named.setdefault(one.locations[0].function_name, []).append(index)
    return named


def _symbol(view: View, found: Vulnerabilities, index: int) -> Text:
    name = found.vulnerabilities[index].locations[0].instruction.removeprefix("import ")
    return value.part(name, view.at(_BLOCK, f".vulnerabilities[{index}].locations[0].instruction"))


def _of(view: View, found: Vulnerabilities, index: int) -> dict[str, Text]:
    one, place = found.vulnerabilities[index], view.at(_BLOCK, f".vulnerabilities[{index}]")
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


def _base(view: View, found: Vulnerabilities) -> dict[str, Text]:
    risk, stats = found.risk_assessment, found.detection_stats
    score = risk.overall_risk_score if risk is not None else None
    slots = {
        "score": value.fixed(score or 0.0, view.at(_BLOCK, ".risk_assessment.overall_risk_score"), 1),
        "name": view.name,
    }
    if risk is not None and risk.risk_level:
        slots["level"] = value.code(risk.risk_level, view.at(_BLOCK, ".risk_assessment.risk_level"))
    if stats is not None and stats.functions_analyzed is not None:
        slots["analyzed"] = value.grouped(
            stats.functions_analyzed, view.at(_BLOCK, ".detection_stats.functions_analyzed"), "function|functions"
        )
    return slots


def _guarded(view: View, found: Vulnerabilities, room: int) -> Facts:
    """Checks that the compiler put in, where a reported import is one that they bear on: none of them watches `free`."""
    names = [_name_of(found, index) for index in _imports(found)]
    return hardened(view, room) if any(LISTED.get(name) in ("copy", "format", "gets") for name in names) else NOTHING


def _draft(content: list[Content], *shows: Show, slots: dict[str, Text] | None = None) -> Draft:
    return Draft(slots=slots or {}, shows=(Show(_RISK), *shows), content=tuple(content), context=_CONTEXT)


def _unread(found: Vulnerabilities) -> bool:
    """Whether the report itself says that no function was looked at."""
    return found.detection_stats is not None and found.detection_stats.functions_analyzed == 0


_UNBOUNDED = ("strcpy", "strcat", "sprintf", "vsprintf")


def _name_of(found: Vulnerabilities, index: int) -> str:
    return found.vulnerabilities[index].locations[0].instruction.removeprefix("import ")


def _kind_of(found: Vulnerabilities, index: int) -> str:
    return LISTED.get(_name_of(found, index), "copy")


def _worst(found: Vulnerabilities, indices: list[int]) -> str:
    """How the reported imports weigh: `gets` is a defect, unbounded copies want a review, the rest is ordinary."""
    names = [_name_of(found, index) for index in indices]
    return "gets" if "gets" in names else "copy" if any(name in _UNBOUNDED for name in names) else "plain"


def _page(view: View, found: Vulnerabilities, request: Request) -> Draft:
    indices = _imports(found)
    slots = _base(view, found) | {"symbols": value.join([_symbol(view, found, i) for i in indices])}
    slots |= _of(view, found, indices[0])
    only = len(indices) == len(found.vulnerabilities)
    worst = _worst(found, indices)
    weighty = [i for i in indices if _name_of(found, i) in (*_UNBOUNDED, "gets")]
    if weighty:
        slots["weighty"] = value.join([_symbol(view, found, i) for i in weighty])
    state = worst if worst != "plain" else "mixed" if not only else "one" if len(indices) == 1 else "some"
    content: list[Content] = [say("answer", f"vulnerabilities.page.{state}", "decision plain rule", **slots)]
    if only and _unread(found):
        content.append(say("answer", "vulnerabilities.page.analyzed", "method weakness rule", **slots))
    elif not only:
        content.append(
            say("answer", "vulnerabilities.page.functions", "weakness rule code", **slots, **_amount(view, found))
        )
    first = weighty[0] if weighty else indices[0]
    kind = _kind_of(found, first)
    symbol = {"symbol": _symbol(view, found, first), "name": view.name}
    content.append(say("meaning", f"vulnerabilities.symbol.{kind}", "memory_safety plain weakness", **symbol))
    content.append(say("detail", "vulnerabilities.page.score", "score weakness data", **slots))
    if found.vulnerabilities[first].cve_references:
        cve = {"cve": _cves(view, found, first), "name": view.name} | _of(view, found, first)
        key = "one" if len(found.vulnerabilities[first].cve_references) == 1 else "some"
        content.append(say("meaning", f"vulnerabilities.page.cve.{key}", "rule weakness limit malware", **cve))
    facts, shows = both(_guarded(view, found, request.room // 3), origin(view, request.persona))
    content += facts
    content.append(say("next", f"vulnerabilities.next.{kind}", "next code address memory_safety", **symbol))
    content.append(
        say("limit", f"vulnerabilities.page.limit.{'unread' if _unread(found) else 'read'}", "limit", **slots)
    )
    return _draft(content, Show(_BLOCK), *shows)


def _amount(view: View, found: Vulnerabilities) -> dict[str, Text]:
    place = view.at(_BLOCK, ".vulnerabilities")
    return {"amount": value.counted(len(found.vulnerabilities), place, "finding|findings")}


def _cves(view: View, found: Vulnerabilities, index: int) -> Text:
    path = view.at(_BLOCK, f".vulnerabilities[{index}].cve_references")
    return value.join([value.member(one, path) for one in found.vulnerabilities[index].cve_references])


def _score(view: View, found: Vulnerabilities, request: Request) -> Draft:
    slots = _base(view, found)
    path = view.at(_BLOCK, ".vulnerabilities")
    if len(found.vulnerabilities) == 1:
        one = found.vulnerabilities[0]
        weight = _WEIGHTS.get(one.severity or "", 0)
        product = value.computed(
            f"{weight * (one.confidence or 0):.1f}", "fixed", ["product", weight, path + "[0].confidence"], 1, ""
        )
        slots |= _of(view, found, 0) | {"product": product}
        if _is_import(one):
            slots["symbol"] = _symbol(view, found, 0)
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
    imports = _imports(found)
    if imports:
        slots["symbols"] = value.join([_symbol(view, found, i) for i in imports])
    weak = "vulnerabilities.score.weak" if len(imports) == len(found.vulnerabilities) else "vulnerabilities.score.mixed"
    content.append(say("answer", weak, "weakness rule plain", **slots))
    if request.persona.register != "plain":
        content.append(say("detail", "knowledge.vulnerabilities_scale", "score data"))
    if "level" in slots:
        content.append(say("limit", "vulnerabilities.score.level", "limit weakness", **slots))
    if _unread(found):
        content.append(say("limit", "vulnerabilities.page.analyzed", "method limit", **slots))
    return _draft(content, Show(_BLOCK))


def _severities(view: View, found: Vulnerabilities) -> dict[str, Text]:
    risk = found.risk_assessment
    place = view.at(_BLOCK, ".risk_assessment")
    counts = (
        (("critical", risk.critical_count), ("high", risk.high_count), ("medium", risk.medium_count))
        if risk is not None
        else ()
    )
    texts = [value.grouped(amount, f"{place}.{name}_count", name) for name, amount in counts if amount]
    return {"counts": value.join(texts)}


def _listed(view: View, found: Vulnerabilities, request: Request) -> Draft:
    indices = _imports(found)
    symbols = {"symbols": value.join([_symbol(view, found, i) for i in indices]), "name": view.name}
    many = "vulnerabilities.imports" if len(indices) > 1 else "vulnerabilities.imports.one"
    content: list[Content] = [say("answer", many, "imports memory_safety", **symbols, **_of(view, found, indices[0]))]
    ranked = sorted(indices, key=lambda i: ("gets", *_UNBOUNDED, _name_of(found, i)).index(_name_of(found, i)))
    for index in ranked[:3]:
        kind = _kind_of(found, index)
        slots = {"symbol": _symbol(view, found, index), "name": view.name}
        content.append(say("answer", f"vulnerabilities.symbol.{kind}", "memory_safety imports plain", **slots))
    first = {"symbol": _symbol(view, found, ranked[0]), "name": view.name} | _of(view, found, ranked[0])
    facts, shows = _guarded(view, found, request.room // 2)
    content += facts
    content.append(say("meaning", "vulnerabilities.imports.means", "weakness rule method", **first))
    content.append(say("limit", "vulnerabilities.imports.limit", "limit mitigation rule", **first))
    content.append(
        say("next", f"vulnerabilities.next.{_kind_of(found, ranked[0])}", "next code address verify", **first)
    )
    return _draft(content, Show(_BLOCK), *shows)


def _pair(view: View, found: Vulnerabilities, request: Request) -> tuple[Draft, Draft] | None:
    """A function with a finding for its import, and one of the rule's list without."""
    present = [found.vulnerabilities[i].locations[0].instruction.removeprefix("import ") for i in _imports(found)]
    missing = [name for name in ordered(request.key, list(LISTED)) if name not in present and name != "delete"]
    name = choose(request.key, present)
    index = next(i for i in _imports(found) if found.vulnerabilities[i].locations[0].instruction == f"import {name}")
    slots = _base(view, found) | _of(view, found, index) | {"symbol": _symbol(view, found, index)}
    positive: list[Content] = [
        say("answer", "vulnerabilities.finding.yes", "rule decision imports", **slots),
        say("answer", f"vulnerabilities.symbol.{LISTED.get(name, 'copy')}", "memory_safety plain", **slots),
    ]
    positive.append(say("limit", "vulnerabilities.imports.means", "weakness rule", **slots))
    lacking = {
        "symbol": value.in_code_asked(missing[0]),
        "symbols": value.join([_symbol(view, found, i) for i in _imports(found)]),
        "name": view.name,
        "score": slots["score"],
    }
    negative: list[Content] = [
        say(
            "answer",
            f"vulnerabilities.finding.no.{'one' if len(present) == 1 else 'some'}",
            "rule decision imports",
            **lacking,
        ),
        say("answer", "vulnerabilities.finding.no_means", "weakness limit imports", **lacking),
    ]
    checked, listed = _guarded(view, found, request.room // 3) if "free" not in (name, missing[0]) else NOTHING
    checked = [say("detail", "vulnerabilities.pair.score", "score weakness", **slots), *checked]
    shows = (Show(_BLOCK), *listed)
    second = _draft([*negative, *checked], *shows, slots={"symbol": value.in_code_asked(missing[0]), "name": view.name})
    second.negative = "entity_not_there"
    return _draft([*positive, *checked], *shows, slots={"symbol": value.in_code_asked(name), "name": view.name}), second


_PRODUCTS = {
    "CVE-2021-44228": "vulnerabilities_log4shell", "CVE-2021-22555": "vulnerabilities_netfilter", "CVE-2000-0573": "vulnerabilities_ftpd",
    "CVE-2021-3156": "vulnerabilities_sudo", "CVE-2020-1472": "vulnerabilities_zerologon",
}  # fmt: skip
"""The numbers that the rules print, and the sentence on what each is really about."""


def _cve(view: View, found: Vulnerabilities, request: Request) -> Draft:
    with_cve = [index for index, one in enumerate(found.vulnerabilities) if one.cve_references]
    index = with_cve[0]
    slots = _base(view, found) | _of(view, found, index) | {"cve": _cves(view, found, index)}
    first = found.vulnerabilities[index]
    kind = "import" if _is_import(first) else "function"
    number = "one" if len(first.cve_references) == 1 else "some"
    if kind == "import":
        slots["symbol"] = _symbol(view, found, index)
    content: list[Content] = [
        say("answer", f"vulnerabilities.cve.{kind}.{number}", "decision rule plain", **slots),
        say("answer", "vulnerabilities.cve.fixed", "weakness rule limit", **slots),
    ]
    told = [sentence for cve, sentence in _PRODUCTS.items() if cve in first.cve_references]
    content += [say("answer", f"knowledge.{one}", "package rule") for one in told[:1]]
    content += [say("detail", f"knowledge.{one}", "package rule") for one in told[1:]]
    if len(with_cve) > 1:
        rules = {found.vulnerabilities[i].rule_id: i for i in reversed(with_cve)}
        listed = [
            say("detail", "vulnerabilities.cve.rule", "rule", **_of(view, found, i), cve=_cves(view, found, i))
            for i in list(rules.values())[:4]
        ]
        content.append(items("detail", say("detail", "vulnerabilities.cve.lead", "rule"), list(listed), "rule data"))
    content += [
        say("verify", "vulnerabilities.cve.check", "verify package next", **slots),
        say("limit", f"vulnerabilities.cve.limit.{number}", "limit", **slots),
    ]
    return _draft(content, Show(_BLOCK))


def _cwe(view: View, found: Vulnerabilities, request: Request) -> Draft:
    with_cwe = [index for index, one in enumerate(found.vulnerabilities) if one.cwe_references]
    rules = list({found.vulnerabilities[i].rule_id: i for i in reversed(with_cwe)}.values())[::-1]

    def said(index: int) -> dict[str, Text]:
        path = view.at(_BLOCK, f".vulnerabilities[{index}].cwe_references")
        return _of(view, found, index) | {
            "cwe": value.join([value.member(one, path) for one in found.vulnerabilities[index].cwe_references]),
            "name": view.name,
            **({"symbol": _symbol(view, found, index)} if _is_import(found.vulnerabilities[index]) else {}),
        }

    first = said(rules[0])
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
        say("next", "vulnerabilities.cwe.next", "next code memory_safety", **first),
    ]
    facts, shows = _guarded(view, found, request.room // 3)
    return _draft([*content, *facts], Show(_BLOCK), *shows)


def _none(view: View, found: Vulnerabilities, request: Request) -> Draft:
    slots = _base(view, found)
    state = "vacuous" if _unread(found) else "some"
    content: list[Content] = [say("answer", "vulnerabilities.none", "decision rule score plain", **slots)]
    if "analyzed" in slots:
        content.append(say("answer", f"vulnerabilities.none.{state}", "weakness method limit", **slots))
    kind = choose(request.key, ("list", "code")) if _unread(found) else "list"
    content.append(say("meaning", f"vulnerabilities.none.{kind}", "weakness rule imports", **slots))
    facts, shows = both(hardened(view, request.room // 2), origin(view, request.persona))
    content += [*facts, say("limit", "vulnerabilities.none.limit", "limit decision", **slots)]
    return _draft(content, *shows)


def _overview(view: View, found: Vulnerabilities, request: Request) -> Draft:
    functions = _functions(found)
    names = list(functions)
    place = view.at(_BLOCK, ".vulnerabilities")
    slots = _base(view, found) | _amount(view, found)
    slots["functions"] = value.join([_where(view, found, functions[name][0]) for name in names[:_NAMED]])
    slots["function"] = _where(view, found, max(functions.values(), key=len)[0])
    content: list[Content] = [
        say(
            "answer",
            f"vulnerabilities.functions.{'one' if len(names) == 1 else 'some' if len(names) <= _NAMED else 'many'}",
            "code rule decision",
            **slots,
        ),
        say("answer", "vulnerabilities.functions.weak", "weakness rule code plain", **slots),
    ]
    listed: list[Say] = []
    for name in names[: 12 if request.length == "long" else 4]:
        indices = functions[name]
        rules = value.join([value.code(found.vulnerabilities[i].rule_id, f"{place}[{i}].rule_id") for i in indices])
        listed.append(
            say(
                "detail",
                "vulnerabilities.functions.item",
                "code rule",
                where=_where(view, found, indices[0]),
                rules=rules,
            )
        )
    content.append(items("answer", say("answer", "vulnerabilities.functions.lead", "code"), list(listed), "code rule"))
    named = {found.vulnerabilities[i].rule_id or "": i for name in names for i in functions[name]}
    for rule_id in few(sorted(named), 6 if request.length == "long" else 3):
        content.append(
            say(
                "detail",
                f"vulnerabilities.rule.{_RULES.get(rule_id, 'other')}",
                "rule weakness code memory_safety",
                rule=value.code(rule_id, f"{place}[{named[rule_id]}].rule_id"),
                function=slots["function"],
            )
        )
    imports = _imports(found)
    if imports:
        content.append(
            say(
                "detail",
                "vulnerabilities.functions.imports" if len(imports) > 1 else "vulnerabilities.functions.import",
                "imports memory_safety decision",
                symbols=value.join([_symbol(view, found, i) for i in imports]),
            )
        )
    if imports:
        slots["symbol"] = _symbol(view, found, imports[0])
    content.append(say("next", "vulnerabilities.functions.next", "next code address verify", **slots))
    facts, shows = _guarded(view, found, request.room // 4)
    return _draft([*content, *facts], Show(_BLOCK), *shows)


_NAMED = 6
"""Functions that a sentence names; further ones are called others."""
_RULES = {
    "BOF001": "call", "FMT001": "call", "UAF001": "call", "DBF001": "call", "INT001": "arithmetic", "BOF002": "stack", "NPD001": "null",
    "DIV001": "division", "REC001": "recursion",
}  # fmt: skip


def _where(view: View, found: Vulnerabilities, index: int) -> Text:
    return value.code(
        found.vulnerabilities[index].locations[0].function_name,
        view.at(_BLOCK, f".vulnerabilities[{index}].locations[0].function_name"),
    )


def _function(view: View, found: Vulnerabilities, request: Request) -> Draft:
    functions = _functions(found)
    name = list(functions)[request.variant % len(functions)]
    indices = functions[name]
    content: list[Content] = []
    place = view.at(_BLOCK, ".vulnerabilities")
    rules = value.join([value.code(found.vulnerabilities[i].rule_id, f"{place}[{i}].rule_id") for i in indices])
    where = _where(view, found, indices[0])
    named = {"where": where, "rules": rules, "name": view.name}
    many = "some" if len(indices) > 1 else "one"
    content.append(say("answer", f"vulnerabilities.function.{many}", "code rule decision plain", **named))
    content.append(say("answer", "vulnerabilities.function.weak", "weakness rule plain", **named))
    for index in indices:
        one = found.vulnerabilities[index]
        at = f"{place}[{index}].locations[0]"
        address = value.hexadecimal(one.locations[0].instruction_address, at + ".instruction_address")
        key = _RULES.get(one.rule_id or "", "other")
        slots = {
            "rule": value.code(one.rule_id, f"{place}[{index}].rule_id"),
            "address": address,
            "instruction": value.code(one.locations[0].instruction, at + ".instruction"),
            "where": where,
            "name": view.name,
        }
        if key != "call" or one.rule_id == "BOF001":
            role: Role = "detail" if any("address" in one.tags for one in content if isinstance(one, Say)) else "answer"
            content.append(say(role, f"vulnerabilities.rule.{key}.at", "address code rule memory_safety", **slots))
    content.append(say("limit", "vulnerabilities.function.limit", "limit code", where=where))
    content.append(say("next", "vulnerabilities.function.next", "next code verify memory_safety", where=where))
    return _draft(
        content, Show(_BLOCK, only=tuple(indices)), slots={"function": value.in_code_asked(name), "name": view.name}
    )
