"""What Dataflow would be given, and what is said of a job that it could not run."""

import importlib.util
import os
import site
import sys
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.beam_options import view
from pipeline.progress import Silent
from pipeline.runners.dataflow import lanes, problems_of, run_dataflow, watch
from pipeline.settings import Settings, settings_from
from tests.conftest import ROOT
from threatflux_training.errors import SettingsError

BUCKET = {"input": ["gs://bucket/in"], "output": "gs://bucket/out", "name": "x", "runner": "DataflowRunner"}
PLACES = [
    "--project=some-project",
    "--region=europe-west1",
    "--temp_location=gs://bucket/tmp",
    "--staging_location=gs://bucket/code",
]
IMAGE = "europe-docker.pkg.dev/some-project/r/threatflux:1"
DRY = ["--dry_run=True", "--no_auth"]


def _is_installed() -> bool:
    try:
        return importlib.util.find_spec("google.cloud.dataflow") is not None
    except ModuleNotFoundError:
        return False


needs_gcp = pytest.mark.skipif(
    not _is_installed(), reason="needs the extra gcp; tests/proofs/dataflow_launch.py runs it"
)


def _settings(*beam: str, **values: Any) -> Settings:
    return settings_from({**BUCKET, **values, "beam": beam})


def _problems(settings: Settings) -> list[tuple[str, str]]:
    return [(name, value) for name, value, _ in problems_of(settings, view(settings.beam)) if name != "runner"]


def test_all_that_a_job_lacks_is_named_at_once(tmp_path: Path) -> None:
    settings = _settings(
        f"--setup_file={tmp_path}/setup.py", "--temp_location=/tmp/x", input=["gs://bucket/in", "reports"], output="out"
    )
    assert _problems(settings) == [
        ("project", ""),
        ("region", ""),
        ("temp_location", "/tmp/x"),
        ("input", "reports"),
        ("output", "out"),
        ("staging", "out/x/.staging"),
        ("setup_file", f"{tmp_path}/setup.py"),
    ]


def test_a_job_without_its_program_is_refused_before_it_is_submitted() -> None:
    settings = _settings(*PLACES)
    assert _problems(settings) == [("sdk_container_image", "")]
    with pytest.raises(SettingsError, match="templates/dataflow"):
        run_dataflow(settings, 0, print, Silent())
    assert _problems(_settings(*PLACES, f"--sdk_container_image={IMAGE}")) == []


def test_work_is_dealt_for_every_core() -> None:
    settings = _settings()
    options = {"machine_type": "n2-standard-8", "max_num_workers": 5, "num_workers": None}
    assert lanes(settings, options) == 40
    assert lanes(settings, {**options, "machine_type": None, "max_num_workers": None}) == 10
    assert lanes(_settings(direct_num_workers=3), options) == 3


class Job:
    """A job that ends after some looks, or fails, or is interrupted."""

    def __init__(self, end: str = "DONE", interrupted: bool = False) -> None:
        self.end, self.interrupted, self.cancelled = end, interrupted, False
        self.state = "RUNNING"
        self.over = threading.Event()

    def wait_until_finish(self) -> None:
        if self.interrupted:
            self.over.wait(30)
        self.state = self.end
        if self.end == "FAILED":
            text = "Traceback (most recent call last):\n  x\nValueError: bad [while running 'Expand-ptransform-3']"
            raise RuntimeError(f"Dataflow pipeline failed. State: FAILED, Error:\n{text}")

    def metrics(self) -> Any:
        if self.interrupted:
            raise KeyboardInterrupt
        key = SimpleNamespace(metric=SimpleNamespace(namespace="expand", name="files"))
        return SimpleNamespace(query=lambda: {"counters": [SimpleNamespace(key=key, committed=3, attempted=None)]})

    def cancel(self) -> None:
        self.cancelled = True
        self.over.set()


def _watched(job: Job, tmp_path: Path, said: list[str]) -> int:
    return watch(_settings(staging=str(tmp_path)), job, 0, said.append, Silent(), 0.0)


def test_the_end_of_a_job_is_told(tmp_path: Path) -> None:
    said: list[str] = []
    assert _watched(Job(), tmp_path, said) == 0
    assert _watched(Job("FAILED"), tmp_path, said) == 1
    assert _watched(Job("CANCELLED"), tmp_path, said) == 1
    assert said == ["the run failed: ValueError: bad (in Expand)", "the run failed: the job is CANCELLED"]


def test_an_interrupted_job_is_cancelled(tmp_path: Path) -> None:
    said: list[str] = []
    job = Job(interrupted=True)
    assert _watched(job, tmp_path, said) == 130
    assert job.cancelled
    assert said == ["the job is cancelled; the same command goes on with what is staged"]


def _graph(*beam: str) -> Any:
    from pipeline.dataflow_graph import prepared

    return prepared(_settings(*PLACES, *DRY, *beam), [*PLACES, *DRY, *beam], 16).run().job.proto_pipeline


def _leaves(proto: Any) -> Iterator[Any]:
    yield from (one for one in proto.components.transforms.values() if not one.subtransforms)


@needs_gcp
def test_every_transform_is_portable_and_runs_in_the_image() -> None:
    from apache_beam.internal import pickler
    from apache_beam.portability import common_urns, python_urns
    from apache_beam.portability.api import beam_runner_api_pb2 as api

    proto = _graph(f"--sdk_container_image={IMAGE}")
    known = {value.urn for space in (common_urns.primitives, common_urns.composites, common_urns.combine_components)
             for value in vars(space).values() if hasattr(value, "urn")}  # fmt: skip
    assert {one.spec.urn for one in _leaves(proto)} <= known
    pardos = [one for one in _leaves(proto) if one.spec.urn == common_urns.primitives.PAR_DO.urn]
    assert len(pardos) > 10
    for one in pardos:
        payload = api.ParDoPayload.FromString(one.spec.payload)
        assert payload.do_fn.urn == python_urns.PICKLED_DOFN_INFO
        assert pickler.loads(payload.do_fn.payload)
        (image,) = {
            api.DockerPayload.FromString(proto.components.environments[one.environment_id].payload).container_image
        }
        assert image == IMAGE


@needs_gcp
def test_no_place_of_this_machine_is_in_the_graph() -> None:
    from apache_beam.internal import pickler
    from apache_beam.portability import common_urns
    from apache_beam.portability.api import beam_runner_api_pb2 as api

    proto = _graph(f"--sdk_container_image={IMAGE}")
    told = proto.SerializeToString()
    for one in _leaves(proto):
        if one.spec.urn == common_urns.primitives.PAR_DO.urn:
            function = pickler.loads(api.ParDoPayload.FromString(one.spec.payload).do_fn.payload)
            told += pickler.dumps(function, use_zlib=False) if function else b""
            told += repr(function).encode()
    places = {str(ROOT), os.getcwd(), str(Path.home()), sys.prefix, *site.getsitepackages()}
    assert [place for place in places if len(place) > 1 and place.encode() in told] == []


@needs_gcp
def test_the_package_is_staged_where_no_image_holds_it(tmp_path: Path) -> None:
    proto = _graph(f"--setup_file={ROOT / 'setup.py'}")
    from apache_beam.portability.api import beam_runner_api_pb2 as api

    staged = {
        api.ArtifactStagingToRolePayload.FromString(one.role_payload).staged_name: api.ArtifactFilePayload.FromString(one.type_payload).path
        for environment in proto.components.environments.values()
        for one in environment.dependencies
    }  # fmt: skip
    with tarfile.open(staged["workflow.tar.gz"]) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"pipeline/graph.py", "transforms/storage.py", "threatflux_training/catalogue/data/personas.toml"} <= names
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/"))]
