#!/usr/bin/env bash
# Builds the site into site/: the pages under docs/, and those of the systems, generated from the code.
# What it needs beside whp comes with the extra: pip install -e ".[docs]"
set -euo pipefail
cd "$(dirname "$0")/.."
"${PYTHON:-.venv/bin/python}" -m mkdocs build --strict --quiet --config-file ci/mkdocs.yml
echo "the site is in site/: $(find site -name '*.html' | wc -l) pages"
