"""Imported functions and needed libraries: what they are for, whether one is there, what they do not prove."""

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Role, Say, items, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.api_families import families
from threatflux_training.evidence.name_purpose import Purpose, is_commonplace, purpose_of
from threatflux_training.evidence.view import View
from threatflux_training.hashing import ordered
from threatflux_training.tasks import about
from threatflux_training.tasks.compare_imports import purpose_words
from threatflux_training.tasks.listing import few
from threatflux_training.tasks.model import Draft, Offer, Request, Show

FAMILY = "imports"
_BLOCK = "symbols.imports"
_CONTEXT = ("binary_info", "binary_info.imports", "metadata", "binary_info.sections", "hashes", "strings", "hex_dump")
_UNBOUNDED = (
    "strcpy",
    "strcat",
    "sprintf",
    "vsprintf",
    "gets",
    "stpcpy",
    "strncpy",
    "strncat",
    "scanf",
    "sscanf",
)
_FORMATS = ("__printf_chk", "__fprintf_chk")
"""Checked calls without a destination in memory: they look at the format."""
_CHECKED = ("__strcpy_chk", "__strcat_chk", "__sprintf_chk", "__memcpy_chk", "__snprintf_chk", "__printf_chk", "__fprintf_chk", "__vsprintf_chk", "__strncpy_chk")  # fmt: skip
_PLAUSIBLE = (
    "socket", "connect", "execve", "fork", "system", "popen", "getaddrinfo", "strcpy", "sprintf", "memcpy", "mmap", "dlopen",
    "setuid", "chmod", "unlink", "ptrace", "kill", "getenv", "fopen", "readdir", "regcomp", "localtime", "isatty", "qsort",
)  # fmt: skip
_TELLING: tuple[Purpose, ...] = (
    "network", "process", "ipc", "user", "files", "folders", "system", "terminal", "time", "locale", "options", "output", "errors", "streams", "text", "random", "sorting",
    "memory", "hardening", "variables", "start",
)  # fmt: skip
_TAGS: dict[str, str] = {
    "network": "network", "process": "process", "ipc": "process", "user": "permission", "files": "files", "folders": "storage",
    "hardening": "mitigation", "memory": "memory_safety", "time": "time", "start": "build", "random": "crypto", "sorting": "performance",
}  # fmt: skip


def offers(view: View, partner: View | None) -> list[Offer]:
    """Tasks on what a program takes from its libraries."""
    made: list[Offer] = []
    names = _names(view)
    if len(names) >= 3:
        made += [
            Offer(task="imports.purpose", build=lambda r: _purpose(view, names, r), importance=6, long=True, variants=3, weight=2),
            Offer(task="imports.has", build=lambda r: _has(view, names, r), importance=5, pair=True, variants=6),
        ]  # fmt: skip
        if _found(names, _UNBOUNDED) or _found(names, _CHECKED):
            made.append(Offer(task="imports.unsafe", build=lambda r: _unsafe(view, names, r), importance=7, variants=2))
    binary = view.file.binary_info
    if binary is not None and binary.format == "ELF" and binary.imports:
        libraries = binary.imports
        made.append(
            Offer(task="imports.libraries", build=lambda r: _libraries(view, libraries, r), importance=4, variants=2)
        )
    return made


def _names(view: View) -> dict[str, int]:
    """Imported functions by plain name, with the place of their entry; versioned twins are left out."""
    symbols = view.file.symbols
    found: dict[str, int] = {}
    for index, one in enumerate(symbols.imports if symbols else ()):
        if "@" not in one.name and one.name and len(one.name) <= 120:
            found.setdefault(one.name, index)
    return found


def _code(view: View, names: dict[str, int], name: str) -> Text:
    return value.code(name, view.at("symbols", f".imports[{names[name]}].name"))


def _list(view: View, names: dict[str, int], chosen: list[str]) -> Text:
    return value.join([_code(view, names, name) for name in chosen])


def _found(names: dict[str, int], wanted: tuple[str, ...]) -> list[str]:
    return [name for name in wanted if name in names]


def _shown(view: View, names: dict[str, int], chosen: list[str], request: Request) -> Show:
    lines = view.lines(_BLOCK)
    if lines.within(request.room):
        return Show(_BLOCK)
    return Show(_BLOCK, only=tuple(sorted({names[name] for name in chosen})))


def _groups(names: dict[str, int], request: Request) -> dict[Purpose, list[str]]:
    groups: dict[Purpose, list[str]] = {}
    for name in names:
        purpose = purpose_of(name)
        if purpose is not None:
            groups.setdefault(purpose, []).append(name)
    return {purpose: groups[purpose] for purpose in _TELLING if purpose in groups}


_EARLY = 3
"""Where functions of other libraries than the C library stand in a list by purpose."""
_FAMILIES = 2
"""Well-known libraries that are named in a list by purpose."""
_APART = 2
"""Groups with names that few programs have from which on the others need no mention."""
_SENTENCES = 2
"""Groups that need no list."""
_SHOWN = {"short": 4, "medium": 7, "long": 99}
"""Groups in a list, the telling ones first."""


def _purpose(view: View, names: dict[str, int], request: Request) -> Draft | None:
    whole = groups = _groups(names, request)
    if len(groups) < 2:
        return None
    if request.length != "long":
        apart = {purpose: [name for name in found if not is_commonplace(name)] for purpose, found in groups.items()}
        apart = {purpose: found for purpose, found in apart.items() if found}
        groups = apart if len(apart) > _APART else groups
    most = 24 if request.length == "long" else 6
    taken = {
        purpose: few(sorted(found), most if request.length == "long" else 3 + request.variant)
        for purpose, found in groups.items()
    }
    used = [name for found in taken.values() for name in found]
    telling = {
        purpose: [name for name in found if not is_commonplace(name)] or found for purpose, found in taken.items()
    }
    leading = [purpose for purpose in telling if not all(map(is_commonplace, telling[purpose]))][:2]
    leading += [purpose for purpose in telling if purpose not in leading][: 2 - len(leading)]
    slots = {
        "name": view.name,
        "first": _list(view, names, telling[leading[0]][:3]),
        "second": _list(view, names, telling[leading[1]][:3]),
    }
    drawn, part = _conclusions(view, names)
    content: list[Content] = [*drawn]
    if not (drawn and drawn[0].role == "answer"):
        content.insert(1, say("answer", "imports.purpose", "imports decision plain", **slots))
    entries: list[Say] = [
        say(
            "detail", f"imports.purpose.{purpose if len(found) == len(whole[purpose]) or purpose == 'variables' else 'some'}", f"imports {_TAGS.get(purpose, 'method')}",
            list=_list(view, names, found), name=view.name, purpose=purpose_words(purpose, request.persona.register),
        )
        for purpose, found in taken.items()
    ]  # fmt: skip
    unknown = [name for name in names if purpose_of(name) is None]
    known = [(family, [unknown[place] for place in places]) for family, places in families(unknown)[:_FAMILIES]]
    for family, members in known:
        found = few(sorted(members), most)
        used += found
        named = {"library": Text(family.library), "serves": Text(family.serves)}
        phrase = f"imports.purpose.family{'.some' if len(found) < len(members) else ''}"
        entries.insert(0, say("detail", phrase, "imports package", list=_list(view, names, found), **named))
        unknown = [name for name in unknown if name not in members]
    if unknown:
        rest = few(sorted(unknown), most)
        used += rest
        place = _EARLY if any(not name.startswith("_") for name in unknown) else len(entries)
        phrase = f"imports.purpose.other{'.some' if len(rest) < len(unknown) else ''}"
        entries.insert(place, say("detail", phrase, "imports method", list=_list(view, names, rest)))
    if len(entries) > _SENTENCES:
        entries = entries if request.length == "long" else entries[: _SHOWN[request.length]]
        lead = say("answer", "imports.purpose.lead", "imports", name=view.name)
        content.append(items("answer", lead, list(entries), "imports"))
    else:
        content += entries
    content += [
        say("limit", "imports.limit", "limit verify", **slots),
        say("meaning", "imports.meaning", "imports method", **slots),
    ]
    acting = [name for purpose in _ACTING for name in taken.get(purpose, ()) if not is_commonplace(name)]
    worth = part[:2] if part and part[0] not in _ORDINARY else acting[:2]
    if worth:
        content.append(say("next", "imports.next", "next code verify", first=_list(view, names, worth), name=view.name))
    return _draft(content, _shown(view, names, [*used, *part], request))


_SPAWN = ("posix_spawn", "posix_spawnp")
"""Functions that make a process and start another program in it, both at once."""
_CONCLUSIONS: tuple[tuple[str, tuple[tuple[str, ...], ...], str], ...] = (
    ("server", (("bind",), ("listen",)), "network malware container"),
    ("client", (("socket",), ("connect",)), "network malware"),
    ("shell", (("system", "popen"),), "process weakness malware"),
    ("spawn", ((*_SPAWN, "fork", "vfork"), (*_SPAWN, "execve", "execv", "execvp", "execl", "execlp", "execle")), "process malware"),
    ("exec", (("execvp", "execv", "execve"),), "process container"),
    ("identity", (("setuid", "seteuid", "setreuid", "setresuid", "setgid", "setresgid", "initgroups"),), "permission weakness"),
    ("pam", (("pam_get_item", "pam_get_user", "pam_syslog"),), "permission process"),
    ("trace", (("ptrace",),), "malware process kernel"),
    ("plugin", (("dlopen",), ("dlsym",)), "code malware"),
    ("mount", (("mount", "umount", "umount2", "setmntent"),), "storage kernel"),
    ("walk", (("opendir", "fdopendir", "fts_open", "nftw"), ("readdir", "readdir64", "fts_read", "nftw")), "files storage"),
    ("delete", (("unlink", "unlinkat", "remove", "rename", "renameat"),), "files storage data"),
    ("durable", (("fsync", "fdatasync"),), "storage data"),
    ("screen", (("tcsetattr",),), "hardware plain"),
    ("pattern", (("regcomp", "re_compile_pattern"),), "data"),
    ("random", (("getrandom", "getentropy"),), "crypto"),
    ("tool", (("getopt_long", "getopt"), ("setlocale",)), "plain process"),
)  # fmt: skip
"""What a combination of imports allows; each group needs one of its names."""


_ACTING: tuple[Purpose, ...] = ("network", "process", "ipc", "user", "files", "folders")
"""Purposes whose calls are worth reading with their arguments."""
_ORDINARY = ("getopt_long", "getopt", "setlocale")
"""Names of conclusions that lead to no place worth reading."""
_FORKS = ("fork", "vfork", *_SPAWN)
_ONLINE = frozenset(("OpenSSL", "GnuTLS", "GSS-API", "libcurl", "libpcap", "D-Bus"))
_ONLINE_NAMES = ("libssl", "libgnutls", "libgssapi", "libkrb5", "libcurl", "libpcap", "libdbus", "libnss", "libnspr", "libresolv", "libldap", "libssh", "libsoup", "libnghttp")  # fmt: skip
"""Libraries that open connections for a program: by their functions, and by the beginning of their names."""


def _online(view: View, names: dict[str, int]) -> bool:
    """Whether a library of the network is among what the file needs or calls."""
    binary = view.file.binary_info
    needed = binary.imports if binary else []
    return any(one.startswith(_ONLINE_NAMES) for one in needed) or any(
        one.library in _ONLINE for one, _ in families(names)
    )


def _conclusions(view: View, names: dict[str, int]) -> tuple[list[Say], list[str]]:
    """What combinations of imports allow, the weightiest in the answer; and the names they rest on."""
    made: list[Say] = []
    rest: list[str] = []
    for kind, groups, tags in _CONCLUSIONS:
        found = [next((name for name in group if name in names), "") for group in groups]
        if not all(found) or set(found) <= set(rest) or (kind == "exec" and _found(names, _FORKS)):
            continue
        role: Role = "answer" if len(made) < 2 else "meaning"
        slots = {"list": _list(view, names, list(dict.fromkeys(found))), "name": view.name}
        phrase = f"imports.shows.{kind}"
        made.append(say(role, phrase, f"imports {tags}", **slots))
        rest += found
    symbols = view.file.symbols
    every = {one.name.partition("@")[0] for one in symbols.imports} if symbols else set()
    own = every & {"socket", "connect", "bind", "getaddrinfo"}
    if symbols and not own and len(names) > 8 and not _online(view, names):
        place = view.at("symbols", ".imports")
        pair = value.join([value.absent("socket", place, "name"), value.absent("connect", place, "name")], "nor")
        made.append(say("meaning", "imports.shows.offline", "imports network decision", list=pair, name=view.name))
    return made, rest


def _draft(content: list[Content], *shows: Show) -> Draft:
    return Draft(slots={}, shows=shows, content=tuple(content), context=_CONTEXT)


def _has(view: View, names: dict[str, int], request: Request) -> tuple[Draft, Draft] | None:
    """A function that is imported, and one of the same kind that is not."""
    own = ordered(f"{request.key}/own", [name for name in names if purpose_of(name)])
    common = [name for name in own if name in _PLAUSIBLE] or own
    symbols = view.file.symbols
    every = {one.name.partition("@")[0] for one in symbols.imports} if symbols else set()
    missing = ordered(f"{request.key}/missing", [name for name in _PLAUSIBLE if name not in every])
    if not common or not missing:
        return None
    near = [name for name in names if purpose_of(name) == purpose_of(missing[0])][:3] or [own[0]]
    shown = [common[0], *near]
    return _holds(view, names, common[0], shown, request), _lacks(view, names, missing[0], near, shown, request)


_ENVIRONMENT = frozenset(["getenv", "secure_getenv", "setenv", "unsetenv", "putenv", "clearenv"])
"""Functions sorted with processes that only read or write variables."""


def _neighbours(names: dict[str, int], name: str) -> list[str]:
    near = [other for other in names if other != name and purpose_of(other) == purpose_of(name)]
    return [other for other in near if (other in _ENVIRONMENT) == (name in _ENVIRONMENT)][:3]


def _function(symbol: Text, name: str) -> list[Content]:
    """What a well-known function does."""
    tags = f"imports plain {_TAGS.get(purpose_of(name) or '', 'method')}"
    return [say("meaning", f"imports.fn.{name}", tags, symbol=symbol)] if name in _PLAUSIBLE else []


def _holds(view: View, names: dict[str, int], name: str, shown: list[str], request: Request) -> Draft:
    slots = {"name": view.name, "symbol": _code(view, names, name)}
    near = _neighbours(names, name)
    content: list[Content] = [
        say("answer", "imports.has.yes", "imports decision", **slots),
        *_function(slots["symbol"], name),
    ]
    if near:
        phrase = "imports.has.near" if len(near) > 1 else "imports.has.near.one"
        content.append(say("detail", phrase, "imports method", list=_list(view, names, near), name=view.name))
    else:
        content.append(say("detail", "imports.has.alone", "imports method", **slots))
    content.append(say("limit", "imports.has.limit", "limit code", **slots))
    content.append(say("next", "imports.has.next", "next code verify", **slots))
    more, shows = about.facts(view, f"{request.key}/about", "kind", "libraries", "line", wide=1)
    asked = {"symbol": value.in_code_asked(name), "name": view.name, "path": view.path}
    show = _shown(view, names, [*shown, *near], request)
    return Draft(slots=asked, shows=about.without((show, *shows)), content=(*content, *more), context=_CONTEXT)


def _lacks(view: View, names: dict[str, int], name: str, near: list[str], shown: list[str], request: Request) -> Draft:
    kind = "nearest" if len(near) > 1 else "nearest.one"
    kind = kind if purpose_of(near[0]) == purpose_of(name) else "apart"
    symbol = value.absent(name, view.at("symbols", ".imports"), "name")
    slots = {"name": view.name, "symbol": symbol}
    content: list[Content] = [
        say("answer", "imports.has.no", "imports decision", **slots),
        *_function(symbol, name),
        say("detail", f"imports.has.{kind}", "imports method", list=_list(view, names, near), name=view.name),
        say("limit", "imports.has.static", "limit code", **slots),
    ]
    more, shows = about.facts(view, f"{request.key}/about", "kind", "libraries", "line", wide=1)
    asked = {"symbol": value.in_code_asked(name), "name": view.name, "path": view.path}
    return Draft(
        slots=asked, shows=about.without((_shown(view, names, shown, request), *shows)), content=(*content, *more),
        context=_CONTEXT, negative="entity_not_there",
    )  # fmt: skip


def _unsafe(view: View, names: dict[str, int], request: Request) -> Draft:
    plain, checked = _found(names, _UNBOUNDED), _found(names, _CHECKED)
    canary = _found(names, ("__stack_chk_fail",))
    slots = {"name": view.name}
    content: list[Content] = []
    if plain:
        slots["list"] = _list(view, names, plain)
        one = ".one" if len(plain) == 1 else ""
        content.append(say("answer", f"imports.unsafe.yes{one}", "memory_safety imports decision", **slots))
        content += [
            say(
                "detail" if number else "answer",
                f"imports.unsafe.{call}",
                "memory_safety imports code",
                symbol=_code(view, names, call),
            )
            for number, call in enumerate(plain)
        ]
        content.append(say("meaning", "imports.unsafe.meaning", "memory_safety weakness method", **slots))
        content.append(say("next", "imports.unsafe.next", "next memory_safety code address", **slots))
    else:
        slots["checked"] = _list(view, names, checked)
        content.append(say("answer", "imports.unsafe.no", "memory_safety imports decision", **slots))
    sized = [name for name in checked if name not in _FORMATS]
    if sized:
        slots["checked"] = _list(view, names, sized)
        content.append(say("detail", "imports.unsafe.checked", "mitigation memory_safety build", **slots))
    elif checked:
        slots["checked"] = _list(view, names, checked)
        content.append(say("detail", "imports.unsafe.formats", "mitigation memory_safety build", **slots))
    if checked:
        slots["pair"] = _code(view, names, checked[0])
    if canary:
        slots["canary"] = _code(view, names, canary[0])
        content.append(say("detail", "imports.unsafe.canary", "mitigation memory_safety", **slots))
    else:
        content.append(say("meaning", "imports.unsafe.no_canary", "mitigation memory_safety weakness", **slots))
    content.append(say("limit", "imports.unsafe.limit", "limit weakness", **slots))
    inputs = _found(names, ("recv", "read", "fgets", "getenv", "getline", "fread", "scanf", "__isoc99_sscanf"))
    if inputs:
        content.append(
            say(
                "next",
                "imports.unsafe.input",
                "next weakness network files",
                inputs=_list(view, names, inputs[:3]),
                **slots,
            )
        )
    return _draft(content, _shown(view, names, [*plain, *checked, *canary, *inputs[:3]], request))


_LIBRARIES = (
    ("libc.so", "package container build"), ("libselinux", "permission kernel"), ("libpam", "permission process"), ("libcrypto.", "crypto"),
    ("libssl.", "crypto network"), ("libz.", "storage files"), ("libpcre", "data"), ("libacl", "permission files"), ("libcap.", "permission kernel"), ("libcap-ng", "permission kernel"),
    ("libm.so", "performance"), ("libpthread", "process"), ("libdl.so", "code"), ("libtinfo", "hardware"), ("libncurses", "hardware"),
    ("libblkid", "storage"), ("libmount", "storage files"), ("libsystemd", "process"), ("libaudit", "detection"), ("libstdc++", "build"),
    ("libgcc_s", "build"), ("libcurl", "network"), ("libpcap", "network"), ("libbz2", "storage"), ("liblzma", "storage"), ("libelf", "structure"),
    ("libcrypt.", "crypto permission"), ("libresolv", "network"), ("libproc", "kernel process"), ("libuuid", "storage"), ("libreadline", "plain"),
    ("libjemalloc", "performance memory_safety"), ("libsmartcols", "plain"), ("ld-linux", "build process"),
)  # fmt: skip


def _library(name: str) -> tuple[str, str]:
    """The phrase that says what a library is for ("" for one that is not known), and its tags."""
    found = next(((start, tags) for start, tags in _LIBRARIES if name.startswith(start)), None)
    return (f"imports.library.{found[0].rstrip('.').removesuffix('.so')}", found[1]) if found else ("", "")


def _libraries(view: View, libraries: list[str], request: Request) -> Draft:
    chosen = libraries[:12]
    found = [value.code(name, view.at("binary_info", f".imports[{index}]")) for index, name in enumerate(chosen)]
    slots = {"name": view.name, "path": view.path, "list": value.join(found), "first": found[0]}
    one = ".one" if len(chosen) == 1 else ""
    content: list[Content] = [say("answer", f"imports.libraries{one}", "imports package", **slots)]
    known = [
        say("answer", phrase, f"imports package {tags}", library=text)
        for name, text in zip(chosen, found, strict=True)
        for phrase, tags in [_library(name)]
        if phrase
    ]
    if len(known) > _SENTENCES:
        content.append(
            items("answer", say("answer", "imports.libraries.lead", "imports", **slots), list(known), "imports")
        )
    else:
        content += known
    content += [
        say("meaning", f"imports.libraries.means{one}", "package container build", **slots),
        say("limit", "imports.libraries.limit", "limit method", **slots),
        say("verify", "imports.libraries.verify", "verify package build", **slots),
    ]
    more, shows = about.facts(view, f"{request.key}/about", "kind", "line", wide=1)
    return Draft(
        slots={}, shows=about.without((Show("binary_info"), Show("binary_info.imports"), *shows)),
        content=(*content, *more), context=_CONTEXT,
    )  # fmt: skip
