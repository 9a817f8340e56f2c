"""Java archives: totals, manifest, entries."""

from collections.abc import Callable

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Role, say
from threatflux_training.evidence.package_lines import archive
from threatflux_training.evidence.view import View
from threatflux_training.tasks import about
from threatflux_training.tasks.model import Draft, Request, Show

_CLASS = "ClassFile"
"""What the report calls a single class: no archive, though it has the same fields."""


def java_place(view: View) -> tuple[str, str]:
    """The feature that holds the analysis of an archive, and the path of it there."""
    return ("java", "") if view.file.java is not None else ("binary_info", ".java_analysis")


def archive_totals(view: View, request: Request) -> Draft | None:
    """What an archive holds and how much of it; None for a single class."""
    found = archive(view.file)
    if found is None or found.metadata is None or found.archive_type == _CLASS:
        return None
    feature, base = java_place(view)

    def at(rest: str) -> str:
        return view.at(feature, base + rest)

    totals = found.metadata
    slots = {
        "name": view.name,
        "entries": value.grouped(totals.total_entries or 0, at(".metadata.total_entries"), "entry|entries"),
    }
    content: list[Content] = []
    classes = totals.entry_count_by_type.get("class")
    if classes:
        slots["classes"] = value.grouped(classes, at(".metadata.entry_count_by_type.class"), "class|classes")
        content.append(say("answer", "packages.archive.classes", "identity structure", **slots))
    else:
        content.append(say("answer", "packages.archive", "identity structure", **slots))
    if totals.total_size and totals.compressed_size is not None:
        slots["total"] = value.grouped(totals.total_size, at(".metadata.total_size"), "byte|bytes")
        slots["packed"] = value.grouped(totals.compressed_size, at(".metadata.compressed_size"), "byte|bytes")
        share = f"{totals.compressed_size / totals.total_size * 100:.1f} %"
        slots["share"] = value.computed(
            share, "percent", ["quotient", at(".metadata.compressed_size"), at(".metadata.total_size")], 1
        )
        content.append(say("detail", "packages.archive.size", "size storage container", **slots))
    if totals.largest_entries:
        path, size = totals.largest_entries[0]
        large = {
            "entry": value.code(path, at(".metadata.largest_entries[0][0]")),
            "size": value.grouped(size, at(".metadata.largest_entries[0][1]"), "byte|bytes"), "name": view.name,
        }  # fmt: skip
        content.append(say("detail", "packages.archive.largest", "size files performance", **large))
    content += _manifest(view, at)
    content += [
        say("limit", "knowledge.packages_java_stub", "code malware limit"),
        say("limit", "packages.archive.limit", "limit provenance weakness", **slots),
        say("next", "packages.archive.next", "next verify code", **slots),
    ]
    more, shows = about.facts(view, f"{request.key}/about", "digest", "times", "place")
    return Draft(
        slots={}, shows=about.without((Show("java_analysis"), *shows)), content=(*content, *more),
        context=("metadata", "hashes"),
    )  # fmt: skip


def _manifest(view: View, at: Callable[[str], str]) -> list[Content]:
    found = archive(view.file)
    manifest = found.manifest if found else None
    if manifest is None:
        return []
    made: list[Content] = []
    for field, tags in (
        ("main_class", "code process decision"), ("implementation_version", "package build"), ("created_by", "build provenance"),
        ("build_jdk", "build provenance"),
    ):  # fmt: skip
        text = getattr(manifest, field, None)
        if text:
            held = {"value": value.code(text, at(f".manifest.{field}")), "name": view.name}
            role: Role = "answer" if field == "main_class" else "detail"
            made.append(say(role, f"packages.archive.{field}", tags, **held))
    if not manifest.main_class:
        made.append(say("answer", "packages.archive.no_main", "process code decision", name=view.name))
    return made


def archive_entry(view: View, number: int, request: Request) -> Draft | None:
    """Length and checksum of an entry."""
    found = archive(view.file)
    if found is None:
        return None
    feature, base = java_place(view)
    entry, place = found.resources[number], view.at(feature, f"{base}.resources[{number}]")
    slots = {
        "name": view.name,
        "entry": value.code(entry.path, f"{place}.path"),
        "size": value.grouped(entry.size, f"{place}.size", "byte|bytes"),
        "crc": value.equal(entry.crc32, f"{place}.crc32"),
        "crc_hex": value.hexadecimal(entry.crc32, f"{place}.crc32"),
    }
    content: list[Content] = [
        say("answer", "packages.entry", "files size", **slots),
        say("answer", "packages.entry.crc", "hash verify", **slots),
        say("limit", "packages.entry.limit", "hash malware decision", **slots),
        say("limit", "knowledge.packages_crc", "limit method"),
        say("verify", "packages.entry.verify", "verify files method", **slots),
    ]
    kind = (
        "class"
        if entry.path.endswith(".class")
        else "license"
        if "LICENSE" in entry.path or "NOTICE" in entry.path
        else ""
    )
    if kind:
        content.append(say("meaning", f"packages.entry.{kind}", "license code plain", **slots))
    return Draft(slots=slots, shows=(Show("java_analysis"),), content=tuple(content), context=("metadata",))
