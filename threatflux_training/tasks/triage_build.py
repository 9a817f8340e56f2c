"""How a compiled file of a case was built: compiler-made checks, and how dense its sections are."""

import msgspec

from threatflux_training.compose import value
from threatflux_training.compose.content import Items, Say, items, say
from threatflux_training.compose.value import Text
from threatflux_training.tasks.hardening import summary
from threatflux_training.tasks.model import Request, Show
from threatflux_training.tasks.triage_case import Case, Part
from threatflux_training.tasks.triage_shape import table_of

_BYTES = "byte|bytes"
_FLAG = "-fno-stack-protector"
_UNBOUNDED = ("strcpy", "strcat", "sprintf", "vsprintf", "gets", "stpcpy", "scanf", "sscanf", "system", "popen")


def _protected(case: Case, stripped: bool | None, told: list[Say], shows: tuple[Show, ...]) -> Part:
    """The mitigations by header and name, the calls that need care, and what stripping left."""
    lead = msgspec.structs.replace(told[0], phrase=f"triage.{told[0].phrase}")
    decided = [one for one in told[1:] if not one.phrase.endswith("pie.library")]
    said: list[Say | Items] = [lead, *sorted(decided, key=lambda one: "pie" in one.phrase)]
    unbounded = [name for name in _UNBOUNDED if name in case.names]
    evidence = list(shows)
    if unbounded:
        listed = case.imported(unbounded)
        said.append(say("detail", "triage.hard.care", "memory_safety weakness imports", **case.slots, list=listed))
        evidence.append(Show("symbols.imports", only=tuple(sorted({case.names[one] for one in unbounded}))))
    if stripped is not None:
        form = "stripped" if stripped else "symbols"
        said.append(say("detail", f"triage.hard.{form}", "code structure build", **case.slots))
        evidence.append(Show("binary_info"))
    said.append(say("limit", "triage.hard.limit", "limit mitigation kernel", **case.slots))
    return Part(tuple(said), tuple(evidence))


def hardening(case: Case, request: Request) -> Part | None:
    """What the build did for safety, as far as headers and names show it."""
    binary, table = case.file.binary_info, table_of(case)
    if binary is None or binary.format != "ELF" or case.kind == "object":
        return None
    found = summary(table, request.persona.register == "plain") if table is not None else None
    if found is not None:
        return _protected(case, binary.is_stripped, *found)
    if not case.names:
        return None
    slots = dict(case.slots)
    said: list[Say | Items] = []
    checked = [name for name in case.names if name.startswith("__") and name.endswith("_chk")]
    used: list[str] = []
    if "__stack_chk_fail" in case.names:
        slots["canary"] = case.imported(["__stack_chk_fail"])
        used.append("__stack_chk_fail")
    if checked:
        slots["checked"] = case.imported(checked[:6])
        used += checked[:6]
    form = {(True, True): "both", (True, False): "canary", (False, True): "checked", (False, False): "none"}
    state = form["canary" in slots, "checked" in slots]
    if state == "none":
        slots["missing"] = value.absent("__stack_chk_fail", case.view.at("symbols", ".imports"), "name")
    said.append(say("answer", f"triage.hard.{state}", "mitigation memory_safety build decision", **slots))
    flag = next((index for index, text in enumerate(case.listing.texts) if _FLAG in text), -1) if case.listing else -1
    if flag >= 0 and case.listing is not None:
        given = slots | {"flag": case.listing.piece(flag, _FLAG)}
        said.append(say("detail", "triage.hard.flag", "mitigation memory_safety build weakness", **given))
    unbounded = [name for name in _UNBOUNDED if name in case.names]
    if unbounded:
        used += unbounded
        said.append(
            say("detail", "triage.hard.care", "memory_safety weakness imports", **slots, list=case.imported(unbounded))
        )
    if binary.is_stripped is not None:
        said.append(
            say(
                "detail",
                f"triage.hard.{'stripped' if binary.is_stripped else 'symbols'}",
                "code structure build",
                **slots,
            )
        )
    said.append(say("limit", "triage.hard.limit", "limit mitigation kernel", **slots))
    lines = case.view.lines("symbols.imports")
    if lines.within(request.room) or not used:
        show = Show("symbols.imports")
    else:
        show = Show("symbols.imports", only=tuple(sorted({case.names[one] for one in used})))
    shown = case.show([flag], request) if flag >= 0 else ()
    return Part(tuple(said), (show, Show("binary_info"), *shown))


def layout(case: Case, request: Request) -> Part | None:
    """How dense each part is: packed code would stand out."""
    entropy = case.file.entropy
    if entropy is None or len(entropy.sections) < 3 or case.kind not in ("program", "library", "object", "image"):
        return None
    real = [
        (index, one)
        for index, one in enumerate(entropy.sections)
        if "bss" not in one.name and one.size >= 64 and one.name
    ]
    code = next((entry for entry in real if entry[1].name == ".text"), None)
    if code is None or len(real) < 3:
        return None
    slots = dict(case.slots)

    def measured(entry: tuple[int, object]) -> Text:
        return value.fixed(
            entropy.sections[entry[0]].entropy, case.view.at("entropy", f".sections[{entry[0]}].entropy"), 2
        )

    def named(entry: tuple[int, object]) -> Text:
        return value.code(entropy.sections[entry[0]].name, case.view.at("entropy", f".sections[{entry[0]}].name"))

    top = max(real, key=lambda entry: entry[1].entropy)
    slots |= {"code": measured(code), "section": named(code), "densest": named(top), "most": measured(top)}
    ordinary = code[1].entropy <= 6.8 and top[1].entropy <= 7.2
    form = "plain" if ordinary else "dense"
    if top[0] == code[0]:
        form = "code" if ordinary else "dense.code"
    said: list[Say | Items] = [say("answer", f"triage.layout.{form}", "entropy structure malware decision", **slots)]
    chosen = [code, top]
    if request.length == "long" and len(real) > 5:
        chosen = sorted(real, key=lambda entry: -entry[1].size)[:10]
        entries: list[Say | Text] = [
            Text(
                f"{(label := named(entry)).text}: {(figure := measured(entry)).text} over {(size := value.grouped(entry[1].size, case.view.at('entropy', f'.sections[{entry[0]}].size'), _BYTES)).text}",
                label.sources + figure.sources + size.sources,
            )
            for entry in chosen
        ]
        said.append(
            items(
                "detail",
                say("detail", "triage.layout.lead", "entropy structure data", **slots),
                entries,
                "entropy structure",
            )
        )
        chosen += [code, top]
    said.append(say("limit", "triage.layout.limit", "limit entropy method", **slots))
    return Part(tuple(said), (Show("entropy.sections", only=tuple(sorted({entry[0] for entry in chosen}))),))
