"""A worker that is gone is missed, whether it was ever seen or not."""

from pipeline.supervisor import Attendance


def test_a_worker_that_was_seen_is_missed_at_once() -> None:
    known = Attendance(3)
    assert [known.missing(alive, now) for now, alive in ((0, 0), (1, 2), (2, 3), (3, 3))] == [False] * 4
    assert known.missing(2, 4)


def test_a_worker_that_never_came_is_missed_after_a_while() -> None:
    known = Attendance(2)
    assert not any(known.missing(1, now) for now in range(10, 31))
    assert known.missing(1, 31)
    assert not known.missing(2, 32)


def test_nobody_is_missed_before_the_first_and_in_one_process() -> None:
    assert not any(Attendance(2).missing(0, now) for now in (0, 1000))
    alone = Attendance(1)
    assert not any(alone.missing(0, now) for now in (0, 100))
