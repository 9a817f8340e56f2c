"""What a mangled name shows without a demangler: names with their lengths, constructors, templates; never a guess.

Only the beginning that follows the Itanium C++ rules literally is read (also used by older Rust): `_Z`, `N`, lengths and
names. Parameter types, substitutions and template arguments are left alone.
"""

import re
from typing import Literal, NamedTuple

Language = Literal["cpp", "rust", "rust_v0"]
Special = Literal["", "constructor", "destructor", "deleting", "vtable", "typeinfo", "guard"]
_LENGTH = re.compile(r"(\d+)")
_RUST_HASH = re.compile(r"h[0-9a-f]{16}")
_SPECIALS: dict[str, Special] = {"TV": "vtable", "TI": "typeinfo", "TS": "typeinfo", "GV": "guard"}
_STANDARD = ("St", "Sa", "Sb", "Ss", "Si", "So", "Sd")
_LEAST = 3
"""Digits of a length that no real name needs: longer ones are not read."""


class Mangled(NamedTuple):
    """`parts` from the outermost name to the innermost; `standard`: begins in namespace std."""

    language: Language
    parts: tuple[str, ...]
    special: Special
    standard: bool
    template: bool
    no_parameters: bool


def decode(symbol: str) -> Mangled | None:
    """What the name shows; None where it is not mangled or begins in a way that is not read here."""
    name = symbol.partition("@")[0]
    if name.startswith("_R") and re.match(r"_R[A-Z][a-z]?[A-Z]", name):
        return Mangled("rust_v0", (), "", False, False, False)
    if not name.startswith("_Z"):
        return None
    return _itanium(name[2:])


def _itanium(rest: str) -> Mangled | None:
    special: Special = _SPECIALS.get(rest[:2], "")
    rest = rest[2:] if special else rest
    nested = rest.startswith("N")
    rest = re.sub(r"^[rVK]*", "", rest[1:]) if nested else rest
    standard = rest.startswith(_STANDARD)
    rest = rest[2:] if standard else rest
    rest = rest.removeprefix("L")
    parts, rest = _names(rest, nested)
    if not parts:
        return None
    if nested and _RUST_HASH.fullmatch(parts[-1]) and rest.startswith("E"):
        return Mangled("rust", tuple(parts[:-1]), "", False, False, False) if len(parts) > 1 else None
    if nested and not special and (found := re.match(r"(C[123]|D[012])E", rest)):
        special = "constructor" if found[1][0] == "C" else "deleting" if found[1] == "D0" else "destructor"
        rest = rest[2:]
    ended = rest.removeprefix("E") if nested else rest
    return Mangled("cpp", tuple(parts), special, standard, rest.startswith("I"), ended == "v")


def _names(rest: str, nested: bool) -> tuple[list[str], str]:
    """Names that stand with their lengths at the beginning, and what follows them; outside `N...E` only one can."""
    parts: list[str] = []
    while (found := _LENGTH.match(rest)) and len(found[1]) <= _LEAST:
        end = found.end() + int(found[1])
        text = rest[found.end() : end]
        if len(text) < int(found[1]) or not text.isascii():
            break
        parts.append(text)
        rest = rest[end:]
        if not nested:
            break
    return parts, rest


def true_exports(listed: list[str], imported: list[str]) -> list[int]:
    """Indices of the names of an ELF's export list that are not imported: the list mixes both."""
    plain = {name.partition("@")[0] for name in imported}
    return [index for index, name in enumerate(listed) if name not in plain]
