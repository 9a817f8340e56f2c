"""The bytes of a hex dump, of both shapes, by offset in the file."""

from typing import Any


def read_dump(value: Any) -> tuple[int, bytes]:
    """The offset of the first byte and the bytes. Raises ValueError for anything that is no dump."""
    if isinstance(value, dict):
        lines = value["lines"]
        return _joined([(line["offset"], bytes.fromhex(line["hex_bytes"])) for line in lines])
    if not isinstance(value, str):
        raise ValueError("no hex dump")
    rows = []
    for line in value.split("\n")[2:]:
        offset, gap, rest = line.partition("  ")
        if not gap or line.startswith("..."):
            continue
        rows.append((int(offset, 16), bytes.fromhex(rest[:47])))
    return _joined(rows)


def _joined(rows: list[tuple[int, bytes]]) -> tuple[int, bytes]:
    start = rows[0][0] if rows else 0
    if any(offset != start + 16 * number for number, (offset, _) in enumerate(rows)):
        raise ValueError("the rows of the dump do not follow one another")
    return start, b"".join(data for _, data in rows)


def cut(value: Any, offset: int, length: int) -> bytes:
    """Some bytes by their offset in the file. Raises ValueError where they are not dumped."""
    start, data = read_dump(value)
    if offset < start or offset + length > start + len(data):
        raise ValueError(f"bytes {offset:#x} to {offset + length:#x} are not in the dump")
    return data[offset - start : offset - start + length]
