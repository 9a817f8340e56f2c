"""How a compiled file is made, as a triager sees it without any symbol table: code and data, counted entries, entry point."""

from threatflux_training.compose import value
from threatflux_training.compose.content import Items, Say, say
from threatflux_training.evidence.name_purpose import Purpose, is_commonplace, purpose_of
from threatflux_training.tasks.compare_imports import purpose_words
from threatflux_training.tasks.model import Request, Show
from threatflux_training.tasks.sections_counts import tally
from threatflux_training.tasks.sections_table import BLOCK, Table
from threatflux_training.tasks.triage_case import Case, Part

_NAMED: tuple[Purpose, ...] = ("network", "process", "ipc", "user", "files", "folders", "system", "terminal", "time")
"""Purposes whose functions tell what a program can do."""
_SHOWN = 3


def table_of(case: Case) -> Table | None:
    """The section headers of an ELF file that has some."""
    binary = case.file.binary_info
    if binary is None or binary.format != "ELF" or not binary.sections:
        return None
    return Table(case.view, binary)


def shape(case: Case, request: Request) -> Part | None:
    """How much is code and how much constants, what the tables count, where it starts."""
    table = table_of(case)
    if table is None or not {".text", ".rodata"} <= table.index.keys():
        return None
    code, data = table.index[".text"], table.index[".rodata"]
    slots = dict(case.slots) | {
        "section": table.name(code), "code": table.size(code), "constants": table.name(data), "data": table.size(data),
    }  # fmt: skip
    said: list[Say | Items] = [say("answer", "triage.shape", "structure code decision", **slots)]
    used = [code, data]
    for index in table.has(".eh_frame_hdr", ".rela.plt"):
        counted = tally(table, index)
        if counted is not None:
            said.append(counted)
            used.append(index)
    shows = [Show(BLOCK, only=tuple(sorted(used)))]
    entry, one = table.binary.entry_point, table[code]
    if entry and one.virtual_address < entry < one.virtual_address + one.size:
        place = case.view.at("binary_info", ".entry_point")
        slots |= {"entry": value.hexadecimal(entry, place), "into": table.into(code, entry, place)}
        said.append(say("detail", "triage.shape.entry", "address code structure", **slots))
        shows.append(Show("binary_info"))
    return Part(tuple(said), tuple(shows))


def dynamic(case: Case, request: Request) -> Part | None:
    """What functions of the C library tell that the dynamic symbol table names, where no import list is there."""
    binary = case.file.binary_info
    if binary is None or binary.format != "ELF" or case.names:
        return None
    groups: dict[Purpose, dict[str, int]] = {}
    for index, name in enumerate(binary.exports):
        purpose = purpose_of(name)
        if purpose in _NAMED and not is_commonplace(name):
            groups.setdefault(purpose, {}).setdefault(name, index)
    telling = [purpose for purpose in _NAMED if len(groups.get(purpose, ())) > 1][:2]
    if len(telling) < 2:
        return None
    chosen = [list(groups[purpose].items())[:_SHOWN] for purpose in telling]
    first, second = (
        value.join([value.code(name, case.view.at("binary_info", f".exports[{index}]")) for name, index in found])
        for found in chosen
    )
    words = [purpose_words(one, request.persona.register) for one in telling]
    slots = dict(case.slots) | {"purpose": words[0], "list": first, "also": words[1], "second": second}
    said = say("answer", "triage.can.dynamic", "imports decision malware plain", **slots)
    lines = tuple(sorted(index for found in chosen for _, index in found))
    return Part((said,), (Show("binary_info.exports", only=lines),))
