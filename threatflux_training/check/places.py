"""Places in a report: `dialect:$.binary_info.sections[3].size`, with `partner:` before it for the second file."""

import json
import re
from typing import Any, NamedTuple

_PLACE = re.compile(r"(?P<partner>partner:)?(?P<dialect>[a-z_]+):\$(?P<steps>.*)", re.DOTALL)
_STEP = re.compile(r'\.([A-Za-z_][A-Za-z0-9_]*)|\[(\d+)\]|\.?\[("(?:[^"\\]|\\.)*")\]')


class Missing:
    """What stands at a place that a report does not have."""


MISSING = Missing()


class Place(NamedTuple):
    """A parsed path."""

    partner: bool
    dialect: str
    steps: tuple[str | int, ...]


def parse(text: str) -> Place | None:
    """The place that a text names, or None if it is no path."""
    match = _PLACE.fullmatch(text)
    if not match:
        return None
    steps: list[str | int] = []
    rest, position = match["steps"], 0
    while position < len(rest):
        step = _STEP.match(rest, position)
        if not step:
            return None
        name, index, quoted = step.groups()
        steps.append(int(index) if index is not None else json.loads(quoted) if quoted else name)
        position = step.end()
    return Place(bool(match["partner"]), match["dialect"], tuple(steps))


def at(root: Any, steps: tuple[str | int, ...]) -> Any:
    """What stands there; MISSING if nothing does."""
    for step in steps:
        if isinstance(step, int):
            if not isinstance(root, list) or step >= len(root):
                return MISSING
            root = root[step]
        else:
            if not isinstance(root, dict) or step not in root:
                return MISSING
            root = root[step]
    return root
