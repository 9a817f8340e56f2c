"""The ELF header read from bytes: fields say what they lead to, a loader's name makes a program, a dump what it holds."""

import pytest

from tests.conftest import SAMPLES
from threatflux_training.catalogue.load import load_catalogue
from threatflux_training.compose.content import Items, Say
from threatflux_training.compose.document import flatten
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
    draft = next(one for one in hexdump.offers(VIEWS[name], None) if one.task == task).build(REQUEST)
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
