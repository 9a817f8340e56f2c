"""The child process in which a local run lives: started, watched, ended with all its workers, started again."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psutil

from threatflux_training.dataset.storage import RUN_FOLDER

TRIES = 5
"""Starts without any progress in between before a run is given up."""
_POLL, _MEASURE = 0.2, 1.0
_ARRIVE = 20.0
"""Seconds after the first worker in which all others have come."""
_MISSED = 3
"""Measurements in a row in which a worker is missing before it counts as lost: Beam itself may wait for it for ever."""
_LOST = ("Channel closed prematurely", "StatusCode.UNAVAILABLE", "Socket closed")
"""What the log ends with when a worker was killed from outside."""


class Attendance:
    """Which workers should be there: as many as ever were, and all that were asked for some time after the first one came.

    A worker that is killed before it was ever seen would be missed by nobody otherwise.
    """

    def __init__(self, workers: int) -> None:
        self._asked = workers if workers > 1 else 0
        self._most = 0
        self._since: float | None = None

    def missing(self, alive: int, now: float) -> bool:
        """Whether fewer than that are alive; `now` in seconds of a steady clock."""
        if alive and self._since is None:
            self._since = now
        self._most = max(self._most, alive)
        late = self._since is not None and now - self._since > _ARRIVE
        return alive < (max(self._most, self._asked) if late else self._most)


class Child:
    """A run in a process group of its own; its chatter goes to a log file.

    `module` is run with the number of workers and `arguments`, and reads `values`. Whether the workers are there is
    watched only where they are processes of this machine that Beam started (`attended`).
    """

    def __init__(
        self, values: dict[str, Any], workers: int, log: Path, *, module: str = "pipeline.local_job",
        arguments: Sequence[str] = (), attended: bool = True,
    ) -> None:  # fmt: skip
        root = str(Path(__file__).resolve().parent.parent)
        paths = os.pathsep.join([root, os.environ.get("PYTHONPATH", "")])
        environment = {**os.environ, "PYTHONPATH": paths, **({RUN_FOLDER: str(log.parent)} if attended else {})}
        self._log = log
        self._lost = False
        self._workers = workers
        self._attended = attended
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", module, str(workers), *arguments], stdin=subprocess.PIPE, stdout=out, stderr=out,
                env=environment, start_new_session=True,
            )  # fmt: skip
        if self.process.stdin is not None:
            self.process.stdin.write(json.dumps(values).encode())
            self.process.stdin.close()

    def wait(self, tick: Callable[[int], None], finished: Callable[[], bool]) -> int:
        """Wait for the end, or until a worker is lost before the run is `finished`.

        `tick` is told the memory of the whole tree, in bytes, several times a second.
        """
        measured, memory, missed, known = 0.0, 0, 0, Attendance(self._workers)
        while (status := self.process.poll()) is None:
            if time.monotonic() - measured > _MEASURE:
                measured, memory = time.monotonic(), tree_memory(self.process.pid)
                missing = self._attended and known.missing(worker_count(self.process.pid), measured)
                missed = missed + 1 if missing and not finished() else 0
                if missed >= _MISSED:
                    self._lost = True
                    break
            tick(memory)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(_POLL)
        self.end()
        return -signal.SIGKILL if status is None else status

    def end(self) -> None:
        """End the child and everything it started."""
        for sign in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, sign)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(2)

    def was_killed(self, status: int) -> bool:
        """Whether it or one of its workers was ended from outside, rather than by a fault of its own."""
        return self._lost or status < 0 or any(mark in self.tail(200) for mark in _LOST)

    def tail(self, lines: int) -> str:
        """The end of the log."""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-lines:])


def tree_memory(pid: int) -> int:
    """Bytes of memory of a process and all below it, shared pages counted once where the system tells; 0 if it is gone."""
    total = 0
    try:
        root = psutil.Process(pid)
        members = [root, *root.children(recursive=True)]
    except psutil.Error:
        return 0
    for member in members:
        with contextlib.suppress(psutil.Error):
            facts = member.memory_full_info() if sys.platform == "linux" else member.memory_info()
            total += getattr(facts, "pss", facts.rss)
    return total


def worker_count(pid: int) -> int:
    """Beam worker processes below a process: forked from a server, or interpreters of their own."""
    count = 0
    with contextlib.suppress(psutil.Error):
        for member in psutil.Process(pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):
                count += is_worker(member)
    return count


def is_worker(process: psutil.Process) -> bool:
    """Whether a process is a Beam worker; a forked one still has the command of its server. Raises psutil.Error."""
    command = process.cmdline()
    if any("multiprocessing.forkserver" in word for word in command[1:]):
        parent = process.parent()
        return parent is not None and parent.cmdline() == command
    return command[1:3] == ["-m", "apache_beam.runners.worker.sdk_worker_main"]


def die_with_parent(before: Callable[[], None] | None = None) -> None:
    """End this process group when the submitter is gone, after `before`; runs in a thread of the child."""
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(0.5)
    if before:
        before()
    os.killpg(os.getpgrp(), signal.SIGKILL)
