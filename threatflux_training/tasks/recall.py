"""Questions without an excerpt: what holds without the file, and what cannot be known without it.

Nothing here is a fact of the file but what the question itself says: its path, a section, an imported function, its
permissions, its first bytes.
"""

from collections.abc import Callable, Sequence

import msgspec

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Say, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.view import View
from threatflux_training.hashing import ordered
from threatflux_training.tasks.about import place_of
from threatflux_training.tasks.model import Draft, Offer, Request
from threatflux_training.tasks.recall_topics import FACTS, FORMATS, GOALS, RULES, SCALES, Topic

FAMILY = "recall"
SECTIONS = frozenset(
    [
        ".text",
        ".rodata",
        ".data",
        ".bss",
        ".plt",
        ".plt.sec",
        ".plt.got",
        ".got",
        ".got.plt",
        ".dynsym",
        ".dynstr",
        ".dynamic",
        ".interp",
        ".init",
        ".fini",
        ".init_array",
        ".fini_array",
        ".eh_frame",
        ".eh_frame_hdr",
        ".note.gnu.build-id",
        ".note.ABI-tag",
        ".note.gnu.property",
        ".gnu_debuglink",
        ".gnu.hash",
        ".gnu.version",
        ".gnu.version_r",
        ".rela.dyn",
        ".rela.plt",
        ".comment",
        ".shstrtab",
        ".symtab",
        ".strtab",
        ".data.rel.ro",
        ".tbss",
    ]
)
"""Sections on which there is a sentence, by the name that the sentence's id has."""
FUNCTIONS = frozenset(
    [
        "free",
        "strcpy",
        "strcat",
        "sprintf",
        "snprintf",
        "printf",
        "fprintf",
        "system",
        "popen",
        "execve",
        "execvp",
        "fork",
        "ptrace",
        "dlopen",
        "dlsym",
        "mprotect",
        "mmap",
        "setuid",
        "chroot",
        "getenv",
        "socket",
        "connect",
        "getaddrinfo",
        "unlink",
        "chmod",
        "rand",
        "memcpy",
        "malloc",
        "realpath",
        "syslog",
        "crypt",
        "abort",
        "setlocale",
        "__stack_chk_fail",
        "__printf_chk",
        "CreateRemoteThread",
        "VirtualAlloc",
        "LoadLibraryA",
        "GetProcAddress",
    ]
)
"""Imported functions on which there is a sentence."""
_MAGIC = {"elf": "elf_class_1", "pe": "pe_start_1", "script": "script_shebang_1", "class": "class_1"}
_SYSTEM = ("/usr/", "/bin/", "/sbin/", "/lib/", "/lib64/")
_PACKAGES = ("check_vendor_deb", "check_vendor_rpm")
_USUAL = {"755": "program", "644": "file"}


def sentence_of_section(name: str) -> str:
    """The id of the sentence on a section."""
    return "section_" + name.strip(".").replace(".", "_").replace("-", "_")


def offers(view: View, partner: View | None) -> list[Offer]:
    """A few questions of every kind; choosing and quota are the generator's."""
    if view.file.kind == "package" or not view.file.paths:
        return []
    made = [_topical(view, name, topics) for name, topics in _TOPICAL if _fitting(view, topics)]
    made.append(_offer("recall.verify", lambda r: _verify(view, r), 5, 1))
    made.append(_offer("recall.intent", lambda r: _intent(view, r), 6, 1))
    if sections := _sections(view):
        made.append(_offer("recall.section", lambda r: _section(view, sections, r), 3, min(4, len(sections))))
    if functions := _functions(view):
        made.append(_offer("recall.function", lambda r: _function(view, functions, r), 4, min(4, len(functions))))
    metadata = view.file.metadata
    if metadata is not None and metadata.permissions and metadata.permissions.isdigit():
        octal = metadata.permissions
        made.append(_offer("recall.mode", lambda r: _mode(view, octal, r), 3, 1))
    dump = view.file.hex_dump
    if dump is not None and dump.offset == 0 and len(dump.data) >= 4 and view.file.kind in _MAGIC:
        first = dump.data[:4].hex(" ")
        made.append(_offer("recall.magic", lambda r: _magic(view, first, r), 3, 1))
    return made


_TOPICAL: tuple[tuple[str, tuple[Topic, ...]], ...] = (
    ("rule", RULES), ("scale", SCALES), ("format", FORMATS), ("fact", FACTS), ("goal", GOALS),
)  # fmt: skip
_WEIGHTS = {"rule": 1.5, "fact": 1.6, "scale": 0.8, "format": 0.9, "goal": 0.8}


def _offer(task: str, build: Callable[[Request], Draft | None], importance: float, variants: int) -> Offer:
    return Offer(task=task, build=build, importance=importance, variants=variants, weight=0.6, recall=True)


def _fitting(view: View, topics: Sequence[Topic]) -> list[Topic]:
    """The topics of this kind of file, in an order of its own."""
    found = [topic for topic in topics if not topic.kinds or view.file.kind in topic.kinds]
    return ordered(f"{view.file.key}/recall", found)


def _topical(view: View, name: str, topics: Sequence[Topic]) -> Offer:
    fitting = _fitting(view, topics)
    return Offer(
        task=f"recall.{name}", build=lambda r: _topic(view, name, fitting[r.variant % len(fitting)], plain=r.persona.register == "plain"), recall=True,
        importance=5, variants=min(len(fitting), 5), weight=_WEIGHTS[name],
    )  # fmt: skip


def options_text(options: Sequence[str]) -> Text:
    """Names of options of `analyze_file`, set as code; they are no values of the file."""
    names = [f"`{option}`" for option in options]
    return Text(names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}")


def _slots(view: View, options: Sequence[str] = ()) -> dict[str, Text]:
    slots = {"name": view.name, "path": view.path, "tool": Text("`analyze_file`")}
    return slots | ({"options": options_text(options)} if options else {})


def _draft(slots: dict[str, Text], content: list[Content]) -> Draft:
    return Draft(slots=slots, shows=(), content=tuple(content))


_ORIGINAL = frozenset(("hash", "size", "identity"))
"""Tags of facts that the one who ships a file can tell as well."""


def _topic(view: View, name: str, topic: Topic, *, plain: bool = False) -> Draft:
    """What holds without the file; `plain`: for laymen, whose bound on a fact names no options yet."""
    slots = _slots(view, topic.options) | {"subject": Text(topic.subject)}
    first, *others = topic.sentences
    known = say("answer", f"knowledge.{first}", topic.tags)
    if name in ("fact", "goal"):
        content: list[Content] = [say("answer", f"recall.{name}.bound", topic.tags, **slots), known]
    elif name == "format":
        phrase = "recall.format.bound.mark" if topic.bound == "mark" else "recall.format.bound"
        content = [known, say("answer", phrase, topic.tags, **slots)]
    else:
        content = [known, *(say("answer", f"knowledge.{one}", topic.tags) for one in others[:1])]
        others = others[1:]
    if topic.bound and name != "format":
        content.append(say("answer", f"recall.rule.bound.{topic.bound}", topic.tags, **slots))
    content += [say("meaning", f"knowledge.{one}", f"{topic.tags} plain method") for one in others]
    if name == "format" or (name == "fact" and plain):
        content.append(say("next", "recall.option", "next verify", **slots))
    elif name in ("rule", "scale"):
        content.append(say("next", "recall.where", "next verify", **slots))
    if name == "fact" and not _ORIGINAL.isdisjoint(topic.tags.split()) and (place := _place(view)):
        content.append(say("verify", f"recall.place.{place}", "verify provenance package", **slots))
    return _draft(slots, content)


def _sections(view: View) -> list[str]:
    found = view.file.binary_info
    names = {section.name for section in found.sections} if found and view.file.kind == "elf" else set()
    return ordered(f"{view.file.key}/recall", sorted(names & SECTIONS))


def _functions(view: View) -> list[str]:
    symbols = view.file.symbols
    names = {one.name.partition("@")[0] for one in symbols.imports} if symbols else set()
    return ordered(f"{view.file.key}/recall", sorted(names & FUNCTIONS))


_COMMON = frozenset(
    (
        "malloc",
        "memcpy",
        "printf",
        "fprintf",
        "snprintf",
        "getenv",
        "abort",
        "__stack_chk_fail",
        "__printf_chk",
    )
)
"""Functions of ordinary programs of all kinds, whose sentence for those who know them doesn't say so."""
_BARE = ("__stack_chk_fail", "abort", "fork")
"""Functions that take no arguments."""


def _section(view: View, names: Sequence[str], request: Request) -> Draft:
    name = names[request.variant % len(names)]
    slots = _slots(view, ("binary_info", "entropy")) | {"subject": value.in_code_asked(name)}
    content: list[Content] = [
        say("answer", f"knowledge.{sentence_of_section(name)}", "structure"),
        say("answer", "recall.section.bound", "structure plain", **slots),
        say("next", "recall.option", "next verify", **slots),
    ]
    return _draft(slots, content)


def _function(view: View, names: Sequence[str], request: Request) -> Draft:
    name = names[request.variant % len(names)]
    slots = _slots(view, ("symbols", "disassembly")) | {"subject": value.in_code_asked(name)}
    tags, bare = "imports memory_safety", ".bare" if name in _BARE else ""
    content: list[Content] = [say("answer", f"knowledge.function_{name}", tags)]
    if name in _COMMON:
        content.append(say("answer", "recall.function.common", f"{tags} plain", **slots))
    content += [
        say("answer", f"recall.function.bound{bare}", f"{tags} plain", **slots),
        say("next", "recall.function.next", "next verify plain", **slots),
    ]
    return _draft(slots, content)


def _mode(view: View, octal: str, request: Request) -> Draft:
    place = view.at("metadata", ".permissions")
    slots = _slots(view, ("metadata",)) | {
        "octal": value.code(octal, place), "rights": value.in_code(value.permissions(octal, place)),
    }  # fmt: skip
    bits = int(octal, 8)
    kind = "world" if bits & 0o002 else "group" if bits & 0o020 else "owner" if bits & 0o200 else "nobody"
    usual = (
        [say("answer", f"recall.mode.usual.{_USUAL[octal]}", "permission decision", **slots)]
        if octal in _USUAL and _place(view) == "system"
        else []
    )
    content: list[Content] = [
        say("answer", "recall.mode", "permission", **slots),
        say("answer", f"recall.mode.{kind}", "permission decision", **slots),
        *usual,
        say("meaning", "knowledge.octal_1", "permission plain method"),
        say("limit", "knowledge.octal_2", "limit permission"),
        say("verify", "knowledge.octal_4", "verify permission"),
    ]
    return _draft(slots, content)


def _magic(view: View, first: str, request: Request) -> Draft:
    kind = view.file.kind
    slots = _slots(view, ("hex_dump", "binary_info")) | {"bytes": value.in_code_asked(first)}
    content: list[Content] = [
        say("answer", f"recall.magic.{kind}", "type structure data", **slots),
        say("meaning", f"knowledge.{_MAGIC[kind]}", "structure method plain"),
        say("limit", "knowledge.fact_bytes", "limit data"),
        say("next", "recall.option", "next verify", **slots),
    ]
    return _draft(slots, content)


def without_path(draft: Draft) -> Draft:
    """The draft for a question that names the file without its path: nothing in the answer may tell it."""
    kept = []
    for one in draft.content:
        if isinstance(one, Say) and not one.phrase.startswith("recall.place."):
            slots = {name: text for name, text in one.slots.items() if name != "path"}
            kept.append(msgspec.structs.replace(one, slots=slots))
    return msgspec.structs.replace(draft, content=tuple(kept))


def _place(view: View) -> str:
    """What the path says about who is responsible for the file."""
    path = view.file.path
    if path.startswith(("/home/", "/tmp/", "/var/tmp/", "/root/")):
        return "home"
    return "system" if path.startswith(_SYSTEM) and not path.startswith("/usr/local/") else ""


def _checks(view: View) -> list[str]:
    """Sentences on checking a file of this place and kind, the fitting ones first."""
    name = view.file.name.lower()
    if name.endswith((".jar", ".war", ".ear")):
        return ["check_jar", "check_upload", "hash_identifies"]
    if view.file.kind == "pe":
        return ["check_dll", "check_upload", "check_run"]
    packages = ordered(f"{view.file.key}/recall", _PACKAGES)
    if _place(view) == "system":
        library = ["check_lib"] if ".so" in name else []
        return [packages[0], packages[1], *library, "check_vendor_trust", "check_vendor_repo"]
    if place_of(view.file.path) in ("etc", "local"):
        return [packages[0], "check_home", "check_upload", "check_run"]
    return ["check_home", "check_upload", "check_run", "hash_says_what"]


def _verify(view: View, request: Request) -> Draft:
    slots = _slots(view, ("hashes",))
    first, *others = _checks(view)
    content: list[Content] = [
        say("answer", f"recall.verify.{_place(view) or 'other'}", "verify provenance decision", **slots),
        say("answer", f"knowledge.{first}", "verify provenance package"),
        *(say("verify", f"knowledge.{one}", "verify provenance plain package") for one in others),
        say("next", "recall.option", "next hash", **slots),
    ]
    return _draft(slots, content)


def _intent(view: View, request: Request) -> Draft:
    slots = _slots(view, ("hashes", "strings", "signatures"))
    content: list[Content] = [
        say("answer", "recall.intent", "decision plain", **slots),
        say("meaning", "knowledge.fact_malware", "malware plain"),
        say("limit", "knowledge.fact_malware_2", "limit method"),
        say("next", "recall.option", "next verify", **slots),
    ]
    if place := _place(view):
        content.append(say("verify", f"recall.place.{place}", "verify provenance package", **slots))
    content.append(say("verify", f"knowledge.{_checks(view)[0]}", "verify provenance"))
    return _draft(slots, content)
