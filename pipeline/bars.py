"""The bars of a dataset's measures as a run applies them: the documented ones, or those that an option sets."""

from collections.abc import Iterable, Mapping
from typing import Any

Bars = tuple[tuple[str, float], ...]


def parse_bars(text: str) -> Bars:
    """`name=limit,name=limit`. Raises ValueError naming the entry that is none."""
    found: list[tuple[str, float]] = []
    for entry in filter(None, (part.strip() for part in text.split(","))):
        name, _, limit = entry.partition("=")
        try:
            found.append((name.strip(), float(limit)))
        except ValueError:
            raise ValueError(entry) from None
    return tuple(found)


def missed(quality: Mapping[str, Any], bars: Bars) -> list[str]:
    """A sentence for every bar that the measures miss; set ones bind at any size, the documented ones as they say."""
    measures, given = quality["measures"], dict(bars)
    said = [
        _sentence(name, measures[name], limit) for name, limit in given.items() if _misses(measures.get(name), limit)
    ]
    usual = (name for name in quality["missed"] if quality["binding"] and name not in given)
    return said + [_sentence(name, measures[name], measures[name]["bar"][1]) for name in usual]


def unknown(quality: Mapping[str, Any], bars: Bars) -> Iterable[str]:
    """Names of set bars that no measure has."""
    return [name for name, _ in bars if name not in quality["measures"] or not quality["measures"][name]["bar"]]


def _misses(measure: Mapping[str, Any] | None, limit: float) -> bool:
    if measure is None or not measure["bar"] or not measure["n"]:
        return False
    value: float = measure["value"]
    return value > limit if measure["bar"][0] == "most" else value < limit


def _sentence(name: str, measure: Mapping[str, Any], limit: float) -> str:
    kind = "at most" if measure["bar"][0] == "most" else "at least"
    return f"{name} is {measure['value']:g}, the bar is {kind} {limit:g} (docs/quality.md)"
