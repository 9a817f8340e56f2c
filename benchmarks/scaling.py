"""Cost and memory as the input grows: `python -m benchmarks.scaling REPORTS --sizes 200 800 3200 [--workers 2]`.

Runs over the first so many multiplied reports (whole rounds of the originals, so that the mix stays). Slopes between two
sizes leave start-up out: distinct answers a second (the dataset holds each answer once) and cost per report, which must be
the same at the end as at the beginning. Memory of one process is without pages of files: `command` is what was called,
`graph` holds what passes between stages.
"""

import argparse
import statistics
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from benchmarks.corpus import add_options, corpus
from benchmarks.measure import Made, Measure, input_bytes, measure_job
from benchmarks.show import Row, chart, judge, parser, table


class Point(NamedTuple):
    """One size: bytes of input, medians of seconds, counts, peaks of memory."""

    size: int
    wall: float
    cpu: float
    made: Made
    peak: int
    peaks: dict[str, int]


def main() -> None:
    arguments = _arguments()
    with tempfile.TemporaryDirectory() as scratch:
        many = corpus(arguments.reports, arguments.corpus or Path(scratch), max(arguments.sizes), arguments.largest)
        parts = many.firsts(arguments.sizes)
        rounds = [[_run(part, arguments.workers) for part in parts] for _ in range(arguments.repeat)]
        points = [_point(input_bytes(part), [one[number] for one in rounds]) for number, part in enumerate(parts)]
    table([_row(point) for point in points], arguments.csv)
    chart("ms of wall clock per report", {_name(point): point.wall / point.made.documents * 1e3 for point in points})
    _compare(points)


def _arguments() -> argparse.Namespace:
    made = parser(__doc__)
    add_options(made)
    made.add_argument("--sizes", type=int, nargs="+", default=[200, 800, 3200], help="at least two numbers of reports")
    made.add_argument("--workers", type=int, default=2)
    made.add_argument("--repeat", type=int, default=1)
    return made.parse_args()


def _run(reports: Path, workers: int) -> tuple[Measure, Made]:
    with tempfile.TemporaryDirectory() as folder:
        return measure_job([reports], Path(folder, "made"), workers=workers)


def _point(size: int, found: list[tuple[Measure, Made]]) -> Point:
    measures = [one for one, _ in found]
    return Point(
        size=size, wall=statistics.median(one.seconds for one in measures),
        cpu=statistics.median(one.cpu for one in measures), made=found[0][1], peak=max(one.peak for one in measures),
        peaks={role: max(one.peaks.get(role, 0) for one in measures) for role in ("command", "graph", "worker")},
    )  # fmt: skip


def _name(point: Point) -> str:
    return f"{point.made.documents:,} reports"


def _row(point: Point) -> Row:
    reports = point.made.documents
    return {
        "reports": reports, "MB": point.size / 1e6, "answers": point.made.examples, "wall s": point.wall,
        "CPU s": point.cpu, "wall ms/report": point.wall / reports * 1e3, "CPU ms/report": point.cpu / reports * 1e3,
        "tree MB": point.peak / 1e6, **{f"{role} MB": size / 1e6 for role, size in point.peaks.items()},
    }  # fmt: skip


def _compare(points: list[Point]) -> None:
    """Slopes from size to size, and what grew."""
    slopes = []
    print()
    for low, high in pairwise(points):
        wall, reports = high.wall - low.wall, high.made.documents - low.made.documents
        slopes.append(wall / reports)
        answers = (high.made.examples - low.made.examples) / wall
        judge(f"distinct answers a second, {_name(low)} to {_name(high)}", answers, least=2500)
    for name, slope in zip(map(_name, points[1:]), slopes, strict=True):
        print(f"wall clock per report up to {name}: {slope * 1e3:.1f} ms")
    if len(slopes) > 1:
        judge("cost of a report, last slope / first", slopes[-1] / slopes[0], most=1.1)
    first, last = points[0].peaks, points[-1].peaks
    for role in ("command", "graph", "worker"):
        if first[role]:
            judge(
                f"peak memory of {role}, {_name(points[-1])} / {_name(points[0])}", last[role] / first[role], most=1.1
            )


if __name__ == "__main__":
    main()
