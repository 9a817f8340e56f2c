"""What is missing is said only of lists that the prompt shows whole."""

import re
from pathlib import Path

import pytest

from threatflux_training import tokens
from threatflux_training.catalogue.load import load_catalogue
from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Section, items, say
from threatflux_training.evidence.blocks import BLOCKS
from threatflux_training.evidence.view import View
from threatflux_training.reports.load import load_files
from threatflux_training.tasks.absence import in_view, of_shown
from threatflux_training.tasks.model import Show

PHRASES = load_catalogue().phrases
RESTING = {name for name, phrase in PHRASES.items() if phrase.rests}
SAMPLE = Path(__file__).parents[2] / "examples" / "reports" / "printf.json"


@pytest.fixture(scope="module")
def view() -> View:
    files, _ = load_files([str(SAMPLE)])
    return View(files[0], tokens.Counter("o200k_base"), BLOCKS)


def lost(view: View, feature: str, rest: str, field: str = "") -> Content:
    return say("meaning", "x.lost", symbol=value.absent("nothing_such", view.at(feature, rest), field))


@pytest.mark.parametrize(
    ("show", "feature", "rest", "kept"),
    [
        (Show("strings"), "strings", "", True),
        (Show("strings", only=(1, 2)), "strings", "", False),
        (Show("strings", 0, 5), "strings", "", False),
        (Show("symbols.imports"), "symbols", ".imports", True),
        (Show("symbols.symbol_count"), "symbols", ".imports", False),
        (Show("binary_info"), "binary_info", ".sections", False),
        (Show("binary_info.sections.names"), "binary_info", ".sections", True),
        (Show("binary_info.sections", only=(1,)), "binary_info", ".sections", False),
    ],
)
def test_only_a_whole_list_shows_what_it_lacks(view: View, show: Show, feature: str, rest: str, kept: bool) -> None:
    answer, missing = say("answer", "x.answer", name=view.name), lost(view, feature, rest)
    assert in_view([answer, missing], [show], {"": view}, PHRASES) == ([answer, missing] if kept else [answer])


def test_parts_of_sections_and_lists_are_read_too(view: View) -> None:
    answer, missing = say("answer", "x.answer", name=view.name), lost(view, "strings", "")
    listed = items("detail", say("detail", "x.lead"), [missing])
    section = Section(None, (answer, missing, listed))  # type: ignore[arg-type]
    assert in_view([section], [Show("strings", 0, 5)], {"": view}, PHRASES) == [Section(None, (answer,))]


def test_without_an_answer_there_is_nothing(view: View) -> None:
    missing = say("answer", "x.lost", symbol=value.absent("nothing_such", view.at("strings"), ""))
    assert in_view([missing], [Show("strings", 0, 5)], {"": view}, PHRASES) is None


@pytest.mark.parametrize(
    ("show", "phrase"), [(Show("strings"), ""), (Show("strings", only=(1, 2)), ".seen"), (Show("metadata"), ".seen")]
)
def test_of_all_strings_only_the_whole_list_tells(view: View, show: Show, phrase: str) -> None:
    answer = say("answer", "triage.follow.none", name=view.name)
    told = say("answer", f"triage.follow.none{phrase}", name=view.name)
    assert in_view([answer], [show], {"": view}, PHRASES) == [told]
    assert in_view([Section(None, (answer,))], [show], {"": view}, PHRASES) == [Section(None, (told,))]


@pytest.mark.parametrize(
    ("second", "phrase"), [(Show("partner:strings"), ""), (Show("partner:strings", only=(1,)), ".seen")]
)
def test_what_two_lists_share_needs_both(view: View, second: Show, phrase: str) -> None:
    partner = View(view.file, view.counter, BLOCKS, "partner:")
    answer = say("answer", "compare.strings.none", a=view.name, b=view.name)
    told = say("answer", f"compare.strings.none{phrase}", a=view.name, b=view.name)
    assert in_view([answer], [Show("strings"), second], {"": view, "partner:": partner}, PHRASES) == [told]


@pytest.mark.parametrize(
    ("phrase", "whole", "part"),
    [
        ("entropy.largest", Show("entropy.sections"), Show("entropy.sections", only=(1, 2))),
        ("entropy.largest", Show("entropy.sections"), Show("binary_info.sections")),
        ("imports.unsafe.no", Show("symbols.imports"), Show("symbols.imports", only=(1,))),
        ("imports.unsafe.no", Show("binary_info.imports"), Show("strings")),
    ],
)
def test_what_rests_on_a_list_is_said_of_what_is_shown_of_it(view: View, phrase: str, whole: Show, part: Show) -> None:
    answer, told = (say("answer", one, name=view.name) for one in (phrase, f"{phrase}.seen"))
    assert in_view([answer], [whole], {"": view}, PHRASES) == [answer]
    assert in_view([answer], [part], {"": view}, PHRASES) == [told]
    assert of_shown([answer, Section(None, (answer,))], PHRASES) == [told, Section(None, (told,))]


def test_narrower_wordings_say_that_they_are() -> None:
    """Of what is shown, or nothing that one would have to see all for."""
    everything = re.compile(
        r"\b(?:all|only|none|no|nothing|largest|densest|biggest|newest|oldest|highest|most|(?<!at )least)\b",
        re.IGNORECASE,
    )
    scope = re.compile(r"\b(?:shown?|in view|I see|in sight)\b")
    for name, phrase in PHRASES.items():
        if name.removesuffix(".seen") not in RESTING or not name.endswith(".seen"):
            continue
        for variants in phrase.variants.values():
            for one in variants:
                text = "{}".join(one.parts[::2])
                assert scope.search(text) or not everything.search(text), (name, text)
