"""What the strings of a program tell of its build: C library version, compiler, debug files, code that reads like text."""

import re

from threatflux_training.compose.content import Content, Role, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.string_kinds import BUILD_ID, C_LIBRARY
from threatflux_training.evidence.view import View
from threatflux_training.tasks.listing import Listing, few
from threatflux_training.tasks.model import Draft, Request
from threatflux_training.tasks.strings_parts import draft, quoted

_VERSION = re.compile(r"GLIBC_(\d+(?:\.\d+)+)")
_SYMBOL_FACTS = (
    ("GLIBC_2.3.4", "__printf_chk", "fortify"), ("GLIBC_2.3.4", "__fprintf_chk", "fortify"),
    ("GLIBC_2.4", "__stack_chk_fail", "canary"), ("GLIBC_2.14", "memcpy", "memcpy"),
    ("GLIBC_2.33", "fstat", "stat"), ("GLIBC_2.33", "stat", "stat"), ("GLIBC_2.34", "__libc_start_main", "start"),
    ("GLIBC_2.25", "getrandom", "added"), ("GLIBC_2.26", "reallocarray", "added"), ("GLIBC_2.27", "copy_file_range", "added"),
    ("GLIBC_2.16", "aligned_alloc", "added"), ("GLIBC_2.17", "secure_getenv", "added"), ("GLIBC_2.28", "renameat2", "added"),
    ("GLIBC_2.7", "__isoc99_sscanf", "added"), ("GLIBC_2.3", "__ctype_b_loc", "added"),
)  # fmt: skip
_EXPRESSION = re.compile(r"[A-Za-z_]\w*->\w|[a-z]{4,}|\w \S{1,2} \w")
"""Marks of an expression of source code, as an assertion carries it, among what looks like machine code."""
_PLAIN = re.compile(r"(?!.*(?:A[T-W]|US|[HLIM]$))[A-Z0-9]+|[a-z0-9]+|[A-Za-z0-9:+]*[a-z]:[A-Za-z0-9:+]*")
"""A word in one case that doesn't read like pushes of registers, or letters of options with colons: no code for sure."""
_SOURCE = re.compile(r"[\w./+-]+\.(?:c|cc|cpp|cxx|h|hpp|go|rs|s|S|y)")


RELATIVE = "GLIBC_ABI_DT_RELR"
"""What a file names that has its relative relocations packed: only a C library from RELATIVE_SINCE on has that mark."""
RELATIVE_SINCE = (2, 36)


def relative(view: View, mark: Text) -> list[Content]:
    """That the mark of packed relocations decides which C library a file needs."""
    tags = "package container build decision"
    return [
        say("answer", "strings.glibc.relr", tags, name=view.name, mark=mark),
        say("answer", "knowledge.glibc_relr", tags),
    ]


def versions_of(listing: Listing) -> list[int]:
    """Entries that are versions of the C library that a file needs, each once, oldest first."""
    if C_LIBRARY.match(listing.view.file.name):
        return []
    found = [index for index, text in enumerate(listing.texts) if _VERSION.fullmatch(text)]
    unique = {listing.texts[index]: index for index in reversed(found)}
    return sorted(unique.values(), key=lambda index: _numbers(listing.texts[index]))


def _numbers(text: str) -> tuple[int, ...]:
    match = _VERSION.fullmatch(text)
    return tuple(int(part) for part in match[1].split(".")) if match else ()


def glibc(listing: Listing, found: list[int], request: Request) -> Draft:
    """Which C library the file needs, by the names of versions."""
    top = found[-1]
    number = listing.piece(top, listing.texts[top].removeprefix("GLIBC_"))
    slots = {"top": listing.quoted(top), "number": number, "name": listing.view.name}
    content: list[Content] = [say("answer", "strings.glibc", "package container build decision", **slots)]
    mark = listing.has(RELATIVE)
    if mark >= 0 and _numbers(listing.texts[top]) < RELATIVE_SINCE:
        slots = {"top": listing.quoted(mark), "name": listing.view.name}
        content = relative(listing.view, listing.quoted(mark))
        content.append(say("detail", "strings.glibc.numbered", "structure build", rest=quoted(listing, found[-6:])))
        found = [*found, mark]
    elif len(found) > 1:
        rest = quoted(listing, found[:-1][-6:])
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
    return draft(listing, content, [*found, *used], request)


_FACT_TAGS = {
    "fortify": "mitigation memory_safety", "canary": "mitigation memory_safety", "memcpy": "code imports",
    "stat": "kernel files imports", "start": "structure build kernel", "added": "imports performance build",
}  # fmt: skip


def _links(listing: Listing) -> list[int]:
    """Names of files with this file's own debug information: those in its debug link and in its shared supplement."""
    binary, name = listing.view.file.binary_info, f"{listing.view.file.name}.debug"
    linked = binary is not None and any(one.name == ".gnu_debuglink" for one in binary.sections)
    return [
        index
        for index in listing.of_kind("debug")
        if "/.dwz/" in (text := listing.texts[index].strip()) or (linked and (text == name or BUILD_ID.fullmatch(text)))
    ]


def build_of(listing: Listing) -> list[int]:
    """Entries left by the compiler and the linker; none without a mark of either."""
    if listing.script:
        return []
    debug = [*listing.of_kind("compiler"), *_links(listing)]
    sources = [i for i, text in enumerate(listing.texts) if _SOURCE.fullmatch(text) and len(text) > 4][:6]
    return sorted({*debug, *sources}) if debug else []


def build(listing: Listing, found: list[int], request: Request) -> Draft:
    """What those marks tell of the build."""
    texts = listing.texts
    compilers = [i for i in found if listing.kind(i) == "compiler"]
    links = _links(listing)
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
        content.append(say("answer", "strings.build.sources", "build code", list=quoted(listing, sources[:5])))
    binary = listing.view.file.binary_info
    if not compilers and (binary is None or not binary.compiler):
        content.append(say("answer", "strings.build.no_compiler", "build limit", name=listing.view.name))
    tables = [i for name in (".symtab", ".strtab") if (i := listing.has(name)) >= 0]
    if tables and binary is not None and binary.is_stripped is False:
        content.append(
            say("meaning", "strings.build.unstripped", "structure code method", list=quoted(listing, tables))
        )
    elif not tables and listing.complete and listing.has(".shstrtab") >= 0:
        slots = {"symtab": listing.lacks(".symtab"), "names": listing.quoted(listing.has(".shstrtab"))}
        content.append(say("meaning", "strings.build.stripped", "structure build method", **slots))
        tables = [listing.has(".shstrtab")]
    if compilers:
        content.append(
            say("limit", "strings.build.limit.compiler", "limit provenance", first=listing.quoted(compilers[0]))
        )
    return draft(listing, content, [*found, *tables], request)


def noise_of(listing: Listing) -> list[int]:
    """Entries that look like machine code, where there are many."""
    if (
        listing.script
        or not listing.texts
        or not any(
            listing.kind(i) == "section"
            for i in (*range(min(3, len(listing))), *range(max(0, len(listing) - 40), len(listing)))
        )
    ):
        return []
    found = [
        index
        for index in listing.of_kind("code")
        if not _EXPRESSION.search(listing.texts[index]) and not _PLAIN.fullmatch(listing.texts[index])
    ]
    return found if len(found) > 12 else []


def noise(listing: Listing, found: list[int], request: Request) -> Draft:
    """Why such entries stand in the list."""
    texts = listing.texts
    start = (request.variant * len(found) // 2) % max(1, len(found) - 8)
    sample = few(found[start : start + 40], 4)
    content: list[Content] = [
        say("answer", "strings.noise", "code plain method", list=quoted(listing, sample), name=listing.view.name)
    ]
    pushes = [i for i in found if re.fullmatch(r"(?:A[UVWT]){1,4}[USI]*[HMLI]?", texts[i])][:2]
    pops = [i for i in found if re.fullmatch(r"[^A-Za-z]?\[?\]?(?:A[\\\]^_]){1,4}.?|.*\]A\\A\].*", texts[i])][:2]
    stores = [i for i in found if re.fullmatch(r"[|\\DLTltd]\$.{2,4}", texts[i])][:2]
    if pushes:
        content.append(say("detail", "strings.noise.push", "code address structure", list=quoted(listing, pushes)))
    if pops:
        content.append(say("detail", "strings.noise.pop", "code address structure", list=quoted(listing, pops)))
    if stores:
        content.append(say("detail", "strings.noise.stack", "code method", list=quoted(listing, stores)))
    cap = "whole" if listing.complete else "cap"
    content.append(say("meaning", f"strings.noise.{cap}", "limit method data", sample=listing.quoted(sample[0])))
    content.append(
        say("next", "strings.noise.next", "next strings decision detection", sample=listing.quoted(sample[-1]))
    )
    return draft(listing, content, [*sample, *pushes, *pops, *stores], request)
