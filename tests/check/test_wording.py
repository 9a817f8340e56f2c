"""A number of the question beside a count: told by its own trace, or passed off as one."""

from typing import Any

from threatflux_training.check.wording import beside

ASKED = {"value": "0", "op": "asked", "path": "", "inputs": []}


def _grouped(value: str) -> dict[str, Any]:
    inputs = ["function|functions"]
    return {"value": value, "op": "grouped", "path": "analysis:$.stats.functions_analyzed", "inputs": inputs}


def test_a_number_of_the_question_is_no_count() -> None:
    assert [*beside("There are 0 functions.", [ASKED], "")] == ["'0 functions'"]
    assert [*beside("There are 0 functions.", [ASKED, _grouped("12 functions")], "")] == ["'0 functions'"]


def test_a_count_that_begins_like_it_has_a_trace_of_its_own() -> None:
    assert [*beside("0 functions stand in lines 0 to 4.", [ASKED, _grouped("0 functions")], "")] == []
    text = "0 functions were read; 0 strings."
    assert [*beside(text, [ASKED, _grouped("0 functions")], "")] == ["'0 strings'"]
