"""Whether the prompt shows what an answer states: a reader must be able to find or compute every value in view."""

import re
from typing import Any

from threatflux_training.check.dump import read_dump
from threatflux_training.check.expressions import Evaluator, plain
from threatflux_training.check.places import MISSING, parse

_NAMES = ("name", "function_name", "rule_id", "rule_name", "value", "pattern_type", "technique_type", "address", "key")


_WIDE = re.compile("[\x00-\x08]")
_SHOWN = 200
"""Characters by which a text is found again: long ones are cut in a prompt."""


class Prompt:
    """What the user turns before an answer show."""

    def __init__(self, text: str) -> None:
        self.text = plain(text)

    def shows_text(self, value: str) -> bool:
        """The text stands there, or the beginning of a long one."""
        if value in self.text:
            return True
        return len(value) > 200 and value[:200] in self.text

    def shows_number(self, value: float) -> bool:
        """The number stands there in decimal, grouped, or in hexadecimal with any zeros before it."""
        if isinstance(value, float) and self._word(re.escape(str(value))):
            return True
        if value != int(value):
            return False
        whole = int(value)
        forms = [str(whole), f"{whole:,}", f"0x0*{whole:x}"] + ([f"0+{whole:x}"] if whole else ["0+"])
        return any(self._word(form) for form in forms)

    def _word(self, pattern: str) -> bool:
        return re.search(rf"(?<![\w.]){pattern}(?![\w])", self.text, re.IGNORECASE) is not None

    def shows_row(self, offset: int) -> bool:
        """The row of a dump that holds an offset stands there."""
        return f"{offset & ~15:08x}  " in self.text

    def shows_bytes(self, dump: Any, offset: int, length: int) -> bool:
        """Every row of the dump that holds the bytes stands there."""
        try:
            start, data = read_dump(dump)
        except (ValueError, TypeError, KeyError):
            return False
        for row in range(offset - (offset - start) % 16, offset + max(length, 1), 16):
            shown = data[row - start : row - start + 16].hex(" ")
            if f"{row:08x}  {shown}" not in self.text:
                return False
        return True


def shown(evaluator: Evaluator, value: str, path: str, op: str, inputs: list[Any], prompt: Prompt) -> bool:
    """Whether the value itself, or everything that it is computed from, is in view."""
    if op == "absent":
        return any(shows_all(raw, inputs[1:], prompt) for raw in evaluator.found(path) if raw is not MISSING)
    if op in ("knowledge", "null") or prompt.shows_text(plain(value)):
        return True
    return _shown([op, *([path] if path else []), *inputs], evaluator, prompt)


def shows_all(values: Any, field: list[str], prompt: Prompt) -> bool:
    """Whether every entry of a list, or the named field of each, stands there: only then it shows what is missing.

    Entries with control characters are what the scanner reads as wide strings; no prompt shows them, no name is one.
    """
    entries = [one.get(field[0]) if field and isinstance(one, dict) else one for one in values or ()]
    return all(
        prompt.shows_text(one.strip()[:_SHOWN]) for one in entries if isinstance(one, str) and not _WIDE.search(one)
    )


def _shown(entry: Any, evaluator: Evaluator, prompt: Prompt) -> bool:
    if isinstance(entry, str) and parse(entry):
        return any(_in_view(raw, prompt) for raw in evaluator.found(entry) if raw is not MISSING)
    if isinstance(entry, list) and entry and isinstance(entry[0], str):
        op, *inputs = entry
        if op in ("le", "be", "bytes", "ascii"):
            return any(prompt.shows_bytes(raw, *inputs[1:]) for raw in evaluator.found(inputs[0]))
        if op == "cstring":
            return any(prompt.shows_bytes(raw, inputs[1], 1) for raw in evaluator.found(inputs[0]))
        if op == "count" and len(inputs) > 1:
            found = [raw for raw in evaluator.found(inputs[0]) if isinstance(raw, list)]
            return any(_all_in_view(_candidates(raw, inputs[1]), prompt) for raw in found)
        if op in ("rip", "target", "immediate", "displacement"):
            return any(_instruction(raw, prompt, op == "rip") for raw in evaluator.found(inputs[0]))
        return all(_shown(one, evaluator, prompt) for one in inputs if isinstance(one, list) or _is_path(one))
    return True


def _instruction(raw: Any, prompt: Prompt, next_too: bool) -> bool:
    """Address and operands stand there, and the address of the next instruction where the length counts."""
    follows = not next_too or prompt.shows_number(raw["address"] + raw["size"])
    return prompt.shows_text(raw["operands"]) and prompt.shows_number(raw["address"]) and follows


def _is_path(entry: Any) -> bool:
    return isinstance(entry, str) and parse(entry) is not None


def _in_view(raw: Any, prompt: Prompt) -> bool:
    if isinstance(raw, bool) or raw is None:
        return prompt.shows_text(str(raw).lower()) or prompt.shows_text("null" if raw is None else "")
    if isinstance(raw, (int, float)):
        return prompt.shows_number(raw)
    if isinstance(raw, str):
        return prompt.shows_text(raw) or prompt.shows_text(raw[:19])
    if isinstance(raw, list):
        return prompt.shows_number(len(raw)) or _all_in_view(raw, prompt)
    return all(_in_view(one, prompt) for one in raw.values() if not isinstance(one, (list, dict)))


def _all_in_view(raw: list[Any], prompt: Prompt) -> bool:
    """Whether every entry of a list stands there: what a count of some of them takes."""
    return all(_in_view(_name_of(one), prompt) for one in raw)


def _candidates(raw: list[Any], conditions: list[Any]) -> list[Any]:
    """The entries that have to be seen for a count of some: those of a range of a sorted list, else all."""
    kept = raw
    for field, op, given in zip(conditions[::3], conditions[1::3], conditions[2::3], strict=True):
        if op == "within":
            kept = [one for one in kept if given[0] <= one[field] < given[1]]
    return kept


def _name_of(element: Any) -> Any:
    if isinstance(element, dict):
        return next((element[name] for name in _NAMES if name in element), "")
    return element
