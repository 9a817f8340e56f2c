"""What `export` writes holds every turn of the dataset, with calls as fields."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli import main
from pipeline.commands import export as exporting
from pipeline.generator import TrainingGenerator

SAMPLES = Path(__file__).parents[2] / "examples" / "reports"


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    TrainingGenerator([SAMPLES / "printf.json", SAMPLES / "deploy.sh.json.gz"], folder, "d").configure(
        examples_per_file=40, splits="train=0.5,test=0.5"
    ).generate()
    return folder / "d"


def _rows(dataset: Path, split: str) -> list[Any]:
    shards = sorted((dataset / "data").glob(f"{split}-*.gz"))
    return [json.loads(line) for shard in shards for line in gzip.open(shard, "rt", encoding="utf-8")]


def _exported(folder: Path, split: str) -> list[Any]:
    files = sorted(folder.glob(f"{split}*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]


def test_every_row_is_there_with_its_words(dataset: Path, tmp_path: Path) -> None:
    assert main(["export", str(dataset), "--output", str(tmp_path)]) == 0
    splits = {
        row["path"].split("/")[1].split("-")[0] for row in json.loads((dataset / "manifest.json").read_text())["shards"]
    }
    called = 0
    for split in splits:
        before, after = _rows(dataset, split), _exported(tmp_path, split)
        assert len(before) == len(after) > 0
        for old, new in zip(before, after, strict=True):
            assert set(new) <= {"messages", "tools"}
            assert [one["role"] for one in old["messages"]] == [one["role"] for one in new["messages"]]
            if old["metadata"]["style"] != "tool":
                assert new == {"messages": old["messages"]}
                continue
            called += 1
            _same_call(old["messages"], new)
    assert called > 2


def _same_call(old: list[dict[str, str]], new: dict[str, Any]) -> None:
    system, user, ask, result, answer = new["messages"]
    assert "<tool" not in system["content"] and old[0]["content"].startswith(system["content"])
    assert {one["function"]["name"] for one in new["tools"]} >= {"analyze_file"}
    call = ask["tool_calls"][0]
    stated = json.loads(old[2]["content"].split("<tool_call>\n")[1].split("\n</tool_call>")[0])
    assert (
        call["function"]["name"] == stated["name"] and json.loads(call["function"]["arguments"]) == stated["arguments"]
    )
    assert ask["content"] == old[2]["content"].split("\n<tool_call>")[0] != ""
    assert result == {"role": "tool", "tool_call_id": call["id"], "content": old[3]["content"]}
    assert (user, answer) == (old[1], old[4])


def test_files_stay_below_what_the_service_takes(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "MOST", 100_000)
    assert main(["export", str(dataset), "--output", str(tmp_path)]) == 0
    files = list(tmp_path.glob("*.jsonl"))
    assert len(files) > 2
    assert all(file.stat().st_size <= 100_000 or len(file.read_text().splitlines()) == 1 for file in files)


def test_a_folder_without_a_dataset_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", str(tmp_path), "--output", str(tmp_path)]) == 1
    assert "is no dataset" in capsys.readouterr().err
