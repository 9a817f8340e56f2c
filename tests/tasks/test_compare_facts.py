"""Each fact of a comparison is said as firmly as the two reports bear it."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.reports.samples import FEATURES, METADATA, NPM
from threatflux_training.catalogue.load import load_catalogue
from threatflux_training.compose.content import Items, Say
from threatflux_training.compose.document import flatten
from threatflux_training.compose.value import Text
from threatflux_training.evidence.blocks import BLOCKS
from threatflux_training.evidence.string_kinds import is_reference
from threatflux_training.evidence.view import View
from threatflux_training.reports.load import load_files
from threatflux_training.tasks import (
    compare,
    compare_build,
    compare_code,
    compare_facts,
    compare_findings,
    compare_imports,
    compare_purpose,
)
from threatflux_training.tasks.compare_pair import Fact, Pair, named
from threatflux_training.tasks.model import Draft, Request
from threatflux_training.tokens import Counter

REQUEST = Request(persona=load_catalogue().personas[0], length="medium", room=3_000, variant=0, key="k")
ELF = {"format": "ELF", "architecture": "x86_64", "sections": [], "imports": [], "exports": []}
STAMP, LATER, DAYS = "2024-04-05T14:36:02Z", "2024-04-05T14:36:03Z", "2024-04-09T14:36:02Z"
DWZ = "/usr/lib/debug/.dwz/x86_64-linux-gnu/{}.debug"
NOTES = ["text", "more", "again", "last"]
"""Strings too short to tell anything."""


def _view(folder: Path, path: str, side: str, features: dict[str, Any]) -> View:
    features = dict(features)
    facts = {"file_size": 8_103, "permissions": "755"} | features.pop("metadata", {})
    metadata = METADATA | {"file_path": path, "file_name": path.rpartition("/")[2]} | facts
    report = {"file_path": path, **dict.fromkeys(FEATURES), "metadata": metadata, **features}
    folder.mkdir(exist_ok=True)
    (folder / "r.json").write_text(json.dumps(report))
    return View(load_files([str(folder)])[0][0], Counter("o200k_base"), BLOCKS, side)


def _pair(
    tmp_path: Path, first: dict[str, Any], second: dict[str, Any], paths: tuple[str, str] = ("/usr/bin/a", "/usr/bin/b")
) -> Pair:
    return Pair(_view(tmp_path / "a", paths[0], "", first), _view(tmp_path / "b", paths[1], "partner:", second))


def _phrases(fact: Fact | None) -> list[str]:
    return [one.phrase for one in fact.said if isinstance(one, Say)] if fact is not None else []


def _built(modified: str, *strings: str, **binary: Any) -> dict[str, Any]:
    return {"metadata": {"modified": modified}, "strings": [*strings, *NOTES], "binary_info": ELF | binary}


@pytest.mark.parametrize(
    ("first", "second", "form"),
    [
        (_built(STAMP), _built(STAMP), "likely"),
        (_built(STAMP), _built(LATER), "platform"),
        (_built(STAMP), _built(DAYS), "unlikely"),
        (_built(STAMP, DWZ.format("a")), _built(STAMP, DWZ.format("b")), "platform"),
        (_built(STAMP, DWZ.format("a")), _built(DAYS, DWZ.format("a")), "platform"),
        (_built(STAMP, "GCC: (GNU) 1"), _built(STAMP, "GCC: (GNU) 2"), "platform"),
        (_built("1970-01-01T00:00:01Z"), _built("1970-01-01T00:00:01Z"), "platform"),
        (_built("2024-04-05T00:00:00Z"), _built(DAYS), "platform"),
    ],
)
def test_times_speak_for_or_against_one_build_only_where_nothing_contradicts(
    tmp_path: Path, first: dict[str, Any], second: dict[str, Any], form: str
) -> None:
    assert _phrases(compare_build.build(_pair(tmp_path, first, second), "answer"))[0] == f"compare.build.{form}"


def test_unknown_machines_are_not_one_machine(tmp_path: Path) -> None:
    unknown = _built(STAMP, architecture="Unknown")
    assert compare_build.build(_pair(tmp_path, unknown, unknown)) is None


def test_what_the_c_library_defines_is_no_need_of_it(tmp_path: Path) -> None:
    sides = _built(STAMP, "GLIBC_2.2.5", "GLIBC_2.34"), _built(STAMP, "GLIBC_2.2.5", "GLIBC_2.38")
    for path, there in (("/usr/lib/libz.so.1", True), ("/usr/lib/libc.so.6", False), ("/usr/lib/ld-2.31.so", False)):
        said = _phrases(compare_build.build(_pair(tmp_path, *sides, ("/usr/bin/a", path))))
        assert ("compare.build.libc_differ" in said) is there


@pytest.mark.parametrize(
    ("paths", "strings", "form", "end"),
    [
        (("/usr/bin/a", "/usr/bin/b"), [], "build", "likely"),
        (("/home/x/a", "/tmp/b"), [], "moment", "job"),
    ],
)
def test_a_common_moment_makes_one_package_only_where_packages_install(
    tmp_path: Path, paths: tuple[str, str], strings: list[str], form: str, end: str
) -> None:
    pair = _pair(tmp_path, _built(STAMP, *strings), _built(STAMP, *strings), paths)
    bond, _, found = compare._bond(pair)
    assert (bond.phrase, found) == (f"compare.relation.{form}", form)
    assert [one.phrase for one in compare._close(pair, found)] == [f"compare.relation.{end}"]


@pytest.mark.parametrize(
    ("text", "form", "worth"),
    [
        ("Report bugs to <bug-tool@gnu.org>", "project", "contact"),
        ("https://tool.example.invalid/home", "project", "link"),
        ("General help: see <https://www.gnu.org/gethelp/>", "platform", "stock"),
        ("http://www.w3.org/2000/svg", "platform", "stock"),
        ("    print $out frobnicate($first, $second) {", "platform", "text"),
    ],
)
def test_addresses_that_everybody_quotes_tie_nothing(tmp_path: Path, text: str, form: str, worth: str) -> None:
    pair = _pair(tmp_path, _built(STAMP, text), _built(DAYS, text))
    bond, _, found = compare._bond(pair)
    assert found == form
    assert f"compare.strings.{worth}" in _phrases(compare_code.strings(pair))


def test_a_contact_at_a_project_is_no_reference() -> None:
    assert not is_reference("bug-coreutils@gnu.org")
    assert not is_reference("https://www.gnu.org/software/coreutils/")
    assert is_reference("<https://gnu.org/licenses/gpl.html>")


def test_a_text_is_missing_in_the_other_only_where_its_list_is_complete(tmp_path: Path) -> None:
    own = _built(STAMP, "cannot frobnicate the widget")
    for strings, phrase in ((["cannot open the drawer"], "own"), ([f"text {n}" for n in range(1_000)], "own.seen")):
        said = compare_code.strings(_pair(tmp_path, own | {"strings": [*own["strings"], "shared http://x.invalid/y"]},
                                          _built(DAYS, "shared http://x.invalid/y", *strings)))  # fmt: skip
        assert f"compare.strings.{phrase}" in _phrases(said)


def _signed(*, yes: bool) -> dict[str, Any]:
    return {"signatures": {"is_signed": yes, "verification_status": "Valid" if yes else "No signature found"}}


def test_a_missing_signature_is_excused_only_where_one_is_missing(tmp_path: Path) -> None:
    both = _phrases(compare_facts.signed(_pair(tmp_path, _signed(yes=True), _signed(yes=True))))
    assert not [one for one in both if one.startswith("compare.signed.limit")]
    windows = _signed(yes=False) | {"binary_info": ELF | {"format": "PE"}}
    said = _phrases(compare_facts.signed(_pair(tmp_path, windows, windows, ("/home/x/a.exe", "/home/x/b.exe"))))
    assert said[1:] == ["compare.signed.limit.any"]
    assert "compare.signed.verify" in _phrases(
        compare_facts.signed(_pair(tmp_path, _signed(yes=False), _signed(yes=True)))
    )


def test_equal_code_does_not_differ(tmp_path: Path) -> None:
    text = {"name": ".text", "size": 300, "virtual_address": 4096, "characteristics": "6"}
    sides = [_built(STAMP, sections=[text]) | {"metadata": {"file_size": size}} for size in (9_000, 3_000)]
    assert "compare.size.same_code" in _phrases(compare_facts.size(_pair(tmp_path, *sides)))


@pytest.mark.parametrize(("shared", "means"), [("libm.so.6", "common"), ("libgtk-3.so.0", "alike")])
def test_rare_libraries_are_a_tie(tmp_path: Path, shared: str, means: str) -> None:
    needs = ["libc.so.6", shared]
    pair = _pair(tmp_path, _built(STAMP, imports=needs), _built(DAYS, imports=needs))
    assert f"compare.libraries.{means}" in _phrases(compare_code.libraries(pair))
    bond, _, form = compare._bond(pair)
    assert (bond.phrase, form) == (
        "compare.relation.platform" if means == "common" else "compare.relation.needs",
        "platform",
    )


def test_a_long_list_says_that_there_are_others() -> None:
    texts = [Text(letter) for letter in "abcd"]
    assert [named(texts, most).text for most in (2, 3, 4)] == ["a, b and others", "a, b, c and d", "a, b, c and d"]


def _importing(*names: str) -> dict[str, Any]:
    return {"symbols": {"imports": [{"name": one} for one in names]}}


def test_equal_and_disjoint_imports_have_a_meaning_of_their_own(tmp_path: Path) -> None:
    files = ["opendir", "readdir", "mkdir", "rmdir", "chdir", "fchdir"]
    for other, form in ((files, ".equal"), (["socket", "connect", "bind"], ".none"), ([*files, "socket"], "")):
        said = _phrases(compare_imports.imports(_pair(tmp_path, _importing(*files), _importing(*other)), "answer"))
        assert f"compare.imports.meaning{form}" in said
        assert ("compare.imports.together.some" in said) is (form != ".none")


def _sectioned(kind: str, *names: str) -> dict[str, Any]:
    sections = [{"name": one, "size": 9, "virtual_address": 0, "characteristics": "2"} for one in (".a", ".b", *names)]
    return {"binary_info": ELF | {"format": kind, "sections": sections}}


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        (("ELF", ".tdata"), ("ELF", ".text"), True),
        (("ELF", ".tdata"), ("ELF", ".tbss"), False),
        (("ELF", ".tdata"), ("PE", ".text"), False),
    ],
)
def test_a_kind_of_section_is_told_where_the_other_has_none_of_it(
    tmp_path: Path, first: tuple[str, ...], second: tuple[str, ...], told: bool
) -> None:
    said = _phrases(compare_code.sections(_pair(tmp_path, _sectioned(*first), _sectioned(*second))))
    assert ("compare.sections.threads" in said) is told


def test_a_time_that_tools_write_ties_nothing(tmp_path: Path) -> None:
    for stamp, phrase in ((STAMP, "build"), ("1980-01-01T00:00:00Z", "fixed"), ("2024-04-05T00:00:00Z", "fixed")):
        said = _phrases(compare_facts.times(_pair(tmp_path, _built(stamp), _built(stamp))))
        assert said[1] == f"compare.times.{phrase}"


@pytest.mark.parametrize(
    ("paths", "second", "phrase"),
    [
        (("/usr/bin/a", "/usr/bin/b"), {"permissions": "644"}, "compare.access.run"),
        (("/usr/bin/a", "/usr/bin/b"), {"owner_uid": 1000}, "compare.access.owners"),
        (("/usr/bin/a", "/tmp/b"), {}, "compare.places"),
    ],
)
def test_a_different_standing_belongs_to_the_relation(
    tmp_path: Path, paths: tuple[str, str], second: dict[str, Any], phrase: str
) -> None:
    first, other = _built(STAMP), _built(DAYS)
    pair = _pair(tmp_path, first, other | {"metadata": other["metadata"] | second}, paths)
    for build in (compare._relation, compare._report):
        draft = build(pair, REQUEST)
        assert isinstance(draft, Draft)
        assert phrase in [one.phrase for one in flatten(draft.content) if isinstance(one, Say) and one.role == "answer"]


@pytest.mark.parametrize("size", [0, 1])
def test_a_file_of_a_byte_is_too_short_for_a_tie(tmp_path: Path, size: int) -> None:
    project = _built(STAMP, DWZ.format("a"), "Full documentation of tool in https://tool.invalid/doc", "tool 1.2.3")
    short = {"metadata": {"file_size": size, "modified": DAYS}, "strings": []}
    draft = compare._relation(_pair(tmp_path, project, short), REQUEST)
    assert isinstance(draft, Draft)
    said = [one.phrase for one in flatten(draft.content) if isinstance(one, Say)]
    assert said[0] == "compare.relation.tiny"
    assert "compare.owners.one" not in said


def test_a_reply_and_the_answer_after_it_say_the_verdict_once() -> None:
    catalogue = load_catalogue()
    verdicts = ("No tie", "Nothing here ties", "Nothing visible", "I see no tie")
    for form in (form for found in catalogue.questions.values() for form in found):
        for phrase, reply in form.question.replies.items():
            if reply == "no_tie":
                texts = [one.parts[0] for found in catalogue.phrases[phrase].variants.values() for one in found]
                assert not [text for text in texts if text.startswith(verdicts)], form.question.id


@pytest.mark.parametrize(("version", "form"), [("2.3.3", "same"), ("2.4.0", "versions")])
def test_packages_of_one_version_are_not_different_versions(tmp_path: Path, version: str, form: str) -> None:
    views = []
    for side, found in (("", "2.3.3"), ("partner:", version)):
        info = NPM["package_info"] | {"version": found}
        (folder := tmp_path / f"p{side}").mkdir()
        (folder / "r.json").write_text(json.dumps(NPM | {"package_info": info}))
        views.append(View(load_files([str(folder)])[0][0], Counter("o200k_base"), BLOCKS, side))
    assert _phrases(compare_findings.packages(Pair(*views), "answer"))[0] == f"compare.packages.{form}"


@pytest.mark.parametrize(("more", "lead"), [((), ""), (("lseek",), ".some"), (("odd_one",), ".some")])
def test_a_list_of_what_one_imports_is_a_selection_where_names_are_left_out(
    tmp_path: Path, more: tuple[str, ...], lead: str
) -> None:
    base, own = ("free", "malloc", "exit"), ("fopen", "connect", "fork")
    pair = _pair(tmp_path, _importing(*base, *own, *more), _importing(*base))
    fact = compare_imports.adds(pair, "answer", long=True)
    assert fact is not None
    assert [one.lead.phrase for one in fact.said if isinstance(one, Items)] == [f"compare.imports.lead{lead}"]


def test_files_that_no_loader_takes_together_are_said_to_be_so(tmp_path: Path) -> None:
    program, library = _built(STAMP, compiler="GCC/GNU"), _built(LATER, format="PE", compiler="MinGW/GCC")
    pair = _pair(tmp_path, program, library)
    said = _phrases(compare_build.build(pair))
    assert said[1:3] == ["compare.build.foreign", "compare.build.compilers"]
    assert "compare.build.limit" not in said
    draft = compare._relation(pair, REQUEST)
    assert draft is not None
    answers = [one for one in flatten(draft.content) if isinstance(one, Say) and one.role == "answer"]
    assert "compare.build.foreign" in [one.phrase for one in answers]
    java = _pair(tmp_path, program, _built(LATER, format="Java Class"))
    assert "compare.build.foreign" not in _phrases(compare_build.build(java))


MIMES = ("application/octet-stream", "application/x-elf", "text/x-shellscript")


@pytest.mark.parametrize(
    ("types", "lines", "said"),
    [
        (MIMES[:2], ("x", "x"), "half"),
        ((MIMES[2], MIMES[2]), ("#!/usr/bin/perl -w", "#!/usr/bin/env python3"), "languages"),
        ((MIMES[2], MIMES[2]), ("#!/bin/sh", "#!/bin/bash"), "script"),
        ((MIMES[2], MIMES[2]), ("#!/usr/bin/perl", "text"), "script"),
    ],
)
def test_a_type_names_a_kind_only_where_one_was_recognized(
    tmp_path: Path, types: tuple[str, str], lines: tuple[str, str], said: str
) -> None:
    sides = [
        {"metadata": {"mime_type": mime, "modified": time}, "strings": [line, *NOTES]}
        for mime, line, time in zip(types, lines, (STAMP, DAYS), strict=True)
    ]
    bond, _, _ = compare._bond(_pair(tmp_path, sides[0], sides[1]))
    assert bond.phrase == f"compare.relation.{said}"


@pytest.mark.parametrize(("small", "form"), [(1, "tiny"), (4_000, "ratio")])
def test_no_ratio_is_given_to_next_to_nothing(tmp_path: Path, small: int, form: str) -> None:
    sides = [{"metadata": {"file_size": size}} for size in (35_136, small)]
    said = _phrases(compare_facts.size(_pair(tmp_path, sides[0], sides[1]), "answer"))
    assert said[0] == f"compare.size.{form}"


@pytest.mark.parametrize(
    ("paths", "phrases"),
    [
        (("/usr/bin/ssh-keygen", "/usr/bin/ssh-add"), ["compare.known"]),
        (("/usr/bin/md5sum", "/bin/md5sum"), ["compare.known.same"]),
        (("/usr/bin/ssh-keygen", "/home/a/ssh-add"), ["compare.known.one"]),
        (("/tmp/ssh-keygen", "/home/a/ssh-add"), []),
    ],
)
def test_well_known_files_are_told_by_name_and_place(
    tmp_path: Path, paths: tuple[str, str], phrases: list[str]
) -> None:
    program = {"binary_info": ELF | {"entry_point": 64}}
    assert _phrases(compare_purpose.purpose(_pair(tmp_path, program, program, paths))) == phrases


@pytest.mark.parametrize(
    ("level", "indicators", "phrases"),
    [
        ("Medium", ["http://", "base64"], ["compare.findings.level", "compare.findings.basis.both"]),
        ("High", ["https://", "base64"], ["compare.findings.basis.one"]),
        ("High", ["https://"], []),
    ],
)
def test_a_label_of_both_is_told_apart_by_level_and_basis(
    tmp_path: Path, level: str, indicators: list[str], phrases: list[str]
) -> None:
    def found(level: str, indicators: list[str]) -> dict[str, Any]:
        label = {"pattern_type": "CommandAndControl", "suspicious_level": level, "protocols": [], "ports": []}
        quiet = {name: [] for name in ("anti_analysis", "persistence", "suspicious_behaviors")}
        network = {"network_behavior": [label | {"indicators": indicators}]}
        return {"behavioral": FEATURES["behavioral"] | quiet | network}

    pair = _pair(tmp_path, found(level, indicators), found("High", ["https://"]))
    said = _phrases(compare_findings.findings(pair, "answer"))
    assert said[0] == "compare.findings.same"
    assert [one for one in said if one.startswith(("compare.findings.level", "compare.findings.basis"))] == phrases
