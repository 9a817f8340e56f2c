#!/usr/bin/env bash
# Command of --environment_type=PROCESS: starts one SDK worker on the machine of a task manager.
# WORKER_PYTHON: the Python in which this package can be imported (environment_config's env or the task manager's own).
exec "${WORKER_PYTHON:-python3}" "$(cd "$(dirname "$0")" && pwd)/worker.py" "$@"
