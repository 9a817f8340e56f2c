"""Inputs of several sizes out of a few real reports, made once and kept."""

import argparse
import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.multiply import LARGEST, load_originals, multiply


class Corpus(NamedTuple):
    """A folder of multiplied reports, and of how many originals they are."""

    folder: Path
    originals: int

    def rounded(self, size: int) -> int:
        """The nearest number of whole rounds over the originals: only then do two sizes hold the same mix."""
        return self.originals * max(1, round(size / self.originals))

    def firsts(self, sizes: Sequence[int]) -> list[Path]:
        """Folders with the first so many reports, rounded, the smallest first. Raises SystemExit for fewer than two."""
        rounded = sorted({self.rounded(size) for size in sizes})
        if len(rounded) < 2:
            raise SystemExit(
                f"sizes are rounded to whole rounds of {self.originals} originals: give two that differ more"
            )
        return [self.part(0, size) for size in rounded]

    def part(self, start: int, stop: int) -> Path:
        """A folder with the reports from `start` to before `stop`, as hard links."""
        folder = self.folder / f"part-{start}-{stop}"
        folder.mkdir(exist_ok=True)
        for number in range(start, stop):
            name = f"{number:06d}.json"
            if not (folder / name).exists():
                os.link(self.folder / "all" / name, folder / name)
        return folder


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of a benchmark that multiplies reports."""
    parser.add_argument("reports", type=Path, help="folder of real reports, which are multiplied")
    parser.add_argument("--corpus", type=Path, help="folder for the multiplied reports, used again if it holds enough")
    parser.add_argument("--largest", type=int, default=LARGEST, help="bytes above which a report is left out")


def corpus(reports: Path, folder: Path, count: int, largest: int) -> Corpus:
    """Multiplied reports, at least `count` and a round more; those that lie there from the same originals are kept."""
    originals = load_originals(reports, largest)
    amount = count + len(originals)
    made_from = {"reports": str(reports.resolve()), "largest": largest}
    facts = folder / "corpus.json"
    there = json.loads(facts.read_text()) if facts.exists() else {}
    if there.get("from") != made_from or there["count"] < amount:
        for old in (folder / "all", *folder.glob("part-*")):
            shutil.rmtree(old, ignore_errors=True)
        multiply(originals, folder / "all", amount)
        facts.write_text(json.dumps({"from": made_from, "count": amount}))
    return Corpus(folder, len(originals))
