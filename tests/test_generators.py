from __future__ import annotations

import random

import networkx as nx
import pytest
from hypothesis import HealthCheck, Phase, find, given, seed, settings

from whp.checks import Refuted
from whp.properties import generators as some
from whp.reference import families


def drawn_graphs(count):
    graphs = []

    @seed(0)
    @settings(
        max_examples=count, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    @given(some.graphs())
    def collect(graph):
        graphs.append(graph)

    collect()
    return graphs


KINDS = {
    "n = 0": lambda g: g.n == 0,
    "n = 1": lambda g: g.n == 1,
    "no edge": lambda g: g.n > 1 and not len(g.edges),
    "connected": lambda g: g.n > 1 and nx.is_connected(g.to_networkx()),
    "with isolated vertices": lambda g: len(g.edges) > 0 and (g.degrees == 0).any(),
    "bipartite": lambda g: len(g.edges) > 0 and nx.is_bipartite(g.to_networkx()),
    "with a triangle": lambda g: sum(nx.triangles(g.to_networkx()).values()) > 0,
    "regular": lambda g: len(g.edges) > 0 and len(set(g.degrees.tolist())) == 1,
    "forest": lambda g: len(g.edges) > 0 and nx.is_forest(g.to_networkx()),
    "dense": lambda g: g.n > 3 and len(g.edges) > 0.7 * g.n * (g.n - 1) / 2,
    "sparse": lambda g: g.n > 3 and 0 < len(g.edges) < 0.3 * g.n * (g.n - 1) / 2,
    "complete": lambda g: g.n > 2 and len(g.edges) == g.n * (g.n - 1) // 2,
}


def test_many_kinds_of_graphs_are_drawn():
    graphs = drawn_graphs(1000)
    shares = {kind: sum(map(bool, map(test, graphs))) / len(graphs) for kind, test in KINDS.items()}
    for kind, share in shares.items():
        print(f"{share:6.1%}  {kind}")
    assert min(shares.values()) > 0.02, shares


@pytest.mark.parametrize(
    ("kind", "smallest"),
    [
        ("with a triangle", families.complete(3)),
        ("connected", families.complete(2)),
        ("n = 1", families.empty(1)),
    ],
)
def test_a_counterexample_shrinks_to_the_smallest(kind, smallest):
    quiet = settings(database=None, max_examples=2000)
    assert find(some.graphs(), KINDS[kind], settings=quiet) == smallest


def test_a_bug_that_needs_a_triangle_is_shown_on_a_triangle(tmp_path):
    from whp.results import Options
    from whp.run import run, select

    file = tmp_path / "planted.py"
    file.write_text(
        "import networkx as nx\n"
        "def color(graph, seed):\n"
        "    known = graph.to_networkx()\n"
        "    if any(nx.triangles(known).values()): return [0] * graph.n\n"
        "    return [c for _, c in sorted(nx.greedy_color(known).items())]\n"
    )
    (result,) = run(select(["coloring"], ["*/color_is_proper"]), Options(subject=str(file))).ordered
    assert result.verdict == "refuted"
    assert result.counterexample["input"]["graph"] == {"n": 3, "edges": [[0, 1], [0, 2], [1, 2]]}
    assert result.detail == "vertices 0 and 1 are joined and both have colour 0"


def test_refuted_is_no_assertion_error_that_a_subject_could_raise():
    assert not issubclass(Refuted, AssertionError)


def test_seeds_are_no_pair_that_pythons_own_generator_confuses():
    s = 12345
    assert random.Random(s).random() == random.Random(s + ((s - 1) << 32)).random()
    for seeds in (some.EQUAL_LOW_BITS, some.EQUAL_HIGH_BITS, some.CONSECUTIVE):
        assert len({random.Random(seed).random() for seed in seeds}) == len(seeds)
