"""Planted secrets of reports: masked everywhere, or their examples dropped, or kept; and what the check says of each."""

import gzip
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from pipeline.summary import summary
from tests.check.test_planted import load, reidentified, save
from tests.conftest import SAMPLES, make, rows
from threatflux_training.check.dataset import check_dataset
from threatflux_training.check.documents import Reports
from threatflux_training.secrets import PLACEHOLDER, placeholder

PASSWORD = "Tr0ub" + "4dor-x"
SECRETS = (
    PASSWORD,
    "tok_example_0123456789abcdef",
    "AKIA" + "IOSFODNN7EXAMPLE",
    "wJalrXUtnFEMI/K7MDENG/bPxRfiCY" + "EXAMPLEKEY",
)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report on a script that holds three secrets, with a password put into its address and into its bytes."""
    text = gzip.decompress((SAMPLES / "deploy.sh.json.gz").read_bytes()).decode()
    outer = json.loads(text)
    inner = json.loads(outer["content"][0]["text"])
    old, new = "https://updates.example.com", f"https://bot:{PASSWORD}@updates.example.com"
    outer["content"][0]["text"] = json.dumps(inner).replace(old, new)
    path = tmp_path_factory.mktemp("planted") / "deploy.json"
    path.write_text(json.dumps(outer))
    return path


def made(folder: Path, report: Path, **options: Any) -> Path:
    return make(folder, options["secrets"], [str(report)], 1, examples_per_file=100, **options)


@pytest.fixture(scope="module")
def masked(report: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("masked"), report, secrets="mask")


@pytest.fixture(scope="module")
def kept(report: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("kept"), report, secrets="keep")


def shown(dataset: Path) -> str:
    return json.dumps([row["messages"] for row in rows(dataset)])


def raw_bytes() -> list[str]:
    """The bytes of the secrets as a dump's row would begin with them."""
    return [secret.encode().hex(" ")[:20] for secret in SECRETS]


def test_kept(kept: Path) -> None:
    text = shown(kept)
    assert all(secret in text for secret in SECRETS)
    assert any(piece in text for piece in raw_bytes())
    assert not PLACEHOLDER.search(text)


def test_masked(masked: Path, report: Path) -> None:
    text = shown(masked)
    assert not any(secret in text for secret in SECRETS)
    assert not any(piece in text for piece in raw_bytes())
    assert all(placeholder(secret) in text for secret in SECRETS)
    assert check_dataset(masked, Reports([str(report)])).faults == []


def test_prompt_and_answer_say_the_same(masked: Path) -> None:
    """A value of the answer that holds a secret is traced as it stands there, and stands so in the prompt."""
    found = 0
    for row in rows(masked):
        for trace in json.loads(row["metadata"]["evidence"]):
            if PLACEHOLDER.search(trace["value"]):
                found += 1
                before = "\n".join(one["content"] for one in row["messages"][: trace["message"]])
                assert trace["value"] in row["messages"][trace["message"]]["content"]
                assert PLACEHOLDER.findall(trace["value"]) == [placeholder(PASSWORD)]
                assert placeholder(PASSWORD) in before
    assert found


def test_rows_of_the_dump(masked: Path) -> None:
    marks = [re.escape(placeholder(secret)) for secret in SECRETS[1:]]
    lines = [line for row in rows(masked) for one in row["messages"] for line in one["content"].split("\n")]
    for mark in marks:
        assert any(re.fullmatch(rf"  [0-9a-f]{{8}}  {mark}", line) for line in lines)


def test_results_of_the_tool(masked: Path) -> None:
    results = [one["content"] for row in rows(masked) for one in row["messages"] if one["role"] == "tool"]
    assert any(PLACEHOLDER.search(one) for one in results)


def test_statistics(masked: Path) -> None:
    numbers = json.loads((masked / "stats.json").read_text())
    counted = [len(PLACEHOLDER.findall(one["content"])) for row in rows(masked) for one in row["messages"]]
    holding = [row for row in rows(masked) if any(PLACEHOLDER.search(one["content"]) for one in row["messages"])]
    assert numbers["examples"]["secrets"] == {"secrets": sum(counted), "examples": len(holding)}
    lines = summary(json.loads((masked / "manifest.json").read_text()), numbers, 1.0)
    assert any(f"masked {sum(counted):,} times in {len(holding):,} examples" in line for line in lines)


def test_dropped(report: Path, tmp_path: Path) -> None:
    dataset = made(tmp_path, report, secrets="drop")
    text = shown(dataset)
    assert not PLACEHOLDER.search(text)
    assert not any(secret in text for secret in SECRETS)
    numbers = json.loads((dataset / "stats.json").read_text())
    assert numbers["dropped"]["secret"] > 0
    assert "secrets" not in numbers["examples"]
    assert rows(dataset)
    assert check_dataset(dataset, Reports([str(report)])).faults == []


def test_the_check_finds_what_is_not_masked(kept: Path, report: Path) -> None:
    assert check_dataset(kept, Reports([str(report)])).faults == []
    manifest = json.loads((kept / "manifest.json").read_text())
    for option in ("mask", "drop"):
        manifest["options"]["secrets"] = option
        (kept / "manifest.json").write_text(json.dumps(manifest))
        faults = [one for one in check_dataset(kept, Reports([str(report)])).faults if one.kind == "secret"]
        assert faults
        assert any("bytes of a secret" in one.what for one in faults)
        assert not any(secret in one.what for one in faults for secret in SECRETS)
    manifest["options"]["secrets"] = "keep"
    (kept / "manifest.json").write_text(json.dumps(manifest))


def test_the_check_finds_placeholders_that_should_be_dropped(masked: Path, report: Path) -> None:
    manifest = json.loads((masked / "manifest.json").read_text())
    manifest["options"]["secrets"] = "drop"
    (masked / "manifest.json").write_text(json.dumps(manifest))
    assert {one.kind for one in check_dataset(masked, Reports([str(report)])).faults} == {"secret"}
    manifest["options"]["secrets"] = "mask"
    (masked / "manifest.json").write_text(json.dumps(manifest))


def test_the_check_finds_another_placeholder(masked: Path, report: Path, tmp_path: Path) -> None:
    """The digits of a placeholder are those of the secret that stood there."""
    copy = Path(shutil.copytree(masked, tmp_path / "copy"))
    shards = load(copy)
    row, trace = next(
        (row, trace)
        for rows_of in shards.values()
        for row in rows_of
        for trace in json.loads(row["metadata"]["evidence"])
        if not row["metadata"]["pair_id"] and PLACEHOLDER.search(trace["value"])
    )
    for message in row["messages"]:
        message["content"] = message["content"].replace(PLACEHOLDER.findall(trace["value"])[0], "[SECRET-000000]")
    row["metadata"]["evidence"] = row["metadata"]["evidence"].replace(placeholder(PASSWORD), "[SECRET-000000]")
    reidentified(row)
    save(copy, shards)
    assert "trace" in {one.kind for one in check_dataset(copy, Reports([str(report)])).faults}
