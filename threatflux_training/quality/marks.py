"""What the measures need of a row, made where the row is made: hashes, sketches, the words that can be shown."""

from collections.abc import Sequence
from functools import lru_cache

import msgspec
import numpy as np
import xxhash
import zstandard

from threatflux_training.quality import masking
from threatflux_training.quality.forms import shingles, sketch
from threatflux_training.quality.hashes import hashed
from threatflux_training.records import Example
from threatflux_training.tokens import count

_LEVEL = 1


class RowMarks(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A row without its texts.

    `id`: the first 64 bits; `pair`: a hash, 0 without one; `answers`: 16 bytes over all assistant turns; `masked`: a hash
    of these without their values; `form`, `evidence`: sketches of the masked answer, and of the answer with the lines of the
    evidence; `tokens`: of the answers; `words`: of the question; `opening`, `sentences`: of the masked answer.
    """

    id: int
    pair: int
    answers: bytes
    masked: int
    form: bytes
    evidence: bytes
    tokens: int
    chat_tokens: int
    turns: int
    chunks: int
    positive: bool
    task: str
    style: str
    persona: str
    file_type: str
    question: str
    file: str
    group: str
    words: tuple[str, ...]
    opening: str
    sentences: tuple[str, ...]


_FRAME = msgspec.msgpack.Decoder(tuple[RowMarks, ...])


def marks_of(row: Example) -> RowMarks:
    """The marks of a row."""
    metadata = row.metadata
    answer = masking.answers(row.messages)
    name = metadata.file_name.rpartition("/")[2]
    masked = masking.mask(answer, name)
    asked = [masking.parted(one.content) for one in row.messages if one.role == "user"]
    results = [one.content.splitlines() for one in row.messages if one.role == "tool"]
    lines = [_hashed_line(line) for shown in [*(shown for _, shown in asked), *results] for line in shown]
    return RowMarks(
        id=int(metadata.id[:16], 16),
        pair=hashed(metadata.pair_id) if metadata.pair_id else 0,
        answers=xxhash.xxh3_128_digest(answer.encode()),
        masked=hashed(masked),
        form=sketch(shingles(masked)),
        evidence=sketch(np.concatenate([shingles(answer), np.array(lines, dtype=np.uint64)])),
        tokens=count(metadata.encoding, answer),
        chat_tokens=metadata.tokens,
        turns=sum(one.role == "assistant" for one in row.messages),
        chunks=metadata.chunk_count,
        positive=metadata.answerable,
        task=metadata.task,
        style=metadata.style,
        persona=metadata.expertise,
        file_type=file_type(name),
        question=metadata.question,
        file=metadata.source_sha256,
        group=metadata.group,
        words=tuple(sorted({word for question, _ in asked for word in masking.words(question)})),
        opening=" ".join(masked.split(maxsplit=3)[:3]),
        sentences=tuple(masking.sentences(masked)),
    )


@lru_cache(1 << 14)
def _hashed_line(line: str) -> int:
    """64 bits of a line of evidence, remembered: the rows of a file show much the same."""
    return hashed(line.strip())


def pack_marks(rows: Sequence[Example]) -> bytes:
    """The marks of some rows as one zstd frame."""
    return zstandard.ZstdCompressor(level=_LEVEL).compress(msgspec.msgpack.encode([marks_of(row) for row in rows]))


def read_marks(frame: bytes) -> tuple[RowMarks, ...]:
    """What `pack_marks` wrote."""
    return _FRAME.decode(zstandard.ZstdDecompressor().decompress(frame))


def file_type(name: str) -> str:
    """The suffix of a file's name in lower case, version numbers left out; "none" where there is none."""
    parts = [part for part in name.lower().split(".")[1:] if not part.isdigit()]
    return parts[-1] if parts and parts[-1].isalnum() and len(parts[-1]) <= 8 else "none"
