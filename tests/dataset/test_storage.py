"""Whole files: seen complete or not at all, and nothing is left of those that were given up. Reading ahead."""

import threading
import time
from pathlib import Path

import pytest

from threatflux_training.dataset.storage import PART, LocalStorage, ahead, remove_parts, whole, write

STORAGE = LocalStorage()


def test_a_file_that_is_given_up_leaves_the_old_one_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write(STORAGE, str(path), b"old")
    with pytest.raises(ValueError, match="enough"), whole(STORAGE, str(path)) as out:
        out.write(b"half")
        raise ValueError("enough")
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("a.json", b"old")]


def test_two_that_write_the_same_name_do_not_meet(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    with whole(STORAGE, str(path)) as one:
        one.write(b"first")
        with whole(STORAGE, str(path)) as other:
            other.write(b"second, which is longer")
        assert path.read_bytes() == b"second, which is longer"
    assert path.read_bytes() == b"first"


def test_what_a_killed_run_left_is_removed(tmp_path: Path) -> None:
    folder = tmp_path / "d[1]"
    (folder / "inner").mkdir(parents=True)
    for name in (f"manifest.json.0123{PART}", "manifest.json", f"inner/x{PART}"):
        (folder / name).write_text("x")
    remove_parts(STORAGE, str(folder))
    assert sorted(str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file()) == [
        f"inner/x{PART}",
        "manifest.json",
    ]


@pytest.mark.parametrize("at_once", [1, 3])
def test_what_is_read_ahead_comes_in_order_and_no_more_at_a_time(at_once: int) -> None:
    lock, running, most = threading.Lock(), 0, 0

    def double(number: int) -> int:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.002 * (number % 3))
        with lock:
            running -= 1
        return 2 * number

    assert list(ahead(double, range(40), at_once)) == [2 * number for number in range(40)]
    assert most == at_once


def test_an_error_while_reading_ahead_comes_through() -> None:
    with pytest.raises(ZeroDivisionError):
        list(ahead(lambda number: 1 / number, [2, 1, 0, 4], 3))
