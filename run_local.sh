#!/usr/bin/env bash
# Makes the environment if it is missing, then a dataset from the shipped sample reports: ./run_local.sh [FOLDER]
set -euo pipefail
cd "$(dirname "$0")"
if [ ! -x .venv/bin/threatflux-train ]; then
  python3 -m venv .venv
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[test]"
fi
. .venv/bin/activate
python -m pipeline --input examples/reports --output "${1:-out}" --name demo --existing replace
echo "one report's examples: .venv/bin/threatflux-train preview examples/reports/deploy.sh.json.gz"
