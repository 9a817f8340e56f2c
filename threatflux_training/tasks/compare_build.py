"""What two headers and the marks of their builds show side by side: platform, compiler, stripping, debug data, C library."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from threatflux_training.compose import value
from threatflux_training.compose.content import Items, Role, Say, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.string_kinds import BUILD_ID, C_LIBRARY
from threatflux_training.reports.model import BinaryInfo
from threatflux_training.tasks.about import is_loader
from threatflux_training.tasks.compare_facts import FIXED_TIMES, packaged, same_moment, stamps
from threatflux_training.tasks.compare_pair import Fact, Pair, Side, kept, main_phrase
from threatflux_training.tasks.listing import kinds_of
from threatflux_training.tasks.strings_build import RELATIVE

SHARED_DEBUG = "/usr/lib/debug/.dwz/"
"""Where distributions keep the debug data that several programs of one source package share, named after it."""
_APART = timedelta(days=1)
"""Files of one build may be stamped seconds or hours apart, but hardly days."""
_NATIVE = ("ELF", "PE", "Mach-O")
"""Formats of code that the loader of a system takes; a Java class can load libraries of any of them."""


def _headers(pair: Pair) -> tuple[BinaryInfo, BinaryInfo] | None:
    found = [side.view.file.binary_info for side in pair.sides]
    if (
        found[0] is None
        or found[1] is None
        or not all(one and one.format not in (None, "Raw", "Unknown") for one in found)
        or not all(one and one.architecture not in (None, "", "Unknown") for one in found)
    ):
        return None
    return found[0], found[1]


@kept
def build(pair: Pair, role: Role = "detail") -> Fact | None:
    """Format, machine, compiler's marks, stripping, separate debug files, C library asked for."""
    found = _headers(pair)
    if found is None:
        return None
    slots = dict(pair.slots)
    for name, side, one in zip("ab", pair.sides, found, strict=True):
        slots[f"format_{name}"] = value.equal(one.format, side.at("binary_info", ".format"))
        slots[f"machine_{name}"] = value.code(str(one.architecture), side.at("binary_info", ".architecture"))
    alike = (found[0].format, found[0].architecture) == (found[1].format, found[1].architecture)
    form = _one_build(pair) if alike else "apart"
    if (times := stamps(pair)) is not None:
        for name, side, time in zip("ab", pair.sides, times, strict=True):
            slots[f"time_{name}"] = value.date(time, side.at("metadata", ".modified"))
    said: list[Say | Items] = [
        say(
            role,
            main_phrase(role, f"compare.build.{form}"),
            "build type structure comparison hardware decision",
            **slots,
        )
    ]
    shows = pair.shows("metadata", "binary_info")
    source = _source(pair, slots) if alike else None
    for more in (source, _marks(pair, slots), _links(pair, slots), _libc(pair, slots)) if alike else ():
        if more is not None:
            said += more.said
            shows += more.shows
    if (
        found[0].is_stripped is not None
        and found[1].is_stripped is not None
        and found[0].format == found[1].format == "ELF"
    ):
        said.append(_stripped(pair, slots, found))
    native = not alike and all(one.format in _NATIVE for one in found)
    if native:
        said.insert(1, say("detail", "compare.build.foreign", "build type hardware decision plain", **slots))
    if (
        native
        and found[0].compiler != found[1].compiler
        and not {None, "", "Unknown"} & {one.compiler for one in found}
    ):
        for name, side, one in zip("ab", pair.sides, found, strict=True):
            slots[f"compiler_{name}"] = value.code(str(one.compiler), side.at("binary_info", ".compiler"))
        said.append(say("detail", "compare.build.compilers", "build provenance method", **slots))
    if found[0].compiler and found[0].compiler == found[1].compiler:
        slots["compiler"] = value.code(found[0].compiler, pair.a.at("binary_info", ".compiler"))
        said.append(say("limit", "compare.build.compiler", "limit build method", **slots))
    if source is None and not native:
        said.append(say("limit", "compare.build.limit", "limit provenance package", **slots))
    return Fact(tuple(said), shows)


def _one_build(pair: Pair) -> str:
    """Whether the times make one build likely or unlikely; only the platform tells where other traces speak against that."""
    times, origin, marks = stamps(pair), sources(pair), _mark_texts(pair)
    differ = (origin is not None and origin[0][0] != origin[1][0]) or (marks is not None and marks[0] != marks[1])
    if same_moment(pair):
        return "likely" if packaged(pair) and not differ else "platform"
    if times is None or any(FIXED_TIMES.match(one) for one in times):
        return "platform"
    first, second = map(datetime.fromisoformat, times)
    common = origin is not None and origin[0][0] == origin[1][0]
    return "unlikely" if abs(first - second) >= _APART and not common else "platform"


def _stripped(pair: Pair, slots: dict[str, Text], found: tuple[BinaryInfo, BinaryInfo]) -> Say:
    if found[0].is_stripped == found[1].is_stripped:
        form = "stripped" if found[0].is_stripped else "symbols"
        return say("detail", f"compare.build.both_{form}", "structure build code", **slots)
    bare = 0 if found[0].is_stripped else 1
    named = {"bare": pair.sides[bare].label, "full": pair.sides[1 - bare].label}
    return say("detail", "compare.build.one_stripped", "structure build code comparison", **slots, **named)


def _texts(side: Side, *kinds: str, limit: int = 400) -> dict[str, int]:
    """Strings of some kinds with their first index."""
    key = f"compare.{'.'.join(kinds)}.{limit}"
    return side.view.once(key, lambda: _first_texts(side, kinds, limit))


def _first_texts(side: Side, kinds: Sequence[str], limit: int) -> dict[str, int]:
    strings = side.view.file.strings
    found: dict[str, int] = {}
    if strings is None:
        return found
    for index, (text, kind) in enumerate(zip(strings.ascii, kinds_of(side.view), strict=True)):
        if kind in kinds and len(text) <= limit:
            found.setdefault(text, index)
    return found


def quoted(side: Side, text: str, index: int) -> Text:
    """A string of the report as code, without the spaces around it."""
    strings = side.view.file.strings
    place = side.at("strings", f"{strings.list_path if strings else ''}[{index}]")
    return value.code(text, place) if text == text.strip() else value.part(text.strip(), place)


def _marks(pair: Pair, slots: dict[str, Text]) -> Fact | None:
    """The compiler's own mark among the strings."""
    texts = _mark_texts(pair)
    if texts is None:
        return None
    marks = [_texts(side, "compiler") for side in pair.sides]
    given = slots | {
        f"mark_{name}": quoted(side, text, found[text])
        for name, side, text, found in zip("ab", pair.sides, texts, marks, strict=True)
    }
    form = "marks" if texts[0] == texts[1] else "other_marks"
    shows = tuple(
        side.show("strings", only=(found[text],)) for side, text, found in zip(pair.sides, texts, marks, strict=True)
    )
    return Fact((say("detail", f"compare.build.{form}", "build comparison strings provenance", **given),), shows)


def _mark_texts(pair: Pair) -> tuple[str, str] | None:
    """The compiler's mark in each: one that both have, else the first of each; None where one has none."""
    marks = [_texts(side, "compiler") for side in pair.sides]
    if not marks[0] or not marks[1]:
        return None
    same = next((text for text in marks[0] if text in marks[1]), "")
    return (same, same) if same else (next(iter(marks[0])), next(iter(marks[1])))


def sources(pair: Pair) -> tuple[tuple[str, int], tuple[str, int]] | None:
    """For both files, the reference to debug data that the programs of one source package share, with its place."""
    found = [
        next(((text, at) for text, at in _texts(side, "debug").items() if text.startswith(SHARED_DEBUG)), None)
        for side in pair.sides
    ]
    return None if found[0] is None or found[1] is None else (found[0], found[1])


def packages_of(pair: Pair, found: tuple[tuple[str, int], tuple[str, int]]) -> dict[str, Text]:
    """The references to shared debug data, and the package that each is named after."""
    slots: dict[str, Text] = {}
    for name, side, (text, at) in zip("ab", pair.sides, found, strict=True):
        slots[f"source_{name}"] = quoted(side, text, at)
        package = text.rpartition("/")[2].removesuffix(".debug")
        strings = side.view.file.strings
        place = side.at("strings", f"{strings.list_path if strings else ''}[{at}]")
        slots[f"package_{name}"] = value.part(package, place)
    return slots


def _source(pair: Pair, slots: dict[str, Text]) -> Fact | None:
    found = sources(pair)
    if found is None:
        return None
    given = slots | packages_of(pair, found)
    shows = tuple(side.show("strings", only=(one[1],)) for side, one in zip(pair.sides, found, strict=True))
    form = "same" if found[0][0] == found[1][0] else "other"
    return Fact((say("detail", f"compare.build.{form}_source", "build package provenance comparison", **given),), shows)


def _links(pair: Pair, slots: dict[str, Text]) -> Fact | None:
    """Names of separate debug files: they are made from the build id, so they tell builds apart."""
    names = [
        {text: at for text, at in _texts(side, "debug").items() if BUILD_ID.fullmatch(text)} for side in pair.sides
    ]
    if not names[0] or not names[1]:
        return None
    firsts = [next(iter(found)) for found in names]
    if firsts[0] == firsts[1]:
        return None
    given = slots | {
        f"debug_{name}": quoted(side, text, found[text])
        for name, side, text, found in zip("ab", pair.sides, firsts, names, strict=True)
    }
    shows = tuple(
        side.show("strings", only=(found[text],)) for side, text, found in zip(pair.sides, firsts, names, strict=True)
    )
    return Fact((say("detail", "compare.build.debug", "build structure provenance code", **given),), shows)


def _libc(pair: Pair, slots: dict[str, Text]) -> Fact | None:
    """The newest version of the C library that each names."""
    newest = [_newest(side) for side in pair.sides]
    if newest[0] is None or newest[1] is None:
        return None
    given = slots | {
        f"libc_{name}": quoted(side, one[1], one[2])
        for name, side, one in zip("ab", pair.sides, newest, strict=True)
        if one is not None
    }
    shows = tuple(side.show("strings", only=(one[2],)) for side, one in zip(pair.sides, newest, strict=True) if one)
    if newest[0][0] == newest[1][0]:
        return Fact((say("detail", "compare.build.libc", "build package container", **given),), shows)
    late = 0 if newest[0][0] > newest[1][0] else 1
    given |= {"newer": pair.sides[late].label, "late": given[f"libc_{'ab'[late]}"]}
    given |= {"early": given[f"libc_{'ab'[1 - late]}"], "older": pair.sides[1 - late].label}
    return Fact((say("detail", "compare.build.libc_differ", "build package container comparison", **given),), shows)


def _newest(side: Side) -> tuple[tuple[int, ...], str, int] | None:
    """The newest numbered version; None where a mark beside them decides."""
    strings = side.view.file.strings
    if strings is None or RELATIVE in strings.ascii or is_loader(side.view) or C_LIBRARY.match(side.view.file.name):
        return None
    found = [
        (tuple(int(part) for part in text[6:].split(".")), text, index)
        for text, index in _texts(side, "version").items()
        if text.startswith("GLIBC_") and text[6:].replace(".", "").isdigit()
    ]
    return max(found, default=None)
