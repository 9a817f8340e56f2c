"""Wrappers around reports: JSON-RPC replies, tool-call replies, listings of cache entries."""

from collections.abc import Iterator

from threatflux_training.errors import ReportError
from threatflux_training.reports import nodes
from threatflux_training.reports.dialects.types import Item, Unwrap
from threatflux_training.reports.nodes import Fields, Node


def matches(fields: Fields) -> bool:
    """A reply, or a listing."""
    return (
        "jsonrpc" in fields
        or nodes.kind_of(fields.get("content")) == "list"
        or _reply(fields)
        or any(_is_listing(fields, key) for key in ("entries", "results"))
    )


def to_reports(fields: Fields, unwrap: Unwrap) -> Iterator[Item]:
    """What the wrapper holds."""
    if "error" in fields and not nodes.is_null(fields["error"]):
        yield ReportError("rpc_error", _message(nodes.plain(fields["error"])))
    elif "result" in fields:
        yield from _result(fields["result"], unwrap)
    elif "content" in fields:
        yield from _content(nodes.shallow(fields["content"]), unwrap)
    elif "entries" in fields or "results" in fields:
        for entry in nodes.shallow(fields["entries" if "entries" in fields else "results"]):
            yield from unwrap(entry)
    else:
        yield ReportError("not_a_report", "a JSON-RPC message without a result")


def _reply(fields: Fields) -> bool:
    return set(fields) <= {"id", "result"} and nodes.kind_of(fields.get("result")) == "object"


def _is_listing(fields: Fields, key: str) -> bool:
    return "count" in fields and nodes.kind_of(fields.get(key)) == "list"


def _result(node: Node, unwrap: Unwrap) -> Iterator[Item]:
    if nodes.is_null(node):
        yield ReportError("null_document", "the result is null, at $.result")
    else:
        yield from unwrap(node)


def _content(items: list[Node], unwrap: Unwrap) -> Iterator[Item]:
    fields = [nodes.shallow(item) for item in items]
    texts = [item["text"] for item in fields if isinstance(item, dict) and "text" in item]
    if not texts:
        yield ReportError("not_a_report", "the reply holds no text, at $.content")
    elif len(texts) == 1:
        yield from unwrap(texts[0])
    else:
        yield from unwrap("".join(nodes.text_or_empty(text) for text in texts))


def _message(error: object) -> str:
    if isinstance(error, dict):
        return f"JSON-RPC error {error.get('code')}: {error.get('message')}"
    return f"JSON-RPC error: {error}"
