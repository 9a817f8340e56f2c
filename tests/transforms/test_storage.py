"""The job over a file system that is not local: everything is read, staged and written through Beam."""

import json
from pathlib import Path
from urllib.parse import quote

import pytest
from apache_beam.io.filesystem import BeamIOError

from pipeline.cli import main
from pipeline.job import run
from pipeline.settings import settings_from
from tests.conftest import SAMPLES, make, rows
from tests.transforms.box import BoxFileSystem
from threatflux_training.dataset.storage import Unreachable
from transforms.benchmarks import stage_benchmarks
from transforms.reach import problems
from transforms.storage import AnyStorage, RemoteStorage

NAMES = ("printf.json", "scp.json", "deploy.sh.json.gz", "logd.json.gz")


@pytest.fixture
def box(tmp_path: Path) -> Path:
    folder = tmp_path / "box"
    folder.mkdir()
    BoxFileSystem.root = folder
    return folder


def _put(box: Path, path: str, data: bytes) -> None:
    (box / quote(path, safe="")).write_bytes(data)


def test_objects_are_listed_renamed_and_missed(box: Path) -> None:
    storage = RemoteStorage()
    for name in ("b.json", "a/c.json"):
        _put(box, f"box://in/{name}", b"{}")
    assert [one.path for one in storage.walk("box://in")] == ["box://in/a/c.json", "box://in/b.json"]
    assert [one.path for one in storage.find("box://in/*.json")] == ["box://in/b.json"]
    assert storage.is_folder("box://in")
    assert not storage.is_folder("box://in/b.json")
    storage.rename("box://in/b.json", "box://in/a/c.json")
    assert [one.path for one in storage.walk("box://in")] == ["box://in/a/c.json"]
    with pytest.raises(FileNotFoundError, match="no such object"):
        storage.open("box://in/none")
    storage.remove("box://in/none")


def test_a_run_over_objects_gives_the_same_dataset(box: Path, tmp_path: Path) -> None:
    local = tmp_path / "in"
    local.mkdir()
    for name in NAMES:
        _put(box, f"box://in/{name}", (SAMPLES / name).read_bytes())
        (local / name).write_bytes((SAMPLES / name).read_bytes())
    run(settings_from({"input": ["box://in"], "output": "box://out", "name": "x"}), 1)
    expected = json.loads((make(tmp_path, "x", [str(local)], 1) / "manifest.json").read_text())
    storage = AnyStorage()
    with storage.open("box://out/x/manifest.json") as file:
        made = json.loads(file.read())
    assert made["digest"] == expected["digest"]
    assert made["shards"] == expected["shards"]
    assert [one.path for one in storage.walk("box://out/x") if one.path.endswith(".part")] == []


def test_names_with_the_marks_of_patterns_are_names(box: Path) -> None:
    storage = RemoteStorage()
    for name in ("a[1]/b*.json", "a1/c.json"):
        _put(box, f"box://in/{name}", b"{}")
    assert [one.path for one in storage.walk("box://in/a[1]")] == ["box://in/a[1]/b*.json"]
    assert [one.path for one in storage.find("box://in/a[1]/b*.json")] == ["box://in/a[1]/b*.json"]
    assert storage.is_folder("box://in/a[1]")


class Answer(Exception):
    """What a client of an object store raises, with the status that the server gave."""

    def __init__(self, code: int | None) -> None:
        super().__init__(f"answer {code}")
        self.code = code


@pytest.mark.parametrize(
    ("code", "kind"), [(404, FileNotFoundError), (403, PermissionError), (401, PermissionError), (503, Unreachable), (None, Unreachable)]
)  # fmt: skip
def test_what_is_gone_is_told_from_what_does_not_answer(
    box: Path, monkeypatch: pytest.MonkeyPatch, code: int | None, kind: type[Exception]
) -> None:
    def fail(self: object, path: str) -> bool:
        raise BeamIOError("exists() operation failed", {path: Answer(code)})

    monkeypatch.setattr(BoxFileSystem, "exists", fail)
    with pytest.raises(kind) as caught:
        RemoteStorage().exists("box://in/x")
    assert "box://in/x" in str(caught.value)


def test_a_source_that_does_not_answer_is_not_taken_for_a_broken_report(
    box: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _put(box, "box://in/printf.json", (SAMPLES / "printf.json").read_bytes())

    class Stuck:
        def read(self, size: int = -1) -> bytes:
            raise Answer(503)

        def close(self) -> None:
            """Nothing is open."""

    monkeypatch.setattr(BoxFileSystem, "open", lambda self, path, mime_type="", compression_type="": Stuck())
    with pytest.raises(Exception, match=r"Unreachable.*box://in/printf\.json"):
        run(settings_from({"input": ["box://in"], "output": "box://out", "name": "x"}), 1)


def test_a_remote_dataset_is_viewed_checked_and_cleaned(box: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in NAMES[:2]:
        _put(box, f"box://in/{name}", (SAMPLES / name).read_bytes())
    run(settings_from({"input": ["box://in"], "output": "box://out", "name": "x", "examples_per_file": 4}), 1)
    assert main(["view", "box://out/x", "-n", "1"]) == 0
    assert main(["check", "box://out/x", "--reports", "box://in"]) == 0
    assert "box://out/x: 8 rows" in capsys.readouterr().out
    assert main(["check", "box://out/none", "--reports", "box://in"]) == 1
    assert "box://out/none: nothing of that name" in capsys.readouterr().err
    assert main(["clean", "box://out/x"]) == 0
    assert RemoteStorage().walk("box://out/x/.staging") == []
    assert main(["clean", "box://out/x"]) == 1


def test_a_place_that_cannot_be_used_is_named_with_the_remedy() -> None:
    assert problems(["ftp://x/in", "ftp://x/out"]) == [
        "ftp://x: no such file system; use gs://, s3://, hdfs:// or a folder"
    ]
    found = problems(["hdfs://x/in"])
    assert len(found) == 1
    assert "threatflux-training-pipeline[hadoop]" in found[0] or "--hdfs_host" in found[0]


def test_a_benchmark_in_a_bucket_counts_on_every_worker(box: Path, tmp_path: Path) -> None:
    _put(box, "box://in/printf.json", (SAMPLES / "printf.json").read_bytes())
    made = make(tmp_path, "x", [str(SAMPLES / "printf.json")], 1, examples_per_file=4)
    answers = [row["messages"][-1]["content"] for row in rows(made)]
    _put(box, "box://bench/b.jsonl", json.dumps(answers).encode())
    values = {"input": ["box://in"], "output": "box://out", "name": "x", "examples_per_file": 4, "progress": "none"}
    settings = settings_from({**values, "decontaminate": ["box://bench/b.jsonl"]})
    stage_benchmarks(settings.text, AnyStorage(), settings.staging)
    run(settings, 1)
    with AnyStorage().open("box://out/x/stats.json") as file:
        assert json.loads(file.read())["dropped"]["benchmark"] > 0
