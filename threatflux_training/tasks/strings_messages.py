"""What the strings of a program say of itself: its purpose, its options, its templates for messages."""

import re

from threatflux_training.compose.content import Content, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.job_lines import names_only_options
from threatflux_training.evidence.string_kinds import has_conversion, is_code, is_option, is_ragged, is_stock, tells_job
from threatflux_training.tasks.compare_pair import with_role
from threatflux_training.tasks.listing import Listing, few
from threatflux_training.tasks.model import Draft, Request
from threatflux_training.tasks.strings_parts import draft, listed, quoted

_USAGE = re.compile(r"(?i)\busage:\s*(?!%s\s*$)\S")
"""A usage line that says more than the place of the program's name."""
_PROJECT = re.compile(
    r"(?i)GNU coreutils|home page|report bugs|bug reports|report any|online help|copyright|licen[cs]e|written by|version %s|maintained by|package"
)
_SENTENCE = re.compile(r"^[A-Z][a-z]+ [a-z]+.*[.,:]?$")
_COMPLAINT = re.compile(
    r"(?:Cannot|Can't|Could|Needs? |Must|Not |No |Expected|Too |Bad |Wrong|Unrecogni|Please|You |Failed|Unable|Invalid|Unknown|Missing|Error|If |With |Note|Mandatory|Report|Try)"
)


def _is_usage(text: str) -> bool:
    """Whether a line of usage tells more than that there are options."""
    return ":" in text and bool(_USAGE.search(text)) and not names_only_options(text.strip())


def purpose_of(listing: Listing) -> list[int]:
    """Entries in which a program says what it is for, or which project it comes from."""
    if listing.script:
        return []
    usage = [i for i, text in enumerate(listing.texts) if _is_usage(text)]
    own = listing.view.file.name
    named = [
        i
        for i, text in enumerate(listing.texts)
        if " " in text
        and _PROJECT.search(text)
        and not is_code(text)
        and (not has_conversion(text) or text.startswith(own))
    ]
    prose = [
        i for i, text in enumerate(listing.texts) if len(text) > 28 and text.count(" ") > 3 and _SENTENCE.match(text)
    ]
    after = [
        i
        for i in prose
        if any(0 < i - start < 9 for start in usage) and i not in named and not _COMPLAINT.match(listing.texts[i])
    ]
    found = sorted({*usage[:3], *named[:4], *after[:4]})
    return found if len(found) >= 2 and (usage or named) else []


def purpose(listing: Listing, found: list[int], request: Request) -> Draft:
    """What a program is for, in its own words."""
    texts = listing.texts
    usage = [i for i in found if _is_usage(texts[i])]
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
            say("detail", "strings.purpose.usage", "process strings identity", list=quoted(listing, usage[:2]))
        )
    if named and named[:1] != lead:
        content.append(
            say("detail", "strings.purpose.project", "package license provenance", list=quoted(listing, named[:3]))
        )
    if len(prose) > 1:
        content.append(say("detail", "strings.purpose.more", "files identity", list=quoted(listing, prose[1:3])))
    content.append(say("limit", "strings.purpose.limit", "limit verify malware", quote=listing.quoted(lead[0])))
    content.append(say("verify", "strings.purpose.verify", "hash provenance verify package", name=listing.view.name))
    return draft(listing, content, found, request)


def options_of(listing: Listing) -> list[int]:
    """Lines of a help text on options, a bare name left out where another line explains it; none where there are few."""
    if listing.script:
        return []
    found = [i for i in listing.of_kind("usage") if is_option(listing.texts[i])]
    told = {name for i in found for name in _NAME.findall(listing.texts[i]) if name != listing.texts[i].strip()}
    found = [i for i in found if listing.texts[i].strip() not in told]
    return found if len(found) >= 3 else []


_NAME = re.compile(r"(?<![\w-])--?[\w?][\w-]*")


def options(listing: Listing, found: list[int], request: Request) -> Draft:
    """The options of a program."""
    start = (request.variant * len(found) // 2) % len(found)
    chosen = few(found[start:], 24 if request.length == "long" else 9)
    content: list[Content] = [
        listed(listing, chosen, "strings.options", "process strings plain", whole=len(chosen) == len(found))
    ]
    usage = [i for i, text in enumerate(listing.texts) if _is_usage(text)][:1]
    if usage:
        content.append(say("detail", "strings.options.usage", "process build", quote=listing.quoted(usage[0])))
    content.append(say("limit", "strings.options.limit", "limit verify", first=_option(listing, chosen[0])))
    return draft(listing, content, [*chosen, *usage], request)


def _option(listing: Listing, index: int) -> Text:
    """The option of a line of a help text, without its description."""
    match = re.match(r"\s*(--?[\w?-]+(?:(?:,\s*|\s*\|\s*)--?[\w?-]+)*)", listing.texts[index])
    return listing.piece(index, match[1]) if match else listing.quoted(index)


def formats_of(listing: Listing) -> list[int]:
    """Templates for messages; none where there is only one."""
    if listing.script:
        return []
    found = [
        i
        for i in listing.of_kind("message", "network", "path")
        if has_conversion(listing.texts[i]) and not is_ragged(listing.texts[i])
    ]
    return found if sum(_is_own(listing.texts[i]) for i in found) >= _OWN else []


_WORD = re.compile(r"(?<![%\w])[A-Za-z]{3,}")
_OWN = 3
"""Templates with words of the program's own that make a list of them worth asking for."""


def _is_own(text: str) -> bool:
    """Whether a template has words beside its conversions, none that all programs have."""
    return not is_stock(text) and len(_WORD.findall(text)) > 1 and text[0] != "/"


_STORE = re.compile(r".%(?:hh?|ll?|[jzt])?n(?![A-Za-z_])")
_FOREIGN = re.compile(r"%[-+ #0-9.*hlLqjzt$]*[^-+ #0-9.*hlLqjzt$diouxXeEfFgGaAcspnm[]")
"""A conversion that printf and scanf don't know, as in templates for dates or names of files, where `%n` is something else."""


def _stores(text: str) -> bool:
    """Whether a template of printf or scanf seems to hold the conversion that writes to memory."""
    bare = text.replace("%%", "")
    return bool(_STORE.search(bare)) and not _FOREIGN.search(bare)


def formats(listing: Listing, found: list[int], request: Request) -> Draft:
    """What a program can print, and whether its templates are a weakness."""
    told = [i for i in found if _is_own(listing.texts[i])]
    start = (request.variant * len(told) // 2) % len(told)
    chosen = few(told[start:], 20 if request.length == "long" else 6)
    whole = len(chosen) == len(found)
    content: list[Content] = [listed(listing, chosen, "strings.formats", "strings code memory_safety", whole=whole)]
    printers = [i for name in _PRINTERS if (i := listing.has(name)) >= 0][:4]
    if printers:
        content.append(
            say(
                "detail",
                "strings.formats.printers",
                "imports memory_safety mitigation",
                names=quoted(listing, printers),
            )
        )
    fortified = [i for i in printers if listing.texts[i].endswith("_chk")]
    if fortified:
        content.append(
            say("detail", "strings.formats.fortified", "mitigation memory_safety", names=quoted(listing, fortified))
        )
    errors = [i for i in chosen if re.search(r"(?i)cannot|can't|fail|error|invalid|unable|missing", listing.texts[i])][
        :2
    ]
    if errors:
        content.append(say("detail", "strings.formats.errors", "process plain data", list=quoted(listing, errors)))
    counted = [i for i in chosen if _stores(listing.texts[i])][:1]
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
    return draft(listing, content, [*chosen, *printers], request)


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
