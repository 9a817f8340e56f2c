"""Avro: the row as a nested record, for exchange."""

from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO

import fastavro
import msgspec

from threatflux_training.records import Metadata

SUFFIXES: Mapping[str, str] = {"gzip": ".avro", "zstd": ".avro", "none": ".avro"}
_CODECS = {"gzip": "deflate", "zstd": "zstandard", "none": "null"}
_TYPES: dict[object, str] = {str: "string", int: "long", float: "double", bool: "boolean"}
_SYNC = b"threatflux rows "


def schema() -> dict[str, Any]:
    """The Avro schema of a row."""
    message = {
        "type": "record",
        "name": "Message",
        "fields": [{"name": n, "type": "string"} for n in ("role", "content")],
    }
    fields = [{"name": field.name, "type": _TYPES[field.type]} for field in msgspec.structs.fields(Metadata)]
    metadata = {"type": "record", "name": "Metadata", "fields": fields}
    return {
        "type": "record", "name": "Example", "namespace": "threatflux",
        "fields": [{"name": "messages", "type": {"type": "array", "items": message}}, {"name": "metadata", "type": metadata}],
    }  # fmt: skip


def encode(rows: Iterable[bytes], out: BinaryIO, compression: str) -> None:
    """Write the rows (canonical JSON); the same rows give the same bytes."""
    records = map(msgspec.json.decode, rows)
    fastavro.writer(out, fastavro.parse_schema(schema()), records, codec=_CODECS[compression], sync_marker=_SYNC)
