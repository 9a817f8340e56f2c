"""Calls: those of a function, a single one with its arguments, who calls a function, where an import is used."""

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Say, Slot, items, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence import plt
from threatflux_training.evidence.functions import SEARCHED
from threatflux_training.evidence.signatures import NONE, SIGNATURES
from threatflux_training.hashing import ordered
from threatflux_training.tasks.code_calls import EMPTY, Calls
from threatflux_training.tasks.code_listing import BLOCK, Listing, Scope, Shown, base, begun, draft
from threatflux_training.tasks.code_remarks import basis, remarks
from threatflux_training.tasks.disassembly_steps import Steps
from threatflux_training.tasks.listing import few
from threatflux_training.tasks.model import Draft, Request

_BEFORE = 14
"""Instructions shown before a call."""
_PLAUSIBLE = (
    "strcpy", "system", "popen", "execve", "fork", "connect", "socket", "gets", "sprintf", "dlopen", "ptrace", "setuid", "unlink",
    "mmap", "mprotect", "getaddrinfo", "fopen", "memcpy", "rename", "chmod",
)  # fmt: skip


def call_say(calls: Calls, index: int, name: str = "disassembly.call", role: str = "detail") -> Say:
    """One call with its arguments and what is tested afterwards."""
    slots: dict[str, Slot] = {
        "at": calls.listing.at(index), "callee": calls.callee(index), "with": calls.with_arguments(index),
        "tested": calls.with_test(index), "purpose": calls.purpose(index), "instruction": calls.listing.written(index),
    }  # fmt: skip
    return say("answer" if role == "answer" else "detail", name, "code address", **slots)


def listed(listing: Listing, scope: Scope, request: Request) -> Draft | None:
    """All calls of a function."""
    shown = begun(listing, scope, request)
    steps = Steps(listing, scope, shown)
    calls = steps.calls
    if not calls.indices:
        return None
    chosen = few(calls.indices, {"short": 4, "medium": 8, "long": 45}[request.length])
    amount = len(calls.indices)
    inside = [
        "mnemonic",
        "eq",
        "call",
        "address",
        "within",
        [listing.all[scope.start].address, listing.all[scope.stop - 1].address + 1],
    ]
    path = listing.view.at("disassembly", ".instructions")
    slots = base(listing, scope) | {
        "at": listing.at(chosen[0]), "callee": calls.callee(chosen[0]), "last": listing.at(calls.indices[-1]),
        "amount": value.counted(amount, path, "call|calls", inside, word=True), "with": calls.with_arguments(chosen[0]),
        "tested": calls.with_test(chosen[0]), "purpose": calls.purpose(chosen[0]),
    }  # fmt: skip
    content: list[Content]
    if amount == 1:
        content = [say("answer", "disassembly.calls.one", "code decision", **slots)]
    else:
        said = [call_say(calls, index) for index in chosen]
        lead = say(
            "answer", "disassembly.calls.lead" if len(chosen) == amount else "disassembly.calls.some", "code", **slots
        )
        content = [
            say("answer", "disassembly.calls", "code decision", **slots),
            items("answer", lead, list(said), "code"),
        ]
    return draft(listing, shown, [*content, *remarks(steps)], {"scope": scope.text})


def single(listing: Listing, scope: Scope, request: Request) -> Draft | None:
    """One call and what it gets."""
    calls = Calls(listing, scope, Shown(listing, 0))
    worth = [i for i in calls.indices if calls.arguments(i)]
    if not worth:
        return None
    index = ordered(f"{request.key}/call", worth)[0]
    shown = Shown(listing, request.room * 1.15)
    held = Calls(listing, scope, Shown(listing, 0)).arguments(index)
    first = min([index - _BEFORE, *(i for _, _, one in held for i in one.chain if i >= index - 3 * _BEFORE)])
    shown.covered(max(scope.start, first), min(scope.stop, index + 4))
    calls = Calls(listing, scope, shown)
    for _, _, one in calls.arguments(index):
        shown.origin(one)
    at = value.in_code_asked(hex(listing.all[index].address))
    slots: dict[str, Slot] = {
        "name": listing.view.name,
        "at": at, "callee": calls.callee(index), "purpose": calls.purpose(index), "tested": calls.with_test(index),
        "instruction": listing.written(index),
    }  # fmt: skip
    made = calls.fragments(index)
    if not made:
        return None
    kind = "one" if len(made) == 1 else "many"
    slots |= {"arguments": made, "last": made[-1]}
    content: list[Content] = [say("answer", f"disassembly.single.{kind}", "code decision", **slots)]
    content += _origins(calls, index)
    if slots["tested"] != EMPTY:
        content.append(say("detail", "disassembly.single.tested", "code", **slots))
    if slots["purpose"] != EMPTY:
        content.append(say("meaning", "disassembly.single.purpose", "plain imports", **slots))
    content += [*basis(listing, shown), say("limit", "disassembly.single.limit", "limit method", **slots)]
    content.append(say("next", "disassembly.single.next", "next code", **slots))
    return draft(listing, shown, content, {"at": at, "scope": scope.text})


def _origins(calls: Calls, index: int) -> list[Content]:
    """Which instructions put the arguments in place."""
    made: list[Content] = []
    for number, _, held in calls.arguments(index):
        if not held.chain:
            continue
        last = held.chain[-1]
        slots: dict[str, Slot] = {
            "number": Text(""),
            "from": calls.listing.at(last),
            "set": calls.listing.written(last),
        }
        made.append(say("detail", f"disassembly.single.origin.{number}", "code address method", **slots))
        if len(held.chain) > 1:
            path: tuple[Text, ...] = tuple(calls.listing.at(i) for i in held.chain)
            made.append(say("detail", "disassembly.single.chain", "method address", path=path))
    return made


def callers(listing: Listing, request: Request) -> Draft | None:
    """Who calls a function, with what."""
    wanted = {a: found for a, found in listing.callers.items() if a in listing.functions and len(found) <= 40}
    for address in ordered(f"{request.key}/callee", list(wanted))[:10]:
        made = _callers(listing, address, wanted[address], request)
        if made is not None:
            return made
    return None


def _callers(listing: Listing, address: int, found: list[int], request: Request) -> Draft | None:
    lines = listing.view.lines(BLOCK)
    shown = Shown(listing, request.room * 1.15)
    most = {"short": 2, "medium": 6, "long": 30}[request.length]
    chosen: list[int] = []
    for index in found[:most]:
        start = max(0, index - 8)
        needed = lines.tokens(start, index + 1)
        if needed > shown.room - 40 and chosen:
            break
        shown.covered(start, min(len(listing.all), index + 3))
        chosen.append(index)
    spare = max(shown.room - 40, _BARE)
    for index in found[len(chosen) : _PLACES]:
        spare -= 0 if shown.has(index) else lines.tokens(index, index + 1)
        if spare < 0:
            break
        shown.line(index)
        chosen.append(index)
    said: list[Say] = []
    given: tuple[Say, ...] = ()
    for index in chosen:
        caller = listing.function_of(index)
        if caller is None:
            continue
        calls = Calls(listing, listing.scope(caller), shown)
        known = calls.arguments(index)
        complete = all(shown.has(i) for _, _, one in known for i in (*one.chain, one.at) if i >= 0)
        given = calls.fragments(index) if complete else ()
        name = listing.name_of(caller)
        slots: dict[str, Slot] = {"at": listing.at(index), "with": calls.with_arguments(index) if given else EMPTY}
        if name is not None:
            shown.symbol(listing.named[caller].symbol)
        own = caller == address
        kind = "itself" if own else "named" if name is not None else "bare"
        said.append(say("detail", f"disassembly.callers.{kind}", "code address", caller=name or EMPTY, **slots))
    if not said:
        return None
    scope = listing.scope(address)
    if scope.symbol >= 0:
        shown.symbol(scope.symbol)
    slots = base(listing, scope) | {"at": listing.at(chosen[0]), "last": listing.at(chosen[-1])}
    kind = "one" if len(found) == 1 else "all" if len(chosen) == len(found) else "some" if len(chosen) > 1 else "first"
    part = len(listing.all) > SEARCHED
    if part and kind in ("one", "all"):
        kind += ".part"
    content: list[Content] = [say("answer", f"disassembly.callers.{kind}", "code decision structure", **slots)]
    if len(said) == 1:
        if given:
            kind = "named" if said[0].phrase.endswith("named") else "bare"
            content.append(say("answer", f"disassembly.callers.given.{kind}", "code", arguments=given, **said[0].slots))
        elif said[0].phrase.endswith("named"):
            content.append(say("answer", "disassembly.callers.in", "code", **said[0].slots))
    elif all(one.slots["with"] == EMPTY and one.phrase.endswith("bare") for one in said):
        content.append(say("answer", "disassembly.places", "code", list=_places(said)))
    else:
        content.append(items("answer", say("answer", "disassembly.callers.lead", "code", **slots), list(said), "code"))
    content += [
        say(
            "limit",
            f"disassembly.callers.limit.{'part' if part else 'whole'}",
            "limit method",
            **slots,
        )
    ]
    content += [
        say("meaning", "disassembly.callers.meaning", "structure plain", **slots),
        say("next", "disassembly.callers.next", "next code", **slots),
        *basis(listing, shown),
    ]
    return draft(listing, shown, content, {"scope": scope.text})


_BARE = 200
"""Tokens that the lines of further calls may always have, beside the one that is shown with what leads to it."""
_PLACES = 30
"""Addresses of calls that one sentence lists."""


def _places(said: list[Say]) -> tuple[Text, ...]:
    """The addresses of the calls, where nothing else is known of them."""
    return tuple(slot for one in said[:_PLACES] if isinstance(slot := one.slots["at"], Text))


def used_imports(listing: Listing) -> dict[str, list[int]]:
    """Imports with a settled slot that the searched code calls, with the calls."""
    table = listing.imports
    if table is None:
        return {}
    return {
        slot.name: listing.callers[a]
        for a, slot in table.slots.items()
        if a in listing.callers and slot.name in {*SIGNATURES, *NONE}
    }


def import_use(listing: Listing, request: Request) -> Draft | None:
    """Where an imported function is called, and with what."""
    used = used_imports(listing)
    for name in ordered(f"{request.key}/import", list(used))[:10]:
        made = _import_use(listing, name, used[name], request)
        if made is not None:
            return made
    return None


def _import_use(listing: Listing, name: str, found: list[int], request: Request) -> Draft | None:
    shown = Shown(listing, request.room * 1.15)
    table = listing.imports
    address = next((a for a, slot in table.slots.items() if slot.name == name), None) if table else None
    symbol = shown.import_at(address) if address is not None else None
    if symbol is None:
        return None
    said: list[Say] = []
    lines = listing.view.lines(BLOCK)
    first = Text("")
    given: tuple[Say, ...] = ()
    for index in found[: {"short": 1, "medium": 4, "long": 30}[request.length]]:
        caller = listing.function_of(index)
        start = max(0, index - 8)
        if lines.tokens(start, index + 1) > shown.room:
            break
        scope = listing.scope(caller) if caller is not None else None
        slots: dict[str, Slot] = {"at": listing.at(index), "with": EMPTY, "tested": EMPTY}
        if scope is not None:
            start = max(start, scope.start)
        shown.covered(start, min(len(listing.all), index + 4))
        if scope is not None:
            calls = Calls(listing, scope, shown)
            for _, _, one in calls.arguments(index):
                shown.origin(one)
            given = calls.fragments(index)
            slots |= {"with": calls.with_arguments(index), "tested": calls.with_test(index)}
        said.append(say("detail", "disassembly.use.call", "code address", **slots))
        first = first if first.text else listing.at(index)
    if not said:
        return None
    asked = value.in_code_asked(name)
    slots = {"name": listing.view.name, "symbol": symbol, "at": first, "to": listing.to(found[0])}
    part = len(listing.all) > SEARCHED
    kind = ("one.part" if part else "one") if len(found) == 1 else "some" if len(said) < len(found) else "all"
    content: list[Content] = [say("answer", f"disassembly.use.{kind}", "code decision imports", **slots)]
    if len(said) == 1:
        if given:
            content.append(say("answer", "disassembly.use.given", "code", arguments=given, **said[0].slots))
    elif all(one.slots["with"] == EMPTY and one.slots["tested"] == EMPTY for one in said):
        content.append(say("answer", "disassembly.places", "code", list=_places(said)))
    else:
        lead = say("answer", "disassembly.use.lead", "code", **slots)
        content.append(items("answer", lead, list(_told_apart(said)), "code"))
    content += basis(listing, shown)
    content += [
        say(
            "limit",
            f"disassembly.use.limit.{'part' if part else 'whole'}",
            "limit code",
            **slots,
        ),
        say("next", _after(name), "next memory_safety code", **slots),
    ]
    return draft(listing, shown, content, {"symbol": asked})


def _told_apart(said: list[Say]) -> list[Say]:
    """The calls with what they get; those of which nothing is known in one entry behind them, where there are several."""
    bare = [one for one in said if one.slots["with"] == EMPTY and one.slots["tested"] == EMPTY]
    if not 2 <= len(bare) <= _PLACES:
        return said
    return [
        *(one for one in said if one not in bare),
        say("detail", "disassembly.use.bare", "code", list=_places(bare)),
    ]


_ENDING = ("abort", "exit", "_exit", "__assert_fail", "_Exit", "err", "errx")
"""Functions that do not return: what counts is the test that leads to them."""


def _after(name: str) -> str:
    """The phrase on what to look at next around calls of a function."""
    if name.startswith("__stack_chk_fail"):
        return "disassembly.use.next.canary"
    return f"disassembly.use.next{'.end' if name in _ENDING else ''}"


def import_there(listing: Listing, request: Request) -> tuple[Draft, Draft] | None:
    """An imported function that is called, and one that the file does not import."""
    table, symbols = listing.imports, listing.view.file.symbols
    used = used_imports(listing)
    if table is None or symbols is None or not used:
        return None
    every = {one.name.partition("@")[0] for one in symbols.imports}
    missing = [one for one in ordered(f"{request.key}/missing", _PLAUSIBLE) if one not in every]
    names = ordered(f"{request.key}/import", list(used))
    if not missing:
        return None
    there = next(
        (made for name in names[:6] if (made := _import_use(listing, name, used[name], request)) is not None), None
    )
    lacks = _lacks(listing, missing[0], used, request)
    return (there, lacks) if there is not None and lacks is not None else None


def _lacks(listing: Listing, name: str, used: dict[str, list[int]], request: Request) -> Draft | None:
    shown = Shown(listing, request.room * 1.15)
    table = listing.imports
    near = next(iter(ordered(f"{request.key}/near", list(used))))
    address = next(a for a, slot in table.slots.items() if slot.name == near) if table else 0
    symbol = shown.import_at(address)
    if symbol is None or not shown.block("symbols.imports"):
        return None
    index = used[near][0]
    shown.covered(max(0, index - 3), index + 2)
    view = listing.view
    slots: dict[str, Slot] = {
        "name": view.name, "symbol": value.absent(name, view.at("symbols", ".imports"), "name"), "near": symbol,
        "at": listing.at(index),
    }  # fmt: skip
    content: list[Content] = [
        say("answer", "disassembly.use.none", "code decision imports", **slots),
        say("detail", "disassembly.use.near", "code imports", **slots),
        say("limit", "disassembly.use.none.limit", "limit method", **slots),
        say("next", "disassembly.use.none.next", "next", **slots),
        *basis(listing, shown),
    ]
    return draft(listing, shown, content, {"symbol": value.in_code_asked(name)}, "entity_not_there")


def proof(listing: Listing, request: Request) -> Draft | None:
    """The relocation that ties a called slot to a name, read from the dump."""
    table, file = listing.imports, listing.view.file
    if table is None:
        return None
    called = [a for a in table.slots if a in listing.callers and plt.chain_of(file, table.slots[a].number) is not None]
    if not called:
        return None
    address = ordered(f"{request.key}/slot", called)[0]
    return _proof(listing, table, address, request)


def _proof(listing: Listing, table: plt.Table, address: int, request: Request) -> Draft | None:
    slot, view, binary = table.slots[address], listing.view, listing.view.file.binary_info
    chain = plt.chain_of(view.file, slot.number)
    shown = Shown(listing, max(request.room * 1.15, 700))
    index = listing.callers[address][0]
    shown.covered(max(0, index - 2), min(len(listing.all), index + 3))
    if (
        chain is None
        or binary is None
        or not shown.rows((chain.relocation, 24), (chain.symbol, 24), (chain.text, len(slot.name) + 1))
    ):
        return None
    dump = view.at("hex_dump")
    name = value.in_code(value.computed(slot.name, "cstring", dump, chain.text))
    tables = {key: _section(listing, shown, key) for key in (".plt", ".rela.plt", ".dynsym", ".dynstr")}
    if any(one is None for one in tables.values()):
        return None
    places = {key: view.at("binary_info", f".sections[{one}]") for key, one in tables.items()}
    number = [
        "difference",
        ["quotient", ["difference", ["target", listing.place(index)], places[".plt"] + ".virtual_address"], 16],
        1,
    ]
    place = str(slot.number - 1)
    slots: dict[str, Slot] = {
        "name": view.name, "callee": name, "at": listing.at(index), "to": listing.to(index),
        "plt": value.hexadecimal(binary.sections[tables[".plt"] or 0].virtual_address, places[".plt"] + ".virtual_address"),
        "entry": value.computed(place, "fixed", number, 0),
        "relocation": value.computed(hex(chain.relocation), "hex", chain.relocation),
        "got": value.computed(hex(_le(view.file.hex_dump, chain.relocation, 8)), "hex", ["le", dump, chain.relocation, 8]),
        "target": value.in_code(value.computed(_raw(view.file.hex_dump, chain.relocation, 8), "bytes", dump, chain.relocation, 8)),
        "info": value.in_code(value.computed(_raw(view.file.hex_dump, chain.relocation + 8, 8), "bytes", dump, chain.relocation + 8, 8)),
        "symbol": value.computed(str(_le(view.file.hex_dump, chain.relocation + 12)), "grouped", ["le", dump, chain.relocation + 12, 4], ""),
        "place": value.computed(hex(chain.symbol), "hex", chain.symbol),
        "offset": value.computed(hex(_le(view.file.hex_dump, chain.symbol)), "hex", ["le", dump, chain.symbol, 4]),
        "raw": value.in_code(value.computed(_raw(view.file.hex_dump, chain.symbol, 4), "bytes", dump, chain.symbol, 4)),
        "text": value.computed(hex(chain.text), "hex", chain.text),
    }  # fmt: skip
    whole = [
        say("detail", f"disassembly.proof.{part}", "code method address", **slots)
        for part in ("slot", "relocation", "symbol", "text")
    ]
    content: list[Content] = [
        say("answer", "disassembly.proof", "code decision imports", **slots),
        items("answer", say("answer", "disassembly.proof.lead", "code", **slots), list(whole), "code", numbered=True),
        say("meaning", "disassembly.proof.means", "method imports", **slots),
        say("limit", "disassembly.proof.limit", "limit method", **slots),
    ]
    return draft(listing, shown, content, {"at": value.in_code_asked(hex(listing.all[index].address))})


def _section(listing: Listing, shown: Shown, name: str) -> int | None:
    binary = listing.view.file.binary_info
    found = next((i for i, one in enumerate(binary.sections) if one.name == name), None) if binary else None
    if found is not None:
        shown.section(found)
    return found


def _raw(dump: object, offset: int, size: int) -> str:
    data, start = getattr(dump, "data", b""), getattr(dump, "offset", 0)
    return bytes(data[offset - start : offset - start + size]).hex(" ")


def _le(dump: object, offset: int, size: int = 4) -> int:
    return int.from_bytes(bytes.fromhex(_raw(dump, offset, size)), "little")
