"""Scripts read line by line, and text that is addressed to a language model."""

import re
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Role, Say, Section, items, say
from threatflux_training.evidence.string_kinds import secret_names
from threatflux_training.evidence.view import View
from threatflux_training.tasks.compound import SURROUNDINGS
from threatflux_training.tasks.listing import BLOCK, Listing
from threatflux_training.tasks.model import Draft, Offer, Request, Show


class Reading(NamedTuple):
    """What a line of a script does, as far as its own text shows."""

    rule: str
    pattern: re.Pattern[str]
    tags: str


def _reading(rule: str, pattern: str, tags: str) -> Reading:
    return Reading(rule, re.compile(pattern), tags)


_READINGS = (
    _reading("fetch_pipe", r"(?i)\b(?:curl|wget)\b.*\|\s*(?:sudo\s+)?(?:ba|z|da)?(?:sh|tar|python\d?|perl)\b", "network weakness malware"),
    _reading("fetch", r"(?i)(?:^|[\s;|&`(])(?:curl|wget|fetch)\s+-|urlopen\(|urlretrieve\(|requests\.(?:get|post)\(", "network malware"),
    _reading("persist", r"(?i)/etc/cron|crontab|systemctl\s+enable|/etc/rc\.|\.bashrc|launchctl|schtasks|/etc/systemd", "malware path process"),
    _reading("execute_data", r"\bexec\(|\beval\s*[\"'`$(](?!exec )(?=[^\s;,)])|base64\s+-d|b64decode\(|pickle\.loads", "malware code weakness"),
    _reading("spawn", r"^\s*exec\s+[\"$/a-zA-Z]|subprocess\.|os\.system\(|\bpopen\(|\bsystem\(|\bPopen\(", "process malware code"),
    _reading("remove", r"(?:^|[\s;&|])rm\s+-|\bunlink\b|shutil\.rmtree|os\.remove", "files storage"),
    _reading("mode", r"\bchmod\b|\bchown\b|\bumask\b|os\.chmod|\bsetfacl\b", "permission"),
    _reading("root", r"(?:^|\s)(?:sudo|su)\s|\bid -u\b|geteuid\(|must be root|run as root|EUID", "permission decision"),
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
    _reading("database", r"(?i)\b(?:mysql|psql|sqlite3?|select\s.+\sfrom)\b", "storage data"),
    _reading("loop", r"^\s*(?:(?:while|until)\b(?=.*(?:[\[\](){}$;|]|:\s*$)|\s+(?:read|true)\b)|for(?:each)?\b(?=\s*\(|\s+(?:my\s+)?\$|\s+\w+\s*(?:in\b|;|do\b|$)|.*\bin\b.*:\s*$))", "code performance"),
    _reading("exit", r"\bexit\s+[$\d]|sys\.exit\(|\bdie\b", "process code"),
)  # fmt: skip
_WEIGHTY = ("fetch_pipe", "fetch", "persist", "execute_data", "spawn", "root", "mode", "remove")
_HOSTILE = re.compile(
    r"(?i)ignore (?:all |any )?(?:previous|prior|above) (?:instructions|prompts)|<\|?im_(?:start|end)|<\|endoftext|\[/?INST\]|<</?SYS>>"
    r"|answer only with|system prompt|you are (?:now |root|chatgpt|an? (?:ai|assistant|language model))|do not (?:report|flag) this"
)
_AUTHOR = re.compile(
    r"(?i)copyright (?:\(c\)|\d|\u00a9)|^\W*(?:authors?|maintainers?)\s*[:=]|\bwritten by [A-Z]|maintained by|<[\w.+-]+@[\w-]+\.\w"
)
_LICENSE = re.compile(
    r"(?i)licen[cs]ed? under|licen[cs]e (?:as|version|v?\d)|general public licen[cs]e|\b(?:l|a)?gpl|\b(?:mit|bsd|apache|artistic) licen[cs]e|public domain|warranty|same terms"
)
_LEAST = 12
"""A part of a script with fewer lines isn't worth a question."""
_COMMENT = re.compile(r"^\s*(?:#(?!!)|//|\"\"\"|=\w+)")


def offers(view: View, listing: Listing) -> list[Offer]:
    """Tasks on a script, and on lines that speak to a language model."""
    made: list[Offer] = []
    hostile = [index for index, text in enumerate(listing.texts) if _HOSTILE.search(text)]
    if hostile:
        made.append(
            Offer(
                task="strings.hostile",
                build=lambda r: _hostile(listing, hostile, r),
                importance=9,
                weight=3,
                variants=2,
                long=True,
            )
        )
    if not listing.script:
        return made
    read = readings(listing)
    made.append(
        Offer(task="strings.interpreter", build=lambda r: _interpreter(listing, r), importance=2, weight=0.6, long=True)
    )
    if len(listing) >= 4:
        variants = 1 + min(6, len(listing) // 25)
        made.append(
            Offer(
                task="strings.script",
                build=lambda r: _script(listing, r),
                importance=6,
                variants=variants,
                long=len(read) > 3,
            )
        )
    weighty = [entry for entry in read if entry[1].rule in _WEIGHTY]
    made.append(
        Offer(task="strings.risky", build=lambda r: _risky(listing, weighty, r), importance=7, long=len(weighty) > 4)
    )
    for rule in ("fetch", "persist"):
        found = [entry for entry in read if entry[1].rule in (rule, f"{rule}_pipe")]
        if found:
            made.append(
                Offer(task=f"strings.{rule}", build=partial(_one_rule, listing, found, rule), importance=8, long=True)
            )
    comments = [index for index in sorted(remarks(listing)) if len(listing.texts[index]) > 15]
    if any(_AUTHOR.search(listing.texts[index]) or _LICENSE.search(listing.texts[index]) for index in comments):
        made.append(
            Offer(task="strings.header", build=lambda r: _header(listing, comments, r), importance=2, long=True)
        )
    return made


def addresses_model(text: str) -> bool:
    """Whether a text speaks to a language model."""
    return bool(_HOSTILE.search(text))


def remarks(listing: Listing) -> set[int]:
    """Indices of comments and of documentation inside the script (POD)."""
    return listing.view.once("scripts.remarks", lambda: _remarks(listing))


def _remarks(listing: Listing) -> set[int]:
    found: set[int] = set()
    pod = False
    for index, text in enumerate(listing.texts):
        if re.match(r"=(?:head\d|pod|over|item|encoding|begin|for)\b", text):
            pod = True
        if pod or _COMMENT.match(text):
            found.add(index)
        if text.startswith("=cut"):
            pod = False
    return found


def readings(listing: Listing, start: int = 0, stop: int | None = None) -> list[tuple[int, Reading]]:
    """The first rule that a line satisfies, for each line of a range that satisfies one and is no comment."""
    found = []
    skipped = remarks(listing)
    known = listing.view.once("scripts.readings", dict[int, Reading | None])
    for index in range(start, len(listing) if stop is None else stop):
        text = listing.texts[index]
        if text.startswith("#!") or index in skipped:
            continue
        if index not in known:
            known[index] = next((one for one in _READINGS if one.pattern.search(text)), None)
        if (reading := known[index]) is not None:
            found.append((index, reading))
    return found


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
        if index in skipped and named.fullmatch(text) and len(text) <= 160 and not _HOSTILE.search(text):
            return index
    if (
        len(listing.texts) > 1
        and 1 in skipped
        and _TASK.fullmatch(listing.texts[1])
        and not _HOSTILE.search(listing.texts[1])
    ):
        return 1
    return -1


def line_said(listing: Listing, index: int) -> list[Content]:
    """What a line of a script does, or that it is a remark; nothing for other lists and lines without a rule."""
    if not listing.script:
        return []
    if index in remarks(listing):
        return [
            say("meaning", "strings.line.remark", "plain code", line=_safe(listing, index), place=listing.place(index))
        ]
    return [_line(listing, entry) for entry in readings(listing, index, index + 1)]


def _line(listing: Listing, entry: tuple[int, Reading], role: str = "detail") -> Say:
    index, reading = entry
    slots = {"line": _safe(listing, index), "place": listing.place(index)}
    return say("detail" if role == "detail" else "answer", f"strings.line.{reading.rule}", reading.tags, **slots)


def _safe(listing: Listing, index: int) -> value.Text:
    """The line quoted, unless it gives a credential a value: then only up to the name."""
    names = secret_names(listing.texts[index])
    return listing.piece(index, names[0]) if names else listing.quoted(index)


def _interpreter(listing: Listing, request: Request) -> Draft:
    first = listing.texts[0]
    program = re.sub(r"^#!\s*", "", first).split()
    slots = {"line": listing.quoted(0), "name": listing.view.name, "program": listing.piece(0, program[0])}
    by_env = program[0].endswith("/env") and len(program) > 1
    if by_env:
        slots["inner"] = listing.piece(0, program[1])
    content: list[Content] = [
        say(
            "answer",
            "strings.interpreter.env" if by_env else "strings.interpreter",
            "identity plain process path",
            **slots,
        )
    ]
    language = (program[1] if by_env else program[0]).rsplit("/", 1)[-1]
    kind = (
        "python"
        if language.startswith("python")
        else "perl"
        if language.startswith("perl")
        else "sh"
        if language.endswith("sh")
        else ""
    )
    if kind:
        content.append(
            say(
                "detail",
                f"strings.interpreter.{kind}",
                "container package build",
                program=slots.get("inner", slots["program"]),
            )
        )
    mime = listing.view.file.metadata.mime_type if listing.view.file.metadata else None
    shows: tuple[Show, ...] = (Show(BLOCK, 0, min(4, len(listing))),)
    if mime == "text/x-shellscript":
        slots["mime"] = value.code(mime, listing.view.at("metadata", ".mime_type"))
        phrase = "strings.interpreter.mime_wrong" if kind not in ("sh", "") else "strings.interpreter.mime"
        content.append(say("limit", phrase, "rule weakness data", **slots))
        shows += (Show("metadata"),)
    content.append(say("meaning", "strings.interpreter.runs", "permission process decision", **slots))
    if len(listing) > 1 and not _HOSTILE.search(listing.texts[1]):
        content.append(say("detail", "strings.interpreter.next", "strings", line=listing.quoted(1)))
    return Draft(slots={}, shows=shows, content=tuple(content), context=SURROUNDINGS)


def _script(listing: Listing, request: Request) -> Draft | None:
    start, stop, chunk = listing.window(request)
    read = readings(listing, start, stop)
    if not read or stop - start < min(_LEAST, len(listing)):
        return None
    chosen = _weighed(listing, read, 24 if request.length == "long" else 8)
    slots = {"name": listing.view.name, "first": listing.place(start), "last": listing.place(stop - 1)}
    weighty = [entry for entry in chosen if entry[1].rule in _WEIGHTY]
    content: list[Content] = []
    if weighty:
        phrase = "strings.script.whole" if start == 0 and stop == len(listing) else "strings.script.part"
        content.append(say("answer", phrase, "plain", line=_safe(listing, weighty[0][0]), **slots))
    else:
        content.append(say("answer", "strings.script.quiet", "plain decision", **slots))
        told = introduction(listing)
        if start <= told < stop:
            content.insert(
                0, say("answer", "strings.script.says", "plain identity", line=listing.quoted(told), **slots)
            )
    if len(chosen) > 6 and request.length == "long":
        content += _sections(listing, chosen)
    else:
        content += _told(listing, chosen)
    hostile = [i for i in range(start, stop) if _HOSTILE.search(listing.texts[i])]
    if hostile:
        places = value.join([listing.place(i) for i in hostile[:4]])
        content.append(
            say(
                "answer",
                "strings.hostile.aside",
                "malware decision plain",
                places=places,
                line=listing.quoted(hostile[0]),
            )
        )
    comments = [
        i for i in range(start, stop)
        if _COMMENT.match(listing.texts[i]) and len(listing.texts[i]) > 25 and i not in hostile and not secret_names(listing.texts[i])
    ][:1]  # fmt: skip
    if comments:
        content.append(say("detail", "strings.script.comment", "provenance plain", line=listing.quoted(comments[0])))
    secrets = [i for i in range(start, stop) if secret_names(listing.texts[i])]
    if secrets:
        names = value.join([listing.piece(i, name) for i in secrets[:2] for name in secret_names(listing.texts[i])[:2]])
        content.append(
            say("answer", "strings.script.secret", "weakness decision", names=names, place=listing.place(secrets[0]))
        )
    content.append(say("limit", "strings.script.limit", "limit method", line=_safe(listing, (weighty or chosen)[0][0])))
    return Draft(
        slots=slots, shows=(Show(BLOCK, start, stop),), content=tuple(content), chunk=chunk,
        context=("threats", "behavioral", *SURROUNDINGS),
    )  # fmt: skip


def _told(listing: Listing, chosen: Sequence[tuple[int, Reading]]) -> list[Content]:
    """A statement for each weighty line; lines of an ordinary rule together, the first two of them always said."""
    said: list[Content] = [_line(listing, entry) for entry in chosen if entry[1].rule in _WEIGHTY]
    groups: dict[str, list[tuple[int, Reading]]] = {}
    for entry in chosen:
        if entry[1].rule not in _WEIGHTY:
            groups.setdefault(entry[1].rule, []).append(entry)
    for number, (rule, found) in enumerate(groups.items()):
        listed = value.join([_safe(listing, index) for index, _ in found[:3]])
        role: Role = "answer" if number < 2 and not said else "detail"
        said.append(say(role, f"strings.lines.{rule}", found[0][1].tags, list=listed))
    return said


def _weighed(listing: Listing, read: Sequence[tuple[int, Reading]], most: int) -> list[tuple[int, Reading]]:
    """The lines with most to say, in their order; of plain rules only a few each."""
    order = {reading.rule: rank for rank, reading in enumerate(_READINGS)}
    kept: dict[str, int] = {}
    chosen = []
    seen: set[str] = set()
    for entry in sorted(read, key=lambda entry: (order[entry[1].rule], entry[0])):
        rule, text = entry[1].rule, listing.texts[entry[0]]
        if text in seen:
            continue
        seen.add(text)
        if kept.get(rule, 0) < (4 if rule in _WEIGHTY else 3):
            kept[rule] = kept.get(rule, 0) + 1
            chosen.append(entry)
    return sorted(chosen[:most])


def _sections(listing: Listing, chosen: Sequence[tuple[int, Reading]]) -> list[Content]:
    parts: list[Content] = []
    for heading, rules in _PARTS:
        within = [entry for entry in chosen if entry[1].rule in rules]
        entries = [one for one in _told(listing, within) if isinstance(one, Say)]
        if entries:
            lead = say("detail", f"strings.script.lead.{heading}", entries[0].phrase and "method")
            parts.append(
                Section(
                    say("detail", f"strings.script.heading.{heading}"),
                    (items("answer", lead, list(entries), "method"),),
                )
            )
    return parts


_PARTS = (
    ("setup", ("load", "path", "strict", "options", "function")),
    ("work", ("compress", "filter", "database", "loop", "print", "temp", "trap", "exit")),
    ("weight", _WEIGHTY),
)


def _risky(listing: Listing, weighty: list[tuple[int, Reading]], request: Request) -> Draft | None:
    chosen = _weighed(listing, weighty, 16 if request.length == "long" else 4)
    slots = {"name": listing.view.name}
    if not chosen:
        shows: tuple[Show, ...] = (Show(BLOCK, 0, listing.view.lines(BLOCK).fits(0, request.room)),)
        last = (shows[0].stop or 1) - 1
        if last + 1 < min(_LEAST, len(listing)):
            return None
        slots |= {"last": listing.place(last), "quote": _safe(listing, last), "first": listing.quoted(0)}
        content: list[Content] = [
            say("answer", "strings.risky.none", "decision malware", **slots),
            say("limit", "strings.risky.none_limit", "limit verify", **slots),
        ]
        return Draft(slots={}, shows=shows, content=tuple(content), context=("threats", "behavioral", *SURROUNDINGS))
    content = [
        say(
            "answer",
            "strings.risky",
            "decision malware",
            **slots,
            lines=value.join([_safe(listing, i) for i, _ in chosen[:3]]),
        )
    ]
    if len(chosen) == 1:
        content = [_line(listing, chosen[0], "answer")]
    else:
        content += [_line(listing, entry) for entry in chosen]
    place = listing.place(chosen[0][0])
    content.append(say("limit", "strings.risky.intent", "limit decision malware", place=place))
    content.append(say("next", "strings.risky.next", "next verify decision", place=listing.place(chosen[-1][0])))
    shows = listing.show([index for index, _ in chosen], request.room)
    return Draft(slots={}, shows=shows, content=tuple(content), context=("threats", "behavioral", *SURROUNDINGS))


def _one_rule(listing: Listing, found: list[tuple[int, Reading]], rule: str, request: Request) -> Draft:
    first = found[0]
    slots = {"line": _safe(listing, first[0]), "name": listing.view.name, "place": listing.place(first[0])}
    content: list[Content] = [say("answer", f"strings.{rule}", first[1].tags, **slots)]
    content += [_line(listing, entry) for entry in found[1:4]]
    content.append(say("meaning", f"strings.{rule}.meaning", "weakness malware decision permission", **slots))
    content.append(say("limit", f"strings.{rule}.limit", "limit decision", **slots))
    content.append(say("next", f"strings.{rule}.next", "next verify", **slots))
    return Draft(
        slots={},
        shows=listing.show([index for index, _ in found[:4]], request.room),
        content=tuple(content),
        context=("threats", "behavioral", *SURROUNDINGS),
    )


_TELLS = re.compile(r"\s*[#=/*;].*[^?\s]\s*$")
"""A comment of its own line that is no question: those in passing say nothing about the file."""


def _header(listing: Listing, comments: list[int], request: Request) -> Draft:
    author = [i for i in comments if _AUTHOR.search(listing.texts[i]) and not listing.texts[i].startswith("=")][:3]
    licence = [i for i in comments if _LICENSE.search(listing.texts[i]) and i not in author][:2]
    purpose = [
        i for i in comments
        if i < 15 and i not in author and i not in licence and len(listing.texts[i].split()) > 4 and _TELLS.match(listing.texts[i])
    ][:2]  # fmt: skip
    chosen = sorted({*author, *licence, *purpose}) or comments[:3]
    lead = (purpose or author or chosen)[0]
    content: list[Content] = []
    if purpose or not author:
        said = say(
            "answer", "strings.header", "provenance plain identity", line=listing.quoted(lead), name=listing.view.name
        )
        content.append(said)
    if author:
        role: Role = "detail" if content else "answer"
        content.append(
            say(
                role,
                "strings.header.author",
                "provenance",
                list=value.join([listing.quoted(i) for i in author]),
                name=listing.view.name,
            )
        )
    if licence:
        content.append(
            say(
                "detail",
                "strings.header.license",
                "license package",
                list=value.join([listing.quoted(i) for i in licence]),
            )
        )
    content.append(say("limit", "strings.header.limit", "limit verify provenance", line=listing.quoted(lead)))
    return Draft(
        slots={},
        shows=listing.show(chosen, request.room),
        content=tuple(content),
        context=SURROUNDINGS,
    )


def _hostile(listing: Listing, hostile: list[int], request: Request) -> Draft:
    chosen = hostile[:4]
    places = value.join([listing.place(i) for i in chosen])
    slots = {"line": listing.quoted(chosen[0]), "places": places, "name": listing.view.name}
    content: list[Content] = [say("answer", "strings.hostile", "malware decision plain", **slots)]
    if len(chosen) > 1:
        content.append(
            say(
                "detail",
                "strings.hostile.more",
                "strings method",
                list=value.join([listing.quoted(i) for i in chosen[1:]]),
            )
        )
    content += [
        say("meaning", "strings.hostile.meaning", "malware weakness detection", line=slots["line"]),
        say("limit", "strings.hostile.limit", "limit malware", name=slots["name"]),
        say("next", "strings.hostile.next", "next detection data", places=places),
    ]
    if listing.script:
        content.append(say("detail", "strings.hostile.effect", "code process", line=listing.quoted(0)))
    return Draft(
        slots={},
        shows=listing.show(hostile + [0], request.room),
        content=tuple(content),
        context=("threats", *SURROUNDINGS),
    )


def hostile_of(listing: Listing) -> list[int]:
    """Indices of the entries that speak to a language model."""
    return [index for index, text in enumerate(listing.texts) if _HOSTILE.search(text)]
