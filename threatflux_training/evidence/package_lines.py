"""Lines for package reports, Java archives and the compact object."""

from collections.abc import Iterator

from threatflux_training.evidence.identity_lines import fields
from threatflux_training.evidence.view import Renderer
from threatflux_training.reports.file import ScannedFile
from threatflux_training.reports.model import JavaAnalysis
from threatflux_training.reports.package_model import Requirement
from threatflux_training.text import line

HOOKS = (
    "has_preinstall_script", "has_install_script", "has_postinstall_script", "has_setup_script", "has_post_install",
)  # fmt: skip
"""Whether something runs at installation; each ecosystem has its own."""
SECTIONS = ("dependencies", "dev_dependencies", "install_requires")
"""Sections of dependencies that are shown and asked about."""


_PYTHON = ("url", "package_format", "python_requires")
"""What only a Python package's report says."""


def info(file: ScannedFile) -> list[str]:
    """What the package says about itself; null where it says nothing."""
    found = file.package.package_info if file.package else None
    if found is None:
        return []
    python = file.origin("package").dialect == "python"
    names = ("name", "version", "description", "license", "homepage", *(_PYTHON if python else ()))
    told = [
        f"  {name}: {line(str(value)) if (value := getattr(found, name)) is not None else 'null'}" for name in names
    ]
    if isinstance(found.author, dict):
        told += [f"  author.{key}: {line(str(one))}" for key, one in sorted(found.author.items()) if one]
    else:
        told.append(f"  author: {line(str(found.author)) if found.author else 'null'}")
    if found.repository is not None and found.repository.url:
        told.append(f"  repository.url: {line(found.repository.url)}")
    told += [f"  engines.{name}: {line(spec)}" for name, spec in sorted(found.engines.items())]
    return told + [f"  os: {line(name)}" for name in found.os]


def requirements(file: ScannedFile) -> Iterator[tuple[str, str, Requirement]]:
    """Section, name and details of every dependency, sorted."""
    found = file.package.dependencies if file.package else None
    for section in SECTIONS if found else ():
        for name, details in sorted(getattr(found, section, {}).items()):
            yield section, name, details


def dependencies(file: ScannedFile) -> list[str]:
    """A line per dependency, with the vulnerabilities the scanner knows for it."""
    lines = []
    for section, name, details in requirements(file):
        known = "; ".join(
            f"{one.cve_id} affects {', '.join(one.affected_versions)}{f', fixed in {one.fixed_in}' if one.fixed_in else ''}"
            for one in details.vulnerabilities
        )
        lines.append(
            f"  {section}: {line(name)} {line(details.version_spec or '')}{f' ({line(known)})' if known else ''}"
        )
    return lines


def findings(file: ScannedFile) -> list[str]:
    """Names the scanner's word search found, and names that resemble the package's."""
    package = file.package
    if package is None:
        return []
    lines = []
    if package.security_analysis:
        lines += fields(package.security_analysis, *HOOKS)
        for one in package.security_analysis.suspicious_imports:
            lines.append(f"  suspicious_imports: {line(str(one.module_name))} found_in {line(str(one.found_in))}")
    risk = package.malicious_indicators.typosquatting_risk if package.malicious_indicators else None
    for similar in risk.similar_packages if risk else ():
        lines.append(f"  similar_packages: {line(str(similar.name))}")
    if package.security_analysis and package.security_analysis.supply_chain_risk_score is not None:
        lines.append(f"  supply_chain_risk_score: {package.security_analysis.supply_chain_risk_score}")
    if package.malicious_indicators and package.malicious_indicators.overall_risk_score is not None:
        lines.append(f"  overall_risk_score: {package.malicious_indicators.overall_risk_score}")
    return lines


def scripts(file: ScannedFile) -> list[str]:
    """npm's scripts by name: hooks first."""
    found = file.package.scripts_analysis if file.package else None
    if found is None:
        return []
    return [
        f"  {name}: {line(text)}"
        for part in (found.script_hooks, found.custom_scripts)
        for name, text in sorted(part.items())
    ]


def files(file: ScannedFile) -> list[str]:
    """Path and size of each file of the package."""
    entries = file.package.files_analysis if file.package else []
    return [f"  {line(str(one.file_path))}: size {one.size}" for one in entries]


def archive(file: ScannedFile) -> JavaAnalysis | None:
    """The Java archive, from its own report or from the binary information."""
    if file.java is not None:
        return file.java
    return file.binary_info.java_analysis if file.binary_info else None


def java(file: ScannedFile) -> list[str]:
    """Manifest and totals of an archive."""
    found = archive(file)
    if found is None:
        return []
    names = ("main_class", "implementation_title", "implementation_version", "specification_version", "build_jdk")
    totals = ("total_entries", "total_size", "compressed_size")
    return [
        *fields(found, "archive_type"),
        *fields(found.manifest, *names, "created_by"),
        *fields(found.metadata, *totals),
        *(
            f"  entry_count_by_type.{kind}: {n}"
            for kind, n in sorted((found.metadata.entry_count_by_type if found.metadata else {}).items())
        ),
        *(
            f"  largest: {line(path)} {size}"
            for path, size in (found.metadata.largest_entries if found.metadata else [])
        ),
        *(f"  resource: {line(one.path)} size {one.size} crc32 {one.crc32}" for one in found.resources[:200]),
    ]


def compact(file: ScannedFile) -> list[str]:
    """Hash, size and entropy of the compact object."""
    return fields(file.llm, "md5", "file_size", "entropy")


def compact_strings(file: ScannedFile) -> list[str]:
    """Its key strings."""
    return [f"  {index}: {line(text)}" for index, text in enumerate(file.llm.key_strings if file.llm else [])]


def compact_imports(file: ScannedFile) -> list[str]:
    """Its imports."""
    return [f"  {index}: {line(text)}" for index, text in enumerate(file.llm.imports if file.llm else [])]


BLOCKS: dict[str, Renderer] = {
    "package_info": info,
    "package_dependencies": dependencies,
    "package_findings": findings,
    "package_files": files,
    "package_scripts": scripts,
    "java_analysis": java,
    "compact": compact,
    "key_strings": compact_strings,
    "compact_imports": compact_imports,
}
