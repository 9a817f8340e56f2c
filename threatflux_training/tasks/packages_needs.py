"""What a package requires: versions, known flaws in them, platforms."""

import re

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Role, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.package_lines import SECTIONS, requirements
from threatflux_training.evidence.view import View
from threatflux_training.reports.package_model import Requirement, Vulnerability
from threatflux_training.tasks.model import Draft, Request, Show
from threatflux_training.tasks.packages_facts import base_slots, stated


def _requirement_path(view: View, section: str, name: str, rest: str) -> str:
    place = name if name.isidentifier() else ""
    key = f".{place}" if place else f'["{name}"]'
    return view.at("package", f".dependencies.{section}{key}{rest}")


def required_name(view: View, section: str, name: str) -> Text:
    """The name of a requirement, as code."""
    return value.in_code(
        Text(name, (value.Source(name, view.at("package", f".dependencies.{section}"), "member", ()),))
    )


_UNSHOWN = ("peer_dependencies", "optional_dependencies", "setup_requires", "extras_require")
"""Sections that are not shown: with an entry there more may come in."""
_TOLD = 4
"""Requirements that an answer always names."""


def needs(view: View, request: Request) -> Draft:
    """What is required, how strictly, and the flaws that the report knows of."""
    content: list[Content] = []
    found = list(requirements(view.file))
    listed = view.file.package.dependencies if view.file.package else None
    unused = all(group_of(section) == "development" for section, *_ in found) and not any(
        getattr(listed, section, None) for section in _UNSHOWN
    )
    flawed = any(details.vulnerabilities for *_, details in found)
    for number, (section, name, details) in enumerate(found[:12]):
        spec = value.code(details.version_spec or "", _requirement_path(view, section, name, ".version_spec"))
        slots = {"name": view.name, "needs": required_name(view, section, name), "spec": spec}
        role: Role = "answer" if number < _TOLD else "detail"
        only = "_only" if unused and not number else ""
        content.append(say(role, f"packages.needs.{group_of(section)}{only}", "package build", **slots))
        kind = _strictness(details.version_spec or "") if group_of(section) == "use" else ""
        if kind:
            content.append(say("meaning", f"packages.spec.{kind}", "package build verify", **slots))
    content += [one for section, name, details in found for one in known_flaws(view, section, name, details, "answer")]
    if not flawed:
        content.append(say("answer", "packages.needs.unflawed", "weakness package decision", **base_slots(view)))
    content += platform(view)
    if not unused:
        content.append(say("answer", "packages.needs.limit", "limit package", **base_slots(view)))
    return Draft(slots={}, shows=(Show("package_info"), Show("package_dependencies")), content=tuple(content),
                 context=("package_findings", "package_files", "package_scripts"))  # fmt: skip


def platform(view: View) -> list[Content]:
    """On which systems and with which interpreter it installs, by its own statement."""
    info = view.file.package.package_info if view.file.package else None
    if info is None:
        return []
    made: list[Content] = []
    if info.os:
        path = view.at("package", ".package_info.os")
        meant = [value.member(one, path) for one in info.os if not one.startswith("!")]
        barred = [value.part(one[1:], f"{path}[{n}]") for n, one in enumerate(info.os) if one.startswith("!")]
        for phrase, names in (("os", meant), ("barred", barred)):
            if names:
                slots = {"names": value.join(names), "name": view.name}
                made.append(say("detail", f"packages.platform.{phrase}", "package hardware container build", **slots))
    for engine in sorted(info.engines)[:1]:
        place = view.at("package", f".package_info.engines.{engine}")
        slots = {"engine": Text(engine), "spec": value.code(info.engines[engine], place), "name": view.name}
        made.append(say("detail", "packages.platform.engine", "package build container", **slots))
    if getattr(info, "python_requires", None):
        slots = {"engine": Text("Python"), "spec": stated(view, "python_requires"), "name": view.name}
        made.append(say("detail", "packages.platform.engine", "package build container", **slots))
    return made


def group_of(section: str) -> str:
    """Whether a section is for development or for use."""
    return "development" if section == SECTIONS[1] else "use"


_STRICTNESS = {
    "pinned": re.compile(r"={2,3}\s*\d+(?:\.\w+)*|=?\s*v?\d+\.\d+\.\d+(?:[-+][\w.+-]+)?"),
    "below": re.compile(r"<=?\s*[\w.+-]+"),
    "compatible": re.compile(r"(?:\^(?!0\.0\.\d)|~[=>]?)\s*[\w.+-]+"),
    "least": re.compile(r">=?\s*[\w.+-]+"),
    "open": re.compile(r"\*?"),
}
"""Ranges with a single bound; `1.2` is a release to pip after `==`, a range to npm."""


def _strictness(spec: str) -> str:
    """pinned to one version, below a bound, compatible with one, at least one, or open; empty for a range of several parts."""
    return next((kind for kind, form in _STRICTNESS.items() if form.fullmatch(spec.strip())), "")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


_FLOORLESS = re.compile(r"\s*<=?\s*[\d.]+\s*")
"""Affected versions without a first one."""


def _exposed(spec: str, known: Vulnerability) -> bool:
    """Whether every version that a range admits lies below the fixed one (`<X` and `==X` only), and no version is too old."""
    match = re.fullmatch(r"\s*(<=?|==)\s*([\d.]+)\s*", spec)
    affected = known.affected_versions
    if match is None or not known.fixed_in or not affected or not all(map(_FLOORLESS.fullmatch, affected)):
        return False
    bound, fixed = _numbers(match[2]), _numbers(known.fixed_in)
    return bound < fixed or (match[1] == "<" and bound == fixed)


def known_flaws(view: View, section: str, name: str, details: Requirement, role: Role = "meaning") -> list[Content]:
    """The flaws that the report names for a requirement, with the version that mends each where it is known."""
    made: list[Content] = []
    for number, known in enumerate(details.vulnerabilities):
        if known.cve_id:
            base = f".vulnerabilities[{number}]"
            slots = {
                "needs": required_name(view, section, name), "name": view.name,
                "cve": value.equal(known.cve_id, _requirement_path(view, section, name, f"{base}.cve_id")),
                "spec": value.code(details.version_spec or "", _requirement_path(view, section, name, ".version_spec")),
            }  # fmt: skip
            phrase = "packages.known.unmended"
            if known.fixed_in:
                slots["fixed"] = value.code(known.fixed_in, _requirement_path(view, section, name, f"{base}.fixed_in"))
                phrase = "packages.known.sure" if _exposed(details.version_spec or "", known) else "packages.known"
            made.append(say(role, phrase, "decision verify package weakness", **slots))
    return made


def comes_in(view: View) -> list[Content]:
    """The run-time requirements in one sentence, or that there are none."""
    listed = view.file.package.dependencies if view.file.package else None
    if listed is None or any(getattr(listed, section, None) for section in _UNSHOWN):
        return []
    needed = [(section, name) for section, name, _ in requirements(view.file) if group_of(section) == "use"]
    if not needed:
        return [say("answer", "packages.brings.none", "package decision", **base_slots(view))]
    names = value.join([required_name(view, section, name) for section, name in needed[:_TOLD]])
    phrase = "packages.brings" if len(needed) <= _TOLD else "packages.brings.more"
    return [say("answer", phrase, "package decision", names=names, **base_slots(view))]
