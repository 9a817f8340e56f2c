"""How many local workers a run gets: what was asked for, else what cores, memory and input suggest."""

import os
from typing import Any

import pytest

from pipeline.runners.local import INPUT_BYTES, WORKER_BYTES, choose_workers
from pipeline.settings import Settings, settings_from


def _settings(**given: Any) -> Settings:
    return settings_from({"input": ["reports"], "output": "out", "name": "n", **given})


@pytest.fixture(autouse=True)
def _eight_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)


@pytest.mark.parametrize(
    ("parts_of_input", "room", "count"), [(0, 100, 1), (1, 100, 1), (3, 100, 3), (50, 100, 8), (50, 3, 3), (50, 0, 1)]
)
def test_no_more_workers_than_input_cores_and_memory_are_good_for(parts_of_input: int, room: int, count: int) -> None:
    chosen = choose_workers(
        _settings(memory_limit=str(max(512 << 20, room * WORKER_BYTES))), parts_of_input * INPUT_BYTES
    )
    assert chosen.count == count
    assert ("MB of input" in chosen.reason) == (parts_of_input < min(8, room))


def test_what_was_asked_for_wins() -> None:
    assert choose_workers(_settings(direct_num_workers=5), 0).count == 5
