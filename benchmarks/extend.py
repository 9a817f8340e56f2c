"""A dataset that grows by a tenth: `python -m benchmarks.extend REPORTS --count 5000`.

A full run over --count multiplied reports; then a tenth more with `--existing extend`; beside it a run from scratch over
everything, with the registry of groups as it was before the tenth came. Both must be equal, shard by shard. Wall clock is
that of the job with --workers; CPU of the expansion comes from the same three runs in one process (benchmarks/timed_job.py).
"""

import argparse
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.corpus import add_options, corpus
from benchmarks.measure import Made, made, measure_job
from benchmarks.show import Row, chart, judge, parser, table
from benchmarks.stages import timed_run

RUNS = ("full", "extended", "from scratch")
Run = Callable[[list[Path], Path], Any]
"""Makes or extends a dataset out of folders of reports."""


def main() -> None:
    arguments = _arguments()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        many = corpus(
            arguments.reports, arguments.corpus or folder / "corpus", _all(arguments.count), arguments.largest
        )
        base, more = many.part(0, arguments.count), many.part(arguments.count, _all(arguments.count))
        walls = _three(
            lambda inputs, dataset: measure_job(
                inputs, dataset, workers=arguments.workers, options=("--existing", "extend")
            )[0].seconds,
            base, more, folder / "jobs",
        )  # fmt: skip
        same = made(folder / "jobs" / "grown") == made(folder / "jobs" / "scratch")
        timed = _three(timed_run, base, more, folder / "timed")
        found = made(folder / "timed" / "grown")
        same = same and found == made(folder / "timed" / "scratch")
    _report(arguments, dict(zip(RUNS, walls, strict=True)), dict(zip(RUNS, timed, strict=True)), found)
    print("digests and shards: equal" if same else "digests and shards: DIFFERENT")
    raise SystemExit(not same)


def _arguments() -> argparse.Namespace:
    given = parser(__doc__)
    add_options(given)
    given.add_argument("--count", type=int, default=5000, help="reports of the dataset before it grows (default: 5000)")
    given.add_argument("--workers", type=int, default=2)
    return given.parse_args()


def _all(count: int) -> int:
    return count + max(1, count // 10)


def _three(run: Run, base: Path, more: Path, folder: Path) -> list[Any]:
    """What the three runs give, in the order of RUNS."""
    grown, scratch = folder / "grown", folder / "scratch"
    scratch.mkdir(parents=True)
    first = run([base], grown)
    shutil.copy(grown / "groups.bin", scratch / "groups.bin")
    return [first, run([base, more], grown), run([base, more], scratch)]


def _report(
    arguments: argparse.Namespace, walls: dict[str, float], timed: dict[str, dict[str, Any]], found: Made
) -> None:
    expansion = {name: one["cpu"]["expand"] for name, one in timed.items()}
    table([_row(name, walls[name], timed[name]) for name in RUNS], arguments.csv)
    print(f"{found.documents:,} reports, {found.examples:,} examples after it grew")
    chart("seconds of CPU for expansion", expansion)
    chart("wall seconds", walls)
    judge("expansion CPU, extended / from scratch", expansion["extended"] / expansion["from scratch"], most=0.2)
    judge("wall, extended / from scratch", walls["extended"] / walls["from scratch"], most=0.35)


def _row(name: str, wall: float, timed: dict[str, Any]) -> Row:
    files, kept = timed["files"].get("files", 0), timed["files"].get("kept", 0)
    return {
        "run": name, "wall s": wall, "expansion CPU s": timed["cpu"]["expand"],
        "CPU s": sum(timed["cpu"].values()), "files": files, "expanded": files - kept, "kept": kept,
    }  # fmt: skip


if __name__ == "__main__":
    main()
