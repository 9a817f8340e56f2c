"""The job over a file system that is not local: everything is read, staged and written through Beam."""

import json
from pathlib import Path
from urllib.parse import quote

import pytest

from pipeline.job import run
from pipeline.settings import settings_from
from tests.conftest import SAMPLES, make
from tests.transforms.box import BoxFileSystem
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
