"""The graph of one analysed function: its blocks, edges and ways out, with the place of each value."""

from collections.abc import Sequence

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Slot, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence import addresses, functions
from threatflux_training.evidence.code_lines import graph_range
from threatflux_training.evidence.view import View
from threatflux_training.reports.model import Block, Cfg, Instruction
from threatflux_training.tasks.model import Draft, Show
from threatflux_training.text import escape

CFGS = "control_flow.cfgs"
GRAPH = "control_flow.graph"
METRICS = "control_flow.overall_metrics"
CONTEXT = ("disassembly", "symbols.functions", "binary_info", "binary_info.sections")


class Graph:
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
        return Show(CFGS, only=(self.number,))

    def whole(self) -> Show:
        """Its blocks and edges."""
        start, stop = graph_range(self.view.file, self.number)
        return Show(GRAPH, start, stop, title=f"control_flow, blocks and edges of {escape(self.cfg.function_name)}")

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
            if code[index].mnemonic.rpartition(" ")[2] == "jmp" and not code[index].operands.startswith("0x"):
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
        return self.view.lines(GRAPH).tokens(*graph_range(self.view.file, self.number)) <= room

    def draft(self, content: list[Content], *shows: Show, **asked: Text) -> Draft:
        """A task on this function."""
        slots = {"function": self.asked, "name": self.view.name, **asked}
        return Draft(slots=slots, shows=(self.line(), *shows), content=tuple(content), context=CONTEXT)
