"""Big reports wait for each other."""

import json
import os
import threading
import time
from pathlib import Path

from transforms.memory import NEED, SMALL, WORKER_BASE, MemoryGate

BIG = 2 * SMALL


def _gate(folder: Path, rooms: float) -> MemoryGate:
    return MemoryGate(str(folder), int(WORKER_BASE * 3 + rooms * BIG * NEED), 2)


def _held_by_another(folder: Path) -> None:
    (folder / "memory.json").write_text(json.dumps({str(os.getppid()): int(BIG * NEED)}))


def test_a_big_report_waits_for_room(tmp_path: Path) -> None:
    gate = _gate(tmp_path, 1.5)
    _held_by_another(tmp_path)
    entered = threading.Event()

    def work() -> None:
        with gate.hold(BIG):
            entered.set()

    thread = threading.Thread(target=work)
    thread.start()
    time.sleep(0.3)
    assert not entered.is_set()
    (tmp_path / "memory.json").write_text("{}")
    thread.join(5)
    assert entered.is_set()
    assert json.loads((tmp_path / "memory.json").read_text()) == {}


def test_small_ones_and_those_with_room_go_on(tmp_path: Path) -> None:
    _held_by_another(tmp_path)
    with _gate(tmp_path, 0.1).hold(SMALL - 1):
        pass
    with _gate(tmp_path, 2.5).hold(BIG):
        assert json.loads((tmp_path / "memory.json").read_text())[str(os.getpid())] == int(BIG * NEED)


def test_one_that_exceeds_everything_goes_alone_and_the_dead_hold_nothing(tmp_path: Path) -> None:
    (tmp_path / "memory.json").write_text(json.dumps({"4194305": 10**12}))
    with _gate(tmp_path, 0.1).hold(BIG):
        pass
