"""Entropy: what the measured figures suffice for, and the weak flags the scanner builds on them."""

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Role, Section, items, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.view import View
from threatflux_training.hashing import choose, ordered
from threatflux_training.reports.model import Entropy, EntropySection
from threatflux_training.tasks.compound import SURROUNDINGS, firm_pair
from threatflux_training.tasks.file_facts import NOTHING, both, imported
from threatflux_training.tasks.file_facts import readable as readable_text
from threatflux_training.tasks.listing import few
from threatflux_training.tasks.model import Draft, Offer, Request, Show

FAMILY = "entropy"
_TINY = 64
_DENSE = 7.0
"""Above it a section is denser than ordinary code and tables."""
_OF_NOTHING = ("entropy.overall", "entropy.packed", "entropy.encrypted")
"""What can be asked of an empty file: the answer is that nothing was measured."""
SECTIONS = "entropy.sections"
_UNIT = "bits per byte"
_MARK = 6.5
"""Sections above it are what the scanner's compression ratio counts."""
_CONTEXT = ("yara_indicators", *SURROUNDINGS)
_PLAUSIBLE = (
    ".text", ".data", ".rodata", ".plt", ".plt.sec", ".got.plt", ".tbss", ".tdata", ".debug_info", ".symtab", ".rsrc", ".reloc", ".upx0",
    ".packed", ".eh_frame", ".init_array", ".gnu.hash", ".comment", ".rdata", ".pdata", ".idata", ".ctors", ".dynstr", ".gcc_except_table",
)  # fmt: skip

_DENSE_OVERALL = 7.2
"""From here on bytes are mixed as by compression."""
_MEASURABLE = 64
"""Bytes below which an entropy says nothing but that there are few."""


def offers(view: View, partner: View | None) -> list[Offer]:
    """Tasks on measured entropy."""
    found = view.file.entropy
    if found is None or found.overall_entropy is None:
        return []
    made = [
        Offer(task="entropy.overall", build=lambda r: _overall(view, found, r), importance=4, variants=2, long=True),
        Offer(task="entropy.packed", build=lambda r: _packed(view, found, r), importance=6, long=True),
        Offer(task="entropy.encrypted", build=lambda r: _encrypted(view, found, r), importance=6, long=True),
        Offer(
            task="entropy.printable", build=lambda r: _printable(view, found, r), importance=2, weight=0.6, long=True
        ),
        Offer(task="entropy.compress", build=lambda r: _compress(view, found, r), importance=2, weight=0.7, long=True),
        Offer(
            task="entropy.obfuscation",
            build=lambda r: _obfuscation(view, found, r),
            importance=4,
            weight=0.7,
            long=True,
        ),
    ]
    if found.sections and found.sections[0].name != "entire_file" and len(found.sections) > 3:
        made += _section_offers(view, found)
    able = [offer for offer in made if _possible(found, offer.task)]
    return [offer for offer in able if not (_empty(view) or _tiny(view)) or offer.task in _OF_NOTHING]


def _possible(found: Entropy, task: str) -> bool:
    if task == "entropy.packed":
        return found.packed_indicators is not None and found.packed_indicators.likely_packed is not None
    if task == "entropy.encrypted":
        return found.encryption_indicators is not None and found.encryption_indicators.likely_encrypted is not None
    if task == "entropy.printable":
        return (
            found.encryption_indicators is not None and found.encryption_indicators.random_data_percentage is not None
        )
    return task != "entropy.obfuscation" or found.obfuscation_score is not None


def _empty(view: View) -> bool:
    return view.file.metadata is not None and view.file.metadata.file_size == 0


def _tiny(view: View) -> bool:
    """Whether so few bytes are there that their entropy can't be high: a file of n bytes reaches the logarithm of n."""
    size = view.file.metadata.file_size if view.file.metadata is not None else None
    return size is not None and 0 < size < _TINY


def _section_offers(view: View, found: Entropy) -> list[Offer]:
    made = [
        Offer(task="entropy.sections", build=lambda r: _sections(view, found, r), importance=4, variants=2, long=True),
        Offer(
            task="entropy.section",
            build=lambda r: firm_pair(_section(view, found, r), r),
            importance=3,
            pair=True,
            variants=3,
        ),
    ]
    if any(_no_bytes(found, index) for index in range(len(found.sections))):
        made.append(Offer(task="entropy.bss", build=lambda r: _bss(view, found, r), importance=3, long=True))
    return made


def _no_bytes(found: Entropy, index: int) -> bool:
    """Whether a section occupies no bytes of the file: it would overlap the next one."""
    if index + 1 >= len(found.sections):
        return found.sections[index].name in (".bss", ".tbss")
    one, following = found.sections[index], found.sections[index + 1]
    return one.size > 0 and one.offset <= following.offset < one.offset + one.size


def _of(view: View, index: int, decimals: int = 3, unit: str = _UNIT) -> Text:
    found = view.file.entropy
    entropy = found.sections[index].entropy if found is not None else 0.0
    return value.fixed(entropy, view.at("entropy", f".sections[{index}].entropy"), decimals, unit)


def _name(view: View, found: Entropy, index: int) -> Text:
    return value.code(found.sections[index].name, view.at("entropy", f".sections[{index}].name"))


def _real(found: Entropy) -> list[int]:
    """Indices of sections whose figure describes their own bytes."""
    return [
        index
        for index, one in enumerate(found.sections)
        if one.size > 0 and one.name != "entire_file" and not _no_bytes(found, index)
    ]


def _base(view: View, found: Entropy) -> dict[str, Text]:
    overall = found.overall_entropy or 0.0
    return {"overall": value.fixed(overall, view.at("entropy", ".overall_entropy"), 3, _UNIT), "name": view.name}


def _draft(
    content: list[Content], *shows: Show, slots: dict[str, Text] | None = None, request: Request | None = None
) -> Draft:
    return Draft(slots=slots or {}, shows=(Show("entropy"), *shows), content=tuple(content), context=_CONTEXT)


def _band(entropy: float) -> str:
    for limit, name in ((0.5, "empty"), (3.0, "low"), (5.6, "text"), (6.8, "code"), (7.5, "dense")):
        if entropy < limit:
            return name
    return "random"


def _executable(view: View) -> bool:
    return view.file.kind in ("elf", "pe", "macho")


def _written(found: Entropy) -> bool:
    """Whether the bytes are text for the most part, so that a reader can look for lines in them."""
    fraction = found.encryption_indicators.random_data_percentage if found.encryption_indicators else None
    return fraction is None or fraction < _TEXT


def _size(view: View) -> tuple[dict[str, Text], tuple[Show, ...]]:
    metadata = view.file.metadata
    if metadata is None or metadata.file_size is None:
        return {}, ()
    return {"size": value.grouped(metadata.file_size, view.at("metadata", ".file_size"), "byte|bytes")}, (
        Show("metadata"),
    )


def _extremes(view: View, found: Entropy, role: Role = "detail") -> tuple[list[Content], tuple[Show, ...]]:
    real = _real(found)
    if len(real) < 3:
        return [], ()
    top, low = max(real, key=lambda i: found.sections[i].entropy), min(real, key=lambda i: found.sections[i].entropy)
    large = max(real, key=lambda i: found.sections[i].size)
    slots = _parts(view, found, top=top, low=low, large=large) | {"name": view.name}
    kind = "code" if found.sections[top].name == ".text" else "other"
    said: list[Content] = [say(role, f"entropy.extremes.{kind}", "entropy structure code data", **slots)]
    if large != top:
        said.append(say("detail", "entropy.largest", "entropy size structure performance hardware storage", **slots))
    return said, (Show(SECTIONS, only=tuple(sorted({top, low, large}))),)


def _parts(view: View, found: Entropy, **places: int) -> dict[str, Text]:
    """Name, figure and size of some sections, as slots."""
    slots: dict[str, Text] = {}
    for key, index in places.items():
        slots[key], slots[f"{key}_value"] = _name(view, found, index), _of(view, index)
        size = view.at("entropy", f".sections[{index}].size")
        slots[f"{key}_size"] = value.grouped(found.sections[index].size, size, "byte|bytes")
    return slots


def _code(view: View, found: Entropy) -> tuple[dict[str, Text], tuple[Show, ...]]:
    """The code section, where there is one."""
    index = next((i for i in _real(found) if found.sections[i].name in (".text", "__text")), -1)
    if index < 0:
        return {}, ()
    return _parts(view, found, code=index), (Show(SECTIONS, only=(index,)),)


def _scale(view: View, found: Entropy) -> Text:
    """The overall figure as a share of the highest possible one."""
    share = f"{(found.overall_entropy or 0.0) / 8 * 100:.0f} %"
    return value.computed(share, "percent", ["quotient", view.at("entropy", ".overall_entropy"), 8], 0)


def _overall(view: View, found: Entropy, request: Request) -> Draft:
    slots = _base(view, found) | {"ratio": _scale(view, found)}
    size, sized = _size(view)
    slots |= size
    nothing = _empty(view)
    band = "nothing" if nothing else _band(found.overall_entropy or 0.0)
    content: list[Content] = [say("answer", f"entropy.overall.{band}", "entropy data plain decision", **slots)]
    if nothing:
        content.append(say("limit", "entropy.nothing.limit", "limit data score", **slots))
        return _draft(content, *sized)
    if _tiny(view):
        return _few_bytes("overall", slots, *sized)
    more, shown = _extremes(view, found, "answer")
    content += more
    if size:
        content.append(
            say("detail" if more else "answer", "entropy.over_size", "size entropy data storage performance", **slots)
        )
    content.append(say("limit", "entropy.mean" if more else f"entropy.shared.{_kind(view)}", "limit entropy", **slots))
    content.append(say("meaning", "entropy.scale", "data method score", **slots))
    text, readable = readable_text(view, request.room // 4)
    content += text
    return _draft(content, *shown, *sized, *readable)


def _kind(view: View) -> str:
    return "program" if _executable(view) else "script" if view.file.kind == "script" else "data"


def _packed(view: View, found: Entropy, request: Request) -> Draft:
    packed = found.packed_indicators
    slots = _base(view, found)
    size, sized = _size(view)
    flagged = packed is not None and packed.likely_packed is True
    flag = value.equal(bool(flagged), view.at("entropy", ".packed_indicators.likely_packed"))
    slots |= {"flag": value.in_code(flag)} | size
    code, shown_code = _code(view, found)
    slots |= code
    whole = bool(found.sections) and found.sections[0].name == "entire_file"
    kind = ("data" if whole else "program") if flagged else "no" if _executable(view) else "text"
    if _empty(view):
        return _vacuous("packed", slots, *sized)
    if _tiny(view):
        return _few_bytes("packed", slots, *sized)
    content: list[Content] = [say("answer", f"entropy.packed.{kind}", "decision entropy malware", **slots)]
    if kind == "program":
        content.append(_why_packed(view, found, slots))
    more, shown = _extremes(view, found)
    content += more
    if kind != "text" or _written(found):
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
    if kind != "text" or _written(found):
        content.append(say("verify", f"entropy.packed.{kind}.verify", "verify method next", **slots))
    return _draft(content, *shown, *shown_code, *counting, *sized, *evidence)


def _also_encrypted(view: View, found: Entropy) -> list[Content]:
    """That the other flag is set, and by what: whoever reads about packing sees it in the same block."""
    marks = found.encryption_indicators
    if marks is None or marks.likely_encrypted is not True:
        return []
    path = view.at("entropy", ".encryption_indicators")
    slots = {"flag": value.in_code(value.equal(True, path + ".likely_encrypted")), "name": view.name}
    why = _why_encrypted(found, flagged=True)
    if why == "constant":
        names = [value.member(name, path + ".crypto_constants_found") for name in marks.crypto_constants_found]
        slots["constants"] = value.join(names)
    elif why == "share" and marks.random_data_percentage is not None:
        slots["share"] = value.percent(marks.random_data_percentage, path + ".random_data_percentage")
    elif why == "region":
        slots |= _region(view, found)
    else:
        return []
    return [say("answer", f"entropy.packed.encrypted.{why}", "crypto rule weakness", **slots)]


def _why_packed(view: View, found: Entropy, slots: dict[str, Text]) -> Content:
    """Which of the rule's conditions ticked the flag of an executable."""
    packed = found.packed_indicators
    if packed is not None and packed.packer_signatures:
        path = view.at("entropy", ".packed_indicators.packer_signatures")
        names = value.join([value.member(name, path) for name in packed.packer_signatures])
        return say("answer", "entropy.packed.by_marker", "rule weakness malware", list=names, **slots)
    if "code" in slots and next(one for one in found.sections if one.name in (".text", "__text")).is_suspicious:
        return say("answer", "entropy.packed.by_code", "rule weakness code entropy", **slots)
    return say("answer", "entropy.packed.by_share", "rule weakness entropy", **slots)


def _vacuous(flag: str, slots: dict[str, Text], *shows: Show) -> Draft:
    """A flag of a file without bytes."""
    content: list[Content] = [
        say("answer", f"entropy.flag.{flag}", "decision weakness plain", **slots),
        say("limit", "entropy.nothing.limit", "limit data score", **slots),
    ]
    return _draft(content, *shows)


def _few_bytes(flag: str, slots: dict[str, Text], *shows: Show) -> Draft:
    """A figure or flag of a file of a few bytes: their entropy is low whatever they are."""
    content: list[Content] = [
        say("answer", f"entropy.tiny.{flag}", "decision weakness plain", **slots),
        say("limit", "entropy.tiny.limit", "limit data score", **slots),
        say("verify", "entropy.tiny.verify", "verify method next", **slots),
    ]
    return _draft(content, *shows)


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


_ROUNDED = 0.1
"""How far a recomputed score may lie from the one of the report."""
_CONSTANTS = {"Possible RC4 init": "rc", "MD5 constant": "md", "SHA-256 constant": "sha", "AES S-box": "aes"}
_TEXT = 0.2
"""Share of other bytes than printable ones up to which a file is taken for text."""
_HASHING = ("md5", "sha", "crypt", "ssl", "gpg", "sum", "crc", "uuid", "pass", "tls", "ssh", "cmp")


def _encrypted(view: View, found: Entropy, request: Request) -> Draft:
    marks = found.encryption_indicators
    slots = _base(view, found)
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
    if _empty(view):
        return _vacuous("encrypted", slots, *_size(view)[1])
    if _tiny(view):
        return _few_bytes("encrypted", slots | _size(view)[0], *_size(view)[1])
    why = _why_encrypted(found, flagged)
    slots |= _region(view, found)
    content: list[Content] = [say("answer", f"entropy.encrypted.{why}", "decision crypto entropy", **slots)]
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
    more, shown = _extremes(view, found)
    real = _real(found)
    if real and max(found.sections[i].entropy for i in real) < 7.2 and len(real) > 2:
        top = max(real, key=lambda i: found.sections[i].entropy)
        content.append(
            say(
                "detail",
                "entropy.encrypted.no_part",
                "crypto entropy",
                **_parts(view, found, top=top),
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
        if not _executable(view) and _written(found)
        else ""
    )
    if how:
        content.append(say("verify", f"entropy.encrypted.verify.{how}", "verify next method", **slots))
    return _draft(content, *shown, *readable)


def _why_encrypted(found: Entropy, flagged: bool) -> str:
    """Which of the rule's conditions ticked the flag."""
    marks = found.encryption_indicators
    if marks is None or not flagged:
        return "no"
    if marks.high_entropy_regions:
        return "region"
    if marks.crypto_constants_found:
        return "constant"
    return "share" if marks.random_data_percentage is not None else "no"


def _region(view: View, found: Entropy) -> dict[str, Text]:
    marks = found.encryption_indicators
    if marks is None or not marks.high_entropy_regions:
        return {}
    first, path = marks.high_entropy_regions[0], view.at("entropy", ".encryption_indicators.high_entropy_regions[0]")
    return {
        "region_size": value.grouped(first.size, path + ".size", "byte|bytes"),
        "region_offset": value.hexadecimal(first.offset, path + ".offset"),
        "region_value": value.fixed(first.entropy, path + ".entropy", 3, _UNIT),
    }


def _printable(view: View, found: Entropy, request: Request) -> Draft:
    marks = found.encryption_indicators
    fraction = (marks.random_data_percentage if marks is not None else None) or 0.0
    slots = _base(view, found)
    path = view.at("entropy", ".encryption_indicators.random_data_percentage")
    slots |= {"share": value.percent(fraction, path), "raw": value.in_code(value.equal(fraction, path))}
    slots["rest"] = value.computed(f"{(1 - fraction) * 100:.1f} %", "percent", ["difference", 1, path], 1)
    size, sized = _size(view)
    slots |= size
    level = "text" if fraction < 0.15 else "mixed" if fraction < 0.8 else "binary"
    level = "dense" if (found.overall_entropy or 0.0) > _DENSE_OVERALL and fraction >= 0.15 else level
    content: list[Content] = [
        say("answer", f"entropy.printable.{level}", "data score method plain identity", **slots),
        say("limit", "entropy.printable.name", "weakness limit score data", **slots),
        say("answer", f"entropy.printable.{level}.means", "entropy data plain", **slots),
    ]
    text, readable = readable_text(view, request.room // 4)
    content += text
    more, shown = _extremes(view, found)
    return _draft([*content, *more], *sized, *readable, *(shown if more else ()))


def _compress(view: View, found: Entropy, request: Request) -> Draft:
    size, sized = _size(view)
    overall = found.overall_entropy or 0.0
    slots = _base(view, found) | {"ratio": _scale(view, found)} | size
    metadata = view.file.metadata
    if metadata is not None and metadata.file_size:
        bits = ["product", view.at("entropy", ".overall_entropy"), view.at("metadata", ".file_size")]
        amount = overall * metadata.file_size / 8
        text = value.with_unit(f"{amount:,.0f}", amount, "byte|bytes")
        slots["estimate"] = value.computed(text, "fixed", ["quotient", bits, 8], 0, "byte|bytes")
    level = "none" if overall > 7.5 else "little" if overall > 6.9 else "some" if overall > 5 else "much"
    content: list[Content] = [say("answer", f"entropy.compress.{level}", "storage decision entropy", **slots)]
    content.append(say("answer", "entropy.compress.bound", "storage method data", **slots))
    more, shown = _extremes(view, found)
    real = _real(found)
    if len(real) > 2:
        low = min(real, key=lambda i: found.sections[i].entropy)
        large = max(real, key=lambda i: found.sections[i].size)
        parts = _parts(view, found, low=low, large=large)
        content.append(say("detail", "entropy.compress.parts", "storage structure size performance", **parts))
    content.append(say("limit", f"entropy.compress.limit.{_kind(view)}", "limit storage verify", **slots))
    content.append(say("verify", "entropy.compress.verify", "verify storage next", **slots))
    return _draft(content, *(shown if more else ()), *sized)


def _obfuscation(view: View, found: Entropy, request: Request) -> Draft:
    score = found.obfuscation_score or 0.0
    slots = _base(view, found)
    slots["score"] = value.fixed(score, view.at("entropy", ".obfuscation_score"), 1)
    marks = found.encryption_indicators
    flagged = marks is not None and marks.likely_encrypted is True
    kind = "vacuous" if not found.sections else "flagged" if flagged else "plain"
    if flagged:
        path = view.at("entropy", ".encryption_indicators")
        slots["flag"] = value.in_code(value.equal(True, path + ".likely_encrypted"))
        if marks is not None and marks.crypto_constants_found:
            names = [value.member(one, path + ".crypto_constants_found") for one in marks.crypto_constants_found]
            slots["constants"] = value.join(names)
        elif marks is not None and marks.random_data_percentage is not None:
            slots["share"] = value.percent(marks.random_data_percentage, path + ".random_data_percentage")
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
    more, shown = _extremes(view, found)
    content += [*facts, *more]
    if _executable(view):
        content.append(say("verify", "entropy.obfuscation.verify", "verify code next", **slots))
    elif view.file.kind == "script":
        content.append(say("verify", "entropy.obfuscation.read", "verify code next", **slots))
    return _draft(content, *evidence, *shown)


def _sections(view: View, found: Entropy, request: Request) -> Draft | None:
    real = _real(found)
    if len(real) < 3:
        return None
    order = sorted(real, key=lambda i: -found.sections[i].entropy)
    top, low = order[0], order[-1]
    slots = {
        "top": _name(view, found, top),
        "top_value": _of(view, top),
        "low": _name(view, found, low),
        "low_value": _of(view, low),
        "name": view.name,
    }
    even = found.sections[top].entropy < _DENSE
    lead_phrase = "entropy.sections.even" if even else "entropy.sections"
    content: list[Content] = [say("answer", lead_phrase, "entropy structure decision", **slots)]
    shown = few(order, len(order)) if request.length == "long" else [*order[:3], *order[-2:]]
    rows = [_row(view, found, index) for index in sorted(set(shown))]
    whole = len(rows) == len(real)
    lead = say("answer", "entropy.sections.lead" if whole else "entropy.sections.lead.some", "entropy structure")
    if request.length == "long":
        content.append(
            Section(
                say("detail", "entropy.sections.heading"), (items("answer", lead, list(rows), "entropy structure"),)
            )
        )
    else:
        content.append(items("answer", lead, list(rows), "entropy structure"))
    content += _known(view, found, [index for index in real if index not in shown])
    flagged = [i for i in real if found.sections[i].is_suspicious]
    if flagged:
        content.append(
            say(
                "limit",
                "entropy.sections.flagged" if len(flagged) > 1 else "entropy.sections.flagged.one",
                "weakness rule",
                list=value.join([_name(view, found, i) for i in flagged[:3]]),
            )
        )
    hollow = [i for i in range(len(found.sections)) if _no_bytes(found, i)]
    if hollow:
        content.append(
            say(
                "limit",
                "entropy.sections.hollow",
                "limit structure",
                section=_name(view, found, hollow[0]),
                value=_of(view, hollow[0]),
            )
        )
    indices = (
        tuple(range(len(found.sections)))
        if request.length == "long"
        else tuple(sorted({*shown, *real[:0], *hollow[:1], *flagged[:3], *_names_of(found, real)}))
    )
    show = Show(SECTIONS) if request.length == "long" else Show(SECTIONS, only=indices)
    return Draft(slots={}, shows=(show,), content=tuple(content), context=("entropy", *SURROUNDINGS))


_TOLD = (".text", ".rodata", ".data", ".eh_frame", ".dynstr", ".dynsym", ".data.rel.ro", ".rela.dyn", ".rsrc", ".rdata")


_HELD = {
    ".text": " (machine code)", ".rodata": " (constants and messages)", ".data": " (variables)", ".eh_frame": " (unwind tables)",
    ".dynstr": " (names)", ".dynsym": " (symbol table for the loader)", ".data.rel.ro": " (relocated pointers)", ".rela.dyn": " (relocations)",
    ".rela.plt": " (relocations of the stubs)", ".plt": " (stubs of imported functions)", ".interp": " (path of the loader)",
    ".rsrc": " (resources)", ".rdata": " (read-only data)", ".symtab": " (full symbol table)", ".strtab": " (names of all symbols)",
}  # fmt: skip
"""What stands in a section of that name, for the list of figures."""


def _names_of(found: Entropy, real: list[int]) -> list[int]:
    return [i for i in real if found.sections[i].name in _TOLD]


def _known(view: View, found: Entropy, real: list[int]) -> list[Content]:
    said: list[Content] = []
    for index in _names_of(found, real):
        key = found.sections[index].name.strip(".").replace(".", "_")
        said.append(
            say(
                "detail",
                f"entropy.of.{key}",
                "entropy structure code",
                section=_name(view, found, index),
                value=_of(view, index, 2, "bits"),
                name=view.name,
            )
        )
    return said


def _row(view: View, found: Entropy, index: int) -> "Text":
    """A section with its figures and, where the name is a common one, what it holds."""
    one = found.sections[index]
    size = value.grouped(one.size, view.at("entropy", f".sections[{index}].size"), "byte|bytes")
    name, figure = _name(view, found, index), _of(view, index, 2, "bits")
    held = _HELD.get(one.name, "")
    return Text(f"{name.text}{held}: {figure.text}, {size.text}", name.sources + figure.sources + size.sources)


def _section(view: View, found: Entropy, request: Request) -> tuple[Draft, Draft] | None:
    real, names = _real(found), {one.name for one in found.sections}
    inside = choose(request.key, real)
    missing = [name for name in ordered(request.key, _PLAUSIBLE) if name not in names]
    if not missing:
        return None
    room = view.lines(SECTIONS).within(max(request.room, 1500))
    shows = (Show(SECTIONS),) if room else (Show(SECTIONS, 0, view.lines(SECTIONS).fits(0, request.room)),)
    if not room:
        return None
    return _there(view, found, inside, shows), _not_there(view, found, missing[0], shows)


def _there(view: View, found: Entropy, index: int, shows: tuple[Show, ...]) -> Draft:
    one: EntropySection = found.sections[index]
    slots = {
        "section": _name(view, found, index), "value": _of(view, index), "name": view.name,
        "size": value.grouped(one.size, view.at("entropy", f".sections[{index}].size"), "byte|bytes"),
        "offset": value.hexadecimal(one.offset, view.at("entropy", f".sections[{index}].offset")),
    }  # fmt: skip
    content: list[Content] = [
        say("answer", "entropy.section.yes", "entropy structure", **slots),
        say("detail", "entropy.section.place", "structure size address", **slots),
        say("answer", f"entropy.section.band.{_band(one.entropy)}", "plain entropy", **slots),
    ]
    content.append(
        say("detail", "entropy.section.overall", "entropy data", overall=_base(view, found)["overall"], **slots)
    )
    more, _ = _extremes(view, found)
    content += more[:1]
    if one.size < 256:
        content.append(say("limit", "entropy.section.small", "limit data method", **slots))
    asked = {"section": value.in_code_asked(one.name), "name": view.name}
    shows = (*shows, Show("entropy"))
    return Draft(slots=asked, shows=shows, content=tuple(content), context=("entropy", *SURROUNDINGS))


def _not_there(view: View, found: Entropy, name: str, shows: tuple[Show, ...]) -> Draft:
    missing = value.absent(name, view.at("entropy", ".sections"), "name")
    near = max(_real(found), key=lambda i: _shared(found.sections[i].name, name))
    slots = {"section": missing, "near": _name(view, found, near), "value": _of(view, near), "name": view.name}
    content: list[Content] = [
        say("answer", "entropy.section.no", "entropy structure", **slots),
        say("answer", f"entropy.section.why.{_absence(view, name)}", "limit structure", **slots),
        say("detail", "entropy.section.only", "entropy data", overall=_base(view, found)["overall"], name=view.name),
    ]
    more, _ = _extremes(view, found)
    content += more[:1]
    if _shared(found.sections[near].name, name) >= _ALIKE:
        content.insert(1, say("detail", "entropy.section.near", "entropy", **slots))
    return Draft(
        slots={"section": missing, "name": view.name},
        shows=(*shows, Show("entropy")),
        content=tuple(content),
        context=("entropy", *SURROUNDINGS),
        negative="entity_not_there",
    )


def _absence(view: View, name: str) -> str:
    """Why a section of that name may be missing: another system's, a debugging one, a packer's, or merely empty."""
    if name in _WINDOWS and view.file.kind == "elf":
        return "windows"
    if name in (".debug_info", ".symtab", ".comment"):
        return "stripped"
    return "packer" if name in (".upx0", ".packed") else "other"


_ALIKE = 3
"""Letters that two section names share at least before one is offered for the other."""
_WINDOWS = (".rsrc", ".reloc", ".rdata", ".pdata", ".idata")


def _shared(one: str, other: str) -> int:
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _bss(view: View, found: Entropy, request: Request) -> Draft | None:
    hollow = [i for i in range(len(found.sections) - 1) if _no_bytes(found, i)]
    if not hollow:
        return None
    index = hollow[0]
    one, following = found.sections[index], found.sections[index + 1]
    place = view.at("entropy", f".sections[{index}]")
    end = one.offset + one.size
    slots = {
        "section": _name(view, found, index), "value": _of(view, index), "name": view.name, "next": _name(view, found, index + 1),
        "size": value.grouped(one.size, place + ".size", "byte|bytes"), "offset": value.grouped(one.offset, place + ".offset"),
        "end": value.computed(f"{end:,}", "grouped", ["sum", place + ".offset", place + ".size"], ""),
        "next_offset": value.grouped(following.offset, view.at("entropy", f".sections[{index + 1}].offset")),
    }  # fmt: skip
    content: list[Content] = [
        say("answer", "entropy.bss", "entropy structure decision", **slots),
        say("answer", "entropy.bss.overlap", "structure method address", **slots),
        say("meaning", "entropy.bss.means", "plain memory_safety structure", **slots),
        say("limit", "entropy.bss.limit", "limit weakness data", **slots),
    ]
    return Draft(
        slots={},
        shows=(Show(SECTIONS, only=(index, index + 1)),),
        content=tuple(content),
        context=("entropy", *SURROUNDINGS),
    )
