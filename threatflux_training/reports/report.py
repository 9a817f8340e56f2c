"""One document as its dialect understands it: which features it holds and where, whose content it is about."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec
from xxhash import xxh3_128

from threatflux_training.errors import ReportError
from threatflux_training.reports import nodes
from threatflux_training.reports.nodes import Fields, Node

SCANNED = (
    "metadata",
    "hashes",
    "strings",
    "hex_dump",
    "binary_info",
    "signatures",
    "symbols",
    "control_flow",
    "vulnerabilities",
    "code_quality",
    "dependencies",
    "entropy",
    "disassembly",
    "threats",
    "behavioral",
    "yara_indicators",
)
"""Features of the scanner's analysis, in its order and by its names."""
FEATURES = (*SCANNED, "llm", "package", "java")
"""All features: those of the analysis and the separate reports."""
_DIGEST = re.compile(r"[0-9a-f]+")


class Part(NamedTuple):
    """A feature that is not null in a document: its path there and its value."""

    path: str
    value: Node


class Skipped(NamedTuple):
    """Something the scanner writes that is no report, such as the statistics of its cache."""

    what: str


class Report(NamedTuple):
    """One document. `args` are the arguments of the call where the document records them (cache), else None.

    `paths` are the scanned paths, sorted, none of them blank; `places` says of each where it stands.
    """

    dialect: str
    parts: Mapping[str, Part]
    paths: tuple[str, ...] = ()
    sha256: str = ""
    md5: str = ""
    name: str = ""
    args: Mapping[str, Any] | None = None
    places: Mapping[str, str] = {}

    def check(self) -> None:
        """Raise ReportError where the document cannot be used: no feature, none of the right type, no identity."""
        if not self.parts:
            raise ReportError("no_features", "every feature is null")
        wrong = [problem for feature in self.parts if (problem := self.shape_problem(feature))]
        if len(wrong) == len(self.parts):
            raise ReportError("wrong_type", "; ".join(wrong))
        if not (self.sha256 or self.md5 or self.is_package):
            raise ReportError("no_identity", "no sha256 or md5 of the scanned content anywhere in the report")

    @property
    def is_package(self) -> bool:
        """Whether it is a report about a package, which knows no content hash."""
        return self.dialect in ("npm", "python", "java")

    def shape_problem(self, feature: str) -> str:
        """What is wrong with the outermost type of a feature; "" if nothing is."""
        part = self.parts[feature]
        expected = _shape(self.dialect, feature)
        got = nodes.kind_of(part.value)
        if got == expected:
            return ""
        article = "an" if expected[0] in "aeiou" else "a"
        return f"expected {article} {expected}, got {_typed(part.value)} at {part.path}"

    def fingerprint(self) -> str:
        """xxh3_128, in hex, over the document's own bytes, feature by feature."""
        digest = xxh3_128(self.dialect.encode())
        for path in self.paths:
            digest.update(path.encode("utf-8", "surrogatepass"))
        for feature, part in sorted(self.parts.items()):
            digest.update(f"\0{feature}\0".encode())
            nodes.add_to(digest, part.value)
        return digest.hexdigest()

    def size(self) -> int:
        """Bytes of all features together."""
        return sum(nodes.size_of(part.value) for part in self.parts.values())


def _shape(dialect: str, feature: str) -> str:
    if dialect in ("analysis", "cache"):
        return {"strings": "list", "hex_dump": "text"}.get(feature, "object")
    return "object"


def _typed(node: Node) -> str:
    return type(nodes.shallow(node)).__name__


def parts_of(fields: Fields, keys: Mapping[str, str], root: str = "$") -> dict[str, Part]:
    """The features that are not null, by feature; `keys` maps a feature to its key in the document."""
    return {
        feature: Part(f"{root}.{key}", fields[key])
        for feature, key in keys.items()
        if key in fields and not nodes.is_null(fields[key])
    }


def digest_of(value: object, length: int) -> str:
    """A lower-case hex digest of that many digits, else ""."""
    if not isinstance(value, str) or len(value) != length:
        return ""
    lower = value.lower()
    return lower if _DIGEST.fullmatch(lower) else ""


def content_hashes(parts: Mapping[str, Part]) -> tuple[str, str]:
    """sha256 and md5 of the scanned content ("" if unknown), from the first feature that names them."""
    sha256 = md5 = ""
    for feature in ("hashes", "yara_indicators"):
        if feature not in parts:
            continue
        try:
            found = nodes.convert(parts[feature].value, _Digests)
        except ValueError:
            continue
        sha256 = sha256 or digest_of(found.sha256, 64)
        md5 = md5 or digest_of(found.md5, 32)
    return sha256, md5


class _Digests(msgspec.Struct):
    sha256: Any = None
    md5: Any = None


def path_places(*found: tuple[str, Node]) -> dict[str, str]:
    """The paths that are not blank, sorted, and the first place of each."""
    texts = [(nodes.text_or_empty(node), place) for place, node in reversed(found)]
    return dict(sorted({text: place for text, place in texts if text.strip()}.items()))
