"""Digests: who else may have a file, and whose facts stand beside a value of the user's."""

import json
from pathlib import Path

import pytest

from tests.reports.samples import FEATURES, HASHES, METADATA
from threatflux_training.catalogue.load import load_catalogue
from threatflux_training.compose.content import Say
from threatflux_training.compose.document import flatten
from threatflux_training.evidence.blocks import BLOCKS
from threatflux_training.evidence.view import View
from threatflux_training.reports.load import load_files
from threatflux_training.tasks import hashes
from threatflux_training.tasks.model import Draft, Request
from threatflux_training.tokens import Counter

REQUEST = Request(persona=load_catalogue().personas[0], length="long", room=3_000, variant=0, key="k")


def _drafts(
    folder: Path, task: str, path: str = "/usr/bin/tool", size: int = 8_103, created: str | None = None
) -> list[set[str]]:
    """The phrases of the draft or of both drafts of a task on a report."""
    metadata = METADATA | {
        "file_path": path,
        "file_name": path.rpartition("/")[2],
        "file_size": size,
        "created": created,
    }
    binary = {
        "format": "ELF",
        "architecture": "x86_64",
        "is_stripped": True,
        "sections": [],
        "imports": [],
        "exports": [],
    }
    report = {
        "file_path": path, **dict.fromkeys(FEATURES), "metadata": metadata, "hashes": HASHES, "binary_info": binary,
        "strings": ["Copy the given files to a folder of your choice"],
    }  # fmt: skip
    (folder / "r.json").write_text(json.dumps(report))
    view = View(load_files([str(folder)])[0][0], Counter("o200k_base"), BLOCKS)
    made = next(one for one in hashes.offers(view, None) if one.task == task).build(REQUEST)
    drafts = made if isinstance(made, tuple) else (made,)
    return [
        {one.phrase for one in flatten(draft.content) if isinstance(one, Say)}
        for draft in drafts
        if isinstance(draft, Draft)
    ]


@pytest.mark.parametrize(
    ("path", "spread"),
    [
        ("/usr/bin/tool", "packaged"), ("/home/u/tool", "lone"), ("/tmp/tool", "lone"), ("/etc/tool.conf", ""),
        ("C:\\Windows\\System32\\tool.exe", ""), ("bin/tool", ""),
    ],
)  # fmt: skip
def test_a_lookup_speaks_of_other_copies_only_where_the_place_tells(tmp_path: Path, path: str, spread: str) -> None:
    (said,) = _drafts(tmp_path, "hashes.lookup", path)
    assert said & {"hashes.lookup.packaged", "hashes.lookup.lone"} == ({f"hashes.lookup.{spread}"} if spread else set())


def test_facts_on_a_file_that_isnt_meant_are_left_out(tmp_path: Path) -> None:
    meant, other = _drafts(tmp_path, "hashes.prefix")
    assert {one for one in meant if one.startswith("about.")}
    assert not {one for one in other if one.startswith("about.")}


def test_the_digest_of_an_empty_file_is_told_by_its_value_beside_another(tmp_path: Path) -> None:
    equal, unequal = _drafts(tmp_path, "hashes.compare", size=0)
    assert "hashes.empty" in equal
    assert "hashes.empty.mine" in unequal
    assert "hashes.empty" not in unequal
    assert "hashes.empty" in _drafts(tmp_path, "hashes.prefix", size=0)[0]


@pytest.mark.parametrize(("created", "said"), [(None, "time"), ("2025-07-01T10:00:00Z", "arrived")])
def test_a_mismatch_is_dated_by_the_later_time(tmp_path: Path, created: str | None, said: str) -> None:
    _, differs = _drafts(tmp_path, "hashes.compare", created=created)
    assert differs & {"hashes.unequal.time", "hashes.unequal.arrived"} == {f"hashes.unequal.{said}"}
