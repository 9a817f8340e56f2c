"""Running the graph on this machine: all cores, in a child process whose chatter goes to a log file."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from pipeline.settings import Settings
from threatflux_training.dataset.listing import list_sources
from threatflux_training.dataset.storage import LocalStorage

WORKER_BYTES = 1 << 30
"""Memory that one worker may need with large reports."""
SMALL_INPUT = 24 << 20
"""Bytes of input below which one worker, inside the child, is quicker than starting several."""
_POLL = 0.2


@dataclass(frozen=True)
class Workers:
    """How many worker processes, and why."""

    count: int
    reason: str


def memory_limit() -> int:
    """Bytes this process may use: the smaller of free memory and the control group's limit."""
    limit = psutil.virtual_memory().available
    group = Path("/sys/fs/cgroup/memory.max")
    if group.is_file() and (text := group.read_text().strip()).isdigit():
        limit = min(limit, int(text))
    return limit


def choose_workers(settings: Settings, input_bytes: int) -> Workers:
    """The number of workers asked for, else what cores, memory and input suggest."""
    if settings.workers:
        return Workers(settings.workers, "as asked for")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if input_bytes < SMALL_INPUT:
        return Workers(1, f"{input_bytes / 1e6:.1f} MB of input need no more")
    room = max(1, memory_limit() // WORKER_BYTES)
    return Workers(min(cores, room), f"{cores} cores, memory for {room}")


def run_local(settings: Settings, show: Callable[[str], None]) -> int:
    """Run the job in a child process; its exit status. `show` gets lines for the person at the terminal."""
    sources = list_sources(settings.input, LocalStorage(), (settings.folder,)).sources
    size = sum(one.size for one in sources)
    workers = choose_workers(settings, size)
    show(f"{len(sources):,} files, {size / 1e6:,.1f} MB; DirectRunner with {workers.count} worker(s): {workers.reason}")
    os.makedirs(settings.staging, exist_ok=True)
    log = Path(settings.staging) / "run.log"
    root = str(Path(__file__).resolve().parent.parent)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([root, os.environ.get("PYTHONPATH", "")])}
    command = [sys.executable, "-m", "pipeline.job", str(workers.count)]
    values = {**dict(settings.options), "input": settings.input, "output": settings.output, "staging": settings.staging,
              "existing": settings.existing, "runner": settings.runner}  # fmt: skip
    with log.open("wb") as out:
        child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=out, stderr=out, env=environment)
        status = _wait(child, json.dumps(values).encode(), show, Path(settings.staging))
    if status:
        show(f"the run failed; the last lines of {log}:")
        show("\n".join(log.read_text(errors="replace").splitlines()[-8:]))
    return status


def _wait(child: "subprocess.Popen[bytes]", values: bytes, show: Callable[[str], None], staging: Path) -> int:
    if child.stdin is not None:
        child.stdin.write(values)
        child.stdin.close()
    shown = time.monotonic()
    try:
        while (status := child.poll()) is None:
            time.sleep(_POLL)
            if time.monotonic() - shown > 5:
                shown = time.monotonic()
                staged = sum(path.stat().st_size for path in staging.glob("segments/*.seg"))
                show(f"working: {staged / 1e6:,.1f} MB of compressed examples staged")
    except KeyboardInterrupt:
        child.terminate()
        child.wait()
        return 130
    return status


def clean_staging(settings: Settings) -> None:
    """Remove what a finished run no longer needs."""
    shutil.rmtree(settings.staging, ignore_errors=True)
