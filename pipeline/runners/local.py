"""Running the graph on this machine: how many workers, a supervised child, restarts that go on with what is staged."""

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from pipeline.failures import last_cause, traceback_in
from pipeline.locations import run_folder, storage_for
from pipeline.pace import Pace
from pipeline.progress import Display, read_counts, state
from pipeline.settings import Settings, values
from pipeline.supervisor import TRIES, Child
from threatflux_training.dataset.storage import LocalStorage, is_remote, join

WORKER_BYTES = 1 << 30
"""Memory that one worker may need with large reports."""
INPUT_BYTES = 2 << 20
"""Bytes of input for which one more worker is worth its start and its memory."""

_TOLD = 400
"""Lines at the end of the log in which the cause of a failure is looked for."""


@dataclass(frozen=True)
class Workers:
    """How many worker processes, and why."""

    count: int
    reason: str


def memory_available() -> int:
    """Bytes this process may use: free memory, or what the control group still allows, whichever is less."""
    limit = psutil.virtual_memory().available
    group, used = Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")
    if group.is_file() and used.is_file() and (text := group.read_text().strip()).isdigit():
        limit = min(limit, max(0, int(text) - int(used.read_text())))
    return limit


def choose_workers(settings: Settings, input_bytes: int) -> Workers:
    """The number of workers asked for, else what cores, memory and input suggest."""
    if settings.workers:
        return Workers(settings.workers, "as asked for")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    room = max(1, (settings.memory_limit or memory_available()) // WORKER_BYTES)
    enough = max(1, input_bytes // INPUT_BYTES)
    if enough < min(cores, room):
        return Workers(enough, f"{input_bytes / 1e6:.1f} MB of input need no more")
    return Workers(min(cores, room), f"{cores} cores, memory for {room}")


def run_local(settings: Settings, input_bytes: int, show: Callable[[str], None], display: Display) -> int:
    """Run the job in a child process; its exit status, 130 when interrupted.

    `show` gets lines for the person at the terminal. A worker that was killed does not end the run: it starts again and
    takes what is staged.
    """
    workers = choose_workers(settings, input_bytes)
    show(f"DirectRunner with {workers.count} worker(s): {workers.reason}")
    folder, storage = run_folder(settings.staging), storage_for([settings.folder], settings.beam)
    started, tries, before = time.monotonic(), 0, -1
    limit = settings.memory_limit or memory_available()
    while True:
        shutil.rmtree(folder / "progress", ignore_errors=True)
        child = Child(values(settings, limit), workers.count, folder / "run.log")
        pace = Pace()

        def show_state(memory: int, pace: Pace = pace) -> None:
            display.update(
                state(folder, started, input_bytes, pace, workers=workers.count, memory=memory, memory_limit=limit)
            )

        try:
            status = child.wait(
                show_state,
                lambda: storage.exists(join(settings.folder, "COMPLETED")),
            )
        except KeyboardInterrupt:
            child.end()
            return 130
        done = sum(read_counts(LocalStorage(), str(folder))[0].get("expand", {}).values())
        tries, before = (tries + 1, before) if done <= before else (0, done)
        if not status or not child.was_killed(status) or tries >= TRIES:
            break
        show("a worker was killed from outside; going on with what is staged")
    if status:
        cause = last_cause(traceback_in(child.tail(_TOLD)) or child.tail(_TOLD))
        show(f"the run failed: {cause}; more in {folder / 'run.log'}")
    elif is_remote(settings.staging):
        shutil.rmtree(folder)
    return status
