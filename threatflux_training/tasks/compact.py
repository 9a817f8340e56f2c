"""Files known only from the compact object: what it identifies, and that it is a selection."""

import re

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.string_kinds import is_stock, kind_of, secret_names
from threatflux_training.evidence.view import View
from threatflux_training.reports.model import LlmReport
from threatflux_training.tasks.model import Draft, Offer, Request, Show

FAMILY = "compact"
_PROJECT = re.compile(r"(?i)copyright|https?://|bug-|report .*bugs|@|homepage|version \d")
_FAMILIES = (
    (
        "OpenSSL",
        re.compile(
            r"(?:EVP|SSL|X509|BN|ASN1|BIO|RSA|PEM|CRYPTO|OPENSSL|EC|DH|HMAC|ERR|OSSL|PKCS7|PKCS12|OCSP|CMS|TLS)_\w+|d2i_\w+|i2d_\w+"
        ),
    ),
    ("libxml2", re.compile(r"xml[A-Z]\w+|html[A-Z]\w+")),
    ("GLib", re.compile(r"g_[a-z]+_\w+")),
    ("libpng", re.compile(r"png_\w+")),
    ("PAM", re.compile(r"pam_\w+")),
    ("GSS-API", re.compile(r"(?:gss|krb5)_\w+")),
    ("bzip2", re.compile(r"BZ2_\w+")),
    ("zlib", re.compile(r"(?:in|de)flate\w*|gz(?:open|read|write|close)\w*")),
    ("SQLite", re.compile(r"sqlite3_\w+")),
    ("libcurl", re.compile(r"curl_\w+")),
    ("libblkid", re.compile(r"blkid_\w+")),
    ("SELinux", re.compile(r"(?:selinux|freecon|getfilecon|setfilecon|lgetfilecon)\w*")),
    ("ncurses", re.compile(r"(?:tgetent|tgetstr|tgetnum|setupterm|initscr|endwin)\w*")),
    ("GnuTLS", re.compile(r"gnutls_\w+")),
    ("Python", re.compile(r"_?Py[A-Z][A-Za-z]*_\w+")),
)
"""Libraries known by how their symbols begin."""
_SHOWN = 4
_LONGEST = 120


def offers(view: View, partner: View | None) -> list[Offer]:
    """Tasks where a compact object is there with hash and size."""
    found = view.file.llm
    if found is None or not found.md5 or found.file_size is None:
        return []
    made = [Offer(task="compact.what", build=lambda r: _what(view, found, r), importance=3, variants=3)]
    if found.key_strings:
        variants = max(1, len(found.key_strings) // 6)
        made.append(
            Offer(task="compact.strings", build=lambda r: _strings(view, found, r), importance=4, variants=variants)
        )
    return made


def _identity(view: View, found: LlmReport) -> dict[str, Text]:
    return {
        "md5": value.code(found.md5, view.at("llm", ".md5")),
        "size": value.grouped(found.file_size or 0, view.at("llm", ".file_size"), "byte|bytes"),
    }


def _quoted(view: View, found: LlmReport, number: int) -> Text:
    """A key string; what is indented for a help text without its indent."""
    text, path = found.key_strings[number], view.at("llm", f".key_strings[{number}]")
    bare = text.strip()
    return value.part(bare, path) if bare and bare != text else value.code(text, path)


def _telling(found: LlmReport) -> list[int]:
    """Key strings that say most about what the file is: project texts first, then sentences."""
    able = [n for n, text in enumerate(found.key_strings) if 10 < len(text) <= _LONGEST and not secret_names(text)]
    named = [n for n in able if _PROJECT.search(found.key_strings[n])]
    return named + [n for n in able if kind_of(found.key_strings[n]) in ("message", "usage") and n not in named]


def _common(view: View, found: LlmReport) -> tuple[list[Content], list[Show]]:
    """Entropy and imports, with their evidence."""
    content: list[Content] = []
    shows: list[Show] = []
    if found.entropy is not None:
        entropy = value.fixed(found.entropy, view.at("llm", ".entropy"), 3, "bits per byte")
        kind = "dense" if found.entropy > 7.2 else "plain"
        content.append(say("detail", f"compact.entropy.{kind}", "entropy storage data malware", entropy=entropy))
    if found.imports:
        at = view.at("llm", ".imports")
        names = value.join([value.code(name, f"{at}[{n}]") for n, name in enumerate(found.imports[:3])])
        content.append(say("detail", "compact.imports", "imports package container", list=names))
        shows.append(Show("compact_imports", 0, min(len(found.imports), 12)))
    return content, shows


def _what(view: View, found: LlmReport, request: Request) -> Draft:
    slots = _identity(view, found)
    more, shows = _common(view, found)
    content: list[Content] = [say("answer", "compact.what", "identity hash size", **slots)]
    told = _telling(found)
    if told:
        number = told[request.variant % len(told)]
        content.append(say("meaning", "compact.telling", "strings identity plain", line=_quoted(view, found, number)))
        shows.append(Show("key_strings", max(0, number - 2), number + 3))
    content += [
        *more,
        say("verify", "compact.verify", "verify provenance decision", **slots),
        say("limit", "compact.limits", "limit method", **slots),
    ]
    return Draft(
        slots={}, shows=(Show("compact"), *shows), content=tuple(content), context=("key_strings", "compact_imports")
    )


def _is_hint(text: str, kind: str) -> bool:
    """Whether a key string is of that kind and no comment, license or help line that every program has."""
    return kind_of(text) == kind and not text.lstrip().startswith("#") and not is_stock(text)


def _strings(view: View, found: LlmReport, request: Request) -> Draft | None:
    start = (6 * request.variant) % max(1, len(found.key_strings) - 5)
    tells = [n for n, text in enumerate(found.key_strings) if _is_hint(text, "message")]
    if request.variant == 0 and tells:
        start = tells[0]
    chosen = [
        n for n in range(start, min(start + 6, len(found.key_strings)))
        if len(found.key_strings[n]) <= _LONGEST and not secret_names(found.key_strings[n])
    ]  # fmt: skip
    own = [n for n in chosen if not found.key_strings[n].startswith(("_", "."))]
    chosen = (own or chosen)[:_SHOWN]
    if not chosen:
        return None
    slots = _identity(view, found)
    more, shows = _common(view, found)
    hints = [n for kind in ("message", "usage") for n in chosen if _is_hint(found.key_strings[n], kind)]
    listed = value.join([_quoted(view, found, n) for n in hints or chosen])
    kinds = {kind_of(found.key_strings[n]) for n in hints}
    answer = f"compact.strings.{kinds.pop() if len(kinds) == 1 else 'hints'}" if hints else "compact.strings"
    content: list[Content] = [say("answer", answer, "strings", list=listed)]
    paths = [n for n in chosen if kind_of(found.key_strings[n]) == "path" and n not in hints]
    if paths and hints:
        listed = value.join([_quoted(view, found, n) for n in paths])
        content.append(say("answer", "compact.strings.paths", "path strings files", list=listed))
    for family, pattern in _FAMILIES:
        members = [n for n in chosen if pattern.fullmatch(found.key_strings[n].strip())]
        if members:
            listed = value.join([_quoted(view, found, n) for n in members])
            known = {"list": listed, "library": Text(family)}
            content.append(say("answer", "compact.strings.library", "imports package plain", **known))
            break
    named = [n for n in chosen if _PROJECT.search(found.key_strings[n])]
    if named:
        content.append(
            say("meaning", "compact.strings.project", "provenance package plain", line=_quoted(view, found, named[0]))
        )
    content += [
        *more,
        say("limit", "compact.limits", "limit method", **slots),
        say("verify", "compact.verify", "verify provenance", **slots),
    ]
    stop = max(view.lines("key_strings").fits(start, request.room), chosen[-1] + 1)
    return Draft(
        slots={}, shows=(Show("compact"), Show("key_strings", start, stop), *shows), content=tuple(content),
        context=("compact_imports",),
    )  # fmt: skip
