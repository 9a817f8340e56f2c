"""How far a run is: counts of the workers summed, shown live, as lines or as JSON."""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TextIO

import msgspec
from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from pipeline.counts import STAGES, Counts
from pipeline.pace import Pace, finished, share_of
from threatflux_training.dataset.storage import LocalStorage, Storage, join, read

_LINE_PAUSE, _JSON_PAUSE = 5.0, 1.0


class State(msgspec.Struct, frozen=True, kw_only=True):
    """One moment of a run. Shares are 0 to 1; `left` is in seconds, None while nobody can know; memory in bytes."""

    elapsed: float
    share: float
    left: float | None
    done: dict[str, dict[str, int]]
    totals: dict[str, dict[str, int]]
    workers: int
    memory: int
    memory_limit: int

    def of(self, stage: str) -> float:
        """The share of a stage that is done."""
        return share_of(stage, self.done, self.totals)

    def rate(self, stage: str, what: str) -> float:
        """Counts a second since the start of the run."""
        return self.done.get(stage, {}).get(what, 0) / max(self.elapsed, 0.001)


def read_counts(storage: Storage, staging: str) -> tuple[Counts, Counts]:
    """What all workers did, and what there is to do, by stage; half-written files are passed over."""
    done: Counts = {}
    totals: Counts = {}
    try:
        files = storage.walk(join(staging, "progress"))
    except OSError:  # one of them was given its final name just now
        return done, totals
    for file in files:
        if not file.path.endswith(".json"):
            continue
        try:
            found: dict[str, Any] = json.loads(read(storage, file.path))
        except (OSError, ValueError):
            continue
        target = totals if file.path.rpartition("/")[2].startswith("plan-") else done
        counts = target.setdefault(found.pop("stage"), {})
        for name, amount in found.items():
            if name not in ("pid", "host"):
                counts[name] = counts.get(name, 0) + amount
    return done, totals


def state(
    staging: Path, started: float, input_bytes: int, pace: Pace, *, workers: int, memory: int, memory_limit: int
) -> State:
    """The state of a local run that started at that monotonic time and reads so many bytes."""
    done, totals = read_counts(LocalStorage(), str(staging))
    return state_of(done, totals, started, input_bytes, pace, workers=workers, memory=memory, memory_limit=memory_limit)


def state_of(
    done: Counts, totals: Counts, started: float, input_bytes: int, pace: Pace, *,
    workers: int, memory: int, memory_limit: int,
) -> State:  # fmt: skip
    """The state of a run of which these counts are known; `pace` is that of the whole run."""
    totals = {stage: dict(counts) for stage, counts in totals.items()}
    totals.setdefault("index", {})["bytes"] = input_bytes
    elapsed = time.monotonic() - started
    work, total = finished(done, totals)
    return State(
        elapsed=elapsed, share=work / total if total else 0.0, left=pace.left(elapsed, done, totals), done=done,
        totals=totals, workers=workers, memory=memory, memory_limit=memory_limit,
    )  # fmt: skip


def line(now: State) -> str:
    """The state in one line."""
    expand, totals = now.done.get("expand", {}), now.totals.get("expand", {})
    left = "" if now.left is None else f", about {_time(now.left)} left"
    if now.of("expand") < 1 and totals:
        stage = f"expanding: {expand.get('files', 0):,} of {totals.get('files', 0):,} files"
    elif totals:
        stage = f"writing: {now.done.get('write', {}).get('rows', 0):,} of {now.totals.get('write', {}).get('rows', 0):,} rows"
    else:
        stage = f"indexing: {now.done.get('index', {}).get('documents', 0):,} documents"
    return (
        f"{now.share:4.0%} {stage}; {now.rate('expand', 'files'):,.1f} files/s, "
        f"{now.rate('expand', 'examples'):,.0f} examples/s; {_time(now.elapsed)} elapsed{left}; "
        f"{now.memory / 1e6:,.0f} MB"
    )


def _time(seconds: float) -> str:
    minutes, rest = divmod(int(seconds + 0.5), 60)
    return f"{minutes}:{rest:02d} min" if minutes else f"{rest} s"


class Display(Protocol):
    """What shows states: `update` often, `close` once."""

    def update(self, now: State) -> None:
        """Show a state, if it is time to."""

    def close(self) -> None:
        """Leave the terminal as it was."""


class Lines:
    """A plain line every few seconds."""

    def __init__(self, show: Callable[[str], None]) -> None:
        self._show, self._last = show, time.monotonic()

    def update(self, now: State) -> None:
        """A line, if the last one is old enough."""
        if time.monotonic() - self._last >= _LINE_PAUSE:
            self._last = time.monotonic()
            self._show(line(now))

    def close(self) -> None:
        """Nothing to leave."""


class JsonLines:
    """A JSON object a second, for machines: the fields of `State` and `"event": "progress"`."""

    def __init__(self, out: TextIO) -> None:
        self._out, self._last = out, 0.0

    def update(self, now: State) -> None:
        """An object, if the last one is old enough."""
        if time.monotonic() - self._last >= _JSON_PAUSE:
            self._last = time.monotonic()
            self._out.write(json.dumps({"event": "progress", **msgspec.to_builtins(now)}) + "\n")
            self._out.flush()

    def close(self) -> None:
        """Nothing to leave."""


class Silent:
    """Shows nothing."""

    def update(self, now: State) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


class LiveDisplay:
    """Stages with bars, rates, time left, workers and memory, renewed in place."""

    def __init__(self, console: Console) -> None:
        self._live = Live(console=console, refresh_per_second=4, transient=True)
        self._live.start()

    def update(self, now: State) -> None:
        """Draw."""
        self._live.update(drawing(now))

    def close(self) -> None:
        """Take the drawing away."""
        self._live.stop()


def drawing(now: State) -> Group:
    """The live picture of a state."""
    table = Table.grid(padding=(0, 2))
    for stage in STAGES:
        done, totals = now.done.get(stage, {}), now.totals.get(stage, {})
        table.add_row(stage, ProgressBar(total=1.0, completed=now.of(stage), width=30), f"{now.of(stage):4.0%}",
                      _amounts(stage, done, totals), _rates(stage, now))  # fmt: skip
    left = "" if now.left is None else f", about {_time(now.left)} left"
    kept = now.done.get("expand", {}).get("kept", 0)
    parts = [
        f"{now.share:.0%} done, {_time(now.elapsed)}{left}", f"{now.workers} worker(s)",
        f"memory {now.memory / 1e6:,.0f} of {now.memory_limit / 1e6:,.0f} MB",
        f"rejected {now.done.get('index', {}).get('rejected', 0):,}", *([f"kept {kept:,} files"] if kept else []),
    ]  # fmt: skip
    return Group(table, Text("; ".join(parts)))


def _amounts(stage: str, done: dict[str, int], totals: dict[str, int]) -> str:
    if stage == "index":
        return f"{done.get('bytes', 0) / 1e6:,.0f} of {totals.get('bytes', 0) / 1e6:,.0f} MB"
    what = "files" if stage == "expand" else "rows"
    return f"{done.get(what, 0):,} of {totals[what]:,} {what}" if what in totals else ""


def _rates(stage: str, now: State) -> str:
    if stage == "index":
        return f"{now.rate('index', 'bytes') / 1e6:,.1f} MB/s"
    if stage == "expand":
        return f"{now.rate('expand', 'files'):,.1f} files/s, {now.rate('expand', 'examples'):,.0f} examples/s"
    return ""


def display(mode: str, show: Callable[[str], None]) -> Display:
    """The display of a mode: auto (live on a terminal, else lines), live, lines, json or none."""
    if mode == "json":
        return JsonLines(sys.stdout)
    if mode == "none":
        return Silent()
    if mode == "live" or (mode == "auto" and sys.stdout.isatty()):
        return LiveDisplay(Console())
    return Lines(show)
