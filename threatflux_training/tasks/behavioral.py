"""Behavior labels: hits of text rules, with this file's own indicators, and what they are worth."""

import re
from functools import partial

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Say, items, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.view import View
from threatflux_training.hashing import choose, share
from threatflux_training.reports.model import Behavioral, NetworkBehavior, Operation
from threatflux_training.tasks.compound import SURROUNDINGS, firm_pair
from threatflux_training.tasks.listing import Listing
from threatflux_training.tasks.model import Draft, Offer, Request, Show

FAMILY = "behavioral"
_DOTTED = re.compile(r"(?<![\w/.@])[A-Za-z_][\w-]*\.[A-Za-z0-9][\w.-]*\w")
_CONTEXT = ("threats", "vulnerabilities.risk_assessment", *SURROUNDINGS)
_LISTS = (
    ("anti_analysis", "anti-analysis techniques"), ("persistence", "persistence"), ("network_behavior", "network behavior"),
    ("file_operations", "file operations"), ("registry_operations", "registry operations"), ("process_operations", "process operations"),
    ("suspicious_behaviors", "combined suspicious behavior"),
)  # fmt: skip
_SEARCHED = {
    "http://": ("http://",), "https://": ("https://",), "ftp://": ("ftp://",), "GET": ("GET",), "POST": ("POST",), "base64": ("base64",),
    "user-agent": ("user-agent",), "Content-Type": ("Content-Type",), "application/json": ("application/json",), "ws://": ("ws://",),
}  # fmt: skip


def offers(view: View, partner: View | None) -> list[Offer]:
    """Tasks on the labels."""
    found = view.file.behavioral
    if found is None:
        return []
    made = [
        Offer(
            task="behavioral.overview", build=lambda r: _overview(view, found, r), importance=7, long=True, variants=2
        )
    ]
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
                    variants=2,
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
    filled = [name for name, _ in _LISTS if getattr(found, name)]
    if filled and len(filled) < len(_LISTS):
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


def _indicators(view: View, found: Behavioral, pattern: NetworkBehavior) -> list[Text]:
    number = found.network_behavior.index(pattern)
    path = view.at("behavioral", f".network_behavior[{number}].indicators")
    return [value.member(one, path) for one in pattern.indicators]


def _carriers(view: View, pattern: NetworkBehavior, room: int) -> tuple[list[Content], tuple[Show, ...]]:
    """Strings of this file that carry the literal indicators of a label."""
    if view.file.strings is None or not view.file.strings.ascii:
        return [], ()
    listing = Listing(view)
    hits: list[tuple[int, str]] = []
    for indicator in pattern.indicators:
        for piece in _SEARCHED.get(indicator, ()):
            hits += [(index, piece) for index, text in enumerate(listing.texts) if piece in text][:2]
    dotted = [
        (index, match.group()) for index, text in enumerate(listing.texts[:400]) if (match := _DOTTED.search(text))
    ][:4]
    said: list[Content] = []
    if hits:
        quotes = value.join([listing.quoted(index) for index in dict.fromkeys(index for index, _ in hits[:3])])
        said.append(
            say(
                "answer",
                "behavioral.control.strings",
                "strings network method",
                list=quotes,
                piece=listing.piece(hits[0][0], hits[0][1]),
            )
        )
    if "Multiple domains found" in pattern.indicators and len(dotted) > 2:
        said.append(
            say(
                "detail",
                "behavioral.control.dots",
                "strings weakness method",
                list=value.join([listing.piece(i, word) for i, word in dotted[:3]]),
            )
        )
    used = [index for index, _ in hits[:3]] + [index for index, _ in dotted[:3]]
    return said, listing.show(used, room, around=0) if said else ()


def _network(view: View, found: Behavioral, pattern: NetworkBehavior, key: str, request: Request) -> Draft:
    number = found.network_behavior.index(pattern)
    place = view.at("behavioral", f".network_behavior[{number}]")
    slots = {
        "label": value.code(pattern.pattern_type, place + ".pattern_type"), "list": value.join(_indicators(view, found, pattern)), "name": view.name,
        "first": _indicators(view, found, pattern)[0],
    }  # fmt: skip
    if pattern.suspicious_level:
        slots["level"] = value.code(pattern.suspicious_level, place + ".suspicious_level")
    content: list[Content] = [say("answer", f"behavioral.{key}", "decision network rule", **slots)]
    shows: tuple[Show, ...] = ()
    if key == "control":
        more, shows = _carriers(view, pattern, request.room // 2)
        content += more
    content.append(say("meaning", f"behavioral.{key}.weak", "weakness rule plain malware", **slots))
    if "level" in slots:
        content.append(say("detail", f"behavioral.{key}.level", "rule score", **slots))
    if pattern.ports:
        ports = value.join([value.computed(str(port), "member", place + ".ports") for port in pattern.ports[:3]])
        content.append(say("detail", "behavioral.ports", "network detection", ports=ports))
    content.append(
        say(
            "verify",
            f"behavioral.{key}.{choose(request.key, ('code', 'traffic'))}",
            "verify next network code",
            **slots,
        )
    )
    content += _static(slots["name"], request)
    return _draft(content, *shows)


def _static(name: Text, request: Request) -> list[Content]:
    """That nothing was run: said now and then, since it is true of every label."""
    return (
        [say("limit", "behavioral.static", "limit method", name=name)] if share(f"{request.key}/static") < 0.3 else []
    )


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
        key = (
            "jumps"
            if "IndirectJumps" in one.indicators
            else "nops"
            if "NopSled" in one.indicators
            else {"AntiDebug": "debug", "AntiVM": "vm", "AntiSandbox": "sandbox"}.get(kind, "other")
        )
        content.append(say("answer", f"behavioral.technique.{key}", "rule decision malware", **slots))
        content.append(say("meaning", f"behavioral.technique.{key}.weak", "weakness rule code plain", **slots))
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
        amount = value.counted(
            same, path, "entry|entries", ["technique_type", "eq", found.anti_analysis[0].technique_type]
        )
        content.append(say("detail", "behavioral.technique.repeated", "data score", amount=amount, name=view.name))
    return _draft(content)


def _evasion(view: View, found: Behavioral, request: Request) -> Draft:
    score = found.evasion_score or 0.0
    slots = {"score": value.fixed(score, view.at("behavioral", ".evasion_score"), 1), "name": view.name}
    kinds = [one.technique_type for one in found.anti_analysis]
    content: list[Content] = []
    if not kinds:
        content += [
            say("answer", "behavioral.evasion.zero", "score decision", **slots),
            say("meaning", "behavioral.evasion.zero.means", "score weakness limit", **slots),
        ]
    elif kinds == ["Obfuscation"] and abs(score - 14.0) < 0.01:
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
        content.append(say("meaning", "behavioral.evasion.single.weak", "weakness rule plain code", **slots))
    else:
        names = value.join(
            [
                value.member(kind, view.at("behavioral", ".anti_analysis"), "technique_type")
                for kind in dict.fromkeys(kinds)
                if kind
            ]
        )
        content += [
            say("answer", "behavioral.evasion.more", "score decision rule", labels=names, **slots),
            say("meaning", "behavioral.evasion.more.means", "weakness score method", labels=names, **slots),
        ]
    content += [
        say("detail", "behavioral.evasion.scale", "score data plain", **slots),
        say("verify", "behavioral.evasion.verify", "verify code next", **slots),
    ]
    return _draft([*content, *_static(view.name, request)])


def _operations(view: View, found: Behavioral, request: Request) -> Draft:
    content: list[Content] = []
    for name in ("file_operations", "process_operations"):
        for index, one in enumerate(getattr(found, name)):
            text = _operation(view, name, index, one)
            content.append(
                say(
                    "answer" if not content else "detail",
                    "behavioral.operation" if one.targets else "behavioral.operation.bare",
                    "files process rule imports",
                    **text,
                )
            )
    content.append(say("meaning", "behavioral.operations.weak", "weakness rule plain", name=view.name))
    content.append(say("verify", "behavioral.operations.check", "verify imports code next", name=view.name))
    return _draft(content)


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
        content += [
            say("answer", "behavioral.nothing", "decision rule malware", name=view.name),
            say("meaning", "behavioral.nothing.means", "weakness limit", name=view.name),
        ]
        content.append(say("next", "behavioral.nothing.next", "next verify", name=view.name))
        return _draft([*content, *_static(view.name, request)])
    slots = {"labels": value.join(labels), "name": view.name}
    content.append(
        say(
            "answer",
            "behavioral.overview" if len(labels) > 1 else "behavioral.overview.one",
            "decision rule malware",
            **slots,
        )
    )
    for pattern in found.network_behavior:
        named = {
            "label": value.member(
                pattern.pattern_type or "", view.at("behavioral", ".network_behavior"), "pattern_type"
            ),
            "list": value.join(_indicators(view, found, pattern)),
        }
        content.append(say("detail", "behavioral.rests", "network rule method", **named))
    if found.anti_analysis:
        path = view.at("behavioral", ".anti_analysis[0]")
        named = {
            "label": value.code(found.anti_analysis[0].technique_type, path + ".technique_type"),
            "list": value.join(
                [value.member(one, path + ".indicators") for one in found.anti_analysis[0].indicators[:3]]
            ),
        }
        content.append(say("detail", "behavioral.rests", "code rule method", **named))
    keys = [
        {"CommandAndControl": "control", "DataExfiltration": "exfiltration", "TorUsage": "tor"}.get(
            one.pattern_type or ""
        )
        for one in found.network_behavior
    ]
    for key in dict.fromkeys(key for key in keys if key):
        pattern = next(one for one in found.network_behavior if one.pattern_type and _key(one) == key)
        content.append(
            say(
                "meaning",
                f"behavioral.{key}.weak",
                "weakness rule plain malware",
                list=value.join(_indicators(view, found, pattern)),
                first=_indicators(view, found, pattern)[0],
                name=view.name,
            )
        )
    shows: tuple[Show, ...] = ()
    if found.network_behavior and request.length != "short":
        more, shows = _carriers(view, found.network_behavior[0], request.room // 2)
        content += more
    empty = [text for name, text in _LISTS if not getattr(found, name)]
    if empty:
        content.append(say("detail", "behavioral.empty", "rule decision", what=Text(", ".join(empty[:3]))))
    content.append(
        say(
            "next",
            f"behavioral.overview.next.{choose(request.key, ('imports', 'run'))}",
            "next verify decision",
            **slots,
        )
    )
    content += _static(view.name, request)
    if request.length == "long":
        content = _sectioned(content)
    return _draft(content, *shows)


def _key(pattern: NetworkBehavior) -> str:
    return {"CommandAndControl": "control", "DataExfiltration": "exfiltration", "TorUsage": "tor"}.get(
        pattern.pattern_type or "", ""
    )


def _sectioned(content: list[Content]) -> list[Content]:
    """The basis as a list of its own, for a long answer."""
    basis = [one for one in content if isinstance(one, Say) and one.phrase == "behavioral.rests"]
    rest = [one for one in content if one not in basis]
    if len(basis) < 2:
        return content
    lead = say("answer", "behavioral.rests.lead", "rule method")
    listed = items("answer", lead, list(basis), "rule method")
    return [*rest[:1], listed, *rest[1:]]


def _any(view: View, found: Behavioral, request: Request) -> tuple[Draft, Draft]:
    """A kind of behavior that the report lists, and one whose list is empty."""
    yes = choose(request.key, [entry for entry in _LISTS if getattr(found, entry[0])])
    no = choose(f"{request.key}/no", [entry for entry in _LISTS if not getattr(found, entry[0])])
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
    other = _labels(view, found)
    missing = {"kind": Text(no[1]), "labels": value.join(other[:3]), "name": view.name}
    nothing: list[Content] = [
        say("answer", "behavioral.any.no", "rule decision", **missing),
        say("detail", "behavioral.any.no.instead", "rule", **missing),
        say("answer", f"behavioral.any.no.{no[0]}", "weakness limit", **missing),
    ]
    second = _draft(nothing, slots={"kind": Text(no[1]), "name": view.name})
    second.negative = "empty_result"
    return _draft(content, slots={"kind": Text(yes[1]), "name": view.name}), second
