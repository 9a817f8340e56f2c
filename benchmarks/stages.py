"""CPU by stage of one run in one process: `python -m benchmarks.stages REPORTS`.

Stages are those of pipeline/graph.py; `start` is importing, `beam` everything that is no stage's own code: building the
graph, carrying elements, keeping counts. With --again the same input is taken a second time with what the first run staged.
"""

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.measure import Made, input_bytes, made, measure_python
from benchmarks.show import Row, chart, judge, parser, table


def main() -> None:
    arguments = _arguments()
    size = input_bytes(arguments.reports)
    with tempfile.TemporaryDirectory() as folder:
        dataset = Path(folder, "made")
        facts = timed_run([arguments.reports], dataset)
        found = made(dataset)
        again = timed_run([arguments.reports], dataset) if arguments.again else None
    table(_rows(facts["cpu"], found, size), arguments.csv)
    chart("seconds of CPU by stage", facts["cpu"])
    if again:
        chart("the same with everything staged", again["cpu"])
        judge("expansion again / at first", again["cpu"]["expand"] / facts["cpu"]["expand"], most=0.1)


def _arguments() -> argparse.Namespace:
    made = parser(__doc__)
    made.add_argument("reports", type=Path)
    made.add_argument("--again", action="store_true", help="also time a rerun that takes what is staged")
    return made.parse_args()


def timed_run(inputs: list[Path], dataset: Path) -> dict[str, Any]:
    """A run in a process of its own; what benchmarks/timed_job.py prints."""
    values = {"input": [str(one) for one in inputs], "output": str(dataset.parent), "name": dataset.name}
    return measure_python("benchmarks.timed_job", given=json.dumps(values))[1]


def _rows(seconds: dict[str, float], found: Made, size: int) -> list[Row]:
    total = sum(seconds.values())
    return [
        {
            "stage": stage, "CPU s": spent, "share %": 100 * spent / total, "ms/report": spent / found.documents * 1e3,
            "us/example": spent / found.examples * 1e6, "ms/MB": spent / size * 1e9,
        }
        for stage, spent in {**seconds, "all": total}.items()
    ]  # fmt: skip


if __name__ == "__main__":
    main()
