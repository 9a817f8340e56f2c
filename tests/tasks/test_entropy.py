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
from threatflux_training.tasks import entropy
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


@pytest.mark.parametrize("task", ["entropy.overall", "entropy.packed"])
def test_extremes_are_sections_of_some_length(tmp_path: Path, task: str) -> None:
    view = _view(tmp_path, FEATURES["entropy"] | {"overall_entropy": 4.4, "sections": FIGURES})
    slots = _said(view, task)["entropy.extremes.code"].slots
    assert (slots["top"].text, slots["low"].text) == ("`.text`", "`.dynsym`")  # type: ignore[union-attr]
    assert "larger" in slots["among"].text  # type: ignore[union-attr]
    assert not among(Entropy(sections=view.file.entropy.sections[1:4]), 2, 0).text  # type: ignore[union-attr]


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


@pytest.mark.parametrize(
    ("mime", "overall", "flag", "marker", "share", "kind"),
    [
        ("application/x-elf", 6.2, True, "", 0.6, "program"), ("application/x-elf", 7.8, True, "UPX", 0.6, "marked"),
        ("application/x-elf", 6.2, False, "", 0.6, "no"), ("application/x-elf", 7.1, False, "", 0.6, "open"),
        ("text/x-shellscript", 4.6, True, "UPX", 0.04, "named"), ("image/png", 7.9, True, "", 0.6, "data"),
        ("text/x-shellscript", 4.6, False, "", 0.04, "text"), ("application/octet-stream", 5.9, False, "", 0.5, "other"),
    ],
)  # fmt: skip
def test_the_answer_on_packing_goes_by_marker_figure_and_kind(
    tmp_path: Path, mime: str, overall: float, flag: bool, marker: str, share: float, kind: str
) -> None:
    packed = {"likely_packed": flag, "packer_signatures": [marker] * bool(marker), "compression_ratio_estimate": 0.0}
    marks = {
        "likely_encrypted": False,
        "high_entropy_regions": [],
        "crypto_constants_found": [],
        "random_data_percentage": share,
    }
    found = {"overall_entropy": overall, "sections": [], "packed_indicators": packed, "encryption_indicators": marks}
    said = _said(_view(tmp_path, FEATURES["entropy"] | found, mime), "entropy.packed")
    assert next(iter(said)) == f"entropy.packed.{kind}"
    assert ("entropy.packed.by_marker" in said) is bool(marker)
    assert "entropy.packed.by_share" not in said
