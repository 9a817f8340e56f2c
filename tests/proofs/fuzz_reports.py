"""Reports that no scanner would write: `python tests/proofs/fuzz_reports.py REPORTS [--cases 900] [--only NUMBER]`.

Each case is a report of REPORTS, turned into some dialect and damaged in its values and bytes (mutations.py). It must end
in examples that the verifier passes, or in rejections that say why; nothing may raise and nothing may hang. At the end all
cases go through the job at once, and `check` looks at its dataset. The same cases on every machine; 'N passed, M failed'.
"""

import argparse
import json
import signal
import tempfile
import traceback
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from mutations import Chance, spoil

from threatflux_training.check.documents import Reports, read_documents
from threatflux_training.check.rows import check_form, check_text, check_values
from threatflux_training.generate import expand_file
from threatflux_training.reports.file import ScannedFile
from threatflux_training.reports.load import load_files
from threatflux_training.settings import TextSettings
from threatflux_training.tokens import encoding

_BASE = 300_000
"""Bytes of a report at most that is taken as a base, so that a case takes a tenth of a second."""
_SLOW = 20
"""Seconds that no case may take."""
_SETTINGS = (
    TextSettings(), TextSettings(), TextSettings(examples_per_file=60), TextSettings(max_tokens=1_500), TextSettings(max_tokens=512),
    TextSettings(recall="facts"), TextSettings(chunking=False), TextSettings(negative_ratio=0.5), TextSettings(max_answer_tokens=80),
    TextSettings(encoding="cl100k_base"),
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reports")
    parser.add_argument("--cases", type=int, default=900)
    parser.add_argument("--only", type=int, help="one case, and keep it in the current folder")
    parser.add_argument("--salt", default="", help="other cases")
    arguments = parser.parse_args()
    for name in ("o200k_base", "cl100k_base"):
        encoding(name)
    signal.signal(signal.SIGALRM, _too_slow)
    bases = list(_bases(Path(arguments.reports)))
    with tempfile.TemporaryDirectory() as folder:
        outcomes: Counter[str] = Counter()
        numbers = range(arguments.cases) if arguments.only is None else [arguments.only]
        bad = sum(_failed(number, arguments.salt, bases, Path(folder), outcomes) for number in numbers)
        if arguments.only is not None:
            for path in Path(folder).iterdir():
                Path(path.name).write_bytes(path.read_bytes())
        print(", ".join(f"{what} {count:,}" for what, count in sorted(outcomes.items())))
        if arguments.only is None:
            bad += _job_failed(Path(folder))
    total = len(numbers) + (arguments.only is None)
    print(f"{total - bad} passed, {bad} failed")
    raise SystemExit(bool(bad))


def _too_slow(number: int, frame: object) -> None:
    raise TimeoutError(f"it takes more than {_SLOW} s")


def _bases(folder: Path) -> Iterator[Any]:
    """The report objects in a folder, each once."""
    seen = set()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.stat().st_size <= _BASE:
            for document in read_documents(path):
                value = document.root.get("result") if document.dialect == "cache" else document.root
                text = json.dumps(value)
                if len(text) <= _BASE and text not in seen:
                    seen.add(text)
                    yield value


def _failed(number: int, salt: str, bases: list[Any], folder: Path, outcomes: Counter[str]) -> bool:
    key = f"{salt}{number}"
    suffix, data = spoil(key, bases)
    path = folder / f"case-{number:05d}.{suffix}"
    path.write_bytes(data)
    signal.alarm(_SLOW)
    try:
        problems = list(_problems(path, key, outcomes))
    except Exception as error:  # noqa: BLE001  # whatever is raised is the finding
        places = [one for one in traceback.extract_tb(error.__traceback__) if "threatflux_training" in one.filename]
        where = " < ".join(f"{Path(one.filename).name}:{one.lineno}" for one in places[:-5:-1])
        problems = [f"{type(error).__name__}: {str(error)[:300]} at {where}"]
        outcomes["crashes"] += 1
    finally:
        signal.alarm(0)
    for problem in problems[:5]:
        print(f"case {number}: {problem}".encode("ascii", "backslashreplace").decode(), flush=True)
    return bool(problems)


def _problems(path: Path, key: str, outcomes: Counter[str]) -> Iterator[str]:
    """What is wrong with the outcome of a case."""
    files, rejected = load_files([str(path)])
    outcomes["rejected"] += len(rejected)
    outcomes["files"] += len(files)
    for one in rejected:
        if not one.reason or not one.detail:
            yield f"rejected without words: {one}"
    settings = Chance(f"{key}/settings").one(_SETTINGS)
    reports = Reports([str(path)])
    for number, file in enumerate(files):
        yield from _file_problems(file, files[number - 1] if len(files) > 1 else None, settings, reports, outcomes)


def _file_problems(
    file: ScannedFile, partner: ScannedFile | None, settings: TextSettings, reports: Reports, outcomes: Counter[str]
) -> Iterator[str]:
    examples = expand_file(file, settings, partner).examples
    outcomes["examples"] += len(examples)
    outcomes["files without examples"] += not examples
    for example in examples:
        row = json.loads(msgspec.json.encode(example))
        faults = check_form(row) or check_text(row, settings.budget)
        memory = row["metadata"]["style"] == "recall" and settings.recall == "facts"
        for kind, what in faults or check_values(row, reports, from_memory=memory):
            yield f"{row['metadata']['task']} ({row['metadata']['style']}): {kind}: {what}"


def _job_failed(folder: Path) -> bool:
    """Whether the job over all cases, or the verifier over its dataset, fails."""
    from pipeline.commands.check import check
    from pipeline.commands.generate import generate
    from pipeline.settings import settings_from

    with tempfile.TemporaryDirectory() as out:
        options = {"input": [str(folder)], "output": out, "name": "fuzz", "progress": "none", "max_rejected": "100%"}
        said: list[str] = []
        status = generate(settings_from({**options, "examples_per_file": 6}), said.append)
        if status:
            print("\n".join(said))
            return True
        return check(str(Path(out, "fuzz")), [str(folder)], shown=3) != 0


if __name__ == "__main__":
    main()
