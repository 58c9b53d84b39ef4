"""The reference itself, and the faults that no operation can show: multigraph degrees, rescans."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest

from whp.reference import coloring, families
from whp.reference.graph import Graph
from whp.reference.stream import below, stream

SHOW = """
import json
from whp.reference import coloring, families
from whp.reference.graph import Graph
cliques = families.disjoint(40, families.complete(5))
graphs = [Graph.of(0), families.complete(6), families.karate_club(), cliques]
print(json.dumps([
    [t.start.tolist(), t.moves.tolist(), t.colors.tolist(), coloring.recolor(graph, seed).steps]
    for graph in graphs for seed in (0, 1, 2**53 - 1)
    for t in [coloring.trace(graph, graph.max_degree + 1, None, seed)]
]))
"""


def test_the_same_text_uncompiled_makes_the_same_traces():
    def shown(**environment):
        done = subprocess.run(
            [sys.executable, "-c", SHOW],
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=True,
        )
        return json.loads(done.stdout)

    assert shown(NUMBA_DISABLE_JIT="1") == shown(NUMBA_DISABLE_JIT="0")


def test_recolor_and_trace_are_one_process():
    graph = families.karate_club()
    for seed in range(20):
        shown, done = coloring.trace(graph, 18, None, seed), coloring.recolor(graph, seed)
        assert shown.colors.tolist() == done.colors.tolist()
        assert shown.steps == done.steps


def mean_steps(graph, runs):
    seeds = np.random.SeedSequence(20).generate_state(runs, np.uint64) >> np.uint64(11)
    return float(np.mean([coloring.recolor(graph, int(seed)).steps for seed in seeds]))


@pytest.mark.parametrize(
    ("graph", "mean", "variance"),
    [
        (families.path(3), Fraction(65, 54), Fraction(7115, 2916)),
        (families.complete(3), Fraction(5, 2), Fraction(27, 4)),
        (families.cycle(4), Fraction(31, 10), Fraction(991, 100)),
        (families.star(3), Fraction(517, 408), Fraction(425983, 166464)),
        (families.PAW, Fraction(7952, 4173), Fraction(72076408, 17413929)),
        (families.complete(4), Fraction(13, 3), Fraction(130, 9)),
        (families.cycle(5), Fraction(469, 120), Fraction(4253, 360)),
    ],
)
def test_mean_steps_are_those_of_the_exact_chain(graph, mean, variance):
    # Seeds are fixed. Were they not, a right process would fail with probability about 7e-6 a graph.
    runs = 20000
    assert abs(mean_steps(graph, runs) - mean) <= 4.5 * (float(variance) / runs) ** 0.5


def test_the_palette_counts_neighbors_not_edges_of_a_multigraph():
    graph = Graph.of(3, [(0, 1), (1, 0), (0, 1), (1, 2)])
    assert graph.max_degree == 2
    assert all(coloring.recolor(graph, seed).colors.max() <= 2 for seed in range(50))


def test_a_step_touches_the_neighbors_of_its_vertex_alone():
    """Were a step to rescan the graph, it would mend the counts that are spoilt here."""
    graph = families.disjoint(50, families.complete(4))
    colors = np.zeros(200, np.int32)
    same, members, place, size = coloring.find_conflicts(graph.offsets, graph.adjacency, colors)
    spoilt = same.copy() + 100
    with np.errstate(over="ignore"):
        move = np.zeros((1, 2), np.int64)
        coloring.run(graph.offsets, graph.adjacency, 4, colors, spoilt, members, place, size, stream(3), move)
        v = move[0, 0]
    touched = np.flatnonzero(spoilt - 100 != same)
    assert set(touched) <= {v, *graph.neighbors(v)}


def test_the_conflict_set_is_the_one_by_brute_force_after_every_step():
    graph = families.circulant(30, 1, 2, 7)
    colors = np.zeros(30, np.int32)
    random = stream(5)
    state = coloring.find_conflicts(graph.offsets, graph.adjacency, colors)
    same, members, place, size = state
    steps = 0
    while size[0]:
        with np.errstate(over="ignore"):
            coloring.run(
                graph.offsets, graph.adjacency, 7, colors, *state, random, np.zeros((1, 2), np.int64)
            )
        steps += 1
        known = [int((colors[graph.neighbors(v)] == colors[v]).sum()) for v in range(30)]
        assert same.tolist() == known
        assert sorted(members[: size[0]]) == [v for v in range(30) if known[v]]
        assert [members[place[v]] == v for v in range(30) if known[v]] == [True] * size[0]
        assert (place == -1).sum() == 30 - size[0]
    assert steps


def test_a_palette_or_a_start_that_cannot_be_is_refused():
    with pytest.raises(
        ValueError, match="palette is 3, but a vertex has 3 neighbours; the process needs at least 4"
    ):
        coloring.trace(families.complete(4), 3, None, 0)
    with pytest.raises(ValueError, match=r"start has a colour outside 0\.\.3"):
        coloring.trace(families.complete(4), 4, np.array([0, 1, 2, 4]), 0)


@pytest.mark.parametrize("bound", [1, 2, 3, 2**31 + 1, 2**32 - 1])
def test_integers_below_a_bound_are_uniform(bound):
    random = stream(1)
    with np.errstate(over="ignore"):
        drawn = np.array([below(bound, random) for _ in range(30000)])
    assert drawn.min() >= 0
    assert drawn.max() < bound
    counts = np.histogram(drawn / bound, bins=[0, 1 / 3, 2 / 3, 1])[0] if bound > 3 else np.bincount(drawn)
    expected = len(drawn) / len(counts)
    assert (abs(counts[counts > 0] - expected) < 6 * expected**0.5).all() or bound == 1
