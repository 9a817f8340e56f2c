"""In an answer of several parts a digest and the advice to ask the package manager come once; a report has no general limits."""

from threatflux_training.catalogue.load import Catalogue, Phrase, template
from threatflux_training.compose.content import Say, say
from threatflux_training.compose.sparing import Sparing
from threatflux_training.compose.value import Source, Text

DIGEST = Text("`" + "a" * 64 + "`", (Source("a" * 64, "x:$.a", "equal", ()),))
TEXTS = {
    "t.fact": "It has {size}.",
    "t.digest": "Its SHA-256 is {sha256}.",
    "t.ask": "Ask the package manager about {name}.",
    "t.again": "Let dpkg verify {name}.",
    "t.limit": "Nobody ran {name}.",
    "t.own": "It shows {size} only.",
}


def catalogue() -> Catalogue:
    phrases = {
        name: Phrase(name, {one: (template(text),) for one in ("plain", "working", "expert")}, template(text).slots)  # type: ignore[misc]
        for name, text in TEXTS.items()
    }
    return Catalogue((), {}, phrases, {}, "")


def statement(role: str, phrase: str) -> Say:
    return say(role, phrase, size=Text("3 bytes"), sha256=DIGEST, name=Text("`x`"))  # type: ignore[arg-type]


def left(*parts: list[Say]) -> list[list[str]]:
    spare = Sparing(catalogue(), "working", parts)
    return [[one.phrase for one in spare.spared(spare.kept(part))] for part in parts]


def test_advice_comes_once_and_in_an_answer_rather_than_beside_one() -> None:
    assert left([statement("verify", "t.ask")], [statement("next", "t.again")]) == [["t.ask"], []]
    assert left([statement("verify", "t.ask")], [statement("answer", "t.again")]) == [[], ["t.again"]]


def test_a_digest_that_a_part_answers_with_stands_there_only() -> None:
    assert left([statement("detail", "t.digest")], [statement("answer", "t.digest")]) == [[], ["t.digest"]]


def test_a_value_that_a_statement_does_not_say_counts_for_nothing() -> None:
    assert left([statement("answer", "t.digest")], [statement("detail", "t.fact")]) == [["t.digest"], ["t.fact"]]


def test_a_report_has_no_limits_that_hold_of_any_file() -> None:
    limits = [statement("answer", "t.fact"), statement("limit", "t.limit"), statement("limit", "t.own")]
    other = [statement("answer", "t.fact")]
    assert left(limits, other, other, other)[0] == ["t.fact", "t.own"]
    assert left(limits, other)[0] == ["t.fact", "t.limit", "t.own"]
