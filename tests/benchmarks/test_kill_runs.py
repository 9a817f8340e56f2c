import json
from pathlib import Path

from tests.proofs.kill_runs import Ledger


def test_work_of_all_starts_is_added_up(tmp_path: Path) -> None:
    folder = tmp_path / ".staging" / "progress"
    folder.mkdir(parents=True)
    ledger = Ledger(tmp_path)
    for name, files, kept in (("expand-1-a.json", 2, 0), ("expand-1-a.json", 5, 0), ("index-1-b.json", 9, 0)):
        (folder / name).write_text(json.dumps({"files": files, "kept": kept}))
        ledger.look()
    (folder / "expand-1-a.json").unlink()
    (folder / "expand-2-c.json").write_text(json.dumps({"files": 8, "kept": 4}))
    (folder / "expand-3-d.json").write_text('{"fil')
    ledger.look()
    assert ledger.expanded == 5 + 4
