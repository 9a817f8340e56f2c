"""Lines for the list of strings: line i is element i of the report's list, numbered as there."""

from collections.abc import Sequence

from threatflux_training.evidence.lines import Rendered
from threatflux_training.evidence.view import Renderer
from threatflux_training.reports.file import ScannedFile
from threatflux_training.text import line


def strings(file: ScannedFile) -> Sequence[str]:
    """The printable part of the list, each entry with its index."""
    if file.strings is None:
        return []
    texts = file.strings.ascii
    return Rendered(len(texts), lambda index: f"  {index}: {line(texts[index])}")


def counts(file: ScannedFile) -> list[str]:
    """What the CLI object says about the whole list, before it was cut."""
    if file.strings is None:
        return []
    known = {"total_count": file.strings.total_count, "unique_count": file.strings.unique_count}
    return [f"  {name}: {value}" for name, value in known.items() if value is not None]


def interesting(file: ScannedFile) -> list[str]:
    """The CLI object's categorised strings with their offsets in the file."""
    if file.strings is None:
        return []
    return [f"  {one.offset}  {one.category}: {line(one.value)}" for one in file.strings.interesting]


BLOCKS: dict[str, Renderer] = {
    "strings": strings,
    "strings.counts": counts,
    "strings.interesting_strings": interesting,
}
