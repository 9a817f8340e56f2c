"""What is said of sections, over small reports: what a name or a right doesn't show is left out."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.reports.samples import FEATURES, METADATA, dump_text
from tests.tasks.test_structure import phrases, request
from threatflux_training.compose.content import Items, Say
from threatflux_training.compose.document import flatten
from threatflux_training.compose.value import Text
from threatflux_training.evidence.blocks import BLOCKS
from threatflux_training.evidence.view import View
from threatflux_training.reports.load import load_files
from threatflux_training.tasks import sections, sections_map
from threatflux_training.tasks.model import Draft
from threatflux_training.tasks.sections_table import Table
from threatflux_training.tokens import Counter

Row = tuple[str, int, int, str]
"""Name, size, address and flags of a section."""
PROGRAM: tuple[Row, ...] = (
    (".interp", 28, 0x318, "2"), (".dynsym", 240, 0x400, "2"), (".text", 0x1000, 0x1000, "6"), (".rodata", 0x800, 0x2000, "2"),
    (".eh_frame", 0x100, 0x2800, "2"), (".dynamic", 0x1F0, 0x3000, "3"), (".data", 0x40, 0x3200, "3"), (".bss", 0x4000, 0x3240, "3"),
    (".shstrtab", 0x90, 0, "0"),
)  # fmt: skip
GO: tuple[Row, ...] = ((".text", 0x9000, 0x1000, "6"), (".rodata", 0x2000, 0xA000, "2"), (".gopclntab", 0x4000, 0xC000, "2"), (".data", 64, 0x10000, "3"))  # fmt: skip


def view_of(
    folder: Path,
    rows: tuple[Row, ...],
    path: str = "/usr/bin/tool",
    features: dict[str, Any] | None = None,
    **binary: Any,
) -> View:
    """A report with such sections and further features."""
    names = ("name", "size", "virtual_address", "characteristics")
    listed = [dict(zip(names, row, strict=True)) for row in rows]
    info = {
        "format": "ELF", "architecture": "x86_64", "compiler": None, "linker": None, "sections": listed, "imports": [], "exports": [],
        "entry_point": 0x1010, "is_stripped": True, "has_debug_info": False, "java_analysis": None,
    }  # fmt: skip
    told = {"file_path": path, "file_name": path.rpartition("/")[2], "file_size": 40_000}
    report = {**dict.fromkeys(FEATURES), "file_path": path, "metadata": METADATA | told, "binary_info": info | binary}
    folder.mkdir(exist_ok=True)
    (folder / "r.json").write_text(json.dumps(report | (features or {})))
    return View(load_files([str(folder)])[0][0], Counter("o200k_base"), BLOCKS)


def drafts(view: View, task: str) -> list[Draft]:
    """What a task gives in all its variants; nothing where it isn't offered."""
    offer = next((one for one in sections.offers(view, None) if one.task == task), None)
    made = [offer.build(request(variant)) for variant in range(12)] if offer is not None else []
    return [draft for one in made if one for draft in (one if isinstance(one, tuple) else (one,))]


def told(view: View, task: str) -> set[str]:
    """The phrases of a task in all its variants."""
    return {phrase for draft in drafts(view, task) for phrase in phrases(draft)}


def entries(draft: Draft) -> list[str]:
    """The sections in the list of a draft."""
    listed = [one for one in flatten(draft.content) if isinstance(one, Items)]
    found = [one.slots["section"] for many in listed for one in many.items if isinstance(one, Say)]
    return [one.text for one in found if isinstance(one, Text)]


def test_a_windows_file_without_tdata_may_have_thread_locals(tmp_path: Path) -> None:
    rows: tuple[Row, ...] = ((".text", 0x900, 0x1000, "60000020"), (".data", 64, 0x2000, "c0000040"), (".tls", 24, 0x3000, "c0000040"), (".idata", 80, 0x4000, "40000040"))  # fmt: skip
    assert "sections.absent.tls" not in told(view_of(tmp_path / "pe", rows, format="PE"), "sections.find")
    assert "sections.absent.tls" in told(view_of(tmp_path / "elf", PROGRAM), "sections.find")


@pytest.mark.parametrize(
    ("rows", "lost"),
    [
        (PROGRAM, {"symtab", "lines", "types", "compiler", "link"}),
        ((*PROGRAM, (".zdebug_line", 90, 0, "0"), (".zdebug_info", 90, 0, "0")), {"symtab", "compiler", "link"}),
        (GO, {"link"}),
    ],
)
def test_what_other_sections_hold_is_not_called_lost(tmp_path: Path, rows: tuple[Row, ...], lost: set[str]) -> None:
    said = told(view_of(tmp_path, rows), "sections.kept")
    assert {one.split(".")[2] for one in said if one.endswith(".lost")} == lost


def test_what_a_kept_section_holds_is_read_with_the_tool_that_decodes_it(tmp_path: Path) -> None:
    named = [
        {slot: text.text for slot, text in one.slots.items() if isinstance(text, Text)}
        for draft in drafts(view_of(tmp_path, PROGRAM), "sections.kept")
        for one in flatten(draft.content)
        if isinstance(one, Say) and one.phrase.startswith("sections.kept.next")
    ]
    tools = {".eh_frame": "readelf --debug-dump=frames", ".dynsym": "readelf --dyn-syms"}
    assert {one["section"].strip("`"): one.get("tool") for one in named} == tools


def test_compressed_debug_information_is_not_missing(tmp_path: Path) -> None:
    rows: tuple[Row, ...] = (*PROGRAM, (".symtab", 90, 0, "0"))
    assert "sections.absent.debug" in told(view_of(tmp_path / "a", rows), "sections.find")
    rows = (*rows, (".zdebug_info", 90, 0, "0"), (".zdebug_line", 90, 0, "0"))
    assert "sections.absent.debug" not in told(view_of(tmp_path / "b", rows), "sections.find")


def test_a_windows_file_keeps_symbols_without_a_section(tmp_path: Path) -> None:
    rows: tuple[Row, ...] = ((".text", 0x900, 0x1000, "60000020"), (".data", 64, 0x2000, "c0000040"), (".pdata", 24, 0x3000, "40000040"), (".idata", 80, 0x4000, "40000040"))  # fmt: skip
    said = told(view_of(tmp_path, rows, format="PE"), "sections.kept")
    assert {one for one in said if one.endswith(".lost")} == {"sections.kept.link.lost"}


def test_thread_local_zeros_are_in_neither_the_list_nor_the_sum(tmp_path: Path) -> None:
    view = view_of(tmp_path, (*PROGRAM, (".tbss", 0x50, 0x2FF0, "403")))
    assert view.file.binary_info is not None
    table = Table(view, view.file.binary_info)
    listed = sum(table[index].size for index in table.with_right("write"))
    assert table.sum(["characteristics", "bit", 1]).text == f"{listed:,} bytes"


def test_of_an_object_file_nothing_is_said_that_rests_on_loading(tmp_path: Path) -> None:
    view = view_of(tmp_path, tuple((name, size, 0, flags) for name, size, _, flags in PROGRAM), entry_point=0)
    assert {one.task for one in sections.offers(view, None)}.isdisjoint(
        {"sections.find", "sections.kept", "sections.address", "sections.entry"}
    )


def test_only_a_dynamic_file_without_loader_looks_like_a_library(tmp_path: Path) -> None:
    rows = tuple(row for row in PROGRAM if row[0] != ".interp")
    assert "sections.entry.library" in told(view_of(tmp_path / "a", rows, entry_point=0), "sections.entry")
    static = tuple(row for row in rows if row[0] != ".dynamic")
    said = told(view_of(tmp_path / "b", static, entry_point=0), "sections.entry")
    assert "sections.entry.none" in said
    assert "sections.entry.library" not in said


@pytest.mark.parametrize(
    ("path", "kind", "why"),
    [
        ("/usr/bin/tool", "program", "program"),
        ("/lib/libc.so.6", "unclear", "both"),
    ],
)
def test_a_library_that_names_a_loader_is_no_mere_program(tmp_path: Path, path: str, kind: str, why: str) -> None:
    said = told(view_of(tmp_path, PROGRAM, path), "sections.kind")
    assert {f"sections.kind.{kind}", f"sections.kind.{why}.why"} <= said


@pytest.mark.parametrize(("imports", "there"), [(["libc.so.6"], True), (["free", "malloc"], False)])
def test_functions_are_no_libraries_that_a_program_needs(tmp_path: Path, imports: list[str], there: bool) -> None:
    said = told(view_of(tmp_path, PROGRAM, imports=imports), "sections.kind")
    assert any(one.startswith("sections.kind.needs") for one in said) is there


@pytest.mark.parametrize(("flags", "sort"), [("6", "code"), ("3", "data"), ("7", "other"), ("2", "other")])
def test_an_unknown_name_is_sorted_by_its_rights(tmp_path: Path, flags: str, sort: str) -> None:
    view = view_of(tmp_path, (*PROGRAM, (".mine", 0x9000, 0x9000, flags)))
    assert view.file.binary_info is not None
    table = Table(view, view.file.binary_info)
    assert sections_map._sort(table, table.index[".mine"]) == sort


def test_the_largest_sections_are_those_with_most_bytes_in_the_file(tmp_path: Path) -> None:
    (first, *_) = drafts(view_of(tmp_path, (*PROGRAM, (".debug_info", 0x3000, 0, "0"))), "sections.overview")
    assert entries(first)[:3] == ["`.debug_info`", "`.text`", "`.rodata`"]
    assert "`.bss`" not in entries(first)
    assert {"sections.overview.file", "sections.line.unloaded"} <= phrases(first)


@pytest.mark.parametrize(
    ("extra", "said"), [((), "none"), (((".more", 64, 0x5000, "6"),), "apart"), (((".more", 64, 0x5000, "7"),), "both")]
)
def test_code_under_another_name_is_not_called_ordinary(tmp_path: Path, extra: tuple[Row, ...], said: str) -> None:
    found = told(view_of(tmp_path, (*PROGRAM, *extra)), "sections.flags")
    kinds = {"sections.flags.none", "sections.flags.apart", "sections.flags.both"}
    assert found & kinds == {f"sections.flags.{said}"}


@pytest.mark.parametrize(
    ("rows", "entry", "there"),
    [(PROGRAM, 0x1010, True), (PROGRAM, 0x2010, False), (GO, 0x1010, False), ((*PROGRAM, GO[2]), 0x1010, False)],
)
def test_main_is_spoken_of_where_the_c_library_starts_the_program(
    tmp_path: Path, rows: tuple[Row, ...], entry: int, there: bool
) -> None:
    said = told(view_of(tmp_path, rows, entry_point=entry), "sections.entry")
    assert "sections.entry.limit" in said
    assert ("sections.entry.means" in said) is there


@pytest.mark.parametrize(("order", "there"), [(1, True), (2, False)])
def test_a_header_with_the_high_byte_first_is_not_read_backwards(tmp_path: Path, order: int, there: bool) -> None:
    dump = dump_text(b"\x7fELF\2" + bytes([order]) + bytes(90))
    assert (
        "sections.entry.header" in told(view_of(tmp_path, PROGRAM, features={"hex_dump": dump}), "sections.entry")
    ) is there
