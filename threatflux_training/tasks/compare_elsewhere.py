"""Two files side by side, and a question that their reports don't answer: on a third file, on a feature that one lacks."""

from functools import partial

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Say, say
from threatflux_training.compose.value import Text
from threatflux_training.hashing import choose, ordered, pick
from threatflux_training.tasks import compare_build, compare_code, compare_facts, compare_imports
from threatflux_training.tasks.compare_pair import Fact, Finder, Pair, draft_of, firm, with_role
from threatflux_training.tasks.model import Draft, Offer, Request

_FACTS: dict[str, Finder] = {
    "size": compare_facts.size, "times": compare_facts.times, "build": compare_build.build, "signed": compare_facts.signed,
    "imports": compare_imports.imports, "sections": compare_code.sections, "entropy": compare_code.entropy, "strings": compare_code.strings,
}  # fmt: skip
_THIRD = (
    "/usr/bin/sudo", "/usr/bin/ssh", "/usr/bin/curl", "/usr/sbin/sshd", "/bin/bash", "/usr/bin/python3", "/usr/bin/openssl", "/usr/bin/perl",
    "/usr/lib/x86_64-linux-gnu/libcrypto.so.3", "/usr/sbin/cron", "/usr/bin/gpg", "/usr/local/bin/agent", "/opt/app/bin/server",
)  # fmt: skip


def offers(pair: Pair) -> list[Offer]:
    """Pairs of a comparison that can be made and one that can't."""
    made = [
        Offer(
            task=f"compare.other_{name}",
            build=partial(_other, pair, name),
            importance=5,
            pair=True,
            weight=0.7,
            partner=True,
        )
        for name in ("size", "times", "build")
        if _FACTS[name](pair) is not None
    ]
    if any(_lacking(pair)) and _common_areas(pair):
        made.append(
            Offer(task="compare.area", build=partial(_area, pair), importance=5, pair=True, variants=2, partner=True)
        )
    return made


def _other(pair: Pair, name: str, request: Request) -> tuple[Draft, Draft] | None:
    """A question about the second file, and the same about a file whose report is not there."""
    fact, aside = _FACTS[name](pair, "answer"), _FACTS[name](pair)
    if fact is None or aside is None:
        return None
    given = {"given": value.in_code_asked(pair.b.view.path.text.strip("`"))}
    if pair.b.view.path.text.startswith("``"):
        return None
    positive = draft_of(pair, firm(fact), fact.shows, given)
    third = _third(pair, request)
    slots = pair.slots | {"given": value.in_code_asked(third)}
    missing: list[Content] = [
        say("answer", f"compare.other.{name}", "decision comparison limit", **slots),
        with_role(aside.said[0], "answer"),
        say("next", "compare.other.next", "next verify", **slots),
    ]
    negative = draft_of(pair, missing, fact.shows, {"given": slots["given"]})
    negative.negative = "other_file"
    return positive, negative


def _third(pair: Pair, request: Request) -> str:
    """A path that none of the reports is about: a well-known file, or an old copy of one that is there."""
    known = {path for side in pair.sides for path in (*side.view.file.paths, side.view.file.name)}
    names = [path for path in _THIRD if path not in known and path.rpartition("/")[2] not in known]
    own = pair.a.view.file.path
    if own.startswith("/") and own.isascii() and own.isprintable() and "`" not in own and "\\" not in own:
        names += [f"{own}{end}" for end in (".old", ".orig", "-new", ".bak") if f"{own}{end}" not in known]
    return choose(f"{request.key}/third", names)


_AREAS = {
    "entropy": "entropy",
    "imports": "imported functions",
    "strings": "strings",
    "sections": "sections",
    "signed": "signatures",
}
_LACKS = {
    "symbols": "imported functions", "vulnerabilities": "vulnerability findings", "code_quality": "code quality", "entropy": "entropy",
    "disassembly": "disassembled code", "threats": "threat rules", "behavioral": "behavior", "signatures": "signatures",
    "control_flow": "control flow", "dependencies": "dependencies", "yara_indicators": "YARA indicators",
}  # fmt: skip


def _common_areas(pair: Pair) -> list[str]:
    return [name for name in _AREAS if _FACTS[name](pair) is not None]


def _lacking(pair: Pair) -> list[list[str]]:
    """Features that the first report lacks, and those that the second lacks."""
    return [
        [
            feature for feature in _LACKS
            if side.view.file.state(feature) in ("absent", "not_requested", "not_applicable")
            and not any(feature in report.parts for report in side.view.file.reports)
            and side.view.file.reports[0].dialect in ("analysis", "cache")
        ]
        for side in pair.sides
    ]  # fmt: skip


def _area(pair: Pair, request: Request) -> tuple[Draft, Draft] | None:
    """Something that can be compared, and something that one of the reports does not hold."""
    names = ordered(f"{request.key}/area", _common_areas(pair))
    name = next(
        (
            name
            for name in names
            if (fact := _FACTS[name](pair)) and pair.cost(fact.shows) <= max(2 * request.room, 900)
        ),
        "",
    )
    fact = _FACTS[name](pair, "answer") if name else None
    lacking = _lacking(pair)
    at = 1 if lacking[1] else 0
    if fact is None or not lacking[at]:
        return None
    positive = draft_of(pair, firm(fact), fact.shows, {"area": Text(_AREAS[name])})
    feature = lacking[at][pick(f"{request.key}/lacks", len(lacking[at]))]
    return positive, _area_missing(pair, feature, at, feature in lacking[1 - at])


def _area_missing(pair: Pair, feature: str, at: int, both: bool) -> Draft:
    side, other = pair.sides[at], pair.sides[1 - at]
    dialect = side.view.file.reports[0].dialect
    path = f"{side.view.side}{dialect}:{'$.result' if dialect == 'cache' else '$'}.{feature}"
    slots = pair.slots | {"who": side.label, "rest": other.label, "area": Text(_LACKS[feature])}
    slots["option"] = value.in_code(value.null(feature, path))
    applies = side.view.file.state(feature) != "not_applicable"
    content: list[Content] = [
        say("answer", f"compare.area.{'both' if both else 'one'}", "decision limit comparison", **slots)
    ]
    size = compare_facts.size(pair)
    hashes = compare_facts.content(pair)
    shows = [*pair.shows("features", "metadata")]
    for fact in (size, hashes):
        if fact is not None:
            content.append(
                fact.said[0] if fact is size else say("verify", "compare.area.hashes", "hash verify", **_slots(fact))
            )
            shows += fact.shows
    content.append(say("meaning", "compare.area.meaning", "limit method plain", **slots))
    content.append(say("next", "compare.area.next" if applies else "compare.area.never", "next verify", **slots))
    draft = draft_of(pair, content, shows, {"area": slots["area"]})
    draft.negative = "other_file"
    return draft


def _slots(fact: Fact) -> dict[str, Text]:
    first = fact.said[0]
    return (
        {name: slot for name, slot in first.slots.items() if isinstance(slot, Text)} if isinstance(first, Say) else {}
    )
