"""The client of Flink's REST API, against a small server that answers like one."""

import base64
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from pipeline.counts import by_stage, most
from pipeline.flink import Flink, FlinkError, Job, counters
from pipeline.runners.portable import Events, JobLost, Watch, cancel
from pipeline.settings import Settings, settings_from
from pipeline.targets import job_name, target_of
from threatflux_training.errors import SettingsError

IMAGE = ["--environment_config=registry/image:1"]


class Cluster(ThreadingHTTPServer):
    """Answers by path; remembers what was asked with another method than GET."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: dict[str, Any] = {
            "/overview": {"flink-version": "1.19.3", "taskmanagers": 2, "slots-total": 4, "slots-available": 3},
            "/jobs/overview": {"jobs": [
                {"jid": "a1", "name": "one", "state": "FINISHED", "start-time": 10},
                {"jid": "a2", "name": "one", "state": "RUNNING", "start-time": 20},
                {"jid": "b1", "name": "other", "state": "RUNNING", "start-time": 30},
            ]},
        }  # fmt: skip
        self.asked: list[tuple[str, str]] = []

    @property
    def master(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Cluster

    def do_GET(self) -> None:
        self._answer(self.server.answers.get(self.path))

    def do_PATCH(self) -> None:
        self.server.asked.append(("PATCH", self.path))
        for job in self.server.answers["/jobs/overview"]["jobs"]:
            if self.path == f"/jobs/{job['jid']}":
                job["state"] = "CANCELED"
        self._answer({})

    def _answer(self, found: Any) -> None:
        self.send_response(404 if found is None else 200)
        self.end_headers()
        self.wfile.write(json.dumps(found).encode())

    def log_message(self, format: str, *values: object) -> None:
        """Nothing."""


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    server = Cluster()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def _counter(space: str, name: str, value: int) -> dict[str, Any]:
    low = bytes([value & 0x7F | 0x80, value >> 7]) if value > 0x7F else bytes([value])
    return {
        "urn": "beam:metric:user:sum_int64:v1", "labels": {"NAMESPACE": space, "NAME": name, "PTRANSFORM": "s"},
        "payload": base64.b64encode(low).decode(),
    }  # fmt: skip


def _settings(cluster: Cluster, *beam: str) -> Settings:
    values = {"input": ["s3://b/in"], "output": "s3://b/out", "name": "Big Set", "runner": "FlinkRunner"}
    return settings_from({**values, "beam": [f"--flink_master={cluster.master}", *beam]})


def _target(settings: Settings) -> Any:
    from pipeline.beam_options import view

    return target_of(settings, view(settings.beam))


def test_jobs_are_found_by_name_and_cancelled_by_id(cluster: Cluster) -> None:
    flink = Flink(cluster.master)
    assert flink.jobs("one") == [Job("a2", "one", "RUNNING", 20), Job("a1", "one", "FINISHED", 10)]
    assert [job.id for job in flink.running("one")] == ["a2"]
    assert flink.busy() == 2
    flink.cancel("a2")
    assert cluster.asked == [("PATCH", "/jobs/a2")]
    assert flink.page("a2") == f"http://{cluster.master}/#/job/running/a2"


def test_all_jobs_of_a_dataset_are_cancelled_and_no_other(cluster: Cluster) -> None:
    target = _target(_settings(cluster, *IMAGE, "--job_name=one"))
    cancel(target)
    assert cluster.asked == [("PATCH", "/jobs/a2")]
    assert [job.state for job in Flink(cluster.master).jobs("other")] == ["RUNNING"]


def test_the_counts_of_a_try_come_from_what_workers_wrote_and_from_the_cluster(
    cluster: Cluster, tmp_path: Path
) -> None:
    values = {"input": ["in"], "output": str(tmp_path), "name": "x", "runner": "FlinkRunner"}
    settings = settings_from({**values, "beam": [f"--flink_master={cluster.master}", *IMAGE, "--job_name=one"]})
    events = tmp_path / "events.jsonl"
    said: list[str] = []
    watch = Watch(settings, _target(settings), Events(events), said.append)
    watch.look()
    assert not watch.alive
    assert said == []
    events.write_text('{"event": "submitted"}\n{"event": "failed", "ca')
    progress = Path(settings.staging) / "progress"
    progress.mkdir(parents=True)
    (progress / "index-1.json").write_text('{"stage": "index", "pid": 1, "host": "a", "bytes": 7}')
    cluster.answers["/jobs/a2/accumulators"] = {
        "user-task-accumulators": [
            {
                "name": "__metricscontainers",
                "value": json.dumps({"metrics": {"attempted": [_counter("index", "bytes", 9)]}}),
            }
        ]
    }
    time.sleep(1.1)
    watch.look()
    assert watch.done == {"index": {"bytes": 9}}
    assert said == [f"the job's page: http://{cluster.master}/#/job/running/a2"]
    cluster.answers["/jobs/overview"]["jobs"].clear()
    time.sleep(1.1)
    with pytest.raises(JobLost, match="does not know the job"):
        watch.look()


def test_counters_of_all_steps_are_summed_by_name(cluster: Cluster) -> None:
    other = {"urn": "beam:metric:element_count:v1", "labels": {"PCOLLECTION": "x"}, "payload": "AQ=="}
    found = [
        _counter("expand", "files", 300),
        _counter("expand", "files", 7),
        _counter("plan-expand", "files", 400),
        other,
    ]
    text = json.dumps({"metrics": {"attempted": found}})
    cluster.answers["/jobs/a2/accumulators"] = {
        "user-task-accumulators": [{"name": "__metricscontainers", "value": text}, {"name": "x", "value": "1"}]
    }
    done, totals = by_stage(Flink(cluster.master).counters("a2"))
    assert (done, totals) == ({"expand": {"files": 307}}, {"expand": {"files": 400}})
    committed = json.dumps({"metrics": {"attempted": found, "committed": [_counter("expand", "files", 5)]}})
    assert counters(committed) == [("expand", "files", 5)]


def test_two_views_of_the_same_work_are_not_added() -> None:
    assert most({"index": {"bytes": 5, "documents": 1}}, {"index": {"bytes": 3}, "expand": {"files": 2}}) == {
        "index": {"bytes": 5, "documents": 1}, "expand": {"files": 2},
    }  # fmt: skip


def test_a_cluster_that_is_away_is_named(cluster: Cluster) -> None:
    with pytest.raises(FlinkError, match="/jobs/none/accumulators: status 404"):
        Flink(cluster.master).counters("none")
    with pytest.raises(FlinkError, match="http://127.0.0.1:1/overview: Connection refused"):
        Flink("127.0.0.1:1").overview()
    values = {
        "input": ["x"],
        "output": "y",
        "name": "n",
        "runner": "FlinkRunner",
        "beam": ["--flink_master=127.0.0.1:1", *IMAGE],
    }
    with pytest.raises(SettingsError, match="flink_master 127.0.0.1:1: no Flink answers there"):
        _target(settings_from(values))


def test_all_free_slots_are_taken_and_the_cluster_tells_its_version(cluster: Cluster) -> None:
    target = _target(_settings(cluster, *IMAGE))
    assert target.workers == 3
    assert {
        "--parallelism=3",
        "--sdk_worker_parallelism=2",
        "--flink_version=1.19",
        "--number_of_execution_retries=0",
    } <= set(target.extra)
    assert "3 of 4 slots free" in target.said[0]


def test_more_slots_than_are_free_are_refused_before_anything_is_submitted(cluster: Cluster) -> None:
    with pytest.raises(
        SettingsError, match=r"parallelism 4: 3 of 4 slots are free and 2 job\(s\) run .*: wait, cancel one"
    ):
        _target(_settings(cluster, "--parallelism=4", *IMAGE))
    with pytest.raises(SettingsError, match="parallelism 5: 3 of 4 slots .*: add task managers"):
        _target(_settings(cluster, "--parallelism=5", *IMAGE))


@pytest.mark.parametrize(
    ("beam", "said"),
    [
        ((), "environment_type DOCKER: the workers' containers would not have this program"),
        (("--environment_type=EXTERNAL",), "environment_config : name the worker pool of a task manager"),
        (("--environment_type=PROCESS", "--environment_config=worker.sh"), 'write {"command"'),
        (("--environment_type=PROCESS", '--environment_config={"command": "/no/such"}'), "/no/such is no program"),
    ],
)
def test_code_that_would_not_reach_the_workers_is_refused(cluster: Cluster, beam: tuple[str, ...], said: str) -> None:
    with pytest.raises(SettingsError) as failure:
        _target(_settings(cluster, *beam))
    assert said in str(failure.value)


def test_what_ships_the_code_is_taken(cluster: Cluster) -> None:
    for beam in ("--setup_file=./setup.py", "--extra_package=x.tar.gz", "--sdk_container_image=i:1", *IMAGE):
        assert _target(_settings(cluster, beam)).workers == 3


def test_every_run_of_a_dataset_has_the_same_job_name(cluster: Cluster) -> None:
    names = {job_name(_settings(cluster, *IMAGE)), job_name(_settings(cluster, "--parallelism=2"))}
    assert len(names) == 1
    assert names.pop().startswith("threatflux-big-set-")
