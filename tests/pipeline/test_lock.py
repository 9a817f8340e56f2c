"""Two runs never write one dataset; a dead one locks nobody out."""

import json
import os
import socket
import threading
import time
from pathlib import Path

import pytest

from pipeline.lock import LEASE, SETTLE, Lock, Locked
from threatflux_training.dataset.storage import LocalStorage

STORAGE = LocalStorage()


def _held(folder: Path, **facts: object) -> None:
    holder = {"id": "x", "host": socket.gethostname(), "pid": os.getpid(), "time": time.time(), **facts}
    (folder / ".lock").write_text(json.dumps(holder))


def test_a_held_lock_is_refused_and_named(tmp_path: Path) -> None:
    with Lock(STORAGE, str(tmp_path)), pytest.raises(Locked, match=rf"process {os.getpid()} on .*remove .*\.lock"):
        Lock(STORAGE, str(tmp_path)).__enter__()
    assert not (tmp_path / ".lock").exists()


@pytest.mark.parametrize("facts", [{"time": time.time() - LEASE - 1}, {"pid": 2**22 + 1}, {"time": "broken"}])
def test_a_dead_lock_is_taken_over(tmp_path: Path, facts: dict[str, object]) -> None:
    _held(tmp_path, **facts)
    with Lock(STORAGE, str(tmp_path)):
        assert json.loads((tmp_path / ".lock").read_text())["pid"] == os.getpid()


def test_another_host_is_trusted_for_its_lease(tmp_path: Path) -> None:
    _held(tmp_path, host="elsewhere", pid=2**22 + 1)
    with pytest.raises(Locked):
        Lock(STORAGE, str(tmp_path)).__enter__()


class _Objects(LocalStorage):
    """Files that behave as objects: they cannot grow."""

    def appends(self, path: str) -> bool:
        return False


def test_of_two_that_take_a_lock_among_objects_at_once_one_holds_it(tmp_path: Path) -> None:
    outcomes: list[str] = []
    over = threading.Event()

    def take() -> None:
        try:
            with Lock(_Objects(), str(tmp_path)):
                outcomes.append("held")
                over.wait(10)
        except Locked:
            outcomes.append("refused")

    threads = [threading.Thread(target=take) for _ in range(3)]
    for one in threads:
        one.start()
    time.sleep(SETTLE + 1)
    assert sorted(outcomes) == ["held", "refused", "refused"]
    over.set()
    for one in threads:
        one.join()
    assert not (tmp_path / ".lock").exists()
