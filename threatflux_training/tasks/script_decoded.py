"""What texts in base64 that a Python script decodes in the same line stand for, where that is a short readable text."""

import base64
import re
from collections.abc import Iterable
from itertools import islice

from threatflux_training.compose import value
from threatflux_training.compose.content import Say, say
from threatflux_training.evidence.string_kinds import secret_names
from threatflux_training.secrets import spans
from threatflux_training.tasks.listing import Listing
from threatflux_training.tasks.strings_hostile import addresses_model

_ENCODED = re.compile(r"\bb64decode\(\s*b?([\"'])([A-Za-z0-9+/]{8,}={0,2})\1")
_LONGEST = 80
"""Characters of a decoded text that is told."""
_TOLD = 2
"""Texts that an answer decodes."""


def decoded(listing: Listing, indices: Iterable[int]) -> list[Say]:
    """What the encoded texts in some lines decode to."""
    return list(islice((one for index in indices for one in _decoded(listing, index)), _TOLD))


def _decoded(listing: Listing, index: int) -> list[Say]:
    match = _ENCODED.search(listing.texts[index])
    plain = _plain(match[2]) if match is not None else ""
    if match is None or not plain or secret_names(listing.texts[index]):
        return []
    text = value.in_code(value.decoded(plain, listing.at(index), match[2]))
    return [say("answer", "strings.line.decoded", "malware code data", text=text, place=listing.place(index))]


def _plain(encoded: str) -> str:
    """The readable text that an encoded one stands for; "" for others, for credentials and for texts to a model."""
    try:
        text = base64.b64decode(encoded, validate=True).decode("ascii")
    except ValueError:
        return ""
    able = text.isprintable() and text.strip() and len(text) <= _LONGEST
    return "" if not able or spans(text) or secret_names(text) or addresses_model(text) else text
