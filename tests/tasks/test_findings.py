"""What answers on the scanner's findings rest on: this file's own lines, imports and requirements."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import rows
from tests.reports.samples import FEATURES, METADATA, NPM
from threatflux_training.catalogue.load import load_catalogue
from threatflux_training.compose.content import Say
from threatflux_training.compose.document import write
from threatflux_training.evidence.blocks import BLOCKS
from threatflux_training.evidence.view import View
from threatflux_training.reports.load import load_files
from threatflux_training.settings import TextSettings
from threatflux_training.tasks import behavioral, dependencies, packages, vulnerabilities
from threatflux_training.tasks.model import Draft, Family, Request
from threatflux_training.tokens import Counter

QUIET = {"anti_analysis": [], "persistence": [], "file_operations": [], "registry_operations": [], "process_operations": [],
         "suspicious_behaviors": [], "evasion_score": 0.0, "recommendations": []}  # fmt: skip
FETCH = 'curl -fsSL "https://updates.example.com/agent.tar.gz" -o /tmp/agent.tar.gz'


def told(folder: Path, report: dict[str, Any], family: Family, name: str) -> list[str]:
    """The long answer to a task on a report, for each reader."""
    (folder / "r.json").write_text(json.dumps(report))
    files, _ = load_files([str(folder)])
    view = View(files[0], Counter(TextSettings().encoding), BLOCKS)
    offer = next(one for one in family.offers(view, None) if one.task == name)
    catalogue = load_catalogue()
    answers = []
    for number, persona in enumerate(catalogue.personas):
        request = Request(persona=persona, length="long", room=2_000, variant=0, key=f"k{number}")
        draft = offer.build(request)
        assert isinstance(draft, Draft)
        answers.append(write(draft.content, persona, "long", catalogue, request.key).text)
    return answers


def script(lines: list[str], indicators: list[str]) -> dict[str, Any]:
    """A report on a script with one network label."""
    absent = dict.fromkeys(FEATURES)
    label = {"pattern_type": "CommandAndControl", "indicators": indicators, "protocols": [], "ports": [],
             "suspicious_level": "High"}  # fmt: skip
    return {
        "file_path": "/home/u/deploy.sh", **absent,
        "metadata": METADATA | {"file_path": "/home/u/deploy.sh", "file_name": "deploy.sh", "mime_type": "text/x-shellscript"},
        "strings": lines, "behavioral": QUIET | {"network_behavior": [label]},
    }  # fmt: skip


def test_a_script_that_fetches_is_not_told_that_nothing_was_seen(tmp_path: Path) -> None:
    lines = ["#!/bin/sh", "set -e", FETCH, "tar -xzf /tmp/agent.tar.gz", "echo done"]
    answers = told(tmp_path, script(lines, ["https://"]), behavioral, "behavioral.control")
    for answer in answers:
        assert "updates.example.com" in answer
        assert "No contact was seen" not in answer
        assert "almost any file" not in answer


def test_a_link_in_a_remark_is_no_fetch(tmp_path: Path) -> None:
    lines = ["#!/bin/sh", "set -e", f"# {FETCH}", "tar -xzf /tmp/agent.tar.gz", "echo done"]
    answers = told(tmp_path, script(lines, ["https://"]), behavioral, "behavioral.control")
    for answer in answers:
        assert "Contact yes" not in answer
        assert "does fetch" not in answer


def test_the_name_of_a_test_is_no_text_of_the_file(dataset: Path) -> None:
    found = [row for row in rows(dataset) if row["metadata"]["task"].startswith("behavioral.")]
    assert found
    for row in found:
        answer = row["messages"][-1]["content"]
        assert "contain `Multiple domains found`" not in answer
        assert "Find the reader of `Multiple domains found`" not in answer


def test_each_indicator_stands_beside_its_text(tmp_path: Path) -> None:
    lines = ["#!/bin/sh", "local REALTARGET", "see https://www.example.org/manual", "echo done", "exit 0"]
    answers = told(tmp_path, script(lines, ["https://", "GET"]), behavioral, "behavioral.control")
    for answer in answers:
        assert "`GET` in `local REALTARGET`" in answer


def finding(symbol: str, rule: str) -> dict[str, Any]:
    """A finding on an import."""
    return {
        "rule_id": rule, "rule_name": "Rule", "severity": "Critical", "confidence": 0.9, "cwe_references": ["CWE-416"],
        "cve_references": ["CVE-2021-22555"],
        "locations": [{"function_name": "Imports", "function_address": 0, "instruction_address": 0, "instruction": f"import {symbol}"}],
    }  # fmt: skip


@pytest.mark.parametrize(("symbol", "rule", "guarded"), [("free", "UAF001", False), ("strcpy", "BOF001", True)])
def test_a_stack_guard_is_told_where_it_bears_on_the_finding(
    tmp_path: Path, symbol: str, rule: str, guarded: bool
) -> None:
    report = {
        "file_path": "/usr/bin/hello", **dict.fromkeys(FEATURES),
        "metadata": METADATA | {"file_path": "/usr/bin/hello"}, "strings": ["__stack_chk_fail", symbol, "hello, world"],
        "vulnerabilities": {
            "vulnerabilities": [finding(symbol, rule)], "detection_stats": {"functions_analyzed": 0},
            "risk_assessment": {"overall_risk_score": 9.0, "risk_level": "Critical", "critical_count": 1},
        },
    }  # fmt: skip
    answers = told(tmp_path, report, vulnerabilities, "vulnerabilities.imports")
    assert any("__stack_chk_fail" in answer for answer in answers) is guarded
    assert not [answer for answer in answers if symbol == "free" and "which length" in answer]


def test_who_approves_a_package_hears_what_comes_in(tmp_path: Path) -> None:
    package = NPM | {"dependencies": {"dependencies": {"left-pad": {"version_spec": "^1.3.0"}}, "dev_dependencies": {}}}
    answers = told(tmp_path, package, packages, "packages.approve")
    assert all("left-pad" in answer for answer in answers)


def test_a_tool_is_asked_for_what_the_answer_needs(dataset: Path) -> None:
    counter = Counter(TextSettings().encoding)
    chats = [row for row in rows(dataset) if row["metadata"]["style"] == "tool" and row["metadata"]["answerable"]]
    assert chats
    for row in chats:
        _, _, _, result, answer = (message["content"] for message in row["messages"])
        assert counter.text(result) <= max(1_800, 14 * counter.text(answer)), row["metadata"]["id"]


def test_data_is_not_to_be_run(tmp_path: Path) -> None:
    report = script(["some text", "page.one", "page.two", "page.three"], ["Multiple domains found"])
    report["metadata"] |= {"mime_type": "application/octet-stream", "is_executable": False, "file_name": "notes.dat"}
    for name in ("behavioral.control", "behavioral.overview"):
        for answer in told(tmp_path, report, behavioral, name):
            assert "isolated" not in answer
            assert "sandbox" not in answer


def test_a_library_is_not_needed_by_itself(tmp_path: Path) -> None:
    entries = [{"name": name, "path": f"lib{name}.so.1", "source": "StringReference"} for name in ("demo", "m")]
    report = {
        "file_path": "/usr/lib/libdemo.so.1", **dict.fromkeys(FEATURES),
        "metadata": METADATA | {"file_path": "/usr/lib/libdemo.so.1", "file_name": "libdemo.so.1"},
        "dependencies": {"dependencies": entries, "security_assessment": {"security_score": 100.0},
                         "analysis_stats": {"total_dependencies_found": 2}},
    }  # fmt: skip
    for answer in told(tmp_path, report, dependencies, "dependencies.libraries"):
        assert "libm.so.1" in answer.partition(".\n")[0].partition(". ")[0]
        assert "`libdemo.so.1` and `libm.so.1`" not in answer


def test_an_address_for_readers_is_called_so(tmp_path: Path) -> None:
    readers = ["#!/bin/sh", "# see <https://www.gnu.org/licenses/gpl.html>", "echo done", "exit 0"]
    peers = ["#!/bin/sh", "PEER=https://peer.acme.dev/in", "# see https://www.gnu.org/licenses/gpl.html", "exit 0"]
    words = ("for readers", "help and license texts", "documentation")
    for lines, expected in ((readers, True), (peers, False)):
        for answer in told(tmp_path, script(lines, ["https://"]), behavioral, "behavioral.control"):
            assert any(word in answer for word in words) is expected, answer


def said(folder: Path, report: dict[str, Any], name: str, key: str = "k") -> list[str]:
    """The phrases of a task on a report."""
    (folder / "r.json").write_text(json.dumps(report))
    view = View(load_files([str(folder)])[0][0], Counter(TextSettings().encoding), BLOCKS)
    offer = next(one for one in behavioral.offers(view, None) if one.task == name)
    request = Request(persona=load_catalogue().personas[0], length="long", room=2_000, variant=0, key=key)
    draft = offer.build(request)
    assert isinstance(draft, Draft)
    return [one.phrase for one in draft.content if isinstance(one, Say)]


LINES = ["#!/bin/sh", "x=1.2.3.4", "echo a.b", "echo done"]


@pytest.mark.parametrize(
    ("label", "indicators", "phrase"),
    [
        ("CommandAndControl", ["IP address found"], "behavioral.control.weak.numbers"),
        ("CommandAndControl", ["Multiple domains found"], "behavioral.control.weak.test"),
        ("TorUsage", ["9050"], "behavioral.tor.weak"),
        ("TorUsage", ["9050", ".onion"], "behavioral.tor.named.weak"),
    ],
)
def test_a_label_is_weighed_by_its_indicator(tmp_path: Path, label: str, indicators: list[str], phrase: str) -> None:
    report = script(LINES, indicators)
    report["behavioral"]["network_behavior"][0] |= {"pattern_type": label, "ports": [9050, 9051]}
    found = said(tmp_path, report, "behavioral.tor" if label == "TorUsage" else "behavioral.control")
    assert phrase in found
    assert "behavioral.ports.some" not in found or label != "TorUsage"


def test_libraries_are_no_domains(tmp_path: Path) -> None:
    lines = ["KERNEL32.dll", "USER32.dll", "setup.exe", "a.b c"]
    assert "behavioral.control.dots" not in said(
        tmp_path, script(lines, ["Multiple domains found"]), "behavioral.control"
    )


@pytest.mark.parametrize(
    ("lines", "named"),
    [
        (["http://www.w3.org/2000/svg"], True),
        (["http://www.w3.org/TR/html4"], False),
        (["http://www.w3.org/2000/svg", "https://peer.example.net/x"], False),
    ],
)
def test_only_names_of_vocabularies_are_called_so(tmp_path: Path, lines: list[str], named: bool) -> None:
    indicators = [line.partition("www")[0].partition("peer")[0] for line in lines]
    found = said(tmp_path, script(lines, indicators), "behavioral.control")
    assert ("behavioral.control.namespace" in found) is named


@pytest.mark.parametrize(
    ("indicator", "score", "phrase"),
    [
        ("IndirectJumps", 14.0, "behavioral.evasion.single"),
        ("NopSled", 14.0, "behavioral.evasion.little"),
        ("NopSled", 46.7, "behavioral.evasion.more"),
    ],
)
def test_a_score_is_explained_by_its_hit(tmp_path: Path, indicator: str, score: float, phrase: str) -> None:
    report = script(LINES, ["http://"])
    hit = {"technique_type": "Obfuscation", "indicators": [indicator], "confidence": 0.7, "description": "x"}
    report["behavioral"] |= {"anti_analysis": [hit], "evasion_score": score}
    assert said(tmp_path, report, "behavioral.evasion")[0] == phrase


def test_nobody_is_sent_to_the_imports_of_a_script(tmp_path: Path) -> None:
    report = script(LINES, ["http://"])
    found = {one for key in "abcdefgh" for one in said(tmp_path, report, "behavioral.overview", key)}
    assert "behavioral.overview.next.imports" not in found


@pytest.mark.parametrize(("name", "silent"), [("malloc", False), ("curl_easy_perform", True), ("ORDINAL 17", True)])
def test_other_ways_onto_the_network_are_known(tmp_path: Path, name: str, silent: bool) -> None:
    report = script(LINES, ["http://"])
    report["symbols"] = {"imports": [{"name": one, "library": None} for one in ("free", "exit", name)]}
    assert ("behavioral.sockets.none" not in said(tmp_path, report, "behavioral.control")) is silent


@pytest.mark.parametrize(
    ("address", "phrase"),
    [("https://cdn.example.net/x", "behavioral.specific.reserved"), ("https://cdn.acme.dev/x", "behavioral.specific")],
)
def test_addresses_of_documentation_lead_nowhere(tmp_path: Path, address: str, phrase: str) -> None:
    assert phrase in said(tmp_path, script([*LINES, address], ["http://"]), "behavioral.overview")
