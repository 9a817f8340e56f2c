"""A fixed sample of the rows of a run, verified against the raw reports by the code of `check`."""

from collections.abc import Iterator, Sequence

import msgspec

from threatflux_training.check.documents import Texts
from threatflux_training.check.rows import check_row
from threatflux_training.check.secrets import Guards
from threatflux_training.dataset.records import FileTask
from threatflux_training.records import Example
from threatflux_training.reports.containers import OpenSource, read_text
from threatflux_training.reports.document import Document
from threatflux_training.settings import TextSettings

SAMPLED = 64
"""One row of so many is verified, chosen by its id."""
LARGEST = 4 << 20
"""Bytes of reports from which verification is left to `check`: it holds them as plain objects."""


def is_sampled(row: Example) -> bool:
    """Whether a row belongs to the sample."""
    return int(row.metadata.id[:8], 16) % SAMPLED == 0


class Verifier:
    """Verifies rows of the files that a worker expands."""

    def __init__(self, settings: TextSettings, open_source: OpenSource) -> None:
        self._settings, self._open = settings, open_source

    def unproven(self, task: FileTask, rows: Sequence[Example]) -> tuple[int, list[Example]]:
        """How many rows were verified, and those of them that the reports don't bear out. Raises ReportError."""
        sampled = [row for row in rows if is_sampled(row)]
        if not sampled or task.size + sum(one.bytes for one in task.partner) > LARGEST:
            return 0, []
        settings = self._settings
        texts = Texts({task.key: list(self._texts(task.documents)), task.partner_key: list(self._texts(task.partner))})
        guards = None if settings.secrets == "keep" else Guards(texts, drop=settings.secrets == "drop")
        wrong = [
            row for row in sampled
            if check_row(
                msgspec.to_builtins(row), texts, budget=settings.budget, answers=settings.max_answer_tokens,
                from_memory=settings.recall == "facts", guards=guards,
            )
        ]  # fmt: skip
        return len(sampled), wrong

    def _texts(self, documents: Sequence[Document]) -> Iterator[bytes]:
        for place in sorted({(one.locator.source, one.locator.offset, one.locator.length) for one in documents}):
            source, offset, length = place
            yield bytes(read_text(source, self._open).view[offset : offset + length])
