"""Finding a string, an entry by number, a kind of string, in pairs: one that is there, one that isn't."""

import re

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.string_kinds import Kind, kind_of, secret_names
from threatflux_training.evidence.view import View
from threatflux_training.hashing import choose, ordered, pick
from threatflux_training.tasks.about import is_executable
from threatflux_training.tasks.compound import SURROUNDINGS, firm_pair
from threatflux_training.tasks.listing import BLOCK, Listing, few
from threatflux_training.tasks.model import Draft, NegativeKind, Offer, Request, Show
from threatflux_training.tasks.script_walk import line_told, steps_of
from threatflux_training.tasks.strings_elsewhere import elsewhere, repeated
from threatflux_training.text import escape

_NAMES = [
    "setlocale",
    "fork",
    "execve",
    "socket",
    "connect",
    "strcpy",
    "strcat",
    "sprintf",
    "gets",
    "memcpy",
    "malloc",
    "free",
    "realloc",
    "calloc",
    "open",
    "read",
    "write",
    "close",
    "fopen",
    "fclose",
    "fprintf",
    "printf",
    "puts",
    "getenv",
    "system",
    "popen",
    "kill",
    "waitpid",
    "pthread_create",
    "dlopen",
    "mmap",
    "mprotect",
    "ioctl",
    "stat",
    "fstat",
    "getopt_long",
    "strtol",
    "qsort",
    "bsearch",
    "opendir",
    "readdir",
    "closedir",
    "unlink",
    "rename",
    "chmod",
    "chown",
    "getpwnam",
    "syslog",
    "openlog",
    "getaddrinfo",
    "send",
    "recv",
    "bind",
    "listen",
    "accept",
    "select",
    "poll",
    "epoll_wait",
    "time",
    "localtime",
    "gmtime",
    "strftime",
    "rand",
    "srand",
    "random",
    "abort",
    "exit",
    "signal",
    "sigaction",
    "usleep",
    "nanosleep",
    "dup2",
    "pipe",
    "execvp",
    "regcomp",
    "regexec",
    "iconv_open",
    "dcgettext",
    "bindtextdomain",
    "textdomain",
    "error",
    "fputs",
    "fwrite",
    "fread",
    "fseek",
    "ftell",
    "lseek",
    "realpath",
    "access",
    "mkdir",
    "rmdir",
    "symlink",
    "readlink",
    "utime",
    "getuid",
    "geteuid",
    "setuid",
    "setgid",
    "crypt",
]
"""Names of the C library, of which any program's list holds some."""
_WORDS = (
    "usage", "error", "version", "help", "import", "print", "return", "else", "exit 1", "exit 0", "done", "fi", "esac",
    "set -e", "import os", "import sys", "use strict;", "#!/bin/sh", "#!/bin/bash", "#!/usr/bin/perl", "#!/usr/bin/env python3",
    "set -u", "umask 022", "export PATH", "trap", "exit", "then", "LC_ALL=C", "cd /tmp", "exec \"$@\"", "my $self = shift;",
)  # fmt: skip
_KINDS: tuple[tuple[str, tuple[Kind, ...], str], ...] = (
    ("network", ("network",), "web, mail or numeric addresses"),
    ("path", ("path",), "absolute file paths"),
    ("usage", ("usage",), "usage lines or command-line options"),
    ("library", ("library",), "names of shared libraries"),
    ("version", ("version",), "symbol versions"),
    ("compiler", ("compiler",), "compiler marks"),
    ("debug", ("debug",), "names of separate debug files"),
    ("message", ("message",), "messages for a reader"),
    ("secret", ("secret",), "values given to a password, key or token"),
)


def offers(view: View, listing: Listing) -> list[Offer]:
    """Look-ups and ranges of a list."""
    made = [
        Offer(task="strings.at", build=lambda r: firm_pair(_at(listing, r), r), importance=2, pair=True, variants=3),
        Offer(task="strings.contains", build=lambda r: firm_pair(_contains(listing, r), r), importance=4, pair=True, variants=4, weight=1.2),
    ]  # fmt: skip
    if (listing.script or is_executable(view)) and _absent_kinds(listing) and _present_kinds(listing):
        made.append(
            Offer(
                task="strings.any", build=lambda r: firm_pair(_any(listing, r), r), importance=4, pair=True, variants=3
            )
        )
    return made


# Is it in it?


def _contains(listing: Listing, request: Request) -> tuple[Draft, Draft] | None:
    """Of the shown range: a string that stands there, and one of the same sort that the whole list lacks."""
    start, stop, chunk = listing.window(request)
    pool = _WORDS if listing.script else _NAMES
    inside = {text.strip() for text in listing.texts[start:stop]}
    present = [text for text in pool if text in inside]
    if not present:
        present = [
            text
            for text in ordered(request.key, sorted(inside))
            if 3 < len(text) < 40 and kind_of(text) in ("symbol", "message", "version")
        ][:1]
    everything = "\n".join(listing.texts)
    shortest = min(map(len, listing.texts))
    lacking = [text for text in pool if len(text) >= shortest and text not in everything]
    if not present or not lacking:
        return None
    return (
        _containing(listing, choose(request.key, present), (start, stop), chunk),
        _lacking(listing, choose(request.key, lacking), (start, stop), chunk),
    )


def _containing(listing: Listing, text: str, part: tuple[int, int], chunk: tuple[int, int]) -> Draft:
    index = next(i for i in range(*part) if listing.texts[i].strip() == text)
    slots = {"text": value.in_code_asked(escape(text)), "name": listing.view.name, "place": listing.place(index)}
    content: list[Content] = [say("answer", "strings.contains.yes", "strings decision", **slots)]
    told, shows = elsewhere(listing, index)
    read = line_told(listing, index)
    kind = listing.kind(index)
    if told or read:
        content += [*told, *read]
    elif is_executable(listing.view) and kind == "symbol":
        content.append(say("limit", "strings.contains.name", "imports limit", **slots))
    elif not listing.script and kind in _SPEAKING:
        content.append(say("meaning", f"strings.at.kind.{_kind(kind, text)}", "limit", text=slots["text"]))
    content += _near(listing, index, part, "strings.contains.near", slots)
    content += repeated(listing, index, range(*part))
    content += _region(listing, index, part)
    content += _next(listing, index, slots)
    return Draft(
        slots=slots, shows=(Show(BLOCK, *part), *shows), content=tuple(content), chunk=chunk, context=SURROUNDINGS
    )


def _next(listing: Listing, index: int, slots: dict[str, Text]) -> list[Content]:
    """How to go on from an entry: the block around a script's line, the references to a program's text."""
    if listing.script:
        return []
    coded = is_executable(listing.view) and listing.kind(index) in (
        "message",
        "usage",
        "path",
        "network",
        "symbol",
    )
    return [say("next", "strings.contains.next.binary", "next verify code", **slots)] if coded else []


def _near(listing: Listing, index: int, part: tuple[int, int], phrase: str, slots: dict[str, Text]) -> list[Content]:
    """The entries before and after one, as far as they are shown."""
    near = [i for i in (index - 1, index + 1) if part[0] <= i < part[1]]
    if not near:
        return []
    around = value.join([listing.quoted(i) for i in near])
    return [say("detail", phrase if len(near) > 1 else f"{phrase}.one", "strings method", **{**slots, "near": around})]


def _lacking(listing: Listing, text: str, part: tuple[int, int], chunk: tuple[int, int]) -> Draft:
    missing = listing.lacks(text)
    nearest = _nearest(listing, text, part)
    slots = {
        "text": missing,
        "name": listing.view.name,
        "path": listing.view.path,
        "near": listing.quoted(nearest),
        "last": listing.place(part[1] - 1),
        "first": listing.place(part[0]),
    }
    whole = part == (0, len(listing))
    content: list[Content] = [
        say("answer", "strings.contains.no" if whole else "strings.contains.no_part", "strings decision", **slots)
    ]
    symbols = listing.view.file.symbols
    names = {one.name.partition("@")[0] for one in symbols.imports} if symbols else set()
    if names and text not in names and not listing.script:
        absent = value.absent(text, listing.view.at("symbols", ".imports"), "name")
        content.append(
            say("meaning", "strings.contains.unimported", "imports decision code", text=absent, name=slots["name"])
        )
    alike = _common_start(text, listing.texts[nearest].strip())
    if alike >= 2:
        content.append(say("detail", "strings.contains.nearest", "strings method", **slots))
    if whole and listing.complete:
        content.append(say("limit", "strings.contains.proved", "limit verify", **slots))
    else:
        content.append(say("limit", "strings.contains.open", "limit verify", **slots))
    content.append(say("next", "strings.contains.search", "next verify", **slots))
    return Draft(
        slots=slots, shows=(Show(BLOCK, *part),), content=tuple(content), chunk=chunk, context=SURROUNDINGS,
        negative="entity_not_there",
    )  # fmt: skip


def _region(listing: Listing, index: int, part: tuple[int, int]) -> list[Content]:
    """What kind of entries stand around one, inside the shown range."""
    around = [i for i in range(max(part[0], index - 7), min(part[1], index + 8)) if i != index]
    if len(around) < 4:
        return []
    if listing.script:
        return []
    kinds = [listing.kind(i) for i in around]
    main = max(dict.fromkeys(kinds), key=kinds.count)
    same = [i for i, kind in zip(around, kinds, strict=True) if kind == main]
    known = main if main in ("symbol", "message", "code", "section", "usage", "version") else "other"
    return [
        say(
            "detail",
            f"strings.region.{known}",
            "strings structure",
            list=value.join([listing.quoted(i) for i in few(same, 3)]),
        )
    ]


def _common_start(one: str, other: str) -> int:
    pairs = zip(one, other, strict=False)
    return next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _nearest(listing: Listing, text: str, part: tuple[int, int]) -> int:
    """The shown entry that shares most leading letters with a text."""
    return max(range(*part), key=lambda index: _common_start(text, listing.texts[index].strip()))


# Entry number ...


_SPEAKING: tuple[str, ...] = (
    "network", "usage", "message", "path", "library", "version", "compiler", "debug", "section", "symbol", "code",
)  # fmt: skip
"""Kinds of which there is something to say."""
_LOADER = re.compile(r"\s*/lib\w*/(?:[\w-]+/)?ld-[\w.-]+\s*")
"""The path of a dynamic loader, as programs name it."""


def _kind(kind: str, text: str) -> str:
    return "loader" if kind == "path" and _LOADER.fullmatch(text) else kind


def _telling(listing: Listing, start: int, stop: int) -> list[int]:
    """Entries of a range with something to say beside their text; all where there are none."""
    if listing.script:
        found = [one.line for one in steps_of(listing) if start <= one.line < stop]
    else:
        found = [index for index in range(start, stop) if listing.kind(index) not in ("other", "code")]
    return found or list(range(start, stop))


def _at(listing: Listing, request: Request) -> tuple[Draft, Draft] | None:
    start, stop, chunk = listing.window(request)
    inside = choose(f"{request.key}/in", _telling(listing, start, stop))
    outside = len(listing) + pick(f"{request.key}/out", max(3, min(len(listing), stop - start)))
    if len(listing) < 4:
        return None
    tail = Show(BLOCK, max(start, len(listing) - 1), len(listing))
    shows: tuple[Show, ...] = (Show(BLOCK, start, stop),) if stop == len(listing) else (Show(BLOCK, start, stop), tail)
    last = len(listing) - 1
    slots = {
        "place": value.asked(str(inside)),
        "text": listing.quoted(inside),
        "name": listing.view.name,
        "last": listing.place(last),
    }
    kind = "" if listing.script else listing.kind(inside)
    told, more = elsewhere(listing, inside)
    read = line_told(listing, inside)
    positive: list[Content] = [
        say(
            "answer",
            "strings.at.secret" if secret_names(listing.texts[inside]) else "strings.at.yes",
            "strings",
            **slots,
        ),
        *(
            [
                say(
                    "answer",
                    f"strings.at.kind.{_kind(kind, listing.texts[inside])}",
                    "plain strings",
                    text=slots["text"],
                )
            ]
            if not read and not told and kind in _SPEAKING
            else []
        ),
        *told,
        *read,
        *_near(listing, inside, (start, stop), "strings.at.near", slots),
        *repeated(listing, inside, range(start, stop)),
        *_region(listing, inside, (start, stop)),
    ]
    beyond = {
        "place": value.asked(str(outside)),
        "last": listing.place(last),
        "text": listing.quoted(last),
        "name": listing.view.name,
        "path": listing.view.path,
    }
    before = listing.quoted(last - 1)
    negative: list[Content] = [
        say("answer", "strings.at.no", "strings", **beyond),
        say("answer", "strings.at.no_end" if listing.complete else "strings.at.no_cap", "limit verify", **beyond),
        say("next", "strings.at.no_next" if listing.complete else "strings.at.no_more", "next verify", **beyond),
    ]
    if stop == len(listing) and stop - start > 1:
        negative.append(say("detail", "strings.at.no_before", "strings method", before=before, **beyond))
    shows += more
    context = SURROUNDINGS
    return (
        Draft(slots=slots, shows=shows, content=tuple(positive), chunk=chunk, context=context),
        Draft(
            slots=beyond, shows=shows, content=tuple(negative), chunk=chunk, context=context, negative="out_of_range"
        ),
    )


# Any of a kind?


def _present_kinds(listing: Listing) -> list[int]:
    return [n for n, (_, kinds, _) in enumerate(_KINDS) if listing.of_kind(*kinds)]


def _absent_kinds(listing: Listing) -> list[int]:
    if not listing.complete or listing.script:
        return [
            n
            for n, (name, kinds, _) in enumerate(_KINDS)
            if listing.complete and name in _SCRIPT_KINDS and not listing.of_kind(*kinds)
        ]
    return [n for n, (_, kinds, _) in enumerate(_KINDS) if not listing.of_kind(*kinds)]


_SCRIPT_KINDS = ("network", "secret", "library", "usage", "path")


def _any(listing: Listing, request: Request) -> tuple[Draft, Draft] | None:
    """Two kinds, one that the whole list has and one that it lacks; only where the whole list can be shown."""
    if not listing.whole(max(3 * request.room, 1200)):
        return None
    yes = _KINDS[choose(request.key, _present_kinds(listing))]
    no = _KINDS[choose(request.key, _absent_kinds(listing))]
    found = few(listing.of_kind(*yes[1]), 6)
    name = {"name": listing.view.name}
    shown = value.join(
        [
            listing.piece(i, listing.texts[i].strip()) if yes[0] != "secret" else listing.place(i)
            for i in found
            if len(listing.texts[i]) < 200
        ]
    )
    positive: list[Content] = [
        say(
            "answer",
            "strings.any.yes.secret" if yes[0] == "secret" else "strings.any.yes",
            "strings decision",
            list=shown,
            what=Text(yes[2]),
            **name,
        ),
        say("answer", f"strings.any.is.{yes[0]}", "plain limit method", **name),
    ]
    last = len(listing) - 1
    negative: list[Content] = [
        say(
            "answer",
            "strings.any.no",
            "strings decision",
            what=Text(no[2]),
            last=listing.place(last),
            first=_safe_quote(listing, 0),
            end=_safe_quote(listing, last),
            **name,
        ),
        say("answer", f"strings.any.not.{no[0]}", "limit verify next", **name),
    ]
    return _any_draft(listing, yes[2], positive, ""), _any_draft(listing, no[2], negative, "empty_result")


def _safe_quote(listing: Listing, index: int) -> Text:
    return listing.place(index) if listing.kind(index) == "secret" else listing.quoted(index)


def _any_draft(listing: Listing, what: str, content: list[Content], negative: NegativeKind) -> Draft:
    slots = {"kind": Text(what), "name": listing.view.name}
    return Draft(slots=slots, shows=(Show(BLOCK),), content=tuple(content), context=SURROUNDINGS, negative=negative)
