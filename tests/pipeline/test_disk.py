"""Space is estimated from the sources and compared with what is free."""

import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from pipeline.disk import needed, shortage
from pipeline.settings import Settings, settings_from
from threatflux_training.dataset.records import Source


class Usage(NamedTuple):
    total: int
    used: int
    free: int


def _settings(folder: Path, **options: object) -> Settings:
    return settings_from({"input": [str(folder)], "output": str(folder / "not" / "yet"), "name": "n", **options})


def _sources(amount: int, name: str = "a.json") -> list[Source]:
    return [Source(f"{number}{name}", 100_000) for number in range(amount)]


def test_the_estimate_follows_what_makes_a_dataset_big(tmp_path: Path) -> None:
    plain = needed(_sources(1000), _settings(tmp_path))
    assert 50e6 < plain[0] < 100e6 and 50e6 < plain[1] < 100e6
    assert needed(_sources(2000), _settings(tmp_path))[1] == pytest.approx(2 * plain[1], rel=0.001)
    assert needed(_sources(1000), _settings(tmp_path, compression="none"))[1] > 4 * plain[1]
    assert needed(_sources(1000), _settings(tmp_path, max_tokens=1024))[1] < plain[1] / 3
    assert needed(_sources(1000, "a.json.gz"), _settings(tmp_path))[0] > plain[0] + 1e9


@pytest.mark.parametrize(("free", "told", "sure"), [(10**12, False, False), (10**8, True, False), (10**7, True, True)])
def test_a_shortage_is_told_and_refused_where_it_is_sure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, told: bool, sure: bool
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda place: Usage(10**13, 0, free))
    text, surely = shortage(_sources(1000), _settings(tmp_path))
    assert (bool(text), surely) == (told, sure)
    assert not told or (str(tmp_path) in text and "--examples_per_file" in text)


def test_buckets_have_no_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda place: Usage(1, 1, 0))
    settings = settings_from({"input": [str(tmp_path)], "output": "gs://bucket/data", "name": "n"})
    assert shortage(_sources(1000), settings) == ("", False)
