"""Which libraries two programs need, how they are laid out, what text they share."""

import re
from collections.abc import Sequence
from functools import lru_cache

from threatflux_training.compose import value
from threatflux_training.compose.content import Items, Role, Say, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.string_kinds import MAIL, URL, is_reference, is_script, is_stock, kind_of
from threatflux_training.tasks.about import names_libraries, tiny
from threatflux_training.tasks.compare_build import quoted
from threatflux_training.tasks.compare_pair import BYTES, Fact, Pair, Side, kept, main_phrase, named
from threatflux_training.text import holds

_PLAIN_SECTIONS = {
    ".interp": "program", ".init_array": "constructors", ".tbss": "threads", ".tdata": "threads", ".gcc_except_table": "exceptions",
    ".gnu_debuglink": "debuglink", ".symtab": "symtab", ".plt.sec": "indirect", ".gnu.version_d": "versions", ".gopclntab": "go",
    ".go.buildinfo": "go", ".note.go.buildid": "go", ".debug_info": "debug", ".debug_line": "debug", ".rsrc": "resources", ".pdata": "unwind",
    ".data.rel.ro": "relro", ".note.ABI-tag": "abi", ".gnu_debugaltlink": "debuglink",
}  # fmt: skip
"""Sections whose presence tells something, and the phrase that says what."""
_STOCK = (
    "#!",
    "use strict",
    "use warnings",
    "display version",
    "%s from %s",
    "--help",
    "--version",
    "write error",
    "/usr/share/locale",
    "memory exhausted",
    "standard output",
    "invalid option",
    "cannot be run in DOS mode",
)
"""Texts of shared templates and base libraries: common, but not telling."""
_ALONE = 24
"""So many sections or libraries are named: all of them, but for files with very many."""
_BASE = re.compile(r"(?:lib(?:c|m|dl|pthread|rt|gcc_s|stdc\+\+)|ld-linux[\w-]*|ld64|ld|libc\.musl-\w+)\.so\b")
"""Libraries at the base of nearly every program of a Linux system."""
_COMMONPLACE = (
    "unsigned",
    "long int",
    "short int",
    "XXXXXX",
    "/proc/",
    "ld-linux",
    "GLIBC",
    "libc.so",
    "__",
    "/usr/lib",
    "/lib",
    ".debug",
)


@kept
def libraries(pair: Pair, role: Role = "detail") -> Fact | None:
    """Needed libraries."""
    lists = _needed(pair)
    if lists is None:
        return None
    shared = [name for name in lists[0] if name in lists[1]]
    alone = [[name for name in names if name not in shared] for names in lists]
    slots = dict(pair.slots)
    if shared:
        slots["shared"] = _needs(pair.a, shared)
    for name, at in (("a", 0), ("b", 1)):
        if alone[at]:
            slots[f"alone_{name}"] = _needs(pair.sides[at], alone[at])
    if shared and not alone[0] and not alone[1]:
        form = "same"
    elif shared and (not alone[0] or not alone[1]):
        form = "subset"
        more = 1 if not alone[0] else 0
        slots |= {
            "more": pair.sides[more].label,
            "fewer": pair.sides[1 - more].label,
            "extra": _needs(pair.sides[more], alone[more]),
        }
    else:
        form = "partly" if shared else "none"
    said: list[Say | Items] = [
        say(role, main_phrase(role, f"compare.libraries.{form}"), "package build comparison container", **slots)
    ]
    means = "means" if form != "same" else "common" if all(map(_BASE.match, shared)) else "alike"
    said += [
        say("meaning", f"compare.libraries.{means}", "package container build", **slots),
        say("limit", "compare.libraries.limit", "limit method", **slots),
    ]
    return Fact(tuple(said), pair.shows("metadata", "binary_info.imports"))


def _needed(pair: Pair) -> list[list[str]] | None:
    """The libraries that each needs; None where one has no list of them."""
    found = [side.view.file.binary_info for side in pair.sides]
    if not all(one and one.format == "ELF" and one.imports for one in found):
        return None
    named = all(one is not None and names_libraries(one) for one in found)
    return [list(dict.fromkeys(one.imports)) if one else [] for one in found] if named else None


def _needs(side: Side, names: Sequence[str]) -> Text:
    """Some of the libraries that a file needs."""
    binary = side.view.file.binary_info
    places = binary.imports if binary else []
    found = [value.code(name, side.at("binary_info", f".imports[{places.index(name)}]")) for name in names]
    return named(found, _ALONE)


def special_needs(pair: Pair) -> Text | None:
    """The libraries that both need beyond the base of the system; None where there are none."""
    lists = _needed(pair)
    found = [name for name in lists[0] if name in lists[1] and not _BASE.match(name)] if lists else []
    return _needs(pair.a, found) if found else None


@kept
def sections(pair: Pair, role: Role = "detail") -> Fact | None:
    """Sections that only one file has, and what they tell."""
    found = [side.view.file.binary_info for side in pair.sides]
    if not all(one and len(one.sections) > 2 and one.format in ("ELF", "PE") for one in found):
        return None
    names = [{one.name: index for index, one in enumerate(info.sections) if one.name} if info else {} for info in found]
    alone = [[name for name in names[at] if name not in names[1 - at]] for at in (0, 1)]
    slots = dict(pair.slots)
    for label, at in (("a", 0), ("b", 1)):
        place = pair.sides[at].at("binary_info", ".sections")
        slots[f"count_{label}"] = value.computed(
            str(len(names[at])), "grouped", ["count", place, ["name", "ne", ""]], ""
        )
        if alone[at]:
            slots[f"alone_{label}"] = _section_names(pair.sides[at], names[at], alone[at])
    forms = {(True, True): "both", (True, False): "first", (False, True): "second", (False, False): "same"}
    form = forms[bool(alone[0]), bool(alone[1])]
    resized = _resized(pair, names)
    if resized is not None:
        slots["list"] = resized
        form = "resized" if form == "same" else form
    said: list[Say | Items] = [
        say(role, main_phrase(role, f"compare.sections.{form}"), "structure comparison decision", **slots)
    ]
    if resized is not None and form != "resized":
        said.append(say("detail", "compare.sections.sizes", "structure comparison size code", **slots))
    if len({info.format for info in found if info}) == 1:
        said += _telling_sections(pair, names, alone, slots)
    shared = [name for name in names[0] if name in names[1]]
    both = _raw_names(pair)
    if shared and "" not in both:
        places = [side.at("binary_info", ".sections") for side in pair.sides]
        slots["shared"] = value.computed(f"{len(both):,}", "grouped", ["common", *places, "name"], "")
        said.append(say("detail", "compare.sections.shared", "structure method", **slots))
    said.append(say("limit", "compare.sections.limit", "limit structure", **slots))
    return Fact(tuple(said), pair.shows("metadata", "binary_info.sections"))


def _telling_sections(
    pair: Pair, names: Sequence[dict[str, int]], alone: Sequence[list[str]], slots: dict[str, Text]
) -> list[Say]:
    """What sections of kinds tell that only one file has."""
    said: list[Say] = []
    kinds = [{_PLAIN_SECTIONS.get(name, "") for name in found} for found in names]
    for at in (0, 1):
        first = {kind: name for name in reversed(alone[at]) if (kind := _PLAIN_SECTIONS.get(name, ""))}
        for kind in dict.fromkeys(_PLAIN_SECTIONS[name] for name in alone[at] if name in _PLAIN_SECTIONS):
            if kind not in kinds[1 - at]:
                given = slots | {"who": pair.sides[at].label, "other": pair.sides[1 - at].label}
                given["section"] = _section_names(pair.sides[at], names[at], [first[kind]])
                said.append(say("meaning", f"compare.sections.{kind}", "structure build code", **given))
    return said


_LARGEST = 3
"""So many sections are told whose sizes differ most."""


def _resized(pair: Pair, names: Sequence[dict[str, int]]) -> Text | None:
    """Sections of the same name whose sizes differ most, with both sizes; None where none differs."""
    tables = [info.sections for side in pair.sides if (info := side.view.file.binary_info)]
    sizes = [{name: table[at].size for name, at in found.items()} for table, found in zip(tables, names, strict=True)]
    apart = [
        (abs(one - other), name)
        for name in names[0]
        if (one := sizes[0][name]) is not None and (other := sizes[1].get(name)) is not None and one != other
    ]
    entries: list[Text] = []
    for _, name in sorted(apart, key=lambda one: (-one[0], one[1]))[:_LARGEST]:
        places = [side.at("binary_info", f".sections[{at[name]}]") for side, at in zip(pair.sides, names, strict=True)]
        first, second = (
            value.grouped(found[name] or 0, f"{place}.size", BYTES) for found, place in zip(sizes, places, strict=True)
        )
        shown = value.code(name, f"{places[0]}.name")
        sources = (*shown.sources, *first.sources, *second.sources)
        entries.append(Text(f"{shown.text} ({first.text} against {second.text})", sources))
    return value.join(entries) if entries else None


def _raw_names(pair: Pair) -> set[str]:
    """Names that both tables hold, the empty one of ELF included."""
    tables = [{one.name for one in info.sections} for side in pair.sides if (info := side.view.file.binary_info)]
    return tables[0] & tables[1] if len(tables) == 2 else set()


def _section_names(side: Side, names: dict[str, int], chosen: list[str]) -> Text:
    found = [value.code(name, side.at("binary_info", f".sections[{names[name]}].name")) for name in chosen]
    return named(found, _ALONE)


_GAP = 0.01
"""Bits per byte from which two figures differ as they are shown."""


@kept
def entropy(pair: Pair, role: Role = "detail") -> Fact | None:
    """Entropy of the whole and of the code."""
    found = [side.view.file.entropy for side in pair.sides]
    overall = [one.overall_entropy if one else None for one in found]
    if overall[0] is None or overall[1] is None or any(tiny(side.view) for side in pair.sides):
        return None
    slots = dict(pair.slots)
    for name, side, figure in zip("ab", pair.sides, overall, strict=True):
        slots[f"whole_{name}"] = value.fixed(figure or 0.0, side.at("entropy", ".overall_entropy"), 2, "bits per byte")
    high = 0 if overall[0] >= overall[1] else 1
    slots |= {"high": pair.sides[high].label, "low": pair.sides[1 - high].label}
    slots |= {"most": slots[f"whole_{'ab'[high]}"], "least": slots[f"whole_{'ab'[1 - high]}"]}
    close = abs(overall[0] - overall[1]) < 0.25
    said: list[Say | Items] = [
        say(
            role,
            main_phrase(role, f"compare.entropy.{'close' if close else 'differ'}"),
            "entropy comparison data storage decision",
            **slots,
        )
    ]
    gap = abs(overall[0] - overall[1])
    if role == "answer" and gap >= _GAP:
        inner = ["difference", *(pair.sides[at].at("entropy", ".overall_entropy") for at in (high, 1 - high))]
        apart = value.computed(f"{gap:.2f} bits per byte", "fixed", inner, 2, "bits per byte")
        said.append(say(role, "compare.entropy.gap", "entropy comparison data", gap=apart, **slots))
    shows = pair.shows("metadata", "entropy")
    code = [
        next(((n, s) for n, s in enumerate(one.sections) if s.name == ".text"), None) if one else None for one in found
    ]
    if code[0] is not None and code[1] is not None:
        for name, side, one in zip("ab", pair.sides, (code[0], code[1]), strict=True):
            place = side.at("entropy", f".sections[{one[0]}].entropy")
            slots[f"code_{name}"] = value.fixed(one[1].entropy, place, 2)
            shows += (side.show("entropy.sections", only=(one[0],)),)
        ordinary = all(5.0 <= one[1].entropy <= 6.7 for one in (code[0], code[1]))
        form = "code" if ordinary else "odd_code"
        said.append(say("detail", f"compare.entropy.{form}", "entropy code data structure", **slots))
    top = max(overall[0], overall[1])
    level = "dense" if top >= 7.2 else "plain"
    said += [
        say("meaning", f"compare.entropy.{level}", "entropy data method malware", **slots),
        say("limit", "compare.entropy.limit", "limit entropy", **slots),
    ]
    return Fact(tuple(said), shows)


_IDIOM = re.compile(r"#!|use \w|import |BEGIN\b|eval\b|# This file was ")
"""How a line begins that scripts of unrelated projects have alike."""
_SOURCE = re.compile(rf"^(?:{_IDIOM.pattern}|print\b)|[;{{]$")
"""A line of source code, or a comment that tools write: what it tells of its file is not in words."""
_SOURCE_WEIGHT = 0.3
_STATEMENT = re.compile(
    r"[$;{}\\]|=>|::|->|\(\)|\w\(|^\s*(?:use|my|our|sub|if|elif|print|import|from|def|eval|exec|return|for|while)\b|\w=\S"
    r"|^\s*[\w.]+ = \S"
)
"""A statement of a script, which tells what it does only to whoever reads its language."""


@lru_cache(maxsize=1 << 13)
def _telling(text: str) -> float:
    """How much it tells that two files share this text; 0 for what every program has."""
    if len(text) < 8 or len(text) > 110 or holds(text, _COMMONPLACE):
        return 0
    if is_reference(text):
        return 0.5
    if "@" in text and MAIL.search(text):
        return 5
    if "://" in text and URL.search(text):
        return 4
    if holds(text, _STOCK):
        return 0.5
    weight = {"usage": 3.0, "message": 2.5, "path": 2.0}.get(kind_of(text), 0)
    return _SOURCE_WEIGHT * weight if _SOURCE.search(text) else weight


def shared_strings(pair: Pair) -> list[tuple[str, int, int]]:
    """Texts that both files hold and that tell something, the most telling first, with their places in both lists."""
    return pair.a.view.once("compare.shared_strings", lambda: _shared_strings(pair))


def _shared_strings(pair: Pair) -> list[tuple[str, int, int]]:
    listed = [side.view.file.strings for side in pair.sides]
    if listed[0] is None or listed[1] is None:
        return []
    places = {text: index for index, text in reversed(list(enumerate(listed[1].ascii)))}
    found: dict[str, tuple[str, int, int]] = {}
    for index, text in enumerate(listed[0].ascii):
        if text in places and text not in found and text.isprintable() and _telling(text):
            found[text] = (text, index, places[text])
    return sorted(found.values(), key=lambda one: (-_telling(one[0]), one[1]))


def _own_texts(side: Side, other: Side) -> list[tuple[str, int]]:
    """Usage lines and messages that the other file's list lacks, the most telling first."""
    return side.view.once("compare.own_texts", lambda: _ranked_own(side, other))


def _ranked_own(side: Side, other: Side) -> list[tuple[str, int]]:
    mine, theirs = side.view.file.strings, other.view.file.strings
    known = set(theirs.ascii) if theirs else set()
    script = bool(mine and is_script(mine.ascii))
    found: dict[str, int] = {}
    for index, text in enumerate(mine.ascii if mine else ()):
        fresh = 16 <= len(text) <= 90 and text not in known and text.isprintable()
        if fresh and _telling(text) > 1 and not (script and _STATEMENT.search(text)):
            found.setdefault(text, index)
    return sorted(found.items(), key=lambda one: (-_telling(one[0]), one[1]))


@kept
def strings(pair: Pair, role: Role = "detail", *, most: int = 3) -> Fact | None:
    """Texts in common, and what each says alone."""
    if not pair.both(lambda view: view.file.strings and len(view.file.strings.ascii) >= 4):
        return None
    shared = shared_strings(pair)[:most]
    own = [_own_texts(side, other)[:most] for side, other in ((pair.a, pair.b), (pair.b, pair.a))]
    if not shared and not (own[0] and own[1]):
        return None
    slots = dict(pair.slots)
    said: list[Say | Items] = []
    if shared:
        slots["shared"] = value.join([quoted(pair.a, text, index) for text, index, _ in shared])
        form = "one" if len(shared) == 1 else "many"
        said.append(
            say(role, main_phrase(role, f"compare.strings.{form}"), "strings comparison provenance decision", **slots)
        )
        first = shared[0][0]
        slots["first"] = quoted(pair.a, first, shared[0][1])
        said.append(say("meaning", f"compare.strings.{worth(first)}", "strings provenance method detection", **slots))
    else:
        said.append(say(role, main_phrase(role, "compare.strings.none"), "strings comparison decision", **slots))
    for side, other, texts in zip(pair.sides, reversed(pair.sides), own, strict=True):
        if texts:
            whole = other.view.file.strings is not None and other.view.file.strings.complete
            given = slots | {
                "who": side.label,
                "list": value.join([quoted(side, text, index) for text, index in texts]),
            }
            said.append(say("detail", f"compare.strings.own{'' if whole else '.seen'}", "strings comparison", **given))
    complete = pair.both(lambda view: view.file.strings and view.file.strings.complete)
    said.append(say("limit", f"compare.strings.{'whole' if complete else 'cut'}", "limit strings", **slots))
    only_a = sorted({index for _, index, _ in shared} | {index for _, index in own[0]})
    only_b = sorted({index for _, _, index in shared} | {index for _, index in own[1]})
    shows = pair.shows("metadata")
    shows += tuple(
        side.show("strings", only=tuple(only)) for side, only in ((pair.a, only_a), (pair.b, only_b)) if only
    )
    return Fact(tuple(said), shows)


def worth(text: str) -> str:
    """What a shared text is worth as a tie: a contact, a link, a text of somebody's own, or what many files have alike."""
    contact = MAIL.search(text)
    if is_reference(text):
        return "stock"
    if contact is not None and (
        contact.group() == text.strip() or re.search(r"(?i)\b(?:bugs?|report|contact)\b", text)
    ):
        return "contact"
    if URL.search(text):
        return "link"
    return "stock" if is_stock(text) or holds(text, _STOCK) or _IDIOM.match(text) else "text"
