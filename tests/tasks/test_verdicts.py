"""Verdicts side by side name what they speak of; weak rules come with this file's own indicators."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import rows
from tests.reports.samples import FEATURES, METADATA
from threatflux_training.catalogue.load import load_catalogue
from threatflux_training.compose.content import Section
from threatflux_training.evidence.blocks import BLOCKS
from threatflux_training.evidence.view import View
from threatflux_training.reports.load import load_files
from threatflux_training.tasks import verdicts
from threatflux_training.tasks.model import Draft, Request
from threatflux_training.tasks.verdicts import RESTATED
from threatflux_training.tokens import Counter

NAMED = (
    "risk level", "vulnerabilit", "behavior", "label", "threat", "likely_packed", "pack", "likely_encrypted", "encrypt", "quality", "code health",
    "grade", "dependenc", "is_packed", "finding", "tick", "flag", "score",
)  # fmt: skip


def answers(dataset: Path, *tasks: str) -> list[tuple[dict[str, Any], str]]:
    """Metadata and first answer of the examples of some tasks."""
    return [
        (row["metadata"], row["messages"][2]["content"])
        for row in rows(dataset)
        if row["metadata"]["task"].startswith(tasks) and row["metadata"]["answerable"]
    ]


def test_every_restated_answer_has_words_for_both() -> None:
    phrases = load_catalogue().phrases
    assert {name for name in RESTATED if name not in phrases or f"verdicts.of.{name}" not in phrases} == set()


def test_each_line_on_a_verdict_names_it(dataset: Path) -> None:
    found = answers(dataset, "verdicts.compare")
    assert found
    for metadata, text in found:
        for line in text.splitlines():
            if line.startswith("- `") or not line.startswith("- ") or "**" in text:
                continue
            assert any(word in line.lower() for word in NAMED), (metadata["id"], line)


def test_no_verdict_answers_another_question(dataset: Path) -> None:
    for metadata, text in answers(dataset, "verdicts.compare", "entropy.report", "vulnerabilities.report"):
        if not metadata["answerable"]:
            continue
        parts = [line.removeprefix("- ") for line in text.splitlines()]
        assert not [part for part in parts if part.startswith(("No:", "No.", "Not ", "Yes"))], metadata["id"]


def test_no_sentence_comes_twice_in_an_answer(dataset: Path) -> None:
    for metadata, text in answers(dataset, "verdicts.", "entropy.", "vulnerabilities.", "threats.", "behavioral."):
        said = [part for line in text.splitlines() for part in line.split(". ") if len(part.split()) > 6]
        assert len(said) == len(set(said)), metadata["id"]


def test_a_behavior_label_comes_with_its_indicators(dataset: Path) -> None:
    for metadata, text in answers(dataset, "behavioral.control", "behavioral.exfiltration"):
        traced = [trace["path"] for trace in json.loads(metadata["evidence"])]
        assert any(path.endswith(".indicators") for path in traced), (metadata["id"], text)


@pytest.mark.parametrize(("score", "there"), [(100.0, True), (11.5, False)])
def test_a_high_obfuscation_score_is_among_the_main_verdicts(tmp_path: Path, score: float, there: bool) -> None:
    report = {
        "file_path": METADATA["file_path"],
        **dict.fromkeys(FEATURES),
        "metadata": METADATA | {"file_size": 9_000},
    }
    report["entropy"] = {
        "overall_entropy": 5.4, "sections": [], "obfuscation_score": score,
        "packed_indicators": {"likely_packed": False}, "encryption_indicators": {"likely_encrypted": False},
    }  # fmt: skip
    report["threats"] = {"threat_level": "Clean", "matches": [], "indicators": []}
    report["yara_indicators"] = {"magic_bytes": "CA FE BA BE", "is_packed": False, "entropy": 5.4, "file_size": 9_000}
    (tmp_path / "r.json").write_text(json.dumps(report))
    view = View(load_files([str(tmp_path)])[0][0], Counter("o200k_base"), BLOCKS)
    offer = next(one for one in verdicts.offers(view, None) if one.task == "verdicts.compare")
    reader = next(one for one in load_catalogue().personas if one.depth > 1)
    draft = offer.build(Request(persona=reader, length="long", room=3_000, variant=0, key="k"))
    assert isinstance(draft, Draft)
    headings = [one.heading.phrase for one in draft.content if isinstance(one, Section) and one.heading is not None]
    assert ("verdicts.heading.entropy.obfuscation" in headings) is there
