"""Which split each group belongs to: dealt so that every split gets of everything that the groups hold.

This is iterative stratification (Sechidis, Tsoumakas and Vlahavas, On the Stratification of Multi-label Data, 2011) without
random ties, and with room in every split for each trait that enough groups have.
"""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from threatflux_training.quality.hashes import Ints

Shares: TypeAlias = Sequence[tuple[str, float]]
"""The splits by name, each with its share of all; shares are relative to their sum."""


def deal(traits: Sequence[Sequence[int]], kinds: Ints, files: Ints, splits: Ints, shares: Shares) -> Ints:
    """The split of each group, as its place among the shares: as given, and dealt where `splits` says -1.

    `traits` are sets of numbers, `kinds` tells for each group which of the sets is its own, `files` how many files it has.
    """
    made = _Deal(traits, kinds, files, splits.copy(), shares)
    made.run()
    return made.splits


class _Deal:
    """The splits of groups so far, and what every split still wants."""

    def __init__(self, traits: Sequence[Sequence[int]], kinds: Ints, files: Ints, splits: Ints, shares: Shares) -> None:
        total = sum(share for _, share in shares)
        self._shares = [share / total for _, share in shares]
        self._largest = self._shares.index(max(self._shares))
        every = max((trait for own in traits for trait in own), default=-1) + 1
        self._traits = [(*own, every) for own in traits]
        self._has = np.zeros((len(traits), every + 1), dtype=np.int64)
        for kind, own in enumerate(self._traits):
            self._has[kind, list(own)] = 1
        self._kinds, self._files, self.splits = kinds, files, splits
        self._fitting = [max(1.0, share * float(files.sum())) for share in self._shares]
        self._wanted = self._wants()

    def _wants(self) -> list[list[float]]:
        """By trait and split: how many more files of the trait the split should get.

        A trait of as many groups as there are splits is wanted once in each of them at least.
        """
        amounts = np.bincount(self._kinds, weights=self._files, minlength=len(self._has)) @ self._has
        groups = np.bincount(self._kinds, minlength=len(self._has)) @ self._has
        wanted = amounts[:, None] * np.array(self._shares)
        wanted[groups >= len(self._shares)] = wanted[groups >= len(self._shares)].clip(1)
        others = np.arange(len(self._shares)) != self._largest
        wanted[:, self._largest] = amounts - wanted[:, others].sum(axis=1)
        for split in range(len(self._shares)):
            dealt = self.splits == split
            wanted[:, split] -= np.bincount(self._kinds[dealt], self._files[dealt], len(self._has)) @ self._has
        found: list[list[float]] = wanted.tolist()
        return found

    def run(self) -> None:
        """Deal all that have no split: the rarest trait first, its groups in their order, each where it is wanted most."""
        while (left := self.splits < 0).any():
            spread = np.bincount(self._kinds[left], minlength=len(self._has)) @ self._has
            trait = min(np.flatnonzero(spread).tolist(), key=lambda one: (spread[one], one))
            for group in np.flatnonzero(left & (self._has[self._kinds, trait] > 0)).tolist():
                self._give(group, trait)

    def _give(self, group: int, trait: int) -> None:
        """A group to the split that wants most of a trait, in doubt most of all, then to the larger one.

        A group with more files than are the due of a split does not go there.
        """
        files = int(self._files[group])
        fitting = [one for one, most in enumerate(self._fitting) if files <= most] or [self._largest]
        mine, every = self._wanted[trait], self._wanted[-1]
        split = max(fitting, key=lambda one: (mine[one], every[one], self._shares[one]))
        self.splits[group] = split
        for one in self._traits[self._kinds[group]]:
            self._wanted[one][split] -= files
