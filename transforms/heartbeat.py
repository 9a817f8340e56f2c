"""What a worker has done: as Beam metrics for every runner, and as a small file that a local submitter reads."""

import json
import os
import time
import uuid
from collections import Counter

from apache_beam.metrics import Metrics

from transforms.storage import local_folder

_PAUSE = 0.5


class Heartbeat:
    """Counts of one stage in one worker; written at most twice a second into a local
    `progress` folder (`local_folder`).

    Names of counts: `bytes`, `documents`, `rejected`, `files`, `kept`, `examples`, `rows`.
    """

    def __init__(self, staging: str, stage: str) -> None:
        self._counts: Counter[str] = Counter()
        self._stage = stage
        self._written = 0.0
        self._path = ""
        if local := local_folder(staging):
            folder = os.path.join(local, "progress")
            os.makedirs(folder, exist_ok=True)
            self._path = os.path.join(folder, f"{stage}-{os.getpid()}-{uuid.uuid4().hex[:8]}.json")

    def add(self, **counts: int) -> None:
        """Add to the counts."""
        for name, amount in counts.items():
            self._counts[name] += amount
            Metrics.counter(self._stage, name).inc(amount)
        if time.monotonic() - self._written > _PAUSE:
            self.write()

    def write(self) -> None:
        """Write the counts now."""
        self._written = time.monotonic()
        if self._path:
            part = f"{self._path}.part"
            with open(part, "w") as file:
                json.dump({"stage": self._stage, "pid": os.getpid(), **self._counts}, file)
            os.replace(part, self._path)


def plan(staging: str, stage: str, **totals: int) -> None:
    """Say how much a stage will have to do: as counters under `plan-<stage>`, and for a local submitter as a file."""
    for name, amount in totals.items():
        Metrics.counter(f"plan-{stage}", name).inc(amount)
    if local := local_folder(staging):
        folder = os.path.join(local, "progress")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, f"plan-{stage}.json"), "w") as file:
            json.dump({"stage": stage, **totals}, file)
