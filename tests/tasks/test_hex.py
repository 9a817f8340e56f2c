"""The ELF header read from bytes: fields say what they lead to, a loader's name makes a program, a dump what it holds."""

import json
from pathlib import Path

import msgspec
import pytest

from tests.conftest import SAMPLES
from tests.reports.samples import FEATURES, METADATA, dump_text
from threatflux_training.catalogue.load import load_catalogue
from threatflux_training.compose.content import Items, Say
from threatflux_training.compose.document import flatten
from threatflux_training.compose.value import Text
from threatflux_training.evidence.blocks import BLOCKS
from threatflux_training.evidence.headers import elf_fields
from threatflux_training.evidence.view import View
from threatflux_training.reports.load import load_files
from threatflux_training.tasks import hex_elf, hexdump
from threatflux_training.tasks.hex_values import Bytes
from threatflux_training.tasks.model import Draft, Request
from threatflux_training.tokens import Counter

VIEWS = {
    file.name: View(file, Counter("o200k_base"), BLOCKS) for file in load_files([str(SAMPLES)])[0] if file.hex_dump
}
ELF = sorted(name for name, view in VIEWS.items() if view.file.hex_dump and view.file.hex_dump.data[:4] == b"\x7fELF")
REQUEST = Request(persona=load_catalogue().personas[5], length="medium", room=4_000, variant=0, key="k")


def _said(name: str, task: str) -> dict[str, Say]:
    return _told(VIEWS[name], task)


def _view(folder: Path, data: bytes, name: str = "x") -> View:
    metadata = METADATA | {"file_path": f"/usr/lib/{name}", "file_name": name, "mime_type": "application/octet-stream"}
    report = {"file_path": f"/usr/lib/{name}", **dict.fromkeys(FEATURES), "metadata": metadata}
    (folder / "r.json").write_text(json.dumps(report | {"hex_dump": dump_text(data, 9_000)}))
    return View(load_files([str(folder)])[0][0], Counter("o200k_base"), BLOCKS)


def _elf(order: str = "little", machine: int = 62) -> bytes:
    """A header of a 64-bit ET_DYN file and one program header, of type INTERP."""

    def number(value: int, size: int) -> bytes:
        return value.to_bytes(size, "little" if order == "little" else "big")

    ident = b"\x7fELF\x02" + (b"\x01" if order == "little" else b"\x02") + b"\x01" + bytes(9)
    head = number(3, 2) + number(machine, 2) + number(1, 4) + number(0x1040, 8) + number(64, 8) + number(8_000, 8)
    head += number(5, 4) + b"".join(number(one, 2) for one in (64, 56, 1, 64, 12, 11))
    return ident + head + number(3, 4) + number(4, 4) + number(0x318, 8) * 6 + bytes(range(1, 129))


def _told(view: View, task: str) -> dict[str, Say]:
    draft = next(one for one in hexdump.offers(view, None) if one.task == task).build(REQUEST)
    assert isinstance(draft, Draft)
    found = [one.lead if isinstance(one, Items) else one for one in flatten(draft.content)]
    return {one.phrase: one for one in found}


@pytest.mark.parametrize("name", ELF)
def test_an_interpreter_in_view_decides_what_the_type_leaves_open(name: str) -> None:
    dumped = Bytes(VIEWS[name])
    fields = elf_fields(dumped.dump)
    said = _said(name, "hex.entry")
    assert not {"hex.entry.interp", "hex.entry.library"} <= said.keys()
    if not dumped.dump.value(fields["e_entry"]):
        assert "hex.type.dyn.means" not in said
        assert hex_elf._sense(dumped, fields, "e_entry")[0] == "hex.field.e_entry.none"


@pytest.mark.parametrize("name", ELF)
def test_the_size_of_an_entry_gives_the_size_of_its_table(name: str) -> None:
    dumped = Bytes(VIEWS[name])
    fields = elf_fields(dumped.dump)
    count, size = (dumped.dump.value(fields[one]) for one in ("e_shnum", "e_shentsize"))
    assert hex_elf._sense(dumped, fields, "e_shentsize")[1]["total"].text == f"{count * size:,} bytes"


def test_a_dump_of_the_beginning_says_which_headers_it_holds() -> None:
    seen = [_said(name, "hex.extent") for name in ELF]
    assert any("hex.extent.headers" in said for said in seen)
    for said in seen:
        whole = "hex.extent.whole" in said
        assert whole is ("hex.extent.whole.means" in said)
        assert not (whole and "hex.extent.headers" in said)


@pytest.mark.parametrize(
    ("start", "said"),
    [
        (b"\xfd7zXZ\0", "xz data"),
        (b"\xca\xfe\xba\xbe\0\0\0\x02", "a fat Mach-O file"),
        (b"\xca\xfe\xba\xbe\0\0\0\x34", "Java class"),
        (b"\x01\x02\x03\x04", "data"),
    ],
)
def test_a_start_that_readers_know_is_named(tmp_path: Path, start: bytes, said: str) -> None:
    told = _told(_view(tmp_path, start.ljust(64, b"\x07")), "hex.magic")
    kinds = {kind.text for one in told.values() if isinstance(kind := one.slots.get("kind"), Text)}
    assert kinds == {said}
    assert ("hex.magic.data" in told) is ("hex.magic.no_limit" in told) is (said == "data")


def test_a_library_with_an_interpreter_is_no_program(tmp_path: Path) -> None:
    assert "hex.entry.interp" in _told(_view(tmp_path, _elf()), "hex.entry")
    library = _view(tmp_path, _elf(), "libc.so.6")
    assert not {"hex.entry.interp", "hex.entry.library"} & _told(library, "hex.entry").keys()
    assert "hex.walk.dyn" in _told(library, "hex.walk")


def test_numbers_of_a_big_endian_file_have_the_high_byte_first(tmp_path: Path) -> None:
    assert "hex.number.high" in _told(_view(tmp_path, _elf("big", 20)), "hex.number")
    assert "hex.number" in _told(_view(tmp_path, _elf()), "hex.number")


@pytest.mark.parametrize(("machine", "phrase"), [(62, "hex.field.e_flags"), (40, "hex.field.e_flags.other")])
def test_flags_are_read_by_their_machine(tmp_path: Path, machine: int, phrase: str) -> None:
    dumped = Bytes(_view(tmp_path, _elf(machine=machine)))
    assert hex_elf._sense(dumped, elf_fields(dumped.dump), "e_flags")[0] == phrase


def _with_headers(held: int) -> bytes:
    """An ELF header that promises seven program headers, and the first `held` bytes of these."""
    kinds = [(6, 4), (3, 4), (1, 4), (1, 5), (1, 6), (0x6474E551, 6), (0x6474E552, 4)]
    table = b"".join(
        kind.to_bytes(4, "little") + flags.to_bytes(4, "little") + (0x1000).to_bytes(8, "little") * 6
        for kind, flags in kinds
    )
    head = bytearray(_elf()[:64])
    head[56:58] = len(kinds).to_bytes(2, "little")
    return bytes(head) + table[:held]


def test_a_short_answer_decodes_the_headers_that_tell_of_protection(tmp_path: Path) -> None:
    dumped = Bytes(_view(tmp_path, _with_headers(7 * 56)))
    request = msgspec.structs.replace(REQUEST, length="short")
    draft = hex_elf._segments(dumped, elf_fields(dumped.dump), request)
    listed = next(one for one in draft.content if isinstance(one, Items))
    kinds = [kind.text for one in listed.items if isinstance(one, Say) and isinstance(kind := one.slots["kind"], Text)]
    assert kinds == ["LOAD", "GNU_STACK", "GNU_RELRO"]


@pytest.mark.parametrize(("held", "phrase"), [(8, ""), (24, ".address"), (48, ".size")])
def test_a_header_in_part_is_told_as_far_as_it_goes(tmp_path: Path, held: int, phrase: str) -> None:
    told = _told(_view(tmp_path, _with_headers(3 * 56 + held)), "hex.segments")
    assert f"hex.segments.begun{phrase}" in told
