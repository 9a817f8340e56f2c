"""Threat rules: three substring tests, a level that is Clean by construction, and what this file matched."""

from collections.abc import Sequence

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Say, items, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.string_kinds import URL
from threatflux_training.evidence.view import View
from threatflux_training.hashing import choose
from threatflux_training.reports.model import Threats
from threatflux_training.tasks.about import from_package, place_of
from threatflux_training.tasks.compound import SURROUNDINGS, firm_pair
from threatflux_training.tasks.file_facts import leads
from threatflux_training.tasks.listing import Listing
from threatflux_training.tasks.model import Draft, Offer, Request, Show

FAMILY = "threats"
RULES = ("network_communication", "crypto_operations", "suspicious_api_calls")
_CALLS = "suspicious_api_calls"
_TEXTS: dict[str, tuple[str, ...]] = {
    "network_communication": ("http://", "https://", "socket"), "crypto_operations": ("AES", "RSA"),
    _CALLS: ("VirtualAlloc", "WriteProcessMemory", "CreateRemoteThread"),
}  # fmt: skip
"""What the rules look for: one of their texts is enough, but for the rule on calls, which wants all of its names."""
_CONTEXT = ("behavioral", "vulnerabilities", "vulnerabilities.risk_assessment", *SURROUNDINGS)


def offers(view: View, partner: View | None) -> list[Offer]:
    """Tasks on the threat rules."""
    found = view.file.threats
    if found is None or found.threat_level is None:
        return []
    made = [Offer(task="threats.rules", build=lambda r: _rules(view, found, r), importance=5, long=True)]
    if found.threat_level == "Clean":
        made.append(
            Offer(task="threats.clean", build=lambda r: _clean(view, found, r), importance=7, variants=2, long=True)
        )
    matched = [match.rule_identifier for match in found.matches]
    if matched:
        made.append(
            Offer(
                task="threats.why", build=lambda r: _why(view, found, r), importance=7, variants=len(matched), long=True
            )
        )
        made.append(
            Offer(
                task="threats.matched",
                build=lambda r: firm_pair(_matched(view, found, r), r),
                importance=6,
                pair=True,
                variants=2,
            )
        )
    return made


def _slots(view: View, found: Threats) -> dict[str, Text]:
    slots = {"level": value.code(found.threat_level, view.at("threats", ".threat_level")), "name": view.name}
    matches = [one.rule_identifier or "" for one in found.matches]
    if matches:
        path = view.at("threats", ".matches")
        slots["matches"] = value.join([value.member(name, path, "rule_identifier") for name in matches])
    if found.scan_stats is not None and found.scan_stats.rules_evaluated is not None:
        slots["rules"] = value.grouped(
            found.scan_stats.rules_evaluated, view.at("threats", ".scan_stats.rules_evaluated"), "rule|rules"
        )
    if found.scan_stats is not None and found.scan_stats.file_size_scanned is not None:
        slots["size"] = value.grouped(
            found.scan_stats.file_size_scanned, view.at("threats", ".scan_stats.file_size_scanned"), "byte|bytes"
        )
    return slots


def _draft(content: list[Content], *shows: Show, slots: dict[str, Text] | None = None) -> Draft:
    return Draft(slots=slots or {}, shows=(Show("threats"), *shows), content=tuple(content), context=_CONTEXT)


def _clean(view: View, found: Threats, request: Request) -> Draft:
    slots = _slots(view, found)
    empty = found.scan_stats is not None and found.scan_stats.file_size_scanned == 0
    number = "one" if len(found.matches) == 1 else "some"
    state = f"matched.{number}" if found.matches else "empty" if empty else "nothing"
    content: list[Content] = [say("answer", f"threats.clean.{state}", "verdict decision rule weakness plain", **slots)]
    shows: tuple[Show, ...] = ()
    carried, shows = _carried(view, found, request)
    content += carried
    kind = choose(request.key, ("discarded", "levels"))
    content.append(say("answer", f"threats.clean.{kind}", "rule weakness method", **slots))
    contrast, blocks = _contrast(view, slots)
    facts, evidence = leads(view, "detail")
    content += [*contrast, *facts]
    content.append(say("limit", "threats.clean.limit", "limit malware", **slots))
    if not empty:
        content.append(_settling(view, slots))
    return _draft(content, *shows, *blocks, *evidence)


def _settling(view: View, slots: dict[str, Text]) -> Say:
    """What does decide whether the file may be trusted: its package, or where it came from and what is in it."""
    if from_package(view):
        return say("answer", "threats.clean.package", "verify package decision", path=view.path, **slots)
    owned = place_of(view.file.path) in ("etc", "local")
    kind = "script" if view.file.kind == "script" else "owned" if owned else "other"
    return say("answer", f"threats.clean.origin.{kind}", "verify decision", path=view.path, **slots)


def _carried(view: View, found: Threats, request: Request) -> tuple[list[Content], tuple[Show, ...]]:
    """The strings on which the matches rest, where the report shows them."""
    for match in found.matches:
        rule = match.rule_identifier or ""
        hits = evidence_for(view, rule)
        if hits:
            slots = {"rule": value.member(rule, view.at("threats", ".matches"), "rule_identifier"), "name": view.name}
            shown = hits if rule == _CALLS else hits[:1]
            said = _found("threats.carried", rule, hits, slots)
            return [said], hits[0][0].show([at for _, at, _ in shown], request.room // 4, around=0)
    return [], ()


Hit = tuple[Listing, int, str]
"""An entry of the list of strings, with the piece of it that a rule looks for."""


def _found(phrase: str, rule: str, hits: Sequence[Hit], slots: dict[str, Text]) -> Say:
    """The string that a rule matched on; of the rule on calls all names together."""
    if rule == _CALLS:
        names = value.join([listing.piece(index, piece) for listing, index, piece in hits])
        return say("answer", "threats.why.calls", "rule strings decision plain", **slots, list=names)
    listing, index, piece = hits[0]
    given = slots | {"piece": listing.piece(index, piece), "quote": listing.quoted(index)}
    found_as = f"{phrase}.same" if listing.texts[index] == piece else phrase
    return say("answer", found_as, "rule strings decision plain", **given)


def _contrast(view: View, slots: dict[str, Text]) -> tuple[list[Content], tuple[Show, ...]]:
    """What other parts of the same report say."""
    said: list[Content] = []
    shows: tuple[Show, ...] = ()
    behavioral = view.file.behavioral
    if behavioral is not None and behavioral.network_behavior:
        path = view.at("behavioral", ".network_behavior")
        labels = value.join(
            [value.member(one.pattern_type or "", path, "pattern_type") for one in behavioral.network_behavior[:3]]
        )
        said.append(
            say(
                "meaning",
                "threats.clean.contrast",
                "comparison weakness rule",
                labels=labels,
                level=slots["level"],
                name=view.name,
            )
        )
        shows += (Show("behavioral"),)
    return said, shows


def _rules(view: View, found: Threats, request: Request) -> Draft:
    slots = _slots(view, found)
    content: list[Content] = [say("answer", "threats.rules", "rule method decision", **slots)]
    matched = [one.rule_identifier or "" for one in found.matches]
    carried, shows = _carried(view, found, request)
    if found.scan_stats is not None and found.scan_stats.file_size_scanned == 0 and not found.matches:
        said = say("answer", "threats.rules.empty", "rule weakness plain", **slots)
        return _draft([*content, said])
    content += carried or [
        say("answer", "threats.rules.matched" if found.matches else "threats.rules.none", "rule", **slots)
    ]
    path = view.at("threats", ".matches")
    entries: list[Say | Text] = []
    for rule in RULES:
        named = (
            value.member(rule, path, "rule_identifier")
            if rule in matched
            else value.absent(rule, path, "rule_identifier")
        )
        outcome = "hit" if rule in matched else "miss"
        entries.append(
            say("detail", f"threats.listed.{rule}.{outcome}", "rule method weakness", rule=named, name=view.name)
        )
    content.append(items("answer", say("answer", "threats.rules.lead", "rule", name=view.name), entries, "rule method"))
    if "rules" in slots:
        content.append(say("detail", "threats.rules.count", "rule weakness method", **slots))
    if found.threat_level == "Clean" and 0 < len(matched) < len(RULES) and set(matched) <= set(RULES):
        content.append(say("answer", "threats.rules.still", "rule weakness decision plain", **slots))
    content.append(say("meaning", "threats.rules.means", "weakness limit malware plain", **slots))
    facts, evidence = leads(view, "detail")
    content += facts
    content.append(say("next", "threats.rules.next", "next detection", **slots))
    return _draft(content, *shows, *evidence)


def evidence_for(view: View, rule: str) -> list[Hit]:
    """Entries of the list of strings that make a rule match, with the piece that does; none where they don't suffice."""
    if view.file.strings is None or not view.file.strings.ascii:
        return []
    listing, pieces = Listing(view), _TEXTS.get(rule, ())
    if rule == _CALLS:
        places = {
            piece: index for index, text in reversed([*enumerate(listing.texts)]) for piece in pieces if piece in text
        }
        return [(listing, places[piece], piece) for piece in pieces] if len(places) == len(pieces) else []
    found = []
    for index, text in enumerate(listing.texts):
        piece = next((piece for piece in pieces if piece in text), None)
        if piece:
            found.append((listing, index, piece))
    return found[:3]


def _why(view: View, found: Threats, request: Request) -> Draft:
    match = found.matches[request.variant % len(found.matches)]
    rule = match.rule_identifier or ""
    slots = _slots(view, found) | {"rule": value.member(rule, view.at("threats", ".matches"), "rule_identifier")}
    hits = evidence_for(view, rule)
    known = rule if rule in RULES else "other"
    form = "socket" if hits and hits[0][2] == "socket" else known
    shows: tuple[Show, ...] = ()
    content: list[Content] = []
    if hits:
        listing, index, piece = hits[0]
        around = {"piece": listing.piece(index, piece), "quote": listing.quoted(index)}
        content.append(_found("threats.why.found", rule, hits, slots))
        shows = listing.show([one for _, one, _ in hits], request.room // 2)
        others = list(dict.fromkeys(one for _, one, _ in hits[1:] if listing.texts[one] != listing.texts[index]))
        if others and rule != _CALLS:
            more = value.join([listing.quoted(one) for one in others])
            key = "threats.why.more.one" if len(others) == 1 else "threats.why.more.some"
            content.append(say("detail", key, "strings network", list=more, **slots))
        if URL.search(listing.texts[index]) and (
            listing.texts[index].lstrip().startswith("#") or "gnu.org" in listing.texts[index]
        ):
            content.append(say("answer", "threats.why.text", "network decision plain", **around, **slots))
    else:
        content.append(say("answer", "threats.why.unseen", "rule decision", **slots))
    content.append(say("answer", f"threats.weak.{form}", "weakness plain malware", **slots))
    if form == known:
        content.append(say("detail", f"threats.rule.{known}", "rule method weakness", name=view.name))
    content.append(say("verify", f"threats.check.{form}", "verify next code network", **slots))
    facts, evidence = leads(view, "detail")
    return _draft([*content, *facts], *shows, *evidence)


def _matched(view: View, found: Threats, request: Request) -> tuple[Draft, Draft] | None:
    """Whether a rule matched: one that did, one that did not."""
    matched = [one.rule_identifier or "" for one in found.matches]
    others = [rule for rule in RULES if rule not in matched]
    if not others or matched[0] not in RULES:
        return None
    yes, no = choose(request.key, [rule for rule in matched if rule in RULES]), choose(request.key, others)
    slots = _slots(view, found)
    path = view.at("threats", ".matches")
    positive = slots | {"rule": value.member(yes, path, "rule_identifier")}
    negative = slots | {"rule": value.absent(no, path, "rule_identifier")}
    content: list[Content] = [
        say("answer", "threats.matched.yes", "rule decision", **positive),
        say("answer", f"threats.weak.{yes}", "weakness plain", **positive),
        say("detail", f"threats.rule.{yes}", "rule method", name=view.name),
    ]
    missing: list[Content] = [
        say("answer", f"threats.matched.no.{'one' if len(matched) == 1 else 'some'}", "rule decision", **negative),
        say("answer", "threats.matched.no_means", "weakness limit", **negative),
        say("detail", f"threats.rule.{no}", "rule method", name=view.name),
    ]
    carried, shows = _carried(view, found, request)
    contrast, blocks = _contrast(view, slots)
    facts, evidence = leads(view, "detail")
    content[1:1] = carried
    content += [*contrast[:1], *facts]
    missing += [*contrast[:1], *facts]
    shows += (*blocks, *evidence)
    second = _draft(missing, *shows, slots={"rule": value.in_code_asked(no), "name": view.name})
    second.negative = "entity_not_there"
    return _draft(content, *shows, slots={"rule": value.in_code_asked(yes), "name": view.name}), second
