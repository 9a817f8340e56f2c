"""From indexed documents to the work: files, groups, splits, partners, text keys."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from threatflux_training.dataset.groups import Leaders, Signatures, assign
from threatflux_training.dataset.indexing import source_hash
from threatflux_training.dataset.minhash import PERMUTATIONS, SIGNATURE_BYTES, union
from threatflux_training.dataset.partners import PREFIX, Place, others, partners
from threatflux_training.dataset.records import FileTask, Indexed
from threatflux_training.dataset.splits import split_of
from threatflux_training.hashing import sha256_hex
from threatflux_training.quality.spill import Numbers
from threatflux_training.reports.document import Document
from threatflux_training.reports.identity import group_documents
from threatflux_training.settings import TextSettings

_ALIKE = ("dialect", "kind", "features")
"""What most documents have in common with others."""


def plan_files(
    indexed: Iterable[Indexed], *, settings: TextSettings, splits: Sequence[tuple[str, float]], leaders: Leaders,
    folder: str | None = None,
) -> list[FileTask]:  # fmt: skip
    """The files of all documents in the order of their keys; new leaders are added to the registry.

    Signatures lie in files without a name in `folder` meanwhile (None: in the system's folder for such files).
    """
    documents, rows, signatures = _parted(indexed, folder)
    files = group_documents(documents)
    unions = _unions(files, rows, signatures, folder)
    del documents, rows, signatures
    groups = assign(list(files), unions, leaders)
    places = {
        key: Place(group, split_of(group, splits), _kind(files[key]), leaders.ages[group], _prefix(row))
        for (key, group), row in zip(groups.items(), unions, strict=True)
    }
    partner_of = partners(places)
    paths = {key: min((path for one in found for path in one.paths), default="") for key, found in files.items()}
    names = others(places, paths)
    return [_task(key, files, places, partner_of.get(key, ""), names[key], settings) for key in files]


def _parted(indexed: Iterable[Indexed], folder: str | None) -> tuple[list[Document], dict[int, int], Signatures]:
    """The documents, what many have alike shared among them; of each, by its id, the row of its signature (or zeros)."""
    documents: list[Document] = []
    rows: dict[int, int] = {}
    signatures = Numbers("B", folder)
    known: dict[Any, Any] = {}
    for number, entry in enumerate(indexed):
        alike = {name: known.setdefault(value, value) for name in _ALIKE if (value := getattr(entry.document, name))}
        documents.append(msgspec.structs.replace(entry.document, **alike))
        rows[id(documents[-1])] = number
        signatures.extend(entry.signature or bytes(SIGNATURE_BYTES))
    return documents, rows, _matrix(signatures)


def _unions(
    files: Mapping[str, Sequence[Document]], rows: Mapping[int, int], signatures: Signatures, folder: str | None
) -> Signatures:
    """The signature of each file, by that of its documents: zeros where none has one."""
    found = Numbers("B", folder)
    for documents in files.values():
        given = (signatures[rows[id(one)]] for one in documents)
        found.extend(union([row.tobytes() for row in given if row.any()]) or bytes(SIGNATURE_BYTES))
    return _matrix(found)


def _matrix(numbers: Numbers) -> Signatures:
    return numbers.values().view("<u4").reshape(-1, PERMUTATIONS)


def _prefix(row: Signatures) -> bytes:
    """What of a signature decides about partners; b"" without one."""
    return bytes(row[: PREFIX // 4].tobytes()) if row.any() else b""


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
