"""The whole job over the sample reports, looked at from outside."""

import gzip
import hashlib
import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import tiktoken

from tests.conftest import ROOT, SAMPLES, make, rows
from threatflux_training.tokens import encoding

CONTROL = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ud800-\udfff]|<\\||\\[INST\\]"
)
SPANS = re.compile(r"(`+).+?\1", re.DOTALL)
PLACEHOLDER = re.compile(r"\b(Unknown|None(?! of\b)|N/A|null)\b|\{\w*\}")


def test_counts_add_up(dataset: Path) -> None:
    counts = json.loads((dataset / "manifest.json").read_text())["counts"]
    assert counts["documents"] == counts["used"] + counts["merged"] + counts["rejected"]
    assert counts["rejected"] == 0
    assert counts["examples"] == len(rows(dataset)) > 150


def test_chats_fit_and_say_their_length(dataset: Path) -> None:
    tokenizer: tiktoken.Encoding = encoding("o200k_base")
    for row in rows(dataset):
        chat = "".join(f"<|im_start|>{m['role']}\n{m['content']}<|im_end|>\n" for m in row["messages"])
        assert len(tokenizer.encode_ordinary(chat)) == row["metadata"]["tokens"] <= 32_000


def test_no_answer_stands_twice(dataset: Path) -> None:
    answers = Counter("\n".join(m["content"] for m in r["messages"] if m["role"] == "assistant") for r in rows(dataset))
    assert [text for text, count in answers.items() if count > 1] == []


def test_groups_stay_in_one_split(dataset: Path) -> None:
    splits: dict[str, set[str]] = {}
    for row in rows(dataset):
        splits.setdefault(row["metadata"]["group"], set()).add(row["split"])
    assert all(len(found) == 1 for found in splits.values())


def test_text_is_clean(dataset: Path) -> None:
    for row in rows(dataset):
        for message in row["messages"]:
            assert not CONTROL.search(message["content"]), message["content"][:200]
            fences = [line for line in message["content"].splitlines() if set(line) == {"`"} and len(line) >= 3]
            assert len(fences) % 2 == 0
            assert fences[::2] == fences[1::2]
            if message["role"] == "assistant":
                assert not PLACEHOLDER.search(SPANS.sub("", message["content"])), message["content"]


def test_values_stand_in_their_message(dataset: Path) -> None:
    for row in rows(dataset):
        for entry in json.loads(row["metadata"]["evidence"]):
            assert entry["value"] in row["messages"][entry["message"]]["content"]
            assert row["messages"][entry["message"]]["role"] == "assistant"


def test_ids_follow_from_the_content(dataset: Path) -> None:
    for row in rows(dataset):
        canonical = json.dumps(row["messages"], sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        digest = hashlib.sha256(row["metadata"]["source_sha256"].encode() + b"\n" + canonical).hexdigest()
        assert row["metadata"]["id"] == digest[:32]


def test_pairs_are_whole(dataset: Path) -> None:
    pairs: dict[str, list[tuple[bool, str]]] = {}
    for row in rows(dataset):
        if row["metadata"]["pair_id"]:
            side = (row["metadata"]["answerable"], row["messages"][0]["content"])
            pairs.setdefault(row["metadata"]["pair_id"], []).append(side)
    assert pairs
    assert all(sorted(answerable for answerable, _ in sides) == [False, True] for sides in pairs.values())
    assert all(len({system for _, system in sides}) == 1 for sides in pairs.values())


def test_shards_are_as_the_manifest_says(dataset: Path) -> None:
    facts = json.loads((dataset / "manifest.json").read_text())
    for shard in facts["shards"]:
        data = (dataset / shard["path"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == shard["sha256"]
        assert len(data) == shard["bytes"]
    digests = sorted(
        hashlib.sha256(
            json.dumps({"messages": r["messages"], "metadata": r["metadata"]}, sort_keys=True, separators=(",", ":"),
                       ensure_ascii=False).encode()
        ).digest()
        for r in rows(dataset)
    )  # fmt: skip
    assert hashlib.sha256(b"".join(digests)).hexdigest() == facts["digest"]


def test_two_workers_and_another_order_give_the_same_bytes(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    inputs = [str(path) for path in sorted(SAMPLES.iterdir(), reverse=True)]
    other = make(tmp_path, "demo", inputs, 2)
    for path in (dataset / "data").iterdir():
        assert (other / "data" / path.name).read_bytes() == path.read_bytes()


def test_the_form_of_the_input_does_not_matter(tmp_path: Path) -> None:
    plain, packed, lines = (tmp_path / name for name in ("plain", "packed", "lines"))
    for folder in (plain, packed, lines):
        folder.mkdir()
    with (lines / "all.jsonl").open("w") as out:
        for number, name in enumerate(("printf.json", "scp.json", "mawk.json", "npm_fsevents.json")):
            data = (SAMPLES / name).read_bytes()
            (plain / name).write_bytes(data)
            (packed / f"{9 - number}.json.gz").write_bytes(gzip.compress(data))
            out.write(json.dumps(json.loads(data)) + "\n")
    digests = {
        json.loads((make(tmp_path, f"from-{folder.name}", [str(folder)], 1) / "manifest.json").read_text())["digest"]
        for folder in (plain, packed, lines)
    }
    assert len(digests) == 1


@pytest.mark.parametrize(
    ("output_format", "compression", "suffix"),
    [("jsonl", "zstd", ".jsonl.zst"), ("tfrecord", "gzip", ".tfrecord.gz"), ("avro", "zstd", ".avro")],
)
def test_every_format_is_written(tmp_path: Path, output_format: str, compression: str, suffix: str) -> None:
    made = make(
        tmp_path, "form", [str(SAMPLES / "printf.json")], 1, output_format=output_format, compression=compression
    )
    shards = json.loads((made / "manifest.json").read_text())["shards"]
    assert [path.name for path in (made / "data").iterdir()] == [f"train-00000-of-00001{suffix}"]
    assert shards[0]["rows"] > 5


@pytest.mark.parametrize("tokens", [512, 2048])
def test_small_budgets_hold(tmp_path: Path, tokens: int) -> None:
    made = make(
        tmp_path, "small", [str(SAMPLES / "deploy.sh.json.gz"), str(SAMPLES / "printf.json")], 1, max_tokens=tokens
    )
    found = rows(made)
    assert found
    assert max(row["metadata"]["tokens"] for row in found) <= tokens


def test_everything_rejected_still_finishes(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "empty.json").write_bytes(b"")
    (tmp_path / "in" / "cut.json.gz").write_bytes(gzip.compress(b'{"file_path": "/x", "metadata": {"a": 1}}')[:-9])
    made = make(tmp_path, "none", [str(tmp_path / "in")], 1)
    facts = json.loads((made / "manifest.json").read_text())
    assert facts["counts"]["rejected"] == facts["counts"]["documents"] == 2
    assert {json.loads(line)["reason"] for line in (made / "rejected" / "rejected.jsonl").read_text().splitlines()} == {
        "empty_document",
        "cut_document",
    }
    assert (made / "COMPLETED").exists()


def test_a_stage_that_fails_is_told_with_its_cause(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault is planted in every process of the run."""
    (tmp_path / "sitecustomize.py").write_text(
        "import threatflux_training.quality.measure as measure\nmeasure.MEASURES = (lambda columns: 1 / 0,)\n"
    )
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{ROOT}")
    arguments = ["--input", str(SAMPLES), "--output", str(tmp_path), "--name", "m", "--direct_num_workers", "1"]
    made = subprocess.run([sys.executable, "-m", "pipeline", *arguments], capture_output=True, text=True, check=False)
    assert made.returncode == 1
    assert "the run failed: ZeroDivisionError: division by zero (in WriteShards/WriteShard" in made.stderr + made.stdout
