"""Reading the catalogue: data files of this package and, after them, of the user's own folders.

Layout: `personas.toml` ([[persona]]), `questions/*.toml` ([[question]]), `phrases/*.toml` (one table per phrase id),
`knowledge/*.toml` (one table per sentence id; `terms*.toml` list names that are no values), `tools.toml` (the system turn of tool chats,
from this package only). A later folder replaces
entries of the same id.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple, TypeVar

import msgspec

from threatflux_training import toml
from threatflux_training.catalogue.model import FALLBACK, Knowledge, Persona, Phrases, Question, Register, Rests
from threatflux_training.errors import CatalogueError

DATA = Path(__file__).parent / "data"
_SLOT = re.compile(r"\{(\w+)\}")
T = TypeVar("T")


class Template(NamedTuple):
    """A text cut at its slots: literal, slot, literal, slot, ..., literal; its slots in order, and as a set."""

    parts: tuple[str, ...]
    slots: tuple[str, ...]
    needs: frozenset[str]


def template(text: str) -> Template:
    """Cut a text at its `{slots}`."""
    parts = tuple(_SLOT.split(text))
    return Template(parts, parts[1::2], frozenset(parts[1::2]))


class Phrase(NamedTuple):
    """The variants of one thing to say, by register, with all fall-backs resolved; all their slots, sorted; `rests` as in Phrases."""

    id: str
    variants: dict[Register, tuple[Template, ...]]
    slots: tuple[str, ...]
    rests: Rests = ""


class Form(NamedTuple):
    """A question form, its text compiled."""

    question: Question
    template: Template


class Catalogue(NamedTuple):
    """Everything that is words."""

    personas: tuple[Persona, ...]
    questions: dict[str, tuple[Form, ...]]
    phrases: dict[str, Phrase]
    knowledge: dict[str, Knowledge]
    tools: str


class _Personas(msgspec.Struct, forbid_unknown_fields=True):
    persona: list[Persona]


class _Tools(msgspec.Struct, forbid_unknown_fields=True):
    system: str


class _Questions(msgspec.Struct, forbid_unknown_fields=True):
    question: list[Question]


def _decoded(path: Path, kind: type[T]) -> T:
    try:
        return toml.decode(path.read_bytes(), kind)
    except ValueError as error:
        raise CatalogueError(f"{path.name}: {error}") from error


def _files(folders: tuple[str, ...], part: str) -> Iterator[Path]:
    for folder in (str(DATA), *folders):
        yield from sorted(Path(folder).glob(f"{part}.toml"))
        yield from sorted((Path(folder) / part).glob("*.toml"))


def _phrase(name: str, phrases: Phrases) -> Phrase:
    found: dict[Register, tuple[Template, ...]] = {}
    texts: dict[Register, list[str]] = {"plain": phrases.plain, "working": phrases.working, "expert": phrases.expert}
    for register, order in FALLBACK.items():
        chosen = next((texts[one] for one in order if texts[one]), [])
        if not chosen:
            raise CatalogueError(f"phrase {name}: no text in any register")
        found[register] = tuple(template(text) for text in chosen)
    slots = {slot for variants in found.values() for one in variants for slot in one.slots}
    return Phrase(name, found, tuple(sorted(slots)), phrases.rests)


def load_knowledge(folders: tuple[str, ...] = ()) -> dict[str, Knowledge]:
    """The reviewed sentences, by id."""
    found: dict[str, Knowledge] = {}
    for path in _files(folders, "knowledge"):
        if not path.name.startswith("terms"):
            found.update(_decoded(path, dict[str, Knowledge]))
    return found


@cache
def load_catalogue(folders: tuple[str, ...] = ()) -> Catalogue:
    """The catalogue of this package and of the given folders.

    Raises CatalogueError naming file and fault.
    """
    personas = {one.id: one for path in _files(folders, "personas") for one in _decoded(path, _Personas).persona}
    forms = {one.id: one for path in _files(folders, "questions") for one in _decoded(path, _Questions).question}
    phrases: dict[str, Phrases] = {}
    for path in _files(folders, "phrases"):
        phrases.update(_decoded(path, dict[str, Phrases]))
    for name, one in phrases.items():
        if one.rests and f"{name}.seen" not in phrases:
            raise CatalogueError(f"phrase {name}: it rests on {one.rests}, so it needs a phrase {name}.seen")
    questions: dict[str, list[Form]] = {}
    for form in forms.values():
        questions.setdefault(form.task, []).append(Form(form, template(form.text)))
    return Catalogue(
        tuple(personas.values()),
        {task: tuple(found) for task, found in questions.items()},
        {name: _phrase(name, one) for name, one in phrases.items()},
        load_knowledge(folders),
        _decoded(DATA / "tools.toml", _Tools).system.strip(),
    )
