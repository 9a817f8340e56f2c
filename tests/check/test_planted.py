"""A good dataset passes; each planted fault is found, and found as what it is."""

import gzip
import hashlib
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import SAMPLES, make
from threatflux_training.check.dataset import check_dataset
from threatflux_training.check.documents import Reports
from threatflux_training.check.expressions import plain

Row = dict[str, Any]
INPUTS = [str(SAMPLES / name) for name in ("mawk.json", "printf.json", "scp.json", "deploy.sh.json.gz", "rev.json")]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("good"), "good", INPUTS, 1, splits="train=0.5,validation=0.3,test=0.2")


@pytest.fixture(scope="module")
def reports() -> Reports:
    return Reports(INPUTS)


@pytest.fixture
def copy(good: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(good, tmp_path / "copy"))


def kinds(folder: Path, reports: Reports) -> set[str]:
    return {fault.kind for fault in check_dataset(folder, reports).faults}


def load(folder: Path) -> dict[str, list[Row]]:
    paths = sorted((folder / "data").iterdir())
    return {path.name: [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()] for path in paths}


def save(folder: Path, shards: dict[str, list[Row]]) -> None:
    """Write the rows back, with a manifest that agrees with them: only the fault itself can give it away."""
    manifest = json.loads((folder / "manifest.json").read_text())
    splits: dict[str, dict[str, int]] = {}
    digests = []
    for shard in manifest["shards"]:
        rows = shards[Path(shard["path"]).name]
        data = gzip.compress(b"".join(json.dumps(row).encode() + b"\n" for row in rows))
        (folder / shard["path"]).write_bytes(data)
        tokens = sum(row["metadata"]["tokens"] for row in rows)
        shard |= {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data), "rows": len(rows), "tokens": tokens}
        facts = splits.setdefault(shard["split"], {"examples": 0, "tokens": 0, "files": 0})
        facts["examples"] += len(rows)
        facts["tokens"] += tokens
        digests += [hashlib.sha256(canonical(row).encode()).digest() for row in rows]
    manifest["splits"] = splits
    manifest["counts"]["examples"] = sum(facts["examples"] for facts in splits.values())
    manifest["digest"] = hashlib.sha256(b"".join(sorted(digests))).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "COMPLETED").write_text(manifest["digest"] + "\n")


def canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def reidentified(row: Row) -> None:
    """The id and the token count that the changed row would have, so that they do not give the fault away."""
    import tiktoken

    key = row["metadata"]["source_sha256"].encode()
    row["metadata"]["id"] = hashlib.sha256(key + b"\n" + canonical(row["messages"]).encode()).hexdigest()[:32]
    chat = "".join(f"<|im_start|>{m['role']}\n{m['content']}<|im_end|>\n" for m in row["messages"])
    row["metadata"]["tokens"] = len(tiktoken.get_encoding("o200k_base").encode_ordinary(chat))


def traced(
    rows: dict[str, list[Row]], op: str, pattern: str = "", *, pairs: bool = False
) -> tuple[Row, dict[str, Any]]:
    """A row (without a pair, unless asked for), and its first trace of an op."""
    for row in (row for shard in rows.values() for row in shard if pairs or not row["metadata"]["pair_id"]):
        for trace in json.loads(row["metadata"]["evidence"]):
            if trace["op"] == op and re.search(pattern, f"{trace['path']} {trace['value']} {trace['inputs']}"):
                return row, trace
    raise AssertionError(f"no trace of {op}")


def restate(row: Row, trace: dict[str, Any], value: str, *, in_trace: bool = True) -> None:
    """Let the answer say something else in the place of a traced value."""
    message = row["messages"][trace["message"]]
    message["content"] = message["content"].replace(trace["value"], value)
    if in_trace:
        traces = json.loads(row["metadata"]["evidence"])
        for one in traces:
            if one["value"] == trace["value"] and one["message"] == trace["message"]:
                one["value"] = value
        row["metadata"]["evidence"] = json.dumps(traces)
    reidentified(row)


def test_a_good_dataset_passes(good: Path, reports: Reports) -> None:
    checked = check_dataset(good, reports)
    assert checked.faults == []
    assert checked.rows > 60
    assert checked.values > 500


def changed_value(op: str, pattern: str, change: Callable[[str], str], in_trace: bool) -> Callable[[Any], None]:
    def plant(shards: dict[str, list[Row]]) -> None:
        row, trace = traced(shards, op, pattern)
        restate(row, trace, change(trace["value"]), in_trace=in_trace)

    return plant


def other_digit(text: str) -> str:
    return re.sub(r"\d", lambda found: str((int(found[0]) + 1) % 10), text, count=1)


def off_by_one(text: str) -> str:
    return hex(int(text, 16) + 1)


def other_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[: len(text)]


def swapped_unit(text: str) -> str:
    return text.replace("bits per byte", "bytes").replace("bits", "bytes")


@pytest.mark.parametrize("in_trace", [True, False])
@pytest.mark.parametrize(
    ("op", "pattern", "change"),
    [
        ("grouped", "file_size", other_digit),
        ("hex", "le", off_by_one),
        ("equal", "hashes.sha256", other_hash),
        ("fixed", "bits", swapped_unit),
        ("date", "modified", other_digit),
        ("bytes", "hex_dump", other_digit),
        ("equal", r"strings\[", lambda text: text + "x"),
        ("member", "", lambda text: "not_" + text),
    ],
)
def test_wrong_value(
    copy: Path, reports: Reports, op: str, pattern: str, change: Callable[[str], str], in_trace: bool
) -> None:
    shards = load(copy)
    changed_value(op, pattern, change, in_trace)(shards)
    save(copy, shards)
    assert "trace" in kinds(copy, reports)


def first(shards: dict[str, list[Row]], wanted: Callable[[Row], bool] = lambda row: True) -> Row:
    return next(row for shard in shards.values() for row in shard if wanted(row))


def single(row: Row) -> bool:
    return not row["metadata"]["pair_id"]


def say(shards: dict[str, list[Row]], sentence: str) -> None:
    row = first(shards, single)
    row["messages"][-1]["content"] += sentence
    reidentified(row)


def wrong_tokens(shards: dict[str, list[Row]]) -> None:
    first(shards)["metadata"]["tokens"] += 1


def wrong_id(shards: dict[str, list[Row]]) -> None:
    row = first(shards)
    row["metadata"]["id"] = "0" * 32


def cut_answer(shards: dict[str, list[Row]]) -> None:
    row, trace = traced(shards, "equal")
    message = row["messages"][trace["message"]]
    message["content"] = message["content"][: max(1, message["content"].index(trace["value"]))]
    reidentified(row)


def leaked_group(shards: dict[str, list[Row]]) -> None:
    names = list(shards)
    row = first({names[0]: shards[names[0]]}, single)
    shards[names[0]].remove(row)
    shards[names[1]].append(row)


def same_row(shards: dict[str, list[Row]]) -> None:
    rows = next(iter(shards.values()))
    rows.append(first({"": rows}, single))


def same_answer(shards: dict[str, list[Row]]) -> None:
    rows = next(iter(shards.values()))
    row = json.loads(json.dumps(first({"": rows}, single)))
    row["messages"][1]["content"] += " Please."
    reidentified(row)
    rows.append(row)


def half_pair(shards: dict[str, list[Row]]) -> None:
    for rows in shards.values():
        rows[:] = [row for row in rows if not row["metadata"]["negative_kind"] or row["metadata"]["answerable"]]


def extra_column(shards: dict[str, list[Row]]) -> None:
    first(shards)["metadata"]["note"] = "x"


def two_users(shards: dict[str, list[Row]]) -> None:
    row = first(shards)
    row["messages"].insert(1, dict(row["messages"][1]))


def hidden_value(shards: dict[str, list[Row]]) -> None:
    row, trace = traced(shards, "equal", r"strings\[")
    for message in row["messages"][: trace["message"]]:
        message["content"] = message["content"].replace(trace["value"], "").replace(plain(trace["value"]), "")
    reidentified(row)


def wrong_path(shards: dict[str, list[Row]]) -> None:
    row, trace = traced(shards, "equal", "hashes.sha256")
    row["metadata"]["evidence"] = row["metadata"]["evidence"].replace("$.hashes.sha256", "$.hashes.md5")


def wrong_knowledge(shards: dict[str, list[Row]]) -> None:
    row, trace = traced(shards, "knowledge")
    row["metadata"]["evidence"] = row["metadata"]["evidence"].replace(trace["inputs"][0], "no_such_sentence")


def absent_name_is_there(shards: dict[str, list[Row]]) -> None:
    """The negative says of a name that is in the list that it is not."""
    rows = [row for shard in shards.values() for row in shard]
    row, absent = traced(shards, "absent", r"\.symbols\.imports ")
    traces = json.loads(row["metadata"]["evidence"])
    there = next(
        trace["value"]
        for other in rows
        if other["metadata"]["source_sha256"] == row["metadata"]["source_sha256"]
        for trace in json.loads(other["metadata"]["evidence"])
        if trace["op"] == "equal" and trace["path"].startswith("analysis:$.symbols.imports[")
    )
    content = row["messages"][absent["message"]]["content"]
    row["messages"][absent["message"]]["content"] = content.replace(absent["value"], there)
    old, new = absent["value"], there
    for trace in traces:
        if trace["value"] == old:
            trace["value"], trace["inputs"] = new, [new if one == old else one for one in trace["inputs"]]
    row["metadata"]["evidence"] = json.dumps(traces)
    reidentified(row)


def constant(shards: dict[str, list[Row]]) -> None:
    """A figure that is traced to itself proves nothing."""
    row = first(shards, single)
    row["messages"][-1]["content"] += " It has 31,337 sections."
    trace = {"value": "31,337 sections", "message": len(row["messages"]) - 1, "path": "", "op": "grouped"}
    traces = [*json.loads(row["metadata"]["evidence"]), {**trace, "inputs": [31337, "section|sections"]}]
    row["metadata"]["evidence"] = json.dumps(traces)
    reidentified(row)


def no_negative(shards: dict[str, list[Row]]) -> None:
    first(shards, single)["metadata"]["negative_kind"] = "absent_feature"


def other_file(shards: dict[str, list[Row]]) -> None:
    row = first(shards, single)
    row["metadata"]["source_sha256"] = "0" * 64
    reidentified(row)


@pytest.mark.parametrize(
    ("plant", "kind"),
    [
        (wrong_tokens, "tokens"),
        (wrong_id, "id"),
        (cut_answer, "trace"),
        (leaked_group, "leak"),
        (same_row, "duplicate_row"),
        (same_answer, "duplicate_answer"),
        (half_pair, "pair"),
        (extra_column, "schema"),
        (two_users, "schema"),
        (hidden_value, "hidden"),
        (wrong_path, "trace"),
        (wrong_knowledge, "trace"),
        (absent_name_is_there, "trace"),
        (constant, "untraced"),
        (no_negative, "negative"),
        (other_file, "report"),
        (lambda shards: say(shards, " It has 31,337 sections."), "untraced"),
        (lambda shards: say(shards, " It calls `frobnicate`."), "untraced"),
        (lambda shards: say(shards, " None of its strings says more."), "scope"),
        (lambda shards: say(shards, " There are seven of them."), "untraced"),
        (lambda shards: say(shards, " Its compiler is Unknown."), "placeholder"),
        (lambda shards: say(shards, " Its owner is {owner}."), "placeholder"),
        (lambda shards: say(shards, "\n```\nmov"), "fence"),
        (lambda shards: say(shards, " <|im_end|>"), "text"),
        (lambda shards: say(shards, " \u202egnp.exe"), "text"),
    ],
)
def test_planted_fault(copy: Path, reports: Reports, plant: Callable[[Any], None], kind: str) -> None:
    shards = load(copy)
    plant(shards)
    save(copy, shards)
    assert kind in kinds(copy, reports)


def change_manifest(folder: Path, change: Callable[[Any], Any]) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    change(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest))


def test_missing_shard(copy: Path, reports: Reports) -> None:
    next((copy / "data").iterdir()).unlink()
    assert {"shard", "digest", "counts"} <= kinds(copy, reports)


def test_changed_bytes(copy: Path, reports: Reports) -> None:
    path = next((copy / "data").iterdir())
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()), compresslevel=1))
    assert kinds(copy, reports) == {"shard"}


def test_cut_shard(copy: Path, reports: Reports) -> None:
    path = next((copy / "data").iterdir())
    path.write_bytes(path.read_bytes()[:-20])
    assert "shard" in kinds(copy, reports)


def test_wrong_digest(copy: Path, reports: Reports) -> None:
    change_manifest(copy, lambda manifest: manifest.update(digest="0" * 64))
    assert kinds(copy, reports) == {"dataset", "digest"}


def test_wrong_counts(copy: Path, reports: Reports) -> None:
    change_manifest(copy, lambda manifest: manifest["counts"].update(rejected=1))
    assert kinds(copy, reports) == {"counts"}


def test_unfinished(copy: Path, reports: Reports) -> None:
    (copy / "COMPLETED").unlink()
    (copy / "data" / "left.jsonl.gz").write_bytes(b"")
    assert kinds(copy, reports) == {"dataset"}


def test_over_budget(copy: Path, reports: Reports) -> None:
    change_manifest(copy, lambda manifest: manifest["options"].update(max_tokens=300))
    assert kinds(copy, reports) == {"budget"}


def test_facts_from_memory_need_the_option(tmp_path: Path, reports: Reports) -> None:
    """Without an excerpt a fact of the file is hidden, unless the manifest says that facts are asked from memory."""
    folder = make(tmp_path, "facts", INPUTS, 1, recall="facts")
    assert check_dataset(folder, reports).faults == []
    change_manifest(folder, lambda manifest: manifest["options"].update(recall="honest"))
    assert kinds(folder, reports) == {"hidden"}


def change_stats(folder: Path, name: str, change: Callable[[Any], Any]) -> None:
    stats = json.loads((folder / "stats.json").read_text())
    change(stats["quality"]["measures"][name])
    (folder / "stats.json").write_text(json.dumps(stats))


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("duplicates.exact", {"value": 0.1}),
        ("duplicates.masked", {"value": 0.9}),
        ("leakage.groups", {"value": 1}),
        ("leakage.masked", {"value": 0.9}),
        ("leakage.missing_families", {"value": 99}),
        ("shortcuts.question", {"auc": 1.5, "value": 1.6}),
        ("shortcuts.shape", {"auc": 1.5, "value": 1.6}),
    ],
)
def test_wrong_measure(copy: Path, reports: Reports, name: str, change: dict[str, float]) -> None:
    change_stats(copy, name, lambda one: one.update(change))
    assert kinds(copy, reports) == {"stats"}


def test_a_measure_that_the_rows_no_longer_give(copy: Path, reports: Reports) -> None:
    shards = load(copy)
    rows = max(shards.values(), key=len)
    for number, row in enumerate([row for row in rows if single(row)][:20]):
        row["messages"][-1]["content"] = f"It takes {number + 20} bytes."
        reidentified(row)
    save(copy, shards)
    faults = check_dataset(copy, reports).faults
    assert any(fault.kind == "stats" and "duplicates.masked" in fault.what for fault in faults)


def test_absence_from_a_list_that_is_not_shown_whole(copy: Path, reports: Reports) -> None:
    """A line of the list that is said to lack a name is taken out of the prompt."""
    shards = load(copy)
    for row in (row for rows in shards.values() for row in rows if row["metadata"]["style"] == "grounded"):
        absent = [one for one in json.loads(row["metadata"]["evidence"]) if one["op"] == "absent"]
        asked = next(message for message in row["messages"] if message["role"] == "user")
        lines = asked["content"].split("\n")
        places = [
            f"[{one['path'].rpartition('$.')[2]}]" for one in absent if one["path"].endswith(("strings", "imports"))
        ]
        for place in (lines.index(one) + 3 for one in places if one in lines):
            entry = lines[place].partition(": ")[2] or lines[place].strip()
            if entry in ("[...]", "") or asked["content"].count(entry) > 1:
                continue
            del lines[place]
            asked["content"] = "\n".join(lines)
            reidentified(row)
            save(copy, shards)
            break
        else:
            continue
        break
    else:
        raise AssertionError("no row says that a string or an import is missing")
    assert "hidden" in kinds(copy, reports)
