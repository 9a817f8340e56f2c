"""A file as one who has to decide about it sees it: what it is, where it lay, what in it deserves a look."""

import re
from collections.abc import Sequence
from functools import cached_property
from typing import Literal, NamedTuple

from threatflux_training.compose import value
from threatflux_training.compose.content import Items, Say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.name_purpose import Purpose, purpose_of
from threatflux_training.evidence.package_lines import archive
from threatflux_training.evidence.string_kinds import is_option, is_ragged, speaks
from threatflux_training.evidence.view import View
from threatflux_training.tasks.about import is_library, is_loader
from threatflux_training.tasks.listing import Listing
from threatflux_training.tasks.model import Request, Show
from threatflux_training.tasks.script_lines import Reading, readings
from threatflux_training.tasks.strings_facts import secrets_of
from threatflux_training.tasks.strings_hostile import hostile_of
from threatflux_training.tasks.strings_network import Hit, hits

Kind = Literal["program", "library", "object", "image", "binary", "script", "archive", "dense", "text", "data"]
Place = Literal["system", "local", "home", "temp", "other"]
Level = Literal["routine", "look", "open", "thin", "tiny"]
_THINGS: dict[Kind, str] = {
    "program": "program", "library": "library", "object": "file", "image": "file", "binary": "program", "script": "script", "archive": "archive",
    "dense": "file", "text": "file", "data": "file",
}  # fmt: skip
_SYSTEM = (
    "/bin/",
    "/sbin/",
    "/usr/bin/",
    "/usr/sbin/",
    "/lib/",
    "/lib64/",
    "/usr/lib/",
    "/usr/lib64/",
    "/lib32/",
    "/libx32/",
    "/usr/lib32/",
    "/usr/libx32/",
    "/etc/",
    "/boot/",
    "/usr/games/",
    "/usr/include/",
    "/usr/share/",
    "/usr/src/",
    "/usr/libexec/",
)
_MASK = re.compile(r"(?!.*\b(?:chmod|chown|setfacl)\b).*\bumask\b.*")
"""A line that says what rights new files get: nothing on the system changes by it."""
_TEMP = ("/tmp/", "/var/tmp/", "/dev/shm/")
WEIGHTY = ("fetch_pipe", "fetch", "persist", "execute_data", "spawn", "root", "mode", "remove")
"""What lines of a script do that acts on the system, most serious first."""
_ALARMING = ("fetch_pipe", "persist", "execute_data", "fetch")
"""Those that make a script from elsewhere a case, the gravest first; a plain download is the least of them."""
FETCHING = ("fetch_pipe", "fetch")
"""Those that contact a server."""
_COMPILED = ("application/x-elf", "application/x-dosexec", "application/x-mach-binary")
UNTYPED = "application/octet-stream"
"""The type that the scanner gives where it knows none."""
COMMAND = re.compile(
    r"^(?:/\S+/)?(?:sh|bash|rm|ls|cat|mail|curl|wget|ssh|nc|tar|chmod|cp|mv|ping|kill|sudo|crontab|systemctl) [^A-Z]*(?:%s|[|>;])"
)
"""A command line for a shell, with a place for a value or a pipe."""
LEAST = 16
"""Bytes below which a file holds nothing that could act."""
MEASURABLE = 64
"""Bytes below which neither an entropy nor the beginning of a file says anything."""
LONG = 4_096
"""Bytes from which on a low entropy speaks against compression: random bytes of a shorter file measure low as well."""
DENSE = 7.2
"""Bits per byte from which a file without known format is called dense."""
_UNREADABLE = 0.2
"""Share of bytes other than printable ASCII, ends of lines among them, up to which a file counts as text."""


class Part(NamedTuple):
    """One side of a case: statements, the main one first, and the evidence for them."""

    said: tuple[Say | Items, ...]
    shows: tuple[Show, ...]


class Case:
    """One file to be judged. Everything here is read off its report; `slots` name the file and say what sort it is."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.file = view.file
        self.listing = Listing(view) if view.file.strings is not None and view.file.strings.ascii else None
        thing = "library" if self.kind == "binary" and is_library(self.view) else _THINGS[self.kind]
        self.slots: dict[str, Text] = {"name": view.name, "path": view.path, "thing": Text(thing)}
        self.slots["a_thing"] = Text(f"{'an' if thing[0] in 'aeiou' else 'a'} {thing}")

    @cached_property
    def kind(self) -> Kind:
        """What sort of file it is, as far as the report shows."""
        binary = self.file.binary_info
        if archive(self.file) is not None:
            return "archive"
        if binary is not None and binary.format in ("PE", "Mach-O"):
            return "image"
        if binary is not None and binary.format == "ELF":
            names = {section.name for section in binary.sections}
            if ".interp" in names or is_loader(self.view):
                return "program"
            return "library" if is_library(self.view) else "program" if binary.entry_point else "object"
        metadata = self.file.metadata
        mime = (metadata.mime_type if metadata else None) or UNTYPED
        if mime in _COMPILED:
            return "binary"
        if self.listing is not None and self.listing.script:
            return "script"
        entropy = self.file.entropy
        if entropy is not None and (entropy.overall_entropy or 0) >= DENSE:
            return "dense"
        return "text" if mime.startswith("text/") or (mime == UNTYPED and self._reads) else "data"

    @property
    def _reads(self) -> bool:
        """Whether nearly all of the bytes are text to be read, by their values or as the strings cover them."""
        if self.listing is None:
            return False
        signs = self.file.entropy.encryption_indicators if self.file.entropy is not None else None
        if signs is not None and signs.random_data_percentage is not None:
            return signs.random_data_percentage <= _UNREADABLE
        lines = sum(map(len, self.listing.texts)) + len(self.listing)
        return 0 < self.size <= lines / (1 - _UNREADABLE)

    @cached_property
    def place(self) -> Place:
        """What sort of folder it was scanned in."""
        path = self.file.path
        if path.startswith(_TEMP):
            return "temp"
        if path.startswith(("/usr/local/", "/opt/", "/srv/")):
            return "local"
        if path.startswith(("/home/", "/root/", "/Users/")):
            return "home"
        return "system" if path.startswith(_SYSTEM) else "other"

    @cached_property
    def names(self) -> dict[str, int]:
        """Imported functions with the place of their entry; versioned twins are left out."""
        symbols = self.file.symbols
        found: dict[str, int] = {}
        for index, one in enumerate(symbols.imports if symbols else ()):
            if one.name and "@" not in one.name and len(one.name) <= 120:
                found.setdefault(one.name, index)
        return found

    def purposes(self) -> dict[Purpose, list[str]]:
        """Imported functions by what they are for."""
        groups: dict[Purpose, list[str]] = {}
        for name in self.names:
            purpose = purpose_of(name)
            if purpose is not None:
                groups.setdefault(purpose, []).append(name)
        return {purpose: sorted(found) for purpose, found in groups.items()}

    def imported(self, chosen: Sequence[str]) -> Text:
        """Names of imports as code."""
        return value.join(
            [value.code(one, self.view.at("symbols", f".imports[{self.names[one]}].name")) for one in chosen]
        )

    @cached_property
    def readings(self) -> list[tuple[int, Reading]]:
        """Lines of a script that act on the system, the most serious first."""
        if self.listing is None or not self.listing.script:
            return []
        found = [
            (index, one)
            for index, one in readings(self.listing)
            if one.rule in WEIGHTY
            and len(self.listing.texts[index]) <= 200
            and not _MASK.fullmatch(self.listing.texts[index])
        ]
        return sorted(found, key=lambda entry: (WEIGHTY.index(entry[1].rule), entry[0]))

    @cached_property
    def _hits(self) -> list[Hit]:
        return hits(self.listing) if self.listing is not None else []

    @cached_property
    def addresses(self) -> list[Hit]:
        """Addresses among the strings, e-mail left out."""
        return [hit for hit in self._hits if not hit.mail]

    def fetches(self, hit: Hit) -> bool:
        """Whether a line of a script contacts an address."""
        texts = self.listing.texts if self.listing is not None else []
        return any(one.rule in FETCHING and hit.text in texts[index] for index, one in self.readings)

    @property
    def quiet(self) -> bool:
        """Whether no string is of a sort that one would follow: address, credential, command, place of a start."""
        if self.kind == "script":
            acts = any(one.rule in _ALARMING for _, one in self.readings)
        else:
            acts = bool(self.footholds or self.commands)
        return not (self._hits or self.secrets or acts)

    @cached_property
    def secrets(self) -> list[int]:
        """Entries that give a credential a value."""
        return secrets_of(self.listing) if self.listing is not None else []

    @cached_property
    def hostile(self) -> list[int]:
        """Entries that speak to a language model."""
        return hostile_of(self.listing) if self.listing is not None else []

    @cached_property
    def footholds(self) -> list[int]:
        """Entries of a program that name places from which things start by themselves, or accounts live."""
        marks = (
            "/etc/cron",
            "crontab",
            "/etc/systemd",
            ".ssh/authorized_keys",
            "/etc/ld.so.preload",
            "/etc/rc.",
            "CurrentVersion\\Run",
        )
        if self.listing is None:
            return []
        return [
            index
            for index, text in enumerate(self.listing.texts)
            if len(text) <= 160 and any(mark in text for mark in marks)
        ]

    @cached_property
    def commands(self) -> list[int]:
        """Entries of a program that read like command lines for a shell."""
        texts = self.listing.texts if self.listing is not None else []
        return [index for index, text in enumerate(texts) if len(text) <= 120 and COMMAND.match(text)]

    @cached_property
    def marks(self) -> list[int]:
        """Entries that deserve a look, whatever the scanner says: indices in the list of strings, each once."""
        found = [*self.hostile]
        alarming = _ALARMING if self.place != "system" else ("fetch_pipe",)
        found += [index for rule in alarming for index, one in self.readings if one.rule == rule]
        if self.place != "system" and self.kind != "script":
            found += self.footholds
            found += self.commands
        if self.place != "system":
            found += [hit.index for hit in self.addresses if _numeric(hit.text)]
        return list(dict.fromkeys(found))

    @cached_property
    def size(self) -> int:
        """The length in bytes, 0 where the report doesn't give it."""
        return (self.file.metadata.file_size if self.file.metadata else None) or 0

    @cached_property
    def tiny(self) -> bool:
        """Whether there are too few bytes to do anything, or to be known by their hash, and none that deserves a look."""
        size = self.file.metadata.file_size if self.file.metadata else None
        return size is not None and size < LEAST and not self.marks and not self.secrets

    @property
    def _disclosed(self) -> bool:
        """Whether it is a setting of the system that every account can read."""
        mode = (self.file.metadata.permissions if self.file.metadata else None) or ""
        octal = bool(mode) and set(mode) <= set("01234567")
        return self.file.path.startswith("/etc/") and octal and bool(int(mode, 8) & 0o004)

    @cached_property
    def level(self) -> Level:
        """What the evidence asks for."""
        if self.tiny:
            return "tiny"
        if self.marks or (self.secrets and (self.place != "system" or self._disclosed)):
            return "look"
        if self.listing is None and not self.names and self.file.binary_info is None and self.file.entropy is None:
            return "thin"
        return "routine" if self.place == "system" else "open"

    def options(self, most: int) -> list[int]:
        """Options of the help text with their explanation, those left out that every program has."""
        if self.listing is None or self.kind == "script":
            return []
        texts = self.listing.texts
        stock = re.compile(r"--help|--version|-V\b|-h\b")
        return [
            index for index in self.listing.of_kind("usage")
            if 14 <= len(texts[index]) <= 110 and texts[index].isprintable() and not stock.search(texts[index])
            and is_option(texts[index]) and re.search(r"\S {2,}\S", texts[index].strip())
        ][:most]  # fmt: skip

    def messages(self, most: int) -> list[int]:
        """Messages that tell something of what it does."""
        if self.listing is None or self.kind == "script":
            return []
        texts = self.listing.texts
        found = [
            index for index in self.listing.of_kind("message")
            if 14 <= len(texts[index]) <= 100 and texts[index].isprintable()
            and speaks(texts[index]) and not is_ragged(texts[index]) and "unsigned" not in texts[index] and "long int" not in texts[index]
        ]  # fmt: skip
        return found[:most]

    def paths(self, most: int) -> list[int]:
        """Absolute paths among the strings, loaders and locale left out."""
        if self.listing is None or self.kind == "script":
            return []
        texts = self.listing.texts
        skipped = ("ld-linux", "/usr/lib/debug", "/usr/share/locale")
        return [
            index for index in self.listing.of_kind("path")
            if 4 < len(texts[index]) <= 100 and not any(mark in texts[index] for mark in skipped)
        ][:most]  # fmt: skip

    def show(self, indices: list[int], request: Request) -> tuple[Show, ...]:
        """The entries of the list of strings, or the whole list where there is room."""
        if self.listing is None or not indices:
            return ()
        return self.listing.show(sorted(set(indices)), request.room, around=1)

    def quoted(self, indices: list[int]) -> Text:
        """Entries as code."""
        if self.listing is None:
            raise ValueError("a file without strings has nothing to quote")
        return value.join([self.listing.quoted(index) for index in indices])


def _numeric(address: str) -> bool:
    """Whether an address names its host by number, other than the machine itself."""
    host = address.partition("://")[2] or address
    return host[:1].isdigit() and host.count(".") >= 3 and not host.startswith(("127.", "0.0.0.0"))
