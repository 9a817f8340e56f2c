"""One pass over the rows of a dataset: what the measures need of each row, as arrays of hashes and small numbers.

About 600 bytes of memory a row; no text is kept but what is shown as an example (bounded tables).
"""

from array import array
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from threatflux_training.dataset.minhash import PERMUTATIONS
from threatflux_training.quality.forms import Forms
from threatflux_training.quality.hashes import Hashes, Ints, hashed, hashed_word
from threatflux_training.quality.marks import RowMarks

_SLOTS = 1 << 20
_SHOWN_FROM = 20
"""A sentence seen about that often is kept as text, to be shown."""
_MAX_WORDS = 1 << 17


class Codes:
    """Texts as small numbers in the order of their first appearance."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.rows = array("i")
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
        return self.texts[self.rows[row]]


class Ragged:
    """A list of hashes for each row."""

    def __init__(self) -> None:
        self._values = array("Q")
        self._ends = array("q")

    def add(self, values: Iterable[int]) -> None:
        """The hashes of the next row."""
        self._values.extend(values)
        self._ends.append(len(self._values))

    def values(self) -> Hashes:
        """All hashes, row after row."""
        return np.array(self._values, dtype=np.uint64)

    def rows(self) -> Ints:
        """The row of each hash."""
        ends = np.array(self._ends, dtype=np.int64)
        return np.searchsorted(ends, np.arange(len(self._values)), side="right").astype(np.int64)


NAMED = ("split", "task", "style", "persona", "file_type", "question", "file", "group")
"""Columns of texts."""


class Columns:
    """The rows of a dataset as columns, filled by `add`."""

    def __init__(self) -> None:
        self.named = {name: Codes() for name in NAMED}
        self.positive = array("b")
        self.ids = array("Q")
        self.pairs = array("Q")
        self.exact = array("Q")
        self.masked = array("Q")
        self.openings = array("Q")
        self.tokens = array("q")
        self.chat_tokens = array("q")
        self.turns = array("q")
        self.chunks = array("q")
        self.words = Ragged()
        self.sentences = Ragged()
        self.sentence_words = array("q")
        self.texts: dict[int, str] = {}
        self._forms = bytearray()
        self._evidence = bytearray()
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
        self._evidence += row.evidence
        self._forms += row.form
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
        sketches = np.frombuffer(bytes(self._forms), dtype=np.uint8).reshape(-1, PERMUTATIONS)
        return Forms(np.array(self.ids, dtype=np.uint64), np.array(self.masked, dtype=np.uint64), sketches)

    def evidence(self) -> NDArray[np.uint8]:
        """A sketch of each answer and the lines of its excerpt, unmasked."""
        return np.frombuffer(bytes(self._evidence), dtype=np.uint8).reshape(-1, PERMUTATIONS)

    def shown(self, mark: int) -> str:
        """The text of a hash, if it was kept."""
        return self.texts.get(int(mark), "")


def read_columns(rows: Iterable[tuple[str, RowMarks]]) -> Columns:
    """The columns of all rows, each with its split."""
    columns = Columns()
    for split, row in rows:
        columns.add(row, split)
    return columns
