"""Counts over two lists."""

import pytest

from threatflux_training.check.documents import Document
from threatflux_training.check.expressions import Evaluator, Unproven

OWN = {"imports": [{"name": "free"}, {"name": "puts"}, {"name": "free"}, {"name": "read"}]}
OTHER = {"imports": [{"name": "free"}, {"name": "read"}, {"name": "socket"}]}
PATHS = ["analysis:$.imports", "partner:analysis:$.imports"]


@pytest.fixture
def evaluator() -> Evaluator:
    return Evaluator([Document("analysis", OWN, "a", "")], [Document("analysis", OTHER, "b", "")], {})


@pytest.mark.parametrize(
    ("op", "paths", "value"), [("common", PATHS, "2"), ("apart", PATHS, "1"), ("apart", PATHS[::-1], "1")]
)
def test_distinct_names_are_counted(evaluator: Evaluator, op: str, paths: list[str], value: str) -> None:
    evaluator.check(value, "", "grouped", [[op, *paths, "name"], ""], "")
    with pytest.raises(Unproven):
        evaluator.check(str(int(value) + 1), "", "grouped", [[op, *paths, "name"], ""], "")
