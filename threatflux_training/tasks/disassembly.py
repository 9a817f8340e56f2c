"""Code, read from the listed instructions and never from what the scanner concludes about them."""

from collections.abc import Callable
from functools import partial

import msgspec

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Say, items, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence import code
from threatflux_training.evidence.view import View
from threatflux_training.hashing import ordered, pick
from threatflux_training.reports.model import Instruction
from threatflux_training.tasks.hex_values import Bytes
from threatflux_training.tasks.listing import few, windows
from threatflux_training.tasks.model import Draft, Offer, Request, Show
from threatflux_training.text import code as as_code
from threatflux_training.text import escape

FAMILY = "disassembly"
_BLOCK = "disassembly"
_CONTEXT = ("binary_info", "symbols.imports", "binary_info.sections", "strings", "hex_dump")
_LARGEST = 6_000
"""Instructions of one file that are searched for functions and loops: the beginning of .text."""


class _Scope(msgspec.Struct, frozen=True):
    """A range of instructions and how the user names it: a function, or its first and last address."""

    start: int
    stop: int
    text: Text


class _Code:
    """The instructions of a file that has some."""

    def __init__(self, view: View) -> None:
        found = view.file.disassembly
        if found is None:
            raise ValueError("a file without disassembly has no instructions")
        self.view = view
        self.all = found.instructions
        self.index = {one.address: number for number, one in enumerate(self.all[:_LARGEST])}
        self.named = self._functions()

    def _functions(self) -> dict[int, tuple[str, int, int]]:
        """Named functions in the listing: address to name, index of the symbol, size."""
        symbols = self.view.file.symbols
        found: dict[int, tuple[str, int, int]] = {}
        for number, one in enumerate(symbols.functions if symbols else ()):
            if one.size and one.address in self.index and not one.is_imported and len(one.name) < 100:
                found.setdefault(one.address, (one.name, number, one.size))
        return found

    def scopes(self, request: Request) -> list[_Scope]:
        """Functions that have room, or else parts of the listing."""
        lines = self.view.lines(_BLOCK)
        found: list[_Scope] = []
        for address, (name, _, size) in self.named.items():
            start = self.index[address]
            stop = start
            while stop < len(self.all) and self.all[stop].address < address + size:
                stop += 1
            if stop - start >= 5 and lines.tokens(start, stop) <= request.room:
                found.append(_Scope(start, stop, value.in_code_asked(escape(name))))
        if found:
            return found
        parts = [(a, b) for a, b in windows(self.view, _BLOCK, request.room, most=24) if b - a >= 5]
        return [_Scope(a, b, self._range(a, b)) for a, b in parts]

    def _range(self, start: int, stop: int) -> Text:
        first, last = hex(self.all[start].address), hex(self.all[stop - 1].address)
        return Text(f"the code from {first} to {last}", (*value.asked(first).sources, *value.asked(last).sources))

    def place(self, index: int) -> str:
        """The trace path of an instruction."""
        return self.view.at("disassembly", f".instructions[{index}]")

    def at(self, index: int) -> Text:
        """`0x40118a`, the address of an instruction."""
        return value.hexadecimal(self.all[index].address, self.place(index) + ".address")

    def written(self, index: int) -> Text:
        """The instruction, as code."""
        one = self.all[index]
        parts = [value.equal(one.mnemonic, self.place(index) + ".mnemonic")]
        if one.operands:
            parts.append(value.equal(one.operands, self.place(index) + ".operands"))
        sources = tuple(source for part in parts for source in part.sources)
        return Text(as_code(" ".join(part.text for part in parts)), sources)

    def to(self, index: int) -> Text:
        """The address that a direct jump or call names."""
        return value.computed(hex(code.target(self.all[index]) or 0), "hex", ["target", self.place(index)])

    def name_at(self, address: int) -> Text | None:
        """The name of the function that starts at an address."""
        if address not in self.named:
            return None
        name, number, _ = self.named[address]
        return value.code(name, self.view.at("symbols", f".functions[{number}].name"))


def offers(view: View, partner: View | None) -> list[Offer]:
    """Tasks on code; the derivations know x86 only."""
    found = view.file.disassembly
    if found is None or len(found.instructions) < 12 or not (found.architecture or "").startswith("x86"):
        return []
    listing = _Code(view)
    makes: list[tuple[str, Callable[[_Code, _Scope, Request], Draft | None], float, bool]] = [
        ("disassembly.walk", _walk, 7, True), ("disassembly.loops", _loops, 5, True), ("disassembly.calls", _calls, 6, True),
        ("disassembly.pointers", _pointers, 6, True),
    ]  # fmt: skip
    made = [
        Offer(task=task, build=partial(_scoped, listing, make), importance=importance, long=long, variants=4)
        for task, make, importance, long in makes
    ]
    at = Offer(
        task="disassembly.at", build=lambda request: _at(listing, request), importance=4, pair=True, variants=6, weight=1.2
    )  # fmt: skip
    return [*made, at]


def _scoped(listing: _Code, make: Callable[[_Code, _Scope, Request], Draft | None], request: Request) -> Draft | None:
    """The draft of the first scope, in this use's order, that has something to say."""
    scopes = ordered(f"{request.key}/scopes", listing.scopes(request))
    for scope in scopes[:12]:
        draft = make(listing, scope, request)
        if draft is not None:
            return draft
    return None


def _draft(listing: _Code, scope: _Scope, content: list[Content], *more: Show) -> Draft:
    shows = (Show(_BLOCK, scope.start, scope.stop), *more)
    slots = {"scope": scope.text, "name": listing.view.name}
    return Draft(slots=slots, shows=shows, content=tuple(content), context=_CONTEXT)


def _base(listing: _Code, scope: _Scope) -> dict[str, Text]:
    return {"scope": scope.text, "name": listing.view.name}


def _closed(listing: _Code, scope: _Scope) -> list[int]:
    """Jumps back that make a loop."""
    back = code.loops(listing.all, scope.start, scope.stop)
    return [index for index in back if code.comes_round(listing.all, index, scope.start, scope.stop)]


def _loops(listing: _Code, scope: _Scope, request: Request) -> Draft | None:
    back = code.loops(listing.all, scope.start, scope.stop)
    if back != _closed(listing, scope):
        return None
    slots = _base(listing, scope) | {"last": listing.at(scope.stop - 1)}
    if not back:
        content: list[Content] = [
            say("answer", "disassembly.loops.none", "code decision", **slots),
            say("meaning", "disassembly.loops.none.means", "code method", **slots),
        ]
        return _draft(listing, scope, content)
    return _draft(listing, scope, [*_loop_statements(listing, scope, back, request, "answer")])


def _loop_statements(listing: _Code, scope: _Scope, back: list[int], request: Request, role: str) -> list[Content]:
    slots = _base(listing, scope)
    first = {"at": listing.at(back[0]), "jump": listing.written(back[0]), "to": listing.to(back[0])}
    lead = say("answer" if role == "answer" else "detail", "disassembly.loops", "code address", **slots, **first)
    content: list[Content] = [lead]
    rest = few(back[1:], 10 if request.length == "long" else 2)
    content += [
        say("detail", "disassembly.loops.more", "code address", at=listing.at(i), to=listing.to(i)) for i in rest
    ]
    if code.target(listing.all[back[0]]) == listing.all[back[0]].address:
        return content
    content.append(say("meaning", "disassembly.loops.means", "code method performance", **slots, **first))
    return content


def _call_indices(listing: _Code, scope: _Scope) -> list[int]:
    return [i for i in range(scope.start, scope.stop) if listing.all[i].mnemonic == "call"]


def _call(listing: _Code, index: int) -> Say:
    one = listing.all[index]
    to = code.target(one)
    slots = {"at": listing.at(index), "call": listing.written(index)}
    if to is None:
        return say("detail", "disassembly.call.indirect", "code address", **slots)
    name = listing.name_at(to)
    if name is not None:
        return say(
            "detail", "disassembly.call.named", "code address structure", callee=name, to=listing.to(index), **slots
        )
    return say("detail", "disassembly.call", "code address", to=listing.to(index), **slots)


def _calls(listing: _Code, scope: _Scope, request: Request) -> Draft | None:
    found = _call_indices(listing, scope)
    if not found:
        return None
    chosen = few(found, 40 if request.length == "long" else 5)
    slots = _base(listing, scope) | {"at": listing.at(found[0]), "call": listing.written(found[0])}
    content: list[Content] = [say("answer", "disassembly.calls", "code decision", **slots)]
    said = [_call(listing, index) for index in chosen]
    content.append(items("answer", say("answer", "disassembly.calls.lead", "code", **slots), list(said), "code"))
    content += [
        say("limit", "disassembly.calls.limit", "limit code imports", **slots),
        say("verify", "disassembly.calls.verify", "verify code method", **slots),
    ]
    shows = _symbol_shows(listing, [code.target(listing.all[i]) for i in chosen])
    return _draft(listing, scope, content, *shows)


def _symbol_shows(listing: _Code, targets: list[int | None]) -> list[Show]:
    numbers = sorted({listing.named[to][1] for to in targets if to in listing.named})
    return [Show("symbols.functions", only=tuple(numbers))] if numbers else []


def _pointer(listing: _Code, index: int) -> tuple[Say, list[Show]] | None:
    """An address relative to rip, with the text that stands there if the dump has it."""
    one: Instruction = listing.all[index]
    address = code.pointed(one)
    if address is None:
        return None
    slots = {
        "at": listing.at(index), "instruction": listing.written(index),
        "to": value.computed(hex(address), "hex", ["rip", listing.place(index)]),
    }  # fmt: skip
    offset = code.file_offset(listing.view.file, address)
    if offset is not None and listing.view.file.hex_dump is not None:
        dumped = Bytes(listing.view)
        found = _text_at(dumped, offset)
        if found:
            quoted = value.in_code(value.computed(escape(found), "cstring", dumped.path, offset))
            shows = [dumped.rows([(offset, len(found) + 1)])]
            return say("detail", "disassembly.pointer.text", "code address strings", text=quoted, **slots), shows
    return say("detail", "disassembly.pointer", "code address", **slots), []


def _text_at(dumped: Bytes, offset: int) -> str:
    """A printable text of at least three characters that ends with a zero byte there; "" if there is none."""
    start = offset - dumped.dump.offset
    data = dumped.dump.data[start : start + 200] if start >= 0 else b""
    end = data.find(b"\0")
    text = data[:end] if end >= 3 else b""
    return text.decode("ascii") if text and all(0x20 <= byte < 0x7F for byte in text) else ""


def _pointers(listing: _Code, scope: _Scope, request: Request) -> Draft | None:
    found = [i for i in range(scope.start, scope.stop - 1) if code.pointed(listing.all[i]) is not None]
    if not found:
        return None
    made = [_pointer(listing, index) for index in few(found, 24 if request.length == "long" else 4)]
    said = [one for one in made if one is not None]
    slots = _base(listing, scope)
    content: list[Content] = [
        say("answer", "disassembly.pointers", "code address decision", **slots, first=said[0][0].slots["to"]),
        items("answer", say("answer", "disassembly.pointers.lead", "code", **slots), [one for one, _ in said], "code"),
        say("meaning", "disassembly.pointers.how", "method code plain", **slots),
    ]
    return _draft(listing, scope, content, *[show for _, shows in said for show in shows])


def _walk(listing: _Code, scope: _Scope, request: Request) -> Draft | None:
    """The steps of a piece of code in the order of the listing: frame, calls, pointers, loops, returns."""
    steps: list[tuple[int, Say]] = []
    shows: list[Show] = []
    back = _closed(listing, scope)
    for index in range(scope.start, scope.stop):
        one = listing.all[index]
        slots = {"at": listing.at(index), "instruction": listing.written(index)}
        if one.mnemonic == "sub" and one.operands.startswith("rsp, "):
            steps.append((index, say("detail", "disassembly.step.frame", "code memory_safety", **slots)))
        elif one.mnemonic == "call":
            steps.append((index, _call(listing, index)))
        elif index in back:
            steps.append((index, say("detail", "disassembly.step.back", "code address", to=listing.to(index), **slots)))
        elif one.mnemonic in ("ret", "syscall", "cpuid", "rdtsc", "hlt"):
            steps.append((index, say("detail", f"disassembly.step.{one.mnemonic}", "code", **slots)))
        elif one.mnemonic == "lea" and index + 1 < scope.stop and (pointed := _pointer(listing, index)) is not None:
            steps.append((index, pointed[0]))
            shows += pointed[1]
    if len(steps) < 3:
        return None
    chosen = few(steps, 60 if request.length == "long" else 6)
    calls = [code.target(listing.all[index]) for index, _ in chosen]
    slots = _base(listing, scope) | {"first": listing.at(chosen[0][0]), "last": listing.at(scope.stop - 1)}
    found = _call_indices(listing, scope)
    open_jumps = back != code.loops(listing.all, scope.start, scope.stop)
    kind = "loops" if back else "parts" if open_jumps else "calls" if found else "plain"
    if found:
        slots["call"] = listing.at(found[0])
    if back:
        slots["loop"] = listing.to(back[0])
    said = [one for _, one in chosen]
    content: list[Content] = [
        say("answer", f"disassembly.walk.{kind}", "code decision", **slots),
        items("answer", say("answer", "disassembly.walk.lead", "code", **slots), list(said), "code"),
        say("limit", "disassembly.walk.limit", "limit code", **slots),
        say("next", "disassembly.walk.next", "next code verify", **slots),
    ]
    return _draft(listing, scope, content, *shows, *_symbol_shows(listing, calls))


def _at(listing: _Code, request: Request) -> tuple[Draft, Draft] | None:
    """An address that begins an instruction, and one behind the end of the listing."""
    lines = listing.view.lines(_BLOCK)
    index = pick(f"{request.key}/at", len(listing.all))
    start = max(0, index - 6)
    stop = min(len(listing.all), start + 14)
    if lines.tokens(start, stop) > request.room:
        return None
    last = len(listing.all) - 1
    beyond = listing.all[last].address + listing.all[last].size + 1 + pick(f"{request.key}/beyond", 4_000)
    return _there(listing, index, start, stop), _beyond(listing, beyond, start, stop)


def _there(listing: _Code, index: int, start: int, stop: int) -> Draft:
    asked = value.in_code_asked(hex(listing.all[index].address))
    slots = {"address": asked, "name": listing.view.name, "instruction": listing.written(index)}
    content: list[Content] = [say("answer", "disassembly.at.yes", "code address", **slots)]
    if index > start:
        content.append(say("detail", "disassembly.at.before", "code", before=listing.written(index - 1), **slots))
    if index + 1 < stop:
        content.append(say("detail", "disassembly.at.after", "code", after=listing.written(index + 1), **slots))
    shows = (Show(_BLOCK, start, stop), Show(_BLOCK, len(listing.all) - 1, len(listing.all)))
    return Draft(
        slots={"address": asked, "name": listing.view.name}, shows=shows, content=tuple(content), context=_CONTEXT
    )


def _beyond(listing: _Code, address: int, start: int, stop: int) -> Draft:
    asked = value.in_code_asked(hex(address))
    last = len(listing.all) - 1
    slots = {
        "address": asked,
        "name": listing.view.name,
        "last": listing.at(last),
        "instruction": listing.written(last),
    }
    content: list[Content] = [
        say("answer", "disassembly.at.no", "code address", **slots),
        say("meaning", "disassembly.at.covers", "method code limit", **slots),
        say("next", "disassembly.at.next", "next verify", **slots),
    ]
    shows = (Show(_BLOCK, start, stop), Show(_BLOCK, last, last + 1))
    return Draft(
        slots={"address": asked, "name": listing.view.name}, shows=shows, content=tuple(content), context=_CONTEXT,
        negative="out_of_range",
    )  # fmt: skip
