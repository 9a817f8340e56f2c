"""Compressed sources are inflated once; what is special about them stays with the source."""

import gzip
from pathlib import Path

import zstandard

from threatflux_training.dataset.spool import LEAST, Spool
from threatflux_training.dataset.storage import LocalStorage

TEXT = b'{"a": 1}\n' * 40_000


def _spool(folder: Path) -> Spool:
    return Spool(LocalStorage(), str(folder / "spool"))


def _filled(folder: Path, data: bytes) -> bytes:
    source = folder / "source"
    source.write_bytes(data)
    spool = _spool(folder)
    spool.fill(str(source), LEAST)
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
