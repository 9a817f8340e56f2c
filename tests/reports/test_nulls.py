"""null, or anything else, at every key of every feature of every dialect never crashes."""

import copy
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.reports import samples
from threatflux_training.records import Rejected
from threatflux_training.reports.load import load_files
from threatflux_training.reports.report import FEATURES

DOCUMENTS: dict[str, Any] = {
    "analysis": samples.analysis(),
    "cli": samples.cli(),
    "cli_new": samples.cli_new(),
    "cache": samples.entry(samples.analysis()),
    "rpc": samples.rpc(json.dumps(samples.analysis())),
    "llm": samples.LLM,
    "npm": samples.NPM,
    "python": samples.PYTHON,
    "java": samples.JAVA,
}
States = ("present", "empty", "not_requested", "not_applicable", "absent")


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a document below its root."""
    if path:
        yield path
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield from places(child, (*path, key))


def replaced(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The document with another value at a place."""
    changed = copy.deepcopy(document)
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return changed


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("value", [None, 7, "text", [], {}, [None], {"x": None}, -1.5, True], ids=repr)
def test_any_value_anywhere(name: str, value: Any) -> None:
    document = DOCUMENTS[name]
    lines = [json.dumps(replaced(document, path, value)) for path in places(document)]
    for line in lines:
        data = line.encode()
        files, rejected = load_files(["x"], lambda _, data=data: io.BytesIO(data))  # type: ignore[misc]
        assert len(files) + len(rejected) <= 1
        assert all(isinstance(one, Rejected) and one.detail for one in rejected)
        for file in files:
            assert file.name and file.key and file.kind
            assert all(file.state(feature) in States for feature in FEATURES)
            assert all(detail for _, detail in file.malformed)


@pytest.mark.parametrize("name", ["analysis", "cache", "cli_new"])
def test_null_loses_one_feature_at_most(name: str) -> None:
    document = DOCUMENTS[name]
    root = ("result",) if name == "cache" else ()
    for path in places(document):
        if len(path) <= len(root) + 1:
            continue
        data = json.dumps(replaced(document, path, None)).encode()
        files, _ = load_files(["x"], lambda _, data=data: io.BytesIO(data))  # type: ignore[misc]
        for file in files:
            assert (path, len({feature for feature, _ in file.malformed}) <= 1) == (path, True)
