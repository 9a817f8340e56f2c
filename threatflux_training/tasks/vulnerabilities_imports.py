"""Findings for imports: whether they call for anything, which they are, one that is and one that is not reported."""

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, say
from threatflux_training.evidence.view import View
from threatflux_training.hashing import choose, ordered
from threatflux_training.reports.model import Vulnerabilities
from threatflux_training.tasks.about import is_library
from threatflux_training.tasks.file_facts import NOTHING, Facts, both, origin
from threatflux_training.tasks.model import Draft, Request, Show
from threatflux_training.tasks.vulnerabilities_facts import (
    BLOCK,
    LISTED,
    amount_slots,
    base_slots,
    by_function,
    calls,
    cves_of,
    draft_of,
    finding_slots,
    guarded,
    import_findings,
    is_unread,
    products,
    symbol_name,
    symbol_of,
)

_UNBOUNDED = ("strcpy", "strcat", "sprintf", "vsprintf")


def _kind_of(found: Vulnerabilities, index: int) -> str:
    return LISTED.get(symbol_name(found, index), "copy")


def _worst(found: Vulnerabilities, indices: list[int]) -> str:
    """How the reported imports weigh: `gets` is a defect, unbounded copies want a review, the rest is ordinary."""
    names = [symbol_name(found, index) for index in indices]
    return "gets" if "gets" in names else "copy" if any(name in _UNBOUNDED for name in names) else "plain"


def page(view: View, found: Vulnerabilities, request: Request) -> Draft:
    """Whether findings for imports are a reason to act."""
    indices = import_findings(found)
    slots = base_slots(view, found) | {"symbols": value.join([symbol_of(view, found, i) for i in indices])}
    slots |= finding_slots(view, found, indices[0])
    only = len(indices) == len(found.vulnerabilities)
    worst = _worst(found, indices)
    weighty = [i for i in indices if symbol_name(found, i) in (*_UNBOUNDED, "gets")]
    if weighty:
        slots["weighty"] = value.join([symbol_of(view, found, i) for i in weighty])
    state = worst if worst != "plain" else "mixed" if not only else "one" if len(indices) == 1 else "some"
    content: list[Content] = [say("answer", f"vulnerabilities.page.{state}", "verdict decision plain rule", **slots)]
    if only and is_unread(found):
        content.append(say("answer", "vulnerabilities.page.analyzed", "method weakness rule", **slots))
    elif any(calls(found, one) for one in by_function(found).values()):
        content.append(
            say("answer", "vulnerabilities.page.functions", "weakness rule code", **slots, **amount_slots(view, found))
        )
    first = weighty[0] if weighty else indices[0]
    kind = _kind_of(found, first)
    symbol = {"symbol": symbol_of(view, found, first), "name": view.name}
    content.append(say("meaning", f"vulnerabilities.symbol.{kind}", "memory_safety plain weakness", **symbol))
    content.append(say("detail", "vulnerabilities.page.score", "score weakness data", **slots))
    if found.vulnerabilities[first].cve_references:
        cve = {"cve": cves_of(view, found, first), "name": view.name} | finding_slots(view, found, first)
        key = "one" if len(found.vulnerabilities[first].cve_references) == 1 else "some"
        content.append(say("meaning", f"vulnerabilities.page.cve.{key}", "rule weakness limit malware", **cve))
        path = view.at(BLOCK, f".vulnerabilities[{first}].cve_references")
        for number, product in products(view, found.vulnerabilities[first].cve_references)[:1]:
            which = {"cve": value.member(number, path), "name": view.name}
            content.append(
                say("detail", f"vulnerabilities.page.is.{product}", "rule weakness package malware", **which)
            )
    facts, shows = both(guarded(view, found, request.room // 3), origin(view, request.persona))
    content += facts
    content.append(say("next", _next_on(view, kind), "next code address memory_safety", **symbol))
    content.append(
        say("limit", f"vulnerabilities.page.limit.{'unread' if is_unread(found) else 'read'}", "limit", **slots)
    )
    return draft_of(content, Show(BLOCK), *shows)


def _next_on(view: View, kind: str) -> str:
    """The phrase on what would settle a finding: a library can't be run by itself."""
    return f"vulnerabilities.next.{kind}{'.library' if kind == 'free' and is_library(view) else ''}"


def listed_imports(view: View, found: Vulnerabilities, request: Request) -> Draft:
    """Which imports were reported, and what each calls for."""
    indices = import_findings(found)
    symbols = {"symbols": value.join([symbol_of(view, found, i) for i in indices]), "name": view.name}
    many = "vulnerabilities.imports" if len(indices) > 1 else "vulnerabilities.imports.one"
    content: list[Content] = [
        say("answer", many, "imports memory_safety", **symbols, **finding_slots(view, found, indices[0]))
    ]
    ranked = sorted(indices, key=lambda i: ("gets", *_UNBOUNDED, symbol_name(found, i)).index(symbol_name(found, i)))
    for index in ranked[:3]:
        kind = _kind_of(found, index)
        slots = {"symbol": symbol_of(view, found, index), "name": view.name}
        content.append(say("answer", f"vulnerabilities.symbol.{kind}", "memory_safety imports plain", **slots))
    first = {"symbol": symbol_of(view, found, ranked[0]), "name": view.name} | finding_slots(view, found, ranked[0])
    facts, shows = guarded(view, found, request.room // 2)
    content += facts
    if symbol_name(found, ranked[0]) != "gets":  # its import is a defect already
        content.append(say("meaning", "vulnerabilities.imports.means", "weakness rule method", **first))
    content.append(say("limit", "vulnerabilities.imports.limit", "limit mitigation rule", **first))
    content.append(say("next", _next_on(view, _kind_of(found, ranked[0])), "next code address verify", **first))
    return draft_of(content, Show(BLOCK), *shows)


def reported_pair(view: View, found: Vulnerabilities, request: Request) -> tuple[Draft, Draft] | None:
    """A function with a finding for its import, and one of the rule's list without."""
    reported: dict[str, int] = {}
    for at in import_findings(found):
        reported.setdefault(symbol_name(found, at), at)
    present = list(reported)
    missing = [name for name in ordered(request.key, list(LISTED)) if name not in present and name != "delete"]
    name = choose(request.key, present)
    index = reported[name]
    slots = base_slots(view, found) | finding_slots(view, found, index) | {"symbol": symbol_of(view, found, index)}
    positive: list[Content] = [
        say("answer", "vulnerabilities.finding.yes", "rule decision imports", **slots),
        say("answer", f"vulnerabilities.symbol.{LISTED.get(name, 'copy')}", "memory_safety plain", **slots),
    ]
    if name != "gets":
        positive.append(say("limit", "vulnerabilities.imports.means", "weakness rule", **slots))
    lacking = {
        "symbol": value.in_code_asked(missing[0]),
        "symbols": value.join([symbol_of(view, found, i) for i in reported.values()]),
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
    ]
    told, table = _unimported(view, missing[0], request.room // 3)
    negative += told or [say("answer", "vulnerabilities.finding.no_means", "weakness limit imports", **lacking)]
    checked, listed = guarded(view, found, request.room // 3) if "free" not in (name, missing[0]) else NOTHING
    checked = [say("detail", "vulnerabilities.pair.score", "score weakness", **slots), *checked]
    shows = (Show(BLOCK), *listed)
    second = draft_of(
        [*negative, *checked], *shows, *table, slots={"symbol": value.in_code_asked(missing[0]), "name": view.name}
    )
    second.negative = "entity_not_there"
    return draft_of(
        [*positive, *checked], *shows, slots={"symbol": value.in_code_asked(name), "name": view.name}
    ), second


def _unimported(view: View, name: str, room: int) -> Facts:
    """That the import table, where it can be shown as a whole, lacks a function."""
    symbols = view.file.symbols
    names = {one.name.partition("@")[0] for one in symbols.imports} if symbols is not None else set()
    if not names or name in names or not view.lines("symbols.imports").within(room):
        return NOTHING
    slots = {"symbol": value.absent(name, view.at("symbols", ".imports"), "name"), "name": view.name}
    said = say("answer", "vulnerabilities.finding.no_import", "imports decision limit", **slots)
    return [said], (Show("symbols.imports"),)
