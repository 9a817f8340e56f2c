"""What can be asked about a file without its report: subjects, the sentences that answer, the option that gives the fact.

Sentences are ids of `catalogue/data/knowledge/recall_*.toml`; the first one answers.
"""

from typing import NamedTuple


class Topic(NamedTuple):
    """A subject as the question names it, the sentences on it, and the options that give the evidence."""

    subject: str
    sentences: tuple[str, ...]
    options: tuple[str, ...]
    tags: str
    kinds: tuple[str, ...] = ()
    bound: str = ""
    """What kind of result it is, where that decides how it is to be read for one file: matched (words), place,
    flag; of a format: mark, which stands at no offset of its own."""


_BEHAVIOR, _ENTROPY, _FINDINGS = ("behavioral", "strings"), ("entropy",), ("vulnerabilities", "disassembly")
_BINARY = ("elf", "pe")


def _numbered(stem: str, count: int) -> tuple[str, ...]:
    return tuple(f"{stem}_{number}" for number in range(1, count + 1))


RULES: tuple[Topic, ...] = (
    Topic("`CommandAndControl`", _numbered("rule_c2", 3), _BEHAVIOR, "network rule weakness", bound="matched"),
    Topic("`DataExfiltration`", _numbered("rule_exfil", 3), ("behavioral", "symbols"), "network rule weakness", _BINARY, bound="matched"),
    Topic("`TorUsage`", _numbered("rule_tor", 3), _BEHAVIOR, "network rule weakness", bound="matched"),
    Topic("`AntiDebug`", _numbered("rule_antidebug", 3), ("behavioral", "symbols"), "malware rule weakness", _BINARY, bound="matched"),
    Topic("`AntiVM`", _numbered("rule_antivm", 3), _BEHAVIOR, "malware rule weakness", bound="matched"),
    Topic("`AntiSandbox`", _numbered("rule_sandbox", 2), _BEHAVIOR, "malware rule weakness", bound="matched"),
    Topic("`Obfuscation`", _numbered("rule_obfuscation", 3), ("behavioral", "disassembly"), "code rule weakness", ("elf",)),
    Topic("a persistence entry", _numbered("rule_persistence", 3), _BEHAVIOR, "malware rule weakness", bound="matched"),
    Topic("`FileEncryption`", _numbered("rule_fileenc", 3), _BEHAVIOR, "crypto rule weakness", bound="matched"),
    Topic("`DataTheft`", _numbered("rule_datatheft", 2), _BEHAVIOR, "malware rule weakness", bound="matched"),
    Topic("a high evasion score", _numbered("rule_evasion", 2), ("behavioral",), "score rule weakness"),
    Topic("`BOF001`", _numbered("rule_bof", 3), _FINDINGS, "memory_safety rule weakness", ("elf",), bound="place"),
    Topic("`FMT001`", _numbered("rule_fmt", 3), _FINDINGS, "memory_safety rule weakness", ("elf",), bound="place"),
    Topic("`UAF001`", _numbered("rule_uaf", 3), _FINDINGS, "memory_safety rule weakness", ("elf",), bound="place"),
    Topic("`REC001`", _numbered("rule_rec", 2), ("vulnerabilities", "control_flow"), "code rule weakness", ("elf",), bound="place"),
    Topic("`DIV001`", _numbered("rule_div", 2), _FINDINGS, "code rule weakness", ("elf",), bound="place"),
    Topic("`crypto_operations`", _numbered("rule_threatcrypto", 2), ("threats", "strings"), "crypto rule weakness", bound="matched"),
    Topic("`network_communication`", _numbered("rule_threatnet", 2), ("threats", "strings"), "network rule weakness", bound="matched"),
    Topic("`suspicious_api_calls`", _numbered("rule_threatapi", 2), ("threats", "symbols"), "malware rule weakness", ("pe",), bound="matched"),
    Topic("the threat level `Clean`", _numbered("rule_clean", 3), ("threats",), "rule weakness decision"),
    Topic("`likely_packed`", _numbered("rule_packed", 3), ("entropy", "binary_info"), "entropy rule weakness", bound="flag"),
    Topic("`likely_encrypted`", _numbered("rule_encrypted", 3), ("entropy", "hex_dump"), "entropy crypto rule", bound="flag"),
    Topic("`is_signed` false", _numbered("rule_signed", 2), ("signatures", "hashes"), "provenance rule weakness"),
    Topic("a version in the dependency list", _numbered("rule_depversion", 2), ("dependencies", "binary_info"), "package rule", _BINARY),
    Topic("a license in the dependency list", _numbered("rule_license", 2), ("dependencies", "strings"), "license rule", _BINARY),
    Topic("the code health `Excellent`", _numbered("rule_health", 2), ("code_quality", "symbols"), "score rule weakness", ("elf",)),
    Topic("a string in the category `IP Address`", _numbered("rule_ip", 2), ("strings",), "network rule weakness", bound="matched"),
)  # fmt: skip
"""Labels of the scanner: what is behind them."""
SCALES: tuple[Topic, ...] = (
    Topic("`overall_risk_score`", _numbered("scale_risk", 2), ("vulnerabilities",), "score", ("elf",)),
    Topic("`security_score`", _numbered("scale_security", 2), ("dependencies",), "score package", _BINARY),
    Topic("`evasion_score`", _numbered("scale_evasion", 2), ("behavioral",), "score"),
    Topic("`overall_entropy`", _numbered("scale_entropy", 2), _ENTROPY, "entropy score"),
    Topic("`random_data_percentage`", _numbered("scale_random", 2), _ENTROPY, "entropy score"),
    Topic("`obfuscation_score`", _numbered("scale_obfuscation", 2), _ENTROPY, "entropy score"),
    Topic("`compression_ratio_estimate`", _numbered("scale_ratio", 2), _ENTROPY, "entropy score"),
    Topic("`confidence`", _numbered("scale_confidence", 2), ("vulnerabilities", "threats"), "score rule"),
    Topic("`severity`", _numbered("scale_severity", 2), ("vulnerabilities",), "score rule", ("elf",)),
    Topic("`maintainability_index`", _numbered("scale_maintainability", 2), ("code_quality",), "score code", ("elf",)),
    Topic("`cyclomatic_complexity`", _numbered("scale_cyclomatic", 2), ("control_flow",), "score code", ("elf",)),
    Topic("`delivered_bugs`", _numbered("scale_halstead", 2), ("code_quality",), "score code", ("elf",)),
    Topic("`overall_quality_score`", _numbered("scale_quality", 2), ("code_quality", "symbols"), "score code", ("elf",)),
)  # fmt: skip
"""Figures of the scanner: range, direction, what they are made of."""
FORMATS: tuple[Topic, ...] = (
    Topic("the entry point", _numbered("elf_entry", 2), ("hex_dump", "binary_info"), "address structure", ("elf",)),
    Topic("the file type", _numbered("elf_type", 2), ("hex_dump",), "structure type", ("elf",)),
    Topic("the word size", _numbered("elf_class", 2), ("hex_dump",), "structure hardware", ("elf",)),
    Topic("the byte order", _numbered("elf_order", 2), ("hex_dump",), "structure hardware", ("elf",)),
    Topic("the target machine", _numbered("elf_machine", 2), ("hex_dump", "binary_info"), "hardware structure", ("elf",)),
    Topic("the section table", _numbered("elf_sections", 3), ("hex_dump", "binary_info"), "structure", ("elf",)),
    Topic("the program headers", _numbered("elf_segments", 2), ("hex_dump",), "structure kernel", ("elf",)),
    Topic("the mark of a stripped file", _numbered("elf_stripped", 2), ("binary_info", "symbols"), "structure build", ("elf",), bound="mark"),
    Topic("the mark of position independence", _numbered("elf_pie", 2), ("hex_dump", "binary_info"), "structure mitigation", ("elf",), bound="mark"),
    Topic("the program loader", _numbered("elf_interp", 2), ("binary_info", "strings"), "structure kernel", ("elf",)),
    Topic("the PE signature", _numbered("pe_start", 2), ("hex_dump",), "structure", ("pe",)),
    Topic("the target machine", _numbered("pe_machine", 2), ("hex_dump", "binary_info"), "hardware structure", ("pe",)),
    Topic("the build time", _numbered("pe_time", 2), ("hex_dump",), "time structure", ("pe",)),
    Topic("an RVA", _numbered("pe_rva", 2), ("binary_info", "disassembly"), "address structure", ("pe",), bound="mark"),
    Topic("the interpreter", _numbered("script_shebang", 3), ("strings", "hex_dump"), "type process", ("script",)),
    Topic("the list of entries", _numbered("zip", 2), ("hex_dump",), "structure storage", ("java",)),
    Topic("the Java version", _numbered("class", 2), ("hex_dump",), "structure build", ("class",)),
)  # fmt: skip
"""Where a format keeps something."""
FACTS: tuple[Topic, ...] = (
    Topic("the SHA-256", ("fact_hash", "fact_hash_2"), ("hashes",), "hash identity"),
    Topic("the exact size", ("fact_size", "fact_size_2"), ("metadata",), "size identity"),
    Topic("the date of the last change", ("fact_time", "fact_time_2"), ("metadata",), "time"),
    Topic("the file mode", ("fact_mode", "octal_2"), ("metadata",), "permission"),
    Topic("the entry point", ("fact_entry", "fact_entry_2"), ("binary_info",), "address structure", _BINARY),
    Topic("the list of imported functions", ("fact_imports", "fact_imports_2"), ("symbols", "binary_info"), "imports", _BINARY),
    Topic("the list of hard-coded hosts", ("fact_network", "fact_strings_2"), ("strings", "symbols"), "network"),
    Topic("the list of strings", ("fact_strings", "fact_strings_2"), ("strings",), "strings"),
    Topic("the section layout", ("fact_sections", "elf_sections_3"), ("binary_info", "entropy"), "structure", ("elf",)),
    Topic("the entropy", ("fact_entropy", "fact_entropy_2"), ("entropy",), "entropy"),
    Topic("the signer", ("fact_signature", "rule_signed_2"), ("signatures",), "provenance"),
    Topic("the compiler version", ("fact_compiler", "section_comment"), ("binary_info", "strings"), "build", _BINARY),
    Topic("the first row of bytes", ("fact_bytes", "option_hexdump"), ("hex_dump",), "data"),
    Topic("the main function's address", ("fact_functions", "elf_stripped_1"), ("symbols", "disassembly"), "code", _BINARY),
    Topic("the stored password", ("fact_secrets", "option_secrets", "option_secrets_look"), ("strings",), "strings decision"),
    Topic("the version", ("fact_version", "fact_strings"), ("strings",), "package identity"),
)  # fmt: skip
"""What only the file or its report can tell."""
GOALS: tuple[Topic, ...] = (
    Topic("find out whether it is packed", ("option_packed", "option_cost", "option_default"), ("entropy", "binary_info", "hex_dump"), "entropy method", _BINARY),
    Topic("know whether it can use the network", ("option_network", "option_minlength", "option_default"), ("symbols", "strings", "binary_info"), "network method", _BINARY),
    Topic("tell where it comes from", ("option_origin", "option_null", "check_vendor_repo"), ("hashes", "metadata", "signatures"), "provenance method"),
    Topic("look for weak spots in its code", ("option_flaws", "option_cost", "option_null"), ("vulnerabilities", "disassembly", "symbols"), "memory_safety method", ("elf",)),
    Topic("check it for left-over credentials", ("option_secrets", "option_secrets_look", "option_minlength"), ("strings",), "strings method"),
    Topic("follow one of its functions", ("option_function", "option_cost", "option_hexdump"), ("disassembly", "symbols", "hex_dump"), "code method", _BINARY),
    Topic("read its header myself", ("option_hexdump", "option_default", "option_null"), ("hex_dump",), "structure method"),
)  # fmt: skip
"""What somebody wants to find out, and the options of `analyze_file` for it."""
