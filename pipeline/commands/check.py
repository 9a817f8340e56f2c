"""A dataset against the raw reports, by the independent verifier."""

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from threatflux_training.check.dataset import check_dataset
from threatflux_training.check.documents import Reports
from threatflux_training.check.faults import summary
from threatflux_training.tokens import encoding


def check(dataset: str, reports: Sequence[str], *, shown: int) -> int:
    """Print what is wrong with a dataset; 0 nothing, 4 something, 1 nothing to check, 2 no reports."""
    folder, start = Path(dataset), time.monotonic()
    try:
        manifest = json.loads((folder / "manifest.json").read_text())
    except (OSError, ValueError) as error:
        print(f"{folder} is no dataset: {error}. Name the folder that holds manifest.json.", file=sys.stderr)
        return 1
    encoding(manifest["options"]["tokenizer"])
    found = Reports(reports)
    if not len(found):
        print(f"--reports: no report in {', '.join(reports)}. Name what the dataset was made of.", file=sys.stderr)
        return 2
    checked = check_dataset(folder, found)
    for line in summary(checked.faults, shown):
        print(line)
    print(
        f"{folder}: {checked.rows:,} rows, {checked.values:,} traced values, {checked.tokens:,} tokens, "
        f"{len(checked.faults):,} faults, {time.monotonic() - start:.1f} s"
    )
    return 4 if checked.faults else 0
