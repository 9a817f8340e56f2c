"""Results for people and for machines: a table, a chart of bars in text, lines that compare with a bar, CSV."""

import argparse
import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

Cell = str | int | float
Row = Mapping[str, Cell]

_WIDTH = 50
"""Characters of the longest bar."""


def parser(description: str | None) -> argparse.ArgumentParser:
    """A parser with the option that all benchmarks have."""
    made = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--csv", type=Path, help="file for the table")
    return made


def table(rows: Sequence[Row], csv_file: Path | None = None) -> None:
    """Print rows that have the same columns; also write them where a file is given."""
    columns = list(rows[0])
    texts = [columns, *([_text(row[name]) for name in columns] for row in rows)]
    widths = [max(len(text[number]) for text in texts) for number in range(len(columns))]
    for text in texts:
        first, *others = (
            cell.rjust(width) if number else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(text, widths, strict=True))
        )
        print("  ".join([first, *others]).rstrip())
    if csv_file:
        with csv_file.open("w", newline="") as out:
            writer = csv.DictWriter(out, columns)
            writer.writeheader()
            writer.writerows(rows)


def _text(cell: Cell) -> str:
    if isinstance(cell, float):
        return f"{cell:,.0f}" if abs(cell) >= 1000 else f"{cell:.1f}" if abs(cell) >= 10 else f"{cell:.3f}"
    return f"{cell:,}" if isinstance(cell, int) else cell


def chart(title: str, bars: Mapping[str, float]) -> None:
    """Bars in text, to one scale."""
    print(f"\n{title}")
    most = max([*bars.values(), 1e-12])
    width = max(map(len, bars))
    for name, value in bars.items():
        print(f"{name.ljust(width)} {'█' * round(_WIDTH * max(0.0, value) / most)} {_text(float(value))}")


def judge(what: str, value: float, *, most: float = float("inf"), least: float = float("-inf")) -> bool:
    """Print a figure beside its bar; whether it keeps it."""
    kept = least <= value <= most
    bar = f"at most {most:g}" if most < float("inf") else f"at least {least:,g}"
    print(f"{what}: {_text(float(value))} (bar: {bar}){'' if kept else ' MISSED'}")
    return kept
