"""Questions of several parts: each part answered under its heading, nothing said twice."""

import re
from collections import Counter
from functools import cache

from tests.conftest import SAMPLES
from threatflux_training.catalogue.load import load_catalogue, template
from threatflux_training.choose import parts_wanted
from threatflux_training.compose.content import Say, Section, say
from threatflux_training.compose.value import Source, Text
from threatflux_training.generate import expand_file
from threatflux_training.records import Example
from threatflux_training.reports.load import load_files
from threatflux_training.settings import TextSettings
from threatflux_training.tasks.combined import Part, combined, has_something, own, room_for, says_asked, title_of
from threatflux_training.tasks.model import Draft, Show
from threatflux_training.tasks.topics import OPENING, TOPICS, most_parts, place_of, planned, wished


def part(task: str, phrase: str = "", **slots: Text) -> Part:
    said = say("answer", phrase or f"{task}.a", **slots)  # type: ignore[arg-type]
    draft = Draft(slots={}, shows=(Show(task),), content=(said,), context=("strings",))
    return Part(task, draft, template(f"What about {task} of {{name}}?"), titled=False)


NAMED = {"name": Text("`x`"), "path": Text("`/x`")}


@cache
def made() -> tuple[Example, ...]:
    files, _ = load_files([str(SAMPLES)])
    found = [one for file in files for one in expand_file(file, TextSettings(examples_per_file=50)).examples]
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


def headings(draft: Draft) -> list[str]:
    return [one.heading.phrase if one.heading else "" for one in draft.content if isinstance(one, Section)]


def test_a_list_has_the_numbers_of_its_questions_and_a_report_opens_without_heading() -> None:
    parts = [part("triage.what"), part("hex.a"), part("imports.libraries")._replace(titled=True)]
    _, draft = combined(parts, NAMED, ordered_as_asked=False)
    assert headings(draft) == ["", "combined.heading", "combined.title.imports.libraries"]
    _, draft = combined(parts, NAMED, ordered_as_asked=True)
    sections = [one.heading for one in draft.content if isinstance(one, Section) and one.heading]
    assert [one.slots["number"].text for one in sections] == ["1", "2", "3"]  # type: ignore[union-attr]
    _, draft = combined(parts[:2], NAMED, ordered_as_asked=True)
    assert headings(draft) == ["combined.numbered", "combined.numbered"]


def test_no_task_joins_twice_nor_one_that_says_the_same() -> None:
    assert not room_for([part("hex.a")], "hex.a", families=False)
    assert not room_for([part("hex.a")], "hex.b")
    assert room_for([part("hex.a")], "hex.b", families=False)
    assert not room_for([part("triage.what")], "metadata.what")
    assert not room_for([part("hashes.give")], "signatures.origin")
    assert not room_for([], "triage.report")


def test_what_was_asked_is_noticed_and_so_is_an_answer_about_nothing() -> None:
    asked = Text("x", (Source("x", "", "asked", ()),))
    assert says_asked(part("hex.a", given=asked).draft)
    assert not says_asked(part("hex.a").draft)
    assert not has_something(part("symbols.exports", "symbols.exports.none").draft)
    assert has_something(part("symbols.exports", "symbols.exports.some").draft)


def test_a_part_keeps_to_its_matter() -> None:
    said = [
        say("answer", "imports.a"),
        say("detail", "imports.b"),
        say("detail", "about.times.same"),
        say("verify", "facts.hash.package"),
    ]
    assert [one.phrase for one in own("imports.libraries", said) if isinstance(one, Say)] == ["imports.a", "imports.b"]
    assert [one.phrase for one in own("hashes.give", said) if isinstance(one, Say)] == [
        "imports.a",
        "imports.b",
        "about.times.same",
    ]


def test_every_topic_and_every_task_on_it_is_known() -> None:
    catalogue = load_catalogue()
    for persona in catalogue.personas:
        topics = planned(persona)
        assert set(topics) <= set(TOPICS), persona.id
        assert len(topics) == len(set(topics)), persona.id
        assert len(topics) > 4
    for task in (task for tasks in TOPICS.values() for task in tasks):
        assert task in catalogue.questions, task
        assert title_of(task) in catalogue.phrases or task in TOPICS[OPENING], task


def test_a_persona_asks_for_its_topics_in_order() -> None:
    personas = {one.id: one for one in load_catalogue().personas}
    plain, expert = personas["absolute_beginner"], personas["reverse_engineer"]
    assert wished("triage.decision", plain)
    assert not wished("hex.walk", plain)
    assert wished("hex.walk", expert)
    assert place_of("triage.what", expert) < place_of("imports.purpose", expert) < place_of("sections.flags", expert)
    assert most_parts(plain, 20) < most_parts(expert, 20)


def test_longer_chats_take_more_parts() -> None:
    assert parts_wanted(300, "k") == 1
    assert parts_wanted(1_500, "k") >= 3
    assert parts_wanted(20_000, "k") >= 10


def test_every_question_of_a_list_is_answered_under_its_number() -> None:
    lists = [one for one in made() if one.metadata.question.startswith("combined.list")]
    assert len(lists) >= 5
    for one in lists:
        asked = re.findall(r"^(\d+)\. ", re.sub(r"^```.*?^```", "", one.messages[1].content, flags=re.M | re.S), re.M)
        assert re.findall(r"^\*\*(\d+)\. .+\*\*$", one.messages[2].content, re.MULTILINE) == asked


def test_no_sentence_and_no_digest_comes_twice() -> None:
    for one in made():
        answer = one.messages[2].content
        titles = re.findall(r"^\*\*.+\*\*$", answer, re.MULTILINE)
        assert len(titles) == len(set(titles))
        paragraphs = [text for text in answer.split("\n\n") if len(text) > 60]
        assert len(paragraphs) == len(set(paragraphs))
        digests = Counter(re.findall(r"`[0-9a-f]{64}`", answer))
        assert max(digests.values(), default=0) <= 1, answer


def test_a_report_opens_with_what_the_file_is() -> None:
    reports = [one for one in made() if one.metadata.question.startswith("combined.report")]
    assert len(reports) >= 3
    for one in reports:
        opening = one.messages[2].content.split("\n\n")[0]
        assert not opening.startswith("**")
        assert one.metadata.file_name.rpartition("/")[2].replace("\n", "") in opening or "report" in opening


def test_both_sides_of_a_pair_are_of_one_task() -> None:
    files, _ = load_files([str(SAMPLES)])
    settings = TextSettings(examples_per_file=100)
    found = [one for file in files for one in expand_file(file, settings).examples if one.metadata.pair_id]
    tasks: dict[str, set[str]] = {}
    for one in found:
        if one.metadata.question.startswith("combined."):
            tasks.setdefault(one.metadata.pair_id, set()).add(one.metadata.task)
    assert tasks
    assert all(len(found) == 1 for found in tasks.values())
