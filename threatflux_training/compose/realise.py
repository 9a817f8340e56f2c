"""From statements to text: phrases with their slots filled, sentences joined, lists set."""

import re
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache

from threatflux_training.catalogue.load import Catalogue, Template
from threatflux_training.catalogue.model import Register
from threatflux_training.compose.content import Items, Say, Slot, Slots
from threatflux_training.compose.value import Source, Text, join
from threatflux_training.hashing import pick

DECIDED = re.compile(
    r"(?:Yes|No[,.:;]|No sign|Not (?:by|on|as|yet|that|from)|It (?:does|did|has|isn't real|shouldn't)|They aren't|Probably|Likely"
    r"|Rather|Hardly|Partly|In part|Moderately|Somewhat|Mixed|Better not|As far as)(?!\w)"
)
"""How a sentence starts that says yes or no by itself, or how far."""
_REFERS = re.compile(r"(?:That|This|They|These|Those|It|Its|Their|Such|So|Also|Then|Both|Neither|Hence)\b(?! \Z)")
"""An opening that takes up the sentence before it; `That {name} ...` (a clause) does not."""


@lru_cache(maxsize=1 << 14)
def _refers(opening: str) -> bool:
    return bool(_REFERS.match(opening))


@lru_cache(maxsize=1 << 14)
def _decides(opening: str) -> bool:
    return bool(DECIDED.match(opening))


_AGREEING = re.compile(r"\[([^\[\]|]+)\|([^\[\]|]+)\]")
"""`[is|are]`: the first word with a list of one entry, else the second."""
_CODE = re.compile(r"(`+)(?:(?!`).)+?\1")
_JOINED = re.compile(r", | (?:and|or) ")
_LISTS = ("list", "names", "lines", "near", "checked", "inputs", "libraries")


def _single(slots: Slots) -> bool:
    """Whether the statement's list has one entry (a joined list has a source for each, and a word before the last)."""
    found = next((slots[name] for name in _LISTS if name in slots), None)
    if isinstance(found, Text):
        return len(found.sources) <= 1 and not _JOINED.search(_CODE.sub("", found.text))
    return isinstance(found, tuple) and len(found) == 1


_NAMING = ("name", "path")
_LONG = 14
"""Characters from which a text in code is a quotation rather than a short name that may be named again."""


def _notable(name: str, slot: Slot | None) -> str:
    """A value whose repetition a reader notices, a figure or a longer text; else nothing."""
    if name in _NAMING or not isinstance(slot, Text):
        return ""
    text = slot.text
    if len(text) >= _LONG:
        return text
    return text if not text.startswith("`") and any(map(str.isdigit, text)) else ""


class Unsayable(KeyError):
    """A phrase that does not exist, or a slot that a statement does not fill: our own mistake; the argument is its name.

    It costs the draft, which is counted as dropped, not the run.
    """


def fill(template: Template, slots: Mapping[str, Text], single: bool = False) -> Text:
    """The template with its slots filled; a slot that nobody fills is our own mistake (Unsayable).

    Literal parts agree in number with the statement's list: `[is|are]`, `single` if it has one entry.
    """
    group = 1 if single else 2
    parts = [
        part if place % 2 or "[" not in part else _AGREEING.sub(lambda match: match[group], part)
        for place, part in enumerate(template.parts)
    ]
    sources: list[Source] = []
    for index in range(1, len(parts), 2):
        if parts[index] not in slots:
            raise Unsayable(parts[index])
        value = slots[parts[index]]
        parts[index] = value.text
        sources += value.sources
    return Text("".join(parts), tuple(sources))


class Realiser:
    """Writes statements in one register, choosing among variants by a key."""

    def __init__(self, catalogue: Catalogue, register: Register, key: str) -> None:
        self._catalogue = catalogue
        self._register = register
        self._key = key
        self._uses: Counter[str] = Counter()
        self._given: set[str] = set()

    def sentence(self, statement: Say, after_answer: bool = True, alike: bool = False, decides: bool = True) -> Text:
        """A phrase in words; ids that start with `knowledge.` are reviewed sentences, taken as they are
        (for laymen `ID.plain`, where there is one).

        Only right after the answer may a sentence open by referring back; elsewhere another variant is taken where the
        phrase has one. A variant that names what this report lacks is no choice; a phrase with only such ones is
        our own mistake (Unsayable). A phrase that comes again is worded otherwise, unless `alike` (entries of a list).
        Of the variants those come first that repeat no figure and no longer text that this answer has given; entries of
        a list keep one form. Where a statement isn't the reply to the question (not `decides`), a variant that says
        yes or no is taken last.
        """
        if statement.phrase.startswith("knowledge."):
            name = statement.phrase.removeprefix("knowledge.")
            if self._register == "plain" and f"{name}.plain" in self._catalogue.knowledge:
                name = f"{name}.plain"
            text = self._catalogue.knowledge[name].text
            return Text(text, (Source(text, "", "knowledge", (name,)),))
        if statement.phrase not in self._catalogue.phrases:
            raise Unsayable(statement.phrase)
        phrase = self._catalogue.phrases[statement.phrase].variants[self._register]
        variants = tuple(one for one in phrase if one.needs <= statement.slots.keys()) or phrase
        if not after_answer:
            variants = tuple(one for one in variants if not _refers(one.parts[0])) or variants
        if not decides:
            variants = tuple(one for one in variants if not _decides(one.parts[0])) or variants
        place = pick(f"{self._key}/{statement.phrase}", len(variants))
        if not alike:
            place += self._uses[statement.phrase]
            self._uses[statement.phrase] += 1
        place %= len(variants)
        chosen = variants[place]
        if len(variants) > 1 and self._given and not alike:
            order = (*variants[place:], *variants[:place])
            chosen = min(order, key=lambda one: self._repeats(one, statement.slots))
        self._given.update(text for name in chosen.slots if (text := _notable(name, statement.slots.get(name))))
        slots = {name: self._slot(statement.slots[name]) for name in chosen.slots if name in statement.slots}
        return fill(chosen, slots, _single(statement.slots))

    def _repeats(self, variant: Template, slots: Slots) -> int:
        """How many figures and longer texts a variant gives that were given before."""
        return sum(_notable(name, slots.get(name)) in self._given for name in variant.slots)

    def _slot(self, slot: Slot) -> Text:
        if isinstance(slot, Text):
            return slot
        if isinstance(slot, Say):
            return self.sentence(slot)
        return join([self._slot(one) for one in slot])

    def item(self, entry: Say | Text) -> Text:
        """One entry of a list."""
        return self.sentence(entry, alike=True) if isinstance(entry, Say) else entry

    def listing(self, listing: Items) -> Text:
        """A lead and its entries, one per line."""
        lead = self.sentence(listing.lead)
        entries = [self.item(entry) for entry in listing.items]
        marks = [f"{n}. " if listing.numbered else "- " for n in range(1, len(entries) + 1)]
        lines = [lead.text, *(mark + entry.text for mark, entry in zip(marks, entries, strict=True))]
        return Text("\n".join(lines), lead.sources + tuple(s for entry in entries for s in entry.sources))
