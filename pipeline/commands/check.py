"""A dataset against the raw reports, by the independent verifier."""

import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.locations import fetched
from threatflux_training.check.dataset import Checked, check_dataset
from threatflux_training.check.documents import Reports
from threatflux_training.check.faults import summary
from threatflux_training.check.manifest import read_manifest
from threatflux_training.quality.bars import MIN_EXAMPLES
from threatflux_training.tokens import encoding


def check(dataset: str, reports: Sequence[str], *, shown: int) -> int:
    """Print what is wrong with a dataset; 0 nothing, 4 something, 1 nothing to check, 2 no reports."""
    try:
        with fetched([dataset, *reports]) as local:
            return _check(dataset, Path(local[0]), local[1:], shown=shown)
    except FileNotFoundError as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
        return 1


def _check(dataset: str, folder: Path, reports: Sequence[str], *, shown: int) -> int:
    """The check of local copies."""
    start = time.monotonic()
    try:
        manifest = read_manifest(folder)
    except (OSError, ValueError) as error:
        print(f"{dataset} is no dataset: {error}. Name the folder that holds manifest.json.", file=sys.stderr)
        return 1
    encoding(manifest["options"]["tokenizer"])
    found = Reports(reports)
    if not len(found):
        print(f"--reports: no report in {', '.join(reports)}. Name what the dataset was made of.", file=sys.stderr)
        return 2
    checked = check_dataset(folder, found)
    for line in (*quality(checked), *summary(checked.faults, shown)):
        print(line)
    print(
        f"{dataset}: {checked.rows:,} rows, {checked.values:,} traced values, {checked.tokens:,} tokens, "
        f"{len(checked.faults):,} faults, {time.monotonic() - start:.1f} s"
    )
    return 4 if checked.faults or missed(checked) else 0


def missed(checked: Checked) -> list[str]:
    """The measures whose bar binds for so many examples and is missed."""
    if checked.rows < MIN_EXAMPLES:
        return []
    return [one.name for one in checked.quality if one.stated["ok"] is False]


def quality(checked: Checked) -> Iterator[str]:
    """Lines for a person: shares of what was checked row by row, then each measure, its bar and what was found here."""
    kinds = [fault.kind for fault in checked.faults]
    stated = checked.values + kinds.count("untraced")
    if stated:
        yield f"traced: {checked.values / stated:.2%} of {stated:,} values"
    unproven = {fault.where for fault in checked.faults if fault.kind in ("hidden", "negative", "trace")}
    if checked.rows:
        yield f"answerable as said: {1 - len(unproven) / checked.rows:.2%} of {checked.rows:,} examples"
    binding = "bind" if checked.rows >= MIN_EXAMPLES else f"only inform below {MIN_EXAMPLES:,} examples"
    yield f"measures (docs/quality.md; bars {binding}):"
    for one in checked.quality:
        state = {True: "ok", False: "missed", None: ""}[one.stated["ok"]]
        bar = "at {} {:g}".format(*one.stated["bar"]) if one.stated["bar"] else ""
        again = "" if one.found is None else f"  found again: {'AUC ' * ('auc' in one.stated)}{one.found:.4f}"
        yield f"  {one.name:32} {one.stated['value']:10.4f}  {bar:14}  {state:6}  n {one.stated['n']:,}{again}".rstrip()
