"""Whether a line of an excerpt is made of the values of one object of a report, and of nothing else but labels."""

import json
import re
from collections.abc import Container, Iterator
from functools import lru_cache
from typing import Any

from threatflux_training.check.expressions import plain

_FIELD = re.compile(r"  ([a-z][a-z0-9_.]*): (.*)", re.DOTALL)
_ENTRY = re.compile(r"  (\d+): (.*)", re.DOTALL)
_CUT = re.compile(r" ?\[cut: the first [\d,]+ of [\d,]+ (?:characters|entries|lines)\]| ?\[\.\.\.\]")
_LABELS = re.compile(r"[a-z_]+:?|[\[\](){},;:|>@=-]+|->")
_LIMIT = 2000
_CANDIDATES = 256
_SHOWN = 64
"""Elements of a list inside an object that its own line may show."""
_LARGE = 2000
"""Values of an object whose tables are told in lines of their own, not in one with the rest of it."""


class Objects:
    """The objects of a value, found by what they hold; kept while the value is."""

    def __init__(self, value: Any) -> None:
        self.value = value
        self._fields: dict[str, list[Any]] = {}
        self._holding: dict[str, list[list[str]]] = {}
        self._lists: list[list[Any]] = []
        for node in _nodes(value):
            leaves = _told(node)
            if len(leaves) > _LARGE:
                leaves = _told({name: raw for name, raw in node.items() if not _is_table(raw)}) + list(_sizes(node))
            for form in leaves if len(leaves) <= _LARGE else ():
                self._holding.setdefault(form, []).append(leaves)
            for name, raw in node.items():
                self._fields.setdefault(name, []).append(raw)
                if isinstance(raw, list) and all(isinstance(one, str) for one in raw):
                    self._lists.append(raw)
        self.texts = {form for raw in _leaves(value) for form in forms(raw)}

    def field(self, name: str) -> list[Any]:
        """What stands under a name in any object."""
        return self._fields.get(name, [])

    def entry(self, line: str) -> bool:
        """Whether the line is an element of a list, with its number before it."""
        match = _ENTRY.fullmatch(line)
        return match is not None and any(
            int(match[1]) < len(one) and match[2][:_LIMIT] == str(one[int(match[1])])[:_LIMIT] for one in self._lists
        )

    def made_of(self, line: str) -> bool:
        """Whether one object explains the line."""
        columns = [column.strip() for column in line.strip().split("  ")]
        whole = [one for column in columns for one in _readings(column)]
        words = [word.strip(",:;") for column in columns for word in column.split(" ")]
        return any(_explained(line, one, self._fields) for names in (whole, words) for one in self._candidates(names))

    def _candidates(self, names: list[str]) -> Iterator[list[str]]:
        """The objects that hold the two rarest of some texts, then those that hold one of them."""
        groups = sorted((self._holding[one] for one in dict.fromkeys(names) if one in self._holding), key=len)[:2]
        if len(groups) == 2:
            rarest = {id(one) for one in groups[0]}
            yield from [one for one in groups[1] if id(one) in rarest][:_CANDIDATES]
        for group in groups:
            yield from group[:_CANDIDATES]


def _readings(column: str) -> Iterator[str]:
    yield column
    yield from (column[match.end() :] for match in re.finditer(r"^[a-z_]+:? |^.*?: ", column))


def forms(raw: Any) -> tuple[str, ...]:
    """How a value may stand in a line."""
    if raw is None:
        return ("null",)
    if isinstance(raw, bool):
        return ("true" if raw else "false",)
    if isinstance(raw, int):
        return (str(raw), f"{raw:,}", f"{raw}.0", hex(raw), f"0x{raw:08x}")
    return (str(raw), json.dumps(raw)) if isinstance(raw, float) else (raw[:_LIMIT],)


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _nodes(one)


def _leaves(value: Any, most: int | None = None) -> Iterator[Any]:
    """Texts, figures and constants in a value, `most` elements of each list."""
    if isinstance(value, dict):
        for one in value.values():
            yield from _leaves(one, most)
    elif isinstance(value, list):
        for one in value[:most]:
            yield from _leaves(one, most)
    else:
        yield value


def _told(node: dict[str, Any]) -> list[str]:
    """What a line on an object may show of it."""
    return list(dict.fromkeys([*(form for raw in _leaves(node, _SHOWN) for form in forms(raw)), *_sizes(node)]))


def _is_table(raw: Any) -> bool:
    return isinstance(raw, list) and any(isinstance(one, dict) for one in raw)


def _sizes(node: dict[str, Any]) -> Iterator[str]:
    """How the lengths of its lists are told."""
    for name, one in node.items():
        if isinstance(one, list):
            yield from (f"{len(one):,} {name.rpartition('_')[2]} in all", f"{name} {len(one)}")


def _explained(line: str, leaves: list[str], names: Container[str]) -> bool:
    for leaf in sorted((one for one in leaves if one and one in line), key=len, reverse=True):
        line = re.sub(rf"(?<![\w.]){re.escape(leaf)}(?![\w])" if leaf[0].isalnum() else re.escape(leaf), " ", line)
    return all(_LABELS.fullmatch(word) or word.strip(":") in names for word in line.split())


@lru_cache(maxsize=24)
def _objects(_: int, holder: "_Held") -> Objects:
    return Objects(holder.value)


class _Held:
    """Keeps a value alive beside its index; equal to whatever holds the same object."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and self.value is other.value

    def __hash__(self) -> int:
        return id(self.value)


def rendered(line: str, value: Any) -> bool | None:
    """Whether a value gives the line; None where it has no place for what the line names."""
    text = plain(_CUT.sub("", line))
    if isinstance(value, str):
        return text.strip() in value or None
    objects = _objects(id(value), _Held(value))
    match = _FIELD.fullmatch(text)
    named = objects.field(match[1].rpartition(".")[2]) if match else []
    if match and named and match[2] != "null":
        return any(_reads(match[2], raw) for raw in named)
    if match and not named and match[2] in ("[]", "null"):
        return True
    if text[2:] in objects.texts or objects.entry(text) or objects.made_of(text):
        return True
    parts = text.strip().split(", ")
    return len(parts) > 1 and all(one in objects.texts for one in parts)


def _reads(shown: str, raw: Any) -> bool:
    if raw is None or isinstance(raw, (dict, list)):
        if raw is None and shown not in ("[]", "{}"):
            return shown.strip() == "null"
        if not raw:
            return shown in ("[]", "{}")
        leaves = [form for leaf in _leaves(raw) for form in forms(leaf)]
        keys = [str(key) for node in _nodes(raw) for key in node]
        return _explained(shown, leaves + keys, ())
    return shown.strip() in [form.strip() for form in forms(raw)]
