"""Ops on instructions, as the verifier computes them."""

import pytest

from threatflux_training.check.documents import Document
from threatflux_training.check.expressions import Evaluator, Unproven

CODE = [
    {"address": 4096, "size": 5, "mnemonic": "mov", "operands": "esi, 0x30"},
    {"address": 4101, "size": 4, "mnemonic": "lea", "operands": "rax, [rbp - 0x20]"},
    {"address": 4105, "size": 8, "mnemonic": "mov", "operands": "dword ptr [rsp + 0x40], 0x61746f74"},
]
PLACE = "analysis:$.disassembly.instructions"


@pytest.fixture
def evaluator() -> Evaluator:
    return Evaluator([Document("analysis", {"disassembly": {"instructions": CODE}}, "", "")], [], {})


def test_constants_distances_and_letters(evaluator: Evaluator) -> None:
    evaluator.check("48", "", "grouped", [["immediate", f"{PLACE}[0]"], ""], "")
    evaluator.check("32 bytes", "", "grouped", [["displacement", f"{PLACE}[1]"], "byte|bytes"], "")
    evaluator.check("tota", "", "letters", [["immediate", f"{PLACE}[2]"]], "")


@pytest.mark.parametrize(
    ("value", "op", "inner"),
    [("47", "grouped", ["immediate", f"{PLACE}[0]"]), ("32", "grouped", ["immediate", f"{PLACE}[1]"]), ("48", "grouped", ["displacement", f"{PLACE}[0]"]), ("atot", "letters", ["immediate", f"{PLACE}[2]"])],
)  # fmt: skip
def test_anything_else_is_unproven(evaluator: Evaluator, value: str, op: str, inner: list[str]) -> None:
    with pytest.raises(Unproven):
        evaluator.check(value, "", op, [inner], "")


LINE = "PAYLOAD = b64decode('cHJpbnQoJ2hlbGxvJyk=')"


@pytest.mark.parametrize(
    ("value", "encoded", "proven"),
    [
        ("print('hello')", "cHJpbnQoJ2hlbGxvJyk=", True),
        ("print('jello')", "cHJpbnQoJ2hlbGxvJyk=", False),
        ("print", "cHJpbnQ=", False),
        ("hello", "aGVsbG8=", False),
    ],
)
def test_only_quoted_texts_are_decoded(value: str, encoded: str, proven: bool) -> None:
    evaluator = Evaluator([Document("analysis", {"strings": [LINE]}, "", "")], [], {})
    place = "analysis:$.strings[0]"
    if proven:
        evaluator.check(value, place, "base64", [encoded], "")
    else:
        with pytest.raises(Unproven):
            evaluator.check(value, place, "base64", [encoded], "")
