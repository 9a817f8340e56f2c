"""What an answer of several parts says once (a digest, the advice to ask the package manager) or not at all (general limits)."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache

from threatflux_training.catalogue.load import Catalogue, Template
from threatflux_training.catalogue.model import Register
from threatflux_training.compose.content import Items, Say
from threatflux_training.compose.value import Text

_DIGEST = re.compile(r"`[0-9a-f]{32,128}`")
_GIVEN = 2
"""So often an answer without parts may give a digest."""
_ADVICE = re.compile(r"\b(?:dpkg|rpm|debsums|package(?:'s| manager| tool| database))\b|system's own tool")
"""Words of the advice to let the package manager check the file."""
_REPORT = 4
"""Parts from which an answer is a report, in which what holds of any file's analysis would only be padding."""
_NAMES = frozenset(("name", "path"))
Flat = Say | Items


class Sparing:
    """What of some parts was given, or will be by their answers; without parts only digests are counted."""

    def __init__(self, catalogue: Catalogue, register: Register, parts: Sequence[Sequence[Flat]]) -> None:
        self._catalogue, self._register = catalogue, register
        self.parts = len(parts)
        answers = [one for part in parts for one in part if one.role == "answer"]
        self._ahead = {digest for one in answers for said in _sayings(one) for digest in self._digests_of(said)}
        self._advised = any(self._advises(said) for one in answers for said in _sayings(one))
        self._digests: Counter[str] = Counter()

    def kept(self, statements: Sequence[Flat]) -> list[Flat]:
        """The statements of a part less the advice that an answer, or another part, gives, and general limits in a report."""
        advised, report = self.parts and self._advised, self.parts >= _REPORT
        return [
            one
            for one in statements
            if one.role == "answer"
            or not ((advised and self._is_advice(one)) or (report and one.role == "limit" and self._is_general(one)))
        ]

    def spared(self, chosen: Sequence[Flat]) -> list[Flat]:
        """The statements less those that give a digest once more, or one that is another part's answer, and advice but the first."""
        kept: list[Flat] = []
        for one in chosen:
            given: set[str] = set() if isinstance(one, Items) else self._digests_of(one)
            advises = self.parts > 1 and self._is_advice(one)
            if one.role != "answer" and ((given and all(map(self._spent, given))) or (advises and self._advised)):
                continue
            self._advised |= advises
            self._digests.update(given)
            kept.append(one)
        return kept

    def _is_advice(self, statement: Flat) -> bool:
        return any(map(self._advises, _sayings(statement)))

    def _is_general(self, statement: Flat) -> bool:
        """Whether a statement can be worded without any value of this file."""
        phrase = self._catalogue.phrases.get(statement.phrase) if isinstance(statement, Say) else None
        return phrase is not None and any(one.needs <= _NAMES for one in phrase.variants[self._register])

    def _spent(self, digest: str) -> bool:
        return digest in self._ahead or self._digests[digest] >= (1 if self.parts else _GIVEN)

    def _digests_of(self, said: Say) -> set[str]:
        """The digests in the values that the wordings of a statement have slots for."""
        phrase = self._catalogue.phrases.get(said.phrase)
        slots = [said.slots.get(name) for name in phrase.slots] if phrase is not None else []
        return {slot.text for slot in slots if isinstance(slot, Text) and _DIGEST.fullmatch(slot.text)}

    def _advises(self, said: Say) -> bool:
        phrase = self._catalogue.phrases.get(said.phrase)
        return phrase is not None and _advise(phrase.variants[self._register])


@lru_cache(maxsize=1 << 12)
def _advise(variants: tuple[Template, ...]) -> bool:
    return any(_ADVICE.search(part) for variant in variants for part in variant.parts[::2])


def _sayings(statement: Flat) -> Iterator[Say]:
    """The statement, or the lead and the entries of a list."""
    if isinstance(statement, Say):
        yield statement
    else:
        yield statement.lead
        yield from (one for one in statement.items if isinstance(one, Say))
