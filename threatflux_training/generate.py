"""One scanned file in, its examples out: choose, compose, chunk, count, pair, gate."""

from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from threatflux_training.chats.maker import Maker, family_of, usual
from threatflux_training.chats.singles import make
from threatflux_training.chats.twins import lacking, twin
from threatflux_training.choose import Pick, wanted_of
from threatflux_training.hashing import share
from threatflux_training.records import Example
from threatflux_training.reports.file import ScannedFile
from threatflux_training.settings import TextSettings
from threatflux_training.tasks.negatives import FEATURES, lacked

_RECALL = 0.04
"""Share of examples without an excerpt, on what holds or can be known without the file."""
_TWINS, _LACKS, _CALLS = 0.46, 0.16, 0.14
"""Shares of the pairs that are about another file, about a feature that this report lacks, or a call that fails."""


class Expansion(msgspec.Struct, kw_only=True):
    """The examples of one file and why others are missing.

    `examples` have every metadata field but `group` filled (""); a pair stands side by side, positive first.
    `dropped` counts drafts by reason.
    """

    examples: list[Example]
    dropped: Counter[str]


def expand_file(
    file: ScannedFile, settings: TextSettings, partner: ScannedFile | None = None, others: Sequence[str] = ()
) -> Expansion:
    """Make the examples of a file, the same for the same content and settings on every machine.

    `partner` is a second file for comparisons, `others` are paths of further files that can be asked about; fewer than
    `examples_per_file` come out where the evidence is thin.
    """
    if settings.secrets != "keep":
        file, partner = file.masked(), partner.masked() if partner is not None else None
    maker = Maker(file, settings, partner, others=others)
    drawn = maker.picks()
    pairs = wanted_of(file.key, "pairs", settings.examples_per_file * settings.negative_ratio)
    pairs = min(pairs, settings.examples_per_file // 2)
    made = _pairs(maker, drawn, pairs, settings, partner)
    recalls = [pick for pick in drawn if pick.offer.recall]
    singles = [pick for pick in drawn if not pick.offer.pair and not pick.offer.recall]
    _fill(
        maker,
        made,
        singles,
        settings.examples_per_file
        - (wanted_of(file.key, "recall", settings.examples_per_file * _RECALL) if recalls else 0),
    )
    _fill(maker, made, recalls, len(made) + wanted_of(file.key, "recall", len(made) * _RECALL / (1 - _RECALL)))
    return Expansion(examples=_within_ratio(made, settings.negative_ratio), dropped=maker.dropped)


def _pairs(
    maker: Maker, drawn: Sequence[Pick], amount: int, settings: TextSettings, partner: ScannedFile | None
) -> list[Example]:
    """Pairs of all kinds: most are twins of ordinary tasks, so that a question alone doesn't tell whether it has an answer."""
    key = maker.views[""].file.key
    singles = [one for one in drawn if usual(one) or (one.offer.partner and not one.offer.pair)]
    likely = sorted(singles[: settings.examples_per_file], key=lambda one: share(f"{one.key}/twin"))
    twins = filter(None, (twin(maker, one) for one in likely))
    calls = (make(maker, one, ()) for one in drawn if one.offer.pair and one.offer.tool)
    special = (make(maker, one, ()) for one in drawn if one.offer.pair and not one.offer.tool)
    lacks = _lacks(maker, partner, settings)
    sources: list[Iterator[list[Example]]] = [twins, lacks, filter(None, calls), filter(None, special)]
    limits = (_TWINS, _TWINS + _LACKS, _TWINS + _LACKS + _CALLS)
    made: list[Example] = []
    for number in range(amount):
        place = share(f"{key}/pair/{number}")
        first = sum(place >= limit for limit in limits)
        for source in (sources[first], *sources):
            if found := next(source, None):
                made += found
                break
    return made


def _lacks(maker: Maker, partner: ScannedFile | None, settings: TextSettings) -> Iterator[list[Example]]:
    """Pairs with another file that has a feature which this one lacks, on tasks that nothing else here could answer."""
    if partner is None:
        return
    view, seen = maker.views[""], maker.views["partner:"]
    features = lacked(view, seen)
    if not features or view.file.metadata is None:
        return
    other, own = Maker(partner, settings, None, f"/{view.file.key}"), {pick.offer.task for pick in maker.drawn}
    for pick in other.picks(features):
        usual = not (pick.offer.pair or pick.offer.recall or pick.offer.tool or pick.offer.task in own)
        if usual and FEATURES.get(family_of(pick)) in features and (made := lacking(maker, other, pick)):
            yield made


def _fill(maker: Maker, made: list[Example], picks_left: Sequence[Pick], amount: int) -> None:
    """Make examples of picks, until there are so many."""
    for pick in picks_left:
        if len(made) >= amount:
            return
        if pick not in maker.used:
            made += make(maker, pick, picks_left)


def _within_ratio(examples: list[Example], ratio: float) -> list[Example]:
    """The examples less the last pairs, where thin evidence left too few others beside them."""
    allowed = round(len(examples) * ratio)
    kept: list[Example] = []
    seen: dict[str, None] = {}
    for one in examples:
        name = one.metadata.pair_id
        if name:
            seen.setdefault(name)
            if list(seen).index(name) >= allowed:
                continue
        kept.append(one)
    return kept
