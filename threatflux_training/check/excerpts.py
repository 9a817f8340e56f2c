"""Whether the excerpts in the user turns are the report's: fields, strings, sections, names of lists and rows of the dump.

Only lines whose form tells what they state are looked at; a line must agree with some document about the file or its
partner wherever one of them holds what the line names.
"""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from threatflux_training.check.documents import Document, scanned_paths
from threatflux_training.check.dump import read_dump
from threatflux_training.check.expressions import plain
from threatflux_training.check.places import MISSING, at
from threatflux_training.check.rendered import forms, rendered

_FENCE = re.compile(r"^(`{3,})\n(.*?)^\1$", re.DOTALL | re.MULTILINE)
_BLOCK = re.compile(r"(?:^\[|: )(?P<name>[a-z_]+(?:\.[a-z_]+)*)(?:[:,].*)?\]$")
_FIELD = re.compile(r"  ([a-z][a-z0-9_]*): (.*)")
_ENTRY = re.compile(r"  (\d+): (.*)")
_NUMBER = re.compile(r"^  (\d+|[0-9a-f]{8,}|0x[0-9a-f]+)(?=[: ])|(?<=length: )(\d+ bytes)", re.MULTILINE)
_SECTION = re.compile(r"  (\d+): (.*?)  size (\d+)  virtual_address (\d+)  characteristics (.*)")
_HEADER = re.compile(r"  offset: (0x[0-9a-f]+|\d+), length: (\d+) bytes(?:, total file size: (\d+) bytes)?")
_ROW = re.compile(r"  ([0-9a-f]{8,16})  ((?:[0-9a-f]{2} )*[0-9a-f]{2}) *  \|.*")
_FULL = ("analysis", "cache", "cli", "cli_new")
_GAP = "  [...]"
_CUT = re.compile(r"(.*) \[cut: the first 2,000 of [\d,]+ characters\]", re.DOTALL)
CLI_KEYS: Mapping[str, str] = {
    "strings": "extracted_strings", "signatures": "signature_info", "symbols": "symbol_analysis",
    "control_flow": "control_flow_analysis", "vulnerabilities": "vulnerability_analysis", "code_quality": "code_quality_analysis",
    "dependencies": "dependency_analysis", "entropy": "entropy_analysis", "threats": "threat_analysis",
    "behavioral": "behavioral_analysis",
}  # fmt: skip
"""How the command line's object calls the features that it calls otherwise."""


def question_words(asked: str, *, numbers: bool = True) -> str:
    """What the user says, without what the excerpt states: of that, headings and the numbers of lines count as said."""
    said = _FENCE.sub("\n", asked)
    headings = [line for fence in _FENCE.finditer(asked) for line in fence[2].split("\n") if line.startswith("[")]
    lines = [found[1] or found[2] for fence in _FENCE.finditer(asked) for found in _NUMBER.finditer(fence[2])]
    return "\n".join([said, *headings, *(lines if numbers else ())])


def feature_of(document: Document, feature: str) -> Any:
    """What a document holds of a feature, MISSING if it has no place for it."""
    root = document.root
    if document.dialect == "cache":
        root = root.get("result")
    elif document.dialect in ("cli", "cli_new"):
        if feature == "metadata":
            return root
        feature = CLI_KEYS.get(feature, feature)
    found = at(root, (feature,))
    if feature == "hashes" and found in (None, MISSING):
        return at(root, ("metadata", "hashes"))
    return found


def check_excerpts(
    messages: Sequence[Mapping[str, Any]], own: Sequence[Document], partner: Sequence[Document] = ()
) -> Iterator[str]:
    """What the excerpts say that no document does; a block that names its file is held to that file."""
    paths = {
        side: {path for one in documents for path in scanned_paths(one)} for side, documents in ((0, own), (1, partner))
    }
    for number, message in enumerate(messages):
        if message["role"] == "user":
            for fence in _FENCE.finditer(message["content"]):
                for file, block, line in _lines(fence[2]):
                    sides = [side for side in (0, 1) if plain(file) in paths[side]] or [0, 1]
                    documents = [one for side in sides for one in (own, partner)[side]]
                    if not _agrees(block, line, documents):
                        yield f"message {number} shows {line.strip()[:120]!r} in [{block}]"


def _lines(text: str) -> Iterator[tuple[str, str, str]]:
    """File (where the heading names it), block and text of each line."""
    file = block = ""
    for line in text.removesuffix("\n").split("\n"):
        if line.startswith("["):
            heading = _BLOCK.search(line)
            block = heading["name"] if heading else ""
            file = line[1 : heading.start()] if heading else ""
        elif block and line != _GAP:
            yield file, block, line


def _agrees(block: str, line: str, documents: Sequence[Document]) -> bool:
    if block == "features":
        return _held(line, documents)
    feature, _, rest = block.partition(".")
    known = [one for one in documents if one.dialect in _FULL]
    found = [one for document in known if (one := feature_of(document, feature)) not in (None, MISSING)]
    if block == "hex_dump.header":
        rest = ""
    verdicts = [_verdict(block, line, at(one, tuple(rest.split("."))) if rest else one) for one in found]
    told = [one for one in verdicts if one is not None]
    if not told:
        told = [one for value in found or [d.root for d in documents] if (one := rendered(line, value)) is not None]
    return not told or any(told)


def _held(line: str, documents: Sequence[Document]) -> bool:
    """Whether the reports hold, or lack, the features that a line says they do."""
    name, _, rest = line.strip().partition(": ")

    def has(feature: str) -> bool:
        return any(feature_of(one, feature) not in (None, MISSING) for one in documents)

    return all(map(has, rest.split(", "))) if name == "held" else rest != "null" or not has(name)


def _verdict(block: str, line: str, value: Any) -> bool | None:
    """Whether a line is what the value says; None where its form, or the value's, tells nothing."""
    reader = _READERS.get(block, _field)
    try:
        return reader(line, value)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError):
        return None


def _field(line: str, value: Any) -> bool | None:
    match = _FIELD.fullmatch(line)
    if not match or not isinstance(value, dict):
        return None
    raw = value.get(match[1])
    if raw is None and match[2] in ("null", "[]"):
        return match[1] in value or rendered(line, value) or None
    return None if match[1] not in value or isinstance(raw, (list, dict)) else _is(match[2], raw)


def _is(shown: str, raw: Any) -> bool:
    if isinstance(raw, str):
        return _text(shown, raw)
    if isinstance(raw, float):
        return math.isclose(float(shown), raw, rel_tol=1e-6)
    return shown == json.dumps(raw) or (isinstance(raw, int) and shown in forms(raw))


def _text(shown: str, raw: str) -> bool:
    cut = _CUT.fullmatch(shown)
    return raw[:2000] == plain(cut[1]) if cut else plain(shown) == raw


def _string(line: str, value: Any) -> bool | None:
    match = _ENTRY.fullmatch(line)
    listed = value["ascii_strings"] if isinstance(value, dict) else value
    if not match:
        return None
    return int(match[1]) < len(listed) and _text(match[2], listed[int(match[1])])


def _section(line: str, value: Any) -> bool | None:
    match = _SECTION.fullmatch(line)
    if not match:
        return None
    if int(match[1]) >= len(value):
        return False
    one = value[int(match[1])]
    return _text(match[2], one["name"]) and (int(match[3]), int(match[4])) == (one["size"], one["virtual_address"])


def _listed(line: str, value: Any) -> bool | None:
    return plain(line[2:]) in value if line.startswith("  ") and isinstance(value, list) else None


@lru_cache(maxsize=2)
def _dump(text: str) -> tuple[int, bytes]:
    return read_dump(text)


def _row(line: str, value: Any) -> bool | None:
    match = _ROW.fullmatch(plain(line))
    if not match:
        return None
    start, data = _dump(value) if isinstance(value, str) else read_dump(value)
    shown, offset = bytes.fromhex(match[2]), int(match[1], 16) - start
    return offset >= 0 and data[offset : offset + len(shown)] == shown


def _header(line: str, value: Any) -> bool | None:
    match = _HEADER.fullmatch(line)
    if not match:
        return None
    start, data = _dump(value) if isinstance(value, str) else read_dump(value)
    total = int(match[3].replace(",", "")) if match[3] else start + len(data)
    return (int(match[1], 0), int(match[2])) == (start, len(data)) and total >= start + len(data)


_READERS: Mapping[str, Callable[[str, Any], bool | None]] = {
    "strings": _string, "binary_info.sections": _section, "binary_info.imports": _listed, "binary_info.exports": _listed,
    "hex_dump": _row, "hex_dump.header": _header,
}  # fmt: skip
"""How the lines of a block read that are not fields."""
