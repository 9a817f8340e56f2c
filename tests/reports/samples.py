"""Small hand-made documents, complete in their shape."""

import copy
import hashlib
from typing import Any

CONTENT = b"#!/bin/sh\necho hello | wc\n"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
MD5 = hashlib.md5(CONTENT).hexdigest()
HASHES = {"md5": MD5, "sha256": SHA256, "sha512": hashlib.sha512(CONTENT).hexdigest(), "blake3": "0" * 64}

METADATA: dict[str, Any] = {
    "file_path": "/opt/demo/hello",
    "file_name": "hello",
    "file_size": len(CONTENT),
    "created": None,
    "modified": "2025-06-16T18:02:11Z",
    "accessed": "2025-06-16T20:48:09.676274113Z",
    "permissions": "755",
    "is_executable": True,
    "mime_type": "application/x-elf",
    "hashes": HASHES,
    "binary_info": None,
    "extracted_strings": None,
    "signature_info": None,
    "hex_dump": None,
    "owner_uid": 0,
    "group_gid": 0,
}


def dump_text(content: bytes, total: int | None = None) -> str:
    """The server's hex dump of the first bytes of a file."""
    total = len(content) if total is None else total
    head = f"Hex dump (offset: 0x00000000, length: {len(content)} bytes, total file size: {total} bytes)\n{'-' * 80}\n"
    lines = []
    for start in range(0, len(content), 16):
        part = content[start : start + 16]
        ascii_part = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in part)
        lines.append(f"{start:08x}  {part.hex(' '):47}  |{ascii_part}|\n")
    return head + "".join(lines) + ("... (truncated)\n" if len(content) < total else "")


def dump_object(content: bytes) -> dict[str, Any]:
    """The command line's hex dump."""
    lines = [
        {
            "offset": start,
            "hex_bytes": f"{content[start : start + 16].hex(' '):47}",
            "ascii_repr": "",
            "raw_bytes": list(content[start : start + 16]),
        }
        for start in range(0, len(content), 16)
    ]
    return {
        "offset": 0,
        "length": len(content),
        "bytes_per_line": 16,
        "total_bytes": len(content),
        "lines": lines,
    }


INSTRUCTION = {
    "address": 4464,
    "bytes": [195],
    "mnemonic": "ret",
    "operands": "",
    "instruction_type": "Control",
    "flow_control": "Return",
    "size": 1,
}
JAVA: dict[str, Any] = {
    "archive_type": "Jar",
    "manifest": {"main_class": "Ledger", "class_path": [], "custom_attributes": {"Manifest-Version": "1.0"}},
    "android_manifest": None,
    "certificates": [],
    "classes": [{"name": "Unknown"}],
    "resources": [{"path": "Ledger.class", "size": 9, "is_compressed": True, "compression_method": "x", "crc32": 7}],
    "permissions": [],
    "security_analysis": {},
    "metadata": {
        "total_entries": 2,
        "total_size": 99,
        "compressed_size": 50,
        "compression_ratio": 0.5,
        "entry_count_by_type": {"class": 1},
        "largest_entries": [["Ledger.class", 9]],
        "creation_time": None,
        "modification_time": None,
    },
}
FEATURES: dict[str, Any] = {
    "metadata": METADATA,
    "hashes": HASHES,
    "strings": ["#!/bin/sh", "echo hello | wc", "\0\0", "x\x01"],
    "hex_dump": dump_text(CONTENT),
    "binary_info": {
        "format": "ELF",
        "architecture": "x86_64",
        "compiler": "GCC/GNU",
        "linker": None,
        "sections": [
            {"name": "", "size": 0, "virtual_address": 0, "characteristics": "0"},
            {"name": ".text", "size": 1, "virtual_address": 18446744071578845184, "characteristics": "6"},
        ],
        "imports": ["libc.so.6"],
        "exports": ["free"],
        "entry_point": 4464,
        "is_stripped": False,
        "has_debug_info": False,
        "java_analysis": None,
    },
    "signatures": {"status": "success", "is_signed": False, "verification_status": "No signature found"},
    "symbols": {
        "functions": [{"name": "main", "address": 4464, "size": 1, "function_type": "Local", "is_entry_point": True}],
        "global_variables": [{"name": "x", "address": 1, "size": 4, "var_type": "Global", "section": None}],
        "cross_references": [],
        "imports": [{"name": "free", "library": None, "address": None, "ordinal": None, "is_delayed": False}],
        "exports": [],
        "symbol_count": {"total_functions": 1},
    },
    "control_flow": {
        "cfgs": [
            {
                "function_address": 4464,
                "function_name": "main",
                "basic_blocks": [
                    {
                        "id": 0,
                        "start_address": 4464,
                        "end_address": 4465,
                        "instructions": [INSTRUCTION],
                        "block_type": "Return",
                        "instruction_count": 1,
                    }
                ],
                "edges": [{"from_block": 0, "to_block": 0, "edge_type": "Jump"}],
                "entry_block": 0,
                "exit_blocks": [0],
                "loops": [],
                "complexity": {"cyclomatic_complexity": 1, "nesting_depth": 4294967293, "edge_count": 1},
            }
        ],
        "overall_metrics": {"total_functions": 1, "analyzed_functions": 1, "average_complexity": 1.0},
        "analysis_stats": {"errors": []},
    },
    "vulnerabilities": {
        "vulnerabilities": [
            {
                "rule_id": "UAF001",
                "severity": "Critical",
                "locations": [{"function_name": "Imports", "function_address": 0, "instruction_address": 0}],
                "confidence": 0.800000011920929,
                "cve_references": ["CVE-2021-22555"],
            }
        ],
        "risk_assessment": {"overall_risk_score": 9.0, "risk_level": "Critical", "recommendations": ["x"]},
        "detection_stats": {"functions_analyzed": 1},
    },
    "code_quality": {
        "function_metrics": [{"function_name": "main", "function_address": 4464, "halstead_metrics": {"volume": 1.5}}],
        "overall_metrics": {"total_code_volume": -0.0},
        "quality_report": {"overall_quality_score": 100.0, "quality_issues": [{"issue_type": "LongFunction"}]},
        "analysis_stats": {"functions_analyzed": 1},
    },
    "dependencies": {
        "dependencies": [{"name": "c", "path": "libc.so.6", "source": "StringReference"}],
        "security_assessment": {"security_score": 100.0},
        "analysis_stats": {"total_dependencies_found": 1},
    },
    "entropy": {
        "overall_entropy": 3.5,
        "sections": [{"name": ".text", "offset": 0, "size": 1, "entropy": 0.5, "is_suspicious": False}],
        "packed_indicators": {"likely_packed": False, "packer_signatures": []},
        "encryption_indicators": {
            "high_entropy_regions": [{"offset": 0, "size": 1, "entropy": 7.9, "description": "x"}],
            "random_data_percentage": 0.1,
        },
        "obfuscation_score": 1.0,
    },
    "disassembly": {
        "architecture": "x86_64",
        "instructions": [INSTRUCTION],
        "analysis": {
            "total_instructions": 1,
            "instruction_types": {"ret": 1},
            "system_calls": [{"address": 1}],
            "crypto_operations": [{"address": 1, "operation_type": "AESOperation", "algorithm_hint": "aesenc"}],
            "suspicious_patterns": [{"pattern_type": "NopSled", "addresses": [1]}],
            "control_flow_summary": {"returns": 1},
        },
        "functions": [],
        "output_formats": {"assembly": "ret"},
    },
    "threats": {
        "matches": [{"rule_identifier": "network_communication", "tags": ["network"], "metadata": {"a": "b"}}],
        "threat_level": "Clean",
        "indicators": [{"indicator_type": "NetworkIndicator", "confidence": 0.8}],
        "scan_stats": {"rules_evaluated": 10},
        "recommendations": ["x"],
    },
    "behavioral": {
        "anti_analysis": [{"technique_type": "Obfuscation", "indicators": ["x"]}],
        "persistence": [{"mechanism_type": "RegistryKeys", "target_locations": ["x"]}],
        "network_behavior": [{"pattern_type": "CommandAndControl", "indicators": ["x"], "ports": [80]}],
        "file_operations": [{"operation_type": "FileCopying", "targets": ["x"]}],
        "registry_operations": [{"operation_type": "KeyCreation", "keys": ["x"]}],
        "process_operations": [{"operation_type": "ThreadCreation", "techniques": ["x"]}],
        "evasion_score": 14.0,
        "suspicious_behaviors": [{"behavior_type": "Backdoor"}],
        "recommendations": ["x"],
    },
    "yara_indicators": {
        "sha256": SHA256,
        "md5": MD5,
        "file_size": len(CONTENT),
        "magic_bytes": "23 21",
        "entropy": 3.5,
        "unique_strings": ["x"],
        "imports": ["libc.so.6"],
        "sections": [""],
        "is_packed": False,
    },
}
CLI_KEYS = {"strings": "extracted_strings", "signatures": "signature_info"}
LLM = {"md5": MD5, "file_size": 26, "key_strings": ["echo hello"], "hex_patterns": [], "imports": [], "opcodes": []}
NPM = {
    "package_info": {"name": "fsevents", "version": "2.3.3", "author": {"name": "x"}, "engines": None},
    "dependencies": {"dependencies": {}, "dev_dependencies": {"node-gyp": {"version_spec": "^9"}}},
    "security_analysis": {"suspicious_scripts": [{"script_name": "test"}]},
    "malicious_indicators": {"typosquatting_risk": {"similar_packages": []}},
    "files_analysis": [{"file_path": "package/LICENSE", "size": 1133}],
    "scripts_analysis": {"script_hooks": {"test": "x"}},
    "maintainer_analysis": {"maintainers": []},
    "quality_metrics": {"has_readme": True},
}
PYTHON = {
    "package_info": {"name": "requestss", "version": "0.1", "author": "x", "package_format": "Wheel"},
    "dependencies": {"install_requires": {"pyyaml": {"vulnerabilities": [{"cve_id": "CVE-2020-14343"}]}}},
    "files_analysis": [],
    "setup_analysis": {"dangerous_operations": [{"operation": "os.system"}]},
}


def analysis(path: str = "/opt/demo/hello", **features: Any) -> dict[str, Any]:
    """The server's analysis object with all features, some of them replaced."""
    chosen: dict[str, Any] = {**copy.deepcopy(FEATURES), **features}
    if isinstance(chosen["metadata"], dict) and "metadata" not in features:
        chosen["metadata"] = {**chosen["metadata"], "file_path": path, "file_name": path.rpartition("/")[2]}
    return {"file_path": path, **chosen}


def cli(**changes: Any) -> dict[str, Any]:
    """The command line's object, P1."""
    return {
        **copy.deepcopy(METADATA),
        "extracted_strings": {
            "total_count": 2,
            "unique_count": 2,
            "ascii_strings": ["#!/bin/sh", "echo hello | wc"],
            "unicode_strings": [],
            "interesting_strings": [{"category": "File Path", "value": "#!/bin/sh", "offset": 0}],
        },
        "signature_info": {"is_signed": False, "verification_status": "No signature found"},
        "hex_dump": dump_object(CONTENT),
        "binary_info": copy.deepcopy(FEATURES["binary_info"]),
        **changes,
    }


def cli_new(**changes: Any) -> dict[str, Any]:
    """The command line's object, P2."""
    renamed = {
        "symbols": "symbol_analysis",
        "control_flow": "control_flow_analysis",
        "vulnerabilities": "vulnerability_analysis",
        "code_quality": "code_quality_analysis",
        "dependencies": "dependency_analysis",
        "entropy": "entropy_analysis",
        "disassembly": "disassembly",
        "threats": "threat_analysis",
        "behavioral": "behavioral_analysis",
        "yara_indicators": "yara_indicators",
    }
    features = {key: copy.deepcopy(FEATURES[feature]) for feature, key in renamed.items()}
    return {**cli(), "size": len(CONTENT), **features, **changes}


def entry(result: Any, **changes: Any) -> dict[str, Any]:
    """A cache entry."""
    return {
        "file_path": "/opt/demo/hello",
        "file_hash": SHA256,
        "tool_name": "analyze_file",
        "tool_args": {"file_path": "/opt/demo/hello", "all": True},
        "result": result,
        "timestamp": "2025-06-16T20:48:09Z",
        "file_size": len(CONTENT),
        "execution_time_ms": 12,
        **changes,
    }


def reply(text: str) -> dict[str, Any]:
    """A tool-call reply with this text."""
    return {"content": [{"type": "text", "text": text}]}


def rpc(text: str) -> dict[str, Any]:
    """A whole JSON-RPC reply with this text."""
    return {"jsonrpc": "2.0", "id": 1, "result": reply(text)}
