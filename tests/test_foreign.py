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


ONE_PROCESS = ["--select", "disentanglement/[!e]*"]  # not every_process..., that is five with a large library


def test_scores_in_javascript(whp, tmp_path, foreign):
    subject = f"cmd: {program('node')} {foreign / 'disentanglement.mjs'}"
    judge(whp, tmp_path, subject, 22, "disentanglement")


def test_scores_in_torch_in_single_precision(whp, tmp_path, foreign):
    has("torch")
    judge(whp, tmp_path, foreign / "disentanglement_torch.py", 21, "disentanglement", options=ONE_PROCESS)


@pytest.mark.parametrize("name", ["Lasso", "Boosting"])
def test_importances_of_other_probes(whp, tmp_path, foreign, name):
    has("sklearn")
    subject = f"{foreign / 'disentanglement_probes.py'}:{name}"
    judge(whp, tmp_path, subject, 9, "disentanglement", options=ONE_PROCESS)


@pytest.mark.parametrize(
    ("name", "package"),
    [("Disent", "disent"), ("DisentanglementLib", "disentanglement_lib"), ("Latentverse", "latentverse")],
)
def test_scores_of_a_released_package_depend_on_the_scale(whp, tmp_path, foreign, name, package):
    has(package)
    asked = ("scores_do_not_depend_on_the_scale", "order_and_names_*", "mixing_codes_*")
    chosen = [word for glob in asked for word in ("--select", f"disentanglement/{glob}")]
    subject = f"{foreign / 'disentanglement_dci.py'}:{name}"
    judge(whp, tmp_path, subject, 3, "disentanglement", refuted=1, options=chosen)
    checks = json.loads((tmp_path / "report.json").read_text())["checks"]
    (refuted,) = (check for check in checks if check["verdict"] == "refuted")
    assert refuted["id"] == "disentanglement/scores_do_not_depend_on_the_scale"
    first, second = (call["answer"]["disentanglement"] for call in refuted["counterexample"]["calls"])
    assert first > 0.99 > second  # of one matrix, once in other units


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
