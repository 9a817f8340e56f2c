"""Reads raw reports, of any shape, into plain objects: dialect, root, and whose content they are about."""

import hashlib
import json
import math
import re
import zlib
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import yaml
import zstandard

_HEX = re.compile(r"[0-9a-f]+")
_SUFFIXES = (".json", ".jsonl", ".ndjson", ".yaml", ".yml", ".gz", ".zst")
_GZIP, _ZSTD, _UTF16 = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", (b"\xff\xfe", b"\xfe\xff")
_START = re.compile(r"^\ufeff?[\[{\"]", re.MULTILINE)
_PARTS = re.compile(r"^(?:---.*\n|(?=file_path:))", re.MULTILINE)
_YAML = re.compile(r"^[a-z_]+:", re.MULTILINE)


class Document(NamedTuple):
    """A report object. `root` is what `$` means in a trace: the object, or the entry of a cache."""

    dialect: str
    root: Any
    sha256: str
    md5: str


class Lookup(Protocol):
    """Gives the documents about a scanned file."""

    def of(self, key: str) -> list[Document]:
        """Those about one file; empty if there is none."""
        ...


class Texts:
    """The documents of a few files, given as the bytes that hold them, by the key of the file."""

    def __init__(self, texts: Mapping[str, Sequence[bytes]]) -> None:
        self._texts = texts
        self._found: dict[str, list[Document]] = {}

    def of(self, key: str) -> list[Document]:
        """The documents about one scanned file."""
        if key not in self._found:
            found = [one for text in self._texts.get(key, ()) for one in documents_in(text)]
            md5s = {one.md5 for one in found if one.sha256 == key and one.md5}
            self._found[key] = [one for one in found if (one.sha256 or _key(one.md5, key, md5s)) == key]
        return self._found[key]


def _key(md5: str, key: str, md5s: set[str]) -> str:
    return key if md5 in md5s else f"md5:{md5}"


class Reports:
    """All documents of some files and folders, by the key of the scanned file; parsed sources are kept for a while.

    `sources` are files, folders (those with a report's suffix, at any depth) or globs.
    """

    def __init__(self, sources: Iterable[str], *, kept_bytes: int = 400_000_000) -> None:
        self._paths: dict[str, set[Path]] = {}
        self._parsed: OrderedDict[Path, list[Document]] = OrderedDict()
        self._kept_bytes = kept_bytes
        self._known: dict[str, str] = {}
        md5s: dict[str, set[Path]] = {}
        for path in _files(sources):
            for document in self._documents(path):
                if document.sha256 and document.md5:
                    self._known[document.md5] = min(document.sha256, self._known.get(document.md5, document.sha256))
                if document.sha256:
                    self._paths.setdefault(document.sha256, set()).add(path)
                else:
                    md5s.setdefault(document.md5, set()).add(path)
        for md5, paths in md5s.items():
            self._paths.setdefault(self._key(md5), set()).update(paths)

    def __len__(self) -> int:
        return len(self._paths)

    def of(self, key: str) -> list[Document]:
        """The documents about one scanned file; empty if there is none."""
        found: list[Document] = []
        for path in sorted(self._paths.get(key, ())):
            found += [one for one in self._documents(path) if (one.sha256 or self._key(one.md5)) == key]
        return found

    def _key(self, md5: str) -> str:
        return self._known.get(md5, f"md5:{md5}")

    def _documents(self, path: Path) -> list[Document]:
        if path not in self._parsed:
            self._parsed[path] = list(read_documents(path))
        self._parsed.move_to_end(path)
        while len(self._parsed) > 1 and sum(one.stat().st_size for one in self._parsed) > self._kept_bytes:
            self._parsed.popitem(last=False)
        return self._parsed[path]


def _files(sources: Iterable[str]) -> list[Path]:
    found: set[Path] = set()
    for source in sources:
        path = Path(source)
        if path.is_dir():
            found.update(one for one in path.rglob("*") if one.is_file() and one.name.lower().endswith(_SUFFIXES))
        elif path.exists():
            found.add(path)
        else:
            found.update(one for one in Path(path.anchor or ".").glob(str(path.relative_to(path.anchor))))
    return sorted(found)


def read_documents(path: Path) -> Iterator[Document]:
    """The documents of one file; what cannot be read is passed over: it gave no example."""
    try:
        data = _inflated(path.read_bytes())
    except (OSError, zlib.error, zstandard.ZstdError):
        return
    yield from documents_in(data)


def documents_in(data: bytes) -> Iterator[Document]:
    """The documents of a text."""
    for value in _values(_decoded(data)):
        yield from _unwrapped(value, 0)


def _inflated(data: bytes) -> bytes:
    """Unpacked as often as it is packed; of a stream that is cut, what comes out of it."""
    while data[:2] == _GZIP or data[:4] == _ZSTD:
        new = partial(zlib.decompressobj, 31) if data[:2] == _GZIP else zstandard.ZstdDecompressor().decompressobj
        parts: list[bytes] = []
        while data:
            inflater: Any = new()
            parts.append(inflater.decompress(data))
            data = inflater.unused_data.lstrip(b"\0") if inflater.eof else b""
        data = b"".join(parts)
    return data


def _decoded(data: bytes) -> str:
    """The text; bytes that are no UTF-8 stand as lone surrogates."""
    if data[:2] in _UTF16:
        data = data.decode("utf-16", "surrogatepass").encode("utf-8", "surrogatepass")
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("utf-8", "surrogateescape")


def _values(text: str) -> Iterator[Any]:
    """Every value of a text: one, lines, lists that are cut, documents in a row; after a broken one the next that starts a line."""
    try:
        yield _JSON.decode(text.removeprefix("\ufeff"))
        return
    except (ValueError, RecursionError):
        pass
    if text.lstrip("\ufeff \r\n\t")[:1] not in ("{", "[", '"', "<") and _YAML.search(text):
        yield from _yaml(text)
        return
    position = 0
    while position < len(text):
        character = text[position]
        if character in " \t\r\n,[]\ufeff":
            position += 1
            continue
        try:
            value, position = _JSON.raw_decode(text, position)
            yield value
        except (ValueError, RecursionError):
            follows = _START.search(text, position + 1)
            position = follows.start() if follows else len(text)


def _finite(text: str) -> float | None:
    value = float(text)
    return value if math.isfinite(value) else None


_JSON = json.JSONDecoder(parse_constant=lambda _: None, parse_float=_finite)


def _yaml(text: str) -> Iterator[Any]:
    """Documents parted by `---` lines or by the first key of a report, each by itself, so that a broken one costs only itself."""
    loader = _typed(getattr(yaml, "CBaseLoader", yaml.BaseLoader))
    for part in _PARTS.split(text.removeprefix("\ufeff")):
        try:
            yield yaml.load(part, Loader=loader)
        except (yaml.YAMLError, ValueError, RecursionError):
            continue


def _typed(base: Any) -> Any:
    """A loader whose plain scalars are what JSON would make of them; times stay texts."""

    class Loader(base):  # type: ignore[misc]  # PyYAML has no types
        pass

    Loader.add_constructor("tag:yaml.org,2002:str", _scalar)
    return Loader


def _scalar(loader: Any, node: Any) -> Any:
    if not node.style:
        if node.value in ("", "~"):
            return None
        try:
            return _JSON.decode(node.value)
        except ValueError:
            pass
    return node.value


def _unwrapped(value: Any, depth: int) -> Iterator[Document]:
    if depth > 12:
        return
    if isinstance(value, str):
        if not value.lstrip().startswith("Error"):
            for inner in _values(value):
                yield from _unwrapped(inner, depth + 1) if not isinstance(inner, (int, float)) else ()
    elif isinstance(value, list):
        for inner in value:
            yield from _unwrapped(inner, depth + 1)
    elif isinstance(value, dict):
        yield from _object(value, depth)


def _object(value: dict[str, Any], depth: int) -> Iterator[Document]:
    if "tool_name" in value and "result" in value:
        result = value["result"]
        if isinstance(result, dict):
            yield _document("cache", value, result, value.get("file_hash"))
    elif "jsonrpc" in value or set(value) <= {"id", "result"}:
        yield from _unwrapped(value.get("result"), depth + 1)
    elif isinstance(value.get("content"), list):
        texts = [item["text"] for item in value["content"] if isinstance(item, dict) and "text" in item]
        yield from _unwrapped(texts[0] if len(texts) == 1 else "".join(map(str, texts)), depth + 1)
    elif "count" in value and isinstance(value.get("entries", value.get("results")), list):
        yield from _unwrapped(value.get("entries", value.get("results")), depth + 1)
    elif "file_name" in value and "permissions" in value:
        yield _document("cli_new" if "size" in value or "symbol_analysis" in value else "cli", value, value)
    elif "file_path" in value:
        yield _document("analysis", value, value)
    elif "key_strings" in value:
        yield Document("llm", value, "", _digest(value.get("md5"), 32))
    elif "package_info" in value or "archive_type" in value:
        yield _package(value)


def _document(dialect: str, root: dict[str, Any], features: dict[str, Any], stated: Any = None) -> Document:
    metadata, hashes = features.get("metadata"), features.get("hashes")
    if hashes is None and isinstance(metadata, dict):
        hashes = metadata.get("hashes")
    places = [hashes, features.get("yara_indicators")]
    found = [place for place in places if isinstance(place, dict)]
    sha256 = next((text for place in found if (text := _digest(place.get("sha256"), 64))), "")
    md5 = next((text for place in found if (text := _digest(place.get("md5"), 32))), "")
    return Document(dialect, root, sha256 or _digest(stated, 64), md5)


def _package(value: dict[str, Any]) -> Document:
    dialect = "npm"
    if "archive_type" in value:
        dialect = "java"
    elif "setup_analysis" in value or (
        "scripts_analysis" not in value and "package_format" in (value.get("package_info") or {})
    ):
        dialect = "python"
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return Document(dialect, value, hashlib.sha256(canonical.encode()).hexdigest(), "")


def scanned_paths(document: Document) -> set[str]:
    """The paths that a document says it is about."""
    root = document.root
    inner = root.get("result") if document.dialect == "cache" else root
    places = [root, inner, inner.get("metadata") if isinstance(inner, dict) else None]
    found = [one["file_path"] for one in places if isinstance(one, dict) and "file_path" in one]
    return {path for path in found if isinstance(path, str) and path.strip()}


def _digest(value: Any, length: int) -> str:
    lower = value.lower() if isinstance(value, str) and len(value) == length else ""
    return lower if _HEX.fullmatch(lower) else ""
