"""Questions of several parts: each part answered under its heading, nothing said twice."""

import re
from functools import cache

import pytest

from tests.conftest import SAMPLES
from threatflux_training.catalogue.load import Form, load_catalogue, template
from threatflux_training.catalogue.model import Question
from threatflux_training.choose import parts_wanted
from threatflux_training.compose.content import Section, say
from threatflux_training.compose.value import Source, Text
from threatflux_training.generate import expand_file
from threatflux_training.records import Example
from threatflux_training.reports.load import load_files
from threatflux_training.settings import TextSettings
from threatflux_training.tasks.combined import Part, combined, one_of_each, room_for, says_asked, title_of
from threatflux_training.tasks.model import Draft, Show


def part(task: str, **slots: Text) -> Part:
    draft = Draft(slots={}, shows=(Show(task),), content=(say("answer", f"{task}.a", **slots),), context=("strings",))  # type: ignore[arg-type]
    return Part(task, draft, template(f"What about {task} of {{name}}?"))


NAMED = {"name": Text("`x`"), "path": Text("`/x`")}


@cache
def made() -> tuple[Example, ...]:
    files, _ = load_files([str(SAMPLES)])
    found = [one for file in files for one in expand_file(file, TextSettings()).examples]
    asked = [one for one in found if one.metadata.question.startswith("combined.")]
    return tuple(one for one in asked if one.metadata.answerable)


def test_parts_keep_their_order_and_evidence() -> None:
    task, draft = combined([part("hex.a"), part("strings.b"), part("entropy.c")], NAMED, ordered_as_asked=True)
    assert task == "combined.list"
    assert draft.slots["questions"].text == (
        "1. What about hex.a of `x`?\n2. What about strings.b of `x`?\n3. What about entropy.c of `x`?"
    )
    assert [show.block for show in draft.shows] == ["hex.a", "strings.b", "entropy.c"]
    assert draft.context == ("strings",)


def test_a_report_keeps_a_family_together_and_names_each_task() -> None:
    _, draft = combined([part("hex.a"), part("strings.b"), part("hex.c")], NAMED, ordered_as_asked=False)
    headings = [one.heading and one.heading.slots["topic"].text for one in draft.content if isinstance(one, Section)]
    assert headings == ["Raw bytes: a", "Raw bytes: c", "Strings: b"]


def test_a_report_is_headed_by_the_questions_it_answers() -> None:
    forms = load_catalogue().questions["sections.entry"]
    title = title_of(forms, "k")
    assert title is not None
    asked = part("sections.entry")._replace(title=title.template)
    _, draft = combined([asked, part("hex.a"), part("sections.b")], NAMED, ordered_as_asked=False)
    headings = [one.heading and one.heading.slots["topic"].text for one in draft.content if isinstance(one, Section)]
    assert headings[0] == "Sections: b"
    assert headings[1] and headings[1].endswith("?")
    assert "`x`" in headings[1] or "`/x`" in headings[1]
    assert headings[2] == "Raw bytes: a"


@pytest.mark.parametrize(
    "text", ["I need {name}?", "List {name}.", "Is it old? What is {name}?", "What about {other} in {name}?", "{name}?"]
)
def test_what_somebody_says_of_himself_is_no_heading(text: str) -> None:
    question = Question(id="x", task="x", text=text)
    assert title_of([Form(question, template(text))], "k") is None


def test_no_task_joins_twice_and_what_was_asked_is_noticed() -> None:
    assert not room_for([part("hex.a")], "hex.a", 20)
    assert not room_for([part("hex.a")], "hex.b", 3)
    assert room_for([part("hex.a")], "hex.b", 8)
    asked = Text("x", (Source("x", "", "asked", ()),))
    assert [one.task for one in one_of_each([part("hex.a"), part("strings.b"), part("hex.c")])] == [
        "hex.a",
        "strings.b",
    ]
    assert says_asked(part("hex.a", given=asked).draft)
    assert not says_asked(part("hex.a").draft)


def test_a_report_begins_with_the_file_and_says_once_what_it_is() -> None:
    _, draft = combined([part("hex.a"), part("metadata.b"), part("triage.c")], NAMED, ordered_as_asked=False)
    headings = [one.heading and one.heading.slots["topic"].text for one in draft.content if isinstance(one, Section)]
    assert headings == ["Triage: c", "File system entries: b", "Raw bytes: a"]
    assert not room_for([part("triage.what")], "metadata.what", 20)
    assert not room_for([part("hashes.give")], "hashes.all", 20)
    assert room_for([part("triage.what")], "metadata.times", 20)


def test_longer_chats_take_more_parts() -> None:
    assert parts_wanted(300, "k") == 1
    assert parts_wanted(1_500, "k") >= 3
    assert parts_wanted(20_000, "k") >= 10


def test_every_question_of_a_list_is_answered_and_no_sentence_comes_twice() -> None:
    lists = [one for one in made() if one.metadata.question.startswith("combined.list") and one.metadata.answerable]
    assert len(lists) >= 5
    for one in made():
        question, answer = one.messages[1].content, one.messages[2].content
        headings = re.findall(r"^\*\*.+\*\*$", answer, re.MULTILINE)
        assert len(headings) == len(set(headings))
        if one in lists:
            assert len(headings) == len(re.findall(r"^\d+\. ", question, re.MULTILINE))
        paragraphs = [text for text in answer.split("\n\n") if len(text) > 60]
        assert len(paragraphs) == len(set(paragraphs))
