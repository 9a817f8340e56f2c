"""Two files side by side: the same content, the same build, what they share and what sets them apart."""

import re
from collections.abc import Callable, Sequence
from functools import partial

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Items, Role, Say, Section, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.string_kinds import MAIL, URL, is_script, is_stock
from threatflux_training.evidence.view import View
from threatflux_training.hashing import choose, ordered, pick
from threatflux_training.tasks import compare_code, compare_facts, compare_findings, compare_purpose
from threatflux_training.tasks.about import from_package
from threatflux_training.tasks.compare_code import shared_strings
from threatflux_training.tasks.compare_facts import quoted
from threatflux_training.tasks.compare_pair import Fact, Pair, merged_shows, with_role
from threatflux_training.tasks.model import Draft, Offer, Request, Show

FAMILY = "compare"
Finder = Callable[..., Fact | None]
"""Finds a fact of a pair; called with a role, it words the main statement for it."""
_ALIKE = ("compare.build.platform", "compare.build.likely", "compare.build.unlikely")
_ROOMY = 500
"""Evidence of this many tokens is taken even where a chat was to be shorter: a comparison needs both sides."""
_CONTEXT = (
    "hashes", "partner:hashes", "signatures", "partner:signatures", "binary_info", "partner:binary_info",
)  # fmt: skip
_FACTS: dict[str, Finder] = {
    "content": compare_facts.content, "kinds": compare_facts.kinds, "size": compare_facts.size, "times": compare_facts.times,
    "access": compare_facts.access, "build": compare_facts.build, "signed": compare_facts.signed,
    "libraries": compare_code.libraries, "imports": compare_code.imports, "sections": compare_code.sections,
    "entropy": compare_code.entropy, "strings": compare_code.strings, "findings": compare_findings.findings,
    "packages": compare_findings.packages, "scripts": compare_findings.scripts, "purpose": compare_purpose.purpose,
}  # fmt: skip
_MAIN: dict[str, tuple[float, float]] = {
    "content": (5, 0.8), "size": (3, 0.8), "times": (4, 0.8), "access": (4, 0.6), "build": (5, 1.2), "signed": (5, 0.6),
    "libraries": (5, 1.0), "imports": (6, 1.6), "sections": (4, 1.0), "entropy": (5, 0.8), "strings": (5, 1.2),
    "findings": (7, 1.4), "packages": (7, 3.0), "scripts": (5, 1.0),
}  # fmt: skip
"""Tasks on a single fact: importance and weight."""
_RELATED: dict[str, tuple[str, ...]] = {
    "content": ("times", "kinds", "build"), "size": ("imports", "libraries", "sections"), "times": ("build", "content"),
    "access": ("kinds", "times"), "build": ("libraries", "times", "sections"), "signed": ("content", "times"),
    "libraries": ("imports", "build"), "imports": ("libraries", "size", "strings"), "sections": ("build", "size"),
    "entropy": ("size", "sections"), "strings": ("imports", "times"), "findings": ("imports", "strings", "libraries"), "packages": (),
    "scripts": ("strings", "size"), "relation": ("purpose", "imports", "libraries", "strings", "scripts", "size", "times", "build", "packages"),
}  # fmt: skip
"""Facts that belong to the answer of a task, the nearest first."""
_SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("identity", ("purpose", "packages", "kinds", "size", "content")), ("origin", ("times", "build", "signed", "access")),
    ("needs", ("libraries", "imports", "scripts")), ("layout", ("sections", "entropy")), ("text", ("strings",)),
    ("findings", ("findings",)),
)  # fmt: skip
_TECHNICAL = ("layout",)
"""Parts that tell nothing to a reader without the terms of the trade."""
_LEADING = ("purpose", "size", "imports", "libraries", "strings")
"""Facts that a report without headings always has, where they can be shown; a short one only the first."""
_BY_KIND = ("text", "kind", "script", "kinds", "platform", "package", "build", "project")
"""Ties that say what kinds of files the two are, or make it needless."""
_THIRD = (
    "/usr/bin/sudo", "/usr/bin/ssh", "/usr/bin/curl", "/usr/sbin/sshd", "/bin/bash", "/usr/bin/python3", "/usr/bin/openssl", "/usr/bin/perl",
    "/usr/lib/x86_64-linux-gnu/libcrypto.so.3", "/usr/sbin/cron", "/usr/bin/gpg", "/usr/local/bin/agent", "/opt/app/bin/server",
)  # fmt: skip


def offers(view: View, partner: View | None) -> list[Offer]:
    """Comparisons of a file with its partner."""
    if partner is None or partner.file.key == view.file.key:
        return []
    pair = Pair(view, partner)
    if pair.a.label.text == pair.b.label.text:
        return []
    made = [
        Offer(
            task=f"compare.{name}", build=partial(_single, pair, name), importance=importance, weight=weight, partner=True,
            long=name in ("imports", "build", "findings", "strings", "sections", "packages"),
        )
        for name, (importance, weight) in _MAIN.items() if _FACTS[name](pair) is not None
    ]  # fmt: skip
    if len(made) >= 3:
        made += [
            Offer(
                task="compare.relation",
                build=partial(_relation, pair),
                importance=6,
                weight=2.5,
                variants=2,
                long=True,
                partner=True,
            ),
            Offer(
                task="compare.report",
                build=partial(_report, pair),
                importance=7,
                weight=3,
                variants=2,
                long=True,
                partner=True,
            ),
        ]
    return made + _pairs(pair)


def _pairs(pair: Pair) -> list[Offer]:
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


def _draft(
    pair: Pair, content: Sequence[Content], shows: Sequence[Show], slots: dict[str, Text] | None = None
) -> Draft:
    merged = merged_shows(pair.views, shows)
    both = [*merged, *([] if any(show.block.startswith("partner:") for show in merged) else pair.shows("metadata"))]
    return Draft(slots=pair.asked | (slots or {}), shows=tuple(both), content=tuple(content), context=_CONTEXT)


def _beside(pair: Pair, main: Fact, names: Sequence[str], request: Request) -> list[Fact]:
    """Further facts that belong to the question, as long as there is room for their evidence."""
    left = max(request.room, _ROOMY) - pair.cost(merged_shows(pair.views, main.shows))
    made: list[Fact] = []
    shows = list(main.shows)
    for name in names:
        fact = _made(pair, name, request)
        if fact is None:
            continue
        more = pair.cost(merged_shows(pair.views, [*shows, *fact.shows])) - pair.cost(merged_shows(pair.views, shows))
        if more <= left:
            left -= more
            shows += fact.shows
            made.append(fact)
    return made


def _firm(fact: Fact) -> list[Say | Items]:
    """The main statement and what it means, both always said; the rest competes."""
    head = [with_role(one, "answer") for one in fact.said[:1]]
    if len(fact.said) > 1 and fact.said[1].role in ("meaning", "detail"):
        head.append(with_role(fact.said[1], "answer"))
    return [*head, *fact.said[len(head) :]]


def _single(pair: Pair, name: str, request: Request) -> Draft | None:
    fact = _made(pair, name, request, "answer")
    if fact is None or pair.cost(fact.shows) > max(4 * request.room, 1_600):
        return None
    more = _beside(pair, fact, _RELATED[name], request)[: {"short": 1, "medium": 2, "long": 4}[request.length]]
    content: list[Content] = [*_firm(fact)]
    content += [one.said[0] for one in more]
    return _draft(pair, content, [*fact.shows, *(show for one in more for show in one.shows)])


def _made(pair: Pair, name: str, request: Request, role: Role = "detail") -> Fact | None:
    """A fact in the fullness that the length allows."""
    long = request.length == "long"
    if name == "imports":
        return compare_code.imports(pair, role, most=8 if long else 4, long=long)
    if name == "strings":
        return compare_code.strings(pair, role, most=4 if long else 3)
    return _FACTS[name](pair, role)


def _bond(pair: Pair) -> tuple[Say, tuple[Show, ...], str]:
    """What ties the files together, in one statement: one build, one project, one platform, or nothing."""
    times, build = compare_facts.times(pair), compare_facts.build(pair)
    known = [side.view.file.metadata for side in pair.sides]
    stamps = [found.modified[:19] if found and found.modified else "" for found in known]
    tags = "comparison decision provenance package build plain"
    shared = shared_strings(pair)
    slots = dict(pair.slots)
    alike = build is None or any(
        isinstance(one, Say) and one.phrase.removesuffix(".told") in _ALIKE for one in build.said
    )
    origin = compare_facts.sources(pair)
    if origin is not None and origin[0][0] == origin[1][0]:
        slots["text"] = quoted(pair.a, *origin[0])
        shows = (pair.a.show("strings", only=(origin[0][1],)), pair.b.show("strings", only=(origin[1][1],)))
        return say("answer", "compare.relation.package", tags, **slots), pair.shows("metadata") + shows, "package"
    if times is not None and stamps[0] == stamps[1] and alike:
        slots["time"] = value.date(stamps[0], pair.a.at("metadata", ".modified"))
        form = "build" if build is not None else "moment"
        return say("answer", f"compare.relation.{form}", tags, **slots), times.shows, form
    if shared and alike and _home(shared[0][0]):
        text, at, there = shared[0]
        slots["text"] = quoted(pair.a, text, at)
        shows = (pair.a.show("strings", only=(at,)), pair.b.show("strings", only=(there,)))
        return say("answer", "compare.relation.project", tags, **slots), pair.shows("metadata") + shows, "project"
    if build is not None:
        first = next(one for one in build.said if isinstance(one, Say))
        form = "platform" if alike else "apart"
        return (
            say("answer", f"compare.relation.{form}", tags, **first.slots),
            pair.shows("metadata", "binary_info"),
            form,
        )
    if shared and _written(pair, shared[0]):
        text, at, there = shared[0]
        slots["text"] = quoted(pair.a, text, at)
        shows = (pair.a.show("strings", only=(at,)), pair.b.show("strings", only=(there,)))
        return say("answer", "compare.relation.text", tags, **slots), pair.shows("metadata") + shows, "text"
    kinds = compare_facts.kinds(pair)
    if kinds is not None:
        first = next(one for one in kinds.said if isinstance(one, Say))
        form = _kind(first) if first.phrase.endswith("same") else "kinds"
        return say("answer", f"compare.relation.{form}", tags, **first.slots), kinds.shows, form
    return say("answer", "compare.relation.nothing", tags, **slots), pair.shows("metadata"), "nothing"


_WORDS = 5
"""Spaces of a sentence that two scripts don't share by chance."""
_HOME = re.compile(r"(?i)\b(?:bugs?|report|home ?page|mailing|contact|support|see|visit)\b")


def _home(text: str) -> bool:
    """Whether a text names where a project is to be found: an address alone, or one that readers are sent to."""
    found = MAIL.search(text) or URL.search(text)
    return found is not None and (found.group() == text.strip() or _HOME.search(text) is not None)


def _written(pair: Pair, shared: tuple[str, int, int]) -> bool:
    """Whether two scripts have a sentence in common that somebody wrote for one of them."""
    scripts = pair.both(
        lambda view: view.file.strings and view.file.strings.ascii and is_script(view.file.strings.ascii)
    )
    return scripts and shared[0].count(" ") >= _WORDS and not is_stock(shared[0])


def _kind(kinds: Say) -> str:
    """The type of scripts says only that an interpreter line is there."""
    mime = kinds.slots.get("mime_a")
    return "script" if isinstance(mime, Text) and "shellscript" in mime.text else "kind"


def _relation(pair: Pair, request: Request) -> Draft | None:
    bond, shows, form = _bond(pair)
    names = [name for name in _RELATED["relation"] if name != "times" or form != "build"]
    more = [_less(fact, form) for fact in _beside(pair, Fact((bond,), shows), names, request)]
    more = [fact for fact in more if fact.said]
    content: list[Content] = [bond]
    for number, fact in enumerate(more):
        content.append(with_role(fact.said[0], "answer") if number == 0 else fact.said[0])
        content += [one for one in fact.said[1:] if one.role == "detail"]
    content.append(_close(pair, form))
    return _draft(pair, content, [*shows, *(show for fact in more for show in fact.shows)])


_TOLD = {
    "moment": ("compare.times.same", "compare.times.same.told"),
    "build": ("compare.times.same", "compare.times.same.told", "compare.build.likely", "compare.build.likely.told"),
    "package": ("compare.build.same_source",),
    "platform": ("compare.build.platform.told", "compare.build.unlikely.told", "compare.build.likely.told"),
    "apart": ("compare.build.apart.told", "compare.build.apart"),
    "kinds": ("compare.kinds.differ", "compare.kinds.differ.told"),
    "text": ("compare.kinds.same", "compare.kinds.same.told"),
}
"""What the statement on the bond of two files says already, by its form."""


def _less(fact: Fact, form: str) -> Fact:
    """The fact less what the statement on the bond says."""
    told = _TOLD.get(form, ())
    kept = tuple(one for one in fact.said if not (isinstance(one, Say) and one.phrase in told))
    return Fact(kept, fact.shows)


def _close(pair: Pair, form: str) -> Say:
    """How far the relation is shown."""
    end = {"build": "likely", "moment": "likely", "project": "likely", "text": "likely", "package": "source"}.get(
        form, "unlikely"
    )
    if form == "moment" and not all(from_package(side.view) for side in pair.sides):
        end = "job"
    return say("limit", f"compare.relation.{end}", "limit package provenance decision plain", **pair.slots)


def _report(pair: Pair, request: Request) -> Draft | None:
    """Everything, under headings where the answer may be long."""
    bond, shows, form = _bond(pair)
    facts = _facts_for(pair, form, request)
    evidence = list(shows)
    content: list[Content] = [bond, _close(pair, form)]
    for heading, names in _SECTIONS:
        if heading in _TECHNICAL and request.persona.register == "plain":
            continue
        told: list[Say | Items] = []
        for name in names:
            fact = facts.get(name)
            if fact is None:
                continue
            evidence += fact.shows
            long = request.length == "long"
            leads = name in (_LEADING if request.length == "medium" else _LEADING[:4]) or not content[2:]
            told += [with_role(fact.said[0], "answer"), *fact.said[1:]] if long else _plain_facts(fact, leads)
        if told and request.length == "long":
            content.append(Section(say("detail", f"compare.heading.{heading}"), tuple(_one_limit(told))))
        else:
            content += told
    if request.length != "long":
        content = _filled(content, [fact.said[0] for fact in facts.values()])
    return _draft(pair, content, evidence) if len(content) > 3 else None


_LEAST = 5
"""Answers that a report has, as long as there are facts for them."""


def _filled(content: Sequence[Content], leading: Sequence[Say | Items]) -> list[Content]:
    """The content with further main statements as answers, where one file knows so little that few facts lead."""
    lacking = _LEAST - sum(isinstance(one, Say | Items) and one.role == "answer" for one in content)
    able = [one for one in content if one in leading and isinstance(one, Say) and one.role != "answer"]
    raised = able[: max(0, lacking)]
    return [with_role(one, "answer") if one in raised else one for one in content]


def _facts_for(pair: Pair, form: str, request: Request) -> dict[str, Fact]:
    """The facts that a report has room for; where it has no headings those that lead are taken first."""
    left = max(2 * request.room, 1_200)
    names = [name for _, part in _SECTIONS for name in part]
    if request.length != "long":
        names = [*_LEADING, *(name for name in names if name not in _LEADING)]
    found: dict[str, Fact] = {}
    for name in names:
        fact = _made(pair, name, request)
        if fact is None or (name == "kinds" and form in _BY_KIND) or (cost := pair.cost(fact.shows)) > left:
            continue
        fact = _less(fact, form)
        if fact.said:
            left -= cost
            found[name] = fact
    if "size" in found and "content" in found:
        found["content"] = _without(found["content"], "compare.content.other_size")
    return found


def _without(fact: Fact, phrase: str) -> Fact:
    """The fact less one of its statements."""
    return Fact(tuple(one for one in fact.said if not (isinstance(one, Say) and one.phrase == phrase)), fact.shows)


def _plain_facts(fact: Fact, leads: bool) -> list[Say | Items]:
    """What can be said of a fact without its surroundings; of one that leads always the main statement."""
    main = with_role(fact.said[0], "answer") if leads else fact.said[0]
    return [main, *(one for one in fact.said[1:] if one.role == "detail")]


def _one_limit(told: Sequence[Say | Items]) -> list[Say | Items]:
    """The statements of a part, with the first of its limits only."""
    limits = [one for one in told if one.role == "limit"]
    return [one for one in told if one.role != "limit" or one is limits[0]]


def _other(pair: Pair, name: str, request: Request) -> tuple[Draft, Draft] | None:
    """A question about the second file, and the same about a file whose report is not there."""
    fact, aside = _FACTS[name](pair, "answer"), _FACTS[name](pair)
    if fact is None or aside is None:
        return None
    given = {"given": value.in_code_asked(pair.b.view.path.text.strip("`"))}
    if pair.b.view.path.text.startswith("``"):
        return None
    positive = _draft(pair, _firm(fact), fact.shows, given)
    third = _third(pair, request)
    slots = pair.slots | {"given": value.in_code_asked(third)}
    missing: list[Content] = [
        say("answer", f"compare.other.{name}", "decision comparison limit", **slots),
        aside.said[0],
        say("meaning", "compare.other.meaning", "limit method plain", **slots),
        say("next", "compare.other.next", "next verify", **slots),
    ]
    negative = _draft(pair, missing, fact.shows, {"given": slots["given"]})
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
_FEATURES = {
    "entropy": "entropy",
    "imports": "symbols",
    "strings": "strings",
    "sections": "binary_info",
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
    positive = _draft(pair, _firm(fact), fact.shows, {"area": Text(_AREAS[name])})
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
    draft = _draft(pair, content, shows, {"area": slots["area"]})
    draft.negative = "other_file"
    return draft


def _slots(fact: Fact) -> dict[str, Text]:
    first = fact.said[0]
    return (
        {name: slot for name, slot in first.slots.items() if isinstance(slot, Text)} if isinstance(first, Say) else {}
    )
