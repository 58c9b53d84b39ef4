#!/usr/bin/env bash
# The tests that take longer than a minute.
set -euo pipefail
cd "$(dirname "$0")/.."
"${PYTHON:-.venv/bin/python}" -m pytest -n 2 -m slow "$@"
