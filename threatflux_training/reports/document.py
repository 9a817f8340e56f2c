"""What indexing a source gives: records that are small enough to travel; the documents themselves stay where they are."""

import msgspec


class Locator(msgspec.Struct, frozen=True, gc=False):
    """Where a document is: `length` bytes from `offset` of the (decompressed) source, then report number `inner`."""

    source: str
    offset: int
    length: int
    inner: int = 0


class Document(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A usable document.

    `position` numbers the documents of a source from 0. `sha256` and `md5` of the scanned content are "" where the
    document does not know them; `canonical` is the hash of the canonical document where it knows no content (packages),
    else "". `paths` are sorted. `raw` is the xxh3_128 of the document's own bytes, in hex. `bytes` is about its size.
    `kind` is elf, pe, macho, java, script, archive, image, package, data or unknown.
    """

    locator: Locator
    position: int
    dialect: str
    sha256: str
    md5: str
    canonical: str
    paths: tuple[str, ...]
    name: str
    features: tuple[str, ...]
    bytes: int
    raw: str
    kind: str


class Ignored(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Something recognised that is no report; not counted as a document."""

    source: str
    position: int
    what: str
