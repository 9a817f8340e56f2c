#!/usr/bin/env bash
# All checks of the project in one command: lint, types, direction of imports, tests. Needs the environment of
# run_local.sh (.venv) or an active one.
set -euo pipefail
cd "$(dirname "$0")"
if [ -z "${VIRTUAL_ENV:-}" ]; then . .venv/bin/activate; fi
ruff check .
mypy
lint-imports --no-cache
python -m pytest --numprocesses auto --dist worksteal "$@"
