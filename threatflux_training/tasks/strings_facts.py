"""What the strings of a program tell: paths, C library version, purpose, options, messages, build, credentials."""

import re
from collections.abc import Callable, Sequence

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Items, Role, Say, items, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.string_kinds import (
    has_conversion,
    is_code,
    is_option,
    is_ragged,
    is_stock,
    kind_of,
    secret_names,
    tells_job,
)
from threatflux_training.evidence.view import View
from threatflux_training.tasks.compare_pair import with_role
from threatflux_training.tasks.compound import SURROUNDINGS
from threatflux_training.tasks.listing import Listing, few
from threatflux_training.tasks.model import Draft, Offer, Request, Show

_VERSION = re.compile(r"GLIBC_(\d+(?:\.\d+)+)")
_PLACES: tuple[tuple[str, re.Pattern[str], str], ...] = (
    (
        "autostart",
        re.compile(r"/etc/(?:cron|systemd|init\.d|rc\d?\.|rc\.local|xdg/autostart|ld\.so\.preload|profile|pam\.d)"),
        "malware process permission decision",
    ),
    ("accounts", re.compile(r"/etc/(?:passwd|shadow|group|gshadow|sudoers)"), "permission weakness data"),
    (
        "config",
        re.compile(
            r"/etc/(?!cron|systemd|init\.d|rc\.|xdg/autostart|ld\.so\.preload|profile|pam\.d|passwd|shadow|group|gshadow|sudoers)|/usr/local/etc/"
        ),
        "files permission",
    ),
    ("kernel", re.compile(r"/proc(?:/|$)|/sys(?:/|$)"), "kernel process"),
    ("device", re.compile(r"/dev/"), "hardware kernel storage"),
    ("state", re.compile(r"/var/|/run/"), "files storage"),
    ("temp", re.compile(r"/tmp/|/tmp$|/var/tmp"), "weakness files"),
    ("program", re.compile(r"/(?:usr/)?(?:local/)?s?bin/"), "process"),
    ("locale", re.compile(r"/usr/share/locale"), "package plain"),
    ("home", re.compile(r"/home/|/root/|/build/"), "provenance build"),
)
_SYMBOL_FACTS = (
    ("GLIBC_2.3.4", "__printf_chk", "fortify"), ("GLIBC_2.3.4", "__fprintf_chk", "fortify"),
    ("GLIBC_2.4", "__stack_chk_fail", "canary"), ("GLIBC_2.14", "memcpy", "memcpy"),
    ("GLIBC_2.33", "fstat", "stat"), ("GLIBC_2.33", "stat", "stat"), ("GLIBC_2.34", "__libc_start_main", "start"),
    ("GLIBC_2.25", "getrandom", "added"), ("GLIBC_2.26", "reallocarray", "added"), ("GLIBC_2.27", "copy_file_range", "added"),
    ("GLIBC_2.16", "aligned_alloc", "added"), ("GLIBC_2.17", "secure_getenv", "added"), ("GLIBC_2.28", "renameat2", "added"),
    ("GLIBC_2.7", "__isoc99_sscanf", "added"), ("GLIBC_2.3", "__ctype_b_loc", "added"),
)  # fmt: skip
_PROJECT = re.compile(
    r"(?i)GNU coreutils|home page|report bugs|bug reports|report any|online help|copyright|licen[cs]e|written by|version %s|maintained by|package"
)
_EXPRESSION = re.compile(r"[A-Za-z_]\w*->\w|[a-z]{4,}|\w \S{1,2} \w")
"""Marks of an expression of source code, as an assertion carries it, among what looks like machine code."""
_PLAIN = re.compile(r"(?!.*(?:A[T-W]|US|[HLIM]$))[A-Z0-9]+|[a-z0-9]+|[A-Za-z0-9:+]*[a-z]:[A-Za-z0-9:+]*")
"""A word in one case that doesn't read like pushes of registers, or letters of options with colons: no code for sure."""
_SENTENCE = re.compile(r"^[A-Z][a-z]+ [a-z]+.*[.,:]?$")
_COMPLAINT = re.compile(
    r"(?:Cannot|Can't|Could|Needs? |Must|Not |No |Expected|Too |Bad |Wrong|Unrecogni|Please|You |Failed|Unable|Invalid|Unknown|Missing|Error|If |With |Note|Mandatory|Report|Try)"
)
_SOURCE = re.compile(r"[\w./+-]+\.(?:c|cc|cpp|cxx|h|hpp|go|rs|s|S|y)")

Build = Callable[[Listing, Request], Draft | None]


def offers(view: View, listing: Listing) -> list[Offer]:
    """Tasks for the kinds of strings that this list has."""
    made = [Offer(task="strings.complete", build=lambda r: _complete(listing, r), importance=2, weight=0.5)]
    for task, wanted, build, importance, long in _TASKS:
        found = wanted(listing)
        if found:
            made.append(_offer(task, listing, found, build, importance, long))
    return made


def _offer(task: str, listing: Listing, found: list[int], build: "Make", importance: float, long: bool) -> Offer:
    variants = 2 if len(found) > 12 else 1
    return Offer(
        task=task, build=lambda r: build(listing, found, r), importance=importance, long=long,
        variants=variants,
    )  # fmt: skip


Make = Callable[[Listing, list[int], Request], "Draft | None"]


def _draft(listing: Listing, content: Sequence[Content], indices: list[int], request: Request) -> Draft:
    shows = listing.show(indices, request.room)
    return Draft(slots={}, shows=shows, content=tuple(content), context=SURROUNDINGS)


def _quoted(listing: Listing, indices: Sequence[int]) -> Text:
    return value.join([listing.quoted(index) for index in indices])


# Paths


def _paths(listing: Listing) -> list[int]:
    return [
        index
        for index in listing.of_kind("path")
        if not _is_loader(listing.texts[index])
        and "/" in listing.texts[index][1:]
        and re.search(r"[A-Za-z]{2}", listing.texts[index])
    ]


def _is_loader(text: str) -> bool:
    return "/ld-" in text or text.endswith(".debug")


def _path(listing: Listing, found: list[int], request: Request) -> Draft:
    start = (request.variant * len(found) // 2) % len(found)
    chosen = few(found[start:], 30 if request.length == "long" else 8)
    content: list[Content] = [_list_or_items(listing, chosen, "strings.paths", "path files strings")]
    for name, pattern, tags in _PLACES:
        group = [index for index in chosen if pattern.match(listing.texts[index])][:4]
        if group:
            content.append(say("detail", f"strings.paths.{name}", tags, list=_quoted(listing, group)))
    patterned = [index for index in chosen if has_conversion(listing.texts[index])]
    if patterned:
        content.append(
            say("meaning", "strings.paths.pattern", "method files code", list=_quoted(listing, patterned[:2]))
        )
    content.append(say("limit", "strings.paths.limit", "limit verify", first=listing.quoted(chosen[0])))
    return _draft(listing, content, chosen, request)


_SENTENCE_HOLDS = 5
"""Entries that a sentence can list; more stand in a list of their own."""


def _list_or_items(listing: Listing, chosen: Sequence[int], phrase: str, tags: str) -> Say | Items:
    """One entry, a list in the sentence, or a list of its own, by number: phrases `.one`, `.some`, `.many`."""
    if len(chosen) > _SENTENCE_HOLDS:
        lead = say("answer", f"{phrase}.many", tags, name=listing.view.name)
        return items("answer", lead, [listing.quoted(index) for index in chosen], tags)
    form = "one" if len(chosen) == 1 else "some"
    return say("answer", f"{phrase}.{form}", tags, list=_quoted(listing, chosen), name=listing.view.name)


# C library


def _versions(listing: Listing) -> list[int]:
    found = [index for index, text in enumerate(listing.texts) if _VERSION.fullmatch(text)]
    unique = {listing.texts[index]: index for index in reversed(found)}
    return sorted(unique.values(), key=lambda index: _numbers(listing.texts[index]))


def _numbers(text: str) -> tuple[int, ...]:
    match = _VERSION.fullmatch(text)
    return tuple(int(part) for part in match[1].split(".")) if match else ()


def _glibc(listing: Listing, found: list[int], request: Request) -> Draft:
    top = found[-1]
    number = listing.piece(top, listing.texts[top].removeprefix("GLIBC_"))
    slots = {"top": listing.quoted(top), "number": number, "name": listing.view.name}
    content: list[Content] = [say("answer", "strings.glibc", "package container build decision", **slots)]
    if len(found) > 1:
        rest = _quoted(listing, found[:-1][-6:])
        content.append(say("detail", "strings.glibc.rest", "structure build", rest=rest, low=listing.quoted(found[0])))
    used = [top]
    for version, symbol, fact in _SYMBOL_FACTS:
        at, version_at = listing.has(symbol), listing.has(version)
        if at >= 0 and version_at >= 0 and len(used) < 5:
            used += [at, version_at]
            pair = {"symbol": listing.quoted(at), "version": listing.quoted(version_at)}
            content.append(say("detail", f"strings.glibc.{fact}", _FACT_TAGS[fact], **pair))
    content.append(say("meaning", "strings.glibc.loader", "container process", **slots))
    content.append(say("limit", "strings.glibc.limit", "limit verify method", top=slots["top"]))
    return _draft(listing, content, [*found, *used], request)


_FACT_TAGS = {
    "fortify": "mitigation memory_safety", "canary": "mitigation memory_safety", "memcpy": "code imports",
    "stat": "kernel files imports", "start": "structure build kernel", "added": "imports performance build",
}  # fmt: skip


# Purpose, options, messages


def _about(listing: Listing) -> list[int]:
    if listing.script:
        return []
    usage = [i for i, text in enumerate(listing.texts) if re.search(r"(?i)\busage:\s*\S", text)]
    named = [i for i, text in enumerate(listing.texts) if _PROJECT.search(text) and " " in text and not is_code(text)]
    prose = [
        i for i, text in enumerate(listing.texts) if _SENTENCE.match(text) and len(text) > 28 and text.count(" ") > 3
    ]
    after = [
        i
        for i in prose
        if any(0 < i - start < 9 for start in usage) and i not in named and not _COMPLAINT.match(listing.texts[i])
    ]
    found = sorted({*usage[:3], *named[:4], *after[:4]})
    return found if len(found) >= 2 and (usage or named) else []


def _purpose(listing: Listing, found: list[int], request: Request) -> Draft:
    texts = listing.texts
    usage = [i for i in found if re.search(r"(?i)\busage:\s*\S", texts[i])]
    named = [i for i in found if _PROJECT.search(texts[i]) and i not in usage]
    prose = [i for i in found if i not in usage and i not in named]
    prose = [i for i in prose if tells_job(texts[i])]
    able = [i for i in named if not has_conversion(texts[i]) and not is_stock(texts[i])]
    lead = (prose or usage or able or named)[:1]
    content: list[Content] = [
        say("answer", "strings.purpose.prose" if prose else "strings.purpose.named", "identity plain strings", quote=listing.quoted(lead[0]), name=listing.view.name)
    ]  # fmt: skip
    if usage and usage[:1] != lead:
        content.append(
            say("detail", "strings.purpose.usage", "process strings identity", list=_quoted(listing, usage[:2]))
        )
    if named and named[:1] != lead:
        content.append(
            say("detail", "strings.purpose.project", "package license provenance", list=_quoted(listing, named[:3]))
        )
    if len(prose) > 1:
        content.append(say("detail", "strings.purpose.more", "files identity", list=_quoted(listing, prose[1:3])))
    content.append(say("limit", "strings.purpose.limit", "limit verify malware", quote=listing.quoted(lead[0])))
    content.append(say("verify", "strings.purpose.verify", "hash provenance verify package", name=listing.view.name))
    return _draft(listing, content, found, request)


def _options_of(listing: Listing) -> list[int]:
    if listing.script:
        return []
    found = [i for i in listing.of_kind("usage") if is_option(listing.texts[i])]
    return found if len(found) >= 3 else []


def _options(listing: Listing, found: list[int], request: Request) -> Draft:
    start = (request.variant * len(found) // 2) % len(found)
    chosen = few(found[start:], 24 if request.length == "long" else 9)
    content: list[Content] = [_list_or_items(listing, chosen, "strings.options", "process strings plain")]
    usage = [i for i, text in enumerate(listing.texts) if re.search(r"(?i)\busage:\s*\S", text)][:1]
    if usage:
        content.append(say("detail", "strings.options.usage", "process build", quote=listing.quoted(usage[0])))
    content.append(say("limit", "strings.options.limit", "limit verify", first=listing.quoted(chosen[0])))
    return _draft(listing, content, [*chosen, *usage], request)


def _formats(listing: Listing) -> list[int]:
    if listing.script:
        return []
    found = [
        i
        for i in listing.of_kind("message", "network", "path")
        if has_conversion(listing.texts[i]) and not is_ragged(listing.texts[i])
    ]
    return found if len(found) >= 2 else []


_WORD = re.compile(r"(?<![%\w])[A-Za-z]{3,}")
_OWN = 3
"""Templates with words of the program's own from which on those without any are left out."""


def _format(listing: Listing, found: list[int], request: Request) -> Draft:
    own = [
        i
        for i in found
        if not is_stock(listing.texts[i]) and len(_WORD.findall(listing.texts[i])) > 1 and listing.texts[i][0] != "/"
    ]
    told = own if len(own) >= _OWN else found
    start = (request.variant * len(told) // 2) % len(told)
    chosen = few(told[start:], 20 if request.length == "long" else 6)
    content: list[Content] = [_list_or_items(listing, chosen, "strings.formats", "strings code memory_safety")]
    printers = [i for name in _PRINTERS if (i := listing.has(name)) >= 0][:4]
    if printers:
        content.append(
            say(
                "detail",
                "strings.formats.printers",
                "imports memory_safety mitigation",
                names=_quoted(listing, printers),
            )
        )
    fortified = [i for i in printers if listing.texts[i].endswith("_chk")]
    if fortified:
        content.append(
            say("detail", "strings.formats.fortified", "mitigation memory_safety", names=_quoted(listing, fortified))
        )
    errors = [i for i in chosen if re.search(r"(?i)cannot|can't|fail|error|invalid|unable|missing", listing.texts[i])][
        :2
    ]
    if errors:
        content.append(say("detail", "strings.formats.errors", "process plain data", list=_quoted(listing, errors)))
    counted = [i for i in chosen if "%n" in listing.texts[i].replace("%%", "")][:1]
    if counted:
        content.insert(
            1, say("answer", "strings.formats.n", "memory_safety weakness", quote=listing.quoted(counted[0]))
        )
    constant = say(
        "answer", "strings.formats.constant", "memory_safety weakness decision", first=listing.quoted(chosen[0])
    )
    content.insert(1, constant) if not counted else content.append(with_role(constant, "meaning"))
    content.append(
        say("verify", "strings.formats.verify", "verify code address next", first=listing.quoted(chosen[-1]))
    )
    return _draft(listing, content, [*chosen, *printers], request)


_PRINTERS = (
    "__printf_chk",
    "printf",
    "__fprintf_chk",
    "fprintf",
    "__sprintf_chk",
    "sprintf",
    "__snprintf_chk",
    "snprintf",
    "__vfprintf_chk",
    "syslog",
    "error",
    "pam_syslog",
)


# Build


def _build_of(listing: Listing) -> list[int]:
    if listing.script:
        return []
    debug = listing.of_kind("compiler", "debug")
    sources = [i for i, text in enumerate(listing.texts) if _SOURCE.fullmatch(text) and len(text) > 4][:6]
    return sorted({*debug, *sources}) if debug else []


def _build(listing: Listing, found: list[int], request: Request) -> Draft:
    texts = listing.texts
    compilers = [i for i in found if kind_of(texts[i]) == "compiler"]
    links = [i for i in found if texts[i].strip().endswith(".debug")]
    sources = [i for i in found if i not in compilers and i not in links]
    content: list[Content] = []
    if compilers:
        content.append(
            say(
                "answer",
                "strings.build.compiler",
                "build provenance",
                quote=listing.quoted(compilers[0]),
                name=listing.view.name,
            )
        )
    short = [i for i in links if "/" not in texts[i]][:1]
    shared = [i for i in links if "/" in texts[i]][:1]
    if short:
        slots = {"link": listing.quoted(short[0]), "name": listing.view.name}
        content.append(
            say("detail" if compilers else "answer", "strings.build.link", "build provenance structure", **slots)
        )
    if shared:
        role: Role = "detail" if content else "answer"
        content.append(
            say(
                role,
                "strings.build.shared",
                "package build provenance",
                link=listing.quoted(shared[0]),
                name=listing.view.name,
            )
        )
    if sources:
        content.append(say("detail", "strings.build.sources", "build code", list=_quoted(listing, sources[:5])))
    tables = [i for name in (".symtab", ".strtab") if (i := listing.has(name)) >= 0]
    if tables:
        content.append(
            say("meaning", "strings.build.unstripped", "structure code method", list=_quoted(listing, tables))
        )
    elif listing.complete and listing.has(".shstrtab") >= 0:
        slots = {"symtab": listing.lacks(".symtab"), "names": listing.quoted(listing.has(".shstrtab"))}
        content.append(say("meaning", "strings.build.stripped", "structure build method", **slots))
        tables = [listing.has(".shstrtab")]
    mark = (compilers or short or shared or sources)[0]
    form = "compiler" if compilers else "link" if short else "shared" if shared else "source"
    content.append(say("limit", f"strings.build.limit.{form}", "limit provenance", first=listing.quoted(mark)))
    return _draft(listing, content, [*found, *tables], request)


# Machine code that reads like text


def _noise_of(listing: Listing) -> list[int]:
    if (
        listing.script
        or not listing.texts
        or not any(kind_of(text) == "section" for text in listing.texts[:3] + listing.texts[-40:])
    ):
        return []
    found = [
        index
        for index in listing.of_kind("code")
        if not _EXPRESSION.search(listing.texts[index]) and not _PLAIN.fullmatch(listing.texts[index])
    ]
    return found if len(found) > 12 else []


def _noise(listing: Listing, found: list[int], request: Request) -> Draft:
    texts = listing.texts
    start = (request.variant * len(found) // 2) % max(1, len(found) - 8)
    sample = few(found[start : start + 40], 4)
    content: list[Content] = [
        say("answer", "strings.noise", "code plain method", list=_quoted(listing, sample), name=listing.view.name)
    ]
    pushes = [i for i in found if re.fullmatch(r"(?:A[UVWT]){1,4}[USI]*[HMLI]?", texts[i])][:2]
    pops = [i for i in found if re.fullmatch(r"[^A-Za-z]?\[?\]?(?:A[\\\]^_]){1,4}.?|.*\]A\\A\].*", texts[i])][:2]
    stores = [i for i in found if re.fullmatch(r"[|\\DLTltd]\$.{2,4}", texts[i])][:2]
    if pushes:
        content.append(say("detail", "strings.noise.push", "code address structure", list=_quoted(listing, pushes)))
    if pops:
        content.append(say("detail", "strings.noise.pop", "code address structure", list=_quoted(listing, pops)))
    if stores:
        content.append(say("detail", "strings.noise.stack", "code method", list=_quoted(listing, stores)))
    cap = "whole" if listing.complete else "cap"
    content.append(say("meaning", f"strings.noise.{cap}", "limit method data", sample=listing.quoted(sample[0])))
    content.append(
        say("next", "strings.noise.next", "next strings decision detection", sample=listing.quoted(sample[-1]))
    )
    return _draft(listing, content, [*sample, *pushes, *pops, *stores], request)


# Credentials


def secrets_of(listing: Listing) -> list[int]:
    """Entries in which a credential's name gets a value."""
    return [index for index, text in enumerate(listing.texts) if secret_names(text)]


def _secrets(listing: Listing, found: list[int], request: Request) -> Draft:
    names = value.join([listing.piece(i, name) for i in found[:4] for name in secret_names(listing.texts[i])[:2]])
    places = value.join([listing.place(i) for i in found[:6]])
    phrase = "strings.secrets.one" if len(found) == 1 else "strings.secrets.some"
    content: list[Content] = [
        say("answer", phrase, "weakness decision", names=names, places=places, name=listing.view.name)
    ]
    first = listing.piece(found[0], secret_names(listing.texts[found[0]])[0])
    content += [
        say("meaning", "strings.secrets.meaning", "weakness plain permission", first=first, places=places),
        say("limit", "strings.secrets.limit", "limit method", first=first),
        say("next", "strings.secrets.next", "next decision verify", names=names),
    ]
    return _draft(listing, content, found, request)


# The list itself


def _complete(listing: Listing, request: Request) -> Draft:
    last = listing.place(len(listing) - 1)
    strings = listing.view.file.strings
    tail = [len(listing) - 2, len(listing) - 1] if len(listing) > 1 else [len(listing) - 1]
    slots = {"last": last, "name": listing.view.name, "quote": listing.quoted(len(listing) - 1)}
    content: list[Content] = []
    if listing.complete:
        content.append(say("answer", "strings.complete.yes", "limit method decision", **slots))
        content.append(say("meaning", "strings.complete.proves", "method verify", **slots))
    else:
        content.append(say("answer", "strings.complete.no", "limit method decision", **slots))
        content.append(say("meaning", "strings.complete.early", "method limit", **slots))
    if strings is not None and strings.total_count is not None:
        total = value.grouped(strings.total_count, listing.view.at("strings", ".total_count"), "")
        content.append(say("detail", "strings.complete.total", "data size", total=total))
    content.append(say("limit", "strings.complete.misses", "limit weakness malware", quote=slots["quote"]))
    shows = listing.show(tail, request.room, around=1)
    if strings is not None and strings.total_count is not None:
        shows += (Show("strings.counts"),)
    return Draft(slots={}, shows=shows, content=tuple(content), context=SURROUNDINGS)


_TASKS: tuple[tuple[str, Callable[[Listing], list[int]], Make, float, bool], ...] = (
    ("strings.paths", _paths, _path, 4, True),
    ("strings.glibc", _versions, _glibc, 3, True),
    ("strings.purpose", _about, _purpose, 4, True),
    ("strings.options", _options_of, _options, 2, True),
    ("strings.formats", _formats, _format, 5, True),
    ("strings.build", _build_of, _build, 3, True),
    ("strings.noise", _noise_of, _noise, 2, True),
    ("strings.secrets", secrets_of, _secrets, 9, True),
)
