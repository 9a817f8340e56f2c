"""The bytes of a hex dump, of both shapes, by offset in the file."""

from typing import Any


def read_dump(value: Any) -> tuple[int, bytes]:
    """The offset of the first byte and the bytes. Raises ValueError for anything that is no dump."""
    if isinstance(value, dict):
        lines = value["lines"]
        data = b"".join(bytes.fromhex(line["hex_bytes"]) for line in lines)
        return (lines[0]["offset"] if lines else value["offset"]), data
    if not isinstance(value, str):
        raise ValueError("no hex dump")
    start, parts = -1, []
    for line in value.split("\n")[2:]:
        offset, gap, rest = line.partition("  ")
        if not gap or line.startswith("..."):
            continue
        if start < 0:
            start = int(offset, 16)
        parts.append(bytes.fromhex(rest[:47]))
    return max(start, 0), b"".join(parts)


def cut(value: Any, offset: int, length: int) -> bytes:
    """Some bytes by their offset in the file. Raises ValueError where they are not dumped."""
    start, data = read_dump(value)
    if offset < start or offset + length > start + len(data):
        raise ValueError(f"bytes {offset:#x} to {offset + length:#x} are not in the dump")
    return data[offset - start : offset - start + length]
