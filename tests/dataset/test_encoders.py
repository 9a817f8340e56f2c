"""Shards are read back by readers that are not ours."""

import gzip
import io
import struct

import fastavro
import google_crc32c
import msgspec
import zstandard

from threatflux_training.dataset.encoders import avro, jsonl, tfrecord
from threatflux_training.records import Example, Message, Metadata


def row(number: int) -> bytes:
    texts = dict.fromkeys(
        [
            "file_name",
            "expertise",
            "task",
            "style",
            "question",
            "negative_kind",
            "pair_id",
            "source_sha256",
            "partner_sha256",
            "group",
            "encoding",
        ],
        "x",
    )
    metadata = Metadata(
        id=f"{number:032x}", importance_score=1.0, tokens=300 + number, answerable=True, chunk_index=0, chunk_count=1,
        quality_score=0.5, evidence="[]", **texts,
    )  # fmt: skip
    return msgspec.json.encode(Example(messages=[Message("user", "é?"), Message("assistant", "a")], metadata=metadata))


ROWS = [row(number) for number in range(5)]


def test_json_lines_in_all_compressions() -> None:
    plain = b"".join(one + b"\n" for one in ROWS)
    read = {
        "gzip": gzip.decompress,
        "zstd": lambda data: zstandard.ZstdDecompressor().stream_reader(data).read(),
        "none": bytes,
    }
    for compression, open_ in read.items():
        out = io.BytesIO()
        jsonl.encode(ROWS, out, compression)
        assert open_(out.getvalue()) == plain


def test_avro_by_fastavro() -> None:
    for compression in ("gzip", "zstd", "none"):
        out = io.BytesIO()
        avro.encode(ROWS, out, compression)
        assert list(fastavro.reader(io.BytesIO(out.getvalue()))) == [msgspec.json.decode(one) for one in ROWS]


def test_tfrecord_frames_and_checksums() -> None:
    out = io.BytesIO()
    tfrecord.encode(ROWS, out, "gzip")
    data, place, seen = gzip.decompress(out.getvalue()), 0, 0
    while place < len(data):
        (length,) = struct.unpack_from("<Q", data, place)
        body = data[place + 12 : place + 12 + length]
        crc = google_crc32c.value(body)
        masked = ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF
        assert struct.unpack_from("<I", data, place + 12 + length)[0] == masked
        assert f"{seen:032x}".encode() in body
        place += 16 + length
        seen += 1
    assert seen == len(ROWS)
