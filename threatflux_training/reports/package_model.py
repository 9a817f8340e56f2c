"""Reports about npm and Python packages as typed structs. Scores are the scanner's own, weak ones."""

from typing import Any

import msgspec

from threatflux_training.reports.model import Amount, List, Map, Natural, Part


class Vulnerability(Part):
    """A known vulnerability of a dependency, from the scanner's small list."""

    cve_id: str | None = None
    severity: str | None = None
    description: str | None = None
    affected_versions: List[str] = msgspec.field(default_factory=list)
    fixed_in: str | None = None
    cvss_score: Amount | None = None
    published_date: str | None = None


class Requirement(Part):
    """What a package asks for, under the name of the dependency."""

    version_spec: str | None = None
    is_pinned: bool | None = None
    is_git: bool | None = None
    is_url: bool | None = None
    is_local: bool | None = None
    deprecated: bool | None = None
    vulnerabilities: List[Vulnerability] = msgspec.field(default_factory=list)


class PackageDependencies(Part):
    """Dependencies by section and name; a section the other ecosystem has is empty."""

    dependencies: Map[str, Requirement] = msgspec.field(default_factory=dict)
    dev_dependencies: Map[str, Requirement] = msgspec.field(default_factory=dict)
    peer_dependencies: Map[str, Requirement] = msgspec.field(default_factory=dict)
    optional_dependencies: Map[str, Requirement] = msgspec.field(default_factory=dict)
    install_requires: Map[str, Requirement] = msgspec.field(default_factory=dict)
    setup_requires: Map[str, Requirement] = msgspec.field(default_factory=dict)
    tests_require: Map[str, Requirement] = msgspec.field(default_factory=dict)
    extras_require: Map[str, Any] = msgspec.field(default_factory=dict)
    dependency_count: Natural | None = None


class Repository(Part):
    """Where the source is said to be."""

    repo_type: str | None = None
    url: str | None = None


class PackageInfo(Part):
    """What the package says about itself. `author` is a text (Python) or an object with name, email, url (npm)."""

    name: str | None = None
    version: str | None = None
    description: str | None = None
    main: str | None = None
    author: Any = None
    author_email: str | None = None
    license: str | None = None
    homepage: str | None = None
    url: str | None = None
    repository: Repository | None = None
    keywords: List[str] = msgspec.field(default_factory=list)
    classifiers: List[str] = msgspec.field(default_factory=list)
    engines: Map[str, str] = msgspec.field(default_factory=dict)
    os: List[str] = msgspec.field(default_factory=list)
    python_requires: str | None = None
    package_format: str | None = None
    private: bool | None = None


class SuspiciousScript(Part):
    """An npm script the scanner lists, harmless ones too."""

    script_name: str | None = None
    script_content: str | None = None
    risk_indicators: List[str] = msgspec.field(default_factory=list)
    external_commands: List[str] = msgspec.field(default_factory=list)


class SuspiciousImport(Part):
    """A module that the set-up code names."""

    module_name: str | None = None
    risk_level: str | None = None
    reason: str | None = None
    found_in: str | None = None


class NetworkAccess(Part):
    """An address in a script."""

    url: str | None = None
    protocol: str | None = None
    found_in: str | None = None
    is_suspicious: bool | None = None


class ProcessExecution(Part):
    """A command that is run."""

    command: str | None = None
    is_suspicious: bool | None = None
    risk_level: str | None = None


class PackageSecurity(Part):
    """What runs at installation, and the scanner's substring findings."""

    has_preinstall_script: bool | None = None
    has_install_script: bool | None = None
    has_postinstall_script: bool | None = None
    has_setup_script: bool | None = None
    has_post_install: bool | None = None
    suspicious_scripts: List[SuspiciousScript] = msgspec.field(default_factory=list)
    suspicious_imports: List[SuspiciousImport] = msgspec.field(default_factory=list)
    network_access_patterns: List[NetworkAccess] = msgspec.field(default_factory=list)
    process_execution: List[ProcessExecution] = msgspec.field(default_factory=list)
    obfuscation_detected: bool | None = None
    crypto_mining_indicators: bool | None = None
    data_exfiltration_risk: bool | None = None
    supply_chain_risk_score: Amount | None = None


class SimilarPackage(Part):
    """A well-known name that resembles the package's."""

    name: str | None = None
    similarity_score: Amount | None = None


class Typosquatting(Part):
    """Comparison of the name with well-known ones."""

    is_potential_typosquatting: bool | None = None
    similar_packages: List[SimilarPackage] = msgspec.field(default_factory=list)
    suspicious_name_patterns: List[str] = msgspec.field(default_factory=list)


class MaliciousPattern(Part):
    """A pattern of the scanner that matched."""

    pattern_type: str | None = None
    description: str | None = None
    evidence: Any = None
    found_in: Any = None
    severity: str | None = None


class MaliciousIndicators(Part):
    """The scanner's verdict and what it rests on; `overall_risk_score` runs from 0 to 100."""

    typosquatting_risk: Typosquatting | None = None
    dependency_confusion_risk: bool | None = None
    known_malicious_patterns: List[MaliciousPattern] = msgspec.field(default_factory=list)
    overall_risk_score: Amount | None = None
    risk_level: str | None = None


class PackageFile(Part):
    """A file of the package; `size` in bytes. Its entropy and scores are never filled."""

    file_path: str | None = None
    file_type: str | None = None
    size: Natural | None = None


class DangerousCommand(Part):
    """A script whose text matched a rule."""

    script_name: str | None = None
    command: str | None = None
    risk_reason: str | None = None


class ScriptsAnalysis(Part):
    """npm: scripts by name."""

    script_hooks: Map[str, str] = msgspec.field(default_factory=dict)
    custom_scripts: Map[str, str] = msgspec.field(default_factory=dict)
    dangerous_commands: List[DangerousCommand] = msgspec.field(default_factory=list)
    external_downloads: List[str] = msgspec.field(default_factory=list)
    shell_injection_risk: bool | None = None


class DangerousOperation(Part):
    """A name in the set-up code that matched a rule."""

    operation: str | None = None
    location: str | None = None
    risk_reason: str | None = None


class SetupAnalysis(Part):
    """Python: the set-up code."""

    setup_type: str | None = None
    setup_commands: List[Any] = msgspec.field(default_factory=list)
    dangerous_operations: List[DangerousOperation] = msgspec.field(default_factory=list)
    external_downloads: List[str] = msgspec.field(default_factory=list)


class Maintainer(Part):
    """A person the package names."""

    name: str | None = None
    email: str | None = None


class MaintainerAnalysis(Part):
    """Who maintains it; the trust score is constant."""

    maintainers: List[Maintainer] = msgspec.field(default_factory=list)
    trust_score: Amount | None = None


class PackageQuality(Part):
    """What the package contains beside code."""

    has_readme: bool | None = None
    has_changelog: bool | None = None
    has_tests: bool | None = None
    has_ci_config: bool | None = None
    has_type_hints: bool | None = None
    documentation_score: Amount | None = None
    overall_quality_score: Amount | None = None


class PackageReport(Part):
    """A report about an npm (`scripts_analysis`) or Python (`setup_analysis`) package."""

    package_info: PackageInfo | None = None
    dependencies: PackageDependencies | None = None
    security_analysis: PackageSecurity | None = None
    malicious_indicators: MaliciousIndicators | None = None
    files_analysis: List[PackageFile] = msgspec.field(default_factory=list)
    scripts_analysis: ScriptsAnalysis | None = None
    setup_analysis: SetupAnalysis | None = None
    maintainer_analysis: MaintainerAnalysis | None = None
    quality_metrics: PackageQuality | None = None
