"""Running the graph through a job server: on Prism, on a Flink cluster, or on a Flink inside the job server."""

import contextlib
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipeline.beam_options import view
from pipeline.counts import Counts, by_stage, most
from pipeline.failures import last_cause, may_pass, traceback_in
from pipeline.flink import Flink, FlinkError
from pipeline.locations import storage_for
from pipeline.pace import Pace
from pipeline.progress import Display, read_counts, state_of
from pipeline.settings import Settings, values
from pipeline.supervisor import TRIES, Child
from pipeline.targets import Target, target_of
from threatflux_training.dataset.storage import is_remote, join

_LOOK, _LOOK_REMOTE = 1.0, 10.0
"""Seconds between two looks at what the workers wrote, on a disk and in an object store."""
_CANCEL_SECONDS = 20.0
_DEAD_TRIES = 1
"""Further tries of a job of which no worker ever came up."""
LOOK = (
    "look at the logs of the task managers and of the worker pool; --environment_config must name a pool or a command that"
    " each of them reaches"
)
_RETURN_SECONDS = 600.0
"""How long a cluster may be away, or without enough slots, before a run that lost it is given up."""
Show = Callable[[str], None]


class Unanswered(Exception):
    """No worker came up; the argument says what to look at."""


class JobLost(Exception):
    """The cluster has forgotten the job; the argument says so."""


class Events:
    """What the child told so far."""

    def __init__(self, path: Path) -> None:
        self._path, self._place = path, 0
        path.unlink(missing_ok=True)
        self.done: Counts = {}
        self.totals: Counts = {}
        self.cause = ""
        self.submitted = False

    def read(self) -> None:
        """Take what is new."""
        if not self._path.exists():
            return
        with self._path.open() as file:
            file.seek(self._place)
            while (line := file.readline()).endswith("\n"):
                self._place = file.tell()
                self._take(json.loads(line))

    def _take(self, event: dict[str, Any]) -> None:
        if event["event"] == "counts":
            self.done, self.totals = event["done"], event["totals"]
        elif event["event"] == "failed":
            self.cause = event["cause"]
        else:
            self.submitted = True


class Watch:
    """One try of a job, looked at again and again: its page, its counts, whether it lives."""

    def __init__(self, settings: Settings, target: Target, events: Events, show: Show) -> None:
        self._target, self._events, self._show = target, events, show
        self._storage, self._staging = storage_for([settings.staging]), settings.staging
        self._pause = _LOOK_REMOTE if is_remote(settings.staging) else _LOOK
        self._looked, self._asked, self._seen_at = 0.0, 0.0, 0.0
        self.done: Counts = {}
        self.totals: Counts = {}
        self.job = ""
        self._away = 0.0

    @property
    def alive(self) -> bool:
        """Whether any worker has told anything."""
        return bool(self.totals or self.done)

    def look(self) -> None:
        """Renew what is known. Raises Unanswered and JobLost."""
        now = time.monotonic()
        self._events.read()
        if now - self._asked >= _LOOK and self._target.cluster and self._events.submitted:
            self._ask(self._target.cluster)
            self._asked = time.monotonic()
        if now - self._looked >= self._pause:
            self._count(*read_counts(self._storage, self._staging))
            self._count(self._events.done, self._events.totals)
            self._looked = time.monotonic()
        self._miss_workers(now)

    def _count(self, done: Counts, totals: Counts) -> None:
        self.done, self.totals = most(self.done, done), most(self.totals, totals)

    def _ask(self, cluster: Flink) -> None:
        try:
            found = cluster.jobs(self._target.name)
            self._away = 0.0
        except FlinkError as error:
            self._away = self._away or time.monotonic()
            if time.monotonic() - self._away > _RETURN_SECONDS:
                raise JobLost(f"the cluster has not answered for {_RETURN_SECONDS:.0f} s ({error})") from error
            return
        if not self.job and found:
            self.job = found[0].id
            self._show(f"the job's page: {cluster.page(self.job)}")
        elif self.job and self.job not in [one.id for one in found]:
            raise JobLost("the job manager was started again and does not know the job")
        if self.job:
            with contextlib.suppress(FlinkError):
                self._count(*by_stage(cluster.counters(self.job)))

    def _miss_workers(self, now: float) -> None:
        """Somebody must have counted something some time after the job was submitted."""
        if not self._events.submitted or self.alive:
            return
        self._seen_at = self._seen_at or now
        if now - self._seen_at > self._target.answer:
            raise Unanswered(f"no SDK worker has come up in {self._target.answer:.0f} s: {LOOK}")


def run_portable(settings: Settings, input_bytes: int, show: Show, display: Display) -> int:
    """Submit the job and wait; its exit status, 130 when interrupted.

    A run that lost a worker, a task manager or the job manager is submitted again and takes what is staged; an error of
    the program's own ends it. Raises SettingsError for what can be known to fail beforehand.
    """
    target = target_of(settings, view(settings.beam))
    for line in target.said:
        show(line)
    if target.cluster and _is_left(target.cluster, target.name):
        show(
            "an earlier run of this dataset, which nobody waits for, is still there: it is cancelled; what it staged is kept"
        )
        cancel(target)
    tries, before, started = 0, -1, time.monotonic()
    while True:
        status, done, cause, alive = _try(settings, target, input_bytes, show, display, started)
        if status in (0, 130):
            return status
        if target.cluster:
            cancel(target)
        tries, before = (tries + 1, before) if done <= before else (0, done)
        if not may_pass(cause) or tries >= (TRIES if alive else _DEAD_TRIES) or not _room(target, show):
            hint = "" if alive or not may_pass(cause) else f"; no SDK worker ever came up: {LOOK}"
            show(f"the run failed: {last_cause(cause)}{hint}")
            return 1
        show(f"the job was lost ({last_cause(cause)}); it is submitted again and goes on with what is staged")


def _try(
    settings: Settings, target: Target, input_bytes: int, show: Show, display: Display, started: float
) -> tuple[int, int, str, bool]:  # fmt: skip
    """One submission: its exit status, how much it had expanded, what ended it, and whether a worker ever came up."""
    folder = Path(tempfile.mkdtemp(prefix="threatflux-")) if is_remote(settings.staging) else Path(settings.staging)
    folder.mkdir(parents=True, exist_ok=True)
    storage = storage_for([settings.staging])
    for found in storage.walk(join(settings.staging, "progress")):
        storage.remove(found.path)
    log, events = folder / "run.log", Events(folder / "events.jsonl")
    watch = Watch(settings, target, events, show)
    child = Child(
        {**values(settings, settings.memory_limit), "extra": list(target.extra), "cluster": target.cluster and target.cluster.url,
         "job_name": target.name},
        target.workers, log, module="pipeline.portable_job", arguments=[str(folder / "events.jsonl")], attended=False,
    )  # fmt: skip

    pace = Pace()

    def tick(memory: int) -> None:
        watch.look()
        limit, totals = settings.memory_limit, watch.totals
        display.update(
            state_of(
                watch.done,
                totals,
                started,
                input_bytes,
                pace,
                workers=target.workers,
                memory=memory,
                memory_limit=limit,
            )
        )

    try:
        status = child.wait(tick, lambda: False)
    except KeyboardInterrupt:
        _interrupted(target, child, show, display)
        return 130, 0, "", watch.alive
    except (JobLost, Unanswered) as error:
        child.end()
        return 1, _expanded(watch), f"{'JobManager: ' if isinstance(error, JobLost) else ''}{error}", watch.alive
    events.read()
    cause = events.cause or traceback_in(child.tail(400)) or child.tail(1)
    if settings.runner == "PrismRunner" and "Traceback" not in cause:
        cause = traceback_in(child.tail(4000)) or cause
    if status:
        show(f"all that was logged: {log}")
    if status < 0:
        cause = "the submitting process was ended from outside: Connection reset"
    return status, _expanded(watch), cause, watch.alive


def _is_left(cluster: Flink, name: str) -> bool:
    """Whether a job of that name runs; a cluster that does not answer now will be missed in a moment."""
    try:
        return bool(cluster.running(name))
    except FlinkError:
        return False


def _expanded(watch: Watch) -> int:
    return sum(watch.done.get("expand", {}).values())


def _interrupted(target: Target, child: Child, show: Show, display: Display) -> None:
    """Cancel what runs; on a terminal the person may let a cluster go on."""
    display.close()
    wanted = True
    if target.cluster and sys.stdin.isatty():
        try:
            wanted = input("Cancel the job on the cluster? [Y/n] ").strip().lower() not in ("n", "no")
        except (KeyboardInterrupt, EOFError):
            wanted = True
    if target.cluster and wanted:
        cancel(target)
        show("the job is cancelled")
    elif target.cluster:
        show(f"the job goes on without this program: {target.cluster.url}")
    child.end()


def cancel(target: Target) -> None:
    """Cancel every job of this name and wait for its end, as long as the cluster answers."""
    until = time.monotonic() + _CANCEL_SECONDS
    asked: set[str] = set()
    while target.cluster and time.monotonic() < until:
        try:
            left = target.cluster.running(target.name)
            for job in left:
                if job.id not in asked:
                    asked.add(job.id)
                    target.cluster.cancel(job.id)
        except FlinkError:
            return
        if not left:
            return
        time.sleep(0.5)


def _room(target: Target, show: Show) -> bool:
    """Wait until the cluster has the slots for another try; False if it does not get them in time."""
    said, until = False, time.monotonic() + _RETURN_SECONDS
    while target.cluster and time.monotonic() < until:
        try:
            seen = target.cluster.overview()
            if seen.free >= target.workers:
                return True
            what = f"{seen.free} of the {target.workers} slots that are needed are free"
        except FlinkError as error:
            what = str(error)
        if not said:
            show(f"waiting for the cluster: {what}")
            said = True
        time.sleep(1)
    return not target.cluster
