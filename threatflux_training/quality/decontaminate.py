"""Examples that repeat a benchmark: thirteen words in a row that stand in a given file."""

import gzip
import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from threatflux_training.quality.hashes import Hashes, runs
from threatflux_training.records import Message
from threatflux_training.settings import Benchmark

GRAM = 13
_WORD = re.compile(r"[^\W_]+")


def benchmark(path: str, data: bytes) -> Benchmark:
    """A file of a benchmark with that content: plain text, JSON or JSON Lines (every text in it), also gzipped."""
    return Benchmark(path, hashlib.sha256(data).hexdigest())


@cache
def grams_of(files: tuple[Benchmark, ...]) -> Hashes:
    """The sorted hashes of all runs of thirteen words in the files."""
    found = [grams(text) for file in files for text in _texts(file.path)]
    return np.unique(np.concatenate(found)) if found else np.zeros(0, dtype=np.uint64)


def grams(text: str) -> Hashes:
    """The hashes of all runs of thirteen words, in lower case, without punctuation; none in a shorter text."""
    return runs(_WORD.findall(text.lower()), GRAM)


def contaminated(messages: Sequence[Message], known: Hashes) -> bool:
    """Whether a user or assistant turn shares a run of words with the benchmark."""
    if not len(known):
        return False
    return any(bool(np.isin(grams(one.content), known).any()) for one in messages if one.role != "system")


def _texts(path: str) -> Iterator[str]:
    data = Path(path).read_bytes()
    text = (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode("utf-8", "replace")
    for parts in ([text], text.splitlines()):
        try:
            values = [json.loads(part) for part in parts if part.strip()]
        except ValueError:
            continue
        yield from _strings(values)
        return
    yield text


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _strings(one)
