"""What crosses the borders between stages: references and small packed records, never reports, never example texts."""

import msgspec

from threatflux_training.reports.document import Document


class Source(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An input as listed: its path and its size in bytes."""

    path: str
    size: int


class Span(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Bytes of a segment in staging: whole records, written and visible."""

    segment: str
    offset: int
    length: int


class Indexed(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A usable document and the MinHash signature of its strings and imports (512 bytes, b"" where it has none)."""

    document: Document
    signature: bytes


class FileTask(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A scanned file to expand: its documents, those of the file it is compared with, and where its rows belong."""

    key: str
    group: str
    split: str
    kind: str
    text_key: str
    documents: tuple[Document, ...]
    partner: tuple[Document, ...]

    @property
    def size(self) -> int:
        """Bytes of its documents."""
        return sum(document.bytes for document in self.documents)


class Block(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Up to 64 rows of one file: one zstd frame at `offset` of its record's payload.

    `raw` is the size of the rows before compression. Rows 0 to 2*pairs-1 are pairs, twins side by side.
    """

    rows: int
    pairs: int
    tokens: int
    raw: int
    offset: int
    length: int


class PackedFile(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The head of a staged record: what a file was expanded to. Its payload holds the frames of the blocks.

    `answers` holds 16 bytes per row, the hash of its joined assistant turns; `dropped` counts drafts by reason.
    """

    text_key: str
    key: str
    group: str
    blocks: tuple[Block, ...]
    answers: bytes
    dropped: dict[str, int]


class StagedFile(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A packed file with its place in staging and in this dataset."""

    packed: PackedFile
    payload: Span
    split: str
    kind: str


class BlockRef(msgspec.Struct, frozen=True, array_like=True, gc=False, tag=0):
    """Where a block lies and where its rows belong. `number` counts the blocks of a file."""

    split: str
    bucket: int
    group: str
    key: str
    number: int
    kind: str
    block: Block
    place: Span

    @property
    def order(self) -> tuple[int, str, str, int]:
        """The place of the block in its shard."""
        return self.bucket, self.group, self.key, self.number


class BlockDrops(msgspec.Struct, frozen=True, array_like=True, gc=False, tag=1):
    """Rows of a block that are left out of the dataset; `rows` count inside the block, twins included, sorted."""

    split: str
    bucket: int
    key: str
    number: int
    rows: tuple[int, ...]
    reason: str


ShardPart = BlockRef | BlockDrops
"""What a shard is made from."""


class Drop(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One row to leave out; `ordinal` counts the rows of the file."""

    split: str
    group: str
    key: str
    ordinal: int
    reason: str


class PlanSummary(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What FinishDataset must know of the plan: the fingerprint of the run and where the new group registry stands."""

    fingerprint: str
    registry: str
    library: str
