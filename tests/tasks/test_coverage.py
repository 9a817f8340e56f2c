"""What is said of a feature that the report has or lacks, where its kind of file matters."""

from pathlib import Path
from typing import Any

import pytest

from tests.reports.samples import METADATA
from tests.tasks.test_sections import GO, PROGRAM, Row, view_of
from tests.tasks.test_structure import phrases, request
from threatflux_training.evidence.view import View
from threatflux_training.tasks import coverage
from threatflux_training.tasks.model import Draft

NONE = {"status": "success", "signer": None, "timestamp": None, "certificate_chain": []}


def lacking(view: View, feature: str) -> set[str]:
    """What is said of a missing feature."""
    return phrases(coverage.missing(view, request(), feature))


@pytest.mark.parametrize(("mime", "there"), [("application/x-elf", True), ("text/x-shellscript", False)])
def test_nothing_is_missed_where_the_feature_cannot_apply(tmp_path: Path, mime: str, there: bool) -> None:
    view = view_of(tmp_path, (), features={"binary_info": None, "metadata": METADATA | {"mime_type": mime}})
    assert ("coverage.lost.symbols" in lacking(view, "symbols")) is there
    assert ("coverage.not_applicable" in lacking(view, "symbols")) is not there


@pytest.mark.parametrize(("rows", "there"), [(PROGRAM, True), (GO, False)])
def test_strings_of_a_static_program_name_no_imports(tmp_path: Path, rows: tuple[Row, ...], there: bool) -> None:
    view = view_of(tmp_path, rows, features={"strings": ["one text", "another text"]})
    assert ("coverage.instead.symbols" in lacking(view, "symbols")) is there


def test_a_header_that_names_no_library_is_no_list_of_dependencies(tmp_path: Path) -> None:
    assert not [
        one for one in lacking(view_of(tmp_path, PROGRAM), "dependencies") if one.startswith("coverage.instead")
    ]


@pytest.mark.parametrize(
    ("form", "signed", "case"), [("ELF", False, ""), ("PE", False, ".tools"), ("PE", True, ".signed"), ("ELF", True, ".signed")]
)  # fmt: skip
def test_a_signature_is_worth_what_its_format_allows(tmp_path: Path, form: str, signed: bool, case: str) -> None:
    status = "Valid" if signed else "No signature found"
    found: dict[str, Any] = NONE | {"is_signed": signed, "verification_status": status, "signature_type": "GPG" if signed else None}  # fmt: skip
    mime = "application/x-elf" if form == "ELF" else "application/x-dosexec"
    features = {"signatures": found, "metadata": METADATA | {"mime_type": mime}}
    view = view_of(tmp_path, PROGRAM if form == "ELF" else (), features=features, format=form)
    (offer,) = coverage.offers(view, None)
    said: set[str] = set()
    for variant in range(12):
        made = offer.build(request(variant))
        assert isinstance(made, tuple)
        said |= {phrase for draft in made if isinstance(draft, Draft) for phrase in phrases(draft)}
    assert {one for one in said if one.startswith("coverage.worth.signatures")} == {f"coverage.worth.signatures{case}"}
