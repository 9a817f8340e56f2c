"""Entropy, the two flags: what ticked `likely_packed` and `likely_encrypted`, and what that is worth."""

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.view import View
from threatflux_training.reports.model import Entropy
from threatflux_training.tasks.about import is_executable, is_library
from threatflux_training.tasks.entropy_parts import (
    SECTIONS,
    band_of,
    base_slots,
    code_section,
    entropy_draft,
    extremes,
    few_bytes,
    is_empty,
    is_text,
    is_tiny,
    measured,
    packed_format,
    region_slots,
    section_slots,
    size_slots,
    vacuous,
    why_encrypted,
)
from threatflux_training.tasks.file_facts import NOTHING, both, imported
from threatflux_training.tasks.file_facts import readable as readable_text
from threatflux_training.tasks.model import Draft, Request, Show

_MARK = 6.5
"""Sections above it are what the scanner's compression ratio counts."""
_DENSE = 0.7
"""The share of such sections beyond which the scanner takes a file for packed."""


def packed(view: View, found: Entropy, request: Request) -> Draft:
    """Whether the file looks packed, and what ticked or cleared the flag."""
    packed = found.packed_indicators
    slots = base_slots(view, found)
    size, sized = size_slots(view)
    flagged = packed is not None and packed.likely_packed is True
    flag = value.equal(bool(flagged), view.at("entropy", ".packed_indicators.likely_packed"))
    slots |= {"flag": value.in_code(flag)} | size
    code, shown_code = code_section(view, found)
    slots |= code
    kind = _packed_kind(view, found)
    if is_empty(view):
        return vacuous("packed", slots, *sized)
    if is_tiny(view):
        return few_bytes("packed", slots, *sized)
    content: list[Content] = [say("answer", f"entropy.packed.{kind}", "verdict decision entropy malware", **slots)]
    content += _why_packed(view, found, slots) if flagged else []
    more, shown = extremes(view, found)
    content += more
    named, typed = packed_format(view, slots) if kind == "data" else ([], ())
    content += named
    if not named and kind in _EXPLAINED:
        content.append(say("answer", f"entropy.packed.{kind}.means", "weakness rule plain malware", **slots))
    content += _also_encrypted(view, found)
    counted, counting = _share(view, found, slots, request)
    content += counted
    if packed is not None and kind != "text":
        content += _signatures(view, packed.packer_signatures)
    facts, evidence = (
        both(readable_text(view, request.room // 4), imported(view, request.room // 4)) if kind != "data" else NOTHING
    )
    content += facts
    checked = "library" if kind in ("no", "open") and is_library(view) else _CHECKED.get(kind, "")
    if not named and checked:
        content.append(say("verify", f"entropy.packed.{checked}.verify", "verify method next", **slots))
    return entropy_draft(content, *shown, *shown_code, *counting, *sized, *evidence, *typed)


_EXPLAINED = ("no", "open", "program", "marked", "data", "text")
"""Answers on packing that another sentence explains; with `named` the marker does."""
_CHECKED = {
    "no": "no",
    "open": "no",
    "program": "program",
    "marked": "program",
    "data": "data",
    "named": "named",
    "text": "text",
}
"""The answer on packing, and the phrase on what would settle it."""


def _packed_kind(view: View, found: Entropy) -> str:
    """Which answer on packing holds, by the flag, a packer's marker, the overall figure and the kind of file.

    Flagged: `marked` or `named` (a program or other content with a marker), `data` (dense content), `program` (by another
    condition). Else: `open` (dense), `no` (a program), `text`, `other`.
    """
    packed, overall = found.packed_indicators, found.overall_entropy or 0.0
    if packed is not None and packed.likely_packed is True:
        if packed.packer_signatures:
            return "marked" if is_executable(view) else "named"
        return "data" if not is_executable(view) and overall > _MARK else "program"
    if band_of(overall) in ("dense", "random"):
        return "open"
    return "no" if is_executable(view) else "text" if is_text(found) else "other"


def _also_encrypted(view: View, found: Entropy) -> list[Content]:
    """That the other flag is set, and by what: whoever reads about packing sees it in the same block."""
    marks = found.encryption_indicators
    if marks is None or marks.likely_encrypted is not True:
        return []
    path = view.at("entropy", ".encryption_indicators")
    slots = {"flag": value.in_code(value.equal(True, path + ".likely_encrypted")), "name": view.name}
    why = why_encrypted(found, flagged=True)
    if why == "constant":
        names = [value.member(name, path + ".crypto_constants_found") for name in marks.crypto_constants_found]
        slots["constants"] = value.join(names)
    elif why == "share" and marks.random_data_percentage is not None:
        slots["share"] = value.percent(marks.random_data_percentage, path + ".random_data_percentage")
    elif why == "region":
        slots |= region_slots(view, found)
    else:
        return []
    return [say("answer", f"entropy.packed.encrypted.{why}", "crypto rule weakness", **slots)]


def _why_packed(view: View, found: Entropy, slots: dict[str, Text]) -> list[Content]:
    """Which of the rule's conditions ticked the flag; nothing of a single figure, which the answer gives."""
    packed = found.packed_indicators
    if packed is not None and packed.packer_signatures:
        path = view.at("entropy", ".packed_indicators.packer_signatures")
        names = value.join([value.member(name, path) for name in packed.packer_signatures])
        return [say("answer", "entropy.packed.by_marker", "rule weakness malware", list=names, **slots)]
    if "code" in slots and next(one for one in found.sections if one.name in (".text", "__text")).is_suspicious:
        return [say("answer", "entropy.packed.by_code", "rule weakness code entropy", **slots)]
    if len(found.sections) > 1 and sum(one.entropy > _MARK for one in found.sections) > _DENSE * len(found.sections):
        return [say("answer", "entropy.packed.by_share", "rule weakness entropy", **slots)]
    return []


def _share(
    view: View, found: Entropy, slots: dict[str, Text], request: Request
) -> tuple[list[Content], tuple[Show, ...]]:
    """What the field called compression ratio counts, where all sections have room in the prompt."""
    packed, total = found.packed_indicators, len(found.sections)
    if packed is None or packed.compression_ratio_estimate is None or total < 4:
        return [], ()
    if not view.lines(SECTIONS).within(request.room // 2):
        return [], ()
    path = view.at("entropy", ".sections")
    dense = sum(one.entropy > _MARK for one in found.sections)
    share = view.at("entropy", ".packed_indicators.compression_ratio_estimate")
    counted = {
        "share": value.percent(packed.compression_ratio_estimate, share), "name": slots["name"],
        "total": value.counted(total, path, "section|sections"),
        "dense": value.counted(dense, path, "", ["entropy", "gt", _MARK]),
    }  # fmt: skip
    kind = "none" if not dense else "some"
    return [say("detail", f"entropy.packed.share.{kind}", "rule score weakness data", **counted)], (Show(SECTIONS),)


def _signatures(view: View, names: list[str]) -> list[Content]:
    if names:
        return []
    return [say("detail", "entropy.packed.no_marker", "malware rule detection", name=view.name)]


_CONSTANTS = {"Possible RC4 init": "rc", "MD5 constant": "md", "SHA-256 constant": "sha", "AES S-box": "aes"}


_HASHING = ("md5", "sha", "crypt", "ssl", "gpg", "sum", "crc", "uuid", "pass", "tls", "ssh", "cmp")


def encrypted(view: View, found: Entropy, request: Request) -> Draft:
    """Whether the file looks encrypted, and what ticked or cleared the flag."""
    marks = found.encryption_indicators
    slots = base_slots(view, found)
    flagged = marks is not None and marks.likely_encrypted is True
    flag = value.equal(bool(flagged), view.at("entropy", ".encryption_indicators.likely_encrypted"))
    slots["flag"] = value.in_code(flag)
    fraction = marks.random_data_percentage if marks is not None else None
    if fraction is not None:
        slots["share"] = value.percent(fraction, view.at("entropy", ".encryption_indicators.random_data_percentage"))
    constants = marks.crypto_constants_found if marks is not None else []
    path = view.at("entropy", ".encryption_indicators.crypto_constants_found")
    if constants:
        slots["constants"] = value.join([value.member(name, path) for name in constants])
    if is_empty(view):
        return vacuous("encrypted", slots, *size_slots(view)[1])
    if is_tiny(view):
        return few_bytes("encrypted", slots | size_slots(view)[0], *size_slots(view)[1])
    why = why_encrypted(found, flagged)
    slots |= region_slots(view, found)
    explained, typed = packed_format(view, slots) if why == "region" else ([], ())
    content: list[Content] = [say("answer", f"entropy.encrypted.{why}", "decision crypto entropy", **slots)]
    if explained:
        content += explained
    else:
        content.append(say("answer", f"entropy.encrypted.{why}.means", "weakness rule crypto plain", **slots))
    for constant in constants:
        if constant in _CONSTANTS:
            named = value.member(constant, path)
            key = f"entropy.constant.{_CONSTANTS[constant]}"
            content.append(say("detail", key, "crypto rule weakness", constant=named, name=view.name))
    if constants and any(part in view.file.name.lower() for part in _HASHING):
        content.append(say("detail", "entropy.constant.fits", "crypto plain identity", **slots))
    if fraction is not None and why != "share":
        content.append(say("detail", "entropy.encrypted.fraction", "data score", **slots))
    more, shown = extremes(view, found)
    real = measured(found)
    if real and max(found.sections[i].entropy for i in real) < 7.2 and len(real) > 2:
        top = max(real, key=lambda i: found.sections[i].entropy)
        shown = (Show(SECTIONS, only=tuple(sorted({top, *(index for one in shown for index in one.only)}))),)
        content.append(
            say(
                "detail",
                "entropy.encrypted.no_part",
                "crypto entropy",
                **section_slots(view, found, top=top),
                name=view.name,
            )
        )
    else:
        content += more
        if why in ("region", "share"):
            content.append(say("limit", f"entropy.encrypted.{why}.limit", "limit crypto entropy", **slots))
    text, readable = readable_text(view, request.room // 4)
    content += text
    how = (
        "bytes"
        if why == "region"
        else "zeros"
        if why == "share"
        else "code"
        if constants
        else "lines"
        if not is_executable(view) and is_text(found)
        else ""
    )
    if how:
        content.append(say("verify", f"entropy.encrypted.verify.{how}", "verify next method", **slots))
    return entropy_draft(content, *shown, *readable, *typed)
