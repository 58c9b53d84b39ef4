#!/usr/bin/env bash
# Builds the wheel, looks into it, and uses it from an empty environment far from the checkout.
set -euo pipefail
cd "$(dirname "$0")/.."
here=$PWD
away=$(mktemp -d)
trap 'rm -rf "$away"' EXIT
git clone --quiet . "$away/clone" # a build leaves files behind, and must not see any from here
python3 -m venv "$away/venv"
"$away/venv/bin/pip" install --quiet --upgrade pip
"$away/venv/bin/pip" wheel --quiet --no-deps --wheel-dir "$away" "$away/clone"
"$away/venv/bin/python" - "$away"/whp-*.whl <<'PYTHON'
import sys, zipfile
names = zipfile.ZipFile(sys.argv[1]).namelist()
tops = {name.split("/")[0] for name in names if ".dist-info/" not in name}
assert tops == {"whp"}, tops
for needed in (
    "py.typed", "report.html", "cli.py", "reference/coloring.py", "reference/hamilton/exact.py", "impostors/coloring/laws.py"
):
    assert f"whp/{needed}" in names, needed
print("the wheel holds whp alone:", len(names), "files")
PYTHON
"$away/venv/bin/pip" install --quiet -c "$here/ci/constraints.txt" "$away"/whp-*.whl
cd "$away"
venv/bin/whp check coloring --html page.html
venv/bin/whp check coloring --subject whp.impostors.coloring:AColorForEach && exit 1 || test $? -eq 1
