"""What a prompt has to show for a value that is computed."""

from typing import Any, cast

import pytest

from threatflux_training.check.expressions import Evaluator
from threatflux_training.check.visible import Prompt, shown

IMPORTS = "analysis:$.symbols.imports"
CODE = "analysis:$.disassembly.instructions"
PLACES: dict[str, list[dict[str, Any]]] = {
    IMPORTS: [{"name": name, "library": library} for name, library in (("open", "A"), ("close", "A"), ("read", "B"))],
    CODE: [{"address": address, "mnemonic": "call", "operands": "0x1"} for address in (16, 20, 24)],
}


class Report:
    """A report of two lists."""

    def found(self, path: str) -> list[Any]:
        return [PLACES[path]]


@pytest.mark.parametrize(
    ("path", "conditions", "text", "there"),
    [
        (IMPORTS, [], "imported_functions: 3", True),
        (IMPORTS, ["library", "eq", "A"], "open from A\nclose from A\nread from B", True),
        (IMPORTS, ["library", "eq", "A"], "open from A\nclose from A\n[...]\nimported_functions: 3", False),
        (CODE, ["address", "within", [16, 24]], "0x10 call 0x1\n0x14 call 0x1", True),
        (CODE, ["mnemonic", "eq", "call", "address", "within", [16, 24]], "0x10 call 0x1\n[...]", False),
    ],
)
def test_a_count_of_some_entries_needs_all_that_could_be_meant(
    path: str, conditions: list[Any], text: str, there: bool
) -> None:
    entry = ["count", path, *([conditions] if conditions else [])]
    report = cast("Evaluator", Report())
    assert shown(report, "two functions", "", "grouped", [entry, "function|functions"], Prompt(text)) is there
