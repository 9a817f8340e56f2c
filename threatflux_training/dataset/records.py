"""What crosses the borders between stages: references and small packed records, never reports, never example texts."""

import msgspec

from threatflux_training.reports.document import Document


class Source(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An input as listed: its path, its size in bytes, and what changes with its content ("" where nothing is known)."""

    path: str
    size: int
    version: str = ""


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
    """A scanned file to expand: its documents, those of the file it is compared with, and where its rows belong.

    `others` are paths of further files of its split and kind, for questions about files that are not there.
    """

    key: str
    group: str
    split: str
    kind: str
    text_key: str
    documents: tuple[Document, ...]
    partner_key: str
    partner: tuple[Document, ...]
    partner_group: str
    others: tuple[str, ...]

    @property
    def size(self) -> int:
        """Bytes of its documents."""
        return sum(document.bytes for document in self.documents)


class Block(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Up to 64 rows of one file: one zstd frame at `offset` of its record's payload, and one of their marks behind it.

    `raw` is the size of the rows before compression. Rows 0 to 2*pairs-1 are pairs, twins side by side.
    """

    rows: int
    pairs: int
    tokens: int
    raw: int
    offset: int
    length: int
    marks: int


class PackedFile(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The head of a staged record: what a file was expanded to. Its payload holds the frames of the blocks.

    `dropped` counts drafts by reason, `verified` the examples of the sample that was verified.
    """

    text_key: str
    key: str
    group: str
    blocks: tuple[Block, ...]
    dropped: dict[str, int]
    verified: int = 0

    @property
    def rows(self) -> int:
        """Examples of the file."""
        return sum(block.rows for block in self.blocks)

    @property
    def paired(self) -> int:
        """The first so many rows are pairs."""
        return 2 * sum(block.pairs for block in self.blocks)


class StagedFile(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A packed file with its place in staging and in this dataset; it was made of so many documents."""

    packed: PackedFile
    payload: Span
    split: str
    kind: str
    documents: int = 1


class StagedReference(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A staged file as it travels: its payload's place, with the head of so many bytes before it; the rest as in StagedFile."""

    payload: Span
    head: int
    split: str
    kind: str
    documents: int


class ShardBlock(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A block as a shard takes it: where it and its marks lie, which file it is of, and the rows that are left out."""

    place: Span
    marks: Span
    group: str
    dropped: tuple[int, ...]


class ShardTask(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A shard to write: its final name below the dataset and its blocks in order."""

    path: str
    split: str
    blocks: tuple[ShardBlock, ...]


class ShardInfo(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A written shard, as in the manifest, and what its rows add to the statistics.

    `digests`: the sha256 of each row's canonical JSON, joined; `counts`: by what, then by value.
    """

    digests: bytes
    path: str
    split: str
    sha256: str
    bytes: int
    rows: int
    tokens: int
    counts: dict[str, dict[str, int]]


class Selection(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What was decided over all staged files: the shards to write, the files used, examples dropped by reason.

    `capped`: clusters of near duplicates that had more rows than they may, each by the smallest id and with that number.
    `verified`: examples of all files that were verified against the reports. `documents`: those of all files. `rows`: what
    all shards will hold.
    """

    shards: tuple[ShardTask, ...]
    files: dict[str, int]
    dropped: dict[str, int]
    capped: tuple[tuple[str, int], ...] = ()
    verified: int = 0
    documents: int = 0
    rows: int = 0
