"""A lock with a lease: two runs never write one dataset at the same time, and a dead run locks nobody out."""

import contextlib
import json
import os
import socket
import threading
import time
import uuid
from types import TracebackType

import psutil

from threatflux_training.dataset.storage import Storage, Unreachable, join, read, write

LEASE = 60.0
"""Seconds after which a lock that nobody renews is taken over."""
_RENEW = 10.0
SETTLE = 1.5
"""Seconds after which a lock in an object store is looked at again: of two that were written in that time the later one holds."""


class Locked(Exception):
    """Another run holds the dataset; the argument says which one and what to do."""


class Lock:
    """Held from `with` to its end, renewed in between."""

    def __init__(self, storage: Storage, folder: str) -> None:
        self._storage, self._path = storage, join(folder, ".lock")
        self._id = uuid.uuid4().hex
        self._end = threading.Event()

    def __enter__(self) -> "Lock":
        holder = self._holder()
        if holder and _alive(holder):
            where = f"process {holder['pid']} on {holder['host']}"
            raise Locked(f"{where} is writing this dataset; wait for it, or remove {self._path} if it is gone")
        self._write()
        if not self._storage.appends(self._path):
            time.sleep(SETTLE)
        if (self._holder() or {}).get("id") != self._id:
            raise Locked(f"another run took {self._path} at the same moment; try again")
        threading.Thread(target=self._renew, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        if (self._holder() or {}).get("id") == self._id:
            self._storage.remove(self._path)

    def _holder(self) -> dict[str, object] | None:
        if not self._storage.exists(self._path):
            return None
        try:
            found = json.loads(read(self._storage, self._path))
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) else None

    def _write(self) -> None:
        mine = {"id": self._id, "host": socket.gethostname(), "pid": os.getpid(), "time": time.time()}
        write(self._storage, self._path, json.dumps(mine).encode())

    def _renew(self) -> None:
        """Until the end, or until another run has taken it over; what fails is tried again the next time."""
        while not self._end.wait(_RENEW):
            with contextlib.suppress(OSError, Unreachable):
                if (self._holder() or {}).get("id", self._id) != self._id:
                    return
                self._write()


def _alive(holder: dict[str, object]) -> bool:
    """Whether the lease runs; on this machine also whether its process does."""
    renewed, pid = holder.get("time"), holder.get("pid")
    if not isinstance(renewed, float) or time.time() - renewed > LEASE:
        return False
    return holder.get("host") != socket.gethostname() or (isinstance(pid, int) and psutil.pid_exists(pid))
