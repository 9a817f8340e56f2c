"""What the score of code quality is said to stand for: some functions, all of them, or none and why."""

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
from threatflux_training.tasks import quality
from threatflux_training.tasks.model import Draft, Request
from threatflux_training.tokens import Counter

METRICS = {"function_length": 9, "cyclomatic_complexity": 2, "basic_block_count": 3, "return_paths": 1}


def _said(tmp_path: Path, task: str, key: str = "k", **features: Any) -> list[str]:
    report = {"file_path": METADATA["file_path"], **dict.fromkeys(FEATURES), "metadata": METADATA, **features}
    (tmp_path / "r.json").write_text(json.dumps(report))
    view = View(load_files([str(tmp_path)])[0][0], Counter("o200k_base"), BLOCKS)
    request = Request(persona=load_catalogue().personas[5], length="medium", room=4_000, variant=0, key=key)
    draft = next(one for one in quality.offers(view, None) if one.task == task).build(request)
    assert isinstance(draft, Draft)
    return [one.phrase for one in flatten(draft.content) if isinstance(one, Say)]


def _measured(functions: int, *metrics: dict[str, Any]) -> dict[str, Any]:
    listed = [{"function_name": f"f{i}", "function_address": 4096 + i} | one for i, one in enumerate(metrics)]
    stats = {"functions_analyzed": functions, "instructions_analyzed": 9}
    return FEATURES["code_quality"] | {"function_metrics": listed, "analysis_stats": stats}


@pytest.mark.parametrize(("functions", "number"), [(1, "one"), (2, "many")])
def test_a_function_with_unusable_figures_was_measured_too(tmp_path: Path, functions: int, number: str) -> None:
    wrapped = METRICS | {"cyclomatic_complexity": 2**32 - 3}
    found = _measured(functions, METRICS, *[wrapped] * (functions - 1))
    assert f"code_quality.score.{number}" in _said(tmp_path, "code_quality.score", code_quality=found)


def test_zero_functions_are_laid_to_stripping_only_in_a_stripped_file(tmp_path: Path) -> None:
    for stripped in (True, False):
        info = FEATURES["binary_info"] | {"is_stripped": stripped}
        said = [
            _said(tmp_path, "code_quality.vacuous", key, code_quality=_measured(0), binary_info=info)
            for key in "abcdefgh"
        ]
        assert any("code_quality.vacuous.every" in one for one in said) is stripped
        assert all(("code_quality.vacuous.build" in one) is stripped for one in said)
