"""All measures of a dataset over one pass of its rows; what each says exactly: docs/quality.md."""

from collections.abc import Iterable
from typing import Any

from threatflux_training.quality.balance import balance, lengths
from threatflux_training.quality.bars import MIN_EXAMPLES, measured, missed
from threatflux_training.quality.boilerplate import boilerplate
from threatflux_training.quality.columns import read_columns
from threatflux_training.quality.duplicates import duplicates
from threatflux_training.quality.leakage import leakage
from threatflux_training.quality.marks import RowMarks
from threatflux_training.quality.shortcuts import shortcuts

MEASURES = (duplicates, boilerplate, lengths, balance, shortcuts, leakage)


def measure_rows(
    rows: Iterable[tuple[str, RowMarks]], *, verified: int = 0, unproven: int = 0, folder: str | None = None
) -> dict[str, Any]:
    """Every measure as `{value, bar, n, ok}` and what explains it, by name; each row comes with its split.

    `verified` examples were held against the raw reports while they were made, `unproven` of them in vain.
    What is needed of the rows lies in files without a name in `folder` meanwhile (None: the system's folder for such files).
    """
    columns = read_columns(rows, folder)
    sample = measured("traced.unproven", unproven / max(1, verified), verified, examples=unproven)
    measures = {"traced.unproven": sample}
    measures |= {name: one for measure in MEASURES for name, one in measure(columns).items()}
    quality = {"examples": len(columns), "binding": len(columns) >= MIN_EXAMPLES, "measures": measures}
    return quality | {"missed": missed(quality)}
