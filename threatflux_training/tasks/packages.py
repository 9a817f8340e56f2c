"""npm and Python packages, and Java archives: what they say of themselves, need, contain, and what speaks against them."""

import re
from collections.abc import Callable
from functools import partial

import msgspec

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Role, Say, items, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.package_lines import HOOKS, SECTIONS, archive, requirements
from threatflux_training.evidence.view import View
from threatflux_training.reports.package_model import PackageReport, Requirement, Vulnerability
from threatflux_training.tasks import about
from threatflux_training.tasks.model import Draft, Offer, Request, Show

FAMILY = "packages"
_CLASS = "ClassFile"
"""What the report calls a single class: no archive, though it has the same fields."""
_NATIVE = (".node", ".so", ".dll", ".dylib", ".exe", ".pyd", ".wasm", ".jar", ".bin")
_SHOWS = (Show("package_info"), Show("package_findings"), Show("package_dependencies"))


def offers(view: View, partner: View | None) -> list[Offer]:
    """Tasks on a package or an archive."""
    made: list[Offer] = []
    package = view.file.package
    if package is not None and package.package_info and package.package_info.name:
        made.append(
            Offer(task="packages.approve", build=lambda r: _approve(view, package, r), importance=8, variants=4)
        )
        if package.security_analysis is not None:
            made.append(
                Offer(task="packages.install", build=lambda r: _install(view, package, r), importance=7, variants=2)
            )
        if package.files_analysis:
            made.append(
                Offer(task="packages.files", build=lambda r: _files(view, package, r), importance=4, variants=2)
            )
        if list(requirements(view.file)):
            made.append(Offer(task="packages.needs", build=lambda r: _needs(view, r), importance=6, variants=2))
        if _risk(package):
            made.append(Offer(task="packages.name", build=lambda r: _name(view, package, r), importance=7, variants=2))
        made.append(Offer(task="packages.origin", build=lambda r: _origin(view, package, r), importance=5, variants=2))
    found = archive(view.file)
    if found is not None and found.metadata and found.metadata.total_entries is not None:
        made.append(Offer(task="packages.archive", build=lambda r: _archive(view, r), importance=4, variants=3))
        made.extend(
            Offer(task="packages.entry", build=partial(_entry, view, n), importance=3, weight=0.5)
            for n, one in enumerate(found.resources[:6])
            if one.size
        )
    return made


def _info(view: View, field: str) -> Text:
    info = view.file.package.package_info if view.file.package else None
    return value.code(getattr(info, field), view.at("package", f".package_info.{field}"))


def _slots(view: View) -> dict[str, Text]:
    info = view.file.package.package_info if view.file.package else None
    return {"name": view.name} | ({"version": _info(view, "version")} if info and info.version else {})


def _missing(view: View) -> list[Text]:
    info = view.file.package.package_info if view.file.package else None
    names = [name for name in ("author", "license", "homepage", "url") if getattr(info, name, None) is None]
    if info is not None and info.repository is not None and info.repository.url:
        names = [name for name in names if name not in ("url", "homepage")]
    if info is not None and (info.homepage or info.url):
        names = [name for name in names if name not in ("url", "homepage")]
    return [value.null(name, view.at("package", f".package_info.{name}")) for name in names if name != "homepage"]


def _requirement_path(view: View, section: str, name: str, rest: str) -> str:
    place = name if name.isidentifier() else ""
    key = f".{place}" if place else f'["{name}"]'
    return view.at("package", f".dependencies.{section}{key}{rest}")


def _named(view: View, section: str, name: str) -> Text:
    return value.in_code(
        Text(name, (value.Source(name, view.at("package", f".dependencies.{section}"), "member", ()),))
    )


_UNSHOWN = ("peer_dependencies", "optional_dependencies", "setup_requires", "extras_require")
"""Sections that are not shown: with an entry there more may come in."""


_TOLD = 4
"""Requirements that an answer always names."""


def _needs(view: View, request: Request) -> Draft:
    content: list[Content] = []
    found = list(requirements(view.file))
    listed = view.file.package.dependencies if view.file.package else None
    unused = all(_group(section) == "development" for section, *_ in found) and not any(
        getattr(listed, section, None) for section in _UNSHOWN
    )
    known: list[Content] = []
    for number, (section, name, details) in enumerate(found[:12]):
        spec = value.code(details.version_spec or "", _requirement_path(view, section, name, ".version_spec"))
        slots = {"name": view.name, "needs": _named(view, section, name), "spec": spec}
        role: Role = "answer" if number < _TOLD else "detail"
        only = "_only" if unused and not number else ""
        content.append(say(role, f"packages.needs.{_group(section)}{only}", "package build", **slots))
        content.append(
            say("meaning", f"packages.spec.{_strictness(details.version_spec or '')}", "package build verify", **slots)
        )
        known += _known(view, section, name, details, "answer")
    content += known or [say("answer", "packages.needs.unflawed", "weakness package decision", **_slots(view))]
    content += _platform(view)
    if not unused:
        content.append(say("answer", "packages.needs.limit", "limit package", **_slots(view)))
    return Draft(slots={}, shows=(Show("package_info"), Show("package_dependencies")), content=tuple(content),
                 context=("package_findings", "package_files", "package_scripts"))  # fmt: skip


def _platform(view: View) -> list[Content]:
    """On which systems and with which interpreter it installs, by its own statement."""
    info = view.file.package.package_info if view.file.package else None
    if info is None:
        return []
    made: list[Content] = []
    if info.os:
        path = view.at("package", ".package_info.os")
        names = value.join([value.member(one, path) for one in info.os])
        made.append(
            say("detail", "packages.platform.os", "package hardware container build", names=names, name=view.name)
        )
    for engine in sorted(info.engines)[:1]:
        place = view.at("package", f".package_info.engines.{engine}")
        slots = {"engine": Text(engine), "spec": value.code(info.engines[engine], place), "name": view.name}
        made.append(say("detail", "packages.platform.engine", "package build container", **slots))
    if getattr(info, "python_requires", None):
        slots = {"engine": Text("Python"), "spec": _info(view, "python_requires"), "name": view.name}
        made.append(say("detail", "packages.platform.engine", "package build container", **slots))
    return made


def _group(section: str) -> str:
    return "development" if section == SECTIONS[1] else "use"


def _strictness(spec: str) -> str:
    """pinned to one version, below a bound, compatible with one, at least one, or open."""
    bare = spec.strip()
    if re.match(r"==?\s*\d|\d", bare):
        return "pinned"
    if bare.startswith("<"):
        return "below"
    if bare.startswith(("^", "~")):
        return "compatible"
    return "least" if bare.startswith(">") else "open"


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


def _exposed(spec: str, known: Vulnerability) -> bool:
    """Whether every version that a range admits lies below the fixed one (`<X` and `==X` only)."""
    match = re.fullmatch(r"\s*(<=?|==)\s*([\d.]+)\s*", spec)
    if match is None or not known.fixed_in:
        return False
    bound, fixed = _numbers(match[2]), _numbers(known.fixed_in)
    return bound < fixed or (match[1] == "<" and bound == fixed)


def _known(view: View, section: str, name: str, details: Requirement, role: Role = "meaning") -> list[Content]:
    made: list[Content] = []
    for number, known in enumerate(details.vulnerabilities):
        if known.cve_id and known.fixed_in:
            base = f".vulnerabilities[{number}]"
            slots = {
                "needs": _named(view, section, name), "name": view.name,
                "cve": value.equal(known.cve_id, _requirement_path(view, section, name, f"{base}.cve_id")),
                "fixed": value.code(known.fixed_in, _requirement_path(view, section, name, f"{base}.fixed_in")),
                "spec": value.code(details.version_spec or "", _requirement_path(view, section, name, ".version_spec")),
            }  # fmt: skip
            phrase = "packages.known.sure" if _exposed(details.version_spec or "", known) else "packages.known"
            made.append(say(role, phrase, "decision verify package weakness", **slots))
    return made


def _risk(package: PackageReport) -> list[str]:
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


def _similar(view: View, package: PackageReport, role: Role = "meaning") -> list[Say]:
    """What the name resembles, and how closely."""
    made: list[Say] = []
    name = str(package.package_info.name) if package.package_info else ""
    for number, similar in enumerate(_risk(package)):
        place = view.at("package", f".malicious_indicators.typosquatting_risk.similar_packages[{number}].name")
        phrase = "packages.similar.letter" if _apart(name, similar) == 1 else "packages.similar"
        made.append(
            say(role, phrase, "decision plain provenance malware", similar=value.code(similar, place), **_slots(view))
        )
    return made


def _words(view: View, package: PackageReport) -> list[Say]:
    """Words that the scanner found in code that runs at installation; a dependency's own name counts for little."""
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
            if "system" in str(found.module_name)
            else "other"
        )
        made.append(say("detail", f"packages.word.{kind}", "rule weakness malware", **slots))
    return made


def _hooks(view: View, package: PackageReport, role: Role = "detail") -> list[Say]:
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
            say(role, "packages.hooks.some", "process malware decision build", hooks=value.join(texts), **_slots(view))
        ]
    texts = [
        value.in_code(
            Text(name, (value.Source(name, view.at("package", f".security_analysis.{name}"), "flag", (False,)),))
        )
        for name in off
    ]
    return (
        [say(role, "packages.hooks.none", "process malware decision build", hooks=value.join(texts), **_slots(view))]
        if off
        else []
    )


def _scores(view: View, package: PackageReport) -> list[Say]:
    found, slots = package.malicious_indicators, _slots(view)
    if found is None or not found.overall_risk_score:
        return []
    slots["score"] = value.fixed(
        found.overall_risk_score, view.at("package", ".malicious_indicators.overall_risk_score"), 0
    )
    return [say("limit", "packages.score", "score limit rule data", **slots)]


def _native(view: View, package: PackageReport) -> list[Say]:
    """Compiled files, which no word search reads."""
    made: list[Say] = []
    for number, one in enumerate(package.files_analysis):
        if str(one.file_path).endswith(_NATIVE) and one.size:
            base = f".files_analysis[{number}]"
            slots = {
                "file": value.code(one.file_path, view.at("package", f"{base}.file_path")),
                "size": value.grouped(one.size, view.at("package", f"{base}.size"), "byte|bytes"), "name": view.name,
            }  # fmt: skip
            made.append(say("meaning", "packages.native", "malware weakness build decision", **slots))
    return made[:2]


def _approve(view: View, package: PackageReport, request: Request) -> Draft:
    """What speaks against it, what would run, what is compiled and what else comes in; then how to settle it."""
    slots = _slots(view)
    against = _similar(view, package, "answer") if request.length != "short" else _similar(view, package)
    content: list[Content] = [
        say("answer", "packages.stop" if against else "packages.nothing", "decision", **slots),
        *against,
    ]
    words = _words(view, package)
    few: Role = "answer" if request.persona.depth > 1 else "detail"
    content += [
        msgspec.structs.replace(one, role=few) if n == 0 and _is_command(one) else one for n, one in enumerate(words)
    ]
    content += _hooks(view, package, "answer")
    content += [msgspec.structs.replace(one, role=few) for one in _native(view, package)[:1]]
    content += _comes_in(view)
    content += _platform(view)
    missing = _missing(view)
    if missing:
        content.append(
            say("limit", "packages.missing", "license provenance limit", missing=value.join(missing, "or"), **slots)
        )
    for section, name, details in requirements(view.file):
        content += _known(view, section, name, details, few)
    content += _scores(view, package)
    content.append(say("verify", "packages.verify", "verify package", **slots))
    if words:
        content.append(say("next", "packages.read", "next verify malware", **{**slots, **words[0].slots}))
    return Draft(
        slots={}, shows=(*_SHOWS, Show("package_files")), content=tuple(content), context=("package_scripts",)
    )  # fmt: skip


def _is_command(one: Say) -> bool:
    return one.phrase == "packages.word.command"


def _comes_in(view: View) -> list[Content]:
    """The run-time requirements in one sentence, or that there are none."""
    listed = view.file.package.dependencies if view.file.package else None
    if listed is None or any(getattr(listed, section, None) for section in _UNSHOWN):
        return []
    needed = [(section, name) for section, name, _ in requirements(view.file) if _group(section) == "use"]
    if not needed:
        return [say("answer", "packages.brings.none", "package decision", **_slots(view))]
    names = value.join([_named(view, section, name) for section, name in needed[:_TOLD]])
    phrase = "packages.brings" if len(needed) <= _TOLD else "packages.brings.more"
    return [say("answer", phrase, "package decision", names=names, **_slots(view))]


_LIFECYCLE = ("preinstall", "install", "postinstall", "prepare")
"""Scripts that npm starts by itself when a package is installed; others are called by hand."""


def _install(view: View, package: PackageReport, request: Request) -> Draft | None:
    """What runs on the machine of whoever installs it."""
    told = _hooks(view, package, "answer")
    if not told:
        return None
    content: list[Content] = [*told, *_words(view, package), *_native(view, package)]
    scripts = package.scripts_analysis
    shows: tuple[Show, ...] = (*_SHOWS, Show("package_files"))
    if scripts is not None and (scripts.script_hooks or scripts.custom_scripts):
        shows += (Show("package_scripts"),)
        for part, found in (("script_hooks", scripts.script_hooks), ("custom_scripts", scripts.custom_scripts)):
            for name in sorted(found)[:3]:
                place = view.at("package", f".scripts_analysis.{part}")
                line = value.code(found[name], f"{place}.{name}" if name.isidentifier() else f'{place}["{name}"]')
                script = value.in_code(Text(name, (value.Source(name, place, "member", ()),)))
                content.append(
                    say(
                        "detail",
                        f"packages.script.{'script_hooks' if name in _LIFECYCLE else 'custom_scripts'}",
                        "build process code",
                        script=script,
                        line=line,
                        name=view.name,
                    )
                )
    content.append(say("limit", "packages.install.limit", "limit method malware", **_slots(view)))
    content.append(say("verify", "packages.install.verify", "verify next process", **_slots(view)))
    return Draft(slots={}, shows=shows, content=tuple(content))


def _name(view: View, package: PackageReport, request: Request) -> Draft:
    """Whether the name imitates another."""
    slots = _slots(view)
    content: list[Content] = [*_similar(view, package, "answer")]
    needed = [name for _, name, _ in requirements(view.file) if name in _risk(package)]
    if needed:
        section = next(where for where, name, _ in requirements(view.file) if name == needed[0])
        content.append(
            say(
                "meaning",
                "packages.name.wraps",
                "malware package decision",
                needs=_named(view, section, needed[0]),
                **slots,
            )
        )
    content += [
        say("limit", "packages.name.limit", "limit method provenance", **slots),
        say("next", "packages.name.next", "next verify decision", **slots),
        *_words(view, package),
    ]
    missing = _missing(view)
    if missing:
        content.append(
            say("detail", "packages.missing", "license provenance limit", missing=value.join(missing, "or"), **slots)
        )
    return Draft(slots={}, shows=_SHOWS, content=tuple(content), context=("package_files",))


def _origin(view: View, package: PackageReport, request: Request) -> Draft | None:
    """Who is behind it, under which license, where the source is said to be."""
    info, slots = package.package_info, _slots(view)
    if info is None:
        return None
    missing, content = _missing(view), list[Content]()
    if info.repository is not None and info.repository.url:
        url = value.code(info.repository.url, view.at("package", ".package_info.repository.url"))
        content.append(say("answer", "packages.origin.repository", "provenance network", url=url, **slots))
    elif missing:
        content.append(
            say("answer", "packages.origin.none", "provenance decision", missing=value.join(missing, "or"), **slots)
        )
    if info.license:
        content.append(say("answer", "packages.origin.license", "license", license=_info(view, "license"), **slots))
    if info.description:
        content.append(
            say("detail", "packages.origin.description", "identity plain", text=_info(view, "description"), **slots)
        )
    if missing and content and content[0] is not None and info.repository is not None:
        content.append(
            say("limit", "packages.missing", "license provenance limit", missing=value.join(missing, "or"), **slots)
        )
    if not any(isinstance(one, Say) and one.role == "answer" for one in content):
        return None
    content += [
        say("limit", "packages.origin.limit", "limit provenance", **slots),
        say("verify", "packages.verify", "verify package", **slots),
    ]
    return Draft(slots={}, shows=_SHOWS, content=tuple(content), context=("package_files", "package_scripts"))


def _files(view: View, package: PackageReport, request: Request) -> Draft:
    entries, path = package.files_analysis, view.at("package", ".files_analysis")
    largest = max(range(len(entries)), key=lambda n: entries[n].size or 0)
    total = sum(one.size or 0 for one in entries)
    slots = _slots(view) | {
        "count": value.counted(len(entries), path, "file|files"),
        "largest": value.code(entries[largest].file_path, f"{path}[{largest}].file_path"),
        "size": value.grouped(entries[largest].size or 0, f"{path}[{largest}].size", "byte|bytes"),
        "total": value.computed(
            value.with_unit(f"{total:,}", total, "byte|bytes"), "grouped", ["sum", path, "size"], "byte|bytes"
        ),
    }
    if len(entries) == 1:
        content: list[Content] = [say("answer", "packages.files.one", "files size package", **slots)]
        content.append(say("meaning", "packages.files.one.means", "malware package decision", **slots))
    else:
        content = [say("answer", "packages.files", "files size package", **slots)]
        listed = [
            say("detail", "packages.files.item", "files", file=value.code(one.file_path, f"{path}[{n}].file_path"),
                size=value.grouped(one.size, f"{path}[{n}].size", "byte|bytes"))
            for n, one in enumerate(entries[:12]) if one.size
        ]  # fmt: skip
        content.append(
            items("detail", say("detail", "packages.files.lead", "files"), list(listed), "files structure storage")
        )
        content.append(say("detail", "packages.files.total", "size storage container", **slots))
    content += _native(view, package)
    quality = package.quality_metrics
    if quality is not None and quality.has_tests is False:
        content.append(say("limit", "packages.files.tests", "limit build package", **slots))
    content.append(say("limit", "packages.files.limit", "limit method", **slots))
    content.append(say("limit", "knowledge.packages_entropy_unfilled", "entropy data storage"))
    return Draft(
        slots={},
        shows=(Show("package_info"), Show("package_files")),
        content=tuple(content),
        context=("package_findings",),
    )


def _java(view: View) -> tuple[str, str]:
    return ("java", "") if view.file.java is not None else ("binary_info", ".java_analysis")


def _archive(view: View, request: Request) -> Draft | None:
    found = archive(view.file)
    if found is None or found.metadata is None or found.archive_type == _CLASS:
        return None
    feature, base = _java(view)

    def at(rest: str) -> str:
        return view.at(feature, base + rest)

    totals = found.metadata
    slots = {
        "name": view.name,
        "entries": value.grouped(totals.total_entries or 0, at(".metadata.total_entries"), "entry|entries"),
    }
    content: list[Content] = []
    classes = totals.entry_count_by_type.get("class")
    if classes:
        slots["classes"] = value.grouped(classes, at(".metadata.entry_count_by_type.class"), "class|classes")
        content.append(say("answer", "packages.archive.classes", "identity structure", **slots))
    else:
        content.append(say("answer", "packages.archive", "identity structure", **slots))
    if totals.total_size and totals.compressed_size is not None:
        slots["total"] = value.grouped(totals.total_size, at(".metadata.total_size"), "byte|bytes")
        slots["packed"] = value.grouped(totals.compressed_size, at(".metadata.compressed_size"), "byte|bytes")
        share = f"{totals.compressed_size / totals.total_size * 100:.1f} %"
        slots["share"] = value.computed(
            share, "percent", ["quotient", at(".metadata.compressed_size"), at(".metadata.total_size")], 1
        )
        content.append(say("detail", "packages.archive.size", "size storage container", **slots))
    if totals.largest_entries:
        path, size = totals.largest_entries[0]
        large = {
            "entry": value.code(path, at(".metadata.largest_entries[0][0]")),
            "size": value.grouped(size, at(".metadata.largest_entries[0][1]"), "byte|bytes"), "name": view.name,
        }  # fmt: skip
        content.append(say("detail", "packages.archive.largest", "size files performance", **large))
    content += _manifest(view, at)
    content += [
        say("limit", "knowledge.packages_java_stub", "code malware limit"),
        say("limit", "packages.archive.limit", "limit provenance weakness", **slots),
        say("next", "packages.archive.next", "next verify code", **slots),
    ]
    more, shows = about.facts(view, f"{request.key}/about", "digest", "times", "place")
    return Draft(
        slots={}, shows=about.without((Show("java_analysis"), *shows)), content=(*content, *more),
        context=("metadata", "hashes"),
    )  # fmt: skip


def _manifest(view: View, at: Callable[[str], str]) -> list[Content]:
    found = archive(view.file)
    manifest = found.manifest if found else None
    if manifest is None:
        return []
    made: list[Content] = []
    for field, tags in (
        ("main_class", "code process decision"), ("implementation_version", "package build"), ("created_by", "build provenance"),
        ("build_jdk", "build provenance"),
    ):  # fmt: skip
        text = getattr(manifest, field, None)
        if text:
            held = {"value": value.code(text, at(f".manifest.{field}")), "name": view.name}
            role: Role = "answer" if field == "main_class" else "detail"
            made.append(say(role, f"packages.archive.{field}", tags, **held))
    if not manifest.main_class:
        made.append(say("answer", "packages.archive.no_main", "process code decision", name=view.name))
    return made


def _entry(view: View, number: int, request: Request) -> Draft | None:
    found = archive(view.file)
    if found is None:
        return None
    feature, base = _java(view)
    entry, place = found.resources[number], view.at(feature, f"{base}.resources[{number}]")
    slots = {
        "name": view.name,
        "entry": value.code(entry.path, f"{place}.path"),
        "size": value.grouped(entry.size, f"{place}.size", "byte|bytes"),
        "crc": value.equal(entry.crc32, f"{place}.crc32"),
        "crc_hex": value.hexadecimal(entry.crc32, f"{place}.crc32"),
    }
    content: list[Content] = [
        say("answer", "packages.entry", "files size", **slots),
        say("answer", "packages.entry.crc", "hash verify", **slots),
        say("limit", "packages.entry.limit", "hash malware decision", **slots),
        say("limit", "knowledge.packages_crc", "limit method"),
        say("verify", "packages.entry.verify", "verify files method", **slots),
    ]
    kind = (
        "class"
        if entry.path.endswith(".class")
        else "license"
        if "LICENSE" in entry.path or "NOTICE" in entry.path
        else ""
    )
    if kind:
        content.append(say("meaning", f"packages.entry.{kind}", "license code plain", **slots))
    return Draft(slots=slots, shows=(Show("java_analysis"),), content=tuple(content), context=("metadata",))
