"""What else a report knows of a file: place, times, rights, kind, first line, libraries, as statements for other tasks.

A task on one value (a digest, a size) adds the facts that its reader would look at next; each brings its evidence.
"""

import re
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Say, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.string_kinds import is_script, kind_of, secret_names
from threatflux_training.evidence.view import View
from threatflux_training.hashing import ordered
from threatflux_training.reports.model import BinaryInfo, FileMetadata
from threatflux_training.tasks.model import Show

_LIBRARY = re.compile(r"\.so(?:\.\d[\w.]*)?$")

_PLACES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("pam", re.compile(r"/(?:usr/)?lib/(?:[\w-]+/)?security/")),
    ("etc", re.compile(r"/etc/")),
    ("document", re.compile(r"/usr/share/doc/")),
    ("share", re.compile(r"/usr/share/")),
    ("library", re.compile(r"/(?:usr/)?lib(?:32|64|x32)?/(?:\w+-linux-\w+/)?[^/]+\.so(?:\.\d[\w.]*)?$")),
    ("helper", re.compile(r"/(?:usr/)?lib(?:32|64|x32|exec)?/")),
    ("admin", re.compile(r"/(?:usr/)?sbin/")),
    ("program", re.compile(r"/(?:usr/)?bin/")),
    ("local", re.compile(r"/usr/local/|/opt/")),
    ("open", re.compile(r"/tmp/|/var/tmp/|/dev/shm/")),
    ("home", re.compile(r"/home/|/root/|/Users/|[A-Z]:\\Users\\")),
)
_PACKAGED = ("pam", "document", "share", "helper", "library", "admin", "program")
_LATE = 120
"""Characters of a first line that a statement quotes."""


class Fact(NamedTuple):
    """A statement and the evidence it needs (none beyond the metadata: an empty tuple)."""

    said: Say
    shows: tuple[Show, ...] = ()


def place_of(path: str) -> str:
    """In which part of a file system a path lies: program, library, etc, home, ...; "" where it tells nothing."""
    return next((name for name, pattern in _PLACES if pattern.match(path)), "")


def is_library(view: View) -> bool:
    """Whether the name of the file is that of a shared library, with or without a version."""
    return _LIBRARY.search(view.file.name) is not None


def is_loader(view: View) -> bool:
    """Whether the name of the file is that of a dynamic loader, which is a program although it is named as a library."""
    return view.file.name.startswith("ld-")


def is_executable(view: View) -> bool:
    """Whether the file is a program or a library."""
    return view.file.kind in ("elf", "pe", "macho")


def names_libraries(binary: BinaryInfo) -> bool:
    """Whether the imports of an ELF file are the libraries it needs, as the older scanner lists them, and no functions."""
    return all(".so" in name for name in binary.imports)


def from_package(view: View) -> bool:
    """Whether the path is one that a distribution's packages own."""
    return place_of(view.file.path) in _PACKAGED


def size(view: View) -> Text | None:
    """`44,016 bytes`, where the metadata has it."""
    found = view.file.metadata
    if found is None or found.file_size is None:
        return None
    return value.grouped(found.file_size, view.at("metadata", ".file_size"), "byte|bytes")


def digest(view: View, kind: str = "sha256") -> Text | None:
    """A digest as code, where the report has it."""
    found = getattr(view.file.hashes, kind, None)
    return value.code(found, view.at("hashes", f".{kind}")) if found else None


def dates(view: View) -> dict[str, Text]:
    """The times of the metadata that are there, as `2022-09-20 15:27:27 UTC`."""
    found = view.file.metadata
    known = {name: getattr(found, name, None) for name in ("created", "modified", "accessed")}
    return {name: value.date(text, view.at("metadata", f".{name}")) for name, text in known.items() if text}


def time_order(found: FileMetadata) -> str:
    """How creation and modification relate: copied (created later), changed (modified later), same; "" if unknown."""
    if not found.created or not found.modified:
        return ""
    if found.created[:19] == found.modified[:19]:
        return "same"
    return "copied" if found.created > found.modified else "changed"


def facts(view: View, key: str, *names: str, wide: int = 2) -> tuple[list[Content], tuple[Show, ...]]:
    """The named facts that the report has, and the evidence for them.

    Of those that need more than the metadata only `wide` are taken, by the key, so that the prompt stays small.
    """
    found = [fact for name in names if (fact := FACTS[name](view)) is not None]
    broad = [fact for fact in found if fact.shows]
    kept = ordered(key, range(len(broad)))[:wide]
    chosen = [fact for fact in found if not fact.shows or broad.index(fact) in kept]
    if any(fact.said.phrase == "about.check.hash" for fact in chosen):
        chosen = [fact for fact in chosen if fact.said.phrase != "about.sha256"]
    shows = tuple(show for fact in chosen for show in fact.shows)
    return [fact.said for fact in chosen], shows if view.file.metadata is None else (Show("metadata"), *shows)


def _size(view: View) -> Fact | None:
    found = size(view)
    if found is None:
        return None
    return Fact(say("detail", "about.size", "size identity storage", size=found, name=view.name))


def _times(view: View) -> Fact | None:
    metadata = view.file.metadata
    order = time_order(metadata) if metadata else ""
    if not order:
        return None
    return Fact(say("detail", f"about.times.{order}", "time provenance", name=view.name, **dates(view)))


def _place(view: View) -> Fact | None:
    kind = place_of(view.file.path)
    if not kind or not view.file.path_at:
        return None
    tags = "path package provenance container" if kind in _PACKAGED else "path provenance malware"
    return Fact(say("detail", f"about.place.{kind}", tags, path=view.path, name=view.name))


TINY = 16
"""Bytes below which a file is no product of a build, and a digest that many files share."""


def tiny(view: View) -> bool:
    """Whether the file is empty or nearly so."""
    found = view.file.metadata
    return found is not None and found.file_size is not None and found.file_size < TINY


def _check(view: View) -> Fact | None:
    if not view.file.path_at or tiny(view):
        return None
    phrase = "about.check.package" if from_package(view) else "about.check.hash"
    found = digest(view)
    if phrase == "about.check.hash" and found is None:
        return None
    slots = {"path": view.path, "name": view.name} | ({"sha256": found} if found else {})
    shows = (Show("hashes"),) if found else ()
    return Fact(say("verify", phrase, "verify package provenance decision", **slots), shows)


class Special(NamedTuple):
    """Bits beyond the ordinary nine: their names, and `extra` where they lend rights or `idle` where a file gains none by them."""

    kind: Literal["extra", "idle"]
    names: Text


def special_bits(octal: str) -> Special | None:
    """The bits that the scanner drops and other writers of reports may keep.

    Setuid and setgid act when a file is executed; the sticky bit of a file is ignored.
    """
    bits = int(octal, 8)
    names = [name for bit, name in ((0o4000, "setuid"), (0o2000, "setgid"), (0o1000, "the sticky bit")) if bits & bit]
    acts = bits & 0o6000 and bits & 0o111
    return Special("extra" if acts else "idle", value.join([Text(name) for name in names])) if names else None


def rights_slots(view: View, found: FileMetadata) -> dict[str, Text]:
    """Mode, the mode in letters, owner and group."""
    octal, place = str(found.permissions), view.at("metadata", ".permissions")
    slots = {
        "name": view.name,
        "octal": value.code(octal, place),
        "rights": value.in_code(value.permissions(octal, place)),
    }
    for name, field in (("uid", "owner_uid"), ("gid", "group_gid")):
        if getattr(found, field) is not None:
            slots[name] = value.equal(getattr(found, field), view.at("metadata", f".{field}"))
    return slots


def _rights(view: View) -> Fact | None:
    found = view.file.metadata
    if found is None or not found.permissions or not found.permissions.isdigit() or found.owner_uid is None:
        return None
    bits = int(found.permissions, 8)
    special = special_bits(found.permissions)
    usual = "root" if found.owner_uid == 0 else "user"
    kind = "open" if bits & 0o022 else special.kind if special else usual
    tags = "permission decision" if kind != "root" else "permission"
    slots = rights_slots(view, found) | ({"which": special.names} if special else {})
    return Fact(say("detail", f"about.rights.{kind}", tags, **slots))


def _kind(view: View) -> Fact | None:
    binary = view.file.binary_info
    if binary is None or binary.format not in ("ELF", "PE", "Mach-O") or binary.architecture in (None, "", "Unknown"):
        return None
    slots = {
        "name": view.name,
        "format": value.equal(binary.format, view.at("binary_info", ".format")),
        "machine": value.code(binary.architecture, view.at("binary_info", ".architecture")),
    }
    phrase = "about.kind"
    if binary.format == "ELF" and binary.is_stripped is not None:
        phrase = "about.kind.stripped" if binary.is_stripped else "about.kind.symbols"
    return Fact(say("detail", phrase, "type structure hardware", **slots), (Show("binary_info"),))


def _entry(view: View) -> Fact | None:
    binary = view.file.binary_info
    if binary is None or not binary.entry_point:
        return None
    point = value.hexadecimal(binary.entry_point, view.at("binary_info", ".entry_point"))
    return Fact(
        say("detail", "about.entry", "address code structure", entry=point, name=view.name), (Show("binary_info"),)
    )


def _libraries(view: View) -> Fact | None:
    binary = view.file.binary_info
    if binary is None or binary.format != "ELF" or not binary.imports or len(binary.imports) > 6:
        return None
    if not names_libraries(binary):
        return None
    at = view.at("binary_info", ".imports")
    names = value.join([value.code(name, f"{at}[{n}]") for n, name in enumerate(binary.imports)])
    phrase = "about.libraries.one" if len(binary.imports) == 1 else "about.libraries"
    return Fact(
        say("detail", phrase, "package container imports build", list=names, name=view.name),
        (Show("binary_info.imports"),),
    )


def _first_line(view: View) -> Fact | None:
    """The interpreter line of a script, or the first sentence of a program's text."""
    found = view.file.strings
    if found is None or not found.ascii:
        return None
    at = view.at("strings", found.list_path)
    if is_script(found.ascii):
        quoted = value.code(found.ascii[0], f"{at}[0]") if len(found.ascii[0]) <= _LATE else None
        if quoted is None:
            return None
        return Fact(
            say("detail", "about.script", "type process strings", line=quoted, name=view.name),
            (Show("strings", 0, min(6, len(found.ascii))),),
        )
    told = next((i for i, text in enumerate(found.ascii) if _telling(text)), None)
    if told is None:
        return None
    return Fact(
        say("detail", "about.text", "strings identity plain", line=value.code(found.ascii[told], f"{at}[{told}]"), name=view.name),
        (Show("strings", max(0, told - 1), min(told + 2, len(found.ascii))),),
    )  # fmt: skip


def _telling(text: str) -> bool:
    return (
        24 <= len(text) <= _LATE
        and text[0].isupper()
        and text.count(" ") >= 4
        and kind_of(text) in ("message", "usage")
        and not secret_names(text)
        and "%" not in text
    )


def _entropy(view: View) -> Fact | None:
    found = view.file.entropy
    if (
        found is None
        or found.overall_entropy is None
        or not view.file.metadata
        or not view.file.metadata.file_size
        or tiny(view)
    ):
        return None
    amount = value.fixed(found.overall_entropy, view.at("entropy", ".overall_entropy"), 2, "bits per byte")
    kind = "dense" if found.overall_entropy > 7.2 else "plain" if found.overall_entropy > 3.5 else "sparse"
    return Fact(
        say("detail", f"about.entropy.{kind}", "entropy storage data", entropy=amount, name=view.name),
        (Show("entropy"),),
    )


def _digest(view: View) -> Fact | None:
    found = digest(view)
    if found is None:
        return None
    return Fact(say("detail", "about.sha256", "hash verify identity", sha256=found, name=view.name), (Show("hashes"),))


def _same(view: View) -> Fact | None:
    """Further paths of the same content."""
    others = [path for path in view.file.paths if path != view.file.path]
    if not others or not view.file.path_at:
        return None
    return Fact(say("detail", "about.paths", "path files provenance", path=view.path, name=view.name))


FACTS: dict[str, Callable[[View], Fact | None]] = {
    "size": _size, "times": _times, "place": _place, "check": _check, "rights": _rights, "kind": _kind, "entry": _entry,
    "libraries": _libraries, "line": _first_line, "entropy": _entropy, "digest": _digest, "same": _same,
}  # fmt: skip


def without(shows: Sequence[Show]) -> tuple[Show, ...]:
    """The shows, each once, in order."""
    return tuple(dict.fromkeys(shows))
