"""Scripts read line by line."""

from threatflux_training.compose import value
from threatflux_training.compose.content import say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.string_kinds import secret_names
from threatflux_training.evidence.view import View
from threatflux_training.tasks import strings_header, strings_risky
from threatflux_training.tasks.compound import SURROUNDINGS
from threatflux_training.tasks.listing import BLOCK, Listing
from threatflux_training.tasks.model import Draft, Offer, Request, Show
from threatflux_training.tasks.script_calls import uncalled
from threatflux_training.tasks.script_decoded import decoded
from threatflux_training.tasks.script_lines import LEAST, WEIGHTY, introduction, readings
from threatflux_training.tasks.script_walk import content_of, steps_of, walk
from threatflux_training.tasks.strings_hostile import hostile_of


def offers(view: View, listing: Listing) -> list[Offer]:
    """Tasks on a script."""
    if not listing.script:
        return []
    made: list[Offer] = []
    if len(listing) >= 4 and len(steps_of(listing)) > 1:
        made.append(
            Offer(
                task="strings.script",
                build=lambda r: _script(listing, r),
                importance=6,
                variants=1 + min(6, len(listing) // 25),
                long=len(steps_of(listing)) > 6,
            )
        )
    return [*made, *strings_risky.offers(view, listing), *strings_header.offers(view, listing)]


def _script(listing: Listing, request: Request) -> Draft | None:
    start, stop, chunk = listing.window(request)
    if stop - start < min(LEAST, len(listing)):
        return None
    told = walk(listing, start, stop, request.length)
    if told is None:
        return None
    slots = {"name": listing.view.name, "first": listing.place(start), "last": listing.place(stop - 1)}
    content = content_of(told)
    weighty = [index for index, one in readings(listing, start, stop) if one.rule in WEIGHTY]
    content += [*decoded(listing, weighty), *(said for index, said in uncalled(listing, weighty) if index >= start)]
    said = introduction(listing)
    if start <= said < stop:
        content.insert(0, say("answer", "strings.script.says", "plain identity", line=_purpose(listing, said), **slots))
    hostile = [i for i in hostile_of(listing) if start <= i < stop]
    if hostile:
        places = value.join([listing.place(i) for i in hostile[:4]])
        line = listing.quoted(hostile[0])
        content.append(say("answer", "strings.hostile.aside", "malware decision plain", places=places, line=line))
    secrets = [i for i in range(start, stop) if secret_names(listing.texts[i])]
    if secrets:
        names = value.join([listing.piece(i, name) for i in secrets[:2] for name in secret_names(listing.texts[i])[:2]])
        content.append(
            say("answer", "strings.script.secret", "weakness decision", names=names, place=listing.place(secrets[0]))
        )
    if told.block >= 0:
        content.append(say("limit", "strings.walk.block", "limit method", place=listing.place(told.block)))
    return Draft(
        slots=slots, shows=(Show(BLOCK, start, stop),), content=tuple(content), chunk=chunk,
        context=("threats", "behavioral", *SURROUNDINGS),
    )  # fmt: skip


def _purpose(listing: Listing, index: int) -> Text:
    """What a script is for, without the marks of a remark and the full stop."""
    text = listing.texts[index].strip().lstrip("# ").rstrip(". ")
    return listing.piece(index, text) if not secret_names(listing.texts[index]) else listing.quoted(index)
