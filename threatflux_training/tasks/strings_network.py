"""Addresses among the strings: which, what for, and what they do not show."""

import re
from dataclasses import dataclass

import msgspec

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Say, items, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.string_kinds import ADDRESS, MAIL, RESERVED, URL
from threatflux_training.evidence.view import View
from threatflux_training.hashing import choose
from threatflux_training.tasks.compound import SURROUNDINGS
from threatflux_training.tasks.listing import Listing, few
from threatflux_training.tasks.model import Draft, Offer, Request
from threatflux_training.tasks.script_lines import remarks
from threatflux_training.text import escape

_SHOWN = 7
_DOCUMENTATION = re.compile(
    r"(?i)\b(?:help|bugs?|report|home ?page|licen[cs]e|gpl|documentation|documented|translation|see|copyright|mailing|manual|website|visit|about|group|oslo)\b|gnu\.org|w3\.org"
)
FETCH = re.compile(
    r"(?i)(?:^|[\s;|&`(])(?:curl|wget|invoke-webrequest)\s+(?:[-\"'$]|https?:|ftp:)|\burlopen\(|\burlretrieve\("
    r"|\brequests\.(?:get|post|put|request)\("
)
"""A command or a call that fetches; a word for it in prose is none."""
_TEST_NET = re.compile(r"\b(?:192\.0\.2|198\.51\.100|203\.0\.113)\.\d+")
_PRIVATE = re.compile(r"(?<![\d.])(?:10\.\d+|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.\d+\.\d+")
_LOCAL = re.compile(r"(?<![\d.])127\.\d+\.\d+\.\d+|localhost")
_WILDCARD = re.compile(r"(?<![\d.])0\.0\.0\.0(?![\d.])")
_VERSION = re.compile(r"(?i)\b(?:version|release)\W{0,3}$")
"""A word behind which four numbers are more likely a version than an address."""
_BEFORE = 16
"""Characters before a number in which such a word may end."""
_NAMESPACE = re.compile(r"https?://(?:www\.w3\.org|schemas\.|ns\.adobe\.com|purl\.org|java\.sun\.com/xml|xmlns\.)")
"""Addresses that name an XML vocabulary; nobody fetches them."""
_HOST = re.compile(r"://([^/:\s]+)(?::(\d+))?(/[^\s]*)?")
_CONTACT = re.compile(r"(?i)bugs?|report|author|maintain|copyright|written|contact|e?mail\b|sent by|<[\w.+-]+@")
"""Words around a mail address that make it somebody to write to."""
_CLIENT = (
    ("getaddrinfo", "gethostbyname", "inet_pton", "inet_addr"),
    ("connect",),
    ("send", "sendto", "recv"),
)
"""Steps of a network client and functions for each; one step alone is found in any program that logs, for example."""
_WHOLE_CLIENT = "curl_easy_perform"
"""A function that takes all steps."""


@dataclass(frozen=True)
class Hit:
    """An address found in an entry."""

    index: int
    text: str
    mail: bool


def hits(listing: Listing) -> list[Hit]:
    """Every address of a list, each once, in order, but no version; numeric ones inside a URL are not counted again."""
    found: dict[str, Hit] = {}
    for index, text in enumerate(listing.texts):
        if "://" not in text and "@" not in text and text.count(".") < 3:
            continue
        rest = URL.sub(" ", text)
        for pattern, where in ((URL, text), (ADDRESS, rest), (MAIL, rest)):
            for match in pattern.finditer(where):
                if pattern is ADDRESS and _VERSION.search(where[max(0, match.start() - _BEFORE) : match.start()]):
                    continue
                found.setdefault(match.group(), Hit(index, match.group(), pattern is MAIL))
    return list(found.values())


def offers(view: View, listing: Listing) -> list[Offer]:
    """The address tasks of a list."""
    found = hits(listing)
    if not found:
        return []
    return [
        Offer(task="strings.network", build=lambda r: _network(listing, found, r), importance=6, long=len(found) > 4),
        Offer(
            task="strings.address", build=lambda r: _address(listing, found, r), importance=6,
            variants=min(4, len(found)), weight=0.8, long=True,
),
    ]  # fmt: skip


def _clients(listing: Listing) -> list[int]:
    """Functions of a network client that the list of a compiled file names, if they make up a client."""
    if listing.script:
        return []
    steps = [[index for name in names if (index := listing.has(name)) >= 0] for names in _CLIENT]
    whole = listing.has(_WHOLE_CLIENT)
    if whole < 0 and sum(map(bool, steps)) < 2:
        return []
    found = [index for step in steps for index in step[:2]]
    return [whole, *found] if whole >= 0 else found


def _network(listing: Listing, found: list[Hit], request: Request) -> Draft:
    shown = few(range(len(found)), _SHOWN if request.length != "long" else 24)
    chosen = [found[i] for i in shown]
    clients = _clients(listing)[:4]
    content = _listed(listing, chosen, len(found) > len(chosen))
    if all(_is_read(listing, hit) for hit in found):
        form = "one" if len(found) == 1 else "some"
        content.append(
            say("answer", f"strings.network.readers.{form}", "network decision plain", name=listing.view.name)
        )
    content += _clientele(listing, clients)
    for hit in chosen[:4]:
        content += about(listing, hit)
    content += _limits(listing, chosen[0])
    shows = listing.show([*(hit.index for hit in found), *clients], request.room)
    return Draft(slots={}, shows=shows, content=tuple(content), context=("behavioral", "threats", *SURROUNDINGS))


def _listed(listing: Listing, chosen: list[Hit], more: bool) -> list[Content]:
    texts = [listing.piece(hit.index, hit.text) for hit in chosen]
    if len(chosen) == 1:
        hit = chosen[0]
        if listing.texts[hit.index].strip() == hit.text:
            return [say("answer", "strings.network.bare", "network strings", first=texts[0], name=listing.view.name)]
        slots = {"first": texts[0], "quote": listing.quoted(hit.index), "name": listing.view.name}
        return [say("answer", "strings.network.one", "network strings", **slots)]
    if len(chosen) > 5:
        phrase = "strings.network.many.some" if more else "strings.network.many"
        lead = say("answer", phrase, "network strings", name=listing.view.name)
        return [items("answer", lead, list(texts), "network")]
    return [say("answer", "strings.network.some", "network strings", list=value.join(texts), name=listing.view.name)]


def _clientele(listing: Listing, clients: list[int]) -> list[Content]:
    """Whether the list also names functions of a network client; only an ELF's complete list can show that it doesn't."""
    if clients:
        names = value.join([listing.quoted(index) for index in clients])
        return [say("meaning", "strings.network.client", "network imports", names=names)]
    every = ("socket", _WHOLE_CLIENT, *(name for step in _CLIENT for name in step))
    named = any(listing.has(name) >= 0 for name in every)
    if (
        not named
        and listing.complete
        and not listing.script
        and any(text.startswith(".dynsym") for text in listing.texts)
    ):
        pair = value.join([listing.lacks("socket"), listing.lacks("connect")], "nor")
        return [say("meaning", "strings.network.no_client", "network imports decision", names=pair)]
    return []


def about(listing: Listing, hit: Hit) -> list[Content]:
    """What the entry around an address says about it."""
    entry = listing.texts[hit.index]
    piece = listing.piece(hit.index, hit.text)
    around = {"first": piece, "quote": listing.quoted(hit.index)}
    alone = entry.strip() == hit.text
    said: list[Content] = []
    if _TEST_NET.search(hit.text):
        said += [say("detail", "strings.address.testnet", "network limit malware", first=piece)]
    elif _WILDCARD.search(hit.text):
        said += [say("detail", "strings.address.wildcard", "network decision", first=piece)]
    elif _LOCAL.search(hit.text):
        said += [say("detail", "strings.address.local", "network decision", first=piece)]
    elif _PRIVATE.search(hit.text):
        said += [say("detail", "strings.address.private", "network", first=piece)]
    read = _for_readers(entry) or (listing.script and hit.index in remarks(listing))
    if hit.mail and (alone or read or _CONTACT.search(entry)):
        said += [
            say("detail", "strings.address.mail" if alone else "strings.address.mail_in", "provenance plain", **around)
        ]
    elif hit.mail:
        said += [say("meaning", "strings.address.mail_form", "provenance limit plain", **around)]
    elif FETCH.search(entry) and not entry.lstrip().startswith("#"):
        said += [say("detail", "strings.address.fetch", "network malware weakness", **around)]
    elif listing.script and (entry.lstrip().startswith("#") or hit.index in remarks(listing)):
        said += [say("detail", "strings.address.comment", "network plain decision", **around)]
    elif entry.lstrip().startswith("#"):
        said += [say("detail", "strings.address.marked", "network plain decision", **around)]
    elif not alone and _DOCUMENTATION.search(entry):
        said += [say("detail", "strings.address.help", "network plain decision", **around)]
    elif alone and _DOCUMENTATION.search(hit.text):
        said += [say("detail", "strings.address.project", "network provenance decision", first=piece)]
    if read:
        return said
    if RESERVED.search(hit.text) and not _TEST_NET.search(hit.text):
        return [*said, say("detail", "strings.address.example", "network limit malware", first=piece)]
    return said + _form(listing, hit, piece)


_READ = frozenset(f"strings.address.{kind}" for kind in ("mail", "mail_in", "comment", "marked", "help", "project"))
"""What is said of addresses that are there for people."""


def _is_read(listing: Listing, hit: Hit) -> bool:
    """Whether an address is one for readers: of a project, a license, somebody to write to."""
    return any(isinstance(one, Say) and one.phrase in _READ for one in about(listing, hit))


def _for_readers(entry: str) -> bool:
    """Whether an entry is a comment or documentation rather than something to be contacted."""
    return entry.lstrip().startswith("#") or bool(_DOCUMENTATION.search(entry) and not FETCH.search(entry))


def _form(listing: Listing, hit: Hit, piece: Text) -> list[Content]:
    match = _HOST.search(hit.text)
    if not match or _NAMESPACE.match(hit.text):
        return []
    said: list[Content] = []
    host = listing.piece(hit.index, match[1])
    if hit.text.startswith("http://"):
        said += [say("detail", "strings.address.plain_http", "network weakness", first=piece)]
    if match[2]:
        port = listing.piece(hit.index, match[2])
        said += [say("detail", "strings.address.port", "network detection", host=host, port=port)]
    if match[3] and len(match[3]) > 3:
        path = listing.piece(hit.index, match[3])
        said += [say("next", "strings.address.hunt", "detection network next", host=host, path=path)]
    return said


def _limits(listing: Listing, first: Hit) -> list[Content]:
    piece = listing.piece(first.index, first.text)
    said: list[Content] = [say("limit", "strings.network.proves", "limit method", first=piece)]
    if not listing.complete:
        said.append(say("limit", "strings.network.cut", "limit", name=listing.view.name))
    return said


_EXAMPLES = re.compile(r"(?i)\bexamples?\b|\busage\b|\be\.g\.|\bfor instance\b|^\s*\$ \w")
_NEAR = 4
"""Lines before and after an address in which a word on examples counts for it."""


def _sample(listing: Listing, hit: Hit) -> bool:
    """Whether a numeric address stands among lines that show users how to call the program."""
    if listing.script or hit.mail:
        return False
    entry = listing.texts[hit.index]
    around = listing.texts[max(0, hit.index - _NEAR) : hit.index + 2]
    return len(entry.split()) > 1 and any(_EXAMPLES.search(text) for text in around)


_PLACED = frozenset(
    f"strings.address.{kind}" for kind in ("help", "comment", "marked", "fetch", "mail_in", "mail_form")
)
"""Statements that give an address with the text it stands in."""


def _address(listing: Listing, found: list[Hit], request: Request) -> Draft:
    hit = choose(request.key, found)
    piece = listing.piece(hit.index, hit.text)
    kind = "mail" if hit.mail else "url" if "://" in hit.text else "ip"
    slots = {"first": piece, "quote": listing.quoted(hit.index), "place": listing.place(hit.index)}
    alone = listing.texts[hit.index].strip() == hit.text
    phrase = f"strings.address.is_{kind}" + ("_alone" if alone else "")
    if kind == "ip" and _sample(listing, hit):
        phrase = "strings.address.sample"
    told = about(listing, hit)
    if _for_readers(listing.texts[hit.index]) and told and isinstance(told[0], Say):
        told = [msgspec.structs.replace(told[0], role="answer"), *told[1:]]
    content: list[Content] = [say("answer", phrase, "network strings", **slots), *told]
    if told and isinstance(told[0], Say) and told[0].phrase in _PLACED and not alone:
        content = [msgspec.structs.replace(told[0], role="answer"), *told[1:]]
    content += _clientele(listing, _clients(listing)[:3]) + _limits(listing, hit)
    near = [near for near in (hit.index - 1, hit.index + 1) if 0 <= near < len(listing)]
    content += [
        say("detail", "strings.address.near", "strings method", near=value.join([listing.quoted(i) for i in near]))
    ]
    shows = listing.show([hit.index, *near, *_clients(listing)[:3]], request.room)
    asked = value.in_code_asked(escape(hit.text))
    return Draft(slots={"address": asked}, shows=shows, content=tuple(content), context=("behavioral", *SURROUNDINGS))
