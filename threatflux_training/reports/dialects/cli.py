"""The command line's object (P1): metadata at the top level, features under its own names."""

from collections.abc import Iterator

from threatflux_training.reports import nodes
from threatflux_training.reports.dialects.types import Item, Unwrap
from threatflux_training.reports.nodes import Fields
from threatflux_training.reports.report import Part, Report, content_hashes, parts_of, path_places

KEYS = {
    "hashes": "hashes",
    "strings": "extracted_strings",
    "hex_dump": "hex_dump",
    "binary_info": "binary_info",
    "signatures": "signature_info",
}
_METADATA = (
    "file_path",
    "file_name",
    "file_size",
    "created",
    "modified",
    "accessed",
    "permissions",
    "is_executable",
    "mime_type",
    "owner_uid",
    "group_gid",
)


def matches(fields: Fields) -> bool:
    """Name and permissions stand at the top level."""
    return "file_name" in fields and "permissions" in fields


def to_reports(fields: Fields, unwrap: Unwrap) -> Iterator[Item]:
    """The report."""
    yield cli_report("cli", fields, KEYS)


def cli_report(dialect: str, fields: Fields, keys: dict[str, str]) -> Report:
    """The report of a command line object with these feature keys."""
    parts = {"metadata": Part("$", nodes.subset(fields, _METADATA)), **parts_of(fields, keys)}
    sha256, md5 = content_hashes(parts)
    places = path_places(("$.file_path", fields.get("file_path")))
    return Report(dialect, parts, tuple(places), sha256, md5, places=places)
