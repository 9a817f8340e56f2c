"""Every unusable input has its reason; nothing crashes; good neighbours are kept."""

import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reports import samples
from threatflux_training.errors import REASONS
from threatflux_training.records import Rejected
from threatflux_training.reports.document import Document, Ignored
from threatflux_training.reports.index import Indexed, index_source

WHOLE = json.dumps(samples.analysis())
NOTHING: dict[str, Any] = dict.fromkeys(samples.FEATURES)
NO_HASH: dict[str, Any] = {**NOTHING, "strings": ["x"]}


def indexed(data: bytes | str) -> list[Indexed]:
    """What a source with these bytes holds."""
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    return list(index_source("memory", lambda _: io.BytesIO(raw)))


@pytest.mark.parametrize(
    ("data", "reason", "words"),
    [
        ("", "empty_document", "white space"),
        ("\n", "empty_document", "white space"),
        ("[]", "empty_document", "empty list"),
        (json.dumps(samples.rpc("")), "empty_document", "text is empty"),
        ("null", "null_document", "null"),
        ("null\n", "null_document", "null"),
        (json.dumps(samples.rpc("null")), "null_document", "null"),
        ('{"jsonrpc":"2.0","id":1,"result":null}', "null_document", "$.result"),
        (json.dumps([samples.entry(None)]), "null_document", "result is null"),
        (WHOLE[:-100], "cut_document", "ends in the middle"),
        (WHOLE[:-1], "cut_document", "ends in the middle"),
        ('{"file_path":"/x","strings":["\\u', "cut_document", "ends in the middle"),
        (json.dumps(samples.rpc(WHOLE[:500])), "cut_document", "ends in the middle"),
        ('{"file_path": x}', "invalid_document", "invalid character"),
        ("<!doctype html><h1>502</h1>", "invalid_document", "HTML"),
        ("hello", "invalid_document", "neither JSON nor YAML"),
        ("file_path: [1\nfile_name: x\n", "invalid_document", "YAML"),
        ("file_path: &a x\nfile_name: *a\npermissions: '1'\n", "invalid_document", "references"),
        ('{"file_path":"/x","metadata":' + "[" * 6000 + "]" * 6000 + "}", "too_deep", "byte 0"),
        ("Error: Is a directory (os error 21)\n", "tool_error", "Is a directory"),
        ('"Error: x"', "tool_error", "Error: x"),
        (json.dumps(samples.rpc("Error: Unknown tool: foo")), "tool_error", "Unknown tool"),
        (json.dumps(samples.reply("Error: File does not exist: /x")), "tool_error", "does not exist"),
        ('{"jsonrpc":"2.0","id":9,"error":{"code":-32602,"message":"Invalid","data":null}}', "rpc_error", "-32602"),
        ('{"hello": [1]}', "not_a_report", "hello"),
        ("{}", "not_a_report", "none"),
        ("[1, 2]", "not_a_report", "1"),
        ("7", "not_a_report", "7"),
        ('{"content":[]}', "not_a_report", "no text"),
        ('{"jsonrpc":"2.0","id":1,"result":{"tools":[]}}', "not_a_report", "tools"),
        (json.dumps(samples.analysis(**NOTHING)), "no_features", "every feature"),
        (json.dumps(samples.analysis(**NO_HASH)), "no_identity", "sha256"),
        (json.dumps({**samples.LLM, "md5": None}), "no_identity", "md5"),
        (
            json.dumps(samples.analysis(**{**NOTHING, "hashes": 5, "strings": "x"})),
            "wrong_type",
            "$.hashes",
        ),
    ],
)
def test_reason(data: str, reason: str, words: str) -> None:
    entry = indexed(data)[0]
    assert isinstance(entry, Rejected)
    assert (entry.reason, entry.source, entry.position) == (reason, "memory", 0)
    assert words in entry.detail
    assert entry.reason in REASONS


def test_a_bad_line_costs_only_itself() -> None:
    bad = (WHOLE[:40], "Error: x", "null", "{]", '{"a": 1}', "[" * 3)
    for line in bad:
        found = indexed(f"{WHOLE}\n{line}\n{WHOLE}\n")
        kinds = [type(entry).__name__ for entry in found]
        assert (line, kinds.count("Document")) == (line, 2)
        assert "Rejected" in kinds or line == "[[["


def test_a_cut_list_keeps_its_whole_documents() -> None:
    for cut in (f"[{WHOLE},", f"[{WHOLE}", f"[{WHOLE}, {WHOLE[:70]}"):
        first, second = indexed(cut)
        assert isinstance(first, Document) and isinstance(second, Rejected)
        assert (second.reason, second.position) == ("cut_document", 1)


def test_pretty_documents_around_a_broken_one() -> None:
    pretty = json.dumps(samples.analysis(), indent=2)
    found = indexed(f"{pretty}\n{pretty[:300]}\n{pretty}")
    assert [type(entry).__name__ for entry in found] == ["Document", "Rejected", "Document"]
    assert [entry.position for entry in found] == [0, 1, 2]


def test_what_the_strict_decoder_refuses_is_read() -> None:
    odd: list[Any] = [
        WHOLE.replace('"echo hello | wc"', '"\\ud800"'),
        WHOLE.replace("0.1}", "NaN}"),
        WHOLE.replace("0.1}", "-Infinity}"),
        "\ufeff" + WHOLE,
        WHOLE.replace("echo", "\ud800"),
        WHOLE.encode().replace(b"echo", b"\xff"),
        json.dumps({"extra": {"deep": [1]}, **samples.analysis()}),
        json.dumps(samples.analysis(metadata={**samples.METADATA, "file_size": 2**64 - 1})),
    ]
    for data in odd:
        [entry] = indexed(data)
        assert isinstance(entry, Document), entry
        [first, second] = indexed(data + (b"\n" if isinstance(data, bytes) else "\n") + data)
        assert isinstance(first, Document) and isinstance(second, Document)


def test_ignored() -> None:
    for document in (
        {"total_entries": 1, "cache_size_bytes": 2},
        samples.entry({"matches": []}, tool_name="yara_scan_file"),
        {"total_files_scanned": 1, "matches": []},
    ):
        [entry] = indexed(json.dumps(document))
        assert isinstance(entry, Ignored)


def test_index_record() -> None:
    [entry] = indexed(WHOLE)
    assert isinstance(entry, Document)
    assert (entry.dialect, entry.sha256, entry.md5, entry.kind) == ("analysis", samples.SHA256, samples.MD5, "elf")
    assert (entry.paths, entry.name, entry.canonical) == (("/opt/demo/hello",), "hello", "")
    assert entry.features == tuple(samples.FEATURES)
    assert 0.8 * len(WHOLE) < entry.bytes <= len(WHOLE)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_damage_crashes(data: st.DataObject) -> None:
    """Cutting, overwriting and repeating bytes anywhere gives documents or reasons."""
    raw = bytearray(
        data.draw(
            st.sampled_from([WHOLE, json.dumps([samples.entry(samples.analysis())]), json.dumps(samples.rpc(WHOLE))])
        ).encode()
    )
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(raw) - 1))
        raw[place : place + data.draw(st.integers(0, 3))] = data.draw(
            st.sampled_from([b"", b'"', b"{", b"}", b"[", b"]", b"\n", b"\\", b",", b"\xff", b"null", b"NaN"])
        )
    found = indexed(bytes(raw))
    assert found
    assert all(entry.reason in REASONS for entry in found if isinstance(entry, Rejected))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    assert indexed(data)
