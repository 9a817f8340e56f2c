import json
from pathlib import Path

from tests.proofs.kill_runs import Ledger
from threatflux_training.dataset.segments import SegmentWriter
from threatflux_training.dataset.storage import LocalStorage


def test_work_of_all_starts_is_added_up(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    _say(tmp_path, "expand-1-a", 1, files=2, kept=0)
    ledger.look()
    _say(tmp_path, "expand-1-a", 1, files=5, kept=0)
    _say(tmp_path, "index-1-b", 1, files=9, kept=0)
    ledger.look()
    (tmp_path / ".staging/progress/expand-1-a.json").unlink()
    _say(tmp_path, "expand-2-c", 2, files=8, kept=4)
    (tmp_path / ".staging/progress/expand-3-d.json").write_text('{"fil')
    ledger.look()
    assert ledger.expanded() == 5 + 4


def test_what_was_staged_counts_where_a_worker_said_less(tmp_path: Path) -> None:
    writer = SegmentWriter(LocalStorage(), str(tmp_path / ".staging" / "segments"))
    for number in range(3):
        writer.add(bytes([number]) * 16, b"head")
    writer.flush()
    pid = int(next((tmp_path / ".staging" / "segments").iterdir()).name.partition("-")[0])
    ledger = Ledger(tmp_path)
    _say(tmp_path, "expand-0-a", pid, files=1, kept=0)
    ledger.look()
    assert ledger.expanded() == 3
    _say(tmp_path, "expand-0-a", pid, files=4, kept=0)
    ledger.look()
    assert ledger.expanded() == 4


def _say(dataset: Path, name: str, pid: int, **counts: int) -> None:
    folder = dataset / ".staging" / "progress"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps({"pid": pid, **counts}))
