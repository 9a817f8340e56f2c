"""A Flink cluster, asked over its REST API: slots, jobs, counters, causes of failures; and jobs cancelled."""

import base64
import json
import urllib.error
import urllib.request
from typing import Any, NamedTuple

ACTIVE = ("INITIALIZING", "CREATED", "RUNNING", "FAILING", "RESTARTING", "CANCELLING", "RECONCILING", "SUSPENDED")
"""States of a job that is not over."""
_TIMEOUT = 10.0
_METRICS = "__metricscontainers"
_COUNTER = "beam:metric:user:sum_int64:v1"


class FlinkError(Exception):
    """The cluster did not answer, or refused; the argument says what was asked and what came."""


class Job(NamedTuple):
    """A job as the cluster lists it."""

    id: str
    name: str
    state: str
    start: int


class Overview(NamedTuple):
    """The cluster as a whole."""

    version: str
    task_managers: int
    slots: int
    free: int


class Flink:
    """The cluster at `master`, host:port or a URL."""

    def __init__(self, master: str) -> None:
        plain = master.strip().rstrip("/")
        self.url = plain if plain.startswith(("http://", "https://")) else f"http://{plain}"

    def overview(self) -> Overview:
        """Version, task managers, slots. Raises FlinkError."""
        found = self._get("/overview")
        return Overview(
            found["flink-version"], found["taskmanagers"], found["slots-total"], found["slots-available"]
        )  # fmt: skip

    def jobs(self, name: str) -> list[Job]:
        """The jobs of that name, the newest first. Raises FlinkError."""
        found = [
            Job(one["jid"], one["name"], one["state"], one["start-time"]) for one in self._get("/jobs/overview")["jobs"]
        ]
        return sorted((one for one in found if one.name == name), key=lambda one: -one.start)

    def running(self, name: str) -> list[Job]:
        """Those of them that are not over. Raises FlinkError."""
        return [one for one in self.jobs(name) if one.state in ACTIVE]

    def busy(self) -> int:
        """How many jobs of any name are not over. Raises FlinkError."""
        return sum(one["state"] in ACTIVE for one in self._get("/jobs/overview")["jobs"])

    def cancel(self, job: str) -> None:
        """Ask for the end of a job; it may take some seconds. Raises FlinkError."""
        self._ask(f"/jobs/{job}", "PATCH")

    def page(self, job: str) -> str:
        """Where a person sees the job."""
        return f"{self.url}/#/job/running/{job}"

    def counters(self, job: str) -> list[tuple[str, str, int]]:
        """Namespace, name and value of each of our counters; they come when bundles end. Raises FlinkError."""
        found: list[tuple[str, str, int]] = []
        for one in self._get(f"/jobs/{job}/accumulators")["user-task-accumulators"]:
            if one["name"] == _METRICS:
                found += counters(one["value"])
        return found

    def _get(self, path: str) -> Any:
        return json.loads(self._ask(path, "GET"))

    def _ask(self, path: str, method: str) -> bytes:
        request = urllib.request.Request(self.url + path, method=method)
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:
                data: bytes = answer.read()
                return data
        except urllib.error.HTTPError as error:
            raise FlinkError(f"{method} {request.full_url}: status {error.code}") from error
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise FlinkError(f"{request.full_url}: {getattr(reason, 'strerror', None) or reason}") from error


def counters(text: str) -> list[tuple[str, str, int]]:
    """Beam's counters from the accumulator in which the Flink runner keeps all metrics; committed ones where they are told."""
    try:
        metrics = json.loads(text).get("metrics", {})
    except ValueError:
        return []
    kind = "committed" if metrics.get("committed") else "attempted"
    return [
        (one["labels"]["NAMESPACE"], one["labels"]["NAME"], _number(base64.b64decode(one["payload"])))
        for one in metrics.get(kind, ())
        if one["urn"] == _COUNTER
    ]


def _number(data: bytes) -> int:
    """A variable-length integer, low bits first."""
    return sum((byte & 0x7F) << 7 * place for place, byte in enumerate(data))
