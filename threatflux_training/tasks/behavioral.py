"""Behavior labels: hits of text rules, with this file's own indicators, and what they are worth."""

import re
from functools import partial

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Role, Say, items, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.view import View
from threatflux_training.hashing import choose, share
from threatflux_training.reports.model import Behavioral, NetworkBehavior, Operation
from threatflux_training.tasks.compound import SURROUNDINGS, firm_pair
from threatflux_training.tasks.file_facts import NOTHING, Facts, both, digest, origin, quoted_addresses
from threatflux_training.tasks.listing import Listing
from threatflux_training.tasks.model import Draft, Offer, Request, Show

FAMILY = "behavioral"
_DOTTED = re.compile(r"(?<![\w/.@])[A-Za-z_][\w-]{0,62}\.[A-Za-z0-9][\w.-]{0,252}\w")
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
        lines = list(dict.fromkeys(index for index, _ in hits))[:3]
        slots = {
            "list": value.join([listing.quoted(index) for index in lines]),
            "piece": listing.piece(*hits[0]),
            "name": view.name,
        }
        kind = "one" if len(lines) == 1 else "some"
        said.append(say("answer", f"behavioral.control.strings.{kind}", "strings network method plain", **slots))
    if "Multiple domains found" in pattern.indicators and len(dotted) > 2:
        words = value.join([listing.piece(i, word) for i, word in dotted[:3]])
        role: Role = "detail" if hits else "answer"
        said.append(say(role, "behavioral.control.dots", "strings weakness method plain", list=words, name=view.name))
    used = [index for index, _ in hits[:3]] + [index for index, _ in dotted[:3]]
    return said, listing.show(used, room, around=0) if said else ()


_SOCKETS = (
    "socket",
    "connect",
    "send",
    "sendto",
    "recv",
    "recvfrom",
    "getaddrinfo",
    "gethostbyname",
    "SSL_connect",
    "WSAStartup",
    "listen",
    "accept",
)


def _sockets(view: View, room: int) -> Facts:
    """Whether the file imports functions for the network: what a channel would need."""
    symbols = view.file.symbols
    if symbols is None or len(symbols.imports) < 3:
        return NOTHING
    found = [(index, one.name) for index, one in enumerate(symbols.imports) if one.name in _SOCKETS][:4]
    if found:
        named = [value.code(name, view.at("symbols", f".imports[{index}].name")) for index, name in found]
        slots = {"list": value.join(named), "name": view.name}
        kind = "one" if len(found) == 1 else "some"
        said = say("detail", f"behavioral.sockets.{kind}", "network imports code process", **slots)
        return [said], (Show("symbols.imports", only=tuple(index for index, _ in found)),)
    if not view.lines("symbols.imports").within(room):
        return NOTHING
    slots = {"socket": value.absent("socket", view.at("symbols", ".imports"), "name"), "name": view.name}
    slots["connect"] = value.absent("connect", view.at("symbols", ".imports"), "name")
    return [say("detail", "behavioral.sockets.none", "network imports code decision", **slots)], (
        Show("symbols.imports"),
    )


def _specific(view: View) -> Facts:
    """Addresses that are worth following, whatever the label is worth."""
    found = quoted_addresses(view)
    if found is None:
        return NOTHING
    said = say(
        "detail", "behavioral.specific", "network detection strings malware decision", list=found[0], name=view.name
    )
    return [said], found[1]


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
    content.append(say("answer", f"behavioral.{key}.weak", "weakness rule plain malware", **slots))
    facts, evidence = both(_specific(view), _sockets(view, request.room // 3), origin(view, request.persona))
    content += facts
    if "level" in slots:
        content.append(say("detail", f"behavioral.{key}.level", "rule score", **slots))
    if pattern.ports:
        ports = value.join([value.computed(str(port), "member", place + ".ports") for port in pattern.ports[:3]])
        many = "some" if len(pattern.ports) > 1 else "one"
        content.append(say("detail", f"behavioral.ports.{many}", "network detection", ports=ports, name=view.name))
    content.append(
        say(
            "verify",
            f"behavioral.{key}.{choose(request.key, ('code', 'traffic'))}",
            "verify next network code",
            **slots,
        )
    )
    content += _static(slots["name"], request)
    return _draft(content, *shows, *evidence)


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
        number = "one" if len(one.indicators) == 1 else "some"
        key = (
            "jumps"
            if "IndirectJumps" in one.indicators
            else "nops"
            if "NopSled" in one.indicators
            else {"AntiDebug": "debug", "AntiVM": "vm", "AntiSandbox": "sandbox"}.get(kind, "other")
        )
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
    facts, shows = both(_jumps(view), origin(view, request.persona))
    return _draft([*content, *facts], *shows)


def _jumps(view: View) -> Facts:
    """How many jumps the scanner counted, and how many of them are merely conditional."""
    analysis = view.file.disassembly.analysis if view.file.disassembly else None
    counts = analysis.control_flow_summary if analysis else {}
    if not counts.get("total_jumps") or not counts.get("conditional_jumps") or "indirect_calls" not in counts:
        return NOTHING
    path = view.at("disassembly", ".analysis.control_flow_summary")
    slots = {
        "total": value.grouped(counts["total_jumps"], path + ".total_jumps"), "name": view.name,
        "conditional": value.grouped(counts["conditional_jumps"], path + ".conditional_jumps"),
        "indirect": value.grouped(counts["indirect_calls"], path + ".indirect_calls", "call|calls"),
    }  # fmt: skip
    said = say("detail", "behavioral.jumps", "code method data performance address kernel", **slots)
    return [said], (Show("disassembly.control_flow_summary"),)


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
            say("answer", "behavioral.evasion.more", "score decision rule", labels=names, **slots),
            say("answer", "behavioral.evasion.more.means", "weakness score method", labels=names, **slots),
        ]
    content += [
        say("detail", "behavioral.evasion.scale", "score data plain", **slots),
        say("verify", "behavioral.evasion.verify", "verify code next", **slots),
    ]
    facts, shows = both(_jumps(view), digest(view))
    return _draft([*content, *facts, *_static(view.name, request)], *shows)


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
    facts, shows = origin(view, request.persona)
    return _draft([*content, *facts], *shows)


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
        kind = "empty" if no_bytes else "script" if view.file.kind not in ("elf", "pe", "macho") else "program"
        content += [
            say("answer", "behavioral.nothing", "decision rule malware", name=view.name),
            say("answer", f"behavioral.nothing.{kind}", "weakness limit plain", name=view.name),
        ]
        facts, shown = both(_specific(view), origin(view, request.persona))
        content += facts
        if kind != "empty":
            content.append(say("next", "behavioral.nothing.next", "next verify", name=view.name))
        return _draft([*content, *_static(view.name, request)], *shown)
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
        content.append(say("answer", "behavioral.rests", "network rule method", **named))
    if found.anti_analysis:
        path = view.at("behavioral", ".anti_analysis[0]")
        named = {
            "label": value.code(found.anti_analysis[0].technique_type, path + ".technique_type"),
            "list": value.join(
                [value.member(one, path + ".indicators") for one in found.anti_analysis[0].indicators[:3]]
            ),
        }
        content.append(say("answer", "behavioral.rests", "code rule method", **named))
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
                label=value.member(
                    pattern.pattern_type or "", view.at("behavioral", ".network_behavior"), "pattern_type"
                ),
                name=view.name,
            )
        )
    shows: tuple[Show, ...] = ()
    if found.network_behavior and request.length != "short":
        more, shows = _carriers(view, found.network_behavior[0], request.room // 2)
        content += more
    facts, evidence = both(
        _specific(view), _sockets(view, request.room // 4), _jumps(view), origin(view, request.persona)
    )
    content += facts
    shows += evidence
    empty = [text for name, text in _LISTS if not getattr(found, name)]
    if empty:
        what = value.join([Text(text) for text in empty[:3]])
        content.append(say("detail", "behavioral.empty", "rule limit", what=what, name=view.name))
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
    if yes[0] == "network_behavior" and found.network_behavior[0].indicators:
        first = found.network_behavior[0]
        named = {
            "label": value.member(first.pattern_type or "", path, "pattern_type"),
            "list": value.join(_indicators(view, found, first)),
        }
        content.insert(1, say("answer", "behavioral.rests", "network rule method", **named))
    other = _labels(view, found)
    missing = {"kind": Text(no[1]), "labels": value.join(other[:3]), "name": view.name}
    nothing: list[Content] = [
        say("answer", "behavioral.any.no", "rule decision", **missing),
        say("detail", "behavioral.any.no.instead", "rule", **missing),
        say("answer", f"behavioral.any.no.{no[0]}", "weakness limit", **missing),
    ]
    facts, shows = _specific(view)
    content += facts
    nothing += facts
    static = say("limit", "behavioral.static", "limit method", name=view.name)
    content.append(static)
    nothing.append(static)
    second = _draft(nothing, *shows, slots={"kind": Text(no[1]), "name": view.name})
    second.negative = "empty_result"
    return _draft(content, *shows, slots={"kind": Text(yes[1]), "name": view.name}), second
