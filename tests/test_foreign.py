"""Subjects from other packages and in other languages, judged through the command line."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess

import pytest

from whp import registry

SOLVERS = [("lp", "scipy", 7), ("cpsat", "ortools", 7), ("brute", "numpy", 8)]
COLOR = 5  # checks that ask `color` alone


def judge(whp, tmp_path, subject, ran, system="coloring", refuted=0, options=()):
    done = whp("check", system, "--subject", subject, "--json", "report.json", *options)
    assert done.returncode == (1 if refuted else 0), done.stdout + done.stderr
    summary = json.loads((tmp_path / "report.json").read_text())["summary"]
    assert (summary["holds"], summary["refuted"], summary["broken"]) == (ran - refuted, refuted, 0)


def all_of(system):
    return len(registry.checks(system))


def has(package):
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed; the test extra brings it")


def program(name):
    if not shutil.which(name):
        pytest.skip(f"no {name} on this machine")
    return name


@pytest.mark.parametrize("package", ["networkx", "igraph", "rustworkx"])
def test_a_greedy_coloring_of_a_released_package(whp, tmp_path, foreign, package):
    has(package)
    judge(whp, tmp_path, foreign / f"{package}_greedy.py", COLOR)


def test_the_process_in_c(whp, tmp_path, foreign):
    subprocess.run([program("cc"), "-O2", "-o", tmp_path / "recolor", foreign / "recolor.c"], check=True)
    judge(whp, tmp_path, "cmd: ./recolor", all_of("coloring"))


def test_the_process_in_javascript(whp, tmp_path, foreign):
    judge(whp, tmp_path, f"cmd: {program('node')} {foreign / 'recolor.mjs'}", all_of("coloring"))


def test_mastermind_in_javascript(whp, tmp_path, foreign):
    subject = f"cmd: {program('node')} {foreign / 'mastermind.mjs'}"
    judge(whp, tmp_path, subject, all_of("mastermind"), "mastermind")


@pytest.mark.parametrize(
    ("name", "package", "ran"), [("lp", "scipy", 7), ("cpsat", "ortools", 7), ("brute", "numpy", 9)]
)
def test_mastermind_by_a_solver(whp, tmp_path, foreign, name, package, ran):
    has(package)
    subject = foreign / f"mastermind_{name}.py"
    judge(whp, tmp_path, subject, ran, "mastermind", options=["--only", "properties"])


SEARCHES = [("hamilton_cpsat", "ortools", 8), ("hamilton_fasttsp", "fast_tsp", 5)]


@pytest.mark.parametrize(("name", "package", "ran"), SEARCHES)
def test_a_search_for_hamilton_cycles_by_a_solver(whp, tmp_path, foreign, name, package, ran):
    has(package)
    judge(whp, tmp_path, foreign / f"{name}.py", ran, "hamilton", options=["--only", "properties"])


@pytest.mark.parametrize("package", ["networkx", "igraph"])
def test_random_graphs_of_a_released_package(whp, tmp_path, foreign, package):
    has(package)
    judge(whp, tmp_path, foreign / f"{package}_gnp.py", 10, "hamilton")


def test_a_search_for_hamilton_cycles_in_c(whp, tmp_path, foreign):
    subprocess.run(
        [program("cc"), "-O2", "-o", tmp_path / "hamilton", foreign / "hamilton.c", "-lm"], check=True
    )
    judge(whp, tmp_path, "cmd: ./hamilton", 10, "hamilton", options=["--only", "properties"])
    grows = ["--select", "hamilton/reads_grow_linearly"]
    judge(whp, tmp_path, "cmd: ./hamilton", 1, "hamilton", refuted=1, options=grows)
    detail = json.loads((tmp_path / "report.json").read_text())["checks"][0]["detail"]
    assert "not told from n ln n" in detail


ALIGNMENT = ["--only", "properties", "--select", "alignment/[!e]*"]  # not every_process..., five with torch


@pytest.mark.parametrize(("name", "package"), [("scipy", "sklearn"), ("lap", "lap")])
def test_units_matched_by_a_solver_of_a_released_package(whp, tmp_path, foreign, name, package):
    has(package)
    alone = ["--select", "alignment/match_layer_*"]
    judge(whp, tmp_path, foreign / f"alignment_{name}.py", 2, "alignment", options=alone)


def test_alignment_in_javascript(whp, tmp_path, foreign):
    subject = f"cmd: {program('node')} {foreign / 'alignment.mjs'}"
    every = len(registry.properties("alignment"))
    judge(whp, tmp_path, subject, every, "alignment", options=["--only", "properties"])


def test_alignment_in_torch_in_single_precision(whp, tmp_path, foreign):
    has("torch")
    subject = f"{foreign / 'alignment_torch.py'}:single"
    every = len(registry.properties("alignment"))
    judge(whp, tmp_path, subject, every - 1, "alignment", options=ALIGNMENT)


def test_weight_matching_by_a_released_package(whp, tmp_path, foreign):
    has("rebasin")
    judge(whp, tmp_path, foreign / "alignment_rebasin.py", 3, "alignment", options=ALIGNMENT)
    halves = ["--select", "alignment/matching_halves_the_barrier"]
    judge(whp, tmp_path, foreign / "alignment_rebasin.py", 1, "alignment", options=halves)
