"""Lines of a file that tell its job: the sentence of a help text, the way of calling it, the project it belongs to.

All functions take the list of strings and give places in it; what a program says of itself is quoted, never rephrased.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from threatflux_training.evidence.string_kinds import is_option, is_ragged, is_stock, secret_names, tells_job

Form = Literal["whole", "begun", "two", "named"]
"""whole: a sentence. begun: its first line only. two: two lines make the sentence. named: `bzip2, a ...`."""


class Job(NamedTuple):
    """Where a file says what it does, and how the line stands."""

    form: Form
    lines: tuple[int, ...]


class Project(NamedTuple):
    """Where a project is named: the entry, the part to quote, and by what (package, page, debug, mail, author)."""

    kind: Literal["package", "page", "debug", "mail", "author"]
    line: int
    piece: str


_LONGEST = 110
_VERBS = [
    "Add",
    "Adjust",
    "Analy[sz]e",
    "Append",
    "Apply",
    "Archive",
    "Attach",
    "Build",
    "Calculate",
    "Call",
    "Change",
    "Check",
    "Combine",
    "Compare",
    "Compile",
    "Compress",
    "Compute",
    "Concatenate",
    "Configure",
    "Connect",
    "Control",
    "Convert",
    "Copy",
    "Count",
    "Create",
    "Debug",
    "Decode",
    "Decompress",
    "Delete",
    "Determine",
    "Diagnose",
    "Display",
    "Divide",
    "Dump",
    "Edit",
    "Embed",
    "Encode",
    "Encrypt",
    "Enter",
    "Execute",
    "Expand",
    "Export",
    "Extract",
    "Fetch",
    "Filter",
    "Find",
    "Force",
    "Format",
    "Generate",
    "Get",
    "Give",
    "Import",
    "Inspect",
    "Install",
    "Interact",
    "Kill",
    "Limit",
    "Link",
    "List",
    "Load",
    "Locate",
    "Lock",
    "Look",
    "Maintain",
    "Make",
    "Manage",
    "Manipulate",
    "Measure",
    "Merge",
    "Modify",
    "Monitor",
    "Mount",
    "Move",
    "Number",
    "Open",
    "Output",
    "Parse",
    "Perform",
    "Play",
    "Preallocate",
    "Print",
    "Process",
    "Produce",
    "Query",
    "Read",
    "Rearrange",
    "Receive",
    "Recover",
    "Remove",
    "Rename",
    "Render",
    "Repair",
    "Repeatedly",
    "Replace",
    "Report",
    "Reset",
    "Resize",
    "Restore",
    "Retrieve",
    "Reverse",
    "Run",
    "Scan",
    "Search",
    "Select",
    "Send",
    "Set",
    "Show",
    "Shrink",
    "Sign",
    "Signal",
    "Sort",
    "Split",
    "Start",
    "Stop",
    "Strip",
    "Summarize",
    "Switch",
    "Synchronize",
    "Tell",
    "Terminate",
    "Test",
    "Trace",
    "Transfer",
    "Transform",
    "Translate",
    "Truncate",
    "Unlock",
    "Unmount",
    "Unpack",
    "Update",
    "Upgrade",
    "Validate",
    "Verify",
    "View",
    "Wait",
    "Watch",
    "Wipe",
    "Write",
]
_VERB = rf"(?:{'|'.join(_VERBS)})(?:e?s)?"
_JOB = re.compile(rf"(?:(?:For each [^,]+, )(?:{_VERB.lower()})|{_VERB})(?: {{1,2}}\S+){{1,}}")
"""An imperative, or its third person, and what it is done to."""
_EXCHANGED = re.compile(r"<[a-z]|\.\.\.$|\?$|!$")
"""Marks of an option's argument or of a message at run time."""
_USAGE = re.compile(r"(?i)^\W{0,3}(?:[\w.-]+ )?usage\b\s*:?|^\s+or:\s")
_GOES_ON = re.compile(r"(?:with|no|mandatory|if|each|options?:|commands?:|determine)\b", re.IGNORECASE)
"""How help texts go on after the sentence that says what the program does."""
_REACH = 4
_FEW, _SOME, _MANY = 4, 7, 9
"""Words from which a sentence apart from the usage counts; from which a line without a full stop does, near the usage and apart."""
_PLACED = re.compile(r"[a-z(].*[.:](?: |$)")


def job(texts: Sequence[str], name: str = "") -> Job | None:
    """The line in which a program's help says what it does; None where none can be told from its messages."""
    usages = [index for index, text in enumerate(texts) if _says_usage(text) and not _is_prose(text)]
    ways = [index for index, text in enumerate(texts) if text.startswith((" %s ", " %1$s ", "Try '%s --help'"))]
    best: tuple[int, int, Form] | None = None
    for index, text in enumerate(texts):
        form = _form(texts, index)
        if form is None:
            continue
        near = any(0 < index - anchor <= _REACH for anchor in (*usages, *ways))
        after = texts[index + 1] if index + 1 < len(texts) else ""
        listed = is_option(after) or bool(_GOES_ON.match(after)) or after.startswith("Try '%s --help'")
        words = len(text.split())
        if not (near or listed) and not ((usages or ways) and words >= (_FEW if form == "whole" else _MANY)):
            continue
        if form == "begun" and not (near and listed) and words < _SOME:
            continue
        rank = 3 * listed + 2 * near + (form != "begun")
        if best is None or rank > best[0]:
            best = (rank, index, form)
    if best is not None:
        _, index, form = best
        return Job(form, (index, index + 1) if form == "two" else (index,))
    return _named(texts, name)


def _form(texts: Sequence[str], index: int) -> Form | None:
    """How a line says a job, if it does."""
    text = texts[index]
    if not 8 <= len(text) <= _LONGEST or not _JOB.fullmatch(text) or not text.isprintable():
        return None
    if is_stock(text) or is_option(text) or secret_names(text):
        return None
    if text.endswith((".", ":")):
        return "whole" if tells_job(text) and not _EXCHANGED.search(text) else None
    after = texts[index + 1] if index + 1 < len(texts) else ""
    if re.match(r"[a-z(]", after) and _PLACED.fullmatch(after) and len(after) <= _LONGEST and not is_stock(after):
        return "two"
    if (
        _EXCHANGED.search(text)
        or "%" in text
        or is_option(texts[index - 1] if index else "")
        or not tells_job(text + ".")
    ):
        return None
    return "begun"


def _says_usage(text: str) -> bool:
    """Whether a line shows how the program is called."""
    lowered = text.lower()
    return ("usage" in lowered or "or:" in lowered or not text.isascii()) and bool(_USAGE.search(text))


def _is_prose(text: str) -> bool:
    """Whether the word usage stands in a sentence about something else, as in `bad usage` or `display usage`."""
    return ("usage" in text.lower() or not text.isascii()) and bool(
        re.search(r"(?i)\b(?:bad|print|display|show|disk|memory|cpu) usage", text)
    )


def _named(texts: Sequence[str], name: str) -> Job | None:
    """`bzip2, a block-sorting file compressor.`, `apt-config is an interface to ...` or `basenc encode or decode FILE, ...`."""
    stem = re.escape(name.partition(".")[0]) or r"\w[\w.+-]+"
    does = r"[a-z]{3,}(?:,? (?:or|and) [a-z]+)? [A-Z]{2,}[ ,].*\."
    is_one = re.compile(rf"{stem} (?:(?:is (?:an?|the) |- |-- )\S+ \S.*|{does})")
    named = re.compile(r"[a-z][\w+-]+, an? \S+ \S.*")
    for index, text in enumerate(texts):
        one = is_one.fullmatch(text)
        if not one and ("%d" in text or ", a" not in text or not named.fullmatch(text)):
            continue
        if len(text) > _LONGEST or is_stock(text) or not text.isprintable() or is_ragged(text):
            continue
        if one:
            after = texts[index + 1] if index + 1 < len(texts) else ""
            whole = text.endswith(".") or not _PLACED.fullmatch(after)
            return Job("whole", (index,)) if whole else Job("two", (index, index + 1))
        return Job("named", (index,))
    return None


def calls(texts: Sequence[str]) -> Iterator[int]:
    """The lines that show how the program is called, with its arguments, in order."""
    found = False
    for index, text in enumerate(texts):
        if _shows_call(text):
            found = True
            yield index
    if not found:
        yield from (index for index, text in enumerate(texts) if re.fullmatch(r"usage: %s( [\w-]+)+", text))


def synopsis(texts: Sequence[str]) -> int:
    """The index of the first of these lines; -1 where there is none."""
    return next(calls(texts), -1)


def _shows_call(text: str) -> bool:
    plain = text.strip()
    if not 10 <= len(plain) <= _LONGEST or not plain.isprintable() or _is_prose(text):
        return False
    able = _says_usage(text) and re.search(r"[A-Z]{2,}|[\[<{]", _bare(plain))
    able = able or re.match(r" (?:%s|%1\$s) (?:[\[<{/]|-(?!-))", text)
    return bool(able) and not names_only_options(plain)


def _bare(usage: str) -> str:
    return re.sub(r"(?i)^\W*(?:[\w.-]+ )?usage:?\s*", "", usage)


def names_only_options(usage: str) -> bool:
    """Whether a line of usage names nothing but that there are options, or only the version."""
    rest = re.sub(r"(?i)^usage:?\s*", "", usage)
    rest = re.sub(r"^(?:%1\$s|%s|[\w.+-]+)\s*", "", rest)
    return not rest or bool(
        re.fullmatch(r"(?i)\[?-?-?(?:options?|v(?:ersion)?|h(?:elp)?|\w+hV|hV)\]?(?:\.\.\.)?", rest)
    )


_STOCK_OPTION = re.compile(
    r"--help|--version|-V\b|-h\b|--verbose|--quiet|-v\b|-q\b|alias|\(ignored\)|(?:show|print|display|output) (?:this|version)"
)
_EXPLAINED = re.compile(r"\S {2,}\S+ \S+ \S")
_DANGLING = re.compile(r"\b(?:the|of|an?|for|and|to|in|or|with|by|from|is|that|symbolic|class),?$|[;,]$")
"""How a line ends whose sentence goes on in the next."""


def options(texts: Sequence[str], most: int = 3) -> list[int]:
    """Options whose explanation says most of the job: the longer ones first met, none that every program has."""
    found = [
        index for index, text in enumerate(texts)
        if len(text) <= 100 and "  " in text and text.isprintable() and _EXPLAINED.search(text.strip())
        and is_option(text) and not _STOCK_OPTION.search(text) and not _DANGLING.search(text) and not secret_names(text)
    ]  # fmt: skip
    return found[:most]


_PACKAGE = re.compile(
    r"(?:GNU )?[a-z][a-zA-Z-]{2,} \d+(?:\.\d+)+|GNU [a-z][a-z-]+|[a-z][\w-]+ \([a-z][\w-]+\) \d+(?:\.\d+)+"
)
_SUITES = ("GNU ", "util-linux ", "procps-ng ")
"""How packages begin whose programs have other names, and which are never built into something else."""
_NAME = re.compile(r"(?:lib)?((?!linux)[A-Za-z]{3,})")
_PAGE = re.compile(r"https?://[\w.-]+\.[a-z]{2,}(?:/[\w./~#-]*)?")
_GENERAL = re.compile(
    r"licen[cs]e|gethelp|translationproject|creativecommons|w3\.org|example\.|fsf\.org|bugzilla|schemas|/[Bb]ugs|iana\.org|ietf|\d+\.\d+\.\d+\.\d+"
)
"""Pages that say nothing of the program whose strings name them."""
_DEBUG = re.compile(r"/usr/lib/debug/\.dwz/[\w-]+/([\w.+-]+)\.debug")
_MAIL = re.compile(r"(?i)\bbugs?[\w-]*@[\w.-]+\w|\b[\w-]+-bugs?@[\w.-]+\w")
_AUTHOR = re.compile(
    r"Copyright (?:\([Cc]\) |\u00a9 )?[\d, -]+ (?:by )?(?!Free Software)[A-Z][\w .,&-]{4,60}(?: <[\w.+-]+@[\w.-]+>)?"
)


def _related(package: str, path: str) -> bool:
    """Whether a package is the file's own by its name; another one may be a component that is built in."""
    return package.startswith(_SUITES) or any(word.lower() in path.lower() for word in _NAME.findall(package))


def project(texts: Sequence[str], path: str) -> Project | None:
    """The package, also by its debug file, the home page or the address that names the project a file was built from.

    `path` is where the file lies: a package none of whose words stands there isn't taken for the file's own.
    """
    made: dict[str, Project] = {}
    for index, text in enumerate(texts):
        if len(text) > 160 or text.lstrip().startswith("#"):
            continue
        if " " in text and _PACKAGE.fullmatch(text) and not text.startswith(("clang", "gcc", "version")):
            if _related(text, path):
                made.setdefault("package", Project("package", index, text))
        elif text.startswith("/") and (match := _DEBUG.fullmatch(text)) is not None:
            made.setdefault("debug", Project("debug", index, match[1]))
        elif "://" in text and (match := _PAGE.search(text)) is not None and not _GENERAL.search(match.group()):
            made.setdefault("page", Project("page", index, match.group().rstrip(".")))
        elif "@" in text and (match := _MAIL.search(text)) is not None:
            made.setdefault("mail", Project("mail", index, match.group()))
        elif "Copyright" in text and _AUTHOR.fullmatch(text.strip()) is not None:
            made.setdefault("author", Project("author", index, text.strip()))
    return next((made[kind] for kind in ("package", "page", "debug", "mail", "author") if kind in made), None)
