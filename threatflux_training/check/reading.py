"""How the text of a row is read for its measures, by the words of docs/quality.md: joined, masked, parted."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

_NUMBER_WORDS = frozenset(["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"])
_PATH = re.compile(r"(?:/[A-Za-z0-9_.+@-]*[A-Za-z0-9_]){2,}/?")
_TOKEN = re.compile(r"[A-Za-z0-9_]+(?:[.,:%+-]+[A-Za-z0-9_]+)*%?")
_FIRST_DIGIT = re.compile(r"[A-Za-z_]*[0-9]")
_LETTERS = re.compile(r"[^\W_]+(?:'[^\W_]+)?")


def joined(row: Mapping[str, Any]) -> str:
    """All answers of a chat, joined by newlines."""
    return "\n".join(one["content"] for one in row["messages"] if one["role"] == "assistant")


def masked(text: str, file_name: str) -> str:
    """The text with fences, spans, paths, numbers and the file's bare name each written as one mark."""
    text = "".join(_without_spans(_without_fences(text)))
    text = _PATH.sub("<path>", text)
    text = _TOKEN.sub(_plain_token, text)
    name = file_name.split("/")[-1]
    return text.replace(name, "<name>") if len(name) > 3 else text


def _without_fences(text: str) -> str:
    kept: list[str] = []
    fence = ""
    for line in text.split("\n"):
        if fence:
            if line == fence:
                fence = ""
                kept.append("<fence>")
        elif line.startswith("```") and "`" not in line.lstrip("`"):
            fence = line[: len(line) - len(line.lstrip("`"))]
        else:
            kept.append(line)
    return "\n".join(kept)


def _without_spans(text: str) -> Iterator[str]:
    """Inline code ends with as many backticks as it began with; a quotation on the line where it began."""
    position = 0
    while position < len(text):
        character = text[position]
        if character == "`":
            run = len(text) - position - len(text[position:].lstrip("`"))
            close = _closing(text, position + run, run)
            yield "<text>" if close else "`" * run
            position = close or position + run
            continue
        if character in '"\u201c':
            close = text.find('"' if character == '"' else "\u201d", position + 1)
            if close > 0 and "\n" not in text[position:close]:
                yield "<text>"
                position = close + 1
                continue
        yield character
        position += 1


def _closing(text: str, start: int, run: int) -> int:
    for match in re.finditer("`+", text[start:]):
        if len(match[0]) == run and match.start():
            return start + match.end()
    return 0


def _plain_token(match: re.Match[str]) -> str:
    """`<number>` from the first word that holds a digit; a number word as such."""
    token = match[0]
    if token.isalpha():
        return _worded(token)
    parts = re.split(r"([.,:%+-]+)", token)
    for index in range(0, len(parts), 2):
        if _FIRST_DIGIT.match(parts[index]):
            before = "".join(parts[:index])
            return "".join(_worded(part) for part in re.split(r"([.,:%+-]+)", before)) + "<number>"
    return "".join(_worded(part) for part in parts)


def _worded(word: str) -> str:
    return "<number>" if word in _NUMBER_WORDS or (word[:1].isupper() and word.lower() in _NUMBER_WORDS) else word


def asked(row: Mapping[str, Any]) -> set[str]:
    """The words of all user turns outside the excerpt, in lower case."""
    words: set[str] = set()
    for one in row["messages"]:
        if one["role"] == "user":
            words.update(_LETTERS.findall(_parted(one["content"])[0].lower()))
    return words


def shown(row: Mapping[str, Any]) -> list[str]:
    """The lines of all excerpts and of all results of tools."""
    lines: list[str] = []
    for one in row["messages"]:
        if one["role"] == "user":
            lines += _parted(one["content"])[1]
        elif one["role"] == "tool":
            lines += one["content"].split("\n")
    return [line.strip() for line in lines]


def _parted(content: str) -> tuple[str, list[str]]:
    outside: list[str] = []
    inside: list[str] = []
    fence = ""
    for line in content.split("\n"):
        if fence:
            if line == fence:
                fence = ""
            else:
                inside.append(line)
        elif len(line) > 2 and not line.strip("`"):
            fence = line
            if outside and outside[-1].endswith(":"):
                outside.pop()
        else:
            outside.append(line)
    return "\n".join(outside), inside
