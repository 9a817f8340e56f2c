"""From the places of documents back to files."""

from collections.abc import Iterable, Sequence

from threatflux_training.errors import ReportError
from threatflux_training.records import Rejected
from threatflux_training.reports.containers import OpenSource, Text, open_local, read_text
from threatflux_training.reports.document import Document
from threatflux_training.reports.file import ScannedFile
from threatflux_training.reports.identity import group_documents
from threatflux_training.reports.index import index_source, items
from threatflux_training.reports.report import Report
from threatflux_training.reports.values import values


def load_file(key: str, documents: Sequence[Document], open_source: OpenSource = open_local) -> ScannedFile:
    """The file that these documents are about; each source is read once.

    Raises ReportError where a source changed since it was indexed.
    """
    texts: dict[str, Text] = {}
    reports: list[Report] = []
    for document in documents:
        place = document.locator
        if place.source not in texts:
            texts[place.source] = read_text(place.source, open_source)
        reports.append(_report(document, texts[place.source].view))
    return ScannedFile(key, reports)


def _report(document: Document, text: memoryview) -> Report:
    place = document.locator
    for value in values(text[place.offset : place.offset + place.length]):
        for inner, item in enumerate(items(value)):
            if inner == place.inner and isinstance(item, Report):
                return item
    raise ReportError("unreadable_source", f"{place.source} changed while it was read, at byte {place.offset}")


def load_files(paths: Iterable[str]) -> tuple[list[ScannedFile], list[Rejected]]:
    """All files that the documents of some local sources are about, and what could not be used."""
    documents: list[Document] = []
    rejected: list[Rejected] = []
    for path in paths:
        for entry in index_source(path):
            if isinstance(entry, Document):
                documents.append(entry)
            elif isinstance(entry, Rejected):
                rejected.append(entry)
    return [load_file(key, group) for key, group in group_documents(documents).items()], rejected
