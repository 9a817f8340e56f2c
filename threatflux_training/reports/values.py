"""The values of a text, one after the other, each with its place: one document, lines, a list, or pretty ones in a row.

A list at the top is stepped into, so that each of its items has a place of its own. A broken value costs itself only:
reading goes on at the next line that starts, in column 0, like a document.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from threatflux_training.errors import ReportError
from threatflux_training.reports import nodes, yaml_text
from threatflux_training.reports.nodes import Node

_GAP = re.compile(rb"(?:[\s,]|\xef\xbb\xbf)*")
_NEXT = re.compile(rb"\n(?=(?:\xef\xbb\xbf)?(?:[\[{\"]|null\b|Error))")
_LINE = re.compile(rb"\n")
_WORD = re.compile(rb"[^\[\]{}\",\n]+")
_TRAILING = re.compile(r"trailing characters \(byte (\d+)\)")
_OBJECT: msgspec.json.Decoder[Any] = msgspec.json.Decoder(dict[str, msgspec.Raw])
_STRING: msgspec.json.Decoder[Any] = msgspec.json.Decoder(str)
_SHOWN = 200


class Value(NamedTuple):
    """A value: its bytes are `text[start:end]`; `node` is decoded one level deep; `error` where it cannot be read."""

    start: int
    end: int
    node: Node
    error: ReportError | None = None


def values(text: memoryview) -> Iterator[Value]:
    """Every value of a text (JSON or YAML), in order."""
    if yaml_text.is_yaml(text):
        for start, end in yaml_text.chunks(text):
            yield _yaml_value(text, start, end)
        return
    position = _gap(text, 0)
    if position == len(text):
        yield Value(0, 0, None, ReportError("empty_document", "nothing but white space"))
        return
    yield from _json_values(text, position)


def _json_values(text: memoryview, position: int) -> Iterator[Value]:
    lists, found, whole, line_end = 0, False, True, -1
    while position < len(text):
        if line_end < position:
            newline = _LINE.search(text, position)
            line_end = newline.start() if newline else len(text)
        if text[position] in b"[]":
            lists = max(0, lists + (1 if text[position] == ord("[") else -1))
            position = _gap(text, position + 1)
            continue
        value = _value(text, position, line_end, whole=whole, inside=lists > 0)
        found = True
        if value.error:
            lists, whole = 0, False
        yield value
        position = _gap(text, value.end)
    if lists:
        yield Value(position, position, None, ReportError("cut_document", f"the list does not end, at byte {position}"))
    elif not found:
        yield Value(0, 0, None, ReportError("empty_document", "an empty list"))


def _gap(text: memoryview, position: int) -> int:
    match = _GAP.match(text, position)
    return match.end() if match else position


def _value(text: memoryview, start: int, line_end: int, *, whole: bool, inside: bool) -> Value:
    if text[start] not in b'{"':
        return _word(text, start, inside)
    try:
        node, end = _strict(text, start, line_end)
    except RecursionError:
        return Value(start, _chunk_end(text, start), None, ReportError("too_deep", f"at byte {start}"))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return _lenient(text, start, whole, error)
    return Value(start, end, node)


def _strict(text: memoryview, start: int, line_end: int) -> tuple[Node, int]:
    """The value and its end: within its line where it ends there, else within the rest of the text."""
    decoder = _OBJECT if text[start] == ord("{") else _STRING
    if line_end < len(text):
        try:
            return _first(decoder, text, start, line_end)
        except (msgspec.DecodeError, UnicodeDecodeError):
            pass  # it goes on in the next line, or is broken, which the rest of the text will tell
    return _first(decoder, text, start, len(text))


def _first(decoder: msgspec.json.Decoder[Any], text: memoryview, start: int, stop: int) -> tuple[Node, int]:
    """The first value before `stop`; what follows it is left alone."""
    try:
        return decoder.decode(text[start:stop]), _trimmed(text, start, stop)
    except msgspec.DecodeError as error:
        trailing = _TRAILING.search(str(error))
        if not trailing:
            raise
    end = start + int(trailing[1]) - 1
    return decoder.decode(text[start:end]), _trimmed(text, start, end)


def _trimmed(text: memoryview, start: int, end: int) -> int:
    while end > start and text[end - 1] in b" \t\r\n":
        end -= 1
    return end


def _chunk_end(text: memoryview, start: int) -> int:
    match = _NEXT.search(text, start)
    return match.start() if match else len(text)


def _lenient(text: memoryview, start: int, whole: bool, reason: Exception) -> Value:
    """What the strict decoder refuses, within its chunk; `whole`: also over the rest of the text."""
    end = _chunk_end(text, start)
    for stop in (end, len(text)) if whole and end < len(text) else (end,):
        content, errors = nodes.text_of(text[start:stop])
        try:
            node, length = nodes.LENIENT.raw_decode(content)
        except RecursionError:
            return Value(start, end, None, ReportError("too_deep", f"at byte {start}"))
        except ValueError:
            continue
        return Value(start, start + len(content[:length].encode("utf-8", errors)), node)
    return Value(start, end, None, _broken(text[start : _trimmed(text, start, end)], start, reason))


def _broken(chunk: memoryview, start: int, reason: Exception) -> ReportError:
    """Cut or invalid: told by what the strict decoder says about the chunk alone."""
    try:
        (_OBJECT if chunk[0] == ord("{") else _STRING).decode(chunk)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        reason = error
    if "truncated" in str(reason):
        return ReportError("cut_document", f"it ends in the middle, at byte {start + len(chunk)}")
    return ReportError("invalid_document", f"{str(reason).removeprefix('JSON is malformed: ')}, from byte {start}")


def _word(text: memoryview, start: int, inside: bool) -> Value:
    """Something that is neither object, list nor text: null, a number, an error message, a page."""
    match = _WORD.match(text, start) if inside else None
    end = match.end() if match else _chunk_end(text, start)
    if end <= start:
        end = start + 1
    word = nodes.text_of(text[start : min(end, start + 4 * _SHOWN)])[0].strip()
    if word.startswith("Error"):
        return Value(start, end, None, ReportError("tool_error", word[:_SHOWN]))
    try:
        return Value(start, end, nodes.LENIENT.decode(word))
    except (ValueError, RecursionError):
        what = "HTML or XML" if word.startswith("<") else f"neither JSON nor YAML: {word[:40]!r}"
        return Value(start, end, None, ReportError("invalid_document", f"{what}, at byte {start}"))


def _yaml_value(text: memoryview, start: int, end: int) -> Value:
    try:
        return Value(start, end, yaml_text.load(text[start:end]))
    except ReportError as error:
        return Value(start, end, None, error)
