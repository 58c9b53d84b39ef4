#!/usr/bin/env bash
# Style, types and import rules. Wants an installation with the dev extra in strict editable mode (see README).
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-.venv/bin/python}
bin=$(dirname "$python")
"$bin/ruff" check .
"$bin/ruff" format --check .
(cd /tmp && "$OLDPWD/$bin/mypy" --config-file "$OLDPWD/pyproject.toml" -p whp)
"$bin/lint-imports"
