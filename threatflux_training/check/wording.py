"""What the words beside a traced value make of it: its unit, its negation, what it counts and what it dates.

Only words that stand directly beside a value are read: what a whole sentence means is beyond rules.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from threatflux_training.check.answers import bounded

_KIN: Mapping[str, str] = {
    "bits": "entropy|le|be|hex_dump", "bit": "entropy|le|be|hex_dump", "bits per byte": "entropy",
    "byte": "size|length|offset|address|hex_dump|entropy|instructions|largest|bytes", "function": "function|imports|exports|dependenc|cfgs",
    "rule": "rule", "section": "section", "name": "name|exports|imports|symbols", "instruction": "instruction|length",
    "entry": "entr|dependenc|functions|sections", "finding": "finding|vulnerabilit", "block": "block", "class": "class", "call": "call",
    "edge": "edge", "return": "return", "file": "files", "import": "import", "jump": "jump", "critical": "critical", "high": "high",
    "medium": "medium", "low": "low",
}  # fmt: skip
"""What the places of a count must be called for a unit, by the last word of its singular."""
_COUNTS = ("count", "distinct", "common", "apart")
_NOUNS = "sections?|strings?|functions?|imports?|exports?|symbols?|entry|entries|instructions?|blocks?|findings?|rules?|matches|bytes?|calls?"
_OTHER_UNIT = re.compile(
    r"[ -]?(?:kilobytes?|megabytes?|gigabytes?|kilobits?|[kKMGT]i?B|per ?cent|hundreds?|thousands?|millions?|billions?|dozens?|"
    r"seconds?|minutes?|hours?|days?|weeks?|months?|years?)\b"
)
_ROUND = re.compile(
    rf"\b(?:hundreds?|thousands?|millions?|billions?)(?: of)?(?: [a-z]+)? (?:{_NOUNS})\b", re.IGNORECASE
)
_COUNTED = re.compile(rf" (?:[a-z]+ )?(?:{_NOUNS})\b| of (?:them|these|those)\b")
_PLACED = re.compile(r"\b(?:(?:line|entry|string|index|number|element)s?|to|and|from|between) $", re.IGNORECASE)
_NOT = r"(?:\bnot|n['\u2019]t|\bnever|\bhardly|\bno longer)(?: (?:be|been|really|at all|fully|yet))? $"
_THERE = r"`? (?:is|are|was|were)(?P<not> not| never|n['\u2019]t)? (?:listed|imported|there|among|present|part of|exported|found|called)\b"
_SUBJECT = re.compile(r"(?:^|[.!?;:,\n] ?|- )`?$")
_LISTED = re.compile(r"[a-z ]*?\b(?:the|its|those|these|any|all|by|in|of) (?:[a-z]+ )??([a-z]+)s\b")
_HELD = re.compile(r"\b(?:imports|contains|lists|calls|has|holds|exports|includes|uses) (?:the )?(?:[a-z]+ )?`?$")
_NEGATED = re.compile(
    r"\b(?:no|not|none|nothing|nowhere|without|lacks?|lacking|missing|absent|neither|nor|never|null|empty|cannot|only|instead|if|"
    r"unless|until|whether|removed|gone|would)\b|n['\u2019]t\b",
    re.IGNORECASE,
)
_TIMES: Mapping[str, str] = {"created": "creat", "modified": "modif", "accessed": "access"}
_DATED = re.compile(
    r"\b(creat|modif|access)(?:ed|ion|ication|ied)?(?: time| date)?(?::| on| at| is| was)? `?$", re.IGNORECASE
)


def beside(text: str, traces: Sequence[Mapping[str, Any]], without_excerpts: str) -> Iterator[str]:
    """What the words beside the values of one answer say wrongly. `without_excerpts`: what the user says in words."""
    yield from (f"{found[0]!r}" for found in _ROUND.finditer(text))
    for trace in traces:
        value, op = trace["value"], trace["op"]
        if op in ("grouped", "fixed"):
            yield from _unit(trace)
        if not value.strip() or op == "knowledge":
            continue
        fields = _fields(value, traces) if op == "date" else ()
        longer = [one["value"] for one in traces if op == "asked" != one["op"] and one["value"].startswith(f"{value} ")]
        for found in re.finditer(bounded(value), text):
            if any(text.startswith(one, found.start()) for one in longer):
                continue
            before, after = text[max(0, found.start() - 40) : found.start()], text[found.end() : found.end() + 40]
            if op in ("absent", "null", "member", "equal"):
                yield from (f"{value + wrong!r}" for wrong in _held(trace, before, text[found.end() :]))
            yield from (f"{value + wrong!r}" for wrong in _around(trace, before, after, without_excerpts, fields))


def _held(trace: Mapping[str, Any], before: str, after: str) -> Iterator[str]:
    """A name that no list has is said to be there, or one that a list has is said to be none."""
    there = re.match(_THERE, after)
    if trace["op"] in ("member", "equal"):
        if there and there["not"] and _SUBJECT.search(before):
            listed = _LISTED.match(after, there.end())
            if not listed or listed[1] in trace["path"]:
                yield there[0]
        return
    clause = re.split(r"[.!?;:\n]\s", before)[-1] + " " + re.split(r"[.!?;:](?:\s|$)|\n", after)[0]
    if (there or _HELD.search(before)) and not _NEGATED.search(clause):
        yield f", which the report lacks, in {clause!r}"


def _fields(value: str, traces: Sequence[Mapping[str, Any]]) -> list[str]:
    """The times that have this value."""
    names = [one["path"].rpartition(".")[2] for one in traces if one["op"] == "date" and one["value"] == value]
    return [name for name in names if name in _TIMES]


def _around(trace: Mapping[str, Any], before: str, after: str, said: str, fields: Sequence[str]) -> Iterator[str]:
    value, op = trace["value"], trace["op"]
    if value[-1].isdigit() and op != "asked" and (other := _OTHER_UNIT.match(after)):
        yield other[0]
    if (
        op == "asked"
        and value.isdigit()
        and not _PLACED.search(before)
        and not re.search(bounded(value), said)
        and (other := _COUNTED.match(after))
    ):
        yield other[0]
    if op == "flag" and trace["inputs"] == [True] and re.search(_NOT, before):
        yield " with a negation before it"
    dated = _DATED.search(before) if op == "date" else None
    if dated and fields and all(_TIMES[field] != dated[1].lower() for field in fields):
        yield f" as {dated[0].strip()}"


def _unit(trace: Mapping[str, Any]) -> Iterator[str]:
    """The unit of a trace, where what it counts is called otherwise."""
    arguments = [*([trace["path"]] if trace["path"] else []), *trace["inputs"]]
    unit = arguments[-1] if len(arguments) > 1 and isinstance(arguments[-1], str) else ""
    singular = unit.partition("|")[0]
    kin = _KIN.get(singular) or _KIN.get(singular.rpartition(" ")[2])
    counted, places = arguments[0], json.dumps(arguments[0])
    if not kin or ":$" not in places:
        return
    is_count = isinstance(counted, list) and counted[:1] and counted[0] in _COUNTS
    if not re.search(kin, places.replace("_analysis", "")) or (is_count and singular.startswith(("byte", "bit"))):
        yield f"{trace['value']!r}, which counts {places[:120]}"
