"""Which document a feature is taken from, when several hold it: never two inside one feature, never by arrival."""

from collections.abc import Iterable
from typing import NamedTuple

from threatflux_training.hashing import sha256_hex
from threatflux_training.reports import nodes
from threatflux_training.reports.report import Part, Report

_RANKS = ("analysis", "cli_new", "cli", "cache", "llm", "npm", "python", "java")


class Candidate(NamedTuple):
    """One document's version of a feature."""

    report: Report
    part: Part


def candidates(feature: str, reports: Iterable[Report]) -> list[Candidate]:
    """The versions of a feature, the one to take first: by dialect, then the fuller, then the smaller hash."""
    found = [Candidate(report, report.parts[feature]) for report in reports if feature in report.parts]
    ordered: list[Candidate] = []
    for dialect in _RANKS:
        same = [candidate for candidate in found if candidate.report.dialect == dialect]
        ordered += same if len(same) < 2 else _fullest_first(same)
    return ordered


def _fullest_first(same: list[Candidate]) -> list[Candidate]:
    distinct = {(one.part.path, nodes.compact(one.part.value)): one for one in same}
    if len(distinct) == 1:
        return list(distinct.values())
    return [one for *_, one in sorted(map(_weighed, distinct.values()), key=lambda weighed: weighed[:3])]


def _weighed(candidate: Candidate) -> tuple[int, str, str, Candidate]:
    try:
        content = nodes.canonical(candidate.part.value)
    except RecursionError:
        content = b""  # such a version comes last: it cannot be decoded either
    return -len(content), sha256_hex(content), candidate.part.path, candidate
