"""Subjects from other packages and in other languages, judged through the command line."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess

import pytest

from whp import registry

OFFERED = {"color": 5, "all": len(registry.checks("coloring"))}


def judge(whp, tmp_path, subject, ran):
    done = whp("check", "coloring", "--subject", subject, "--json", "report.json")
    assert done.returncode == 0, done.stdout + done.stderr
    summary = json.loads((tmp_path / "report.json").read_text())["summary"]
    assert (summary["holds"], summary["refuted"], summary["broken"]) == (ran, 0, 0)
    assert f"{ran} of {OFFERED['all']} checks ran" in done.stdout


@pytest.mark.parametrize("package", ["networkx", "igraph", "rustworkx"])
def test_a_greedy_coloring_of_a_released_package(whp, tmp_path, foreign, package):
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed; the test extra brings it")
    judge(whp, tmp_path, foreign / f"{package}_greedy.py", OFFERED["color"])


def test_the_process_in_c(whp, tmp_path, foreign):
    if not shutil.which("cc"):
        pytest.skip("no C compiler (cc) on this machine")
    subprocess.run(["cc", "-O2", "-o", tmp_path / "recolor", foreign / "recolor.c"], check=True)
    judge(whp, tmp_path, "cmd: ./recolor", OFFERED["all"])


def test_the_process_in_javascript(whp, tmp_path, foreign):
    if not shutil.which("node"):
        pytest.skip("no node on this machine")
    judge(whp, tmp_path, f"cmd: node {foreign / 'recolor.mjs'}", OFFERED["all"])
