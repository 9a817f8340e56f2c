"""The result of a YARA scan: written by the scanner, but no report about one file."""

from collections.abc import Iterator

from threatflux_training.reports.dialects.types import Item, Unwrap
from threatflux_training.reports.nodes import Fields
from threatflux_training.reports.report import Skipped


def matches(fields: Fields) -> bool:
    """Its total beside matches."""
    return "total_files_scanned" in fields


def to_reports(fields: Fields, unwrap: Unwrap) -> Iterator[Item]:
    """Nothing to use."""
    yield Skipped("result of a YARA scan")
