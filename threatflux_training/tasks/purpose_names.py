"""Clues to a purpose that rest on names: entry points of plug-ins, the prefix of a library, functions of known libraries."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from threatflux_training.compose import value
from threatflux_training.compose.content import Say, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.api_families import families
from threatflux_training.evidence.name_purpose import purpose_of
from threatflux_training.tasks.about import is_library
from threatflux_training.tasks.listing import few
from threatflux_training.tasks.model import Show
from threatflux_training.tasks.triage_case import Case

TAGS = "identity plain strings process package"
SHOWN = 3
_AREAS = (
    ("authenticate", "authentication"), ("acct_mgmt", "the check of accounts"), ("open_session", "sessions"), ("chauthtok", "password changes"),
)  # fmt: skip
ORDINARY_PATHS = (
    "/usr/share/locale",
    "/lib64/ld-",
    "/usr/lib/debug",
    "/usr/include",
    "/usr/lib/gcc",
    "/dev/null",
    "/proc/self",
    "/bin/sh",
    "/tmp",
)


class Clue(NamedTuple):
    """A statement on what a file is for: `lines` of its strings and `shows` are the evidence.

    `firm` where it rests on the file's own words or on what its lines do, not on a guess from names.
    """

    said: Say
    lines: tuple[int, ...] = ()
    shows: tuple[Show, ...] = ()
    firm: bool = True


def clue_of(case: Case, phrase: str, lines: Sequence[int] = (), *, firm: bool = True, **slots: Text) -> Clue:
    """A clue that rests on lines of the strings."""
    return Clue(say("answer", phrase, TAGS, **case.slots, **slots), tuple(lines), firm=firm)


def tells_path(text: str) -> bool:
    """Whether a path is one of this program's own, not of the loader, the compiler or every program's locale."""
    return text.count("/") > 1 and not text.startswith(ORDINARY_PATHS)


def _symbol(case: Case, index: int) -> Text:
    binary = case.file.binary_info
    return value.code(binary.exports[index] if binary else "", case.view.at("binary_info", f".exports[{index}]"))


def _named(case: Case) -> tuple[list[str], str]:
    """Names by which a compiled file is linked, and where they stand: exported symbols, else its strings."""
    binary = case.file.binary_info
    if binary is not None and binary.exports:
        return list(binary.exports), "exports"
    return (case.listing.texts, "strings") if case.listing is not None else ([], "strings")


def _of_names(case: Case, phrase: str, chosen: Sequence[int], where: str, *, firm: bool, **slots: Text) -> Clue:
    """A clue that rests on some names."""
    if where == "exports":
        names = value.join([_symbol(case, index) for index in chosen])
        show = Show("binary_info.exports", only=tuple(sorted(chosen)))
        said = say("answer", phrase, f"{TAGS} imports", **case.slots, **slots, list=names)
        return Clue(said, (), (show,), firm)
    said = say("answer", phrase, f"{TAGS} imports", **case.slots, **slots, list=case.quoted(list(chosen)))
    return Clue(said, tuple(chosen), (), firm)


def plug_in(case: Case) -> list[Clue]:
    """PAM and NSS modules are known by the functions that their callers look for."""
    names, where = _named(case)
    entries = {name: index for index, name in reversed(list(enumerate(names))) if name.startswith("pam_sm_")}
    areas = [area for key, area in _AREAS if f"pam_sm_{key}" in entries]
    if areas:
        chosen = [entries[f"pam_sm_{key}"] for key, _ in _AREAS if f"pam_sm_{key}" in entries][:SHOWN]
        areas = areas[:SHOWN]
        said = _of_names(case, "purpose.pam", chosen, where, firm=True, areas=value.join([Text(one) for one in areas]))
        paths = (
            [index for index in case.paths(8) if tells_path(case.listing.texts[index])]
            if case.listing is not None
            else []
        )
        named = [clue_of(case, "purpose.paths", paths[:2], firm=False, list=case.quoted(paths[:2]))] if paths else []
        return [said, *named]
    found = [index for index, name in enumerate(names) if re.fullmatch(r"_nss_[a-z]+_(?:get|set|end)\w+", name)]
    return [_of_names(case, "purpose.nss", few(found, SHOWN), where, firm=True)] if len(found) > 2 else []


def interface(case: Case) -> list[Clue]:
    """The functions of a library that carry its own prefix, or the commonest one where its imports are known."""
    stem = re.match(r"lib([A-Za-z_]+)", case.file.name)
    if stem is None or not is_library(case.view):
        return []
    names, where = _named(case)
    symbols = case.file.symbols
    imported = {one.name.partition("@")[0] for one in symbols.imports} if symbols is not None else set()
    short = stem[1].lower().strip("_")
    own: dict[str, list[int]] = {}
    for index, name in enumerate(names):
        prefix = re.match(r"([A-Za-z]+?\d?)_[A-Za-z]\w+$", name) if name not in imported else None
        if prefix is not None and len(name) <= 60 and short[:2] == prefix[1].lower()[:2] and not name.startswith("lib"):
            own.setdefault(prefix[1], []).append(index)
    if not own:
        if where == "strings" or not imported:
            return []
        letters = Counter(
            prefix[0]
            for name in names
            if name not in imported
            and (prefix := re.match(r"[a-z]{2,4}_(?=[a-z]{3})", name))
            and purpose_of(name) is None
        )
        most, count = letters.most_common(1)[0] if letters else ("", 0)
        if count < 5 and count * 2 < len(names):
            return []
        own[most] = [
            index
            for index, name in enumerate(names)
            if name.startswith(most) and len(name) <= 60 and name not in imported
        ]
    chosen = max(own.values(), key=len)
    if len(chosen) < 2:
        return []
    shown = few(chosen, SHOWN)
    known = families([names[index] for index in shown])
    if known and len(known[0][1]) == len(shown):
        return [_of_names(case, "purpose.prefix.serves", shown, where, firm=True, serves=Text(known[0][0].serves))]
    return [_of_names(case, "purpose.prefix", shown, where, firm=True)]


def known_libraries(case: Case) -> list[Clue]:
    """Well-known libraries whose functions it names."""
    names, where = _named(case)
    binary = case.file.binary_info
    used = where == "exports" and binary is not None and binary.format == "ELF"
    stem = case.file.name.lower()
    made: list[Clue] = []
    for family, found in families(names):
        if (
            len(found) < 2
            or family.library.lower().removeprefix("lib")[:5] in stem
            or (family.library == "PAM" and stem.startswith("pam_"))
        ):
            continue
        slots = {"library": Text(family.library), "serves": Text(family.serves)}
        phrase = "purpose.family" if used else "purpose.family.named"
        made.append(_of_names(case, phrase, few(found, SHOWN), where, firm=False, **slots))
    return made[:2]


_GO = (".gopclntab", ".go.buildinfo", ".note.go.buildid")


def toolchain(case: Case) -> list[Clue]:
    """The language that the sections of a compiled file tell, where only one toolchain makes them."""
    binary = case.file.binary_info
    found = [index for index, one in enumerate(binary.sections if binary else ()) if one.name in _GO]
    if binary is None or not found:
        return []
    at = case.view.at("binary_info", ".sections")
    names = value.join([value.code(binary.sections[index].name, f"{at}[{index}].name") for index in found])
    said = say("answer", "purpose.go", f"{TAGS} build structure", **case.slots, list=names)
    return [Clue(said, (), (Show("binary_info.sections", only=tuple(found)),))]
