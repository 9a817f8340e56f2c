"""The state of a run, from the counts of its workers."""

import io
import json
import subprocess
import sys
import time
from pathlib import Path

from rich.console import Console

from pipeline.pace import Pace
from pipeline.progress import JsonLines, drawing, line, state


def _counts(staging: Path, name: str, **counts: object) -> None:
    folder = staging / "progress"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(counts))


def _halfway(staging: Path) -> None:
    _counts(staging, "index-1", stage="index", pid=1, bytes=600, documents=6)
    _counts(staging, "index-2", stage="index", pid=2, bytes=400, documents=4, rejected=1)
    _counts(staging, "plan-expand", stage="expand", bytes=900, files=9)
    _counts(staging, "expand-1", stage="expand", pid=1, bytes=450, files=4, examples=80)


def test_counts_of_all_workers_are_summed(tmp_path: Path) -> None:
    _halfway(tmp_path)
    (tmp_path / "progress" / "torn.json").write_text('{"stage": "ind')
    now = state(tmp_path, time.monotonic() - 10, 1000, Pace(), workers=2, memory=5_000_000, memory_limit=10**9)
    assert now.of("index") == 1.0
    assert 0.44 < now.of("expand") < 0.5
    assert now.of("write") == 0.0
    assert now.left is None
    assert line(now).startswith(" 39% expanding: 4 of 9 files; 0.4 files/s, 8 examples/s; 10 s elapsed")


def test_at_the_start_nobody_knows_the_end(tmp_path: Path) -> None:
    now = state(tmp_path, time.monotonic(), 1000, Pace(), workers=1, memory=0, memory_limit=0)
    assert (now.share, now.left) == (0.0, None)
    assert "left" not in line(now)


def test_the_live_picture_shows_stages_and_rejects(tmp_path: Path) -> None:
    _halfway(tmp_path)
    now = state(tmp_path, time.monotonic() - 10, 1000, Pace(), workers=2, memory=5_000_000, memory_limit=10**9)
    console = Console(file=io.StringIO(), width=140)
    console.print(drawing(now))
    text = console.file.getvalue()  # type: ignore[attr-defined]  # it is the StringIO above
    assert "4 of 9 files" in text
    assert "rejected 1" in text
    assert "memory 5 of 1,000 MB" in text


def test_machines_get_objects(tmp_path: Path) -> None:
    _halfway(tmp_path)
    out = io.StringIO()
    JsonLines(out).update(state(tmp_path, time.monotonic() - 1, 1000, Pace(), workers=1, memory=1, memory_limit=2))
    found = json.loads(out.getvalue())
    assert found["event"] == "progress"
    assert found["done"]["expand"]["examples"] == 80


def test_a_local_submitter_does_without_beam() -> None:
    code = "import sys, pipeline.cli, pipeline.commands.generate, pipeline.runners.local; print('apache_beam' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
