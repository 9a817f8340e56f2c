"""From the places of documents back to files."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from threatflux_training.errors import ReportError
from threatflux_training.records import Rejected
from threatflux_training.reports.containers import OpenSource, is_listed, open_local, read_text
from threatflux_training.reports.dialects.types import Item
from threatflux_training.reports.document import Document, Locator
from threatflux_training.reports.file import ScannedFile
from threatflux_training.reports.identity import document_order, group_documents
from threatflux_training.reports.index import index_source, items
from threatflux_training.reports.report import Report
from threatflux_training.reports.values import values


def load_file(key: str, documents: Sequence[Document], open_source: OpenSource = open_local) -> ScannedFile:
    """The file that these documents are about; each source is read once, exact copies of a document are read once.

    Raises ReportError where a source is gone or has changed since it was indexed.
    """
    unique = {document.raw: document for document in sorted(documents, key=document_order, reverse=True)}
    ordered = sorted(unique.values(), key=document_order)
    sources = sorted({document.locator.source for document in ordered})
    reports = {raw: report for source in sources for raw, report in _reports(source, ordered, open_source)}
    return ScannedFile(key, [reports[document.raw] for document in ordered])


def _reports(source: str, documents: Sequence[Document], open_source: OpenSource) -> Iterator[tuple[str, Report]]:
    """The reports of one source, by the hash of their bytes."""
    text = read_text(source, open_source).view
    opened: dict[Locator, list[Item]] = {}
    for document in documents:
        if document.locator.source == source:
            place = Locator(source, document.locator.offset, document.locator.length)
            if place not in opened:
                opened[place] = _items(text[place.offset : place.offset + place.length])
            yield document.raw, _checked(opened[place], document)


def _items(text: memoryview) -> list[Item]:
    """Everything inside the value that a piece of text is."""
    value = next(values(text), None)
    return list(items(value)) if value else []


def _checked(found: Sequence[Item], document: Document) -> Report:
    place = document.locator
    report = found[place.inner] if place.inner < len(found) else None
    if not isinstance(report, Report) or report.fingerprint() != document.raw:
        raise ReportError("unreadable_source", f"{place.source} changed since it was indexed, at byte {place.offset}")
    return report


def load_files(paths: Iterable[str], open_source: OpenSource = open_local) -> tuple[list[ScannedFile], list[Rejected]]:
    """All files that the reports in local files and folders are about, and what could not be used."""
    documents: list[Document] = []
    rejected: list[Rejected] = []
    for source in _sources(paths):
        for entry in index_source(source, open_source):
            if isinstance(entry, Document):
                documents.append(entry)
            elif isinstance(entry, Rejected):
                rejected.append(entry)
    groups = group_documents(documents)
    return [load_file(key, group, open_source) for key, group in groups.items()], rejected


def _sources(paths: Iterable[str]) -> list[str]:
    """The named files, and those with a listed suffix in the named folders; sorted, each once."""
    found: set[str] = set()
    for path in paths:
        if Path(path).is_dir():
            found.update(str(one) for one in Path(path).rglob("*") if one.is_file() and is_listed(one.name))
        else:
            found.add(path)
    return sorted(found)
