"""Compressed sources are inflated once; what is special about them stays with the source."""

import gzip
import json
from pathlib import Path

import msgspec
import pytest
import zstandard

from threatflux_training.dataset.spool import LEAST, Spool
from threatflux_training.dataset.storage import LocalStorage
from threatflux_training.reports.document import Document, Locator
from threatflux_training.reports.index import index_source

EXAMPLES = Path(__file__).parents[2] / "examples" / "reports"
TEXT = b'{"a": 1}\n' * 40_000


def _spool(folder: Path) -> Spool:
    return Spool(LocalStorage(), str(folder / "spool"))


def _filled(folder: Path, data: bytes, size: int = LEAST) -> bytes:
    source = folder / "source"
    source.write_bytes(data)
    spool = _spool(folder)
    spool.fill(str(source), size)
    with spool.open(str(source)) as file:
        return file.read()


def test_gzip_members_and_zstandard_are_inflated(tmp_path: Path) -> None:
    assert _filled(tmp_path, gzip.compress(TEXT[:900]) + gzip.compress(TEXT[900:])) == TEXT
    assert _filled(tmp_path, zstandard.ZstdCompressor().compress(TEXT)) == TEXT


def test_others_are_read_as_they_are(tmp_path: Path) -> None:
    twice = gzip.compress(gzip.compress(TEXT))
    cut = gzip.compress(TEXT)[:-9]
    wide = gzip.compress("{}".encode("utf-16"))
    for data in (TEXT, twice, cut, wide):
        assert _filled(tmp_path, data) == data


def test_an_older_text_is_replaced(tmp_path: Path) -> None:
    assert _filled(tmp_path, gzip.compress(TEXT)) == TEXT
    assert _filled(tmp_path, b"plain") == b"plain"


def _reply(text: str, **more: object) -> bytes:
    return json.dumps({"content": [{"type": "text", "text": text}], **more}).encode()


def test_the_text_of_a_big_reply_is_unescaped_as_a_stream(tmp_path: Path) -> None:
    rows = [{'é"\\\n': number, "\U0001f600": ["\u2028", "\\u0041"], "a": "x" * 90} for number in range(60_000)]
    text = json.dumps(rows, indent=1)
    for data in (_reply(text), _reply(json.dumps(rows, ensure_ascii=False))):
        read = _filled(tmp_path, data, len(data))
        assert not read.startswith(b'{"content"')
        assert json.loads(read) == rows
    called = json.dumps({"jsonrpc": "2.0", "id": 1, "result": json.loads(_reply(text))}, indent=2).encode()
    for data in (called, gzip.compress(called)):
        assert json.loads(_filled(tmp_path, data, len(called))) == rows


def test_replies_that_hold_something_else_stay_as_they_are(tmp_path: Path) -> None:
    long = json.dumps(["x" * 90] * 100_000)
    pair = json.dumps({"content": [{"type": "text", "text": long}, {"type": "text", "text": "{}"}]}).encode()
    failed = _reply("Error: " + long)
    wrong = _reply(long)[:-2] + b"]]"
    refused = json.dumps({"jsonrpc": "2.0", "error": {"code": 1}, "result": json.loads(_reply(long))}).encode()
    solid = _reply(json.dumps("x" * (20 << 20)))
    lone = _reply('["\ud800", ' + long[1:])
    for data in (pair, failed, wrong, refused, solid, lone, long.encode()):
        assert _filled(tmp_path, data, len(data)) == data


def test_a_reply_gives_the_same_documents_from_its_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("threatflux_training.dataset.spool.BIG", 0)
    texts = [gzip.decompress(one.read_bytes()).decode() for one in sorted(EXAMPLES.glob("*.json.gz"))]
    for text in (*texts, "\n".join(json.dumps(json.loads(one)) for one in texts)):
        source = str(tmp_path / "reply.json")
        Path(source).write_bytes(_reply(text))
        spool = _spool(tmp_path)
        spool.fill(source, Path(source).stat().st_size)
        with spool.open(source) as file:
            assert file.read() == text.encode()
        kept = {"locator": Locator(source, 0, 0)}
        direct, spooled = (
            [msgspec.structs.replace(one, **kept) if isinstance(one, Document) else one for one in found]
            for found in (index_source(source), index_source(source, spool.open))
        )
        assert direct == spooled and any(isinstance(one, Document) for one in direct)
