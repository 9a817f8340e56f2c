"""Recomputes traced values from raw reports.

A trace's expression is its op applied to its path (where it has one) and its inputs. An input is a literal, a path, or a
list `[op, input, ...]`. docs/format.md defines every op; nothing here is shared with what writes answers.
"""

import base64
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice, product
from typing import Any

from threatflux_training.check.documents import Document
from threatflux_training.check.dump import read_dump
from threatflux_training.check.places import MISSING, at, parse

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
_UNIT = re.compile(
    r"(?:[a-z]+ ){0,2}(?:bits?|bytes?|functions?|instructions?|entry|entries|blocks?|findings?|sections?|names?|characters?|"
    r"calls?|times?|rules?|returns?|imports?|edges?|files?|class|classes|jumps?|critical|high|medium|low|bits per byte)"
)
"""What is counted; a verdict is no unit."""
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
_DECIMAL = re.compile(r"\d+(?:[.,]\d+)*")
_DIGEST = re.compile(r"[0-9a-f]{32,}", re.IGNORECASE)
_NOT_WORD = re.compile(r"[^a-z0-9]")
_WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_COMBINATIONS = 256
"""Ways tried to take the places of one trace from several documents about one file."""


class Unproven(ValueError):
    """A trace that the reports do not bear out; the argument says why."""


def plain(text: str) -> str:
    """The text before it was neutralised."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)


class Evaluator:
    """Evaluates traces over the documents of one file and, for comparisons, those of a partner."""

    def __init__(self, own: Sequence[Document], partner: Sequence[Document], knowledge: Mapping[str, str]) -> None:
        self._documents = {False: own, True: partner}
        self._knowledge = knowledge
        self._dumps: dict[int, tuple[int, bytes]] = {}

    def found(self, path: str) -> list[Any]:
        """Everything that stands at a path, in any document of its dialect."""
        place = parse(path)
        if place is None:
            raise Unproven(f"{path} is no path")
        roots = [one.root for one in self._documents[place.partner] if one.dialect == place.dialect]
        if not roots:
            raise Unproven(f"no report for {path}")
        return [at(root, place.steps) for root in roots]

    def check(self, value: str, path: str, op: str, inputs: Sequence[Any], asked: str) -> None:
        """Raise Unproven unless the value follows; `asked` is what the user has said so far."""
        expression = [op, *([path] if path else []), *inputs]
        if op in ("null", "flag"):
            self._check_name(value, path, op)
        places = sorted(set(paths(expression)))
        problem = "nothing found"
        for taken in islice(product(*(self.found(one) for one in places)), _COMBINATIONS):
            try:
                self._check(value, expression, dict(zip(places, taken, strict=True)), asked)
            except (Unproven, ValueError, TypeError, KeyError, IndexError, ZeroDivisionError) as error:
                problem = str(error)
                continue
            return
        raise Unproven(f"`{value[:80]}` by {op} {path} {inputs}: {problem}"[:400])

    def _check_name(self, value: str, path: str, op: str) -> None:
        """Raise Unproven unless the place is the one that the value names and, for `null`, no document has it."""
        place = parse(path)
        if place is None or not place.steps:
            raise Unproven(f"{path} is no place")
        key = _NOT_WORD.sub("", str(place.steps[-1]).lower())
        name = _NOT_WORD.sub("", value.lower())
        if key not in (name, f"is{name}", f"has{name}"):
            raise Unproven(f"`{value}` is not what {path} is called")
        if op == "null" and any(raw is not MISSING and raw is not None for raw in self.found(path)):
            raise Unproven(f"a report has {path}")

    def _check(self, value: str, expression: Sequence[Any], taken: Mapping[str, Any], asked: str) -> None:
        op, *inputs = expression
        if op == "asked":
            ok = value in asked
        elif op == "knowledge":
            ok = self._knowledge.get(inputs[0]) == value
        elif op in ("ascii", "cstring"):
            ok = plain(value) == self._bytes(op, *[self._value(one, taken) for one in inputs]).decode("ascii")
        else:
            arguments = [self._value(one, taken) for one in inputs]
            ok = _TESTS[op](value, *arguments) if op in _TESTS else self._written(op, arguments) == value
            if not ok and op not in _TESTS:
                raise Unproven(f"the report gives {self._written(op, arguments)!r}"[:200])
        if not ok:
            raise Unproven(f"the report has {[str(one)[:100] for one in taken.values()]}")

    def _value(self, entry: Any, taken: Mapping[str, Any]) -> Any:
        if isinstance(entry, str) and entry in taken:
            return taken[entry]
        if isinstance(entry, list) and entry and isinstance(entry[0], str) and entry[0] in _OPS:
            op, *inputs = entry
            return self._apply(op, [self._value(one, taken) for one in inputs])
        return entry

    def _apply(self, op: str, arguments: list[Any]) -> Any:
        if any(one is MISSING for one in arguments):
            raise Unproven("the report has no such place")
        if op in ("le", "be", "bytes"):
            arguments = [self._bytes(op, *arguments)]
        return _OPS[op](*arguments)

    def _bytes(self, op: str, dump: Any, offset: int, length: int = 0) -> bytes:
        if id(dump) not in self._dumps:
            self._dumps[id(dump)] = read_dump(dump)
        start, data = self._dumps[id(dump)]
        end = data.index(b"\0", offset - start) if op == "cstring" else offset - start + length
        if not 0 <= offset - start <= end <= len(data):
            raise Unproven(f"bytes at {offset:#x} are not in the dump")
        return data[offset - start : end]

    def _written(self, op: str, arguments: list[Any]) -> str:
        value = self._apply(op, arguments)
        if isinstance(value, bool):
            return "true" if value else "false"
        return value if isinstance(value, str) else str(value)


def paths(entry: Any) -> Iterator[str]:
    """Every path in an expression."""
    if isinstance(entry, str) and parse(entry):
        yield entry
    elif isinstance(entry, list):
        for one in entry:
            yield from paths(one)


def byte_ranges(entry: Any) -> Iterator[list[Any]]:
    """Path, offset and length of every piece of a dump in an expression."""
    if isinstance(entry, list) and entry:
        if entry[0] in ("le", "be", "bytes", "ascii", "cstring"):
            yield [*entry[1:], 1][:3]
        for one in entry:
            yield from byte_ranges(one)


def constants(entry: Any) -> Iterator[int]:
    """Every whole number in an expression."""
    if isinstance(entry, int):
        yield entry
    elif isinstance(entry, list):
        for one in entry:
            yield from constants(one)


def _unit(amount: Any, unit: str) -> str:
    if not unit:
        return ""
    singular, _, plural = unit.partition("|")
    if not all(_UNIT.fullmatch(one) for one in (singular, plural) if one):
        raise Unproven(f"{unit} is no unit")
    return f" {singular if amount == 1 or not plural else plural}"


def _matching(values: Any, filters: Sequence[Any] = ()) -> list[Any]:
    if isinstance(values, dict):
        values = list(values)
    if not isinstance(values, list):
        raise Unproven("not a list")
    triples = [tuple(filters[i : i + 3]) for i in range(0, len(filters), 3)]
    return [one for one in values if all(_holds(_field(one, name), cmp, const) for name, cmp, const in triples)]


def _field(element: Any, name: str) -> Any:
    return at(element, tuple(name.split("."))) if name else element


def _holds(value: Any, cmp: str, const: Any) -> bool:
    if value is MISSING or (value is None and const is not None):
        return cmp == "ne"
    return bool(_COMPARISONS[cmp](value, const))


_COMPARISONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "eq": lambda a, b: a == b, "ne": lambda a, b: a != b, "lt": lambda a, b: a < b, "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b, "ge": lambda a, b: a >= b, "in": lambda a, b: a in b, "has": lambda a, b: b in a,
    "starts": lambda a, b: a.startswith(b), "ends": lambda a, b: a.endswith(b), "within": lambda a, b: b[0] <= a < b[1],
    "bit": lambda a, b: int(a, 16) & b == b, "nobit": lambda a, b: not int(a, 16) & b,
}  # fmt: skip


def _numbers(values: Any, name: str, filters: Sequence[Any]) -> list[Any]:
    return [found for one in _matching(values, filters) if isinstance(found := _field(one, name), (int, float))]


def _sum(first: Any, *rest: Any) -> Any:
    if isinstance(first, list):
        return sum(_numbers(first, rest[0] if rest else "", rest[1] if len(rest) > 1 else ()))
    return first + sum(rest)


def _extreme(choose: Callable[[Any], Any]) -> Callable[..., Any]:
    def of(first: Any, *rest: Any) -> Any:
        if isinstance(first, list):
            return choose(_numbers(first, rest[0] if rest else "", rest[1] if len(rest) > 1 else ()))
        return choose([first, *rest])

    return of


def _product(*factors: Any) -> Any:
    result = 1
    for one in factors:
        result *= one
    return result


def _quotient(a: Any, b: Any) -> Any:
    """Exact where whole numbers divide without a rest: a float holds no more than sixteen digits."""
    return a // b if isinstance(a, int) and isinstance(b, int) and a % b == 0 else a / b


def _fixed(x: Any, decimals: int) -> str:
    return f"{x:,}" if isinstance(x, int) and not decimals else f"{x:,.{decimals}f}"


def _names(values: Any, name: str) -> set[Any]:
    """The distinct texts in a list, or at a field of its elements."""
    return {found for one in _matching(values) if isinstance(found := _field(one, name), str)}


def _rip(instruction: Mapping[str, Any]) -> int:
    match = re.search(r"\[rip ([+-]) (0x[0-9a-f]+|\d+)\]", instruction["operands"])
    if not match:
        raise Unproven("no operand relative to rip")
    offset = int(match[2], 0)
    return int(instruction["address"]) + int(instruction["size"]) + (offset if match[1] == "+" else -offset)


def _target(instruction: Mapping[str, Any]) -> int:
    match = re.fullmatch(r"\s*(0x[0-9a-f]+)\s*", instruction["operands"])
    if not match:
        raise Unproven("the operand is no address")
    return int(match[1], 16)


def _immediate(instruction: Mapping[str, Any]) -> int:
    last = instruction["operands"].rsplit(",", 1)[-1].strip()
    if not re.fullmatch(r"-?(0x[0-9a-f]+|\d+)", last):
        raise Unproven("the last operand is no constant")
    return int(last, 0)


def _displacement(instruction: Mapping[str, Any]) -> int:
    match = re.search(r"\[r\w+ [+-] (0x[0-9a-f]+|\d+)\]", instruction["operands"])
    if not match or match[0].startswith("[rip"):
        raise Unproven("no operand at a fixed distance from a register")
    return int(match[1], 0)


def _letters(number: int) -> str:
    data = number.to_bytes(max(1, (number.bit_length() + 7) // 8), "little")
    return data.decode("ascii")


def _time(text: Any) -> str:
    if not isinstance(text, str) or not _TIME.fullmatch(text):
        raise Unproven("no time")
    return text


def _permissions(octal: Any) -> str:
    bits = int(str(octal), 8)
    return "".join(name if bits >> (8 - place) & 1 else "-" for place, name in enumerate("rwxrwxrwx"))


def _ordinal(number: int) -> str:
    tail = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{tail}"


_OPS: Mapping[str, Callable[..., Any]] = {
    "count": lambda values, filters=(): len(_matching(values, filters)),
    "distinct": lambda values, name="": len({_field(one, name) for one in _matching(values)}),
    "common": lambda a, b, name="": len(_names(a, name) & _names(b, name)),
    "apart": lambda a, b, name="": len(_names(a, name) - _names(b, name)),
    "sum": _sum, "difference": lambda a, b: a - b, "product": _product, "quotient": _quotient,
    "min": _extreme(min), "max": _extreme(max), "rip": _rip, "target": _target,
    "immediate": _immediate, "displacement": _displacement, "letters": _letters,
    "number": lambda text: int(text, 0), "le": lambda data: int.from_bytes(data, "little"),
    "be": lambda data: int.from_bytes(data, "big"),
    "grouped": lambda x, unit="": f"{x:,}{_unit(x, unit)}",
    "fixed": lambda x, decimals, unit="": f"{_fixed(x, decimals)}{_unit(x, unit)}",
    "percent": lambda x, decimals=1: f"{x * 100:.{decimals}f} %",
    "hex": lambda x, width=0: f"0x{x:0{width}x}",
    "ordinal": _ordinal, "date": lambda text: f"{_time(text)[:10]} {text[11:19]} UTC", "day": lambda text: _time(text)[:10],
    "permissions": _permissions, "bytes": lambda data: data.hex(" "),
    "equal": lambda x: x,
}  # fmt: skip
"""Ops that give the text of a value, or a number for another op."""


def _equal(value: str, raw: Any) -> bool:
    if raw is MISSING or raw is None or isinstance(raw, (list, dict)):
        return False
    if isinstance(raw, bool):
        return value == ("true" if raw else "false")
    return plain(value) == raw if isinstance(raw, str) else value == str(raw)


def _text_of(raw: Any) -> str:
    if not isinstance(raw, str):
        raise Unproven("no text")
    return raw


def _member(value: str, values: Any, name: str = "") -> bool:
    found = [_field(one, name) for one in _matching(values)]
    return plain(value) in [one if isinstance(one, str) else str(one) for one in found]


def _part(value: str, text: str) -> bool:
    """Whether a text holds the value; a decimal counts only as a whole, not as some of its digits."""
    if _DIGEST.fullmatch(text) and len(value) >= 6:
        return value in text
    whole = rf"(?<!\d){re.escape(value)}(?!\d)" if _DECIMAL.fullmatch(value) else re.escape(value)
    return bool(value) and re.search(whole, text) is not None


def _is_quoted(value: str, text: str) -> bool:
    """Whether a value stands between quotation marks in a text."""
    return bool(value) and any(f"{mark}{value}{mark}" in text for mark in "\"'")


def _decoded(encoded: str) -> str:
    return base64.b64decode(encoded, validate=True).decode("ascii")


_TESTS: Mapping[str, Callable[..., bool]] = {
    "equal": _equal,
    "part": lambda value, raw: _part(plain(value), _text_of(raw)),
    "basename": lambda value, raw: plain(value) in (
        _text_of(raw).rstrip("/").rpartition("/")[2], _text_of(raw).rstrip("\\").rpartition("\\")[2]
    ),
    "lower": lambda value, raw: plain(value) == _text_of(raw).lower(),
    "upper": lambda value, raw: plain(value) == _text_of(raw).upper(),
    "word": lambda value, x: type(x) is int and 0 <= x < len(_WORDS) and value in ("no" if x == 0 else _WORDS[x], _WORDS[x]),
    "base64": lambda value, raw, encoded: _is_quoted(encoded, _text_of(raw)) and plain(value) == _decoded(encoded),
    "member": _member,
    "absent": lambda value, values, name, field="": plain(value) == plain(name) and not _member(value, values, field),
    "null": lambda value, raw: raw is MISSING or raw is None,
    "flag": lambda value, raw, const: isinstance(raw, bool) and raw is const,
}  # fmt: skip
"""Ops that compare a value with what the report has."""
