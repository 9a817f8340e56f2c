"""Permissions with special bits, and access times from before the copy."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.reports.samples import FEATURES, METADATA, dump_text
from threatflux_training.catalogue.load import load_catalogue
from threatflux_training.compose.document import write
from threatflux_training.evidence.blocks import BLOCKS
from threatflux_training.evidence.view import View
from threatflux_training.reports.load import load_files
from threatflux_training.tasks import metadata
from threatflux_training.tasks.model import Draft, Request
from threatflux_training.tokens import Counter

READERS = [one for one in load_catalogue().personas if one.id in ("beginner", "sysadmin", "forensics_expert")]


def viewed(folder: Path, features: dict[str, Any] | None = None, **changes: Any) -> View:
    """A file with such metadata."""
    report = {**dict.fromkeys(FEATURES), "file_path": METADATA["file_path"], "metadata": METADATA | changes}
    (folder / "r.json").write_text(json.dumps(report | (features or {})))
    return View(load_files([str(folder)])[0][0], Counter("o200k_base"), BLOCKS)


def answers(folder: Path, task: str, features: dict[str, Any] | None = None, **changes: Any) -> str:
    """Answers of a task on a file with such metadata, to readers of each register, in several wordings."""
    view = viewed(folder, features, **changes)
    offer = next(one for one in metadata.offers(view, None) if one.task == task)
    said = []
    for reader in READERS:
        for key in map(str, range(6)):
            draft = offer.build(Request(persona=reader, length="long", room=3_000, variant=0, key=key))
            assert isinstance(draft, Draft)
            said.append(write(draft.content, reader, "long", load_catalogue(), key).text)
    return "\n".join(said)


@pytest.mark.parametrize(
    ("mode", "told", "untold"),
    [
        ("755", "special bits|ordinary bits|setuid", "gives|privileged|leading digit"),
        ("4755", "setuid", "drops|doesn't exclude|cut off|no effect|changes nothing|without effect|lends nobody"),
        ("1755", "sticky", "drops|doesn't exclude|cut off|privileged|justify|act with"),
        ("4644", "setuid", "drops|doesn't exclude|cut off|privileged|justify|act with"),
    ],
)
def test_special_bits_are_told_where_the_report_has_them(tmp_path: Path, mode: str, told: str, untold: str) -> None:
    said = answers(tmp_path, "metadata.permissions", permissions=mode)
    assert any(one in said for one in told.split("|"))
    assert not any(one in said for one in untold.split("|"))


@pytest.mark.parametrize(("mode", "there"), [("644", True), ("44", False), ("0", False), ("4755", True)])
def test_digits_are_explained_where_each_class_has_one(tmp_path: Path, mode: str, there: bool) -> None:
    said = answers(tmp_path, "metadata.permissions", permissions=mode)
    assert ("the sum of read" in said or "adds up the rights" in said) is there


@pytest.mark.parametrize(("owner", "there"), [(0, False), (1000, True)])
def test_the_mode_does_not_keep_root_from_writing(tmp_path: Path, owner: int, there: bool) -> None:
    view = viewed(tmp_path, permissions="464", owner_uid=owner)
    offer = next(one for one in metadata.offers(view, None) if one.task == "metadata.may")
    asked = set()
    for key in map(str, range(20)):
        pair = offer.build(Request(persona=READERS[0], length="long", room=3_000, variant=0, key=key))
        assert isinstance(pair, tuple)
        asked.add(pair[1].slots["who"].text)
    assert ("its owner" in asked) is there


@pytest.mark.parametrize(
    ("mime", "told"), [("application/x-dosexec", "Windows"), ("application/x-elf", "libraries"), ("application/pdf", "No execute bit is set, so it can't")]
)  # fmt: skip
def test_a_missing_execute_bit_means_what_the_type_allows(tmp_path: Path, mime: str, told: str) -> None:
    assert told in answers(tmp_path, "metadata.permissions", permissions="644", mime_type=mime)


@pytest.mark.parametrize(("address", "what"), [(0, "an object file"), (4096, "is a program")])
def test_a_file_without_addresses_is_no_program(tmp_path: Path, address: int, what: str) -> None:
    text = {"name": ".text", "size": 64, "virtual_address": address, "characteristics": "6"}
    binary = {
        "format": "ELF",
        "architecture": "x86_64",
        "sections": [text],
        "imports": [],
        "exports": [],
        "entry_point": 0,
    }
    said = answers(tmp_path, "metadata.what", {"binary_info": binary})
    assert what in said


@pytest.mark.parametrize(("accessed", "early"), [("2024-01-01T00:00:00Z", True), ("2027-01-01T00:00:00Z", False)])
def test_an_access_before_the_copy_is_no_reading_of_it(tmp_path: Path, accessed: str, early: bool) -> None:
    times = {"created": "2026-01-01T00:00:00Z", "modified": "2025-01-01T00:00:00Z", "accessed": accessed}
    said = answers(tmp_path, "metadata.timeline", **times)
    assert said
    assert (
        any(one in said for one in ("brought along, set", "older than the creation", "older than this copy,")) == early
    )


@pytest.mark.parametrize(
    ("magic", "java"),
    [
        ("CA FE BA BE 00 00 00 3D", True),
        ("CA FE BA BE 00 00 00 02", False),
        ("CF FA ED FE", False),
        ("CA FE BA BE 00 00 00 zz", False),
    ],
)
def test_the_bytes_behind_a_shared_magic_tell_a_java_class(tmp_path: Path, magic: str, java: bool) -> None:
    marks = {"yara_indicators": {"magic_bytes": magic, "file_size": 2_279}}
    said = answers(tmp_path, "metadata.what", marks, mime_type="application/x-mach-binary")
    assert ("Mach-O file or a Java class" in said or "macOS program or a Java class" in said) is not java


def test_a_dump_gives_the_version_of_a_java_class(tmp_path: Path) -> None:
    dump = {"hex_dump": dump_text(bytes.fromhex("cafebabe0000003d") + bytes(56), 2_279)}
    said = answers(tmp_path, "metadata.what", dump, mime_type="application/x-mach-binary")
    assert "Java 17" in said


def test_a_layman_hears_first_who_may_write(tmp_path: Path) -> None:
    view = viewed(tmp_path, permissions="755", owner_uid=0, group_gid=0)
    offer = next(one for one in metadata.offers(view, None) if one.task == "metadata.permissions")
    reader = next(one for one in READERS if one.register == "plain")
    draft = offer.build(Request(persona=reader, length="short", room=3_000, variant=0, key="k"))
    assert isinstance(draft, Draft)
    assert "root" in write(draft.content, reader, "short", load_catalogue(), "k").text.split(".")[0]
