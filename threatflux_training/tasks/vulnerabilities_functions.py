"""Findings in the code of functions, all together and one by one."""

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Role, Say, items, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.view import View
from threatflux_training.reports.model import Vulnerabilities
from threatflux_training.tasks.listing import few
from threatflux_training.tasks.model import Draft, Request, Show
from threatflux_training.tasks.vulnerabilities_facts import (
    BLOCK,
    RULES,
    base_slots,
    by_function,
    calls,
    draft_of,
    guarded,
    import_findings,
    in_functions,
    symbol_of,
)


def overview(view: View, found: Vulnerabilities, request: Request) -> Draft:
    """Which functions have findings, by which rules, and what these are worth."""
    functions = by_function(found)
    names = list(functions)
    place = view.at(BLOCK, ".vulnerabilities")
    slots = base_slots(view, found) | {"amount": in_functions(view, found)}
    slots["functions"] = value.join([_where(view, found, functions[name][0]) for name in names[:_NAMED]])
    most = max(functions.values(), key=len)
    slots["function"] = _where(view, found, most[0])
    weak = "vulnerabilities.functions.weak" + ("" if calls(found, most) else ".other")
    content: list[Content] = [
        say(
            "answer",
            f"vulnerabilities.functions.{'one' if len(names) == 1 else 'some' if len(names) <= _NAMED else 'many'}",
            "code rule decision",
            **slots,
        ),
        say("answer", weak, "weakness rule code plain", **slots),
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
                f"vulnerabilities.rule.{RULES.get(rule_id, 'other')}",
                "rule weakness code memory_safety",
                rule=value.code(rule_id, f"{place}[{named[rule_id]}].rule_id"),
                function=slots["function"],
            )
        )
    imports = import_findings(found)
    if imports:
        content.append(
            say(
                "detail",
                "vulnerabilities.functions.imports" if len(imports) > 1 else "vulnerabilities.functions.import",
                "imports memory_safety decision",
                symbols=value.join([symbol_of(view, found, i) for i in imports]),
            )
        )
    if imports:
        slots["symbol"] = symbol_of(view, found, imports[0])
    content.append(say("next", "vulnerabilities.functions.next", "next code address verify", **slots))
    facts, shows = guarded(view, found, request.room // 4)
    return draft_of([*content, *facts], Show(BLOCK), *shows)


_NAMED = 6
"""Functions that a sentence names; further ones are called others."""


def _where(view: View, found: Vulnerabilities, index: int) -> Text:
    return value.code(
        found.vulnerabilities[index].locations[0].function_name,
        view.at(BLOCK, f".vulnerabilities[{index}].locations[0].function_name"),
    )


def single_function(view: View, found: Vulnerabilities, request: Request) -> Draft:
    """The findings in one function."""
    functions = by_function(found)
    name = list(functions)[request.variant % len(functions)]
    indices = functions[name]
    content: list[Content] = []
    place = view.at(BLOCK, ".vulnerabilities")
    rules = value.join([value.code(found.vulnerabilities[i].rule_id, f"{place}[{i}].rule_id") for i in indices])
    where = _where(view, found, indices[0])
    named = {"where": where, "rules": rules, "name": view.name}
    many = "some" if len(indices) > 1 else "one"
    content.append(say("answer", f"vulnerabilities.function.{many}", "code rule decision plain", **named))
    kind = "" if calls(found, indices) else ".other"
    content.append(say("answer", f"vulnerabilities.function.weak{kind}", "weakness rule plain", **named))
    for index in indices:
        one = found.vulnerabilities[index]
        at = f"{place}[{index}].locations[0]"
        address = value.hexadecimal(one.locations[0].instruction_address, at + ".instruction_address")
        key = RULES.get(one.rule_id or "", "other")
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
    content.append(say("limit", f"vulnerabilities.function.limit{kind}", "limit code", where=where))
    content.append(say("next", f"vulnerabilities.function.next{kind}", "next code verify memory_safety", **named))
    return draft_of(
        content, Show(BLOCK, only=tuple(indices)), slots={"function": value.in_code_asked(name), "name": view.name}
    )
