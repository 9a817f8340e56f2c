"""Very large reports out of a real one: `python -m benchmarks.big_reports REPORT OUT --size 225000000 --forms plain envelope gz`.

The listing of instructions is repeated, each round at the addresses behind the one before, until a report has --size bytes:
that is what makes real reports large. One report, of a file of its own, for each of --forms; it is written as a stream.
"""

import argparse
import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.multiply import Report, changed, load_originals

_HERE = '"@instructions@"'
_SUFFIX = {"plain": ".json", "envelope": ".json", "gz": ".json.gz"}
_INDENT = " " * 6
Write = Callable[[str], object]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("report", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--size", type=int, default=225_000_000, help="bytes of each, before --forms")
    parser.add_argument("--forms", nargs="+", choices=tuple(_SUFFIX), default=list(_SUFFIX))
    arguments = parser.parse_args()
    original = load_originals(arguments.report.parent, largest=1 << 40, name=arguments.report.name)[0]
    arguments.out.mkdir(parents=True, exist_ok=True)
    for number, form in enumerate(arguments.forms):
        path = arguments.out / f"big-{number}-{form}{_SUFFIX[form]}"
        write_form(path, form, pieces(changed(original, 1_000_000 + number), arguments.size))
        print(f"{path}: {path.stat().st_size / 1e6:,.1f} MB")


def pieces(report: Report, size: int) -> Iterator[str]:
    """The text of a report with as many rounds of its instructions as give that size. Raises SystemExit without any."""
    listing = (report.get("disassembly") or {}).get("instructions")
    if not listing:
        raise SystemExit("the report lists no instructions")
    frame = {**report, "disassembly": {**report["disassembly"], "instructions": ["@instructions@"]}}
    head, _, tail = json.dumps(frame, indent=2).partition(_HERE)
    yield head
    written, number = len(head) + len(tail), 0
    while written < size:
        text = (",\n" + _INDENT if number else "") + ",\n".join(_round(listing, number)).lstrip()
        written, number = written + len(text), number + 1
        yield text
    yield tail


def _round(listing: list[dict[str, Any]], number: int) -> Iterator[str]:
    """The instructions, moved behind those of the rounds before."""
    length = listing[-1]["address"] + listing[-1]["size"] - listing[0]["address"]
    for one in listing:
        text = json.dumps({**one, "address": one["address"] + number * length}, indent=2)
        yield "\n".join(_INDENT + line for line in text.splitlines())


def write_form(path: Path, form: str, texts: Iterator[str]) -> None:
    """Write a report as it is, as the text of a tool's result, or compressed."""
    if form == "gz":
        with gzip.open(path, "wt", compresslevel=6) as packed:
            _write_all(packed.write, texts)
        return
    with path.open("w") as out:
        if form == "plain":
            _write_all(out.write, texts)
            return
        out.write('{"content":[{"type":"text","text":"')
        _write_all(lambda text: out.write(json.dumps(text)[1:-1]), texts)
        out.write('"}]}')


def _write_all(write: Write, texts: Iterator[str]) -> None:
    for text in texts:
        write(text)


if __name__ == "__main__":
    main()
