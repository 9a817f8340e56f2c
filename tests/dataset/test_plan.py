"""The plan of all files against a plain reading of what belongs together, in any order of arrival."""

import hashlib
from collections import Counter
from collections.abc import Iterable
from io import BytesIO
from itertools import permutations

import pytest

from threatflux_training.dataset.groups import Leaders, load_leaders
from threatflux_training.dataset.minhash import signature
from threatflux_training.dataset.plan import Plan
from threatflux_training.dataset.records import FileTask, Indexed
from threatflux_training.reports.document import Document, Locator
from threatflux_training.reports.identity import group_documents
from threatflux_training.settings import TextSettings

SPLITS = (("train", 0.5), ("test", 0.5))


def _hex(text: str, digits: int = 64) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:digits]


def _indexed(number: int, *, sha256: str = "", md5: str = "", kind: str = "elf", path: str = "") -> Indexed:
    document = Document(
        locator=Locator(f"/r/{number}.json", 0, 10), position=0, dialect="analysis", sha256=sha256, md5=md5,
        canonical="" if sha256 or md5 else _hex(f"canonical {number}"), paths=(path,) if path else (), name=f"n{number}",
        features=("hashes",), bytes=100 + number, raw=_hex(f"raw {number}", 32), kind=kind,
    )  # fmt: skip
    return Indexed(document, signature({f"{number} {i}" for i in range(30)}) if number % 4 else b"")


ENTRIES = [
    _indexed(1, sha256=_hex("a"), md5=_hex("a", 32), path="/bin/a"),
    _indexed(2, md5=_hex("a", 32), path="/bin/ä"),
    _indexed(3, md5=_hex("b", 32), kind="unknown"),
    _indexed(4, sha256=_hex("a"), kind="unknown", path="/a"),
    _indexed(5, kind="package"),
]


def _plan(entries: Iterable[Indexed]) -> list[FileTask]:
    return list(Plan(entries, settings=TextSettings(), leaders=Leaders(SPLITS)))


def test_documents_of_one_content_are_one_file_in_any_order() -> None:
    expected = group_documents([one.document for one in ENTRIES])
    first = _plan(ENTRIES)
    assert {task.key: list(task.documents) for task in first} == expected
    assert len(first) == 3
    assert all(_plan(order) == first for order in permutations(ENTRIES))


def test_a_task_tells_kind_group_and_names_of_others() -> None:
    tasks = {task.key: task for task in _plan(ENTRIES)}
    assert [tasks[key].kind for key in (_hex("a"), f"md5:{_hex('b', 32)}", _hex("canonical 5"))] == [
        "elf", "unknown", "package",
    ]  # fmt: skip
    assert all(task.group == key for key, task in tasks.items())
    many = _plan(_indexed(n, sha256=_hex(str(n)), path=f"/bin/p{n:02}") for n in range(40))
    for task in many:
        assert len(task.others) == 6
        assert task.documents[0].paths[0] not in task.others
        assert task.partner_key not in ("", task.key)
        assert [one.sha256 for one in task.partner] == [task.partner_key]
    assert len({task.text_key for task in many}) == 40


def test_newcomers_move_nobody_and_a_run_from_scratch_with_the_registry_is_the_same() -> None:
    def run(leaders: Leaders, numbers: Iterable[int]) -> tuple[dict[str, str], bytes]:
        entries = [_indexed(n, sha256=_hex(str(n)), kind=("elf", "script", "data")[n % 3]) for n in numbers]
        made = Plan(entries, settings=TextSettings(), leaders=leaders)
        return {task.key: task.split for task in made}, b"".join(leaders.dump())

    old, registry = run(Leaders(SPLITS), range(40))
    grown, final = run(load_leaders(BytesIO(registry), SPLITS), range(60))
    assert {key: grown[key] for key in old} == old
    assert run(load_leaders(BytesIO(final), SPLITS), reversed(range(60))) == (grown, final)
    kinds = Counter((("elf", "script", "data")[n % 3], grown[_hex(str(n))]) for n in range(60))
    assert all(9 <= amount <= 11 for amount in kinds.values())
    assert len(kinds) == 6


def test_sizes_are_those_of_the_documents() -> None:
    plan = Plan(ENTRIES, settings=TextSettings(), leaders=Leaders(SPLITS))
    assert [plan.size(number) for number in range(len(plan))] == [task.size for task in plan]
    with pytest.raises(IndexError):
        plan[len(plan)]


def test_no_documents_are_no_work() -> None:
    assert _plan([]) == []
