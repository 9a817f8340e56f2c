"""What readers found wrong, each as a case of its own: the statement that was wrong, and the one in its place."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.reports.samples import FEATURES, METADATA
from threatflux_training.catalogue.load import load_catalogue
from threatflux_training.compose.content import Items, Say, say
from threatflux_training.compose.document import flatten
from threatflux_training.evidence.blocks import BLOCKS
from threatflux_training.evidence.string_kinds import is_code
from threatflux_training.evidence.view import View
from threatflux_training.reports.load import load_files
from threatflux_training.tasks import compare_facts, strings_messages, triage
from threatflux_training.tasks.absence import asked_for
from threatflux_training.tasks.behavioral_basis import starts
from threatflux_training.tasks.compare_pair import Pair
from threatflux_training.tasks.listing import Listing
from threatflux_training.tasks.model import Draft, Request, Show
from threatflux_training.tasks.strings_build import glibc, versions_of
from threatflux_training.tasks.triage_case import Case
from threatflux_training.tokens import Counter

PERSONA = load_catalogue().personas[0]
REQUEST = Request(persona=PERSONA, length="medium", room=3_000, variant=0, key="k")
THREATS = {
    "matches": [], "threat_level": "Clean", "classifications": [], "indicators": [], "recommendations": [],
    "scan_stats": {"rules_evaluated": 10, "patterns_matched": 0, "file_size_scanned": 9, "scan_duration": {"secs": 0, "nanos": 1}},
}  # fmt: skip


def _view(folder: Path, path: str = "/usr/bin/tool", side: str = "", **features: Any) -> View:
    metadata = METADATA | {"file_path": path, "file_name": path.rpartition("/")[2], "file_size": 8_103}
    metadata |= {"mime_type": "application/x-elf", "permissions": "755"}
    report = {"file_path": path, **dict.fromkeys(FEATURES), "metadata": metadata, **features}
    folder.mkdir(exist_ok=True)
    (folder / "r.json").write_text(json.dumps(report))
    return View(load_files([str(folder)])[0][0], Counter("o200k_base"), BLOCKS, side)


def _phrases(draft: object) -> list[str]:
    assert isinstance(draft, Draft)
    return [one.phrase for one in flatten(draft.content) if isinstance(one, Say)]


def _offered(view: View, task: str, request: Request = REQUEST) -> Draft:
    made = next(one for one in triage.offers(view, None) if one.task == task).build(request)
    assert isinstance(made, Draft)
    return made


@pytest.mark.parametrize(
    ("texts", "first"),
    [
        (["GLIBC_2.2.5", "GLIBC_2.34"], "strings.glibc"),
        (["GLIBC_2.2.5", "GLIBC_ABI_DT_RELR"], "strings.glibc.relr"),
        (["GLIBC_2.38", "GLIBC_ABI_DT_RELR"], "strings.glibc"),
    ],
)
def test_packed_relocations_ask_for_more_than_the_numbers(tmp_path: Path, texts: list[str], first: str) -> None:
    listing = Listing(_view(tmp_path, strings=["main", *texts]))
    draft = glibc(listing, versions_of(listing), REQUEST)
    assert _phrases(draft)[0] == first
    if first.endswith("relr"):
        assert any(2 in show.only or (not show.only and show.stop is None) for show in draft.shows)


def test_a_name_that_reverses_what_follows_is_pointed_out(tmp_path: Path) -> None:
    for name, there in (("a\u202egnp.exe", True), ("agnp.exe", False)):
        view = _view(tmp_path, f"/opt/{name}", strings=["some text", "more text"], threats=THREATS)
        assert ("triage.what.disguised" in _phrases(_offered(view, "triage.what"))) is there


def test_a_decision_that_nothing_is_wrong_shows_what_the_rules_gave(tmp_path: Path) -> None:
    rated = _offered(_view(tmp_path, strings=["some text"], threats=THREATS), "triage.decision")
    assert "triage.lead.routine" in _phrases(rated)
    assert Show("threats") in rated.shows
    unrated = _offered(_view(tmp_path, strings=["some text"]), "triage.decision")
    assert "triage.lead.unrated" in _phrases(unrated)
    assert Show("features") in unrated.shows


def test_an_answer_to_a_call_says_nothing_of_what_the_call_left_out() -> None:
    kept, gap, again = say("answer", "hashes.give"), say("answer", "triage.gaps.some"), say("next", "triage.step.again")
    lead, step = say("answer", "triage.next.lead"), say("next", "triage.step.package")
    steps = Items("answer", lead, (step, again), frozenset(), numbered=True)
    assert asked_for([kept, gap, steps]) == [kept, Items("answer", lead, (step,), frozenset(), numbered=True)]
    assert asked_for([gap, Items("answer", lead, (again,), frozenset())]) == []


def test_a_bare_option_is_left_out_where_another_line_explains_it(tmp_path: Path) -> None:
    texts = [
        "--help",
        "-a, --all        show all",
        "      --help     display this help",
        "-v, --version    show the version",
    ]
    listing = Listing(_view(tmp_path, strings=["Usage: %s [OPTION]", *texts]))
    assert [listing.texts[index] for index in strings_messages.options_of(listing)] == texts[1:]


def test_nobody_runs_a_library(tmp_path: Path) -> None:
    for path, there in (("/usr/bin/tool", True), ("/usr/lib/libx.so.1.2", False), ("/usr/bin/tool.sober", True)):
        view = _view(tmp_path, path)
        assert view.file.kind == "elf"
        assert starts(view) is there


def test_a_mask_for_new_files_changes_no_rights(tmp_path: Path) -> None:
    lines = ["#!/bin/sh", "umask 077 && mkdir x", "umask 022; chmod 4755 /opt/tool"]
    found = [index for index, one in Case(_view(tmp_path, strings=lines)).readings if one.rule == "mode"]
    assert found == [2]


@pytest.mark.parametrize(
    ("text", "there"), [("AWAVAUATUHc", True), ("AWAVAUATUH", True), ("HIDEx", False), ("setuid", False)]
)
def test_pushes_of_registers_are_no_names(text: str, there: bool) -> None:
    assert is_code(text) is there


@pytest.mark.parametrize(
    ("sizes", "codes", "phrase"),
    [
        ((9_000, 3_000), (800, 300), "compare.size.code"),
        ((9_000, 3_000), (300, 800), "compare.size.other_code"),
        ((9_000, 9_000), (300, 800), "compare.size.unequal_code"),
    ],
)
def test_sizes_and_code_are_told_as_they_stand_to_each_other(
    tmp_path: Path, sizes: tuple[int, int], codes: tuple[int, int], phrase: str
) -> None:
    views = []
    for number, side in enumerate(("", "partner:")):
        text = {"name": ".text", "size": codes[number], "virtual_address": 4096, "characteristics": "6"}
        binary = {
            "format": "ELF", "architecture": "x86_64", "compiler": "GCC/GNU", "sections": [text], "imports": [], "exports": [],
            "entry_point": 4096, "is_stripped": True, "has_debug_info": False, "java_analysis": None,
        }  # fmt: skip
        path = f"/usr/bin/tool{number}"
        metadata = METADATA | {"file_path": path, "file_name": path[9:], "file_size": sizes[number]}
        views.append(_view(tmp_path / str(number), path, side, binary_info=binary, metadata=metadata))
    fact = compare_facts.size(Pair(*views))
    assert fact is not None
    assert phrase in [one.phrase for one in fact.said if isinstance(one, Say)]
