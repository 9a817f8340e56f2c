"""What section headers tell."""

import pytest

from threatflux_training.catalogue.load import load_catalogue
from threatflux_training.evidence import layout
from threatflux_training.reports.model import BinaryInfo, EntropySection, Section


def elf(*sections: tuple[str, int, int, str]) -> BinaryInfo:
    """An ELF with sections (name, address, size, flags) behind the empty one."""
    made = [Section("", 0, 0, "0"), *(Section(name, size, address, flags) for name, address, size, flags in sections)]
    return BinaryInfo(format="ELF", sections=made)


BINARY = elf(
    (".text", 0x1000, 0x100, "6"),
    (".tbss", 0x2000, 0x40, "403"),
    (".data", 0x2000, 0x20, "3"),
    (".comment", 0, 9, "30"),
)


def test_rights_follow_the_flags_of_each_format() -> None:
    text, data = BINARY.sections[1], BINARY.sections[3]
    assert layout.rights_of(text, BINARY) == {"load", "exec"}
    assert layout.rights_of(data, BINARY) == {"load", "write"}
    windows = BinaryInfo(format="PE", sections=[Section(".data", 1, 1, "c0000040")])
    assert layout.rights_of(windows.sections[0], windows) == {"load", "write"}
    words = Section(".x", 1, 1, "SectionPermissions { read: true, write: false, execute: true }")
    assert layout.rights_of(words, BINARY) == {"load", "exec"}
    assert not layout.has_hex_flags(BinaryInfo(format="ELF", sections=[words]))


@pytest.mark.parametrize(
    ("address", "name"), [(0x1000, ".text"), (0x10FF, ".text"), (0x2001, ".data"), (0x1100, ""), (0, "")]
)
def test_an_address_lies_in_a_loaded_section_or_in_none(address: int, name: str) -> None:
    found = layout.at(BINARY, address)
    assert (BINARY.sections[found].name if found is not None else "") == name


def test_an_unknown_name_is_sorted_by_its_rights() -> None:
    binary = elf((".upx", 0x1000, 16, "7"), (".mine", 0x2000, 16, "2"), (".blob", 0, 16, "0"))
    assert [layout.role_of(one, binary).phrase for one in binary.sections[1:]] == [
        "other_code", "other_constants", "other_aux",
    ]  # fmt: skip
    assert layout.role_of(Section(".debug_line", 1, 0, "0"), binary) == ("debug", "debug")


def test_a_section_that_would_cover_the_next_has_no_bytes() -> None:
    def entry(name: str, offset: int, size: int) -> EntropySection:
        return EntropySection(name=name, offset=offset, size=size, entropy=1.0)

    entries = [entry(".data", 16, 16), entry(".zeros", 32, 99), entry(".comment", 32, 8), entry(".bss", 40, 1)]
    assert [layout.without_bytes(entries, number) for number in range(4)] == [False, True, False, True]


@pytest.mark.parametrize(
    ("names", "phrase"),
    [
        ((".plt", ".text"), "plt"),
        ((".plt", ".plt.sec"), "plt_lazy"),
        ((".note.gnu.build-id",), "build_id"),
        ((".note.go.buildid",), "go_buildid"),
    ],
)
def test_a_section_is_explained_by_its_name_and_those_beside_it(names: tuple[str, ...], phrase: str) -> None:
    binary = elf(*((name, 0x1000, 16, "6") for name in names))
    assert layout.role_of(binary.sections[1], binary).phrase == phrase
    assert f"sections.role.{phrase}" in load_catalogue().phrases
