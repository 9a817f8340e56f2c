"""Checks of one row: form, text, length, and every value of its answers."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import tiktoken

from threatflux_training.check.answers import open_fence, placeholder, says, unexplained
from threatflux_training.check.documents import Document, Lookup, scanned_paths
from threatflux_training.check.excerpts import check_excerpts, question_words
from threatflux_training.check.expressions import Evaluator, Unproven, byte_ranges, constants, paths, plain
from threatflux_training.check.faults import Fault
from threatflux_training.check.scope import beyond_view
from threatflux_training.check.secrets import PLACEHOLDER, Guarded, Guards
from threatflux_training.check.tools import check_calls, shown_text, turns_fault, without_call
from threatflux_training.check.visible import Prompt, shown
from threatflux_training.check.vocabulary import vocabulary
from threatflux_training.check.wording import beside

_METADATA: Mapping[str, type | tuple[type, ...]] = {
    "id": str, "file_name": str, "expertise": str, "importance_score": (int, float), "tokens": int, "task": str,
    "style": str, "question": str, "answerable": bool, "negative_kind": str, "pair_id": str, "source_sha256": str,
    "partner_sha256": str, "group": str, "chunk_index": int, "chunk_count": int, "quality_score": (int, float),
    "encoding": str, "evidence": str,
}  # fmt: skip
_STYLES = ("grounded", "dialogue", "tool", "recall")
_KINDS = (
    "absent_feature", "empty_result", "tool_error", "entity_not_there", "false_premise", "out_of_range", "other_file",
)  # fmt: skip
_TRACE = {"value": str, "message": int, "path": str, "op": str, "inputs": list}


def check_form(row: Any) -> list[tuple[str, str]]:
    """Kind and text of every fault in the form of a row; the other checks need a row without any."""
    if not isinstance(row, dict) or set(row) != {"messages", "metadata"}:
        return [("schema", "the row has not exactly messages and metadata")]
    metadata, messages = row["metadata"], row["messages"]
    if not isinstance(metadata, dict) or not isinstance(messages, list):
        return [("schema", "metadata is no object, or messages are no list")]
    if set(metadata) != set(_METADATA):
        return [("schema", f"metadata differs in {sorted(set(metadata) ^ set(_METADATA))}")]
    wrong = [name for name, kind in _METADATA.items() if not _is(metadata[name], kind)]
    if wrong:
        return [("schema", f"metadata has the wrong type in {wrong}")]
    if any(not isinstance(one, dict) or not all(isinstance(part, str) for part in one.values()) for one in messages):
        return [("schema", "a message has not exactly role and content")]
    roles = [message.get("role", "") for message in messages]
    body = roles[1:] if roles[:1] == ["system"] else roles
    if turns_fault(body, metadata["style"]):
        return [("schema", f"the turns are {roles}")]
    if any(set(one) != {"role", "content"} for one in messages):
        return [("schema", "a message has not exactly role and content")]
    if not all(one["content"].strip() for one in messages):
        return [("schema", "a message is empty")]
    return []


def _is(value: Any, kind: type | tuple[type, ...]) -> bool:
    """Whether a value has the type; a truth value is no number."""
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))


def check_text(row: Mapping[str, Any], budget: int, answers: int = 0) -> list[tuple[str, str]]:
    """Faults that the row shows by itself: id, length, characters, placeholders, fences.

    `budget` and `answers` are the tokens that the chat, and all turns of its assistant, may have (0: any).
    """
    metadata, messages = row["metadata"], row["messages"]
    canonical = json.dumps(messages, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    faults = []
    digest = hashlib.sha256(metadata["source_sha256"].encode() + b"\n" + canonical).hexdigest()
    if digest[:32] != metadata["id"]:
        faults.append(("id", f"the id is {metadata['id']}, the content gives {digest[:32]}"))
    chat = "".join(f"<|im_start|>{one['role']}\n{one['content']}<|im_end|>\n" for one in messages)
    encode = tiktoken.get_encoding(metadata["encoding"]).encode_ordinary
    tokens = len(encode(chat))
    if tokens != metadata["tokens"]:
        faults.append(("tokens", f"metadata says {metadata['tokens']:,} tokens, the chat has {tokens:,}"))
    if budget and tokens > budget:
        faults.append(("budget", f"{tokens:,} tokens, {budget:,} are allowed"))
    said = sum(len(encode(one["content"])) for one in messages if one["role"] == "assistant") if answers else 0
    if said > answers:
        faults.append(("budget", f"the answers have {said:,} tokens, {answers:,} are allowed"))
    for number, message in enumerate(messages):
        content = message["content"]
        if metadata["style"] == "tool" and number == 0:
            content = content.removesuffix(vocabulary().tools)
        if metadata["style"] == "tool" and message["role"] == "assistant":
            content = re.sub(r"</?tool_call>", " ", content)
        if found := vocabulary().forbidden.search(content):
            faults.append(("text", f"message {number} holds {found.group()!r}"))
        if open_fence(content):
            faults.append(("fence", f"message {number} opens a fence and does not close it"))
        if message["role"] == "assistant" and (word := placeholder(without_call(message["content"]))):
            faults.append(("placeholder", f"message {number} says {word!r}"))
    return faults


def check_row(
    row: Any,
    reports: Lookup,
    *,
    budget: int,
    answers: int = 0,
    from_memory: bool = False,
    guards: Guards | None = None,
) -> list[tuple[str, str]]:
    """Kind and text of every fault of a row; the parameters are those of `check_text` and `check_values`."""
    if form := check_form(row):
        return form
    of_memory = from_memory and row["metadata"]["style"] == "recall"
    return check_text(row, budget, answers) + check_values(row, reports, from_memory=of_memory, guards=guards)


def check_values(
    row: Mapping[str, Any], reports: Lookup, *, from_memory: bool = False, guards: Guards | None = None
) -> list[tuple[str, str]]:
    """Faults between the answers, their traces, the prompt and the raw reports.

    `from_memory` lifts one rule: that the prompt shows what the answer states. `guards`: the secrets of reports are masked.
    """
    metadata, messages = row["metadata"], row["messages"]
    own = reports.of(metadata["source_sha256"])
    partner = reports.of(metadata["partner_sha256"]) if metadata["partner_sha256"] else []
    if not own or (metadata["partner_sha256"] and not partner):
        return [("report", f"no report about {metadata['source_sha256']} {metadata['partner_sha256']}".strip())]
    shows: list[tuple[str, str]] = []
    if guards is not None:
        both = [guards.of(metadata["source_sha256"]), guards.of(metadata["partner_sha256"])]
        own, partner = both[0].documents, both[1].documents
        shows = list(_secrets(messages, both, drop=guards.drop))
    try:
        traces = json.loads(metadata["evidence"])
    except ValueError:
        return [("schema", "the evidence is no JSON")]
    if not isinstance(traces, list) or not all(map(_is_trace, traces)):
        return [("schema", "a trace has not value, message, path, op and inputs")]
    evaluator = Evaluator(own, partner, vocabulary().knowledge)
    faults = _traced(messages, traces, evaluator, from_memory)
    faults += [("excerpt", text) for text in check_excerpts(messages, own, partner)]
    faults += _named(metadata, own)
    for number, message in enumerate(messages):
        if message["role"] == "assistant":
            values = [trace["value"] for trace in traces if trace["message"] == number]
            before = "\n".join(one["content"] for one in messages[:number] if one["role"] != "assistant")
            left = unexplained(without_call(message["content"]), values, vocabulary().terms, before)
            faults += [("untraced", f"message {number} states {one[:80]!r}") for one in left]
            of_message = [trace for trace in traces if trace["message"] == number]
            wrong = beside(message["content"], of_message, question_words(before, numbers=False))
            faults += [("wording", f"message {number} states {one[:200]}") for one in wrong]
            if not from_memory and metadata["style"] != "recall":
                _, prompt = _before(messages[:number])
                beyond = beyond_view(without_call(message["content"]), (own, partner), prompt)
                faults += [("scope", f"message {number} states {one[:240]}") for one in beyond]
    if metadata["style"] == "tool":
        faults += [("tool", text) for text in check_calls(messages, own)]
        if not messages[0]["content"].endswith(vocabulary().tools):
            faults.append(("tool", "the system turn does not end with the description of the tools"))
    return shows + faults + _negative(metadata, messages)


def _secrets(messages: list[Any], guards: list[Guarded], *, drop: bool) -> Iterator[tuple[str, str]]:
    for number, message in enumerate(messages):
        content = shown_text(message["content"]) if message["role"] == "tool" else message["content"]
        text = plain(content)
        for guard in guards:
            found = dict.fromkeys(guard.shown(text, text.split("\n")))
            yield from (("secret", f"message {number}: {what}") for what in found)
        if drop and PLACEHOLDER.search(text):
            yield "secret", f"message {number} shows a placeholder, rows with one are to be dropped"


def _is_trace(trace: Any) -> bool:
    return isinstance(trace, dict) and all(_is(trace.get(name), kind) for name, kind in _TRACE.items())


def _traced(messages: list[Any], traces: list[Any], evaluator: Evaluator, from_memory: bool) -> list[tuple[str, str]]:
    faults = []
    before: dict[int, tuple[str, Prompt]] = {}
    for trace in traces:
        value, number, path, op, inputs = (trace[name] for name in _TRACE)
        if number >= len(messages) or messages[number]["role"] != "assistant":
            faults.append(("trace", f"`{value}` is traced in message {number}, which is no answer"))
            continue
        if not says(messages[number]["content"], value):
            faults.append(("trace", f"`{value[:80]}` is traced, but message {number} does not say it"))
            continue
        if number not in before:
            before[number] = _before(messages[:number])
        questions, prompt = before[number]
        try:
            evaluator.check(value, path, op, inputs, questions)
            if _from_nothing(trace) and not _located(trace, traces, prompt):
                faults.append(("untraced", f"`{value[:80]}` is traced to a constant: {op} {inputs}"))
            elif not from_memory and not shown(evaluator, value, path, op, inputs, prompt):
                faults.append(("hidden", f"`{value[:80]}` by {op} {path} {inputs}"[:300]))
        except Unproven as unproven:
            faults.append(("trace", str(unproven)))
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, ArithmeticError) as error:
            faults.append(("trace", f"`{value[:80]}` by {op} {path} {inputs} cannot be computed: {error}"[:400]))
    return faults


def _before(messages: Sequence[Any]) -> tuple[str, Prompt]:
    """What was asked before an answer, and what it could see."""
    asked = "\n".join(one["content"] for one in messages if one["role"] == "user")
    results = "\n".join(shown_text(one["content"]) for one in messages if one["role"] == "tool")
    return question_words(asked), Prompt(f"{asked}\n{results}")


def _from_nothing(trace: Mapping[str, Any]) -> bool:
    """Whether the expression names no place of a report, so that it proves nothing by itself."""
    return trace["op"] not in ("asked", "knowledge") and not any(paths([trace["path"], *trace["inputs"]]))


def _measured(trace: Mapping[str, Any]) -> bool:
    """Whether it is a length in bytes or characters: nothing else can be told from constants."""
    return trace["inputs"][-1:] in (["byte|bytes"], ["character|characters"])


def _located(trace: Mapping[str, Any], traces: list[Any], prompt: Prompt) -> bool:
    """Whether each constant is in view: as a number, in a row of the dump, or as a border of bytes that are quoted."""
    if trace["op"] != "hex" and not _measured(trace):
        return False
    borders = set()
    for other in (one for one in traces if one["message"] == trace["message"]):
        for _, *places in byte_ranges([other["op"], *other["inputs"]]):
            borders |= {places[0], sum(places), sum(places) - 1}
    numbers = list(constants(trace["inputs"]))
    return bool(numbers) and all(
        number in borders or prompt.shows_number(number) or prompt.shows_row(number) or prompt.shows_row(number - 1)
        for number in numbers
    )


def _negative(metadata: Mapping[str, Any], messages: list[Any]) -> list[tuple[str, str]]:
    kind = metadata["negative_kind"]
    if metadata["answerable"] == bool(kind):
        return [("negative", f"answerable is {metadata['answerable']}, the kind {kind!r}")]
    if kind and kind not in _KINDS:
        return [("negative", f"there is no kind {kind!r}")]
    if (kind == "tool_error") != any(
        one["role"] == "tool" and one["content"].startswith("Error: ") for one in messages
    ):
        return [("negative", "a failed call and the kind tool_error do not stand together")]
    return []


def _named(metadata: Mapping[str, Any], own: Sequence[Document]) -> list[tuple[str, str]]:
    """Faults in what metadata says of the file and of the weight of the example."""
    faults = []
    paths = {path for one in own for path in scanned_paths(one)}
    if paths and plain(metadata["file_name"]) not in paths:
        faults.append(("metadata", f"no report is about {metadata['file_name']}"))
    for name, most in (("importance_score", 10), ("quality_score", 1)):
        if not 0 <= metadata[name] <= most:
            faults.append(("metadata", f"{name} is {metadata[name]}"))
    if not 0 <= metadata["chunk_index"] < metadata["chunk_count"]:
        faults.append(("metadata", f"part {metadata['chunk_index']} of {metadata['chunk_count']}"))
    if metadata["style"] not in _STYLES:
        faults.append(("metadata", f"there is no style {metadata['style']!r}"))
    return faults


def plain_answers(row: Mapping[str, Any]) -> str:
    """All answers of a chat, joined."""
    return "\n".join(one["content"] for one in row["messages"] if one["role"] == "assistant")


def fault(kind: str, where: str, what: str) -> Fault:
    """A fault whose text is safe to print."""
    return Fault(kind, where, plain(what).encode("unicode_escape", "backslashreplace").decode("ascii"))
