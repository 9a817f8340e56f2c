"""Sections, hardening, symbols and signatures over the sample reports and over made ones."""

import copy
from typing import Any

import msgspec
import pytest

from tests.conftest import SAMPLES
from threatflux_training import tokens
from threatflux_training.catalogue.load import load_catalogue
from threatflux_training.compose.document import flatten
from threatflux_training.evidence.blocks import BLOCKS
from threatflux_training.evidence.view import View
from threatflux_training.reports.load import load_files
from threatflux_training.tasks import sections, sections_counts, signatures, symbols
from threatflux_training.tasks.model import Draft, Offer, Request
from threatflux_training.tasks.sections_table import Table

VIEWS = {
    file.name: View(file, tokens.Counter("o200k_base"), BLOCKS)
    for file in load_files([str(SAMPLES / name) for name in ("logd.json.gz", "libatomic-1.dll.json.zst", "printf.json", "scp.json")])[0]
}  # fmt: skip


def request(variant: int = 0, length: Any = "long") -> Request:
    """What a reverse engineer with much room asks."""
    persona = next(one for one in load_catalogue().personas if one.id == "reverse_engineer")
    return Request(persona=persona, length=length, room=20_000, variant=variant, key=f"test/{variant}")


def offered(name: str) -> dict[str, Offer]:
    """The offers of the three families on a sample, by task."""
    view = VIEWS[name]
    families = (sections, symbols, signatures)
    return {offer.task: offer for family in families for offer in family.offers(view, None)}


def phrases(draft: Draft) -> set[str]:
    """All phrases a draft may use, entries of lists included."""
    found: set[str] = set()
    for one in flatten(draft.content):
        said = [getattr(one, "lead", one), *getattr(one, "items", ())]
        found |= {entry.phrase for entry in said if hasattr(entry, "phrase")}
    return found


def built(name: str, task: str, variant: int = 0) -> Draft:
    """A single draft of an offer."""
    draft = offered(name)[task].build(request(variant))
    assert isinstance(draft, Draft)
    return draft


def pair(name: str, task: str, variant: int = 0) -> tuple[Draft, Draft]:
    """Both drafts of a pair."""
    drafts = offered(name)[task].build(request(variant))
    assert isinstance(drafts, tuple)
    return drafts


def test_an_unstripped_program_feeds_symbols_and_a_dll_its_dlls() -> None:
    assert {"symbols.defined", "symbols.lookup", "symbols.at", "sections.hardening", "sections.map"} <= offered(
        "logd"
    ).keys()
    assert {"symbols.dlls", "symbols.exported", "sections.memory"} <= offered("libatomic-1.dll").keys()
    assert "symbols.defined" not in offered("printf")
    assert "sections.hardening" not in offered("libatomic-1.dll")


def test_a_script_or_a_missing_feature_feeds_nothing() -> None:
    assert not [task for task in offered("scp") if task.startswith(("sections", "symbols"))]


def test_each_phrase_is_in_the_catalogue_with_its_slots() -> None:
    known = load_catalogue()
    for name in VIEWS:
        for task, offer in offered(name).items():
            assert task in known.questions, task
            for variant in range(offer.variants):
                made = offer.build(request(variant))
                for draft in made if isinstance(made, tuple) else (made,) if made else ():
                    missing = {one for one in phrases(draft) if not one.startswith("knowledge.")} - known.phrases.keys()
                    assert not missing, (task, missing)


@pytest.mark.parametrize("task", ["sections.find", "sections.kept", "sections.address", "symbols.lookup", "symbols.at"])
def test_pairs_ask_alike_and_answer_apart(task: str) -> None:
    for variant in range(3):
        yes, no = pair("logd", task, variant)
        assert not yes.negative and no.negative
        assert yes.slots.keys() == no.slots.keys()
        assert yes.slots != no.slots


def test_the_program_is_not_position_independent_and_has_no_canary() -> None:
    said = phrases(built("logd", "sections.hardening"))
    assert {"hardening.pie.no", "hardening.canary.no", "hardening.fixed"} <= said
    assert not said & {"hardening.pie.program", "hardening.canary.yes", "hardening.both"}


def test_the_scanners_export_list_of_a_program_is_taken_apart() -> None:
    assert "symbols.exports.none" in phrases(built("printf", "symbols.exports"))


def test_counts_need_a_size_that_divides() -> None:
    view = VIEWS["printf"]
    binary = view.file.binary_info
    assert binary is not None
    changed = copy.deepcopy(binary)
    table = Table(view, changed)
    index = table.index[".rela.plt"]
    good = sections_counts.entries_of(table, index)
    assert good is not None
    assert sections_counts.number_of(table, index, good)[0] == table[index].size // 24
    changed.sections[index] = msgspec.structs.replace(changed.sections[index], size=changed.sections[index].size + 1)
    assert sections_counts.entries_of(Table(view, changed), index) is None


def test_a_signature_result_never_becomes_unsigned() -> None:
    said = phrases(built("printf", "signatures.means"))
    assert "signatures.means" in said
    assert not any("unsigned" in one for one in said)
    assert "signatures.means.side.bare" in said
    assert "signatures.means.tools" not in said
    _, no = pair("printf", "signatures.detail")
    assert no.negative == "empty_result"


def test_a_build_is_named_by_the_bytes_of_its_note() -> None:
    draft = built("logd", "sections.build")
    said = next(one for one in flatten(draft.content) if getattr(one, "phrase", "") == "sections.build")
    (source,) = said.slots["id"].sources  # type: ignore[union-attr]  # a statement, no list
    assert source.op == "bytes"
    assert source.inputs[2] == 20
    assert "sections.build.compiler" in phrases(draft)


def test_a_short_dump_gives_no_build() -> None:
    assert "sections.build" not in offered("printf")


@pytest.mark.parametrize("length", ["short", "medium", "long"])
def test_a_summary_of_hardening_lists_the_evidence_whatever_its_length(length: Any) -> None:
    draft = offered("printf")["sections.hardening"].build(request(length=length))
    assert isinstance(draft, Draft)
    listed = [one for one in flatten(draft.content) if hasattr(one, "items")]
    assert [one.role for one in listed] == ["answer"]
    assert len(listed[0].items) >= 3


@pytest.mark.parametrize(
    ("name", "why"), [(".tdata", "tls"), (".idata", "windows"), (".ctors", "other"), (".interp", "interp")]
)
def test_a_missing_section_is_explained_by_what_it_is_for(name: str, why: str) -> None:
    view = VIEWS["printf"]
    assert view.file.binary_info is not None
    assert sections._absence(Table(view, view.file.binary_info), name) == why
