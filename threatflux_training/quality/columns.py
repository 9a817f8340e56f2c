"""One pass over the rows of a dataset: what the measures need of each row, as arrays of hashes and small numbers.

About 600 bytes of memory a row; no text is kept but what is shown as an example (bounded tables).
"""

from array import array
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from threatflux_training.dataset.minhash import PERMUTATIONS
from threatflux_training.quality import masking
from threatflux_training.quality.forms import Forms, shingles, sketch
from threatflux_training.quality.hashes import Hashes, Ints, hashed, hashed_word
from threatflux_training.records import Example
from threatflux_training.tokens import encoding

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

    def add(self, row: Example, split: str) -> None:
        """The next row."""
        metadata = row.metadata
        answer = masking.answers(row.messages)
        name = metadata.file_name.rpartition("/")[2]
        masked = masking.mask(answer, name)
        values = (
            split, metadata.task, metadata.style, metadata.expertise, file_type(name), metadata.question,
            metadata.source_sha256, metadata.group,
        )  # fmt: skip
        for column, value in zip(self.named.values(), values, strict=True):
            column.add(value)
        self.positive.append(metadata.answerable)
        self.ids.append(int(metadata.id[:16], 16))
        self.pairs.append(hashed(metadata.pair_id) if metadata.pair_id else 0)
        self.exact.append(hashed(answer))
        self.masked.append(hashed(masked))
        self.tokens.append(len(encoding(metadata.encoding).encode_ordinary(answer)))
        self.chat_tokens.append(metadata.tokens)
        self.turns.append(sum(one.role == "assistant" for one in row.messages))
        self.chunks.append(metadata.chunk_count)
        self._add_prompt(row, answer)
        self._add_form(masked)

    def _add_prompt(self, row: Example, answer: str) -> None:
        parts = [masking.parted(one.content) for one in row.messages if one.role == "user"]
        asked = sorted({word for question, _ in parts for word in masking.words(question)})
        self.words.add(map(hashed_word, asked))
        if len(self.texts) < _MAX_WORDS:
            self.texts.update(zip(map(hashed_word, asked), asked, strict=True))
        results = [one.content.splitlines() for one in row.messages if one.role == "tool"]
        lines = [hashed(line.strip()) for shown in [*(shown for _, shown in parts), *results] for line in shown]
        self._evidence += sketch(np.concatenate([shingles(answer), np.array(lines, dtype=np.uint64)]))

    def _add_form(self, masked: str) -> None:
        self._forms += sketch(shingles(masked))
        self.openings.append(self._noted(" ".join(masked.split(maxsplit=3)[:3])))
        found = list(masking.sentences(masked))
        self.sentences.add(map(self._noted, found))
        self.sentence_words.extend(sentence.count(" ") + 1 for sentence in found)

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


def read_columns(rows: Iterable[tuple[str, Example]]) -> Columns:
    """The columns of all rows, each with its split."""
    columns = Columns()
    for split, row in rows:
        columns.add(row, split)
    return columns


def file_type(name: str) -> str:
    """The suffix of a file's name in lower case, version numbers left out; "none" where there is none."""
    parts = [part for part in name.lower().split(".")[1:] if not part.isdigit()]
    return parts[-1] if parts and parts[-1].isalnum() and len(parts[-1]) <= 8 else "none"
