"""Control flow over all functions: their order, which were analysed at all, and what zero functions mean."""

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Slot, items, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence import addresses, functions
from threatflux_training.evidence.view import View
from threatflux_training.hashing import ordered
from threatflux_training.tasks.control_flow_graph import CFGS, CONTEXT, METRICS, Graph
from threatflux_training.tasks.model import Draft, Request, Show
from threatflux_training.text import escape


def rank(view: View, request: Request) -> Draft | None:
    """The functions by their complexity."""
    cfgs = view.file.control_flow.cfgs if view.file.control_flow else []
    if not view.lines(CFGS).within(max(request.room, 200)):
        return None
    figures = [(one.complexity.cyclomatic_complexity if one.complexity else None) or 0 for one in cfgs]
    ranked = sorted(range(len(cfgs)), key=lambda i: (-figures[i], i))
    first = Graph(view, ranked[0])
    slots: dict[str, Slot] = first.slots() | {
        "figure": _figure(view, ranked[0], figures),
        "total": value.counted(len(cfgs), view.at("control_flow", ".cfgs"), "function|functions", word=True),
    }
    ties = [i for i in ranked[1:] if figures[i] == figures[ranked[0]]]
    rest = [i for i in ranked[1:] if i not in ties]
    if ties:
        slots["ties"] = tuple(Graph(view, i).function for i in [ranked[0], *ties][:8])
    content: list[Content] = [
        say("answer", f"control_flow.rank.{'tie' if ties else 'first'}", "code decision score", **slots)
    ]
    said = [
        say(
            "detail",
            "control_flow.rank.other",
            "score code",
            function=Graph(view, i).function,
            figure=_figure(view, i, figures),
            blocks=Graph(view, i).count("basic_blocks", "block|blocks"),
        )
        for i in rest[:10]
    ]
    if len(said) > 2:
        content.append(items("answer", say("answer", "control_flow.rank.lead", "code", **slots), list(said), "code"))
    else:
        content += said
    content += [
        say("limit", "control_flow.global", "limit structure method", **slots),
        say("limit", "control_flow.machine", "limit method score", **slots),
        say("meaning", "control_flow.rank.means", "plain decision", **slots),
        say("next", "control_flow.rank.next", "next code", **slots),
    ]
    return Draft(slots={"name": view.name}, shows=(Show(CFGS), Show(METRICS)), content=tuple(content), context=CONTEXT)


def _figure(view: View, number: int, figures: list[int]) -> Text:
    return value.equal(figures[number], view.at("control_flow", f".cfgs[{number}].complexity.cyclomatic_complexity"))


def unanalysed(view: View) -> list[int]:
    """Functions with a symbol and a size in the listing that have no graph."""
    symbols, code = view.file.symbols, view.file.disassembly
    cfgs = view.file.control_flow.cfgs if view.file.control_flow else []
    analysed = {one.function_address for one in cfgs}
    if symbols is None or code is None or addresses.image_base(view.file):
        return []
    return [
        i for i, one in enumerate(symbols.functions[:2_000])
        if one.size and not one.is_imported and one.address not in analysed and 0 < len(one.name) < 100
        and functions.index_of(code.instructions, one.address) is not None
    ]  # fmt: skip


def covered(view: View, request: Request) -> tuple[Draft, Draft] | None:
    """An analysed function, and one that has a symbol but no graph."""
    cfgs = view.file.control_flow.cfgs if view.file.control_flow else []
    symbols = view.file.symbols
    graph = Graph(view, int(ordered(f"{request.key}/yes", [str(i) for i in range(len(cfgs))])[0]))
    number = int(ordered(f"{request.key}/no", [str(i) for i in unanalysed(view)])[0])
    figure = graph.cfg.complexity.cyclomatic_complexity if graph.cfg.complexity else None
    if symbols is None or figure is None or not view.lines(CFGS).within(max(request.room, 300)):
        return None
    slots = graph.slots() | {
        "figure": value.equal(figure, f"{graph.path}.complexity.cyclomatic_complexity"),
        "total": value.counted(len(cfgs), view.at("control_flow", ".cfgs"), "function|functions", word=True),
    }  # fmt: skip
    yes: list[Content] = [
        say("answer", "control_flow.covered.yes", "code decision score", **slots),
        say("detail", "control_flow.covered.blocks", "structure code", **slots),
        say("limit", "control_flow.machine", "limit method score", **slots),
    ]
    name = symbols.functions[number].name
    lacking = slots | {
        "function": value.absent(escape(name), view.at("control_flow", ".cfgs"), "function_name"),
        "size": value.grouped(symbols.functions[number].size, view.at("symbols", f".functions[{number}].size"), "byte|bytes"),
        "at": value.hexadecimal(symbols.functions[number].address, view.at("symbols", f".functions[{number}].address")),
        "list": tuple(Graph(view, i).function for i in range(min(4, len(cfgs)))),
    }  # fmt: skip
    no: list[Content] = [
        say("answer", "control_flow.covered.no", "code decision score", **lacking),
        say("detail", "control_flow.covered.symbol", "structure code address", **lacking),
        say("limit", "control_flow.global", "limit structure method", **lacking),
        say("next", "control_flow.covered.next", "next code", **lacking),
    ]
    shows = (Show(CFGS), Show("symbols.functions", only=(number,)))
    return (
        Draft(slots={"function": graph.asked, "name": view.name}, shows=shows, content=tuple(yes), context=CONTEXT),
        Draft(slots={"function": value.in_code_asked(escape(name)), "name": view.name}, shows=shows, content=tuple(no), context=CONTEXT, negative="entity_not_there"),
    )  # fmt: skip


def nothing(view: View, request: Request) -> Draft | None:
    """A result over zero functions."""
    binary = view.file.binary_info
    metrics = view.file.control_flow.overall_metrics if view.file.control_flow else None
    if metrics is None or binary is None or metrics.average_complexity is None:
        return None
    base = view.at("control_flow", ".overall_metrics")
    slots: dict[str, Slot] = {
        "name": view.name, "amount": value.equal(metrics.analyzed_functions, f"{base}.analyzed_functions"),
        "average": value.equal(metrics.average_complexity, f"{base}.average_complexity"),
    }  # fmt: skip
    shows = [Show(METRICS)]
    if binary.is_stripped:
        shows.append(Show("binary_info"))
        slots["stripped"] = value.flag("stripped", view.at("binary_info", ".is_stripped"), True)
    kind = "stripped" if binary.is_stripped else "plain"
    content: list[Content] = [
        say("answer", "control_flow.nothing", "decision score code", **slots),
        say("meaning", f"control_flow.nothing.{kind}", "method structure build", **slots),
        say("meaning", "control_flow.nothing.zero", "score data weakness plain", **slots),
    ]
    code = view.file.disassembly
    if (
        code is not None
        and code.analysis is not None
        and code.analysis.total_instructions
        and code.analysis.control_flow_summary
    ):
        shows.append(Show("disassembly.analysis"))
        path = view.at("disassembly", ".analysis")
        summary = code.analysis.control_flow_summary
        slots["total"] = value.grouped(
            code.analysis.total_instructions, f"{path}.total_instructions", "instruction|instructions"
        )
        if "conditional_jumps" in summary:
            slots["jumps"] = value.grouped(
                summary["conditional_jumps"],
                f"{path}.control_flow_summary.conditional_jumps",
                "conditional jump|conditional jumps",
            )
            content.append(say("detail", "control_flow.nothing.listing", "code performance data", **slots))
    content += [
        say("next", "control_flow.nothing.next", "next build verify", **slots),
        say("limit", "control_flow.nothing.limit", "limit decision score", **slots),
    ]
    return Draft(slots={"name": view.name}, shows=tuple(shows), content=tuple(content), context=CONTEXT)
