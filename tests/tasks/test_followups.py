"""Chats of several turns go on from what was said: they repeat nothing, and a wrong conclusion is met last."""

from functools import cache

import msgspec

from tests.conftest import SAMPLES
from threatflux_training.catalogue.load import load_catalogue
from threatflux_training.compose.content import Say, say
from threatflux_training.compose.value import Text
from threatflux_training.generate import expand_file
from threatflux_training.records import Example
from threatflux_training.reports.load import load_files
from threatflux_training.settings import TextSettings
from threatflux_training.tasks.followups import entity, steps, tells, unsaid
from threatflux_training.tasks.model import Draft

ACTING = ("followup.next", "followup.verify", "premise.")
NAME = Text("`x`")
CONTENT = [
    say("answer", "p.answer"),
    say("meaning", "p.meaning"),
    say("limit", "p.limit"),
    say("limit", "p.limit2"),
    say("verify", "p.verify"),
]


@cache
def made() -> tuple[Example, ...]:
    files, _ = load_files([str(SAMPLES)])
    return tuple(one for file in files for one in expand_file(file, TextSettings()).examples)


def test_what_was_said_is_not_said_again() -> None:
    left = unsaid(CONTENT, CONTENT[:2])
    assert [one.phrase for one in left if isinstance(one, Say)] == ["p.limit", "p.limit2", "p.verify"]
    for key in "abcdefgh":
        said = [one.phrase for step in steps("vulnerabilities", NAME, left, key) for one in step.draft.content]  # type: ignore[union-attr]
        assert len(said) == len(set(said))


def test_a_wrong_conclusion_comes_last_and_is_answered_with_what_is_left() -> None:
    chats = [steps("vulnerabilities", NAME, CONTENT[1:], str(key)) for key in range(40)]
    tasks = [[step.task for step in chat] for chat in chats]
    with_premise = [chat for chat in tasks if "premise.vulnerable" in chat]
    assert 8 <= len(with_premise) <= 30
    assert all(chat[-1] == "premise.vulnerable" for chat in with_premise)
    assert not any("premise" in task for task in sum((steps_of("hex", key) for key in range(40)), []))


def test_grave_findings_are_not_talked_down() -> None:
    for first, there in (("strings.groups", True), ("strings.hostile", False), ("strings.fetch", False)):
        chats = [steps("strings", NAME, CONTENT[1:], str(key), [say("answer", first)]) for key in range(40)]
        assert any(step.task == "premise.malware" for chat in chats for step in chat) is there


def steps_of(family: str, key: int) -> list[str]:
    return [step.task for step in steps(family, NAME, CONTENT[1:], str(key))]


def test_another_of_its_kind_is_named_only_where_one_thing_differs() -> None:
    first = Draft(slots={"function": Text("`main`"), "name": NAME}, shows=(), content=())
    second = Draft(slots={"function": Text("`install`"), "name": NAME}, shows=(), content=())
    assert entity(first, second) == Text("`install`")
    assert entity(first, first) is None


def test_a_task_whose_values_were_given_is_no_further_turn() -> None:
    first = Draft(slots={}, shows=(), content=(say("answer", "p.a", a=Text("1")), say("detail", "p.b", b=Text("2"))))
    again = Draft(slots={}, shows=(), content=(say("answer", "p.c", b=Text("2")), say("detail", "p.d", c=Text("3"))))
    more = Draft(slots={}, shows=(), content=(say("answer", "p.c", b=Text("2"), c=Text("3")),))
    assert tells(first, again)
    assert not tells(first, more)


def test_a_fifth_are_dialogues_and_no_turn_repeats_an_answer() -> None:
    chats = [one for one in made() if one.metadata.style == "dialogue"]
    assert 0.13 <= len(chats) / len(made()) <= 0.27
    for one in chats:
        answers = [message.content for message in one.messages if message.role == "assistant"]
        assert 2 <= len(answers) <= 4
        assert len(set(answers)) == len(answers)


def test_a_clearance_is_met_with_what_bears_on_malice() -> None:
    times = [say("limit", "p.accessed", "time limit"), say("limit", "p.custody", "limit provenance")]
    assert not any("premise" in step.task for key in range(40) for step in steps("hashes", NAME, times, str(key)))
    weak = [*times, say("limit", "p.miss", "limit malware")]
    met = [step for key in range(40) for step in steps("hashes", NAME, weak, str(key)) if "premise" in step.task]
    assert met
    assert all([one.phrase for one in step.draft.content][1:] == ["p.miss"] for step in met)  # type: ignore[union-attr]


def test_a_further_turn_brings_a_value_or_says_what_to_do() -> None:
    forms = [
        form.question for task, found in load_catalogue().questions.items() for form in found if task.startswith(ACTING)
    ]
    for one in made():
        if one.metadata.style != "dialogue":
            continue
        name = one.metadata.file_name.rpartition("/")[2]
        acting = {form.text.replace("{name}", f"`{name}`") for form in forms}
        given: set[str] = set()
        for number, message in enumerate(one.messages):
            values = {
                trace["value"] for trace in msgspec.json.decode(one.metadata.evidence) if trace["message"] == number
            }
            if message.role == "assistant" and number > 2:
                question = one.messages[number - 1].content
                assert values - given or question in acting, (one.metadata.id, question, message.content)
            given |= values


def test_more_is_more_than_a_stray_detail_and_checks_are_things_to_do() -> None:
    one, two = say("detail", "p.a", a=Text("1")), say("detail", "p.b", b=Text("2"))
    assert steps("hex", NAME, [one], "k") == []
    assert [step.task for step in steps("hex", NAME, [one, two], "k")] == ["followup.detail"]
    acting = steps("hex", NAME, [say("verify", "p.v"), say("next", "p.n")], "k")
    assert [step.task for step in acting] == ["followup.next"]
    assert [said.phrase for said in acting[0].draft.content if isinstance(said, Say)] == ["p.n", "p.v"]
