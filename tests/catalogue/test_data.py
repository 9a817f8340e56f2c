"""The words obey the rules of the catalogue."""

import re
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from threatflux_training.catalogue import load
from threatflux_training.catalogue.load import load_catalogue
from threatflux_training.compose.content import ROLES, TAGS
from threatflux_training.errors import CatalogueError

VALUE = re.compile(r"[0-9`\"]|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b")


def test_personas_are_the_26_and_prefer_known_tags() -> None:
    personas = load_catalogue().personas
    assert len({one.id for one in personas}) == 26
    for one in personas:
        assert {*one.prefers, *one.skips} <= TAGS, one.id
        assert len(one.system) >= 3
        assert any("report" not in text for text in one.system), one.id
        assert one.demands and {tag for needs in one.demands.values() for need in needs for tag in need.split()} <= {
            *TAGS,
            *ROLES,
        }


def test_personas_ask_for_tasks_that_there_are() -> None:
    catalogue = load_catalogue()
    names = {*catalogue.questions, *(task.partition(".")[0] + "." for task in catalogue.questions)}
    for one in catalogue.personas:
        assert len(one.asks) >= 8, one.id
        assert set(one.asks) <= names, (one.id, set(one.asks) - names)


def test_phrases_hold_no_values() -> None:
    files = (load.DATA / "knowledge").glob("terms*.toml")
    terms = [term for file in files for term in msgspec.toml.decode(file.read_bytes())["terms"]]
    known = re.compile("|".join(map(re.escape, sorted(terms, key=len, reverse=True))))
    for phrase in load_catalogue().phrases.values():
        for variants in phrase.variants.values():
            for template in variants:
                text = known.sub("", " ".join(template.parts[0::2]))
                assert not VALUE.search(text), (phrase.id, text)


def test_questions_are_many_and_named_after_their_task() -> None:
    forms = [form.question for found in load_catalogue().questions.values() for form in found]
    assert len(forms) >= 60
    assert all(form.id.startswith(form.task + ".") for form in forms)
    assert [text for text, count in Counter(form.text for form in forms).items() if count > 1 and len(text) > 40] == []


def test_replies_name_phrases() -> None:
    catalogue = load_catalogue()
    names = {*catalogue.phrases, *(f"knowledge.{name}" for name in catalogue.knowledge)}
    questions = [form.question for found in catalogue.questions.values() for form in found if form.question.replies]
    assert len(questions) > 150
    for one in questions:
        for start, reply in one.replies.items():
            assert f"reply.{reply}" in catalogue.phrases, one.id
            assert start in names or (start.endswith(".") and any(name.startswith(start) for name in names)), one.id


def test_no_reply_says_the_opposite_of_the_answer_after_it() -> None:
    """An answer that opens with yes or no itself goes without the reply, so it has to mean the same."""
    catalogue = load_catalogue()
    opens = {"Yes": re.compile(r"Yes\b"), "No": re.compile(r"No[,.:;]|Not\b")}
    opposite = []
    for form in (form for found in catalogue.questions.values() for form in found):
        for key, name in form.question.replies.items():
            replies = [one.parts[0] for found in catalogue.phrases[f"reply.{name}"].variants.values() for one in found]
            says = next((word for word, opening in opens.items() if all(map(opening.match, replies))), None)
            other = {"Yes": "No", "No": "Yes"}.get(says or "")
            for phrase in catalogue.phrases.values():
                if other and (phrase.id == key or (key.endswith(".") and phrase.id.startswith(key))):
                    texts = [one.parts[0] for found in phrase.variants.values() for one in found]
                    opposite += [(form.question.id, text) for text in texts if opens[other].match(text)]
    assert opposite == []


def test_a_users_folder_replaces_entries(tmp_path: Path) -> None:
    (tmp_path / "phrases").mkdir()
    (tmp_path / "phrases" / "mine.toml").write_text('["hashes.give"]\nplain = ["Mine: {sha256}."]\n')
    phrase = load_catalogue((str(tmp_path),)).phrases["hashes.give"]
    assert phrase.variants["expert"][0].parts == ("Mine: ", "sha256", ".")


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "personas.toml").write_text("[[persona]]\nid = 1\n")
    with pytest.raises(CatalogueError, match=r"personas\.toml: .*persona"):
        load_catalogue((str(tmp_path),))


def test_a_phrase_on_a_whole_list_needs_one_on_a_part(tmp_path: Path) -> None:
    (tmp_path / "phrases").mkdir()
    (tmp_path / "phrases" / "mine.toml").write_text('["mine.all"]\nrests = "strings"\nplain = ["Nothing in {name}."]\n')
    with pytest.raises(CatalogueError, match=r"mine\.all.*mine\.all\.seen"):
        load_catalogue((str(tmp_path),))
