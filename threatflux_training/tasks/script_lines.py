"""The lines of a script: what each does by its own text, which are remarks, and what it says it is for."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from threatflux_training.compose.content import Content, Say, say
from threatflux_training.evidence.script_steps import Language, language
from threatflux_training.tasks.listing import Listing
from threatflux_training.tasks.strings_hostile import addresses_model
from threatflux_training.text import MAX_LINE


class Reading(NamedTuple):
    """What a line of a script does, as far as its own text shows; `spoken` is the only language in which it means that."""

    rule: str
    pattern: re.Pattern[str]
    tags: str
    spoken: Language = ""


def _reading(rule: str, pattern: str, tags: str, spoken: Language = "") -> Reading:
    return Reading(rule, re.compile(pattern), tags, spoken)


_START = r"(?:^|[;&|`]|\$\(|\b(?:then|do|else|sudo)\s)\s*"
"""Where a command of a shell begins."""
_AUTOMATIC = (
    r"(?:/etc/cron\.|/etc/crontab|/var/spool/cron|/etc/rc\.|/etc/init\.d/|/etc/profile|/(?:etc|lib)/systemd/system|\.config/(?:autostart|systemd)"
    r"|\.(?:bashrc|bash_profile|zshrc|profile)\b|Launch(?:Agents|Daemons))"
)
"""A place from which programs start by themselves."""
_PERSISTS = (
    r"(?i)\bsystemctl\s+(?:-\S+\s+)*enable\b|\bupdate-rc\.d\s+\S+\s+(?:defaults|enable)\b|\blaunchctl\s+(?:load|bootstrap|enable)\b|\bschtasks\b.*/create\b"
    rf"|{_START}crontab\s+(?:-u\s+\S+\s+)?(?:-(?!\w)|[^\s-])|[\"']crontab[\"'],\s*[\"'](?:-[\"']|[^-])"
    rf"|(?:>|\btee\s+(?:-a\s+)?)\s*\S*{_AUTOMATIC}|{_START}(?:cp|mv|ln|install)\s.*\s\S*{_AUTOMATIC}\S*\s*(?:$|[;&|#])"
    rf"|\bopen\b(?:.{{0,120}}{_AUTOMATIC}.{{0,60}}[\"'][awx]|[^>]{{0,60}}[\"']>{{1,2}}.{{0,120}}{_AUTOMATIC})"
)
"""A line that enters something in such a place, rather than one that reads it or names it."""
_ASKS_ROOT = (
    r"(?:\bid -u\b|geteuid\(|\bEUID\b).*?(?:-(?:eq|ne|gt)|[=!]=|[=<>])\s*[\"']?0\b|\b(?:if|not)\s+os\.geteuid\(\)\s*:"
)
"""The user's number compared with that of root."""
READINGS = (
    _reading("fetch_pipe", r"(?i)^(?!.*\b(?:sha\d+sum|gpgv?|openssl)\b).*\b(?:curl|wget)\b.*\|\s*(?:sudo\s+)?(?:ba|z|da)?(?:sh|tar|python\d?|perl)\b", "network weakness malware"),
    _reading("fetch", r"(?i)^(?!\s*(?:echo|printf?)\b[^|;&`$]*$).*(?:^|[\s;|&`(])(?:(?:curl|wget)\s+(?:[-\"'$]|https?:|ftp:|[\w-]+(?:\.[\w-]+)+[/:])|fetch\s+-)|urlopen\(|urlretrieve\(|requests\.(?:get|post)\(", "network malware"),
    _reading("persist", _PERSISTS, "malware path process"),
    _reading("execute_data", r"(?<![\w\"'\\])eval\s*[\"`$(](?!exec )(?=[^\s;,)])|base64\s+-d|b64decode\(|pickle\.loads", "malware code weakness"),
    _reading("execute_data", r"(?<![.\w])(?<!def )exec\(", "malware code weakness", "python"),
    _reading("spawn", r"^\s*exec\s+[\"$/a-zA-Z]|(?<![.\w])(?<!def )exec\(|subprocess\.(?:run|call|check_\w+|get\w*output)\(|os\.system\(|\bpopen\(|\bsystem\(|\bPopen\(", "process malware code"),
    _reading("remove", rf"(?:^|[\s;&|])rm\s+[-\"'$/]|{_START}rm\s+\S|\bunlink\b|shutil\.rmtree|os\.remove", "files storage"),
    _reading("mode", r"\bchmod\b|\bchown\b|\bumask\b|os\.chmod|\bsetfacl\b", "permission"),
    _reading("root", rf"(?:^|\s)(?:sudo|su)\s|must be root|run as root|{_ASKS_ROOT}", "permission decision"),
    _reading("temp", r"mktemp|tempfile|/tmp\b|/var/tmp", "files weakness"),
    _reading("trap", r"^\s*trap\s", "process"),
    _reading("options", r"getopts?\b|argparse|Getopt|add_argument|case \"?\$", "process plain"),
    _reading("strict", r"^\s*set\s+-[a-z]*[eux]|^use strict|^use warnings", "build"),
    _reading("load", r"^\s*(?:import|from)\s+\w|^\s*(?:use|require)\s+[\w:'\"]+|^\s*\.\s+[/\"$]|^\s*source\s", "imports package build"),
    _reading("path", r"^\s*(?:export\s+)?PATH=", "path process"),
    _reading("function", r"^\s*(?:def|sub|function)\s+\w+|^\s*\w+\s*\(\)\s*\{?", "code structure"),
    _reading("print", r"^\s*(?:echo|printf?|print)\b(?!.*\|)", "plain"),
    _reading("compress", r"\b(?:gzip|bzip2|xz|zstd|tar|unzip|zcat)\b", "storage files"),
    _reading("filter", r"\|\s*(?:grep|sed|awk|cut|sort|tr|head|tail)\b|`[^`]*\b(?:sed|awk|grep)\b", "data"),
    _reading("database", r"(?i:\b(?:mysql|psql|sqlite3?)\b)|\bSELECT\s.+\sFROM\b", "storage data"),
    _reading("loop", r"^\s*(?:(?:while|until)\b(?=.*(?:[\[\](){}$;|]|:\s*$)|\s+(?:read|true)\b)|for(?:each)?\b(?=\s*\(|\s+(?:my\s+)?\$|\s+\w+\s*(?:in\b|;|do\b|$)|.*\bin\b.*:\s*$))", "code performance"),
    _reading("exit", r"\bexit\s+[$\d]|sys\.exit\(|\bdie\b", "process code"),
)  # fmt: skip
WEIGHTY = ("fetch_pipe", "fetch", "persist", "execute_data", "spawn", "root", "mode", "remove")
LEAST = 12
"""A part of a script with fewer lines isn't worth a question."""
COMMENT = re.compile(r"^\s*(?:#(?!!)|//|\"\"\"|=\w+)")


def remarks(listing: Listing) -> set[int]:
    """Indices of comments and of documentation inside the script (POD)."""
    return listing.view.once("scripts.remarks", lambda: _remarks(listing))


def _remarks(listing: Listing) -> set[int]:
    found: set[int] = set()
    pod = False
    for index, text in enumerate(listing.texts):
        if re.match(r"=(?:head\d|pod|over|item|encoding|begin|for)\b", text):
            pod = True
        if pod or COMMENT.match(text):
            found.add(index)
        if text.startswith("=cut"):
            pod = False
    return found


def readings(listing: Listing, start: int = 0, stop: int | None = None) -> list[tuple[int, Reading]]:
    """The first rule that (the beginning of) a line satisfies, for each line of a range that does and is no comment."""
    found = []
    skipped = remarks(listing)
    known = listing.view.once("scripts.readings", dict[int, Reading | None])
    spoken = _spoken(listing)
    for index in range(start, len(listing) if stop is None else stop):
        text = listing.texts[index]
        if text.startswith("#!") or index in skipped:
            continue
        if index not in known:
            read = text[:MAX_LINE]
            known[index] = next((one for one in spoken if one.pattern.search(read)), None)
        if (reading := known[index]) is not None:
            found.append((index, reading))
    return found


def _spoken(listing: Listing) -> Sequence[Reading]:
    """The rules that hold in a script's language."""
    return listing.view.once("scripts.spoken", lambda: _spoken_in(language(listing.texts[0])))


def _spoken_in(spoken: str) -> list[Reading]:
    return [one for one in READINGS if one.spoken in ("", spoken)]


_TASK = re.compile(
    r"#+ (?!(?:This|These|Copyright|Licen[sc]e|Generated|Do|Note|Author|If|When|You|Use|Run|See|It|An?|The|TODO|Try|For|In|Please|Not)\b)"
    r"[A-Z][a-z]+ \S+(?: \S+)+\."
)
"""A remark that says in a sentence what a script does."""


def introduction(listing: Listing) -> int:
    """The index of the line that says what a script is for, as `# zgrep -- a wrapper ...` or in its POD; else -1.

    Only such a line counts that names the script itself, or stands right under the heading NAME; else a remark of one
    sentence right under the interpreter's line.
    """
    stem = re.escape(listing.view.file.name.partition(".")[0])
    named = re.compile(rf"(?i)\s*(?:#+\s*)?(?:B<)?{stem}(?:\.\w+)?>?\s*(?:--?|:)\s+\S+\s\S+.*")
    skipped = remarks(listing)
    for index, text in enumerate(listing.texts):
        if index in skipped and named.fullmatch(text) and len(text) <= 160 and not addresses_model(text):
            return index
    if (
        len(listing.texts) > 1
        and 1 in skipped
        and _TASK.fullmatch(listing.texts[1])
        and not addresses_model(listing.texts[1])
    ):
        return 1
    return -1


def line_said(listing: Listing, index: int) -> list[Content]:
    """What a line of a script does, or that it is a remark; nothing for other lists and lines without a rule."""
    if not listing.script:
        return []
    if index in remarks(listing):
        return [
            say("meaning", "strings.line.remark", "plain code", line=listing.quoted(index), place=listing.place(index))
        ]
    return [line_of(listing, entry) for entry in readings(listing, index, index + 1)]


def line_of(listing: Listing, entry: tuple[int, Reading], role: str = "detail") -> Say:
    """What one line does, with its place."""
    index, reading = entry
    slots = {"line": listing.quoted(index), "place": listing.place(index)}
    phrase = f"strings.line.{reading.rule}{_sort(reading.rule, listing.texts[index][:MAX_LINE])}"
    return say("detail" if role == "detail" else "answer", phrase, reading.tags, **slots)


_SORTS: dict[str, tuple[tuple[str, re.Pattern[str]], ...]] = {
    "execute_data": (
        ("output", re.compile(r"\beval\s*\"?(?:\$\(|`)")),
        ("decode", re.compile(r"(?i)base64\s+-d|b64decode\(")),
        ("pickle", re.compile(r"pickle\.loads")),
        ("variables", re.compile(r"\$\w|\$\{")),
    ),
    "root": (
        ("check", re.compile(_ASKS_ROOT)),
        ("become", re.compile(r"(?:^|[;&|]|then|do)\s*(?:sudo|su)\s")),
    ),
    "mode": (("umask", re.compile(r"\bumask\b")),),
    "spawn": (("hand", re.compile(r"^\s*exec\s")),),
}
"""Rules whose lines divide further, by what else stands in them."""


def _sort(rule: str, text: str) -> str:
    return next((f".{name}" for name, pattern in _SORTS.get(rule, ()) if pattern.search(text)), "")


def weighed(listing: Listing, read: Sequence[tuple[int, Reading]], most: int) -> list[tuple[int, Reading]]:
    """The lines with most to say, in their order; of plain rules only a few each."""
    order = {reading.rule: rank for rank, reading in enumerate(READINGS)}
    kept: dict[str, int] = {}
    chosen = []
    seen: set[str] = set()
    for entry in sorted(read, key=lambda entry: (order[entry[1].rule], entry[0])):
        rule, text = entry[1].rule, listing.texts[entry[0]]
        if text in seen:
            continue
        seen.add(text)
        if kept.get(rule, 0) < (4 if rule in WEIGHTY else 3):
            kept[rule] = kept.get(rule, 0) + 1
            chosen.append(entry)
    return sorted(chosen[:most])
