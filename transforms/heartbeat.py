"""What a worker has done: as Beam metrics for every runner, and as a small file in staging that the submitter reads.

Metrics alone are not enough: Flink tells them when a bundle ends, which is when a worker has done all of its part.
"""

import json
import os
import socket
import time
import uuid
from collections import Counter

from apache_beam.metrics import Metrics

from threatflux_training.dataset.storage import is_remote, join, write
from transforms.storage import AnyStorage, local_folder

_PAUSE, _REMOTE_PAUSE = 0.5, 10.0
"""Seconds between two writings, on a disk and in an object store."""


class Heartbeat:
    """Counts of one stage in one worker, written from time to time into a folder `progress`: a local one if there is one
    (`local_folder`), else that of staging.

    Names of counts: `bytes`, `documents`, `rejected`, `files`, `kept`, `examples`, `rows`.
    """

    def __init__(self, staging: str, stage: str) -> None:
        self._counts: Counter[str] = Counter()
        self._stage = stage
        self._written = 0.0
        place = local_folder(staging) or staging
        self._pause = _REMOTE_PAUSE if is_remote(place) else _PAUSE
        name = f"{stage}-{os.getpid()}-{uuid.uuid4().hex[:8]}.json"
        self._path = join(place, "progress", name) if place else ""

    def add(self, **counts: int) -> None:
        """Add to the counts."""
        for name, amount in counts.items():
            self._counts[name] += amount
            Metrics.counter(self._stage, name).inc(amount)
        if time.monotonic() - self._written > self._pause:
            self.write()

    def write(self) -> None:
        """Write the counts now."""
        self._written = time.monotonic()
        if self._path:
            who = {"pid": os.getpid(), "host": socket.gethostname()}
            _put(self._path, {"stage": self._stage, **who, **self._counts})


def plan(staging: str, stage: str, **totals: int) -> None:
    """Say how much a stage will have to do: as counters under `plan-<stage>`, and as a file in staging."""
    for name, amount in totals.items():
        Metrics.counter(f"plan-{stage}", name).inc(amount)
    if place := local_folder(staging) or staging:
        _put(join(place, "progress", f"plan-{stage}.json"), {"stage": stage, **totals})


def _put(path: str, values: dict[str, object]) -> None:
    """Write a small file; it is seen complete or not at all, as objects always are."""
    storage, data = AnyStorage(), json.dumps(values).encode()
    if not is_remote(path):
        write(storage, path, data)
        return
    with storage.create(path) as out:
        out.write(data)
