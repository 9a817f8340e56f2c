"""What the tasks on kinds of strings share: a draft over entries, entries quoted in a sentence or in a list."""

from collections.abc import Callable, Sequence

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Items, Say, items, say
from threatflux_training.compose.value import Text
from threatflux_training.tasks.compound import SURROUNDINGS
from threatflux_training.tasks.listing import Listing
from threatflux_training.tasks.model import Draft, Request

Make = Callable[[Listing, list[int], Request], Draft | None]
"""Builds a draft on the entries that a task has found."""


def draft(listing: Listing, content: Sequence[Content], indices: list[int], request: Request) -> Draft:
    """A draft that shows the entries it speaks of."""
    shows = listing.show(indices, request.room)
    return Draft(slots={}, shows=shows, content=tuple(content), context=SURROUNDINGS)


def quoted(listing: Listing, indices: Sequence[int]) -> Text:
    """Entries in a sentence."""
    return value.join([listing.quoted(index) for index in indices])


_SENTENCE_HOLDS = 5
"""Entries that a sentence can list; more stand in a list of their own."""


def listed(listing: Listing, chosen: Sequence[int], phrase: str, tags: str, *, whole: bool = True) -> Say | Items:
    """One entry, a list in the sentence, or a list of its own, by number: phrases `.one`, `.some`, `.many`.

    A list that isn't all there is says so: phrase `.part` (not `whole`).
    """
    if len(chosen) > _SENTENCE_HOLDS:
        lead = say("answer", f"{phrase}.{'many' if whole else 'part'}", tags, name=listing.view.name)
        return items("answer", lead, [listing.quoted(index) for index in chosen], tags)
    form = "one" if len(chosen) == 1 else "some"
    return say("answer", f"{phrase}.{form}", tags, list=quoted(listing, chosen), name=listing.view.name)
