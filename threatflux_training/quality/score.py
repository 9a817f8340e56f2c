"""How good an example is, as a figure of 0 to 1. What is kept is decided in decide.py; docs/quality.md has the words."""

import re
from collections.abc import Iterable, Sequence

from threatflux_training.records import Message, Trace

WEIGHTS = {"richness": 0.3, "specificity": 0.3, "completeness": 0.2, "length": 0.2}
_RICH = 6
"""Different values of the report from which the evidence counts as rich."""
_SPECIFIC = 0.3
"""Share of words that are this file's own from which an answer counts as fully specific."""
_FULL = 30
"""Words from which an answer is long enough."""
_WORD = re.compile(r"[^\W_]\S*")
"""A word from its first letter or digit on."""
_SHARED = ("knowledge", "asked")
_SHORT = 3
"""Values of fewer characters are not looked for in the text."""


def quality_score(messages: Sequence[Message], traces: Sequence[Trace], name: str) -> float:
    """The weighted sum of the four parts; `name` is the path of the scanned file."""
    parts = quality_parts(messages, traces, name)
    return round(sum(weight * parts[part] for part, weight in WEIGHTS.items()), 3)


def quality_parts(messages: Sequence[Message], traces: Sequence[Trace], name: str) -> dict[str, float]:
    """Each part of the score, 0 to 1."""
    answers = {number: one.content for number, one in enumerate(messages) if one.role == "assistant"}
    own = {trace.value for trace in traces if trace.op not in _SHARED and trace.value not in name}
    supported = {trace.message for trace in traces if trace.op != "knowledge" and trace.value not in name}
    words = {number: len(text.split()) for number, text in answers.items()}
    total = max(1, sum(words.values()))
    return {
        "richness": min(1.0, len(own) / _RICH),
        "specificity": min(1.0, (1 - _left(answers.values(), own) / total) / _SPECIFIC),
        "completeness": sum(number in supported for number in answers) / max(1, len(answers)),
        "length": sum(min(1.0, count / _FULL) for count in words.values()) / max(1, len(answers)),
    }


def _left(answers: Iterable[str], own: set[str]) -> int:
    """Words of the answers outside the values that are this file's own."""
    text = "\n".join(answers)
    for value in sorted(own, key=len, reverse=True):
        if len(value) >= _SHORT:
            text = text.replace(value, " ")
    return len(_WORD.findall(text))
