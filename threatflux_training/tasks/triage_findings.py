"""What speaks for a look at a file: strings worth following, and what the scanner's rules say and rest on."""

from threatflux_training.compose import value
from threatflux_training.compose.content import Items, Say, items, say
from threatflux_training.compose.value import Text
from threatflux_training.tasks.file_facts import is_documentation
from threatflux_training.tasks.model import Request, Show
from threatflux_training.tasks.strings_facts import names_of_secrets
from threatflux_training.tasks.triage_case import FETCHING, Case, Part
from threatflux_training.tasks.vulnerabilities_facts import is_import, symbol_name, symbol_of

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
    others = [hit for hit in case.addresses if hit.index not in case.marks and not case.fetches(hit)]
    others.sort(key=lambda hit: is_documentation(hit.text))
    fetched = [index for index, one in case.readings if one.rule in FETCHING]
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
    elif fetched:
        used += fetched[:3]
        slots["list"] = case.quoted(fetched[:3])
        said.append(say("answer", "triage.follow.fetch", "strings network detection decision plain", **slots))
    elif others:
        chosen = [hit.index for hit in others[:3]]
        used += chosen
        slots["list"] = value.join([case.listing.piece(hit.index, hit.text) for hit in others[:3]])
        form = (
            "project" if all(is_documentation(hit.text) for hit in others) else "links" if len(chosen) > 1 else "link"
        )
        said.append(say("answer", f"triage.follow.{form}", "strings network detection decision plain", **slots))
    elif case.quiet:
        said.append(say("answer", "triage.follow.none", "strings network detection decision", **slots))
        used += list(range(min(4, len(case.listing))))
    if (case.marks or fetched) and others:
        given = slots | {"links": value.join([case.listing.piece(hit.index, hit.text) for hit in others[:4]])}
        used += [hit.index for hit in others[:4]]
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
    if not said:
        return None
    said.append(say("limit", f"triage.follow.{'whole' if case.listing.complete else 'cut'}", "limit strings", **slots))
    return Part(tuple(said), case.show(used, request))


_BY_IMPORT = ("UAF001", "FMT001", "BOF001")
"""Rules that fire for an import, too."""
_GRAVE = ("Critical", "High")
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


_LABELS: tuple[tuple[str, str, str], ...] = (
    ("vulnerabilities", "vulnerabilities", "rule_id"), ("behavioral", "network_behavior", "pattern_type"),
    ("behavioral", "anti_analysis", "technique_type"), ("behavioral", "suspicious_behaviors", "behavior_type"),
    ("behavioral", "persistence", "mechanism_type"), ("behavioral", "process_operations", "operation_type"),
    ("behavioral", "file_operations", "operation_type"), ("behavioral", "registry_operations", "operation_type"),
    ("threats", "matches", "rule_identifier"),
)  # fmt: skip
"""Lists of a report in which rules leave a label: feature, list, field."""
_RULED = {"vulnerabilities": "weaknesses", "behavioral": "behavior", "threats": "threats"}
"""Features made by rules, and what the rules are on."""


def _labels(case: Case) -> dict[str, Text]:
    """The labels that rules gave, each once."""
    found: dict[str, Text] = {}
    for feature, name, field in _LABELS:
        for one in getattr(getattr(case.file, feature), name, ()):
            if label := getattr(one, field):
                found[label] = value.member(label, case.view.at(feature, f".{name}"), field)
    return found


def _by_import(case: Case, rule: str) -> Text | None:
    """The first imported function for which a rule fired that fired for nothing else."""
    found = case.file.vulnerabilities
    hits = [(index, one) for index, one in enumerate(found.vulnerabilities if found else ()) if one.rule_id == rule]
    if found is None or not hits or not all(is_import(one) for _, one in hits) or not symbol_name(found, hits[0][0]):
        return None
    return symbol_of(case.view, found, hits[0][0])


def _only_imports(case: Case) -> Text | None:
    """The first of the imported functions that all findings are about; None with `gets`, which is a defect by itself."""
    found = case.file.vulnerabilities
    if found is None or not found.vulnerabilities or not all(map(is_import, found.vulnerabilities)):
        return None
    names = [symbol_name(found, index) for index in range(len(found.vulnerabilities))]
    return symbol_of(case.view, found, 0) if all(names) and "gets" not in names else None


def verdicts(case: Case, request: Request) -> Part | None:
    """What the scanner's rules say and what each of that rests on."""
    view, file = case.view, case.file
    labels = _labels(case)
    ruled = [feature for feature in _RULED if getattr(file, feature) is not None]
    shows = [Show(feature) for feature in ruled]
    if not shows:
        return None
    if file.vulnerabilities is not None:
        shows.append(Show("vulnerabilities.risk_assessment"))
    slots = dict(case.slots)
    said: list[Say | Items] = []
    if labels:
        slots["labels"] = value.join([labels[name] for name in list(labels)[:6]])
        form = "triage.rules" if len(labels) > 1 else "triage.rules.one"
        said.append(say("answer", form, "rule decision weakness plain", **slots))
    else:
        form = "triage.rules.none" if len(ruled) == len(_RULED) else "triage.rules.none.part"
        slots["areas"] = value.join([Text(_RULED[feature]) for feature in ruled])
        said.append(say("answer", form, "rule decision weakness plain", **slots))
    for name in [name for name in labels if name in _EXPLAINED][: 6 if request.length == "long" else 3]:
        form, given = f"triage.rule.{name}", slots | {"label": labels[name]}
        if name in _BY_IMPORT and (function := _by_import(case, name)) is not None:
            form, given["function"] = f"{form}.import", function
        said.append(say("meaning", form, "rule weakness malware method", **given))
    risk = file.vulnerabilities.risk_assessment if file.vulnerabilities else None
    if risk is not None and risk.overall_risk_score is not None and risk.risk_level:
        slots["score"] = value.fixed(
            risk.overall_risk_score, view.at("vulnerabilities", ".risk_assessment.overall_risk_score"), 1
        )
        slots["risk"] = value.code(risk.risk_level, view.at("vulnerabilities", ".risk_assessment.risk_level"))
        form = "zero" if risk.overall_risk_score == 0 else "score"
        if (
            file.vulnerabilities is not None
            and risk.risk_level in _GRAVE
            and (function := _only_imports(case)) is not None
        ):
            named = {
                symbol_name(file.vulnerabilities, index) for index in range(len(file.vulnerabilities.vulnerabilities))
            }
            form, slots["function"] = "import.one" if len(named) == 1 else "import", function
        said.append(say("meaning", f"triage.rules.{form}", "score rule weakness decision", **slots))
    if file.threats is not None and file.threats.threat_level not in (None, "Unknown", "None"):
        slots["level"] = value.code(str(file.threats.threat_level), view.at("threats", ".threat_level"))
        said.append(say("limit", "triage.rules.level", "rule limit weakness malware", **slots))
    return Part(tuple(said), tuple(shows))
