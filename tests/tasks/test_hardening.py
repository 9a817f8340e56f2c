"""Hardening by made ELF headers: what is decided, what stays open, and what a question about one mitigation gets."""

import json
import struct
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal, cast

import pytest

from tests.reports.samples import FEATURES, METADATA, dump_text
from threatflux_training.catalogue.load import load_catalogue
from threatflux_training.compose.content import Items, Say, say
from threatflux_training.compose.document import flatten
from threatflux_training.compose.value import Text
from threatflux_training.evidence.blocks import BLOCKS
from threatflux_training.evidence.view import View
from threatflux_training.reports.load import load_files
from threatflux_training.tasks import sections
from threatflux_training.tasks.hardening import _Finding, _lead
from threatflux_training.tasks.model import Draft, Request
from threatflux_training.tasks.negatives import other_file
from threatflux_training.tasks.sections_table import Table
from threatflux_training.tokens import Counter

LOAD, STACK, RELRO = 1, 0x6474E551, 0x6474E552
REQUEST = Request(persona=load_catalogue().personas[0], length="long", room=4_000, variant=0, key="k")


def _bytes(*types: int) -> bytes:
    """An ELF header of type ET_DYN and its program headers."""
    ident = b"\x7fELF\x02\x01\x01" + bytes(9)
    head = struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 4096, 64, 0, 0, 64, 56, len(types), 64, 0, 0)
    return ident + head + b"".join(struct.pack("<IIQQQQQQ", one, 6, 0, 0, 0, 0, 0, 8) for one in types)


def _offers(folder: Path, data: bytes, path: str, names: tuple[str, ...], imports: list[str]) -> dict[str, Any]:
    listed = [
        {"name": name, "size": 64 * (number > 0), "virtual_address": 4096 * number, "characteristics": "3" if number else "0"}
        for number, name in enumerate(("", ".text", ".got", ".data", ".rodata", *names))
    ]  # fmt: skip
    report = {
        "file_path": path, **dict.fromkeys(FEATURES), "hex_dump": dump_text(data, 20_000),
        "metadata": METADATA | {"file_path": path, "file_name": path.rpartition("/")[2]},
        "symbols": {"imports": [{"name": one} for one in imports]},
        "binary_info": {
            "format": "ELF", "architecture": "x86_64", "sections": listed, "imports": [], "exports": [], "entry_point": 4096, "is_stripped": True,
            "has_debug_info": False,
        },
    }  # fmt: skip
    (folder / "r.json").write_text(json.dumps(report))
    view = View(load_files([str(folder)])[0][0], Counter("o200k_base"), BLOCKS)
    return {offer.task: offer for offer in sections.offers(view, None)}


def _phrases(draft: object) -> set[str]:
    assert isinstance(draft, Draft)
    said: list[Any] = []
    for one in flatten(draft.content):
        said += [one.lead, *one.items] if isinstance(one, Items) else [one]
    return {one.phrase for one in said if isinstance(one, Say)}


def _report(*given: Any) -> set[str]:
    return _phrases(_offers(*given)["sections.hardening"].build(REQUEST))


@pytest.mark.parametrize(
    ("types", "kept", "relro", "stack"),
    [
        ((LOAD, STACK), 0, "no", "yes"),
        ((LOAD, STACK, RELRO), 0, "least_proven", "yes"),
        ((LOAD, LOAD), 0, "no", "none"),
        ((LOAD, STACK, LOAD), 56, "lazy", "yes"),
        ((LOAD, LOAD), 56, "lazy", "cut"),
    ],
)
def test_program_headers_decide_as_far_as_they_are_in_the_dump(
    tmp_path: Path, types: tuple[int, ...], kept: int, relro: str, stack: str
) -> None:
    data = _bytes(*types)
    said = _report(tmp_path, data[: len(data) - kept], "/usr/bin/tool", (".got.plt", ".interp"), ["free", "exit"])
    assert {f"hardening.relro.{relro}", f"hardening.nx.{stack}"} <= said
    assert ("hardening.next" in said) is (kept > 0)


@pytest.mark.parametrize(
    ("path", "names", "kind"),
    [
        ("/usr/bin/tool", (".interp",), "program"), ("/usr/lib/libc.so.6", (".interp",), "library"), ("/usr/bin/busybox", (), "either"),
        ("/usr/lib/libx.so.1", (), "library"), ("/lib64/ld-linux-x86-64.so.2", (), "either"),
    ],
)  # fmt: skip
def test_a_type_for_any_address_is_not_only_that_of_libraries(
    tmp_path: Path, path: str, names: tuple[str, ...], kind: str
) -> None:
    assert f"hardening.pie.{kind}" in _report(tmp_path, _bytes(LOAD, STACK), path, names, ["free"])


@pytest.mark.parametrize(
    ("imports", "kind"),
    [(["memcpy", "read"], "open"), (["memcpy", "printf"], "no"), (["printf", "__printf_chk"], "one")],
)
def test_plain_copies_dont_show_a_build_without_fortification(tmp_path: Path, imports: list[str], kind: str) -> None:
    said = _report(tmp_path, _bytes(LOAD, STACK), "/usr/bin/tool", (".interp",), imports)
    assert {one for one in said if one.startswith("hardening.fortify")} == {f"hardening.fortify.{kind}"}


def test_an_absent_mitigation_is_told_as_absent_beside_an_open_one(tmp_path: Path) -> None:
    data = _bytes(LOAD, LOAD)[:-56]
    offer = _offers(tmp_path, data, "/usr/bin/tool", (".got.plt", ".interp"), ["memcpy", "exit"])["sections.mitigation"]
    seen = set()
    for variant in range(offer.variants):
        request = Request(persona=REQUEST.persona, length="long", room=4_000, variant=variant, key="k")
        decided, other = (_phrases(draft) for draft in offer.build(request))
        seen |= decided
        assert not (decided | other) & {"hardening.fortify.open", "mitigation.means.fortify"}
        assert ("mitigation.instead.no" in other) is ("mitigation.no" in decided)
    assert "mitigation.no" in seen


@pytest.mark.parametrize(
    ("part", "form", "shown"),
    [("", "s", "a non-executable stack and read-only relocations"), (" in part", "s.part", "a non-executable stack"),
     (" at least in part", "s", "a non-executable stack and read-only relocations at least in part")],
)  # fmt: skip
def test_what_is_there_in_part_is_told_apart_from_what_is_complete(
    part: Literal["", " in part", " at least in part"], form: str, shown: str
) -> None:
    table = SimpleNamespace(view=SimpleNamespace(name=Text("`a`")))
    findings = [_Finding("nx", True, say("detail", "x")), _Finding("relro", True, say("detail", "x"), part=part)]
    lead = _lead(cast("Table", table), findings, plain=False)
    told = lead.slots["shown"]
    assert lead.phrase == f"hardening.lead.{form}"
    assert isinstance(told, Text)
    assert told.text == shown


def test_hardening_of_another_file_takes_more_than_its_sections(tmp_path: Path) -> None:
    draft = _offers(tmp_path, _bytes(LOAD, STACK), "/usr/bin/a", (), ["printf"])["sections.hardening"].build(REQUEST)
    assert isinstance(draft, Draft)
    lost = other_file(
        View(load_files([str(tmp_path)])[0][0], Counter("o200k_base"), BLOCKS), draft, "/bin/b", "sections"
    )
    options = next(one.slots["options"] for one in lost.content if isinstance(one, Say) and one.role == "next")
    assert isinstance(options, Text)
    assert options.text == "binary_info, hex_dump and symbols"
