"""Permissions with special bits, and access times from before the copy."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.reports.samples import FEATURES, METADATA
from threatflux_training.catalogue.load import load_catalogue
from threatflux_training.compose.document import write
from threatflux_training.evidence.blocks import BLOCKS
from threatflux_training.evidence.view import View
from threatflux_training.reports.load import load_files
from threatflux_training.tasks import metadata
from threatflux_training.tasks.model import Draft, Request
from threatflux_training.tokens import Counter

READERS = [one for one in load_catalogue().personas if one.id in ("beginner", "sysadmin", "forensics_expert")]


def answers(folder: Path, task: str, **changes: Any) -> str:
    """Answers of a task on a file with such metadata, to readers of each register, in several wordings."""
    report = {**dict.fromkeys(FEATURES), "file_path": METADATA["file_path"], "metadata": METADATA | changes}
    (folder / "r.json").write_text(json.dumps(report))
    view = View(load_files([str(folder)])[0][0], Counter("o200k_base"), BLOCKS)
    offer = next(one for one in metadata.offers(view, None) if one.task == task)
    said = []
    for reader in READERS:
        for key in map(str, range(6)):
            draft = offer.build(Request(persona=reader, length="long", room=3_000, variant=0, key=key))
            assert isinstance(draft, Draft)
            said.append(write(draft.content, reader, "long", load_catalogue(), key).text)
    return "\n".join(said)


@pytest.mark.parametrize(
    ("mode", "told", "untold"),
    [
        ("755", "special bits|ordinary bits|setuid", "gives|privileged|leading digit"),
        ("4755", "setuid", "drops|doesn't exclude|cut off|no effect|changes nothing|without effect|lends nobody"),
        ("1755", "sticky", "drops|doesn't exclude|cut off|privileged|justify|act with"),
        ("4644", "setuid", "drops|doesn't exclude|cut off|privileged|justify|act with"),
    ],
)
def test_special_bits_are_told_where_the_report_has_them(tmp_path: Path, mode: str, told: str, untold: str) -> None:
    said = answers(tmp_path, "metadata.permissions", permissions=mode)
    assert any(one in said for one in told.split("|"))
    assert not any(one in said for one in untold.split("|"))


@pytest.mark.parametrize(("accessed", "early"), [("2024-01-01T00:00:00Z", True), ("2027-01-01T00:00:00Z", False)])
def test_an_access_before_the_copy_is_no_reading_of_it(tmp_path: Path, accessed: str, early: bool) -> None:
    times = {"created": "2026-01-01T00:00:00Z", "modified": "2025-01-01T00:00:00Z", "accessed": accessed}
    said = answers(tmp_path, "metadata.timeline", **times)
    assert said
    assert (
        any(one in said for one in ("brought along, set", "older than the creation", "older than this copy,")) == early
    )
