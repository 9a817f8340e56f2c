"""Hashes: giving them, choosing among them, comparing with a value that the user has."""

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, say
from threatflux_training.evidence.view import View
from threatflux_training.hashing import choose, sha256_hex
from threatflux_training.tasks.model import Draft, Offer, Request, Show

FAMILY = "hashes"
_NAMES = {"md5": "MD5", "sha256": "SHA-256", "sha512": "SHA-512", "blake3": "BLAKE3"}


def offers(view: View, partner: View | None) -> list[Offer]:
    """Tasks on the digests of a file."""
    hashes = view.file.hashes
    if hashes is None or not hashes.sha256:
        return []
    return [
        Offer(task="hashes.give", build=lambda request: _give(view, request), importance=3, variants=2),
        Offer(
            task="hashes.compare", build=lambda request: _compare(view, request), importance=5, pair=True, variants=4
        ),
    ]


def _digest(view: View, kind: str) -> value.Text:
    return value.code(getattr(view.file.hashes, kind), view.at("hashes", f".{kind}"))


def _give(view: View, request: Request) -> Draft:
    content: list[Content] = [
        say("answer", "hashes.give", "hash identity", sha256=_digest(view, "sha256"), name=view.name),
        say("meaning", "knowledge.hash_identifies", "identity provenance"),
    ]
    metadata = view.file.metadata
    if metadata is not None and metadata.file_size is not None:
        size = value.grouped(metadata.file_size, view.at("metadata", ".file_size"), "byte|bytes")
        content.append(say("detail", "hashes.size", "size identity", size=size))
    if metadata is not None and metadata.modified:
        modified = value.date(metadata.modified, view.at("metadata", ".modified"))
        content.append(say("detail", "hashes.modified", "time", modified=modified))
    if view.file.hashes is not None and view.file.hashes.md5:
        content.append(say("detail", "hashes.md5", "hash", md5=_digest(view, "md5")))
    shows = (Show("metadata"), Show("hashes"))
    return Draft(slots={"name": view.name}, shows=shows, content=tuple(content), context=("signatures",))


def _compare(view: View, request: Request) -> tuple[Draft, Draft] | None:
    """A value that equals the file's, and one that does not: of both the report lets one be sure."""
    kind = choose(request.key, [kind for kind in ("sha256", "md5") if getattr(view.file.hashes, kind)])
    own = str(getattr(view.file.hashes, kind))
    other = sha256_hex(own.encode(), request.key.encode())[: len(own)]
    return _compared(view, kind, own), _compared(view, kind, other)


def _compared(view: View, kind: str, given: str) -> Draft:
    own = str(getattr(view.file.hashes, kind))
    slots = {"name": view.name, "given": value.in_code_asked(given), "kind": value.Text(_NAMES[kind])}
    if given == own:
        content = [
            say("answer", "hashes.equal", "decision", **slots),
            say("limit", "knowledge.hash_says_what", "limit"),
        ]
    else:
        mine = _digest(view, kind)
        content = [say("answer", "hashes.unequal", "decision", mine=mine, **slots)]
    return Draft(
        slots=slots,
        shows=(Show("hashes"),),
        content=tuple(content),
        context=("metadata", "signatures"),
        negative="" if given == own else "false_premise",
    )
