"""Whether a value rests on bytes that no prompt shows, because their row of the dump holds a secret."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from threatflux_training.compose.value import Source
from threatflux_training.evidence.view import View
from threatflux_training.reports.features import HexDump

_BYTES = ("le", "be", "bytes", "ascii", "cstring")


def states_hidden(sources: Iterable[Source], views: Mapping[str, View]) -> bool:
    """Whether one of the values is made of bytes in a hidden row."""
    dumps = {view.at("hex_dump"): dump for view in views.values() if (dump := view.file.hex_dump) and dump.hidden}
    if not dumps:
        return False
    ranges = [
        one
        for source in sources
        for one in _ranges([source.op, *([source.path] if source.path else []), *source.inputs])
    ]
    return any(
        dumps[path].hides(offset, size or _to_zero(dumps[path], offset))
        for path, offset, size in ranges
        if path in dumps
    )


def _ranges(entry: Sequence[Any]) -> Iterator[tuple[str, int, int]]:
    """Path, offset and size (0: up to the next zero) of every piece of a dump in an expression."""
    if entry and entry[0] in _BYTES:
        path, offset, *size = entry[1:]
        yield path, offset, size[0] if size else 0
    for one in entry:
        if isinstance(one, (list, tuple)):
            yield from _ranges(one)


def _to_zero(dump: HexDump, offset: int) -> int:
    end = dump.data.find(b"\0", offset - dump.offset)
    return (len(dump.data) if end < 0 else end) - (offset - dump.offset)
