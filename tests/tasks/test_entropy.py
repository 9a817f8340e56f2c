"""What figures on entropy are told of: sections of some length, files that compression can help, types that explain density."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import SAMPLES
from tests.reports.samples import FEATURES, METADATA
from threatflux_training.catalogue.load import load_catalogue
from threatflux_training.compose.content import Say
from threatflux_training.compose.document import flatten
from threatflux_training.evidence.blocks import BLOCKS
from threatflux_training.evidence.view import View
from threatflux_training.generate import expand_file
from threatflux_training.reports.load import load_files
from threatflux_training.reports.model import Entropy
from threatflux_training.settings import TextSettings
from threatflux_training.tasks import entropy, entropy_sections
from threatflux_training.tasks.entropy_parts import among
from threatflux_training.tasks.model import Draft, Request
from threatflux_training.tokens import Counter

FIGURES = [
    {"name": ".init_array", "offset": 0, "size": 8, "entropy": 1.061, "is_suspicious": False},
    {"name": ".dynsym", "offset": 8, "size": 2_000, "entropy": 1.2, "is_suspicious": False},
    {"name": ".rodata", "offset": 2_008, "size": 3_000, "entropy": 4.9, "is_suspicious": False},
    {"name": ".text", "offset": 5_008, "size": 9_000, "entropy": 6.1, "is_suspicious": False},
    {"name": ".fini_array", "offset": 14_008, "size": 8, "entropy": 7.5, "is_suspicious": False},
]


def _view(tmp_path: Path, found: dict[str, Any], mime: str = "application/x-elf", size: int = 20_000) -> View:
    metadata = METADATA | {"mime_type": mime, "file_size": size}
    report = {"file_path": METADATA["file_path"], **dict.fromkeys(FEATURES), "metadata": metadata, "entropy": found}
    (tmp_path / "r.json").write_text(json.dumps(report))
    return View(load_files([str(tmp_path)])[0][0], Counter("o200k_base"), BLOCKS)


def _said(view: View, task: str, length: Any = "medium") -> dict[str, Say]:
    request = Request(persona=load_catalogue().personas[5], length=length, room=4_000, variant=0, key="k")
    draft = next(one for one in entropy.offers(view, None) if one.task == task).build(request)
    assert isinstance(draft, Draft)
    return {one.phrase: one for one in flatten(draft.content) if isinstance(one, Say)}


def test_a_flag_against_the_figure_is_explained(tmp_path: Path) -> None:
    marks = {
        "likely_encrypted": True,
        "random_data_percentage": 0.82,
        "crypto_constants_found": [],
        "high_entropy_regions": [],
    }
    for figure, told in ((3.6, True), (7.9, False)):
        found = {"overall_entropy": figure, "sections": FIGURES, "encryption_indicators": marks}
        view = _view(tmp_path, FEATURES["entropy"] | found)
        assert ("entropy.overall.encrypted.share" in _said(view, "entropy.overall")) is told


@pytest.mark.parametrize(("last", "doubted"), [("echo " + "all that there is " * 5, False), ("A" * 76, True)])
def test_no_hidden_payload_is_thought_of_where_all_lines_are_plain(tmp_path: Path, last: str, doubted: bool) -> None:
    lines = ["#!/bin/sh", "echo nothing but words", last]
    metadata = METADATA | {"mime_type": "text/x-shellscript", "file_size": sum(map(len, lines)) + 3}
    found = FEATURES["entropy"] | {"overall_entropy": 4.4, "sections": []}
    report = {"file_path": METADATA["file_path"], **dict.fromkeys(FEATURES), "metadata": metadata, "entropy": found}
    (tmp_path / "r.json").write_text(json.dumps(report | {"strings": lines}))
    view = View(load_files([str(tmp_path)])[0][0], Counter("o200k_base"), BLOCKS)
    assert ("entropy.packed.text.means" in _said(view, "entropy.packed")) is doubted


@pytest.mark.parametrize("task", ["entropy.overall", "entropy.packed"])
def test_extremes_are_sections_of_some_length(tmp_path: Path, task: str) -> None:
    view = _view(tmp_path, FEATURES["entropy"] | {"overall_entropy": 4.4, "sections": FIGURES})
    slots = _said(view, task)["entropy.extremes.code"].slots
    assert (slots["top"].text, slots["low"].text) == ("`.text`", "`.dynsym`")  # type: ignore[union-attr]
    assert "larger" in slots["among"].text  # type: ignore[union-attr]
    assert not among(Entropy(sections=view.file.entropy.sections[1:4]), 2, 0).text  # type: ignore[union-attr]


def test_a_bound_has_a_share_of_one_decimal(tmp_path: Path) -> None:
    found = FEATURES["entropy"] | {"overall_entropy": 5.083, "sections": []}
    said = _said(_view(tmp_path, found, size=43_120), "entropy.compress")["entropy.compress.bound"]
    assert said.slots["ratio"].text == "63.5 %"  # type: ignore[union-attr]


def test_a_file_of_less_than_a_block_gains_nothing(tmp_path: Path) -> None:
    found = FEATURES["entropy"] | {"overall_entropy": 4.4, "sections": []}
    assert "entropy.compress.small" in _said(_view(tmp_path, found, "text/x-shellscript", 608), "entropy.compress")
    large = _said(_view(tmp_path, found, "text/x-shellscript", 60_800), "entropy.compress")
    assert "entropy.compress.much" in large
    assert "entropy.compress.small" not in large


def test_the_part_that_shrinks_is_sparse_and_of_some_length(tmp_path: Path) -> None:
    found = FEATURES["entropy"] | {"overall_entropy": 4.4, "sections": FIGURES}
    slots = _said(_view(tmp_path, found), "entropy.compress")["entropy.compress.parts"].slots
    assert slots["low"].text == "`.dynsym`"  # type: ignore[union-attr]
    dense = [one | {"entropy": max(one["entropy"], 3.5)} for one in FIGURES]
    assert "entropy.compress.parts" not in _said(_view(tmp_path, found | {"sections": dense}), "entropy.compress")


def test_a_type_that_packs_explains_density(tmp_path: Path) -> None:
    region = {"offset": 0, "size": 20_000, "entropy": 7.98, "description": "dense"}
    marks = {"likely_encrypted": True, "high_entropy_regions": [region], "crypto_constants_found": []}
    found = FEATURES["entropy"] | {
        "overall_entropy": 7.98, "sections": [], "encryption_indicators": marks | {"random_data_percentage": 0.6},
    }  # fmt: skip
    for mime, there in (("application/pdf", True), ("application/octet-stream", False)):
        said = _said(_view(tmp_path, found, mime), "entropy.encrypted")
        assert ("entropy.format" in said) is there
        assert ("entropy.encrypted.region.means" in said) is not there


def test_no_statement_lacks_what_its_words_name() -> None:
    files, _ = load_files([str(SAMPLES)])
    assert not sum(expand_file(file, TextSettings()).dropped["unsayable"] for file in files)


def test_the_densest_section_is_shown_however_short(tmp_path: Path) -> None:
    sections = [one | {"entropy": 5.2 if one["name"] == ".fini_array" else min(one["entropy"], 4.9)} for one in FIGURES]
    marks = {"likely_encrypted": False, "high_entropy_regions": [], "crypto_constants_found": []}
    found = {"overall_entropy": 4.4, "sections": sections, "encryption_indicators": marks}
    view = _view(tmp_path, FEATURES["entropy"] | found)
    request = Request(persona=load_catalogue().personas[5], length="medium", room=4_000, variant=0, key="k")
    draft = next(one for one in entropy.offers(view, None) if one.task == "entropy.encrypted").build(request)
    assert isinstance(draft, Draft)
    assert "entropy.encrypted.no_part" in {one.phrase for one in flatten(draft.content) if isinstance(one, Say)}
    assert any(4 in one.only for one in draft.shows if one.block == "entropy.sections")


DENSE = [one | {"entropy": 6.9} for one in FIGURES]


def _packed(overall: float, sections: Any, ratio: float = 0.0, *marks: str, flag: bool = True) -> dict[str, Any]:
    packed = {"likely_packed": flag, "packer_signatures": list(marks), "compression_ratio_estimate": ratio}
    return FEATURES["entropy"] | {"overall_entropy": overall, "sections": sections, "packed_indicators": packed}


def test_a_dense_program_without_a_flag_is_not_called_ordinary(tmp_path: Path) -> None:
    marks = {"likely_encrypted": False, "high_entropy_regions": [], "crypto_constants_found": []}
    found = _packed(7.6, FIGURES, flag=False) | {"encryption_indicators": marks}
    view = _view(tmp_path, found)
    assert {"entropy.packed.outside", "entropy.packed.outside.means"} <= _said(view, "entropy.packed").keys()
    assert "entropy.encrypted.dense" in _said(view, "entropy.encrypted")
    ordinary = _view(tmp_path, found | {"overall_entropy": 6.1})
    assert "entropy.packed.no" in _said(ordinary, "entropy.packed")
    assert "entropy.encrypted.no" in _said(ordinary, "entropy.encrypted")


def test_the_cause_of_the_packing_flag_is_named_only_where_it_is_known(tmp_path: Path) -> None:
    odd = {"name": "UPX1", "offset": 15_000, "size": 9_000, "entropy": 7.9, "is_suspicious": True}
    causes = {
        "by_share": _packed(6.9, DENSE, 1.0),
        "by_section": _packed(6.5, [*FIGURES, odd], 0.2),
        "by_marker": _packed(6.1, FIGURES, 0.0, "UPX"),
    }
    for cause, found in causes.items():
        said = _said(_view(tmp_path, found), "entropy.packed")
        assert {one for one in said if one.startswith("entropy.packed.by_")} == {f"entropy.packed.{cause}"}
    unclear = _said(_view(tmp_path, _packed(6.1, FIGURES, 0.2)), "entropy.packed")
    assert not any(one.startswith("entropy.packed.by_") for one in unclear)


def test_a_mark_and_dense_bytes_together_speak_for_a_packer(tmp_path: Path) -> None:
    assert "entropy.packed.packer" in _said(_view(tmp_path, _packed(6.9, DENSE, 1.0, "UPX")), "entropy.packed")
    whole = [{"name": "entire_file", "offset": 0, "size": 20_000, "entropy": 4.9, "is_suspicious": False}]
    text = _said(_view(tmp_path, _packed(4.9, whole, 0.0, "UPX"), "text/plain"), "entropy.packed")
    assert "entropy.packed.marked" in text
    assert "entropy.packed.data" not in text


def test_few_bytes_as_mixed_as_random_ones_prove_nothing(tmp_path: Path) -> None:
    marks = {"likely_encrypted": False, "high_entropy_regions": [], "crypto_constants_found": []}
    whole = [{"name": "entire_file", "offset": 0, "size": 150, "entropy": 6.7, "is_suspicious": False}]
    found = _packed(6.7, whole, flag=False) | {"encryption_indicators": marks}
    assert "entropy.tiny.encrypted" in _said(_view(tmp_path, found, "text/plain", 150), "entropy.encrypted")
    text = _view(tmp_path, found | {"overall_entropy": 4.6}, "text/plain", 150)
    assert "entropy.encrypted.no" in _said(text, "entropy.encrypted")


@pytest.mark.parametrize(
    ("name", "fits"),
    [
        ("sha256sum", True),
        ("libssl.so.3", True),
        ("ssh-add", True),
        ("cmp", False),
        ("consumer", False),
        ("pass", False),
    ],
)
def test_constants_fit_programs_that_hash(tmp_path: Path, name: str, fits: bool) -> None:
    marks = {"likely_encrypted": True, "high_entropy_regions": [], "crypto_constants_found": ["MD5 constant"]}
    found = FEATURES["entropy"] | {"overall_entropy": 5.4, "encryption_indicators": marks}
    path = f"/usr/bin/{name}"
    metadata = METADATA | {"mime_type": "application/x-elf", "file_size": 20_000, "file_path": path, "file_name": name}
    report = {"file_path": path, **dict.fromkeys(FEATURES), "metadata": metadata, "entropy": found}
    (tmp_path / "r.json").write_text(json.dumps(report))
    view = View(load_files([str(tmp_path)])[0][0], Counter("o200k_base"), BLOCKS)
    assert ("entropy.constant.fits" in _said(view, "entropy.encrypted")) is fits


def test_most_bytes_beyond_ascii_are_padding_only_where_the_figure_is_low(tmp_path: Path) -> None:
    marks = {"likely_encrypted": True, "high_entropy_regions": [], "crypto_constants_found": []}
    whole = [{"name": "entire_file", "offset": 0, "size": 20_000, "entropy": 5.4, "is_suspicious": False}]
    found = FEATURES["entropy"] | {
        "overall_entropy": 5.4, "sections": whole, "encryption_indicators": marks | {"random_data_percentage": 0.86},
    }  # fmt: skip
    for overall, kind in ((5.4, "other"), (1.4, "share")):
        said = _said(_view(tmp_path, found | {"overall_entropy": overall}, "text/plain"), "entropy.encrypted")
        assert f"entropy.encrypted.{kind}.means" in said
        assert ("entropy.encrypted.verify.zeros" in said) is (kind == "share")


def test_the_obfuscation_score_of_a_packed_file_is_more_than_entropy(tmp_path: Path) -> None:
    said = _said(_view(tmp_path, _packed(6.9, DENSE, 1.0)), "entropy.obfuscation")
    assert "entropy.obfuscation.packed" in said


def test_a_section_of_the_full_table_is_not_asked_for_as_missing(tmp_path: Path) -> None:
    table = [
        {"name": name, "size": 0, "virtual_address": 0, "characteristics": "0"}
        for name in entropy_sections._PLAUSIBLE if name != ".gnu.hash"
    ]  # fmt: skip
    found = FEATURES["entropy"] | {"overall_entropy": 4.4, "sections": FIGURES}
    metadata = METADATA | {"mime_type": "application/x-elf", "file_size": 20_000}
    info = FEATURES["binary_info"] | {"sections": table}
    features = dict.fromkeys(FEATURES) | {"metadata": metadata, "entropy": found, "binary_info": info}
    (tmp_path / "r.json").write_text(json.dumps({"file_path": METADATA["file_path"], **features}))
    view = View(load_files([str(tmp_path)])[0][0], Counter("o200k_base"), BLOCKS)
    for key in "abcdef":
        request = Request(persona=load_catalogue().personas[5], length="medium", room=4_000, variant=0, key=key)
        pair = entropy_sections.one_section(view, view.file.entropy, request)  # type: ignore[arg-type]
        assert pair is not None
        assert pair[1].slots["section"].text == "`.gnu.hash`"
