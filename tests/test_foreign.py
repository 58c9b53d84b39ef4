"""Subjects from other packages and in other languages, judged through the command line."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess

import pytest

from whp import registry

COLOR = 5  # checks that ask `color` alone


def judge(whp, tmp_path, subject, ran, system="coloring", refuted=0, options=()):
    done = whp("check", system, "--subject", subject, "--json", "report.json", *options)
    assert done.returncode == (1 if refuted else 0), done.stdout + done.stderr
    summary = json.loads((tmp_path / "report.json").read_text())["summary"]
    assert (summary["holds"], summary["refuted"], summary["broken"]) == (ran - refuted, refuted, 0)


def all_of(system):
    """Count the checks that a quick run asks."""
    return sum("quick" in getattr(check, "cells", ["quick"]) for check in registry.checks(system))


def slow(*values):
    """One case of several, for which the others stand in the lane that is run each time."""
    return pytest.param(*values, marks=pytest.mark.slow)


def has(package, how="the test extra brings it"):
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed; {how}")


def program(name):
    if not shutil.which(name):
        pytest.skip(f"no {name} on this machine")
    return name


@pytest.mark.slow
@pytest.mark.parametrize("package", ["networkx", "igraph", "rustworkx"])
def test_a_greedy_coloring_of_a_released_package(whp, tmp_path, foreign, package):
    has(package)
    judge(whp, tmp_path, foreign / f"{package}_greedy.py", COLOR)


COLORINGS = [
    slow("Gcol", "gcol"),
    slow("GcolEquitable", "gcol"),
    slow("Parkol", "parkol"),
    slow("NetworkxInterchange", "networkx"),
    slow("NetworkxEquitable", "networkx"),
]


@pytest.mark.parametrize(("name", "package"), COLORINGS)
def test_another_coloring_of_a_released_package(whp, tmp_path, foreign, name, package):
    has(package, f"pip install {package}")
    judge(whp, tmp_path, f"{foreign / 'coloring_packages.py'}:{name}", COLOR)


@pytest.mark.parametrize(("kind", "ran"), [("properties", 17), slow("claims", 13)])
def test_the_process_in_c(whp, tmp_path, foreign, kind, ran):
    subprocess.run([program("cc"), "-O2", "-o", tmp_path / "recolor", foreign / "recolor.c"], check=True)
    judge(whp, tmp_path, "cmd: ./recolor", ran, options=["--only", kind])


JAVASCRIPT = [  # a file, its system, and how many checks ask what it offers
    ("recolor", "coloring", "properties", 17),
    slow("mastermind", "mastermind", "properties", 12),
    slow("evolution", "evolution", "properties", 28),
    slow("attention", "attention", "properties", 29),
    slow("randomization", "randomization", "properties", 23),
    slow("disentanglement", "disentanglement", "properties", 22),
    slow("hierarchy", "hierarchy", "properties", 17),
    slow("alignment", "alignment", "properties", 15),
    slow("hyperteacher", "hyperteacher", "properties", 26),
    slow("recolor", "coloring", "claims", 13),
    slow("mastermind", "mastermind", "claims", 10),
    slow("evolution", "evolution", "claims", 7),
    slow("attention", "attention", "claims", 4),
    slow("hyperteacher", "hyperteacher", "claims", 4),
    slow("randomization", "randomization", "claims", 4),
]


@pytest.mark.parametrize(("name", "system", "kind", "ran"), JAVASCRIPT)
def test_a_process_in_javascript(whp, tmp_path, foreign, name, system, kind, ran):
    subject = f"cmd: {program('node')} {foreign / name}.mjs"
    judge(whp, tmp_path, subject, ran, system, options=["--only", kind])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "package", "ran"), [("lp", "scipy", 7), ("cpsat", "ortools", 7), ("brute", "numpy", 9)]
)
def test_mastermind_by_a_solver(whp, tmp_path, foreign, name, package, ran):
    has(package)
    subject = foreign / f"mastermind_{name}.py"
    judge(whp, tmp_path, subject, ran, "mastermind", options=["--only", "properties"])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "module", "package"),
    [
        ("Z3", "z3", "z3-solver"),
        ("Constraint", "constraint", "python-constraint2"),
        ("Highs", "highspy", "highspy"),
    ],
)
def test_mastermind_by_another_solver(whp, tmp_path, foreign, name, module, package):
    has(module, f"pip install {package}")
    subject = f"{foreign / 'mastermind_solvers.py'}:{name}"
    judge(whp, tmp_path, subject, 7, "mastermind", options=["--only", "properties"])


SEARCHES = [
    slow("hamilton_cpsat.py", "ortools", 8),
    slow("hamilton_fasttsp.py", "fast_tsp", 5),
    slow("hamilton_tsp.py:Elkai", "elkai", 5),
    slow("hamilton_tsp.py:PythonTsp", "python_tsp", 5),
    slow("hamilton_tsp.py:Igraph", "igraph", 5),
]


@pytest.mark.parametrize(("name", "package", "ran"), SEARCHES)
def test_a_search_for_hamilton_cycles_by_a_solver(whp, tmp_path, foreign, name, package, ran):
    has(package, f"pip install {package}")
    judge(whp, tmp_path, foreign / name, ran, "hamilton", options=["--only", "properties"])


ONE_PROCESS = ["--select", "disentanglement/[!e]*"]  # not every_process..., that is five with a large library


@pytest.mark.slow
def test_scores_in_torch_in_single_precision(whp, tmp_path, foreign):
    has("torch")
    judge(whp, tmp_path, foreign / "disentanglement_torch.py", 21, "disentanglement", options=ONE_PROCESS)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "package"),
    [("Lasso", "sklearn"), ("Boosting", "sklearn"), ("Xgboost", "xgboost"), ("Lightgbm", "lightgbm")],
)
def test_importances_of_other_probes(whp, tmp_path, foreign, name, package):
    has(package, f"pip install {package}")
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


@pytest.mark.slow
@pytest.mark.parametrize("package", ["networkx", "igraph"])
def test_random_graphs_of_a_released_package(whp, tmp_path, foreign, package):
    has(package)
    judge(whp, tmp_path, foreign / f"{package}_gnp.py", 10, "hamilton")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "package"),
    [
        ("Rustworkx", "rustworkx"),
        ("Networkit", "networkit"),
        ("Xgi", "xgi"),
        ("TorchGeometric", "torch_geometric"),
        ("BigRandomGraphs", "bigrandomgraphs"),
    ],
)
def test_random_graphs_of_another_package(whp, tmp_path, foreign, name, package):
    has(package, f"pip install {package}")
    judge(whp, tmp_path, f"{foreign / 'hamilton_gnp.py'}:{name}", 10, "hamilton")


def test_random_graphs_with_a_fixed_number_of_entries(whp, tmp_path, foreign):
    has("sknetwork", "pip install scikit-network")
    laws = ["--select", "hamilton/edges_are_binomial", "--select", "hamilton/triangles_*"]
    judge(
        whp, tmp_path, f"{foreign / 'hamilton_gnp.py'}:ScikitNetwork", 2, "hamilton", refuted=2, options=laws
    )


def test_random_graphs_without_their_isolated_vertices(whp, tmp_path, foreign):
    has("easygraph", "pip install Python-EasyGraph")
    simple = ["--select", "hamilton/random_graphs_are_simple", "--json", "report.json", "--timeout", 60]
    whp("check", "hamilton", "--subject", f"{foreign / 'hamilton_gnp.py'}:EasyGraph", *simple)
    (check,) = json.loads((tmp_path / "report.json").read_text())["checks"]
    assert check["verdict"] == "broken"
    assert "$.n is 0, but 1 vertices were asked for" in check["detail"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["Jax", "Pymanopt", "Thewalrus"])
def test_orthogonal_directions_of_a_released_package(whp, tmp_path, foreign, name):
    has(name.lower(), f"pip install {name.lower()}")
    subject = f"{foreign / 'evolution_orthogonal.py'}:{name}"
    judge(whp, tmp_path, subject, 9, "evolution", options=["--timeout", 60])


def test_a_rotation_with_the_seed_0_is_another_one_each_time(whp, tmp_path, foreign):
    has("cma", "pip install cma")
    subject = f"{foreign / 'evolution_orthogonal.py'}:Cma"
    same = ["--select", "evolution/one_question_has_one_answer"]
    judge(whp, tmp_path, subject, 1, "evolution", refuted=1, options=same)
    (check,) = json.loads((tmp_path / "report.json").read_text())["checks"]
    calls = check["counterexample"]["calls"]
    assert calls[0]["arguments"] == calls[-1]["arguments"]
    assert calls[0]["arguments"]["seed"] == 0


@pytest.mark.slow
def test_orthogonal_directions_of_scipy(whp, tmp_path, foreign):
    judge(whp, tmp_path, foreign / "evolution_scipy.py", 9, "evolution")


def test_orthogonal_directions_of_torch_but_for_the_bits_of_its_seeds(whp, tmp_path, foreign):
    has("torch", "the torch extra brings it")
    asked = ["--only", "properties", "--select", "evolution/directions_*"]
    judge(whp, tmp_path, foreign / "evolution_torch.py", 3, "evolution", refuted=1, options=asked)
    checks = json.loads((tmp_path / "report.json").read_text())["checks"]
    (wrong,) = [check for check in checks if check["verdict"] == "refuted"]
    assert wrong["id"] == "evolution/directions_use_the_whole_seed"


@pytest.mark.parametrize("package", ["evotorch", slow("evosax")])
def test_estimates_of_a_released_package(whp, tmp_path, foreign, package):
    has(package, f"pip install {package}")
    judge(whp, tmp_path, foreign / f"evolution_{package}.py", 6, "evolution")


@pytest.mark.slow
def test_evolution_in_single_precision(whp, tmp_path, foreign):
    judge(whp, tmp_path, foreign / "evolution_float32.py", all_of("evolution"), "evolution")


@pytest.mark.slow
@pytest.mark.parametrize(("name", "ran"), [("double", 30), ("single", 30), ("brain", 30), ("half", 29)])
def test_attention_by_torch_in_four_precisions(whp, tmp_path, foreign, name, ran):
    has("torch")
    judge(whp, tmp_path, f"{foreign / 'attention_torch.py'}:{name}", ran, "attention")


@pytest.mark.slow
def test_a_gated_rnn_as_a_torch_module(whp, tmp_path, foreign):
    has("torch")
    alone = ["--timeout", 60]  # it takes long to import
    judge(whp, tmp_path, foreign / "attention_module.py", 12, "attention", options=alone)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["chunked", "recurrent", "gated"])
def test_flash_linear_attention(whp, tmp_path, foreign, name):
    has("torch")
    has("fla")
    judge(whp, tmp_path, f"{foreign / 'attention_fla.py'}:{name}", 16, "attention")


def test_flash_linear_attention_is_told_that_it_computes_in_single_precision(whp, tmp_path, foreign):
    has("torch")
    has("fla")
    check = ["--select", "attention/outputs_are_linear_attention"]
    subject = f"{foreign / 'attention_fla.py'}:recurrent_as_double"
    judge(whp, tmp_path, subject, 1, "attention", refuted=1, options=check)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["masked", "blocks", "rows", "halves", "columns"])
def test_efficient_linear_decoding(whp, tmp_path, foreign, name):
    has("torch")
    has("efficient_linear_decoding", "pip install --no-deps efficient-linear-decoding")
    judge(whp, tmp_path, f"{foreign / 'attention_decoding.py'}:{name}", 16, "attention")


@pytest.mark.slow
def test_a_search_for_hamilton_cycles_in_c(whp, tmp_path, foreign):
    subprocess.run(
        [program("cc"), "-O2", "-o", tmp_path / "hamilton", foreign / "hamilton.c", "-lm"], check=True
    )
    judge(whp, tmp_path, "cmd: ./hamilton", 10, "hamilton", options=["--only", "properties"])
    grows = ["--select", "hamilton/reads_grow_linearly"]
    judge(whp, tmp_path, "cmd: ./hamilton", 1, "hamilton", refuted=1, options=grows)
    detail = json.loads((tmp_path / "report.json").read_text())["checks"][0]["detail"]
    assert "not told from n ln n" in detail


@pytest.mark.slow
def test_networks_of_torch(whp, tmp_path, foreign):
    has("torch")
    alone = ["--only", "properties", "--timeout", 60]  # it takes long to import
    judge(whp, tmp_path, foreign / "hierarchy_torch.py", 17, "hierarchy", options=alone)


ALIGNMENT = ["--only", "properties", "--select", "alignment/[!e]*"]  # not every_process..., five with torch


@pytest.mark.parametrize(("name", "package"), [slow("scipy", "sklearn"), ("lap", "lap")])
def test_units_matched_by_a_solver_of_a_released_package(whp, tmp_path, foreign, name, package):
    has(package)
    alone = ["--select", "alignment/match_layer_*"]
    judge(whp, tmp_path, foreign / f"alignment_{name}.py", 2, "alignment", options=alone)


MATCHERS = [  # how many checks of `match_layer` refute it
    slow("Munkres", "munkres", 0),
    slow("Lapjv", "lapjv", 0),
    slow("Minilsap", "minilsap", 0),
    slow("Nanolsap", "nanolsap", 0),
    slow("Transport", "ot", 0),
    slow("Fastlap", "fastlap", 0),
    slow("FastlapSinkhorn", "fastlap", 0),
    slow("FastlapScaling", "fastlap", 0),
    ("FastlapHungarian", "fastlap", 1),
    ("Lap1015", "py_lap_solver", 2),
]


@pytest.mark.parametrize(("name", "package", "refuted"), MATCHERS)
def test_units_matched_by_another_solver(whp, tmp_path, foreign, name, package, refuted):
    has(package, "pip install pot" if package == "ot" else f"pip install {package}")
    subject = f"{foreign / 'alignment_solvers.py'}:{name}"
    alone = ["--select", "alignment/match_layer_*"]
    judge(whp, tmp_path, subject, 2, "alignment", refuted=refuted, options=alone)


def test_a_solver_that_wants_sums_of_floats_to_be_equal(whp, tmp_path, foreign):
    has("hungarianalg", "pip install hungarianalg")
    subject = f"{foreign / 'alignment_solvers.py'}:Hungarianalg"
    whp("check", "alignment", "--subject", subject, "--select", "*/match_layer_max*", "--json", "report.json")
    (check,) = json.loads((tmp_path / "report.json").read_text())["checks"]
    assert check["verdict"] == "broken"
    assert "StopIteration" in check["detail"]


@pytest.mark.slow
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


@pytest.mark.slow
def test_supports_and_students_by_networkx_and_scipy(whp, tmp_path, foreign):
    judge(whp, tmp_path, foreign / "hyperteacher_scipy.py", 15, "hyperteacher")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["double", "single", "brain"])
def test_modular_teachers_by_torch_in_three_precisions(whp, tmp_path, foreign, name):
    has("torch")
    subject = f"{foreign / 'hyperteacher_torch.py'}:{name}"
    judge(whp, tmp_path, subject, 20, "hyperteacher", options=["--only", "properties"])


@pytest.mark.parametrize("name", ["Pmean", slow("NumpyNorm"), slow("TorchNorm")])
def test_powers_of_a_released_package_don_t_fit_a_float(whp, tmp_path, foreign, name):
    has("torch" if name == "TorchNorm" else "scipy")
    subject = f"{foreign / 'randomization_means.py'}:{name}"
    asked = ("value_is_the_mean_at_1_*", "value_scales_*", "value_is_a_power_mean_*")
    chosen = [word for glob in asked for word in ("--select", f"randomization/{glob}")]
    whp("check", "randomization", "--subject", subject, "--json", "report.json", *chosen)
    checks = json.loads((tmp_path / "report.json").read_text())["checks"]
    verdicts = {check["id"].partition("/")[2]: check for check in checks}
    assert verdicts.pop("value_is_the_mean_at_1_and_the_largest_at_infinity")["verdict"] == "holds"
    assert {check["verdict"] for check in verdicts.values()} <= {"broken", "refuted"}
    largest = [
        call["arguments"]["losses"]
        for check in verdicts.values()
        for call in check["counterexample"]["calls"]
    ]
    assert all(max(map(max, losses)) < 5000 for losses in largest)  # no extreme numbers are needed


@pytest.mark.slow
@pytest.mark.parametrize("name", ["Logarithms", "Single"])
def test_the_relaxed_loss_by_logarithms_and_in_single_precision(whp, tmp_path, foreign, name):
    subject = f"{foreign / 'randomization_means.py'}:{name}"
    judge(whp, tmp_path, subject, 13, "randomization")


SOLVERS = [
    slow("Linprog", "scipy", 0),
    slow("Nashpy", "nashpy", 0),
    slow("Cvxpy", "cvxpy", 0),
    slow("NashpyPlay", "nashpy", 3),
    slow("Quantecon", "quantecon", 0),
    slow("Gtlab", "gtlab", 0),
    slow("OpenSpiel", "open_spiel", 0),
]


@pytest.mark.parametrize(("name", "package", "refuted"), SOLVERS)
def test_games_by_a_solver_of_a_released_package(whp, tmp_path, foreign, name, package, refuted):
    has(package, f"pip install {package}")
    asked = ("no_mixture_*", "symmetric_*", "order_and_scale_*")
    chosen = [word for glob in asked for word in ("--select", f"randomization/{glob}")]
    subject = f"{foreign / 'randomization_games.py'}:{name}"
    judge(whp, tmp_path, subject, 3, "randomization", refuted=refuted, options=chosen)


VOTES = [
    slow("Scipy", "scipy", 0),
    slow("Pandas", "pandas", 0),
    slow("Torch", "torch", 0),
    slow("Jax", "jax", 0),
    ("Statistics", "statistics", 2),
    slow("Counter", "collections", 2),
]


@pytest.mark.parametrize(("name", "package", "refuted"), VOTES)
def test_votes_by_a_released_package(whp, tmp_path, foreign, name, package, refuted):
    has(package, f"pip install {package}")
    subject = f"{foreign / 'randomization_votes.py'}:{name}"
    alone = ["--only", "properties", "--select", "randomization/[!e]*"]  # not every_process..., that is five
    judge(whp, tmp_path, subject, 4, "randomization", refuted=refuted, options=alone)


def test_votes_that_let_ties_go_to_any(whp, tmp_path, foreign):
    has("polars", "pip install polars")
    most = ["--select", "randomization/vote_is_*"]
    subject = f"{foreign / 'randomization_votes.py'}:Polars"
    judge(whp, tmp_path, subject, 1, "randomization", refuted=1, options=most)
