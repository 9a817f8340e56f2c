"""Code, read from the listed instructions and never from what the scanner concludes about them."""

from collections.abc import Callable
from functools import partial

from threatflux_training.evidence.view import View
from threatflux_training.hashing import ordered
from threatflux_training.tasks import (
    disassembly_calls,
    disassembly_counts,
    disassembly_data,
    disassembly_facts,
    disassembly_walk,
)
from threatflux_training.tasks.code_listing import Listing, Scope
from threatflux_training.tasks.model import Draft, Offer, Request

FAMILY = "disassembly"
_TRIED = 12
"""Functions tried before a task is given up."""

Build = Callable[[Listing, Scope, Request], Draft | None]
_READERS = ("reverse_engineer", "malware_analyst", "exploit_developer", "kernel_developer", "embedded_developer", "performance_engineer", "iot_security", "security_analyst", "developer", "power_user", "beginner", "forensics_expert")  # fmt: skip
"""Who asks for a reading of code; others ask about single facts."""


def offers(view: View, partner: View | None) -> list[Offer]:
    """Tasks on code; the derivations know x86 only."""
    found = view.file.disassembly
    if found is None or len(found.instructions) < 12 or not (found.architecture or "").startswith("x86"):
        return []
    listing = Listing(view)
    many = min(12, max(1, len(listing.functions) // 2))
    made = [
        Offer(task="disassembly.at", build=partial(disassembly_facts.at, listing), importance=4, pair=True, variants=6),
        *disassembly_counts.offers(view),
    ]
    if not listing.functions:
        return made
    scoped: list[tuple[str, Build, float, float]] = [
        ("disassembly.walk", disassembly_walk.walk, 8, 3), ("disassembly.loops", disassembly_data.loops, 5, 1.2),
        ("disassembly.calls", disassembly_calls.listed, 6, 1.2), ("disassembly.pointers", disassembly_data.pointers, 6, 1.2),
        ("disassembly.single", disassembly_calls.single, 7, 1.5), ("disassembly.frame", disassembly_facts.frame, 5, 0.8),
        ("disassembly.returns", disassembly_facts.returns, 5, 1),
    ]  # fmt: skip
    made += [
        Offer(task=task, build=partial(_scoped, listing, make), importance=importance, long=True, variants=min(6, many),
              weight=weight, personas=_READERS)
        for task, make, importance, weight in scoped
    ]  # fmt: skip
    return made + _whole(listing, many)


def _whole(listing: Listing, many: int) -> list[Offer]:
    """Tasks on the listing as a whole."""
    made = [
        Offer(task="disassembly.both", build=partial(disassembly_walk.both, listing), importance=8, long=True, variants=min(3, many),
              weight=1.5, personas=_READERS),
        Offer(task="disassembly.callers", build=partial(disassembly_calls.callers, listing), importance=6, long=True,
              variants=min(4, many), personas=_READERS),
    ]  # fmt: skip
    if listing.main is not None:
        made.append(
            Offer(task="disassembly.main", build=partial(disassembly_facts.main, listing), importance=6, variants=2)
        )
    if disassembly_calls.used_imports(listing):
        made += [
            Offer(task="disassembly.use", build=partial(disassembly_calls.import_use, listing), importance=7, long=True,
                  variants=6, weight=1.6, personas=_READERS),
            Offer(task="disassembly.uses", build=partial(disassembly_calls.import_there, listing), importance=6, pair=True,
                  variants=3, personas=_READERS),
            Offer(task="disassembly.proof", build=partial(disassembly_calls.proof, listing), importance=6, variants=2,
                  weight=0.8, personas=("reverse_engineer", "exploit_developer", "kernel_developer", "malware_analyst")),
        ]  # fmt: skip
    analysis = listing.view.file.disassembly.analysis if listing.view.file.disassembly else None
    if analysis is not None and analysis.system_calls:
        made.append(
            Offer(
                task="disassembly.syscalls",
                build=partial(disassembly_facts.syscalls, listing),
                importance=7,
                variants=2,
            )
        )
    return made


def _scoped(listing: Listing, make: Build, request: Request) -> Draft | None:
    """The draft of the first function, in this use's order, that has room and something to say."""
    scopes = ordered(f"{request.key}/scopes", listing.scopes(request.room * 0.8))
    if request.length == "long":
        longest = sorted(scopes, key=lambda one: one.start - one.stop)[: max(6, len(scopes) // 3)]
        half = {one.address for one in longest}
        scopes = [one for one in scopes if one.address in half]
    for scope in scopes[:_TRIED]:
        draft = make(listing, scope, request)
        if draft is not None:
            return draft
    return None
