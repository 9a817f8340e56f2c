"""One entry of the server's cache: the call's arguments beside an analysis object under `result`."""

from collections.abc import Iterator

from threatflux_training.errors import ReportError
from threatflux_training.reports import nodes
from threatflux_training.reports.dialects import analysis
from threatflux_training.reports.dialects.types import Item, Unwrap
from threatflux_training.reports.nodes import Fields
from threatflux_training.reports.report import Report, Skipped, content_hashes, digest_of, path_places


def matches(fields: Fields) -> bool:
    """An entry: tool and result; or the cache's own statistics."""
    return ("tool_name" in fields and "result" in fields) or "total_entries" in fields


def to_reports(fields: Fields, unwrap: Unwrap) -> Iterator[Item]:
    """The report of an analysis; other entries are no reports about one file."""
    if "result" not in fields:
        yield Skipped("statistics of the scanner's cache")
        return
    tool = nodes.text_or_empty(fields["tool_name"])
    if tool != "analyze_file":
        yield Skipped(f"cached result of {tool or 'an unnamed tool'}")
        return
    yield _entry(fields, nodes.shallow(fields["result"]))


def _entry(fields: Fields, result: object) -> Item:
    if result is None:
        return ReportError("null_document", "the cached result is null")
    if not isinstance(result, dict) or not analysis.matches(result):
        return ReportError("not_a_report", "the cached result is not an analysis object, at $.result")
    parts = analysis.analysis_parts(result, "$.result")
    sha256, md5 = content_hashes(parts)
    sha256 = sha256 or digest_of(nodes.text_or_empty(fields.get("file_hash")), 64)
    places = path_places(*analysis.analysis_paths(result, "$.result"), ("$.file_path", fields.get("file_path")))
    args = nodes.plain(fields.get("tool_args"))
    return Report(
        "cache", parts, tuple(places), sha256, md5, args=args if isinstance(args, dict) else None, places=places
    )
