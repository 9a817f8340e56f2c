"""What the file system says: times, permissions, size, type; and what it does not prove."""

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.view import View
from threatflux_training.hashing import pick
from threatflux_training.reports.model import FileMetadata
from threatflux_training.tasks.model import Draft, Offer, Request, Show

FAMILY = "metadata"
_TIMES = ("created", "modified", "accessed")
_CONTEXT = ("hashes", "signatures", "binary_info", "strings", "hex_dump")


def offers(view: View, partner: View | None) -> list[Offer]:
    """Tasks on the metadata of a file."""
    found = view.file.metadata
    if found is None:
        return []
    made = [Offer(task="metadata.what", build=lambda r: _what(view, found, r), importance=3, variants=2, weight=1.5)]
    if found.modified:
        made.append(Offer(task="metadata.times", build=lambda r: _times(view, found, r), importance=4, variants=2))
    if found.permissions and found.permissions.isdigit():
        made.append(Offer(task="metadata.permissions", build=lambda r: _rights(view, found, r), importance=4))
    if found.file_size:
        size = found.file_size
        made.append(Offer(task="metadata.size", build=lambda r: _size(view, size, r), importance=3, pair=True))
    return made


def _at(view: View, name: str) -> str:
    return view.at("metadata", f".{name}")


def _bytes(view: View, size: int) -> Text:
    return value.grouped(size, _at(view, "file_size"), "byte|bytes")


def _dates(view: View, found: FileMetadata) -> dict[str, Text]:
    known = {name: getattr(found, name) for name in _TIMES}
    return {name: value.date(text, _at(view, name)) for name, text in known.items() if text}


def _draft(content: list[Content], slots: dict[str, Text] | None = None, *shows: Show) -> Draft:
    return Draft(slots=slots or {}, shows=(Show("metadata"), *shows), content=tuple(content), context=_CONTEXT)


def _what(view: View, found: FileMetadata, request: Request) -> Draft:
    """The identity of the file, from what every report has."""
    slots = {"name": view.name, "path": view.path} | _dates(view, found)
    shows: list[Show] = []
    content: list[Content] = []
    if found.mime_type:
        slots["mime"] = value.code(found.mime_type, _at(view, "mime_type"))
    if found.file_size is not None:
        slots["size"] = _bytes(view, found.file_size)
    binary = view.file.binary_info
    if binary is not None and binary.format and binary.architecture and binary.architecture != "Unknown":
        slots["format"] = value.equal(binary.format, view.at("binary_info", ".format"))
        slots["machine"] = value.code(binary.architecture, view.at("binary_info", ".architecture"))
        content.append(say("answer", "metadata.what.binary", "identity type structure", **slots))
        shows.append(Show("binary_info"))
    else:
        content.append(say("answer", "metadata.what", "identity type", **slots))
    if "mime" in slots:
        content.append(say("limit", "metadata.what.mime", "type limit method", **slots))
    if found.modified:
        content.append(say("detail", "metadata.what.modified", "time provenance", **slots))
    if view.file.hashes is not None and view.file.hashes.sha256:
        digest = value.code(view.file.hashes.sha256, view.at("hashes", ".sha256"))
        content.append(say("verify", "metadata.what.hash", "hash verify identity", sha256=digest, name=view.name))
        shows.append(Show("hashes"))
    if len(view.file.paths) > 1:
        content.append(say("detail", "metadata.what.paths", "path files", **slots))
    content.append(say("next", "metadata.what.owner", "package verify decision", **slots))
    return _draft(content, None, *shows)


def _times(view: View, found: FileMetadata, request: Request) -> Draft:
    slots = {"name": view.name} | _dates(view, found)
    content: list[Content] = [say("answer", "metadata.times", "time", **slots)]
    if found.created and found.modified and found.created > found.modified:
        content.append(say("meaning", "metadata.times.copied", "time provenance method", **slots))
    elif found.created and found.modified:
        content.append(say("meaning", "metadata.times.changed", "time provenance method", **slots))
    if found.accessed:
        content.append(say("limit", "metadata.times.accessed", "time limit", **slots))
    content += [
        say("limit", "metadata.times.limit", "limit provenance", **slots),
        say("verify", "metadata.times.verify", "verify provenance package", **slots),
    ]
    return _draft(content)


def _rights(view: View, found: FileMetadata, request: Request) -> Draft:
    octal = str(found.permissions)
    slots = {
        "name": view.name,
        "octal": value.code(octal, _at(view, "permissions")),
        "rights": value.in_code(value.permissions(octal, _at(view, "permissions"))),
    }
    bits = int(octal, 8)
    content: list[Content] = [say("answer", "metadata.rights", "permission", **slots)]
    kind = "world" if bits & 0o002 else "group" if bits & 0o020 else "owner" if bits & 0o200 else "nobody"
    content.append(say("meaning", f"metadata.rights.{kind}", "permission decision", **slots))
    if found.owner_uid is not None:
        slots["uid"] = value.equal(found.owner_uid, _at(view, "owner_uid"))
        role = "root" if found.owner_uid == 0 else "user"
        content.append(say("detail", f"metadata.rights.{role}", "permission process", **slots))
    run = "run" if bits & 0o111 else "no_run"
    content.append(say("detail", f"metadata.rights.{run}", "permission process plain", **slots))
    content += [
        say("limit", "metadata.rights.special", "limit permission memory_safety kernel", **slots),
        say("verify", "metadata.rights.verify", "verify permission", **slots),
    ]
    return _draft(content)


def _size(view: View, size: int, request: Request) -> tuple[Draft, Draft]:
    """A size that agrees with the report, and one that does not."""
    other = size + 1 + pick(f"{request.key}/size", max(16, size // 3))
    return _sized(view, size, size), _sized(view, size, other)


def _sized(view: View, size: int, given: int) -> Draft:
    asked = value.asked(value.with_unit(f"{given:,}", given, "byte|bytes"))
    slots = {"name": view.name, "given": asked, "size": _bytes(view, size)}
    same = given == size
    content: list[Content] = [
        say("answer", "metadata.size.equal" if same else "metadata.size.unequal", "size decision", **slots),
        say("limit", f"metadata.size.{'same' if same else 'other'}", "limit identity", **slots),
    ]
    return Draft(
        slots=slots, shows=(Show("metadata"),), content=tuple(content), context=_CONTEXT,
        negative="" if same else "false_premise",
    )  # fmt: skip
