"""What a file is in a case: its form, its own words for its job, what identifies it, where it comes from."""

import re
from collections.abc import Sequence
from itertools import chain

from threatflux_training.compose import value
from threatflux_training.compose.content import Items, Say, items, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.package_lines import archive
from threatflux_training.tasks import about, purpose, purpose_script
from threatflux_training.tasks.compare_pair import with_role
from threatflux_training.tasks.model import Request, Show
from threatflux_training.tasks.triage_case import DENSE, LONG, MEASURABLE, Case, Part
from threatflux_training.text import escape

_REVERSING = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Characters that change the direction of writing."""
_BYTES = "byte|bytes"
_JAVA = {"Java Class": "archive.class", "JAR": "archive.jar"}
_CLUES = 2
"""So many clues to the purpose a case brings; the reader and the length choose among all but the first."""


def identity(case: Case, request: Request) -> Part:
    """What the file is, in its own words where it has some."""
    view, metadata, binary = case.view, case.file.metadata, case.file.binary_info
    slots = dict(case.slots)
    shows: list[Show] = [Show("metadata")]
    if metadata is not None and metadata.file_size is not None:
        slots["size"] = value.grouped(metadata.file_size, view.at("metadata", ".file_size"), _BYTES)
    if metadata is not None and metadata.mime_type and not _mistaken(case):
        slots["mime"] = value.code(metadata.mime_type, view.at("metadata", ".mime_type"))
    if binary is not None and binary.format and binary.architecture:
        slots["format"] = value.equal(binary.format, view.at("binary_info", ".format"))
        slots["machine"] = value.code(binary.architecture, view.at("binary_info", ".architecture"))
        shows.append(Show("binary_info"))
    form = _form(case, slots)
    if form == "image" and binary is not None and binary.format == "Mach-O":
        form = "image.mach"
    if form == "script" and case.listing is not None and (language := purpose_script.language(case.listing.texts[0])):
        form, slots["language"] = purpose_script.form(language), Text(language)
        shows += case.show([0], request)
    if form == "dense" and metadata is not None and metadata.mime_type == "application/pdf":
        form = "pdf"
    if form == "archive" and binary is not None and (java := _JAVA.get(str(binary.format))):
        form = java
        shows.append(Show("binary_info"))
    said: list[Say | Items] = [say("answer", f"triage.what.{form}", "identity type plain structure", **slots)]
    if metadata is not None and metadata.file_path and escape(metadata.file_path) != escape(case.file.path):
        slots["other"] = value.code(metadata.file_path, view.at("metadata", ".file_path"))
        said.append(say("answer", "triage.what.elsewhere", "identity path provenance decision plain", **slots))
    found = purpose.jobs(view)
    jobs: list[Sequence[Say | Items]] = []
    for number, one in enumerate(found[:_CLUES]):
        told = purpose.sentences(one.said, request.persona.register)
        jobs.append(told if number == 0 and purpose.leads(one) else [with_role(part, "detail") for part in told])
    first = 1 if request.persona.register == "plain" and purpose.opens(view) else 0
    said = [*chain(*jobs[:first]), *said, *chain(*jobs[first:])]
    if _REVERSING.search(case.file.name):
        said.insert(0, say("answer", "triage.what.disguised", "identity malware path decision plain", **slots))
    shows += purpose.shows(view, found[:_CLUES], request.room)
    if case.listing is not None and case.listing.script:
        slots["line"] = case.quoted([0])
        said.append(say("detail", "triage.what.interpreter", "type process strings", **slots))
        shows += case.show([0], request)
    options = case.options(14) if request.length == "long" else []
    options = [index for index in options if not any(index in one.lines for one in found)]
    if len(options) > 2:
        entries: list[Say | Text] = [case.quoted([index]) for index in options]
        lead = say("detail", "triage.what.options", "strings process", **slots)
        said.append(items("detail", lead, entries, "strings process identity"))
        shows += case.show(options, request)
    needed = about.FACTS["libraries"](view)
    if needed is not None:
        said.append(needed.said)
        shows += needed.shows
    manifest = archive(case.file)
    if (
        manifest is not None
        and manifest.manifest is not None
        and manifest.manifest.main_class
        and case.file.binary_info
    ):
        place = view.at("binary_info", ".java_analysis.manifest.main_class")
        slots["main"] = value.code(manifest.manifest.main_class, place)
        said.append(say("detail", "triage.what.main", "structure code identity", **slots))
        shows.append(Show("java_analysis"))
    entropy = case.file.entropy
    if (
        entropy is not None
        and entropy.overall_entropy is not None
        and case.kind in ("dense", "data", "text", "archive")
        and case.size >= MEASURABLE
    ):
        slots["entropy"] = value.fixed(
            entropy.overall_entropy, view.at("entropy", ".overall_entropy"), 2, "bits per byte"
        )
        dense = entropy.overall_entropy >= DENSE
        if dense or case.size >= LONG:
            form = "dense" if dense else "loose"
            said.append(say("meaning", f"triage.what.{form}_bytes", "entropy data method", **slots))
            shows.append(Show("entropy"))
    return Part(tuple(said), tuple(shows))


def hint(case: Case, request: Request) -> Part | None:
    """That nothing tells its purpose, in terms of what this report has; None where something does."""
    found = None if purpose.jobs(case.view) else purpose.unknown(case.view)
    return found and Part((found.said,), purpose.shows(case.view, [found], request.room))


def _form(case: Case, slots: dict[str, Text]) -> str:
    if "size" not in slots or ("mime" not in slots and "format" not in slots):
        return "bare"
    if case.kind in ("program", "library", "object", "image"):
        return case.kind if "machine" in slots else "bare"
    return case.kind if "mime" in slots or _mistaken(case) else "bare"


def _mistaken(case: Case) -> bool:
    """Whether the type is that of another format with the same first bytes: Java classes look like Mach-O."""
    metadata = case.file.metadata
    return case.kind == "archive" and metadata is not None and metadata.mime_type == "application/x-mach-binary"


def record(case: Case, request: Request) -> Part | None:
    """What identifies the content."""
    hashes, view = case.file.hashes, case.view
    if hashes is None or not hashes.sha256:
        return None
    slots = dict(case.slots)
    slots["sha256"] = value.code(hashes.sha256, view.at("hashes", ".sha256"))
    said: list[Say | Items] = [say("answer", "triage.record", "hash identity verify provenance", **slots)]
    others = [("MD5", "md5", hashes.md5), ("SHA-512", "sha512", hashes.sha512), ("BLAKE3", "blake3", hashes.blake3)]
    entries: list[Say | Text] = []
    for title, field, digest in others:
        if digest:
            text = value.code(digest, view.at("hashes", f".{field}"))
            entries.append(Text(f"{title}: {text.text}", text.sources))
    if entries and request.length == "long":
        said.append(items("detail", say("detail", "triage.record.others", "hash", **slots), entries, "hash"))
    said.append(say("limit", "triage.record.limit", "limit hash method", **slots))
    return Part(tuple(said), (Show("hashes"),))


def provenance(case: Case, request: Request) -> Part | None:
    """Place, owner, times, signature."""
    metadata, view = case.file.metadata, case.view
    if metadata is None:
        return None
    slots = dict(case.slots)
    said: list[Say | Items] = [say("answer", f"triage.place.{case.place}", "path provenance decision", **slots)]
    if metadata.modified:
        slots["modified"] = value.date(metadata.modified, view.at("metadata", ".modified"))
        if metadata.created:
            slots["created"] = value.date(metadata.created, view.at("metadata", ".created"))
        kept = bool(metadata.created and metadata.created > metadata.modified)
        said.append(say("detail", "triage.time.kept" if kept else "triage.time.plain", "time provenance", **slots))
    if metadata.owner_uid is not None and metadata.permissions and metadata.permissions.isdigit():
        slots["uid"] = value.equal(metadata.owner_uid, view.at("metadata", ".owner_uid"))
        slots["mode"] = value.code(metadata.permissions, view.at("metadata", ".permissions"))
        open_to = int(metadata.permissions, 8) & 0o022
        form = "root" if metadata.owner_uid == 0 else "user"
        said.append(say("detail", f"triage.owner.{form}", "permission path", **slots))
        if open_to:
            said.append(say("meaning", "triage.owner.writable", "permission weakness decision", **slots))
    shows = [Show("metadata")]
    signed = case.file.signatures
    if signed is not None and signed.is_signed is False and signed.verification_status == "No signature found":
        slots["status"] = value.code(signed.verification_status, view.at("signatures", ".verification_status"))
        said.append(say("limit", "triage.unsigned", "provenance limit verify", **slots))
        shows.append(Show("signatures"))
    owner = purpose.owner(view)
    if owner is not None:
        said.insert(1, with_role(owner.said, "detail"))
        shows += purpose.shows(view, [owner], request.room)
    if owner is None:
        said.append(say("limit", "triage.place.limit", "limit package provenance", **slots))
    return Part(tuple(said), tuple(shows))
