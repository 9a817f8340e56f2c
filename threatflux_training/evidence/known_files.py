"""What well-known programs and libraries are for: general knowledge by name, for files where distributions install them.

The clauses are data (`catalogue/data/known_files.toml`) and go on after the name: `mv` *moves and renames files*.
"""

import re
from functools import cache
from importlib import resources
from typing import Literal, NamedTuple

from threatflux_training import toml

Table = Literal["programs", "helpers", "libraries", "modules"]
"""helpers: programs that other programs start, by their folder and name; modules: those of PAM."""
_PLACES: tuple[tuple[Table, re.Pattern[str]], ...] = (
    ("programs", re.compile(r"/(?:usr/)?s?bin/([^/]+)")),
    ("modules", re.compile(r"/(?:usr/)?lib/(?:[\w-]+/)?security/(pam_\w+)\.so")),
    (
        "libraries",
        re.compile(r"/(?:usr/)?lib(?:32|64|x32)?/(?:\w+-linux-\w+/)?((?:lib|ld-linux)[^/]*?)\.so(?:\.\d[\w.]*)?"),
    ),
    ("helpers", re.compile(r"/(?:usr/)?lib(?:exec)?/([^/]+/[^/]+)")),
)
_VERSIONED = re.compile(r"(?:-\d[\d.]*|\d+(?:\.\d+)+)\Z")
"""A version at the end of a name: `gcc-12`, `python3.11`, `libm-2.31`."""


class Known(NamedTuple):
    """What a file of this name and place is, and its clause."""

    table: Table
    does: str


@cache
def tables() -> dict[str, dict[str, str]]:
    """The clauses by sort and name."""
    data = resources.files("threatflux_training.catalogue").joinpath("data/known_files.toml").read_bytes()
    return toml.decode(data, dict[str, dict[str, str]])


def known_file(path: str) -> Known | None:
    """What a file is for by its path alone; None where the name isn't known or the place isn't where it is installed."""
    for table, pattern in _PLACES:
        if (match := pattern.fullmatch(path)) is not None:
            names = tables()[table]
            does = names.get(match[1]) or names.get(_plain(match[1]))
            return Known(table, does) if does else None
    return None


def _plain(name: str) -> str:
    """A name without a version at its end, and a loader without its processor."""
    if name.startswith("ld-linux"):
        return "ld-linux"
    return _VERSIONED.sub("", name)
