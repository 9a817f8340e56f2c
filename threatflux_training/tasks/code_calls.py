"""Calls in words: who is called, with what in which register, what is tested afterwards."""

from threatflux_training.compose.content import Say, Slot, fragment
from threatflux_training.compose.value import Text
from threatflux_training.evidence import addresses, code, functions
from threatflux_training.evidence import operands as op
from threatflux_training.evidence.dataflow import Flow, Held
from threatflux_training.evidence.signatures import FORMATS, NONE, SIGNATURES
from threatflux_training.tasks.code_listing import Listing, Scope, Shown, which

EMPTY = Text("")
SETTERS = frozenset(["cmp", "test", "sub", "add", "dec", "inc", "and", "or", "xor", "neg", "shr", "shl", "sar"])
"""Instructions whose result conditional jumps are read against."""
_KEEP_FLAGS = ("mov", "lea", "movzx", "movsxd", "pop", "push", "movsd", "movss", "movaps", "movups")
_MOST = 5
"""Arguments named of one call."""


def unique(said: list[Say]) -> tuple[Say, ...]:
    """Fragments without those that say the same."""
    return tuple({repr((one.phrase, sorted((n, str(s)) for n, s in one.slots.items()))): one for one in said}.values())


def alternatives(said: list[Say]) -> Say | None:
    """`a, b or c`; None for none or more than four."""
    found = unique(said)
    if not 1 < len(found) <= 4:
        return found[0] if len(found) == 1 else None
    slots: dict[str, Slot] = dict(zip("abcd", found, strict=False))
    return fragment(f"code.either.{len(found)}", **slots)


class Calls:
    """Describes the calls of one function."""

    def __init__(self, listing: Listing, scope: Scope, shown: Shown) -> None:
        self.listing = listing
        self.scope = scope
        self.shown = shown
        self.flow: Flow = listing.flow(scope)
        self.indices = [i for i in range(scope.start, scope.stop) if listing.all[i].mnemonic == "call"]

    def library(self, index: int) -> str:
        """The name of the imported function that a call reaches, where it is settled and shown; else ""."""
        to = code.target(self.listing.all[index])
        found = self.shown.import_at(to) if to is not None else None
        table = self.listing.imports
        return table.slots[to].name if found and table and to is not None else ""

    def callee(self, index: int) -> Say:
        """Who is called: a name with its address, an address alone, a register or memory."""
        one = self.listing.all[index]
        to = code.target(one)
        if to is None:
            address = addresses.pointed(one)
            if address is not None and (name := self.shown.iat_at(address)):
                return fragment("code.callee.import", callee=name, to=self.listing.pointer(index))
            if address is not None:
                return fragment("code.callee.pointer", to=self.listing.pointer(index))
            return fragment("code.callee.indirect", operand=self.listing.operand(index, one.operands))
        if name := self.listing.name_of(to):
            self.shown.symbol(self.listing.named[to].symbol)
            return fragment("code.callee.own", callee=name, to=self.listing.to(index))
        if name := self.shown.import_at(to):
            return fragment("code.callee.import", callee=name, to=self.listing.to(index))
        inside = self.scope.address == to
        return fragment("code.callee.itself" if inside else "code.callee.bare", to=self.listing.to(index))

    def name(self, index: int) -> Text:
        """The shortest name of who is called."""
        one = self.listing.all[index]
        to = code.target(one)
        if to is None:
            address = addresses.pointed(one)
            named = self.shown.iat_at(address) if address is not None else None
            return named or self.listing.operand(index, one.operands)
        return self.listing.name_of(to) or self.shown.import_at(to) or self.listing.to(index)

    def arguments(self, index: int) -> list[tuple[int, str, Held]]:
        """Number, register and value of each argument that is known at a call.

        A library function takes what it is documented to take, one of the listing what its code reads first; of any
        other, the registers count that were set after the call before.
        """
        library = self.library(index)
        if library in NONE:
            return []
        to = code.target(self.listing.all[index])
        own = self.listing.functions.get(to) if to is not None else None
        if library in SIGNATURES:
            return self._documented(index, library)[:_MOST]
        wanted = functions.takes(self.listing.all, own, self.listing.arguments) if own else len(self.listing.arguments)
        return self._recent(index, wanted, exact=own is not None)[:_MOST]

    def _documented(self, index: int, library: str) -> list[tuple[int, str, Held]]:
        state = self.flow.at(index)
        roles = SIGNATURES[library]
        numbered = enumerate(self.listing.arguments[: len(roles)], 1)
        found = [(number, register, state[register]) for number, register in numbered if register in state]
        if library in FORMATS and len(found) == len(roles):
            found += self._variadic(index, len(roles))
        return found

    def _recent(self, index: int, most: int, *, exact: bool) -> list[tuple[int, str, Held]]:
        state = self.flow.at(index)
        before = max((one for one in self.indices if one < index), default=self.scope.start - 1)
        found = []
        for number, register in enumerate(self.listing.arguments[:most], 1):
            held = state.get(register)
            fresh = held is not None and (exact or (held.chain and held.chain[-1] > before))
            if held is not None and fresh and (exact or held.kind != "computed"):
                found.append((number, register, held))
        return found

    def _variadic(self, index: int, given: int) -> list[tuple[int, str, Held]]:
        """Values for a format: registers set after the last call, in order."""
        state = self.flow.at(index)
        found = []
        for number, register in enumerate(self.listing.arguments[given:], given + 1):
            held = state.get(register)
            if held is None or not held.chain or held.kind == "entry" and held.chain[-1] < index - 12:
                break
            found.append((number, register, held))
        return found

    def fragments(self, index: int) -> tuple[Say, ...]:
        """Each argument as a fragment: role, register and value."""
        roles = SIGNATURES.get(self.library(index), ())
        made = []
        for number, register, held in self.arguments(index):
            said = self.value(held, register)
            if said is None:
                continue
            if number <= len(roles):
                kind = "code.arg.role" if said.phrase.startswith("code.arg.") else "code.arg.role.bare"
                said = fragment(kind, role=fragment(f"code.role.{roles[number - 1]}"), value=said)
            elif held.kind == "entry" and not held.chain:
                continue
            made.append(said)
        return tuple(made)

    def value(self, held: Held, register: str = "") -> Say | None:
        """What a register holds, with the register as it is written where it is set; None where it is widened in place."""
        name = self._written(held, register)
        if held.kind == "entry":
            return self._named("entry", name, which=which(held.number))
        if held.kind == "zero":
            return self._named("zero", name)
        if held.kind == "number":
            return self._number(held, name)
        if held.kind in ("pointer", "global"):
            return self._pointer(held, name)
        if held.kind == "stack":
            return self._named("stack", name, place=self._source(held.at))
        if held.kind == "loaded":
            return self._named("loaded", name, place=self._source(held.at))
        if held.kind == "result":
            callee = self.name(held.at)
            return self._named("result", name, callee=callee, at=self.listing.at(held.at))
        one = self.listing.all[held.at]
        if one.mnemonic == "mov" and name is not None and (source := op.family(op.split(one.operands)[-1])):
            if source == op.family(op.split(one.operands)[0]):
                return None
            return self._named("copied", name, source=self._source(held.at))
        return self._named("computed", name, at=self.listing.at(held.at), instruction=self.listing.written(held.at))

    @staticmethod
    def _named(kind: str, register: Text | None, **slots: Slot) -> Say:
        if register is None:
            return fragment(f"code.bare.{kind}", **slots)
        return fragment(f"code.arg.{kind}", register=register, **slots)

    def _written(self, held: Held, register: str) -> Text | None:
        """The register as the instruction that set it last writes it; None where none did or the value is asked bare."""
        if not register or not held.chain:
            return None
        index = held.chain[-1]
        operands = op.split(self.listing.all[index].operands)
        if not operands or op.family(operands[0]) != register:
            return None
        return self.listing.operand(index, operands[0])

    def _source(self, index: int) -> Text:
        """The second operand of an instruction, of memory the part in brackets."""
        last = op.split(self.listing.all[index].operands)[-1]
        return self.listing.operand(index, op.memory(last) or last)

    def _number(self, held: Held, name: Text | None) -> Say:
        last = op.split(self.listing.all[held.at].operands)[-1]
        shown = self.listing.operand(held.at, last)
        if held.number in (0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF):
            return self._named("number.ones", name, number=shown)
        if last.startswith("0x") and held.number <= 0xFFFFFF:
            decimal = self.listing.constant(held.at, held.number)
            return self._named("number.hex", name, number=shown, decimal=decimal)
        return self._named("number", name, number=shown)

    def _pointer(self, held: Held, name: Text | None) -> Say:
        to = self.listing.pointer(held.at)
        if held.kind == "global":
            return self._named("global", name, to=to)
        if text := self.shown.text_at(held.number):
            return self._named("text", name, to=to, text=text)
        if function := self.listing.name_of(held.number):
            self.shown.symbol(self.listing.named[held.number].symbol)
            return self._named("function", name, to=to, callee=function)
        return self._named("pointer", name, to=to)

    def tested(self, index: int) -> tuple[int, int] | None:
        """The test of a call's result that follows it, and the conditional jump after that."""
        for place in range(index + 1, min(index + 4, self.scope.stop - 1)):
            one = self.listing.all[place]
            parts = op.split(one.operands)
            if one.mnemonic in ("test", "cmp") and op.family(parts[0]) == "rax" and op.is_wide(parts[0]):
                plain = (one.mnemonic == "cmp" and op.number(parts[1]) is not None) or parts[0] == parts[1]
                return (place, place + 1) if plain and self.condition(place + 1) else None
            if code.is_jump(one) or one.mnemonic == "call" or "rax" in op.written(one) or place in self.flow.sources:
                return None
        return None

    def setter(self, jump: int) -> int | None:
        """The instruction that sets the flags of a conditional jump: the one before, moves skipped."""
        for index in range(jump - 1, max(self.scope.start, jump - 4) - 1, -1):
            one = self.listing.all[index]
            if one.mnemonic in SETTERS:
                return index
            if one.mnemonic not in _KEEP_FLAGS or index + 1 in self.flow.sources:
                return None
        return None

    def condition(self, jump: int) -> Say | None:
        """The condition of a jump, as a fragment; None where it can't be put in words."""
        kind = op.CONDITIONS.get(self.listing.all[jump].mnemonic)
        compare = self.setter(jump)
        if kind is None or compare is None:
            return None
        one = self.listing.all[compare]
        parts = op.split(one.operands)
        if one.mnemonic == "cmp":
            a = self.listing.operand(compare, parts[0])
            return fragment(f"code.compared.{kind}", value=a, other=self._compared(compare, parts[1]))
        if kind not in (
            "equal",
            "unequal",
            "negative",
            "not_negative",
            "less_equal",
            "greater",
            "less",
            "greater_equal",
        ):
            return None
        if one.mnemonic == "test" and parts[0] == parts[1]:
            return fragment(f"code.zero.{kind}", value=self.listing.operand(compare, parts[0]))
        if kind not in ("equal", "unequal"):
            return None
        if one.mnemonic == "test":
            a, b = (self.listing.operand(compare, part) for part in parts)
            return fragment(f"code.bits.{kind}", value=a, mask=b)
        return fragment(f"code.flags.{kind}", instruction=self.listing.written(compare))

    def _compared(self, compare: int, operand: str) -> Slot:
        """The second side of a comparison; of a register that holds a constant, the constant too."""
        held = self.flow.at(compare).get(op.family(operand))
        if held is not None and held.kind == "number" and op.is_wide(operand):
            last = op.split(self.listing.all[held.at].operands)[-1]
            return fragment(
                "code.holds",
                register=self.listing.operand(compare, operand),
                number=self.listing.operand(held.at, last),
            )
        return self.listing.operand(compare, operand)

    def with_arguments(self, index: int) -> Slot:
        """`, with ...` or nothing."""
        made = self.fragments(index)
        return fragment("code.with", arguments=made) if made else EMPTY

    def with_test(self, index: int) -> Slot:
        """What is tested afterwards, or nothing."""
        found = self.tested(index)
        if found is None:
            return EMPTY
        compare, jump = found
        condition = self.condition(jump) or EMPTY
        return fragment("code.tested", condition=condition, at=self.listing.at(compare), to=self.listing.to(jump))

    def either(self, held: list[Held]) -> Say | None:
        """One of several values, as alternatives."""
        said = [one for one in (self.value(each) for each in held) if one is not None]
        return alternatives(said)

    def purpose(self, index: int) -> Slot:
        """What the C library documents about the function, or nothing."""
        name = self.library(index)
        return fragment("code.purpose", does=fragment(f"does.{name}")) if name in SIGNATURES or name in NONE else EMPTY
