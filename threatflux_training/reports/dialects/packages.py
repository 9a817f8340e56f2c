"""Reports about packages: npm, Python, and Java archives. They know no content hash."""

from collections.abc import Iterator

from threatflux_training.errors import ReportError
from threatflux_training.reports import nodes
from threatflux_training.reports.dialects.types import Item, Unwrap
from threatflux_training.reports.nodes import Fields
from threatflux_training.reports.report import Part, Report

_JAVA_NAMES = ("implementation_title", "specification_title", "main_class")


def matches(fields: Fields) -> bool:
    """Package information or an archive type."""
    return "package_info" in fields or ("archive_type" in fields and "metadata" in fields)


def to_reports(fields: Fields, unwrap: Unwrap) -> Iterator[Item]:
    """The report."""
    if all(nodes.is_null(node) for node in fields.values()):
        yield ReportError("no_features", "every field is null")
    elif "archive_type" in fields:
        yield Report("java", {"java": Part("$", nodes.subset(fields))}, name=_first(fields, "manifest", _JAVA_NAMES))
    else:
        name = _first(fields, "package_info", ("name",))
        yield Report(_ecosystem(fields), {"package": Part("$", nodes.subset(fields))}, name=name)


def _ecosystem(fields: Fields) -> str:
    if "setup_analysis" in fields:
        return "python"
    if "scripts_analysis" in fields:
        return "npm"
    info = nodes.shallow(fields["package_info"])
    return "python" if isinstance(info, dict) and "package_format" in info else "npm"


def _first(fields: Fields, key: str, names: tuple[str, ...]) -> str:
    inner = nodes.shallow(fields.get(key))
    found = (nodes.text_or_empty(inner.get(name)) for name in names) if isinstance(inner, dict) else iter(())
    return next((text for text in found if text), "")
