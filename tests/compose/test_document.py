"""Which statements an answer has, for whom, in what order, and that none is made twice."""

from pathlib import Path

import pytest

from threatflux_training.catalogue.load import Catalogue, load_catalogue
from threatflux_training.catalogue.model import Persona
from threatflux_training.compose.content import Section, items, say
from threatflux_training.compose.document import in_order, is_answered, replied, sense, write
from threatflux_training.compose.realise import Realiser
from threatflux_training.compose.value import Text, code, join

WORDS = """
["t.answer"]
plain = ["The answer is {a}."]
["t.fact"]
plain = ["A fact about {a}.", "Another wording on {a}.", "A further one with {a}."]
["t.hash"]
plain = ["Compare {a}."]
["t.no"]
plain = ["No, not {a}."]
["t.lead"]
plain = ["In the list:"]
["t.same"]
plain = ["One thing of {a}."]
["t.twin"]
plain = ["One thing of {a}."]
["about.fact"]
plain = ["It has {a}."]
["t.refers"]
plain = ["It follows from {a}.", "From {a} it follows."]
["t.head"]
plain = ["Part"]
["combined.title.t"]
plain = ["Part"]
["t.decides"]
plain = ["No: {a} is plain.", "The rule finds {a} plain."]
["negatives.t"]
plain = ["No report on {a}."]
["t.list"]
plain = ["{list} [is|are] there."]
"""


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    """The library's words and a few of these tests' own."""
    (tmp_path / "phrases").mkdir()
    (tmp_path / "phrases" / "t.toml").write_text(WORDS)
    return load_catalogue((str(tmp_path),))


def persona(catalogue: Catalogue, name: str) -> Persona:
    """A reader by id."""
    return next(one for one in catalogue.personas if one.id == name)


A, B = Text("alpha"), Text("beta")


def test_a_statement_is_made_once_over_all_parts(catalogue: Catalogue) -> None:
    fact = say("detail", "t.fact", "hash", a=A)
    parts = [Section(say("detail", "t.head"), (say("answer", "t.answer", a=one), fact)) for one in (A, B)]
    text = write(parts, persona(catalogue, "forensics_expert"), "long", catalogue, "k").text
    assert text.count("**Part**") == 2
    assert sum(text.count(word) for word in ("A fact about", "Another wording", "A further one")) == 1


def test_slots_without_a_place_in_the_words_do_not_make_a_statement_another(catalogue: Catalogue) -> None:
    assert sense(say("detail", "t.fact", a=A, b=B), catalogue) == sense(say("limit", "t.fact", a=A), catalogue)
    assert sense(say("detail", "t.fact", a=A), catalogue) != sense(say("detail", "t.fact", a=B), catalogue)


def test_a_question_that_wants_a_yes_or_no_gets_it_once(catalogue: Catalogue) -> None:
    reader, content = persona(catalogue, "forensics_expert"), [say("answer", "t.answer", a=A)]
    no = replied(content, {"t.answer": "no", "other": "yes"})
    assert write(no, reader, "short", catalogue, "k").text == "No. The answer is alpha."
    assert write(replied(content, {"t.": "no"}), reader, "short", catalogue, "k").text.startswith("No. ")
    assert write(replied(content, {"t": "no"}), reader, "short", catalogue, "k").text == "The answer is alpha."
    said = replied([say("answer", "t.no", a=A)], {"t.no": "no"})
    assert write(said, reader, "short", catalogue, "k").text == "No, not alpha."
    aside = [say("answer", "negatives.other", **dict.fromkeys(("name", "other", "path"), A)), *content]
    assert replied(aside, {"t.answer": "no"}) == tuple(aside)
    parts = [Section(say("detail", "t.head"), replied(content, {"t.answer": "no"})) for _ in (A, B)]
    assert write(parts, reader, "long", catalogue, "k").text.count("No. The answer") == 2


def test_what_identifies_the_file_is_not_told_again(catalogue: Catalogue) -> None:
    reader, told = persona(catalogue, "forensics_expert"), set[str]()
    first = [say("answer", "t.answer", a=code("755", "r:$.a"))]
    again = [
        say("answer", "t.answer", a=code("x", "r:$.b")),
        say("detail", "about.fact", "hash", a=code("755", "r:$.a")),
    ]
    assert "755" in write(first, reader, "medium", catalogue, "k", before=told).text
    assert "755" not in write(again, reader, "medium", catalogue, "k", before=told).text
    assert "755" in write(again, reader, "medium", catalogue, "k", before=set()).text


def test_a_sentence_comes_once_in_a_chat(catalogue: Catalogue) -> None:
    reader, told = persona(catalogue, "forensics_expert"), set[str]()
    same = say("detail", "t.same", a=A)
    write(
        [say("answer", "t.answer", a=A), say("meaning", "t.twin", a=A)], reader, "medium", catalogue, "k", before=told
    )
    assert (
        write([say("answer", "t.answer", a=B), same], reader, "medium", catalogue, "k", before=told).text
        == "The answer is beta."
    )
    assert "One thing of alpha." in write([say("answer", "t.answer", a=B), same], reader, "medium", catalogue, "k").text


def test_a_list_leaves_out_what_another_list_had(catalogue: Catalogue) -> None:
    reader = persona(catalogue, "forensics_expert")
    lead, entries = say("answer", "t.lead"), [code(one, f"r:$.{one}") for one in "abcd"]
    lists = [items("answer", lead, entries[:2]), items("detail", lead, entries)]
    parts = [Section(say("detail", "t.head"), (one,)) for one in lists]
    text = write(
        [parts[0], Section(None, (say("answer", "t.answer", a=A), lists[1]))], reader, "long", catalogue, "k"
    ).text
    assert [text.count(f"`{one}`") for one in "abcd"] == [1, 1, 1, 1]


def test_a_later_turn_repeats_answers_only(catalogue: Catalogue) -> None:
    reader, told = persona(catalogue, "forensics_expert"), set[str]()
    content = [say("answer", "t.answer", a=A), say("verify", "t.hash", "hash", a=A)]
    assert write(content, reader, "long", catalogue, "k", before=told).text.endswith("Compare alpha.")
    assert write(content, reader, "long", catalogue, "k", before=told).text == "The answer is alpha."


def test_a_question_is_answered_once_its_first_answer_was_given(catalogue: Catalogue) -> None:
    reader, told = persona(catalogue, "forensics_expert"), set[str]()
    write([say("answer", "t.answer", a=A)], reader, "long", catalogue, "k", before=told)
    assert is_answered([say("answer", "t.answer", a=A), say("answer", "t.answer", a=B)], told, catalogue)
    assert not is_answered([say("answer", "t.answer", a=B), say("answer", "t.answer", a=A)], told, catalogue)
    assert not is_answered([say("detail", "t.answer", a=A)], told, catalogue)


def test_what_a_persona_prefers_stands_right_after_the_answer(catalogue: Catalogue) -> None:
    answer, fact = say("answer", "t.answer", a=A), say("meaning", "t.fact", "plain", a=A)
    check = say("verify", "t.hash", "hash", a=A)
    assert in_order([fact, check, answer], persona(catalogue, "forensics_expert"), "k") == [answer, check, fact]
    assert in_order([check, fact, answer], persona(catalogue, "beginner"), "k") == [answer, fact, check]


def test_only_right_after_an_answer_in_prose_a_sentence_refers_back(catalogue: Catalogue) -> None:
    reader = persona(catalogue, "forensics_expert")
    listed = items("answer", say("answer", "t.head"), [A, B])
    for number in range(8):
        content = [say("answer", "t.answer", a=A), listed, say("detail", "t.refers", a=B)]
        assert "From beta it follows." in write(content, reader, "long", catalogue, str(number)).text


def test_a_reader_of_lists_gets_points_and_others_paragraphs(catalogue: Catalogue) -> None:
    auditor = persona(catalogue, "compliance_auditor")
    two = [say("answer", "t.answer", a=A), say("detail", "t.fact", a=A), say("limit", "t.hash", a=B)]
    three = [*two, say("meaning", "t.same", a=B)]
    assert write(three, auditor, "long", catalogue, "k").text.count("\n- ") == 3
    assert "- " not in write(two, auditor, "long", catalogue, "k").text
    assert "- " not in write(three, persona(catalogue, "forensics_expert"), "long", catalogue, "k").text


def test_what_is_said_of_another_file_than_the_one_asked_about_sounds_like_no_reply(catalogue: Catalogue) -> None:
    reader = persona(catalogue, "beginner")
    said = [say("answer", "t.decides", a=A)]
    asked = {write(said, reader, "short", catalogue, str(number)).text for number in range(9)}
    other = [say("answer", "negatives.t", a=B), *said]
    unasked = {write(other, reader, "short", catalogue, str(number)).text for number in range(9)}
    assert asked == {"No: alpha is plain.", "The rule finds alpha plain."}
    assert unasked == {"No report on beta. The rule finds alpha plain."}


def test_a_part_of_a_report_that_nobody_asked_for_sounds_like_no_reply(catalogue: Catalogue) -> None:
    reader = persona(catalogue, "beginner")
    said = (say("answer", "t.decides", a=A), say("answer", "t.fact", a=B))

    def answers(heading: str) -> set[str]:
        part = [Section(say("answer", heading), said)]
        return {write(part, reader, "long", catalogue, str(number)).text.split("\n\n")[1][:9] for number in range(9)}

    assert answers("combined.title.t") == {"The rule "}
    assert answers("t.head") == {"The rule ", "No: alpha"}


def test_an_answer_tells_the_tags_of_what_it_says(catalogue: Catalogue) -> None:
    said = [say("answer", "t.answer", "size", a=A), say("meaning", "t.fact", "crypto", a=B)]
    found = write(said, persona(catalogue, "beginner"), "short", catalogue, "k")
    assert found.holds == {"answer", "size", "meaning", "crypto"}


def test_a_phrase_that_comes_again_gets_other_words(catalogue: Catalogue) -> None:
    content = [say("answer", "t.fact", a=A), say("answer", "t.fact", a=B)]
    first, second = write(content, persona(catalogue, "beginner"), "short", catalogue, "k").text.split(". ")
    assert first.replace("alpha", "") != second.replace("beta", "").rstrip(".")


def test_a_sentence_agrees_with_the_list_it_names(catalogue: Catalogue) -> None:
    first, second = (code(name, f"analysis:$.strings[{n}]") for n, name in enumerate(("a and b", "c, d")))

    def said(listed: Text) -> str:
        return write(
            [say("answer", "t.list", list=listed)], persona(catalogue, "beginner"), "short", catalogue, "k"
        ).text

    assert said(join([first])) == "`a and b` is there."
    assert said(join([first, second])) == "`a and b` and `c, d` are there."
    assert said(Text("this and that")) == "this and that are there."


def test_an_entry_of_a_list_that_was_said_is_left_out(catalogue: Catalogue) -> None:
    gamma = Text("gamma")
    steps = [say("next", "t.hash", a=one) for one in (A, B, gamma)]
    listed = items("answer", say("answer", "t.head"), [*steps])
    parts = [
        Section(say("detail", "t.head"), (say("answer", "t.answer", a=A), steps[0])),
        Section(say("detail", "t.head"), (say("answer", "t.answer", a=B), listed)),
    ]
    text = write(parts, persona(catalogue, "forensics_expert"), "long", catalogue, "k").text
    assert text.count("Compare alpha.") == 1
    assert "- Compare beta.\n- Compare gamma." in text


def test_an_answer_gives_a_digest_twice_at_most(catalogue: Catalogue) -> None:
    digest = Text("`" + "0a" * 32 + "`")
    content = [
        say("answer", "t.answer", a=digest),
        *(say("detail", f"t.{name}", "hash", a=digest) for name in ("fact", "hash", "refers")),
    ]
    assert write(content, persona(catalogue, "forensics_expert"), "long", catalogue, "k").text.count(digest.text) == 2
    assert write(content, persona(catalogue, "forensics_expert"), "long", catalogue, "k").text.startswith(
        "The answer is"
    )


def test_a_sentence_agrees_with_a_list_of_one(catalogue: Catalogue) -> None:
    one, two = code("a", "analysis:$.strings[0]"), code("b", "analysis:$.strings[1]")
    writer = Realiser(catalogue, "plain", "k")
    for single in (one, join([one]), (one,)):
        assert writer.sentence(say("detail", "t.list", list=single)).text == "`a` is there."
    for many in (join([one, two]), (one, two)):
        assert writer.sentence(say("detail", "t.list", list=many)).text == "`a` and `b` are there."


def test_an_account_without_headings_keeps_each_matter_together(catalogue: Catalogue) -> None:
    names = [Text(name) for name in ("alpha", "beta", "gamma")]
    parts = [
        Section(
            say("detail", "t.head"),
            (say("answer", "t.answer", a=one), say("answer", "t.no", a=one), say("limit", "t.hash", "hash", a=one)),
        )
        for one in names
    ]
    text = write(parts, persona(catalogue, "forensics_expert"), "medium", catalogue, "k").text
    places = [[at for at, part in enumerate(text.split("\n\n")) if one.text in part] for one in names]
    assert max(places[0]) < min(places[1]) and max(places[1]) < min(places[2])
