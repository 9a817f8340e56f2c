"""Runs that are killed: `python tests/proofs/kill_runs.py REPORTS [--runs 6]`.

Each run of the job loses a worker, the process that builds the graph, or its whole group by SIGKILL at a moment taken
from a fixed sequence, and is then given again as the same command until it is complete. The digest and the bytes of
all shards must be those of an undisturbed run; the table says how much work was done twice.
"""

import argparse
import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

TARGETS = ("worker", "graph", "group", "submitter")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reports")
    parser.add_argument("--runs", type=int, default=6)
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        start = time.monotonic()
        _finish(_command(arguments, folder, "calm"))
        calm = time.monotonic() - start
        expected = _made(Path(folder, "calm"))
        print(f"undisturbed: {calm:.1f} s, digest {expected[0]}")
        bad = 0
        for number in range(arguments.runs):
            bad += not _killed_run(arguments, folder, number, calm, expected)
        print(f"{arguments.runs - bad} passed, {bad} failed")
        raise SystemExit(bool(bad))


def _command(arguments: argparse.Namespace, folder: str, name: str) -> list[str]:
    return [
        sys.executable, "-m", "pipeline", "--input", arguments.reports, "--output", folder, "--name", name,
        "--direct_num_workers", str(arguments.workers), "--progress", "none",
    ]  # fmt: skip


def _finish(command: list[str]) -> int:
    return subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode


def _made(dataset: Path) -> tuple[str, dict[str, str]]:
    facts = json.loads((dataset / "manifest.json").read_text())
    shards = {one["path"]: hashlib.sha256((dataset / one["path"]).read_bytes()).hexdigest() for one in facts["shards"]}
    return facts["digest"], shards


def _killed_run(arguments: argparse.Namespace, folder: str, number: int, calm: float, expected: Any) -> bool:
    name, target = f"run-{number}", TARGETS[number % len(TARGETS)]
    moment = calm * (0.15 + 0.75 * (number * 0.6180339887 % 1))
    command = _command(arguments, folder, name)
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    time.sleep(moment)
    _kill(process, target)
    status, starts = process.wait(300), 1
    while status not in (0, 3) and starts < 5:
        status, starts = _finish(command), starts + 1
    dataset = Path(folder, name)
    same = status in (0, 3) and _made(dataset) == expected
    twice = _redone(dataset) if same else -1.0
    print(f"{name}: {target} killed after {moment:.1f} s; {starts} start(s); redone {twice:.1%}; "
          f"{'same bytes' if same else f'DIFFERENT, status {status}'}", flush=True)  # fmt: skip
    return same


def _kill(process: "subprocess.Popen[bytes]", target: str) -> None:
    """Kill what is meant, if it runs at that moment; else the submitter."""
    if target == "submitter":
        process.kill()
        return
    below = psutil.Process(process.pid).children(recursive=True)
    graph = next((one for one in below if "pipeline.job" in one.cmdline()), None)
    workers = [one for one in below if "sdk_worker_main" in " ".join(one.cmdline()) and "python" in one.name()]
    if target == "group" and graph:
        os.killpg(graph.pid, signal.SIGKILL)
    elif target == "worker" and workers:
        max(workers, key=lambda one: one.memory_info().rss).kill()
    elif graph:
        graph.kill()
    else:
        process.kill()


def _redone(dataset: Path) -> float:
    """Records staged more than once, as a share of the different ones."""
    from threatflux_training.dataset.segments import SUFFIX, records

    keys = []
    for path in (dataset / ".staging" / "segments").glob(f"*{SUFFIX}"):
        with path.open("rb") as file:
            keys += [key for key, *_ in records(file, path.stat().st_size)]
    return (len(keys) - len(set(keys))) / max(1, len(set(keys)))


if __name__ == "__main__":
    main()
