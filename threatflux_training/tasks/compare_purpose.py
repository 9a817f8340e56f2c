"""What two files are for by their own words, side by side: usage texts, help texts, opening remarks."""

from threatflux_training.compose.content import Role, say
from threatflux_training.compose.value import Text
from threatflux_training.tasks.compare_pair import Fact, Pair, Side, kept
from threatflux_training.tasks.purpose import told_line


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
        return Fact((say(role, "compare.purpose", "identity comparison plain strings", **slots),), shows)
    one = first or second
    if one is None:
        return None
    who, rest = pair.sides if first is not None else reversed(pair.sides)
    slots |= {"who": who.label, "rest": rest.label, "told": one[1]}
    return Fact((say(role, "compare.purpose.one", "identity comparison plain strings", **slots),), shows)


def _told(side: Side) -> tuple[int, Text] | None:
    """The line in which a file says what it is for: its description, else how it is called."""
    return told_line(side.view)
