"""Paths among the strings of a program: what stands at such places."""

import re

from threatflux_training.compose.content import Content, say
from threatflux_training.evidence.string_kinds import has_conversion
from threatflux_training.tasks.listing import Listing, few
from threatflux_training.tasks.model import Draft, Request
from threatflux_training.tasks.strings_parts import draft, listed, quoted

_PLACES: tuple[tuple[str, re.Pattern[str], str], ...] = (
    (
        "autostart",
        re.compile(
            r"/etc/(?:cron(?!\.(?:allow|deny))|systemd|init\.d|rc\d?\.|rc\.local|xdg/autostart|ld\.so\.preload|profile|pam\.d)"
        ),
        "malware process permission decision",
    ),
    ("accounts", re.compile(r"/etc/(?:passwd|shadow|group|gshadow)(?![\w.])"), "permission weakness data"),
    (
        "config",
        re.compile(
            r"/etc/(?!cron|systemd|init\.d|rc\.|xdg/autostart|ld\.so\.preload|profile|pam\.d|(?:passwd|shadow|group|gshadow)(?![\w.]))|/usr/local/etc/"
        ),
        "files permission",
    ),
    ("kernel", re.compile(r"/proc(?:/|$)|/sys(?:/|$)"), "kernel process"),
    (
        "device",
        re.compile(r"/dev/(?!(?:shm|fd|stdin|stdout|stderr|log|mqueue|hugepages|initctl)(?:/|$))\w"),
        "hardware kernel storage",
    ),
    ("state", re.compile(r"/(?:var/)?(?:run|lock)/|/var/(?:log|lib|cache|spool)(?:/|$)"), "files storage"),
    ("temp", re.compile(r"/tmp/|/tmp$|/var/tmp"), "weakness files"),
    ("program", re.compile(r"/(?:usr/)?(?:local/)?s?bin/"), "process"),
    ("locale", re.compile(r"/usr/share/locale"), "package plain"),
    ("home", re.compile(r"/home/|/root/|/build/"), "provenance build"),
)
_COMMON = re.compile(r"/dev/null$|/usr/share/locale|/bin/sh$")
"""Places that most programs name."""


def found_in(listing: Listing) -> list[int]:
    """Entries that are absolute paths with more than one part."""
    found = [
        index
        for index in listing.of_kind("path")
        if not _is_loader(listing.texts[index])
        and "/" in listing.texts[index][1:]
        and re.search(r"[A-Za-z]{2}", listing.texts[index])
    ]
    return found if any(not _PLACES[-2][1].match(listing.texts[index]) for index in found) else []


def _is_loader(text: str) -> bool:
    return "/ld-" in text or text.endswith(".debug")


def build(listing: Listing, found: list[int], request: Request) -> Draft:
    """Which places on disk a file names, and what such places are."""
    start = (request.variant * len(found) // 2) % len(found)
    chosen = few(found[start:], 30 if request.length == "long" else 8)
    whole = len(chosen) == len(found)
    content: list[Content] = [listed(listing, chosen, "strings.paths", "path files strings", whole=whole)]
    for name, pattern, tags in _PLACES:
        group = [index for index in chosen if pattern.match(listing.texts[index])][:4]
        if group:
            content.append(say("detail", f"strings.paths.{name}", tags, list=quoted(listing, group)))
    patterned = [index for index in chosen if has_conversion(listing.texts[index])]
    if patterned:
        content.append(
            say("meaning", "strings.paths.pattern", "method files code", list=quoted(listing, patterned[:2]))
        )
    told = next((index for index in chosen if not _COMMON.match(listing.texts[index])), chosen[0])
    content.append(say("limit", "strings.paths.limit", "limit verify", first=listing.quoted(told)))
    return draft(listing, content, chosen, request)
