"""What a file is for: the strongest evidence first, quoted, and with the lines that show it."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import SAMPLES
from tests.reports.samples import FEATURES, METADATA
from threatflux_training.catalogue.load import load_catalogue
from threatflux_training.compose.content import Say
from threatflux_training.compose.realise import Realiser
from threatflux_training.evidence.blocks import BLOCKS
from threatflux_training.evidence.view import View
from threatflux_training.reports.load import load_files
from threatflux_training.tasks import metadata, purpose, triage
from threatflux_training.tasks.model import Draft, Request
from threatflux_training.tasks.purpose_script import language
from threatflux_training.tasks.triage_case import Case
from threatflux_training.tokens import Counter

UPDATER = [
    "#!/usr/bin/env python3",
    "import base64, os, socket, subprocess, sys, urllib.request",
    'PAYLOAD = base64.b64decode("cHJpbnQoJ2hlbGxvJyk=")',
    'def check(url="http://198.51.100.23/manifest.json"):',
    "    with urllib.request.urlopen(url, timeout=5) as r: return r.read()",
    'def persist(): subprocess.run(["crontab", "-"], input=b"@reboot /usr/bin/python3 %s\\n" % os.path.abspath(__file__).encode())',
    'if __name__ == "__main__": exec(PAYLOAD); print(socket.gethostname(), len(check()))',
]


def _view(folder: Path, path: str, **features: Any) -> View:
    found = METADATA | {"file_path": path, "file_name": path.rpartition("/")[2], "file_size": 4650}
    found |= {"mime_type": features.pop("mime", "application/x-elf"), "permissions": "755"}
    (folder / "r.json").write_text(
        json.dumps({"file_path": path, **dict.fromkeys(FEATURES), "metadata": found, **features})
    )
    return View(load_files([str(folder)])[0][0], Counter("o200k_base"), BLOCKS)


def _request(persona: str) -> Request:
    reader = next(one for one in load_catalogue().personas if one.id == persona)
    return Request(persona=reader, length="medium", room=2_000, variant=0, key="k")


def _words(said: Say, register: str = "working") -> str:
    return Realiser(load_catalogue(), register, "k").sentence(said).text  # type: ignore[arg-type]


def _answers(draft: object) -> list[str]:
    assert isinstance(draft, Draft)
    return [one.phrase for one in draft.content if isinstance(one, Say) and one.role == "answer"]


def test_a_short_script_that_hands_over_says_to_which_program(tmp_path: Path) -> None:
    lines = ["#!/bin/sh", "# Convert PostScript to PDF.", 'ps2pdf="ps2pdf14"', 'exec "$ps2pdf" "$@"']
    clues = purpose.clues(_view(tmp_path, "/usr/bin/ps2pdf", strings=lines, mime="text/x-shellscript"))
    assert [one.said.phrase for one in clues] == ["purpose.script.says", "purpose.script.forward.set"]
    assert 'ps2pdf="ps2pdf14"' in _words(clues[1].said)
    assert set(clues[1].lines) == {2, 3}


def test_a_script_is_told_by_what_its_lines_do(tmp_path: Path) -> None:
    view = _view(tmp_path, "/home/analyst/samples/updater.py", strings=UPDATER, mime="text/x-shellscript")
    clue = purpose.clues(view)[0]
    said = _words(clue.said)
    for part in ("`http://198.51.100.23/manifest.json`", "base64", "`@reboot /usr/bin/python3 %s`", "`exec(PAYLOAD)`"):
        assert part in said
    assert set(clue.lines) == {2, 3, 4, 5, 6}
    for offered in (triage.offers(view, None), metadata.offers(view, None)):
        draft = next(one for one in offered if one.task.endswith(".what")).build(_request("beginner"))
        assert "purpose.script.acts" in _answers(draft)[:2]


def test_no_credential_is_repeated(tmp_path: Path) -> None:
    lines = [
        "#!/bin/sh",
        "curl -fsSL https://updates.example.com/x.tar.gz | tar -xz",
        'API_TOKEN="tok_example_0123456789abcdef"',
    ]
    view = _view(tmp_path, "/home/a/deploy.sh", strings=lines, mime="text/x-shellscript")
    said = _words(purpose.clues(view)[0].said)
    assert "`API_TOKEN`" in said
    assert "tok_example" not in said


def test_remarks_do_nothing(tmp_path: Path) -> None:
    lines = ["#!/bin/sh", "# curl -s https://updates.example.com/x | sh", "echo done"]
    view = _view(tmp_path, "/home/a/quiet.sh", strings=lines, mime="text/x-shellscript")
    assert not [one for one in purpose.clues(view) if one.said.phrase == "purpose.script.acts"]


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("printf.json", "purpose.told"),
        ("logd.json.gz", "purpose.synopsis.arguments"),
        ("deploy.sh.json.gz", "purpose.script.acts"),
        ("hostile_strings.py.json", "purpose.hostile"),
    ],
)
def test_own_words_come_first(name: str, first: str) -> None:
    view = View(load_files([str(SAMPLES / name)])[0][0], Counter("o200k_base"), BLOCKS)
    assert purpose.jobs(view)[0].said.phrase == first


def test_a_login_module_is_known_by_its_functions(tmp_path: Path) -> None:
    names = ["pam_sm_acct_mgmt", "strcmp", "/etc/security/time.conf", "account for %s expired"]
    view = _view(tmp_path, "/lib/x86_64-linux-gnu/security/pam_time.so", strings=names)
    said = [_words(one.said) for one in purpose.jobs(view)]
    assert "decides who may log in when" in said[0]
    assert "`pam_sm_acct_mgmt`" in said[1]
    assert "the check of accounts" in said[1]
    assert "authentication" not in said[1]
    assert "`/etc/security/time.conf`" in said[2]


def test_where_nothing_tells_it_is_said_of_this_file(tmp_path: Path) -> None:
    view = _view(
        tmp_path, "/home/analyst/blob.bin", strings=["Ck4x", "6<XZZ", "r4I?L"], mime="application/octet-stream"
    )
    assert purpose.clues(view) == []
    none = purpose.unknown(view)
    assert none is not None
    assert "`Ck4x`" in _words(none.said)


@pytest.mark.parametrize(
    ("first", "expected"),
    [("#!/usr/bin/env python3", "Python"), ("#!/usr/bin/perl -w", "Perl"), ("#!/bin/sh -", "shell"), ("#!/bin/bash", "Bash"), ("#!/usr/bin/tclsh", ""), ("#!/bin/sh /etc/rc.common", "shell"),
     ("#!/usr/bin/awk -f", "")],
)  # fmt: skip
def test_the_language_is_that_of_the_interpreter(first: str, expected: str) -> None:
    assert language(first) == expected


def test_a_program_under_another_name_is_told_by_its_usage(tmp_path: Path) -> None:
    lines = ["Usage: start-stop-daemon [<option>...] <command>", "Commands:"]
    for path, phrase in (
        ("/opt/a/one", "purpose.synopsis.other"),
        ("/sbin/start-stop-daemon", "purpose.synopsis.beside"),
    ):
        clue = next(one for one in purpose.jobs(_view(tmp_path, path, strings=lines)) if one.lines)
        assert clue.said.phrase == phrase
        assert "`start-stop-daemon [<option>...] <command>`" in _words(clue.said)


def test_what_makes_a_script_a_case_is_graver_than_a_download(tmp_path: Path) -> None:
    view = _view(tmp_path, "/home/analyst/samples/updater.py", strings=UPDATER, mime="text/x-shellscript")
    assert Case(view).marks[0] == 5


def test_sections_of_one_toolchain_tell_the_language(tmp_path: Path) -> None:
    def found(*names: str) -> list[str]:
        sections = [{"name": name, "size": 64, "virtual_address": 0, "characteristics": "2"} for name in names]
        binary = copy.deepcopy(FEATURES["binary_info"]) | {"sections": sections, "imports": [], "exports": []}
        return [_words(one.said) for one in purpose.clues(_view(tmp_path, "/srv/tool", binary_info=binary))]

    assert [one for one in found(".text", ".gopclntab", ".go.buildinfo") if "Go" in one and "`.gopclntab`" in one]
    assert not [one for one in found(".text", ".rodata") if "Go" in one]


def test_a_library_offers_only_what_it_does_not_import(tmp_path: Path) -> None:
    taken = [f"png_read_{part}" for part in ("row", "image", "info", "chunk", "header")]

    def found(**features: Any) -> list[str]:
        binary = copy.deepcopy(FEATURES["binary_info"]) | {"exports": taken, "imports": []}
        return [
            one.said.phrase
            for one in purpose.clues(_view(tmp_path, "/usr/lib/libview.so", **features, binary_info=binary))
        ]

    assert not [one for one in found() if one.startswith("purpose.prefix")]
    known = {"imports": [{"name": name} for name in taken]}
    assert not [one for one in found(symbols=known) if one.startswith("purpose.prefix")]
    other = {"imports": [{"name": "free"}]}
    assert [one for one in found(symbols=other) if one.startswith("purpose.prefix")]


def test_names_among_strings_are_named_and_not_used(tmp_path: Path) -> None:
    texts = ["SSL_CTX_new", "SSL_connect", "SSL_read"]
    said = [one.said.phrase for one in purpose.clues(_view(tmp_path, "/srv/tool", strings=texts))]
    assert "purpose.family.named" in said
    assert "purpose.family" not in said


ELF = {"format": "ELF", "architecture": "x86_64", "entry_point": 64, "sections": [{"name": ".interp", "size": 28}]}


def test_a_layman_hears_first_what_a_well_known_program_is_for(tmp_path: Path) -> None:
    view = _view(tmp_path, "/bin/mv", binary_info=ELF)
    assert "moves and renames files" in _words(purpose.jobs(view)[0].said)
    for offered in (triage.offers(view, None), metadata.offers(view, None)):
        build = next(one for one in offered if one.task.endswith(".what")).build
        assert _answers(build(_request("beginner")))[0] == "purpose.known.program"
        assert "purpose.known.program" in _answers(build(_request("malware_analyst")))[1:]


@pytest.mark.parametrize(
    ("path", "lines"),
    [
        ("/home/analyst/mv", []),
        ("/tmp/mv", []),
        ("/usr/share/doc/mv", []),
        ("/bin/mv", ["BusyBox v1.35.0 multi-call binary"]),
        ("/bin/mv", ["Usage: start-stop-daemon [<option>...] <command>"]),
        ("/bin/mv", ["Usage: %s [OPTION]... SOURCE DEST", "Rename SOURCE to DEST, or move SOURCE(s) to DIRECTORY."]),
    ],
)
def test_a_name_tells_nothing_elsewhere_or_against_the_files_own_words(
    tmp_path: Path, path: str, lines: list[str]
) -> None:
    view = _view(tmp_path, path, binary_info=ELF, strings=lines or ["/lib64/ld-linux-x86-64.so.2"])
    assert purpose.known(view) is None


def test_a_name_is_no_program_where_the_file_is_none(tmp_path: Path) -> None:
    view = _view(tmp_path, "/bin/mv", mime="application/octet-stream", strings=["only a note", "on moving files"])
    assert purpose.known(view) is None


def test_of_several_calls_the_first_is_told_as_one_of_them(tmp_path: Path) -> None:
    lines = ["Usage:", " %1$s [-qd] /path/to/directory", " %1$s -x /dev/device", "Options:"]
    clue = next(one for one in purpose.jobs(_view(tmp_path, "/opt/a/mountpoint", strings=lines)) if one.lines)
    assert clue.said.phrase == "purpose.synopsis.arguments.first"
    assert "`[-qd] /path/to/directory`" in _words(clue.said)
    alone = next(one for one in purpose.jobs(_view(tmp_path, "/opt/a/mountpoint", strings=lines[:2])) if one.lines)
    assert alone.said.phrase == "purpose.synopsis.arguments"
