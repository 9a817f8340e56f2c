"""The manifest of a dataset, as far as a reader relies on it."""

import json
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

_Digest = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
_Count = Annotated[int, msgspec.Meta(ge=0)]


class _Shard(msgspec.Struct):
    path: Annotated[str, msgspec.Meta(pattern=r"^data/[^/\x00]+$")]
    split: str
    sha256: _Digest
    bytes: _Count
    rows: _Count
    tokens: _Count


class _Options(msgspec.Struct):
    tokenizer: Literal["o200k_base", "cl100k_base"]
    max_tokens: _Count
    token_margin: _Count


class _Counts(msgspec.Struct):
    documents: _Count
    used: _Count
    merged: _Count
    rejected: _Count
    examples: _Count


class _Split(msgspec.Struct):
    examples: _Count
    tokens: _Count


class _Manifest(msgspec.Struct):
    digest: _Digest
    shards: list[_Shard]
    options: _Options
    counts: _Counts
    splits: dict[str, _Split]


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest as it stands. Raises OSError or ValueError, which says what is wrong, where there is none."""
    try:
        found = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        msgspec.convert(found, _Manifest)
    except msgspec.ValidationError as error:
        raise ValueError(f"manifest.json is no manifest of a dataset: {error}") from error
    except RecursionError as error:
        raise ValueError("manifest.json is nested too deep") from error
    manifest: dict[str, Any] = found
    return manifest
