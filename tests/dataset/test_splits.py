"""The deal of groups to splits against a plain reading of its rule, and what it promises."""

import hashlib
from collections import Counter

import numpy as np
import pytest

from threatflux_training.dataset.splits import deal

SHARES = (("train", 0.9), ("validation", 0.05), ("test", 0.05))
TRAIN = 0


def _dealt(groups: list[tuple[frozenset[str], int, int]], shares: tuple[tuple[str, float], ...] = SHARES) -> list[int]:
    """The splits of groups, each with its traits, its number of files and its split so far."""
    names = sorted({trait for traits, _, _ in groups for trait in traits})
    sets = sorted({tuple(sorted(map(names.index, traits))) for traits, _, _ in groups})
    kinds = [sets.index(tuple(sorted(map(names.index, traits)))) for traits, _, _ in groups]
    files, splits = ([one[place] for one in groups] for place in (1, 2))
    return deal(
        sets, np.array(kinds, dtype=int), np.array(files, dtype=int), np.array(splits, dtype=int), shares
    ).tolist()


def _plainly(groups: list[tuple[frozenset[str], int, int]]) -> list[int]:
    shares = [share for _, share in SHARES]
    found = [split for _, _, split in groups]
    traits = [*sorted({trait for own, _, _ in groups for trait in own}), "~all"]
    having = {trait: [n for n, (own, _, _) in enumerate(groups) if trait in own or trait == "~all"] for trait in traits}
    wanted = {}
    for trait, members in having.items():
        total = sum(groups[n][1] for n in members)
        held = [max(share * total, 1 if len(members) >= 3 else 0) for share in shares[1:]]
        row = [total - sum(held), *held]
        for n in members:
            if found[n] >= 0:
                row[found[n]] -= groups[n][1]
        wanted[trait] = row
    due = [max(1, share * sum(files for _, files, _ in groups)) for share in shares]
    while -1 in found:
        left = {trait: [n for n in members if found[n] < 0] for trait, members in having.items()}
        rarest = min((trait for trait in traits if left[trait]), key=lambda trait: len(left[trait]))
        for n in left[rarest]:
            fitting = [split for split in range(3) if groups[n][1] <= due[split]] or [TRAIN]
            found[n] = max(fitting, key=lambda split: (wanted[rarest][split], wanted["~all"][split], shares[split]))
            for trait in traits:
                if n in having[trait]:
                    wanted[trait][found[n]] -= groups[n][1]
    return found


def _groups(count: int, salt: str) -> list[tuple[frozenset[str], int, int]]:
    """Groups with common and rare traits, most of one file; some have a split already."""
    made = []
    for number in range(count):
        drawn = hashlib.sha256(f"{salt} {number}".encode()).digest()
        traits = frozenset(
            name for name, byte in zip("abcdefgh", drawn, strict=False) if byte < 256 >> "abcdefgh".index(name)
        )
        made.append((traits, 1 + 7 * (drawn[30] < 20), drawn[31] % 3 if drawn[29] < 60 else -1))
    return made


@pytest.mark.parametrize("count", [0, 1, 2, 3, 11, 40, 160])
def test_groups_are_dealt_as_the_rule_says(count: int) -> None:
    groups = _groups(count, str(count))
    assert _dealt(groups) == _plainly(groups)
    assert [new for new, (_, _, old) in zip(_dealt(groups), groups, strict=True) if old >= 0] == [
        old for _, _, old in groups if old >= 0
    ]


def test_what_three_groups_have_stands_in_every_split() -> None:
    groups = [(frozenset({"elf"}), 1, -1)] * 57 + [(frozenset({"elf", "rare"}), 1, -1)] * 3
    found = _dealt(groups)
    assert Counter(found) == {0: 54, 1: 3, 2: 3}
    assert sorted(found[57:]) == [0, 1, 2]


def test_two_groups_are_for_training_and_newcomers_fill_the_rest() -> None:
    groups = [(frozenset({"elf"}), 1, -1)] * 2
    assert _dealt(groups) == [0, 0]
    for amount in range(2, 40):
        groups = [*((traits, files, split) for (traits, files, _), split in zip(groups, _dealt(groups), strict=True)),
                  (frozenset({"elf"}), 1, -1)]  # fmt: skip
        found = _dealt(groups)
        assert found[:amount] == [split for _, _, split in groups[:amount]]
    assert Counter(found) == {0: 36, 1: 2, 2: 2}


def test_a_group_larger_than_a_splits_due_is_for_training() -> None:
    groups = [(frozenset({"elf"}), 30 if number == 15 else 1, -1) for number in range(31)]
    found = _dealt(groups)
    assert found[15] == TRAIN
    assert Counter(found) == {0: 25, 1: 3, 2: 3}


def test_shares_are_relative_to_their_sum() -> None:
    groups = [(frozenset({"elf"}), 1, -1)] * 40
    assert _dealt(groups, (("a", 3), ("b", 1))) == _dealt(groups, (("a", 0.75), ("b", 0.25)))
    assert Counter(_dealt(groups, (("a", 3), ("b", 1)))) == {0: 30, 1: 10}
