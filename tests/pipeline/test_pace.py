"""Time left: what came before work began tells nothing about it, nor do files that were taken from staging."""

import pytest

from pipeline.pace import Pace, finished, share_of

TOTALS = {"index": {"bytes": 40_000_000, "files": 400}, "expand": {"bytes": 40_000_000, "files": 400}}
EXPANDING = 400 * 0.06 + 40 * 0.01
"""Seconds of one core, for an imaginary machine on which a file costs 60 ms and a megabyte 10 ms."""
WRITING = 10_000 * 0.0003


def _done(files: int, kept: int = 0) -> dict[str, dict[str, int]]:
    index = {"bytes": 40_000_000, "documents": 400}
    return {"index": index, "expand": {"files": files, "bytes": files * 100_000, "kept": kept, "examples": files * 20}}


def test_time_left_is_near_the_truth_from_a_fifth_on_whatever_starting_took() -> None:
    for start in (0.0, 5.0, 60.0):
        pace = Pace()
        for files in range(0, 400, 5):
            spent = EXPANDING * files / 400
            left = pace.left(start + spent, _done(files), TOTALS)
            if files >= 80:
                assert left == pytest.approx(EXPANDING + WRITING - spent, rel=0.3, abs=1.0)


def test_files_from_staging_do_not_count_as_speed() -> None:
    pace = Pace()
    pace.left(5.0, _done(201, kept=200), TOTALS)
    left = pace.left(5.0 + 50 * 0.061, _done(251, kept=200), TOTALS)
    assert left == pytest.approx(149 * 0.061 + WRITING, rel=0.3)


def test_nobody_knows_before_work_was_seen() -> None:
    pace = Pace()
    assert pace.left(3.0, {}, TOTALS) is None
    assert pace.left(3.0, _done(10), TOTALS) is None
    assert pace.left(3.5, _done(20), TOTALS) is None
    assert pace.left(6.0, _done(60), TOTALS) is not None


def test_what_is_not_planned_yet_is_taken_from_the_input() -> None:
    work, total = finished({}, {"index": {"bytes": 1_000_000, "files": 10}})
    assert work == 0 and total > 10 * 0.1
    assert share_of("write", {"write": {"rows": 5}}, {"write": {"rows": 10}}) == 0.5
    assert share_of("expand", {}, {}) == 0.0
