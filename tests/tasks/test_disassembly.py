"""What is said of a function holds for its lines: calls, tests, tables, letters, counts of mnemonics."""

import json
import struct
from pathlib import Path
from typing import Any

import pytest

from tests.reports.samples import FEATURES, METADATA, dump_text
from tests.tasks.test_code import listed
from threatflux_training.catalogue.load import load_catalogue
from threatflux_training.compose.content import Say
from threatflux_training.compose.document import flatten
from threatflux_training.evidence.blocks import BLOCKS
from threatflux_training.evidence.view import View
from threatflux_training.reports.load import load_files
from threatflux_training.tasks import (
    code_listing,
    disassembly_calls,
    disassembly_counts,
    disassembly_facts,
    disassembly_walk,
)
from threatflux_training.tasks.disassembly_steps import Steps
from threatflux_training.tasks.model import Draft, Request
from threatflux_training.tokens import Counter

REQUEST = Request(persona=load_catalogue().personas[0], length="medium", room=3_000, variant=0, key="k")


def _listing(
    folder: Path, *lines: str, types: dict[str, int] | None = None, **given: dict[str, Any] | str
) -> code_listing.Listing:
    """A file whose code is one function, at 0x1000, of instructions of four bytes."""
    code: list[dict[str, Any]] = [
        {"address": one.address, "mnemonic": one.mnemonic, "operands": one.operands, "size": one.size, "bytes": [0] * 4}
        for one in listed(*lines)
    ]
    features = FEATURES | {
        "disassembly": FEATURES["disassembly"] | {"instructions": code},
        "symbols": {"functions": [{"name": "one", "address": 0x1000, "size": 4 * len(code), "is_imported": False}]},
    }
    if types is not None:
        analysis = FEATURES["disassembly"]["analysis"] | {"instruction_types": types}
        features["disassembly"] |= {"analysis": analysis | {"total_instructions": sum(types.values())}}
    metadata = METADATA | {"file_path": "/opt/a", "file_name": "a"}
    (folder / "r.json").write_text(json.dumps({"file_path": "/opt/a", **features, **given, "metadata": metadata}))
    return code_listing.Listing(View(load_files([str(folder)])[0][0], Counter("o200k_base"), BLOCKS))


def _steps(listing: code_listing.Listing) -> Steps:
    scope = listing.scope(0x1000)
    return Steps(listing, scope, code_listing.begun(listing, scope, REQUEST))


def _told(listing: code_listing.Listing) -> list[str]:
    return [step.said.phrase.removeprefix("disassembly.step.") for step in _steps(listing).all()]


def _said(draft: Draft | None) -> dict[str, Say]:
    assert draft is not None
    return {one.phrase: one for one in flatten(draft.content) if isinstance(one, Say)}


@pytest.mark.parametrize(
    ("lines", "there"),
    [
        (("mov dword ptr [rsp + 8], 0x64636261", "ret"), True),
        (("movabs rcx, 0x6867666564636261", "nop", "mov qword ptr [rsp], rcx", "ret"), True),
        (("mov ecx, 0x64636261", "ret"), False),
        (("mov ecx, 0x64636261", "cmp edi, ecx", "mov dword ptr [rsp], ecx", "ret"), False),
    ],
)
def test_letters_are_told_where_they_are_written_to_memory(tmp_path: Path, lines: tuple[str, ...], there: bool) -> None:
    assert ("letters" in _told(_listing(tmp_path, *lines))) is there


@pytest.mark.parametrize(
    ("operand", "there"),
    [
        ("byte ptr [rax + rdi]", True),
        ("word ptr [rax + rdi*2]", True),
        ("byte ptr [rax + 0x10]", False),
        ("byte ptr [rax + rdi + 0x10]", False),
    ],
)
def test_an_entry_of_a_table_has_an_index(tmp_path: Path, operand: str, there: bool) -> None:
    listing = _listing(tmp_path, "lea rax, [rip + 0x800]", f"movzx eax, {operand}", "ret", "nop")
    assert ("table" in _told(listing)) is there


@pytest.mark.parametrize(
    ("lines", "phrase"),
    [
        (("mov rdi, rsi", "nop", "jmp 0x2000"), "tail"),
        (("test edi, edi", "je 0x100c", "ret", "jmp 0x2000"), "tail.some"),
        (("mov eax, 1", "nop", "ret"), "plain"),
    ],
)
def test_a_jump_at_the_end_is_the_way_out_where_nothing_returns(
    tmp_path: Path, lines: tuple[str, ...], phrase: str
) -> None:
    said = disassembly_walk.summary(_steps(_listing(tmp_path, *lines)), {})
    assert said.phrase == f"disassembly.walk.{phrase}"


CHOICE = ("call 0x2000", "test eax, eax", "je {}", "mov eax, 1", "ret", "mov eax, 2", "ret")


@pytest.mark.parametrize(("target", "there"), [("0x1014", True), ("0x100c", False)])
def test_the_test_that_is_told_decides_between_values(tmp_path: Path, target: str, there: bool) -> None:
    listing = _listing(tmp_path, *(line.format(target) for line in CHOICE))
    said = _said(disassembly_facts.returns(listing, listing.scope(0x1000), REQUEST))
    assert ("disassembly.returns.test" in said) is there


def test_the_last_call_is_that_of_the_function(tmp_path: Path) -> None:
    listing = _listing(tmp_path, *["call 0x2000"] * 11, "ret")
    slots = _said(disassembly_calls.listed(listing, listing.scope(0x1000), REQUEST))["disassembly.calls"].slots
    assert getattr(slots["last"], "text", "") == "0x1028"


@pytest.mark.parametrize(("behind", "kind"), [(0, "one"), (6_000, "one.part")])
def test_a_single_call_in_a_part_is_one_of_the_part(tmp_path: Path, behind: int, kind: str) -> None:
    listing = _listing(tmp_path, "nop", "call 0x1000", "ret", *["nop"] * behind)
    assert f"disassembly.callers.{kind}" in _said(disassembly_calls.callers(listing, REQUEST))


@pytest.mark.parametrize(
    ("types", "vector"),
    [
        ({"mov": 9, "popcnt": 5, "prefetcht0": 4, "pushfq": 3, "pext": 2, "verr": 1}, None),
        ({"mov": 9, "popcnt": 5, "movaps": 4, "pxor": 3}, "`movaps`"),
        ({"mov": 9, "vmread": 5, "vmovups": 4, "push": 3}, "`vmovups`"),
    ],
)
def test_only_what_works_on_vectors_is_called_so(tmp_path: Path, types: dict[str, int], vector: str | None) -> None:
    offer = disassembly_counts.offers(_listing(tmp_path, "nop", "ret", types=types).view)[0]
    draft = offer.build(REQUEST)
    assert isinstance(draft, Draft)
    told = _said(draft).get("disassembly.counts.vector")
    assert (getattr(told.slots["vector"], "text", "") if told else None) == vector


def test_a_proof_names_the_word_that_the_loader_fills(tmp_path: Path) -> None:
    names = b"\0exit\0puts\0"
    symbols = b"".join(struct.pack("<I20x", offset) for offset in (0, 1, 6))
    relocations = b"".join(struct.pack("<QIIq", 0x4018 + 8 * n, 7, symbol, 0) for n, symbol in enumerate((2, 1)))
    parts = (
        (".dynstr", 1, len(names), 0),
        (".dynsym", 2, 72, 16),
        (".rela.plt", 3, 48, 88),
        (".plt", 0x2020, 48, 0x2020),
    )
    binary = FEATURES["binary_info"] | {
        "format": "ELF", "architecture": "x86_64",
        "sections": [{"name": one, "size": size, "virtual_address": at, "characteristics": "2"} for one, at, size, _ in parts],
    }  # fmt: skip
    entropy = FEATURES["entropy"] | {
        "sections": [FEATURES["entropy"]["sections"][0] | {"name": one, "size": size, "offset": offset} for one, _, size, offset in parts]
    }  # fmt: skip
    dump = dump_text(names.ljust(16, b"\0") + symbols + relocations, 20_000)
    listing = _listing(tmp_path, "call 0x2030", "ret", binary_info=binary, entropy=entropy, hex_dump=dump)
    draft = disassembly_calls.proof(listing, REQUEST)
    assert draft is not None
    means = next(one for one in flatten(draft.content) if isinstance(one, Say) and one.role == "meaning")
    assert [getattr(means.slots[key], "text", "") for key in ("callee", "got", "to")] == ["`puts`", "0x4018", "0x2030"]
