"""A case is told to its reader: the decision follows from the evidence, the order from who asks."""

import pytest

from tests.conftest import SAMPLES
from threatflux_training.catalogue.load import load_catalogue
from threatflux_training.compose.content import Say, Section
from threatflux_training.compose.document import Length
from threatflux_training.evidence.blocks import BLOCKS
from threatflux_training.evidence.view import View
from threatflux_training.reports.load import load_files
from threatflux_training.tasks import triage
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
