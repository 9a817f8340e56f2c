"""One example of each style, family of tasks and kind of negative, chosen by rule and set for reading: docs/gallery.md."""

import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import get_args

import msgspec

from pipeline.commands.preview import companion
from pipeline.locations import fetched
from threatflux_training.generate import expand_file
from threatflux_training.hashing import sha256_hex
from threatflux_training.records import Example, Message
from threatflux_training.reports.load import load_files
from threatflux_training.settings import TextSettings
from threatflux_training.tasks.families import FAMILIES
from threatflux_training.tasks.model import NegativeKind

_TOKENS = (300, 900)
"""Lengths of chats that are shown where there is a choice: enough to see, not too much to read."""
_LINES, _CHARACTERS = 12, 220
"""Lines of an excerpt that are always shown, and the greatest length of one."""
_STYLES = {
    "grounded": "a question over an excerpt of the report",
    "dialogue": "further questions about the same file",
    "tool": "the assistant calls the scanner and reads its result",
    "recall": "no excerpt: what holds, or can be known, without the file",
}
_KINDS = {
    "absent_feature": "the report does not hold what the question needs",
    "empty_result": "the feature is there, its result is empty or rests on nothing",
    "tool_error": "the call of the tool fails",
    "entity_not_there": "what is asked about does not occur in the excerpt",
    "false_premise": "the question supposes what the report contradicts",
    "out_of_range": "the question goes beyond what the excerpt covers",
    "other_file": "the report is about another file",
}
_SETTINGS = TextSettings(examples_per_file=40, negative_ratio=0.3)
"""More examples and negatives than a dataset has by default, so that there is something to choose from."""
_FENCE = re.compile(r"`{3,}")
_WORDY = 3
"""Characters that a value needs to be looked for in the lines of an excerpt."""


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """An example with all that it is shown for, and the other side of its pair if it is a negative."""

    titles: tuple[str, ...]
    example: Example
    twin: Example | None


def gallery(reports: Sequence[str], output: str) -> int:
    """Write the gallery of some reports to a file, or print it ("-"); 1 if nothing could be read."""
    made = examples(reports)
    if not made:
        print(f"no report in {', '.join(reports)}: name reports or folders of them", file=sys.stderr)
        return 1
    text = document(choose(made))
    if output == "-":
        sys.stdout.write(text)
    else:
        Path(output).write_text(text, encoding="utf-8")
    return 0


def examples(reports: Sequence[str]) -> list[Example]:
    """All examples of all files, each file with one to compare with."""
    with fetched(reports) as local:
        files, _ = load_files(local)
    return [
        example
        for place, file in enumerate(files)
        for example in expand_file(file, _SETTINGS, companion(files, place)).examples
    ]


def wishes() -> Iterator[tuple[str, str, str]]:
    """What the gallery shows: title, the metadata field that tells it, its value."""
    for style, what in _STYLES.items():
        yield f"Style `{style}`: {what}", "style", style
    for name in dict.fromkeys(family.FAMILY for family in FAMILIES):
        yield f"Tasks `{name}`", "family", name
    for kind in filter(None, get_args(NegativeKind)):
        yield f"Negative `{kind}`: {_KINDS[kind]}", "negative", kind


def choose(made: Sequence[Example]) -> list[Chosen]:
    """An example for every wish, fewest examples first: one that is shown already serves later wishes too."""
    found: dict[str, tuple[Example, list[str]]] = {}
    for title, field, value in wishes():
        fitting = [
            one for one in made if _field(one, field) == value and (field != "family" or one.metadata.answerable)
        ]
        fitting = fitting or [one for one in made if _field(one, field) == value]
        if not fitting:
            continue
        shown = Counter(one.metadata.file_name for one, _ in found.values())
        best = min(
            fitting,
            key=lambda one: (one.metadata.id not in found, _distance(one), shown[one.metadata.file_name], order(one)),
        )
        found.setdefault(best.metadata.id, (best, []))[1].append(title)
    return [Chosen(titles=tuple(titles), example=one, twin=_twin(one, made)) for one, titles in found.values()]


def _field(example: Example, field: str) -> str:
    metadata = example.metadata
    return {
        "style": metadata.style, "family": metadata.task.partition(".")[0], "negative": metadata.negative_kind,
    }[field]  # fmt: skip


def _distance(example: Example) -> int:
    """Tokens outside the lengths that are shown."""
    low, high = _TOKENS
    return max(low - example.metadata.tokens, example.metadata.tokens - high, 0)


def order(example: Example) -> tuple[str, str]:
    """A hash of what the example is about, not of its words, so that a change of wording shows as one; then its id."""
    metadata = example.metadata
    about = (metadata.source_sha256, metadata.task, metadata.expertise)
    return sha256_hex(*(one.encode() for one in about)), metadata.id


def _twin(example: Example, made: Iterable[Example]) -> Example | None:
    pair = example.metadata.pair_id
    if example.metadata.answerable or not pair:
        return None
    return next((one for one in made if one.metadata.pair_id == pair and one.metadata.answerable), None)


def document(chosen: Sequence[Chosen]) -> str:
    """The whole gallery as Markdown."""
    low, high = _TOKENS
    lines = [
        "# Gallery", "",
        "One example of each style, of each family of tasks and of each kind of negative, as the library makes them. Written by",
        "`threatflux-train gallery --output docs/gallery.md examples/reports`; not edited by hand. Among the examples of those",
        f"reports the rule prefers {low} to {high} tokens, then files that were shown less, then takes the smallest hash of file, task",
        "and persona. An example that is shown already serves for what comes later too.", "",
        "Answers stand here in full. Excerpts are shortened for this page: `[…` marks what is left out, and lines that hold a value",
        "of the answer stay (`[...]`, with dots, is the excerpt's own mark for lines that it passes over). In a dataset every",
        "excerpt is complete, and every value carries its trace ([format.md](format.md)).", "",
        *(f"{number}. [{'; '.join(one.titles)}](#example-{number})" for number, one in enumerate(chosen, 1)),
    ]  # fmt: skip
    for number, one in enumerate(chosen, 1):
        lines += ["", *_entry(number, one)]
    return "\n".join(lines) + "\n"


def _entry(number: int, chosen: Chosen) -> Iterator[str]:
    example = chosen.example
    yield f"## Example {number}"
    yield ""
    yield from (f"- {title}" for title in chosen.titles)
    yield f"- {facts(example)}"
    for message in shortened(example):
        yield ""
        yield from quoted(message)
    if chosen.twin is not None:
        yield ""
        yield f"*The other side of the pair, with an answer: {facts(chosen.twin)}.*"
        for message in (chosen.twin.messages[1], chosen.twin.messages[-1]):
            yield ""
            yield from quoted(Message(message.role, _without_excerpt(message.content)))


def facts(example: Example) -> str:
    """Task, style, persona, file, tokens and traced values, in one line."""
    metadata = example.metadata
    values = len(json.loads(example.metadata.evidence))
    return (
        f"`{metadata.task}`, {metadata.style}, {metadata.expertise}, `{metadata.file_name}`, {metadata.tokens:,} tokens, "
        f"{values} traced value{'s' * (values != 1)}"
    )


def quoted(message: Message) -> Iterator[str]:
    """A turn as a Markdown quotation under its role."""
    yield f"**{message.role}**"
    yield ""
    for line in message.content.split("\n"):
        yield f"> {line}".rstrip()


def shortened(example: Example) -> list[Message]:
    """The turns of an example for a page: long excerpts and results cut, with a mark, calls in fences."""
    values = _shown(example)
    return [Message(one.role, _page(one, values)) for one in example.messages]


def _without_excerpt(text: str) -> str:
    """The paragraphs of a turn that hold no fence."""
    found = re.sub(r"(?m)^[^\n]*:\n(`{3,})\n(?:.*\n)*?\1$", "", text)
    return found.strip()


def _page(message: Message, values: Sequence[str]) -> str:
    if message.role == "tool":
        kind = "json" if message.content.startswith("{") else "text"
        return "\n".join([f"```{kind}", *_cut(message.content.split("\n"), values), "```"])
    if message.role == "system":
        first, more, _ = message.content.partition("\n\n")
        return f"{first} […]" if more else first
    if message.role == "assistant":
        return re.sub(r"<tool_call>\n.*\n</tool_call>", r"```text\n\g<0>\n```", message.content)
    return "\n".join(_excerpts(message.content.split("\n"), values))


def _excerpts(lines: Sequence[str], values: Sequence[str]) -> Iterator[str]:
    """The lines, less what is too long inside fences."""
    fence, inside = "", list[str]()
    for line in lines:
        if fence and line == fence:
            yield from (*_cut(inside, values), line)
            fence, inside = "", []
        elif fence:
            inside.append(line)
        else:
            yield line
            fence = line if _FENCE.fullmatch(line) else ""


def _cut(lines: Sequence[str], values: Sequence[str]) -> Iterator[str]:
    """The first lines and those that hold a value, with the number of lines left out between them."""
    left_out = 0
    for number, line in enumerate(lines):
        if number < _LINES or len(lines) <= _LINES + 2 or any(value in line for value in values):
            if left_out:
                yield f"[… {left_out} lines]" if left_out > 1 else "[… 1 line]"
            left_out = 0
            yield _clipped(line, values)
        else:
            left_out += 1
    if left_out:
        yield f"[… {left_out} lines]" if left_out > 1 else "[… 1 line]"


def _clipped(line: str, values: Sequence[str]) -> str:
    """A line at its greatest length, or up to the last value in it."""
    stop = max([_CHARACTERS, *(line.find(value) + len(value) for value in values if value in line[: 4 * _CHARACTERS])])
    return line if len(line) <= stop + 20 else f"{line[:stop]}[… {len(line) - stop:,} characters]"


def _shown(example: Example) -> list[str]:
    """The texts by which the values of the answer are found in an excerpt."""
    found = {str(trace["value"]) for trace in json.loads(example.metadata.evidence) if trace["path"]}
    plain = found | {one.split(" ")[0].replace(",", "") for one in found if one[:1].isdigit()}
    return sorted(one for one in plain if len(one) >= _WORDY and one != example.metadata.file_name)
