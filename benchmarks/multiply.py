"""Many reports out of a few real ones: `python -m benchmarks.multiply REPORTS OUT --count 800`.

Each copy gets a new path, new digests everywhere they stand, other times, and new words in about a third of its strings,
so that copies are different files of different groups. Addresses, bytes and sizes stay, so that everything that holds
inside a real report (headers, sections, instructions) holds in its copies. Originals are taken in turn, those above
--largest bytes left out: with the default the mean is about 0.3 MB.
"""

import argparse
import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_DIGEST = re.compile(r"\b(?:[0-9a-f]{128}|[0-9a-f]{64}|[0-9a-f]{32})\b")
_WORD = re.compile(r"[A-Za-z]{5,}")


LARGEST = 3_500_000
"""Bytes above which a report is no original by default."""
Report = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reports", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=800)
    parser.add_argument("--largest", type=int, default=LARGEST)
    arguments = parser.parse_args()
    originals = load_originals(arguments.reports, arguments.largest)
    size = multiply(originals, arguments.out, arguments.count)
    print(f"{arguments.count:,} reports of {len(originals)} originals, {size / 1e6:,.1f} MB, "
          f"{size / arguments.count / 1e6:.3f} MB each")  # fmt: skip


def load_originals(reports: Path, largest: int = LARGEST, name: str = "*.json") -> list[Report]:
    """The analysis objects of a folder whose file names match, in the order of their paths. Raises SystemExit where there is none."""
    originals = [one for path in sorted(reports.rglob(name)) if (one := _report(path, largest))]
    if not originals:
        raise SystemExit(f"no analysis objects in {reports}")
    return originals


def multiply(originals: Sequence[Report], out: Path, count: int) -> int:
    """Write so many copies as `000000.json` and on; their bytes together."""
    out.mkdir(parents=True, exist_ok=True)
    size = 0
    for number in range(count):
        text = json.dumps(changed(originals[number % len(originals)], number), indent=2)
        (out / f"{number:06d}.json").write_text(text)
        size += len(text)
    return size


def _report(path: Path, largest: int) -> Report | None:
    """An analysis object that knows its content."""
    if path.stat().st_size > largest:
        return None
    try:
        found = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return None
    known = isinstance(found, dict) and isinstance(found.get("hashes"), dict) and found.get("file_path")
    return found if known else None


def changed(report: Report, number: int) -> Report:
    """The copy of that number."""
    made = {name: _changed(value, number) for name, value in report.items() if name not in ("strings", "disassembly")}
    made["disassembly"] = report.get("disassembly")
    made["strings"] = (
        [_string(one, number) for one in report["strings"]] if report.get("strings") else report.get("strings")
    )
    folder, _, name = str(report["file_path"]).rpartition("/")
    path = f"{folder}/{_mark(number, name)[:4]}/{name}-{number}"
    made["file_path"] = path
    if isinstance(made.get("metadata"), dict):
        made["metadata"] |= {"file_path": path, "file_name": f"{name}-{number}", "modified": _time(number)}
    order = ["file_path", *(one for one in report if one != "file_path")]
    return {one: made[one] for one in order}


def _changed(value: Any, number: int) -> Any:
    """The value with every digest in it replaced, the same one by the same one."""
    if isinstance(value, dict):
        return {name: _changed(one, number) for name, one in value.items()}
    if isinstance(value, list):
        return [_changed(one, number) for one in value]
    if isinstance(value, str) and 32 <= len(value) <= 128:
        return _DIGEST.sub(lambda match: _digest(match[0], number), value)
    return value


def _digest(old: str, number: int) -> str:
    return hashlib.shake_128(f"{old}/{number}".encode()).hexdigest(len(old) // 2)


def _mark(number: int, text: str) -> str:
    return hashlib.shake_128(f"{number}/{text}".encode("utf-8", "surrogatepass")).hexdigest(8)


def _string(text: str, number: int) -> str:
    """Every third string gets a new word in place of its first long one; names of libraries and versions stay."""
    mark = _mark(number, text)
    if int(mark[:2], 16) % 3 or ".so" in text or "GLIBC" in text or text.startswith(("/lib", "#!")):
        return text
    return _WORD.sub(lambda match: match[0][:2] + _word(mark, len(match[0]) - 2), text, count=1)


def _word(mark: str, length: int) -> str:
    letters = "aeioulnrstdm"
    return "".join(letters[int(digit, 16) % 12] for digit in (mark * 8)[: min(length, 100)])


def _time(number: int) -> str:
    return (
        f"20{10 + number % 15:02d}-{1 + number % 12:02d}-{1 + number % 28:02d}T{number % 24:02d}:{number % 60:02d}:07Z"
    )


if __name__ == "__main__":
    main()
