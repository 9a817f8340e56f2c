"""What metadata, hashes and headers of two files show side by side."""

import re

from threatflux_training.compose import value
from threatflux_training.compose.content import Items, Role, Say, say
from threatflux_training.compose.value import Text
from threatflux_training.reports.model import Section
from threatflux_training.tasks.about import from_package, place_of, special_bits, tiny
from threatflux_training.tasks.compare_pair import BYTES, Fact, Pair, Side, kept, main_phrase, with_role

_NEAR = 1.15
"""Below this ratio sizes are called close."""
FIXED_TIMES = re.compile(r"1970-01-01|1980-01-01|1985-10-26T08:15:00|.{10}T00:00:00")
"""Times that tools write for every file of an archive or an image: the start of a count (Unix, ZIP), that of npm, midnight."""


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
    return found is not None and found[0] == found[1] and not FIXED_TIMES.match(found[0])


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


SET_APART = ("compare.access.run", "compare.access.owners", "compare.places")
"""What sets files apart by their standing in the system."""


@kept
def standing(pair: Pair, role: Role = "detail") -> Fact | None:
    """What sets the files apart by execute bit, owner or place; None where nothing does."""
    said = [one for one in (_runs(pair), _placed(pair), _owned(pair)) if one is not None and one.phrase in SET_APART]
    if not said:
        return None
    return Fact((with_role(said[0], role), *(with_role(one, "detail") for one in said[1:])), pair.shows("metadata"))


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
