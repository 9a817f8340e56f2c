"""A range of the list of strings, grouped by purpose: what kinds stand there and what each tells."""

import re
from collections import Counter

import msgspec

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Role, Say, Section, fragment, items, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.name_purpose import Purpose, is_commonplace, purpose_of
from threatflux_training.evidence.string_kinds import Kind, is_option, secret_names, speaks
from threatflux_training.evidence.view import View
from threatflux_training.tasks.about import is_executable
from threatflux_training.tasks.compare_imports import PURPOSES
from threatflux_training.tasks.compound import SURROUNDINGS
from threatflux_training.tasks.listing import BLOCK, Listing, few
from threatflux_training.tasks.model import Draft, Offer, Request, Show
from threatflux_training.tasks.purpose import jobs, owner

_CAP = {"message": 12, "symbol": 18, "code": 6, "other": 8, "usage": 14}
_ORDER: tuple[Kind, ...] = (
    "network", "path", "usage", "message", "library", "version", "compiler", "debug", "symbol", "section", "code", "other",
)  # fmt: skip
_TAGS = {
    "network": "network malware detection strings", "path": "path files permission", "usage": "process plain",
    "message": "plain strings data", "library": "package container imports", "version": "package build container",
    "compiler": "build provenance", "debug": "build provenance", "symbol": "imports code", "section": "structure",
    "code": "code method weakness",
}  # fmt: skip
_PURPOSE_TAGS: dict[Purpose, str] = {
    "start": "structure build", "hardening": "mitigation memory_safety", "memory": "memory_safety performance", "text": "data code",
    "output": "strings process", "files": "files storage", "streams": "files code", "folders": "files path storage", "process": "process malware kernel",
    "ipc": "process kernel", "system": "kernel plain",
    "user": "permission", "time": "time", "network": "network malware", "terminal": "hardware plain", "locale": "package plain",
    "options": "process plain", "variables": "data code", "errors": "code plain", "random": "crypto", "sorting": "data code",
}  # fmt: skip
_LISTED = 2
"""Purposes that need no list."""
_NOTABLE = frozenset((
    "ptrace", "execve", "execvp", "execv", "execlp", "system", "popen", "fork", "socket", "connect", "bind", "listen", "accept", "getaddrinfo",
    "setuid", "setgid", "setreuid", "chroot", "mount", "umount2", "unshare", "setns", "unlink", "chmod", "chown", "rename", "symlink", "getpwnam",
    "crypt", "tcsetattr", "settimeofday", "opendir", "mkdir", "dlopen", "reboot", "kill",
))  # fmt: skip
"""Functions that say more of a program than others of their purpose."""
_INNER: tuple[Purpose, ...] = (
    "start", "text", "output", "streams", "memory", "locale", "options", "variables", "errors", "hardening", "random", "sorting",
)  # fmt: skip
"""Purposes that don't set a program apart."""
_NAMED = 8
"""Names of functions that make a range of the list worth reading for them."""
_NO_PROGRAMS = ("data", "image", "archive")
"""Kinds of files whose strings are content or chance: they name no functions and give no messages."""
_TOLD, _SHARE = 6, 8
"""How many entries other than code make a range worth an overview, and one in how many of its entries."""
_LEAST = 18
"""A range of fewer lines isn't worth an overview."""


def offers(view: View, listing: Listing) -> list[Offer]:
    """Overviews of the list and of its ranges."""
    if len(listing) < _LEAST or listing.script or view.file.kind in _NO_PROGRAMS:
        return []
    variants = 1 + min(6, len(listing) // 80)
    made = [
        Offer(
            task="strings.groups",
            build=lambda r: _groups(listing, r),
            importance=4,
            long=True,
            variants=variants,
            weight=1.2,
        )
    ]
    if sum(purpose_of(text) is not None for text in listing.texts) > 8:
        made.append(
            Offer(
                task="strings.names",
                build=lambda r: _names(listing, r),
                importance=4,
                long=True,
                variants=1 + variants // 3,
            )
        )
    return made


def _groups(listing: Listing, request: Request) -> Draft | None:
    start, stop, chunk = listing.window(request)
    if stop - start < _LEAST:
        return None
    groups = _sorted_kinds(listing, start, stop)
    if sum(len(found) for kind, found in groups.items() if kind not in ("code", "other")) < max(
        _TOLD, (stop - start) // _SHARE
    ):
        return None
    whole = start == 0 and stop == len(listing)
    slots = {"first": listing.place(start), "last": listing.place(stop - 1), "name": listing.view.name}
    main = max(groups, key=lambda kind: len(groups[kind]))
    telling = [i for i in groups[main] if speaks(listing.texts[i])] if main == "message" else []
    lead = value.join([listing.quoted(i) for i in few(telling or groups[main], 3)])
    phrase = f"strings.groups.{main}" + ("" if whole else ".part")
    content: list[Content] = [say("answer", phrase, "strings plain", list=lead, **slots)]
    regions = _regions(listing, start, stop)
    if len(regions) > 1:
        parts = tuple(
            fragment(
                "strings.region.of",
                sorts=_sorts(listing, first, last, name),
                first=listing.place(first),
                last=listing.place(last),
            )
            for first, last, name in regions
        )
        content[:1] = [say("answer", "strings.groups.regions", "strings structure plain", parts=parts, **slots)]
    content[:0] = _identity(listing, start, stop)
    largest = sorted(groups, key=lambda kind: -len(groups[kind]))[:2]
    for kind in (kind for kind in _ORDER if kind in groups and not kind == main == "code"):
        content += _group(listing, kind, groups[kind], request.length == "long", kind in largest)
    secrets = [i for i in range(start, stop) if secret_names(listing.texts[i])]
    if secrets:
        places = value.join([listing.place(i) for i in secrets])
        content.append(say("detail", "strings.groups.secret", "weakness decision", places=places))
    content.append(say("limit", "strings.groups.limit", "limit method", **slots))
    return Draft(
        slots=slots,
        shows=(Show(BLOCK, start, stop),),
        content=tuple(content),
        chunk=chunk,
        context=SURROUNDINGS,
    )


def _identity(listing: Listing, start: int, stop: int) -> list[Say]:
    """What the strings of a range say the file is for, and to which project they say it belongs."""
    told = next((one for one in jobs(listing.view) if one.firm and "line" in one.said.slots), None)
    clues = (told, owner(listing.view))
    return [one.said for one in clues if one and one.lines and start <= min(one.lines) and max(one.lines) < stop]


_REGIONS: dict[str, frozenset[Kind]] = {
    "names": frozenset(("symbol", "library", "version")),
    "code": frozenset(("code",)),
    "text": frozenset(("message", "usage", "network", "path")),
    "sections": frozenset(("section", "debug", "compiler")),
}
_SORTS: dict[Kind, str] = {
    "symbol": "names", "library": "libraries", "version": "symbol versions", "message": "messages", "usage": "help lines", "network": "addresses",
    "path": "paths", "section": "section names", "debug": "names of debug files", "compiler": "marks of the compiler", "code": "machine code that reads like text",
}  # fmt: skip
"""What the entries of a stretch are called."""
_STRETCH = 6
"""Entries that make a stretch of one sort."""
_FOREIGN = 2
"""What an entry of another sort costs a stretch, where one of its own counts 1."""


def _regions(listing: Listing, start: int, stop: int) -> list[tuple[int, int, str]]:
    """Where in a range entries of one sort stand together: first, last and sort, in order, none within another."""
    found = []
    for name, kinds in _REGIONS.items():
        if name == "code" and not is_executable(listing.view):
            continue
        best, total, since, extent = 0, 0, start, (0, -1)
        for index in range(start, stop):
            if total <= 0:
                total, since = 0, index
            total += 1 if _kind(listing, index) in kinds else -_FOREIGN
            if total > best:
                best, extent = total, (since, index)
        if best >= _STRETCH:
            found.append((*extent, name))
    found.sort()
    return [one for one, after in zip(found, [*found[1:], (stop, stop, "")], strict=False) if one[1] < after[0]]


def _sorts(listing: Listing, first: int, last: int, name: str) -> Text:
    """The sorts of entries in a stretch, those that are there, the most frequent first."""
    counts = Counter(kind for index in range(first, last + 1) if (kind := _kind(listing, index)) in _REGIONS[name])
    return value.join([Text(_SORTS[kind]) for kind, _ in counts.most_common()])


_EXPLAINED = re.compile(r"\s+(?:<[\w-]+>|[\w-]+,?)(?: {2,}| = )\S.*|<[\w-]+> {2,}\S.*")
"""A line of a help text that sets a word or a number apart from what it stands for."""


def _kind(listing: Listing, index: int) -> Kind:
    """The kind of an entry, a sentence about an option told from a line of a help text."""
    text, kind = listing.texts[index], listing.kind(index)
    if kind == "usage" and text.lstrip().startswith("-") and not is_option(text) and speaks(text):
        return "message"
    return "usage" if kind == "message" and "%" not in text and _EXPLAINED.fullmatch(text) else kind


def _sorted_kinds(listing: Listing, start: int, stop: int) -> dict[Kind, list[int]]:
    """The entries of a range by kind, each text once; kinds with nothing to tell are left out."""
    groups: dict[Kind, list[int]] = {}
    seen: set[str] = set()
    own = listing.view.file.name
    for index in range(start, stop):
        text = listing.texts[index]
        if text not in seen and not text.startswith("/lib64/ld-") and not own.startswith(text):
            seen.add(text)
            groups.setdefault(_kind(listing, index), []).append(index)
    alone = ("network", "compiler", "debug", "library", "path")
    if not is_executable(listing.view):
        groups.pop("code", None)
    return {kind: found for kind, found in groups.items() if kind in _TAGS and (len(found) > 1 or kind in alone)}


def _group(listing: Listing, kind: Kind, found: list[int], long: bool, large: bool) -> list[Content]:
    tags = _TAGS[kind]
    if kind == "symbol":
        return _by_purpose(listing, found, long)
    if kind == "message":
        found = [i for i in found if speaks(listing.texts[i])] or found
    if not long or len(found) < 4:
        chosen = value.join([listing.quoted(i) for i in few(found, 5)])
        role: Role = "answer" if large else "detail"
        return [say(role, f"strings.group.{kind}", tags, list=chosen)]
    shown = [listing.quoted(i) for i in few(found, _CAP.get(kind, 14))]
    heading = say("detail", f"strings.heading.{kind}")
    if kind in ("message", "usage", "network"):
        return [Section(heading, (items("answer", say("answer", f"strings.lead.{kind}", tags), list(shown), tags),))]
    return [Section(heading, (say("answer", f"strings.group.{kind}", tags, list=value.join(shown)),))]


def _by_purpose(listing: Listing, found: list[int], long: bool) -> list[Content]:
    """Names of functions by what they are for; behind the names of versions single words are options and values."""
    groups = _purposes(listing, found)
    said = [
        _purpose(listing, purpose, members, 9 if long else 5, "answer" if long else "detail")
        for purpose, members in groups
    ]
    families, others = _families(
        listing, [i for i in found if purpose_of(listing.texts[i]) is None and _NAME.search(listing.texts[i])]
    )
    end = max(listing.of_kind("version"), default=len(listing))
    others = [index for index in others if index < end]
    said[:0] = [_family(listing, prefix, members, 9 if long else 5) for prefix, members in families]
    if (groups or families) and len(others) > 1:
        listed = value.join([listing.quoted(i) for i in few(others, 14 if long else 6)])
        said.append(say("answer" if long else "detail", "strings.names.other", "imports code", list=listed))
    if not groups and not families and not others:
        return []
    if not groups and not families:
        return [
            say(
                "detail",
                "strings.group.symbol",
                "imports code",
                list=value.join([listing.quoted(i) for i in few(others, 6)]),
            )
        ]
    if not long and len(said) > _LISTED:
        lead = say("answer", "strings.lead.symbol", "imports")
        return [items("answer", lead, [msgspec.structs.replace(one, role="detail") for one in said[:6]], "imports")]
    if not long:
        return list(said)
    lead = say("answer", "strings.lead.symbol", "imports")
    return [Section(say("detail", "strings.heading.symbol"), (items("answer", lead, list(said), "imports"),))]


_NAME = re.compile(r"[a-z]{4,}|[A-Za-z]{2,}_[A-Za-z]{2,}")
"""What a name has that code in the printable range hardly has."""
_PREFIX = re.compile(r"[A-Za-z][A-Za-z0-9]*_(?=[A-Za-z])")
_FAMILIES = {
    "openssl": ("BN_", "EC_", "EVP_", "RSA_", "DSA_", "ECDSA_", "DH_", "PEM_", "SSL_", "BIO_", "OPENSSL_"),
    "blkid": ("blkid_",), "mount": ("mnt_",), "tables": ("scols_",), "pam": ("pam_",), "sqlite": ("sqlite3_",),
}  # fmt: skip
"""Prefixes by which a library names its functions."""
_KINDRED = 3
"""Names with one prefix that are told together."""


def _families(listing: Listing, found: list[int]) -> tuple[list[tuple[str, list[int]]], list[int]]:
    """The names that share a prefix, the largest families first, and those that don't."""
    families: dict[str, list[int]] = {}
    for index in found:
        if match := _PREFIX.match(listing.texts[index]):
            families.setdefault(match[0], []).append(index)
    large = sorted((entry for entry in families.items() if len(entry[1]) >= _KINDRED), key=lambda entry: -len(entry[1]))
    kept = large[:3]
    inside = {index for _, members in kept for index in members}
    return kept, [index for index in found if index not in inside]


def _family(listing: Listing, prefix: str, members: list[int], most: int) -> Say:
    name = next((name for name, prefixes in _FAMILIES.items() if prefix in prefixes), "")
    listed = value.join([listing.quoted(i) for i in few(members, most)])
    phrase = "strings.names.family" + (f".{name}" if name else "")
    return say("detail", phrase, "imports code", prefix=listing.piece(members[0], prefix), list=listed)


def _purposes(listing: Listing, found: list[int]) -> list[tuple[Purpose, list[int]]]:
    groups: dict[Purpose, list[int]] = {}
    for index in found:
        purpose = purpose_of(listing.texts[index])
        if purpose is not None:
            groups.setdefault(purpose, []).append(index)
    return sorted(
        groups.items(),
        key=lambda entry: (entry[0] in ("start", "text", "output", "streams", "variables", "errors"), -len(entry[1])),
    )


def _purpose(listing: Listing, purpose: Purpose, members: list[int], most: int, role: Role) -> Say:
    names = value.join([listing.quoted(i) for i in few(members, most)])
    if len(members) > most and purpose != "variables":
        return say(role, "strings.names.some", _PURPOSE_TAGS[purpose], purpose=Text(PURPOSES[purpose]), list=names)
    return say(role, f"strings.names.{purpose}", _PURPOSE_TAGS[purpose], list=names)


def _names(listing: Listing, request: Request) -> Draft | None:
    """What the names of library functions in a range say about the program."""
    start, stop, chunk = listing.window(request)
    found = [i for i in range(start, stop) if purpose_of(listing.texts[i]) is not None]
    groups = _purposes(listing, sorted({listing.texts[i]: i for i in reversed(found)}.values()))
    if len({listing.texts[i] for i in found}) < _NAMED:
        return None
    slots = {"first": listing.place(start), "last": listing.place(stop - 1), "name": listing.view.name}
    telling = [entry for entry in groups if entry[0] not in _INNER]
    telling = [(purpose, [i for i in members if not is_commonplace(listing.texts[i])]) for purpose, members in telling]
    telling = [entry for entry in telling if entry[1]]
    ordinary = not telling
    telling = telling or groups
    leading = [sorted(members, key=lambda i: listing.texts[i] not in _NOTABLE)[:2] for _, members in telling[:3]]
    lead = value.join([listing.quoted(i) for members in leading for i in members])
    if ordinary:
        answer = say("answer", "strings.names.ordinary", "imports code decision", list=lead, **slots)
    else:
        acts = tuple(
            fragment(f"strings.names.act.{purpose}", list=value.join([listing.quoted(i) for i in chosen]))
            for (purpose, _), chosen in zip(telling[:3], leading, strict=False)
        )
        answer = say("answer", "strings.names", "imports code decision", acts=acts, **slots)
    content: list[Content] = [answer]
    long = request.length == "long"
    said = [_purpose(listing, purpose, members, 10 if long else 6, "detail") for purpose, members in groups]
    if len(said) > 2:
        content.append(
            items("answer", say("answer", "strings.lead.symbol", "imports"), list(said[: 14 if long else 5]), "imports")
        )
    else:
        content += said
    content.append(say("meaning", "strings.names.meaning", "imports method limit", list=lead, **slots))
    return Draft(
        slots=slots,
        shows=(Show(BLOCK, start, stop),),
        content=tuple(content),
        chunk=chunk,
        context=SURROUNDINGS,
    )
