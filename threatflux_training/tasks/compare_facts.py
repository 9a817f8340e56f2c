"""What metadata, hashes and headers of two files show side by side."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from threatflux_training.compose import value
from threatflux_training.compose.content import Items, Role, Say, say
from threatflux_training.compose.value import Text
from threatflux_training.reports.model import BinaryInfo, Section
from threatflux_training.tasks.about import from_package, is_loader, place_of, special_bits, tiny
from threatflux_training.tasks.compare_pair import BYTES, Fact, Pair, Side, kept, main_phrase, with_role
from threatflux_training.tasks.listing import kinds_of
from threatflux_training.tasks.strings_build import RELATIVE

SHARED_DEBUG = "/usr/lib/debug/.dwz/"
"""Where distributions keep the debug data that several programs of one source package share, named after it."""
_BUILD_ID = re.compile(r"[0-9a-f]{30,}\.debug")
_NEAR = 1.15
"""Below this ratio sizes are called close."""
_FIXED = re.compile(r"1970-01-01|1980-01-01|1985-10-26T08:15:00|.{10}T00:00:00")
"""Times that tools write for every file of an archive or an image: the start of a count (Unix, ZIP), that of npm, midnight."""
_APART = timedelta(days=1)
"""Files of one build may be stamped seconds or hours apart, but hardly days."""


def packaged(pair: Pair) -> bool:
    """Whether both lie where packages install files."""
    return all(from_package(side.view) for side in pair.sides)


def stamps(pair: Pair) -> tuple[str, str] | None:
    """When each was last modified, to the second; None where that is not known of one."""
    found = [side.view.file.metadata for side in pair.sides]
    first, second = (one.modified[:19] if one and one.modified else "" for one in found)
    return (first, second) if first and second else None


def same_moment(pair: Pair) -> bool:
    """Whether both were modified in the same second, and that is no time that tools write for every file."""
    found = stamps(pair)
    return found is not None and found[0] == found[1] and not _FIXED.match(found[0])


@kept
def content(pair: Pair, role: Role = "detail") -> Fact | None:
    """Whether both have the same content: two files of a dataset never have."""
    kind = next((kind for kind in ("sha256", "md5") if all(_digest(side, kind) for side in pair.sides)), "")
    if not kind:
        return None
    hashes = [value.code(_digest(side, kind), side.at("hashes", f".{kind}")) for side in pair.sides]
    slots = pair.slots | {
        "hash_a": hashes[0],
        "hash_b": hashes[1],
        "kind": Text({"sha256": "SHA-256", "md5": "MD5"}[kind]),
    }
    said: list[Say | Items] = [
        say(role, main_phrase(role, "compare.content"), "hash identity decision comparison", **slots)
    ]
    if pair.a.size and pair.b.size:
        sized = slots | {"size_a": pair.a.size_text, "size_b": pair.b.size_text}
        same = pair.a.size == pair.b.size
        said.append(
            say("meaning", f"compare.content.{'same' if same else 'other'}_size", "size identity plain", **sized)
        )
    empty = next((side for side in pair.sides if _is_empty(side)), None)
    if empty is not None:
        hashed = slots | {"who": empty.label, "digest": hashes[pair.sides.index(empty)]}
        said.insert(1, say("detail", "compare.content.empty", "hash identity plain size", **hashed))
    said.append(say("limit", "compare.content.limit", "limit hash method", **slots))
    if pair.a.size and pair.a.size == pair.b.size:
        said.append(say("next", "compare.content.next", "next verify", **slots))
    elif packaged(pair):
        said.append(say("next", "compare.content.recorded", "next verify", **slots))
    return Fact(tuple(said), pair.shows("metadata", "hashes"))


def _is_empty(side: Side) -> bool:
    metadata = side.view.file.metadata
    return metadata is not None and metadata.file_size == 0


def _digest(side: Side, kind: str) -> str:
    return getattr(side.view.file.hashes, kind, None) or ""


_EXPLAINED = 0.6
"""Share of a difference in size from which on the code explains it."""
_SIZES = {"elf": "", "pe": "", "macho": "", "script": ".text"}
"""What the size of a kind of file comes from: code, symbols and tables, or lines of text; others may hold anything."""


@kept
def size(pair: Pair, role: Role = "detail") -> Fact | None:
    """Which is larger, and by how much."""
    if not pair.a.size or not pair.b.size:
        return None
    big, small = sorted(pair.sides, key=lambda side: -side.size)
    slots = pair.slots | {"big": big.label, "small": small.label, "large": big.size_text, "little": small.size_text}
    ratio = big.size / small.size
    paths = [big.at("metadata", ".file_size"), small.at("metadata", ".file_size")]
    decimals = 1 if ratio < 20 else 0
    slots["ratio"] = value.computed(f"{ratio:,.{decimals}f}", "fixed", ["quotient", *paths], decimals, "")
    slots["more"] = value.computed(
        value.with_unit(f"{big.size - small.size:,}", big.size - small.size, BYTES),
        "grouped",
        ["difference", *paths],
        BYTES,
    )
    form = "equal" if big.size == small.size else "near" if ratio < _NEAR else "ratio"
    form = "tiny" if form == "ratio" and tiny(small.view) else form
    said: list[Say | Items] = [
        say(role, main_phrase(role, f"compare.size.{form}"), "size comparison storage performance decision", **slots)
    ]
    shows = pair.shows("metadata")
    code = _code(big), _code(small)
    if code[0] is not None and code[1] is not None and code[0][1].size and code[1][1].size:
        slots["text_big"], slots["text_small"] = _section_size(big, code[0]), _section_size(small, code[1])
        share = code[0][1].size / code[1][1].size
        form = "other_code" if share < 1 else "code" if share >= ratio * 0.7 else "less_code"
        if form == "code" and code[0][1].size - code[1][1].size > (big.size - small.size) * _EXPLAINED:
            form = "explains"
        form = "same_code" if share == 1 else "unequal_code" if big.size == small.size else form
        said.append(say("meaning", f"compare.size.{form}", "size code structure performance", **slots))
        shows += tuple(
            side.show("binary_info.sections", only=(found[0],)) for side, found in ((big, code[0]), (small, code[1]))
        )
    hold = {_SIZES.get(side.view.file.kind, ".any") for side in (big, small)}
    limit = ".equal" if big.size == small.size else hold.pop() if len(hold) == 1 else ".any"
    said.append(say("limit", f"compare.size.limit{limit}", "limit size plain", **slots))
    return Fact(tuple(said), shows)


def _code(side: Side) -> tuple[int, Section] | None:
    found = side.view.file.binary_info
    sections = found.sections if found else []
    return next(((index, one) for index, one in enumerate(sections) if one.name in (".text", "__text")), None)


def _section_size(side: Side, found: tuple[int, Section]) -> Text:
    return value.grouped(found[1].size, side.at("binary_info", f".sections[{found[0]}].size"), BYTES)


@kept
def times(pair: Pair, role: Role = "detail") -> Fact | None:
    """Which was changed last; equal to the second for files of one package build."""
    known = [side.view.file.metadata for side in pair.sides]
    first, second = (found.modified if found else None for found in known)
    if not first or not second:
        return None
    dates = [
        value.date(text, side.at("metadata", ".modified"))
        for text, side in zip((first, second), pair.sides, strict=True)
    ]
    slots = pair.slots | {"time_a": dates[0], "time_b": dates[1]}
    if first[:19] == second[:19]:
        means = "fixed" if not same_moment(pair) else "build" if packaged(pair) else "job"
        said: list[Say | Items] = [
            say(role, main_phrase(role, "compare.times.same"), "time comparison provenance package", **slots),
            say("meaning", f"compare.times.{means}", "provenance build time method", **slots),
        ]
    else:
        late = 0 if first > second else 1
        slots |= {"newer": pair.sides[late].label, "older": pair.sides[1 - late].label}
        slots |= {"late": dates[late], "early": dates[1 - late]}
        form = "day" if first[:10] == second[:10] else "other"
        said = [
            say(role, main_phrase(role, f"compare.times.{form}"), "time comparison provenance decision", **slots),
        ]
        if packaged(pair):
            said.append(say("meaning", "compare.times.differ", "provenance package time", **slots))
    created = [found.created if found else None for found in known]
    if created[0] and created[1] and created[0][:10] == created[1][:10]:
        slots["day"] = value.day(created[0], pair.a.at("metadata", ".created"))
        said.append(say("detail", "compare.times.arrived", "time provenance", **slots))
    said += [
        say("limit", "compare.times.limit", "limit time provenance", **slots),
    ]
    if packaged(pair):
        said.append(say("verify", "compare.times.verify", "verify package time", **slots))
    return Fact(tuple(said), pair.shows("metadata"))


@kept
def access(pair: Pair, role: Role = "detail") -> Fact | None:
    """Permissions and owners."""
    modes = _modes(pair)
    if modes is None:
        return None
    slots = dict(pair.slots)
    for name, mode, side in zip("ab", modes, pair.sides, strict=True):
        slots[f"mode_{name}"] = value.code(mode, side.at("metadata", ".permissions"))
        slots[f"rights_{name}"] = value.in_code(value.permissions(mode, side.at("metadata", ".permissions")))
    same = modes[0] == modes[1]
    said: list[Say | Items] = [
        say(
            role,
            main_phrase(role, f"compare.access.{'same' if same else 'differ'}"),
            "permission comparison decision",
            **slots,
        )
    ]
    said += [one for one in (_runs(pair), _owned(pair)) if one is not None]
    special = [(name, side, special_bits(mode)) for name, side, mode in zip("ab", pair.sides, modes, strict=True)]
    for name, side, found in special:
        if found is not None:
            given = slots | {"who": side.label, "which": found.names, "mode": slots[f"mode_{name}"]}
            said.append(say("detail", f"compare.access.{found.kind}", "permission weakness decision", **given))
    if not any(found for _, _, found in special):
        said.append(say("limit", "compare.access.limit", "limit permission kernel", **slots))
    return Fact(tuple(said), pair.shows("metadata"))


def _modes(pair: Pair) -> list[str] | None:
    """The permissions of both in octal; None where one has none of that form."""
    known = [side.view.file.metadata for side in pair.sides]
    modes = [(found.permissions or "") if found else "" for found in known]
    return modes if all(mode.isdigit() and len(mode) <= 4 for mode in modes) else None


def _runs(pair: Pair) -> Say | None:
    """Which of the two may be executed, where the other may not."""
    able = [int(mode, 8) & 0o111 != 0 for mode in _modes(pair) or ()]
    if len(set(able)) != 2:
        return None
    runs = able.index(True)
    labels = {"runs": pair.sides[runs].label, "rests": pair.sides[1 - runs].label}
    return say("meaning", "compare.access.run", "permission process plain", **pair.slots, **labels)


def _owned(pair: Pair) -> Say | None:
    """Who owns them."""
    owners = [found.owner_uid if (found := side.view.file.metadata) else None for side in pair.sides]
    if owners[0] is None or owners[1] is None:
        return None
    slots = pair.slots | {
        f"uid_{name}": value.equal(uid, side.at("metadata", ".owner_uid"))
        for name, uid, side in zip("ab", owners, pair.sides, strict=True)
    }
    form = "owners" if owners[0] != owners[1] else "root" if owners[0] == 0 else "owner"
    return say("detail", f"compare.access.{form}", "permission container process", **slots)


def _placed(pair: Pair) -> Say | None:
    """Which of the two lies where packages install files, where the other lies among the files of users."""
    for system, free in ((pair.a, pair.b), (pair.b, pair.a)):
        if from_package(system.view) and place_of(free.view.file.path) in ("home", "open"):
            labels = {"system": system.label, "free": free.label}
            return say("detail", "compare.places", "path provenance comparison", **pair.slots, **labels)
    return None


_NATIVE = ("ELF", "PE", "Mach-O")
"""Formats of code that the loader of a system takes; a Java class can load libraries of any of them."""
SET_APART = ("compare.access.run", "compare.access.owners", "compare.places")
"""What sets files apart by their standing in the system."""


@kept
def standing(pair: Pair, role: Role = "detail") -> Fact | None:
    """What sets the files apart by execute bit, owner or place; None where nothing does."""
    said = [one for one in (_runs(pair), _placed(pair), _owned(pair)) if one is not None and one.phrase in SET_APART]
    if not said:
        return None
    return Fact((with_role(said[0], role), *(with_role(one, "detail") for one in said[1:])), pair.shows("metadata"))


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
    if times is None or any(_FIXED.match(one) for one in times):
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
        {text: at for text, at in _texts(side, "debug").items() if _BUILD_ID.fullmatch(text)} for side in pair.sides
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


_OF_LIBC = re.compile(
    r"(?:ld|ld64|lib(?:c|m|mvec|dl|pthread|rt|crypt|resolv|util|nsl|anl|thread_db|BrokenLocale|nss_\w+|c_malloc_debug))(?:-\d|\.so)"
)
"""Libraries of the C library itself, which define the versions that they name."""


def _newest(side: Side) -> tuple[tuple[int, ...], str, int] | None:
    """The newest numbered version; None where a mark beside them decides."""
    strings = side.view.file.strings
    if strings is None or RELATIVE in strings.ascii or is_loader(side.view) or _OF_LIBC.match(side.view.file.name):
        return None
    found = [
        (tuple(int(part) for part in text[6:].split(".")), text, index)
        for text, index in _texts(side, "version").items()
        if text.startswith("GLIBC_") and text[6:].replace(".", "").isdigit()
    ]
    return max(found, default=None)


@kept
def signed(pair: Pair, role: Role = "detail") -> Fact | None:
    """Whether a signature was verified on either."""
    found = [side.view.file.signatures for side in pair.sides]
    if found[0] is None or found[1] is None or found[0].is_signed is None or found[1].is_signed is None:
        return None
    slots = dict(pair.slots)
    for name, side, one in zip("ab", pair.sides, found, strict=True):
        if one is None or not one.verification_status or one.verification_status in ("Unknown", "None"):
            return None
        slots[f"status_{name}"] = value.code(one.verification_status, side.at("signatures", ".verification_status"))
    signs = [bool(one and one.is_signed) for one in found]
    shows = pair.shows("metadata", "signatures")
    if signs[0] != signs[1]:
        yes = 0 if signs[0] else 1
        slots |= {"signed": pair.sides[yes].label, "unsigned": pair.sides[1 - yes].label}
        said: list[Say | Items] = [
            say(role, main_phrase(role, "compare.signed.one"), "provenance decision comparison verify", **slots)
        ]
    else:
        form = "both" if signs[0] else "none" if slots["status_a"].text == slots["status_b"].text else "unlike"
        said = [
            say(role, main_phrase(role, f"compare.signed.{form}"), "provenance decision comparison verify", **slots)
        ]
    if not all(signs):
        limit = "" if pair.both(lambda view: view.file.kind not in ("pe", "macho")) else ".any"
        said.append(say("limit", f"compare.signed.limit{limit}", "limit provenance method", **slots))
    if packaged(pair):
        said.append(say("verify", "compare.signed.verify", "verify package provenance", **slots))
    return Fact(tuple(said), shows)


_FALLBACK, _SCRIPT = "`application/octet-stream`", "`text/x-shellscript`"
"""The type of a file in which nothing was recognized, and that of any script, whatever its language."""


@kept
def kinds(pair: Pair, role: Role = "detail") -> Fact | None:
    """What sort of file each is, by its first bytes."""
    found = [side.view.file.metadata for side in pair.sides]
    if not all(one and one.mime_type for one in found):
        return None
    slots = dict(pair.slots)
    for name, side, one in zip("ab", pair.sides, found, strict=True):
        slots[f"mime_{name}"] = value.code(str(one.mime_type if one else ""), side.at("metadata", ".mime_type"))
    same = slots["mime_a"].text == slots["mime_b"].text
    unknown = [slots[f"mime_{name}"].text == _FALLBACK for name in "ab"]
    form = "unknown" if all(unknown) else "same" if same else "one" if any(unknown) else "differ"
    if form == "same" and slots["mime_a"].text == _SCRIPT:
        form = "script"
    if form == "one":
        known = unknown.index(False)
        slots |= {"known": pair.sides[known].label, "rest": pair.sides[1 - known].label}
        slots |= {"mime": slots[f"mime_{'ab'[known]}"], "fallback": slots[f"mime_{'ab'[1 - known]}"]}
    return Fact(
        (say(role, main_phrase(role, f"compare.kinds.{form}"), "type comparison plain identity", **slots),),
        pair.shows("metadata"),
    )
