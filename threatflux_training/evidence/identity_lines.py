"""Lines for metadata, hashes and signatures."""

import msgspec

from threatflux_training.evidence.view import Renderer
from threatflux_training.reports.file import ScannedFile
from threatflux_training.text import line


def fields(part: msgspec.Struct | None, *names: str) -> list[str]:
    """`  name: value` for each field that is not null."""
    if part is None:
        return []
    found = ((name, getattr(part, name)) for name in names)
    return [f"  {name}: {line(scalar(value))}" for name, value in found if value is not None]


def scalar(value: object) -> str:
    """A scalar as JSON writes it, text without quotes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


_METADATA = [
    "file_size",
    "created",
    "modified",
    "accessed",
    "permissions",
    "is_executable",
    "mime_type",
    "owner_uid",
    "group_gid",
]


def metadata(file: ScannedFile) -> list[str]:
    """The file system's facts."""
    return fields(file.metadata, "file_path", *_METADATA)


def hashes(file: ScannedFile) -> list[str]:
    """The digests."""
    return fields(file.hashes, "md5", "sha256", "sha512", "blake3")


def signatures(file: ScannedFile) -> list[str]:
    """The outcome of the signature tools; null fields are shown as null, since they were asked for."""
    return fields(
        file.signatures, "status", "is_signed", "signature_type", "signer", "timestamp", "verification_status"
    )


_SIGNATURE = ("status", "is_signed", "signature_type", "signer", "timestamp", "verification_status")


def signature_fields(file: ScannedFile) -> list[str]:
    """The outcome of the signature tools with its empty fields, which are part of what was found."""
    found = file.signatures
    if found is None:
        return []
    values = ((name, getattr(found, name)) for name in _SIGNATURE)
    return [f"  {name}: {'null' if value is None else line(scalar(value))}" for name, value in values]


BLOCKS: dict[str, Renderer] = {
    "signatures.fields": signature_fields,
    "metadata": metadata,
    "hashes": hashes,
    "signatures": signatures,
}
