"""Runs that are killed: `python -m tests.proofs.kill_runs REPORTS [--runs 6]`.

Each run of the job loses a worker, the process that builds the graph, its whole group, or the submitter itself by SIGKILL
at a moment taken from a fixed sequence, and is given again as the same command until it is complete. The digest and the
bytes of all shards must be those of an undisturbed run. Work redone is (expanded - distinct) / distinct: `distinct` is the
number of files of the dataset, `expanded` what the workers of all starts expanded, each worker by what it staged or by what
it said last, whichever is more. The file that a killed worker was about is not in it.
"""

import argparse
import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import psutil

from threatflux_training.dataset.segments import SUFFIX, records

TARGETS = ("worker", "graph", "group", "submitter")
_GOOD = (0, 3)
"""Exit statuses of a complete dataset."""
_STARTS = 5
_POLL = 0.1
_EARLIER = 0.6
"""Factor for the moment where a run ended before it: machines are not always equally busy."""
_LONG = 300.0
"""Seconds after which a start counts as hung."""


class Made(NamedTuple):
    """A dataset: its digest, the sha256 of each shard by path, its files."""

    digest: str
    shards: dict[str, str]
    files: int


class Ledger:
    """What the workers of a dataset's runs expanded; to be read again and again, as every start begins with an empty folder."""

    def __init__(self, dataset: Path) -> None:
        self._staging = dataset / ".staging"
        self._said: dict[str, tuple[int, int]] = {}

    def look(self) -> None:
        """Take what the workers say; what is gone meanwhile was read before."""
        for path in (self._staging / "progress").glob("expand-*.json"):
            with contextlib.suppress(OSError, ValueError):
                counts = json.loads(path.read_text())
                self._said[path.name] = counts["pid"], counts.get("files", 0) - counts.get("kept", 0)

    def expanded(self) -> int:
        """Files, by all workers seen so far."""
        said, staged = Counter[int](), Counter[int]()
        for pid, files in self._said.values():
            said[pid] += files
        for path in (self._staging / "segments").glob(f"*{SUFFIX}"):
            with path.open("rb") as file:
                staged[int(path.name.partition("-")[0])] += sum(1 for _ in records(file, path.stat().st_size))
        return (said | staged).total()


def main() -> None:
    arguments = _arguments()
    with tempfile.TemporaryDirectory() as folder:
        start = time.monotonic()
        status = _finish(subprocess.Popen(_command(arguments, folder, "calm"), stdout=subprocess.DEVNULL), None)
        if status not in _GOOD:
            raise SystemExit(f"the undisturbed run ended with status {status}")
        calm = time.monotonic() - start
        expected = _made(Path(folder, "calm"))
        print(f"undisturbed: {calm:.1f} s, {expected.files:,} files, digest {expected.digest}", flush=True)
        redone = [_killed_run(arguments, folder, number, calm, expected) for number in range(arguments.runs)]
    passed = [one for one in redone if one is not None]
    mean = sum(passed) / max(1, len(passed))
    print(f"{len(passed)} passed, {len(redone) - len(passed)} failed; redone {mean:.1%} on average, "
          f"{max(passed, default=0):.1%} at most; bar {arguments.redone:.0%}")  # fmt: skip
    raise SystemExit(len(passed) < len(redone) or mean > arguments.redone)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reports")
    parser.add_argument("--runs", type=int, default=6)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--redone", type=float, default=0.1, help="share of work redone that is allowed, on average")
    return parser.parse_args()


def _command(arguments: argparse.Namespace, folder: str, name: str) -> list[str]:
    return [
        sys.executable, "-m", "pipeline", "--input", arguments.reports, "--output", folder, "--name", name,
        "--direct_num_workers", str(arguments.workers), "--progress", "none",
    ]  # fmt: skip


def _finish(process: "subprocess.Popen[bytes]", ledger: Ledger | None) -> int:
    """The exit status; -SIGKILL where the run hangs, which is then ended."""
    until = time.monotonic() + _LONG
    while time.monotonic() < until:
        if ledger:
            ledger.look()
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(_POLL)
    process.kill()
    return process.wait()


def _made(dataset: Path) -> Made:
    facts = json.loads((dataset / "manifest.json").read_text())
    shards = {one["path"]: hashlib.sha256((dataset / one["path"]).read_bytes()).hexdigest() for one in facts["shards"]}
    return Made(facts["digest"], shards, facts["counts"]["files"])


def _killed_run(arguments: argparse.Namespace, folder: str, number: int, calm: float, expected: Made) -> float | None:
    """The share of work redone; None where the run did not give the expected dataset."""
    name, target = f"run-{number}", TARGETS[number % len(TARGETS)]
    moment = calm * (0.15 + 0.75 * (number * 0.6180339887 % 1))
    dataset, command = Path(folder, name), _command(arguments, folder, name)
    while True:
        ledger = Ledger(dataset)
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        if killed := _kill_at(moment, process, target, ledger):
            break
        shutil.rmtree(dataset)
        moment *= _EARLIER
    status, starts = _finish(process, ledger), 1
    while status not in _GOOD and starts < _STARTS:
        status, starts = _finish(subprocess.Popen(command, stdout=subprocess.DEVNULL), ledger), starts + 1
    same = status in _GOOD and _made(dataset) == expected
    expanded = ledger.expanded()
    redone = expanded / expected.files - 1
    print(f"{name}: {killed} killed after {moment:.1f} s; {starts} start(s); expanded {expanded:,}, redone "
          f"{redone:.1%}; {'same bytes' if same else f'DIFFERENT, status {status}'}", flush=True)  # fmt: skip
    return redone if same else None


def _kill_at(moment: float, process: "subprocess.Popen[bytes]", target: str, ledger: Ledger) -> str:
    """Wait for the moment, then kill; what was killed, "" where the run ended before."""
    until = time.monotonic() + moment
    while time.monotonic() < until and process.poll() is None:
        ledger.look()
        time.sleep(_POLL)
    ledger.look()
    return _kill(process, target) if process.poll() is None else ""


def _kill(process: "subprocess.Popen[bytes]", target: str) -> str:
    """Kill what is meant, if it runs at that moment; else the process nearest above it."""
    below = psutil.Process(process.pid).children(recursive=True)
    graph = next((one for one in below if _is(one, "pipeline.local_job")), None)
    workers = [one for one in below if _forked(one)]
    if target == "worker" and workers:
        max(workers, key=lambda one: one.memory_info().rss).kill()
        return "worker"
    if target == "group" and graph:
        os.killpg(graph.pid, signal.SIGKILL)
        return "group"
    if target != "submitter" and graph:
        graph.kill()
        return "graph"
    process.kill()
    return "submitter"


def _is(process: psutil.Process, module: str) -> bool:
    with contextlib.suppress(psutil.Error):
        return process.cmdline()[1:3] == ["-m", module]
    return False


def _forked(process: psutil.Process) -> bool:
    """Whether a process has the command of the server that it was forked from, as workers have."""
    with contextlib.suppress(psutil.Error):
        parent, command = process.parent(), process.cmdline()
        return "multiprocessing.forkserver" in " ".join(command) and parent is not None and parent.cmdline() == command
    return False


if __name__ == "__main__":
    main()
