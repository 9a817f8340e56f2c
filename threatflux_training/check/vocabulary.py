"""The data files that a checker needs: reviewed sentences, technical names, chat control tokens. Data, no code."""

import re
from functools import cache
from importlib import resources
from typing import NamedTuple

import msgspec

_HIDDEN = "\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb\ud800-\udfff"


class Vocabulary(NamedTuple):
    """Knowledge sentences by id; a pattern of names that are no values; a pattern of what no chat may hold;
    how the system turn of a tool chat ends."""

    knowledge: dict[str, str]
    terms: re.Pattern[str]
    forbidden: re.Pattern[str]
    tools: str


@cache
def vocabulary() -> Vocabulary:
    """What the library's catalogue says."""
    data = resources.files("threatflux_training.catalogue").joinpath("data")
    knowledge: dict[str, str] = {}
    terms: list[str] = []
    for file in data.joinpath("knowledge").iterdir():
        entries = msgspec.toml.decode(file.read_bytes())
        if file.name.startswith("terms"):
            terms += entries["terms"]
        else:
            knowledge |= {name: entry["text"] for name, entry in entries.items()}
    families = msgspec.toml.decode(data.joinpath("token_families.toml").read_bytes())["family"]
    prefixes = "|".join(re.escape(prefix) for family in families for prefix in family["prefix"])
    longest_first = "|".join(re.escape(term) for term in sorted(terms, key=len, reverse=True))
    return Vocabulary(
        knowledge,
        re.compile(rf"(?<![\w.])(?:{longest_first})(?![\w])"),
        re.compile(rf"[{_HIDDEN}]|(?i:{prefixes})"),
        msgspec.toml.decode(data.joinpath("tools.toml").read_bytes())["system"].strip(),
    )
