import gzip
import json
from pathlib import Path

import pytest

from benchmarks.big_reports import pieces, write_form
from benchmarks.corpus import corpus
from benchmarks.multiply import Report, changed

REPORT: Report = {
    "file_path": "/bin/one",
    "hashes": {"sha256": "a" * 64},
    "strings": ["alphabet", "libc.so.6", "wonderful", "nothing", "somewhere"],
    "disassembly": {
        "instructions": [{"address": 16, "size": 4, "mnemonic": "nop"}, {"address": 20, "size": 2, "mnemonic": "ret"}]
    },
}


def _folder(tmp_path: Path, amount: int) -> Path:
    folder = tmp_path / "reports"
    folder.mkdir()
    for number in range(amount):
        (folder / f"{number}.json").write_text(json.dumps({**REPORT, "file_path": f"/bin/{number}"}))
    return folder


def test_copies_are_other_files() -> None:
    copies = [changed(REPORT, number) for number in range(50)]
    assert len({one["hashes"]["sha256"] for one in copies}) == len({one["file_path"] for one in copies}) == 50
    assert len({tuple(one["strings"]) for one in copies}) > 10
    assert all(one["strings"][1] == "libc.so.6" for one in copies)


def test_parts_hold_whole_rounds(tmp_path: Path) -> None:
    made = corpus(_folder(tmp_path, 3), tmp_path / "made", 8, 10_000)
    assert [made.rounded(size) for size in (1, 4, 8)] == [3, 3, 9]
    assert [len(list(folder.iterdir())) for folder in made.firsts((8, 1, 4))] == [3, 9]
    with pytest.raises(SystemExit, match="whole rounds of 3 originals"):
        made.firsts((1, 4))
    assert [path.name for path in sorted(made.part(2, 4).iterdir())] == ["000002.json", "000003.json"]


def test_a_corpus_is_kept_as_long_as_it_is_enough(tmp_path: Path) -> None:
    reports, folder = _folder(tmp_path, 2), tmp_path / "made"
    corpus(reports, folder, 4, 10_000)
    first = (folder / "all" / "000000.json").stat().st_ino
    assert (corpus(reports, folder, 3, 10_000).folder / "all" / "000000.json").stat().st_ino == first
    corpus(reports, folder, 40, 10_000)
    assert len(list((folder / "all").iterdir())) == 42


def test_a_big_report_goes_on_at_further_addresses_in_every_form(tmp_path: Path) -> None:
    texts = {}
    for form in ("plain", "envelope", "gz"):
        path = tmp_path / form
        write_form(path, form, pieces(REPORT, 2_000))
        texts[form] = gzip.decompress(path.read_bytes()).decode() if form == "gz" else path.read_text()
    texts["envelope"] = json.loads(texts["envelope"])["content"][0]["text"]
    assert len(set(texts.values())) == 1 and len(texts["plain"]) >= 2_000
    addresses = [one["address"] for one in json.loads(texts["plain"])["disassembly"]["instructions"]]
    assert addresses[:4] == [16, 20, 22, 26] and addresses == sorted(set(addresses))
