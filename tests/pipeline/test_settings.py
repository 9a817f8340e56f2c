"""Wrong values are reported all at once, each with a remedy."""

import subprocess
import sys

import pytest

from pipeline.settings import settings_from
from tests.conftest import ROOT
from threatflux_training.errors import SettingsError

NEEDED = {"input": ["in"], "output": "out", "name": "n"}


def test_all_problems_at_once() -> None:
    wrong = {"max_tokens": 3, "splits": "train", "negative_ratio": "2", "compression": "lzma", "num_shards": -1}
    with pytest.raises(SettingsError) as error:
        settings_from(wrong)
    assert {option for option, _, _ in error.value.problems} == {"input", "output", "name", *wrong}


def test_a_format_takes_only_its_compressions() -> None:
    with pytest.raises(SettingsError, match="--compression zstd: tfrecord takes gzip, none"):
        settings_from({**NEEDED, "output_format": "tfrecord", "compression": "zstd"})


def test_defaults() -> None:
    settings = settings_from(NEEDED)
    assert (settings.text.max_tokens, settings.text.examples_per_file, settings.text.negative_ratio) == (
        32_000,
        25,
        0.15,
    )
    assert settings.splits == (("train", 0.9), ("validation", 0.05), ("test", 0.05))


def test_help_does_not_load_beam() -> None:
    code = "import sys; from pipeline.cli import job\ntry: job(['--help'])\nexcept SystemExit: sys.exit('apache_beam' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "--examples_per_file" in done.stdout
