"""What the head of a script says: the interpreter that runs it, its authors and its license."""

import re

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Role, say
from threatflux_training.evidence.script_steps import interpreter, language
from threatflux_training.evidence.view import View
from threatflux_training.tasks.compound import SURROUNDINGS
from threatflux_training.tasks.listing import BLOCK, Listing
from threatflux_training.tasks.model import Draft, Offer, Request, Show
from threatflux_training.tasks.script_lines import remarks
from threatflux_training.tasks.script_walk import steps_of

_AUTHOR = re.compile(
    r"(?i)copyright (?:\(c\)|\d|\u00a9)|^\W*(?:authors?|maintainers?)\s*[:=]|\bwritten by [A-Z]|maintained by|<[\w.+-]+@[\w-]+\.\w"
)
_LICENSE = re.compile(
    r"(?i)licen[cs]ed? under|licen[cs]e (?:as|version|v?\d)|general public licen[cs]e|\b(?:l|a)?gpl|\b(?:mit|bsd|apache|artistic) licen[cs]e|public domain|warranty|same terms"
)


def offers(view: View, listing: Listing) -> list[Offer]:
    """Tasks on the interpreter's line and on the remarks at the head of a script."""
    made = (
        [
            Offer(
                task="strings.interpreter",
                build=lambda r: _interpreter(listing, r),
                importance=2,
                weight=0.6,
                long=True,
            )
        ]
        if interpreter(listing.texts[0])[0]
        else []
    )
    comments = [index for index in sorted(remarks(listing)) if len(listing.texts[index]) > 15]
    if any(_AUTHOR.search(listing.texts[index]) or _LICENSE.search(listing.texts[index]) for index in comments):
        made.append(
            Offer(task="strings.header", build=lambda r: _header(listing, comments, r), importance=2, long=True)
        )
    return made


def _interpreter(listing: Listing, request: Request) -> Draft:
    first = listing.texts[0]
    program, inner = interpreter(first)
    slots = {"line": listing.quoted(0), "name": listing.view.name, "program": listing.piece(0, program)}
    if inner:
        slots["inner"] = listing.piece(0, inner)
    content: list[Content] = [
        say(
            "answer",
            "strings.interpreter.env" if inner else "strings.interpreter",
            "identity plain process path",
            **slots,
        )
    ]
    kind = language(first)
    if kind:
        content.append(
            say(
                "detail",
                f"strings.interpreter.{kind}",
                "container package build",
                program=slots.get("inner", slots["program"]),
            )
        )
    mime = listing.view.file.metadata.mime_type if listing.view.file.metadata else None
    shows: tuple[Show, ...] = (Show(BLOCK, 0, min(4, len(listing))),)
    if mime == "text/x-shellscript":
        slots["mime"] = value.code(mime, listing.view.at("metadata", ".mime_type"))
        phrase = "strings.interpreter.mime_wrong" if kind in ("python", "perl") else "strings.interpreter.mime"
        content.append(say("limit", phrase, "rule weakness data", **slots))
        shows += (Show("metadata"),)
    content.append(say("meaning", "strings.interpreter.runs", "permission process decision", **slots))
    needed = _needed(listing)
    if needed:
        names = value.join([listing.piece(index, name) for index, name in needed])
        phrase = "strings.interpreter.programs" if kind == "sh" else "strings.interpreter.modules"
        content.insert(1, say("detail", phrase, "container package imports process", list=names))
        shows = (*listing.show([0, *(index for index, _ in needed)], request.room, around=0), *shows[1:])
    return Draft(slots={}, shows=shows, content=tuple(content), context=SURROUNDINGS)


_TELLS = re.compile(r"\s*[#=/*;].*[^?\s]\s*$")
"""A comment of its own line that is no question: those in passing say nothing about the file."""


_NEEDED = 8
"""Modules or programs that an answer on the interpreter names."""


def _needed(listing: Listing) -> list[tuple[int, str]]:
    """The first modules that a script loads, or the programs that a shell script starts, each with its line."""
    act = "run" if language(listing.texts[0]) == "sh" else "load"
    found: dict[str, int] = {}
    for one in steps_of(listing):
        for piece in one.pieces if one.act == act else ():
            found.setdefault(piece, one.line)
    return [(index, piece) for piece, index in [*found.items()][:_NEEDED]]


def _header(listing: Listing, comments: list[int], request: Request) -> Draft:
    author = [i for i in comments if _AUTHOR.search(listing.texts[i]) and not listing.texts[i].startswith("=")][:3]
    licence = [i for i in comments if _LICENSE.search(listing.texts[i]) and i not in author][:2]
    purpose = [
        i for i in comments
        if i < 15 and i not in author and i not in licence and len(listing.texts[i].split()) > 4 and _TELLS.match(listing.texts[i])
    ][:2]  # fmt: skip
    chosen = sorted({*author, *licence, *purpose}) or comments[:3]
    lead = (purpose or author or chosen)[0]
    content: list[Content] = []
    if purpose or not author:
        said = say(
            "answer", "strings.header", "provenance plain identity", line=listing.quoted(lead), name=listing.view.name
        )
        content.append(said)
    if author:
        role: Role = "detail" if content else "answer"
        content.append(
            say(
                role,
                "strings.header.author",
                "provenance",
                list=value.join([listing.quoted(i) for i in author]),
                name=listing.view.name,
            )
        )
    if licence:
        content.append(
            say(
                "detail",
                "strings.header.license",
                "license package",
                list=value.join([listing.quoted(i) for i in licence]),
            )
        )
    content.append(say("limit", "strings.header.limit", "limit verify provenance", line=listing.quoted(lead)))
    return Draft(
        slots={},
        shows=listing.show(chosen, request.room),
        content=tuple(content),
        context=SURROUNDINGS,
    )
