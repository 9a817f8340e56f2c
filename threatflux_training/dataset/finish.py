"""The last step: manifest, statistics, card, groups, rejected inputs, and COMPLETED."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from typing import Any

import msgspec

from threatflux_training.dataset.records import Selection, ShardInfo
from threatflux_training.dataset.storage import Storage, join, remove_parts, write
from threatflux_training.records import Metadata, Rejected

FORMAT_VERSION = 1
_LISTED = 100
"""Clusters over the cap that are named."""
_TYPES: dict[object, str] = {str: "string", int: "int64", float: "float64", bool: "bool"}


class Totals(msgspec.Struct, kw_only=True, frozen=True):
    """What was read: documents by outcome, names of ignored inputs."""

    used: int
    merged: int
    ignored: int
    rejected: tuple[Rejected, ...]


def digest(shards: Iterable[ShardInfo]) -> str:
    """sha256 over the sorted sha256 of all rows: independent of order and sharding."""
    rows = sorted(one.digests[n : n + 32] for one in shards for n in range(0, len(one.digests), 32))
    return hashlib.sha256(b"".join(rows)).hexdigest()


def manifest(
    *,
    name: str,
    options: Mapping[str, Any],
    versions: Mapping[str, str],
    runner: Mapping[str, Any],
    fingerprint: str,
    totals: Totals,
    selection: Selection,
    shards: Sequence[ShardInfo],
) -> dict[str, Any]:
    """The manifest, as docs/format.md describes it."""
    splits: dict[str, dict[str, int]] = {}
    for shard in shards:
        split = splits.setdefault(shard.split, {"examples": 0, "files": selection.files[shard.split], "tokens": 0})
        split["examples"] += shard.rows
        split["tokens"] += shard.tokens
    return {
        "format_version": FORMAT_VERSION,
        "name": name,
        "digest": digest(shards),
        "fingerprint": fingerprint,
        "options": dict(options),
        "versions": dict(versions),
        "runner": dict(runner),
        "counts": {
            "documents": totals.used + totals.merged + len(totals.rejected),
            "used": totals.used,
            "merged": totals.merged,
            "rejected": len(totals.rejected),
            "ignored": totals.ignored,
            "files": sum(selection.files.values()),
            "examples": sum(shard.rows for shard in shards),
            "tokens": sum(shard.tokens for shard in shards),
        },
        "splits": splits,
        "shards": [
            {"path": s.path, "split": s.split, "sha256": s.sha256, "bytes": s.bytes, "rows": s.rows, "tokens": s.tokens}
            for s in shards
        ],
    }


def statistics(
    totals: Totals, selection: Selection, shards: Iterable[ShardInfo], quality: Mapping[str, Any]
) -> dict[str, Any]:
    """Rejected inputs by reason, dropped drafts by reason, clusters that were cut to the cap, rows by style, task, persona, length, negatives; measures."""
    counts: dict[str, Counter[str]] = {}
    for shard in shards:
        for what, values in shard.counts.items():
            counts.setdefault(what, Counter()).update(values)
    return {
        "rejected": dict(sorted(Counter(one.reason for one in totals.rejected).items())),
        "dropped": dict(sorted(selection.dropped.items())),
        "near_duplicates": {
            "clusters": len(selection.capped),
            "listed": [{"id": name, "size": size} for name, size in selection.capped[:_LISTED]],
        },
        "examples": {what: dict(sorted(values.items())) for what, values in sorted(counts.items())},
        "quality": dict(quality),
    }


def card(facts: Mapping[str, Any]) -> str:
    """The dataset card: front matter for loaders, then words from the catalogue's template."""
    template = resources.files("threatflux_training.catalogue").joinpath("data/card.md").read_text("utf-8")
    splits = sorted(facts["splits"])
    files = "\n".join(
        f"      - split: {split}\n        path:\n"
        + "\n".join(f"          - {shard['path']}" for shard in facts["shards"] if shard["split"] == split)
        for split in splits
    )
    features = "\n".join(
        f"          - name: {field.name}\n            dtype: {_TYPES[field.type]}"
        for field in msgspec.structs.fields(Metadata)
    )
    counts = facts["counts"]
    table = "\n".join(
        f"| {split} | {part['examples']:,} | {part['files']:,} | {part['tokens']:,} |"
        for split, part in sorted(facts["splits"].items())
    )
    return template.format(
        name=facts["name"], data_files=files, metadata_features=features, splits=table, examples=f"{counts['examples']:,}",
        files=f"{counts['files']:,}", documents=f"{counts['documents']:,}", digest=facts["digest"],
        max_tokens=facts["options"]["max_tokens"], encoding=facts["options"]["tokenizer"],
    )  # fmt: skip


def finish(
    folder: str, facts: Mapping[str, Any], numbers: Mapping[str, Any], rejected: Sequence[Rejected], storage: Storage
) -> None:
    """Write everything beside the shards; COMPLETED goes first and comes last; shards of an earlier state go."""
    storage.remove(join(folder, "COMPLETED"))
    listed = {join(folder, shard["path"]) for shard in facts["shards"]}
    for found in storage.walk(join(folder, "data")):
        if found.path not in listed:
            storage.remove(found.path)
    for found in storage.walk(join(folder, "rejected")):
        storage.remove(found.path)
    remove_parts(storage, folder)
    if rejected:
        lines = b"".join(msgspec.json.encode(one) + b"\n" for one in rejected)
        write(storage, join(folder, "rejected", "rejected.jsonl"), lines)
    if facts["shards"] and facts["options"]["output_format"] == "jsonl":
        write(storage, join(folder, "README.md"), card(facts).encode())
    write(storage, join(folder, "stats.json"), _json(numbers))
    write(storage, join(folder, "manifest.json"), _json(facts))
    write(storage, join(folder, "COMPLETED"), facts["digest"].encode() + b"\n")


def _json(value: object) -> bytes:
    return json.dumps(value, indent=2, ensure_ascii=False).encode() + b"\n"
