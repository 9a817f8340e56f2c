"""Control flow of analysed functions: blocks, edges, ways out, cyclomatic complexity; and what zero functions mean.

Block types, nesting depth, unreachable blocks and the scanner's loops are never stated: they do not say what their names
promise. Ways back are read from the edges.
"""

from collections.abc import Callable, Sequence
from functools import partial

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Say, Slot, items, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence import addresses, functions
from threatflux_training.evidence.code_lines import graph_range
from threatflux_training.evidence.view import View
from threatflux_training.hashing import ordered
from threatflux_training.reports.model import Block, Cfg, Instruction
from threatflux_training.tasks.listing import few
from threatflux_training.tasks.model import Draft, Offer, Request, Show
from threatflux_training.text import escape

FAMILY = "control_flow"
_CFGS = "control_flow.cfgs"
_GRAPH = "control_flow.graph"
_METRICS = "control_flow.overall_metrics"
_CONTEXT = ("disassembly", "symbols.functions", "binary_info", "binary_info.sections")


def offers(view: View, partner: View | None) -> list[Offer]:
    """Tasks on control flow; the scanner decodes everything as x86-64, so other machines give none."""
    found, binary = view.file.control_flow, view.file.binary_info
    if found is None or binary is None or binary.architecture != "x86_64":
        return []
    if not found.cfgs:
        metrics = found.overall_metrics
        if metrics is None or metrics.analyzed_functions:
            return []
        return [Offer(task="control_flow.nothing", build=partial(_nothing, view), importance=5, variants=2)]
    made = [
        Offer(task=f"control_flow.{name}", build=partial(_each, view, make), importance=5, variants=4, long=True)
        for name, make in (("complexity", _complexity), ("blocks", _blocks), ("exits", _exits))
    ]
    made.append(Offer(task="control_flow.next", build=partial(_each, view, _next), importance=4, variants=4))
    if len(found.cfgs) >= 2:
        made.append(Offer(task="control_flow.rank", build=partial(_rank, view), importance=5, variants=2))
    if _unanalysed(view):
        made.append(
            Offer(task="control_flow.covered", build=partial(_covered, view), importance=5, variants=4, pair=True)
        )
    return made


class _Graph:
    """One analysed function."""

    def __init__(self, view: View, number: int) -> None:
        cfgs = view.file.control_flow.cfgs if view.file.control_flow else []
        self.view = view
        self.number = number
        self.cfg: Cfg = cfgs[number]
        self.path = view.at("control_flow", f".cfgs[{number}]")
        self.function = value.code(self.cfg.function_name, f"{self.path}.function_name")
        self.asked = value.in_code_asked(escape(self.cfg.function_name))

    def slots(self) -> dict[str, Slot]:
        """What every statement can use."""
        return {
            "function": self.function, "name": self.view.name, "blocks": self.count("basic_blocks", "block|blocks"),
            "edges": self.count("edges", "edge|edges"), "first": self.address(0),
        }  # fmt: skip

    def count(self, field: str, unit: str) -> Text:
        """How many elements a list of the graph has."""
        return value.counted(len(getattr(self.cfg, field)), f"{self.path}.{field}", unit)

    def address(self, block: int, *, end: bool = False) -> Text:
        """Where a block starts, or ends (exclusive)."""
        one = self.cfg.basic_blocks[block]
        field = "end_address" if end else "start_address"
        return value.hexadecimal(getattr(one, field), f"{self.path}.basic_blocks[{block}].{field}")

    def block(self, number: int) -> Text:
        """The number of a block."""
        return value.equal(self.cfg.basic_blocks[number].id, f"{self.path}.basic_blocks[{number}].id")

    def length(self, number: int) -> Text:
        """The instructions of a block."""
        one: Block = self.cfg.basic_blocks[number]
        return value.grouped(
            one.instruction_count, f"{self.path}.basic_blocks[{number}].instruction_count", "instruction|instructions"
        )

    def bytes(self, number: int) -> Text:
        """The bytes of a block."""
        one = self.cfg.basic_blocks[number]
        amount = one.end_address - one.start_address
        place = f"{self.path}.basic_blocks[{number}]"
        inner = ["difference", f"{place}.end_address", f"{place}.start_address"]
        return value.computed(value.with_unit(f"{amount:,}", amount, "byte|bytes"), "grouped", inner, "byte|bytes")

    def edge_to(self, number: int) -> Text:
        """The block that an edge leads to."""
        return value.equal(self.cfg.edges[number].to_block, f"{self.path}.edges[{number}].to_block")

    def edge_from(self, number: int) -> Text:
        """The block that an edge starts from."""
        return value.equal(self.cfg.edges[number].from_block, f"{self.path}.edges[{number}].from_block")

    def back_edges(self) -> list[int]:
        """Edges to the same or an earlier block."""
        return [i for i, edge in enumerate(self.cfg.edges) if edge.to_block <= edge.from_block]

    def comes_round(self, number: int) -> bool:
        """Whether the block that an edge leads to can reach the edge's own block."""
        edge = self.cfg.edges[number]
        waiting, seen = [edge.to_block], set[int]()
        while waiting:
            block = waiting.pop()
            if block == edge.from_block:
                return True
            if block not in seen:
                seen.add(block)
                waiting += [one.to_block for one in self.cfg.edges if one.from_block == block]
        return False

    def forks(self) -> list[int]:
        """Blocks with more than one way on."""
        starts = [edge.from_block for edge in self.cfg.edges]
        return sorted({one for one in starts if starts.count(one) > 1})

    def line(self) -> Show:
        """The function's line of figures."""
        return Show(_CFGS, only=(self.number,))

    def whole(self) -> Show:
        """Its blocks and edges."""
        start, stop = graph_range(self.view.file, self.number)
        return Show(_GRAPH, start, stop, title=f"control_flow, blocks and edges of {escape(self.cfg.function_name)}")

    def _instructions(self) -> Sequence[Instruction]:
        found = self.view.file.disassembly
        return found.instructions if found is not None and not addresses.image_base(self.view.file) else ()

    def indirect(self) -> int | None:
        """The first indirect jump among the listed instructions of the function; -1 if there is none, None if unknown."""
        code = self._instructions()
        start = functions.index_of(code, self.cfg.function_address)
        if start is None:
            return None
        end = self.cfg.basic_blocks[-1].end_address
        for index in range(start, len(code)):
            if code[index].address >= end:
                return -1
            if code[index].mnemonic == "jmp" and not code[index].operands.startswith("0x"):
                return index
        return -1

    def ends(self, block: int) -> int | None:
        """The last listed instruction of a block that isn't padding."""
        one, code = self.cfg.basic_blocks[block], self._instructions()
        start = functions.index_of(code, one.start_address)
        if start is None:
            return None
        inside = [i for i in range(start, min(len(code), start + one.instruction_count)) if code[i].mnemonic != "nop"]
        return inside[-1] if inside else None

    def written(self, index: int) -> dict[str, Text]:
        """An instruction of the listing: `instruction` and where it stands, `spot`."""
        one = self._instructions()[index]
        place = self.view.at("disassembly", f".instructions[{index}]")
        parts = [value.equal(one.mnemonic, f"{place}.mnemonic")] + (
            [value.equal(one.operands, f"{place}.operands")] if one.operands else []
        )
        text = value.in_code(
            Text(" ".join(part.text for part in parts), tuple(s for part in parts for s in part.sources))
        )
        return {"instruction": text, "spot": value.hexadecimal(one.address, f"{place}.address")}

    def reach(self) -> tuple[list[Content], list[Show]]:
        """How far the graph can be trusted: whether an indirect jump stands in the function."""
        index = self.indirect()
        slots = self.slots()
        if index is None:
            return [say("limit", "control_flow.indirect", "limit structure memory_safety", **slots)], []
        if index < 0:
            return [say("limit", "control_flow.direct", "limit structure method", **slots)], []
        slots |= self.written(index)
        return [say("limit", "control_flow.indirect.here", "limit structure memory_safety code", **slots)], [
            Show("disassembly", index, index + 1)
        ]

    def fits(self, room: int) -> bool:
        """Whether blocks and edges have room."""
        return self.view.lines(_GRAPH).tokens(*graph_range(self.view.file, self.number)) <= room

    def draft(self, content: list[Content], *shows: Show, **asked: Text) -> Draft:
        """A task on this function."""
        slots = {"function": self.asked, "name": self.view.name, **asked}
        return Draft(slots=slots, shows=(self.line(), *shows), content=tuple(content), context=_CONTEXT)


def _each(view: View, make: Callable[[_Graph, Request], Draft | None], request: Request) -> Draft | None:
    """The draft of the first function, in this use's order, that has one."""
    cfgs = view.file.control_flow.cfgs if view.file.control_flow else []
    for number in ordered(f"{request.key}/function", [str(i) for i in range(len(cfgs))])[:12]:
        graph = _Graph(view, int(number))
        if len(graph.cfg.function_name) <= 100 and graph.cfg.basic_blocks:
            draft = make(graph, request)
            if draft is not None:
                return draft
    return None


def _complexity(graph: _Graph, request: Request) -> Draft | None:
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


def _surplus(graph: _Graph) -> list[object]:
    """Edges less blocks, as an expression."""
    return ["difference", ["count", f"{graph.path}.edges"], ["count", f"{graph.path}.basic_blocks"]]


def _back(graph: _Graph, slots: dict[str, Slot]) -> list[Content]:
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


def _blocks(graph: _Graph, request: Request) -> Draft | None:
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


def _block(graph: _Graph, number: int) -> Say:
    ways = [i for i, edge in enumerate(graph.cfg.edges) if edge.from_block == number]
    slots: dict[str, Slot] = {
        "block": graph.block(number), "at": graph.address(number), "length": graph.length(number),
        "ways": tuple(graph.edge_to(i) for i in ways),
    }  # fmt: skip
    kind = "end" if not ways else "one" if len(ways) == 1 else "fork"
    return say("detail", f"control_flow.block.{kind}", "structure", **slots)


def _exits(graph: _Graph, request: Request) -> Draft | None:
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
    content += [
        say("meaning", "control_flow.exits.means", "method structure", **slots),
        *_back(graph, slots),
        *reach,
        say("next", "control_flow.exits.next", "next code", **slots),
    ]
    return graph.draft(content, graph.whole(), *lines)


def _next(graph: _Graph, request: Request) -> Draft | None:
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
    content += [*reach, say("next", "control_flow.next.read", "next code address", **slots)]
    return graph.draft(content, graph.whole(), *lines, block=value.asked(str(number)))


def _rank(view: View, request: Request) -> Draft | None:
    cfgs = view.file.control_flow.cfgs if view.file.control_flow else []
    if not view.lines(_CFGS).within(max(request.room, 200)):
        return None
    figures = [(one.complexity.cyclomatic_complexity if one.complexity else None) or 0 for one in cfgs]
    ranked = sorted(range(len(cfgs)), key=lambda i: (-figures[i], i))
    first = _Graph(view, ranked[0])
    slots: dict[str, Slot] = first.slots() | {
        "figure": _figure(view, ranked[0], figures),
        "total": value.counted(len(cfgs), view.at("control_flow", ".cfgs"), "function|functions", word=True),
    }
    ties = [i for i in ranked[1:] if figures[i] == figures[ranked[0]]]
    rest = [i for i in ranked[1:] if i not in ties]
    if ties:
        slots["ties"] = tuple(_Graph(view, i).function for i in [ranked[0], *ties][:8])
    content: list[Content] = [
        say("answer", f"control_flow.rank.{'tie' if ties else 'first'}", "code decision score", **slots)
    ]
    said = [
        say(
            "detail",
            "control_flow.rank.other",
            "score code",
            function=_Graph(view, i).function,
            figure=_figure(view, i, figures),
            blocks=_Graph(view, i).count("basic_blocks", "block|blocks"),
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
    return Draft(
        slots={"name": view.name}, shows=(Show(_CFGS), Show(_METRICS)), content=tuple(content), context=_CONTEXT
    )


def _figure(view: View, number: int, figures: list[int]) -> Text:
    return value.equal(figures[number], view.at("control_flow", f".cfgs[{number}].complexity.cyclomatic_complexity"))


def _unanalysed(view: View) -> list[int]:
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


def _covered(view: View, request: Request) -> tuple[Draft, Draft] | None:
    """An analysed function, and one that has a symbol but no graph."""
    cfgs = view.file.control_flow.cfgs if view.file.control_flow else []
    symbols = view.file.symbols
    graph = _Graph(view, int(ordered(f"{request.key}/yes", [str(i) for i in range(len(cfgs))])[0]))
    number = int(ordered(f"{request.key}/no", [str(i) for i in _unanalysed(view)])[0])
    figure = graph.cfg.complexity.cyclomatic_complexity if graph.cfg.complexity else None
    if symbols is None or figure is None or not view.lines(_CFGS).within(max(request.room, 300)):
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
        "list": tuple(_Graph(view, i).function for i in range(min(4, len(cfgs)))),
    }  # fmt: skip
    no: list[Content] = [
        say("answer", "control_flow.covered.no", "code decision score", **lacking),
        say("detail", "control_flow.covered.symbol", "structure code address", **lacking),
        say("limit", "control_flow.global", "limit structure method", **lacking),
        say("next", "control_flow.covered.next", "next code", **lacking),
    ]
    shows = (Show(_CFGS), Show("symbols.functions", only=(number,)))
    return (
        Draft(slots={"function": graph.asked, "name": view.name}, shows=shows, content=tuple(yes), context=_CONTEXT),
        Draft(slots={"function": value.in_code_asked(escape(name)), "name": view.name}, shows=shows, content=tuple(no), context=_CONTEXT, negative="entity_not_there"),
    )  # fmt: skip


def _nothing(view: View, request: Request) -> Draft | None:
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
    shows = [Show(_METRICS)]
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
    return Draft(slots={"name": view.name}, shows=tuple(shows), content=tuple(content), context=_CONTEXT)
