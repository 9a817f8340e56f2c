"""Workers are forked from a server that has loaded everything, and are told from it."""

import multiprocessing
import os
from collections.abc import Mapping
from multiprocessing.connection import Connection

import psutil
import pytest

from pipeline import forked
from pipeline.fork_server import can_fork, start_server
from pipeline.supervisor import is_worker, worker_count

LOADED = ("apache_beam.runners.worker.sdk_worker_main", "transforms.expand", "threatflux_training.tasks.families")


def tell(out: Connection) -> None:
    """What a forked process finds loaded, before it imports anything itself; waits for an answer."""
    import sys

    out.send([name for name in LOADED if name in sys.modules])
    out.recv()


@pytest.mark.skipif(not can_fork(), reason="this system has no servers to fork from")
def test_a_forked_process_has_the_library_and_counts_as_a_worker() -> None:
    start_server()
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("forkserver").Process(target=tell, args=(there,))
    process.start()
    try:
        assert here.recv() == list(LOADED)
        found = psutil.Process(process.pid)
        server = found.parent()
        assert is_worker(found) and server is not None and not is_worker(server)
        assert worker_count(os.getpid()) == 1
    finally:
        here.send("done")
        process.join()


def test_the_worker_gets_the_options_of_the_job(monkeypatch: pytest.MonkeyPatch) -> None:
    from apache_beam.runners.worker import sdk_worker_main

    seen: dict[str, str] = {}

    def main(arguments: list[str]) -> None:
        seen.update(os.environ)

    monkeypatch.setattr(sdk_worker_main, "main", main)
    variables: Mapping[str, str] = {"WORKER_ID": "7", "PIPELINE_OPTIONS": "{}"}
    with monkeypatch.context() as context:
        for name in variables:
            context.setenv(name, "")
        forked.work(variables)
    assert variables.items() <= seen.items()
