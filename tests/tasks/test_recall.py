"""Questions without an excerpt say nothing of the file but what the question says, unless facts are wanted."""

import json
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import SAMPLES
from tests.reports.samples import FEATURES, HASHES, METADATA
from threatflux_training.catalogue.load import load_catalogue
from threatflux_training.compose.content import Say
from threatflux_training.compose.document import write
from threatflux_training.evidence.blocks import BLOCKS
from threatflux_training.evidence.view import View
from threatflux_training.generate import expand_file
from threatflux_training.records import Example
from threatflux_training.reports.load import load_files
from threatflux_training.settings import TextSettings
from threatflux_training.tasks import recall, recall_topics
from threatflux_training.tasks.model import Request
from threatflux_training.tokens import Counter


@cache
def made(mode: str) -> tuple[Example, ...]:
    files, _ = load_files([str(SAMPLES)])
    settings = TextSettings(recall=mode)  # type: ignore[arg-type]  # the test names all three
    return tuple(one for file in files for one in expand_file(file, settings).examples)


def recalls(mode: str) -> list[Example]:
    return [one for one in made(mode) if one.metadata.style == "recall"]


def test_every_sentence_is_in_the_catalogue() -> None:
    topics = (*recall_topics.RULES, *recall_topics.SCALES, *recall_topics.FORMATS, *recall_topics.FACTS)
    named = {one for topic in (*topics, *recall_topics.GOALS) for one in topic.sentences}
    named |= {recall.sentence_of_section(name) for name in recall.SECTIONS}
    named |= {f"function_{name}" for name in recall.FUNCTIONS}
    assert named <= load_catalogue().knowledge.keys()


def test_there_are_many_forms() -> None:
    forms = [form for task, found in load_catalogue().questions.items() if task.startswith("recall.") for form in found]
    assert len(forms) >= 25
    assert all(form.question.style == "recall" for form in forms)


def test_honest_answers_know_only_the_question() -> None:
    found = recalls("honest")
    assert 0.02 <= len(found) / len(made("honest")) <= 0.08
    for one in found:
        question = one.messages[1].content
        assert "```" not in question
        assert one.metadata.file_name in question or one.metadata.file_name not in one.messages[2].content
        assert one.metadata.source_sha256 not in one.messages[2].content


def test_facts_come_from_memory_when_asked_for() -> None:
    assert {one.metadata.task.partition(".")[0] for one in recalls("honest")} == {"recall"}
    assert {"hashes", "metadata"} & {one.metadata.task.partition(".")[0] for one in recalls("facts")}


@pytest.mark.parametrize("mode", ["off"])
def test_recall_can_be_switched_off(mode: str) -> None:
    assert recalls(mode) == []


@pytest.mark.parametrize(
    ("path", "first"), [("/etc/x.conf", "check_vendor"), ("/opt/x/y", "check_vendor"), ("/home/a/x", "check_home")]
)
def test_a_package_is_looked_for_where_packages_install(tmp_path: Path, path: str, first: str) -> None:
    (tmp_path / "r.json").write_text(json.dumps({"file_path": path, **dict.fromkeys(FEATURES), "hashes": HASHES}))
    view = View(load_files([str(tmp_path)])[0][0], Counter("o200k_base"), BLOCKS)
    assert recall._checks(view)[0].startswith(first)


def view_of(folder: Path, path: str) -> View:
    report = {"file_path": path, **dict.fromkeys(FEATURES), "metadata": METADATA | {"file_path": path}}
    (folder / "r.json").write_text(json.dumps(report))
    return View(load_files([str(folder)])[0][0], Counter("o200k_base"), BLOCKS)


@pytest.mark.parametrize(("path", "place"), [("/usr/local/bin/x", ""), ("/usr/bin/x", "system")])
def test_local_programs_belong_to_no_package(tmp_path: Path, path: str, place: str) -> None:
    assert recall._place(view_of(tmp_path, path)) == place


@pytest.mark.parametrize(
    ("subject", "phrase"), [("an RVA", "recall.format.bound.mark"), ("the build time", "recall.format.bound")]
)
def test_what_is_no_place_is_not_dumped(tmp_path: Path, subject: str, phrase: str) -> None:
    topic = next(one for one in recall_topics.FORMATS if one.subject == subject)
    draft = recall._topic(view_of(tmp_path, "/usr/bin/x"), "format", topic)
    assert phrase in [one.phrase for one in draft.content if isinstance(one, Say)]


def test_laymen_get_a_sentence_and_a_step_of_their_own(tmp_path: Path) -> None:
    catalogue = load_catalogue()
    assert {f"function_{name}.plain" for name in recall.FUNCTIONS} <= catalogue.knowledge.keys()
    reader = next(one for one in catalogue.personas if one.register == "plain")
    request = Request(persona=reader, length="medium", room=500, variant=0, key="k")
    draft = recall._function(view_of(tmp_path, "/usr/bin/x"), ["malloc"], request)
    told = write(draft.content, reader, "medium", catalogue, "k").text
    assert told.startswith(catalogue.knowledge["function_malloc.plain"].text)
    assert "wrap around" not in told
    assert "very many harmless programs" in told.lower()


def test_laymen_are_told_what_to_scan_for_a_fact(tmp_path: Path) -> None:
    topic = next(one for one in recall_topics.FACTS if one.subject == "the stored password")
    said = recall._topic(view_of(tmp_path, "/opt/x"), "fact", topic, plain=True).content
    assert [one.phrase for one in said if isinstance(one, Say)][-2:] == [
        "knowledge.option_secrets_look",
        "recall.option",
    ]
