"""Big reports inside the text of a tool's reply, written out as a stream: neither text is ever whole in memory."""

import re
from typing import Any, BinaryIO

import msgspec

_PIECE = 1 << 20
_FRAME = 1 << 12
"""Bytes that the reply may have around its text, on either side."""
_LONGEST = 1 << 24
"""Bytes without a comma after which a text is no report that is worth a stream."""
_HEAD = re.compile(rb'\s*\{.{0,%d}?"text"\s*:\s*"' % _FRAME, re.DOTALL)
_TEXT = re.compile(rb'(?:[^"\\]|\\.)*', re.DOTALL)
_PLACE = "@"


def unwrap_into(file: BinaryIO, out: BinaryIO) -> bool:
    """Write the text of a reply that holds one and nothing else.

    False, with nothing useful written, where the file is anything else; it is then read as it is. A piece ends before a
    comma, since none is part of an escape.
    """
    rest = file.read(_PIECE)
    head = _HEAD.match(rest)
    if head is None:
        return False
    rest, fresh = rest[head.end() :], True
    while more := file.read(_PIECE):
        rest += more
        end = rest.rfind(b",", 0, -_FRAME)
        if end > 0:
            text = _plain(rest[:end])
            if text is None or (fresh and not _is_json(text)):
                return False
            out.write(text)
            rest, fresh = rest[end:], False
        elif len(rest) > _LONGEST:
            return False
    last = _TEXT.match(rest)
    text = _plain(last[0]) if last else None
    if last is None or text is None or (fresh and not _is_json(text)):
        return False
    out.write(text)
    return _is_reply(head[0] + _PLACE.encode() + rest[last.end() :])


def _plain(escaped: bytes) -> bytes | None:
    """A piece of a JSON string as text; None where it is none."""
    try:
        return msgspec.json.decode(b'"' + escaped + b'"', type=str).encode()
    except (msgspec.DecodeError, UnicodeError):
        return None


def _is_json(text: bytes) -> bool:
    return text.lstrip()[:1] in (b"{", b"[")


def _is_reply(frame: bytes) -> bool:
    """Whether what stands around the text is a reply with that text alone."""
    try:
        reply: Any = msgspec.json.decode(frame)
    except (msgspec.DecodeError, UnicodeError):
        return False
    if isinstance(reply, dict) and "jsonrpc" in reply and reply.get("error") is None:
        reply = reply.get("result")
    content = (
        reply.get("content") if isinstance(reply, dict) and "error" not in reply and "result" not in reply else None
    )
    return (
        isinstance(content, list)
        and len(content) == 1
        and isinstance(content[0], dict)
        and content[0].get("text") == _PLACE
    )
