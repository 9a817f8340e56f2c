"""What else can be said of a function, for readers who care: guards, stack, size, callers, texts, unbounded copies."""

from collections.abc import Callable

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Say, Slot, fragment, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence import addresses, code, layout, plt
from threatflux_training.evidence import operands as op
from threatflux_training.evidence.dataflow import Held
from threatflux_training.evidence.name_purpose import purpose_of
from threatflux_training.evidence.signatures import FORMATS, SIGNATURES, UNBOUNDED
from threatflux_training.tasks.code_listing import BLOCK, Listing, Scope, Shown, base
from threatflux_training.tasks.disassembly_steps import Steps
from threatflux_training.text import escape

_SYSTEM = ("network", "process", "user", "files", "folders")
_HELPERS = frozenset((
    "htonl", "htons", "ntohl", "ntohs", "gai_strerror", "freeaddrinfo", "socketpair", "if_freenameindex",
    "basename", "__xpg_basename", "dirname", "exit", "_exit", "abort",
))  # fmt: skip
"""Functions that stand among those by their family, but touch no network, process, file or folder of others."""


def remarks(steps: Steps) -> list[Content]:
    """Everything beside the steps; the last ones say what the names rest on and what is open."""
    makers: tuple[Callable[[Steps], list[Content]], ...] = (
        _texts, _system, _unbounded, _formats, _guard, _stack, _size, _loops, _entry_mark, _red_zone, _callers, _indirect,
        _unknown, _verify,
    )  # fmt: skip
    found = [one for make in makers for one in make(steps)]
    return [*found, *basis(steps.listing, steps.shown), *extent(steps.listing, steps.scope)]


def basis(listing: Listing, shown: Shown) -> list[Content]:
    """On what the names of library functions rest, where they rest on a count."""
    table, binary = listing.imports, listing.view.file.binary_info
    if shown.proven:
        name, chain = next(iter(shown.proven.items()))
        proof: dict[str, Slot] = {
            "callee": value.in_code(value.computed(escape(name), "cstring", listing.view.at("hex_dump"), chain.text)),
            "relocation": value.computed(hex(chain.relocation), "hex", chain.relocation),
            "symbol": value.computed(hex(chain.symbol), "hex", chain.symbol), "text": value.computed(hex(chain.text), "hex", chain.text),
            "name": listing.view.name,
        }  # fmt: skip
        return [say("limit", "code.basis.relocation", "method imports code", **proof)]
    if not shown.names_rest_on_count or table is None or binary is None:
        return []
    view = listing.view
    section = binary.sections[table.section]
    place = view.at("binary_info", f".sections[{table.section}]")
    slots: dict[str, Slot] = {
        "size": value.grouped(section.size, f"{place}.size", "byte|bytes"),
        "first": value.computed(hex(section.virtual_address + plt.ENTRY), "hex", ["sum", f"{place}.virtual_address", plt.ENTRY]),
        "amount": value.computed(
            str(len(table.slots)), "fixed", ["difference", ["quotient", f"{place}.size", plt.ENTRY], 1], 0
        ),
        "name": view.name,
        "start": value.code(next(iter(table.slots.values())).name, view.at("symbols", f".imports[{next(iter(table.slots.values())).imported}].name")),
        "section": value.code(section.name, f"{place}.name"),
    }  # fmt: skip
    kind = "one" if len(table.slots) == 1 else "many"
    return [say("limit", f"code.basis.{kind}", "limit imports method code", **slots)]


def extent(listing: Listing, scope: Scope) -> list[Content]:
    """That the borders of a function without a symbol are inferred."""
    if scope.symbol >= 0:
        return []
    slots = base(listing, scope) | {"last": listing.at(scope.stop - 1)}
    return [say("limit", "code.extent", "limit method structure", **slots)]


def _texts(steps: Steps) -> list[Content]:
    """Texts that the function points to."""
    found: dict[str, Text] = {}
    for index in range(steps.scope.start, steps.scope.stop):
        address = addresses.pointed(steps.listing.all[index])
        if address is not None and (text := steps.shown.text_at(address)) is not None and len(text.text) > 4:
            found.setdefault(text.text, text)
    if not found:
        return []
    slots = base(steps.listing, steps.scope) | {"list": tuple(list(found.values())[:6])}
    kind = "many" if len(found) > 1 else "one"
    return [say("detail", f"code.texts.{kind}", "strings malware detection files", **slots)]


def _system(steps: Steps) -> list[Content]:
    """Calls by which the function touches the world outside: network, processes, files."""
    made: list[Content] = []
    for purpose in _SYSTEM:
        named = ((i, steps.calls.library(i)) for i in steps.calls.indices)
        indices = [i for i, name in named if name not in _HELPERS and purpose_of(name or "-") == purpose]
        if not indices:
            continue
        first = indices[0]
        slots = base(steps.listing, steps.scope) | {"callee": steps.calls.name(first), "at": steps.listing.at(first)}
        tags = {"network": "network malware detection", "process": "process malware", "user": "permission"}
        made.append(say("meaning", f"code.touches.{purpose}", tags.get(purpose, "files storage malware"), **slots))
    return made[:2]


def _unbounded(steps: Steps) -> list[Content]:
    for index in steps.calls.indices:
        name = steps.calls.library(index)
        if name not in UNBOUNDED:
            continue
        held = {register: one for _, register, one in steps.calls.arguments(index)}.get("rdi")
        slots = base(steps.listing, steps.scope) | {"callee": steps.calls.name(index), "at": steps.listing.at(index)}
        inside = op.split(steps.listing.all[held.at].operands)[-1] if held and held.kind == "stack" else ""
        if inside.startswith("[rbp - "):
            distance = int(inside[7:-1], 0)
            text = value.with_unit(f"{distance:,}", distance, "byte|bytes")
            inner = ["displacement", steps.listing.place(held.at)] if held else []
            slots["room"] = value.computed(text, "grouped", inner, "byte|bytes")
            return [say("meaning", "code.unbounded.frame", "memory_safety weakness", **slots)]
        return [say("meaning", "code.unbounded", "memory_safety weakness", **slots)]
    return []


def _formats(steps: Steps) -> list[Content]:
    for index in steps.calls.indices:
        name = steps.calls.library(index)
        if name not in FORMATS:
            continue
        number = SIGNATURES[name].index("format") + 1
        held = next((one for place, _, one in steps.calls.arguments(index) if place == number), None)
        if held is None:
            continue
        slots = base(steps.listing, steps.scope) | {"callee": steps.calls.name(index), "at": steps.listing.at(index)}
        if held.kind in ("pointer", "number", "zero") and not _is_constant(steps.listing, held):
            continue
        if held.kind == "pointer":
            slots["to"] = steps.listing.pointer(held.at)
            return [say("meaning", "code.format.fixed", "memory_safety weakness", **slots)]
        if held.kind != "result":
            return [say("meaning", "code.format.open", "memory_safety weakness", **slots)]
        return [
            say("meaning", "code.format.result", "memory_safety weakness", source=steps.calls.name(held.at), **slots)
        ]
    return []


def _is_constant(listing: Listing, held: Held) -> bool:
    """Whether a pointer goes to a section that isn't writable."""
    file = listing.view.file
    index = addresses.section_of(file, held.number) if held.kind == "pointer" else None
    if index is None or file.binary_info is None:
        return False
    return "write" not in layout.rights_of(file.binary_info.sections[index], file.binary_info)


def _guard(steps: Steps) -> list[Content]:
    listing, scope = steps.listing, steps.scope
    if not listing.arguments or listing.arguments[0] != "rdi":
        return []
    found = next((i for i in range(scope.start, scope.stop) if "fs:[0x28]" in listing.all[i].operands), None)
    slots = base(listing, scope)
    if found is not None:
        slots |= {"at": listing.at(found), "place": listing.operand(found, "fs:[0x28]")}
        return [say("detail", "code.guard.there", "mitigation memory_safety kernel", **slots)]
    room, buffer = _room(steps), _local_address(steps)
    if room is None or buffer is None:
        return []
    slots |= {
        "at": listing.at(room),
        "instruction": listing.written(room),
        "call": listing.at(buffer),
        "callee": steps.calls.name(buffer),
    }
    return [say("detail", "code.guard.none", "mitigation memory_safety", **slots)]


def _local_address(steps: Steps) -> int | None:
    """A call that gets the address of a place in the frame."""
    return next(
        (i for i in steps.calls.indices if any(held.kind == "stack" for _, _, held in steps.calls.arguments(i))), None
    )


def _room(steps: Steps) -> int | None:
    """The instruction that reserves stack space."""
    scope = steps.scope
    for index in range(scope.start, min(scope.stop, scope.start + 20)):
        one = steps.listing.all[index]
        if one.mnemonic == "sub" and one.operands.startswith("rsp, ") and op.number(one.operands[5:]):
            return index
    return None


def _stack(steps: Steps) -> list[Content]:
    room = _room(steps)
    if room is None or steps.listing.bits != 64 or op.number(steps.listing.all[room].operands[5:]) == 8:
        return []
    pushes = sum(steps.listing.all[i].mnemonic == "push" for i in range(steps.scope.start, room))
    amount = (op.number(steps.listing.all[room].operands[5:]) or 0) + 8 * pushes
    inner = ["sum", ["immediate", steps.listing.place(room)], ["product", 8, pushes]]
    total = value.computed(value.with_unit(f"{amount:,}", amount, "byte|bytes"), "grouped", inner, "byte|bytes")
    slots = base(steps.listing, steps.scope) | {"total": total, "at": steps.listing.at(room)}
    return [
        say(
            "detail",
            "code.stack" if pushes else "code.stack.room",
            "hardware performance kernel memory_safety",
            **slots,
        )
    ]


_COUNTED = 16
"""Instructions of a function from which on their number tells something."""


def _size(steps: Steps) -> list[Content]:
    listing, scope = steps.listing, steps.scope
    slots = base(listing, scope)
    if scope.symbol >= 0:
        steps.shown.symbol(scope.symbol)
        symbols = listing.view.file.symbols
        size = symbols.functions[scope.symbol].size if symbols else 0
        path = listing.view.at("symbols", f".functions[{scope.symbol}].size")
        slots["size"] = value.grouped(size, path, "byte|bytes")
    else:
        slots["size"] = listing.distance(scope.start, scope.stop - 1)
        slots["last"] = listing.at(scope.stop - 1)
    amount = scope.stop - scope.start
    inside = ["address", "within", [listing.all[scope.start].address, listing.all[scope.stop - 1].address + 1]]
    path = listing.view.at("disassembly", ".instructions")
    slots["amount"] = value.counted(amount, path, "instruction|instructions", inside)
    kind = "symbol" if scope.symbol >= 0 else "inferred"
    return [say("detail", f"code.size.{kind}", "size performance hardware", **slots)] if amount >= _COUNTED else []


def _loops(steps: Steps) -> list[Content]:
    if not steps.loops:
        return []
    listing = steps.listing
    loop = min(steps.loops, key=lambda one: one.back - one.header)
    if loop.header == loop.back:
        return []
    amount = loop.back - loop.header + 1
    inside = ["address", "within", [listing.all[loop.header].address, listing.all[loop.back].address + 1]]
    path = listing.view.at("disassembly", ".instructions")
    slots = base(listing, steps.scope) | {
        "amount": value.counted(amount, path, "instruction|instructions", inside),
        "header": listing.at(loop.header), "back": listing.at(loop.back),
        "bytes": listing.distance(loop.header, loop.back + 1) if loop.back + 1 < steps.scope.stop else listing.distance(loop.header, loop.back),
    }  # fmt: skip
    calls = [i for i in steps.calls.indices if loop.header <= i <= loop.back]
    if calls:
        slots["callee"] = steps.calls.name(calls[0])
        return [say("meaning", "code.loop.calls", "performance", **slots)]
    return [say("meaning", "code.loop.body", "performance hardware", **slots)]


def _entry_mark(steps: Steps) -> list[Content]:
    first = steps.listing.all[steps.scope.start]
    if first.mnemonic != "endbr64":
        return []
    slots = base(steps.listing, steps.scope) | {
        "at": steps.listing.at(steps.scope.start),
        "mark": steps.listing.mnemonic(steps.scope.start),
    }
    return [say("detail", "code.endbr", "mitigation kernel build", **slots)]


def _red_zone(steps: Steps) -> list[Content]:
    """Writes below rsp without reserving anything: allowed in user space only."""
    if _room(steps) is not None or not steps.listing.arguments or steps.calls.indices:
        return []
    for index in range(steps.scope.start, steps.scope.stop):
        one = steps.listing.all[index]
        if one.mnemonic.startswith("mov") and op.split(one.operands)[0].partition("[")[2].startswith("rsp - "):
            slots = base(steps.listing, steps.scope) | {
                "at": steps.listing.at(index),
                "instruction": steps.listing.written(index),
            }
            return [say("detail", "code.red_zone", "kernel structure", **slots)]
    return []


def _callers(steps: Steps) -> list[Content]:
    listing, scope = steps.listing, steps.scope
    found = [i for i in listing.callers.get(scope.address, ()) if not scope.start <= i < scope.stop][:4]
    lines = listing.view.lines(BLOCK)
    if not found or lines.tokens_of(found) > steps.shown.room:
        return []
    for index in found:
        steps.shown.line(index)
    places: tuple[Text | Say, ...] = tuple(_place(steps, i) for i in found)
    slots = base(listing, scope) | {"list": places, "first": listing.at(found[0])}
    kind = "one" if len(found) == 1 else "many"
    return [say("detail", f"code.callers.{kind}", "structure address code", **slots)]


def _place(steps: Steps, index: int) -> Text | Say:
    """The address of a call, with the function it stands in where that has a name."""
    caller = steps.listing.function_of(index)
    name = steps.listing.name_of(caller) if caller is not None else None
    if caller is None or name is None:
        return steps.listing.at(index)
    steps.shown.symbol(steps.listing.named[caller].symbol)
    return fragment("code.in", at=steps.listing.at(index), caller=name)


def _indirect(steps: Steps) -> list[Content]:
    found = [
        i
        for i in steps.calls.indices
        if code.target(steps.listing.all[i]) is None and addresses.pointed(steps.listing.all[i]) is None
    ]
    if not found:
        return []
    slots = base(steps.listing, steps.scope) | {
        "at": steps.listing.at(found[0]),
        "call": steps.listing.written(found[0]),
    }
    return [say("limit", "code.indirect", "limit code structure", **slots)]


def _unknown(steps: Steps) -> list[Content]:
    """A called function of the same listing, as the next thing to read."""
    for index in steps.calls.indices:
        to = code.target(steps.listing.all[index])
        if to is None or steps.calls.library(index) or to == steps.scope.address:
            continue
        slots = base(steps.listing, steps.scope) | {"at": steps.listing.at(index), "to": steps.calls.name(index)}
        own = to in steps.listing.functions
        return [say("next", "code.next.own" if own else "code.next.slot", "next code address", **slots)]
    return []


def _verify(steps: Steps) -> list[Content]:
    """How to check the reading; said of some functions only, since it is the same for all."""
    if steps.scope.address // 4 % 3:
        return []
    slots = base(steps.listing, steps.scope) | {
        "first": steps.listing.at(steps.scope.start), "last": steps.listing.at(steps.scope.stop - 1)
    }  # fmt: skip
    return [say("verify", "code.verify", "verify method", **slots)]
