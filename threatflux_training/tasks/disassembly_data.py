"""Loops of a function and the fixed data it refers to."""

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Say, Slot, items, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence import addresses
from threatflux_training.evidence import operands as op
from threatflux_training.tasks.code_listing import Listing, Scope, Shown, base, begun, draft
from threatflux_training.tasks.code_remarks import remarks
from threatflux_training.tasks.disassembly_steps import Steps
from threatflux_training.tasks.listing import few
from threatflux_training.tasks.model import Draft, Request


def loops(listing: Listing, scope: Scope, request: Request) -> Draft | None:
    """What repeats in a function."""
    shown = begun(listing, scope, request)
    steps = Steps(listing, scope, shown)
    if steps.open_jumps:
        return None
    slots = base(listing, scope) | {"last": listing.at(scope.stop - 1)}
    if not steps.loops:
        return draft(listing, shown, _none(steps, slots), {"scope": scope.text})
    told = {step.place: step for step in steps.all() if step.said.phrase.startswith("disassembly.step.loop")}
    said = [told[loop.header].said for loop in steps.loops if loop.header in told]
    outer = max(steps.loops, key=lambda loop: loop.back - loop.header)
    slots |= {
        "header": listing.at(outer.header), "back": listing.at(outer.back), "jump": listing.written(outer.back),
        "amount": Text(value.number_word(len(said))),
    }  # fmt: skip
    unique = list({repr(one.slots["header"]): one for one in said}.values())
    content: list[Content] = [
        say("answer", f"disassembly.loops.{'one' if len(unique) == 1 else 'many'}", "code decision", **slots)
    ]
    if len(unique) == 1:
        content.append(say("answer", unique[0].phrase, "code", **unique[0].slots))
    else:
        lead = say("answer", "disassembly.loops.lead", "code", **slots)
        content.append(items("answer", lead, list(few(unique, 3 if request.length == "short" else 20)), "code"))
    content += _bodies(steps)
    return draft(listing, shown, [*content, *remarks(steps)], {"scope": scope.text})


def _bodies(steps: Steps) -> list[Content]:
    """What the steps say of the inside of the loops."""
    inside = []
    for step in steps.all():
        body = any(loop.header <= step.place <= loop.back for loop in steps.loops)
        kind = step.said.phrase.removeprefix("disassembly.step.").partition(".")[0]
        if body and kind in ("call", "xor", "table", "mask"):
            inside.append(say("detail", step.said.phrase, "code malware performance", **step.said.slots))
    return list(inside[:6])


def _none(steps: Steps, slots: dict[str, Slot]) -> list[Content]:
    calls = steps.calls.indices
    content: list[Content] = [say("answer", "disassembly.loops.none", "code decision", **slots)]
    if calls:
        slots["callee"] = steps.calls.name(calls[0])
        content.append(say("meaning", "disassembly.loops.none.calls", "code method performance", **slots))
    else:
        content.append(say("meaning", "disassembly.loops.none.means", "code method performance", **slots))
    return [*content, *remarks(steps)]


def pointers(listing: Listing, scope: Scope, request: Request) -> Draft | None:
    """Every operand relative to rip, worked out."""
    shown = begun(listing, scope, request)
    found = [i for i in range(scope.start, scope.stop - 1) if addresses.pointed(listing.all[i]) is not None]
    if not found:
        return None
    steps = Steps(listing, scope, shown)
    chosen = few(found, {"short": 3, "medium": 7, "long": 40}[request.length])
    said = [_pointer(listing, shown, index) for index in chosen]
    slots = base(listing, scope) | dict(said[0].slots)
    content: list[Content]
    if len(said) == 1:
        content = [say("answer", said[0].phrase, "code address decision", **said[0].slots)]
    else:
        first = next((one for one in said if one.phrase.endswith(".text")), said[0])
        kind = "text" if first.phrase.endswith(".text") else "plain"
        content = [
            say("answer", f"disassembly.pointers.{kind}", "code address decision", **(slots | dict(first.slots))),
            items("answer", say("answer", "disassembly.pointers.lead", "code", **slots), list(said), "code"),
        ]
    content.append(_worked(listing, chosen[0], slots))
    return draft(listing, shown, [*content, *remarks(steps)], {"scope": scope.text})


def _worked(listing: Listing, index: int, slots: dict[str, Slot]) -> Say:
    """The sum for one operand, in view."""
    one = listing.all[index]
    following = value.computed(
        hex(one.address + one.size), "hex", ["sum", listing.place(index) + ".address", listing.place(index) + ".size"]
    )
    inside = op.memory(one.operands)
    whole = slots | {
        "at": listing.at(index), "next": listing.at(index + 1) if index + 1 < len(listing.all) else following,
        "operand": listing.operand(index, inside), "to": listing.pointer(index),
    }  # fmt: skip
    return say("meaning", "disassembly.pointers.how", "method code plain", **whole)


def _pointer(listing: Listing, shown: Shown, index: int) -> Say:
    one = listing.all[index]
    address = addresses.pointed(one) or 0
    file = listing.view.file
    slots: dict[str, Slot] = {
        "at": listing.at(index),
        "instruction": listing.written(index),
        "to": listing.pointer(index),
    }
    if one.mnemonic in ("call", "jmp"):
        return say("detail", "disassembly.pointer.call", "code address", **slots)
    if text := shown.text_at(address):
        return say("detail", "disassembly.pointer.text", "code address strings", text=text, **slots)
    if name := listing.name_of(address):
        shown.symbol(listing.named[address].symbol)
        return say("detail", "disassembly.pointer.function", "code address", callee=name, **slots)
    section = addresses.section_of(file, address)
    if section is not None and file.binary_info is not None and not addresses.image_base(file):
        shown.section(section)
        path = listing.view.at("binary_info", f".sections[{section}].name")
        slots["section"] = value.code(file.binary_info.sections[section].name, path)
        kind = "bss" if "bss" in file.binary_info.sections[section].name else "section"
        size = _size(one.operands)
        data = shown.bytes_at(address, size) if kind == "section" and size else None
        if data is not None:
            return say("detail", "disassembly.pointer.bytes", "code address data", bytes=data, **slots)
        return say("detail", f"disassembly.pointer.{kind}", "code address structure", **slots)
    return say("detail", "disassembly.pointer", "code address", **slots)


def _size(operands: str) -> int:
    """Bytes read at a memory operand."""
    source = op.split(operands)[-1]
    return (
        {"xmmword": 16, "qword": 8, "dword": 4, "word": 2, "byte": 1}.get(source.partition(" ")[0], 0)
        if "[rip" in source
        else 0
    )
