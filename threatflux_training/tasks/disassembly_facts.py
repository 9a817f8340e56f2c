"""Single facts of a function or listing: its frame, what it returns, where main is, system calls, an address."""

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Say, Slot, items, say
from threatflux_training.evidence import operands as op
from threatflux_training.evidence.addresses import pointed
from threatflux_training.evidence.code import target
from threatflux_training.evidence.dataflow import Held
from threatflux_training.evidence.functions import index_of, takes
from threatflux_training.hashing import ordered, pick
from threatflux_training.tasks.code_calls import EMPTY, Calls
from threatflux_training.tasks.code_listing import BLOCK, CONTEXT, Listing, Scope, Shown, base, begun, draft, which
from threatflux_training.tasks.code_remarks import remarks
from threatflux_training.tasks.disassembly_steps import Steps, plain_meaning
from threatflux_training.tasks.model import Draft, Request, Show

_NUMBERED = frozenset(
    (
        0,
        1,
        2,
        3,
        5,
        9,
        10,
        11,
        12,
        13,
        14,
        15,
        16,
        24,
        27,
        28,
        35,
        38,
        39,
        41,
        42,
        56,
        57,
        59,
        60,
        62,
        72,
        131,
        157,
        158,
        186,
        202,
        204,
        222,
        223,
        226,
        228,
        231,
        232,
        233,
        234,
        257,
        281,
        290,
        291,
        293,
        302,
    )
)
"""System calls of x86-64 Linux that the reviewed sentences name."""
_PADDING = ("int3", "nop", "add")
_FRAME = ("frame", "saves", "kept", "canary", "canary.check", "letters")


def frame(listing: Listing, scope: Scope, request: Request) -> Draft | None:
    """What a function saves, reserves and takes."""
    if not listing.arguments:
        return None
    shown = begun(listing, scope, request)
    steps = Steps(listing, scope, shown)
    told = [
        one for one in steps.all() if one.said.phrase.removeprefix("disassembly.step.").removesuffix(".saves") in _FRAME
    ]
    if not told:
        return None
    if [one.said.phrase for one in told] == ["disassembly.step.frame.align"]:
        return None
    amount = takes(listing.all, listing.functions[scope.address], listing.arguments)
    slots = base(listing, scope) | {"which": which(amount) if amount else EMPTY}
    kind = "none" if not amount else "one" if amount == 1 else "many"
    content: list[Content] = [say("answer", told[0].said.phrase, "code decision", **told[0].said.slots)]
    content += [say("answer", one.said.phrase, "code", **one.said.slots) for one in told[1:4]]
    if listing.functions[scope.address].stop - scope.start < 400:
        content.append(say("detail", f"disassembly.takes.{kind}", "code structure method", **slots))
    return draft(listing, shown, [*content, *remarks(steps)], {"scope": scope.text})


def leaving(listing: Listing, scope: Scope) -> list[int]:
    """Jumps to an address outside of the function: what is returned there, its own lines don't show."""
    first, last = listing.all[scope.start].address, listing.all[scope.stop - 1].address
    found = []
    for index in range(scope.start, scope.stop):
        one = listing.all[index]
        if one.mnemonic.startswith("j") and one.operands.startswith("0x"):
            target = int(one.operands.split(" ")[0], 16)
            if not first <= target <= last:
                found.append(index)
    return found


def _decides(listing: Listing, jump: int, known: list[Held]) -> bool:
    """Whether a jump forward skips some of the instructions that set a value to return, and not others."""
    to = target(listing.all[jump]) or 0
    skipped = {listing.all[jump].address < listing.all[one.at].address < to for one in known if one.at >= 0}
    return len(skipped) > 1


def returns(listing: Listing, scope: Scope, request: Request) -> Draft | None:
    """What a function returns, where the listing shows it."""
    shown = begun(listing, scope, request)
    calls = Calls(listing, scope, shown)
    rets = [i for i in range(scope.start, scope.stop) if listing.all[i].mnemonic == "ret"]
    steps = Steps(listing, scope, shown)
    held = {one[:3]: (i, one) for i in rets for one in calls.flow.returned(i)}
    known = [one for i, one in held.values() if steps.deliberate(i, one)]
    if not rets or not known or len(known) > 6:
        return None
    said = calls.either(known)
    if said is None:
        return None
    sets = tuple(listing.at(one.at) for one in known if one.at >= 0)
    slots = base(listing, scope) | {"values": said, "sets": sets or EMPTY, "ret": listing.at(rets[0])}
    left = leaving(listing, scope)
    every = not left and len(known) == len(held) and all(calls.flow.returned(i) for i in rets)
    kind = ("many" if said.phrase.startswith("code.either") else "one") if every else "some"
    content: list[Content] = [say("answer", f"disassembly.returns.{kind}", "code decision", **slots)]
    if left:
        content.append(say("answer", "disassembly.returns.leaves", "code limit", **slots, jump=listing.at(left[0])))
    if sets:
        content.append(
            say("detail", f"disassembly.returns.set.{'one' if len(sets) == 1 else 'many'}", "code address", **slots)
        )
    for index in calls.indices:
        found = calls.tested(index)
        if found is not None and _decides(listing, found[1], known):
            tests: dict[str, Slot] = {
                "at": listing.at(index),
                "callee": calls.name(index),
                "tested": calls.with_test(index),
            }
            content.append(say("detail", "disassembly.returns.test", "code method", **tests))
            break
    content.append(say("limit", "disassembly.returns.limit", "limit method", **slots))
    return draft(listing, shown, [*content, *remarks(steps)], {"scope": scope.text})


def main(listing: Listing, request: Request) -> Draft | None:
    """Where main is: the address that `_start` passes on."""
    found, view = listing.main, listing.view
    if found is None:
        return None
    shown = Shown(listing, max(request.room * 1.15, 300))
    shown.covered(found.start, found.call + 1)
    shown.block("binary_info")
    relative = pointed(listing.all[found.sets]) is not None
    to = (
        listing.pointer(found.sets)
        if relative
        else value.computed(hex(found.address), "hex", ["immediate", listing.place(found.sets)])
    )
    entry = view.file.binary_info.entry_point if view.file.binary_info else 0
    slots: dict[str, Slot] = {
        "name": view.name, "to": to, "sets": listing.at(found.sets), "instruction": listing.written(found.sets),
        "call": listing.written(found.call), "at": listing.at(found.call), "next": listing.at(found.sets + 1),
        "entry": value.hexadecimal(entry or 0, view.at("binary_info", ".entry_point")),
        "operand": listing.operand(found.sets, op.memory(listing.all[found.sets].operands) or op.split(listing.all[found.sets].operands)[-1]),
    }  # fmt: skip
    content: list[Content] = [say("answer", "disassembly.main", "code address decision", **slots)]
    content.append(say("detail", "disassembly.main.entry", "code address structure plain", **slots))
    if relative:
        content.append(say("detail", "disassembly.main.sum", "method address", **slots))
    one = listing.functions.get(found.address)
    lines = listing.view.lines(BLOCK)
    start = one.start if one else None
    if start is not None and lines.tokens(start, start + 6) < shown.room and one is not None and one.stop - start >= 6:
        shown.covered(start, start + 6)
        slots["first"] = listing.written(start)
        content.append(say("detail", "disassembly.main.first", "code", **slots))
    if name := listing.name_of(found.address):
        shown.symbol(listing.named[found.address].symbol)
        content.append(say("verify", "disassembly.main.symbol", "verify structure", callee=name, **slots))
    else:
        content.append(say("limit", "disassembly.main.limit", "limit method structure", **slots))
    content += [
        say("meaning", "disassembly.main.why", "method plain kernel", **slots),
        say("next", "disassembly.main.next", "next code", **slots),
    ]
    return draft(listing, shown, content, {})


def syscalls(listing: Listing, request: Request) -> Draft | None:
    """Direct system calls and the number in eax before each."""
    analysis = listing.view.file.disassembly.analysis if listing.view.file.disassembly else None
    places = [one.address for one in analysis.system_calls[:200]] if analysis else []
    indices = [
        i
        for i in (index_of(listing.all, address) for address in places)
        if i is not None and listing.all[i].mnemonic == "syscall"
    ]
    if not indices:
        return None
    shown = Shown(listing, request.room * 1.15)
    chosen = ordered(f"{request.key}/syscalls", [str(i) for i in indices])[
        : {"short": 1, "medium": 3, "long": 10}[request.length]
    ]
    lines = listing.view.lines(BLOCK)
    said: list[Say] = []
    numbers: set[int] = set()
    for index in sorted(map(int, chosen)):
        setter = next(
            (
                i
                for i in range(index - 1, max(0, index - 12), -1)
                if "rax" in op.written(listing.all[i]) or listing.all[i].mnemonic in ("ret", "call")
            ),
            -1,
        )
        start = max(0, min(index - 4, setter if setter >= 0 else index))
        if lines.tokens(start, index + 2) > shown.room and said:
            break
        shown.covered(start, min(len(listing.all), index + 2))
        constant = (
            op.number(op.split(listing.all[setter].operands)[-1])
            if setter >= 0 and listing.all[setter].mnemonic == "mov"
            else None
        )
        slots: dict[str, Slot] = {"at": listing.at(index), "from": listing.at(setter) if setter >= 0 else EMPTY}
        if constant is not None:
            slots["number"] = listing.constant(setter, constant)
            numbers.add(constant)
        said.append(
            say("detail", f"disassembly.syscall.{'number' if constant is not None else 'open'}", "kernel code", **slots)
        )
    slots = {"name": listing.view.name, "at": said[0].slots["at"]}
    content: list[Content] = [
        say("answer", "disassembly.syscalls", "kernel code decision", **slots),
        items("answer", say("answer", "disassembly.syscalls.lead", "code", **slots), list(said), "code") if len(said) > 1
        else say("answer", said[0].phrase, "code", **said[0].slots),
        *[say("meaning", f"knowledge.syscall_{one}", "kernel method") for one in sorted(numbers & _NUMBERED)],
        say("meaning", "disassembly.syscalls.means", "kernel method malware", **slots),
        say("limit", "disassembly.syscalls.limit", "limit kernel", **slots),
    ]  # fmt: skip
    return draft(listing, shown, content, {})


def at(listing: Listing, request: Request) -> tuple[Draft, Draft] | None:
    """An address that begins an instruction, and one behind the end of the listing."""
    lines = listing.view.lines(BLOCK)
    picked = [pick(f"{request.key}/at/{n}", len(listing.all)) for n in range(8)]
    index = next((one for one in picked if listing.all[one].mnemonic not in _PADDING), picked[0])
    start = max(0, index - 6)
    stop = min(len(listing.all), start + 14)
    if lines.tokens(start, stop) > request.room:
        return None
    last = len(listing.all) - 1
    beyond = listing.all[last].address + listing.all[last].size + 1 + pick(f"{request.key}/beyond", 4_000)
    return _there(listing, index, start, stop), _beyond(listing, beyond, start, stop)


def _there(listing: Listing, index: int, start: int, stop: int) -> Draft:
    asked = value.in_code_asked(hex(listing.all[index].address))
    slots: dict[str, Slot] = {"address": asked, "name": listing.view.name, "instruction": listing.written(index)}
    shows = [Show(BLOCK, start, stop), Show(BLOCK, len(listing.all) - 1, len(listing.all))]
    content: list[Content] = [say("answer", "disassembly.at.yes", "code address", **slots)]
    address = listing.function_of(index)
    one = listing.all[index]
    if index + 1 < stop:
        following = listing.at(index + 1)
        size = value.grouped(one.size, listing.place(index) + ".size", "byte|bytes")
        amount = ["difference", listing.place(index + 1) + ".address", listing.place(index) + ".address"]
        size = value.computed(size.text, "grouped", amount, "byte|bytes")
        content.append(
            say("detail", "disassembly.at.size", "size structure hardware", size=size, next=following, **slots)
        )
        content.append(say("detail", "disassembly.at.after", "code", after=listing.written(index + 1), **slots))
    if index > start:
        content.append(say("detail", "disassembly.at.before", "code", before=listing.written(index - 1), **slots))
    if address is not None and listing.name_of(address) is not None:
        scope = listing.scope(address)
        shows.append(Show("symbols.functions", only=(scope.symbol,)))
        inside = base(listing, scope) | {
            "address": asked,
            "first": value.hexadecimal(address, listing.view.at("symbols", f".functions[{scope.symbol}].address")),
        }
        content.append(say("detail", "disassembly.at.inside", "structure code", **inside))
    if (meant := plain_meaning(listing, index)) is not None:
        content.append(meant)
    if target(one) is not None:
        kind = "call" if one.mnemonic == "call" else "jump"
        content.append(say("detail", f"disassembly.at.{kind}", "code address plain", to=listing.to(index), **slots))
    if pointed(one) is not None and index + 1 < stop:
        content.append(say("detail", "disassembly.at.pointer", "address method", to=listing.pointer(index), **slots))
    return Draft(
        slots={"address": asked, "name": listing.view.name}, shows=tuple(shows), content=tuple(content), context=CONTEXT
    )


def _beyond(listing: Listing, address: int, start: int, stop: int) -> Draft:
    asked = value.in_code_asked(hex(address))
    last = len(listing.all) - 1
    slots: dict[str, Slot] = {
        "address": asked, "name": listing.view.name, "last": listing.at(last), "instruction": listing.written(last),
    }  # fmt: skip
    content: list[Content] = [
        say("answer", "disassembly.at.no", "code address", **slots),
        say("meaning", "disassembly.at.covers", "method code limit", **slots),
        say("next", "disassembly.at.next", "next verify", **slots),
    ]
    shows = (Show(BLOCK, start, stop), Show(BLOCK, last, last + 1))
    return Draft(
        slots={"address": asked, "name": listing.view.name}, shows=shows, content=tuple(content), context=CONTEXT,
        negative="out_of_range",
    )  # fmt: skip
