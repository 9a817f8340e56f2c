"""Entropy of the whole file: the figure, the share of printable bytes, compressibility and the obfuscation score."""

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.view import View
from threatflux_training.reports.model import Entropy
from threatflux_training.tasks.about import is_executable
from threatflux_training.tasks.entropy_flags import against_figure
from threatflux_training.tasks.entropy_parts import (
    DENSE_OVERALL,
    SECTIONS,
    SPARSE,
    band_of,
    base_slots,
    entropy_draft,
    extremes,
    few_bytes,
    hides_nothing,
    is_empty,
    is_text,
    is_tiny,
    packed_format,
    region_slots,
    section_slots,
    size_slots,
    sizeable,
    why_encrypted,
)
from threatflux_training.tasks.file_facts import both, imported
from threatflux_training.tasks.file_facts import readable as readable_text
from threatflux_training.tasks.model import Draft, Request, Show

_BLOCK = 4096
"""Bytes that a file takes at least on usual file systems."""
_WORTH = 512
"""Bytes from which a section's shrinking is worth a sentence."""


def _scale(view: View, found: Entropy) -> Text:
    """The overall figure as a share of the highest possible one."""
    share = f"{(found.overall_entropy or 0.0) / 8 * 100:.1f} %"
    return value.computed(share, "percent", ["quotient", view.at("entropy", ".overall_entropy"), 8], 1)


def overall(view: View, found: Entropy, request: Request) -> Draft:
    """How high the entropy of the file is."""
    slots = base_slots(view, found) | {"ratio": _scale(view, found)}
    size, sized = size_slots(view)
    slots |= size
    nothing = is_empty(view)
    band = "nothing" if nothing else band_of(found.overall_entropy or 0.0)
    kind = "mixed" if band == "code" and not is_executable(view) else band
    content: list[Content] = [say("answer", f"entropy.overall.{kind}", "entropy data plain decision", **slots)]
    if nothing:
        content.append(say("limit", "entropy.nothing.limit", "limit data score", **slots))
        return entropy_draft(content, *sized)
    if is_tiny(view):
        return few_bytes("overall", slots, *sized)
    more, shown = extremes(view, found, "answer")
    content += [*against_figure(view, found), *more]
    divided = len(found.sections) > 1
    named, typed = packed_format(view, slots) if band == "random" else ([], ())
    content += named
    of = _kind(view)
    clear = (of == "data" and is_text(found)) or (of == "script" and hides_nothing(view))
    if not named and (divided or not clear):
        phrase = "entropy.mean" if divided else f"entropy.shared.{of}"
        content.append(say("limit", phrase, "limit entropy", **slots))
    content.append(say("meaning", "entropy.scale", "data method score", **slots))
    text, readable = readable_text(view, request.room // 4)
    content += text
    return entropy_draft(content, *shown, *sized, *readable, *typed)


def _kind(view: View) -> str:
    return "program" if is_executable(view) else "script" if view.file.kind == "script" else "data"


_ROUNDED = 0.1
"""How far a recomputed score may lie from the one of the report."""


def printable(view: View, found: Entropy, request: Request) -> Draft:
    """How much of the file is printable."""
    marks = found.encryption_indicators
    fraction = (marks.random_data_percentage if marks is not None else None) or 0.0
    slots = base_slots(view, found)
    path = view.at("entropy", ".encryption_indicators.random_data_percentage")
    slots |= {"share": value.percent(fraction, path), "raw": value.in_code(value.equal(fraction, path))}
    slots["rest"] = value.computed(f"{(1 - fraction) * 100:.1f} %", "percent", ["difference", 1, path], 1)
    size, sized = size_slots(view)
    slots |= size
    level = "text" if fraction < 0.15 else "mixed" if fraction < 0.8 else "binary"
    figure = found.overall_entropy or 0.0
    level = "dense" if figure > DENSE_OVERALL and fraction >= 0.15 else level
    other = level in ("mixed", "binary") and figure >= SPARSE and not is_executable(view)
    content: list[Content] = [
        say("answer", f"entropy.printable.{level}", "data score method plain identity", **slots),
        say("limit", "entropy.printable.name", "weakness limit score data", **slots),
        say("answer", f"entropy.printable.{'other' if other else level}.means", "entropy data plain", **slots),
    ]
    text, readable = readable_text(view, request.room // 4)
    content += text
    return entropy_draft(content, *sized, *readable)


def compress(view: View, found: Entropy, request: Request) -> Draft:
    """How much compression could gain."""
    size, sized = size_slots(view)
    overall = found.overall_entropy or 0.0
    content: list[Content]
    slots = base_slots(view, found) | {"ratio": _scale(view, found)} | size
    metadata = view.file.metadata
    if metadata is not None and metadata.file_size:
        bits = ["product", view.at("entropy", ".overall_entropy"), view.at("metadata", ".file_size")]
        amount = overall * metadata.file_size / 8
        text = value.with_unit(f"{amount:,.0f}", amount, "byte|bytes")
        slots["estimate"] = value.computed(text, "fixed", ["quotient", bits, 8], 0, "byte|bytes")
    if metadata is not None and metadata.file_size and metadata.file_size <= _BLOCK:
        content = [
            say("answer", "entropy.compress.small", "storage decision size", **slots),
            say("answer", "entropy.compress.small.archive", "storage method", **slots),
        ]
        return entropy_draft(content, *sized)
    level = "none" if overall > 7.5 else "little" if overall > 6.9 else "some" if overall > 5 else "much"
    content = [say("answer", f"entropy.compress.{level}", "storage decision entropy", **slots)]
    if "estimate" in slots:
        content.append(say("answer", "entropy.compress.bound", "storage method data", **slots))
    shown: tuple[Show, ...] = ()
    if parts := _shrinking(found):
        places = {"low": parts[0], "large": parts[1]}
        named = section_slots(view, found, **places)
        content.append(say("detail", "entropy.compress.parts", "storage structure size performance", **named))
        shown = (Show(SECTIONS, only=tuple(sorted(places.values()))),)
    if level != "none":
        content.append(say("limit", f"entropy.compress.limit.{_kind(view)}", "limit storage verify", **slots))
    if "size" in slots:
        content.append(say("verify", "entropy.compress.verify", "verify storage next", **slots))
    return entropy_draft(content, *shown, *sized)


def _shrinking(found: Entropy) -> tuple[int, int] | None:
    """The sparse section that shrinks by most bytes, and the largest section; nothing where they are one or it is small."""
    real = sizeable(found)
    if len(real) < 3:
        return None
    large = max(real, key=lambda i: found.sections[i].size)
    sparse = [i for i in real if found.sections[i].entropy < SPARSE and found.sections[i].size >= _WORTH]
    if not sparse:
        return None
    low = max(sparse, key=lambda i: found.sections[i].size * (8 - found.sections[i].entropy))
    return None if low == large else (low, large)


def obfuscation(view: View, found: Entropy, request: Request) -> Draft:
    """What the obfuscation score says."""
    score = found.obfuscation_score or 0.0
    slots = base_slots(view, found)
    slots["score"] = value.fixed(score, view.at("entropy", ".obfuscation_score"), 1)
    marks = found.encryption_indicators
    flagged = marks is not None and marks.likely_encrypted is True
    packed = found.packed_indicators is not None and found.packed_indicators.likely_packed is True
    kind = "vacuous" if not found.sections else "packed" if packed else "flagged" if flagged else "plain"
    if flagged:
        path = view.at("entropy", ".encryption_indicators")
        slots["flag"] = value.in_code(value.equal(True, path + ".likely_encrypted"))
        if marks is not None and marks.crypto_constants_found:
            names = [value.member(one, path + ".crypto_constants_found") for one in marks.crypto_constants_found]
            slots["constants"] = value.join(names)
        elif why_encrypted(found, flagged) == "region":
            slots |= region_slots(view, found)
        elif marks is not None and marks.random_data_percentage is not None:
            slots["share"] = value.percent(marks.random_data_percentage, path + ".random_data_percentage")
    if kind == "packed":
        slots["flag"] = value.in_code(value.equal(True, view.at("entropy", ".packed_indicators.likely_packed")))
    content: list[Content] = [
        say("answer", f"entropy.obfuscation.{kind}", "score decision weakness", **slots),
        say("answer", "entropy.obfuscation.scale", "score data plain", **slots),
    ]
    if len(found.sections) == 1 and kind == "plain" and abs(score - (found.overall_entropy or 0.0) * 30 / 8) < _ROUNDED:
        inner = ["quotient", ["product", view.at("entropy", ".overall_entropy"), 30], 8]
        thirty = value.computed(f"{(found.overall_entropy or 0.0) * 30 / 8:.1f}", "fixed", inner, 1, "")
        key = "entropy.obfuscation.arithmetic"
        content.append(say("detail", key, "score method data rule", computed=thirty, **slots))
    facts, evidence = both(readable_text(view, request.room // 4), imported(view, request.room // 4))
    content += facts
    if is_executable(view):
        content.append(say("verify", "entropy.obfuscation.verify", "verify code next", **slots))
    elif view.file.kind == "script":
        content.append(say("verify", "entropy.obfuscation.read", "verify code next", **slots))
    return entropy_draft(content, *evidence)
