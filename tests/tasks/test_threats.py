"""The threat rules: what is said of a level and of a match fits the texts that the rules want."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.reports.samples import FEATURES, METADATA
from threatflux_training.catalogue.load import load_catalogue
from threatflux_training.compose.content import Say
from threatflux_training.compose.document import flatten
from threatflux_training.evidence.blocks import BLOCKS
from threatflux_training.evidence.view import View
from threatflux_training.reports.load import load_files
from threatflux_training.tasks import threats
from threatflux_training.tasks.model import Draft, Request
from threatflux_training.tokens import Counter

REQUEST = Request(persona=load_catalogue().personas[0], length="medium", room=3_000, variant=0, key="k")
NAMES = ["VirtualAlloc", "WriteProcessMemory", "CreateRemoteThread"]


def _view(tmp_path: Path, level: str, rules: list[str], strings: list[str], path: str = "/opt/demo/hello") -> View:
    found = {"matches": [{"rule_identifier": rule} for rule in rules], "threat_level": level, "scan_stats": None}
    metadata = METADATA | {"file_path": path, "file_name": path.rpartition("/")[2]}
    report = {"file_path": path, **dict.fromkeys(FEATURES), "metadata": metadata, "strings": strings, "threats": found}
    (tmp_path / "r.json").write_text(json.dumps(report))
    return View(load_files([str(tmp_path)])[0][0], Counter("o200k_base"), BLOCKS)


def _said(view: View, task: str) -> dict[str, Say]:
    draft: Any = next(one for one in threats.offers(view, None) if one.task == task).build(REQUEST)
    assert isinstance(draft, Draft)
    return {one.phrase: one for one in flatten(draft.content) if isinstance(one, Say)}


def test_only_a_clean_level_is_asked_about_as_clean(tmp_path: Path) -> None:
    for level, asked in (("Clean", True), ("Suspicious", False)):
        view = _view(tmp_path, level, list(threats.RULES), ["socket", "AES-CBC", *NAMES])
        assert ("threats.clean" in {one.task for one in threats.offers(view, None)}) == asked


@pytest.mark.parametrize("strings", [[*NAMES, "and more"], ["XVirtualAllocX", *NAMES[1:]]])
def test_the_rule_on_calls_is_explained_by_all_its_names(tmp_path: Path, strings: list[str]) -> None:
    said = _said(_view(tmp_path, "Clean", ["suspicious_api_calls"], strings), "threats.why")
    assert all(name in str(said["threats.why.calls"].slots["list"]) for name in NAMES)
    assert not {one for one in said if one.startswith(("threats.why.found", "threats.why.more"))}


def test_one_name_does_not_explain_the_rule_on_calls(tmp_path: Path) -> None:
    view = _view(tmp_path, "Clean", ["suspicious_api_calls"], [*NAMES[:2], "and more"])
    assert "threats.why.unseen" in _said(view, "threats.why")
    assert not {"threats.carried", "threats.carried.same", "threats.why.calls"} & set(_said(view, "threats.clean"))


@pytest.mark.parametrize(
    ("path", "phrase"), [("/etc/x.conf", "owned"), ("/opt/x/y", "owned"), ("/home/a/x", "other"), ("/tmp/x", "other")]
)
def test_a_place_that_packages_fill_too_is_no_mark_against_a_file(tmp_path: Path, path: str, phrase: str) -> None:
    assert f"threats.clean.origin.{phrase}" in _said(_view(tmp_path, "Clean", [], ["text"], path), "threats.clean")


@pytest.mark.parametrize(
    ("level", "rules", "there"), [("Clean", 1, True), ("Clean", 0, False), ("Suspicious", 3, False)]
)
def test_a_match_beside_the_lowest_level_is_explained(tmp_path: Path, level: str, rules: int, there: bool) -> None:
    view = _view(tmp_path, level, list(threats.RULES[:rules]), ["socket", "AES-CBC", *NAMES])
    assert ("threats.rules.still" in _said(view, "threats.rules")) is there
