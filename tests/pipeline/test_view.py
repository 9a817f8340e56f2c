"""Reading a dataset in the terminal."""

from pathlib import Path

import pytest

from pipeline.cli import main
from tests.conftest import rows


def test_filters_choose_what_is_shown(dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lost = next(row["metadata"] for row in rows(dataset) if row["metadata"]["negative_kind"] == "other_file")
    assert main(["view", str(dataset), "--task", lost["task"], "--negative", "-n", "1"]) == 0
    shown = capsys.readouterr().out
    assert lost["task"] in shown
    assert ":$." in shown
    assert shown.count("assistant") >= 1


def test_nothing_matches(dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["view", str(dataset), "--persona", "nobody"]) == 1
    assert "take a filter away" in capsys.readouterr().err


def test_no_dataset(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["view", str(tmp_path)]) == 1
    assert "is no dataset" in capsys.readouterr().err


def test_check_passes_what_it_should(dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from tests.conftest import SAMPLES

    assert main(["check", str(dataset), "--reports", str(SAMPLES)]) == 0
    assert " 0 faults" in capsys.readouterr().out
    assert main(["check", str(dataset), "--reports", str(SAMPLES / "printf.json")]) == 4
    assert "is not in --reports" in capsys.readouterr().out
