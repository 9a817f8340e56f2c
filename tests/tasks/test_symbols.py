"""What symbols show: exports of which only some are named, a library's exports, versions that a file gives itself."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.reports.samples import FEATURES, METADATA
from threatflux_training.catalogue.load import load_catalogue
from threatflux_training.compose.content import Say
from threatflux_training.compose.document import flatten
from threatflux_training.evidence.blocks import BLOCKS
from threatflux_training.evidence.view import View
from threatflux_training.reports.load import load_files
from threatflux_training.tasks import symbols
from threatflux_training.tasks.model import Draft, Request
from threatflux_training.tokens import Counter

REQUEST = Request(persona=load_catalogue().personas[5], length="medium", room=4_000, variant=0, key="k")


def _view(folder: Path, name: str, sections: tuple[str, ...] = (), **features: Any) -> View:
    listed = [{"name": one, "size": 240, "virtual_address": 64, "characteristics": "2"} for one in sections]
    binary = {"format": "ELF", "architecture": "x86_64", "imports": [], "exports": [], "is_stripped": True}
    binary |= {"sections": listed, **features.pop("binary", {})}
    metadata = METADATA | {"file_path": f"/usr/lib/{name}", "file_name": name}
    report = {"file_path": f"/usr/lib/{name}", **dict.fromkeys(FEATURES), "metadata": metadata, "binary_info": binary}
    (folder / "r.json").write_text(json.dumps(report | features))
    return View(load_files([str(folder)])[0][0], Counter("o200k_base"), BLOCKS)


def _phrases(view: View, task: str) -> set[str]:
    offer = next((one for one in symbols.offers(view, None) if one.task == task), None)
    draft = offer.build(REQUEST) if offer else None
    assert draft is None or isinstance(draft, Draft)
    return {one.phrase for one in flatten(draft.content) if isinstance(one, Say)} if draft else set()


@pytest.mark.parametrize(("count", "form"), [(3, "some"), (9, "among"), (60, "many")])
def test_a_selection_of_exports_is_no_list_of_all(tmp_path: Path, count: int, form: str) -> None:
    names = [f"tool_{number}" for number in range(count)]
    view = _view(tmp_path, "libtool.so", binary={"exports": [*names, "free"]}, symbols={"imports": [{"name": "free"}]})
    said = _phrases(view, "symbols.exports")
    assert {one for one in ("some", "among", "many") if f"symbols.exports.{one}" in said} == {form}


@pytest.mark.parametrize(("name", "library"), [("tool", False), ("libtool.so.1", True)])
def test_a_library_may_export_what_the_report_leaves_out(tmp_path: Path, name: str, library: bool) -> None:
    view = _view(tmp_path, name, binary={"exports": ["free"]}, symbols={"imports": [{"name": "free"}]})
    said = _phrases(view, "symbols.exports")
    assert ("symbols.exports.none.library" in said) is library
    assert ("symbols.exports.none" in said) is ("symbols.exports.program" in said) is not library


@pytest.mark.parametrize(
    ("sections", "texts", "there"),
    [
        ((".gnu.version_r",), ["GLIBC_2.4", "GLIBC_2.34"], True),
        ((".gnu.version_r", ".gnu.version_d"), ["GLIBC_2.4", "GLIBC_2.34"], False),
        ((".gnu.version_r",), ["GLIBCXX_3.4", "GLIBCXX_3.4.21"], False),
    ],
)
def test_a_version_among_strings_is_a_need_of_the_c_library(
    tmp_path: Path, sections: tuple[str, ...], texts: list[str], there: bool
) -> None:
    assert bool(_phrases(_view(tmp_path, "tool", sections, strings=texts), "symbols.versions")) is there


def test_names_that_outlive_stripping_are_told(tmp_path: Path) -> None:
    said = _phrases(_view(tmp_path, "tool", (".dynsym", ".gopclntab")), "symbols.left")
    assert "symbols.left.kept.go" in said
    assert "symbols.left.limit" not in said
    assert "symbols.left.limit" in _phrases(_view(tmp_path, "tool", (".dynsym",)), "symbols.left")


def test_the_largest_function_is_told_only_if_its_name_is_short_enough(tmp_path: Path) -> None:
    def found(longest: str) -> set[str]:
        sizes = {"main": 40, "usage": 60, longest: 900}
        functions = [
            {"name": name, "address": 0x1000 + 0x1000 * number, "size": size}
            for number, (name, size) in enumerate(sizes.items())
        ]
        return _phrases(_view(tmp_path, "tool", symbols={"functions": functions}), "symbols.defined")

    assert "symbols.defined" in found("parse")
    assert not found("_ZN" + "x" * 200)


def test_what_strip_removes_is_named_with_where_it_went(tmp_path: Path) -> None:
    assert "symbols.left.gone.link" in _phrases(_view(tmp_path, "tool", (".dynsym", ".gnu_debuglink")), "symbols.left")
    assert "symbols.left.gone" in _phrases(_view(tmp_path, "tool", (".dynsym",)), "symbols.left")
