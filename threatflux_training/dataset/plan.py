"""From indexed documents to the work: files, groups, splits, partners, text keys."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from threatflux_training.dataset.groups import Leaders, assign
from threatflux_training.dataset.indexing import source_hash
from threatflux_training.dataset.minhash import union
from threatflux_training.dataset.partners import PREFIX, Place, others, partners
from threatflux_training.dataset.records import FileTask, Indexed
from threatflux_training.dataset.splits import split_of
from threatflux_training.hashing import sha256_hex
from threatflux_training.reports.document import Document
from threatflux_training.reports.identity import group_documents
from threatflux_training.settings import TextSettings

_ALIKE = ("dialect", "kind", "features")
"""What most documents have in common with others."""


def plan_files(
    indexed: Iterable[Indexed], *, settings: TextSettings, splits: Sequence[tuple[str, float]], leaders: Leaders
) -> list[FileTask]:
    """The files of all documents in the order of their keys; new leaders are added to the registry."""
    documents, signatures = _parted(indexed)
    files = group_documents(documents)
    unions = {key: union([signatures[id(one)] for one in found]) for key, found in files.items()}
    del documents, signatures
    groups = assign(unions.items(), leaders)
    places = {
        key: Place(group, split_of(group, splits), _kind(files[key]), leaders.ages[group], unions.pop(key)[:PREFIX])
        for key, group in ((key, groups[key]) for key in files)
    }
    partner_of = partners(places)
    paths = {key: min((path for one in found for path in one.paths), default="") for key, found in files.items()}
    names = others(places, paths)
    return [_task(key, files, places, partner_of.get(key, ""), names[key], settings) for key in files]


def _parted(indexed: Iterable[Indexed]) -> tuple[list[Document], dict[int, bytes]]:
    """The documents, what many have alike shared among them, and the signature of each by its id."""
    documents: list[Document] = []
    signatures: dict[int, bytes] = {}
    known: dict[Any, Any] = {}
    for entry in indexed:
        alike = {name: known.setdefault(value, value) for name in _ALIKE if (value := getattr(entry.document, name))}
        documents.append(msgspec.structs.replace(entry.document, **alike))
        signatures[id(documents[-1])] = entry.signature
    return documents, signatures


def _kind(documents: Sequence[Document]) -> str:
    known = sorted(one.kind for one in documents if one.kind != "unknown")
    return known[0] if known else "unknown"


def _task(
    key: str, files: dict[str, list[Document]], places: dict[str, Place], other: str, names: tuple[str, ...],
    settings: TextSettings,
) -> FileTask:  # fmt: skip
    documents, partner = files[key], files.get(other, [])
    place, partner_group = places[key], places[other].group if other else ""
    parts = [
        source_hash(),
        place.group,
        partner_group,
        *(one.raw for one in documents),
        "/",
        *(one.raw for one in partner),
        *names,
    ]
    text_key = sha256_hex(msgspec.json.encode(settings), *(part.encode("utf-8", "surrogatepass") for part in parts))
    return FileTask(
        key,
        place.group,
        place.split,
        place.kind,
        text_key,
        tuple(documents),
        other,
        tuple(partner),
        partner_group,
        names,
    )
