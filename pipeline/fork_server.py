"""The server that local workers are forked from; it loads `pipeline/preload.py` by itself, beside whoever starts it."""

import multiprocessing
from multiprocessing import forkserver

_PRELOADED = ["pipeline.uncollected", "pipeline.preload"]


def can_fork() -> bool:
    """Whether this system has servers to fork from."""
    return "forkserver" in multiprocessing.get_all_start_methods()


def start_server() -> None:
    """Start it, unless it runs; nobody waits until it has loaded."""
    forkserver.set_forkserver_preload(_PRELOADED)
    forkserver.ensure_running()
