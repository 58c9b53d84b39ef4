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
ASKED = sum("quick" in getattr(check, "cells", ["quick"]) for check in registry.checks("evolution"))


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


JAVASCRIPT = [("recolor", "coloring"), ("mastermind", "mastermind")]


@pytest.mark.parametrize(("name", "system"), JAVASCRIPT)
def test_a_process_in_javascript_has_the_properties(whp, tmp_path, foreign, name, system):
    subject = f"cmd: {program('node')} {foreign / name}.mjs"
    properties = len(registry.properties(system))
    judge(whp, tmp_path, subject, properties, system, options=["--only", "properties"])


@pytest.mark.slow
@pytest.mark.parametrize(("name", "system"), JAVASCRIPT)
def test_a_process_in_javascript_does_what_is_claimed(whp, tmp_path, foreign, name, system):
    subject = f"cmd: {program('node')} {foreign / name}.mjs"
    judge(whp, tmp_path, subject, len(registry.claims(system)), system, options=["--only", "claims"])


@pytest.mark.parametrize(
    ("name", "package", "ran"), [("lp", "scipy", 7), ("cpsat", "ortools", 7), ("brute", "numpy", 9)]
)
def test_mastermind_by_a_solver(whp, tmp_path, foreign, name, package, ran):
    has(package)
    subject = foreign / f"mastermind_{name}.py"
    judge(whp, tmp_path, subject, ran, "mastermind", options=["--only", "properties"])


SEARCHES = [
    pytest.param("hamilton_cpsat", "ortools", 8, marks=pytest.mark.slow),
    ("hamilton_fasttsp", "fast_tsp", 5),
]


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
    subject = f"{foreign / 'disentanglement_dci.py'}:{name}"
    scale = ["--select", "disentanglement/scores_do_not_depend_on_the_scale"]
    judge(whp, tmp_path, subject, 1, "disentanglement", refuted=1, options=scale)
    (check,) = json.loads((tmp_path / "report.json").read_text())["checks"]
    first, second = (call["answer"]["disentanglement"] for call in check["counterexample"]["calls"])
    assert first > 0.99 > second  # of one matrix, once in other units
    others = ["--select", "disentanglement/*names_of_groups*", "--select", "disentanglement/mixing_codes*"]
    judge(whp, tmp_path, subject, 2, "disentanglement", options=others)


@pytest.mark.parametrize("package", ["networkx", "igraph"])
def test_random_graphs_of_a_released_package(whp, tmp_path, foreign, package):
    has(package)
    judge(whp, tmp_path, foreign / f"{package}_gnp.py", 10, "hamilton")


def test_orthogonal_directions_of_scipy(whp, tmp_path, foreign):
    judge(whp, tmp_path, foreign / "evolution_scipy.py", 9, "evolution")


def test_orthogonal_directions_of_torch_but_for_the_bits_of_its_seeds(whp, tmp_path, foreign):
    has("torch")
    properties = ["--only", "properties"]
    judge(whp, tmp_path, foreign / "evolution_torch.py", 7, "evolution", refuted=1, options=properties)
    checks = json.loads((tmp_path / "report.json").read_text())["checks"]
    (wrong,) = [check for check in checks if check["verdict"] == "refuted"]
    assert wrong["id"] == "evolution/directions_use_the_whole_seed"


def test_estimates_of_evotorch(whp, tmp_path, foreign):
    has("evotorch")
    judge(whp, tmp_path, foreign / "evolution_evotorch.py", 6, "evolution")


@pytest.mark.slow
def test_evolution_in_single_precision(whp, tmp_path, foreign):
    judge(whp, tmp_path, foreign / "evolution_float32.py", ASKED, "evolution")


def test_evolution_in_javascript(whp, tmp_path, foreign):
    subject = f"cmd: {program('node')} {foreign / 'evolution.mjs'}"
    judge(whp, tmp_path, subject, 28, "evolution", options=["--only", "properties"])


@pytest.mark.slow
def test_laws_of_evolution_in_javascript(whp, tmp_path, foreign):
    subject = f"cmd: {program('node')} {foreign / 'evolution.mjs'}"
    judge(whp, tmp_path, subject, ASKED - 28, "evolution", options=["--only", "claims"])


PRECISIONS = [
    ("double", 26),
    pytest.param("single", 26, marks=pytest.mark.slow),
    pytest.param("brain", 26, marks=pytest.mark.slow),
    ("half", 25),
]


@pytest.mark.parametrize(("name", "ran"), PRECISIONS)
def test_attention_by_torch_in_four_precisions(whp, tmp_path, foreign, name, ran):
    has("torch")
    judge(whp, tmp_path, f"{foreign / 'attention_torch.py'}:{name}", ran, "attention")


def test_a_gated_rnn_as_a_torch_module(whp, tmp_path, foreign):
    has("torch")
    judge(whp, tmp_path, foreign / "attention_module.py", 5, "attention")


@pytest.mark.parametrize(("name", "refuted"), [("chunked", 0), ("recurrent", 0), ("gated", 0)])
def test_flash_linear_attention(whp, tmp_path, foreign, name, refuted):
    has("torch")
    has("fla")
    judge(whp, tmp_path, f"{foreign / 'attention_fla.py'}:{name}", 16, "attention", refuted)


def test_flash_linear_attention_is_told_that_it_computes_in_single_precision(whp, tmp_path, foreign):
    has("torch")
    has("fla")
    check = ["--select", "attention/outputs_are_linear_attention"]
    subject = f"{foreign / 'attention_fla.py'}:recurrent_as_double"
    judge(whp, tmp_path, subject, 1, "attention", refuted=1, options=check)


def test_attention_in_javascript(whp, tmp_path, foreign):
    judge(whp, tmp_path, f"cmd: {program('node')} {foreign / 'attention.mjs'}", 26, "attention")


def test_a_search_for_hamilton_cycles_in_c(whp, tmp_path, foreign):
    subprocess.run(
        [program("cc"), "-O2", "-o", tmp_path / "hamilton", foreign / "hamilton.c", "-lm"], check=True
    )
    judge(whp, tmp_path, "cmd: ./hamilton", 10, "hamilton", options=["--only", "properties"])
    grows = ["--select", "hamilton/reads_grow_linearly"]
    judge(whp, tmp_path, "cmd: ./hamilton", 1, "hamilton", refuted=1, options=grows)
    detail = json.loads((tmp_path / "report.json").read_text())["checks"][0]["detail"]
    assert "not told from n ln n" in detail


OF_HIERARCHY = 17  # properties that ask no `peak_states`


def test_networks_in_javascript(whp, tmp_path, foreign):
    subject = f"cmd: {program('node')} {foreign / 'hierarchy.mjs'}"
    judge(whp, tmp_path, subject, OF_HIERARCHY, "hierarchy", options=["--only", "properties"])


def test_networks_of_torch(whp, tmp_path, foreign):
    has("torch")
    alone = ["--only", "properties", "--timeout", 60]  # it takes long to import
    judge(whp, tmp_path, foreign / "hierarchy_torch.py", OF_HIERARCHY, "hierarchy", options=alone)
