"""The whole check: one dataset against the raw reports it was made of."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from threatflux_training.check.documents import Reports
from threatflux_training.check.faults import Fault
from threatflux_training.check.manifest import read_manifest
from threatflux_training.check.quality import Measured, Quality, compare
from threatflux_training.check.rows import check_form, check_row, fault, plain_answers
from threatflux_training.check.secrets import Guards
from threatflux_training.check.shards import DAMAGED, rows


class Checked(msgspec.Struct, kw_only=True):
    """The outcome: what was found, and over how much. `values` counts traced values; `quality` the measures."""

    faults: list[Fault]
    quality: list[Measured] = []
    rows: int = 0
    values: int = 0
    tokens: int = 0


class _Seen:
    """What the rows of a dataset show together."""

    def __init__(self, guards: Guards | None) -> None:
        self.guards = guards
        self.quality = Quality()
        self.digests: list[bytes] = []
        self.rows: dict[bytes, str] = {}
        self.answers: dict[bytes, str] = {}
        self.splits: dict[str, dict[str, str]] = defaultdict(dict)
        self.pairs: dict[str, list[tuple[bool, str, str]]] = defaultdict(list)
        self.asked: dict[str, set[tuple[str, str]]] = defaultdict(set)
        self.files: set[str] = set()
        self.by_split: dict[str, list[int]] = defaultdict(lambda: [0, 0])

    def add(self, row: Any, split: str, where: str) -> Iterator[Fault]:
        """Take in a row; faults that two rows show together."""
        metadata = row["metadata"]
        canonical = json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        self.digests.append(hashlib.sha256(canonical.encode()).digest())
        self.files.add(metadata["source_sha256"])
        self.by_split[split][0] += 1
        self.by_split[split][1] += metadata["tokens"]
        for kind, seen, text in (
            ("duplicate_row", self.rows, json.dumps(row["messages"])),
            ("duplicate_answer", self.answers, plain_answers(row)),
        ):
            mark = hashlib.sha256(text.encode()).digest()
            if mark in seen:
                yield fault(kind, where, f"the same as {seen[mark]}")
            seen.setdefault(mark, where)
        self.quality.add(row, split)
        self.splits[metadata["group"]].setdefault(split, where)
        if metadata["pair_id"]:
            self.asked[metadata["pair_id"]].add((metadata["question"], metadata["task"]))
            self.pairs[metadata["pair_id"]].append((metadata["answerable"], split, where))
        elif not metadata["answerable"]:
            yield fault("pair", where, "a negative without a pair")

    def together(self) -> Iterator[Fault]:
        """Faults that only the whole shows."""
        for group, found in self.splits.items():
            if len(found) > 1:
                yield fault("leak", next(iter(found.values())), f"group {group} stands in {sorted(found)}")
        for pair, sides in self.pairs.items():
            if sorted(side[0] for side in sides) != [False, True] or len({side[1] for side in sides}) > 1:
                yield fault("pair", sides[0][2], f"pair {pair} has {len(sides)} rows: {sides}")
            elif len(self.asked[pair]) > 1:
                yield fault("pair", sides[0][2], f"pair {pair} asks different questions: {sorted(self.asked[pair])}")


def check_dataset(folder: Path, reports: Reports) -> Checked:
    """Check everything. Raises OSError or ValueError where there is no dataset to check."""
    manifest = read_manifest(folder)
    secrets = manifest["options"].get("secrets", "keep")
    guards = None if secrets == "keep" else Guards(reports, drop=secrets == "drop")
    checked, seen = Checked(faults=list(_completed(folder, manifest))), _Seen(guards)
    for shard in manifest["shards"]:
        checked.faults += _shard(folder, shard, manifest, reports, seen, checked)
    checked.faults += seen.together()
    checked.faults += _whole(folder, manifest, seen)
    checked.quality, differences = compare(folder, seen.quality)
    checked.faults += differences
    return checked


def _completed(folder: Path, manifest: Any) -> Iterator[Fault]:
    mark = folder / "COMPLETED"
    if not mark.exists() or mark.read_text().strip() != manifest["digest"]:
        yield fault("dataset", "COMPLETED", "missing, or it names another digest")
    listed = {shard["path"] for shard in manifest["shards"]}
    found = {f"data/{path.name}" for path in (folder / "data").iterdir()} if (folder / "data").exists() else set()
    if found - listed:
        yield fault("dataset", "data", f"files that the manifest does not name: {sorted(found - listed)}")


def _shard(folder: Path, shard: Any, manifest: Any, reports: Reports, seen: _Seen, checked: Checked) -> Iterator[Fault]:
    path = folder / shard["path"]
    if not path.exists():
        yield fault("shard", shard["path"], "is missing")
        return
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != shard["sha256"] or len(data) != shard["bytes"]:
        yield fault("shard", shard["path"], "its bytes are not those that the manifest describes")
    if not path.name.startswith(f"{shard['split']}-"):
        yield fault("shard", shard["path"], f"is not named after its split {shard['split']}")
    count = tokens = 0
    try:
        for count, row in enumerate(rows(path), 1):
            where = f"{shard['path']}:{count}"
            faults = _row(row, manifest, reports, seen.guards)
            yield from (fault(kind, where, what) for kind, what in faults)
            if not check_form(row):
                tokens += row["metadata"]["tokens"]
                checked.values += row["metadata"]["evidence"].count('"op"')
                yield from seen.add(row, shard["split"], where)
    except DAMAGED as error:
        yield fault("shard", f"{shard['path']}:{count + 1}", f"cannot be read: {error}")
    checked.rows += count
    checked.tokens += tokens
    if (count, tokens) != (shard["rows"], shard["tokens"]):
        yield fault("shard", shard["path"], f"holds {count:,} rows and {tokens:,} tokens, the manifest says otherwise")


def _row(row: Any, manifest: Any, reports: Reports, guards: Guards | None) -> list[tuple[str, str]]:
    options = manifest["options"]
    budget, answers = options["max_tokens"] - options["token_margin"], options.get("max_answer_tokens", 0)
    from_memory = options.get("recall") == "facts"
    return check_row(row, reports, budget=budget, answers=answers, from_memory=from_memory, guards=guards)


def _whole(folder: Path, manifest: Any, seen: _Seen) -> Iterator[Fault]:
    if hashlib.sha256(b"".join(sorted(seen.digests))).hexdigest() != manifest["digest"]:
        yield fault("digest", "manifest.json", "the rows give another digest")
    counts = manifest["counts"]
    if counts["documents"] != counts["used"] + counts["merged"] + counts["rejected"]:
        yield fault("counts", "manifest.json", f"documents = used + merged + rejected does not hold: {counts}")
    rejected = folder / "rejected" / "rejected.jsonl"
    lines = len(rejected.read_text().splitlines()) if rejected.exists() else 0
    if lines != counts["rejected"]:
        yield fault("counts", "rejected/rejected.jsonl", f"{lines} lines, the manifest counts {counts['rejected']}")
    stated = {name: [facts["examples"], facts["tokens"]] for name, facts in manifest["splits"].items()}
    stated = {name: facts for name, facts in stated.items() if facts[0]}
    if stated != dict(seen.by_split):
        yield fault("counts", "manifest.json", f"splits are {dict(seen.by_split)}, the manifest says {stated}")
    if sum(facts[0] for facts in stated.values()) != counts["examples"]:
        yield fault("counts", "manifest.json", "the splits do not add up to the examples")
