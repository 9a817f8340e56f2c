"""What two files are for by their own words, side by side: usage texts, help texts, opening remarks."""

from threatflux_training.compose.content import Role, say
from threatflux_training.compose.value import Text
from threatflux_training.tasks.compare_pair import Fact, Pair, Side, kept
from threatflux_training.tasks.purpose import owner, told_line


@kept
def purpose(pair: Pair, role: Role = "detail") -> Fact | None:
    """What each says it is for; None where neither does."""
    found = [_told(side) for side in pair.sides]
    shows = pair.shows("metadata")
    shows += tuple(side.show("strings", only=(one[0],)) for side, one in zip(pair.sides, found, strict=True) if one)
    slots = dict(pair.slots)
    first, second = found
    if first is not None and second is not None:
        slots |= {"told_a": first[1], "told_b": second[1]}
        form = "compare.usage" if first[2] or second[2] else "compare.purpose"
        return Fact((say(role, form, "identity comparison plain strings", **slots),), shows)
    one = first or second
    if one is None:
        return None
    who, rest = pair.sides if first is not None else reversed(pair.sides)
    slots |= {"who": who.label, "rest": rest.label, "told": one[1]}
    form = "compare.usage.one" if one[2] else "compare.purpose.one"
    return Fact((say(role, form, "identity comparison plain strings", **slots),), shows)


def _told(side: Side) -> tuple[int, Text, bool] | None:
    """The line in which a file says what it is for: its description, else how it is called."""
    return told_line(side.view)


_PACKAGES = ("purpose.project.package", "purpose.project.debug")
"""What is said of strings that name the package of a file."""


@kept
def owners(pair: Pair, role: Role = "detail") -> Fact | None:
    """Which packages the strings of the files name; None where neither names one, or both the same."""
    found = [one if (one := owner(side.view)) and one.said.phrase in _PACKAGES else None for side in pair.sides]
    named = [one.said.slots["project"] if one is not None else None for one in found]
    texts = [one.text if isinstance(one, Text) else "" for one in named]
    if not any(texts) or texts[0] == texts[1]:
        return None
    slots = dict(pair.slots)
    shows = tuple(
        side.show("strings", only=one.lines) for side, one in zip(pair.sides, found, strict=True) if one is not None
    )
    tags = "package provenance comparison strings decision"
    if isinstance(named[0], Text) and isinstance(named[1], Text):
        slots |= {"package_a": named[0], "package_b": named[1]}
        return Fact((say(role, "compare.owners", tags, **slots),), shows)
    who, rest = pair.sides if texts[0] else (pair.b, pair.a)
    given = named[0] or named[1]
    slots |= {"who": who.label, "rest": rest.label, "package": given if isinstance(given, Text) else Text("")}
    return Fact((say(role, "compare.owners.one", tags, **slots),), shows)
