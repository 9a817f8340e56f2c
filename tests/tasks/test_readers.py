"""Who asks for what, and under which system turn."""

from collections import Counter
from pathlib import Path

import pytest

from threatflux_training.catalogue.load import load_catalogue
from threatflux_training.generate import expand_file
from threatflux_training.records import Example
from threatflux_training.reports.load import load_files
from threatflux_training.settings import TextSettings

SAMPLES = Path(__file__).parents[2] / "examples" / "reports"
READER = """
[[persona]]
id = "reader"
register = "working"
depth = 2
prefers = ["decision"]
asks = ["entropy.", "metadata.times"]
system = ["Answer.", "Answer from the report."]

[persona.demands]
"Give what no statement holds." = ["answer", "unheard_of"]
"Say how to check." = ["verify"]
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> list[Example]:
    """Examples of the shipped reports with one more reader."""
    folder = tmp_path_factory.mktemp("words")
    (folder / "personas.toml").write_text(READER)
    files, _ = load_files([str(SAMPLES)])
    settings = TextSettings(catalogue=(str(folder),))
    assert "reader" in {one.id for one in load_catalogue(settings.catalogue).personas}
    return [example for file in files for example in expand_file(file, settings).examples]


def test_a_demand_stands_only_where_the_answer_meets_it(made: list[Example]) -> None:
    """A tag that no statement has is never demanded, one that many have is demanded of some."""
    turns = Counter(one.messages[0].content.partition("\n")[0] for one in made if one.metadata.expertise == "reader")
    assert not turns["Give what no statement holds."]
    assert turns["Say how to check."]
    assert turns["Answer from the report."] or turns["Answer."]


def test_questions_from_memory_have_no_system_turn_about_a_report(made: list[Example]) -> None:
    recalled = [one for one in made if one.metadata.style == "recall"]
    assert recalled
    assert not [one.messages[0].content for one in recalled if "report" in one.messages[0].content]


def test_readers_ask_what_they_would_rather_ask(made: list[Example]) -> None:
    """Of the tasks on entropy those who ask for them have more than their share of all chats."""
    asking = {one.id for one in load_catalogue().personas if "entropy." in one.asks} | {"reader"}
    about = [one.metadata.expertise in asking for one in made if one.metadata.task.startswith("entropy.")]
    others = [one.metadata.expertise in asking for one in made if not one.metadata.task.startswith("entropy.")]
    assert sum(about) / len(about) > 2 * sum(others) / len(others)
