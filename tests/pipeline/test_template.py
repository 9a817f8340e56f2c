"""The flex template says what the job takes, and its launcher hands it on."""

import importlib.util
import json
import re
from typing import Any

import pytest

from pipeline.option_table import OPTIONS
from pipeline.template import LEFT_OUT, metadata, specification
from tests.conftest import ROOT
from tests.pipeline.test_dataflow import needs_gcp

FOLDER = ROOT / "templates" / "dataflow"
FITTING = {
    "input": ["gs://b/in", "gs://b/in,s3://c/*.json"], "output": ["gs://b/out"], "staging": ["gs://b/x"], "name": ["m", "a b.c"],
    "max_rejected": ["10%", "25", "0.5%"], "negative_ratio": ["0.15", "off", "0"], "memory_limit": ["0", "1.5G"],
    "splits": ["train=0.9,validation=0.05,test=0.05"], "bars": ["duplicates.masked=0.05,lengths.answer_median=100"],
    "decontaminate": ["gs://b/benchmark.jsonl"], "min_quality": ["0.0", "0.5"],
}  # fmt: skip
UNFIT = {
    "input": ["", "reports", "gs://b,reports"], "output": ["out"], "name": [".x", "a/b", ""], "max_tokens": ["many", "-1"],
    "max_rejected": ["ten"], "negative_ratio": ["2", "on"], "runner": [], "memory_limit": ["2T"], "splits": ["train"],
    "output_format": ["csv"],
}  # fmt: skip


def _parameters() -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in json.loads((FOLDER / "metadata.json").read_text())["parameters"]}


def test_the_file_is_what_the_options_give() -> None:
    assert json.loads((FOLDER / "metadata.json").read_text()) == metadata()


def test_the_parameters_are_the_options() -> None:
    found = _parameters()
    assert list(found) == [one.name for one in OPTIONS if one.name not in LEFT_OUT]
    for option in OPTIONS:
        if option.name in LEFT_OUT:
            continue
        one = found[option.name]
        assert one["isOptional"] == (option.default is not None)
        assert one["helpText"].startswith(option.help.replace("%%", "%"))
        assert [choice["value"] for choice in one.get("enumOptions", [])] == list(option.choices)
        assert one.get("defaultValue", "") == ("" if option.default in (None, "", []) else str(option.default))


def test_patterns_take_defaults_and_what_is_right_and_nothing_else() -> None:
    for name, one in _parameters().items():
        (pattern,) = one["regexes"]
        for text in [*([one["defaultValue"]] if "defaultValue" in one else []), *FITTING.get(name, [])]:
            assert re.fullmatch(pattern, text), (name, text)
        for text in UNFIT.get(name, []):
            assert not re.fullmatch(pattern, text), (name, text)


@needs_gcp
def test_the_specification_is_one() -> None:
    from google.cloud import dataflow

    made = dataflow.ContainerSpec.from_json(json.dumps(specification("r/image:1")), ignore_unknown_fields=False)
    assert (made.image, made.sdk_info.language) == ("r/image:1", dataflow.SDKInfo.Language.PYTHON)
    assert [one.name for one in made.metadata.parameters] == list(_parameters())


def _launcher() -> Any:
    found = importlib.util.spec_from_file_location("launch", FOLDER / "launch.py")
    assert found and found.loader
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_the_launcher_divides_lists_and_does_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    launch = _launcher()
    monkeypatch.setenv("SDK_CONTAINER_IMAGE", "r/image:1")
    given = ["--input=gs://b/x,gs://b/y", "--runner=FlinkRunner", "--name=a,b", "--template_location=gs://b/t"]
    assert list(launch.arguments(given)) == [
        "--input=gs://b/x", "--input=gs://b/y", "--name=a,b", "--template_location=gs://b/t", "--runner=DataflowRunner",
        "--sdk_container_image=r/image:1", "--no_wait_until_finish",
    ]  # fmt: skip
    monkeypatch.delenv("SDK_CONTAINER_IMAGE")
    assert list(launch.arguments(["--sdk_container_image=i"])) == [
        "--sdk_container_image=i", "--runner=DataflowRunner", "--no_wait_until_finish",
    ]  # fmt: skip
