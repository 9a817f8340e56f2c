"""What the lines of a script do, as far as each shows it by itself: values set, modules loaded, programs started, files written.

A line that no rule reads has no step; text inside quotes or here-documents that run over lines is passed over where it
can be told. The pieces of a step are pieces of its line.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

Language = Literal["sh", "perl", "python", ""]
Act = Literal[
    "load", "include", "strict", "stop", "function", "class", "set", "argument", "capture", "begin", "declare", "export", "test", "compare",
    "condition", "each", "arguments", "input", "while", "decide", "option", "show", "fail", "end", "hand", "folder", "create", "copy", "move",
    "link", "delete", "trap", "write", "append", "open", "run", "call", "documents",
]  # fmt: skip


class Step(NamedTuple):
    """What one line does: the act and the pieces of the line that say with what; `sort` divides an act further."""

    line: int
    act: Act
    pieces: tuple[str, ...]
    sort: str = ""


_ENV = re.compile(r"-[0ivS]+|--split-string|[A-Za-z_]\w*=\S*")
"""Options of env, and values it sets, that may stand before the program."""


def interpreter(first: str) -> tuple[str, str]:
    """The program of an interpreter's line, and the one that env looks up there; "" where there is none."""
    program, *words = re.sub(r"^#!\s*", "", first).split() or [""]
    if not program.endswith("/env"):
        return program, ""
    inner = next((word for word in words if not _ENV.fullmatch(word)), "")
    return program, "" if inner.startswith("-") else inner


def language(first: str) -> Language:
    """The language that the interpreter's line names; "" for others."""
    program, inner = interpreter(first)
    name = (inner or program).rsplit("/", 1)[-1]
    if name.startswith("python"):
        return "python"
    if name.startswith("perl"):
        return "perl"
    return "sh" if name in ("sh", "bash", "dash", "ksh", "zsh", "ash") else ""


class _Rule(NamedTuple):
    act: Act
    pattern: re.Pattern[str]
    sort: str = ""


def _rule(act: Act, pattern: str, sort: str = "") -> _Rule:
    return _Rule(act, re.compile(pattern), sort)


_WORD = r"(\"[^\"`]*\"|'[^']*'|[^\s;&|()<>\"'`]+)"
"""A word of a shell line, quoted or not."""
_OPTIONS = r"(?:--?[\w-]+(?:=\S+)?\s+)*"
_VERBS: tuple[tuple[Act, str], ...] = (
    ("create", "mkdir|touch"), ("copy", "cp|install"), ("move", "mv"), ("link", "ln"), ("delete", "rm|rmdir|unlink"),
)  # fmt: skip
_PROGRAMS = (
    "awk|gawk|sed|gzip|gunzip|bzip2|xz|zstd|tar|find|xargs|curl|wget|ssh|scp|rsync|openssl|gpg|gpgv|apt-get|apt-cache|apt-config|dpkg|dpkg-query|dpkg-deb|rpm"
    "|systemctl|service|mount|umount|useradd|userdel|usermod|groupadd|ldconfig|perl|python3?|make|gcc|git|kill|pkill|sleep|chmod|chown|chgrp|crontab"
    "|iptables|ip|modprobe|update-rc\\.d|invoke-rc\\.d|update-alternatives|debconf-communicate|po-debconf|msgfmt|gs|diff|cmp|sort|mktemp|date|tput|stty"
)
_SHELL = (
    _rule("include", rf"^\s*(?:\.|source)\s+{_WORD}"),
    _rule("stop", r"^\s*set\s+(-[a-z]*[eux][a-z]*)\s*$"),
    _rule("function", r"^\s*(?:function\s+)?([A-Za-z_][\w-]*)\s*\(\)"),
    _rule("hand", rf"^\s*exec\s+{_WORD}(?!\S)(?<!\d)"),
    _rule("export", r"^\s*export\s+([A-Z_]\w*(?:\s+[A-Z_]\w*)*)\s*$"),
    _rule("capture", r"^\s*(?:export\s+|local\s+|readonly\s+)?([A-Za-z_]\w*)=\"?(?:\$\(([^()]+)\)|`([^`]+)`)\"?\s*$"),
    _rule("argument", r"^\s*(?:export\s+|local\s+|readonly\s+)?([A-Za-z_]\w*)=[\"']?(\$(?:[1-9@*]|\{[1-9@*]\}))[\"']?;?\s*$"),
    _rule("set", r"^\s*(?:export\s+|local\s+|readonly\s+)?([A-Za-z_]\w*)=(\"(?:\\.|[^\"\\])+\"|'[^']+'|[^\s;&|()<>\"'`]+);?\s*$"),
    _rule("test", rf"^\s*(?:el)?if\s+(?:!\s*)?(?:test|\[{{1,2}})\s+(?:!\s*)?-([fdexrwsLhzn])\s+{_WORD}\s*\]{{0,2}}\s*(?:;\s*then)?\s*$"),
    _rule("compare", rf"^\s*(?:el)?if\s+(?:!\s*)?(?:test|\[{{1,2}})\s+{_WORD}\s+(?:=|==|!=)\s+{_WORD}\s*\]{{0,2}}\s*(?:;\s*then)?\s*$"),
    _rule("condition", r"^\s*(?:el)?if\s+([^;]{4,90}?)(?:;\s*then)?\s*$"),
    _rule("each", r"^\s*for\s+([A-Za-z_]\w*)\s+in\s+([^;]{1,80}?)\s*(?:;\s*do)?\s*$"),
    _rule("arguments", r"^\s*for\s+([A-Za-z_]\w*)(?:\s*;\s*do|\s+do)?\s*$"),
    _rule("input", r"(?:^|[|;])\s*while\s+(?:IFS=\S*\s+)?read\s+(?:-\w+\s+)*([A-Za-z_]\w*(?:\s+[A-Za-z_]\w*)*)"),
    _rule("while", r"^\s*while\s+([^;]{2,80}?)\s*(?:;\s*do)?\s*$"),
    _rule("decide", r"^\s*case\s+(\S{1,60})\s+in\s*$"),
    _rule("option", r"^\s*\(?(-{1,2}[A-Za-z?][\w-]*(?:\s*\|\s*-{1,2}[A-Za-z?][\w-]*)*)\)"),
    _rule("trap", rf"^\s*trap\s+{_WORD}\s+([A-Z0-9 ]+)\s*$"),
    _rule("end", r"^\s*exit\s+(\d+|\"?\$\{?\w+\}?\"?);?\s*$"),
    *(_rule(act, rf"^\s*(?:{verbs})\s+{_OPTIONS}([\"'$/\w.][^;|&<>#]*?)\s*(?:[;|&<>#].*)?$") for act, verbs in _VERBS),
    _rule("folder", rf"^\s*\(?cd\s+{_WORD}"),
    _rule("append", rf"(?<![<>&\d])>>\s*(?!/dev/|&){_WORD}"),
    _rule("write", rf"(?<![<>&\d=-])>\s*(?!/dev/|[&>]){_WORD}"),
    _rule("show", r"^\s*(?:echo|printf)\s+(?:>&2\s+)?(?:-\w+\s+)*((?:\"[^\"]{3,}\"|'[^']{3,}')(?:\s+\"[^\"]*\")*)\s*(?:>&2)?;?\s*$"),
    _rule("run", rf"^\s*(?:sudo\s+)?({_PROGRAMS})\s+[-\"'$/\w]"),
)  # fmt: skip
_PERL = (
    _rule("strict", r"^\s*use\s+(strict|warnings)\b"),
    _rule("load", r"^\s*(?:use|require)\s+([A-Z]\w*(?:::\w+)*)"),
    _rule("function", r"^\s*sub\s+([A-Za-z_]\w*)"),
    _rule("documents", r"^(__END__|__DATA__)\s*$"),
    _rule("argument", r"^\s*(?:my|our|local)\s*(\(?[$@%][\w, $@%]+\)?)\s*=\s*(shift(?:\s*\(?@_\)?)?|\$_\[\d+\]|@_|@ARGV|\$ARGV\[\d+\])\s*;"),
    _rule("capture", r"^\s*(?:my|our|local)?\s*([$@%]\w+)\s*=\s*(?:`([^`]+)`|qx\(([^)]+)\))\s*;"),
    _rule("begin", r"^\s*(?:my|our)?\s*([$@%]\w+)\s*=\s*(qw\s*\(|\(|\{)\s*$"),
    _rule("set", r"^\s*(?:my|our|local)?\s*([$@%]\w+)\s*=\s*((?![^;]*\s(?:if|unless|for|foreach)\s)[^=~][^;]{0,79}?)\s*;(?:\s*#.*)?$"),
    _rule("declare", r"^\s*(?:my|our)\s+(\(?[$@%][\w, $@%]+\)?);"),
    _rule("option", r"^\s*[\"']([\w|?-]+)(?:[=:!+][\w@%]*)?[\"']\s*=>\s*\\[$@%&]"),
    _rule("input", r"^\s*while\s*\(\s*(<[\w$]*>|(?:my\s+)?\$\w+\s*=\s*<[\w$]*>)\s*\)"),
    _rule("each", r"^\s*for(?:each)?\s+(?:my\s+)?(\$\w+)\s*\((.+)\)\s*\{?\s*$"),
    _rule("while", r"^\s*while\s*\((.{1,80})\)\s*\{?\s*$"),
    _rule("condition", r"^\s*(?:if|unless|elsif)\s*\((.{4,90})\)\s*\{?\s*$"),
    _rule("fail", r"\b(?:die|croak|confess)\b\s*\(?(\"[^\"]{3,}\"|'[^']{3,}')"),
    _rule("end", r"^\s*exit\s*\(?\s*(\d+|\$\w+)\s*\)?\s*;"),
    _rule("open", r"\bopen\s*\(?\s*(?:my\s+)?\$?\w+\s*,\s*(?:[\"'][<>+|-]+[\"']\s*,\s*)?([\"'$][^,)]{1,60}?)\s*\)"),
    _rule("delete", r"^\s*unlink\s*\(?\s*([$@\"'][^;)]{1,60}?)\s*\)?\s*(?:;|or\b|\|\|)"),
    _rule("create", r"^\s*(?:mkdir|mkpath|make_path)\s*\(?\s*([$\"'][^;,)]{1,60})"),
    _rule("folder", r"^\s*chdir\s*\(?\s*([$\"'][^;)]{1,60})"),
    _rule("run", r"^\s*(?:system|exec)\s*\(?\s*(.{2,80}?)\s*\)?\s*(?:;|==|and\b|or\b|&&|\|\|)"),
    _rule("show", r"^\s*print(?:f)?\s+(?:STDERR\s+|STDOUT\s+)?(?:gettext\()?(\"[^\"]{2,}\"|'[^']{2,}')"),
    _rule("call", r"^\s*(\$?[A-Za-z_][\w:]*->\w+)(?:\(.*\))?;"),
)  # fmt: skip
_PYTHON = (
    _rule("load", r"^\s*from\s+([\w.]+)\s+import\b"),
    _rule("load", r"^\s*import\s+(\w[\w.]*(?:\s*,\s*\w[\w.]*)*)(?:\s+as\s+\w+)?\s*(?:#.*)?$"),
    _rule("function", r"^\s*(?:async\s+)?def\s+([A-Za-z_]\w*)"),
    _rule("class", r"^\s*class\s+([A-Za-z_]\w*)"),
    _rule("option", r"\.add_argument\(\s*((?:[\"']-{0,2}[\w-]+[\"'](?:,\s*)?)+)"),
    _rule("run", r"\b((?:subprocess\.\w+|os\.system|os\.popen|os\.exec\w+)\(.{1,80})$"),
    _rule("open", r"\bopen\(\s*([^,)]{1,60})"),
    _rule("delete", r"\b(?:os\.(?:remove|unlink|rmdir)|shutil\.rmtree)\(\s*([^,)]{1,60})"),
    _rule("create", r"\bos\.(?:makedirs|mkdir)\(\s*([^,)]{1,60})"),
    _rule("end", r"\bsys\.exit\(\s*([^()]{1,40})\)"),
    _rule("fail", r"^\s*raise\s+(\w[\w.]*)", "raise"),
    _rule("show", r"^\s*print\((?:_\()?(f?\"[^\"]{2,}\"|f?'[^']{2,}'|[A-Za-z_]\w*)"),
    _rule("input", r"^\s*for\s+\w+\s+in\s+(sys\.stdin)\s*:"),
    _rule("each", r"^\s*for\s+(\w[\w, ]*)\s+in\s+(.{1,80}?)\s*:\s*$"),
    _rule("while", r"^\s*while\s+(.{1,80}?)\s*:\s*$"),
    _rule("condition", r"^\s*(?:el)?if\s+(.{3,90}?)\s*:\s*$"),
    _rule("set", r"^\s*([A-Za-z_][\w.]*)\s*=\s*([^=\s(\[{][^=]{0,78}|\w[\w.]*\([^()]{0,60}\))\s*$"),
)  # fmt: skip
_RULES: dict[Language, tuple[_Rule, ...]] = {"sh": _SHELL, "perl": _PERL, "python": _PYTHON, "": ()}
_HERE = re.compile(r"<<-?\s*[\"'\\]?([A-Za-z_]\w*)[\"']?;?")
_CODE_AGAIN = re.compile(
    r"^\s*(?:[A-Za-z_]\w*\(\)|[A-Za-z_]\w*=|if\b.*(?:then|\{)|for\b.*(?:do|\{)|while\b|case\b.* in|sub \w|use \w|my |exit\b|[fe]i\b|esac|done)"
)
"""A line that is code for sure where the end of a here-document was too short to be listed."""
_QUOTED_LINES = 30
"""Lines after which an open quote is taken for a misreading."""


def steps(texts: Sequence[str], skipped: set[int]) -> list[Step]:
    """The steps of a script, in order; `skipped` are its remarks."""
    spoken = language(texts[0]) if texts else ""
    rules = _RULES[spoken]
    inside = set(_quoted(texts, spoken)) if rules else set()
    found: list[Step] = []
    for index, text in enumerate(texts):
        if index == 0 or index in skipped or index in inside or not rules:
            continue
        if (step := _read(index, text, rules)) is not None:
            found.append(step)
            if step.act == "documents":
                break
    return found


def _read(index: int, text: str, rules: Sequence[_Rule]) -> Step | None:
    for rule in rules:
        match = rule.pattern.search(text)
        if match is None:
            continue
        pieces = tuple(piece.strip() for piece in match.groups() if piece and piece.strip())
        if rule.act == "test":
            return Step(index, "test", pieces[1:], pieces[0])
        if rule.act == "option":
            pieces = (max(re.findall(r"-{0,2}[\w?-]+", pieces[0]), key=len),)
        elif rule.act == "load":
            pieces = tuple(re.split(r"\s*,\s*", pieces[0]))
        elif rule.act == "while" and pieces and pieces[0] in ("1", "true", ":", "True"):
            return Step(index, "while", pieces, "ever")
        elif rule.act == "begin":
            return Step(index, "begin", pieces[:1])
        elif rule.act == "stop":
            return Step(index, "stop", pieces, next(flag for flag in "eux" if flag in pieces[0]))
        able = bool(pieces) and all(map(_whole, pieces)) and pieces not in (('"-"',), ('">-"',))
        return Step(index, rule.act, pieces, rule.sort) if able else None
    return None


def _whole(piece: str) -> bool:
    """Whether brackets and quotes of a piece are closed in it."""
    bare = re.sub(r"\\.", "", piece)
    bare = re.sub(r"\"[^\"]*\"|'[^']*'", "", bare)
    return not re.search(r"[\"']", bare) and all(
        bare.count(one) == bare.count(other) for one, other in ("()", "[]", "{}")
    )


def _quoted(texts: Sequence[str], spoken: Language) -> Iterator[int]:
    """Lines that are the inside of a text which runs over lines."""
    end, since, mark = "", 0, ""
    for index, text in enumerate(texts):
        if end:
            yield index
            if text.strip() == end or (len(end) < 4 and _CODE_AGAIN.match(text)):
                end = ""
            continue
        if mark:
            yield index
            if text.count(mark) % 2 or index - since > _QUOTED_LINES:
                mark = ""
            continue
        if spoken in ("sh", "perl") and (here := _HERE.search(text)) and "<<<" not in text:
            end = here[1]
        elif spoken == "python":
            mark, since = next((quote for quote in ('"""', "'''") if text.count(quote) % 2), ""), index
        elif spoken == "sh":
            mark, since = _open_quote(text), index


def _open_quote(text: str) -> str:
    """The quote that a line of a shell script leaves open, at the end of an assignment or of a command; else nothing."""
    bare = re.sub(r"\\.", "", text)
    bare = re.sub(r"(?:^|\s)#.*", "", bare)
    left = re.sub(r"\"[^\"]*\"|'[^']*'", "", bare)
    return next((quote for quote in ('"', "'") if left.count(quote) == 1 and ('"' in left) != ("'" in left)), "")
