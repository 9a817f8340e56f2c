"""Two files side by side: the same content, the same build, what they share and what sets them apart."""

import re
from collections.abc import Sequence
from functools import partial

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Items, Role, Say, Section, say
from threatflux_training.evidence.string_kinds import MAIL, URL, is_reference, is_script
from threatflux_training.evidence.view import View
from threatflux_training.tasks import (
    compare_build,
    compare_code,
    compare_elsewhere,
    compare_facts,
    compare_findings,
    compare_imports,
    compare_purpose,
    compare_use,
)
from threatflux_training.tasks.about import is_library, is_loader, tiny
from threatflux_training.tasks.compare_build import quoted
from threatflux_training.tasks.compare_code import shared_strings
from threatflux_training.tasks.compare_pair import Fact, Finder, Pair, Side, draft_of, firm, merged_shows, with_role
from threatflux_training.tasks.model import Draft, Offer, Request, Show

FAMILY = "compare"
_ALIKE = ("compare.build.platform", "compare.build.likely", "compare.build.unlikely")
_ROOMY = 500
"""Evidence of this many tokens is taken even where a chat was to be shorter: a comparison needs both sides."""
_FACTS: dict[str, Finder] = {
    "content": compare_facts.content, "kinds": compare_facts.kinds, "size": compare_facts.size, "times": compare_facts.times,
    "access": compare_facts.access, "build": compare_build.build, "signed": compare_facts.signed,
    "libraries": compare_code.libraries, "imports": compare_imports.imports, "adds": compare_imports.adds, "sections": compare_code.sections,
    "entropy": compare_code.entropy, "strings": compare_code.strings, "findings": compare_findings.findings,
    "packages": compare_findings.packages, "scripts": compare_findings.scripts, "purpose": compare_purpose.purpose,
    "standing": compare_facts.standing,
}  # fmt: skip
_MAIN: dict[str, tuple[float, float]] = {
    "content": (5, 0.8), "size": (3, 0.8), "times": (4, 0.8), "access": (4, 0.6), "build": (5, 1.2), "signed": (5, 0.6),
    "libraries": (5, 1.0), "imports": (6, 1.2), "adds": (6, 0.8), "sections": (4, 1.0), "entropy": (5, 0.8), "strings": (5, 1.2),
    "findings": (7, 1.4), "packages": (7, 3.0), "scripts": (5, 1.0),
}  # fmt: skip
"""Tasks on a single fact: importance and weight."""
_RELATED: dict[str, tuple[str, ...]] = {
    "content": ("times", "kinds", "build"), "size": ("kinds", "imports", "libraries", "sections"), "times": ("build", "content"),
    "access": ("times",), "build": ("libraries", "times", "sections"), "signed": ("content", "times"),
    "libraries": ("imports", "build"), "imports": ("libraries", "strings"), "adds": ("libraries", "strings"), "sections": ("build", "size"),
    "entropy": ("size", "sections"), "strings": ("imports",), "findings": ("imports", "strings", "libraries"), "packages": (),
    "scripts": ("strings",), "relation": ("purpose", "standing", "imports", "libraries", "strings", "scripts", "times", "build", "packages"),
}  # fmt: skip
"""Facts that belong to the answer of a task, the nearest first."""
_SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("identity", ("purpose", "standing", "packages", "kinds", "size", "content")), ("origin", ("times", "build", "signed", "access")),
    ("needs", ("libraries", "imports", "scripts")), ("layout", ("sections", "entropy")), ("text", ("strings",)),
    ("findings", ("findings",)),
)  # fmt: skip
_TECHNICAL = ("layout",)
"""Parts that tell nothing to a reader without the terms of the trade."""
_LEADING = ("purpose", "standing", "size", "imports", "libraries", "strings")
"""Facts that a report without headings always has, where they can be shown; a short one all but the last."""
_BY_KIND = ("text", "kind", "unknown", "script", "kinds", "platform", "package", "sources", "build", "project")
"""Ties that say what kinds of files the two are, or make it needless."""


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
            long=name in ("imports", "adds", "build", "findings", "strings", "sections", "packages"),
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
    return made + compare_elsewhere.offers(pair)


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


def _single(pair: Pair, name: str, request: Request) -> Draft | None:
    fact = _made(pair, name, request, "answer")
    if fact is None or pair.cost(fact.shows) > max(4 * request.room, 1_600):
        return None
    beside = [kept for one in _beside(pair, fact, _RELATED[name], request) if (kept := _less(one, "", request)).said]
    more = beside[: {"short": 1, "medium": 2, "long": 4}[request.length]]
    content: list[Content] = [*firm(fact)]
    content += [one.said[0] for one in more]
    return draft_of(pair, content, [*fact.shows, *(show for one in more for show in one.shows)])


def _made(pair: Pair, name: str, request: Request, role: Role = "detail") -> Fact | None:
    """A fact in the fullness that the length allows."""
    long = request.length == "long"
    if name in ("imports", "adds"):
        return _FACTS[name](pair, role, most=8 if long else 4, long=long)
    if name == "strings":
        return compare_code.strings(pair, role, most=4 if long else 3)
    return _FACTS[name](pair, role)


def _bond(pair: Pair) -> tuple[Say, tuple[Show, ...], str]:
    """What ties the files together, in one statement: one build, one project, one platform, or nothing."""
    build = compare_build.build(pair)
    known = [side.view.file.metadata for side in pair.sides]
    tags = "comparison decision provenance package build plain"
    shared = shared_strings(pair)
    slots = dict(pair.slots)
    built = (
        {one.phrase.removesuffix(".told") for one in build.said if isinstance(one, Say)} if build is not None else set()
    )
    alike = build is None or not built.isdisjoint(_ALIKE)
    origin = compare_build.sources(pair)
    if origin is not None and origin[0][0] == origin[1][0]:
        slots |= compare_build.packages_of(pair, origin)
        shows = (pair.a.show("strings", only=(origin[0][1],)), pair.b.show("strings", only=(origin[1][1],)))
        return say("answer", "compare.relation.package", tags, **slots), pair.shows("metadata") + shows, "package"
    if origin is not None:
        slots |= compare_build.packages_of(pair, origin)
        shows = (pair.a.show("strings", only=(origin[0][1],)), pair.b.show("strings", only=(origin[1][1],)))
        return say("answer", "compare.relation.sources", tags, **slots), pair.shows("metadata") + shows, "sources"
    stamps = compare_facts.stamps(pair)
    if stamps is not None and compare_facts.same_moment(pair) and alike:
        slots["time"] = value.date(stamps[0], pair.a.at("metadata", ".modified"))
        form = "build" if "compare.build.likely" in built else "moment"
        return say("answer", f"compare.relation.{form}", tags, **slots), pair.shows("metadata"), form
    short = next((side for side in pair.sides if tiny(side.view)), None)
    if short is not None:
        rest = pair.b if short is pair.a else pair.a
        slots |= {"who": short.label, "rest": rest.label, "size": short.size_text}
        return say("answer", "compare.relation.tiny", tags, **slots), pair.shows("metadata"), "tiny"
    if shared and alike and _home(shared[0][0]):
        text, at, there = shared[0]
        slots["text"] = quoted(pair.a, text, at)
        shows = (pair.a.show("strings", only=(at,)), pair.b.show("strings", only=(there,)))
        return say("answer", "compare.relation.project", tags, **slots), pair.shows("metadata") + shows, "project"
    if build is not None:
        first = next(one for one in build.said if isinstance(one, Say))
        form = "platform" if alike else "apart"
        roles = [is_library(side.view) for side in pair.sides]
        started = [found is not None and found.is_executable for found in known]
        if form == "platform" and roles[0] != roles[1] and started[roles[0]]:
            program, library = pair.sides if roles[1] else (pair.b, pair.a)
            labels = {"program": program.label, "library": library.label}
            if (place := _loader(program, library)) is not None:
                labels["loader"] = quoted(program, *place)
                said = say("answer", "compare.relation.loader", tags, **first.slots, **labels)
                return said, pair.shows("metadata") + (program.show("strings", only=(place[1],)),), "loader"
            said = say("answer", "compare.relation.roles", tags, **first.slots, **labels)
            return said, pair.shows("metadata", "binary_info"), form
        if form == "platform" and (needed := compare_code.special_needs(pair)) is not None:
            said = say("answer", "compare.relation.needs", tags, **first.slots, list=needed)
            return said, pair.shows("metadata", "binary_info", "binary_info.imports"), form
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
        form = _kind(first)
        if form == "script" and (spoken := compare_findings.languages(pair)) is not None:
            said = say("answer", "compare.relation.languages", tags, **first.slots, **spoken)
            return said, kinds.shows + tuple(side.show("strings", only=(0,)) for side in pair.sides), form
        phrase = "half" if first.phrase.endswith("one") else form
        return say("answer", f"compare.relation.{phrase}", tags, **first.slots), kinds.shows, form
    return say("answer", "compare.relation.nothing", tags, **slots), pair.shows("metadata"), "nothing"


def _loader(program: Side, library: Side) -> tuple[str, int] | None:
    """The string by which a program names the other file as the loader that starts it."""
    strings, name = program.view.file.strings, library.view.file.name
    if strings is None or not is_loader(library.view):
        return None
    return next(((text, at) for at, text in enumerate(strings.ascii[:_EARLY]) if text.endswith("/" + name)), None)


_EARLY = 40
"""Among the first strings of a program is the loader that it asks for."""
_WORDS = 5
"""Spaces of a sentence that two scripts don't share by chance."""
_HOME = re.compile(r"(?i)\b(?:bugs?|report|home ?page|mailing|contact|support|see|visit)\b")


def _home(text: str) -> bool:
    """Whether a text names where a project is to be found: an address alone, or one that readers are sent to."""
    found = None if is_reference(text) else MAIL.search(text) or URL.search(text)
    return found is not None and (found.group() == text.strip() or _HOME.search(text) is not None)


def _written(pair: Pair, shared: tuple[str, int, int]) -> bool:
    """Whether two scripts have a sentence in common that somebody wrote for one of them."""
    scripts = pair.both(
        lambda view: view.file.strings and view.file.strings.ascii and is_script(view.file.strings.ascii)
    )
    return scripts and shared[0].count(" ") >= _WORDS and compare_code.worth(shared[0]) == "text"


def _kind(kinds: Say) -> str:
    """The type of scripts says only that an interpreter line is there, and that of data that nothing was recognized."""
    return {"unknown": "unknown", "script": "script", "same": "kind"}.get(kinds.phrase.rpartition(".")[2], "kinds")


def _relation(pair: Pair, request: Request) -> Draft | None:
    bond, shows, form = _bond(pair)
    names = [name for name in _RELATED["relation"] if name != "times" or form not in ("build", "moment")]
    more = [_less(fact, form, request) for fact in _beside(pair, Fact((bond,), shows), names, request)]
    more = [fact for fact in more if fact.said]
    used = compare_use.use(pair)
    content: list[Content] = [] if used is not None and form in _UNTIED else [bond]
    owners = compare_purpose.owners(pair, "answer") if form in _UNTIED else None
    for fact in (used, owners):
        if fact is not None:
            content += fact.said
            shows += fact.shows
    for number, fact in enumerate(more):
        first = fact.said[0]
        leads = (number == 0 and owners is None) or (isinstance(first, Say) and first.phrase in _LEADS)
        content.append(with_role(first, "answer") if leads else first)
        content += [one for one in fact.said[1:] if one.role == "detail"]
    content += _close(pair, form)
    return draft_of(pair, content, [*shows, *(show for fact in more for show in fact.shows)])


_LEADS = (*compare_facts.SET_APART, "compare.build.foreign")
"""Facts that belong to the answer on a relation wherever they come."""
_UNTIED = ("platform", "apart", "kinds", "nothing", "loader")
"""Bonds beside which it tells something which packages the files name, and to which a use of one by the other is preferred."""
_TOLD = {
    "moment": ("compare.times.same",),
    "build": ("compare.times.same", "compare.build.likely", "compare.build.likely.told"),
    "package": ("compare.build.same_source",),
    "sources": ("compare.build.other_source", "compare.build.unlikely.told"),
    "platform": ("compare.build.platform", "compare.build.unlikely.told"),
    "apart": ("compare.build.apart.told", "compare.build.apart"),
}
"""What the statement on the bond of two files says already, by its form."""


_UNREAD = ("compare.strings.own", "compare.strings.own.seen")
"""What tells nothing to a reader without the terms of the trade: lines of each file, as they are."""
_ORDINARY = (
    "compare.times.arrived", "compare.signed.none.told", "compare.signed.none", "compare.access.same.told", "compare.access.root",
    "compare.access.owner", "compare.libraries.common",
)  # fmt: skip
"""What most pairs of files of one system have in common: told only to those who ask for it."""


_OF_ACCESS = ("compare.access.same.told", "compare.access.root", "compare.access.owner")


def _less(fact: Fact, form: str, request: Request) -> Fact:
    """The fact less what the statement on the bond says, and less what is ordinary; nothing where that is the fact."""
    asked = _OF_ACCESS if "permission" in request.persona.prefers else ()
    ordinary = tuple(phrase for phrase in _ORDINARY if phrase not in asked)
    plain = _UNREAD if request.persona.register == "plain" else ()
    told = (*_TOLD.get(form, ()), *ordinary, *plain)
    if isinstance(fact.said[0], Say) and fact.said[0].phrase in ordinary:
        return Fact((), fact.shows)
    kept = tuple(one for one in fact.said if not (isinstance(one, Say) and one.phrase in told))
    return Fact(kept, fact.shows)


_ENDS = {
    "build": "likely",
    "moment": "job",
    "project": "mention",
    "text": "copied",
    "package": "source",
    "platform": "unlikely",
}
"""How the statement on a bond is limited, by its form."""


def _close(pair: Pair, form: str) -> list[Say]:
    """How far a relation is shown, where there is one to speak of."""
    end = _ENDS.get(form, "")
    if not end:
        return []
    if form == "moment" and compare_facts.packaged(pair) and compare_build.build(pair) is None:
        end = "likely"
    return [say("limit", f"compare.relation.{end}", "limit package provenance decision plain", **pair.slots)]


def _report(pair: Pair, request: Request) -> Draft | None:
    """Everything, under headings where the answer may be long."""
    bond, shows, form = _bond(pair)
    facts = _facts_for(pair, form, request)
    evidence = list(shows)
    close = _close(pair, form)
    content: list[Content] = [bond, *close]
    if (used := compare_use.use(pair)) is not None:
        content = [*used.said, *close] if form in _UNTIED else [*content, *used.said]
        evidence += used.shows
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
            leads = name in (_LEADING if request.length == "medium" else _LEADING[:-1]) or len(content) == 1 + len(
                close
            )
            told += [with_role(fact.said[0], "answer"), *fact.said[1:]] if long else _plain_facts(fact, leads)
        if told and request.length == "long":
            content.append(Section(say("detail", f"compare.heading.{heading}"), tuple(_one_limit(told))))
        else:
            content += told
    if request.length != "long":
        content = _filled(content, [fact.said[0] for fact in facts.values()])
    return draft_of(pair, content, evidence) if len(content) > 2 + len(close) else None


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
        fact = _less(fact, form, request)
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
