"""Counts that follow from section sizes: symbols, relocations, stubs, pointers, functions with unwind data."""

from functools import partial
from typing import NamedTuple

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Role, Say, items, say
from threatflux_training.compose.value import Text
from threatflux_training.tasks.model import Draft, Offer, Request, Show
from threatflux_training.tasks.sections_table import TECHNICAL, Table, draft


class Entries(NamedTuple):
    """A table in a section: the phrase about it, bytes before the entries, bytes of an entry, entries that do not count."""

    phrase: str
    head: int
    size: int
    spare: int = 0


_ELF64: dict[str, Entries] = {
    ".dynsym": Entries("dynsym", 0, 24), ".symtab": Entries("symtab", 0, 24), ".rela.plt": Entries("rela_plt", 0, 24),
    ".rela.dyn": Entries("rela_dyn", 0, 24), ".init_array": Entries("init_array", 0, 8), ".fini_array": Entries("fini_array", 0, 8),
    ".gnu.version": Entries("version", 0, 2), ".dynamic": Entries("dynamic", 0, 16), ".got": Entries("got", 0, 8),
    ".got.plt": Entries("got_plt", 0, 8), ".eh_frame_hdr": Entries("eh_frame_hdr", 12, 8),
}  # fmt: skip
_X86_64: dict[str, Entries] = {".plt": Entries("plt", 0, 16, 1)}
_RESERVED = 3
"""Slots at the start of `.got.plt` that the loader keeps for itself; no stub jumps through them."""
_PE64: dict[str, Entries] = {".pdata": Entries("pdata", 0, 12)}


def entries_of(table: Table, index: int) -> Entries | None:
    """How the section divides; None where it is no table of entries, or its size does not fit."""
    machine = table.binary.architecture
    known: dict[str, Entries] = {}
    if table.elf and machine in ("x86_64", "ARM64"):
        known = _ELF64 | (_X86_64 if machine == "x86_64" else {})
    elif machine == "x86_64":
        known = _PE64
    found = known.get(table[index].name)
    if found is None or table[index].size <= found.head or (table[index].size - found.head) % found.size:
        return None
    return found if (table[index].size - found.head) // found.size > found.spare else None


def number_of(table: Table, index: int, found: Entries) -> tuple[int, Text]:
    """The number of entries, computed from the size."""
    inner: object = table.place(index, "size")
    inner = ["difference", inner, found.head] if found.head else inner
    inner = ["quotient", inner, found.size]
    inner = ["difference", inner, found.spare] if found.spare else inner
    number = (table[index].size - found.head) // found.size - found.spare
    return number, value.computed(f"{number:,}", "fixed", inner, 0)


def tally(table: Table, index: int, role: Role = "detail", section: Text | None = None) -> Say | None:
    """What a section counts, in a sentence with its purpose."""
    found = entries_of(table, index)
    if found is None:
        return None
    number, text = number_of(table, index, found)
    reserved = found.phrase == "got_plt" and number <= _RESERVED
    phrase = f"sections.tally.{found.phrase}" + (".reserved" if reserved else ".one" if number == 1 else "")
    slots = {"section": section or table.name(index), "number": text, "name": table.view.name}
    return say(role, phrase, "structure method code data", **slots)


def offers(table: Table) -> list[Offer]:
    """One task where several sections can be counted."""
    counted = [index for index in table.named if entries_of(table, index) is not None]
    if len(counted) < 4:
        return []
    return [
        Offer(
            task="sections.counts",
            build=partial(_counts, table, counted),
            importance=4,
            long=True,
            variants=2,
            personas=TECHNICAL,
        )
    ]


_FIRST = (".eh_frame_hdr", ".rela.plt", ".plt", ".dynsym", ".symtab", ".init_array", ".rela.dyn")


def _counts(table: Table, counted: list[int], request: Request) -> Draft | None:
    """The counts, what they rest on, and how they agree with the lists of the report."""
    ranked = [index for name in _FIRST for index in table.has(name) if index in counted]
    rest = [index for index in counted if index not in ranked]
    chosen = [*ranked, *rest][: 12 if request.length == "long" else 4]
    first = chosen[0]
    found = entries_of(table, first)
    if found is None:
        return None
    number, text = number_of(table, first, found)
    slots = {"name": table.view.name, "section": table.name(first), "size": table.size(first), "number": text}
    lead = say("answer", "sections.counts.lead", "structure", name=table.view.name)
    said = [one for index in chosen[1:] if (one := tally(table, index, "detail", _sized(table, index))) is not None]
    content: list[Content] = [
        say("answer", f"sections.counts.{'functions' if found.phrase == 'eh_frame_hdr' else 'entries'}", "code structure decision", **slots),
        items("answer", lead, list(said), "structure code"),
    ]  # fmt: skip
    if request.persona.register != "expert":
        content.append(say("detail", "knowledge.elf_entry_sizes", "method structure"))
    if found.phrase == "eh_frame_hdr":
        content.append(say("detail", "knowledge.eh_frame_hdr_layout", "method code"))
        content.append(say("meaning", "sections.counts.recover", "code method", **slots))
    shows: list[Show] = []
    content += _imports(table, counted, shows)
    content += [
        say("limit", "sections.counts.limit", "limit method", **slots),
        say(
            "verify",
            f"sections.counts.verify{'.functions' if found.phrase == 'eh_frame_hdr' else ''}",
            "verify method",
            **slots,
        ),
    ]
    return draft(table, content, table.lines(chosen, request.room), *shows)


def _sized(table: Table, index: int) -> Text:
    """`.dynsym` (1,608 bytes)."""
    name, size = table.name(index), table.size(index)
    return Text(f"{name.text} ({size.text})", (*name.sources, *size.sources))


def _imports(table: Table, counted: list[int], shows: list[Show]) -> list[Content]:
    """Relocations of stubs beside the number of imported functions."""
    symbols = table.view.file.symbols
    stubs = [index for index in table.has(".rela.plt") if index in counted]
    if symbols is None or not stubs or not symbols.imports or "imported_functions" not in symbols.symbol_count:
        return []
    names = {one.name.partition("@")[0] for one in symbols.imports}
    found = entries_of(table, stubs[0])
    if found is None or len(names) != len(symbols.imports):
        return []
    number, text = number_of(table, stubs[0], found)
    imports = value.counted(len(names), table.view.at("symbols", ".imports"), "imported function|imported functions")
    kind = "fewer" if number < len(names) else "equal" if number == len(names) else "more"
    slots = {"number": text, "imports": imports, "section": table.name(stubs[0]), "name": table.view.name}
    shows.append(Show("symbols.symbol_count"))
    return [say("meaning", f"sections.counts.imports.{kind}", "imports code method", **slots)]
