"""Reads a written dataset with the readers that trainers use: `python tests/proofs/read_dataset.py DATASET`.

Runs in an environment of its own (constraints-readers.txt), which knows nothing of this project. JSON Lines are read
with `datasets.load_dataset`, whole and streaming; TFRecord with TensorFlow's own reader; Avro with fastavro. Every row
must be there and hold what the manifest counts. Any difference ends with an AssertionError.
"""

import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"


def read_jsonl(folder: Path, splits: dict[str, dict[str, int]]) -> None:
    """Every split, whole and streaming, in the folder as it is."""
    import datasets

    whole = datasets.load_dataset(str(folder))
    streamed = datasets.load_dataset(str(folder), streaming=True)
    assert set(whole) == set(streamed) == set(splits), (set(whole), set(splits))
    for split, facts in splits.items():
        compare(split, whole[split], facts)
        compare(f"{split}, streaming", streamed[split], facts)


def read_tfrecord(folder: Path, splits: dict[str, dict[str, int]]) -> None:
    """Every split through tf.data and tf.io.parse_single_example."""
    import tensorflow as tf

    names = ("id", "messages_json", "inputs", "targets", "metadata_json")
    features = {name: tf.io.FixedLenFeature([], tf.string) for name in names}
    features["num_tokens"] = tf.io.FixedLenFeature([], tf.int64)
    for split, facts in splits.items():
        paths = sorted(str(path) for path in (folder / "data").glob(f"{split}-*"))
        kind = "GZIP" if paths[0].endswith(".gz") else ""
        rows = []
        for record in tf.data.TFRecordDataset(paths, compression_type=kind):
            example = tf.io.parse_single_example(record, features)
            row = {key: json.loads(example[f"{key}_json"].numpy()) for key in ("messages", "metadata")}
            assert example["id"].numpy().decode() == row["metadata"]["id"]
            assert example["num_tokens"].numpy() == row["metadata"]["tokens"]
            assert example["targets"].numpy().decode() == row["messages"][-1]["content"]
            assert row["messages"][0]["content"] in example["inputs"].numpy().decode()
            rows.append(row)
        compare(split, rows, facts)


def read_avro(folder: Path, splits: dict[str, dict[str, int]]) -> None:
    """Every split through fastavro."""
    import fastavro

    for split, facts in splits.items():
        rows: list[Any] = []
        for path in sorted((folder / "data").glob(f"{split}-*")):
            with path.open("rb") as file:
                rows.extend(fastavro.reader(file))
        compare(split, rows, facts)


def compare(what: str, rows: Iterable[Any], facts: dict[str, int]) -> None:
    """Rows and tokens as counted, chats well formed."""
    count = tokens = 0
    for row in rows:
        roles = [message["role"] for message in row["messages"]]
        assert roles[-1] == "assistant", roles
        assert all(message["content"] for message in row["messages"])
        count += 1
        tokens += row["metadata"]["tokens"]
    assert (count, tokens) == (facts["examples"], facts["tokens"]), (what, count, tokens, facts)
    print(f"  {what}: {count:,} rows, {tokens:,} tokens")


READERS = {"jsonl": read_jsonl, "tfrecord": read_tfrecord, "avro": read_avro}


def main(folder: Path) -> None:
    """Read one dataset with the reader of its format."""
    manifest = json.loads((folder / "manifest.json").read_text())
    splits = {name: facts for name, facts in manifest["splits"].items() if facts["examples"]}
    READERS[manifest["options"]["output_format"]](folder, splits)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
