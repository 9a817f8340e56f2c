"""The child process of a local run, with the number of workers as its argument.

The server that workers are forked from comes first: it loads for about as long as this process does.
"""

import atexit
import gc
import os
import sys

from pipeline.fork_server import can_fork, start_server


def main() -> None:
    """Start the server, then run the graph; at its end only what asked for that is done: taking all apart would only take time."""
    if int(sys.argv[1]) > 1 and can_fork():
        start_server()
    gc.disable()
    from pipeline.job import main as run_graph

    gc.freeze()
    gc.enable()
    run_graph()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
