"""Wrong statements that agree with their own traces, or need none: each is found all the same."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.check.test_planted import INPUTS, Row, first, kinds, load, reidentified, save, single, traced
from tests.conftest import make
from threatflux_training.check.documents import Reports

Shards = dict[str, list[Row]]
Plant = Callable[[Shards], None]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("sneaked"), "good", INPUTS, 1, examples_per_file=30)


@pytest.fixture(scope="module")
def reports() -> Reports:
    return Reports(INPUTS)


def about(name: str, style: str = "grounded") -> Callable[[Row], bool]:
    """Rows of a style about a file, without a pair."""
    return lambda row: single(row) and row["metadata"]["file_name"].endswith(name) and row["metadata"]["style"] == style


def adds(sentence: str, value: str = "", path: str = "", op: str = "", *inputs: Any) -> Plant:
    """The last answer goes on with a sentence, and has a trace for a value in it."""

    def plant(shards: Shards) -> None:
        row = first(shards, about("/mawk"))
        row["messages"][-1]["content"] += f" {sentence}"
        if op:
            traces = json.loads(row["metadata"]["evidence"])
            traces.append(
                {"value": value, "message": len(row["messages"]) - 1, "path": path, "op": op, "inputs": list(inputs)}
            )
            row["metadata"]["evidence"] = json.dumps(traces)
        reidentified(row)

    return plant


def shown_otherwise(old: str, new: str) -> Plant:
    """An excerpt says something else, which no answer repeats."""

    def plant(shards: Shards) -> None:
        rows = [row for shard in shards.values() for row in shard if single(row)]
        row = next(
            row for row in rows if any(old in one["content"] for one in row["messages"] if one["role"] == "user")
        )
        for message in row["messages"]:
            if message["role"] == "user":
                message["content"] = message["content"].replace(old, new, 1)
        reidentified(row)

    return plant


def metadata(name: str, value: Any) -> Plant:
    def plant(shards: Shards) -> None:
        row = first(shards, single)
        row["metadata"][name] = value

    return plant


def other_question(shards: Shards) -> None:
    row = first(shards, lambda row: bool(row["metadata"]["pair_id"]))
    row["metadata"]["question"] = "metadata.size.99"


def no_trace(evidence: str) -> Plant:
    return metadata("evidence", evidence)


def negative_sign(shards: Shards) -> None:
    row, trace = traced(shards, "grouped", "file_size")
    message = row["messages"][trace["message"]]
    message["content"] = message["content"].replace(trace["value"], "-" + trace["value"])
    reidentified(row)


def beside(op: str, pattern: str, sentence: Callable[[str], str], old: str = "", new: str = "") -> Plant:
    """A true value, in words that make another statement of it."""

    def plant(shards: Shards) -> None:
        row, trace = traced(shards, op, pattern, pairs=True)
        message = row["messages"][trace["message"]]
        value = trace["value"]
        if new and old:
            traces = json.loads(row["metadata"]["evidence"])
            bare = value.removesuffix(old)
            traces.append({**trace, "value": bare, "inputs": []})
            row["metadata"]["evidence"] = json.dumps(traces)
            message["content"] += f" It takes {bare}{new}."
        else:
            message["content"] += f" {sentence(value)}{new}."
        reidentified(row)

    return plant


def flagged(shards: Shards) -> None:
    """What a flag says, denied."""
    adds("It is not stripped.", "stripped", "analysis:$.binary_info.is_stripped", "flag", True)(shards)


def dated(shards: Shards) -> None:
    """The time of the last change as the time of the last access."""
    row, trace = traced(shards, "date", "modified")
    row["messages"][trace["message"]]["content"] += f" It was accessed on {trace['value']}."
    reidentified(row)


META = "analysis:$.metadata"


@pytest.mark.parametrize(
    ("plant", "kind"),
    [
        # names and figures without any trace
        (adds("It reads /etc/shadow."), "untraced"),
        (adds("It starts evil.exe at boot."), "untraced"),
        (adds("It calls do_evil when it starts."), "untraced"),
        (adds("It calls std::system with that."), "untraced"),
        (adds("It sends the file to http://evil.example/drop."), "untraced"),
        (adds("It writes 'evil' into the log."), "untraced"),
        (adds("It is \u2018packed\u2019."), "untraced"),
        (adds("It is \u00abpacked\u00bb."), "untraced"),
        (adds("There are fifteen of them."), "untraced"),
        (adds("There are forty of them."), "untraced"),
        (adds("There are a dozen of them."), "untraced"),
        (adds("It has \u00b2 sections."), "untraced"),
        (adds("[More](more) on that."), "untraced"),
        (adds("\n31337. That many sections it has."), "untraced"),
        (negative_sign, "trace"),
        # traces that hold, for something else
        (adds("The report has no `symbols`.", "symbols", "analysis:$.symbolz", "null"), "trace"),
        (adds("It is malicious.", "malicious", "analysis:$.binary_info.is_stripped", "flag", True), "trace"),
        (adds("Created never UTC.", "/usr/bin/m k UTC", f"{META}.file_path", "date"), "trace"),
        (
            adds("It has 44 dangers.", "44 dangers", f"{META}.file_size", "grouped", "danger|dangers"),
            "trace",
        ),
        (adds("It has twelve.", "twelve", "", "word", -1), "trace"),
        (adds("It has one.", "one", f"{META}.is_executable", "word"), "trace"),
        (adds("Group `1`.", "1", "analysis:$.hashes.sha256", "part"), "trace"),
        (adds("It has 44 functions.", "44 functions", f"{META}.file_size", "grouped", "function|functions"), "wording"),
        (adds("It has 0 sections.", "0 sections", "", "grouped", 0, "section|sections"), "untraced"),
        (adds("Its 1st section is code.", "1st", "", "ordinal", 1), "untraced"),
        # words beside a value that hold for nothing
        (adds("It has a hundred sections."), "wording"),
        (adds("It has several thousand imports."), "wording"),
        (beside("grouped", "file_size", lambda value: value, " bytes", " kilobytes"), "wording"),
        (beside("absent", "", lambda value: f"Yes, it imports `{value}`."), "wording"),
        (beside("absent", "", lambda value: f"`{value}` is present."), "wording"),
        (beside("equal", r"strings\[", lambda value: f"`{value}` is not listed."), "wording"),
        (adds("It has 0 sections.", "0", "", "asked"), "wording"),
        (lambda shards: flagged(shards), "wording"),
        (lambda shards: dated(shards), "wording"),
        # excerpts
        (shown_otherwise("owner_uid: 0", "owner_uid: 1000"), "excerpt"),
        (shown_otherwise("is_signed: false", "is_signed: true"), "excerpt"),
        (shown_otherwise("[strings]\n  0: ", "[strings]\n  0: x"), "excerpt"),
        (shown_otherwise("00000000  7f 45 4c 46", "00000000  7f 45 4c 47"), "excerpt"),
        (shown_otherwise("  size 28  entropy 3.9", "  size 28  entropy 7.9"), "excerpt"),
        (shown_otherwise("[symbols.imports]\n  ", "[symbols.imports]\n  evil_"), "excerpt"),
        (shown_otherwise("severity Medium", "severity Critical"), "excerpt"),
        (shown_otherwise("rules_evaluated: 10", "rules_evaluated: 12"), "excerpt"),
        (shown_otherwise("  source Import", "  source Export"), "excerpt"),
        (shown_otherwise("functions_analyzed: 0", "functions_analyzed: 9"), "excerpt"),
        (shown_otherwise("likely_packed: false", "likely_packed: true"), "excerpt"),
        # what stands beside the chat
        (metadata("file_name", "/usr/bin/other"), "metadata"),
        (metadata("importance_score", 99.0), "metadata"),
        (metadata("quality_score", -1.0), "metadata"),
        (metadata("chunk_index", 7), "metadata"),
        (metadata("style", "verse"), "metadata"),
        (metadata("negative_kind", "no_such_kind"), "negative"),
        (metadata("tokens", True), "schema"),
        (no_trace("{"), "schema"),
        (no_trace("[1]"), "schema"),
        (no_trace('[{"value": "x"}]'), "schema"),
        (other_question, "pair"),
    ],
)
def test_sneaked(good: Path, tmp_path: Path, reports: Reports, plant: Plant, kind: str) -> None:
    folder = Path(shutil.copytree(good, tmp_path / "copy"))
    shards = load(folder)
    plant(shards)
    save(folder, shards)
    assert kind in kinds(folder, reports)


def test_the_good_one_passes(good: Path, reports: Reports) -> None:
    assert kinds(good, reports) == set()
