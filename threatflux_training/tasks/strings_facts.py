"""What the strings of a program tell, by kind: which tasks a list feeds, and those on credentials and on the list itself."""

from collections.abc import Callable, Sequence

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.string_kinds import secret_names
from threatflux_training.evidence.view import View
from threatflux_training.tasks import strings_build, strings_messages, strings_paths
from threatflux_training.tasks.compound import SURROUNDINGS
from threatflux_training.tasks.listing import Listing
from threatflux_training.tasks.model import Draft, Offer, Request, Show
from threatflux_training.tasks.strings_parts import Make, draft

_LEAST = 30
"""Entries from which on it is worth asking whether a list is whole."""


def offers(view: View, listing: Listing) -> list[Offer]:
    """Tasks for the kinds of strings that this list has."""
    made = (
        [Offer(task="strings.complete", build=lambda r: _complete(listing, r), importance=2, weight=0.5)]
        if len(listing) >= _LEAST and not listing.script
        else []
    )
    for task, wanted, build, importance, long in _TASKS:
        found = wanted(listing)
        if found:
            made.append(_offer(task, listing, found, build, importance, long))
    return made


def _offer(task: str, listing: Listing, found: list[int], build: Make, importance: float, long: bool) -> Offer:
    variants = 2 if len(found) > 12 else 1
    return Offer(
        task=task, build=lambda r: build(listing, found, r), importance=importance, long=long,
        variants=variants,
    )  # fmt: skip


def secrets_of(listing: Listing) -> list[int]:
    """Entries in which a credential's name gets a value."""
    return listing.view.once(
        "strings.secrets", lambda: [index for index, text in enumerate(listing.texts) if secret_names(text)]
    )


def names_of_secrets(listing: Listing, lines: Sequence[int]) -> Text:
    """The names to which lines give a value that would be a credential."""
    pieces = {name: listing.piece(index, name) for index in lines for name in secret_names(listing.texts[index])}
    return value.join([*pieces.values()][:4])


def _secrets(listing: Listing, found: list[int], request: Request) -> Draft:
    names = names_of_secrets(listing, found[:4])
    places = value.join([listing.place(i) for i in found[:6]])
    phrase = "strings.secrets.one" if len(found) == 1 else "strings.secrets.some"
    content: list[Content] = [
        say("answer", phrase, "weakness decision", names=names, places=places, name=listing.view.name)
    ]
    first = listing.piece(found[0], secret_names(listing.texts[found[0]])[0])
    content += [
        say("meaning", "strings.secrets.meaning", "weakness plain permission", first=first, places=places),
        say("limit", "strings.secrets.limit", "limit method", first=first),
        say("next", "strings.secrets.next", "next decision verify", names=names),
    ]
    return draft(listing, content, found, request)


def _complete(listing: Listing, request: Request) -> Draft:
    last = listing.place(len(listing) - 1)
    strings = listing.view.file.strings
    tail = [len(listing) - 2, len(listing) - 1] if len(listing) > 1 else [len(listing) - 1]
    slots = {"last": last, "name": listing.view.name, "quote": listing.quoted(len(listing) - 1)}
    content: list[Content] = []
    if listing.complete:
        content.append(say("answer", "strings.complete.yes", "limit method decision", **slots))
        content.append(say("meaning", "strings.complete.proves", "method verify", **slots))
    else:
        content.append(say("answer", "strings.complete.no", "limit method decision", **slots))
        content.append(say("meaning", "strings.complete.early", "method limit", **slots))
    counted = strings.total_count if strings is not None and not listing.complete else None
    if counted is not None:
        total = value.grouped(counted, listing.view.at("strings", ".total_count"), "")
        content.append(say("detail", "strings.complete.total", "data size", total=total))
    content.append(say("limit", "strings.complete.misses", "limit weakness malware", name=slots["name"]))
    shows = listing.show(tail, request.room, around=1)
    if counted is not None:
        shows += (Show("strings.counts"),)
    return Draft(slots={}, shows=shows, content=tuple(content), context=SURROUNDINGS)


_TASKS: tuple[tuple[str, Callable[[Listing], list[int]], Make, float, bool], ...] = (
    ("strings.paths", strings_paths.found_in, strings_paths.build, 4, True),
    ("strings.glibc", strings_build.versions_of, strings_build.glibc, 3, True),
    ("strings.purpose", strings_messages.purpose_of, strings_messages.purpose, 4, True),
    ("strings.options", strings_messages.options_of, strings_messages.options, 2, True),
    ("strings.formats", strings_messages.formats_of, strings_messages.formats, 5, True),
    ("strings.build", strings_build.build_of, strings_build.build, 3, True),
    ("strings.noise", strings_build.noise_of, strings_build.noise, 2, True),
    ("strings.secrets", secrets_of, _secrets, 9, True),
)
