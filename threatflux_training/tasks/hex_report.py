"""The ELF header and its tables as one account over the other tasks on a dump."""

from threatflux_training.compose.content import say
from threatflux_training.evidence.headers import elf_fields
from threatflux_training.tasks.compound import SURROUNDINGS, Part, compound, part_request
from threatflux_training.tasks.hex_elf import meaning
from threatflux_training.tasks.hex_values import Bytes
from threatflux_training.tasks.model import Draft, Offer, Request

_PARTS = ("hex.walk", "hex.segments", "hex.tables", "hex.extent")


def offers(dumped: Bytes, others: list[Offer]) -> list[Offer]:
    """One long task where the dump feeds most of the others."""
    tasks = {offer.task: offer for offer in others if not offer.pair}
    names = [name for name in _PARTS if name in tasks]
    if len(names) < 3:
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
        draft = tasks[name].build(inner)
        parts.append((f"hex.report.{name.partition('.')[2]}", draft if isinstance(draft, Draft) else None))
    machine = meaning(dumped, elf_fields(dumped.dump)["e_machine"])
    lead = [say("answer", "hex.report", "structure hardware", machine=machine, name=dumped.view.name)]
    return compound(dumped.view, lead, parts, short=False, context=SURROUNDINGS)
