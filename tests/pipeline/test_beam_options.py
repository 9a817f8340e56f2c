"""Options that are Beam's go to it as they are; what nobody knows is an error."""

from pathlib import Path

import pytest

from pipeline.cli import job, main
from pipeline.option_table import OPTIONS
from pipeline.settings import settings_from
from threatflux_training.errors import SettingsError

NEEDED = {"input": ["in"], "output": "out", "name": "x"}


def test_beam_options_are_kept_as_given() -> None:
    given = ["--flink_master=host:8081", "--parallelism", "4", "--no_auth"]
    assert settings_from({**NEEDED, "beam": given}).beam == tuple(given)


def test_an_option_that_nobody_knows_is_named_with_its_likely_spelling() -> None:
    with pytest.raises(SettingsError) as failure:
        settings_from({**NEEDED, "beam": ["--flink_mastr", "host", "stray", "--max_token=3"]})
    assert failure.value.problems == [
        ("stray", "", "is no option, and no option before it takes it"),
        ("flink_mastr", "host", "neither this program nor Beam has that option; is --flink_master meant?"),
        ("max_token", "3", "neither this program nor Beam has that option; is --max_tokens meant?"),
    ]


def test_the_job_ends_with_status_2_before_anything_is_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = job(["--input", str(tmp_path), "--output", str(tmp_path / "out"), "--name", "x", "--paralelism=2"])
    assert status == 2
    assert capsys.readouterr().err == (
        "--paralelism 2: neither this program nor Beam has that option; is --parallelism meant?\n"
    )
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("option", ["--max_rejected", "--max-rejected"])
def test_both_spellings_of_an_option_are_taken(option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = ["--input", str(tmp_path / "none"), "--name", "x", f"{option}=many"]
    assert job([*given, "--output", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err.startswith("--max_rejected many: ")
    assert main(["generate", *given, "--output_dir", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err.startswith("--max-rejected many: ")


def test_no_option_of_ours_is_one_of_beams_with_another_meaning() -> None:
    from apache_beam.options.pipeline_options import PipelineOptions

    beams = set(PipelineOptions([]).get_all_options())
    assert {option.name for option in OPTIONS} & beams == {"runner", "direct_num_workers"}
