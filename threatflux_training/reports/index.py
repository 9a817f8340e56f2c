"""Finding every document of a source without decoding its big parts."""

from collections.abc import Iterator
from typing import TypeAlias

import msgspec

from threatflux_training.errors import ReportError
from threatflux_training.records import Rejected
from threatflux_training.reports import identity, unwrap
from threatflux_training.reports.containers import OpenSource, open_local, read_text
from threatflux_training.reports.dialects.types import Item
from threatflux_training.reports.document import Document, Ignored, Locator
from threatflux_training.reports.kinds import kind_of_report
from threatflux_training.reports.report import FEATURES, Report, Skipped
from threatflux_training.reports.values import Value, values
from threatflux_training.text import escape

_CUT = "the compressed stream ends in the middle"
Indexed: TypeAlias = Document | Rejected | Ignored
Found: TypeAlias = tuple[Indexed, Report | None]


def index_source(source: str, open_source: OpenSource = open_local) -> Iterator[Indexed]:
    """Every document of a source, usable, rejected or ignored, in the order in which they stand there."""
    for entry, _ in index_reports(source, open_source):
        yield entry


def index_reports(source: str, open_source: OpenSource = open_local) -> Iterator[Found]:
    """The same, and with each usable document its report, so that nobody has to open the source again for it."""
    try:
        text = read_text(source, open_source)
    except ReportError as error:
        yield _rejected(source, 0, "", error), None
        return
    count, last = 0, None
    for found in _found(source, text.view):
        if last:
            yield last
        count, last = count + 1, found
    yield from _ending(last, source, count) if text.cut else filter(None, [last])


def _found(source: str, text: memoryview) -> Iterator[Found]:
    position = 0
    for value in values(text):
        for inner, item in enumerate(items(value)):
            locator = Locator(source, value.start, value.end - value.start, inner)
            entry = _entry(item, locator, position)
            yield entry, item if isinstance(entry, Document) and isinstance(item, Report) else None
            position += 1


def _ending(last: Found | None, source: str, position: int) -> Iterator[Found]:
    """The last entry of a stream that is cut: it is what was cut, or something beyond it was."""
    entry = last[0] if last else None
    if isinstance(entry, Rejected):
        yield msgspec.structs.replace(entry, reason="cut_document", detail=f"{_CUT}: {entry.detail}"), None
        return
    yield from filter(None, [last])
    yield _rejected(source, position, "", ReportError("cut_document", _CUT)), None


def items(value: Value) -> Iterator[Item]:
    """What is inside a value: at least one report, error or skipped thing."""
    if value.error:
        yield value.error
        return
    empty = True
    try:
        for item in unwrap.read(value.node):
            empty = False
            yield item
    except RecursionError:
        yield ReportError("too_deep", f"at byte {value.start}")
        return
    if empty:
        yield ReportError("empty_document", f"an empty list, at byte {value.start}")


def _entry(item: Item, locator: Locator, position: int) -> Indexed:
    if isinstance(item, Skipped):
        return Ignored(source=locator.source, position=position, what=escape(item.what))
    if isinstance(item, ReportError):
        return _rejected(locator.source, position, "", item)
    try:
        item.check()
        return _document(item, locator, position)
    except ReportError as error:
        return _rejected(locator.source, position, item.dialect, error)
    except RecursionError:
        deep = ReportError("too_deep", f"at byte {locator.offset}")
        return _rejected(locator.source, position, item.dialect, deep)


def _document(report: Report, locator: Locator, position: int) -> Document:
    return Document(
        locator=locator,
        position=position,
        dialect=report.dialect,
        sha256=report.sha256,
        md5=report.md5,
        canonical="" if report.sha256 or report.md5 else identity.canonical_hash(report),
        paths=tuple(map(escape, report.paths)),
        name=escape(report.name or next(filter(None, map(identity.last_component, report.paths)), "")),
        features=tuple(feature for feature in FEATURES if feature in report.parts),
        bytes=report.size(),
        raw=report.fingerprint(),
        kind=kind_of_report(report),
    )


def _rejected(source: str, position: int, dialect: str, error: ReportError) -> Rejected:
    return Rejected(source=source, position=position, dialect=dialect, reason=error.reason, detail=escape(error.detail))
