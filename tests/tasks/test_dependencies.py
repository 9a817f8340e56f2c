"""What is said of the list of dependencies holds for its entries."""

import json
from collections.abc import Sequence
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
from threatflux_training.tasks import dependencies
from threatflux_training.tasks.model import Draft, Request
from threatflux_training.tokens import Counter

REQUEST = Request(persona=load_catalogue().personas[0], length="medium", room=3_000, variant=0, key="k")


def _view(folder: Path, functions: Sequence[str], libraries: Sequence[str] = (), **assessment: Any) -> View:
    entries = [{"name": one, "source": "Import", "imported_functions": [one]} for one in functions]
    entries += [{"name": one[3:], "path": one, "source": "StringReference"} for one in libraries]
    found = {"dependencies": entries, "security_assessment": {"security_score": 100.0} | assessment}
    binary = FEATURES["binary_info"] | {"format": "ELF", "imports": ["libc.so.6"]}
    report = {"file_path": "/opt/a", **dict.fromkeys(FEATURES), "binary_info": binary, "dependencies": found}
    (folder / "r.json").write_text(
        json.dumps(report | {"metadata": METADATA | {"file_path": "/opt/a", "file_name": "a"}})
    )
    return View(load_files([str(folder)])[0][0], Counter("o200k_base"), BLOCKS)


def _told(view: View, task: str) -> list[str] | None:
    offer = next((one for one in dependencies.offers(view, None) if one.task == f"dependencies.{task}"), None)
    draft = offer.build(REQUEST) if offer else None
    return [one.phrase for one in flatten(draft.content) if isinstance(one, Say)] if isinstance(draft, Draft) else None


@pytest.mark.parametrize(
    ("functions", "libraries", "there"),
    [
        (["free", "puts"], ["libc.so.6"], True),
        (["free"], ["libc.so.6", "libm.so.6"], False),
        ([], ["libc.so.6"], False),
    ],
)
def test_entries_are_called_functions_where_most_are(
    tmp_path: Path, functions: list[str], libraries: list[str], there: bool
) -> None:
    assert (_told(_view(tmp_path, functions, libraries), "what") is not None) is there


@pytest.mark.parametrize(("library", "there"), [("libc.so.6", True), ("libm.so.6", False)])
def test_a_library_has_to_be_there_where_the_header_asks_for_it(tmp_path: Path, library: str, there: bool) -> None:
    told = _told(_view(tmp_path, ["free"], [library]), "libraries")
    assert told is not None
    assert ("dependencies.libraries.means.one" in told) is there


@pytest.mark.parametrize(
    ("assessment", "there"),
    [
        ({"risk_level": "Minimal", "total_vulnerabilities": 0}, True),
        ({"security_score": 70.0, "risk_level": "Medium", "total_vulnerabilities": 1}, False),
        ({"risk_level": "High"}, False),
    ],
)
def test_only_an_untouched_score_is_called_the_starting_value(
    tmp_path: Path, assessment: dict[str, Any], there: bool
) -> None:
    assert (_told(_view(tmp_path, ["free"], **assessment), "score") is not None) is there


def test_functions_are_traced_to_the_one_library_and_the_rest_is_not_concealed(tmp_path: Path) -> None:
    names = [
        *(f"other_{number}" for number in range(9)),
        "free",
        "malloc",
        "calloc",
        "strlen",
        "strcmp",
        "strchr",
        "fopen",
    ]
    told = _told(_view(tmp_path, names), "what")
    assert told is not None
    assert told.index("dependencies.what.from") == 1
    assert "dependencies.what.more" in told
