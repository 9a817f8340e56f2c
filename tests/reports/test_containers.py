"""The same documents in every container give the same files."""

import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import pytest
import yaml
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reports import samples
from threatflux_training.errors import ReportError
from threatflux_training.records import Rejected
from threatflux_training.reports.containers import is_listed, read_text
from threatflux_training.reports.document import Document
from threatflux_training.reports.file import ScannedFile
from threatflux_training.reports.identity import group_documents
from threatflux_training.reports.index import index_source
from threatflux_training.reports.load import load_file, load_files
from threatflux_training.reports.report import FEATURES

Documents = list[dict[str, Any]]


def _lines(documents: Documents) -> bytes:
    return b"\n".join(json.dumps(document).encode() for document in documents)


def _pretty(documents: Documents) -> bytes:
    return b"\n".join(
        json.dumps(document, indent=2, ensure_ascii=False).encode("utf-8", "surrogatepass") for document in documents
    )


CONTAINERS: dict[str, Callable[[Documents], bytes]] = {
    "lines": _lines,
    "windows lines": lambda documents: _lines(documents).replace(b"\n", b"\r\n") + b"\r\n",
    "pretty": _pretty,
    "side by side": lambda documents: b"".join(json.dumps(document).encode() for document in documents),
    "array": lambda documents: json.dumps(documents).encode(),
    "pretty array": lambda documents: b"\xef\xbb\xbf" + json.dumps(documents, indent=1).encode(),
    "utf-16": lambda documents: _lines(documents).decode().encode("utf-16"),
    "gzip": lambda documents: gzip.compress(_lines(documents)),
    "gzip members": lambda documents: b"".join(gzip.compress(_lines([one]) + b"\n") for one in documents),
    "zstd": lambda documents: zstandard.compress(_pretty(documents)),
    "replies": lambda documents: _lines([samples.reply(json.dumps(document, indent=2)) for document in documents]),
    "json-rpc": lambda documents: _lines([samples.rpc(json.dumps(document)) for document in documents]),
    "several in a reply": lambda documents: json.dumps(samples.reply(_lines(documents).decode())).encode(),
    "texts": lambda documents: json.dumps([json.dumps(document) for document in documents]).encode(),
}
CACHES: dict[str, Callable[[Documents], bytes]] = {
    "cache": lambda documents: json.dumps([samples.entry(one, file_path="") for one in documents], indent=2).encode(),
    "listing": lambda documents: json.dumps(
        {"entries": [samples.entry(one, file_path="") for one in documents], "count": 2}
    ).encode(),
    "search": lambda documents: json.dumps(
        {"results": [samples.entry(one, file_path="") for one in documents], "count": 2}
    ).encode(),
}


def files_of(data: bytes) -> tuple[list[ScannedFile], list[Rejected]]:
    """What a source with these bytes gives, through an opener that is no local file."""

    def opened(source: str) -> BinaryIO:
        return io.BytesIO(data)

    return load_files(["memory"], opened)


def content(file: ScannedFile) -> dict[str, Any]:
    """Everything that a file's documents say."""
    return {"key": file.key, "paths": file.paths, **{feature: getattr(file, feature) for feature in FEATURES}}


texts = st.text(st.characters(codec=None, exclude_categories=()), max_size=20)
features: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "strings": st.one_of(st.none(), st.lists(texts, max_size=5)),
        "entropy": st.one_of(st.none(), st.just(samples.FEATURES["entropy"])),
        "symbols": st.none(),
        "disassembly": st.none(),
        "signatures": st.builds(dict, signer=texts, status=st.none()),
    },
)
documents_strategy = st.lists(
    st.builds(lambda path, changes: samples.analysis("/" + path, **changes), texts, features), min_size=1, max_size=3
)


@settings(max_examples=25, deadline=None)
@given(documents_strategy)
def test_every_container_gives_the_same_content(documents: Documents) -> None:
    expected = [content(file) for file in files_of(_lines(documents))[0]]
    assert [len(expected), expected[0]["key"]] == [1, samples.SHA256]
    for name, pack in {**CONTAINERS, **CACHES}.items():
        files, rejected = files_of(pack(documents))
        assert (name, rejected, [content(file) for file in files]) == (name, [], expected)


@pytest.mark.parametrize("name", [*CONTAINERS, *CACHES])
def test_a_locator_finds_its_document_again(name: str) -> None:
    documents = [samples.analysis(f"/opt/{number}", strings=[str(number)] * number) for number in range(1, 4)]
    data = {**CONTAINERS, **CACHES}[name](documents)
    found = [entry for entry in index_source("x", lambda _: io.BytesIO(data)) if isinstance(entry, Document)]
    assert [document.paths for document in found] == [("/opt/1",), ("/opt/2",), ("/opt/3",)]
    assert [document.position for document in found] == [0, 1, 2]
    for number, document in enumerate(found, 1):
        strings = load_file(document.sha256, [document], lambda _: io.BytesIO(data)).strings
        assert strings is not None and strings.ascii == [str(number)] * number


def test_a_container_is_read_once_per_file() -> None:
    data = gzip.compress(_lines([samples.analysis(f"/opt/{number}") for number in range(5)]))
    opened: list[str] = []

    def open_source(source: str) -> BinaryIO:
        opened.append(source)
        return io.BytesIO(data)

    documents = [entry for entry in index_source("x", open_source) if isinstance(entry, Document)]
    [(key, group)] = group_documents(documents).items()
    assert load_file(key, group, open_source).paths == [f"/opt/{number}" for number in range(5)]
    assert opened == ["x", "x"]


def test_yaml_of_the_command_line() -> None:
    document = samples.cli(file_name="0755", owner_uid=7)
    text = yaml.safe_dump(document, sort_keys=False)
    for data in (text, f"---\n{text}---\n{text}", text + text):
        files, rejected = files_of(data.encode())
        assert rejected == []
        [expected] = files_of(json.dumps(document).encode())[0]
        assert [content(file) for file in files] == [content(expected)]


def test_yaml_scalars_keep_their_type() -> None:
    text = (
        "file_path: /x\nfile_name: 2025-06-16\nfile_size: 12\npermissions: '755'\nmodified: 2025-06-16T18:02:11Z\n"
        "is_executable: true\nmime_type: yes\nowner_uid: 0\ncreated: ~\nsymbol_analysis:\n  functions: []\n"
        "  extra: [!Jump {target: .nan}, !Call 12, !Return , !List [1e3]]\n"
        f"hashes:\n  sha256: {samples.SHA256}\n  md5: 012e4567\n"
    )
    [file], rejected = files_of(text.encode())
    assert rejected == []
    assert file.metadata is not None
    assert (file.metadata.file_name, file.metadata.modified) == ("2025-06-16", "2025-06-16T18:02:11Z")
    assert (file.metadata.file_size, file.metadata.created, file.metadata.mime_type) == (12, None, "yes")
    assert file.plain("symbols")["extra"] == [
        {"Jump": {"target": None}},
        {"Call": 12},
        {"Return": None},
        {"List": [1000.0]},
    ]


def test_a_mapped_file(tmp_path: Path) -> None:
    path = tmp_path / "big.json"
    document = samples.analysis(strings=["x" * 2_000_000])
    path.write_text(json.dumps(document, indent=1))
    [file], rejected = load_files([str(tmp_path)])
    assert rejected == []
    assert file.strings is not None and len(file.strings.ascii[0]) == 2_000_000


def test_an_opener_that_decompresses_itself(tmp_path: Path) -> None:
    path = tmp_path / "big.json.gz"
    path.write_bytes(gzip.compress(json.dumps(samples.analysis(strings=[f"{n}" for n in range(300_000)])).encode(), 0))
    [file], rejected = load_files([str(path)], gzip.open)  # type: ignore[arg-type]
    assert rejected == []
    assert file.strings is not None and len(file.strings.ascii) == 300_000


def test_what_a_compressed_source_can_suffer() -> None:
    packed = gzip.compress(b"x" * 1000)
    damaged = bytearray(packed)
    damaged[-6] ^= 1
    assert read_text("x", lambda _: io.BytesIO(packed[:-5])).cut
    checked = bytearray(zstandard.ZstdCompressor(write_checksum=True).compress(b"x" * 1000))
    checked[-1] ^= 1
    for data, words in ((bytes(damaged), "damaged"), (bytes(checked), "damaged"), (b"BZh91AY&SY", "bzip2")):
        with pytest.raises(ReportError, match=words) as caught:
            read_text("x", lambda _, data=data: io.BytesIO(data))  # type: ignore[misc]
        assert caught.value.reason == "unreadable_source"
    with pytest.raises(ReportError, match="FileNotFoundError"):
        read_text("/no/such/file")


def test_a_cut_stream_keeps_its_whole_documents() -> None:
    lines = _lines([samples.analysis("/a"), samples.analysis("/b")])
    packed = zstandard.ZstdCompressor(level=1).compress(lines)
    halves = gzip.compress(lines[: lines.index(b"\n") + 50]) + packed[:0]
    files, rejected = files_of(halves)
    assert ([file.paths for file in files], [one.reason for one in rejected]) == ([["/a"]], ["cut_document"])
    files, rejected = files_of(gzip.compress(_lines([samples.analysis("/a")]))[:-8])
    assert ([file.paths for file in files], [one.reason for one in rejected]) == ([["/a"]], ["cut_document"])


def test_listed_suffixes() -> None:
    assert [is_listed(name) for name in ("a.JSON", "a.jsonl.gz", "a.yml", "a.zst", "a.txt", "json")] == [True] * 4 + [
        False
    ] * 2
