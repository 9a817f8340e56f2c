"""A sentence that many answers share is found; one of few answers or few files is not."""

import pytest

from tests.quality.rows import measure, row, sentence

COMMON = "The hash identifies the content."


def answers(shared: int, files: int = 1000) -> list[str]:
    return [
        f"{sentence(f'first {n}', 15)} {COMMON if n % files < shared else sentence(f'second {n}', 5)}"
        for n in range(100)
    ]


def test_shared_by_many() -> None:
    found = measure([row(n, text) for n, text in enumerate(answers(20))], "boilerplate.share")
    assert found["value"] == pytest.approx(20 * 5 / (100 * 20), abs=1e-4)


def test_shared_by_too_few_answers() -> None:
    assert measure([row(n, text) for n, text in enumerate(answers(19))], "boilerplate.share")["value"] == 0


def test_shared_by_too_few_files() -> None:
    rows = [row(n, text, source_sha256=f"{n % 4:064x}") for n, text in enumerate(answers(40))]
    assert measure(rows, "boilerplate.share")["value"] == 0


def test_masked_before_it_is_compared() -> None:
    rows = [row(n, f"{sentence(f'first {n}', 15)} It takes {n + 20} bytes.") for n in range(100)]
    found = measure(rows, "boilerplate.share")
    assert found["value"] == pytest.approx(4 / 19, abs=1e-4)
    assert found["listed"] == [{"text": "It takes «number» bytes.", "answers": 100}]


def test_openings() -> None:
    rows = [row(n, f"This part is {sentence(str(n))}" if n < 30 else "") for n in range(100)]
    found = measure(rows, "boilerplate.opening")
    assert (found["value"], found["ok"], found["listed"][0]["text"]) == (0.3, False, "This part is")
    assert measure([row(n) for n in range(100)], "boilerplate.opening")["ok"]


def test_question_forms() -> None:
    rows = [row(n, question=("Where is it?" if n < 10 else "")) for n in range(100)]
    for number, (_, one) in enumerate(rows):
        one.metadata.question = "same" if number < 10 else f"form {number}"
    found = measure(rows, "boilerplate.question_form")
    assert (found["value"], found["in_use"], found["ok"]) == (0.1, 91, False)
