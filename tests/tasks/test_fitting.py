"""Statements fit their file and their question: scripts, files of a byte, common texts, flags, turns of a chat."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.reports.samples import FEATURES, METADATA
from threatflux_training.catalogue.load import load_catalogue
from threatflux_training.check.rendered import rendered
from threatflux_training.compose.content import Say, say
from threatflux_training.compose.document import flatten, write
from threatflux_training.compose.value import Text
from threatflux_training.evidence.blocks import BLOCKS
from threatflux_training.evidence.string_kinds import is_ragged, is_stock
from threatflux_training.evidence.view import View
from threatflux_training.reports.load import load_files
from threatflux_training.tasks import compact, entropy, imports, negatives, strings_network, triage, yara
from threatflux_training.tasks.compare_pair import _CONTEXT
from threatflux_training.tasks.followups import steps
from threatflux_training.tasks.listing import Listing
from threatflux_training.tasks.model import Draft, Request
from threatflux_training.tasks.script_lines import introduction
from threatflux_training.tasks.triage_case import Case
from threatflux_training.tokens import Counter

PERSONA = load_catalogue().personas[0]
REQUEST = Request(persona=PERSONA, length="medium", room=3_000, variant=0, key="k")


def _view(tmp_path: Path, path: str = "/usr/bin/zgrep", size: int = 8103, **features: Any) -> View:
    metadata = METADATA | {"file_path": path, "file_name": path.rpartition("/")[2], "file_size": size}
    metadata |= {"mime_type": "text/x-shellscript", "permissions": "755"}
    report = {"file_path": path, **dict.fromkeys(FEATURES), "metadata": metadata, **features}
    (tmp_path / "r.json").write_text(json.dumps(report))
    return View(load_files([str(tmp_path)])[0][0], Counter("o200k_base"), BLOCKS)


def _phrases(draft: object) -> list[str]:
    assert isinstance(draft, Draft)
    return [one.phrase for one in flatten(draft.content) if isinstance(one, Say)]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["#!/bin/sh", "# zgrep -- a wrapper around a grep program", "set -e"], 1),
        (["#!/usr/bin/perl", "use strict;", "=head1 NAME", "zgrep - easily search archives", "=cut"], 3),
        (["#!/bin/sh", "# other -- a wrapper around a grep program", "zgrep -- not a comment at all"], -1),
    ],
)
def test_a_script_is_told_by_the_line_that_names_it(tmp_path: Path, lines: list[str], told: int) -> None:
    view = _view(tmp_path, strings=lines)
    assert introduction(Listing(view)) == told
    draft = next(one for one in triage.offers(view, None) if one.task == "triage.what").build(REQUEST)
    assert ("purpose.script.says" in _phrases(draft)) == (told >= 0)


def test_a_file_of_a_byte_is_no_case(tmp_path: Path) -> None:
    view = _view(tmp_path, "/home/analyst/one-byte", 1, hashes=METADATA["hashes"], strings=[])
    assert Case(view).level == "tiny"
    offers = {one.task: one for one in triage.offers(view, None)}
    assert not {"triage.next", "triage.report"} & set(offers)
    said = _phrases(offers["triage.decision"].build(REQUEST))
    assert said[0] == "triage.lead.tiny"
    assert not [one for one in said if one.startswith(("triage.step.lookup", "triage.step.package"))]


def test_what_every_program_prints_is_no_material(tmp_path: Path) -> None:
    assert is_stock("Try '%s --help' for more information.")
    assert is_stock("write error: %s")
    assert not is_stock("Glob '%s' is not valid UTF-8")
    assert is_ragged("Y@write to the pipe")
    assert not is_ragged("<%s> is not <mime-info>")
    texts = ["Try '%s --help' for more information.", "Y@cannot write the pipe", "Glob '%s' is not valid UTF-8"]
    found = {"magic_bytes": "7F 45 4C 46", "unique_strings": texts, "file_size": 9000, "sections": [], "imports": []}
    view = _view(tmp_path, yara_indicators=found)
    offer = next(one for one in yara.offers(view, None) if one.task == "yara_indicators.material")
    draft = offer.build(REQUEST)
    assert isinstance(draft, Draft)
    best = next(one for one in flatten(draft.content) if isinstance(one, Say) and "best" in one.slots)
    assert best.slots["best"] == yara._text(view, view.file.yara_indicators, 2)  # type: ignore[arg-type]
    assert best.phrase == "yara_indicators.material.one"


def _yara(tmp_path: Path, task: str, **fields: Any) -> list[str]:
    found = {"magic_bytes": "4D 5A 90 00", "unique_strings": [], "file_size": 9000, "sections": [], "imports": []}
    view = _view(tmp_path, yara_indicators=found | fields)
    return _phrases(
        next(one for one in yara.offers(view, None) if one.task == f"yara_indicators.{task}").build(REQUEST)
    )


def test_a_packing_flag_without_density_has_another_cause(tmp_path: Path) -> None:
    sparse = _yara(tmp_path, "packed", is_packed=True, entropy=5.9)
    assert "yara_indicators.packed.sparse" in sparse
    assert "yara_indicators.packed.data" not in sparse
    assert "yara_indicators.packed.yes" in _yara(tmp_path, "packed", is_packed=True, entropy=7.6)


def test_what_a_packed_program_imports_is_no_sign_against_packing(tmp_path: Path) -> None:
    loading = ["LoadLibraryA", "GetProcAddress (KERNEL32.dll)"]
    plain = _yara(tmp_path, "packed", is_packed=False, entropy=5.9, imports=[*loading, "CreateFileW", "ReadFile"])
    assert "yara_indicators.packed.imports.some" in plain
    for flag, listed in ((False, loading), (True, ["CreateFileW", "ReadFile"])):
        said = _yara(tmp_path, "packed", is_packed=flag, entropy=5.9, imports=listed)
        assert not [one for one in said if "imports" in one]


def test_first_bytes_are_named_where_they_mark_a_format(tmp_path: Path) -> None:
    for magic, name, worth in (
        ("1F 8B 08 00 11 22 33 44", "gzip", "varied"),
        ("89 50 4E 47 0D 0A 1A 0A", "png", "means"),
        ("41 42 43 44 45 46 47 48", "other", "unknown"),
    ):
        said = _yara(tmp_path, "magic", magic_bytes=magic)
        assert said[:2] == [f"yara_indicators.magic.{name}", f"yara_indicators.magic.{worth}"]


def test_an_empty_sample_is_told_from_a_poor_one(tmp_path: Path) -> None:
    assert "yara_indicators.material.none" in _yara(tmp_path, "material")
    assert "yara_indicators.material.poor" in _yara(tmp_path, "material", unique_strings=["write error"])


def test_the_other_flag_is_not_passed_over(tmp_path: Path) -> None:
    marks = {
        "likely_encrypted": True,
        "high_entropy_regions": [],
        "crypto_constants_found": [],
        "random_data_percentage": 0.82,
    }
    packed = {"likely_packed": False, "packer_signatures": [], "compression_ratio_estimate": 0.0}
    found = {"overall_entropy": 4.1, "sections": [], "packed_indicators": packed, "encryption_indicators": marks}
    for flag, there in ((True, True), (False, False)):
        marks["likely_encrypted"] = flag
        view = _view(tmp_path, entropy=found)
        draft = next(one for one in entropy.offers(view, None) if one.task == "entropy.packed").build(REQUEST)
        assert ("entropy.packed.encrypted.share" in _phrases(draft)) is there


def test_an_address_of_a_usage_example_is_called_one(tmp_path: Path) -> None:
    texts = ["Examples:", "Use 20 clients against 192.168.1.1:", "connected to 10.0.0.1 again", "x" * 20]
    listing = Listing(_view(tmp_path, strings=[*texts[:2], *["another message here"] * 6, *texts[2:]]))
    hits = strings_network.hits(listing)
    assert [strings_network._sample(listing, hit) for hit in hits] == [True, False]


def test_reading_a_variable_is_not_like_ending_a_process() -> None:
    names = {"getenv": 0, "_exit": 1, "exit": 2, "setenv": 3}
    assert imports._neighbours(names, "getenv") == ["setenv"]
    assert imports._neighbours(names, "_exit") == ["exit"]


def test_a_comparison_is_not_padded_with_dumps() -> None:
    assert not {"strings", "hex_dump"} & {one.removeprefix("partner:") for one in _CONTEXT}


def test_comments_are_no_messages() -> None:
    assert compact._speaks("error while reading the file") is False
    assert compact._speaks("session opened for %s")
    assert not compact._speaks("# dir that is sticky and other-writable")


def test_only_what_is_about_density_meets_a_guess_at_encryption() -> None:
    left = [say("limit", "p.bss", "limit structure entropy"), say("limit", "p.mean", "limit entropy")]
    dense, sparse = say("answer", "entropy.overall.random"), say("answer", "entropy.overall.low")
    for first, there in ((dense, True), (sparse, False)):
        chats = [steps("entropy", Text("`x`"), left, str(key), [first]) for key in range(40)]
        premises = [one.draft for chat in chats for one in chat if one.task == "premise.hidden"]
        assert bool(premises) is there
        assert all("p.bss" not in _phrases(draft) for draft in premises)


def test_a_lead_is_not_given_for_an_answer() -> None:
    assert "strings.report" in negatives._LEADS <= load_catalogue().phrases.keys()


def test_a_later_turn_does_not_open_by_referring_back() -> None:
    catalogue = load_catalogue()
    said = say("answer", "purpose.named", "identity", name=Text("`tool`"), line=Text("`a tool`"))
    later = {write([said], PERSONA, "short", catalogue, str(key), before={"something"}).text for key in range(30)}
    first = {write([said], PERSONA, "short", catalogue, str(key), before=set()).text for key in range(30)}
    assert any(text.startswith("It ") for text in first)
    assert not any(text.startswith("It ") for text in later)


def test_a_line_is_found_by_its_address_though_its_words_repeat() -> None:
    code = [{"address": 4096 + n, "mnemonic": "xor", "operands": "edx, edx"} for n in range(300)]
    code.append({"address": 16, "mnemonic": "inc", "operands": "edx"})
    assert rendered("  0x1010  xor edx, edx", code) is True
    assert rendered("  0x1010  xor eax, edx", code) is not True


def test_a_link_in_documentation_is_no_pivot(tmp_path: Path) -> None:
    lines = ["#!/usr/bin/perl", "=head1 NAME", "Consensus: L<https://example.com/a/lancaster-consensus.md>", "=cut"]
    lines += ["use strict;", "fetch('https://lists.acme.dev/b/list.txt');"]
    listing = Listing(_view(tmp_path, strings=lines))
    told = [strings_network.about(listing, hit) for hit in strings_network.hits(listing)]
    phrases = [[one.phrase for one in said if isinstance(one, Say)] for said in told]
    assert phrases[0] == ["strings.address.comment"]
    assert "strings.address.hunt" in phrases[1]


def test_a_host_reserved_for_examples_is_called_so(tmp_path: Path) -> None:
    listing = Listing(_view(tmp_path, strings=["https://cdn.example.com/x.bin", "https://notexample.com/x.bin"]))
    told = [strings_network.about(listing, hit) for hit in strings_network.hits(listing)]
    found = [[one.phrase for one in said if isinstance(one, Say)] for said in told]
    assert found == [["strings.address.example"], ["strings.address.hunt"]]


def test_an_address_printer_is_no_network_ability(tmp_path: Path) -> None:
    base = ["fopen", "fclose", "fork", "execvp", "getpwnam", "getuid"]
    for extra, there in ((["inet_ntop"], False), (["inet_ntop", "socket"], True)):
        listed = [{"name": name, "library": None, "ordinal": None, "is_delayed": False} for name in [*base, *extra]]
        view = _view(tmp_path, symbols=FEATURES["symbols"] | {"imports": listed})
        draft = next(one for one in triage.offers(view, None) if one.task == "triage.decision").build(REQUEST)
        assert ("triage.can.online" in _phrases(draft) or "`inet_ntop`" in str(draft)) is there


def test_the_density_of_a_zip_is_put_down_to_its_entries(tmp_path: Path) -> None:
    dense = {"is_packed": True, "entropy": 7.39}
    assert "yara_indicators.packed.zip" in _yara(tmp_path, "packed", magic_bytes="50 4B 03 04 14 00 08 08", **dense)
    assert "yara_indicators.packed.data" in _yara(tmp_path, "packed", magic_bytes="25 50 44 46 2D", **dense)


def test_the_name_of_one_build_is_told_as_that(tmp_path: Path) -> None:
    said = _yara(
        tmp_path, "material", unique_strings=[".gnu_debuglink", "7c6fda628ee40230c3d149235427bbc2f953a7.debug"]
    )
    assert "yara_indicators.material.build" in said
    assert "yara_indicators.material.poor" not in said
