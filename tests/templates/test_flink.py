"""The Flink templates agree with the program and with each other; what they start is proved by tests/proofs/flink_runs.py."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.beam_options import JOB_SERVER, view
from pipeline.option_table import OPTIONS
from tests.conftest import ROOT

FLINK = ROOT / "templates" / "flink"
OWN = {"--worker_pool"}
"""An option of Beam's container, not of the job."""
SHARED = ("classloader.resolve-order", "taskmanager.network.sort-shuffle.min-buffers", "restart-strategy.type")
"""Settings on which this program relies, on every cluster."""


def _documents(name: str) -> list[Any]:
    return list(yaml.safe_load_all((FLINK / name).read_text()))


def _options(found: Any) -> set[str]:
    """Every `--option` in the lists of a document."""
    if isinstance(found, dict):
        return {name for value in found.values() for name in _options(value)}
    if isinstance(found, list):
        words = {one.partition("=")[0] for one in found if isinstance(one, str) and one.startswith("--")}
        return words | {name for value in found for name in _options(value)}
    return set()


@pytest.mark.parametrize("name", ["compose.yaml", "kubernetes/job.yaml", "kubernetes/cluster.yaml"])
def test_every_option_of_a_template_is_one_of_the_job_or_of_beam(name: str) -> None:
    known = {f"--{one}" for one in ({option.name for option in OPTIONS} | set(view(())) | JOB_SERVER)}
    given = {option for document in _documents(name) for option in _options(document)}
    assert given
    assert given - known <= OWN


def test_the_settings_that_matter_are_the_same_on_every_cluster() -> None:
    plain = _documents("conf/config.yaml")[0]
    composed = yaml.safe_load(_documents("compose.yaml")[0]["x-flink"]["environment"]["FLINK_PROPERTIES"])
    operated = _documents("kubernetes/cluster.yaml")[0]["spec"]["flinkConfiguration"]
    for name in SHARED:
        assert str(plain[name]) == str(composed[name]) == str(operated[name])


def test_each_task_manager_has_a_worker_pool_of_its_own() -> None:
    services = _documents("compose.yaml")[0]["services"]
    managers = sorted(name for name in services if name.startswith("taskmanager"))
    pools = [service["network_mode"] for name, service in services.items() if name.startswith("pool")]
    assert sorted(pools) == [f"service:{name}" for name in managers]
    containers = _documents("kubernetes/cluster.yaml")[0]["spec"]["taskManager"]["podTemplate"]["spec"]["containers"]
    assert [one["name"] for one in containers] == ["flink-main-container", "sdk-pool"]


def test_all_that_is_built_has_the_versions_of_the_program() -> None:
    beam = re.search(r"apache-beam==([\d.]+)\.\*", (ROOT / "setup.py").read_text())
    image = re.search(r"^ARG BEAM=([\d.]+)$", (FLINK / "Dockerfile").read_text(), re.MULTILINE)
    assert beam and image
    assert image[1].startswith(f"{beam[1]}.")


def test_without_java_there_is_a_plain_word(tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool in ("bash", "dirname", "env"):
        (tools / tool).symlink_to(
            next(Path(place, tool) for place in ("/bin", "/usr/bin") if Path(place, tool).exists())
        )
    ended = subprocess.run(
        [str(FLINK / "get.sh"), str(tmp_path / "jars")], env={"PATH": str(tools), "HOME": str(tmp_path)}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 69
    assert ended.stderr == "get.sh: java is missing (Java 11 or 17 and Maven are needed)\n"
    assert not (tmp_path / "jars").exists()
