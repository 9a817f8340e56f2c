"""What a printable string of a report looks like: an address, a path, a message, a leftover of machine code.

Kinds are guesses from the text's form alone; a task says "looks like" where that matters.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Literal

from threatflux_training.text import MAX_LINE, holds

Kind = Literal[
    "network",  # URL, numeric address, e-mail address
    "secret",  # a name with a value that would be a credential
    "usage",  # usage line or command-line option
    "message",  # a sentence or message, with or without conversions
    "path",  # absolute path
    "library",  # shared library or DLL
    "version",  # symbol version such as GLIBC_2.34
    "compiler",  # compiler's mark
    "debug",  # name of a separate debug file
    "section",  # section name
    "symbol",  # symbol name
    "code",  # machine code that happens to be printable
    "other",
]

URL = re.compile(
    r"""(?x)(?:https?|ftp|wss?|tcp)://
    (?:[^\s\"'<>()`\\|{}\[\]]|\[SECRET-[0-9a-f]{6}\])+(?:[^\s\"'<>()`\\|{}\[\].,;:!?]|(?<=\[SECRET-......)\])"""
)
"""A masked secret may be a part of it."""
ADDRESS = re.compile(r"(?<![\d.\w-])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d.]*\d|-\d)")
RESERVED = re.compile(
    r"(?i)(?<![\d.])(?:192\.0\.2|198\.51\.100|203\.0\.113)\.\d{1,3}(?![\d.]*\d)"
    r"|(?:://|@)(?:[\w-]+\.)*(?:example\.(?:com|org|net)|example|test|invalid)(?![\w.-]*\w)"
)
"""Numbers and names reserved for documentation and tests (RFC 5737, RFC 2606)."""
MAIL = re.compile(
    r"(?<![A-Za-z0-9_.+-])[A-Za-z0-9_.+-]+@(?!(?:openssh\.com|libssh\.org|lysator\.liu\.se)\b)"
    r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}(?!<)"
)
"""Names of SSH algorithms have the same form: a name at the domain of whoever defined it (RFC 4251, section 6)."""
PATH = re.compile(r"(?<![\w:/.~})$*\]%&|<-])/(?:[A-Za-z0-9_.+@%*-]+/)*[A-Za-z0-9_.+@%*-]*[A-Za-z0-9_*]")
SECRET = re.compile(
    r"""(?i)(?<![a-z])((?:[a-z0-9]+[_.-])*(?:password|passwd|pwd|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?)(?:[_-][a-z0-9]+)*)["']?\s*[:=]\s*["']?([^\s"'$<>{}()%;,|&`*?\\]{4,})"""
)
CONVERSION = re.compile(r"%[-+ #0']*(?:\d+|\*)?(?:\.(?:\d+|\*))?(?:hh|h|ll|l|q|j|z|t|L)?[diouxXeEfFgGaAcspnm]")
_SYMBOL_VERSION = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z][A-Z0-9]*)*(?:_\d+(?:\.\d+)*|_PRIVATE|_\d+\.\d+(?:\.\d+)*)")
_LIBRARY = re.compile(r"[\w.+-]+\.(?:so(?:\.\d+)*|dll|DLL)")
_SECTION = re.compile(r"[`@]?\.(?:[a-z_][\w-]*)(?:\.[\w.-]+)?")
_SYMBOL = re.compile(r"[A-Za-z_$.][\w$.]*(?:@@?[A-Z][\w.]*)?")
_OPTION = re.compile(r"\s*(?:-\w,?\s+)?--?[a-zA-Z][\w-]*(?:[=\[\s].*)?")
_OPTION_LINE = re.compile(
    r"\s*-{1,2}[A-Za-z0-9?][\w-]*(?:\[?=\S+)?(?:(?:,\s*|\s*\|\s*|\s+)--?[A-Za-z0-9?][\w-]*(?:\[?=\S+)?)*(?:[ ]\S+){0,2}(?:\s{2,}\S.*|\t.*)?\s*"
)
"""An option as a help text lists it: the option, at most two words for its argument, then a description set apart."""
_CLUSTER = re.compile(r"-\w{0,3}(?:[a-z][A-Z]|[A-Z]{2})\w{0,3}")
"""Bytes of code that look like an option, as in `-ttD`."""
_USAGE = re.compile(r"(?i)\busage\b\s*:|^\s*or:\s|^usage ")
_TEMPLATE = re.compile(r"%[-.*\dl]*[sdux](?![A-Za-z])")
_WORD = re.compile(r"[A-Za-z]{3,}")
_DIGIT = re.compile(r"\d")
_ASSERTION = re.compile(r"[\w)\]] ?(?:->|[=!<>]=|&&|\|\|) ?[\w(!*&\"'-]")
"""A condition of source code, as an assertion carries it."""
_LOWER = re.compile(r"[a-z]{4,}")
_REGISTERS = re.compile(
    r"[AUVWSTLHMPQRIDEXfj01-9]{3,12}|[AUVWSTH]{7,12}[a-z]|.?.?(?:\[\]|\]|A\\|A\]|A\^|A_|\^|_|\\){2,}.*"
)


def has_conversion(text: str) -> bool:
    """Whether the text has printf conversions beside the doubled percent sign."""
    return "%" in text and bool(CONVERSION.search(text.replace("%%", "")))


_COLOURED = re.compile(r"\.?[\w*.]*[ =]?\d\d(?:;\d+)+")
"""Numbers of colours set apart by semicolons, with what they are for."""


_CLASS = re.compile(r"\[\^?[a-zA-Z0-9]-[a-zA-Z0-9]")
"""The beginning of a class of characters in a pattern."""


_ODD = re.compile(r"[$\\|<>^]|[a-z][A-Z]\d?$|^[a-z][A-Z]")


def is_code(text: str) -> bool:
    """Whether the text looks like machine code that happened to be printable."""
    if len(text) > 16 or _LOWER.search(text) or " -" in text:
        return False
    if (";" in text and _COLOURED.fullmatch(text)) or ("[" in text and _CLASS.search(text)):
        return False
    if _REGISTERS.fullmatch(text):
        return True
    letters = sum(c.isalnum() for c in text)
    return letters < 0.7 * len(text) or bool(_ODD.search(text))


_STOCK = re.compile(
    r"(?i)--help|--version|write error|memory exhausted|out of memory|for more (?:information|details)|licen[cs]e|warranty|copyright|gnu\.org"
    r"|free software|redistribut|online help|home page|general help|full documentation|available locally|bug reports|report (?:any|bugs)"
    r"|^/usr/share/locale$|GNU coreutils|input is closed|basic_string|vector::|_M_\w+|__cxa|written by|multi-call|test invocation|sha2 utilities|A NULL argv|<%s>|and others\."
)
_SPOKEN = re.compile(
    r"^\s*-\S+ (?:is|are|was|must|can|cannot|does|do|may|needs?|requires?|expects?|takes|has|not|and|or|option|options|in|with|without|only|argument)\b"
)
"""How a sentence goes on that begins with an option."""
_RAGGED = re.compile(r"[A-Za-z0-9]{1,3}[@^`\\|~$#][A-Za-z]")


_GLUED = re.compile(r"[a-z]H$")
"""How a path ends that stands in machine code as a constant, with the prefix of the next instruction behind it."""
_MAYBE_STOCK = (
    "share/locale",
    "--help",
    "--version",
    "write",
    "memory",
    "licen",
    "warranty",
    "copyright",
    "gnu",
    "free",
    "redist",
    "online",
    "home",
    "general",
    "full",
    "available",
    "bug",
    "report",
    "input",
    "basic_string",
    "vector::",
    "_m_",
    "__cxa",
    "written",
    "multi",
    "test",
    "sha2",
    "argv",
    "<%s>",
    "others.",
    "for",
)
"""In lower case, one of these stands in every ASCII text that is stock; to look for them takes less than the pattern."""


@lru_cache(maxsize=1 << 14)
def is_stock(text: str) -> bool:
    """Whether a text is one that programs of many projects have alike: help, version and license lines."""
    return (not text.isascii() or holds(text.lower(), _MAYBE_STOCK)) and bool(_STOCK.search(text))


C_LIBRARY = re.compile(
    r"(?:ld-linux|ld-\d|ld(?:64)?\.so|lib(?:c|m|mvec|pthread|dl|rt|resolv|util|nsl|anl|crypt|thread_db|BrokenLocale|c_malloc_debug"
    r"|nss_(?:compat|dns|files|db|hesiod|nis|nisplus))(?:-\d|\.so))"
)
"""How names of the C library's own files begin: the versions that they name are defined in them, not needed."""
BUILD_ID = re.compile(r"[0-9a-f]{30,}\.debug")
"""The name of a debug file, made of the identifier of one build."""
_REFERENCE = re.compile(
    r"(?i)gnu\.org/(?:licen[cs]es|copyleft|gethelp|philosophy)|://(?:www\.)?gnu\.org/?(?:$|[\s<>()])|fsf\.org|opensource\.org|spdx\.org|creativecommons\.org|apache\.org/licenses"
    r"|mozilla\.org/mpl|\bw3\.org|ietf\.org|rfc-editor\.org|unicode\.org|iana\.org|xmlsoap\.org|json-schema\.org|oasis-open\.org|schemas\.\w+\.\w+"
    r"|translationproject\.org|\bexample\.(?:com|net|org)|//localhost\b|//127\."
)


@lru_cache(maxsize=1 << 14)
def is_reference(text: str) -> bool:
    """Whether a text holds an address of licenses, standards, general help or examples, which unrelated files quote."""
    return ("://" in text or "@" in text) and bool(_REFERENCE.search(text))


@lru_cache(maxsize=1 << 14)
def speaks(text: str) -> bool:
    """Whether a message has words of its own beside its places for values, none that all programs have."""
    if is_stock(text) or _CALL.search(text) or _PERSON.fullmatch(text):
        return False
    return len(_WORD.findall(CONVERSION.sub(" ", text))) > 1


_PERSON = re.compile(r"[A-Z][a-z]+(?: [A-Z][\w.]*){1,3}")
_CALL = re.compile(r"\w\([%\w]+(?:, ?[%\w]+)*\)")
_HEADING = re.compile(r"\b(?:options?|arguments|commands|values|fields|columns|following|formats?)\b.*:$")


_REFUSES = re.compile(r"(?i)\b(?:not|cannot|can't|don't|doesn't|failed|fails|unable|error|no such|aborting|exiting)\b")
"""Words of a complaint, which no help text says of its program's job."""


def tells_job(text: str) -> bool:
    """Whether a sentence of a help text can say what the program does: no heading of options and no complaint."""
    told = text.rstrip()
    return told.endswith((".", ":")) and not _HEADING.search(told) and not _REFUSES.search(told)


def is_option(text: str) -> bool:
    """Whether a text is the line of a help text about an option, rather than a message that begins with one."""
    return bool(_OPTION_LINE.fullmatch(text)) and not _SPOKEN.search(text) and not _CLUSTER.fullmatch(text)


def is_ragged(text: str) -> bool:
    """Whether bytes of code seem to stand right before a text, as in `Y@write error`."""
    return bool(_RAGGED.match(text))


def kind_of(text: str) -> Kind:
    """The kind of one string, by its form (of a long one, that of its beginning) alone; a symbol may still be any short word."""
    return _kind_of(text[:MAX_LINE])


@lru_cache(maxsize=1 << 14)
def _kind_of(text: str) -> Kind:
    stripped = text.strip()
    if secret_names(text):
        return "secret"
    if _is_network(text):
        return "network"
    if text.startswith(("GCC: (", "clang version", "Go build", "go1.")):
        return "compiler"
    if stripped.endswith(".debug"):
        return "debug"
    if (".so" in stripped or stripped.endswith((".dll", ".DLL"))) and _LIBRARY.fullmatch(stripped):
        return "library"
    if (
        "_" in stripped
        and _SYMBOL_VERSION.fullmatch(stripped)
        and (stripped == "GLIBC_PRIVATE" or any(c.isdigit() for c in stripped))
    ):
        return "version"
    if "." in stripped[:2] and _SECTION.fullmatch(stripped) and len(stripped) > 3:
        return "section"
    if stripped.startswith("/") and PATH.fullmatch(stripped):
        return "code" if _GLUED.search(stripped) else "path"
    if _says_usage(text) or (stripped.startswith("-") and _OPTION.fullmatch(text) and _WORD.search(text)):
        return "usage"
    if "%" in text and "$" not in text and _TEMPLATE.search(text):
        return "message"
    if is_code(text):
        return "code"
    if _is_assertion(text) and not has_conversion(text):
        return "other"
    if (" " in stripped or has_conversion(text)) and len(_WORD.findall(text)) >= 2:
        return "message"
    if has_conversion(text):
        return "message"
    if _SYMBOL.fullmatch(stripped) and len(stripped) > 2:
        return "symbol"
    return "other"


def _is_network(text: str) -> bool:
    """Whether a URL, an address or a mail address stands in a text; their marks are looked for first, which takes less."""
    return bool(
        ("://" in text and URL.search(text))
        or (text.count(".") > 2 and ADDRESS.search(text))
        or ("@" in text and MAIL.search(text))
    )


def _says_usage(text: str) -> bool:
    lowered = text.lower()
    return ("usage" in lowered or "or:" in lowered or not text.isascii()) and bool(_USAGE.search(text))


def _is_assertion(text: str) -> bool:
    return ("=" in text or "->" in text or "&&" in text or "||" in text) and bool(_ASSERTION.search(text))


_MAYBE_SECRET = ("passw", "pwd", "passphrase", "secret", "token", "key", "credential")
"""In lower case, one of these stands in every ASCII text in which `SECRET` finds a name."""


def secret_names(text: str) -> list[str]:
    """Names in (the beginning of) a string to which a value is given that would be a credential; never the values."""
    if (":" not in text and "=" not in text) or not _may_name_secret(text):
        return []
    found = [match for match in SECRET.finditer(text[:MAX_LINE]) if _is_value(match[2])]
    return [match[1] for match in found]


def _may_name_secret(text: str) -> bool:
    return not text.isascii() or holds(text.lower(), _MAYBE_SECRET)


def _is_value(text: str) -> bool:
    """Whether what follows a credential's name is a value rather than prose or a type."""
    return bool(_DIGIT.search(text)) or (len(text) >= 8 and not text.islower())


def found(
    pattern: re.Pattern[str], texts: Sequence[str], start: int = 0, stop: int | None = None
) -> Iterator[tuple[int, str]]:
    """Index and text of each match of a pattern in a range of a list, each text once."""
    seen: set[str] = set()
    for index in range(start, len(texts) if stop is None else min(stop, len(texts))):
        for match in pattern.finditer(texts[index]):
            if match.group() not in seen:
                seen.add(match.group())
                yield index, match.group()


def is_script(texts: Sequence[str]) -> bool:
    """Whether the list is the lines of a script: its first string is an interpreter line."""
    return bool(texts) and texts[0].startswith("#!")
