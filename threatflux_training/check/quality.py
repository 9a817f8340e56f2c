"""Measures of the whole dataset, computed anew: what the statistics say of it must be what the rows give."""

import hashlib
import heapq
import json
from array import array
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import tiktoken

from threatflux_training.check import reading
from threatflux_training.check.classifier import auc
from threatflux_training.check.faults import Fault
from threatflux_training.check.rows import fault

_LONG = 80
_NEAR = 0.8
_SHINGLE = 3
_KEPT = 64
"""Parts of a text that are kept: those with the smallest hashes."""
_AT_MOST = 20_000
_TOLERANCES = {
    "duplicates.exact": 0.0001, "duplicates.masked": 0.005, "leakage.groups": 0, "leakage.exact": 0.0001,
    "leakage.masked": 0.005, "leakage.near": 0.02, "leakage.missing_families": 0,
}  # fmt: skip
"""How far a measure of the statistics may be from the one found here."""
_AUC_TOLERANCE = 0.05


class _Row(NamedTuple):
    """What is kept of a row."""

    split: str
    group: str
    task: str
    pair: str
    positive: bool
    exact: bytes
    masked: bytes
    long: bool
    parts: "array[int]"
    words: frozenset[str]
    shape: frozenset[Hashable]


class Measured(NamedTuple):
    """A measure of the statistics, and what is found here (None where it is not computed anew)."""

    name: str
    stated: Mapping[str, Any]
    found: float | None


class Quality:
    """Takes in rows, gives measures."""

    def __init__(self) -> None:
        self._rows: list[_Row] = []
        self._tokens: list[int] = []
        self._words: dict[str, str] = {}

    def add(self, row: Any, split: str) -> None:
        """The next row."""
        metadata = row["metadata"]
        answer = reading.joined(row)
        words = frozenset(self._words.setdefault(word, word) for word in reading.asked(row))
        name = metadata["file_name"].split("/")[-1].lower()
        suffixes = [part for part in name.split(".")[1:] if not part.isdigit()]
        turns = sum(one["role"] == "assistant" for one in row["messages"])
        self._tokens.append(metadata["tokens"])
        self._rows.append(
            _Row(
                split=split, group=metadata["group"], task=metadata["task"], pair=metadata["pair_id"],
                positive=metadata["answerable"], exact=_mark(answer), masked=_mark(reading.masked(answer, name)),
                long=len(tiktoken.get_encoding(metadata["encoding"]).encode_ordinary(answer)) >= _LONG,
                parts=_parts(answer, reading.shown(row)), words=words,
                shape=frozenset([("turns", turns), ("chunks", min(50, metadata["chunk_count"])),
                                 ("persona", metadata["expertise"]), ("style", metadata["style"]),
                                 ("type", suffixes[-1] if suffixes else "")]),
            )
        )  # fmt: skip

    def measures(self) -> dict[str, float]:
        """All that is computed anew, by the names of the statistics; the AUC for the measures of shortcuts."""
        held = [row for row in self._rows if row.split != self._training()]
        rows = max(1, len(self._rows))
        found = {
            "duplicates.exact": 1 - len({row.exact for row in self._rows}) / rows,
            "duplicates.masked": 1 - len({row.masked for row in self._rows}) / rows,
            "leakage.groups": float(sum(len(splits) > 1 for splits in self._places("group").values())),
            "leakage.missing_families": float(self._missing()),
        }
        exact, masked = self._places("exact"), self._places("masked")
        near = self._near()
        of = max(1, len(held))
        found["leakage.exact"] = sum(len(exact[row.exact]) > 1 for row in held) / of
        found["leakage.masked"] = sum(row.long and len(masked[row.masked]) > 1 for row in held) / of
        found["leakage.near"] = near / of
        return found | self._shortcuts()

    def _training(self) -> str:
        counts = Counter(row.split for row in self._rows)
        return "train" if "train" in counts or not counts else counts.most_common(1)[0][0]

    def _places(self, what: str) -> dict[Any, set[str]]:
        places: dict[Any, set[str]] = defaultdict(set)
        for row in self._rows:
            places[getattr(row, what)].add(row.split)
        return places

    def _missing(self) -> int:
        """Families that a split lacks: ten examples would be its due, or under one deal of the groups in a hundred leaves it without."""
        members: defaultdict[str, set[str]] = defaultdict(set)
        families: defaultdict[str, set[str]] = defaultdict(set)
        there: defaultdict[str, set[str]] = defaultdict(set)
        rows, examples = Counter[str](), Counter[str]()
        for row in self._rows:
            family = row.task.split(".")[0]
            members[row.split].add(row.group)
            families[family].add(row.group)
            there[row.split].add(family)
            rows[row.split] += 1
            examples[family] += 1
        every = set().union(*members.values())
        return sum(
            rows[split] * examples[family] >= 10 * len(self._rows)
            or (1 - len(families[family]) / len(every)) ** len(members[split]) < 0.01
            for split in members
            for family in families.keys() - there[split]
        )

    def _near(self) -> int:
        """Rows outside the training split that have a near duplicate in another split.

        Two texts that agree to 0.8 share one of the rarest fifth of the parts of each; only such pairs are compared.
        """
        training = self._training()
        frequency: Counter[int] = Counter()
        for row in self._rows:
            frequency.update(row.parts)
        where: dict[int, list[int]] = defaultdict(list)
        for number, row in enumerate(self._rows):
            for part in _rarest(row.parts, frequency):
                where[part].append(number)
        return sum(
            any(self._agree(row, self._rows[other]) for other in self._others(row, where, frequency))
            for row in self._rows
            if row.split != training
        )

    def _others(self, row: _Row, where: Mapping[int, list[int]], frequency: Mapping[int, int]) -> set[int]:
        found: set[int] = set()
        for part in _rarest(row.parts, frequency):
            found.update(other for other in where[part] if self._rows[other].split != row.split)
        return found

    @staticmethod
    def _agree(one: _Row, other: _Row) -> bool:
        left, right = set(one.parts), set(other.parts)
        both = heapq.nsmallest(_KEPT, left | right)
        return sum(part in left and part in right for part in both) >= _NEAR * len(both)

    def _shortcuts(self) -> dict[str, float]:
        parts = self._whole()
        borders = sorted(self._tokens)
        tenths = [borders[len(borders) * n // 10] for n in range(1, 10)] if borders else []
        found: dict[str, float] = {}
        for suffix, every in (
            ("", range(len(self._rows))),
            ("_in_pairs", [n for n, r in enumerate(self._rows) if r.pair]),
        ):
            chosen = list(every)
            if len(chosen) > _AT_MOST:
                allowed = sorted({parts[n] for n in chosen}, key=lambda part: _mark(str(part)))
                sizes = Counter(parts[n] for n in chosen)
                kept: set[int] = set()
                for part in allowed:
                    if sum(sizes[one] for one in kept) >= _AT_MOST:
                        break
                    kept.add(part)
                chosen = [n for n in chosen if parts[n] in kept]
            truth = [self._rows[n].positive for n in chosen]
            together = [parts[n] for n in chosen]
            found[f"shortcuts.question{suffix}"] = auc([self._rows[n].words for n in chosen], truth, together)
            shapes = [self._rows[n].shape | {("length", sum(self._tokens[n] > b for b in tenths))} for n in chosen]
            found[f"shortcuts.shape{suffix}"] = auc(shapes, truth, together, 1)
        return found

    def _whole(self) -> list[int]:
        """A number for each row, the same for rows that share a group or a pair, directly or through others."""
        first: dict[tuple[str, str], int] = {}
        leader = list(range(len(self._rows)))

        def lead(row: int) -> int:
            while leader[row] != row:
                leader[row] = leader[leader[row]]
                row = leader[row]
            return row

        for number, row in enumerate(self._rows):
            for label in [("group", row.group)] + ([("pair", row.pair)] if row.pair else []):
                other = lead(first.setdefault(label, number))
                own = lead(number)
                leader[max(own, other)] = min(own, other)
        return [lead(row) for row in range(len(leader))]


def _mark(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).digest()


def _number(text: str) -> int:
    return int.from_bytes(_mark(text)[:8], "big")


def _parts(answer: str, lines: list[str]) -> "array[int]":
    """The smallest hashes of three words of the answer in a row, and of the lines of the excerpt."""
    words = answer.split()
    shingles = {" ".join(words[n : n + _SHINGLE]) for n in range(max(1, len(words) - _SHINGLE + 1))}
    return array("Q", heapq.nsmallest(_KEPT, {_number(text) for text in shingles | {f"\n{line}" for line in lines}}))


def _rarest(parts: "array[int]", frequency: Mapping[int, int]) -> list[int]:
    """A fifth of the parts and one more, rarest first."""
    return sorted(parts, key=lambda part: (frequency[part], part))[: len(parts) - int(_NEAR * len(parts)) + 1]


def compare(folder: Path, quality: Quality) -> tuple[list[Measured], list[Fault]]:
    """The measures of stats.json beside those found here, and a fault for each that differs."""
    try:
        stated = json.loads((folder / "stats.json").read_text())["quality"]["measures"]
    except (OSError, ValueError, KeyError):
        return [], [fault("stats", "stats.json", "states no quality")]
    found = quality.measures()
    listed = [Measured(name, one, found.get(name)) for name, one in stated.items()]
    return listed, [fault("stats", "stats.json", what) for one in listed for what in _differs(one)]


def _differs(one: Measured) -> Iterator[str]:
    if one.found is None or not one.stated["n"]:
        return
    stated = one.stated.get("auc", one.stated["value"])
    allowed = _TOLERANCES.get(one.name, _AUC_TOLERANCE)
    if "auc" in one.stated:
        allowed = max(allowed, one.stated["value"] - stated, min(0.3, one.stated["n"] ** -0.5))
    if abs(stated - one.found) > allowed:
        yield f"{one.name} is {stated}, the rows give {one.found:.4f}"
