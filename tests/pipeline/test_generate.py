"""The job as a person runs it: what happens to a dataset that exists, and what is said."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from pipeline.commands.clean import clean
from pipeline.commands.generate import generate
from pipeline.generator import GenerationFailed, TrainingGenerator
from pipeline.settings import settings_from
from tests.conftest import SAMPLES, rows
from threatflux_training.errors import SettingsError


def _run(folder: Path, inputs: list[Path], **options: Any) -> tuple[int, str]:
    said: list[str] = []
    values = {"input": [str(one) for one in inputs], "output": str(folder), "name": "x", "progress": "none", **options}
    return generate(settings_from({"examples_per_file": 6, **values}), said.append), "\n".join(said)


@pytest.fixture
def few(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("printf.json", "scp.json"):
        shutil.copy(SAMPLES / name, folder)
    return folder


def test_the_same_again_is_nothing_to_do(tmp_path: Path, few: Path) -> None:
    status, said = _run(tmp_path, [few])
    assert status == 0
    assert "DirectRunner with 1 worker(s): 0." in said
    assert "documents: 2 = 2 used + 0 merged + 0 rejected; 0 ignored" in said
    before = (tmp_path / "x" / "COMPLETED").stat().st_mtime_ns
    assert _run(tmp_path, [few]) == (
        0,
        f"{tmp_path}/x is complete and made from the same input and options: nothing to do",
    )
    assert (tmp_path / "x" / "COMPLETED").stat().st_mtime_ns == before
    status, said = _run(tmp_path, [few], max_tokens=4000)
    assert (status, "--existing=extend|replace" in said) == (2, True)


def test_extending_gives_what_a_run_from_scratch_gives(tmp_path: Path, few: Path) -> None:
    assert _run(tmp_path, [few])[0] == 0
    new = tmp_path / "new"
    new.mkdir()
    shutil.copy(SAMPLES / "mawk.json", new)
    assert _run(tmp_path, [new], existing="extend")[0] == 0
    extended = json.loads((tmp_path / "x" / "manifest.json").read_text())
    assert extended["counts"]["files"] == 3
    (tmp_path / "scratch" / "x").mkdir(parents=True)
    shutil.copy(tmp_path / "x" / "groups.bin", tmp_path / "scratch" / "x")
    assert _run(tmp_path / "scratch", [few, new])[0] == 0
    assert json.loads((tmp_path / "scratch" / "x" / "manifest.json").read_text())["digest"] == extended["digest"]


def test_an_unfinished_run_is_gone_on_with(tmp_path: Path, few: Path) -> None:
    assert _run(tmp_path, [few])[0] == 0
    dataset = tmp_path / "x"
    digest = (dataset / "COMPLETED").read_text()
    (dataset / "COMPLETED").unlink()
    status, said = _run(tmp_path, [few], resume="require")
    assert (status, (dataset / "COMPLETED").read_text()) == (0, digest)
    assert "going on with the unfinished run" in said
    assert _run(tmp_path, [few], resume="require", existing="replace")[0] == 2


def test_replacing_takes_the_old_shards_away(tmp_path: Path, few: Path) -> None:
    assert _run(tmp_path, [few], compression="none")[0] == 0
    assert _run(tmp_path, [few / "scp.json"], existing="replace")[0] == 0
    assert {path.suffix for path in (tmp_path / "x" / "data").iterdir()} == {".gz"}
    assert {row["metadata"]["file_name"] for row in rows(tmp_path / "x")} == {"/usr/bin/scp"}


def test_clean_removes_what_is_kept(tmp_path: Path, few: Path) -> None:
    assert _run(tmp_path, [few])[0] == 0
    assert clean(str(tmp_path / "x")) == 0
    assert not (tmp_path / "x" / ".staging").exists()
    assert clean(str(tmp_path / "x")) == 1


def test_nothing_usable_and_too_much_rejected_show_in_the_status(tmp_path: Path, few: Path) -> None:
    assert _run(tmp_path, [tmp_path / "nowhere"])[0] == 1
    (few / "broken.json").write_text("{")
    status, said = _run(tmp_path, [few])
    assert status == 3
    assert "rejected: cut_document 1" in said
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "broken.json").write_text("{")
    status, said = _run(tmp_path, [tmp_path / "bad"], name="none")
    assert status == 1
    assert "exit status 1: nothing that was read gave an example" in said
    assert "by style" not in said


def test_the_generator_takes_the_old_names(tmp_path: Path, few: Path) -> None:
    made = TrainingGenerator(few, tmp_path, "old").configure(
        examples_per_file=4, max_answer_tokens=500, enable_chunking=True, enable_negative_examples=False,
        compression=False, num_processes=1,
    ).generate()  # fmt: skip
    assert made["counts"]["files"] == 2
    assert made["options"]["negative_ratio"] == "off"
    assert [shard["path"] for shard in made["shards"]] == ["data/train-00000-of-00001.jsonl"]


def test_the_generator_names_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        TrainingGenerator("in", tmp_path, "x").configure(example_per_file=4, speed="high")
    assert [problem[0] for problem in caught.value.problems] == ["example_per_file", "speed"]
    with pytest.raises(GenerationFailed, match="no reports found"):
        TrainingGenerator(tmp_path / "nowhere", tmp_path, "x").generate()


def test_a_missed_bar_shows_in_the_status_where_it_is_to(tmp_path: Path, few: Path) -> None:
    status, said = _run(tmp_path, [few], quality="fail", bars="lengths.answer_median=9000")
    assert status == 4
    assert "quality: lengths.answer_median is " in said
    assert "the bar is at least 9000" in said
    assert _run(tmp_path, [few], quality="fail", bars="lengths.answer_median=1")[0] == 0
    assert _run(tmp_path, [few], bars="lengths.answer_median=9000")[0] == 0
    assert "no measure with a bar has that name" in _run(tmp_path, [few], bars="speed=1")[1]
