"""How often a mnemonic stands in a listing, and the counts of jumps, calls and returns."""

import re

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Slot, say
from threatflux_training.compose.value import Text, join
from threatflux_training.evidence.view import View
from threatflux_training.hashing import ordered
from threatflux_training.reports.model import DisassemblyAnalysis
from threatflux_training.tasks.model import Draft, Offer, Request, Show

_COUNTS = "disassembly.analysis"
_TYPES = "disassembly.analysis.instruction_types"
_CONTEXT = ("disassembly", "binary_info", "binary_info.sections", "symbols.imports")
_ABSENT = ("syscall", "cpuid", "rdtsc", "div", "idiv", "aesenc", "xorps", "hlt", "sqrtsd", "bswap", "lock cmpxchg", "int3", "rep stosq", "fld", "vzeroupper", "popcnt", "in", "out", "sha256rnds2", "cmovg")  # fmt: skip

_VECTOR = re.compile(
    r"v(?!err|erw|m(?:call|clear|func|launch|load|mcall|ptr|read|resume|run|save|write|x))\w+"
    r"|p(?:abs|ack|add|align|and|avg|blend|clmul|cmp|extr|hadd|hsub|insr|madd|max|min|mov|mul|or|sad|shuf|sign|sll|sra|srl|sub|test|unpck|xor)\w*"
    r"|mov[au]p[sd]|movdq[au]|mov[hl]p[sd]|movhlps|movlhps|movmskp[sd]|movss|cvt\w+"
    r"|(?:add|sub|mul|div|sqrt|min|max)[ps][sd]|u?comis[sd]|(?:and|andn|or|xor|shuf|unpck[hl])p[sd]"
)
"""Mnemonics that work on vector registers; not all of them: `movsd`, for one, is a name for copying strings too."""


def offers(view: View) -> list[Offer]:
    """Tasks on counts, where the scanner counted."""
    analysis = view.file.disassembly.analysis if view.file.disassembly else None
    if analysis is None or len(analysis.instruction_types) < 4 or not analysis.total_instructions:
        return []
    return [
        Offer(task="disassembly.counts", build=lambda r: _counts(view, analysis, r), importance=3, variants=2, weight=0.6),
        Offer(task="disassembly.count", build=lambda r: _count(view, analysis, r), importance=3, variants=4, weight=0.6, pair=True),
    ]  # fmt: skip


def _at(view: View, name: str) -> str:
    rest = f".{name}" if name.isidentifier() else f'["{name}"]'
    return view.at("disassembly", f".analysis.instruction_types{rest}")


def _figure(view: View, analysis: DisassemblyAnalysis, name: str) -> Text:
    return value.grouped(analysis.instruction_types[name], _at(view, name), "")


def _name(view: View, name: str) -> Text:
    return value.member(name, view.at("disassembly", ".analysis.instruction_types"))


def _total(view: View, analysis: DisassemblyAnalysis) -> Text:
    return value.grouped(analysis.total_instructions or 0, view.at("disassembly", ".analysis.total_instructions"))


def _part(view: View, analysis: DisassemblyAnalysis, name: str) -> Text:
    ratio = analysis.instruction_types[name] / (analysis.total_instructions or 1)
    inner = ["quotient", _at(view, name), view.at("disassembly", ".analysis.total_instructions")]
    return value.computed(f"{ratio * 100:.1f} %", "percent", inner, 1)


def _ranked(analysis: DisassemblyAnalysis) -> list[str]:
    return [name for name, _ in sorted(analysis.instruction_types.items(), key=lambda one: (-one[1], one[0]))]


def _counts(view: View, analysis: DisassemblyAnalysis, request: Request) -> Draft:
    names = _ranked(analysis)
    most = {"short": 3, "medium": 5, "long": 8}[request.length]
    pairs = [join([_name(view, name), _figure(view, analysis, name)], "with") for name in names[1:most]]
    slots: dict[str, Slot] = {
        "name": view.name, "total": _total(view, analysis), "first": _name(view, names[0]),
        "figure": _figure(view, analysis, names[0]), "part": _part(view, analysis, names[0]), "list": tuple(pairs),
    }  # fmt: skip
    content: list[Content] = [say("answer", "disassembly.counts", "code decision performance", **slots)]
    summary = analysis.control_flow_summary
    for key in ("function_calls", "conditional_jumps", "returns"):
        if key in summary:
            path = view.at("disassembly", f".analysis.control_flow_summary.{key}")
            slots[key] = value.grouped(summary[key], path)
    if {"function_calls", "conditional_jumps", "returns"} <= slots.keys() and summary["returns"]:
        base = view.at("disassembly", ".analysis.control_flow_summary")
        ratio = ["quotient", f"{base}.function_calls", f"{base}.returns"]
        slots["ratio"] = value.computed(f"{summary['function_calls'] / summary['returns']:.1f}", "fixed", ratio, 1)
        content.append(say("detail", "disassembly.counts.flow", "structure code performance", **slots))
    if "xor" in analysis.instruction_types:
        slots["xor"] = _figure(view, analysis, "xor")
        content.append(say("meaning", "disassembly.counts.xor", "malware crypto weakness", **slots))
    vector = next((name for name in names if _VECTOR.fullmatch(name)), None)
    if vector is not None:
        slots |= {"vector": _name(view, vector), "amount": _figure(view, analysis, vector)}
        content.append(say("detail", "disassembly.counts.vector", "performance hardware", **slots))
    nops = sum(amount for name, amount in analysis.instruction_types.items() if name == "nop")
    if nops:
        slots["nop"] = _figure(view, analysis, "nop")
        content.append(say("meaning", "disassembly.counts.nop", "build size performance", **slots))
    for name in ("syscall", "cpuid", "rdtsc"):
        if name in analysis.instruction_types:
            slots |= {"rare": _name(view, name), "times": _figure(view, analysis, name)}
            content.append(say("detail", f"disassembly.counts.{name}", "kernel hardware malware", **slots))
            break
    content.append(say("limit", "disassembly.counts.limit", "limit method", **slots))
    return Draft(
        slots={"name": view.name}, shows=(Show(_COUNTS), Show(_TYPES)), content=tuple(content), context=_CONTEXT
    )


def _count(view: View, analysis: DisassemblyAnalysis, request: Request) -> tuple[Draft, Draft] | None:
    """A mnemonic that is there, and one that isn't."""
    names = _ranked(analysis)
    there = ordered(f"{request.key}/there", names[: max(12, len(names) // 2)])[0]
    missing = next(
        (one for one in ordered(f"{request.key}/missing", list(_ABSENT)) if one not in analysis.instruction_types), None
    )
    if missing is None:
        return None
    place = names.index(there)
    lines = view.lines(_TYPES)
    whole = lines.within(request.room)
    near = names[max(0, place - 1)] if place else names[1]
    nearest = next((one for one in names if one[:2] == missing[:2]), names[0])

    def show(*used: str) -> tuple[Show, ...]:
        if whole:
            return (Show(_COUNTS), Show(_TYPES))
        only = {names.index(one) for one in used} | set(range(4))
        return (Show(_COUNTS), Show(_TYPES, only=tuple(sorted(only))))

    slots: dict[str, Slot] = {
        "name": view.name, "mnemonic": _name(view, there), "figure": value.grouped(analysis.instruction_types[there], _at(view, there), "time|times"),
        "part": _part(view, analysis, there), "near": _name(view, near), "other": _figure(view, analysis, near), "total": _total(view, analysis),
    }  # fmt: skip
    yes: list[Content] = [
        say("answer", "disassembly.count.yes", "code decision", **slots),
        say("detail", "disassembly.count.part", "code performance data", **slots),
        say("detail", "disassembly.count.near", "code data", **slots),
        say("limit", "disassembly.count.limit", "limit method", **slots),
    ]
    lost: dict[str, Slot] = {
        "name": view.name, "mnemonic": value.absent(missing, view.at("disassembly", ".analysis.instruction_types")),
        "near": _name(view, nearest), "other": _figure(view, analysis, nearest), "total": _total(view, analysis),
    }  # fmt: skip
    no: list[Content] = [
        say("answer", "disassembly.count.no", "code decision", **lost),
        say("detail", "disassembly.count.instead", "code data", **lost),
        say("limit", "disassembly.count.no.limit", "limit method", **lost),
    ]
    asked = (value.in_code_asked(there), value.in_code_asked(missing))
    return (
        Draft(slots={"mnemonic": asked[0], "name": view.name}, shows=show(there, near), content=tuple(yes), context=_CONTEXT),
        Draft(slots={"mnemonic": asked[1], "name": view.name}, shows=show(nearest), content=tuple(no), context=_CONTEXT, negative="entity_not_there"),
    )  # fmt: skip
