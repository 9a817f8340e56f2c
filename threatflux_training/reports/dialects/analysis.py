"""The server's analysis object: 17 keys, `file_path` and one per feature."""

from collections.abc import Iterator

from threatflux_training.reports import nodes
from threatflux_training.reports.dialects.types import Item, Unwrap
from threatflux_training.reports.nodes import Fields
from threatflux_training.reports.report import SCANNED, Part, Report, content_hashes, parts_of, path_places

_KEYS = {feature: feature for feature in SCANNED}
_ENOUGH = 3


def matches(fields: Fields) -> bool:
    """A path beside feature keys; unlike the CLI object it has no `file_name`."""
    return "file_path" in fields and "file_name" not in fields and len(_KEYS.keys() & fields.keys()) >= _ENOUGH


def to_reports(fields: Fields, unwrap: Unwrap) -> Iterator[Item]:
    """The report."""
    parts = analysis_parts(fields, "$")
    sha256, md5 = content_hashes(parts)
    places = path_places(*analysis_paths(fields, "$"))
    yield Report("analysis", parts, tuple(places), sha256, md5, places=places)


def analysis_parts(fields: Fields, root: str) -> dict[str, Part]:
    """The features of an analysis object that stands at `root`; hashes are also looked for inside the metadata."""
    parts = parts_of(fields, _KEYS, root)
    if "hashes" not in parts and "metadata" in parts:
        inner = _object(parts["metadata"].value)
        parts |= parts_of(inner, {"hashes": "hashes"}, f"{root}.metadata")
    return parts


def analysis_paths(fields: Fields, root: str) -> list[tuple[str, nodes.Node]]:
    """Where the scanned paths stand: the object's own and that of its metadata."""
    inner = _object(fields.get("metadata"))
    return [(f"{root}.file_path", fields.get("file_path")), (f"{root}.metadata.file_path", inner.get("file_path"))]


def _object(node: nodes.Node) -> Fields:
    value = nodes.shallow(node) if nodes.kind_of(node) == "object" else {}
    return value if isinstance(value, dict) else {}
