"""What a file's examples will be about: offers drawn by weight, personas, lengths, styles; every choice a hash."""

from collections.abc import Iterator, Sequence
from math import log

import msgspec

from threatflux_training.catalogue.model import Persona
from threatflux_training.compose.document import Length
from threatflux_training.hashing import choose, share
from threatflux_training.tasks.model import Offer

_REPEAT = 0.5
"""Each further use of an offer weighs half of the one before."""
_SPREAD = ((0.67, 165, 360), (0.03, 700, 2_000), (0.20, 2_200, 10_000), (0.10, 10_000, 40_000))
"""Shares of wanted chat lengths, in tokens; drawn logarithmically inside each."""

_PARTS = ((450, 1, 1), (900, 2, 4), (2_000, 4, 7), (6_000, 6, 11), (10_000, 10, 20), (1_000_000, 16, 28))
"""Limits of length, in tokens, and the number of tasks put together below them, least and most."""


class Pick(msgspec.Struct, frozen=True, gc=False):
    """One use of an offer."""

    offer: Offer
    variant: int
    key: str


def picks(file_key: str, offers: Sequence[Offer], chunking: bool) -> list[Pick]:
    """All uses of all offers in the order in which this file will try them: weighted, without replacement."""
    drawn: list[tuple[float, Pick]] = []
    for offer in offers:
        weight = offer.weight
        for variant in range(offer.variants if chunking else min(offer.variants, 1)):
            key = f"{file_key}/{offer.task}/{variant}"
            drawn.append((-log(max(share(key), 1e-12)) / weight, Pick(offer, variant, key)))
            weight *= _REPEAT
    return [pick for _, pick in sorted(drawn, key=lambda entry: (entry[0], entry[1].key))]


def wanted_of(file_key: str, what: str, amount: float) -> int:
    """How many of a kind a file gives, so that a fractional amount holds on average over files."""
    return int(amount) + (share(f"{file_key}/{what}") < amount - int(amount))


_ASKERS = 0.75
"""Share of the uses of a task that go to the personas who would ask for it, where there are any."""


def persona_for(pick: Pick, personas: Sequence[Persona]) -> Iterator[Persona]:
    """The persona of a pick, then further ones in case that no question form fits."""
    able = [one for one in personas if not pick.offer.personas or one.id in pick.offer.personas]
    names = {pick.offer.task, pick.offer.task.partition(".")[0] + "."}
    askers = [one for one in able if not names.isdisjoint(one.asks)]
    for attempt in range(3):
        asked = askers and share(f"{pick.key}/asker/{attempt}") < _ASKERS
        yield choose(f"{pick.key}/persona/{attempt}", askers if asked else able)


def wanted_tokens(pick: Pick, budget: int) -> int:
    """The length this chat aims at; never over the budget."""
    place = share(f"{pick.key}/length")
    for part, low, high in _SPREAD:
        if place < part or part == _SPREAD[-1][0]:
            ratio = min(1.0, place / part)
            top = min(high, budget)
            return int(low * (top / low) ** ratio) if low < top else budget
        place -= part
    return budget


_ROOMY = 0.6
"""Share of the twins wanted short that get more room where they come out longer than short."""


def roomy(pick: Pick, budget: int) -> int:
    """The length in tokens that the chats of a pair aim at instead, or 0: what says that a file isn't there takes some
    sentences, so that without this most such chats would be of much the same length, which alone would tell them.
    """
    place = share(f"{pick.key}/roomy")
    if wanted_tokens(pick, budget) > _SPREAD[0][2] or place >= _ROOMY:
        return 0
    _, low, high = _SPREAD[1]
    return min(budget, int(low * (high / low) ** (place / _ROOMY)))


_REPORTS = (".report", ".what")
"""Endings of tasks that a few sentences don't answer."""


def length_for(tokens: int, offer: Offer) -> Length:
    """How long an answer may be for a chat of this length."""
    if tokens < 500 and not offer.pair:
        return "medium" if offer.task.endswith(_REPORTS) else "short"
    return "long" if offer.long and tokens >= 900 else "medium"


def parts_wanted(tokens: int, key: str) -> int:
    """How many tasks one question may put together in a chat of this length."""
    for limit, least, most in _PARTS:
        if tokens < limit:
            return least + int(share(f"{key}/parts") * (most - least + 1))
    return 1
