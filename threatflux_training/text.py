r"""Making foreign text harmless and reversible: one escape for everything a chat must not contain.

`\u{...}` stands for a control, bidi, zero-width or terminal character, a lone surrogate, and for the first character
of any chat control token; a literal `\u{` is escaped too, so `unescape(escape(text)) == text` for every text.
"""

import re
from collections.abc import Iterable
from functools import cache
from importlib import resources

import msgspec

from threatflux_training import toml

# C0, DEL, C1; soft hyphen, joiners, marks, fillers; line separators, bidi; variation selectors, BOM, tags; surrogates.
_HIDDEN = (
    "\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U000e0000-\U000e0fff\ud800-\udfff"
)
ESCAPE = "\\u{"
"""How every escape begins; it stands in no neutralised text otherwise."""
_PRINTED = bytes(range(0x20, 0x7F)) + b"\n"
_ESCAPED = re.compile(r"\\u\{([0-9a-f]{1,6})\}")
MAX_LINE = 2000
"""Characters of one evidence line; what lies beyond is left out and said. Tokenizers fail on endless lines."""


class _Family(msgspec.Struct):
    name: str
    prefix: list[str]


class _Families(msgspec.Struct):
    family: list[_Family]


@cache
def _tokens() -> list[str]:
    data = resources.files("threatflux_training.catalogue").joinpath("data/token_families.toml").read_bytes()
    return [prefix for family in toml.decode(data, _Families).family for prefix in family.prefix]


@cache
def _hostile() -> re.Pattern[str]:
    return re.compile(rf"\\(?=u\{{)|{_commanding().pattern}")


@cache
def _commanding() -> re.Pattern[str]:
    tokens = sorted({re.escape(prefix) for prefix in _tokens()}, key=lambda t: (-len(t), t))
    return re.compile(rf"[{_HIDDEN}]|(?i:(?=(?:{'|'.join(tokens)})))(?s:.)")


@cache
def _likely() -> re.Pattern[str]:
    """What stands in every text in lower case that holds a token of ASCII characters; begins with two sets, to be fast."""
    tokens = sorted({prefix.lower() for prefix in _tokens() if prefix.isascii()})
    first, second = (sorted({re.escape(token[place]) for token in tokens}) for place in (0, 1))
    rests = {one: "|".join(re.escape(token[1:]) for token in tokens if re.escape(token[0]) == one) for one in first}
    either = "|".join(f"(?<={one})(?:{rest})" for one, rest in rests.items())
    return re.compile(f"[{''.join(first)}](?=[{''.join(second)}])(?:{either})")


def _written(match: re.Match[str]) -> str:
    return f"\\u{{{ord(match.group()):x}}}"


def escape(text: str) -> str:
    """The text with every character that could hide, reorder or command written as `\\u{hex}`."""
    return text if ESCAPE not in text and _is_plain(text) else _hostile().sub(_written, text)


def neutral(text: str) -> str:
    """The same, with what is escaped already left as it is."""
    return text if _is_plain(text) else _commanding().sub(_written, text)


def is_neutral(text: str) -> bool:
    """Whether nothing in a text of several lines could hide, reorder or command."""
    if text.isascii() and not text.encode().translate(None, _PRINTED) and not _may_command(text):
        return True
    return all(_is_plain(one) or not _commanding().search(one) for one in text.split("\n"))


def _is_plain(text: str) -> bool:
    """Whether a text is printable ASCII without a token; regular expressions take longer to say that."""
    return text.isascii() and text.isprintable() and not _may_command(text)


def _may_command(text: str) -> bool:
    """Whether a text of ASCII characters may hold a token."""
    return ("<" in text or "[" in text or "|>" in text) and bool(_likely().search(text.lower()))


def unescape(text: str) -> str:
    """What was escaped."""
    return _ESCAPED.sub(lambda match: chr(int(match.group(1), 16)), text)


def line(text: str) -> str:
    """One line of evidence: escaped, and cut after MAX_LINE characters, saying so."""
    if len(text) <= MAX_LINE:
        return escape(text)
    return f"{escape(text[:MAX_LINE])} [cut: the first {MAX_LINE:,} of {len(text):,} characters]"


def holds(text: str, words: Iterable[str]) -> bool:
    """Whether one of some words stands in a text."""
    for word in words:  # noqa: SIM110  # any() takes twice as long, where this is asked of every string
        if word in text:
            return True
    return False


def longest_run(text: str, character: str = "`") -> int:
    """Length of the longest run of a character."""
    if character not in text:
        return 0
    return max(len(run) for run in re.findall(re.escape(character) + "+", text))


def code(text: str) -> str:
    """The text as inline code, with as many backticks as it needs."""
    run = longest_run(text)
    if not run:
        return f"`{text}`"
    ticks = "`" * (run + 1)
    return f"{ticks} {text} {ticks}"


def fence_for(lines: list[str]) -> str:
    """A fence longer than the longest run of backticks in the lines."""
    return "`" * max(3, 1 + max((longest_run(one) for one in lines), default=0))
