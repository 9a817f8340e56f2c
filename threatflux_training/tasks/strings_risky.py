"""Lines of a script with consequences: downloads, automatic starts, deletions, programs started."""

import re
from collections.abc import Sequence
from functools import partial

import msgspec

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Say, items, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.script_steps import Step
from threatflux_training.evidence.string_kinds import secret_names
from threatflux_training.evidence.view import View
from threatflux_training.tasks.compound import SURROUNDINGS
from threatflux_training.tasks.listing import BLOCK, Listing
from threatflux_training.tasks.model import Draft, Offer, Request, Show
from threatflux_training.tasks.script_calls import uncalled
from threatflux_training.tasks.script_decoded import decoded
from threatflux_training.tasks.script_lines import LEAST, WEIGHTY, Reading, line_of, readings, remarks, weighed
from threatflux_training.tasks.script_walk import steps_of, walk
from threatflux_training.text import MAX_LINE


def offers(view: View, listing: Listing) -> list[Offer]:
    """Tasks on the lines of a script that act on the system."""
    read = readings(listing)
    weighty = [entry for entry in read if entry[1].rule in WEIGHTY]
    made = [
        Offer(task="strings.risky", build=lambda r: _risky(listing, weighty, r), importance=7, long=len(weighty) > 4)
    ]
    for rule in ("fetch", "persist"):
        found = [entry for entry in read if entry[1].rule in (rule, f"{rule}_pipe")]
        if found:
            made.append(
                Offer(task=f"strings.{rule}", build=partial(_one_rule, listing, found, rule), importance=8, long=True)
            )
    return made


def _risky(listing: Listing, weighty: list[tuple[int, Reading]], request: Request) -> Draft | None:
    chosen = weighed(listing, weighty, 16 if request.length == "long" else 4)
    if not chosen:
        return _harmless(listing, request)
    if len(weighty) == 1 and chosen[0][1].rule == "spawn" and listing.texts[chosen[0][0]].lstrip().startswith("exec "):
        return _handing(listing, chosen[0][0], request)
    if len(chosen) == 1:
        content: list[Content] = [line_of(listing, chosen[0], "answer")]
    else:
        places = [index for index, _ in chosen]
        lead = say(
            "answer", "strings.risky", "decision malware", name=listing.view.name, places=_lines(listing, places)
        )
        kinds = _by_kind(listing, chosen)
        if len(kinds) == 1:
            content = [lead, msgspec.structs.replace(kinds[0], role="answer")]
        else:
            content = [lead, items("answer", say("answer", "strings.risky.lead", "code"), list(kinds), "code")]
    lines = [index for index, _ in chosen]
    origins = [*uncalled(listing, lines), *_origins(listing, lines)]
    content += [*decoded(listing, lines), *(said for _, said in origins)]
    content.append(say("limit", "strings.risky.intent", "limit decision malware", place=listing.place(chosen[0][0])))
    shows = listing.show([*lines, *(index for index, _ in origins)], request.room)
    return Draft(slots={}, shows=shows, content=tuple(content), context=("threats", "behavioral", *SURROUNDINGS))


def _by_kind(listing: Listing, chosen: Sequence[tuple[int, Reading]]) -> list[Say]:
    """What each line does; lines that do the same together."""
    kinds: dict[str, list[tuple[int, Say]]] = {}
    for entry in chosen:
        said = line_of(listing, entry)
        kinds.setdefault(said.phrase, []).append((entry[0], said))
    made: list[Say] = []
    for phrase, found in kinds.items():
        if len(found) == 1:
            made.append(found[0][1])
            continue
        lines = value.join([listing.quoted(index) for index, _ in found])
        places = _lines(listing, [index for index, _ in found])
        kind = phrase.removeprefix("strings.line.")
        made.append(say("detail", f"strings.risky.kind.{kind}", "code", lines=lines, places=places))
    return made


def _handing(listing: Listing, index: int, request: Request) -> Draft:
    """A script whose only act is to hand over to another program, in this line."""
    slots = {"line": listing.quoted(index), "place": listing.place(index), "name": listing.view.name}
    origins = _origins(listing, [index])
    content: list[Content] = [
        say("answer", "strings.risky.hand", "decision process", **slots),
        *(said for _, said in origins),
    ]
    content.append(say("limit", "strings.risky.hand.limit", "limit decision", **slots))
    shows = listing.show([index, *(origin for origin, _ in origins)], request.room)
    return Draft(slots={}, shows=shows, content=tuple(content), context=("threats", "behavioral", *SURROUNDINGS))


def _lines(listing: Listing, indices: Sequence[int]) -> Text:
    """`entry 4`, `entries 4, 7 and 9`."""
    places = value.join([listing.place(index) for index in indices])
    return Text(f"{'entry' if len(indices) == 1 else 'entries'} {places.text}", places.sources)


_ACTS = frozenset(("write", "append", "move", "copy", "link", "delete", "run", "hand"))
"""Steps that act on the system although no weighty rule reads them."""
_OTHERS = re.compile(
    r"\b(?:curl|wget|rm|rmdir|mv|cp|dd|kill|pkill|killall|mkfs|shred|truncate|tee|nc|ncat|ssh|scp|rsync|ftp|systemctl|crontab)\b"
    r"|(?<![<>&\d=-])>{1,2}\s*(?!/dev/null|&)[\"'$/\w]|\bopen\b.*[\"'][awx>+]|\bos\.(?:rename|replace|kill|symlink)|\bshutil\.|\burllib\b|\bsocket\b"
    r"|\b(?:rename|symlink|kill)\b|\bsystem\b|`"
)
"""Words of commands and calls that act on the system, wherever they stand in a line."""


def _harmless(listing: Listing, request: Request) -> Draft | None:
    """That no line acts on the system, and what the lines do instead."""
    stop = listing.view.lines(BLOCK).fits(0, request.room)
    if stop < min(LEAST, len(listing)) or secrets_within(listing, stop) or _acts(listing, stop):
        return None
    slots = {"name": listing.view.name, "last": listing.place(stop - 1), "quote": listing.quoted(stop - 1)}
    content: list[Content] = [say("answer", "strings.risky.none", "decision malware", first=listing.quoted(0), **slots)]
    told = walk(listing, 0, stop, "short")
    if told is not None:
        content.append(told.lead)
    content.append(say("limit", "strings.risky.none_limit", "limit verify", **slots))
    return Draft(
        slots={},
        shows=(Show(BLOCK, 0, stop),),
        content=tuple(content),
        context=("threats", "behavioral", *SURROUNDINGS),
    )


def _acts(listing: Listing, stop: int) -> bool:
    """Whether a line before `stop` may act on the system by other words than those of the weighty rules, or is too long to be read."""
    skipped = remarks(listing)
    return any(one.line < stop and one.act in _ACTS for one in steps_of(listing)) or any(
        index not in skipped and (len(text) > MAX_LINE or _OTHERS.search(text))
        for index, text in enumerate(listing.texts[1:stop], 1)
    )


def secrets_within(listing: Listing, stop: int) -> bool:
    """Whether a line before `stop` gives a credential a value."""
    return any(secret_names(text) for text in listing.texts[:stop])


_VARIABLE = re.compile(r"\$\{?([A-Za-z_]\w*)")
_ORIGINS = 2
"""Variables of which an answer tells where they are set."""


def _origins(listing: Listing, indices: Sequence[int]) -> list[tuple[int, Say]]:
    """Where the variables of some lines are set last before them: the line, and the statement."""
    found: list[tuple[int, Say]] = []
    seen: set[str] = set()
    for index in indices:
        for name in _VARIABLE.findall(listing.texts[index]):
            origin = next((one.line for one in reversed(_settings(listing).get(name, ())) if one.line < index), -1)
            if name in seen or origin < 0 or origin in indices or len(found) == _ORIGINS:
                continue
            seen.add(name)
            slots = {"variable": listing.piece(index, name), "place": listing.place(index)}
            slots |= {"origin": listing.place(origin), "line": listing.quoted(origin)}
            found.append((origin, say("detail", "strings.risky.from", "code data", **slots)))
    return found


def _settings(listing: Listing) -> dict[str, list[Step]]:
    """The steps that give a variable a value, by its name."""
    return listing.view.once("scripts.settings", lambda: _by_name(steps_of(listing)))


def _by_name(found: Sequence[Step]) -> dict[str, list[Step]]:
    named: dict[str, list[Step]] = {}
    for one in found:
        if one.act in ("set", "argument", "capture"):
            named.setdefault(one.pieces[0].strip("$@%() "), []).append(one)
    return named


def _one_rule(listing: Listing, found: list[tuple[int, Reading]], rule: str, request: Request) -> Draft:
    first = found[0]
    slots = {"line": listing.quoted(first[0]), "name": listing.view.name, "place": listing.place(first[0])}
    content: list[Content] = [say("answer", f"strings.{rule}", first[1].tags, **slots)]
    content += [line_of(listing, entry) for entry in found[1:4]]
    lines = [index for index, _ in found[:4]]
    alone = uncalled(listing, lines)
    content += [said for _, said in alone]
    content.append(say("meaning", f"strings.{rule}.meaning", "weakness malware decision permission", **slots))
    content.append(say("limit", f"strings.{rule}.limit", "limit decision", **slots))
    content.append(say("next", f"strings.{rule}.next", "next verify", **slots))
    return Draft(
        slots={},
        shows=listing.show([*lines, *(index for index, _ in alone)], request.room),
        content=tuple(content),
        context=("threats", "behavioral", *SURROUNDINGS),
    )
