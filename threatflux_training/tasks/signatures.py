"""Digital signatures: what the scanner's check was able to find, what it did not look at, what settles where a file is from."""

from functools import partial

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.view import View
from threatflux_training.hashing import choose
from threatflux_training.reports.model import Signatures
from threatflux_training.tasks.about import from_package, tiny
from threatflux_training.tasks.compound import SURROUNDINGS
from threatflux_training.tasks.model import Draft, Offer, Request, Show
from threatflux_training.tasks.sections_table import field_line

FAMILY = "signatures"
_BLOCK = "signatures.fields"
_SHOW = Show(_BLOCK, title="signatures")
_CONTEXT = ("metadata", "hashes", "binary_info", *(block for block in SURROUNDINGS if block != "signatures"))
_EMPTY = {"signer": "the signer", "timestamp": "the time of signing", "signature_type": "the kind of signature"}
"""Fields that stay empty where nothing was verified, and the words in which people ask for them."""
_REFUSED = "Invalid"
"""The status where a signature was there and the check did not accept it."""
_EMBEDDED = ("pe", "macho")
"""Kinds of files in which the scanner looks for a signature, by an outside program."""
_KINDS = {
    "elf": "elf",
    "pe": "pe",
    "script": "script",
    "java": "java",
    "archive": "archive",
    "class": "class",
    "data": "data",
    "macho": "macho",
}


def offers(view: View, partner: View | None) -> list[Offer]:
    """Tasks on the outcome of the signature check; nothing here says that a file is unsigned."""
    found = view.file.signatures
    if found is None or found.is_signed is None or found.status == "error" or not found.verification_status:
        return []
    if found.is_signed:
        return (
            [Offer(task="signatures.signed", build=partial(_signed, view, found), importance=7)] if found.signer else []
        )
    made = [
        Offer(
            task="signatures.means", build=partial(_means, view, found), importance=6, long=True, variants=2, weight=0.8
        )
    ]
    if found.verification_status == _REFUSED:
        return made
    if _digest(view) is not None and not tiny(view):
        made.append(
            Offer(
                task="signatures.origin",
                build=partial(_origin, view, found),
                importance=6,
                long=True,
                variants=2,
                weight=0.9,
            )
        )
    if any(getattr(found, name) is None for name in _EMPTY):
        made.append(
            Offer(
                task="signatures.detail",
                build=partial(_detail, view, found),
                importance=4,
                pair=True,
                long=True,
                variants=2,
                weight=0.6,
            )
        )
    return made


def _digest(view: View) -> Text | None:
    hashes = view.file.hashes
    if hashes is None or not hashes.sha256:
        return None
    return value.code(hashes.sha256, view.at("hashes", ".sha256"))


def _base(view: View, found: Signatures) -> dict[str, Text]:
    return {
        "name": view.name, "path": view.path, "flag": value.code("true" if found.is_signed else "false", view.at("signatures", ".is_signed")),
        "status": value.code(found.verification_status or "", view.at("signatures", ".verification_status")),
    }  # fmt: skip


def _kind(view: View) -> str:
    """How this type of file would carry a signature."""
    return _KINDS.get(view.file.kind, "data")


def _draft(view: View, content: list[Content], *shows: Show, slots: dict[str, Text] | None = None) -> Draft:
    return Draft(
        slots={"name": view.name, "path": view.path, **(slots or {})}, shows=(_SHOW, *shows), content=tuple(content), context=_CONTEXT
    )  # fmt: skip


def _type(view: View, slots: dict[str, Text]) -> tuple[Content, tuple[Show, ...]]:
    """How this type of file would carry a signature, and what shows the type."""
    said = say("answer", f"signatures.type.{_kind(view)}", "method structure decision", **slots)
    binary, metadata = view.file.binary_info, view.file.metadata
    if binary is not None and binary.format in ("ELF", "PE"):
        return said, field_line(view, "binary_info", "format")
    if metadata is not None and metadata.mime_type and metadata.mime_type != "application/octet-stream":
        return said, field_line(view, "metadata", "mime_type")
    return said, ()


def _means(view: View, found: Signatures, request: Request) -> Draft:
    """What the empty result says and what it does not, and the check that does decide."""
    slots = _base(view, found)
    following = _next(view)
    if found.verification_status == _REFUSED:
        return _draft(view, [
            say("answer", "signatures.refused", "decision provenance plain", **slots),
            say("answer", following, "next package verify", **slots),
            say("meaning", "signatures.refused.means", "malware weakness decision data plain", **slots),
        ])  # fmt: skip
    kind, shows = _type(view, slots)
    weight = choose(f"{request.key}/weight", ("neutral", "label"))
    side = _side(view)
    aside = choose(f"{request.key}/aside", ("signatures.means.tools", side)) if _kind(view) in _EMBEDDED else side
    content: list[Content] = [
        say("answer", "signatures.means", "decision provenance plain", **slots),
        kind,
        say("answer", following, "next package verify", **slots),
        say("meaning", f"signatures.means.{weight}", "malware weakness decision data plain", **slots),
        say("limit", aside, "limit method rule files", **slots),
    ]
    digest = _digest(view)
    if digest is not None and following == "signatures.next.source":
        content.append(say("verify", "signatures.verify.hash", "verify hash provenance", sha256=digest, **slots))
        shows = (*shows, *field_line(view, "hashes", "sha256"))
    return _draft(view, content, *shows)


def _side(view: View) -> str:
    """Where a detached signature is looked for: a name without an extension gets a doubled dot before that of the signature."""
    return "signatures.means.side" if "." in view.file.name.lstrip(".") else "signatures.means.side.bare"


def _next(view: View) -> str:
    if from_package(view):
        return "signatures.next.package"
    return "signatures.next.pe" if _kind(view) == "pe" else "signatures.next.source"


def _origin(view: View, found: Signatures, request: Request) -> Draft | None:
    """How to show where a file comes from without a signature."""
    digest = _digest(view)
    if digest is None:
        return None
    slots = _base(view, found) | {"sha256": digest}
    content: list[Content] = [
        say("answer", "signatures.origin", "provenance decision hash", **slots),
        say("answer", _next(view).replace("next", "how"), "verify package provenance", **slots),
    ]
    shows: list[Show] = list(field_line(view, "hashes", "sha256"))
    metadata = view.file.metadata
    if (
        metadata is not None
        and metadata.modified
        and metadata.file_size is not None
        and metadata.modified.endswith("Z")
    ):
        times = {
            "modified": value.date(metadata.modified, view.at("metadata", ".modified")),
            "size": value.grouped(metadata.file_size, view.at("metadata", ".file_size"), "byte|bytes"),
        }  # fmt: skip
        content.append(say("detail", "signatures.origin.time", "time size provenance", **times, **slots))
        shows += field_line(view, "metadata", "modified", "file_size", "owner_uid")
        if metadata.owner_uid is not None and metadata.owner_uid == 0:
            owner = value.code("0", view.at("metadata", ".owner_uid"))
            content.append(say("detail", "signatures.origin.root", "permission provenance", owner=owner, **slots))
    binary = view.file.binary_info
    names = [one.name for one in binary.sections] if binary else []
    if ".note.gnu.build-id" in names:
        number = names.index(".note.gnu.build-id")
        section = value.code(names[number], view.at("binary_info", f".sections[{number}].name"))
        content.append(say("detail", "signatures.origin.build", "build provenance", section=section, **slots))
        shows.append(Show("binary_info.sections", only=(number,)))
    content += [
        say("meaning", "signatures.origin.hash", "hash plain method", **slots),
        say("limit", "signatures.origin.limit", "limit provenance", **slots),
        say("limit", "signatures.origin.name", "limit path identity", **slots),
    ]
    return _draft(view, content, *shows)


def _detail(view: View, found: Signatures, request: Request) -> tuple[Draft, Draft] | None:
    """The status, which the report has, and a field that stays empty without a verified signature."""
    empty = [name for name in _EMPTY if getattr(found, name) is None]
    name = empty[request.variant % len(empty)]
    slots = _base(view, found)
    kind, shows = _type(view, slots)
    positive: list[Content] = [
        say("answer", "signatures.detail.status", "decision provenance", **slots),
        kind,
        say("meaning", "signatures.means.neutral", "malware weakness decision", **slots),
    ]
    null = value.in_code(value.null(name, view.at("signatures", f".{name}")))
    missing = slots | {"field": null, "what": Text(_EMPTY[name])}
    negative: list[Content] = [
        say("answer", "signatures.detail.empty", "decision provenance", **missing),
        say("answer", "signatures.detail.why", "method structure", **missing),
        say("limit", _side(view), "limit files method", **slots),
    ]
    for content in (positive, negative):
        content.append(say("next", _next(view), "next package verify", **slots))
    yes = _draft(view, positive, *shows, slots={"what": Text("the verification status")})
    no = _draft(view, negative, *shows, slots={"what": Text(_EMPTY[name])})
    return yes, Draft(slots=no.slots, shows=no.shows, content=no.content, context=no.context, negative="empty_result")


def _signed(view: View, found: Signatures, request: Request) -> Draft:
    slots = _base(view, found) | {"signer": value.code(found.signer or "", view.at("signatures", ".signer"))}
    content: list[Content] = [
        say("answer", "signatures.signed", "provenance identity decision", **slots),
        say("answer", "signatures.signed.status", "provenance verify", **slots),
    ]
    digest = _digest(view)
    shows: tuple[Show, ...] = ()
    if digest is not None:
        content.append(say("verify", "signatures.verify.hash", "verify hash provenance", sha256=digest, **slots))
        shows = field_line(view, "hashes", "sha256")
    content.append(say("limit", "signatures.signed.limit", "limit malware", **slots))
    return _draft(view, content, *shows)
