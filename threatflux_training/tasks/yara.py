"""Material for a YARA rule: magic, strings, sections; which of it is specific; and a flag that is another rule's result."""

import re

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, items, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.string_kinds import (
    BUILD_ID,
    has_conversion,
    is_ragged,
    is_stock,
    kind_of,
    secret_names,
)
from threatflux_training.evidence.view import View
from threatflux_training.hashing import choose, ordered
from threatflux_training.reports.model import YaraIndicators
from threatflux_training.tasks.about import is_executable
from threatflux_training.tasks.compound import SURROUNDINGS, firm_pair
from threatflux_training.tasks.entropy_parts import is_zip
from threatflux_training.tasks.file_facts import NAMESPACES, NOTHING, Facts, both, imported, readable
from threatflux_training.tasks.listing import Listing
from threatflux_training.tasks.model import Draft, Offer, Request, Show

FAMILY = "yara_indicators"
_BLOCK, _STRINGS = "yara_indicators", "yara_indicators.unique_strings"
_CONTEXT = ("entropy", "threats", *SURROUNDINGS)
_SECTIONS = (
    ".text",
    ".upx0",
    ".packed",
    ".symtab",
    ".debug_info",
    ".rsrc",
    ".tdata",
    ".plt.sec",
    ".ctors",
    ".gcc_except_table",
    ".idata",
    ".strtab",
)
_COMMON = (
    "GLIBC_",
    "_ITM_",
    "__gmon_start__",
    "libc.so",
    ".note",
    "GNU coreutils",
    "GCC:",
    "/usr/include",
    "/usr/lib",
    "/usr/share/locale",
)
_SHARED = re.compile(
    r"(?i)licen[sc]es?/|/licen[sc]e|gnu\.org/(?:gethelp|software/?$)|translationproject\.org|apache\.org/licen|opensource\.org|copyright|warranty|--help|more information|usage: %s|home page|bug reports|report \S+ bugs|standard (?:input|output)|memory exhausted|\b(?:read|write|seek|close) (?:error|failed)|invalid (?:option|argument)|no such file|permission denied|out of memory|cannot (?:open|allocate|stat)|too many arguments|extra operand|missing operand|ARGP_HELP_FMT|no version known|%\.\*s: |mandatory (?:arguments )?(?:to|for) (?:long|short)|when file is -|line delimiter is"
)
"""Addresses and sentences about licenses and help that very many programs carry: the last ones to look for."""
_DEBUG = "/usr/lib/debug/"
"""Debug files of a package, which all its programs name; those named after a build ID are of one build alone."""
_ENOUGH = 3
"""With so many strings in the sample a rule needs none from the full list."""
_PLATFORM = ("java/lang", "java/util", "java/io", "www.w3.org/", *NAMESPACES)
"""Texts that any program for the Java platform, and addresses that any program for an XML format has."""

_LEAST = 64
"""Bytes from which a file has something to build a rule on."""
_LOADS = re.compile(r"\s*(?:import|from|use|require)\b|\s*#!")
"""How a line of a script begins that names a library: other scripts have the same."""
_OWN, _QUOTED = 15, 90
"""Characters between which a message is particular enough for a rule and short enough to quote."""
_WORDS = 4
"""Spaces from which a text with an address in it is a sentence, not an address."""


def offers(view: View, partner: View | None) -> list[Offer]:
    """Tasks on the indicators."""
    found = view.file.yara_indicators
    if found is None or not found.magic_bytes or (found.file_size or _LEAST) < _LEAST:
        return []
    made = [
        Offer(
            task="yara_indicators.material",
            build=lambda r: _material(view, found, r),
            importance=5,
            long=len(found.unique_strings) > 8,
            variants=2,
        ),
        Offer(task="yara_indicators.magic", build=lambda r: _magic(view, found, r), importance=3, long=True),
    ]
    if found.is_packed is not None:
        made.append(
            Offer(task="yara_indicators.packed", build=lambda r: _packed(view, found, r), importance=5, long=True)
        )
    if len(found.unique_strings) > 2:
        made.append(
            Offer(
                task="yara_indicators.strings",
                build=lambda r: _strings(view, found, r),
                importance=5,
                variants=2,
                long=True,
            )
        )
    if len([name for name in found.sections if name]) > 2:
        made.append(
            Offer(
                task="yara_indicators.section",
                build=lambda r: firm_pair(_pair(view, found, r), r),
                importance=3,
                pair=True,
                variants=3,
            )
        )
    return made


def _text(view: View, found: YaraIndicators, index: int) -> Text:
    text = found.unique_strings[index]
    return value.member(text, view.at(_BLOCK, ".unique_strings"))


def _specific(view: View, found: YaraIndicators) -> list[int]:
    """Strings that few other files are likely to have, by their form; those with the file's name first, bare templates last."""
    good = [
        index for index, text in enumerate(found.unique_strings)
        if kind_of(text) in ("network", "message", "path", "usage", "symbol") and not _is_common(text) and not secret_names(text) and len(text) > 9 and text.isprintable()
        and kind_of(text) != "symbol" or "://" in text and not _is_common(text)
    ]  # fmt: skip
    rare = [
        index
        for index in good
        if not (is_stock(text := found.unique_strings[index]) or is_ragged(text) or _SHARED.search(text))
    ]
    remarks = _format(found) == "script"

    name = view.file.name.casefold()

    def rank(index: int) -> tuple[bool, bool, bool, bool, int]:
        text = found.unique_strings[index]
        return (
            "://" not in text,
            name not in text.casefold(),
            text.count("%") > 1,
            remarks and not text.lstrip().startswith("#"),
            -len(text),
        )

    return sorted(rare, key=rank)


def _is_common(text: str) -> bool:
    return text.startswith((*_COMMON, "#!/")) or any(part in text for part in _PLATFORM)


def _common(found: YaraIndicators) -> list[int]:
    """Strings that come with the toolchain, the C library or the platform."""
    return [
        i
        for i, text in enumerate(found.unique_strings)
        if text.isprintable()
        and (_is_common(text) or kind_of(text) in ("version", "section", "library") or text.startswith(_DEBUG))
    ]


_FORMATS = {
    "7F 45 4C 46": "elf", "4D 5A": "pe", "23 21": "script", "50 4B 03 04": "zip", "25 50 44 46": "pdf", "CA FE BA BE": "class",
    "FE ED FA CE": "macho", "FE ED FA CF": "macho", "CE FA ED FE": "macho", "CF FA ED FE": "macho", "1F 8B": "gzip",
    "89 50 4E 47 0D 0A 1A 0A": "png", "FF D8 FF": "jpeg", "47 49 46 38": "gif", "FD 37 7A 58 5A 00": "xz", "28 B5 2F FD": "zstd",
    "42 5A 68": "bzip", "21 3C 61 72 63 68 3E 0A": "ar", "52 61 72 21 1A 07": "rar", "37 7A BC AF 27 1C": "seven",
    "D0 CF 11 E0 A1 B1 1A E1": "ole", "00 61 73 6D": "wasm",
}  # fmt: skip
_VARIED = ("gzip", "gif", "zstd")
"""Formats whose first bytes go on with a time, a size or an option of the single file."""


_WIDTHS, _ORDERS_OF_BYTES = {"01": "32", "02": "64"}, {"01": "little", "02": "big"}
_HEADED = 6
"""Bytes up to the one that tells the byte order."""


def _format(found: YaraIndicators) -> str:
    """The format that the first bytes belong to."""
    return next((name for magic, name in _FORMATS.items() if (found.magic_bytes or "").startswith(magic)), "other")


def _base(view: View, found: YaraIndicators) -> dict[str, Text]:
    path = view.at(_BLOCK)
    slots = {"magic": value.code(found.magic_bytes, path + ".magic_bytes"), "name": view.name}
    if found.file_size is not None:
        slots["size"] = value.grouped(found.file_size, path + ".file_size", "byte|bytes")
    if found.sha256:
        slots["digest"] = value.code(found.sha256, path + ".sha256")
    return slots


def _draft(content: list[Content], *shows: Show, slots: dict[str, Text] | None = None) -> Draft:
    return Draft(slots=slots or {}, shows=(Show(_BLOCK), *shows), content=tuple(content), context=_CONTEXT)


def _material(view: View, found: YaraIndicators, request: Request) -> Draft:
    slots = _base(view, found)
    good, common = _specific(view, found), _common(found)
    content: list[Content] = []
    beyond: tuple[Show, ...] = ()
    if good:
        chosen = good[: 10 if request.length == "long" else 3]
        slots["best"] = _text(view, found, good[0])
        number = "one" if len(chosen) == 1 else "some"
        content.append(say("answer", f"yara_indicators.material.{number}", "detection strings decision", **slots))
        content.append(_worth(view, found, good[0]))
        if len(chosen) > 1:
            content.append(
                items(
                    "answer",
                    say("answer", "yara_indicators.material.lead", "detection"),
                    [_text(view, found, i) for i in chosen],
                    "detection strings",
                )
            )
    else:
        built = next((i for i, text in enumerate(found.unique_strings) if BUILD_ID.fullmatch(text)), None)
        number = "none" if not found.unique_strings else "poor" if built is None else "build"
        if built is not None:
            slots["best"] = _text(view, found, built)
        content.append(say("answer", f"yara_indicators.material.{number}", "detection decision", **slots))
        further, beyond = _beyond(view, request)
        content += further
        if common:
            listed = value.join([_text(view, found, i) for i in common[:3]])
            content.append(
                say("answer", "yara_indicators.material.poor.why", "detection weakness", list=listed, name=view.name)
            )
    if _format(found) not in ("other", *_VARIED):
        content.append(say("detail", "yara_indicators.material.magic", "structure detection", **slots))
    if "size" in slots:
        content.append(say("detail", "yara_indicators.material.size", "size detection", **slots))
    if "digest" in slots:
        content.append(say("detail", "yara_indicators.material.hash", "hash detection identity", **slots))
    if good and len(good) < _ENOUGH:
        further, beyond = _beyond(view, request)
        content += further
    if common and good:
        content.append(
            say(
                "limit",
                "yara_indicators.material.common" if len(common) > 1 else "yara_indicators.material.common.one",
                "weakness detection limit",
                name=view.name,
                list=value.join([_text(view, found, i) for i in common[:3]]),
            )
        )
    if good:
        content += [
            say("meaning", "yara_indicators.material.combine", "detection method", **slots),
            say("verify", "yara_indicators.material.test", "verify detection next", **slots),
        ]
    elif not beyond:
        content.append(say("next", "yara_indicators.material.instead", "detection next", **slots))
    return _draft(content, Show(_STRINGS), *beyond) if found.unique_strings else _draft(content, *beyond)


def _beyond(view: View, request: Request) -> Facts:
    """Where the sample has nothing: messages of the file's own among its strings."""
    if view.file.strings is None or not view.file.strings.ascii:
        return NOTHING
    listing = Listing(view)
    chosen = view.once("yara.beyond", lambda: _own_messages(listing))
    if not chosen:
        return NOTHING
    slots = {"list": value.join([listing.quoted(index) for index in chosen]), "name": view.name}
    return [say("answer", "yara_indicators.beyond", "detection strings next", **slots)], listing.show(
        chosen, request.room // 3, around=0
    )


def _own_messages(listing: Listing) -> list[int]:
    """The longest messages that few other files are likely to have."""
    found = [
        index
        for index in listing.of_kind("message", "usage", stop=min(600, len(listing)))
        if _rare(listing.texts[index])
    ]
    return sorted(found, key=lambda index: (not listing.texts[index][0].isupper(), -len(listing.texts[index])))[:3]


def _rare(text: str) -> bool:
    fitting = _OWN < len(text) <= _QUOTED and text.isprintable() and not (_SHARED.search(text) or _LOADS.match(text))
    return fitting and not (is_stock(text) or is_ragged(text) or _is_common(text) or secret_names(text))


def _worth(view: View, found: YaraIndicators, index: int) -> Content:
    """Why a string is a fair choice, by its form."""
    text = found.unique_strings[index]
    slots = {"text": _text(view, found, index), "name": view.name}
    if "://" in text and text.count(" ") < _WORDS:
        return say("answer", "yara_indicators.strings.url", "network detection", **slots)
    kind = "template" if has_conversion(text) else "path" if text.startswith("/") else "sentence"
    return say("answer", f"yara_indicators.strings.{kind}", "strings detection plain", **slots)


def _strings(view: View, found: YaraIndicators, request: Request) -> Draft | None:
    good, common = _specific(view, found), _common(found)
    if not good and not common:
        return None
    content: list[Content] = []
    beyond: tuple[Show, ...] = ()
    if good:
        key = "yara_indicators.strings.one" if len(good) == 1 else "yara_indicators.strings.some"
        listed = value.join([_text(view, found, i) for i in good[:3]])
        content.append(say("answer", key, "detection strings decision", list=listed, name=view.name))
        content.append(_worth(view, found, good[0]))
    else:
        content.append(
            say(
                "answer",
                "yara_indicators.strings.none" if len(common) > 1 else "yara_indicators.strings.none.one",
                "detection decision",
                list=value.join([_text(view, found, i) for i in common[:3]]),
                name=view.name,
            )
        )
        further, beyond = _beyond(view, request)
        content += further
    if good and len(good) < _ENOUGH:
        further, beyond = _beyond(view, request)
        content += further
    if common and good:
        content.append(
            say(
                "detail",
                "yara_indicators.strings.common" if len(common) > 1 else "yara_indicators.strings.common.one",
                "weakness detection",
                name=view.name,
                list=value.join([_text(view, found, i) for i in common[:4]]),
            )
        )
    content.append(
        say(
            "limit",
            f"yara_indicators.strings.{choose(request.key, (_drawn(view), 'family'))}",
            "limit method detection",
            name=view.name,
            **{key: text for key, text in _base(view, found).items() if key in ("magic", "digest")},
        )
    )
    return _draft(content, Show(_STRINGS), *beyond)


def _drawn(view: View) -> str:
    """How the scanner chose the sample: at random over MCP, the first ones on the command line."""
    return "first" if view.file.origin(_BLOCK).dialect.startswith("cli") else "random"


def _magic(view: View, found: YaraIndicators, request: Request) -> Draft:
    slots = _base(view, found)
    which = _format(found)
    worth = "unknown" if which == "other" else "varied" if which in _VARIED else "means"
    content: list[Content] = [
        say("answer", f"yara_indicators.magic.{which}", "identity structure plain", **slots),
        say("answer", f"yara_indicators.magic.{worth}", "detection weakness", **slots),
    ]
    content[1:1] = _decoded(view, found)
    content.append(say("limit", "yara_indicators.magic.limit", "limit verify", **slots))
    return _draft(content)


def _decoded(view: View, found: YaraIndicators) -> list[Content]:
    """What the bytes behind the magic of an ELF file say: word size and byte order."""
    read = (found.magic_bytes or "").split()
    if _format(found) != "elf" or len(read) < _HEADED or read[4] not in _WIDTHS or read[5] not in _ORDERS_OF_BYTES:
        return []
    path = view.at(_BLOCK, ".magic_bytes")
    slots = {"width": value.part(read[4], path), "order": value.part(read[5], path), "name": view.name}
    phrase = f"yara_indicators.magic.elf.{_WIDTHS[read[4]]}.{_ORDERS_OF_BYTES[read[5]]}"
    return [say("answer", phrase, "structure hardware", **slots)]


_DENSE = 7.0
"""Entropy above which the scanner sets the flag whatever the sections are."""
_LOADING = (
    "LoadLibrary", "LoadLibraryEx", "GetProcAddress", "GetModuleHandle", "VirtualAlloc", "VirtualProtect", "VirtualFree", "ExitProcess",
)  # fmt: skip
"""What an unpacking loader of a Windows program imports itself, without the ending of the two character sets."""


def _packed(view: View, found: YaraIndicators, request: Request) -> Draft:
    path = view.at(_BLOCK)
    slots = _base(view, found) | {"flag": value.in_code(value.equal(bool(found.is_packed), path + ".is_packed"))}
    if found.entropy is not None:
        slots["entropy"] = value.fixed(found.entropy, path + ".entropy", 2, "bits per byte")
    dense = (found.entropy or 0.0) > _DENSE
    kind = "bare" if "entropy" not in slots else "no" if not found.is_packed else "yes" if dense else "sparse"
    content: list[Content] = [
        say("answer", f"yara_indicators.packed.{kind}", "decision entropy rule", **slots),
        say("answer", "yara_indicators.packed.rule", "weakness rule method plain", **slots),
    ]
    if found.is_packed and dense and not is_executable(view):
        sort = "zip" if is_zip(view) else "data"
        content.append(say("answer", f"yara_indicators.packed.{sort}", "decision structure plain", **slots))
    plain = [one for one in found.imports if one.partition(" ")[0].rstrip("AW") not in _LOADING]
    if plain and not found.is_packed:
        names = value.join([value.member(one, path + ".imports") for one in plain[:4]])
        content.append(
            say(
                "detail",
                f"yara_indicators.packed.imports.{'one' if len(plain) == 1 else 'some'}",
                "imports structure",
                names=names,
                name=view.name,
            )
        )
    if is_executable(view):
        content.append(say("verify", "yara_indicators.packed.verify", "verify code next", **slots))
    facts, shows = (
        both(readable(view, request.room // 4), imported(view, request.room // 4)) if not found.is_packed else NOTHING
    )
    return _draft([*content, *facts], *shows)


def _pair(view: View, found: YaraIndicators, request: Request) -> tuple[Draft, Draft] | None:
    names = [name for name in found.sections if name]
    missing = [name for name in ordered(request.key, _SECTIONS) if name not in names]
    if not missing:
        return None
    path = view.at(_BLOCK, ".sections")
    name = choose(request.key, names)
    at = names.index(name)
    beside = names[max(0, at - 1) : at] + names[at + 1 : at + 2]
    near = value.join([value.member(one, path) for one in beside])
    slots = {"section": value.member(name, path), "near": near, "name": view.name}
    positive: list[Content] = [
        say("answer", "yara_indicators.section.yes", "structure", **slots),
        say("answer", f"yara_indicators.section.near.{'one' if len(beside) == 1 else 'some'}", "structure", **slots),
        say("limit", "yara_indicators.section.use", "detection limit", **slots),
    ]
    lacking = {
        "section": value.absent(missing[0], path),
        "first": value.member(names[0], path),
        "last": value.member(names[-1], path),
        "name": view.name,
    }
    negative: list[Content] = [
        say("answer", "yara_indicators.section.no", "structure", **lacking),
        say("answer", "yara_indicators.section.range", "structure", **lacking),
        say("limit", "yara_indicators.section.means", "detection limit", **lacking),
    ]
    second = _draft(negative, slots={"section": value.in_code_asked(missing[0]), "name": view.name})
    second.negative = "entity_not_there"
    return _draft(positive, slots={"section": value.in_code_asked(name), "name": view.name}), second
