"""Everything the strings of a program or script tell, under headings."""

from threatflux_training.compose import value
from threatflux_training.compose.content import Say, say
from threatflux_training.evidence.view import View
from threatflux_training.tasks.compound import SURROUNDINGS, Part, compound, part_request
from threatflux_training.tasks.listing import Listing
from threatflux_training.tasks.model import Draft, Offer, Request

_PROGRAM = (
    "strings.purpose", "strings.network", "strings.paths", "strings.options", "strings.formats", "strings.names", "strings.glibc",
    "strings.build", "strings.noise", "strings.complete",
)  # fmt: skip
_SCRIPT = (
    "strings.interpreter", "strings.header", "strings.risky", "strings.fetch", "strings.persist", "strings.network", "strings.secrets",
    "strings.hostile", "strings.complete",
)  # fmt: skip


def offers(view: View, listing: Listing, others: list[Offer]) -> list[Offer]:
    """One account over the other tasks that this list can feed."""
    tasks = {offer.task: offer for offer in others if not offer.pair}
    names = [name for name in (_SCRIPT if listing.script else _PROGRAM) if name in tasks]
    if len(names) < 4:
        return []
    return [
        Offer(
            task="strings.report",
            build=lambda r: _report(listing, tasks, names, r),
            importance=6,
            long=True,
            variants=3,
            weight=2.5,
        )
    ]


def _report(listing: Listing, tasks: dict[str, Offer], names: list[str], request: Request) -> Draft | None:
    chosen = names if request.length != "short" else names[request.variant :][:3]
    inner = part_request(request, len(chosen))
    parts: list[Part] = []
    for name in chosen:
        draft = tasks[name].build(inner)
        parts.append((f"strings.report.{name.partition('.')[2]}", draft if isinstance(draft, Draft) else None))
    telling = [
        index for index in listing.of_kind("usage", "message", "network", "path") if len(listing.texts[index]) > 12
    ][:2] or [0]
    lead: list[Say] = [
        say(
            "answer",
            "strings.report",
            "strings plain",
            list=value.join([listing.quoted(i) for i in telling]),
            name=listing.view.name,
        )
    ]
    made = compound(listing.view, lead, parts, short=request.length == "short", context=SURROUNDINGS)
    if made is None:
        return None
    shown = listing.show(telling, request.room)
    return Draft(
        slots={},
        shows=(*made.shows, *(() if any(show.block == "strings" and not show.only for show in made.shows) else shown)),
        content=made.content,
        context=made.context,
    )
