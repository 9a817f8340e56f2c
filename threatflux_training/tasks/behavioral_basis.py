"""What stands behind a behavior label in this file: texts, imported functions, jumps, lines that fetch."""

import re
from collections.abc import Sequence

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Role, Say, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.string_kinds import URL
from threatflux_training.evidence.view import View
from threatflux_training.reports.model import Behavioral, NetworkBehavior, Technique
from threatflux_training.tasks.about import is_library
from threatflux_training.tasks.file_facts import NAMESPACES, NOTHING, Facts, is_documentation
from threatflux_training.tasks.listing import Listing
from threatflux_training.tasks.model import Request, Show
from threatflux_training.tasks.script_calls import uncalled
from threatflux_training.tasks.strings_network import FETCH

_DOTTED = re.compile(r"(?<![\w/.@-])[A-Za-z_][\w-]{0,62}\.[A-Za-z0-9][\w.-]{0,252}\w")
_HOST = re.compile(r"(?<=://)(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}(?![\w.-])")
_EXCLUDED = (".dll", ".exe")
"""Endings with which a word is no domain for the scanner's test either."""
_SEARCHED = {
    "http://": ("http://",), "https://": ("https://",), "ftp://": ("ftp://",), "GET": ("GET",), "POST": ("POST",), "base64": ("base64",),
    "user-agent": ("user-agent",), "Content-Type": ("Content-Type",), "application/json": ("application/json",), "ws://": ("ws://",),
}  # fmt: skip
UNTEXT = ("Multiple domains found", "IP address found")
"""Indicators that are no text of the file but the name of a test."""


def indicators(view: View, found: Behavioral, pattern: NetworkBehavior) -> list[Text]:
    """What a label was set by, as the report lists it."""
    number = found.network_behavior.index(pattern)
    path = view.at("behavioral", f".network_behavior[{number}].indicators")
    return [value.member(one, path) for one in pattern.indicators]


def telling(listed: Sequence[Text]) -> Text:
    """The first indicator that is more than digits, else the first."""
    return next((one for one in listed if not one.text.strip("`").isdigit()), listed[0])


def _dotted(listing: Listing) -> list[tuple[int, str]]:
    """Words with a dot that pass for domains, with their places: the host of an address first, then any others."""
    found: dict[str, int] = {}
    for form in (_HOST, _DOTTED):
        for index, text in enumerate(listing.texts[:400]):
            match = form.search(text) if "." in text else None
            if match and not match.group().lower().endswith(_EXCLUDED):
                found.setdefault(match.group(), index)
    return [(index, word) for word, index in found.items()][:4]


def carriers(view: View, pattern: NetworkBehavior, room: int, role: Role = "answer") -> Facts:
    """Strings of this file that carry the literal indicators of a label, each with its indicator."""
    if view.file.strings is None or not view.file.strings.ascii:
        return NOTHING
    listing = Listing(view)
    found = view.once("behavioral.carriers", lambda: _carriers(listing))
    pieces = [piece for one in pattern.indicators for piece in _SEARCHED.get(one, ())]
    hits = [(found[piece], piece) for piece in dict.fromkeys(pieces) if found[piece] >= 0][:3]
    dotted = _dotted(listing) if "Multiple domains found" in pattern.indicators else []
    said: list[Content] = []
    if hits:
        said.append(_carried(view, listing, hits, role))
        if all(any(one in listing.texts[index] for one in NAMESPACES) for index, _ in hits):
            said.append(say(role, "behavioral.control.namespace", "network decision plain", name=view.name))
        elif documents(view, pattern):
            said.append(say(role, "behavioral.control.reading", "network decision plain", name=view.name))
        inside = next((one for one in hits if one[1] in _VERBS and _is_inside(listing.texts[one[0]], one[1])), None)
        if inside is not None:
            slots = {"piece": listing.piece(*inside), "name": view.name}
            said.append(say("detail", "behavioral.control.inside", "strings weakness network", **slots))
    if len(dotted) > 2:
        words = value.join([listing.piece(i, word) for i, word in dotted[:3]])
        said.append(say(role, "behavioral.control.dots", "strings weakness method plain", list=words, name=view.name))
    used = [index for index, _ in hits] + [index for index, _ in dotted[:3]]
    return said, listing.show(used, room, around=0) if said else ()


def documents(view: View, pattern: NetworkBehavior) -> bool:
    """Whether every text behind a label is an address of documentation: a project, a license, a bug tracker."""
    pieces = [piece for one in pattern.indicators for piece in _SEARCHED.get(one, ())]
    if not pieces or not set(pieces) <= {"http://", "https://"} or view.file.strings is None:
        return False
    return view.once("behavioral.documents", lambda: _documents(Listing(view).texts))


def _documents(listed: Sequence[str]) -> bool:
    texts = [text for text in listed if "http://" in text or "https://" in text]
    return bool(texts) and all(any(map(is_documentation, URL.findall(text))) for text in texts)


_PIECES = tuple(piece for pieces in _SEARCHED.values() for piece in pieces)
_VERBS = ("GET", "POST")


def _carriers(listing: Listing) -> dict[str, int]:
    """For each piece the first entry with it, -1 if there is none."""
    together = "\n".join(listing.texts)
    return {piece: _first_with(listing, piece) if piece in together else -1 for piece in _PIECES}


def _first_with(listing: Listing, piece: str) -> int:
    """The first entry with a text in it, -1 if there is none."""
    return next((index for index, text in enumerate(listing.texts) if piece in text), -1)


def _is_inside(text: str, piece: str) -> bool:
    """Whether a text stands within a longer word."""
    start = text.index(piece)
    return (text[:start] or " ")[-1].isalnum() or (text[start + len(piece) :] or " ")[0].isalnum()


def _carried(view: View, listing: Listing, hits: list[tuple[int, str]], role: Role) -> Say:
    """Which string carries which indicator."""
    if len(hits) == 1:
        index, piece = hits[0]
        slots = {"list": listing.quoted(index), "piece": listing.piece(index, piece), "name": view.name}
        return say(role, "behavioral.control.strings.one", "strings network method plain", **slots)
    each: list[Text] = []
    for index, piece in hits:
        indicator, quote = listing.piece(index, piece), listing.quoted(index)
        each.append(Text(f"{indicator.text} in {quote.text}", indicator.sources + quote.sources))
    slots = {"each": value.join(each), "name": view.name}
    return say(role, "behavioral.control.strings.some", "strings network method plain", **slots)


_SOCKETS = (
    "socket",
    "connect",
    "send",
    "sendto",
    "recv",
    "recvfrom",
    "getaddrinfo",
    "gethostbyname",
    "SSL_connect",
    "WSAStartup",
    "listen",
    "accept",
)


_CARRIERS = re.compile(
    r"(?:curl_|SSL_|BIO_|gnutls_|mbedtls_|ares_|nghttp|soup_|g_(?:socket|network|tcp|inet)_|WSA|WinHttp|Internet[A-Z]|Http[A-Z]|Ftp[A-Z]|URLDownload"
    r"|PQ|mysql_|ldap_|ssh_|libssh|clnt|xcb_|xmlNano|getnameinfo|res_|ORDINAL)"
)
"""How functions begin that connect for their caller; what an import by number is can't be told."""


def sockets(view: View, room: int, role: Role) -> Facts:
    """Whether the file imports functions for the network: what a channel would need."""
    symbols = view.file.symbols
    if symbols is None or len(symbols.imports) < 3:
        return NOTHING
    plain = {one.name.partition("@")[0]: index for index, one in reversed([*enumerate(symbols.imports)])}
    found = [(index, name) for name, index in plain.items() if name in _SOCKETS][::-1][:4]
    if found:
        named = [value.part(name, view.at("symbols", f".imports[{index}].name")) for index, name in found]
        slots = {"list": value.join(named), "name": view.name}
        kind = "one" if len(found) == 1 else "some"
        said = say(role, f"behavioral.sockets.{kind}", "network imports code process", **slots)
        return [said], (Show("symbols.imports", only=tuple(index for index, _ in found)),)
    if any(_CARRIERS.match(one.name) for one in symbols.imports) or not view.lines("symbols.imports").within(room):
        return NOTHING
    slots = {"socket": value.absent("socket", view.at("symbols", ".imports"), "name"), "name": view.name}
    slots["connect"] = value.absent("connect", view.at("symbols", ".imports"), "name")
    return [say(role, "behavioral.sockets.none", "network imports code decision", **slots)], (Show("symbols.imports"),)


def firm(request: Request) -> Role:
    """What settles a matter: part of the answer, but for readers who want a few facts only."""
    return "answer" if request.persona.depth > 1 else "detail"


def technique(one: Technique) -> str:
    """Which phrases are about a technique: by its indicator where that is a pattern of code, else by its label."""
    if "IndirectJumps" in one.indicators:
        return "jumps"
    if "NopSled" in one.indicators:
        return "nops"
    return {"AntiDebug": "debug", "AntiVM": "vm", "AntiSandbox": "sandbox"}.get(one.technique_type or "", "other")


def counts_jumps(found: Behavioral) -> bool:
    """Whether a technique rests on the number of jumps."""
    return any("IndirectJumps" in one.indicators for one in found.anti_analysis)


def jumps(view: View, role: Role) -> Facts:
    """How many jumps the scanner counted, and how many of them are merely conditional."""
    analysis = view.file.disassembly.analysis if view.file.disassembly else None
    counts = analysis.control_flow_summary if analysis else {}
    if not counts.get("total_jumps") or not counts.get("conditional_jumps") or "indirect_calls" not in counts:
        return NOTHING
    path = view.at("disassembly", ".analysis.control_flow_summary")
    slots = {
        "total": value.grouped(counts["total_jumps"], path + ".total_jumps"), "name": view.name,
        "conditional": value.grouped(counts["conditional_jumps"], path + ".conditional_jumps"),
        "indirect": value.grouped(counts["indirect_calls"], path + ".indirect_calls", "call|calls"),
    }  # fmt: skip
    said = say(role, "behavioral.jumps", "code method data performance address kernel", **slots)
    return [said], (Show("disassembly.control_flow_summary"),)


def fetching(view: View, room: int, role: Role) -> Facts:
    """A line of a script that fetches something: what a text rule can't tell from a link in a comment."""
    if view.file.kind != "script" or view.file.strings is None or not view.file.strings.ascii:
        return NOTHING
    listing = Listing(view)
    found = view.once("behavioral.fetching", lambda: _first_fetch(listing))
    if found < 0:
        return NOTHING
    slots = {"line": listing.quoted(found), "name": view.name}
    alone = uncalled(listing, [found])
    said: list[Content] = [
        say(role, "behavioral.fetches", "network decision code malware", **slots),
        say(role, "behavioral.control.grounded", "decision weakness malware plain", name=view.name),
        *(one for _, one in alone),
    ]
    return said, listing.show([found, *(index for index, _ in alone)], room, around=0)


def _first_fetch(listing: Listing) -> int:
    lines = enumerate(listing.texts)
    return next((n for n, one in lines if FETCH.search(one) and not one.lstrip().startswith("#")), -1)


def runs(view: View) -> bool:
    """Whether the file is something that can be run or loaded."""
    return view.file.kind in ("elf", "pe", "macho", "script", "java", "class")


def starts(view: View) -> bool:
    """Whether the file is run by itself: a shared library is loaded by others."""
    return runs(view) and not is_library(view)


def lead_of(pattern: NetworkBehavior, key: str) -> str:
    """How the phrases on a label begin: the one on Tor by whether it rests on its name or on digits."""
    named = key == "tor" and any(not one.isdigit() for one in pattern.indicators)
    return "behavioral.tor.named" if named else f"behavioral.{key}"


def weight(view: View, pattern: NetworkBehavior, key: str, slots: dict[str, Text], request: Request) -> Facts:
    """What a network label is worth here: nothing where any file would get it, more where a line does fetch."""
    found = fetching(view, request.room // 6, "answer") if key == "control" else NOTHING
    if found[0]:
        return found
    phrase = f"{lead_of(pattern, key)}.weak"
    if key == "control" and pattern.indicators[0] == "IP address found":
        phrase += ".numbers"
    elif key == "control" and pattern.indicators[0] in UNTEXT:
        phrase += ".test" if runs(view) else ".data"
    return [say("answer", phrase, "weakness rule plain malware", **slots)], ()


def advice(view: View) -> list[Content]:
    """That the scanner's advice on a control server is printed with the label: for who sees the whole result."""
    found = view.file.behavioral
    for index, text in enumerate(found.recommendations if found is not None else ()):
        if "servers" in text and len(text) < _SHORT:
            slots = {"advice": value.code(text, view.at("behavioral", f".recommendations[{index}]")), "name": view.name}
            return [say("limit", "behavioral.advice", "decision rule malware plain network", **slots)]
    return []


_SHORT = 80
"""Characters of a sentence of the scanner that may be quoted."""
