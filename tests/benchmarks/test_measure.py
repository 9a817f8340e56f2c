import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.measure import measure
from benchmarks.show import judge, table
from benchmarks.timed_job import Clock

_BURN = "import time\nwhile time.process_time() < {}: pass\n"


def test_cpu_is_that_of_all_processes() -> None:
    below = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {_BURN.format(0.4)!r}])"
    found = measure([sys.executable, "-c", f"{below}\nprint(input())"], given="said\n")
    assert found.status == 0 and found.output == "said\n"
    assert found.cpu >= 0.4 and found.peak > 0 and found.peaks["command"] > 0


def test_a_figure_is_kept_or_missed(capsys: pytest.CaptureFixture[str]) -> None:
    assert judge("ratio", 1.4, most=1.4) and not judge("speed", 10, least=2500)
    assert capsys.readouterr().out == "ratio: 1.400 (bar: at most 1.4)\nspeed: 10.0 (bar: at least 2,500) MISSED\n"


def test_a_table_is_also_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table([{"what": "a", "n": 1234}, {"what": "bb", "n": 5}], tmp_path / "t.csv")
    assert capsys.readouterr().out == "what      n\na     1,234\nbb        5\n"
    assert (tmp_path / "t.csv").read_text().splitlines() == ["what,n", "a,1234", "bb,5"]


def test_only_the_stages_own_code_is_timed() -> None:
    class Stage:
        def setup(self) -> None:
            pass

        def process(self, element: int) -> Iterator[int]:
            yield element
            _burn(0.05)
            yield element

    clock, kind = Clock(), Stage
    clock.watch("expand", kind)  # type: ignore[arg-type]
    stage: Any = kind()
    stage.setup()
    for _ in stage.process(1):
        _burn(0.1)
    assert 0.05 <= clock.seconds["expand"] < 0.1


def _burn(seconds: float) -> None:
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pass
