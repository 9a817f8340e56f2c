"""The whole job with one and more workers: `python -m benchmarks.whole_run REPORTS [--workers 1 2] [--repeat 3]`.

Runs are interleaved, so that a busy moment of the machine meets all of them; the table gives medians and ratios to the
first line. Memory is the peak of the whole process tree as proportional set sizes, sampled ten times a second, and the
most that one worker had, without pages of files (with one worker it lives in the process of the graph).
"""

import argparse
import statistics
import tempfile
from pathlib import Path

from benchmarks.measure import Made, Measure, input_bytes, measure_job
from benchmarks.show import Row, chart, judge, parser, table

Found = list[tuple[Measure, Made]]


def main() -> None:
    arguments = _arguments()
    measures: dict[int, Found] = {workers: [] for workers in arguments.workers}
    for _ in range(arguments.repeat):
        for workers in arguments.workers:
            with tempfile.TemporaryDirectory() as folder:
                measures[workers].append(
                    measure_job([arguments.reports], Path(folder, "made"), workers=workers, options=arguments.options)
                )
    seconds = {workers: statistics.median(one.seconds for one, _ in found) for workers, found in measures.items()}
    size = input_bytes(arguments.reports)
    table([_row(workers, found, seconds, size) for workers, found in measures.items()], arguments.csv)
    chart("wall seconds by workers", {str(workers): one for workers, one in seconds.items()})
    if {1, 2} <= seconds.keys():
        judge("wall with 2 workers / with 1", seconds[2] / seconds[1], most=0.57)
    digests = {one.digest for found in measures.values() for _, one in found}
    print(f"digests: {len(digests)} different" if len(digests) > 1 else "digests: all equal")
    raise SystemExit(len(digests) > 1)


def _arguments() -> argparse.Namespace:
    made = parser(__doc__)
    made.add_argument("reports", type=Path)
    made.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    made.add_argument("--repeat", type=int, default=3)
    made.add_argument("--options", nargs=argparse.REMAINDER, default=[], help="further options of the pipeline, last")
    return made.parse_args()


def _row(workers: int, found: Found, seconds: dict[int, float], size: int) -> Row:
    wall, made = seconds[workers], found[0][1]
    peaks = [one.peaks.get("worker", one.peaks.get("graph", 0)) for one, _ in found]
    return {
        "workers": workers, "wall s": wall, "ratio": wall / next(iter(seconds.values())),
        "CPU s": statistics.median(one.cpu for one, _ in found), "reports/s": made.documents / wall,
        "MB/s": size / 1e6 / wall, "examples/s": made.examples / wall,
        "peak MB": max(one.peak for one, _ in found) / 1e6, "worker MB": max(peaks) / 1e6,
    }  # fmt: skip


if __name__ == "__main__":
    main()
