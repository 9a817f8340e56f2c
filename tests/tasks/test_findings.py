"""What answers on the scanner's findings rest on: this file's own lines, imports and requirements."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import rows
from tests.reports.samples import FEATURES, METADATA, NPM, analysis
from threatflux_training.catalogue.load import load_catalogue
from threatflux_training.compose.content import Say, Section
from threatflux_training.compose.document import flatten, write
from threatflux_training.evidence.blocks import BLOCKS
from threatflux_training.evidence.view import View
from threatflux_training.reports.load import load_files
from threatflux_training.settings import TextSettings
from threatflux_training.tasks import behavioral, dependencies, packages, signatures, threats, verdicts, vulnerabilities
from threatflux_training.tasks.behavioral_basis import sockets
from threatflux_training.tasks.file_facts import digest
from threatflux_training.tasks.model import Draft, Family, Request
from threatflux_training.tasks.vulnerabilities_imports import reported_pair
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


def package(**changes: dict[str, Any]) -> dict[str, Any]:
    """npm's report with some fields of its parts replaced."""
    return NPM | {part: {**NPM.get(part, {}), **fields} for part, fields in changes.items()}


@pytest.mark.parametrize(
    "changes",
    [
        {"security_analysis": {"has_postinstall_script": True}},
        {"security_analysis": {"suspicious_imports": [{"module_name": "os.system", "found_in": "setup.py"}]}},
        {"dependencies": {"dependencies": {"zlib": {"version_spec": "*", "vulnerabilities": [{"cve_id": "CVE-2020-14343"}]}}}},
    ],
)  # fmt: skip
def test_a_package_with_something_to_look_at_is_not_waved_through(
    tmp_path: Path, changes: dict[str, dict[str, Any]]
) -> None:
    for answer in told(tmp_path, package(**changes), packages, "packages.approve"):
        assert not re.search(
            r"no (?:outright )?reason|rules \w+ .*out by itself|on this report alone|no ground", answer
        )


def test_a_flaw_without_a_mended_release_is_told(tmp_path: Path) -> None:
    needed = {f"a{n:02}": {"version_spec": "*", "vulnerabilities": []} for n in range(12)}
    flawed = {
        "z": {"version_spec": "*", "vulnerabilities": [{"cve_id": "CVE-2020-14343", "affected_versions": ["< 5.4"]}]}
    }
    for answer in told(tmp_path, package(dependencies={"dependencies": needed | flawed}), packages, "packages.needs"):
        assert "CVE-2020-14343" in answer
        assert not re.search("no known (?:flaw|weakness)|No advisory|gives no CVE", answer)


def test_a_system_that_a_package_excludes_is_not_one_that_it_is_for(tmp_path: Path) -> None:
    answers = told(tmp_path, package(package_info={"os": ["!win32"]}), packages, "packages.approve")
    assert not [answer for answer in answers if "!win32" in answer]
    assert any("`win32`" in answer for answer in answers)


def test_a_package_with_an_author_is_not_said_to_come_from_nobody(tmp_path: Path) -> None:
    changes = {"package_info": {"author": {"name": "Ann Example"}, "license": None}}
    for answer in told(tmp_path, package(**changes), packages, "packages.origin"):
        assert "`Ann Example`" in answer
        assert not re.search("doesn't say|all there|too little|unclear", answer)


def test_a_part_of_the_files_is_not_called_all(tmp_path: Path) -> None:
    listed = [{"file_path": f"package/f{n}.js", "size": n + 1} for n in range(14)]
    for answer in told(tmp_path, NPM | {"files_analysis": listed}, packages, "packages.files"):
        assert not re.search("All of them|File by file|Each with", answer)
    for answer in told(tmp_path, NPM | {"files_analysis": listed[:1]}, packages, "packages.files"):
        assert "set-up code" not in answer


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


def test_a_refused_signature_is_not_an_absent_one(tmp_path: Path) -> None:
    checked = {"status": "success", "is_signed": False, "verification_status": "Invalid", "certificate_chain": []}
    report = script(["#!/bin/sh", "exit 0"], []) | {"signatures": checked}
    for answer in told(tmp_path, report, signatures, "signatures.means"):
        assert re.search(r"signature (?:was|is|exists|for)|one was found", answer)
        assert not re.search("nothing more|nothing was verified|verified none|no reason to worry|all-clear", answer)


@pytest.mark.parametrize(
    ("path", "kind"), [("/usr/bin/x", "package"), ("/usr/local/bin/x", "stray"), ("/home/u/x", "stray")]
)
def test_only_a_place_that_packages_fill_points_to_the_package(tmp_path: Path, path: str, kind: str) -> None:
    (tmp_path / "r.json").write_text(json.dumps(analysis(path)))
    files, _ = load_files([str(tmp_path)])
    said, _ = digest(View(files[0], Counter(TextSettings().encoding), BLOCKS))
    assert [one.phrase for one in said if isinstance(one, Say)] == [f"facts.hash.{kind}"]


def linked(strings: list[str], **changes: Any) -> dict[str, Any]:
    """A report on a program with an imported function and a library, neither with a license."""
    function = {"name": "free", "version": None, "path": None, "source": "Import", "imported_functions": ["free"]}
    library = {"name": "z", "version": "1.2.11", "path": "libz.so.1", "source": "StringReference"}
    found = {
        "dependencies": [function, library],
        "security_assessment": {"security_score": 100.0, "risk_level": "Minimal"},
        "analysis_stats": {"total_dependencies_found": 2, "licenses_identified": 0},
    } | changes  # fmt: skip
    return analysis("/usr/bin/tool", strings=strings, dependencies=found)


def test_a_license_notice_among_the_strings_is_quoted(tmp_path: Path) -> None:
    notice = "This program is free software; you can redistribute it and/or modify"
    report = linked(["main", notice, "Copyright (C) 1996-2019 by Julian Seward.", "some more text"])
    for answer in told(tmp_path, report, dependencies, "dependencies.licenses"):
        assert notice in answer
        assert not re.search("nothing to go by|no basis|Nothing usable|rarely", answer)


def test_the_first_notices_are_quoted_and_endless_lines_are_none(tmp_path: Path) -> None:
    first = "This program is free software; you may redistribute it"
    lines = [f"{first} {'x' * 400}", first, "see the COPYING file", first, "see the LICENSE file"]
    for answer in told(tmp_path, linked(lines), dependencies, "dependencies.licenses"):
        assert "COPYING" in answer
        assert "LICENSE" not in answer
        assert "xxxx" not in answer


def test_an_import_with_a_version_is_a_socket_all_the_same(tmp_path: Path) -> None:
    names = ["free", "puts", "socket@GLIBC_2.2.5"]
    report = analysis("/usr/bin/t", symbols=FEATURES["symbols"] | {"imports": [{"name": name} for name in names]})
    (tmp_path / "r.json").write_text(json.dumps(report))
    view = View(load_files([str(tmp_path)])[0][0], Counter(TextSettings().encoding), BLOCKS)
    said, _ = sockets(view, 2_000, "answer")
    assert [one.phrase for one in said if isinstance(one, Say)] == ["behavioral.sockets.one"]


def test_a_score_speaks_of_libraries_beside_functions(tmp_path: Path) -> None:
    answers = told(tmp_path, linked(["main", "some more text"]), dependencies, "dependencies.score")
    assert not [one for one in answers if "entries for `tool` are single" in one or "that can't match" in one]
    assert any("read from" in one or "taken from a string" in one for one in answers)
    (tmp_path / "r.json").write_text(json.dumps(linked(["main"], security_assessment={"security_score": 60.0})))
    view = View(load_files([str(tmp_path)])[0][0], Counter(TextSettings().encoding), BLOCKS)
    assert "dependencies.score" not in [one.task for one in dependencies.offers(view, None)]


def _assessed(path: str, *findings: dict[str, Any]) -> dict[str, Any]:
    return {
        "file_path": path, **dict.fromkeys(FEATURES),
        "metadata": METADATA | {"file_path": path, "file_name": path.rpartition("/")[2]},
        "vulnerabilities": {
            "vulnerabilities": list(findings), "detection_stats": {"functions_analyzed": 1},
            "risk_assessment": {"overall_risk_score": 9.0, "risk_level": "Critical", "critical_count": 1},
        },
    }  # fmt: skip


def _in_code(rule: str, cves: list[str]) -> dict[str, Any]:
    place = {
        "function_name": "step",
        "function_address": 4096,
        "instruction_address": 4100,
        "instruction": "mov eax, ebx",
    }
    return finding("", rule) | {"locations": [place], "cve_references": cves}


def _said(folder: Path, report: dict[str, Any], name: str) -> dict[str, Say]:
    (folder / "r.json").write_text(json.dumps(report))
    view = View(load_files([str(folder)])[0][0], Counter(TextSettings().encoding), BLOCKS)
    request = Request(persona=load_catalogue().personas[0], length="long", room=2_000, variant=0, key="k")
    made = next(one for one in vulnerabilities.offers(view, None) if one.task == name).build(request)
    assert isinstance(draft := made[0] if isinstance(made, tuple) else made, Draft)
    return {one.phrase: one for one in flatten(draft.content) if isinstance(one, Say)}


@pytest.mark.parametrize(("kind", "found"), [("import", finding("free", "UAF001")), ("code", _in_code("NPD001", []))])
def test_a_review_starts_at_code_only_where_a_place_is_given(tmp_path: Path, kind: str, found: dict[str, Any]) -> None:
    report = _assessed("/usr/bin/tool", found | {"cwe_references": ["CWE-416"]})
    said = _said(tmp_path, report, "vulnerabilities.cwe")
    assert [one for one in said if one.startswith("vulnerabilities.cwe.next")] == [f"vulnerabilities.cwe.next.{kind}"]


def test_findings_in_code_are_counted_without_imports(tmp_path: Path) -> None:
    report = _assessed("/usr/bin/tool", finding("free", "UAF001"), _in_code("NPD001", []), _in_code("INT001", []))
    slots = _said(tmp_path, report, "vulnerabilities.functions")["vulnerabilities.functions.one"].slots
    assert slots["amount"].text == "2 findings"  # type: ignore[union-attr]
    for text in told(tmp_path, report, vulnerabilities, "vulnerabilities.functions"):
        assert "list of" not in text


@pytest.mark.parametrize(("rule", "kind"), [("BOF001", ""), ("NPD001", ".other"), ("REC001", ".other")])
def test_calls_are_spoken_of_where_a_rule_on_calls_fired(tmp_path: Path, rule: str, kind: str) -> None:
    report = _assessed("/usr/bin/tool", finding("free", "UAF001"), _in_code(rule, []))
    said = _said(tmp_path, report, "vulnerabilities.function")
    assert {f"vulnerabilities.function.{one}{kind}" for one in ("weak", "limit", "next")} <= set(said)
    assert f"vulnerabilities.functions.weak{kind}" in _said(tmp_path, report, "vulnerabilities.functions")
    assert ("vulnerabilities.page.functions" in _said(tmp_path, report, "vulnerabilities.page")) is not bool(kind)


@pytest.mark.parametrize(("symbol", "there"), [("gets", False), ("strcpy", True)])
def test_the_import_of_gets_isnt_made_light_of(tmp_path: Path, symbol: str, there: bool) -> None:
    report = _assessed("/usr/bin/tool", finding(symbol, "BOF001"))
    for name in ("vulnerabilities.imports", "vulnerabilities.finding"):
        assert ("vulnerabilities.imports.means" in _said(tmp_path, report, name)) is there


@pytest.mark.parametrize(
    ("path", "cves", "product"),
    [
        ("/usr/bin/tool", ["CVE-2021-22555"], "netfilter"), ("/opt/a/tool", ["CVE-2021-44228", "CVE-2020-1472"], "log4shell"),
        ("/usr/bin/tool", ["CVE-2021-3156"], "sudo"), ("/usr/bin/sudo", ["CVE-2021-3156"], ""), ("/usr/bin/tool", ["CVE-2001-0001"], ""),
    ],
)  # fmt: skip
def test_a_printed_cve_is_told_by_what_it_is_about(tmp_path: Path, path: str, cves: list[str], product: str) -> None:
    report = _assessed(path, finding("free", "UAF001") | {"cve_references": cves})
    page, cve = (set(_said(tmp_path, report, f"vulnerabilities.{name}")) for name in ("page", "cve"))
    assert {one for one in page if ".page.is." in one} == ({f"vulnerabilities.page.is.{product}"} if product else set())
    assert bool({one for one in cve if one.startswith("knowledge.")}) is bool(product)
    assert ("vulnerabilities.cve.check" in cve) is path.startswith("/usr")
    assert ("vulnerabilities.cve.vendor" in cve) is path.startswith("/opt")


def test_the_reply_to_a_need_for_action_fits_a_review() -> None:
    forms = {form.question.id: form.question for form in load_catalogue().questions["vulnerabilities.page"]}
    for number in (5, 6):
        assert forms[f"vulnerabilities.page.{number}"].replies["vulnerabilities.page.copy"] == "not_urgent"


@pytest.mark.parametrize(("level", "there"), [("Clean", True), ("Suspicious", False)])
def test_what_is_said_of_a_clean_level_is_said_of_no_other(tmp_path: Path, level: str, there: bool) -> None:
    matches = [{"rule_identifier": rule, "tags": [], "metadata": {}} for rule in threats.RULES]
    found = FEATURES["threats"] | {"threat_level": level, "matches": matches}
    report = {
        "file_path": "/opt/a.exe",
        **dict.fromkeys(FEATURES),
        "metadata": METADATA if there else None,
        "hashes": METADATA["hashes"],
        "threats": found,
    }
    report |= {"entropy": FEATURES["entropy"], "dependencies": FEATURES["dependencies"]}
    (tmp_path / "r.json").write_text(json.dumps(report))
    view = View(load_files([str(tmp_path)])[0][0], Counter(TextSettings().encoding), BLOCKS)
    tasks = {offer.task: offer for offer in (*threats.offers(view, None), *verdicts.offers(view, None))}
    assert ("threats.clean" in tasks) is there
    request = Request(persona=load_catalogue().personas[0], length="long", room=2_000, variant=0, key="k")
    draft = tasks["verdicts.compare"].build(request)
    assert isinstance(draft, Draft)
    headings = {one.heading.phrase for one in draft.content if isinstance(one, Section) and one.heading is not None}
    assert f"verdicts.heading.threats.{'clean' if there else 'rules'}" in headings
    said = {one.phrase for one in draft.content if isinstance(one, Say)}
    assert "verdicts.sorted" in said


@pytest.mark.parametrize(("score", "there"), [(100.0, True), (70.0, False)])
def test_only_a_full_score_is_called_so(tmp_path: Path, score: float, there: bool) -> None:
    found = FEATURES["dependencies"] | {"security_assessment": {"security_score": score}}
    report = {"file_path": "/opt/a", **dict.fromkeys(FEATURES), "metadata": METADATA, "dependencies": found}
    (tmp_path / "r.json").write_text(json.dumps(report))
    view = View(load_files([str(tmp_path)])[0][0], Counter(TextSettings().encoding), BLOCKS)
    assert ("dependencies.score" in {offer.task for offer in dependencies.offers(view, None)}) is there


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


def test_dotted_words_are_whole_and_hosts_come_first(tmp_path: Path) -> None:
    lines = ["/lib64/ld-linux-x86-64.so.2", "libblkid.so.1", "libc.so.6", "see https://www.acme.dev/x"]
    for answer in told(tmp_path, script(lines, ["Multiple domains found"]), behavioral, "behavioral.control"):
        assert "`linux-x86-64.so.2`" not in answer
        assert "`libc.so.6`" not in answer or answer.index("`www.acme.dev`") < answer.index("`libc.so.6`")


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


@pytest.mark.parametrize(("ending", "first"), [("node", ("Yes", "It has")), ("js", ("No", "Going"))])
def test_a_question_for_compiled_files_is_answered(tmp_path: Path, ending: str, first: tuple[str, ...]) -> None:
    listed = [{"file_path": "package/index.js", "size": 24}, {"file_path": f"package/fsevents.{ending}", "size": 163}]
    for answer in told(tmp_path, NPM | {"files_analysis": listed}, packages, "packages.source"):
        assert answer.startswith(first)
        assert ("`package/fsevents.node`" in answer) is (ending == "node")


@pytest.mark.parametrize(("names", "phrase"), [((), "no_means"), (("free", "malloc", "puts"), "no_import")])
def test_the_import_table_is_better_evidence_than_a_silent_rule(
    tmp_path: Path, names: tuple[str, ...], phrase: str
) -> None:
    report = {"file_path": "/usr/bin/t", **dict.fromkeys(FEATURES), "metadata": METADATA}
    report["vulnerabilities"] = FEATURES["vulnerabilities"] | {"vulnerabilities": [finding("free", "UAF001")]}
    if names:
        imports = [{"name": name, "library": None} for name in names]
        report["symbols"] = FEATURES["symbols"] | {"imports": imports}
    (tmp_path / "r.json").write_text(json.dumps(report))
    view = View(load_files([str(tmp_path)])[0][0], Counter(TextSettings().encoding), BLOCKS)
    request = Request(persona=load_catalogue().personas[0], length="medium", room=3_000, variant=0, key="k")
    assert view.file.vulnerabilities is not None
    made = reported_pair(view, view.file.vulnerabilities, request)
    assert made is not None
    said = [one.phrase for one in flatten(made[1].content) if isinstance(one, Say)]
    assert f"vulnerabilities.finding.{phrase}" in said
