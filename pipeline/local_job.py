"""The child process of a local run, with the number of workers as its argument.

The server that workers are forked from comes first: it loads for about as long as this process does.
"""

import sys

from pipeline.fork_server import can_fork, start_server


def main() -> None:
    """Start the server, then run the graph."""
    if int(sys.argv[1]) > 1 and can_fork():
        start_server()
    from pipeline.job import main as run_graph

    run_graph()


if __name__ == "__main__":
    main()
