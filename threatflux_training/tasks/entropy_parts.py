"""Entropy, common ground: sections with figures of their own, slots and statements that several answers share."""

import re

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Role, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.view import View
from threatflux_training.reports.model import Entropy
from threatflux_training.tasks.compound import SURROUNDINGS
from threatflux_training.tasks.model import Draft, Request, Show

_TINY = 64
_ENCODED = 40
"""Characters without a space from which a line can be encoded data."""
_NEARLY_ALL = 0.9
"""Share of a file's bytes from which on what its strings leave out is too little to matter."""
_SHORT = 600
"""Bytes from which evenly mixed ones pass the scanner's limits, as in a longer file."""
_EVEN = 5.5
"""Bits per byte that evenly mixed bytes reach from `_TINY` bytes on."""
_LACKING = 280
"""Bits by which evenly mixed bytes, divided by their number, fall short of the maximum at most."""
DENSE_OVERALL = 7.2
"""From here on bytes are mixed as by compression."""
SPARSE = 3.0
"""Below it most bytes are zeros or repeat."""


SECTIONS = "entropy.sections"
_SIZEABLE = 256
"""Bytes from which a section can reach the top of the scale."""


_UNIT = "bits per byte"


_CONTEXT = ("yara_indicators", *SURROUNDINGS)


def is_empty(view: View) -> bool:
    """Whether the file has no bytes."""
    return view.file.metadata is not None and view.file.metadata.file_size == 0


def is_tiny(view: View) -> bool:
    """Whether so few bytes are there that these can be as mixed as random ones and still measure less than a long file's."""
    size = view.file.metadata.file_size if view.file.metadata is not None else None
    if not size:
        return False
    overall = (view.file.entropy.overall_entropy if view.file.entropy is not None else None) or 0.0
    return size < _TINY or (size < _SHORT and overall >= max(_EVEN, 8 - _LACKING / size))


def no_bytes(found: Entropy, index: int) -> bool:
    """Whether a section occupies no bytes of the file: it would overlap the next one."""
    if index + 1 >= len(found.sections):
        return found.sections[index].name in (".bss", ".tbss")
    one, following = found.sections[index], found.sections[index + 1]
    return one.size > 0 and one.offset <= following.offset < one.offset + one.size


def figure(view: View, index: int, decimals: int = 3, unit: str = _UNIT) -> Text:
    """The entropy of a section."""
    found = view.file.entropy
    entropy = found.sections[index].entropy if found is not None else 0.0
    return value.fixed(entropy, view.at("entropy", f".sections[{index}].entropy"), decimals, unit)


def section_name(view: View, found: Entropy, index: int) -> Text:
    """The name of a section, as code."""
    return value.code(found.sections[index].name, view.at("entropy", f".sections[{index}].name"))


def measured(found: Entropy) -> list[int]:
    """Indices of sections whose figure describes their own bytes."""
    return [
        index
        for index, one in enumerate(found.sections)
        if one.size > 0 and one.name != "entire_file" and not no_bytes(found, index)
    ]


def sizeable(found: Entropy) -> list[int]:
    """Indices of measured sections of some length: the figure of a few bytes is bounded by their number."""
    return [index for index in measured(found) if found.sections[index].size >= _SIZEABLE]


def among(found: Entropy, top: int, low: int) -> Text:
    """Words that bound a claim on the densest and the sparsest section, where a short one goes beyond them."""
    every = [found.sections[index].entropy for index in measured(found)]
    whole = max(every) <= found.sections[top].entropy and min(every) >= found.sections[low].entropy
    return Text("" if whole else " among the larger sections")


def base_slots(view: View, found: Entropy) -> dict[str, Text]:
    """The overall figure and the name of the file."""
    overall = found.overall_entropy or 0.0
    return {"overall": value.fixed(overall, view.at("entropy", ".overall_entropy"), 3, _UNIT), "name": view.name}


def entropy_draft(
    content: list[Content], *shows: Show, slots: dict[str, Text] | None = None, request: Request | None = None
) -> Draft:
    """A draft that shows the block on entropy."""
    return Draft(slots=slots or {}, shows=(Show("entropy"), *shows), content=tuple(content), context=_CONTEXT)


def band_of(entropy: float) -> str:
    """The range a figure lies in, from empty to random."""
    for limit, name in ((0.5, "empty"), (3.0, "low"), (5.6, "text"), (6.8, "code"), (7.5, "dense")):
        if entropy < limit:
            return name
    return "random"


def is_text(found: Entropy) -> bool:
    """Whether the bytes are text for the most part, so that a reader can look for lines in them."""
    fraction = found.encryption_indicators.random_data_percentage if found.encryption_indicators else None
    return fraction is None or fraction < _TEXT


_UNBROKEN = re.compile(rf"\S{{{_ENCODED},}}")


def hides_nothing(view: View) -> bool:
    """Whether the list of strings has nearly all of a file, and no line of it is long enough without a space to encode something."""
    strings, metadata = view.file.strings, view.file.metadata
    if strings is None or not strings.complete or metadata is None or not metadata.file_size:
        return False
    listed = sum(len(text.encode()) + 1 for text in strings.ascii)
    return listed >= _NEARLY_ALL * metadata.file_size and not any(map(_UNBROKEN.search, strings.ascii))


def size_slots(view: View) -> tuple[dict[str, Text], tuple[Show, ...]]:
    """The size of the file, where the metadata give it."""
    metadata = view.file.metadata
    if metadata is None or metadata.file_size is None:
        return {}, ()
    return {"size": value.grouped(metadata.file_size, view.at("metadata", ".file_size"), "byte|bytes")}, (
        Show("metadata"),
    )


def extremes(view: View, found: Entropy, role: Role = "detail") -> tuple[list[Content], tuple[Show, ...]]:
    """The densest and the sparsest section, and the largest one."""
    real = sizeable(found)
    if len(real) < 3:
        return [], ()
    top, low = max(real, key=lambda i: found.sections[i].entropy), min(real, key=lambda i: found.sections[i].entropy)
    large = max(real, key=lambda i: found.sections[i].size)
    slots = section_slots(view, found, top=top, low=low, large=large) | {
        "name": view.name,
        "among": among(found, top, low),
    }
    kind = "code" if found.sections[top].name == ".text" else "other"
    said: list[Content] = [say(role, f"entropy.extremes.{kind}", "entropy structure code data", **slots)]
    if large != top:
        said.append(say("detail", "entropy.largest", "entropy size structure performance hardware storage", **slots))
    return said, (Show(SECTIONS, only=tuple(sorted({top, low, large}))),)


def section_slots(view: View, found: Entropy, **places: int) -> dict[str, Text]:
    """Name, figure and size of some sections, as slots."""
    slots: dict[str, Text] = {}
    for key, index in places.items():
        slots[key], slots[f"{key}_value"] = section_name(view, found, index), figure(view, index)
        size = view.at("entropy", f".sections[{index}].size")
        slots[f"{key}_size"] = value.grouped(found.sections[index].size, size, "byte|bytes")
    return slots


def code_section(view: View, found: Entropy) -> tuple[dict[str, Text], tuple[Show, ...]]:
    """The code section, where there is one."""
    index = next((i for i in measured(found) if found.sections[i].name in (".text", "__text")), -1)
    if index < 0:
        return {}, ()
    return section_slots(view, found, code=index), (Show(SECTIONS, only=(index,)),)


def vacuous(flag: str, slots: dict[str, Text], *shows: Show) -> Draft:
    """A flag of a file without bytes."""
    content: list[Content] = [
        say("answer", f"entropy.flag.{flag}", "decision weakness plain", **slots),
        say("limit", "entropy.nothing.limit", "limit data score", **slots),
    ]
    return entropy_draft(content, *shows)


def few_bytes(flag: str, slots: dict[str, Text], *shows: Show) -> Draft:
    """A figure or flag of a file of a few bytes: their entropy is low whatever they are."""
    content: list[Content] = [
        say("answer", f"entropy.tiny.{flag}", "decision weakness plain", **slots),
        say("limit", "entropy.tiny.limit", "limit data score", **slots),
        say("verify", "entropy.tiny.verify", "verify method next", **slots),
    ]
    return entropy_draft(content, *shows)


_TEXT = 0.2
"""Share of other bytes than printable ones up to which a file is taken for text."""


def why_encrypted(found: Entropy, flagged: bool) -> str:
    """Which of the rule's conditions ticked the flag."""
    marks = found.encryption_indicators
    if marks is None or not flagged:
        return "no"
    if marks.high_entropy_regions:
        return "region"
    if marks.crypto_constants_found:
        return "constant"
    return "share" if marks.random_data_percentage is not None else "no"


def region_slots(view: View, found: Entropy) -> dict[str, Text]:
    """The first dense region that the scanner lists."""
    marks = found.encryption_indicators
    if marks is None or not marks.high_entropy_regions:
        return {}
    first, path = marks.high_entropy_regions[0], view.at("entropy", ".encryption_indicators.high_entropy_regions[0]")
    return {
        "region_size": value.grouped(first.size, path + ".size", "byte|bytes"),
        "region_offset": value.hexadecimal(first.offset, path + ".offset"),
        "region_value": value.fixed(first.entropy, path + ".entropy", 3, _UNIT),
    }


_PACKED_TYPES = (
    "application/pdf", "application/gzip", "application/x-gzip", "application/zip", "application/x-xz", "application/x-bzip2",
    "application/zstd", "application/x-7z-compressed", "application/x-rar", "application/java-archive", "image/png", "image/jpeg", "image/gif",
    "image/webp", "audio/mpeg", "video/mp4", "font/woff2",
)  # fmt: skip
"""Types of files whose content is compressed by design."""


def is_zip(view: View) -> bool:
    """Whether the bytes that the report quotes for rules begin with a local header of a ZIP."""
    marks = view.file.yara_indicators
    return marks is not None and (marks.magic_bytes or "").startswith("50 4B 03 04")


def packed_format(view: View, slots: dict[str, Text]) -> tuple[list[Content], tuple[Show, ...]]:
    """That the type of the file explains its density, where the first bytes name such a type."""
    metadata, marks = view.file.metadata, view.file.yara_indicators
    if metadata is None and marks is not None and is_zip(view):
        magic = value.code(marks.magic_bytes, view.at("yara_indicators", ".magic_bytes"))
        said = say("answer", "entropy.format.zip", "decision identity entropy plain", magic=magic, **slots)
        return [said], (Show("yara_indicators"),)
    if metadata is None or metadata.mime_type not in _PACKED_TYPES:
        return [], ()
    mime = value.code(metadata.mime_type, view.at("metadata", ".mime_type"))
    return [say("answer", "entropy.format", "decision identity entropy plain", mime=mime, **slots)], (Show("metadata"),)
