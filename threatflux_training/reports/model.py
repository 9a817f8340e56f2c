"""The scanner's features as typed structs: only the fields that examples use, null-safe by construction.

Names are the scanner's. Where the scanner may write null and a reader wants a list or a map, the field is empty after
decoding, never None: `Part` sees to it. Scalars say `| None` where null may stand; a missing number never becomes 0.
Structs of long lists (instructions, symbols, sections) require their fields: null there makes the feature malformed,
which is reported. Unknown keys are ignored. Addresses and sizes are integers; scores keep the scanner's scale.
"""

from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

if TYPE_CHECKING:
    List = list
    Map = dict
else:

    class List:
        """`List[T]` is a list that may be null in the document and is then empty."""

        def __class_getitem__(cls, item: Any) -> Any:
            return list[item] | None

    class Map:
        """`Map[K, V]` is an object that may be null in the document and is then empty."""

        def __class_getitem__(cls, items: Any) -> Any:
            return dict[items] | None


Natural = Annotated[int, msgspec.Meta(ge=0)]
Amount = Annotated[float, msgspec.Meta(ge=0)]
Bits = Annotated[float, msgspec.Meta(ge=0, le=8.001)]
"""Shannon entropy of bytes, which rounding may lift above 8."""
Timestamp = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$")]
Digest = Annotated[str, msgspec.Meta(pattern="^[0-9a-fA-F]{64}$")]
Permissions = Annotated[str, msgspec.Meta(pattern=r"^(?:[0-7]{1,4}|[r-][w-][x-])$")]
"""Octal digits; on Windows `r--` or `rw-`."""


@cache
def _containers(kind: type) -> tuple[tuple[str, Any], ...]:
    """The fields of a struct that are made empty where the document holds null: name and how to make one."""
    return tuple(
        (field.name, field.default_factory)
        for field in msgspec.structs.fields(kind)
        if field.default_factory is not msgspec.NODEFAULT
    )


class Part(msgspec.Struct, gc=False, kw_only=True):
    """A struct whose null containers are empty ones right after decoding."""

    def __post_init__(self) -> None:
        for name, make in _containers(type(self)):
            if getattr(self, name) is None:
                setattr(self, name, make())


class Hashes(Part):
    """Lower-case hex digests of the scanned content."""

    md5: Annotated[str, msgspec.Meta(pattern="^[0-9a-fA-F]{32}$")] | None = None
    sha256: Digest | None = None
    sha512: Annotated[str, msgspec.Meta(pattern="^[0-9a-fA-F]{128}$")] | None = None
    blake3: Digest | None = None


class FileMetadata(Part):
    """What the file system says; timestamps are RFC 3339 UTC texts."""

    file_path: str | None = None
    file_name: str | None = None
    file_size: Natural | None = None
    created: Timestamp | None = None
    modified: Timestamp | None = None
    accessed: Timestamp | None = None
    permissions: Permissions | None = None
    is_executable: bool | None = None
    mime_type: str | None = None
    owner_uid: Natural | None = None
    group_gid: Natural | None = None


class InterestingString(msgspec.Struct, gc=False):
    """A string of the CLI object with the scanner's (weak) category and its byte offset in the file."""

    category: str
    value: str
    offset: Natural


class ExtractedStrings(Part):
    """The CLI object's strings."""

    total_count: Natural | None = None
    unique_count: Natural | None = None
    ascii_strings: List[str] = msgspec.field(default_factory=list)
    unicode_strings: List[str] = msgspec.field(default_factory=list)
    interesting_strings: List[InterestingString] = msgspec.field(default_factory=list)


class HexLine(msgspec.Struct, gc=False):
    """One line of the CLI object's hex dump."""

    offset: Natural
    hex_bytes: str


class HexDumpObject(Part):
    """The CLI object's hex dump: `length` bytes shown of `total_bytes`."""

    offset: Natural | None = None
    length: Natural | None = None
    total_bytes: Natural | None = None
    lines: List[HexLine] = msgspec.field(default_factory=list)


class Section(msgspec.Struct, gc=False):
    """A section header; `characteristics` are the flags, in hex without 0x (P1)."""

    name: str
    size: Natural
    virtual_address: Natural
    characteristics: str = ""


class JavaManifest(Part):
    """The main section of META-INF/MANIFEST.MF."""

    main_class: str | None = None
    class_path: List[str] = msgspec.field(default_factory=list)
    implementation_title: str | None = None
    implementation_version: str | None = None
    implementation_vendor: str | None = None
    specification_title: str | None = None
    specification_version: str | None = None
    specification_vendor: str | None = None
    built_by: str | None = None
    build_jdk: str | None = None
    created_by: str | None = None
    custom_attributes: Map[str, str] = msgspec.field(default_factory=dict)


class JavaResource(msgspec.Struct, gc=False):
    """An archive entry that is neither a class nor the manifest."""

    path: str
    size: Natural
    is_compressed: bool = False
    compression_method: str = ""
    crc32: Natural = 0


class JavaMetadata(Part):
    """Totals of the archive, in bytes."""

    total_entries: Natural | None = None
    total_size: Natural | None = None
    compressed_size: Natural | None = None
    compression_ratio: Amount | None = None
    entry_count_by_type: Map[str, Natural] = msgspec.field(default_factory=dict)
    largest_entries: List[tuple[str, Natural]] = msgspec.field(default_factory=list)


class JavaAnalysis(Part):
    """An archive or a class file. `classes` holds one stub per .class entry: only their number is a fact."""

    archive_type: str | None = None
    manifest: JavaManifest | None = None
    classes: List[Any] = msgspec.field(default_factory=list)
    resources: List[JavaResource] = msgspec.field(default_factory=list)
    metadata: JavaMetadata | None = None


class BinaryInfo(Part):
    """Headers of an executable format."""

    format: str | None = None
    architecture: str | None = None
    compiler: str | None = None
    linker: str | None = None
    sections: List[Section] = msgspec.field(default_factory=list)
    imports: List[str] = msgspec.field(default_factory=list)
    exports: List[str] = msgspec.field(default_factory=list)
    entry_point: Natural | None = None
    is_stripped: bool | None = None
    has_debug_info: bool | None = None
    java_analysis: JavaAnalysis | None = None


class Signatures(Part):
    """Outcome of the external signature tools."""

    status: str | None = None
    is_signed: bool | None = None
    signature_type: str | None = None
    signer: str | None = None
    timestamp: str | None = None
    verification_status: str | None = None
    error: str | None = None


class Function(msgspec.Struct, gc=False):
    """A function symbol; address 0 and size 0 for imported ones."""

    name: str
    address: Natural
    size: Natural
    function_type: str = ""
    is_entry_point: bool = False
    is_imported: bool = False


class Variable(msgspec.Struct, gc=False):
    """An object symbol."""

    name: str
    address: Natural
    size: Natural


class Import(msgspec.Struct, gc=False):
    """An imported function; `library` is filled for PE."""

    name: str
    library: str | None = None


class Export(msgspec.Struct, gc=False):
    """An exported function (PE, unstripped ELF)."""

    name: str
    address: Natural


class Symbols(Part):
    """Symbol tables."""

    functions: List[Function] = msgspec.field(default_factory=list)
    global_variables: List[Variable] = msgspec.field(default_factory=list)
    imports: List[Import] = msgspec.field(default_factory=list)
    exports: List[Export] = msgspec.field(default_factory=list)
    symbol_count: Map[str, Natural] = msgspec.field(default_factory=dict)


class Edge(msgspec.Struct, gc=False):
    """An edge between basic blocks of one function."""

    from_block: Natural
    to_block: Natural
    edge_type: str


class Block(msgspec.Struct, gc=False):
    """A basic block; `end_address` is exclusive."""

    id: Natural
    start_address: Natural
    end_address: Natural
    instruction_count: Natural
    block_type: str = ""


class Complexity(Part):
    """Figures the scanner computed; nesting and unreachable blocks are unusable and left out."""

    cyclomatic_complexity: Natural | None = None
    cognitive_complexity: Natural | None = None
    basic_block_count: Natural | None = None
    edge_count: Natural | None = None


class Cfg(Part):
    """Control flow of one global function of an unstripped x86-64 ELF."""

    function_address: Natural
    function_name: str
    basic_blocks: List[Block] = msgspec.field(default_factory=list)
    edges: List[Edge] = msgspec.field(default_factory=list)
    exit_blocks: List[Natural] = msgspec.field(default_factory=list)
    complexity: Complexity | None = None


class ControlFlowMetrics(Part):
    """Totals over the analysed functions."""

    total_functions: Natural | None = None
    analyzed_functions: Natural | None = None
    total_basic_blocks: Natural | None = None
    average_complexity: Amount | None = None
    max_complexity: Natural | None = None
    function_with_max_complexity: str | None = None


class ControlFlow(Part):
    """Control flow graphs; empty for a stripped file."""

    cfgs: List[Cfg] = msgspec.field(default_factory=list)
    overall_metrics: ControlFlowMetrics | None = None


class Location(msgspec.Struct, gc=False):
    """Where a rule fired."""

    function_name: str
    function_address: Natural
    instruction_address: Natural
    instruction: str = ""


class Finding(Part):
    """A hit of one of the scanner's vulnerability rules (weak)."""

    rule_id: str | None = None
    rule_name: str | None = None
    severity: str | None = None
    category: str | None = None
    description: str | None = None
    locations: List[Location] = msgspec.field(default_factory=list)
    confidence: Amount | None = None
    context: str | None = None
    cve_references: List[str] = msgspec.field(default_factory=list)
    cwe_references: List[str] = msgspec.field(default_factory=list)
    mitigation: str | None = None


class RiskAssessment(Part):
    """Arithmetic over the findings; the score runs from 0 to 10."""

    overall_risk_score: Amount | None = None
    critical_count: Natural | None = None
    high_count: Natural | None = None
    medium_count: Natural | None = None
    low_count: Natural | None = None
    total_vulnerabilities: Natural | None = None
    risk_level: str | None = None
    recommendations: List[str] = msgspec.field(default_factory=list)


class DetectionStats(Part):
    """What the rules looked at."""

    functions_analyzed: Natural | None = None
    instructions_analyzed: Natural | None = None
    rules_executed: Natural | None = None
    patterns_matched: Natural | None = None


class Vulnerabilities(Part):
    """Hits of the scanner's rules."""

    vulnerabilities: List[Finding] = msgspec.field(default_factory=list)
    risk_assessment: RiskAssessment | None = None
    detection_stats: DetectionStats | None = None


class Halstead(Part):
    """Halstead figures of machine code."""

    distinct_operators: Natural | None = None
    distinct_operands: Natural | None = None
    total_operators: Natural | None = None
    total_operands: Natural | None = None
    volume: Amount | None = None
    difficulty: Amount | None = None
    effort: Amount | None = None


class FunctionMetrics(Part):
    """Figures of one function; `function_length` counts instructions. Debt and nesting wrap below zero: left out."""

    function_name: str
    function_address: Natural
    cyclomatic_complexity: Natural | None = None
    cognitive_complexity: Natural | None = None
    function_length: Natural | None = None
    basic_block_count: Natural | None = None
    return_paths: Natural | None = None
    halstead_metrics: Halstead | None = None
    maintainability_index: Amount | None = None


class QualityMetrics(Part):
    """Totals over the functions."""

    total_functions: Natural | None = None
    total_instructions: Natural | None = None
    average_complexity: Amount | None = None
    average_function_length: Amount | None = None
    most_complex_function: str | None = None
    highest_complexity: Natural | None = None


class QualityIssue(Part):
    """A threshold that a function passed."""

    issue_type: str | None = None
    severity: str | None = None
    function_name: str | None = None
    description: str | None = None
    recommendation: str | None = None


class QualityReport(Part):
    """Scores from 0 to 100, higher is better; vacuous with zero functions."""

    overall_quality_score: Amount | None = None
    complexity_score: Amount | None = None
    maintainability_score: Amount | None = None
    code_health: str | None = None
    quality_issues: List[QualityIssue] = msgspec.field(default_factory=list)


class QualityStats(Part):
    """What was analysed."""

    functions_analyzed: Natural | None = None
    instructions_analyzed: Natural | None = None
    issues_found: Natural | None = None


class CodeQuality(Part):
    """Metrics of machine code."""

    function_metrics: List[FunctionMetrics] = msgspec.field(default_factory=list)
    overall_metrics: QualityMetrics | None = None
    quality_report: QualityReport | None = None
    analysis_stats: QualityStats | None = None


class Dependency(Part):
    """An imported function (`Import`) or a library named in a string (`StringReference`)."""

    name: str | None = None
    version: str | None = None
    path: str | None = None
    source: str | None = None
    is_system_library: bool | None = None


class SecurityAssessment(Part):
    """0 to 100, higher is better; constant in practice."""

    security_score: Amount | None = None
    risk_level: str | None = None
    total_vulnerabilities: Natural | None = None


class DependencyStats(Part):
    """Counts over unique names."""

    total_dependencies_found: Natural | None = None
    licenses_identified: Natural | None = None


class Dependencies(Part):
    """What the scanner calls dependencies."""

    dependencies: List[Dependency] = msgspec.field(default_factory=list)
    security_assessment: SecurityAssessment | None = None
    analysis_stats: DependencyStats | None = None


class EntropySection(msgspec.Struct, gc=False):
    """Entropy (0-8 bits per byte) of one section; `offset` and `size` in the file."""

    name: str
    offset: Natural
    size: Natural
    entropy: Bits
    is_suspicious: bool = False


class PackedIndicators(Part):
    """Weak signs of packing."""

    likely_packed: bool | None = None
    packer_signatures: List[str] = msgspec.field(default_factory=list)
    compression_ratio_estimate: Amount | None = None
    section_anomalies: List[str] = msgspec.field(default_factory=list)


class HighEntropyRegion(msgspec.Struct, gc=False):
    """A section above 7.5 bits per byte."""

    offset: Natural
    size: Natural
    entropy: Bits


class EncryptionIndicators(Part):
    """Weak signs of encryption; `random_data_percentage` is the fraction (0-1) of bytes outside 0x20-0x7e."""

    likely_encrypted: bool | None = None
    high_entropy_regions: List[HighEntropyRegion] = msgspec.field(default_factory=list)
    crypto_constants_found: List[str] = msgspec.field(default_factory=list)
    random_data_percentage: Amount | None = None


class Entropy(Part):
    """Shannon entropy, bits per byte."""

    overall_entropy: Bits | None = None
    sections: List[EntropySection] = msgspec.field(default_factory=list)
    packed_indicators: PackedIndicators | None = None
    encryption_indicators: EncryptionIndicators | None = None
    obfuscation_score: Amount | None = None


class Instruction(msgspec.Struct, gc=False):
    """One decoded instruction, Intel syntax."""

    address: Natural
    mnemonic: str
    operands: str
    size: Natural


class SuspiciousPattern(Part):
    """A disassembly pattern (weak)."""

    pattern_type: str | None = None
    addresses: List[Natural] = msgspec.field(default_factory=list)
    description: str | None = None
    severity: str | None = None


class SystemCall(msgspec.Struct, gc=False):
    """Where a syscall instruction stands."""

    address: Natural


class CryptoOperation(msgspec.Struct, gc=False):
    """An instruction of a cryptographic extension; `algorithm_hint` is its mnemonic."""

    address: Natural
    operation_type: str
    algorithm_hint: str = ""


class DisassemblyAnalysis(Part):
    """Counts over the instructions."""

    total_instructions: Natural | None = None
    instruction_types: Map[str, Natural] = msgspec.field(default_factory=dict)
    system_calls: List[SystemCall] = msgspec.field(default_factory=list)
    crypto_operations: List[CryptoOperation] = msgspec.field(default_factory=list)
    suspicious_patterns: List[SuspiciousPattern] = msgspec.field(default_factory=list)
    control_flow_summary: Map[str, Natural] = msgspec.field(default_factory=dict)


class Disassembly(Part):
    """A linear sweep over `.text`."""

    architecture: str | None = None
    instructions: List[Instruction] = msgspec.field(default_factory=list)
    analysis: DisassemblyAnalysis | None = None


class ThreatMatch(Part):
    """A substring rule that matched."""

    rule_identifier: str | None = None
    tags: List[str] = msgspec.field(default_factory=list)
    metadata: Map[str, str] = msgspec.field(default_factory=dict)


class ThreatIndicator(Part):
    """What a match is filed under."""

    indicator_type: str | None = None
    description: str | None = None
    severity: str | None = None
    confidence: Amount | None = None


class ScanStats(Part):
    """What was scanned."""

    rules_evaluated: Natural | None = None
    patterns_matched: Natural | None = None
    file_size_scanned: Natural | None = None


class Threats(Part):
    """Three substring rules; the level is Clean by construction."""

    matches: List[ThreatMatch] = msgspec.field(default_factory=list)
    threat_level: str | None = None
    indicators: List[ThreatIndicator] = msgspec.field(default_factory=list)
    scan_stats: ScanStats | None = None
    recommendations: List[str] = msgspec.field(default_factory=list)


class Technique(Part):
    """A behaviour label copied from strings or patterns (weak)."""

    technique_type: str | None = None
    indicators: List[str] = msgspec.field(default_factory=list)
    confidence: Amount | None = None
    description: str | None = None


class Persistence(Part):
    """A persistence label (weak)."""

    mechanism_type: str | None = None
    target_locations: List[str] = msgspec.field(default_factory=list)
    severity: str | None = None
    description: str | None = None


class NetworkBehavior(Part):
    """A network label (weak) and the literal indicators behind it."""

    pattern_type: str | None = None
    indicators: List[str] = msgspec.field(default_factory=list)
    protocols: List[str] = msgspec.field(default_factory=list)
    ports: List[Natural] = msgspec.field(default_factory=list)
    suspicious_level: str | None = None


class Operation(Part):
    """A file, registry or process label (weak)."""

    operation_type: str | None = None
    targets: List[str] = msgspec.field(default_factory=list)
    techniques: List[str] = msgspec.field(default_factory=list)
    keys: List[str] = msgspec.field(default_factory=list)
    suspicious: bool | None = None


class SuspiciousBehavior(Part):
    """A combination of labels (weak)."""

    behavior_type: str | None = None
    description: str | None = None
    severity: str | None = None


class Behavioral(Part):
    """Static substring matching; nothing was executed. `evasion_score`: 0 to 100, higher is worse."""

    anti_analysis: List[Technique] = msgspec.field(default_factory=list)
    persistence: List[Persistence] = msgspec.field(default_factory=list)
    network_behavior: List[NetworkBehavior] = msgspec.field(default_factory=list)
    file_operations: List[Operation] = msgspec.field(default_factory=list)
    registry_operations: List[Operation] = msgspec.field(default_factory=list)
    process_operations: List[Operation] = msgspec.field(default_factory=list)
    evasion_score: Amount | None = None
    suspicious_behaviors: List[SuspiciousBehavior] = msgspec.field(default_factory=list)
    recommendations: List[str] = msgspec.field(default_factory=list)


class YaraIndicators(Part):
    """Raw material for a rule."""

    sha256: str | None = None
    md5: str | None = None
    file_size: Natural | None = None
    magic_bytes: str | None = None
    entropy: Bits | None = None
    unique_strings: List[str] = msgspec.field(default_factory=list)
    imports: List[str] = msgspec.field(default_factory=list)
    sections: List[str] = msgspec.field(default_factory=list)
    is_packed: bool | None = None


class LlmReport(Part):
    """The compact object of llm_analyze_file."""

    md5: str | None = None
    file_size: Natural | None = None
    key_strings: List[str] = msgspec.field(default_factory=list)
    hex_patterns: List[str] = msgspec.field(default_factory=list)
    imports: List[str] = msgspec.field(default_factory=list)
    opcodes: List[str] = msgspec.field(default_factory=list)
    entropy: Bits | None = None
    yara_rule_suggestion: str | None = None
