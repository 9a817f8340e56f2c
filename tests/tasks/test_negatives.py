"""Twins about another file: every part of the question gets its answer, and the areas asked for are named."""

from tests.conftest import SAMPLES
from threatflux_training.compose.content import Say, Section, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.blocks import BLOCKS
from threatflux_training.evidence.view import View
from threatflux_training.reports.load import load_files
from threatflux_training.tasks import coverage
from threatflux_training.tasks.model import Draft, Show
from threatflux_training.tasks.negatives import other_file
from threatflux_training.tokens import Counter


def _view() -> View:
    return View(load_files([str(SAMPLES / "printf.json")])[0][0], Counter("o200k_base"), BLOCKS)


def _area(lost: Draft) -> str:
    last = lost.content[-1]
    said = last.content[-1] if isinstance(last, Section) else last
    area = said.slots["area"]  # type: ignore[union-attr]
    assert isinstance(area, Text)
    return area.text


def _phrases(lost: Draft) -> list[str]:
    flat = [said for one in lost.content for said in (one.content if isinstance(one, Section) else (one,))]
    return [one.phrase for one in flat if isinstance(one, Say)]


def test_of_a_question_of_several_parts_the_first_are_answered_for_the_scanned_file() -> None:
    parts = tuple(Section(None, (say("answer", f"one.{number}"), say("limit", "not.this"))) for number in range(3))
    asked = Draft(slots={}, shows=(Show("entropy"), Show("strings")), content=parts)
    lost = other_file(_view(), asked, "/usr/bin/other", "entropy")
    assert _phrases(lost) == ["negatives.other", "negatives.own.parts", "one.0", "one.1", "negatives.other.next"]
    assert _area(lost) == "entropy and strings"


def test_a_decision_against_action_brings_the_labels_along() -> None:
    weighed = Section(
        None, (say("answer", "triage.rules.one"), say("meaning", "triage.rule.UAF001"), say("limit", "x"))
    )
    asked = Draft(slots={}, shows=(Show("strings"),), content=(say("answer", "triage.lead.routine"), weighed))
    said = _phrases(other_file(_view(), asked, "/usr/bin/other", "triage"))
    assert said[2:5] == ["triage.lead.routine", "triage.rules.one", "triage.rule.UAF001"]


def test_what_is_missing_comes_first_then_the_nearest_then_the_way_to_get_it() -> None:
    content = (say("answer", "first"), say("meaning", "aside"))
    lost = other_file(_view(), Draft(slots={}, shows=(Show("strings"),), content=content), "/usr/bin/other", "strings")
    assert _phrases(lost) == ["negatives.other", "negatives.own", "first", "negatives.other.next"]


def test_what_another_part_gives_is_not_missed() -> None:
    file = load_files([str(SAMPLES / "scp.json")])[0][0]
    assert coverage.lacking(file, "yara_indicators")
    assert not coverage.missed(file, "yara_indicators")
    assert coverage.missed(file, "entropy")


def test_a_list_that_completes_the_answer_comes_along() -> None:
    content = (say("answer", "first"), say("answer", "second"), say("meaning", "aside"))
    lost = other_file(_view(), Draft(slots={}, shows=(Show("hex_dump"),), content=content), "/usr/bin/other", "hex")
    said = [one.phrase for one in lost.content if not isinstance(one, Section)]  # type: ignore[union-attr]
    assert said[2:4] == ["first", "second"]
    assert "aside" not in said
    assert _area(lost) == "a hex dump"


def test_a_comparison_asks_for_what_was_compared() -> None:
    shows = (Show("metadata"), Show("partner:metadata"), Show("entropy"), Show("partner:entropy"))
    lost = other_file(_view(), Draft(slots={}, shows=shows, content=(say("answer", "it"),)), "/x", "compare", _view())
    assert _area(lost) == "entropy"


def test_a_question_names_what_its_own_answer_rests_on() -> None:
    shows = (Show("metadata"), Show("strings"), Show("entropy"))
    content = (say("answer", "metadata.what.elf"),)
    lost = other_file(_view(), Draft(slots={}, shows=shows, content=content), "/usr/bin/other", "metadata")
    assert _area(lost) == "metadata and strings"
