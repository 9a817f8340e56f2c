"""Strings: what the printable text of a file tells, what it proves, and what it does not."""

from threatflux_training.evidence.view import View
from threatflux_training.tasks import (
    strings_facts,
    strings_groups,
    strings_hostile,
    strings_lookup,
    strings_network,
    strings_report,
    strings_scripts,
)
from threatflux_training.tasks.listing import Listing
from threatflux_training.tasks.model import Offer

FAMILY = "strings"


def offers(view: View, partner: View | None) -> list[Offer]:
    """Tasks on the list of strings of a file that has one."""
    if view.file.strings is None or not view.file.strings.ascii:
        return []
    listing = Listing(view)
    made = [
        *strings_network.offers(view, listing),
        *strings_hostile.offers(view, listing),
        *strings_scripts.offers(view, listing),
        *strings_facts.offers(view, listing),
        *strings_lookup.offers(view, listing),
        *strings_groups.offers(view, listing),
    ]
    return [*strings_report.offers(view, listing, made), *made]
