"""The whole job with one and more workers: `python benchmarks/whole_run.py REPORTS [--workers 1 2] [--repeat 3]`.

Runs are interleaved, so that a busy moment of the machine meets all of them; the table gives medians and ratios to the
first line. Memory is the peak of the whole process tree: proportional set sizes, sampled ten times a second.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec
import psutil


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """One run: wall-clock seconds, peak bytes of the process tree, what the manifest counts."""

    seconds: float
    peak: int
    documents: int
    examples: int
    digest: str


def main() -> None:
    arguments = _arguments()
    measures: dict[int, list[Measure]] = {workers: [] for workers in arguments.workers}
    for _ in range(arguments.repeat):
        for workers in arguments.workers:
            measures[workers].append(_run(arguments.reports, workers, arguments.options))
    digests = {one.digest for found in measures.values() for one in found}
    _table(measures, sum(path.stat().st_size for path in arguments.reports.rglob("*") if path.is_file()))
    print(f"digests: {len(digests)} different" if len(digests) > 1 else "digests: all equal")
    raise SystemExit(len(digests) > 1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reports", type=Path)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--options", nargs=argparse.REMAINDER, default=[], help="further options of the pipeline, last")
    return parser.parse_args()


def _run(reports: Path, workers: int, options: list[str]) -> Measure:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pipeline", "--input", str(reports), "--output", folder, "--name", "made"]
        command += ["--direct_num_workers", str(workers), *options]
        start = time.monotonic()
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
            peak = _watch(process)
        seconds = time.monotonic() - start
        if process.returncode not in (0, 3):
            raise SystemExit(f"the run ended with status {process.returncode}")
        facts = json.loads((Path(folder) / "made" / "manifest.json").read_text())
    counts = facts["counts"]
    return Measure(
        seconds=seconds, peak=peak, documents=counts["documents"], examples=counts["examples"], digest=facts["digest"]
    )


def _watch(process: "subprocess.Popen[bytes]") -> int:
    """The peak of the tree until the process ends."""
    tree = psutil.Process(process.pid)
    peak = 0
    while process.poll() is None:
        peak = max(peak, _memory(tree))
        time.sleep(0.1)
    return peak


def _memory(tree: psutil.Process) -> int:
    total = 0
    try:
        members = [tree, *tree.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0
    for member in members:
        try:
            total += member.memory_full_info().pss
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return total


def _table(measures: dict[int, list[Measure]], size: int) -> None:
    print(f"{'workers':>7} {'wall s':>8} {'ratio':>6} {'reports/s':>10} {'MB/s':>7} {'examples/s':>11} {'peak MB':>8}")
    first = 0.0
    for workers, found in measures.items():
        seconds = statistics.median(one.seconds for one in found)
        first = first or seconds
        one = found[0]
        peak = max(each.peak for each in found) / 1e6
        print(
            f"{workers:7d} {seconds:8.2f} {seconds / first:6.2f} {one.documents / seconds:10.1f} "
            f"{size / 1e6 / seconds:7.1f} {one.examples / seconds:11.0f} {peak:8.0f}"
        )


if __name__ == "__main__":
    main()
