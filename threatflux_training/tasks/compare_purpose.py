"""What two files are for by their own words, side by side: usage texts, help texts, opening remarks."""

from threatflux_training.compose.content import Role, Say, Slot, say
from threatflux_training.compose.value import Text
from threatflux_training.tasks.compare_pair import Fact, Pair, Side, kept
from threatflux_training.tasks.purpose import known, owner, told_line


@kept
def purpose(pair: Pair, role: Role = "detail") -> Fact | None:
    """What each is for, in its own words or by its name and place; None where nothing tells that of either."""
    shows = pair.shows("metadata")
    names = [known(side.view) for side in pair.sides]
    does = [one.said.slots["does"] if one is not None else None for one in names]
    tags = "identity comparison plain"
    if does[0] is not None and does[1] is not None:
        slots: dict[str, Slot] = {**pair.slots, "does_a": does[0], "does_b": does[1]}
        phrase = "compare.known.same" if does[0] == does[1] else "compare.known"
        return Fact((say(role, phrase, f"{tags} package", **slots),), shows)
    found = [_told(side) for side in pair.sides]
    shows += tuple(side.show("strings", only=(one[0],)) for side, one in zip(pair.sides, found, strict=True) if one)
    first, second = found
    if first is not None and second is not None:
        slots = {**pair.slots, "told_a": first[1], "told_b": second[1]}
        form = "compare.usage" if first[2] or second[2] else "compare.purpose"
        return Fact((say(role, form, f"{tags} strings", **slots),), shows)
    said: list[Say] = []
    for number, (side, other) in enumerate((pair.sides, pair.sides[::-1])):
        line, clause = found[number], does[number]
        slots = {**pair.slots, "who": side.label, "rest": other.label}
        if line is not None:
            form = "compare.usage.one" if line[2] else "compare.purpose.one"
            said.append(say(role, form, f"{tags} strings", **slots, told=line[1]))
        elif clause is not None:
            said.append(say(role, "compare.known.one", f"{tags} package", **slots, does=clause))
    return Fact(tuple(said), shows) if said else None


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
