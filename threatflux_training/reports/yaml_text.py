"""YAML as the scanner's command line writes it (serde_yaml): only null, true, false, decimal numbers and texts."""

import re
from collections.abc import Iterator
from typing import Any

import yaml

from threatflux_training.errors import ReportError
from threatflux_training.reports import nodes

_KEY = (
    rb"(?:file_path|file_name|file_size|permissions|hashes|md5|key_strings|package_info|archive_type|metadata"
    rb"|binary_info|extracted_strings|tool_name|jsonrpc|content)"
)
_KNOWN = re.compile(rb"(?m)^(?:- )?" + _KEY + rb":(?:[ \r\n]|\Z)")
_START = re.compile(rb"(?m)^(?:---.*\n|(?=file_path:))")
_ALIAS = re.compile(rb"[:\-\[,] *\*\w")
_LOOK = 65536
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_LOADER):  # type: ignore[misc]  # the base is chosen at import: C where there is one
    """Types by the JSON rules; `!Variant payload` becomes {"Variant": payload}."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}


def _variant(loader: Any, name: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.MappingNode):
        return {name: loader.construct_mapping(node, deep=True)}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    return {name: loader.construct_object(yaml.ScalarNode(_tag(node.value), node.value), deep=True)}


def _tag(value: str) -> str:
    return next((tag for tag, pattern, _ in _SCALARS if re.fullmatch(pattern, value)), "tag:yaml.org,2002:str")


def _finite(loader: Any, node: yaml.ScalarNode) -> float | None:
    return None if node.value.lower().lstrip("+-") in (".nan", ".inf") else nodes.LENIENT.parse_float(node.value)


_SCALARS = (
    ("tag:yaml.org,2002:null", r"~|null|", ["~", "n", ""]),
    ("tag:yaml.org,2002:bool", r"true|false", ["t", "f"]),
    ("tag:yaml.org,2002:int", r"-?(?:0|[1-9][0-9]*)", list("-0123456789")),
    (
        "tag:yaml.org,2002:float",
        r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|[-+]?\.inf|\.nan",
        list("-+.0123456789"),
    ),
)
for _name, _pattern, _first in _SCALARS:
    _Loader.add_implicit_resolver(_name, re.compile(rf"^(?:{_pattern})$"), _first)
_Loader.add_constructor("tag:yaml.org,2002:float", _finite)
_Loader.add_multi_constructor("!", _variant)


def is_yaml(text: memoryview) -> bool:
    """Whether a known top-level key of a report stands in column 0."""
    return bytes(text[:4]).lstrip(b"\xef\xbb\xbf \r\n\t")[:1] not in (b"{", b"[", b'"', b"<") and bool(
        _KNOWN.search(text[:_LOOK])
    )


def chunks(text: memoryview) -> Iterator[tuple[int, int]]:
    """Start and end of each document: after a `---` line, or where the first key of a report stands again."""
    start = 0
    for border in _START.finditer(text):
        if _is_filled(text[start : border.start()]):
            yield start, border.start()
        start = border.end()
    if _is_filled(text[start:]):
        yield start, len(text)


def _is_filled(text: memoryview) -> bool:
    return bool(bytes(text).strip(b"\xef\xbb\xbf \r\n\t-."))


def load(text: memoryview) -> Any:
    """The document. Raises ReportError for what is no YAML, or uses references, which the scanner never writes."""
    try:
        if _ALIAS.search(text) and any(
            isinstance(event, yaml.AliasEvent) for event in yaml.parse(bytes(text), _LOADER)
        ):
            raise ReportError("invalid_document", "YAML with references")
        return yaml.load(_printable(text), _Loader)
    except RecursionError as error:
        raise ReportError("too_deep", "YAML nested too deep") from error
    except (yaml.YAMLError, ValueError) as error:
        raise ReportError("invalid_document", f"YAML: {' '.join(str(error).split())[:200]}") from error


def _printable(text: memoryview) -> str:
    return nodes.text_of(text)[0].removeprefix("\ufeff")
