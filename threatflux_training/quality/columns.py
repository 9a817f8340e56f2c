"""One pass over the rows of a dataset: what the measures need of each row, as arrays of hashes and small numbers.

About 600 bytes a row, on disk; no text is kept but what is shown as an example (bounded tables) and the names of columns.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from threatflux_training.dataset.minhash import PERMUTATIONS
from threatflux_training.quality.forms import Forms
from threatflux_training.quality.hashes import Hashes, Ints, hashed, hashed_word
from threatflux_training.quality.marks import RowMarks
from threatflux_training.quality.spill import Numbers

_SLOTS = 1 << 20
_SHOWN_FROM = 20
"""A sentence seen about that often is kept as text, to be shown."""
_MAX_WORDS = 1 << 17


class Codes:
    """Texts as small numbers in the order of their first appearance."""

    def __init__(self, folder: str | None) -> None:
        self.texts: list[str] = []
        self.rows = Numbers("i", folder)
        self._known: dict[str, int] = {}

    def add(self, text: str) -> None:
        """The text of the next row."""
        code = self._known.setdefault(text, len(self._known))
        if code == len(self.texts):
            self.texts.append(text)
        self.rows.append(code)

    def codes(self) -> Ints:
        """The number of each row's text."""
        return np.array(self.rows, dtype=np.int64)

    def __getitem__(self, row: int) -> str:
        return self.texts[int(self.rows.values()[row])]


class Ragged:
    """A list of hashes for each row."""

    def __init__(self, folder: str | None) -> None:
        self._values = Numbers("Q", folder)
        self._ends = Numbers("q", folder)

    def add(self, values: Iterable[int]) -> None:
        """The hashes of the next row."""
        self._values.extend(values)
        self._ends.append(len(self._values))

    def values(self) -> Hashes:
        """All hashes, row after row, to be read."""
        return self._values.values()

    def rows_at(self, places: Ints) -> Ints:
        """The rows to which the hashes in these places belong."""
        return np.searchsorted(self._ends.values(), places, side="right").astype(np.int64)

    def of(self, chosen: NDArray[np.bool_]) -> tuple[Ints, Hashes]:
        """The hashes of the chosen rows, each with the place of its row among them."""
        ends = np.array(self._ends, dtype=np.int64)
        starts = np.append(0, ends[:-1])[chosen]
        counts = ends[chosen] - starts
        first = np.cumsum(counts) - counts
        places = np.repeat(starts - first, counts) + np.arange(int(counts.sum()))
        return np.repeat(np.arange(len(counts)), counts), np.array(self.values()[places])


NAMED = ("split", "task", "style", "persona", "file_type", "question", "file", "group")
"""Columns of texts."""


class Columns:
    """The rows of a dataset as columns, filled by `add`."""

    def __init__(self, folder: str | None = None) -> None:
        self.named = {name: Codes(folder) for name in NAMED}
        self.positive = Numbers("b", folder)
        self.ids = Numbers("Q", folder)
        self.pairs = Numbers("Q", folder)
        self.exact = Numbers("Q", folder)
        self.masked = Numbers("Q", folder)
        self.openings = Numbers("Q", folder)
        self.tokens = Numbers("q", folder)
        self.chat_tokens = Numbers("q", folder)
        self.turns = Numbers("q", folder)
        self.chunks = Numbers("q", folder)
        self.words = Ragged(folder)
        self.sentences = Ragged(folder)
        self.sentence_words = Numbers("i", folder)
        self.texts: dict[int, str] = {}
        self._forms = Numbers("B", folder)
        self._evidence = Numbers("B", folder)
        self._seen = bytearray(_SLOTS)

    def __len__(self) -> int:
        return len(self.positive)

    def add(self, row: RowMarks, split: str) -> None:
        """The next row."""
        values = (
            split, row.task, row.style, row.persona, row.file_type, row.question, row.file, row.group,
        )  # fmt: skip
        for column, value in zip(self.named.values(), values, strict=True):
            column.add(value)
        self.positive.append(row.positive)
        self.ids.append(row.id)
        self.pairs.append(row.pair)
        self.exact.append(int.from_bytes(row.answers[:8], "little"))
        self.masked.append(row.masked)
        self.tokens.append(row.tokens)
        self.chat_tokens.append(row.chat_tokens)
        self.turns.append(row.turns)
        self.chunks.append(row.chunks)
        self.words.add(map(hashed_word, row.words))
        if len(self.texts) < _MAX_WORDS:
            self.texts.update(zip(map(hashed_word, row.words), row.words, strict=True))
        self._evidence.extend(row.evidence)
        self._forms.extend(row.form)
        self.openings.append(self._noted(row.opening))
        self.sentences.add(map(self._noted, row.sentences))
        self.sentence_words.extend(sentence.count(" ") + 1 for sentence in row.sentences)

    def _noted(self, text: str) -> int:
        """The hash of a text; the text itself is kept if its slot is hit often."""
        mark = hashed(text)
        slot = mark % _SLOTS
        if self._seen[slot] < _SHOWN_FROM:
            self._seen[slot] += 1
        elif mark not in self.texts:
            self.texts[mark] = text
        return mark

    def forms(self) -> Forms:
        """The form of each masked answer."""
        sketches = self._forms.values().reshape(-1, PERMUTATIONS)
        return Forms(np.array(self.ids, dtype=np.uint64), np.array(self.masked, dtype=np.uint64), sketches)

    def evidence(self) -> NDArray[np.uint8]:
        """A sketch of each answer and the lines of its excerpt, unmasked."""
        return self._evidence.values().reshape(-1, PERMUTATIONS)

    def shown(self, mark: int) -> str:
        """The text of a hash, if it was kept."""
        return self.texts.get(int(mark), "")


def read_columns(rows: Iterable[tuple[str, RowMarks]], folder: str | None = None) -> Columns:
    """The columns of all rows, each with its split; in files of that folder."""
    columns = Columns(folder)
    for split, row in rows:
        columns.add(row, split)
    return columns
