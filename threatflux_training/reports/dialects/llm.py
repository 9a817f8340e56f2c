"""The compact object of `llm_analyze_file`: it knows only the md5 of the content."""

from collections.abc import Iterator

from threatflux_training.errors import ReportError
from threatflux_training.reports import nodes
from threatflux_training.reports.dialects.types import Item, Unwrap
from threatflux_training.reports.nodes import Fields
from threatflux_training.reports.report import Part, Report, digest_of


def matches(fields: Fields) -> bool:
    """Key strings without a path."""
    return "key_strings" in fields and "file_path" not in fields


def to_reports(fields: Fields, unwrap: Unwrap) -> Iterator[Item]:
    """The report."""
    if all(nodes.is_null(node) for node in fields.values()):
        yield ReportError("no_features", "every field is null")
        return
    md5 = digest_of(nodes.text_or_empty(fields.get("md5")), 32)
    yield Report("llm", {"llm": Part("$", nodes.subset(fields))}, md5=md5)
