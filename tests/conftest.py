"""Where the sample reports of the project lie, and one run over them that several tests look at."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings as hypothesis_settings

from pipeline.job import run
from pipeline.settings import settings_from

hypothesis_settings.register_profile("same", derandomize=True, deadline=None)
hypothesis_settings.load_profile("same")

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "examples" / "reports"


def make(folder: Path, name: str, inputs: list[str], workers: int, **options: Any) -> Path:
    """A dataset made from some inputs, in this process or by worker processes."""
    settings = settings_from({"input": inputs, "output": str(folder), "name": name, **options})
    run(settings, workers)
    return folder / name


def rows(dataset: Path) -> list[dict[str, Any]]:
    """All rows of a dataset, with their split under "split"."""
    found = []
    for path in sorted((dataset / "data").glob("*.jsonl.gz")):
        for line in gzip.decompress(path.read_bytes()).splitlines():
            found.append({**json.loads(line), "split": path.name.partition("-")[0]})
    return found


@pytest.fixture(scope="session")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The dataset of the sample reports, made by one worker."""
    return make(tmp_path_factory.mktemp("sample"), "demo", [str(SAMPLES)], 1)
