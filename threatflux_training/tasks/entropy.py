"""Entropy: what the measured figures suffice for, and the weak flags the scanner builds on them."""

from threatflux_training.evidence.view import View
from threatflux_training.reports.model import Entropy
from threatflux_training.tasks.compound import firm_pair
from threatflux_training.tasks.entropy_flags import encrypted, packed
from threatflux_training.tasks.entropy_parts import is_empty, is_tiny, no_bytes
from threatflux_training.tasks.entropy_sections import all_sections, bss, one_section
from threatflux_training.tasks.entropy_whole import compress, obfuscation, overall, printable
from threatflux_training.tasks.model import Offer

FAMILY = "entropy"

_OF_NOTHING = ("entropy.overall", "entropy.packed", "entropy.encrypted")
"""What can be asked of an empty file: the answer is that nothing was measured."""


def offers(view: View, partner: View | None) -> list[Offer]:
    """Tasks on measured entropy."""
    found = view.file.entropy
    if found is None or found.overall_entropy is None:
        return []
    made = [
        Offer(task="entropy.overall", build=lambda r: overall(view, found, r), importance=4, variants=2, long=True),
        Offer(task="entropy.packed", build=lambda r: packed(view, found, r), importance=6, long=True),
        Offer(task="entropy.encrypted", build=lambda r: encrypted(view, found, r), importance=6, long=True),
        Offer(task="entropy.printable", build=lambda r: printable(view, found, r), importance=2, weight=0.6, long=True),
        Offer(task="entropy.compress", build=lambda r: compress(view, found, r), importance=2, weight=0.7, long=True),
        Offer(
            task="entropy.obfuscation",
            build=lambda r: obfuscation(view, found, r),
            importance=4,
            weight=0.7,
            long=True,
        ),
    ]
    if found.sections and found.sections[0].name != "entire_file" and len(found.sections) > 3:
        made += _section_offers(view, found)
    able = [offer for offer in made if _possible(found, offer.task)]
    return [offer for offer in able if not (is_empty(view) or is_tiny(view)) or offer.task in _OF_NOTHING]


def _possible(found: Entropy, task: str) -> bool:
    if task == "entropy.packed":
        return found.packed_indicators is not None and found.packed_indicators.likely_packed is not None
    if task == "entropy.encrypted":
        return found.encryption_indicators is not None and found.encryption_indicators.likely_encrypted is not None
    if task == "entropy.printable":
        return (
            found.encryption_indicators is not None and found.encryption_indicators.random_data_percentage is not None
        )
    return task != "entropy.obfuscation" or found.obfuscation_score is not None


def _section_offers(view: View, found: Entropy) -> list[Offer]:
    made = [
        Offer(
            task="entropy.sections", build=lambda r: all_sections(view, found, r), importance=4, variants=2, long=True
        ),
        Offer(
            task="entropy.section",
            build=lambda r: firm_pair(one_section(view, found, r), r),
            importance=3,
            pair=True,
            variants=3,
        ),
    ]
    if any(no_bytes(found, index) for index in range(len(found.sections))):
        made.append(Offer(task="entropy.bss", build=lambda r: bss(view, found, r), importance=3, long=True))
    return made
