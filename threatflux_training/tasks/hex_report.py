"""The ELF header and its tables as one account over the other tasks on a dump."""

from collections.abc import Iterator

import msgspec

from threatflux_training.compose.content import Content, Items, Say, Section, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.headers import elf_fields
from threatflux_training.tasks.compound import SURROUNDINGS, Part, compound, part_request
from threatflux_training.tasks.hex_elf import meaning
from threatflux_training.tasks.hex_values import Bytes
from threatflux_training.tasks.model import Draft, Offer, Request

_PARTS = ("hex.target", "hex.entry", "hex.walk", "hex.segments", "hex.tables", "hex.extent")
_TOLD = ("e_type", "e_entry", "e_machine", "EI_CLASS", "EI_DATA")
"""Header fields that the parts on platform and entry point tell."""


def offers(dumped: Bytes, others: list[Offer]) -> list[Offer]:
    """One long task where the dump feeds most of the others."""
    tasks = {offer.task: offer for offer in others if not offer.pair}
    names = [name for name in _PARTS if name in tasks]
    if len(names) < 5:
        return []
    return [
        Offer(
            task="hex.report",
            build=lambda r: _report(dumped, tasks, names, r),
            importance=5,
            long=True,
            variants=2,
            weight=1.3,
        )
    ]


def _report(dumped: Bytes, tasks: dict[str, Offer], names: list[str], request: Request) -> Draft | None:
    if request.length == "short":
        return None
    chosen = names
    inner = part_request(request, len(chosen))
    parts: list[Part] = []
    for name in chosen:
        whole = name == "hex.walk"
        draft = tasks[name].build(msgspec.structs.replace(inner, length="long") if whole else inner)
        if whole and isinstance(draft, Draft):
            draft = _less(draft)
        parts.append((f"hex.report.{name.partition('.')[2]}", draft if isinstance(draft, Draft) else None))
    machine = meaning(dumped, elf_fields(dumped.dump)["e_machine"])
    lead = [say("answer", "hex.report", "structure hardware", machine=machine, name=dumped.view.name)]
    return compound(dumped.view, lead, parts, short=False, context=SURROUNDINGS)


def _less(draft: Draft) -> Draft:
    """The walk through the header less the fields that other parts tell."""

    def kept(one: Content) -> Iterator[Content]:
        if isinstance(one, Section):
            inner = tuple(entry for each in one.content for entry in kept(each) if not isinstance(entry, Section))
            if inner:
                yield msgspec.structs.replace(one, content=inner)
        elif isinstance(one, Items):
            left = tuple(entry for entry in one.items if not _is_told(entry))
            yield msgspec.structs.replace(one, items=left) if 2 * len(left) > len(one.items) else one
        elif not _is_told(one):
            yield one

    return msgspec.structs.replace(draft, content=tuple(entry for one in draft.content for entry in kept(one)))


def _is_told(one: Say | Text) -> bool:
    field = one.slots.get("field") if isinstance(one, Say) else None
    return isinstance(field, Text) and field.text in _TOLD
