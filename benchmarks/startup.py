"""What a run costs that does nothing or little: `python -m benchmarks.startup REPORT [--repeat 5]`.

Wall clock and CPU of `--help`, of an empty input and of one report, workers chosen by the run itself; medians.
"""

import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import Measure, measure
from benchmarks.show import Row, chart, judge, parser, table


def main() -> None:
    made = parser(__doc__)
    made.add_argument("report", type=Path)
    made.add_argument("--repeat", type=int, default=5)
    arguments = made.parse_args()
    rounds = [_round(arguments.report) for _ in range(arguments.repeat)]
    rows = [_row(name, [one[name] for one in rounds]) for name in rounds[0]]
    table(rows, arguments.csv)
    seconds = {str(row["run"]): float(row["wall s"]) for row in rows}
    chart("wall seconds", seconds)
    judge("--help, seconds", seconds["--help"], most=0.5)
    judge("one report, seconds", seconds["one report"], most=5)


def _round(report: Path) -> dict[str, Measure]:
    """Each of the three once, in folders of their own. Raises SystemExit where one ends as it should not."""
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder, "empty")
        empty.mkdir()
        return {
            "--help": _run(0, "--help"),
            "empty input": _run(1, "--input", str(empty), "--output", folder, "--name", "none"),
            "one report": _run(0, "--input", str(report), "--output", folder, "--name", "one"),
        }


def _run(expected: int, *options: str) -> Measure:
    found = measure([sys.executable, "-m", "pipeline", *options])
    if found.status != expected:
        raise SystemExit(f"{' '.join(options)} ended with status {found.status}: {found.output}")
    return found


def _row(name: str, found: list[Measure]) -> Row:
    return {
        "run": name, "wall s": statistics.median(one.seconds for one in found),
        "CPU s": statistics.median(one.cpu for one in found), "peak MB": max(one.peak for one in found) / 1e6,
    }  # fmt: skip


if __name__ == "__main__":
    main()
