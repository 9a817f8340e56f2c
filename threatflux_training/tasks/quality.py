"""Code quality: vacuous with zero functions; with functions, figures of machine code with their limits."""

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, items, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.view import View
from threatflux_training.hashing import choose, ordered
from threatflux_training.reports.model import CodeQuality
from threatflux_training.tasks.compound import SURROUNDINGS, firm_pair
from threatflux_training.tasks.file_facts import NOTHING, Facts
from threatflux_training.tasks.model import Draft, Offer, Request, Show

FAMILY = "code_quality"
_BLOCK, _FUNCTIONS, _ISSUES = "code_quality", "code_quality.function_metrics", "code_quality.quality_issues"
_CONTEXT = ("vulnerabilities.risk_assessment", "entropy", *SURROUNDINGS)
_NAMES = (
    "main",
    "init",
    "parse_args",
    "usage",
    "cleanup",
    "read_config",
    "handle_request",
    "run",
    "process",
    "print_help",
    "open_log",
    "update",
)
_WRAPPED = 2**31
_NAMED = 5
"""Measured functions that a sentence names."""


def offers(view: View, partner: View | None) -> list[Offer]:
    """Tasks on the metrics."""
    found = view.file.code_quality
    if (
        found is None
        or found.quality_report is None
        or found.quality_report.overall_quality_score is None
        or found.analysis_stats is None
    ):
        return []
    if not found.analysis_stats.functions_analyzed or not found.function_metrics:
        return [
            Offer(
                task="code_quality.vacuous",
                build=lambda r: _vacuous(view, found, r),
                importance=5,
                variants=2,
                long=True,
            ),
            Offer(
                task="code_quality.complexity",
                build=lambda r: _no_complexity(view, found, r),
                importance=3,
                weight=0.7,
                long=True,
            ),
        ]
    made = [
        Offer(task="code_quality.score", build=lambda r: _score(view, found, r), importance=4, long=True),
        Offer(task="code_quality.longest", build=lambda r: _longest(view, found, r), importance=4, long=True),
        Offer(
            task="code_quality.function",
            build=lambda r: firm_pair(_pair(view, found, r), r),
            importance=3,
            pair=True,
            variants=3,
        ),
    ]
    if found.quality_report.quality_issues:
        made.append(Offer(task="code_quality.issues", build=lambda r: _issues(view, found, r), importance=4, long=True))
    return made


def _base(view: View, found: CodeQuality) -> dict[str, Text]:
    report, stats = found.quality_report, found.analysis_stats
    path = view.at("code_quality")
    slots = {
        "name": view.name,
        "score": value.fixed(
            report.overall_quality_score or 0.0 if report else 0.0, path + ".quality_report.overall_quality_score", 0
        ),
    }
    if report is not None and report.code_health:
        slots["health"] = value.code(report.code_health, path + ".quality_report.code_health")
    if stats is not None and stats.functions_analyzed is not None:
        slots["functions"] = value.grouped(
            stats.functions_analyzed, path + ".analysis_stats.functions_analyzed", "function|functions"
        )
    if stats is not None and stats.instructions_analyzed is not None:
        slots["instructions"] = value.grouped(
            stats.instructions_analyzed, path + ".analysis_stats.instructions_analyzed", "instruction|instructions"
        )
    return slots


def _draft(content: list[Content], *shows: Show, slots: dict[str, Text] | None = None) -> Draft:
    return Draft(slots=slots or {}, shows=(Show(_BLOCK), *shows), content=tuple(content), context=_CONTEXT)


def _vacuous(view: View, found: CodeQuality, request: Request) -> Draft:
    slots = _base(view, found)
    content: list[Content] = [
        say("answer", "code_quality.vacuous", "decision score plain", **slots),
        say("answer", "code_quality.vacuous.zero", "method weakness", **slots),
    ]
    info = view.file.binary_info
    stripped = info is not None and info.is_stripped is True
    why = choose(request.key, ("every", "subtract")) if stripped else "subtract"
    content.append(say("answer", f"code_quality.vacuous.{why}", "weakness score rule plain data", **slots))
    shows: tuple[Show, ...] = ()
    metadata = view.file.metadata
    if metadata is not None and metadata.file_size:
        size = value.grouped(metadata.file_size, view.at("metadata", ".file_size"), "byte|bytes")
        content.append(say("detail", "code_quality.vacuous.size", "size data performance", size=size, **slots))
        shows = (Show("metadata"),)
    if stripped:
        content.append(say("detail", "code_quality.vacuous.stripped", "structure build code", **slots))
        shows += (Show("binary_info"),)
    code, shown = _code_size(view)
    content += code
    shows += shown
    way = "source" if info is not None and info.is_stripped is False else "build"
    content.append(say("verify", f"code_quality.vacuous.{way}", "verify build next", **slots))
    content.append(say("limit", "code_quality.vacuous.limit", "limit decision", **slots))
    return _draft(content, *shows)


def _code_size(view: View) -> Facts:
    """How much code there is that was not measured."""
    entropy = view.file.entropy
    found = [i for i, one in enumerate(entropy.sections if entropy else ()) if one.name == ".text" and one.size]
    if entropy is None or not found:
        return NOTHING
    index = found[0]
    path = view.at("entropy", f".sections[{index}]")
    slots = {
        "section": value.code(".text", path + ".name"), "name": view.name,
        "size": value.grouped(entropy.sections[index].size, path + ".size", "byte|bytes"),
    }  # fmt: skip
    said = say("detail", "code_quality.vacuous.code", "code size structure performance", **slots)
    return [said], (Show("entropy.sections", only=(index,)),)


def _no_complexity(view: View, found: CodeQuality, request: Request) -> Draft:
    slots = _base(view, found)
    content: list[Content] = [
        say("answer", "code_quality.complexity", "code method decision", **slots),
        say("answer", "code_quality.complexity.means", "weakness limit code plain", **slots),
    ]
    code, shown = _code_size(view)
    content += [
        *code,
        say("next", "code_quality.complexity.next", "next code build", **slots),
        say("detail", "code_quality.complexity.score", "score weakness", **slots),
    ]
    return _draft(content, *shown)


def _metric(view: View, found: CodeQuality, index: int) -> dict[str, Text]:
    one, path = found.function_metrics[index], view.at("code_quality", f".function_metrics[{index}]")
    slots = {
        "function": value.code(one.function_name, path + ".function_name"),
        "address": value.hexadecimal(one.function_address, path + ".function_address"),
    }
    for key, amount, unit in (
        ("length", one.function_length, "instruction|instructions"),
        ("cyclomatic", one.cyclomatic_complexity, ""),
        ("blocks", one.basic_block_count, "block|blocks"),
        ("returns", one.return_paths, "return|returns"),
    ):
        field = {
            "length": "function_length",
            "cyclomatic": "cyclomatic_complexity",
            "blocks": "basic_block_count",
            "returns": "return_paths",
        }[key]
        if amount is not None and amount < _WRAPPED:
            slots[key] = value.grouped(amount, f"{path}.{field}", unit)
    if one.maintainability_index is not None:
        slots["index"] = value.fixed(one.maintainability_index, path + ".maintainability_index", 1)
    return slots


def _usable(found: CodeQuality) -> list[int]:
    return [
        i
        for i, one in enumerate(found.function_metrics)
        if None not in (one.function_length, one.cyclomatic_complexity, one.basic_block_count, one.return_paths)
        and (one.cyclomatic_complexity or 0) < _WRAPPED
    ]


def _score(view: View, found: CodeQuality, request: Request) -> Draft:
    slots = _base(view, found)
    usable = _usable(found)
    named = [_metric(view, found, i)["function"] for i in usable[:_NAMED]]
    names = {"names": value.join(named)} if named else {}
    number = "one" if len(usable) == 1 else "some" if len(usable) <= _NAMED else "many"
    if found.analysis_stats is not None and len(usable) != found.analysis_stats.functions_analyzed:
        number = "many"
    content: list[Content] = [
        say("answer", f"code_quality.score.{number}", "decision score plain", **names, **slots),
        say("answer", "code_quality.score.machine", "weakness score code plain", **slots),
    ]
    if usable:
        top = max(usable, key=lambda i: found.function_metrics[i].function_length or 0)
        content.append(say("detail", "code_quality.function.figures", "code performance", **_metric(view, found, top)))
    content += [
        say("detail", "code_quality.score.scope", "method limit", **slots),
        say("limit", "code_quality.score.limit", "limit data", **slots),
        say("next", "code_quality.score.next", "next build verify", **slots),
    ]
    return _draft(content, Show(_FUNCTIONS))


def _longest(view: View, found: CodeQuality, request: Request) -> Draft | None:
    usable = sorted(_usable(found), key=lambda i: -(found.function_metrics[i].function_length or 0))
    if not usable:
        return None
    first = _metric(view, found, usable[0])
    content: list[Content] = [
        say("answer", "code_quality.longest", "code performance decision", name=view.name, **first)
    ]
    rest = usable[1 : 14 if request.length == "long" else 5]
    if rest:
        content.append(
            items(
                "answer",
                say("answer", "code_quality.longest.lead", "code"),
                [say("detail", "code_quality.longest.item", "code", **_metric(view, found, i)) for i in rest],
                "code performance",
            )
        )
    content += [
        say("answer", "code_quality.longest.means", "code weakness method plain", name=view.name, **first),
        say("detail", "code_quality.function.figures", "code performance", **first),
    ]
    content += [
        say("limit", "code_quality.longest.limit", "limit method", name=view.name),
        say("next", "code_quality.longest.next", "next code address", name=view.name, **first),
    ]
    return _draft(content, Show(_FUNCTIONS))


def _issues(view: View, found: CodeQuality, request: Request) -> Draft:
    report = found.quality_report
    issues = report.quality_issues if report is not None else []
    listed = []
    for index, one in enumerate(issues[:6]):
        path = view.at("code_quality", f".quality_report.quality_issues[{index}]")
        listed.append(
            (
                one.issue_type or "",
                {
                    "kind": value.code(one.issue_type, path + ".issue_type"),
                    "function": value.code(one.function_name, path + ".function_name"),
                    "severity": value.code(one.severity, path + ".severity"),
                },
            )
        )
    wrapped = any("42949672" in (one.description or "") for one in issues)
    content: list[Content] = [say("answer", "code_quality.issues", "code decision", **listed[0][1], name=view.name)]
    if len(listed) > 1:
        content.append(
            items(
                "answer",
                say("answer", "code_quality.issues.lead", "code"),
                [say("detail", "code_quality.issues.item", "code", **slots) for _, slots in listed],
                "code",
            )
        )
    for kind in dict.fromkeys(kind for kind, _ in listed):
        content.append(
            say(
                "detail",
                f"code_quality.issue.{kind if kind in _KINDS else 'other'}",
                "rule weakness code score",
                name=view.name,
                kind=next(slots["kind"] for one, slots in listed if one == kind),
                function=next(slots["function"] for one, slots in listed if one == kind),
            )
        )
    if wrapped:
        content.append(say("limit", "code_quality.issues.wrapped", "weakness limit data", name=view.name))
    content.insert(1, say("answer", "code_quality.issues.means", "weakness rule plain", name=view.name, **listed[0][1]))
    return _draft(content, Show(_ISSUES), Show(_FUNCTIONS))


_KINDS = ("LongFunction", "DeepNesting", "TooManyReturns", "HighComplexity", "GodFunction")


def _pair(view: View, found: CodeQuality, request: Request) -> tuple[Draft, Draft] | None:
    usable, names = _usable(found), {one.function_name for one in found.function_metrics}
    missing = [name for name in ordered(request.key, _NAMES) if name not in names]
    if not usable or not missing:
        return None
    index = choose(request.key, usable)
    slots = _metric(view, found, index) | {"name": view.name}
    positive: list[Content] = [
        say("answer", "code_quality.function.yes", "code", **slots),
        say("answer", "code_quality.function.figures", "code performance", **slots),
        say("limit", "code_quality.function.limit", "limit code score", **slots),
    ]
    lacking = {
        "function": value.absent(missing[0], view.at("code_quality", ".function_metrics"), "function_name"),
        "name": view.name,
    }
    lacking["known"] = value.join([_metric(view, found, i)["function"] for i in usable[:4]])
    negative: list[Content] = [
        say("answer", "code_quality.function.no", "code", **lacking),
        say("answer", "code_quality.function.known", "code", **lacking),
        say("limit", "code_quality.function.why", "limit structure", **lacking),
    ]
    second = _draft(negative, Show(_FUNCTIONS), slots={"function": value.in_code_asked(missing[0]), "name": view.name})
    second.negative = "entity_not_there"
    return _draft(
        positive,
        Show(_FUNCTIONS),
        slots={"function": value.in_code_asked(found.function_metrics[index].function_name), "name": view.name},
    ), second
