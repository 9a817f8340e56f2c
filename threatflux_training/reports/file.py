"""One scanned file: its documents merged feature by feature, decoded when asked for."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, TypeVar

from threatflux_training import secrets
from threatflux_training.reports import identity, model, nodes
from threatflux_training.reports.features import HexDump, Origin, Strings, read_hex_dump, read_strings
from threatflux_training.reports.kinds import kind_of_file
from threatflux_training.reports.masking import hidden_rows, mask_dump, mask_node
from threatflux_training.reports.merge import candidates
from threatflux_training.reports.package_model import PackageReport
from threatflux_training.reports.report import FEATURES, Part, Report
from threatflux_training.reports.states import State, is_empty, not_applicable, not_requested

T = TypeVar("T")
_MAGIC = (b"\x7fELF", b"MZ", b"PK", b"\xca\xfe\xba\xbe", b"\xfe\xed\xfa", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe")
_CODE = ("disassembly", "control_flow")
"""Features without a text of the file: instructions, and names that the symbols hold too."""
_PACKED = ("application/gzip", "application/x-bzip2")


class ScannedFile:
    """All documents about one content.

    `key` is the sha256 of the scanned content (or of the canonical package document); `paths` are sorted; `path` is the
    smallest that has a last component, else the smallest; `path_at` the trace path of a place in a report that holds it
    ("" if none does); `sha256` and `md5` of the content are "" where no document knows them. A feature that is missing,
    null or malformed is None. `masked`: secrets stand as placeholders in every text, also in `paths` and `name`.
    """

    def __init__(self, key: str, reports: Sequence[Report], *, masked: bool = False) -> None:
        self.key = key
        self.reports = tuple(reports)
        self._masked = masked
        raw_paths = sorted({path for report in reports for path in report.paths})
        self._raw_name = identity.file_name(raw_paths, [report.name for report in reports], key)
        self._raw_path = ([path for path in raw_paths if identity.last_component(path).strip()] or raw_paths or [""])[0]
        self.paths = [secrets.mask(path)[0] for path in raw_paths] if masked else raw_paths
        self.name = identity.file_name(self.paths, [secrets.mask(self._raw_name)[0]], key) if masked else self._raw_name
        self.path = self.paths[raw_paths.index(self._raw_path)] if self.paths else self.name
        self.dialects = tuple(sorted({report.dialect for report in reports}))
        self.sha256 = min((report.sha256 for report in reports if report.sha256), default="")
        self.md5 = min((report.md5 for report in reports if report.md5), default="")
        self._malformed: dict[str, list[str]] = {}
        self._origins: dict[str, Origin] = {}
        self._nodes: dict[str, nodes.Node] = {}
        self._values: dict[str, Any] = {}
        self._states: dict[str, State] = {}

    @cached_property
    def path_at(self) -> str:
        """Where the name of the file stands: the smallest path, a package's name, else nowhere."""
        for report in self.reports:
            if self.paths and self._raw_path in report.paths:
                return f"{report.dialect}:{report.places[self._raw_path]}"
            if not self.paths and report.name == self._raw_name and report.dialect in ("npm", "python"):
                return f"{report.dialect}:$.package_info.name"
        return ""

    def masked(self) -> "ScannedFile":
        """The same file with its secrets masked."""
        return ScannedFile(self.key, self.reports, masked=True)

    @cached_property
    def _strings(self) -> list[tuple[nodes.Node, nodes.Node, list[str]]]:
        """The strings of each document: as they are, masked, and the secrets."""
        parts = [part for _, part in candidates("strings", self.reports)] if self._masked else []
        return [(part.value, *mask_node(part.value)) for part in parts]

    @cached_property
    def _known(self) -> frozenset[str]:
        """Secrets among the strings that are told by themselves: elsewhere they may stand without what gives them away."""
        found = {secret.strip() for *_, secrets_found in self._strings for secret in secrets_found}
        return frozenset(filter(secrets.is_distinct, found))

    def _masked_node(self, feature: str, node: nodes.Node) -> nodes.Node:
        if feature == "strings":
            node = next(masked for raw, masked, _ in self._strings if raw is node)
            if not self._known:
                return node
        return mask_node(node, self._known)[0]

    @property
    def malformed(self) -> list[tuple[str, str]]:
        """Features that a document holds in a form the scanner does not write: feature, and what is wrong where."""
        for feature in FEATURES:
            self._value(feature)
        return [(feature, detail) for feature in FEATURES for detail in self._malformed.get(feature, ())]

    @property
    def args(self) -> list[dict[str, Any]]:
        """The arguments of the calls, of those documents that record them (cache entries)."""
        return [dict(report.args) for report in self.reports if report.args is not None]

    def origin(self, feature: str) -> Origin:
        """Where a feature was taken from. Raises KeyError where it is None."""
        if self._value(feature) is None:
            raise KeyError(feature)
        return self._origins[feature]

    def plain(self, feature: str) -> Any:
        """Everything its document holds of a feature, as plain objects. Raises KeyError where it is None."""
        if self._value(feature) is None:
            raise KeyError(feature)
        return nodes.plain(self._nodes[feature])

    def size_of(self, feature: str) -> int:
        """Bytes of a feature in its document. Raises KeyError where it is None."""
        if self._value(feature) is None:
            raise KeyError(feature)
        return nodes.size_of(self._nodes[feature])

    def state(self, feature: str) -> State:
        """In which of five states the feature is."""
        if feature not in self._states:
            self._states[feature] = self._state(feature)
        return self._states[feature]

    def _state(self, feature: str) -> State:
        value = self._value(feature)
        if value is not None:
            return "empty" if is_empty(feature, value) else "present"
        if feature in self._malformed:
            return "absent"
        if not_requested(feature, self.reports):
            return "not_requested"
        return "not_applicable" if self._not_applicable(feature) else "absent"

    def _not_applicable(self, feature: str) -> bool:
        binary = self.binary_info
        sections = [section.name for section in binary.sections] if binary and binary.sections else None
        architecture = binary.architecture if binary else None
        return not_applicable(feature, self._proven_kind(), sections=sections, architecture=architecture)

    def _proven_kind(self) -> str:
        """The kind, but "text" where the first bytes or the entropy's one section prove that it is no executable."""
        metadata, dump, entropy = self.metadata, self.hex_dump, self.entropy
        if self.kind == "archive" and metadata and metadata.mime_type in _PACKED:
            return "text"
        if self.kind != "data":
            return self.kind
        if dump and dump.offset == 0:
            return "data" if dump.data.startswith(_MAGIC) else "text"
        whole = entropy and [section.name for section in entropy.sections] == ["entire_file"]
        return "text" if whole else "data"

    @cached_property
    def kind(self) -> str:
        """elf, pe, macho, java, class, script, archive, image, package, data or unknown."""
        if any(report.is_package for report in self.reports):
            return "java" if self._value("java") is not None else "package"
        binary, metadata = self.binary_info, self.metadata
        form = binary.format if binary else None
        return "class" if form == "Java Class" else kind_of_file(form, metadata.mime_type if metadata else None)

    def _value(self, feature: str) -> Any:
        if feature not in self._values:
            self._values[feature] = self._read(feature)
        return self._values[feature]

    def _read(self, feature: str) -> Any:
        for report, part in candidates(feature, self.reports):
            try:
                value, node = self._decoded(feature, part)
            except ValueError as error:
                self._malformed.setdefault(feature, []).append(f"{report.dialect}: {error}")
                continue
            self._origins[feature] = Origin(report.dialect, part.path)
            self._nodes[feature] = node
            return value
        return None

    def _decoded(self, feature: str, part: Part) -> tuple[Any, nodes.Node]:
        """The feature of a document and the node it is made of."""
        node = part.value
        if self._masked and feature not in (*_CODE, "hex_dump"):
            node = self._masked_node(feature, node)
        value = _READERS[feature](node, part.path)
        if self._masked and isinstance(value, HexDump) and (hidden := hidden_rows(value, self._known)):
            value = replace(value, hidden=hidden)
            node = mask_dump(node, value)
        return value, node

    def _typed(self, feature: str, kind: type[T]) -> T | None:
        value = self._value(feature)
        if value is not None and not isinstance(value, kind):
            raise TypeError(f"{feature} was read as {type(value).__name__}")
        return value

    @property
    def metadata(self) -> model.FileMetadata | None:
        """What the file system says."""
        return self._typed("metadata", model.FileMetadata)

    @property
    def hashes(self) -> model.Hashes | None:
        """Digests of the content."""
        return self._typed("hashes", model.Hashes)

    @property
    def strings(self) -> Strings | None:
        """Printable strings."""
        return self._typed("strings", Strings)

    @property
    def hex_dump(self) -> HexDump | None:
        """Bytes."""
        return self._typed("hex_dump", HexDump)

    @property
    def binary_info(self) -> model.BinaryInfo | None:
        """Headers of an executable."""
        return self._typed("binary_info", model.BinaryInfo)

    @property
    def signatures(self) -> model.Signatures | None:
        """Outcome of the signature tools."""
        return self._typed("signatures", model.Signatures)

    @property
    def symbols(self) -> model.Symbols | None:
        """Symbol tables."""
        return self._typed("symbols", model.Symbols)

    @property
    def control_flow(self) -> model.ControlFlow | None:
        """Control flow graphs."""
        return self._typed("control_flow", model.ControlFlow)

    @property
    def vulnerabilities(self) -> model.Vulnerabilities | None:
        """Hits of rules."""
        return self._typed("vulnerabilities", model.Vulnerabilities)

    @property
    def code_quality(self) -> model.CodeQuality | None:
        """Metrics of machine code."""
        return self._typed("code_quality", model.CodeQuality)

    @property
    def dependencies(self) -> model.Dependencies | None:
        """Imported functions and library names."""
        return self._typed("dependencies", model.Dependencies)

    @property
    def entropy(self) -> model.Entropy | None:
        """Shannon entropy."""
        return self._typed("entropy", model.Entropy)

    @property
    def disassembly(self) -> model.Disassembly | None:
        """Instructions."""
        return self._typed("disassembly", model.Disassembly)

    @property
    def threats(self) -> model.Threats | None:
        """Substring rules."""
        return self._typed("threats", model.Threats)

    @property
    def behavioral(self) -> model.Behavioral | None:
        """Labels by static matching."""
        return self._typed("behavioral", model.Behavioral)

    @property
    def yara_indicators(self) -> model.YaraIndicators | None:
        """Raw material for a rule."""
        return self._typed("yara_indicators", model.YaraIndicators)

    @property
    def llm(self) -> model.LlmReport | None:
        """The compact object."""
        return self._typed("llm", model.LlmReport)

    @property
    def package(self) -> PackageReport | None:
        """An npm or Python package."""
        return self._typed("package", PackageReport)

    @property
    def java(self) -> model.JavaAnalysis | None:
        """A Java archive's own report."""
        return self._typed("java", model.JavaAnalysis)


def _struct(kind: type[Any]) -> Callable[[nodes.Node, str], Any]:
    return lambda node, path: nodes.convert(node, kind, path)


_READERS: dict[str, Callable[[nodes.Node, str], Any]] = {
    "metadata": _struct(model.FileMetadata),
    "hashes": _struct(model.Hashes),
    "strings": read_strings,
    "hex_dump": read_hex_dump,
    "binary_info": _struct(model.BinaryInfo),
    "signatures": _struct(model.Signatures),
    "symbols": _struct(model.Symbols),
    "control_flow": _struct(model.ControlFlow),
    "vulnerabilities": _struct(model.Vulnerabilities),
    "code_quality": _struct(model.CodeQuality),
    "dependencies": _struct(model.Dependencies),
    "entropy": _struct(model.Entropy),
    "disassembly": _struct(model.Disassembly),
    "threats": _struct(model.Threats),
    "behavioral": _struct(model.Behavioral),
    "yara_indicators": _struct(model.YaraIndicators),
    "llm": _struct(model.LlmReport),
    "package": _struct(PackageReport),
    "java": _struct(model.JavaAnalysis),
}
