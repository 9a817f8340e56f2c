"""Facts beside a verdict that hold for the file itself: content, mode, readable text, imports, hardening."""

import re

from threatflux_training.catalogue.model import Persona
from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Role, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.string_kinds import C_LIBRARY, RESERVED, URL, is_stock
from threatflux_training.evidence.view import View
from threatflux_training.tasks.about import from_package, tiny
from threatflux_training.tasks.listing import Listing
from threatflux_training.tasks.model import Show

Facts = tuple[list[Content], tuple[Show, ...]]
NOTHING: Facts = ([], ())
_CHECKED = (
    "__stack_chk_fail", "__printf_chk", "__fprintf_chk", "__snprintf_chk", "__sprintf_chk", "__strcpy_chk", "__memcpy_chk", "__strcat_chk",
    "__vfprintf_chk", "__vsnprintf_chk", "__read_chk", "__strncpy_chk",
)  # fmt: skip
_QUOTED = 2
"""Addresses that a statement names."""
_READABLE = 70
"""Characters of a message that is quoted as a sign of readable content."""
DOCUMENTATION = (
    "gnu.org",
    "debian.org",
    "ubuntu.com",
    "freedesktop.org",
    "sourceforge.net",
    "github.com",
    "w3.org",
    "translationproject.org",
    "openssl.org",
    "kernel.org",
    "python.org",
    "perl.org",
    "cpan.org",
    "apache.org",
    "mozilla.org",
    "gnome.org",
    "kde.org",
    "opensource.org",
    "ietf.org",
    "rfc-editor.org",
    "sourceware.org",
    "launchpad.net",
    "wikipedia.org",
    "fsf.org",
    "redhat.com",
    "fedoraproject.org",
)
"""Hosts whose addresses in a program are nearly always text for readers."""
NAMESPACES = (
    "www.w3.org/1998/", "www.w3.org/1999/", "www.w3.org/2000/", "www.w3.org/2001/", "www.w3.org/2005/Atom", "www.w3.org/XML/1998/", "www.w3.org/ns/",
    "freedesktop.org/standards", "schemas.xmlsoap.org", "schemas.microsoft.com",
)  # fmt: skip
"""Addresses that name a vocabulary of XML; nobody calls them up."""


def both(*facts: Facts) -> Facts:
    """Several facts together."""
    return [one for said, _ in facts for one in said], tuple(show for _, shows in facts for show in shows)


def origin(view: View, persona: Persona) -> Facts:
    """How one finds out whose content was scanned, and who may change it: for a decision, as far as this reader asks."""
    wanted = set(persona.prefers)
    facts = [
        digest(view) if wanted & {"hash", "verify", "provenance", "decision", "next"} else NOTHING,
        mode(view) if wanted & {"permission", "container"} else NOTHING,
    ]
    return both(*facts)


def digest(view: View) -> Facts:
    """The SHA-256 as the way to a decision."""
    hashes = view.file.hashes
    if hashes is None or not hashes.sha256 or tiny(view):
        return NOTHING
    slots = {"digest": value.code(hashes.sha256, view.at("hashes", ".sha256")), "name": view.name, "path": view.path}
    kind = "package" if from_package(view) else "stray"
    return [say("verify", f"facts.hash.{kind}", "hash verify provenance package", **slots)], (Show("hashes"),)


def mode(view: View) -> Facts:
    """That others than the owner may change the file, where its permissions say so."""
    metadata = view.file.metadata
    bits = (metadata.permissions or "") if metadata is not None else ""
    if not bits or len(bits) > 4 or any(digit not in "01234567" for digit in bits):
        return NOTHING
    if not int(bits, 8) & 0o022:
        return NOTHING
    slots = {"mode": value.permissions(bits, view.at("metadata", ".permissions")), "name": view.name, "path": view.path}
    return [say("detail", "facts.mode.others", "permission path container", **slots)], (Show("metadata"),)


def hardened(view: View, room: int) -> Facts:
    """Checked variants and the stack guard among the strings."""
    if view.file.strings is None or not view.file.strings.ascii:
        return NOTHING
    listing = Listing(view)
    named = [index for name in _CHECKED if (index := listing.has(name)) >= 0]
    found = [index for index in named if _imports(view, listing.texts[index])][:4]
    if found:
        slots = {"names": value.join([listing.quoted(index) for index in found]), "name": view.name}
        kind = "one" if len(found) == 1 else "some"
        said = say("detail", f"facts.hardened.{kind}", "mitigation memory_safety strings hardware", **slots)
        return [said], listing.show(found, min(room, 500), around=0)
    if view.file.kind == "elf" and not named and listing.complete and listing.whole(room):
        slots = {"guard": listing.lacks("__stack_chk_fail"), "name": view.name}
        said = say("detail", "facts.unhardened", "mitigation memory_safety hardware", **slots)
        return [said], (Show("strings"),)
    return NOTHING


def _imports(view: View, name: str) -> bool:
    """Whether a file imports a function; without a list of imports, whether it isn't a library that provides the checks."""
    if view.file.symbols is None:
        return not (C_LIBRARY.match(view.file.name) or view.file.name.startswith("libssp."))
    return any(one.name.partition("@")[0] == name for one in view.file.symbols.imports)


def readable(view: View, room: int) -> Facts:
    """A message or usage line that stands in the file as plain text."""
    if view.file.strings is None or not view.file.strings.ascii:
        return NOTHING
    listing = Listing(view)
    chosen = view.once("facts.readable", lambda: _longest_plain(listing))
    if not chosen:
        return NOTHING
    slots = {"texts": value.join([listing.quoted(index) for index in chosen]), "name": view.name}
    kind = "one" if len(chosen) == 1 else "some"
    said = say("detail", f"facts.readable.{kind}", "strings entropy plain", **slots)
    return [said], listing.show(chosen, min(room, 300), around=0)


def _longest_plain(listing: Listing) -> list[int]:
    fitting = [i for i in listing.of_kind("message", "usage", stop=min(600, len(listing))) if _plain(listing.texts[i])]
    return sorted(fitting, key=lambda index: -len(listing.texts[index]))[:2]


def _plain(text: str) -> bool:
    """Whether a text is a message of moderate length, neither an interpreter line nor full of signs."""
    if not 12 <= len(text) <= _READABLE or text.startswith(("#!", "/")) or is_stock(text):
        return False
    return sum(map(str.isalpha, text)) + text.count(" ") > 0.7 * len(text)


def imported(view: View, room: int) -> Facts:
    """Functions that the file imports by name."""
    symbols = view.file.symbols
    names = [
        (index, one.name)
        for index, one in enumerate(symbols.imports if symbols else ())
        if one.name and "@" not in one.name and not one.name.startswith("_") and len(one.name) < 40
    ]
    if len(names) < 4:
        return NOTHING
    chosen = [names[0], names[len(names) // 2], names[-1]]
    listed = [value.code(name, view.at("symbols", f".imports[{index}].name")) for index, name in chosen]
    slots = {"names": value.join(listed), "name": view.name}
    said = say("detail", "facts.imported", "imports structure code", **slots)
    return [said], (Show("symbols.imports", only=tuple(index for index, _ in chosen)),)


def addresses(view: View) -> list[tuple[int, str]]:
    """Index and text of web addresses among the strings that are not plainly documentation, each once."""
    return view.once("facts.addresses", lambda: _addresses(view))


def _addresses(view: View) -> list[tuple[int, str]]:
    if view.file.strings is None:
        return []
    found: dict[str, int] = {}
    for index, text in enumerate(view.file.strings.ascii):
        if "://" not in text or text.lstrip().startswith(("#", "//", "=")) or is_stock(text):
            continue
        match = URL.search(text)
        if match and not is_documentation(match.group()):
            found.setdefault(match.group(), index)
    return [(index, text) for text, index in found.items()]


_HOST = re.compile(r"(?:://(?:[^/@\s]*@)?|@)([\w.-]+)")


def is_documentation(address: str) -> bool:
    """Whether an address is of a host that programs name for their readers."""
    found = _HOST.search(address)
    host = found[1].lower().rstrip(".") if found else ""
    return any(host == known or host.endswith(f".{known}") for known in DOCUMENTATION)


def quoted_addresses(view: View, *, reserved: bool = False) -> tuple[Text, tuple[Show, ...]] | None:
    """The addresses as a list in words, and what shows them; only those that are (not) reserved for documentation."""
    found = [one for one in addresses(view) if bool(RESERVED.search(one[1])) is reserved][:_QUOTED]
    if not found:
        return None
    listing = Listing(view)
    texts = [listing.piece(index, text) for index, text in found]
    return value.join(texts), listing.show([index for index, _ in found], 200, around=0)


def leads(view: View, role: Role) -> Facts:
    """The addresses that are worth following; where there are none, that those there stand for nobody."""
    tags = "network detection strings malware decision"
    for phrase, reserved in (("behavioral.specific", False), ("behavioral.specific.reserved", True)):
        found = quoted_addresses(view, reserved=reserved)
        if found is not None:
            return [say(role, phrase, tags, list=found[0], name=view.name)], found[1]
    return NOTHING
