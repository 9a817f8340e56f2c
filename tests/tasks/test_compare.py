"""Comparisons are of two files, by name, with the evidence of both; a third file is not made up."""

from functools import cache
from typing import Any

import msgspec
import pytest

from tests.conftest import SAMPLES
from threatflux_training.compose.content import Say
from threatflux_training.evidence.blocks import BLOCKS
from threatflux_training.evidence.view import View
from threatflux_training.generate import Expansion, expand_file
from threatflux_training.records import Example
from threatflux_training.reports.file import ScannedFile
from threatflux_training.reports.load import load_files
from threatflux_training.settings import TextSettings
from threatflux_training.tasks import compare, compare_code
from threatflux_training.tasks.compare_build import sources
from threatflux_training.tasks.compare_pair import Pair
from threatflux_training.tasks.families import FAMILIES
from threatflux_training.tokens import Counter


def _file(name: str) -> ScannedFile:
    return load_files([str(SAMPLES / name)])[0][0]


@pytest.fixture
def only_comparisons(monkeypatch: pytest.MonkeyPatch) -> None:
    assert compare in FAMILIES
    monkeypatch.setattr("threatflux_training.chats.maker.FAMILIES", (compare,))


@cache
def _expanded(own: str, other: str) -> Expansion:
    return expand_file(_file(own), TextSettings(examples_per_file=30), _file(other))


def _examples(own: str, other: str) -> list[Example]:
    made = _expanded(own, other).examples
    assert made
    return made


def _traces(example: Example) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = msgspec.json.decode(example.metadata.evidence)
    return found


@pytest.mark.usefixtures("only_comparisons")
@pytest.mark.parametrize(
    ("own", "other"), [("printf.json", "rev.json"), ("mawk.json", "scp.json"), ("deploy.sh.json.gz", "printf.json")]
)
def test_every_comparison_shows_and_names_both(own: str, other: str) -> None:
    partner = _file(other)
    for example in _examples(own, other):
        assert example.metadata.task.startswith("compare.")
        assert example.metadata.partner_sha256 == partner.key
        prompt = example.messages[1].content
        assert f"[{_file(own).path}: " in prompt
        assert f"[{partner.path}: " in prompt
        if example.metadata.answerable:
            assert partner.name in example.messages[2].content
            assert any("partner:" in f"{trace['path']} {trace['inputs']}" for trace in _traces(example))


@pytest.mark.usefixtures("only_comparisons")
def test_a_third_file_has_no_report() -> None:
    examples = [one for one in _examples("printf.json", "rev.json") if one.metadata.pair_id]
    negatives = [one for one in examples if one.metadata.negative_kind == "other_file"]
    assert negatives
    for one in negatives:
        asked = {trace["value"] for trace in _traces(one) if trace["op"] == "asked"}
        assert asked - {"printf", "rev", _file("printf.json").path, _file("rev.json").path}


@pytest.mark.usefixtures("only_comparisons")
def test_the_same_without_a_partner_gives_nothing() -> None:
    assert expand_file(_file("printf.json"), TextSettings()).examples == []


def test_follow_ups_stay_with_both_files() -> None:
    for example in expand_file(_file("printf.json"), TextSettings(examples_per_file=60), _file("rev.json")).examples:
        prompt = example.messages[1].content
        assert ("rev: " in prompt) == bool(example.metadata.partner_sha256)


def test_a_common_reference_to_shared_debug_data_is_found() -> None:
    printf, rev = (
        View(_file(name), Counter("o200k_base"), BLOCKS, side)
        for name, side in (("printf.json", ""), ("basename.json", "partner:"))
    )
    found = sources(Pair(printf, rev))
    assert found is not None
    assert found[0][0] == found[1][0] == "/usr/lib/debug/.dwz/x86_64-linux-gnu/coreutils.debug"


def _pair(own: str, other: str) -> Pair:
    return Pair(
        *(View(_file(name), Counter("o200k_base"), BLOCKS, side) for name, side in ((own, ""), (other, "partner:")))
    )


def test_sections_of_the_same_names_are_told_by_their_sizes() -> None:
    fact = compare_code.sections(_pair("printf.json", "basename.json"), "answer")
    assert fact is not None
    main = fact.said[0]
    assert isinstance(main, Say)
    assert main.phrase == "compare.sections.resized"
    assert str(main.slots["list"]).count(" against ") >= 1


def test_what_any_two_files_share_is_no_part_of_a_comparison() -> None:
    for example in _examples("printf.json", "rev.json"):
        if example.metadata.task in ("compare.relation", "compare.report"):
            text = example.messages[2].content
            assert not any(word in text for word in ("No signature found", "put on this disk", "belongs to user 0"))


def test_files_of_different_packages_are_told_apart_by_their_debug_references() -> None:
    pair = _pair("printf.json", "rev.json")
    found = sources(pair)
    assert found is not None
    assert found[0][0] != found[1][0]
    bond, _, form = compare._bond(pair)
    assert form == "sources"
    packages = [bond.slots[name].text for name in ("package_a", "package_b")]  # type: ignore[union-attr]
    assert packages == [f"`{one[0].rpartition('/')[2].removesuffix('.debug')}`" for one in found]
    assert {str(bond.slots[name].text).strip("`") for name in ("source_a", "source_b")} == {one[0] for one in found}  # type: ignore[union-attr]


@pytest.mark.parametrize("role", ["answer", "detail"])
def test_an_answer_on_density_gives_the_difference(role: Any) -> None:
    pair = _pair("printf.json", "basename.json")
    fact = compare_code.entropy(pair, role)
    assert fact is not None
    told = {one.phrase: one for one in fact.said if isinstance(one, Say)}
    assert ("compare.entropy.gap" in told) is (role == "answer")
    figures = [side.view.file.entropy.overall_entropy for side in pair.sides if side.view.file.entropy]
    if role == "answer":
        gap = told["compare.entropy.gap"].slots["gap"]
        assert gap.text == f"{abs(figures[0] - figures[1]):.2f} bits per byte"  # type: ignore[union-attr, operator]
