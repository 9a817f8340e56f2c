"""From a value to the reports inside it: told by content, unwrapped until nothing changes."""

from collections.abc import Iterator
from functools import partial

from threatflux_training.errors import ReportError
from threatflux_training.reports import nodes, values
from threatflux_training.reports.dialects import analysis, cache, cli, cli_new, envelope, llm, packages, yara_scan
from threatflux_training.reports.dialects.types import Item
from threatflux_training.reports.nodes import Fields, Node

DIALECTS = (cache, envelope, cli_new, cli, analysis, llm, packages, yara_scan)
"""Every shape of document, in the order in which they are tried."""
_MAX_WRAPPERS = 12
_SHOWN = 200


def read(node: Node, depth: int = 0) -> Iterator[Item]:
    """Every report, skipped thing or error inside a value, in order."""
    value = nodes.shallow(node)
    if depth > _MAX_WRAPPERS:
        yield ReportError("too_deep", f"wrapped more than {_MAX_WRAPPERS} times")
    elif isinstance(value, dict):
        yield from _object(value, depth)
    elif isinstance(value, list):
        for item in value:
            yield from read(item, depth + 1)
    elif isinstance(value, str):
        yield from _text(value, depth)
    elif value is None:
        yield ReportError("null_document", "the document is null")
    else:
        yield ReportError("not_a_report", f"the document is {value!r}")


def _object(fields: Fields, depth: int) -> Iterator[Item]:
    for dialect in DIALECTS:
        if dialect.matches(fields):
            yield from dialect.to_reports(fields, partial(read, depth=depth + 1))
            return
    keys = ", ".join(sorted(fields)[:8]) or "none"
    yield ReportError("not_a_report", f"an object with the keys {keys[:_SHOWN]}")


def _text(text: str, depth: int) -> Iterator[Item]:
    if text.lstrip().startswith("Error"):
        yield ReportError("tool_error", text.strip()[:_SHOWN])
    elif not text.strip():
        yield ReportError("empty_document", "the reply's text is empty")
    else:
        for value in values.values(memoryview(text.encode("utf-8", "surrogatepass"))):
            if value.error:
                yield value.error
            else:
                yield from read(value.node, depth + 1)
