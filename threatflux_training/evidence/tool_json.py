"""A call of the scanner's tool and its result: the report as JSON, cut at its own borders, saying so.

The result has the scanner's keys in the scanner's order; what was not asked for is null. Lists keep their first entries,
texts their first lines; a mark such as `[cut: the first 40 of 840 entries]` stands where something is missing.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from threatflux_training.compose.value import Source
from threatflux_training.evidence.view import View
from threatflux_training.reports.file import ScannedFile
from threatflux_training.reports.report import SCANNED
from threatflux_training.text import escape, line

_PLACE = re.compile(r"(?P<dialect>[a-z_]+):(?P<root>\$\.result|\$)(?P<steps>.*)", re.DOTALL)
_STEP = re.compile(r'\.([A-Za-z_][A-Za-z0-9_]*)|\[(\d+)\]|\.?\[("(?:[^"\\]|\\.)*")\]')
_CAPS = (2000, 1000, 500, 250, 120, 60, 30, 15, 8)
"""Entries of a list that are kept at most, the first that fits."""
_BYTES = ("le", "be", "bytes", "ascii", "cstring")
_CODE = ("disassembly", "control_flow")
"""Features that are too big for a result in a chat."""
_MAX_BYTES = 3_000_000
_DUMP = 256
"""Bytes that the tool dumps where nothing else is asked."""
_CHARACTERS = 8
"""Characters of JSON that a token may hold on average: beyond that nothing fits and nothing is counted."""
_SHORTEST = 4
"""Shortest string that the tool keeps where nothing else is asked."""
Steps = tuple[str | int, ...]


class Unfit(Exception):
    """An answer that a tool's result cannot carry; the argument says why."""


class Call(msgspec.Struct, frozen=True, gc=False):
    """A call, `arguments` as JSON, and the text of its result."""

    name: str
    arguments: str
    options: tuple[str, ...]
    result: str


class Need(msgspec.Struct, frozen=True, gc=False):
    """A place that an answer rests on: steps from the feature on. `whole`: all of a list; `stop`: bytes of a dump;
    `text`: an element of the list."""

    feature: str
    steps: Steps
    whole: bool = True
    stop: int = 0
    text: str = ""


def needs(sources: Iterable[Source]) -> list[Need]:
    """The places behind the values of an answer. Raises Unfit where they are not in one analysis of one file."""
    found: list[Need] = []
    for source in sources:
        expression = [source.op, *([source.path] if source.path else []), *source.inputs]
        found += _in(expression, source.value)
    return found


def _in(expression: Sequence[Any], value: str = "") -> Iterator[Need]:
    op, *inputs = expression
    if op in ("null", "asked", "knowledge"):
        return
    if op in ("rip", "target"):
        raise Unfit("tool_code")
    whole = op != "member" and (op != "count" or len(inputs) > 1)
    text = value if op == "member" else ""
    for one in inputs:
        if isinstance(one, list) and one and isinstance(one[0], str):
            yield from _in(one)
        elif isinstance(one, str) and (place := _PLACE.fullmatch(one)):
            steps = _steps(place["steps"])
            if place["dialect"] == "llm":
                yield Need("llm", steps, whole, 0, text)
            elif place["dialect"] not in ("analysis", "cache"):
                raise Unfit("tool_dialect")
            elif len(steps) and isinstance(steps[0], str) and steps[0] != "file_path":
                yield Need(steps[0], steps[1:], whole, _stop(op, inputs), text)
        elif isinstance(one, str) and one.startswith("partner:"):
            raise Unfit("tool_partner")


def _stop(op: str, inputs: Sequence[Any]) -> int:
    numbers = [one for one in inputs[1:] if isinstance(one, int)]
    return sum(numbers) or 1 if op in _BYTES else 0


def _steps(text: str) -> Steps:
    steps: list[str | int] = []
    for name, index, quoted in _STEP.findall(text):
        steps.append(int(index) if index else json.loads(quoted) if quoted else name)
    return tuple(steps)


def call(
    view: View, wanted: Sequence[Need], extra: Sequence[str], room: int, *, null: str = "", least: int = 0
) -> Call:
    """The call that gives what is needed, and as much of `extra` features and of long lists as the room allows.

    The first `least` of the extra features stand behind the answer too (by what is not in them), so they must fit.
    `null` is a feature that is asked for although the scanner can say nothing about it. Raises Unfit where the report
    has no such result or what is needed does not fit.
    """
    try:
        return _call(view, wanted, extra, room, null, least)
    except RecursionError as error:
        raise Unfit("tool_depth") from error


def _call(view: View, wanted: Sequence[Need], extra: Sequence[str], room: int, null: str, least: int) -> Call:
    file = view.file
    needed = [feature for feature in dict.fromkeys(one.feature for one in wanted) if feature != "llm"]
    if any(one.feature == "llm" for one in wanted):
        if needed:
            raise Unfit("tool_mixed")
        return _compact(view, wanted, room)
    if not needed or any(file.state(one) not in ("present", "empty") for one in needed):
        raise Unfit("tool_feature")
    usable = [one for one in (*needed, *extra) if one in SCANNED and one not in _CODE]
    dialects = {file.origin(one).dialect for one in needed}
    if not set(needed) <= set(usable) or len(dialects) > 1 or not dialects <= {"analysis", "cache"}:
        raise Unfit("tool_feature")
    results = _results(view)
    fewest = len({*needed, *(one for one in extra[:least] if one in usable)})
    for amount in range(len(set(usable)), fewest - 1, -1):
        features = list(dict.fromkeys(usable))[:amount]
        if any(_foreign(file, one, dialects) for one in features):
            continue
        cap = results.longest(features, room)
        if cap and all(_shown(results.kept(one.feature, cap), one) for one in wanted):
            result = results.text(features, cap)
            if _fits(view, result, room):
                return Call("analyze_file", *_arguments(file, features, null), result)
    raise Unfit("tool_room")


class _Results:
    """A file's features as the tool gives them, each neutralised, cut and counted once for each cap."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._clean: dict[str, Any] = {}
        self._kept: dict[tuple[str, int], Any] = {}
        self._texts: dict[tuple[str, int], str] = {}
        self._counts: dict[tuple[str, int], int] = {}

    def kept(self, feature: str, cap: int) -> Any:
        """The feature with lists and texts cut."""
        if (feature, cap) not in self._kept:
            if feature not in self._clean:
                self._clean[feature] = _clean(self._view.file.plain(feature), feature)
            self._kept[feature, cap] = _cut(self._clean[feature], cap)
        return self._kept[feature, cap]

    def _line(self, feature: str, cap: int) -> str:
        """The feature's part of a result."""
        if (feature, cap) not in self._texts:
            self._texts[feature, cap] = f'  "{feature}": ' + _dumped(self.kept(feature, cap)).replace("\n", "\n  ")
        return self._texts[feature, cap]

    def _tokens(self, feature: str, cap: int) -> int:
        if (feature, cap) not in self._counts:
            self._counts[feature, cap] = self._view.counter.text(self._line(feature, cap))
        return self._counts[feature, cap]

    def longest(self, features: Sequence[str], room: int) -> int:
        """The largest cap with which a result may fit, 0 if none: the small ones are made first, since they cost least."""
        best = 0
        for cap in reversed(_CAPS):
            if not self._may_fit(features, cap, room):
                break
            best = cap
        return best

    def _may_fit(self, features: Sequence[str], cap: int, room: int) -> bool:
        """Whether a result is worth counting exactly."""
        if sum(len(self._line(feature, cap)) for feature in features) > _CHARACTERS * room:
            return False
        return sum(self._tokens(feature, cap) for feature in features) <= room

    def text(self, features: Sequence[str], cap: int) -> str:
        """The result: the scanner's keys in its order, null where nothing was asked."""
        path = json.dumps(escape(self._view.file.path), ensure_ascii=False)
        lines = [f'  "file_path": {path}']
        lines += [self._line(one, cap) if one in features else f'  "{one}": null' for one in SCANNED]
        return "{\n" + ",\n".join(lines) + "\n}"


def _results(view: View) -> _Results:
    """The results of a file, kept with it."""
    found = view.kept.setdefault("tool_json", _Results(view))
    if not isinstance(found, _Results):
        raise TypeError("tool_json keeps something else")
    return found


def _foreign(file: ScannedFile, feature: str, dialects: set[str]) -> bool:
    """Whether a feature comes from elsewhere, is about another path or is too big."""
    if file.state(feature) not in ("present", "empty") or file.origin(feature).dialect not in dialects:
        return True
    if feature == "metadata" and file.plain("metadata").get("file_path") != file.path:
        return True
    return file.size_of(feature) > _MAX_BYTES


def _compact(view: View, wanted: Sequence[Need], room: int) -> Call:
    if not view.file.paths:
        raise Unfit("tool_path")
    clean = _clean(view.file.plain("llm"), "llm")
    for cap in _CAPS:
        kept = _cut(clean, cap)
        result = _dumped(kept)
        if all(_shown(kept, one) for one in wanted) and _fits(view, result, room):
            arguments = json.dumps({"file_path": escape(view.file.path)}, ensure_ascii=False)
            return Call("llm_analyze_file", arguments, (), result)
    raise Unfit("tool_room")


def _fits(view: View, result: str, room: int) -> bool:
    return len(result) < _CHARACTERS * room and view.counter.text(result) <= room


def _arguments(file: ScannedFile, features: Sequence[str], null: str) -> tuple[str, tuple[str, ...]]:
    options = tuple(one for one in SCANNED if one in features or one == null)
    arguments: dict[str, Any] = {"file_path": escape(file.path)} | dict.fromkeys(options, True)
    if "strings" in features and file.strings is not None:
        shortest = min((len(one) for one in file.strings.ascii), default=_SHORTEST)
        if shortest > _SHORTEST:
            arguments["min_string_length"] = shortest
    if "hex_dump" in features and file.hex_dump is not None:
        if len(file.hex_dump.data) != min(_DUMP, file.hex_dump.total):
            arguments["hex_dump_size"] = len(file.hex_dump.data)
        if file.hex_dump.offset:
            arguments["hex_dump_offset"] = file.hex_dump.offset
    return json.dumps(arguments, ensure_ascii=False), options


def _dumped(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


class _List(list[Any]):
    """The first entries of a list, neutralised, and how many it has; `unit` says what they are."""

    total: int
    unit: str
    head: list[str]


def _clean(value: Any, feature: str) -> Any:
    """The value neutralised; of long lists, and of a dump's lines, no more than any cap keeps."""
    if isinstance(value, dict):
        return {escape(name): _clean(one, feature) for name, one in value.items()}
    if isinstance(value, list):
        return _list([_clean(one, feature) for one in value[: _CAPS[0]]], len(value), "entries")
    if isinstance(value, str):
        return _dump(value) if feature == "hex_dump" else line(value)
    return value


def _list(entries: list[Any], total: int, unit: str, head: Sequence[str] = ()) -> _List:
    made = _List(entries)
    made.total, made.unit, made.head = total, unit, list(head)
    return made


def _dump(text: str) -> Any:
    """The lines of a dump; its two head lines and the mark at its end are not counted."""
    lines = text.split("\n")
    rows = sum(1 for one in lines[2:] if one and not one.startswith("..."))
    kept = lines if rows <= _CAPS[0] else lines[: _CAPS[0] + 2]
    return _list([line(one) for one in kept[2:]], rows, "lines", [line(one) for one in kept[:2]])


def _cut(value: Any, cap: int) -> Any:
    """The value with long lists and dumps cut, saying so."""
    if isinstance(value, dict):
        return {name: _cut(one, cap) for name, one in value.items()}
    if not isinstance(value, _List):
        return value
    whole = value.total <= cap
    kept = [_cut(one, cap) for one in (value if whole else value[:cap])]
    kept = kept if whole else [*kept, f"[cut: the first {cap:,} of {value.total:,} {value.unit}]"]
    return kept if value.unit == "entries" else "\n".join([*value.head, *kept])


def _shown(kept: Any, need: Need) -> bool:
    """Whether a place is in what was kept."""
    for step in need.steps:
        if isinstance(step, int):
            if not isinstance(kept, list) or step >= len(kept) - _is_cut(kept):
                return False
            kept = kept[step]
        elif isinstance(kept, dict) and escape(step) in kept:
            kept = kept[escape(step)]
        else:
            return False
    if need.stop and isinstance(kept, str):
        return kept.count("\n") - 2 >= (need.stop + 15) // 16
    if need.text and json.dumps(need.text, ensure_ascii=False)[1:-1] not in json.dumps(kept, ensure_ascii=False):
        return False
    return not (need.whole and isinstance(kept, list) and _is_cut(kept))


def _is_cut(kept: list[Any]) -> bool:
    return bool(kept) and isinstance(kept[-1], str) and kept[-1].startswith("[cut: the first ")


def cut_lists(result: str) -> set[str]:
    """The lists that a result has only in part, by their names from the top on: `symbols.imports`."""
    return set(_cut_in(json.loads(result), "")) if "[cut: the first " in result else set()


def _cut_in(kept: Any, place: str) -> Iterator[str]:
    if isinstance(kept, dict):
        for name, one in kept.items():
            yield from _cut_in(one, f"{place}.{name}" if place else name)
    elif isinstance(kept, list) and _is_cut(kept):
        yield place


def error(file: ScannedFile, given: str, text: str) -> Call:
    """A call that fails: the tool answers with plain text."""
    options = tuple(one for one in ("metadata", "hashes", "binary_info") if file.state(one) == "present")
    arguments = json.dumps({"file_path": given} | dict.fromkeys(options, True), ensure_ascii=False)
    return Call("analyze_file", arguments, options, text)
