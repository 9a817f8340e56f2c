"""Running the graph through a job server: on Prism, on a Flink cluster, or on a Flink inside the job server."""

import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pipeline.counts import Counts
from pipeline.locations import is_remote
from pipeline.progress import Display, read_counts, state_of
from pipeline.settings import Settings, values
from pipeline.supervisor import Child


class Events:
    """What the child told so far; `read` takes what is new."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.done: Counts = {}
        self.totals: Counts = {}
        self.cause = ""
        self._place = 0

    def read(self) -> Iterator[dict[str, Any]]:
        """The new ones; counts are kept."""
        if not self.path.exists():
            return
        with self.path.open() as file:
            file.seek(self._place)
            while (line := file.readline()).endswith("\n"):
                self._place = file.tell()
                event = json.loads(line)
                if event["event"] == "counts":
                    self.done, self.totals = event["done"], event["totals"]
                elif event["event"] == "failed":
                    self.cause = event["cause"]
                yield event


def run_portable(settings: Settings, input_bytes: int, show: Callable[[str], None], display: Display) -> int:
    """Submit the job and wait; its exit status, 130 when interrupted."""
    folder = Path(tempfile.mkdtemp(prefix="threatflux-")) if is_remote(settings.staging) else Path(settings.staging)
    folder.mkdir(parents=True, exist_ok=True)
    events = Events(folder / "events.jsonl")
    events.path.unlink(missing_ok=True)
    started, log = time.monotonic(), folder / "run.log"
    show(f"{settings.runner}: starting; log in {log}")
    child = Child(
        {**values(settings, 0), "extra": []}, 1, log,
        module="pipeline.portable_job", arguments=[str(events.path)], attended=False,
    )  # fmt: skip

    def tick(memory: int) -> None:
        for _ in events.read():
            pass
        done, totals = (events.done, events.totals) if events.totals else read_counts(folder)
        now = state_of(done, totals, started, input_bytes, workers=1, memory=memory, memory_limit=0)
        display.update(now)

    try:
        status = child.wait(tick, lambda: os.path.exists(os.path.join(settings.folder, "COMPLETED")))
    except KeyboardInterrupt:
        child.end()
        return 130
    tick(0)
    if status:
        show(f"the run failed: {events.cause or child.tail(1)}; more in {log}")
    return status
