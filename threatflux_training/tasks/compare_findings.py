"""What the scanner says about two files, two packages, two scripts; and what that is worth in a comparison."""

from collections.abc import Iterator

from threatflux_training.compose import value
from threatflux_training.compose.content import Items, Role, Say, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.package_lines import requirements
from threatflux_training.reports.model import NetworkBehavior
from threatflux_training.reports.package_model import PackageInfo
from threatflux_training.tasks.compare_build import quoted
from threatflux_training.tasks.compare_pair import Fact, Pair, Side, kept, main_phrase, named
from threatflux_training.tasks.purpose_script import form, language
from threatflux_training.text import escape

_EXPLAINED = (
    "CommandAndControl", "UAF001", "Obfuscation", "FMT001", "BOF001", "DataExfiltration", "network_communication", "crypto_operations",
)  # fmt: skip
"""Labels and rules whose weakness has a phrase of its own."""
_BLOCKS = {"vulnerabilities": "vulnerabilities", "behavioral": "behavioral", "threats": "threats"}


def _labels(side: Side) -> dict[str, tuple[Text, str]]:
    """Everything the rules say about one file: label, how it stands in the report, and the block that shows it."""
    return {name: (text, block) for name, text, block in _each(side) if name}


def _each(side: Side) -> Iterator[tuple[str, Text, str]]:
    file = side.view.file
    if file.vulnerabilities is not None:
        place = side.at("vulnerabilities", ".vulnerabilities")
        for finding in file.vulnerabilities.vulnerabilities:
            yield finding.rule_id or "", value.member(finding.rule_id or "", place, "rule_id"), "vulnerabilities"
    if file.behavioral is not None:
        place = side.at("behavioral", ".network_behavior")
        for label in file.behavioral.network_behavior:
            yield label.pattern_type or "", value.member(label.pattern_type or "", place, "pattern_type"), "behavioral"
        place = side.at("behavioral", ".anti_analysis")
        for technique in file.behavioral.anti_analysis:
            name = technique.technique_type or ""
            yield name, value.member(name, place, "technique_type"), "behavioral"
    if file.threats is not None:
        place = side.at("threats", ".matches")
        for match in file.threats.matches:
            yield (
                match.rule_identifier or "",
                value.member(match.rule_identifier or "", place, "rule_identifier"),
                "threats",
            )


@kept
def findings(pair: Pair, role: Role = "detail") -> Fact | None:
    """Labels and rules that both files got, and those that one got alone."""
    features = [name for name in _BLOCKS if pair.both(lambda view, name=name: getattr(view.file, name) is not None)]  # type: ignore[misc]
    if not features:
        return None
    found = [{k: v for k, v in _labels(side).items() if v[1] in features} for side in pair.sides]
    if not found[0] and not found[1]:
        return None
    shared = [name for name in found[0] if name in found[1]]
    alone = [[name for name in found[at] if name not in found[1 - at]] for at in (0, 1)]
    slots = dict(pair.slots)
    if shared:
        slots["shared"] = named([found[0][name][0] for name in shared], 6)
    for label, at in (("a", 0), ("b", 1)):
        if alone[at]:
            slots[f"alone_{label}"] = named([found[at][name][0] for name in alone[at]], 5)
    worth = f"compare.findings.{'shared' if shared else 'unshared'}"
    said: list[Say | Items] = [
        _main(pair, role, shared, alone, slots),
        say("meaning", worth, "rule weakness decision malware plain", **slots),
    ]
    for name in shared:
        said += _unlike(pair, role, name, slots | {"label": found[0][name][0]})
    said += [
        say(
            "meaning",
            f"compare.findings.why.{name}",
            "rule weakness method comparison",
            **slots,
            label=found[at][name][0],
        )
        for at, name in [(0, one) for one in shared] + [(at, one) for at in (0, 1) for one in alone[at]]
        if name in _EXPLAINED
    ][:3]
    shows = pair.shows("metadata", *features)
    scores = _scores(pair, slots)
    if scores is not None:
        said.append(scores)
        shows += pair.shows("vulnerabilities.risk_assessment")
    said.append(say("next", "compare.findings.next", "next verify malware", **slots))
    return Fact(tuple(said), shows)


def _main(pair: Pair, role: Role, shared: list[str], alone: list[list[str]], slots: dict[str, Text]) -> Say:
    tags = "rule comparison decision weakness"
    if shared and not any(alone):
        return say(role, main_phrase(role, "compare.findings.same"), tags, **slots)
    if any(alone) and not all(alone):
        at = 0 if alone[0] else 1
        slots |= {"who": pair.sides[at].label, "alone": slots[f"alone_{'ab'[at]}"], "rest": pair.sides[1 - at].label}
        return say(
            role, main_phrase(role, "compare.findings.more" if shared else "compare.findings.one"), tags, **slots
        )
    return say(
        role, main_phrase(role, "compare.findings.partly" if shared else "compare.findings.apart"), tags, **slots
    )


def _pattern(side: Side, name: str) -> tuple[NetworkBehavior, str] | None:
    """The network label of that name and its place, where there is a single one."""
    file = side.view.file
    found = [
        (one, side.at("behavioral", f".network_behavior[{index}]"))
        for index, one in enumerate(file.behavioral.network_behavior if file.behavioral else ())
        if one.pattern_type == name
    ]
    return found[0] if len(found) == 1 else None


def _unlike(pair: Pair, role: Role, name: str, slots: dict[str, Text]) -> list[Say | Items]:
    """How a network label of both files differs: its level, and what set it for one file only."""
    first, second = (_pattern(side, name) for side in pair.sides)
    if first is None or second is None:
        return []
    said: list[Say | Items] = []
    levels = [one.suspicious_level for one, _ in (first, second)]
    if all(levels) and levels[0] != levels[1]:
        given = {
            f"level_{at}": value.code(one.suspicious_level, place + ".suspicious_level")
            for at, (one, place) in zip("ab", (first, second), strict=True)
        }
        said.append(say(role, "compare.findings.level", "rule comparison score data", **slots, **given))
    alone = [_only(first, second), _only(second, first)]
    if all(alone):
        both = {"alone_a": named(alone[0], 4), "alone_b": named(alone[1], 4)}
        said.append(say(role, "compare.findings.basis.both", "rule comparison weakness", **slots | both))
    elif any(alone):
        at = 0 if alone[0] else 1
        one = {"who": pair.sides[at].label, "alone": named(alone[at], 4)}
        said.append(say(role, "compare.findings.basis.one", "rule comparison weakness", **slots | one))
    return said


def _only(own: tuple[NetworkBehavior, str], other: tuple[NetworkBehavior, str]) -> list[Text]:
    """The indicators of a label that the same label of the other file lacks."""
    place, elsewhere = own[1] + ".indicators", other[1] + ".indicators"
    made: list[Text] = []
    for name in own[0].indicators:
        if name not in other[0].indicators:
            there = value.member(name, place)
            made.append(Text(there.text, there.sources + value.absent(escape(name), elsewhere).sources))
    return made


def _scores(pair: Pair, slots: dict[str, Text]) -> Say | None:
    given: dict[str, Text] = {}
    figures: list[float] = []
    for name, side in zip("ab", pair.sides, strict=True):
        found = side.view.file.vulnerabilities
        risk = found.risk_assessment if found else None
        if risk is None or risk.overall_risk_score is None:
            return None
        figures.append(risk.overall_risk_score)
        place = side.at("vulnerabilities", ".risk_assessment.overall_risk_score")
        given[f"score_{name}"] = value.fixed(risk.overall_risk_score, place, 1)
    form = "score" if figures[0] != figures[1] else "same_score"
    return say("detail", f"compare.findings.{form}", "score rule weakness data", **slots, **given)


@kept
def packages(pair: Pair, role: Role = "detail") -> Fact | None:
    """Two npm or Python packages: name, version, license, what they need, what was found."""
    found = [side.view.file.package.package_info if side.view.file.package else None for side in pair.sides]
    first, second = found
    if first is None or second is None or not (first.name and second.name and first.version and second.version):
        return None
    slots = dict(pair.slots)
    for name, side, info in zip("ab", pair.sides, (first, second), strict=True):
        slots[f"title_{name}"] = value.code(str(info.name), side.at("package", ".package_info.name"))
        slots[f"version_{name}"] = value.code(str(info.version), side.at("package", ".package_info.version"))
    form = "names" if first.name != second.name else "same" if first.version == second.version else "versions"
    said: list[Say | Items] = [
        say(role, main_phrase(role, f"compare.packages.{form}"), "package comparison identity decision", **slots)
    ]
    said += _license(pair, slots, (first, second))
    said += _needs(pair, slots)
    said += _searched(pair, slots)
    said.append(say("limit", "compare.packages.limit", "limit package method", **slots))
    return Fact(tuple(said), pair.shows("package_info", "package_dependencies", "package_findings"))


def _license(pair: Pair, slots: dict[str, Text], found: tuple[PackageInfo, PackageInfo]) -> list[Say | Items]:
    licensed = [at for at in (0, 1) if found[at].license]
    for at in licensed:
        place = pair.sides[at].at("package", ".package_info.license")
        slots[f"license_{'ab'[at]}"] = value.code(str(found[at].license), place)
    if len(licensed) == 2:
        return [say("detail", "compare.packages.licenses", "license package comparison", **slots)]
    if len(licensed) == 1:
        given = slots | {"who": pair.sides[licensed[0]].label, "rest": pair.sides[1 - licensed[0]].label}
        given["license"] = slots[f"license_{'ab'[licensed[0]]}"]
        return [say("detail", "compare.packages.license", "license package comparison", **given)]
    return []


def _needs(pair: Pair, slots: dict[str, Text]) -> list[Say | Items]:
    made: list[Say | Items] = []
    for side in pair.sides:
        needed = list(requirements(side.view.file))[:6]
        if needed:
            listed = value.join(
                [value.member(name, side.at("package", f".dependencies.{section}")) for section, name, _ in needed]
            )
            given = slots | {"who": side.label, "list": listed}
            made.append(say("detail", "compare.packages.needs", "package comparison", **given))
        else:
            made.append(say("detail", "compare.packages.needs_none", "package comparison", **slots, who=side.label))
    return made


def _searched(pair: Pair, slots: dict[str, Text]) -> list[Say | Items]:
    """Modules that the scanner's word search names."""
    for side, other in ((pair.a, pair.b), (pair.b, pair.a)):
        package = side.view.file.package
        names = (
            [one.module_name or "" for one in package.security_analysis.suspicious_imports]
            if package and package.security_analysis
            else []
        )
        if names:
            place = side.at("package", ".security_analysis.suspicious_imports")
            listed = value.join([value.member(name, place, "module_name") for name in list(dict.fromkeys(names))[:4]])
            return [
                say(
                    "meaning",
                    "compare.packages.found",
                    "rule package weakness",
                    **slots,
                    who=side.label,
                    list=listed,
                    rest=other.label,
                )
            ]
    return []


def languages(pair: Pair) -> dict[str, Text] | None:
    """The languages of two scripts by their interpreter lines, where they are known and differ."""
    listed = [side.view.file.strings for side in pair.sides]
    first = [one.ascii[0] if one and one.ascii and one.ascii[0].startswith("#!") else "" for one in listed]
    found = [language(line) for line in first]
    spoken = ["the language of the shell" if one and form(one) == "script.shell" else one for one in found]
    if not all(spoken) or spoken[0] == spoken[1]:
        return None
    return {"language_a": Text(spoken[0]), "language_b": Text(spoken[1])}


@kept
def scripts(pair: Pair, role: Role = "detail") -> Fact | None:
    """Two scripts: the interpreter each asks for."""
    listed = [side.view.file.strings for side in pair.sides]
    if not all(one and one.ascii and one.ascii[0].startswith("#!") and len(one.ascii[0]) <= 100 for one in listed):
        return None
    lines = [one.ascii[0] if one else "" for one in listed]
    slots = pair.slots | {
        f"line_{name}": quoted(side, line, 0) for name, side, line in zip("ab", pair.sides, lines, strict=True)
    }
    form = "same" if lines[0] == lines[1] else "differ"
    said: list[Say | Items] = [
        say(role, main_phrase(role, f"compare.scripts.{form}"), "strings comparison process build", **slots)
    ]
    said.append(say("limit", "compare.scripts.limit", "limit strings", **slots))
    shows = tuple(side.show("strings", only=(0,)) for side in pair.sides)
    return Fact(tuple(said), pair.shows("metadata") + shows)
