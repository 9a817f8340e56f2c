"""Scanned files: merging, states, origins, malformed features, names."""

import io
import json
from itertools import permutations
from typing import Any

import pytest

from tests.reports import samples
from threatflux_training.errors import ReportError
from threatflux_training.reports.document import Document
from threatflux_training.reports.file import ScannedFile
from threatflux_training.reports.identity import file_name, group_documents, last_component
from threatflux_training.reports.index import index_source
from threatflux_training.reports.load import load_file, load_files
from threatflux_training.reports.report import FEATURES, SCANNED
from threatflux_training.reports.shingles import shingles


def load(*documents: Any) -> list[ScannedFile]:
    """The files of some documents, each in a source of its own."""
    sources = {str(number): json.dumps(document).encode() for number, document in enumerate(documents)}
    files, rejected = load_files(sources, lambda source: io.BytesIO(sources[source]))
    assert rejected == []
    return files


def only(*documents: Any) -> ScannedFile:
    """The one file of some documents."""
    [file] = load(*documents)
    return file


def test_every_feature_of_an_analysis() -> None:
    file = only(samples.analysis())
    assert [file.state(feature) for feature in SCANNED] == ["present"] * len(SCANNED)
    assert [file.origin(feature) for feature in SCANNED] == [("analysis", f"$.{feature}") for feature in SCANNED]
    assert [file.state(feature) for feature in ("llm", "package", "java")] == ["absent"] * 3
    assert (file.key, file.sha256, file.md5, file.malformed) == (samples.SHA256, samples.SHA256, samples.MD5, [])
    assert (file.name, file.path, file.paths, file.kind) == ("hello", "/opt/demo/hello", ["/opt/demo/hello"], "elf")
    assert file.binary_info and file.binary_info.sections[1].virtual_address == 18446744071578845184


def test_the_other_shapes_of_strings_and_dump() -> None:
    server, line = only(samples.analysis()), only(samples.cli())
    assert server.strings and line.strings and server.hex_dump and line.hex_dump
    assert server.strings.ascii == line.strings.ascii == ["#!/bin/sh", "echo hello | wc"]
    assert (server.strings.list_path, line.strings.list_path) == ("", ".ascii_strings")
    assert (line.strings.total_count, line.strings.interesting[0].offset, server.strings.total_count) == (2, 0, None)
    assert server.hex_dump == line.hex_dump
    assert (line.hex_dump.data, line.hex_dump.truncated, line.hex_dump.whole) == (samples.CONTENT, False, True)
    assert line.origin("strings").at(".ascii_strings[1]") == "cli:$.extracted_strings.ascii_strings[1]"
    assert (line.origin("metadata"), line.origin("signatures")) == (("cli", "$"), ("cli", "$.signature_info"))


def test_dumps() -> None:
    for dump, expected in (
        (samples.dump_text(b"|" * 17, 99), (0, b"|" * 17, 99, True)),
        (samples.dump_text(b""), (0, b"", 0, False)),
        ("Hex dump (offset: 0x10, length: 1 bytes, total file size: 17 bytes)\n--\n", None),
        ("no dump", None),
    ):
        file = only(samples.analysis(hex_dump=dump))
        found = file.hex_dump
        assert (found and (found.offset, found.data, found.total, found.truncated)) == expected
        assert bool(file.malformed) == (expected is None)


def test_the_ascii_half_and_its_cap() -> None:
    file = only(samples.analysis(strings=["x"] * 1000 + ["\0", "wide"]))
    assert file.strings and (len(file.strings.ascii), file.strings.complete) == (1000, False)
    file = only(samples.analysis(strings=["x"] * 999 + ["\x7f"]))
    assert file.strings and (len(file.strings.ascii), file.strings.complete) == (999, True)


def test_precedence_of_dialects() -> None:
    documents = [
        samples.LLM,
        samples.entry(samples.analysis(entropy={**samples.FEATURES["entropy"], "overall_entropy": 3.0})),
        samples.cli(),
        samples.cli_new(),
        samples.analysis(entropy=None, strings=None),
    ]
    for order in permutations(documents):
        file = only(*order)
        assert file.dialects == ("analysis", "cache", "cli", "cli_new", "llm")
        origins = [file.origin(feature) for feature in ("symbols", "entropy", "strings", "llm")]
        assert origins == [
            ("analysis", "$.symbols"),
            ("cli_new", "$.entropy_analysis"),
            ("cli_new", "$.extracted_strings"),
            ("llm", "$"),
        ]


def test_the_fuller_one_then_the_smaller_hash() -> None:
    short, long = samples.analysis("/b", strings=["x"]), samples.analysis("/a", strings=["x", "y"])
    assert only(short, long).strings == only(long, short).strings
    assert only(short, long).plain("strings") == ["x", "y"]
    one, other = samples.analysis(strings=["x"]), samples.analysis(strings=["y"])
    assert only(one, other).plain("strings") == only(other, one).plain("strings")
    assert only(one, other).paths == ["/opt/demo/hello"]


def test_a_malformed_feature_leaves_the_others() -> None:
    broken = {**samples.FEATURES["binary_info"], "sections": [{"name": 7, "size": 1, "virtual_address": 2}]}
    file = only(samples.analysis(binary_info=broken, entropy=[], threats={"matches": "x"}))
    assert (file.binary_info, file.state("binary_info"), file.state("entropy")) == (None, "absent", "absent")
    assert file.malformed == [
        ("binary_info", "analysis: expected a text, got int at $.binary_info.sections[0].name"),
        ("entropy", "analysis: expected an object, got array at $.entropy"),
        ("threats", "analysis: expected a list or null, got str at $.threats.matches"),
    ]
    merged = only(samples.analysis(binary_info=broken), samples.cli())
    assert merged.origin("binary_info") == ("cli", "$.binary_info")
    with pytest.raises(KeyError):
        file.origin("entropy")


def test_states_of_a_cache_entry() -> None:
    args = {"file_path": "/x", "metadata": True, "yara_indicators": True, "hex_dump": True, "strings": False}
    result = samples.analysis(symbols=None, strings=None, hex_dump=None, hashes=None)
    file = only(samples.entry(result, tool_args=args))
    assert (file.state("symbols"), file.state("strings"), file.state("hex_dump")) == ("not_requested",) * 2 + (
        "absent",
    )
    assert file.origin("hashes") == ("cache", "$.result.metadata.hashes")
    assert file.origin("entropy").at(".overall_entropy") == "cache:$.result.entropy.overall_entropy"
    assert file.args == [args]
    unexplained = only(samples.entry(result, tool_args=args), samples.analysis("/y", symbols=None))
    assert unexplained.state("symbols") == "absent"
    assert only(samples.entry(result)).state("symbols") == "absent"


@pytest.mark.parametrize(
    ("kind", "changes", "expected"),
    [
        ("script", {"metadata": {"mime_type": "text/x-shellscript"}, "binary_info": None}, "+++++++"),
        ("data", {"metadata": {"mime_type": "application/octet-stream"}, "binary_info": None}, "+++++++"),
        (
            "data",
            {"metadata": {"mime_type": "application/octet-stream"}, "binary_info": None, "hex_dump": None},
            "-------",
        ),
        ("pe", {"binary_info": {"format": "PE", "sections": []}}, "?---+++"),
        (
            "elf",
            {"binary_info": {"format": "ELF", "sections": [{"name": ".text", "size": 1, "virtual_address": 1}]}},
            "?------",
        ),
        (
            "elf",
            {"binary_info": {"format": "ELF", "sections": [{"name": ".data", "size": 1, "virtual_address": 1}]}},
            "?--++++",
        ),
        ("class", {"binary_info": {"format": "Java Class"}}, "?--++++"),
        ("java", {"binary_info": {"format": "JAR"}}, "?++++++"),
        ("elf", {"binary_info": {"format": "ELF", "architecture": "MIPS", "sections": []}}, "?--+---"),
    ],
)
def test_not_applicable(kind: str, changes: dict[str, Any], expected: str) -> None:
    """+ for not applicable, - for absent: binary_info, symbols, dependencies, disassembly, and the three of ELF code."""
    order = ("binary_info", "symbols", "dependencies", "disassembly", "control_flow", "vulnerabilities", "code_quality")
    file = only(samples.analysis(**{**dict.fromkeys(order), **changes}))
    marks = {"not_applicable": "+", "absent": "-", "present": "?"}
    assert (file.kind, "".join(marks[file.state(feature)] for feature in order)) == (kind, expected)


def test_empty_features() -> None:
    empty: dict[str, Any] = {
        "strings": ["\0\0"],
        "hex_dump": samples.dump_text(b""),
        "symbols": {"functions": []},
        "control_flow": {"cfgs": []},
        "vulnerabilities": {"vulnerabilities": []},
        "code_quality": {"function_metrics": None},
        "dependencies": {},
        "entropy": {},
        "disassembly": {"instructions": []},
        "threats": {"matches": []},
        "behavioral": {"evasion_score": 0.0},
    }
    file = only(samples.analysis(**empty))
    assert {file.state(feature) for feature in empty} == {"empty"}


def test_packages_and_their_keys() -> None:
    npm, shuffled = samples.NPM, dict(reversed(samples.NPM.items()))
    assert only(npm).key == only(shuffled).key == only(npm, shuffled).key != only(samples.PYTHON).key
    file = only(npm)
    assert (file.name, file.path, file.paths, file.kind, file.dialects) == (
        "fsevents",
        "fsevents",
        [],
        "package",
        ("npm",),
    )
    assert file.package and file.package.package_info and file.origin("package") == ("npm", "$")
    assert {file.state(feature) for feature in FEATURES if feature != "package"} == {"not_applicable"}
    java = only(samples.JAVA)
    assert (java.name, java.kind, java.origin("java")) == ("Ledger", "java", ("java", "$"))


def test_md5_joins_a_known_sha256() -> None:
    assert [file.key for file in load(samples.LLM, samples.analysis())] == [samples.SHA256]
    file = only(samples.LLM)
    assert (file.key, file.sha256, file.name) == (f"md5:{samples.MD5}", "", f"file-{samples.MD5[:12]}")


def test_names() -> None:
    assert [last_component(path) for path in ("/a/b", "/a/b/", "C:\\x\\y.exe", "b", "/", "")] == [
        "b",
        "b",
        "y.exe",
        "b",
        "",
        "",
    ]
    assert file_name(["/", "/a/b"], [], "k") == "b"
    assert only(samples.analysis("/z/late"), samples.analysis("/a/early")).name == "early"


def test_changed_sources_are_noticed() -> None:
    sources = {"x": json.dumps(samples.analysis()).encode()}
    documents = [entry for entry in index_source("x", lambda s: io.BytesIO(sources[s])) if isinstance(entry, Document)]
    for changed in (sources["x"].replace(b"wc", b"wd"), b"", b"null"):
        with pytest.raises(ReportError, match="changed since it was indexed"):
            load_file("k", documents, lambda _, data=changed: io.BytesIO(data))  # type: ignore[misc]


def test_groups_do_not_depend_on_arrival() -> None:
    lines = "\n".join(json.dumps(one) for one in (samples.LLM, samples.NPM, samples.cli(), samples.analysis()))
    documents = [e for e in index_source("x", lambda _: io.BytesIO(lines.encode())) if isinstance(e, Document)]
    expected = group_documents(documents)
    assert [len(group) for group in expected.values()] in ([3, 1], [1, 3])
    assert all(group_documents(order) == expected for order in permutations(documents))


def test_shingles() -> None:
    assert set(shingles(only(samples.analysis()))) >= {"#!/bin/sh", "echo hello | wc"}
    assert "echo hello" in shingles(only(samples.LLM))
