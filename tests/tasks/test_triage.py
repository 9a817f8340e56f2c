"""A case is told to its reader: the decision follows from the evidence, the order from who asks."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import SAMPLES
from tests.reports.samples import FEATURES, METADATA
from threatflux_training.catalogue.load import load_catalogue
from threatflux_training.compose.content import Say, Section
from threatflux_training.compose.document import Length, flatten, write
from threatflux_training.compose.value import Text
from threatflux_training.evidence.blocks import BLOCKS
from threatflux_training.evidence.view import View
from threatflux_training.reports.load import load_files
from threatflux_training.tasks import triage, triage_abilities, triage_findings, triage_identity, triage_steps
from threatflux_training.tasks.model import Draft, Request
from threatflux_training.tasks.triage_case import Case
from threatflux_training.tokens import Counter


def _view(name: str) -> View:
    return View(load_files([str(SAMPLES / name)])[0][0], Counter("o200k_base"), BLOCKS)


@pytest.mark.parametrize(
    ("name", "kind", "place", "level"),
    [
        ("deploy.sh.json.gz", "script", "home", "look"),
        ("hostile_strings.py.json", "script", "home", "look"),
        ("printf.json", "program", "system", "routine"),
        ("scp.json", "binary", "system", "routine"),
        ("logd.json.gz", "program", "home", "look"),
    ],
)
def test_the_level_follows_from_the_evidence(name: str, kind: str, place: str, level: str) -> None:
    case = Case(_view(name))
    assert (case.kind, case.place, case.level) == (kind, place, level)


def _report(name: str, persona: str, length: Length) -> Draft:
    offer = next(one for one in triage.offers(_view(name), None) if one.task == "triage.report")
    reader = next(one for one in load_catalogue().personas if one.id == persona)
    draft = offer.build(Request(persona=reader, length=length, room=3_000, variant=0, key="k"))
    assert isinstance(draft, Draft)
    return draft


def _made(folder: Path, path: str, *, mime: str = "application/octet-stream", **features: Any) -> View:
    about = {"file_path": path, "file_name": path.rpartition("/")[2], "file_size": 8_103, "mime_type": mime}
    about |= {"permissions": "755"} | features.pop("about", {})
    report = {"file_path": path, **dict.fromkeys(FEATURES), "metadata": METADATA | about, **features}
    (folder / "r.json").write_text(json.dumps(report))
    return View(load_files([str(folder)])[0][0], Counter("o200k_base"), BLOCKS)


def _phrases(view: View, task: str, persona: str = "developer", length: Length = "medium") -> list[str]:
    offer = next(one for one in triage.offers(view, None) if one.task == task)
    reader = next(one for one in load_catalogue().personas if one.id == persona)
    draft = offer.build(Request(persona=reader, length=length, room=3_000, variant=0, key="k"))
    assert isinstance(draft, Draft)
    return [one.phrase for one in flatten(draft.content) if isinstance(one, Say)]


def _headings(draft: Draft) -> list[str]:
    return [one.heading.phrase.rpartition(".")[2] for one in draft.content if isinstance(one, Section)]


def test_the_order_is_the_readers() -> None:
    examiner, analyst = (
        _headings(_report("printf.json", who, "long")) for who in ("forensics_expert", "malware_analyst")
    )
    assert examiner[0] == "record"
    assert analyst.index("abilities") < analyst.index("record")
    assert "hardening" in analyst
    assert "hardening" not in examiner
    assert examiner[-1] == analyst[-1] == "next"


def test_who_must_act_hears_the_decision_first() -> None:
    for who, first in (("incident_responder", "triage.lead."), ("reverse_engineer", "triage.what.")):
        said = _report("deploy.sh.json.gz", who, "medium").content[0]
        assert isinstance(said, Say)
        assert said.phrase.startswith(first)


def test_every_statement_has_words() -> None:
    known = load_catalogue().phrases
    for name in (
        "printf.json",
        "deploy.sh.json.gz",
        "scp.json",
        "libatomic-1.dll.json.zst",
        "empty.dat.json",
        "logd.json.gz",
    ):
        for offer in triage.offers(_view(name), None):
            for persona in load_catalogue().personas:
                draft = offer.build(Request(persona=persona, length="long", room=2_000, variant=1, key="k"))
                assert draft is None or isinstance(draft, Draft)
                for one in draft.content if draft else ():
                    for said in one.content if isinstance(one, Section) else (one,):
                        phrase = said.phrase if isinstance(said, Say) else said.lead.phrase  # type: ignore[union-attr]
                        assert phrase in known


def test_what_a_program_does_is_quoted_from_its_help() -> None:
    offer = next(one for one in triage.offers(_view("printf.json"), None) if one.task == "triage.what")
    reader = next(one for one in load_catalogue().personas if one.id == "developer")
    draft = offer.build(Request(persona=reader, length="medium", room=3_000, variant=0, key="k"))
    assert isinstance(draft, Draft)
    said = [one for one in draft.content if isinstance(one, Say) and one.phrase == "purpose.told"]
    assert said[0].role == "answer"
    assert "Print ARGUMENT(s) according to FORMAT" in said[0].slots["line"].text  # type: ignore[union-attr]


_QUIET: dict[str, Any] = {
    "anti_analysis": [], "persistence": [], "network_behavior": [], "file_operations": [], "registry_operations": [],
    "process_operations": [], "evasion_score": 0.0, "suspicious_behaviors": [], "recommendations": [],
}  # fmt: skip
_THREATS = {"matches": [], "threat_level": "Clean", "indicators": [], "recommendations": []}


@pytest.mark.parametrize(
    ("behavioral", "said"),
    [
        ({}, "triage.rules.none.part"),
        ({"persistence": [{"mechanism_type": "ScheduledTasks"}]}, "triage.rules.one"),
        ({"process_operations": [{"operation_type": "ProcessCreation"}]}, "triage.rules.one"),
        ({"suspicious_behaviors": [{"behavior_type": "Dropper"}]}, "triage.rules.one"),
    ],
)
def test_no_label_is_said_only_of_the_rules_that_are_there(
    tmp_path: Path, behavioral: dict[str, Any], said: str
) -> None:
    view = _made(tmp_path, "/usr/bin/tool", behavioral=_QUIET | behavioral, threats=_THREATS, strings=["some text"])
    part = triage_findings.verdicts(Case(view), _request())
    assert part is not None
    assert isinstance(part.said[0], Say)
    assert part.said[0].phrase == said


def _request(persona: str = "developer") -> Request:
    reader = next(one for one in load_catalogue().personas if one.id == persona)
    return Request(persona=reader, length="medium", room=3_000, variant=0, key="k")


def test_a_level_that_rests_on_imports_is_weighed(tmp_path: Path) -> None:
    place = {"function_name": "Imports", "function_address": 0, "instruction_address": 0, "basic_block_id": 0}
    finding = {"rule_id": "UAF001", "severity": "Critical", "locations": [place | {"instruction": "import free"}]}
    risk = {"overall_risk_score": 9.0, "risk_level": "Critical"}
    inside = {"rule_id": "UAF001", "severity": "Critical", "locations": [place | {"function_name": "main"}]}
    for findings, weighed in (([finding], True), ([finding, inside], False)):
        found = {"vulnerabilities": findings, "risk_assessment": risk}
        view = _made(tmp_path, "/usr/bin/tool", vulnerabilities=found, strings=["some text"])
        said = _phrases(view, "triage.decision")
        assert ("triage.rule.UAF001.import" in said) is weighed
        assert ("triage.rules.import.one" in said) is weighed
        texts = ["fetch http://203.0.113.9/x", "some text"]
        view = _made(tmp_path, "/home/u/tool", vulnerabilities=found, strings=texts)
        assert Case(view).level == "look"
        assert ("triage.rules.import.one" in _phrases(view, "triage.report", "incident_responder")) is weighed


@pytest.mark.parametrize(
    ("path", "texts", "said"),
    [
        ("/opt/tool", ["https://www.gnu.org/x", "http://evil.example/c2"], "triage.follow.links"),
        ("/opt/tool", ["see https://www.gnu.org/x"], "triage.follow.project"),
        ("/usr/bin/tool", ["#!/bin/sh", "wget -q http://example.com/x"], "triage.follow.fetch"),
        ("/usr/bin/tool", ["some text", "more text"], "triage.follow.none"),
        ("/usr/bin/tool", ["some text", "password=Zk81xxQq27"], "triage.follow.secret"),
        ("/usr/bin/tool", ["some text", "/etc/cron.d/tool"], ""),
    ],
)
def test_what_there_is_to_follow(tmp_path: Path, path: str, texts: list[str], said: str) -> None:
    part = triage_findings.indicators(Case(_made(tmp_path, path, strings=texts)), _request())
    if part is None:
        assert not said
        return
    assert isinstance(part.said[0], Say)
    assert part.said[0].phrase == said
    if said.endswith("links"):
        assert part.said[0].slots["list"].text.startswith("`http://evil.example/c2`")  # type: ignore[union-attr]


_ELF = {"format": "ELF", "architecture": "x86_64", "sections": [], "imports": [], "exports": [], "is_stripped": False}


@pytest.mark.parametrize(
    ("name", "features", "kind"),
    [
        ("tool", {"binary_info": _ELF | {"entry_point": 4464}}, "program"),
        ("tool.ko", {"binary_info": _ELF | {"entry_point": 0}}, "object"),
        ("module.pyc", {"strings": ["a name of it"] * 9}, "data"),
        ("notes", {"strings": ["a line of it"] * 9, "about": {"file_size": 117}}, "text"),
        ("notes", {"strings": ["one line"], "about": {"file_size": 9}}, "text"),
    ],
)
def test_a_form_is_said_as_far_as_it_shows(tmp_path: Path, name: str, features: dict[str, Any], kind: str) -> None:
    assert Case(_made(tmp_path, f"/usr/share/{name}", **features)).kind == kind


def test_a_password_that_every_account_can_read_opens_a_case(tmp_path: Path) -> None:
    for mode, level in (("644", "look"), ("600", "routine")):
        view = _made(tmp_path, "/etc/tool.conf", strings=["password=Zk81xxQq27"], about={"permissions": mode})
        assert Case(view).level == level


def test_a_low_entropy_is_said_of_files_of_some_length_only(tmp_path: Path) -> None:
    measured = {"overall_entropy": 6.1, "sections": []}
    for size, said in ((8_103, True), (400, False)):
        view = _made(tmp_path, "/usr/share/x.bin", entropy=measured, strings=[], about={"file_size": size})
        assert ("triage.what.loose_bytes" in _identity(view)) is said


def _identity(view: View) -> list[str]:
    return [one.phrase for one in triage_identity.identity(Case(view), _request()).said if isinstance(one, Say)]


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("wget http://example.com/x", "fetch"),
        ('curl "$URL"', "fetch"),
        ('echo "get it with wget http://example.com/x"', ""),
        ("crontab -l", ""),
        ("crontab -u www -l", ""),
        ("crontab -", "persist"),
        ("[ -f ~/.bashrc ] && . ~/.bashrc", ""),
        ('echo "$line" >> ~/.bashrc', "persist"),
    ],
)
def test_a_line_acts_where_it_fetches_or_writes(tmp_path: Path, line: str, rule: str) -> None:
    case = Case(_made(tmp_path, "/home/u/x.sh", mime="text/x-shellscript", strings=["#!/bin/sh", line]))
    assert [one.rule for _, one in case.readings] == [rule][: bool(rule)]


def test_steps_fit_the_type_and_the_place(tmp_path: Path) -> None:
    dense = {"overall_entropy": 7.9, "sections": []}
    for mime, unpacked in (("image/png", False), ("application/pdf", False), ("application/gzip", True)):
        view = _made(tmp_path, "/usr/share/x", mime=mime, entropy=dense, hashes=METADATA["hashes"], strings=[])
        said = _steps(view)
        assert ("triage.step.unpack" in said) is unpacked
        assert "triage.step.look" not in said
    for path, told in (("/usr/bin/tool", True), ("/usr/local/bin/tool", False)):
        assert ("triage.step.siblings" in _steps(_made(tmp_path, path, strings=["some text"]))) is told


def test_a_layman_hears_of_many_deeds_in_more_than_one_sentence() -> None:
    for persona, split in (("absolute_beginner", True), ("developer", False)):
        said = [one for one in flatten(_report("deploy.sh.json.gz", persona, "medium").content) if isinstance(one, Say)]
        assert "purpose.script.acts" in [one.phrase for one in said]
        assert ("purpose.script.acts.more" in [one.phrase for one in said]) is split


@pytest.mark.parametrize(("second", "told"), [("if 0; # ^ Run only under a shell", True), ("use strict;", False)])
def test_a_line_that_starts_the_script_again_is_told_as_that(tmp_path: Path, second: str, told: bool) -> None:
    lines = ["#!/usr/bin/perl", "eval 'exec /usr/bin/perl -S $0 ${1+\"$@\"}'", second, "print 1;"]
    case = Case(_made(tmp_path, "/usr/bin/prove", mime="text/x-shellscript", strings=lines))
    part = triage_abilities.abilities(case, _request())
    assert part is not None
    assert ("triage.script.restart" in [one.phrase for one in part.said if isinstance(one, Say)]) is told


@pytest.mark.parametrize(("path", "leads"), [("/opt/odd/zst", True), ("/usr/bin/zst", False)])
def test_a_usage_text_of_another_program_leads_in_an_unusual_place(tmp_path: Path, path: str, leads: bool) -> None:
    texts = ["Usage: start-stop-daemon [<option>...] <command>", "some text"]
    view = _made(tmp_path, path, binary_info=_ELF | {"entry_point": 4464}, strings=texts)
    for task in ("triage.decision", "triage.report"):
        said = _phrases(view, task, "incident_responder")
        assert (said[0] == "triage.lead.renamed") is leads
        assert ("purpose.synopsis.other" in said) is not leads


def test_another_scan_is_advised_where_it_would_tell_more(tmp_path: Path) -> None:
    held = {
        "strings": ["some text"],
        **{one: {} for one in ("hex_dump", "entropy", "vulnerabilities", "threats", "signatures", "behavioral")},
    }
    for path, stripped, option in (
        ("/opt/tool", False, "`symbols`"), ("/usr/bin/tool", False, ""), ("/opt/tool", True, "`disassembly`"),
    ):  # fmt: skip
        view = _made(tmp_path, path, binary_info=_ELF | {"entry_point": 4464, "is_stripped": stripped}, **held)
        said = [one for part in triage_steps.steps(Case(view), _request()) for one in part.said if isinstance(one, Say)]
        found = [one.slots["option"] for one in said if one.phrase == "triage.step.again"]
        assert [one.text for one in found if isinstance(one, Text)] == [option][: bool(option)]


def _steps(view: View) -> list[str]:
    made = triage_steps.steps(Case(view), _request())
    return [one.phrase for part in made for one in part.said if isinstance(one, Say)]


def _imports(*names: str) -> dict[str, Any]:
    return FEATURES["symbols"] | {"functions": [], "imports": [{"name": name} for name in names]}


@pytest.mark.parametrize(
    ("names", "form", "count"),
    [
        (("strlen", "setlocale", "free"), "triage.can.ordinary", "3"),
        (("strlen", "setlocale", "free", "curl_easy_perform"), "triage.can", "4"),
        (("strlen", "setlocale", "__fpending", "geteuid"), "triage.can.ordinary", "4"),
        (("strlen", "setlocale", "uname"), "triage.can", "3"),
        (("strlen", "setlocale", "strlen@GLIBC_2.2.5", "setlocale@GLIBC_2.2.5"), "triage.can.ordinary", "2"),
        (("strlen", "setlocale", "fork@GLIBC_2.2.5"), "triage.can.some", ""),
    ],
)
def test_imports_are_counted_and_called_ordinary_as_far_as_they_are_known(
    tmp_path: Path, names: tuple[str, ...], form: str, count: str
) -> None:
    elf = _ELF | {"entry_point": 4464}
    part = triage_abilities.abilities(
        Case(_made(tmp_path, "/usr/bin/tool", binary_info=elf, symbols=_imports(*names))), _request()
    )
    assert part is not None
    lead = part.said[0]
    assert isinstance(lead, Say)
    assert lead.phrase == form
    found = lead.slots.get("count")
    assert (found.text if isinstance(found, Text) else "") == count


def test_laymen_hear_purposes_not_names_of_functions(tmp_path: Path) -> None:
    catalogue = load_catalogue()
    beginner = next(one for one in catalogue.personas if one.register == "plain")
    elf = _ELF | {"entry_point": 4464}
    view = _made(tmp_path, "/usr/bin/tool", binary_info=elf, symbols=_imports("fork", "waitpid", "unlink", "stat"))
    part = triage_abilities.abilities(Case(view), _request(beginner.id))
    assert part is not None
    told = write(part.said, beginner, "medium", catalogue, "k", before=set()).text
    assert "working with files" in told
    assert "`" not in told.replace("`tool`", "").replace("`/usr/bin/tool`", "")
