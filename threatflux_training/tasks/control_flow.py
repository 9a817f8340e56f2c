"""Control flow of analysed functions: blocks, edges, ways out, cyclomatic complexity; and what zero functions mean.

Block types, nesting depth, unreachable blocks and the scanner's loops are never stated: they do not say what their names
promise. Ways back are read from the edges."""

from collections.abc import Callable
from functools import partial

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Say, Slot, items, say
from threatflux_training.evidence.view import View
from threatflux_training.hashing import ordered
from threatflux_training.tasks.control_flow_graph import Graph
from threatflux_training.tasks.control_flow_whole import covered, nothing, rank, unanalysed
from threatflux_training.tasks.listing import few
from threatflux_training.tasks.model import Draft, Offer, Request, Show

FAMILY = "control_flow"


def offers(view: View, partner: View | None) -> list[Offer]:
    """Tasks on control flow; the scanner decodes everything as x86-64, so other machines give none."""
    found, binary = view.file.control_flow, view.file.binary_info
    if found is None or binary is None or binary.architecture != "x86_64":
        return []
    if not found.cfgs:
        metrics = found.overall_metrics
        if metrics is None or metrics.analyzed_functions:
            return []
        return [Offer(task="control_flow.nothing", build=partial(nothing, view), importance=5, variants=2, weight=2)]
    made = [
        Offer(task=f"control_flow.{name}", build=partial(_each, view, make), importance=5, variants=4, long=True)
        for name, make in (("complexity", _complexity), ("blocks", _blocks), ("exits", _exits))
    ]
    made.append(Offer(task="control_flow.next", build=partial(_each, view, _next), importance=4, variants=4))
    if len(found.cfgs) >= 2:
        made.append(Offer(task="control_flow.rank", build=partial(rank, view), importance=5, variants=2))
    if unanalysed(view):
        made.append(
            Offer(task="control_flow.covered", build=partial(covered, view), importance=5, variants=4, pair=True)
        )
    return made


def _each(view: View, make: Callable[[Graph, Request], Draft | None], request: Request) -> Draft | None:
    """The draft of the first function, in this use's order, that has one."""
    cfgs = view.file.control_flow.cfgs if view.file.control_flow else []
    for number in ordered(f"{request.key}/function", [str(i) for i in range(len(cfgs))])[:12]:
        graph = Graph(view, int(number))
        if len(graph.cfg.function_name) <= 100 and graph.cfg.basic_blocks:
            draft = make(graph, request)
            if draft is not None:
                return draft
    return None


def _complexity(graph: Graph, request: Request) -> Draft | None:
    figure = graph.cfg.complexity.cyclomatic_complexity if graph.cfg.complexity else None
    sum_ = len(graph.cfg.edges) - len(graph.cfg.basic_blocks) + 2
    if figure is None or figure != max(1, sum_):
        return None
    slots = graph.slots() | {
        "figure": value.equal(figure, f"{graph.path}.complexity.cyclomatic_complexity"),
        "two": value.computed("2", "grouped", ["difference", f"{graph.path}.complexity.cyclomatic_complexity", _surplus(graph)], ""),
    }  # fmt: skip
    if sum_ < 1:
        del slots["two"]
    kind = "floor" if sum_ < 1 else "straight" if figure == 1 else "sum"
    content: list[Content] = [say("answer", f"control_flow.complexity.{kind}", "code decision score", **slots)]
    reach, lines = graph.reach()
    if kind == "floor" and lines:
        content.append(
            say("answer", reach[0].phrase, "code", **reach[0].slots) if isinstance(reach[0], Say) else reach[0]
        )
        reach = []
    shown = graph.fits(request.room)
    forks = graph.forks()
    if shown and forks:
        numbers = tuple(graph.block(one) for one in few(forks, 12))
        slots["forks"] = numbers
        content.append(
            say(
                "detail", f"control_flow.forks.{'one' if len(forks) == 1 else 'many'}", "structure code method", **slots
            )
        )
    content += [
        say("meaning", "control_flow.complexity.means", "plain method score", **slots),
        *(
            []
            if kind == "floor"
            else [say("meaning", "control_flow.complexity.tests", "performance weakness decision", **slots)]
        ),
        say("limit", "control_flow.machine", "limit method score", **slots),
        *reach,
        say("verify", "control_flow.complexity.verify", "verify method", **slots),
    ]
    content += _back(graph, slots) if shown else []
    return graph.draft(content, *((graph.whole(),) if shown else ()), *lines)


def _surplus(graph: Graph) -> list[object]:
    """Edges less blocks, as an expression."""
    return ["difference", ["count", f"{graph.path}.edges"], ["count", f"{graph.path}.basic_blocks"]]


def _back(graph: Graph, slots: dict[str, Slot]) -> list[Content]:
    """Edges that lead back."""
    back = graph.back_edges()
    if not back:
        return [say("detail", "control_flow.back.none", "code performance structure", **slots)]
    made: list[Content] = []
    for number in back[:2]:
        edge = graph.cfg.edges[number]
        found = slots | {
            "from": graph.edge_from(number), "to": graph.edge_to(number),
            "at": graph.address(edge.from_block), "target": graph.address(edge.to_block),
        }  # fmt: skip
        kind = "itself" if edge.from_block == edge.to_block else "edge" if graph.comes_round(number) else "out"
        made.append(say("detail", f"control_flow.back.{kind}", "code performance structure", **found))
    return made


def _blocks(graph: Graph, request: Request) -> Draft | None:
    if not graph.fits(request.room):
        return None
    numbers = range(len(graph.cfg.basic_blocks))
    longest = max(numbers, key=lambda i: (graph.cfg.basic_blocks[i].instruction_count, -i))
    amount = sum(one.instruction_count for one in graph.cfg.basic_blocks)
    total = ["sum", f"{graph.path}.basic_blocks", "instruction_count"]
    slots = graph.slots() | {
        "block": graph.block(longest), "at": graph.address(longest), "length": graph.length(longest), "bytes": graph.bytes(longest),
        "total": value.computed(value.with_unit(f"{amount:,}", amount, "instruction|instructions"), "grouped", total, "instruction|instructions"),
        "end": graph.address(len(numbers) - 1, end=True),
    }  # fmt: skip
    kind = "one" if len(numbers) == 1 else "many"
    reach, lines = graph.reach()
    content: list[Content] = [say("answer", f"control_flow.blocks.{kind}", "structure decision code", **slots)]
    if kind == "many":
        content.append(say("detail", "control_flow.blocks.longest", "performance size code", **slots))
    if kind == "many" and request.length != "short":
        said = [_block(graph, i) for i in few(list(numbers), 8 if request.length == "medium" else 40)]
        content.append(
            items("answer", say("answer", "control_flow.blocks.lead", "code", **slots), list(said), "structure")
        )
    content += [
        *_back(graph, slots),
        say("meaning", "control_flow.blocks.calls", "method structure code", **slots),
        say("meaning", "control_flow.blocks.plain", "plain", **slots),
        *reach,
    ]
    return graph.draft(content, graph.whole(), *lines)


def _block(graph: Graph, number: int) -> Say:
    ways = [i for i, edge in enumerate(graph.cfg.edges) if edge.from_block == number]
    slots: dict[str, Slot] = {
        "block": graph.block(number), "at": graph.address(number), "length": graph.length(number),
        "ways": tuple(graph.edge_to(i) for i in ways),
    }  # fmt: skip
    kind = "end" if not ways else "one" if len(ways) == 1 else "fork"
    return say("detail", f"control_flow.block.{kind}", "structure", **slots)


def _exits(graph: Graph, request: Request) -> Draft | None:
    exits = graph.cfg.exit_blocks
    if not graph.fits(request.room) or any(one >= len(graph.cfg.basic_blocks) for one in exits):
        return None
    sinks = {i for i in range(len(graph.cfg.basic_blocks)) if not any(edge.from_block == i for edge in graph.cfg.edges)}
    slots = graph.slots()
    if exits:
        slots |= {
            "list": tuple(value.equal(one, f"{graph.path}.exit_blocks[{i}]") for i, one in enumerate(exits[:12])),
            "places": tuple(graph.address(one) for one in exits[:12]), "amount": value.counted(len(exits), f"{graph.path}.exit_blocks", "block|blocks", word=True),
        }  # fmt: skip
    kind = "none" if not exits else "one" if len(exits) == 1 else "many"
    reach, lines = graph.reach()
    content: list[Content] = [say("answer", f"control_flow.exits.{kind}", "code decision structure", **slots)]
    other = sorted(sinks - set(exits))
    if other:
        slots |= {
            "others": tuple(graph.block(one) for one in other[:8]),
            "where": tuple(graph.address(one) for one in other[:8]),
        }
        content.append(
            say(
                "limit",
                f"control_flow.exits.other.{'one' if len(other) == 1 else 'many'}",
                "limit code structure",
                **slots,
            )
        )
    sink = graph.ends(other[0]) if other else None
    if sink is not None:
        lines = [*lines, Show("disassembly", sink, sink + 1)]
        content.append(
            say(
                "detail",
                "control_flow.exits.last",
                "code address",
                **(slots | graph.written(sink) | {"block": graph.block(other[0])}),
            )
        )
    content += [say("meaning", "control_flow.exits.means", "method structure", **slots), *_back(graph, slots), *reach]
    if exits:
        content.append(say("next", "control_flow.exits.next", "next code", **slots))
    return graph.draft(content, graph.whole(), *lines)


def _next(graph: Graph, request: Request) -> Draft | None:
    """Where a block leads and what leads to it."""
    if not graph.fits(request.room) or len(graph.cfg.basic_blocks) < 3:
        return None
    number = int(ordered(f"{request.key}/block", [str(i) for i in range(len(graph.cfg.basic_blocks))])[0])
    out = [i for i, edge in enumerate(graph.cfg.edges) if edge.from_block == number]
    into = [i for i, edge in enumerate(graph.cfg.edges) if edge.to_block == number]
    slots = graph.slots() | {
        "block": value.asked(str(number)), "at": graph.address(number), "end": graph.address(number, end=True),
        "length": graph.length(number), "ways": tuple(graph.edge_to(i) for i in out),
        "places": tuple(graph.address(graph.cfg.edges[i].to_block) for i in out),
        "sources": tuple(graph.edge_from(i) for i in into),
    }  # fmt: skip
    kind = "none" if not out else "one" if len(out) == 1 else "fork"
    returns = number in graph.cfg.exit_blocks
    kind = "ret" if kind == "none" and returns else kind
    reach, lines = graph.reach()
    content: list[Content] = [say("answer", f"control_flow.next.{kind}", "code structure decision", **slots)]
    kind = "entry" if not into and not number else "none" if not into else "one" if len(into) == 1 else "many"
    content.append(say("detail", f"control_flow.into.{kind}", "code structure", **slots))
    content.append(say("detail", "control_flow.next.size", "size structure", **slots))
    types = {graph.cfg.edges[i].edge_type for i in out}
    if {"Branch", "Fall"} <= types:
        branch = next(i for i in out if graph.cfg.edges[i].edge_type == "Branch")
        fall = next(i for i in out if graph.cfg.edges[i].edge_type == "Fall")
        slots |= {"taken": graph.edge_to(branch), "fall": graph.edge_to(fall)}
        content.append(say("detail", "control_flow.next.branch", "code method", **slots))
    last = graph.ends(number)
    if last is not None:
        slots |= graph.written(last)
        lines = [*lines, Show("disassembly", max(0, last - 1), last + 1)]
        content.append(say("detail", "control_flow.next.last", "code address method", **slots))
    content += reach
    if len(out) > 1:
        content.append(say("next", "control_flow.next.read", "next code address", **slots))
    return graph.draft(content, graph.whole(), *lines, block=value.asked(str(number)))
