"""Chats with the scanner's tool: the form of a call, and its result against the raw reports."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from threatflux_training.check.documents import Document, scanned_paths
from threatflux_training.check.expressions import plain

_CALL = re.compile(r"\A(.*?)\n?<tool_call>\n(\{.*\})\n</tool_call>\Z", re.DOTALL)
_CUT = re.compile(r"\[cut: the first ([\d,]+) of ([\d,]+) (entries|lines|characters)\]\Z")
_HIDDEN = re.compile(r"([0-9a-f]{8,16})  \[SECRET-[0-9a-f]{6}\](?: \[SECRET-[0-9a-f]{6}\])*")
_LIMIT = 2000
FEATURES = (
    "metadata", "hashes", "strings", "hex_dump", "binary_info", "signatures", "symbols", "control_flow", "vulnerabilities",
    "code_quality", "dependencies", "entropy", "disassembly", "threats", "behavioral", "yara_indicators",
)  # fmt: skip
_OTHER = ("file_path", "min_string_length", "hex_dump_size", "hex_dump_offset", "all")
_COMPACT = ("file_path", "max_strings", "max_imports", "token_limit")


def without_call(text: str) -> str:
    """What an assistant says beside its call."""
    found = _CALL.match(text)
    return found[1] if found else text


def turns_fault(roles: list[str], style: str) -> bool:
    """Whether the roles after the system turn are no chat: user and assistant by turns, in style `tool` with calls."""
    word = "".join({"user": "u", "assistant": "a", "tool": "t"}.get(role, "x") for role in roles)
    form = r"u(?:at)+a(?:u(?:at)*a)*" if style == "tool" else r"(?:ua)+"
    return re.fullmatch(form, word) is None


def shown_text(content: str) -> str:
    """A tool's result as a reader sees it: every key, text and figure of the JSON in a line of its own."""
    try:
        value = json.loads(content)
    except ValueError:
        return content
    return "\n".join([content, *_lines(value)])


def _lines(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, one in value.items():
            yield name
            yield from _lines(one)
    elif isinstance(value, list):
        for one in value:
            yield from _lines(one)
    else:
        yield value if isinstance(value, str) else json.dumps(value)


def check_calls(messages: list[Any], documents: list[Document]) -> Iterator[str]:
    """What is wrong with the calls of a chat and with their results."""
    for number, message in enumerate(messages):
        found = _CALL.match(message["content"]) if message["role"] == "assistant" else None
        follows = number + 1 < len(messages) and messages[number + 1]["role"] == "tool"
        if bool(found) != follows:
            yield f"message {number}: a call and its result do not stand together"
        elif found:
            asked = "\n".join(one["content"] for one in messages[:number] if one["role"] == "user")
            yield from _call(number, found[2], messages[number + 1]["content"], asked, documents)


def _call(number: int, text: str, result: str, asked: str, documents: list[Document]) -> Iterator[str]:
    try:
        call = json.loads(text)
        name, arguments = call["name"], call["arguments"]
    except (ValueError, KeyError, TypeError) as error:
        yield f"message {number}: the call is no JSON with name and arguments: {error}"
        return
    known = {"analyze_file": (*FEATURES, *_OTHER), "llm_analyze_file": _COMPACT}.get(name, ())
    if set(call) != {"name", "arguments"} or not set(arguments) <= set(known) or "file_path" not in arguments:
        yield f"message {number}: the scanner has no such call: {text[:120]}"
    elif arguments["file_path"] not in asked:
        yield f"message {number}: the path {arguments['file_path']} was never named"
    elif result.startswith("Error: "):
        yield from _refusal(number, result, plain(arguments["file_path"]), documents)
    elif name == "llm_analyze_file":
        if not any(one.dialect == "llm" and _same(_parsed(result), one.root) for one in documents):
            yield f"message {number + 1}: no compact report reads so"
    else:
        yield from _result(number + 1, _parsed(result), arguments, documents)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _refusal(number: int, result: str, path: str, documents: list[Document]) -> Iterator[str]:
    paths = {path for one in documents for path in scanned_paths(one)}
    if result == f"Error: File does not exist: {path}":
        if path in paths:
            yield f"message {number}: {path} was scanned, so it exists"
    elif result == "Error: Is a directory (os error 21)":
        if not any(one.startswith(path.rstrip("/") + "/") for one in paths):
            yield f"message {number}: nothing was scanned under {path}"
    else:
        yield f"message {number}: the scanner has no error {result[:80]!r}"


def _result(number: int, result: Any, arguments: Mapping[str, Any], documents: list[Document]) -> Iterator[str]:
    if not isinstance(result, dict) or tuple(result) != ("file_path", *FEATURES):
        yield f"message {number}: the result has not the scanner's keys in its order"
        return
    if result["file_path"] != arguments["file_path"]:
        yield f"message {number}: the result is about {result['file_path']}"
    roots = [one.root.get("result") if one.dialect == "cache" else one.root for one in documents
             if one.dialect in ("analysis", "cache")]  # fmt: skip
    roots = [_with_hashes(root) for root in roots]
    for feature in FEATURES:
        if result[feature] is None:
            if arguments.get(feature) and any(root.get(feature) is not None for root in roots):
                yield f"message {number}: {feature} was asked for and is null, the report has it"
        elif arguments.get(feature) is not True:
            yield f"message {number}: {feature} was not asked for"
        elif not any(_same(result[feature], root.get(feature)) for root in roots):
            yield f"message {number}: no report has such {feature}"


def _with_hashes(root: Any) -> Any:
    """The report; where only its metadata has the hashes, with them where the scanner prints those that are asked for."""
    metadata = root.get("metadata")
    found = metadata.get("hashes") if root.get("hashes") is None and isinstance(metadata, dict) else None
    return root if found is None else {**root, "hashes": found}


def _same(shown: Any, raw: Any) -> bool:
    """Whether a value of a result is the report's, as it is or cut with a mark."""
    if isinstance(raw, dict):
        if not isinstance(shown, dict) or [plain(name) for name in shown] != list(raw):
            return False
        return all(_same(shown[name], raw[plain(name)]) for name in shown)
    if isinstance(raw, list):
        if not isinstance(shown, list):
            return False
        if len(shown) > len(raw) or len(shown) < len(raw) or not all(map(_same, shown, raw)):
            return _cut_list(shown, raw)
        return True
    if isinstance(raw, str):
        return isinstance(shown, str) and (plain(shown) == raw or _cut_text(shown, raw))
    return type(shown) is type(raw) and bool(shown == raw)


def _cut_list(shown: list[Any], raw: list[Any]) -> bool:
    mark = _CUT.match(shown[-1]) if shown and isinstance(shown[-1], str) else None
    kept = len(shown) - 1
    figures = mark and [int(one.replace(",", "")) for one in mark.groups()[:2]]
    return figures == [kept, len(raw)] and all(map(_same, shown[:-1], raw[:kept]))


def _cut_text(shown: str, raw: str) -> bool:
    if len(shown.split("\n")) == len(raw.split("\n")) and all(map(_same_row, shown.split("\n"), raw.split("\n"))):
        return True
    *kept, last = shown.split("\n")
    if kept and (mark := _CUT.match(last)) and mark[3] == "lines":
        return all(map(_same_row, kept, raw.split("\n")))
    start = shown.rpartition(" [cut: the first ")[0]
    return len(raw) > _LIMIT and bool(start) and plain(start) == raw[:_LIMIT]


def _same_row(shown: str, raw: str) -> bool:
    """Whether a line is the report's; a row of a dump may have placeholders in the place of its bytes."""
    return plain(shown) == raw or bool((found := _HIDDEN.fullmatch(shown)) and raw.startswith(f"{found[1]}  "))
