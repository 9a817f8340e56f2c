"""What readers found wrong, each as a case of its own: the statement that was wrong, and the one in its place."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.reports.samples import FEATURES, METADATA
from threatflux_training.catalogue.load import load_catalogue
from threatflux_training.compose.content import Items, Say, say
from threatflux_training.compose.document import flatten
from threatflux_training.compose.value import Text
from threatflux_training.evidence.blocks import BLOCKS
from threatflux_training.evidence.string_kinds import is_code, kind_of
from threatflux_training.evidence.view import View
from threatflux_training.reports.load import load_files
from threatflux_training.tasks import (
    code_listing,
    compare,
    compare_facts,
    compare_imports,
    compare_use,
    coverage,
    disassembly_walk,
    imports,
    metadata,
    strings_messages,
    strings_paths,
    triage,
)
from threatflux_training.tasks.absence import asked_for
from threatflux_training.tasks.behavioral_basis import carriers, starts
from threatflux_training.tasks.compare_pair import Pair
from threatflux_training.tasks.disassembly_steps import Steps
from threatflux_training.tasks.file_facts import hardened
from threatflux_training.tasks.listing import Listing
from threatflux_training.tasks.model import Draft, Request, Show
from threatflux_training.tasks.sections_counts import tally
from threatflux_training.tasks.sections_table import Table
from threatflux_training.tasks.strings_build import build, build_of, glibc, versions_of
from threatflux_training.tasks.strings_facts import names_of_secrets, secrets_of
from threatflux_training.tasks.triage_case import Case
from threatflux_training.tokens import Counter

PERSONA = load_catalogue().personas[0]
REQUEST = Request(persona=PERSONA, length="medium", room=3_000, variant=0, key="k")
THREATS = {
    "matches": [], "threat_level": "Clean", "classifications": [], "indicators": [], "recommendations": [],
    "scan_stats": {"rules_evaluated": 10, "patterns_matched": 0, "file_size_scanned": 9, "scan_duration": {"secs": 0, "nanos": 1}},
}  # fmt: skip


def _view(folder: Path, path: str = "/usr/bin/tool", side: str = "", **features: Any) -> View:
    metadata = METADATA | {"file_path": path, "file_name": path.rpartition("/")[2], "file_size": 8_103}
    metadata |= {"mime_type": "application/x-elf", "permissions": "755"}
    report = {"file_path": path, **dict.fromkeys(FEATURES), "metadata": metadata, **features}
    folder.mkdir(exist_ok=True)
    (folder / "r.json").write_text(json.dumps(report))
    return View(load_files([str(folder)])[0][0], Counter("o200k_base"), BLOCKS, side)


def _phrases(draft: object) -> list[str]:
    assert isinstance(draft, Draft)
    return [one.phrase for one in flatten(draft.content) if isinstance(one, Say)]


def _offered(view: View, task: str, request: Request = REQUEST) -> Draft:
    made = next(one for one in triage.offers(view, None) if one.task == task).build(request)
    assert isinstance(made, Draft)
    return made


@pytest.mark.parametrize(
    ("texts", "first"),
    [
        (["GLIBC_2.2.5", "GLIBC_2.34"], "strings.glibc"),
        (["GLIBC_2.2.5", "GLIBC_ABI_DT_RELR"], "strings.glibc.relr"),
        (["GLIBC_2.38", "GLIBC_ABI_DT_RELR"], "strings.glibc"),
    ],
)
def test_packed_relocations_ask_for_more_than_the_numbers(tmp_path: Path, texts: list[str], first: str) -> None:
    listing = Listing(_view(tmp_path, strings=["main", *texts]))
    draft = glibc(listing, versions_of(listing), REQUEST)
    assert _phrases(draft)[0] == first
    if first.endswith("relr"):
        assert any(2 in show.only or (not show.only and show.stop is None) for show in draft.shows)


def test_a_name_that_reverses_what_follows_is_pointed_out(tmp_path: Path) -> None:
    for name, there in (("a\u202egnp.exe", True), ("agnp.exe", False)):
        view = _view(tmp_path, f"/opt/{name}", strings=["some text", "more text"], threats=THREATS)
        assert (_phrases(_offered(view, "triage.what"))[0] == "triage.what.disguised") is there


def test_a_decision_that_nothing_is_wrong_shows_what_the_rules_gave(tmp_path: Path) -> None:
    rated = _offered(_view(tmp_path, strings=["some text"], threats=THREATS), "triage.decision")
    assert "triage.lead.routine" in _phrases(rated)
    assert Show("threats") in rated.shows
    unrated = _offered(_view(tmp_path, strings=["some text"]), "triage.decision")
    assert "triage.lead.unrated" in _phrases(unrated)
    assert Show("features") in unrated.shows


def test_an_answer_to_a_call_says_nothing_of_what_the_call_left_out() -> None:
    kept, gap, again = say("answer", "hashes.give"), say("answer", "triage.gaps.some"), say("next", "triage.step.again")
    lead, step = say("answer", "triage.next.lead"), say("next", "triage.step.package")
    steps = Items("answer", lead, (step, again), frozenset(), numbered=True)
    assert asked_for([kept, gap, steps]) == [kept, Items("answer", lead, (step,), frozenset(), numbered=True)]
    assert asked_for([gap, Items("answer", lead, (again,), frozenset())]) == []


def test_a_bare_option_is_left_out_where_another_line_explains_it(tmp_path: Path) -> None:
    texts = [
        "--help",
        "-a, --all        show all",
        "      --help     display this help",
        "-v, --version    show the version",
    ]
    listing = Listing(_view(tmp_path, strings=["Usage: %s [OPTION]", *texts]))
    assert [listing.texts[index] for index in strings_messages.options_of(listing)] == texts[1:]


def test_nobody_runs_a_library(tmp_path: Path) -> None:
    for path, there in (("/usr/bin/tool", True), ("/usr/lib/libx.so.1.2", False), ("/usr/bin/tool.sober", True)):
        view = _view(tmp_path, path)
        assert view.file.kind == "elf"
        assert starts(view) is there


def test_a_mask_for_new_files_changes_no_rights(tmp_path: Path) -> None:
    lines = ["#!/bin/sh", "umask 077 && mkdir x", "umask 022; chmod 4755 /opt/tool"]
    found = [index for index, one in Case(_view(tmp_path, strings=lines)).readings if one.rule == "mode"]
    assert found == [2]


def test_a_private_version_is_a_version() -> None:
    assert [kind_of(text) for text in ("GLIBC_PRIVATE", "GLIBC_2.34", "MODE_PRIVATE")] == [
        "version",
        "version",
        "symbol",
    ]


@pytest.mark.parametrize(
    ("text", "there"), [("AWAVAUATUHc", True), ("AWAVAUATUH", True), ("HIDEx", False), ("setuid", False)]
)
def test_pushes_of_registers_are_no_names(text: str, there: bool) -> None:
    assert is_code(text) is there


@pytest.mark.parametrize(
    ("sizes", "codes", "phrase"),
    [
        ((9_000, 3_000), (800, 300), "compare.size.code"),
        ((9_000, 3_000), (6_000, 1_000), "compare.size.explains"),
        ((9_000, 3_000), (300, 800), "compare.size.other_code"),
        ((9_000, 9_000), (300, 800), "compare.size.unequal_code"),
    ],
)
def test_sizes_and_code_are_told_as_they_stand_to_each_other(
    tmp_path: Path, sizes: tuple[int, int], codes: tuple[int, int], phrase: str
) -> None:
    views = []
    for number, side in enumerate(("", "partner:")):
        text = {"name": ".text", "size": codes[number], "virtual_address": 4096, "characteristics": "6"}
        binary = {
            "format": "ELF", "architecture": "x86_64", "compiler": "GCC/GNU", "sections": [text], "imports": [], "exports": [],
            "entry_point": 4096, "is_stripped": True, "has_debug_info": False, "java_analysis": None,
        }  # fmt: skip
        path = f"/usr/bin/tool{number}"
        metadata = METADATA | {"file_path": path, "file_name": path[9:], "file_size": sizes[number]}
        views.append(_view(tmp_path / str(number), path, side, binary_info=binary, metadata=metadata))
    fact = compare_facts.size(Pair(*views))
    assert fact is not None
    assert phrase in [one.phrase for one in fact.said if isinstance(one, Say)]


LOADER = ["--library-path", "/etc/ld.so.cache", "LD_LIBRARY_PATH"]
ELF = {"format": "ELF", "architecture": "x86_64", "sections": [], "imports": ["libc.so.6"], "exports": []}


def test_the_loader_is_known_by_its_name_and_its_strings(tmp_path: Path) -> None:
    for path, there in (("/lib64/ld-linux-x86-64.so.2", True), ("/lib64/libldap.so.2", False)):
        view = _view(tmp_path, path, strings=LOADER, binary_info=ELF)
        assert ("purpose.loader" in _phrases(_offered(view, "triage.what"))) is there


def test_a_program_and_the_loader_that_it_asks_for_meet(tmp_path: Path) -> None:
    program = _view(tmp_path / "a", strings=["/lib64/ld-linux-x86-64.so.2", "text of it"], binary_info=ELF)
    for name, bond in (("ld-linux-x86-64.so.2", "loader"), ("libx.so.2", "roles")):
        facts = {
            "file_path": f"/lib/{name}",
            "file_name": name,
            "modified": "2020-01-01T00:00:00Z",
            "hashes": {"sha256": "0" * 64},
        }
        other = _view(
            tmp_path / "b",
            f"/lib/{name}",
            "partner:",
            strings=["b", "c"],
            binary_info=ELF,
            metadata=METADATA | facts,
            hashes=facts["hashes"],
        )
        made = next(one for one in compare.offers(program, other) if one.task == "compare.relation").build(REQUEST)
        assert _phrases(made)[0] == f"compare.relation.{bond}"


def test_what_one_file_adds_is_told_of_that_file_alone(tmp_path: Path) -> None:
    names = (["socket", "connect", "free", "exit"], ["opendir", "readdir", "free", "exit"])
    views = [
        _view(
            tmp_path / side,
            f"/usr/bin/{side}",
            "partner:" * place,
            symbols={"imports": [{"name": one} for one in found]},
        )
        for place, (side, found) in enumerate(zip("ab", names, strict=True))
    ]
    fact = compare_imports.adds(Pair(views[0], views[1]), "answer")
    assert fact is not None
    first = fact.said[0]
    assert isinstance(first, Say)
    assert (first.phrase, first.role) == ("compare.imports.alone", "answer")
    assert isinstance(listed := first.slots["list"], Text)
    assert "socket" in listed.text
    assert "opendir" not in listed.text


def test_a_type_that_stands_for_no_format_ties_nothing(tmp_path: Path) -> None:
    for mime, phrase in (("application/octet-stream", "unknown"), ("application/pdf", "same")):
        sides = [
            _view(tmp_path / side, f"/d/{side}", "partner:" * place, metadata=METADATA | {"mime_type": mime})
            for place, side in enumerate("ab")
        ]
        fact = compare_facts.kinds(Pair(*sides))
        assert fact is not None
        assert _phrases(Draft(slots={}, shows=(), content=fact.said))[0].startswith(f"compare.kinds.{phrase}")


def test_times_of_one_moment_are_told_once_and_not_in_a_list(tmp_path: Path) -> None:
    moment = dict.fromkeys(("created", "modified", "accessed"), "2026-11-23T07:12:01.5Z")
    for accessed, phrase in (("2026-11-23T07:12:01.9Z", ".once"), ("2026-11-23T08:00:00Z", "")):
        view = _view(tmp_path, metadata=METADATA | moment | {"accessed": accessed})
        draft = next(one for one in metadata.offers(view, None) if one.task == "metadata.timeline").build(REQUEST)
        assert isinstance(draft, Draft)
        assert f"metadata.timeline.read{phrase}" in _phrases(draft)
        assert not [one for one in flatten(draft.content) if isinstance(one, Items)]


def test_a_decision_over_one_rule_says_what_the_rule_rests_on_and_what_settles_it(tmp_path: Path) -> None:
    behavior = dict.fromkeys(("anti_analysis", "persistence", "file_operations", "process_operations"), [])
    network = [{"pattern_type": "CommandAndControl", "severity": "High", "indicators": ["https://"], "protocols": []}]
    view = _view(
        tmp_path, strings=["some text"], behavioral=behavior | {"network_behavior": network, "evasion_score": 0.0}
    )
    said = [one for one in flatten(_offered(view, "triage.decision").content) if isinstance(one, Say)]
    answers = [one.phrase for one in said if one.role == "answer"]
    assert "triage.rule.CommandAndControl" in answers
    assert "triage.rules.one" not in [one.phrase for one in said]


def test_a_part_of_a_list_is_called_one(tmp_path: Path) -> None:
    for amount, form in ((7, "part"), (6, "many")):
        texts = [f"cannot handle entry number {'abcdefg'[number]}: %s" for number in range(amount)]
        listing = Listing(_view(tmp_path, strings=["printf", *texts]))
        draft = strings_messages.formats(listing, strings_messages.formats_of(listing), REQUEST)
        leads = [one.lead.phrase for one in flatten(draft.content) if isinstance(one, Items)]
        assert leads == [f"strings.formats.{form}"]


def test_all_names_of_credentials_on_a_line_are_told(tmp_path: Path) -> None:
    listing = Listing(_view(tmp_path, strings=["#!/bin/sh", "export FIRST_TOKEN=a1b2c3d4e5 SECOND_PASSWORD=Zz9Yy8Xx7"]))
    names = names_of_secrets(listing, secrets_of(listing)).text
    assert "FIRST_TOKEN" in names
    assert "SECOND_PASSWORD" in names


def test_the_other_path_of_a_report_is_told(tmp_path: Path) -> None:
    moved = METADATA | {"file_path": "/opt/b/other", "file_name": "other"}
    view = _view(tmp_path, "/opt/a/one", strings=["some text"], metadata=moved)
    assert "triage.what.elsewhere" in _phrases(_offered(view, "triage.what"))
    assert "triage.what.elsewhere" not in _phrases(_offered(_view(tmp_path, strings=["text"]), "triage.what"))


@pytest.mark.parametrize(
    ("needed", "other", "phrase"),
    [
        ("libz.so.1", "/usr/lib/libz.so.1.3", "compare.use.needs"),
        ("libz.so.1", "/usr/lib/libz.so.1", "compare.use.named"),
        ("libz.so.1", "/usr/lib/libz.so.12", None),
        ("libpam.so.0", "/usr/lib/security/pam_env.so", "compare.use.pam"),
        ("libc.so.6", "/usr/lib/security/pam_env.so", None),
    ],
)
def test_who_uses_whom_is_told(tmp_path: Path, needed: str, other: str, phrase: str | None) -> None:
    program = _view(tmp_path / "a", "/usr/bin/tool", binary_info=ELF | {"imports": ["libm.so.6", needed]})
    fact = compare_use.use(Pair(program, _view(tmp_path / "b", other, "partner:", binary_info=ELF)))
    assert (fact.said[0].phrase if fact is not None and isinstance(fact.said[0], Say) else None) == phrase


def test_libraries_are_named_among_the_functions_of_a_program(tmp_path: Path) -> None:
    names = [
        "connect",
        "fopen",
        "opendir",
        "pcap_close",
        "pcap_loop",
        "readdir",
        "socket",
        "unheard_of",
        "blkid_evaluate_tag",
    ]
    view = _view(tmp_path, symbols={"imports": [{"name": one} for one in names]})
    draft = next(one for one in imports.offers(view, None) if one.task == "imports.purpose").build(REQUEST)
    assert isinstance(draft, Draft)
    entries = [one for part in draft.content if isinstance(part, Items) for one in part.items if isinstance(one, Say)]
    found = {
        one.slots["library"].text: one.slots["list"].text
        for one in entries
        if isinstance(one.slots.get("library"), Text) and isinstance(one.slots["list"], Text)
    }
    assert found == {"libblkid": "`blkid_evaluate_tag`", "libpcap": "`pcap_close` and `pcap_loop`"}
    others = [one.slots["list"] for one in entries if one.phrase == "imports.purpose.other"]
    assert [one.text for one in others if isinstance(one, Text)] == ["`unheard_of`"]


@pytest.mark.parametrize(("size", "phrase"), [(24, "sections.tally.got_plt.reserved"), (32, "sections.tally.got_plt")])
def test_reserved_slots_serve_no_call(tmp_path: Path, size: int, phrase: str) -> None:
    slots = {"name": ".got.plt", "size": size, "virtual_address": 4096, "characteristics": "3"}
    view = _view(tmp_path, binary_info=ELF | {"sections": [slots]})
    assert view.file.binary_info is not None
    said = tally(Table(view, view.file.binary_info), 0)
    assert said is not None
    assert said.phrase == phrase


@pytest.mark.parametrize(
    ("address", "phrase"),
    [
        ("http://www.w3.org/XML/1998/namespace", "behavioral.control.namespace"),
        ("http://www.gnu.org/gethelp/", "behavioral.control.reading"),
    ],
)
def test_a_name_of_a_vocabulary_is_no_page_for_readers(tmp_path: Path, address: str, phrase: str) -> None:
    label = {"pattern_type": "CommandAndControl", "indicators": ["http://"], "protocols": [], "ports": [],
             "confidence": 0.5, "description": "text"}  # fmt: skip
    found = FEATURES["behavioral"] | {"network_behavior": [label]}
    view = _view(tmp_path, strings=[address], behavioral=found)
    assert view.file.behavioral is not None
    said, _ = carriers(view, view.file.behavioral.network_behavior[0], 3_000)
    assert phrase in [one.phrase for one in said if isinstance(one, Say)]


def test_forms_of_a_function_are_not_told_apart(tmp_path: Path) -> None:
    both = ["__printf_chk", "fstat64", "puts"], ["printf", "fstat", "fputs_unlocked", "puts", "opendir"]
    views = [
        _view(
            tmp_path / side,
            f"/usr/bin/{side}",
            "partner:" * place,
            symbols={"imports": [{"name": one} for one in names]},
        )
        for place, (side, names) in enumerate(zip("ab", both, strict=True))
    ]
    fact = compare_imports.imports(Pair(views[0], views[1]), "answer")
    assert fact is not None
    lists = [one.slots["list"] for one in fact.said if isinstance(one, Say) and one.phrase == "compare.imports.alone"]
    alone = " ".join(one.text for one in lists if isinstance(one, Text))
    assert "opendir" in alone
    assert not [name for name in ("printf", "fstat", "__printf_chk") if name in alone]


def test_what_an_empty_file_lacks_follows_from_its_size(tmp_path: Path) -> None:
    for size, there in ((0, True), (9, False)):
        view = _view(tmp_path / str(size), "/d/x", metadata=METADATA | {"file_size": size, "mime_type": "text/plain"})
        draft = coverage.missing(view, REQUEST, "binary_info")
        assert ("coverage.empty" in _phrases(draft)) is there


@pytest.mark.parametrize(
    ("lines", "phrase", "reads", "writes"),
    [
        (
            ("mov rax, qword ptr [rdi]", "mov qword ptr [rsi], rax", "mov dword ptr [rsi + 8], 0", "ret"),
            "both",
            [1],
            [2],
        ),
        (("mov rax, qword ptr [rsi + 8]", "add rax, qword ptr [rdi]", "nop", "ret"), "reads", [1, 2], []),
        (("cmp dword ptr [rdi], 1", "sete al", "movzx eax, al", "ret"), "reads", [1], []),
        (("lea rax, [rdi + 8]", "xor edx, edx", "nop", "ret"), None, [], []),
        (("mov rax, qword ptr [rdi]", "call 0x2000", "nop", "ret"), None, [], []),
    ],
)
def test_what_a_leaf_does_with_its_pointers_is_told(
    tmp_path: Path, lines: tuple[str, ...], phrase: str | None, reads: list[int], writes: list[int]
) -> None:
    code = [
        {
            "address": 0x1000 + 4 * place,
            "mnemonic": line.partition(" ")[0],
            "operands": line.partition(" ")[2],
            "size": 4,
        }
        for place, line in enumerate(lines)
    ]
    symbols = {"functions": [{"name": "leaf", "address": 0x1000, "size": 4 * len(code), "is_imported": False}]}
    found = FEATURES["disassembly"] | {"instructions": code}
    listing = code_listing.Listing(_view(tmp_path, symbols=symbols, disassembly=found, binary_info=ELF))
    scope = listing.scope(0x1000)
    steps = Steps(listing, scope, code_listing.begun(listing, scope, REQUEST))
    said = disassembly_walk.through(steps, {})
    assert [one.phrase for one in said] == ([f"disassembly.walk.through.{phrase}"] if phrase else [])
    for name, numbers in (("reads", reads), ("writes", writes)):
        given = said[0].slots.get(name, ()) if said else ()
        assert [one.phrase for one in given if isinstance(one, Say)] == [f"code.argument.{one}" for one in numbers]


@pytest.mark.parametrize(
    ("text", "stores"),
    [("%d items%n", True), ("%s%hn", True), ("%name of %d", False), ("at %H:%M%n", False), ("%n  name", False), ("%%n", False)],
)  # fmt: skip
def test_only_a_template_of_printf_stores(text: str, stores: bool) -> None:
    assert strings_messages._stores(text) is stores


def test_the_c_library_needs_no_version_of_itself(tmp_path: Path) -> None:
    for path, needs in (("/lib/x86_64-linux-gnu/libm.so.6", False), ("/usr/lib/libmount.so.1", True)):
        listing = Listing(_view(tmp_path, path, strings=["main", "GLIBC_2.2.5", "GLIBC_2.34"]))
        assert bool(versions_of(listing)) is needs


def test_paths_stand_for_what_they_are() -> None:
    kinds = {
        "/etc/passwd": "accounts", "/etc/sudoers": "config", "/etc/group": "accounts", "/etc/groups.conf": "config",
        "/dev/tty": "device", "/dev/shm/x": "", "/dev/fd/%d": "", "/var/log/x": "state", "/var/www/html": "", "/run/x": "state",
    }  # fmt: skip
    for path, kind in kinds.items():
        found = [name for name, pattern, _ in strings_paths._PLACES if pattern.match(path)]
        assert found == ([kind] if kind else []), path


def test_a_part_of_the_paths_is_called_one(tmp_path: Path) -> None:
    for amount, form in ((9, "part"), (8, "many")):
        listing = Listing(_view(tmp_path, strings=[f"/etc/demo/{'abcdefghi'[number] * 3}" for number in range(amount)]))
        draft = strings_paths.build(listing, strings_paths.found_in(listing), REQUEST)
        leads = [one.lead.phrase for one in flatten(draft.content) if isinstance(one, Items)]
        assert leads == [f"strings.paths.{form}"]


@pytest.mark.parametrize(("stripped", "section"), [(True, ".text"), (False, ".gnu_debuglink")])
def test_marks_of_the_build_are_those_of_the_file_itself(tmp_path: Path, stripped: bool, section: str) -> None:
    sections = [{"name": section, "size": 8, "virtual_address": 0, "characteristics": "0"}]
    binary = FEATURES["binary_info"] | {"is_stripped": stripped, "sections": sections}
    texts = ["GCC: (Debian) 12.2", ".symtab", ".strtab", "%s.debug", f"{'0123456789abcdef' * 3:.38}.debug"]
    listing = Listing(_view(tmp_path, strings=texts, binary_info=binary))
    said = _phrases(build(listing, build_of(listing), REQUEST))
    assert ("strings.build.unstripped" in said) is not stripped
    assert ("strings.build.link" in said) is not stripped


@pytest.mark.parametrize(
    ("path", "imported", "said"),
    [
        ("/usr/bin/tool", ["__stack_chk_fail"], True),
        ("/usr/bin/checksec", ["free"], False),
        ("/usr/bin/tool", None, True),
        ("/usr/lib/libc.so.6", None, False),
    ],
)
def test_a_guard_is_compiled_in_where_it_is_imported(
    tmp_path: Path, path: str, imported: list[str] | None, said: bool
) -> None:
    symbols = None if imported is None else {"functions": [], "imports": [{"name": name} for name in imported]}
    view = _view(tmp_path, path, strings=["__stack_chk_fail", "some text"], symbols=symbols)
    assert bool(hardened(view, 1_000)[0]) is said
