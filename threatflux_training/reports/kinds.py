"""What kind of file a report is about, as far as magic bytes and the parsed format tell."""

from typing import Any

import msgspec

from threatflux_training.reports import nodes
from threatflux_training.reports.report import Report

_FORMATS = {"ELF": "elf", "PE": "pe", "Mach-O": "macho"}
_JAVA = ("JAR", "WAR", "EAR", "APK", "AAR", "Java Archive", "Java Class", "Java")
_TYPES = {
    "application/x-elf": "elf",
    "application/x-dosexec": "pe",
    "application/x-mach-binary": "macho",
    "text/x-shellscript": "script",
    "application/octet-stream": "data",
    "application/pdf": "data",
}


class _Format(msgspec.Struct):
    format: Any = None


class _Type(msgspec.Struct):
    mime_type: Any = None


def kind_of_report(report: Report) -> str:
    """The kind of the scanned file, told from one document without decoding it."""
    if report.is_package:
        return "java" if report.dialect == "java" else "package"
    return kind_of_file(
        _field(report, "binary_info", _Format, "format"), _field(report, "metadata", _Type, "mime_type")
    )


def kind_of_file(binary_format: str | None, mime_type: str | None) -> str:
    """The kind by the parsed format, else by the magic type."""
    if binary_format in _FORMATS:
        return _FORMATS[binary_format]
    if binary_format in _JAVA:
        return "java"
    if not mime_type:
        return "unknown"
    if mime_type.startswith("image/"):
        return "image"
    return _TYPES.get(mime_type, "archive" if mime_type.startswith("application/") else "data")


def _field(report: Report, feature: str, kind: type[Any], name: str) -> str | None:
    if feature not in report.parts:
        return None
    try:
        value = getattr(nodes.convert(report.parts[feature].value, kind), name)
    except ValueError:
        return None
    return value if isinstance(value, str) else None
