"""Hashes: giving them, what each is good for, comparing with a value or its beginning that the user has."""

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, items, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.view import View
from threatflux_training.hashing import choose, ordered, sha256_hex
from threatflux_training.tasks import about
from threatflux_training.tasks.model import Draft, NegativeKind, Offer, Request, Show

FAMILY = "hashes"
_NAMES = {"md5": "MD5", "sha256": "SHA-256", "sha512": "SHA-512", "blake3": "BLAKE3"}
_LACKED = {"sha1": "SHA-1", "sha3": "SHA-3", "imphash": "imphash", "ssdeep": "ssdeep"}
"""Digests that people ask for and no report has: key of the missing place, name."""
_BEGINNING = 8
_CONTEXT = ("metadata", "signatures", "binary_info", "strings", "entropy.sections")


def offers(view: View, partner: View | None) -> list[Offer]:
    """Tasks on the digests of a file."""
    hashes = view.file.hashes
    if hashes is None or not hashes.sha256:
        return []
    made = [
        Offer(task="hashes.give", build=lambda r: _give(view, r), importance=3, weight=0.6),
        Offer(
            task="hashes.compare", build=lambda r: _compare(view, r), importance=5, pair=True, variants=2, weight=0.5
        ),
        Offer(task="hashes.prefix", build=lambda r: _prefix(view, r), importance=4, pair=True, weight=0.3),
        Offer(task="hashes.kind", build=lambda r: _kind(view, r), importance=3, pair=True, weight=0.3),
    ]
    if hashes.md5 and view.file.metadata is not None and not about.tiny(view):
        made.append(Offer(task="hashes.lookup", build=lambda r: _lookup(view, r), importance=5, weight=0.5))
    if about.size(view) and "modified" in about.dates(view):
        made.append(Offer(task="hashes.exhibit", build=lambda r: _exhibit(view, r), importance=4, weight=0.6))
    if hashes.md5 and hashes.sha512 and hashes.blake3:
        made.append(Offer(task="hashes.all", build=lambda r: _all(view, r), importance=3, weight=0.3))
    return made


def _digest(view: View, kind: str) -> Text:
    return value.code(getattr(view.file.hashes, kind), view.at("hashes", f".{kind}"))


def _slots(view: View) -> dict[str, Text]:
    """Everything a sentence about the digest may name."""
    slots = {"name": view.name, "path": view.path, "sha256": _digest(view, "sha256")} | about.dates(view)
    size = about.size(view)
    return slots | ({"size": size} if size else {})


def _empty(view: View, slots: dict[str, Text]) -> list[Content]:
    """Of an empty file, that its digest is that of all empty files: by its value (`mine`) beside one of the user's."""
    empty = view.file.metadata is not None and view.file.metadata.file_size == 0
    phrase = "hashes.empty.mine" if "mine" in slots else "hashes.empty"
    return [say("answer", phrase, "limit hash decision", **slots)] if empty else []


def _draft(
    view: View,
    content: list[Content],
    slots: dict[str, Text],
    shows: tuple[Show, ...] = (),
    negative: NegativeKind = "",
) -> Draft:
    return Draft(
        slots=slots, shows=about.without((Show("hashes"), *shows)), content=tuple(content), context=_CONTEXT,
        negative=negative,
    )  # fmt: skip


def _known(view: View, request: Request, *names: str) -> tuple[list[Content], tuple[Show, ...]]:
    return about.facts(view, f"{request.key}/about", *names)


def _give(view: View, request: Request) -> Draft:
    slots = _slots(view)
    more, shows = _known(view, request, "check", "same")
    content: list[Content] = [
        say("answer", "hashes.give", "hash identity", **slots),
        *_empty(view, slots),
        *more,
        say("meaning", "hashes.give.identifies", "identity provenance hash plain", **slots),
    ]
    if view.file.hashes is not None and view.file.hashes.md5:
        content.append(say("detail", "hashes.md5", "hash detection", md5=_digest(view, "md5"), **slots))
    return _draft(view, content, {"name": view.name}, shows)


def _exhibit(view: View, request: Request) -> Draft:
    """Digest, length and time in one entry, with what each of them is worth."""
    slots = _slots(view)
    more, shows = _known(view, request, "rights", "same", "check")
    content: list[Content] = [
        say("answer", "hashes.exhibit", "hash identity time size", **slots),
        say("meaning", "hashes.exhibit.weight", "provenance time hash", **slots),
        *more,
    ]
    if "created" in slots:
        content.append(say("detail", "hashes.exhibit.created", "time provenance", **slots))
    if "accessed" in slots:
        content.append(say("limit", "hashes.exhibit.accessed", "time limit", **slots))
    content.append(say("limit", "hashes.exhibit.limit", "limit provenance verify", **slots))
    return _draft(view, content, {"name": view.name}, shows)


def _lookup(view: View, request: Request) -> Draft:
    """Which digest to search by, and what a hit or a miss would tell."""
    slots = _slots(view) | {"md5": _digest(view, "md5")}
    more, shows = _known(view, request, "check")
    place = about.place_of(view.file.path)
    spread = "packaged" if about.from_package(view) else "lone" if place in ("local", "open", "home") else ""
    content: list[Content] = [
        say("answer", "hashes.lookup", "hash detection decision", **slots),
        say("answer", "hashes.lookup.where", "next verify detection plain", **slots),
        say("limit", "hashes.lookup.miss", "limit detection malware", **slots),
        say("detail", "hashes.lookup.md5", "hash weakness detection", **slots),
        *more,
    ]
    if spread:
        content.insert(1, say("meaning", f"hashes.lookup.{spread}", "detection provenance malware decision", **slots))
    return _draft(view, content, {"name": view.name}, shows)


def _all(view: View, request: Request) -> Draft:
    slots = _slots(view)
    entries = [
        say("detail", f"hashes.all.{kind}", "hash", digest=_digest(view, kind))
        for kind in ("sha256", "sha512", "blake3", "md5")
    ]
    more, shows = _known(view, request, "check")
    content: list[Content] = [
        say("answer", "hashes.all", "hash identity", **slots),
        items("answer", say("answer", "hashes.all.lead", "hash", **slots), list(entries), "hash"),
        say("limit", "hashes.all.limit", "weakness limit hash", md5=_digest(view, "md5"), **slots),
        *more,
    ]
    return _draft(view, content, {"name": view.name}, shows)


# With a value of the user's


def _compare(view: View, request: Request) -> tuple[Draft, Draft] | None:
    """A value that equals the file's, and one that does not: of both the report lets one be sure."""
    kind = choose(request.key, [kind for kind in ("sha256", "md5") if getattr(view.file.hashes, kind)])
    own = str(getattr(view.file.hashes, kind))
    return _compared(view, request, kind, own), _compared(view, request, kind, _another(own, request))


def _another(own: str, request: Request) -> str:
    """A digest of the same length that differs from the first digit on."""
    made = sha256_hex(own.encode(), request.key.encode())
    while made[0] == own[0]:
        made = sha256_hex(made.encode())
    return made[: len(own)]


def _compared(view: View, request: Request, kind: str, given: str) -> Draft:
    own = str(getattr(view.file.hashes, kind))
    asked = {"name": view.name, "path": view.path, "given": value.in_code_asked(given), "kind": Text(_NAMES[kind])}
    slots = _slots(view) | asked
    same = given == own
    content: list[Content] = []
    if same:
        content += [say("answer", "hashes.equal", "decision", **slots), *_empty(view, slots)]
        content += _equal(slots, kind)
    else:
        slots["mine"] = _digest(view, kind)
        slots["begin"] = value.in_code_asked(given[:6])
        slots["own"] = value.part(own[:6], view.at("hashes", f".{kind}"))
        content += [say("answer", "hashes.unequal", "decision", **slots), *_empty(view, slots)]
        if kind == "sha256" and view.file.hashes is not None and view.file.hashes.blake3:
            other = _digest(view, "blake3")
            content.append(say("detail", "hashes.unequal.other", "hash plain identity method", blake3=other, **slots))
        content += _unequal(view, slots)
    names = ("kind", "line", "rights", "same") if same else ("check", "times")
    more, shows = _known(view, request, *names)
    return _draft(view, content + more, asked, shows, "" if same else "false_premise")


def _equal(slots: dict[str, Text], kind: str) -> list[Content]:
    said: list[Content] = [
        say("meaning", "hashes.equal.content", "identity provenance plain", **slots),
        say("limit", "hashes.equal.good", "limit malware decision", **slots),
        say("limit", "knowledge.hash_says_what", "weakness"),
        say("meaning", "hashes.equal.search", "detection malware hash", **slots),
        say("next", "hashes.equal.record", "next verify provenance", **slots),
    ]
    if kind == "md5":
        said.append(say("limit", "hashes.equal.md5", "weakness hash verify", **slots))
    if "modified" in slots:
        said.append(say("detail", "hashes.equal.since", "time provenance", **slots))
    return said


def _unequal(view: View, slots: dict[str, Text]) -> list[Content]:
    said: list[Content] = [
        say("detail", "hashes.unequal.begin", "hash method plain", **slots),
        say("limit", "hashes.unequal.why", "limit decision package provenance", **slots),
        say("meaning", "hashes.unequal.search", "detection malware hash", **slots),
    ]
    if "size" in slots:
        said.append(say("next", "hashes.unequal.size", "size next verify", **slots))
    if "modified" in slots:
        found = view.file.metadata
        came = "arrived" if found is not None and about.time_order(found) == "copied" else "time"
        said.append(say("meaning", f"hashes.unequal.{came}", "time provenance decision", **slots))
    return said


def _prefix(view: View, request: Request) -> tuple[Draft, Draft]:
    """The first digits of a SHA-256: of the file's, and of another."""
    own = str(view.file.sha256 or getattr(view.file.hashes, "sha256", ""))
    return _begun(view, request, own[:_BEGINNING]), _begun(view, request, _another(own, request)[:_BEGINNING])


def _begun(view: View, request: Request, given: str) -> Draft:
    own = str(getattr(view.file.hashes, "sha256", ""))
    same = own.startswith(given)
    asked = {"name": view.name, "path": view.path, "given": value.in_code_asked(given)}
    slots = _slots(view) | asked | {"own": value.part(own[:_BEGINNING], view.at("hashes", ".sha256"))}
    more, shows = _known(view, request, "place", "check", "kind", "line")
    if not same:
        more = []  # facts on this file would be taken for those of the file that is meant
    elif "size" in slots:
        more.insert(0, say("detail", "hashes.prefix.size", "size hash verify", **slots))
    content: list[Content] = [
        say("answer", "hashes.prefix.yes" if same else "hashes.prefix.no", "hash decision", **slots),
        *(_empty(view, slots) if same else ()),
        say("limit", "hashes.prefix.weak" if same else "hashes.prefix.sure", "limit hash method", **slots),
        say("next", "hashes.prefix.whole" if same else "hashes.prefix.other", "next verify hash", **slots),
        *more,
    ]
    return _draft(view, content, asked, shows, "" if same else "false_premise")


def _kind(view: View, request: Request) -> tuple[Draft, Draft] | None:
    """A digest that the report has beside SHA-256, and one that the scanner never writes."""
    held = [kind for kind in ("sha512", "blake3", "md5") if getattr(view.file.hashes, kind, None)]
    if not held:
        return None
    has = ordered(f"{request.key}/held", held)[0]
    lacks = ordered(f"{request.key}/lacked", list(_LACKED))[0]
    return _holding(view, request, has), _lacking(view, request, lacks, has)


def _asked(view: View, name: str) -> dict[str, Text]:
    return {"name": view.name, "path": view.path, "kind": Text(name)}


def _holding(view: View, request: Request, kind: str) -> Draft:
    asked = _asked(view, _NAMES[kind])
    slots = _slots(view) | asked | {"digest": _digest(view, kind)}
    more, shows = _known(view, request, "kind", "check", "line")
    content: list[Content] = [
        say("answer", "hashes.kind.yes", "hash identity", **slots),
        say("meaning", f"hashes.kind.{kind}", "hash weakness method decision", **slots),
        say("detail", "hashes.kind.beside", "hash detection", **slots),
        *more,
    ]
    return _draft(view, content, asked, shows)


def _lacking(view: View, request: Request, kind: str, near: str) -> Draft:
    asked = _asked(view, _LACKED[kind])
    missing = value.null(_LACKED[kind], view.at("hashes", f".{kind}"))
    slots = _slots(view) | asked | {"missing": missing, "digest": _digest(view, near), "near": Text(_NAMES[near])}
    more, shows = _known(view, request, "kind", "check", "line")
    content: list[Content] = [
        say("answer", "hashes.kind.no", "hash decision", **slots),
        say("next", f"hashes.kind.no.{kind}", "next hash method verify", **slots),
        say("detail", "hashes.kind.instead", "hash identity", **slots),
        *more,
    ]
    return _draft(view, content, asked, shows, "absent_feature")
