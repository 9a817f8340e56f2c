"""A line that tells the lengths of an object's lists is held to these lengths."""

from threatflux_training.check.rendered import rendered

CFG = {
    "function_name": "main",
    "function_address": 0x2299,
    "basic_blocks": [{"id": 900 + number} for number in range(38)],
    "edges": [{"from_block": 900, "to_block": 901}] * 51,
    "exit_blocks": [25],
    "complexity": {"cyclomatic_complexity": 15},
}
LINE = "  main  0x2299  basic_blocks 38  edges 51  cyclomatic_complexity 15  exit_blocks 25"


def test_lengths_of_lists_are_told_by_their_names() -> None:
    assert rendered(LINE, {"cfgs": [CFG]})


def test_other_lengths_and_those_of_another_list_are_not() -> None:
    for false in (LINE.replace("38", "39"), LINE.replace("51", "52"), LINE.replace("edges 51", "edges 38")):
        assert not rendered(false, {"cfgs": [CFG]})


def test_a_function_of_many_instructions_is_told_in_one_line_too() -> None:
    rows = [{"address": 10_000 + number, "text": f"row {number}", "size": 70_000 + number} for number in range(64)]
    big = {
        **CFG,
        "basic_blocks": [{"id": number, "rows": [{"n": f"{number}-{n}"} for n in range(64)]} for number in range(38)],
    }
    assert rendered(LINE, {"cfgs": [{**big, "instructions": rows}]})
    assert not rendered(LINE.replace("38", "39"), {"cfgs": [{**big, "instructions": rows}]})
