"""Running a command and measuring it: wall clock, CPU of all its processes, peaks of memory by role."""

import contextlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import psutil

_PAUSE = 0.1
_GOOD = (0, 3)
"""Exit statuses of a run that left a complete dataset."""
_GRAPH = ["-m", "pipeline.local_job"]
_SERVER = "multiprocessing.forkserver"


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """One command: seconds of wall clock and of CPU (user and system, all processes), bytes of memory, what it printed.

    `peak` is the most that the whole tree had at a time, as proportional set sizes. `peaks` has the most that one process
    had, by role (command, graph, worker): proportional set size less pages of files, which the system can take back.
    """

    seconds: float
    cpu: float
    status: int
    peak: int
    peaks: dict[str, int]
    output: str


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A dataset as its manifest counts it. `shards` has the sha256 of each by its path."""

    documents: int
    examples: int
    digest: str
    shards: dict[str, str]


class _Tree:
    """A process and all below it, looked at again and again."""

    def __init__(self, pid: int) -> None:
        self._root = psutil.Process(pid)
        self._cpu: dict[tuple[int, float], float] = {}
        self.peak = 0
        self.peaks: dict[str, int] = {}

    @property
    def cpu(self) -> float:
        """Seconds of all processes as last seen."""
        return sum(self._cpu.values())

    def look(self) -> None:
        """Take the figures of this moment; processes that end meanwhile are passed over."""
        total = 0
        with contextlib.suppress(psutil.Error):
            for member in [self._root, *self._root.children(recursive=True)]:
                with contextlib.suppress(psutil.Error, OSError):
                    total += self._member(member)
        self.peak = max(self.peak, total)

    def _member(self, member: psutil.Process) -> int:
        times = member.cpu_times()
        self._cpu[member.pid, member.create_time()] = times.user + times.system
        whole, own = memory_of(member)
        role = "command" if member.pid == self._root.pid else _role(member)
        self.peaks[role] = max(self.peaks.get(role, 0), own)
        return whole


def _role(process: psutil.Process) -> str:
    """What a process below the command is: the graph, the server that workers are forked from, a worker, or other."""
    command, parent = process.cmdline(), process.parent()
    if _SERVER in " ".join(command):
        return "worker" if parent is not None and parent.cmdline() == command else "server"
    return "graph" if command[1:3] == _GRAPH else "other"


def memory_of(process: psutil.Process) -> tuple[int, int]:
    """Bytes of a process, shared pages by share: all, and without pages of files where the system tells them apart."""
    rollup = Path(f"/proc/{process.pid}/smaps_rollup")
    if not rollup.exists():
        size: int = process.memory_info().rss
        return size, size
    found: dict[str, int] = {}
    for line in rollup.read_text().splitlines()[1:]:
        name, amount, *_ = line.split()
        found[name] = int(amount) << 10
    whole = found.get("Pss:", 0)
    return whole, whole - found.get("Pss_File:", 0)


def measure(command: Sequence[str], *, given: str = "") -> Measure:
    """Run a command to its end, with that text on its standard input; what it writes on standard error is lost."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as into:
        into.write(given)
        into.seek(0)
        before, start = _children_cpu(), time.monotonic()
        process = subprocess.Popen(list(command), stdin=into, stdout=out, stderr=subprocess.DEVNULL)
        tree = _Tree(process.pid)
        status = _watch(process, tree)
        seconds = time.monotonic() - start
        out.seek(0)
        output = out.read()
    cpu = max(_children_cpu() - before, tree.cpu)
    return Measure(seconds=seconds, cpu=cpu, status=status, peak=tree.peak, peaks=tree.peaks, output=output)


def _watch(process: "subprocess.Popen[bytes]", tree: _Tree) -> int:
    """Look at the tree until the process ends; its exit status."""
    while True:
        tree.look()
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(_PAUSE)


def _children_cpu() -> float:
    """CPU of the processes that this one waited for, and of those that they waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measure_job(
    inputs: Sequence[Path], dataset: Path, *, workers: int, options: Sequence[str] = ()
) -> tuple[Measure, Made]:
    """A run of the pipeline into that dataset. Raises SystemExit where it leaves none."""
    found = measure(
        [
            sys.executable, "-m", "pipeline", "--input", *map(str, inputs), "--output", str(dataset.parent),
            "--name", dataset.name, "--direct_num_workers", str(workers), "--progress", "none", *options,
        ]
    )  # fmt: skip
    if found.status not in _GOOD:
        raise SystemExit(f"the run ended with status {found.status}: {found.output}")
    return found, made(dataset)


def measure_python(module: str, *arguments: str, given: str = "") -> tuple[Measure, dict[str, Any]]:
    """A run of a module that prints JSON as its last line. Raises SystemExit where it fails."""
    found = measure([sys.executable, "-m", module, *arguments], given=given)
    if found.status:
        raise SystemExit(f"{module} {' '.join(arguments)} ended with status {found.status}: {found.output}")
    facts: dict[str, Any] = json.loads(found.output.splitlines()[-1])
    return found, facts


def made(dataset: Path) -> Made:
    """What the manifest of a dataset says."""
    facts = json.loads((dataset / "manifest.json").read_text())
    counts = facts["counts"]
    return Made(
        documents=counts["documents"], examples=counts["examples"], digest=facts["digest"],
        shards={one["path"]: one["sha256"] for one in facts["shards"]},
    )  # fmt: skip


def input_bytes(folder: Path) -> int:
    """Bytes of all files of a folder."""
    return sum(os.path.getsize(path) for path in folder.rglob("*") if path.is_file())
