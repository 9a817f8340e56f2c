"""Reading a function from its first instruction to its last, or a pair of them one after the other."""

from threatflux_training.compose.content import Content, Say, Section, Slot, items, say
from threatflux_training.compose.document import flatten
from threatflux_training.compose.value import Text
from threatflux_training.evidence import code
from threatflux_training.evidence import operands as op
from threatflux_training.hashing import ordered
from threatflux_training.tasks.code_listing import Listing, Scope, Shown, base, begun, draft, which
from threatflux_training.tasks.code_remarks import remarks
from threatflux_training.tasks.disassembly_steps import Steps
from threatflux_training.tasks.model import Draft, Request

_STEPS = {"short": 4, "medium": 8, "long": 45}


def summary(steps: Steps, role_slots: dict[str, Slot]) -> Say:
    """The first sentence on a function: what it is made of."""
    names: dict[str, Text] = {}
    for index in steps.calls.indices:
        name = steps.calls.name(index)
        names.setdefault(name.text, name)
    slots = dict(role_slots)
    kind = "calls" if names else "plain"
    if names:
        slots["callees"] = tuple(list(names.values())[:5])
        kind = "calls.more" if len(names) > 5 else "calls.one" if len(names) == 1 else "calls"
    if steps.loops:
        loop = max(steps.loops, key=lambda one: (bool(one.xors), one.back - one.header))
        slots |= {"header": steps.listing.at(loop.header), "back": steps.listing.at(loop.back)}
        kind = "xor" if loop.xors and not names else "loop.calls" if names else "loop"
        if loop.xors:
            slots["xor"] = steps.listing.at(loop.xors[0])
    elif steps.open_jumps and not names:
        kind = "parts"
    elif not names and (tail := _tail(steps)) is not None:
        returns = any(one.mnemonic.endswith("ret") for one in steps.listing.all[steps.scope.start : tail])
        kind = "tail.some" if returns else "tail"
        slots["callee"] = steps.calls.callee(tail)
    switch = next((i for i in steps.listing.tables if steps.scope.start <= i < steps.scope.stop), None)
    if switch is not None and not steps.loops:
        kind, slots["switch"] = "switch", steps.listing.at(switch)
    slots |= {"first": steps.listing.at(steps.scope.start), "last": steps.listing.at(steps.scope.stop - 1)}
    return say("answer", f"disassembly.walk.{kind}", "code decision", **slots)


_READING = ("cmp", "test", "bt", "push", "call", "jmp", "mul", "imul", "div", "idiv", "fld", "fild")
"""Mnemonics that change nothing at their first operand."""


def through(steps: Steps, slots: dict[str, Slot]) -> list[Say]:
    """Of a function without calls: which of its arguments it takes for pointers, to read or to write there."""
    if steps.calls.indices:
        return []
    reads, writes = dict[int, Say](), dict[int, Say]()
    for index in range(steps.scope.start, steps.scope.stop):
        one = steps.listing.all[index]
        for place, part in enumerate(op.split(one.operands)):
            held = steps.flow.at(index).get(_base(part))
            if held is not None and held.kind == "entry" and not one.mnemonic.startswith(("lea", "nop", "prefetch")):
                found = writes if place == 0 and one.mnemonic not in _READING else reads
                found.setdefault(held.number, which(held.number))
    kind = "both" if reads and writes else "reads" if reads else "writes"
    given = {
        "reads": tuple(reads[one] for one in sorted(reads)),
        "writes": tuple(writes[one] for one in sorted(writes)),
    }
    named = {name: numbers for name, numbers in given.items() if numbers}
    return [say("answer", f"disassembly.walk.through.{kind}", "code", **slots, **named)] if named else []


def _base(operand: str) -> str:
    """The register that a memory operand counts from; "" where it is none of the general ones."""
    return op.family(op.memory(operand).partition(" ")[0])


def _tail(steps: Steps) -> int | None:
    """A jump out of the function at its end."""
    last = steps.scope.stop - 1
    to = code.target(steps.listing.all[last]) if steps.listing.all[last].mnemonic == "jmp" else None
    return last if to is not None and to not in steps.flow.places else None


def walk(listing: Listing, scope: Scope, request: Request) -> Draft | None:
    """One function, step by step."""
    shown = begun(listing, scope, request)
    steps = Steps(listing, scope, shown)
    chosen = steps.chosen(_STEPS[request.length])
    if len(chosen) < 2:
        return None
    slots = base(listing, scope)
    lead = say("answer", "disassembly.walk.lead", "code", **slots)
    content: list[Content] = [
        summary(steps, slots),
        *through(steps, slots),
        items("answer", lead, [step.said for step in chosen], "code", numbered=True),
        *remarks(steps),
    ]
    return draft(listing, shown, content, {"scope": scope.text})


def both(listing: Listing, request: Request) -> Draft | None:
    """A pair of functions: each told, and what connects them; only a long answer keeps the parts apart."""
    if request.length != "long":
        return None
    scopes = ordered(f"{request.key}/pair", listing.scopes(request.room * 0.45))
    for first in scopes[:8]:
        for second in _related(listing, first, scopes):
            caller, called = (second, first) if _leads(listing, second, first) else (first, second)
            made = _both(listing, caller, called, request)
            if made is not None:
                return made
    return None


def _related(listing: Listing, first: Scope, scopes: list[Scope]) -> list[Scope]:
    """Functions that this one calls, then those called by the same function, then any other."""
    called = {code.target(listing.all[i]) for i in range(first.start, first.stop) if listing.all[i].mnemonic == "call"}
    others = [one for one in scopes if one.address != first.address and one.stop - one.start >= 8]
    return sorted(others, key=lambda one: one.address not in called)[:2] if first.stop - first.start >= 8 else []


def _leads(listing: Listing, scope: Scope, to: Scope) -> bool:
    """Whether a function calls another."""
    inside = (listing.all[i] for i in range(scope.start, scope.stop))
    return any(one.mnemonic == "call" and code.target(one) == to.address for one in inside)


def _jumps(listing: Listing, scope: Scope, to: Scope) -> bool:
    """Whether a function jumps to the begin of another, as to its continuation."""
    inside = (listing.all[i] for i in range(scope.start, scope.stop))
    return any(one.mnemonic != "call" and code.target(one) == to.address for one in inside)


def _both(listing: Listing, first: Scope, second: Scope, request: Request) -> Draft | None:
    shown = Shown(listing, request.room * 1.15)
    shown.covered(first.start, first.stop)
    shown.covered(second.start, second.stop)
    told = [Steps(listing, scope, shown) for scope in (first, second)]
    chosen = [steps.chosen(_STEPS[request.length] // 2 + 1) for steps in told]
    if any(len(one) < 2 for one in chosen):
        return None
    slots: dict[str, Slot] = {"one": first.text, "One": first.opening, "other": second.text, "name": listing.view.name}
    link = next((i for i in told[0].calls.indices if code.target(listing.all[i]) == second.address), None)
    if link is not None:
        slots |= {"at": listing.at(link), "with": told[0].calls.with_arguments(link)}
    elif _jumps(listing, first, second) or _jumps(listing, second, first):
        return None
    content: list[Content] = [
        say("answer", f"disassembly.both.{'calls' if link is not None else 'apart'}", "code decision", **slots)
    ]
    for steps, found in zip(told, chosen, strict=True):
        own = base(listing, steps.scope)
        heading = say("answer", "disassembly.both.heading", "code", **own)
        lead = say("answer", "disassembly.walk.lead", "code", **own)
        body = (summary(steps, own), items("answer", lead, [step.said for step in found], "code", numbered=True))
        extra = [one for one in flatten(remarks(steps)) if one.role == "meaning"]
        content.append(Section(heading, (*body, *extra)))
    rest = {
        one.phrase: one
        for one in flatten([*remarks(told[0]), *remarks(told[1])])
        if isinstance(one, Say) and one.role in ("limit", "next", "verify")
    }
    content.append(Section(say("answer", "disassembly.both.rest", "code", **slots), tuple(rest.values())))
    return draft(listing, shown, content, {"one": first.text, "other": second.text})
