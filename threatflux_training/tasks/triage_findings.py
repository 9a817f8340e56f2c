"""What speaks for a look at a file: strings worth following, and what the scanner's rules say and rest on."""

from threatflux_training.compose import value
from threatflux_training.compose.content import Items, Say, items, say
from threatflux_training.compose.value import Text
from threatflux_training.tasks.model import Request, Show
from threatflux_training.tasks.strings_facts import names_of_secrets
from threatflux_training.tasks.triage_case import Case, Part

_EXPLAINED = (
    "CommandAndControl",
    "AntiDebug",
    "AntiVM",
    "NPD001",
    "INT001",
    "DBF001",
    "DataExfiltration",
    "Obfuscation",
    "UAF001",
    "FMT001",
    "BOF001",
    "network_communication",
    "crypto_operations",
)


def indicators(case: Case, request: Request) -> Part | None:
    """Strings worth following, and those that only look so."""
    if case.listing is None:
        return None
    slots = dict(case.slots)
    said: list[Say | Items] = []
    used: list[int] = []
    documented = [hit for hit in case.addresses if hit.index not in case.marks]
    if case.marks:
        chosen = case.marks[: 6 if request.length == "long" else 3]
        used += chosen
        slots["list"] = case.quoted(chosen)
        said.append(
            say(
                "answer",
                "triage.follow.one" if len(chosen) == 1 else "triage.follow",
                "strings network detection decision malware",
                **slots,
            )
        )
    elif documented:
        chosen = [hit.index for hit in documented[:3]]
        used += chosen
        slots["list"] = value.join([case.listing.piece(hit.index, hit.text) for hit in documented[:3]])
        said.append(
            say(
                "answer",
                "triage.follow.links" if len(chosen) > 1 else "triage.follow.link",
                "strings network detection decision plain",
                **slots,
            )
        )
    else:
        said.append(say("answer", "triage.follow.none", "strings network detection decision", **slots))
        used += list(range(min(4, len(case.listing))))
    if case.marks and documented:
        given = slots | {"links": value.join([case.listing.piece(hit.index, hit.text) for hit in documented[:4]])}
        used += [hit.index for hit in documented[:4]]
        said.append(say("detail", "triage.follow.besides", "network strings", **given))
    if case.hostile:
        said.append(
            say(
                "meaning",
                "triage.follow.hostile",
                "malware weakness decision plain",
                **slots,
                quote=case.quoted(case.hostile[:1]),
            )
        )
        used += case.hostile[:1]
    if case.secrets:
        said.append(
            say(
                "meaning",
                "triage.follow.secret",
                "weakness decision plain permission",
                **slots,
                names=names_of_secrets(case.listing, case.secrets[:3]),
            )
        )
        used += case.secrets[:3]
    long = request.length == "long"
    readable = case.kind not in ("dense", "data")
    for found, phrase, tags in (
        (case.paths(12 if long else 4), "paths", "path files detection"), (case.messages(10 if long else 3), "messages", "strings process detection"),
    ):  # fmt: skip
        fresh = [index for index in found if index not in used and readable]
        if len(fresh) > 4:
            entries: list[Say | Text] = [case.quoted([index]) for index in fresh]
            said.append(items("detail", say("detail", f"triage.follow.{phrase}.lead", tags, **slots), entries, tags))
        elif fresh:
            said.append(say("detail", f"triage.follow.{phrase}", tags, **slots, texts=case.quoted(fresh)))
        used += fresh
    said.append(say("limit", f"triage.follow.{'whole' if case.listing.complete else 'cut'}", "limit strings", **slots))
    return Part(tuple(said), case.show(used, request))


_FEW = 12
"""Lines of findings up to which all are shown."""


UNRATED = (Show("features"),)
"""What shows that a report has no part of findings."""


def grounds(case: Case) -> tuple[Show, ...]:
    """What shows that nothing asks for action: what the scanner's rules gave, or that the report has no such part."""
    found = [
        *(["vulnerabilities.risk_assessment", "vulnerabilities"] if case.file.vulnerabilities is not None else []),
        *(["behavioral"] if case.file.behavioral is not None else []),
        *(["threats"] if case.file.threats is not None else []),
    ]
    few = [block for block in found if block != "vulnerabilities" or len(case.view.lines(block)) <= _FEW]
    return tuple(map(Show, few)) or UNRATED


def verdicts(case: Case, request: Request) -> Part | None:
    """What the scanner's rules say and what each of that rests on."""
    view, file = case.view, case.file
    labels: dict[str, Text] = {}
    shows: list[Show] = []
    if file.vulnerabilities is not None:
        place = view.at("vulnerabilities", ".vulnerabilities")
        labels |= {
            one.rule_id or "": value.member(one.rule_id or "", place, "rule_id")
            for one in file.vulnerabilities.vulnerabilities
        }
        shows += [Show("vulnerabilities"), Show("vulnerabilities.risk_assessment")]
    if file.behavioral is not None:
        place = view.at("behavioral", ".network_behavior")
        labels |= {
            one.pattern_type or "": value.member(one.pattern_type or "", place, "pattern_type")
            for one in file.behavioral.network_behavior
        }
        place = view.at("behavioral", ".anti_analysis")
        labels |= {
            one.technique_type or "": value.member(one.technique_type or "", place, "technique_type")
            for one in file.behavioral.anti_analysis
        }
        shows.append(Show("behavioral"))
    if file.threats is not None:
        place = view.at("threats", ".matches")
        labels |= {
            one.rule_identifier or "": value.member(one.rule_identifier or "", place, "rule_identifier")
            for one in file.threats.matches
        }
        shows.append(Show("threats"))
    if not shows:
        return None
    labels.pop("", None)
    slots = dict(case.slots)
    said: list[Say | Items] = []
    if labels:
        slots["labels"] = value.join([labels[name] for name in list(labels)[:6]])
        form = "triage.rules" if len(labels) > 1 else "triage.rules.one"
        said.append(say("answer", form, "rule decision weakness plain", **slots))
    else:
        said.append(say("answer", "triage.rules.none", "rule decision weakness plain", **slots))
    for name in [name for name in labels if name in _EXPLAINED][: 6 if request.length == "long" else 3]:
        said.append(say("meaning", f"triage.rule.{name}", "rule weakness malware method", **slots, label=labels[name]))
    risk = file.vulnerabilities.risk_assessment if file.vulnerabilities else None
    if risk is not None and risk.overall_risk_score is not None and risk.risk_level:
        slots["score"] = value.fixed(
            risk.overall_risk_score, view.at("vulnerabilities", ".risk_assessment.overall_risk_score"), 1
        )
        slots["risk"] = value.code(risk.risk_level, view.at("vulnerabilities", ".risk_assessment.risk_level"))
        form = "zero" if risk.overall_risk_score == 0 else "score"
        said.append(say("meaning", f"triage.rules.{form}", "score rule weakness decision", **slots))
    if file.threats is not None and file.threats.threat_level not in (None, "Unknown", "None"):
        slots["level"] = value.code(str(file.threats.threat_level), view.at("threats", ".threat_level"))
        said.append(say("limit", "triage.rules.level", "rule limit weakness malware", **slots))
    return Part(tuple(said), tuple(shows))
