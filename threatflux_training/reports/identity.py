"""Whose content a document is about: keys, names, and the groups of documents of one file."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from threatflux_training.reports import nodes
from threatflux_training.reports.document import Document
from threatflux_training.reports.report import Report


def canonical_hash(report: Report) -> str:
    """sha256 of the canonical JSON of a package report: sorted keys, no white space, ASCII."""
    return hashlib.sha256(b"".join(nodes.canonical(part.value) for _, part in sorted(report.parts.items()))).hexdigest()


def known_contents(documents: Iterable[Document]) -> dict[str, str]:
    """From md5 to sha256, as far as some document knows both; the smallest sha256 where one md5 has several."""
    known: dict[str, str] = {}
    for document in documents:
        if document.sha256 and document.md5:
            known[document.md5] = min(document.sha256, known.get(document.md5, document.sha256))
    return known


def file_key(document: Document, known: Mapping[str, str]) -> str:
    """The key of the file: sha256 of its content, `md5:...` where no document knows more, else the canonical hash."""
    if document.sha256:
        return document.sha256
    if document.md5:
        return known.get(document.md5, f"md5:{document.md5}")
    return document.canonical


def group_documents(documents: Sequence[Document]) -> dict[str, list[Document]]:
    """The documents of each file, by key, in an order that does not depend on how they arrived."""
    known = known_contents(documents)
    groups: dict[str, list[Document]] = {}
    for document in documents:
        groups.setdefault(file_key(document, known), []).append(document)
    return {key: sorted(groups[key], key=document_order) for key in sorted(groups)}


def document_order(document: Document) -> tuple[str, str, str, int, int]:
    """A sort key that does not depend on the order of arrival."""
    place = document.locator
    return document.dialect, document.raw, place.source, place.offset, place.inner


def last_component(path: str) -> str:
    """The last component of a path, of Windows or any other system; "" if there is none."""
    name = path.rstrip("/").rpartition("/")[2]
    if "/" not in path:
        name = path.rstrip("\\").rpartition("\\")[2]
    return name


def file_name(paths: Sequence[str], names: Sequence[str], key: str) -> str:
    """The canonical name: last component of the smallest path that has one, else the smallest path, package name or key."""
    for path in paths:
        if (name := last_component(path)).strip():
            return name
    if paths:
        return paths[0]
    named = sorted(name for name in names if name.strip())
    return named[0] if named else f"file-{key.removeprefix('md5:')[:12]}"
