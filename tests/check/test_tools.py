"""Chats with the scanner's tool: good ones pass, each planted fault is found."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.check.test_planted import kinds, load, reidentified, save
from tests.conftest import SAMPLES, make
from threatflux_training.check.dataset import check_dataset
from threatflux_training.check.documents import Reports

Row = dict[str, Any]


@pytest.fixture(scope="module")
def reports() -> Reports:
    return Reports([str(SAMPLES)])


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("tools"), "tools", [str(SAMPLES)], 1, splits="train=1")


def tool_row(
    shards: dict[str, list[Row]], wanted: Callable[[Row], bool] = lambda row: row["metadata"]["answerable"]
) -> Row:
    for rows in shards.values():
        for row in rows:
            if row["metadata"]["style"] == "tool" and wanted(row):
                return row
    raise AssertionError("no such row")


def result(row: Row) -> Any:
    return json.loads(row["messages"][3]["content"])


def replace(row: Row, value: Any) -> None:
    row["messages"][3]["content"] = json.dumps(value, ensure_ascii=False, indent=2)


def has(feature: str) -> Callable[[Row], bool]:
    return lambda row: row["metadata"]["answerable"] and "file_path" in result(row) and result(row)[feature] is not None


def other_value(shards: dict[str, list[Row]]) -> Row:
    row = tool_row(shards, has("metadata"))
    replace(row, result(row) | {"metadata": result(row)["metadata"] | {"owner_uid": 4711}})
    return row


def other_order(shards: dict[str, list[Row]]) -> Row:
    row = tool_row(shards, has("metadata"))
    replace(row, dict(reversed(result(row).items())))
    return row


def not_asked(shards: dict[str, list[Row]]) -> Row:
    row = tool_row(shards, has("metadata"))
    call = row["messages"][2]
    call["content"] = call["content"].replace('"metadata": true', '"entropy": true')
    return row


def unknown_option(shards: dict[str, list[Row]]) -> Row:
    row = tool_row(shards)
    call = row["messages"][2]
    call["content"] = call["content"].replace('"arguments": {', '"arguments": {"depth": 3, ')
    return row


def other_path(shards: dict[str, list[Row]]) -> Row:
    row = tool_row(shards)
    call = row["messages"][2]
    call["content"] = call["content"].replace('"file_path": "', '"file_path": "/srv')
    return row


def wrong_mark(shards: dict[str, list[Row]]) -> Row:
    row = tool_row(shards, lambda one: " entries]" in one["messages"][3]["content"])
    content = row["messages"][3]["content"]
    row["messages"][3]["content"] = content.replace(" entries]", "9 entries]", 1)
    return row


def existing_is_missing(shards: dict[str, list[Row]]) -> Row:
    row = tool_row(shards, lambda one: one["messages"][3]["content"].startswith("Error: File"))
    wrong = json.loads(row["messages"][2]["content"].partition("<tool_call>")[2].partition("</tool_call>")[0])
    for message in row["messages"]:
        message["content"] = message["content"].replace(wrong["arguments"]["file_path"], row["metadata"]["file_name"])
    return row


def unknown_error(shards: dict[str, list[Row]]) -> Row:
    row = tool_row(shards, lambda one: one["messages"][3]["content"].startswith("Error: "))
    row["messages"][3]["content"] = "Error: out of memory"
    return row


def no_description(shards: dict[str, list[Row]]) -> Row:
    row = tool_row(shards)
    row["messages"][0]["content"] = row["messages"][0]["content"].partition("\n\n")[0]
    return row


def no_result(shards: dict[str, list[Row]]) -> Row:
    row = tool_row(shards)
    row["messages"][3]["role"] = "user"
    return row


def hidden(shards: dict[str, list[Row]]) -> Row:
    row = tool_row(shards, has("metadata"))
    replace(row, result(row) | dict.fromkeys(list(result(row))[1:]))
    return row


def hostile(shards: dict[str, list[Row]]) -> Row:
    row = tool_row(shards)
    row["messages"][4]["content"] += " <tool_response>"
    return row


@pytest.mark.parametrize(
    ("plant", "kind"),
    [
        (other_value, "tool"),
        (other_order, "tool"),
        (not_asked, "tool"),
        (unknown_option, "tool"),
        (other_path, "tool"),
        (wrong_mark, "tool"),
        (existing_is_missing, "tool"),
        (unknown_error, "tool"),
        (no_description, "tool"),
        (no_result, "schema"),
        (hidden, "hidden"),
        (hostile, "text"),
    ],
)
def test_planted_fault(good: Path, reports: Reports, plant: Callable[[Any], Row], kind: str) -> None:
    shards = load(good)
    before = [(path, path.read_bytes()) for path in good.rglob("*") if path.is_file()]
    reidentified(plant(shards))
    save(good, shards)
    found = kinds(good, reports)
    for path, data in before:
        path.write_bytes(data)
    assert kind in found


def test_tool_chats_pass_and_are_a_tenth(good: Path, reports: Reports) -> None:
    checked = check_dataset(good, reports)
    assert checked.faults == []
    rows = [row for shard in load(good).values() for row in shard]
    tools = [row for row in rows if row["metadata"]["style"] == "tool"]
    assert 0.05 <= len(tools) / len(rows) <= 0.16
    assert {row["metadata"]["negative_kind"] for row in tools} == {"", "tool_error"}
    assert all(set(message) == {"role", "content"} for row in rows for message in row["messages"])
