"""Lines for the counts over a listing and for control flow graphs."""

from threatflux_training.evidence.view import Renderer
from threatflux_training.reports.file import ScannedFile
from threatflux_training.reports.model import Cfg
from threatflux_training.text import line


def counts(file: ScannedFile) -> list[str]:
    """The total and the counts of control transfers."""
    analysis = file.disassembly.analysis if file.disassembly else None
    if analysis is None:
        return []
    total = [] if analysis.total_instructions is None else [f"  total_instructions: {analysis.total_instructions}"]
    return [*total, *(f"  {line(name)}: {amount}" for name, amount in analysis.control_flow_summary.items())]


def mnemonics(file: ScannedFile) -> list[str]:
    """How often each mnemonic stands in the listing, the most frequent first."""
    analysis = file.disassembly.analysis if file.disassembly else None
    ranked = sorted(analysis.instruction_types.items(), key=lambda one: (-one[1], one[0])) if analysis else []
    return [f"  {line(name)}: {amount}" for name, amount in ranked]


def metrics(file: ScannedFile) -> list[str]:
    """Totals over the analysed functions."""
    found = file.control_flow.overall_metrics if file.control_flow else None
    if found is None:
        return []
    names = ("total_functions", "analyzed_functions", "total_basic_blocks", "average_complexity", "max_complexity")
    lines = [f"  {name}: {value}" for name in names if (value := getattr(found, name)) is not None]
    most = found.function_with_max_complexity
    return [*lines, f"  function_with_max_complexity: {line(most) if most else 'null'}"]


def cfgs(file: ScannedFile) -> list[str]:
    """One line for each analysed function; line i is element i."""
    return [_head(one) for one in (file.control_flow.cfgs if file.control_flow else [])]


def _head(one: Cfg) -> str:
    figure = one.complexity.cyclomatic_complexity if one.complexity else None
    return (
        f"  {line(one.function_name)}  {one.function_address:#x}  basic_blocks {len(one.basic_blocks)}  edges {len(one.edges)}  "
        f"cyclomatic_complexity {figure}  exit_blocks {', '.join(map(str, one.exit_blocks)) or '[]'}"
    )


def graph(file: ScannedFile) -> list[str]:
    """Blocks and edges of every analysed function, one after the other; `graph_range` says where each stands."""
    lines: list[str] = []
    for one in file.control_flow.cfgs if file.control_flow else []:
        lines.append(f"  {line(one.function_name)}:")
        lines += [
            f"  block {block.id}  {block.start_address:#x} to {block.end_address:#x}  instructions {block.instruction_count}"
            for block in one.basic_blocks
        ]
        lines += [f"  edge {edge.from_block} -> {edge.to_block}  {line(edge.edge_type)}" for edge in one.edges]
    return lines


def graph_range(file: ScannedFile, number: int) -> tuple[int, int]:
    """The lines of `graph` that belong to a function."""
    found = file.control_flow.cfgs if file.control_flow else []
    sizes = [1 + len(one.basic_blocks) + len(one.edges) for one in found[: number + 1]]
    return sum(sizes[:-1]), sum(sizes)


BLOCKS: dict[str, Renderer] = {
    "disassembly.analysis": counts,
    "disassembly.analysis.instruction_types": mnemonics,
    "control_flow.overall_metrics": metrics,
    "control_flow.cfgs": cfgs,
    "control_flow.graph": graph,
}
