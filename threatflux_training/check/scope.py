"""What an answer concludes from a list as a whole where the prompt shows a part of it: "none of its strings", "the only link".

Such a statement needs no value, so no trace can bear it out; it is known by its words. Only the forms below are read. What
names its limits ("in view", "of those shown") is no such statement.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from threatflux_training.check.documents import Document
from threatflux_training.check.excerpts import feature_of
from threatflux_training.check.places import at
from threatflux_training.check.visible import Prompt, shows_all

_CODE = re.compile(r"^(`{3,}).*?^\1$|(?<!`)(`+)(?!`).*?(?<!`)\2(?!`)", re.DOTALL | re.MULTILINE)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_SCOPE = re.compile(
    r"\b(?:shown?|shows?|in view|in sight|visible|I see|I find|I know|here|excerpt|listed|up to|from \S+ to|sampled?|report|rules?|"
    r"scanner|usual|if|would|by name|compressed)\b|\b(?:every|any|most|many) (?:[a-zA-Z]+ )?(?:files?|programs?|scripts?|web|binary)\b",
    re.IGNORECASE,
)
"""Words of a sentence that names its limits, or that speaks of files or rules in general."""


class _List(NamedTuple):
    """A list of a report: where it stands, the field of its entries that counts, and how one speaks of all of it."""

    places: tuple[tuple[str, ...], ...]
    field: tuple[str, ...]
    whole: re.Pattern[str]


_TEXT = r"(?:strings|texts?|lines|(?:web )?addresses|web address|address to follow|links?|sentences?|messages|version names?)"
_NONE = r"(?:no|none of|nothing (?:among|in|of)|neither of|not one of|not a single)"
_HAVE = r"(?:hold|have|give|show|name|contain|say|tell|state|mention|carry)s?"
_LISTS: Mapping[str, _List] = {
    "strings": _List(
        (("strings",),),
        (),
        re.compile(
            rf"\b{_NONE} (?:(?:its|the|their|these|those|telling|usage|further|other) )*{_TEXT}\b"
            r"|\b(?:the|its) (?:only|sole|single|one) (?:web )?(?:address|link|path|line|text)\b"
            r"|(?<!than )\bone (?:telling text|web address|link|path)\b(?! in )"
            rf"|\ball (?:(?:of )?(?:its|the|their) )?(?:plain |version )?(?:strings|texts|lines|version names)\b"
            rf"|\b(?:strings|texts|lines) (?:of x )?(?:don't |{_HAVE} (?:no|nothing|none|neither))"
            r"|\b(?:newest|highest|oldest) (?:[a-z]+ ){0,2}version\b|^(?:- )?Only x (?:has|says) x(?!.*nothing that x lacks)|^(?:- )?x says x, the other doesn't",
            re.IGNORECASE,
        ),
    ),
    "entropy.sections": _List(
        (("entropy", "sections"),),
        ("name",),
        re.compile(
            r"\b(?:densest|sparsest|fullest|emptiest)\b.*\bbits per byte|\bno (?:section|part)\b.*\bbits per byte|"
            r"\bhas most\b.*\bbits per byte|\bhas least\b.*\bbits per byte",
            re.IGNORECASE,
        ),
    ),
    "imports": _List(
        (("symbols", "imports"), ("binary_info", "imports")),
        ("name",),
        re.compile(
            r"\b(?:the |its )?only import\b|\bimports (?:nothing|none)\b|\bnone of (?:its|the) imports\b|"
            r"\b(?:is|are) n(?:ot|ever) imported\b|\bno (?:checked|related|unbounded) [a-z]+ is imported\b",
            re.IGNORECASE,
        ),
    ),
}


def beyond_view(text: str, sides: Sequence[Sequence[Document]], prompt: Prompt) -> Iterator[str]:
    """The sentences of an answer that speak of all of a list of one of the files, while the prompt shows only some of it."""
    sentences = [one for one in _SENTENCE.split(_CODE.sub("x", text)) if not _SCOPE.search(one)]
    for name, known in _LISTS.items():
        said = [one for one in sentences if known.whole.search(one)]
        if said and any(_partly(known, documents, prompt) for documents in sides):
            yield from (f"{one!r}, of all {name}" for one in said)


def _partly(known: _List, documents: Sequence[Document], prompt: Prompt) -> bool:
    """Whether the documents about a file have such a list, and the prompt shows none of them whole."""
    found: list[Any] = [
        raw
        for document in documents
        for feature, *steps in known.places
        if isinstance(raw := at(feature_of(document, feature), tuple(steps)), list)
    ]
    return bool(found) and not any(shows_all(raw, list(known.field), prompt) for raw in found)
