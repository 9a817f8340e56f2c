"""Entropy by section: the list, one section by name, and the sections without bytes of their own."""

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Say, Section, fragment, items, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.view import View
from threatflux_training.hashing import choose, ordered
from threatflux_training.reports.model import Entropy, EntropySection
from threatflux_training.tasks.compound import SURROUNDINGS
from threatflux_training.tasks.entropy_parts import (
    SECTIONS,
    among,
    band_of,
    base_slots,
    extremes,
    figure,
    measured,
    no_bytes,
    section_name,
    sizeable,
)
from threatflux_training.tasks.model import Draft, Request, Show

_DENSE = 7.0
"""Above it a section is denser than ordinary code and tables."""


_PLAUSIBLE = (
    ".text", ".data", ".rodata", ".plt", ".plt.sec", ".got.plt", ".tbss", ".tdata", ".debug_info", ".symtab", ".rsrc", ".reloc", ".upx0",
    ".packed", ".eh_frame", ".init_array", ".gnu.hash", ".comment", ".rdata", ".pdata", ".idata", ".ctors", ".dynstr", ".gcc_except_table",
)  # fmt: skip


def all_sections(view: View, found: Entropy, request: Request) -> Draft | None:
    """Which sections are dense and which are not."""
    real = measured(found)
    if len(real) < 3:
        return None
    telling = sizeable(found) if len(sizeable(found)) > 2 else real
    order = sorted(telling, key=lambda i: -found.sections[i].entropy)
    top, low = order[0], order[-1]
    slots = {
        "top": section_name(view, found, top),
        "top_value": figure(view, top),
        "low": section_name(view, found, low),
        "low_value": figure(view, low),
        "name": view.name,
        "among": among(found, top, low),
    }
    even = found.sections[top].entropy < _DENSE
    lead_phrase = "entropy.sections.even" if even else "entropy.sections"
    content: list[Content] = [say("answer", lead_phrase, "entropy structure decision", **slots)]
    shown = real if request.length == "long" else list(dict.fromkeys([*order[:3], *order[-2:]]))
    whole = len(shown) == len(real)
    rows = [_row(view, found, index) for index in (real if whole else shown)]
    lead = say("answer", "entropy.sections.lead" if whole else "entropy.sections.lead.some", "entropy structure")
    if request.length == "long":
        content.append(
            Section(
                say("detail", "entropy.sections.heading"), (items("answer", lead, list(rows), "entropy structure"),)
            )
        )
    else:
        content.append(items("answer", lead, list(rows), "entropy structure"))
    content += _known(view, found, [index for index in real if index not in shown])
    flagged = [i for i in real if found.sections[i].is_suspicious]
    if flagged:
        content.append(
            say(
                "limit",
                "entropy.sections.flagged" if len(flagged) > 1 else "entropy.sections.flagged.one",
                "weakness rule",
                list=value.join([section_name(view, found, i) for i in flagged[:3]]),
            )
        )
    hollow = [i for i in range(len(found.sections)) if no_bytes(found, i)]
    if hollow:
        content.append(
            say(
                "limit",
                "entropy.sections.hollow",
                "limit structure",
                section=section_name(view, found, hollow[0]),
                value=figure(view, hollow[0]),
            )
        )
    indices = (
        tuple(range(len(found.sections)))
        if request.length == "long"
        else tuple(sorted({*shown, *real[:0], *hollow[:1], *flagged[:3], *_names_of(found, real)}))
    )
    show = Show(SECTIONS) if request.length == "long" else Show(SECTIONS, only=indices)
    return Draft(slots={}, shows=(show,), content=tuple(content), context=("entropy", *SURROUNDINGS))


_TOLD = (".text", ".rodata", ".data", ".eh_frame", ".dynstr", ".dynsym", ".data.rel.ro", ".rela.dyn", ".rsrc", ".rdata")


_HELD = {
    ".text": " (machine code)", ".rodata": " (constants and messages)", ".data": " (variables)", ".eh_frame": " (unwind tables)",
    ".dynstr": " (names)", ".dynsym": " (symbol table for the loader)", ".data.rel.ro": " (relocated pointers)", ".rela.dyn": " (relocations)",
    ".rela.plt": " (relocations of the stubs)", ".plt": " (stubs of imported functions)", ".interp": " (path of the loader)",
    ".rsrc": " (resources)", ".rdata": " (read-only data)", ".symtab": " (full symbol table)", ".strtab": " (names of all symbols)",
}  # fmt: skip
"""What stands in a section of that name, for the list of figures."""


def _names_of(found: Entropy, real: list[int]) -> list[int]:
    return [i for i in real if found.sections[i].name in _TOLD]


def _known(view: View, found: Entropy, real: list[int]) -> list[Content]:
    said: list[Content] = []
    for index in _names_of(found, real):
        key = found.sections[index].name.strip(".").replace(".", "_")
        said.append(
            say(
                "detail",
                f"entropy.of.{key}",
                "entropy structure code",
                section=section_name(view, found, index),
                value=figure(view, index, 2, "bits"),
                name=view.name,
            )
        )
    return said


def _row(view: View, found: Entropy, index: int) -> Say:
    """A section with its figures and, where the name is a common one, what it holds."""
    one, name = found.sections[index], section_name(view, found, index)
    return fragment(
        "entropy.sections.row",
        section=Text(f"{name.text}{_HELD.get(one.name, '')}", name.sources),
        value=figure(view, index, 2, "bits"),
        size=value.grouped(one.size, view.at("entropy", f".sections[{index}].size"), "byte|bytes"),
    )


def one_section(view: View, found: Entropy, request: Request) -> tuple[Draft, Draft] | None:
    """The figure of one section, and of one that the file lacks."""
    info = view.file.binary_info
    real, names = measured(found), {one.name for one in (*found.sections, *(info.sections if info is not None else ()))}
    inside = choose(request.key, sizeable(found) or real)
    missing = [name for name in ordered(request.key, _PLAUSIBLE) if name not in names]
    if not missing:
        return None
    room = view.lines(SECTIONS).within(max(request.room, 1500))
    shows = (Show(SECTIONS),) if room else (Show(SECTIONS, 0, view.lines(SECTIONS).fits(0, request.room)),)
    if not room:
        return None
    return _there(view, found, inside, shows), _not_there(view, found, missing[0], shows)


def _there(view: View, found: Entropy, index: int, shows: tuple[Show, ...]) -> Draft:
    one: EntropySection = found.sections[index]
    slots = {
        "section": section_name(view, found, index), "value": figure(view, index), "name": view.name,
        "size": value.grouped(one.size, view.at("entropy", f".sections[{index}].size"), "byte|bytes"),
        "offset": value.hexadecimal(one.offset, view.at("entropy", f".sections[{index}].offset")),
    }  # fmt: skip
    content: list[Content] = [
        say("answer", "entropy.section.yes", "entropy structure", **slots),
        say("detail", "entropy.section.place", "structure size address", **slots),
        say("answer", f"entropy.section.band.{band_of(one.entropy)}", "plain entropy", **slots),
    ]
    content.append(
        say("detail", "entropy.section.overall", "entropy data", overall=base_slots(view, found)["overall"], **slots)
    )
    more, _ = extremes(view, found)
    content += more[:1]
    if one.size < 256:
        content.append(say("limit", "entropy.section.small", "limit data method", **slots))
    asked = {"section": value.in_code_asked(one.name), "name": view.name}
    shows = (*shows, Show("entropy"))
    return Draft(slots=asked, shows=shows, content=tuple(content), context=("entropy", *SURROUNDINGS))


def _not_there(view: View, found: Entropy, name: str, shows: tuple[Show, ...]) -> Draft:
    missing = value.absent(name, view.at("entropy", ".sections"), "name")
    near = max(measured(found), key=lambda i: _shared(found.sections[i].name, name))
    slots = {
        "section": missing,
        "near": section_name(view, found, near),
        "value": figure(view, near),
        "name": view.name,
    }
    content: list[Content] = [
        say("answer", "entropy.section.no", "entropy structure", **slots),
        say(
            "detail", "entropy.section.only", "entropy data", overall=base_slots(view, found)["overall"], name=view.name
        ),
    ]
    if why := _absence(view, name):
        content.insert(1, say("answer", f"entropy.section.why.{why}", "limit structure", **slots))
    more, _ = extremes(view, found)
    content += more[:1]
    if _shared(found.sections[near].name, name) >= _ALIKE:
        content.insert(1, say("detail", "entropy.section.near", "entropy", **slots))
    return Draft(
        slots={"section": missing, "name": view.name},
        shows=(*shows, Show("entropy")),
        content=tuple(content),
        context=("entropy", *SURROUNDINGS),
        negative="entity_not_there",
    )


def _absence(view: View, name: str) -> str:
    """Why a section of that name may be missing: another system's, a debugging one, a packer's, or merely unmeasured.

    "" where it isn't in the full table of sections either.
    """
    if view.file.kind == "elf" and name in _WINDOWS:
        return "windows"
    if view.file.kind == "elf" and name in (".debug_info", ".symtab", ".comment"):
        return "stripped"
    if name in (".upx0", ".packed"):
        return "packer"
    return "" if view.file.binary_info is not None and view.file.binary_info.sections else "other"


_ALIKE = 3
"""Letters that two section names share at least before one is offered for the other."""


_WINDOWS = (".rsrc", ".reloc", ".rdata", ".pdata", ".idata")


def _shared(one: str, other: str) -> int:
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def bss(view: View, found: Entropy, request: Request) -> Draft | None:
    """Why a section without bytes in the file has a figure."""
    hollow = [i for i in range(len(found.sections) - 1) if no_bytes(found, i)]
    if not hollow:
        return None
    index = hollow[0]
    one, following = found.sections[index], found.sections[index + 1]
    place = view.at("entropy", f".sections[{index}]")
    end = one.offset + one.size
    slots = {
        "section": section_name(view, found, index), "value": figure(view, index), "name": view.name, "next": section_name(view, found, index + 1),
        "size": value.grouped(one.size, place + ".size", "byte|bytes"), "offset": value.grouped(one.offset, place + ".offset"),
        "end": value.computed(f"{end:,}", "grouped", ["sum", place + ".offset", place + ".size"], ""),
        "next_offset": value.grouped(following.offset, view.at("entropy", f".sections[{index + 1}].offset")),
    }  # fmt: skip
    content: list[Content] = [
        say("answer", "entropy.bss", "entropy structure decision", **slots),
        say("answer", "entropy.bss.overlap", "structure method address", **slots),
        say("meaning", "entropy.bss.means", "plain memory_safety structure", **slots),
        say("limit", "entropy.bss.limit", "limit weakness data", **slots),
    ]
    return Draft(
        slots={},
        shows=(Show(SECTIONS, only=(index, index + 1)),),
        content=tuple(content),
        context=("entropy", *SURROUNDINGS),
    )
