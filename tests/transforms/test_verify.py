"""The sample that a run verifies: good rows pass, a false value does not, big reports are left to `check`."""

from pathlib import Path

import msgspec
import pytest

from threatflux_training.dataset.records import FileTask
from threatflux_training.generate import expand_file
from threatflux_training.records import Example
from threatflux_training.reports.containers import open_local
from threatflux_training.reports.document import Document
from threatflux_training.reports.index import index_source
from threatflux_training.reports.load import load_file
from threatflux_training.settings import TextSettings
from transforms import verify
from transforms.verify import Verifier, is_sampled

SAMPLES = Path(__file__).parents[2] / "examples" / "reports"
SETTINGS = TextSettings(examples_per_file=60)


def made(key: str, documents: tuple[Document, ...]) -> tuple[FileTask, list[Example]]:
    rows = expand_file(load_file(key, documents), SETTINGS).examples
    return FileTask(key, "", "train", "elf", "", documents, "", (), "", ()), rows


@pytest.fixture(scope="module")
def expanded() -> tuple[FileTask, list[Example]]:
    """The first sample file of whose rows some belong to the sample."""
    for path in sorted(SAMPLES.rglob("*.json")):
        documents = tuple(one for one in index_source(str(path), open_local) if isinstance(one, Document))
        keys = {one.sha256 for one in documents}
        if len(keys) == 1 and (key := keys.pop()):
            task, rows = made(key, documents)
            if any(is_sampled(row) and row.metadata.answerable and row.metadata.style == "grounded" for row in rows):
                return task, rows
    raise AssertionError("no sample file has such a row")


def test_what_was_made_is_proven(expanded: tuple[FileTask, list[Example]]) -> None:
    task, rows = expanded
    verified, wrong = Verifier(SETTINGS, open_local).unproven(task, rows)
    assert verified == sum(map(is_sampled, rows)) > 0
    assert wrong == []


def test_a_row_that_says_more_is_found(
    expanded: tuple[FileTask, list[Example]], monkeypatch: pytest.MonkeyPatch
) -> None:
    task, rows = expanded
    monkeypatch.setattr(verify, "SAMPLED", 1)
    last = rows[0].messages[-1]
    more = msgspec.structs.replace(last, content=f"{last.content} It was signed by `Example Corp` on 2031-05-04.")
    row = msgspec.structs.replace(rows[0], messages=[*rows[0].messages[:-1], more])
    verified, wrong = Verifier(SETTINGS, open_local).unproven(task, [row, rows[1]])
    assert verified == 2
    assert wrong == [row]


def test_big_reports_are_left_to_check(
    expanded: tuple[FileTask, list[Example]], monkeypatch: pytest.MonkeyPatch
) -> None:
    task, rows = expanded
    monkeypatch.setattr(verify, "LARGEST", task.size - 1)
    assert Verifier(SETTINGS, open_local).unproven(task, rows) == (0, [])
