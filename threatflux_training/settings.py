"""The options that shape the text of examples. Together with the catalogue and the code they make the text key."""

from typing import Literal

import msgspec


class Benchmark(msgspec.Struct, frozen=True, gc=False):
    """A file whose texts no example may repeat, and the sha256 of its bytes."""

    path: str
    sha256: str


class TextSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What decides the content of a file's examples; layout (shards, formats, split shares) is not in it.

    `max_tokens` bounds the whole rendered chat less `token_margin`; `max_answer_tokens` all assistant turns of a chat
    together (0: bounded by the chat alone); `negative_ratio` is the share of unanswerable examples, 0 switches them off.
    `secrets`: of reports; `mask` writes placeholders, `drop` also leaves out the examples that would show one.
    """

    examples_per_file: int = 25
    max_tokens: int = 32_000
    max_answer_tokens: int = 0
    token_margin: int = 0
    chunking: bool = True
    encoding: Literal["o200k_base", "cl100k_base"] = "o200k_base"
    negative_ratio: float = 0.15
    recall: Literal["honest", "facts", "off"] = "honest"
    secrets: Literal["mask", "keep", "drop"] = "mask"
    catalogue: tuple[str, ...] = ()
    min_quality: float = 0.0
    decontaminate: tuple[Benchmark, ...] = ()

    @property
    def budget(self) -> int:
        """Tokens a rendered chat may have."""
        return self.max_tokens - self.token_margin
