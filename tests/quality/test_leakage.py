"""What stands in two splits is found, and only that."""

import pytest

from tests.quality.rows import measure, row, sentence
from threatflux_training.records import Example, Message

Rows = list[tuple[str, Example]]
LONG = " ".join(sentence(f"long {n}") for n in range(8))


def clean() -> Rows:
    return [row(n, split="train" if n < 80 else "test") for n in range(100)]


def leaked(change: str) -> Rows:
    """Ten of the twenty test rows repeat something of a training row."""
    rows = clean()
    for n in range(80, 90):
        source = rows[n - 80][1]
        _, own = row(n, split="test")
        if change == "group":
            own.metadata.group = source.metadata.group
        if change == "exact":
            own.messages[2] = source.messages[2]
        if change == "near":
            own.messages[1:] = [
                source.messages[1],
                type(own.messages[2])("assistant", source.messages[2].content + " Yes."),
            ]
        if change in ("masked", "shared_form"):
            text = LONG if change == "masked" else sentence("short", 8)
            for number, one in ((n, own), (n - 80, source)):
                one.messages[2] = type(one.messages[2])("assistant", f"{n} {text} {number} `{number}`")
            own.messages[2] = type(own.messages[2])("assistant", f"{n} {text} {n + 500} `{n}`")
        rows[n] = ("test", own)
    return rows


@pytest.mark.parametrize("name", ["groups", "exact", "near", "masked", "shared_form", "missing_families"])
def test_none(name: str) -> None:
    found = measure(clean(), f"leakage.{name}")
    assert found["value"] == 0
    assert found["ok"] in (True, None)


@pytest.mark.parametrize(
    ("name", "value"), [("groups", 10), ("exact", 0.5), ("near", 0.5), ("masked", 0.5), ("shared_form", 0.5)]
)
def test_planted(name: str, value: float) -> None:
    rows = leaked(name.rstrip("s") if name == "groups" else name)
    assert measure(rows, f"leakage.{name}")["value"] == value
    others = {"exact", "near", "masked"} - {name} - ({"near"} if name in ("exact", "masked") else set())
    for other in others:
        assert measure(rows, f"leakage.{other}")["value"] == 0


def test_the_same_evidence_with_another_answer_is_no_near_duplicate() -> None:
    rows = clean()
    for n in range(80, 90):
        rows[n][1].messages[1] = rows[n - 80][1].messages[1]
    assert measure(rows, "leakage.near")["value"] == 0


def test_a_tools_result_is_evidence() -> None:
    rows = clean()
    for n in range(10):
        for number in (n, n + 80):
            messages = rows[number][1].messages
            result = "\n".join(sentence(f"result {n if n < 5 else number}/{line}") for line in range(40))
            answer = sentence(f"conclusion {n}")
            messages[1:] = [Message("user", "Is it packed?"), Message("tool", result), Message("assistant", answer)]
            messages[-1] = Message("assistant", f"{answer} {sentence(str(number), 3)}")
    assert measure(rows, "leakage.near")["value"] == 0.25


def test_a_family_that_a_split_lacks() -> None:
    rows = clean()
    for n in range(60):
        rows[n][1].metadata.task = "hex.header"
    found = measure(rows, "leakage.missing_families")
    assert (found["value"], found["listed"], found["n"], found["ok"]) == (1, ["test: hex"], 4, False)


def test_a_rare_family_is_not_missed() -> None:
    rows = clean()
    for n in range(18):
        rows[n][1].metadata.task = "hex.header"
    assert measure(rows, "leakage.missing_families")["value"] == 0


@pytest.mark.parametrize(("examples", "groups"), [(60, 4), (40, 40)])
def test_a_family_is_missed_for_its_examples_or_for_its_groups(examples: int, groups: int) -> None:
    rows = clean()
    for n in range(examples):
        rows[n][1].metadata.task, rows[n][1].metadata.group = "hex.header", f"{n % groups:032x}"
    assert measure(rows, "leakage.missing_families")["listed"] == ["test: hex"]


def test_one_split_cannot_leak() -> None:
    rows = [("train", one) for _, one in leaked("exact")]
    assert measure(rows, "leakage.exact") == {"value": 0, "bar": ["most", 0], "n": 0, "ok": None, "examples": 0}
