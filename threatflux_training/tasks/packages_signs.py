"""What speaks against a package: its name, words in code that runs at installation, compiled files, scores."""

from threatflux_training.compose import value
from threatflux_training.compose.content import Role, Say, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.package_lines import HOOKS, requirements
from threatflux_training.evidence.view import View
from threatflux_training.reports.package_model import PackageReport
from threatflux_training.tasks.packages_facts import base_slots

_NATIVE = (".node", ".so", ".dll", ".dylib", ".exe", ".pyd", ".wasm", ".class")
_OTHER = (*_NATIVE, ".jar", ".zip", ".whl", ".tgz", ".tar.gz")
"""Endings of files that are compiled or archives."""


def imitated(package: PackageReport) -> list[str]:
    """The names that the package's name resembles."""
    risk = package.malicious_indicators.typosquatting_risk if package.malicious_indicators else None
    return [str(similar.name) for similar in risk.similar_packages] if risk else []


def _apart(one: str, other: str) -> int:
    """The edits between two names, up to a few."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        before, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return row[-1]


def similar_names(view: View, package: PackageReport, role: Role = "meaning") -> list[Say]:
    """What the name resembles, and how closely."""
    made: list[Say] = []
    name = str(package.package_info.name) if package.package_info else ""
    for number, similar in enumerate(imitated(package)):
        place = view.at("package", f".malicious_indicators.typosquatting_risk.similar_packages[{number}].name")
        phrase = "packages.similar.letter" if _apart(name, similar) == 1 else "packages.similar"
        made.append(
            say(
                role,
                phrase,
                "decision plain provenance malware",
                similar=value.code(similar, place),
                **base_slots(view),
            )
        )
    return made


def found_words(view: View, package: PackageReport) -> list[Say]:
    """Words that the scanner found in code, mostly in code that runs at installation; a dependency's own name counts for little."""
    security = package.security_analysis
    needed = {name for _, name, _ in requirements(view.file)}
    made: list[Say] = []
    for number, found in enumerate(security.suspicious_imports[:4] if security else ()):
        if not found.module_name or not found.found_in:
            continue
        base = f".security_analysis.suspicious_imports[{number}]"
        slots = {
            "module": value.code(found.module_name, view.at("package", f"{base}.module_name")),
            "where": value.code(found.found_in, view.at("package", f"{base}.found_in")),
            "name": view.name,
        }
        kind = (
            "dependency"
            if found.module_name in needed
            else "command"
            if str(found.module_name).rpartition(".")[2] == "system"
            else "other"
        )
        made.append(say("detail", f"packages.word.{kind}", "rule weakness malware", **slots))
    return made


def install_hooks(view: View, package: PackageReport, role: Role = "detail") -> list[Say]:
    """What would run at installation, by the report's flags."""
    security = package.security_analysis
    if security is None:
        return []
    known = {name: getattr(security, name) for name in HOOKS}
    on = [name for name, flag in known.items() if flag]
    off = [name for name, flag in known.items() if flag is False]
    if on:
        texts = [
            value.in_code(
                Text(name, (value.Source(name, view.at("package", f".security_analysis.{name}"), "flag", (True,)),))
            )
            for name in on
        ]
        return [
            say(
                role,
                "packages.hooks.some",
                "process malware decision build",
                hooks=value.join(texts),
                **base_slots(view),
            )
        ]
    texts = [
        value.in_code(
            Text(name, (value.Source(name, view.at("package", f".security_analysis.{name}"), "flag", (False,)),))
        )
        for name in off
    ]
    return (
        [
            say(
                role,
                "packages.hooks.none",
                "process malware decision build",
                hooks=value.join(texts),
                **base_slots(view),
            )
        ]
        if off
        else []
    )


def scores(view: View, package: PackageReport) -> list[Say]:
    """What the overall score is built from."""
    found, slots = package.malicious_indicators, base_slots(view)
    if found is None or not found.overall_risk_score:
        return []
    slots["score"] = value.fixed(
        found.overall_risk_score, view.at("package", ".malicious_indicators.overall_risk_score"), 0
    )
    return [say("limit", "packages.score", "score limit rule data", **slots)]


def compiled(package: PackageReport) -> list[int]:
    """Files that are compiled or archives, by the endings of their names."""
    return [n for n, one in enumerate(package.files_analysis) if str(one.file_path).casefold().endswith(_OTHER)]


def compiled_files(view: View, package: PackageReport) -> list[Say]:
    """Compiled files, which no word search reads."""
    made: list[Say] = []
    for number, one in enumerate(package.files_analysis):
        if str(one.file_path).casefold().endswith(_NATIVE) and one.size:
            base = f".files_analysis[{number}]"
            slots = {
                "file": value.code(one.file_path, view.at("package", f"{base}.file_path")),
                "size": value.grouped(one.size, view.at("package", f"{base}.size"), "byte|bytes"), "name": view.name,
            }  # fmt: skip
            made.append(say("meaning", "packages.native", "malware weakness build decision", **slots))
    return made[:2]
