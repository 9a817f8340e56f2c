"""What Beam costs, and how far the library is from the machine: `python -m benchmarks.bare_loop REPORTS --sizes 800 3200`.

Compares the CPU of three things over the same reports (multiplied, two sizes): the pipeline with one worker, the same work
as a bare loop, and the roofline, which only reads, decodes, hashes and encodes them (benchmarks/loops.py). Figures are
slopes between the two sizes, so that start-up drops out; medians of --repeat interleaved rounds. The bare loop must make
the pipeline's dataset, by digest.
"""

import argparse
import statistics
import tempfile
from pathlib import Path
from typing import NamedTuple

from benchmarks.corpus import add_options, corpus
from benchmarks.measure import input_bytes, measure_job, measure_python
from benchmarks.show import Row, chart, judge, parser, table

WAYS = ("roofline", "bare loop", "pipeline")
_MODEL = (1.4e-9, 40e-6)
"""Seconds a byte and an example: what one core was measured to need when nothing is wasted."""


class Cost(NamedTuple):
    """One way of doing the work: seconds of CPU, reports, examples, the digest ("" where there is no dataset)."""

    cpu: float
    reports: int
    examples: int
    digest: str = ""
    steps: dict[str, float] = {}


def main() -> None:
    arguments = _arguments()
    with tempfile.TemporaryDirectory() as scratch:
        many = corpus(arguments.reports, arguments.corpus or Path(scratch), max(arguments.sizes), arguments.largest)
        low, high = many.firsts(arguments.sizes)
        rounds = [
            {(way, part): _cost(way, part) for part in (low, high) for way in WAYS} for _ in range(arguments.repeat)
        ]
        bytes_more = input_bytes(high) - input_bytes(low)
    found = {key: _median([one[key] for one in rounds]) for key in rounds[0]}
    slopes = {way: _slope(found[way, low], found[way, high]) for way in WAYS}
    examples = slopes["pipeline"].examples
    costs = {way: one.cpu / one.reports for way, one in slopes.items()}
    model = (_MODEL[0] * bytes_more + _MODEL[1] * examples) / slopes["pipeline"].reports
    table([_row(way, cost, costs["roofline"], slopes["pipeline"]) for way, cost in {"model": model, **costs}.items()],
          arguments.csv)  # fmt: skip
    chart("ms of CPU per report", {way: cost * 1000 for way, cost in costs.items()})
    chart("bare loop, ms per report by step", _steps(found["bare loop", low], found["bare loop", high]))
    judge("pipeline / bare loop", costs["pipeline"] / costs["bare loop"], most=1.4)
    judge("bare loop / roofline", costs["bare loop"] / costs["roofline"], most=4)
    same = all(found["bare loop", part].digest == found["pipeline", part].digest for part in (low, high))
    print("digests: equal" if same else "digests: DIFFERENT")
    raise SystemExit(not same)


def _arguments() -> argparse.Namespace:
    made = parser(__doc__)
    add_options(made)
    made.add_argument("--sizes", type=int, nargs=2, default=[800, 3200], help="numbers of reports (default: 800 3200)")
    made.add_argument("--repeat", type=int, default=1)
    return made.parse_args()


def _cost(way: str, reports: Path) -> Cost:
    """One run over a folder."""
    if way == "pipeline":
        with tempfile.TemporaryDirectory() as folder:
            found, made = measure_job([reports], Path(folder, "made"), workers=1)
        return Cost(found.cpu, made.documents, made.examples, made.digest)
    found, facts = measure_python("benchmarks.loops", way.partition(" ")[0], str(reports))
    return Cost(found.cpu, facts["reports"], facts["examples"], facts["digest"], facts["steps"])


def _median(costs: list[Cost]) -> Cost:
    return costs[0]._replace(cpu=statistics.median(one.cpu for one in costs))


def _slope(low: Cost, high: Cost) -> Cost:
    return Cost(high.cpu - low.cpu, high.reports - low.reports, high.examples - low.examples)


def _row(way: str, cost: float, roofline: float, slope: Cost) -> Row:
    """A line of the table; examples are the pipeline's for all ways."""
    return {
        "way": way, "CPU ms/report": cost * 1e3, "CPU us/example": cost * slope.reports / slope.examples * 1e6,
        "to roofline": cost / roofline,
    }  # fmt: skip


def _steps(low: Cost, high: Cost) -> dict[str, float]:
    more = high.reports - low.reports
    return {name: (seconds - low.steps[name]) / more * 1e3 for name, seconds in high.steps.items()}


if __name__ == "__main__":
    main()
