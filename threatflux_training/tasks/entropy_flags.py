"""Entropy, the two flags: what ticked `likely_packed` and `likely_encrypted`, and what that is worth."""

import re

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.view import View
from threatflux_training.reports.model import Entropy, PackedIndicators
from threatflux_training.tasks.about import is_executable, is_library
from threatflux_training.tasks.entropy_parts import (
    DENSE_OVERALL,
    SECTIONS,
    SPARSE,
    base_slots,
    code_section,
    entropy_draft,
    extremes,
    few_bytes,
    hides_nothing,
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
from threatflux_training.tasks.file_facts import NOTHING, Facts, both, imported
from threatflux_training.tasks.file_facts import readable as readable_text
from threatflux_training.tasks.model import Draft, Request, Show

_MARK = 6.5
"""Sections above it are what the scanner's compression ratio counts."""
_MANY = 0.7
"""Share of dense sections above which the scanner sets its flag."""
_DENSE_CODE = 7.0
"""Above it the scanner takes an executable section for suspicious."""
_UNPRINTABLE = 0.8
"""Share of bytes outside printable ASCII above which the scanner takes a file for encrypted."""


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
    kind = _kind(view, found, flagged)
    if packed is not None and packed.packer_signatures:
        path = view.at("entropy", ".packed_indicators.packer_signatures")
        slots["list"] = value.join([value.member(name, path) for name in packed.packer_signatures])
    if is_empty(view):
        return vacuous("packed", slots, *sized)
    if is_tiny(view):
        return few_bytes("packed", slots, *sized)
    content: list[Content] = [say("answer", f"entropy.packed.{kind}", "verdict decision entropy malware", **slots)]
    why, shown_why = _why_packed(view, found, slots) if kind == "program" else NOTHING
    more, shown = extremes(view, found)
    content += [*why, *more]
    named, typed = packed_format(view, slots) if kind == "data" else ([], ())
    content += named
    if not named and (kind != "text" or (is_text(found) and not hides_nothing(view))):
        dense = kind == "program" and packed is not None and _is_dense(found, packed)
        meant = "dense" if dense else kind
        content.append(say("answer", f"entropy.packed.{meant}.means", "weakness rule plain malware", **slots))
    content += _also_encrypted(view, found, "entropy.packed.encrypted")
    counted, counting = _share(view, found, slots, request)
    content += counted
    if packed is not None and kind != "text":
        content += _signatures(view, packed.packer_signatures)
    facts, evidence = (
        both(readable_text(view, request.room // 4), imported(view, request.room // 4))
        if kind not in _COMPRESSED
        else NOTHING
    )
    content += facts
    if not named and (kind != "text" or is_text(found)):
        checked = "program" if kind == "packer" else kind
        checked = "library" if checked in ("no", "program") and is_library(view) else checked
        content.append(say("verify", f"entropy.packed.{checked}.verify", "verify method next", **slots))
    return entropy_draft(content, *shown, *shown_code, *shown_why, *counting, *sized, *evidence, *typed)


_COMPRESSED = ("data", "packer", "outside")
"""What is dense for the most part, so that readable text and imports say nothing about the remainder."""


def _kind(view: View, found: Entropy, flagged: bool) -> str:
    """What the flag comes to: a packer's mark with or without dense content, dense data, a program, or other content."""
    packed = found.packed_indicators
    if packed is None or not flagged:
        if not is_executable(view):
            return "text"
        return "outside" if (found.overall_entropy or 0.0) >= DENSE_OVERALL else "no"
    marked = bool(packed.packer_signatures)
    if not is_executable(view) or (found.sections and found.sections[0].name == "entire_file"):
        return "marked" if marked else "data"
    return "packer" if marked and _is_dense(found, packed) else "program"


def _is_dense(found: Entropy, packed: PackedIndicators) -> bool:
    """Whether a part of an executable is as mixed as a packer leaves it."""
    overall, share = found.overall_entropy or 0.0, packed.compression_ratio_estimate or 0.0
    return overall >= DENSE_OVERALL or share > _MANY or bool(_dense_code(found))


def _dense_code(found: Entropy) -> list[int]:
    """Indices of the sections that set the flag if they are executable."""
    real = measured(found)
    return [i for i in real if found.sections[i].is_suspicious and found.sections[i].entropy > _DENSE_CODE]


def against_figure(view: View, found: Entropy) -> list[Content]:
    """That the flag for encryption is set though the bytes as a whole aren't dense, and by what."""
    if (found.overall_entropy or 0.0) >= DENSE_OVERALL or is_tiny(view):
        return []
    return _also_encrypted(view, found, "entropy.overall.encrypted")


def _also_encrypted(view: View, found: Entropy, phrase: str) -> list[Content]:
    """That the flag for encryption is set, and by what: whoever reads of packing or density sees it in the same block."""
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
    return [say("answer", f"{phrase}.{why}", "crypto rule weakness", **slots)]


def _why_packed(view: View, found: Entropy, slots: dict[str, Text]) -> Facts:
    """Which of the rule's conditions ticked the flag of an executable, where the report settles that."""
    packed = found.packed_indicators
    if "list" in slots:
        return [say("answer", "entropy.packed.by_marker", "rule weakness malware", **slots)], ()
    if "code" in slots and next(one for one in found.sections if one.name in (".text", "__text")).is_suspicious:
        return [say("answer", "entropy.packed.by_code", "rule weakness code entropy", **slots)], ()
    if packed is not None and (packed.compression_ratio_estimate or 0.0) > _MANY:
        return [say("answer", "entropy.packed.by_share", "rule weakness entropy", **slots)], ()
    dense = _dense_code(found)
    if len(dense) != 1:
        return NOTHING
    named = slots | section_slots(view, found, dense=dense[0])
    return [say("answer", "entropy.packed.by_section", "rule weakness code entropy", **named)], (
        Show(SECTIONS, only=(dense[0],)),
    )


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


_HASHING = re.compile(
    r"crypt|(?<![a-z])(?:lib)?(?:md5|sha\d|gpg|uuid|b2sum|(?:(?:sha|ck)?sum|sha|crc|(?:open)?ssl|(?:gnu)?tls|sshd?|passwd)(?![a-z]))"
)
"""Names of programs and libraries that compute digests or encrypt."""


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
    if why == "no" and (found.overall_entropy or 0.0) >= DENSE_OVERALL:
        why = "dense"
    explained, typed = packed_format(view, slots) if why in ("region", "dense") else ([], ())
    other = why == "share" and (found.overall_entropy or 0.0) >= SPARSE and not is_executable(view)
    content: list[Content] = [say("answer", f"entropy.encrypted.{why}", "decision crypto entropy", **slots)]
    if explained:
        content += explained
    else:
        meant = "other" if other else why
        content.append(say("answer", f"entropy.encrypted.{meant}.means", "weakness rule crypto plain", **slots))
    for constant in constants:
        if constant in _CONSTANTS:
            named = value.member(constant, path)
            key = f"entropy.constant.{_CONSTANTS[constant]}"
            content.append(say("detail", key, "crypto rule weakness", constant=named, name=view.name))
    if constants and _HASHING.search(view.file.name.lower()):
        content.append(say("detail", "entropy.constant.fits", "crypto plain identity", **slots))
    if fraction is not None and fraction <= _UNPRINTABLE:
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
    text, readable = readable_text(view, request.room // 4) if why != "dense" else NOTHING
    content += text
    how = (
        "bytes"
        if why in ("region", "dense")
        else "alphabet"
        if other
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
