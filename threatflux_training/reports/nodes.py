"""Values of a document that are not decoded yet: raw JSON where possible, plain objects where JSON was odd or YAML.

Big subtrees stay `msgspec.Raw` (a view into the file), so that a document can be indexed without decoding it.
"""

import json
import math
import re
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
from xxhash import xxh3_128

T = TypeVar("T")
Node = Any
"""A `msgspec.Raw`, or the plain object (dict, list, str, int, float, bool, None) it stands for."""
Fields = Mapping[str, Node]
"""An object decoded one level deep."""

_PLACE = re.compile(r" - at `\$(?P<rest>.*)`$")
_EXPECTED = re.compile(r"Expected `([^`]*)`")
_NAMES = {"array": "a list", "object": "an object", "int": "an integer", "float": "a number", "str": "a text"}
_FIRST: dict[int, type] = {ord("{"): dict[str, msgspec.Raw], ord("["): list[msgspec.Raw], ord('"'): str}


def _number(text: str) -> float | None:
    value = float(text)
    return value if math.isfinite(value) else None


LENIENT = json.JSONDecoder(parse_constant=lambda _: None, parse_float=_number)
"""Reads what msgspec refuses: lone surrogates stay in the text, NaN and Infinity become null."""


def text_of(data: bytes | bytearray | memoryview) -> tuple[str, str]:
    """The text and the error handler that reads and writes these bytes (encoded surrogates, then foreign bytes)."""
    try:
        return str(data, "utf-8", "surrogatepass"), "surrogatepass"
    except UnicodeDecodeError:
        return str(data, "utf-8", "surrogateescape"), "surrogateescape"


def plain(node: Node) -> Any:
    """The whole value as plain objects."""
    if not isinstance(node, msgspec.Raw):
        return node
    try:
        return msgspec.json.decode(node)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _lenient(node)


def _lenient(node: msgspec.Raw) -> Any:
    return LENIENT.decode(text_of(memoryview(node))[0])


def shallow(node: Node) -> Any:
    """The value one level deep: a dict or list of nodes, a text, or a scalar."""
    if not isinstance(node, msgspec.Raw):
        return node
    kind = _FIRST.get(memoryview(node)[0])
    try:
        return msgspec.json.decode(node, type=kind) if kind else plain(node)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return plain(node)


def is_null(node: Node) -> bool:
    """Whether the value is null."""
    if isinstance(node, msgspec.Raw):
        return bytes(memoryview(node)[:4]) == b"null"
    return node is None


def kind_of(node: Node) -> str:
    """The JSON type: object, list, text or scalar."""
    if isinstance(node, msgspec.Raw):
        return {"{": "object", "[": "list", '"': "text"}.get(chr(memoryview(node)[0]), "scalar")
    return (
        "object"
        if isinstance(node, dict)
        else "list"
        if isinstance(node, list)
        else "text"
        if isinstance(node, str)
        else "scalar"
    )


def text_or_empty(node: Node) -> str:
    """The text, or "" where there is none or it is no text."""
    value = shallow(node) if kind_of(node) == "text" else ""
    return value if isinstance(value, str) else ""


def convert(node: Node, kind: type[T], path: str = "$") -> T:
    """The value as a typed struct.

    Raises ValueError in words such as `expected a list, got str at $.binary_info.imports`.
    """
    try:
        if isinstance(node, msgspec.Raw):
            try:
                return msgspec.json.decode(node, type=kind)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                if isinstance(error, msgspec.ValidationError) and "out of range" not in str(error):
                    raise
                return msgspec.convert(_lenient(node), kind)
        return msgspec.convert(node, kind)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ValueError(_sentence(str(error), path)) from error


def _expected(match: re.Match[str]) -> str:
    return f"expected {' or '.join(_NAMES.get(name, name) for name in match[1].split(' | '))}"


def _sentence(message: str, path: str) -> str:
    place = _PLACE.search(message)
    words = _EXPECTED.sub(_expected, message[: place.start()] if place else message)
    where = path + (place["rest"] if place else "")
    return f"{words[:1].lower()}{words[1:].replace('`', '')} at {where}"


def subset(fields: Fields, names: tuple[str, ...] | None = None) -> Node:
    """An object made of some (or all) of the fields, as a node."""
    chosen = {name: fields[name] for name in (names or fields) if name in fields}
    if any(isinstance(node, msgspec.Raw) for node in chosen.values()):
        return msgspec.Raw(msgspec.json.encode(chosen))
    return chosen


def compact(node: Node) -> bytes:
    """The value as JSON without white space; keys in the order of the document."""
    if isinstance(node, msgspec.Raw):
        try:
            return msgspec.json.format(bytes(node), indent=-1)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return canonical(node)
    return canonical(node)


def canonical(node: Node) -> bytes:
    """The value as canonical JSON: sorted keys, no white space, ASCII. The same for every spelling of one value.

    Raises RecursionError where it is nested too deep.
    """
    return json.dumps(plain(node), sort_keys=True, separators=(",", ":")).encode("ascii")


def size_of(node: Node) -> int:
    """Bytes of the value as it stands in its document; about that for a value that was read leniently."""
    return len(memoryview(node)) if isinstance(node, msgspec.Raw) else len(canonical(node))


def add_to(digest: xxh3_128, node: Node) -> None:
    """Feed the bytes of the value to a hash."""
    digest.update(memoryview(node) if isinstance(node, msgspec.Raw) else canonical(node))
