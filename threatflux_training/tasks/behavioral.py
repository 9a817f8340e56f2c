"""Behavior labels: hits of text rules, with this file's own indicators, and what they are worth."""

from functools import partial

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Role, Say, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.view import View
from threatflux_training.hashing import choose
from threatflux_training.reports.model import Behavioral, NetworkBehavior, Operation
from threatflux_training.tasks.about import from_package, is_executable
from threatflux_training.tasks.behavioral_basis import (
    UNTEXT,
    carriers,
    counts_jumps,
    documents,
    firm,
    indicators,
    jumps,
    lead_of,
    runs,
    sockets,
    starts,
    technique,
    telling,
    weight,
)
from threatflux_training.tasks.compound import SURROUNDINGS, firm_pair
from threatflux_training.tasks.file_facts import NOTHING, Facts, both, leads, origin
from threatflux_training.tasks.model import Draft, Offer, Request, Show

FAMILY = "behavioral"
_CONTEXT = ("threats", "vulnerabilities.risk_assessment", *SURROUNDINGS)
LISTS = (
    ("anti_analysis", "anti-analysis techniques"), ("persistence", "persistence"), ("network_behavior", "network behavior"),
    ("file_operations", "file operations"), ("registry_operations", "registry operations"), ("process_operations", "process operations"),
    ("suspicious_behaviors", "combined suspicious behavior"),
)  # fmt: skip


def offers(view: View, partner: View | None) -> list[Offer]:
    """Tasks on the labels."""
    found = view.file.behavioral
    if found is None:
        return []
    made = [Offer(task="behavioral.overview", build=lambda r: _overview(view, found, r), importance=7, long=True)]
    for pattern in found.network_behavior:
        key = {"CommandAndControl": "control", "DataExfiltration": "exfiltration", "TorUsage": "tor"}.get(
            pattern.pattern_type or ""
        )
        if key and pattern.indicators:
            made.append(
                Offer(
                    task=f"behavioral.{key}",
                    build=partial(_network, view, found, pattern, key),
                    importance=8,
                    long=True,
                )
            )
    if found.anti_analysis:
        made.append(
            Offer(task="behavioral.techniques", build=lambda r: _techniques(view, found, r), importance=7, long=True)
        )
    if found.evasion_score is not None:
        made.append(Offer(task="behavioral.evasion", build=lambda r: _evasion(view, found, r), importance=5, long=True))
    if found.process_operations or found.file_operations:
        made.append(
            Offer(task="behavioral.operations", build=lambda r: _operations(view, found, r), importance=5, long=True)
        )
    filled = [name for name, _ in LISTS if getattr(found, name)]
    if filled and len(filled) < len(LISTS):
        made.append(
            Offer(
                task="behavioral.any",
                build=lambda r: firm_pair(_any(view, found, r), r),
                importance=6,
                pair=True,
                variants=3,
            )
        )
    return made


def _labels(view: View, found: Behavioral) -> list[Text]:
    """Every label of the report, each once."""
    labels: dict[str, Text] = {}
    for name, field in (("anti_analysis", "technique_type"), ("network_behavior", "pattern_type"), ("persistence", "mechanism_type"),
                        ("file_operations", "operation_type"), ("process_operations", "operation_type"), ("suspicious_behaviors", "behavior_type")):  # fmt: skip
        for one in getattr(found, name):
            label = getattr(one, field)
            if label and label not in labels:
                labels[label] = value.member(label, view.at("behavioral", f".{name}"), field)
    return list(labels.values())


def _draft(content: list[Content], *shows: Show, slots: dict[str, Text] | None = None) -> Draft:
    return Draft(slots=slots or {}, shows=(Show("behavioral"), *shows), content=tuple(content), context=_CONTEXT)


def _network(view: View, found: Behavioral, pattern: NetworkBehavior, key: str, request: Request) -> Draft:
    number = found.network_behavior.index(pattern)
    place = view.at("behavioral", f".network_behavior[{number}]")
    slots = {
        "label": value.code(pattern.pattern_type, place + ".pattern_type"), "list": value.join(indicators(view, found, pattern)), "name": view.name,
        "first": telling(indicators(view, found, pattern)),
    }  # fmt: skip
    if pattern.suspicious_level:
        slots["level"] = value.code(pattern.suspicious_level, place + ".suspicious_level")
    worth = weight(view, pattern, key, slots, request)
    fetches = any(isinstance(one, Say) and one.phrase == "behavioral.fetches" for one in worth[0])
    lead = f"behavioral.{key}.script" if fetches else lead_of(pattern, key)
    content: list[Content] = [say("answer", lead, "verdict decision network rule", **slots)]
    shows: tuple[Show, ...] = ()
    if key == "control":
        more, shows = carriers(view, pattern, request.room // 2)
        content += more
    channel = sockets(view, request.room // 3, firm(request)) if key == "control" else NOTHING
    facts, evidence = both(worth, channel, leads(view, firm(request)))
    content += facts
    if pattern.suspicious_level == "High":
        content.append(say(firm(request), f"behavioral.{key}.level", "rule score", **slots))
    if pattern.ports and key != "tor":
        ports = value.join([value.computed(str(port), "member", place + ".ports") for port in pattern.ports[:3]])
        many = "some" if len(pattern.ports) > 1 else "one"
        content.append(say("detail", f"behavioral.ports.{many}", "network detection", ports=ports, name=view.name))
    content.append(_check(view, pattern, key, fetches, slots, request))
    return _draft(content, *shows, *evidence)


def _check(
    view: View, pattern: NetworkBehavior, key: str, fetches: bool, slots: dict[str, Text], request: Request
) -> Say:
    """What to look at next: an address in the code where there is one, else traffic or the package."""
    bare = key == "control" and (all(one in UNTEXT for one in pattern.indicators) or documents(view, pattern))
    if bare and from_package(view):
        slots = slots | {"labels": slots["label"], "path": view.path}
        return say("verify", "behavioral.overview.next.package", "verify next package decision", **slots)
    if not runs(view):
        return say("verify", "behavioral.control.data", "verify strings next", **slots)
    able = ("traffic",) if fetches or bare else ("code", "traffic")
    check = choose(request.key, able) if starts(view) else "code"
    phrase = f"{lead_of(pattern, key)}.code" if check == "code" else f"behavioral.{key}.traffic"
    return say("verify", phrase, "verify next network code", **slots)


def _techniques(view: View, found: Behavioral, request: Request) -> Draft:
    kinds = {one.technique_type or "": index for index, one in reversed(list(enumerate(found.anti_analysis)))}
    content: list[Content] = []
    for kind, index in list(kinds.items())[:3]:
        one = found.anti_analysis[index]
        path = view.at("behavioral", f".anti_analysis[{index}]")
        slots = {
            "label": value.code(kind, path + ".technique_type"), "name": view.name,
            "list": value.join([value.member(name, path + ".indicators") for name in one.indicators[:4]]),
        }  # fmt: skip
        number = "one" if len(one.indicators) == 1 else "some"
        key = technique(one)
        phrase = f"behavioral.technique.{key}" if key in ("jumps", "nops") else f"behavioral.technique.{key}.{number}"
        content.append(say("answer", phrase, "rule decision malware", **slots))
        content.append(say("answer", f"behavioral.technique.{key}.weak", "weakness rule code plain", **slots))
        content.append(say("verify", f"behavioral.technique.{key}.check", "verify code next address", **slots))
        if one.confidence is not None:
            confidence = value.fixed(one.confidence, path + ".confidence", 2)
            content.append(
                say(
                    "detail",
                    "behavioral.technique.confidence",
                    "score rule data",
                    confidence=confidence,
                    label=slots["label"],
                )
            )
    same = sum(one.technique_type == found.anti_analysis[0].technique_type for one in found.anti_analysis)
    if same > 2:
        path = view.at("behavioral", ".anti_analysis")
        amount = value.counted(same, path, "", ["technique_type", "eq", found.anti_analysis[0].technique_type])
        content.append(say("detail", "behavioral.technique.repeated", "data score", amount=amount, name=view.name))
    facts, shows = jumps(view, firm(request)) if counts_jumps(found) else NOTHING
    return _draft([*content, *facts], *shows)


_LITTLE = 33
"""A score below a third of the scale is low by any reading."""


def _evasion(view: View, found: Behavioral, request: Request) -> Draft:
    score = found.evasion_score or 0.0
    slots = {"score": value.fixed(score, view.at("behavioral", ".evasion_score"), 1), "name": view.name}
    kinds = [one.technique_type for one in found.anti_analysis]
    content: list[Content] = []
    if not kinds:
        content += [
            say("answer", "behavioral.evasion.zero", "score decision", **slots),
            say(
                "answer",
                f"behavioral.evasion.zero.{'script' if view.file.kind not in ('elf', 'pe', 'macho') else 'program'}",
                "score weakness limit",
                **slots,
            ),
        ]
    elif kinds == ["Obfuscation"] and abs(score - 14.0) < 0.01 and counts_jumps(found):
        confidence = value.fixed(
            found.anti_analysis[0].confidence or 0.0, view.at("behavioral", ".anti_analysis[0].confidence"), 1
        )
        indicator = value.member(
            found.anti_analysis[0].indicators[0], view.at("behavioral", ".anti_analysis[0].indicators")
        )
        slots |= {"confidence": confidence, "indicator": indicator}
        content += [
            say("answer", "behavioral.evasion.single", "score decision rule", **slots),
            say("answer", "behavioral.evasion.single.sum", "score method data", **slots),
        ]
        content.append(say("answer", "behavioral.evasion.single.weak", "weakness rule plain code", **slots))
    else:
        names = value.join(
            [
                value.member(kind, view.at("behavioral", ".anti_analysis"), "technique_type")
                for kind in dict.fromkeys(kinds)
                if kind
            ]
        )
        content += [
            say(
                "answer",
                "behavioral.evasion.little" if score < _LITTLE else "behavioral.evasion.more",
                "score decision rule",
                labels=names,
                **slots,
            ),
            say("answer", "behavioral.evasion.more.means", "weakness score method", labels=names, **slots),
        ]
    content += [
        say("detail", "behavioral.evasion.scale", "score data plain", **slots),
    ]
    if is_executable(view):
        check = "behavioral.evasion.verify.debug" if "AntiDebug" in kinds else "behavioral.evasion.verify"
        content.append(say("verify", check, "verify code next", **slots))
    facts, shows = jumps(view, firm(request)) if counts_jumps(found) else NOTHING
    return _draft([*content, *facts], *shows)


def _operations(view: View, found: Behavioral, request: Request) -> Draft:
    content: list[Content] = []
    for name in ("file_operations", "process_operations"):
        for index, one in enumerate(getattr(found, name)):
            text = _operation(view, name, index, one)
            content.append(
                say(
                    "answer" if not content else "detail",
                    "behavioral.operation"
                    if len(one.targets) > 1
                    else "behavioral.operation.one"
                    if one.targets
                    else "behavioral.operation.bare",
                    "files process rule imports",
                    **text,
                )
            )
    first = next((i for i, one in enumerate(content) if isinstance(one, Say) and "list" in one.slots), -1)
    if first >= 0:
        content.append(say("answer", "behavioral.operations.weak", "weakness rule plain", **_slots_of(content[first])))
    content.append(say("verify", "behavioral.operations.check", "verify imports code next", name=view.name))
    return _draft(content)


def _slots_of(one: Content) -> dict[str, Text]:
    return {name: slot for name, slot in one.slots.items() if isinstance(slot, Text)} if isinstance(one, Say) else {}


def _operation(view: View, name: str, index: int, one: Operation) -> dict[str, Text]:
    path = view.at("behavioral", f".{name}[{index}]")
    slots = {"label": value.code(one.operation_type, path + ".operation_type"), "name": view.name}
    if one.targets:
        slots["list"] = value.join([value.member(target, path + ".targets") for target in one.targets[:4]])
    return slots


def _overview(view: View, found: Behavioral, request: Request) -> Draft:
    labels = _labels(view, found)
    content: list[Content] = []
    if not labels:
        no_bytes = view.file.metadata is not None and view.file.metadata.file_size == 0
        kind = "program" if is_executable(view) else "script" if view.file.kind == "script" else "other"
        kind = "empty" if no_bytes else kind
        content += [
            say("answer", "behavioral.nothing", "verdict decision rule malware", name=view.name),
            say("answer", f"behavioral.nothing.{kind}", "weakness limit plain", name=view.name),
        ]
        facts, shown = both(leads(view, "detail"), origin(view, request.persona))
        content += facts
        if kind != "empty":
            content.append(say("next", "behavioral.nothing.next", "next verify", name=view.name))
        return _draft(content, *shown)
    slots = {"labels": value.join(labels), "name": view.name}
    lead = "behavioral.overview" if len(labels) > 1 else "behavioral.overview.one"
    content.append(say("answer", lead, "verdict decision rule malware", **slots))
    shows: tuple[Show, ...] = ()
    for pattern in found.network_behavior:
        said, evidence = _explained(view, found, pattern, request)
        content += said
        shows += evidence
    if found.anti_analysis:
        content += _evasive(view, found)
        if counts_jumps(found):
            facts, evidence = jumps(view, "detail")
            content += facts
            shows += evidence
    facts, evidence = leads(view, firm(request))
    content += facts
    shows += evidence
    content += empty(view, found, "detail", 3)
    coded = is_executable(view) and (view.file.symbols is None or not starts(view))
    able = (["run"] if starts(view) else []) + (["imports"] if coded else [])
    able = able if able and runs(view) else ["read"]
    able += ["package"] if from_package(view) else []
    following = f"behavioral.overview.next.{choose(request.key, able)}"
    content.append(say("next", following, "next verify decision", path=view.path, **slots))
    return _draft(content, *shows)


def empty(view: View, found: Behavioral, role: Role, most: int) -> list[Say]:
    """Lists of the report that no rule filled, up to so many."""
    names = [Text(text) for name, text in LISTS if not getattr(found, name)][:most]
    return [say(role, "behavioral.empty", "rule limit", what=value.join(names), name=view.name)] if names else []


def _explained(view: View, found: Behavioral, pattern: NetworkBehavior, request: Request) -> Facts:
    """What a network label rests on in this file, how much that weighs, and whether the file could talk at all."""
    listed = indicators(view, found, pattern)
    kind = value.member(pattern.pattern_type or "", view.at("behavioral", ".network_behavior"), "pattern_type")
    slots = {"label": kind, "list": value.join(listed), "first": telling(listed), "name": view.name} if listed else {}
    if not slots:
        return NOTHING
    content: list[Content] = [say("answer", "behavioral.rests", "network rule method", **slots)]
    shows: tuple[Show, ...] = ()
    key = _key(pattern)
    if key == "control":
        more, shows = carriers(view, pattern, request.room // 2, firm(request))
        content += more
        if not more and view.file.state("strings") != "present":
            content.append(say("limit", "behavioral.control.unseen", "limit strings next", name=view.name))
    if key:
        facts, evidence = weight(view, pattern, key, slots, request)
        content += facts
        shows += evidence
    if key == "control" and _is_last(found, pattern):
        facts, evidence = sockets(view, request.room // 4, firm(request))
        content += facts
        shows += evidence
    return content, shows


def _is_last(found: Behavioral, pattern: NetworkBehavior) -> bool:
    """Whether no other label names the functions for the network."""
    return not any(one.pattern_type == "DataExfiltration" for one in found.network_behavior if one is not pattern)


def _evasive(view: View, found: Behavioral) -> list[Content]:
    """What the first anti-analysis label rests on, and what that is worth."""
    first = found.anti_analysis[0]
    path = view.at("behavioral", ".anti_analysis[0]")
    slots = {
        "label": value.code(first.technique_type, path + ".technique_type"), "name": view.name,
        "list": value.join([value.member(one, path + ".indicators") for one in first.indicators[:3]]),
    }  # fmt: skip
    content: list[Content] = [say("answer", "behavioral.rests", "code rule method", **slots)]
    if (key := technique(first)) in ("jumps", "nops"):
        content.append(say("answer", f"behavioral.technique.{key}.weak", "weakness rule code plain", **slots))
    return content


def _key(pattern: NetworkBehavior) -> str:
    return {"CommandAndControl": "control", "DataExfiltration": "exfiltration", "TorUsage": "tor"}.get(
        pattern.pattern_type or "", ""
    )


def _of_windows(view: View, name: str) -> str:
    """The list by name, that of the registry apart for a program of the system that has one."""
    return f"{name}.windows" if name == "registry_operations" and view.file.kind == "pe" else name


def _any(view: View, found: Behavioral, request: Request) -> tuple[Draft, Draft]:
    """A kind of behavior that the report lists, and one whose list is empty."""
    yes = choose(request.key, [entry for entry in LISTS if getattr(found, entry[0])])
    no = choose(f"{request.key}/no", [entry for entry in LISTS if not getattr(found, entry[0])])
    field = {
        "anti_analysis": "technique_type",
        "persistence": "mechanism_type",
        "network_behavior": "pattern_type",
        "suspicious_behaviors": "behavior_type",
    }.get(yes[0], "operation_type")
    path = view.at("behavioral", f".{yes[0]}")
    labels = value.join(
        [
            value.member(label, path, field)
            for label in dict.fromkeys(getattr(one, field) for one in getattr(found, yes[0]))
            if label
        ]
    )
    slots = {"kind": Text(yes[1]), "labels": labels, "name": view.name}
    content: list[Content] = [
        say("answer", "behavioral.any.yes", "rule decision", **slots),
        say("answer", f"behavioral.any.{yes[0]}", "weakness rule plain", **slots),
    ]
    if yes[0] == "network_behavior" and found.network_behavior[0].indicators:
        first = found.network_behavior[0]
        named = {
            "label": value.member(first.pattern_type or "", path, "pattern_type"),
            "list": value.join(indicators(view, found, first)),
        }
        content.insert(1, say("answer", "behavioral.rests", "network rule method", **named))
    other = _labels(view, found)
    missing = {"kind": Text(no[1]), "labels": value.join(other[:3]), "name": view.name}
    nothing: list[Content] = [
        say("answer", "behavioral.any.no", "rule decision", **missing),
        say("detail", "behavioral.any.no.instead", "rule", **missing),
        say("answer", f"behavioral.any.no.{_of_windows(view, no[0])}", "weakness limit", **missing),
    ]
    facts, shows = leads(view, "detail")
    content += facts
    nothing += facts
    static = say("limit", "behavioral.static", "limit method", name=view.name)
    content.append(static)
    nothing.append(static)
    second = _draft(nothing, *shows, slots={"kind": Text(no[1]), "name": view.name})
    second.negative = "empty_result"
    return _draft(content, *shows, slots={"kind": Text(yes[1]), "name": view.name}), second
