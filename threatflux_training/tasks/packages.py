"""npm and Python packages, and Java archives: what they say of themselves, need, contain, and what speaks against them."""

from functools import partial

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.package_lines import SECTIONS, archive, requirements
from threatflux_training.evidence.view import View
from threatflux_training.tasks.model import Draft, Offer, Request, Show

FAMILY = "packages"


def offers(view: View, partner: View | None) -> list[Offer]:
    """Tasks on a package or an archive."""
    made: list[Offer] = []
    package = view.file.package
    if package is not None and package.package_info and package.package_info.name:
        made.append(Offer(task="packages.approve", build=lambda r: _approve(view, r), importance=8, variants=5))
        if package.files_analysis:
            made.append(Offer(task="packages.files", build=lambda r: _files(view, r), importance=4, variants=3))
        if list(requirements(view.file)):
            made.append(Offer(task="packages.needs", build=lambda r: _needs(view, r), importance=6, variants=3))
    found = archive(view.file)
    if found is not None and found.metadata and found.metadata.total_entries is not None:
        made.append(Offer(task="packages.archive", build=lambda r: _archive(view, r), importance=4, variants=4))
        made.extend(
            Offer(task="packages.entry", build=partial(_entry, view, n), importance=3, weight=0.5)
            for n, one in enumerate(found.resources[:4])
            if one.size
        )
    return made


def _info(view: View, field: str) -> Text:
    info = view.file.package.package_info if view.file.package else None
    return value.code(getattr(info, field), view.at("package", f".package_info.{field}"))


def _missing(view: View) -> list[Text]:
    info = view.file.package.package_info if view.file.package else None
    names = [name for name in ("license", "homepage", "url") if getattr(info, name, "") is None]
    return [value.null(name, view.at("package", f".package_info.{name}")) for name in names]


def _requirement_path(view: View, section: str, name: str, rest: str) -> str:
    place = name if name.isidentifier() else ""
    key = f".{place}" if place else f'["{name}"]'
    return view.at("package", f".dependencies.{section}{key}{rest}")


def _needs(view: View, request: Request) -> Draft:
    content: list[Content] = []
    for number, (section, name, details) in enumerate(list(requirements(view.file))[:12]):
        path = _requirement_path(view, section, name, ".version_spec")
        spec = value.code(details.version_spec or "", path)
        named = Text(f"`{name}`", (value.Source(name, view.at("package", f".dependencies.{section}"), "member", ()),))
        slots = {"name": view.name, "needs": named, "spec": spec}
        content.append(
            say("answer" if number == 0 else "detail", f"packages.needs.{_group(section)}", "package build", **slots)
        )
        content += _known(view, section, name, named)
    return Draft(slots={}, shows=(Show("package_info"), Show("package_dependencies")), content=tuple(content),
                 context=("package_findings", "package_files"))  # fmt: skip


def _group(section: str) -> str:
    return "development" if section == SECTIONS[1] else "use"


def _known(view: View, section: str, name: str, named: Text) -> list[Content]:
    details = next(one for where, found, one in requirements(view.file) if (where, found) == (section, name))
    made: list[Content] = []
    for number, known in enumerate(details.vulnerabilities):
        if known.cve_id and known.fixed_in:
            base = f".vulnerabilities[{number}]"
            cve = value.equal(known.cve_id, _requirement_path(view, section, name, f"{base}.cve_id"))
            fixed = value.code(known.fixed_in, _requirement_path(view, section, name, f"{base}.fixed_in"))
            made.append(say("meaning", "packages.known", "decision verify package", needs=named, cve=cve, fixed=fixed))
    return made


def _approve(view: View, request: Request) -> Draft:
    package = view.file.package
    slots = {"name": view.name, "version": _info(view, "version")}
    content: list[Content] = []
    against: list[Content] = []
    risk = package.malicious_indicators.typosquatting_risk if package and package.malicious_indicators else None
    for number, similar in enumerate(risk.similar_packages if risk else ()):
        place = view.at("package", f".malicious_indicators.typosquatting_risk.similar_packages[{number}].name")
        against.append(
            say(
                "meaning",
                "packages.similar",
                "decision plain provenance",
                similar=value.code(similar.name, place),
                **slots,
            )
        )
    security = package.security_analysis if package else None
    for number, found in enumerate(security.suspicious_imports[:3] if security else ()):
        base = f".security_analysis.suspicious_imports[{number}]"
        module = value.code(found.module_name, view.at("package", f"{base}.module_name"))
        where = value.code(found.found_in, view.at("package", f"{base}.found_in"))
        against.append(say("detail", "packages.word", "rule weakness malware", module=module, where=where))
    content.append(
        say("answer", "packages.stop" if risk and risk.similar_packages else "packages.nothing", "decision", **slots)
    )
    content += against
    missing = _missing(view)
    if missing:
        content.append(
            say("limit", "packages.missing", "license provenance limit", missing=value.join(missing, "or"), **slots)
        )
    for section, name, _ in requirements(view.file):
        named = Text(f"`{name}`", (value.Source(name, view.at("package", f".dependencies.{section}"), "member", ()),))
        content += _known(view, section, name, named)
    content.append(say("verify", "packages.verify", "verify package", **slots))
    shows = (Show("package_info"), Show("package_findings"), Show("package_dependencies"))
    return Draft(slots={}, shows=shows, content=tuple(content), context=("package_files",))


def _files(view: View, request: Request) -> Draft:
    entries = view.file.package.files_analysis if view.file.package else []
    path = view.at("package", ".files_analysis")
    largest = max(range(len(entries)), key=lambda n: entries[n].size or 0)
    total = sum(one.size or 0 for one in entries)
    slots = {
        "name": view.name,
        "count": value.counted(len(entries), path, "file|files"),
        "largest": value.code(entries[largest].file_path, f"{path}[{largest}].file_path"),
        "size": value.grouped(entries[largest].size or 0, f"{path}[{largest}].size", "byte|bytes"),
        "total": value.computed(
            value.with_unit(f"{total:,}", total, "byte|bytes"), "grouped", ["sum", path, "size"], "byte|bytes"
        ),
    }
    content: list[Content] = [
        say("answer", "packages.files", "files size package", **slots),
        say("detail", "packages.files.total", "size storage container", **slots),
        say("limit", "knowledge.packages_entropy_unfilled", "entropy limit"),
    ]
    return Draft(slots={}, shows=(Show("package_files"),), content=tuple(content), context=("package_info",))


def _archive(view: View, request: Request) -> Draft | None:
    found = archive(view.file)
    if found is None or found.metadata is None:
        return None
    feature, base = ("java", "") if view.file.java is not None else ("binary_info", ".java_analysis")

    def at(rest: str) -> str:
        return view.at(feature, base + rest)

    slots = {
        "name": view.name,
        "entries": value.grouped(found.metadata.total_entries or 0, at(".metadata.total_entries"), "entry|entries"),
    }
    content: list[Content] = [say("answer", "packages.archive", "identity structure", **slots)]
    for field, tags in (("total_size", "size storage"), ("compressed_size", "size storage container")):
        amount = getattr(found.metadata, field)
        if amount is not None:
            size = value.grouped(amount, at(f".metadata.{field}"), "byte|bytes")
            content.append(say("detail", f"packages.archive.{field}", tags, size=size))
    manifest = found.manifest
    for field, tags in (
        ("main_class", "code process"),
        ("implementation_version", "package build"),
        ("created_by", "build provenance"),
    ):
        text = getattr(manifest, field, None)
        if text:
            content.append(
                say("detail", f"packages.archive.{field}", tags, value=value.code(text, at(f".manifest.{field}")))
            )
    content.append(say("limit", "knowledge.packages_java_stub", "limit weakness"))
    return Draft(slots={}, shows=(Show("java_analysis"),), content=tuple(content), context=("metadata", "hashes"))


def _entry(view: View, number: int, request: Request) -> Draft | None:
    found = archive(view.file)
    if found is None:
        return None
    feature, base = ("java", "") if view.file.java is not None else ("binary_info", ".java_analysis")
    entry, place = found.resources[number], view.at(feature, f"{base}.resources[{number}]")
    slots = {
        "name": view.name,
        "entry": value.code(entry.path, f"{place}.path"),
        "size": value.grouped(entry.size, f"{place}.size", "byte|bytes"),
        "crc": value.equal(entry.crc32, f"{place}.crc32"),
    }
    content = (
        say("answer", "packages.entry", "files size", **slots),
        say("detail", "packages.entry.crc", "hash verify", **slots),
        say("limit", "knowledge.packages_crc", "limit hash"),
    )
    return Draft(slots=slots, shows=(Show("java_analysis"),), content=content, context=("metadata",))
