"""Big reports wait for each other: the workers of one machine share a budget through a small file."""

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator

import psutil

from transforms.storage import local_folder

SMALL = 32 << 20
"""Bytes of a report below which nobody waits."""
NEED = 2.6
"""Memory that a report may take, against its size: an envelope is unescaped and then decoded."""
WORKER_BASE = 220 << 20
"""Memory of a worker, and of the process that builds the graph, without any report."""
_POLL = 0.05


class MemoryGate:
    """`hold` a share of the budget while a big report is in memory; one that exceeds all of it waits to be alone."""

    def __init__(self, staging: str, limit: int, workers: int) -> None:
        self._free = max(0, limit - WORKER_BASE * (workers + 1))
        folder = local_folder(staging) if workers > 1 and limit else ""
        self._path = os.path.join(folder, "memory.json") if folder else ""
        if folder:
            os.makedirs(folder, exist_ok=True)

    @contextlib.contextmanager
    def hold(self, size: int) -> Iterator[None]:
        """Wait until a report of that many bytes has room, and keep the room until the end."""
        need = int(size * NEED)
        if size < SMALL or not self._path:
            yield
            return
        while not self._take(need):
            time.sleep(_POLL)
        try:
            yield
        finally:
            with self._ledger() as held:
                held.pop(str(os.getpid()), None)

    def _take(self, need: int) -> bool:
        with self._ledger() as held:
            others = {pid: amount for pid, amount in held.items() if pid != str(os.getpid())}
            if others and sum(others.values()) + need > self._free:
                return False
            held[str(os.getpid())] = need
            return True

    @contextlib.contextmanager
    def _ledger(self) -> Iterator[dict[str, int]]:
        """What each living worker holds, locked while it is looked at and changed."""
        with open(self._path, "a+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            text = file.read()
            held = {pid: amount for pid, amount in (json.loads(text) if text else {}).items() if _runs(pid)}
            yield held
            file.seek(0)
            file.truncate()
            file.write(json.dumps(held))


def _runs(pid: str) -> bool:
    return psutil.pid_exists(int(pid))
