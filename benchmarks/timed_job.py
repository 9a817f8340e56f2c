"""The graph in this process with its stages timed: `python -m benchmarks.timed_job < VALUES`.

VALUES are option values as JSON, as the child process of a run gets them. One worker, so that everything happens here.
Time is that of the thread while a stage's own code runs; what a fused next stage does in between counts there. The last
line printed is JSON: seconds of CPU by stage, `start` for imports, `beam` for the rest; files expanded and taken over.
"""

import functools
import json
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import apache_beam as beam

from pipeline.job import run
from pipeline.progress import read_counts
from pipeline.settings import settings_from
from threatflux_training.dataset.storage import LocalStorage
from transforms.expand import Expand
from transforms.finish import Finish
from transforms.group import PlanFiles
from transforms.index import Index, List
from transforms.write import Select, Write

STAGES: dict[str, tuple[type[beam.DoFn], ...]] = {
    "index": (List, Index), "group": (PlanFiles,), "expand": (Expand,), "select": (Select,), "write": (Write,),
    "finish": (Finish,),
}  # fmt: skip
"""The stages in order, and what does their work."""


class Clock:
    """Seconds of CPU by stage."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys(STAGES, 0.0)

    def watch(self, stage: str, kind: type[beam.DoFn]) -> None:
        """Time what objects of that class do from now on."""
        kind.process = self._process(stage, kind.process)
        kind.setup = self._setup(stage, kind.setup)

    def _setup(self, stage: str, setup: Callable[[Any], None]) -> Callable[[Any], None]:
        @functools.wraps(setup)
        def timed(self_: Any) -> None:
            start = time.thread_time()
            setup(self_)
            self.seconds[stage] += time.thread_time() - start

        return timed

    def _process(self, stage: str, process: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
        @functools.wraps(process)
        def timed(*arguments: Any, **named: Any) -> Iterator[Any]:
            elements = process(*arguments, **named)
            while True:
                start = time.thread_time()
                try:
                    element = next(elements)
                except StopIteration:
                    return
                finally:
                    self.seconds[stage] += time.thread_time() - start
                yield element

        return timed


def main() -> None:
    settings = settings_from(json.load(sys.stdin))
    shutil.rmtree(Path(settings.staging) / "progress", ignore_errors=True)
    clock = Clock()
    for stage, kinds in STAGES.items():
        for kind in kinds:
            clock.watch(stage, kind)
    began = time.process_time()
    run(settings, 1)
    rest = time.process_time() - began - sum(clock.seconds.values())
    counts = read_counts(LocalStorage(), settings.staging)[0].get("expand", {})
    print(json.dumps({"cpu": {"start": began, **clock.seconds, "beam": rest}, "files": counts}))


if __name__ == "__main__":
    main()
