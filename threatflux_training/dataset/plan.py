"""From indexed documents to the work: files, groups, splits, partners, text keys."""

from collections.abc import Iterable, Sequence

import msgspec

from threatflux_training.dataset.groups import Leaders, assign
from threatflux_training.dataset.indexing import source_hash
from threatflux_training.dataset.minhash import union
from threatflux_training.dataset.partners import Place, others, partners
from threatflux_training.dataset.records import FileTask, Indexed
from threatflux_training.dataset.splits import split_of
from threatflux_training.hashing import sha256_hex
from threatflux_training.reports.document import Document
from threatflux_training.reports.identity import group_documents
from threatflux_training.settings import TextSettings


def plan_files(
    indexed: Iterable[Indexed], *, settings: TextSettings, splits: Sequence[tuple[str, float]], leaders: Leaders
) -> list[FileTask]:
    """The files of all documents in the order of their keys; new leaders are added to the registry."""
    entries = list(indexed)
    signatures: dict[str, list[bytes]] = {}
    for entry in entries:
        signatures.setdefault(_place(entry.document), []).append(entry.signature)
    files = group_documents([entry.document for entry in entries])
    unions = {key: union([s for one in found for s in signatures[_place(one)]]) for key, found in files.items()}
    groups = assign(unions.items(), leaders)
    places = {
        key: Place(group, split_of(group, splits), _kind(files[key]), leaders.ages[group], unions[key])
        for key, group in ((key, groups[key]) for key in files)
    }
    partner_of = partners(places)
    paths = {key: min((path for one in found for path in one.paths), default="") for key, found in files.items()}
    names = others(places, paths)
    return [_task(key, files, places, partner_of.get(key, ""), names[key], settings) for key in files]


def _place(document: Document) -> str:
    place = document.locator
    return f"{place.source}\0{place.offset}\0{place.inner}"


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
