"""Text in a file that is addressed to a language model."""

import re
from collections.abc import Sequence

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, say
from threatflux_training.evidence.view import View
from threatflux_training.tasks.compound import SURROUNDINGS
from threatflux_training.tasks.listing import Listing
from threatflux_training.tasks.model import Draft, Offer, Request
from threatflux_training.text import holds

_MODEL = r"(?:(?-i:AI) (?:assistant|model|agent|reviewer|analyst)s?|(?-i:LLM)s?|language models?|chatgpt|system prompt)"
"""A word for whom such a text speaks to, or for its orders."""
_ORDER = r"(?:ignore|disregard|forget|override|reveal|answer only|respond only|do not (?:report|flag|mention))"
_HOSTILE = re.compile(
    r"(?i)\b(?:ignore|disregard|forget) (?:all |any )?(?:of )?(?:the |your )?(?:previous|prior|above|earlier) (?:instructions|prompts)"
    r"|<\|im_(?:start|end)|<\|endoftext|(?-i:\[/?INST\])|<</?SYS>>"
    rf"|\b{_ORDER}\b.{{0,80}}\b{_MODEL}\b|\b{_MODEL}\b.{{0,40}}\b{_ORDER}\b"
    r"|\byou are (?:now )?(?:chatgpt|an? (?:(?-i:AI) (?:assistant|model|agent)|(?:large )?language model)\b)"
)
"""An order with a word for the model, the classic order to ignore others, or marks of a chat."""

_MAYBE_HOSTILE = (
    "ignore", "disregard", "forget", "override", "reveal", "im_start", "im_end", "endoftext", "inst]", "sys>>", "answer only", "respond only", "you are ",
    "do not ",
)  # fmt: skip
"""In lower case, one of these stands in every ASCII text that is hostile; to look for them takes less."""
_TRADE = re.compile(r"(?i)openai|anthropic|ollama|llama[_.-]?cpp|hugging ?face|chat/completions|langchain|\bgguf\b")
"""What software that works with language models itself names: for it, texts to a model are its work."""


def offers(view: View, listing: Listing) -> list[Offer]:
    """One task on the lines that speak to a language model, where there are some."""
    found = hostile_of(listing)
    if not found:
        return []
    return [
        Offer(
            task="strings.hostile",
            build=lambda r: _hostile(listing, found, r),
            importance=9,
            weight=3,
            variants=2,
            long=True,
        )
    ]


def addresses_model(text: str) -> bool:
    """Whether a text speaks to a language model."""
    return (not text.isascii() or holds(text.lower(), _MAYBE_HOSTILE)) and bool(_HOSTILE.search(text))


def hostile_of(listing: Listing) -> list[int]:
    """Indices of the entries that speak to a language model; none in software that works with such models."""
    return listing.view.once("strings.hostile", lambda: _hostile_of(listing.texts))


def _hostile_of(texts: Sequence[str]) -> list[int]:
    found = [index for index, text in enumerate(texts) if addresses_model(text)]
    return [] if found and any(_TRADE.search(text) for text in texts) else found


def _hostile(listing: Listing, hostile: list[int], request: Request) -> Draft:
    chosen = hostile[:4]
    places = value.join([listing.place(i) for i in chosen])
    slots = {"line": listing.quoted(chosen[0]), "places": places, "name": listing.view.name}
    content: list[Content] = [say("answer", "strings.hostile", "malware decision plain", **slots)]
    if len(chosen) > 1:
        content.append(
            say(
                "detail",
                "strings.hostile.more",
                "strings method",
                list=value.join([listing.quoted(i) for i in chosen[1:]]),
            )
        )
    content += [
        say("meaning", "strings.hostile.meaning", "malware weakness detection", line=slots["line"]),
        say("limit", "strings.hostile.limit", "limit malware", name=slots["name"]),
        say("next", "strings.hostile.next", "next detection data", places=places),
    ]
    if listing.script:
        content.append(say("detail", "strings.hostile.effect", "code process", line=listing.quoted(0)))
    return Draft(
        slots={},
        shows=listing.show(hostile + [0], request.room),
        content=tuple(content),
        context=("threats", *SURROUNDINGS),
    )
