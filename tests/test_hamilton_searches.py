"""The searches of `hamilton` on random graphs: what they find and read, and the laws of their random parts.

Seeds are fixed, and spread by SeedSequence. Were they not, a right reference would fail a test that allows
4.5 standard errors with probability about 7e-6, and one that states a tail of 1e-6 with that.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
from scipy import stats

from whp.reference import families, hamilton
from whp.reference.hamilton import linear, lists, rotations


def seeds(number, *words):
    return [
        int(seed) for seed in np.random.SeedSequence(words).generate_state(number, np.uint64) >> np.uint64(11)
    ]


def dense(n, c, seed):
    """Draw G(n, c ln n / n)."""
    return hamilton.random_graph(n, min(1.0, c * math.log(n) / n), seed)


def is_hamilton_cycle(graph, cycle):
    """Judge by the list of edges, which the reference doesn't look at."""
    here, there = np.array(cycle), np.roll(cycle, -1)
    steps = np.minimum(here, there) * graph.n + np.maximum(here, there)
    edges = graph.edges[:, 0] * graph.n + graph.edges[:, 1]
    return sorted(cycle) == list(range(graph.n)) and graph.n >= 3 and np.isin(steps, edges).all()


# Random graphs


@pytest.mark.parametrize("n", [300, 1000, 3000])
def test_the_linear_algorithm_succeeds_where_c_is_5(n):
    # One attempt succeeds in 0.98 of runs or more: fewer than 180 of 200 then have probability below 1e-6.
    assert stats.binom.cdf(179, 200, 0.98) < 1e-6
    succeeded = 0
    for seed in seeds(200, 2, n):
        graph = dense(n, 5, seed)
        cycle = linear.search(graph, seed, attempts=1).cycle
        succeeded += cycle is not None
        assert cycle is None or is_hamilton_cycle(graph, cycle.tolist())
    assert succeeded >= 180


def reads_by_n(n, runs, **how):
    return np.array([linear.search(dense(n, 5, seed), seed, **how).reads / n for seed in seeds(runs, 3, n)])


def test_reads_are_linear():
    few, many = reads_by_n(1000, 60), reads_by_n(20000, 20)
    assert 6.5 <= few.mean() <= 8.0
    assert 6.5 <= many.mean() <= 8.0
    # The law of the means is not known exactly; from samples of 60 and 20, 4.5 standard errors and a slope.
    error = (few.var(ddof=1) / 60 + many.var(ddof=1) / 20) ** 0.5
    assert abs(many.mean() - few.mean()) <= 4.5 * error + 0.1 * math.log(20)


def test_without_trees_reads_grow_as_n_ln_n():
    few, many = reads_by_n(1000, 20, trees=False), reads_by_n(20000, 10, trees=False)
    assert few.mean() > 12
    assert (many.mean() - few.mean()) / math.log(20) > 1.3


def covers(n, runs, **how):
    return [linear.cover(dense(n, 5, seed), seed, **how).successors for seed in seeds(runs, 4, n)]


def cycle_lengths(successors):
    base, bounds = linear.cycles_of(successors.astype(np.int32))
    assert sorted(base) == list(range(len(successors)))
    return np.diff(bounds)


def test_a_cover_has_as_many_cycles_as_a_random_permutation_without_short_ones():
    n, runs = 3000, 200
    numbers = []
    for successors in covers(n, runs):
        lengths = cycle_lengths(successors)
        assert lengths.min() >= 3
        numbers.append(len(lengths))
    # Cycles of length k number Poisson(1/k), k >= 3, nearly: mean H_n - 3/2, variance the same; cycles of
    # lengths near n are not quite that, by less than a tenth of a cycle.
    mean = sum(1 / k for k in range(3, n + 1))
    assert abs(np.mean(numbers) - mean) <= 4.5 * (mean / runs) ** 0.5 + 0.1


def test_a_cover_uses_each_edge_in_the_direction_of_its_coin():
    graph = dense(500, 5, 1)
    with np.errstate(over="ignore"):
        read = lists.lists_of(graph, linear.stream(5), 10**6)
        lists.begin(read)
        covered, successors = linear.match(read, True)
        assert covered
        rows = [set(graph.neighbors(v).tolist()) for v in range(500)]
        for u, w in enumerate(successors.tolist()):
            assert w in rows[u]
            assert lists.is_arc(u, w, read.key[0])
            assert not lists.is_arc(w, u, read.key[0])
    assert sorted(successors) == list(range(500))


def test_without_the_coin_a_cover_has_many_2_cycles():
    n = 3000
    numbers = [int((cycle_lengths(successors) == 2).sum()) for successors in covers(n, 10, coin=False)]
    assert np.mean(numbers) > 15  # n / (2 degree) is 37; with the coin there are none


def test_coins_are_fair_and_change_with_the_key():
    with np.errstate(over="ignore"):
        first, second = (
            np.array([lists.is_arc(0, v, np.uint64(key)) for v in range(1, 20001)]) for key in seeds(2, 5)
        )
    for heads in (first.sum(), second.sum(), (first == second).sum()):
        assert abs(heads - 10000) <= 4.5 * 5000**0.5


def test_few_of_the_stored_entries_are_read_and_the_fewer_the_larger_n_is():
    shares = [reads_by_n(n, 5).mean() * n / len(dense(n, 5, 6).adjacency) for n in (300, 3000, 30000)]
    assert shares[0] > shares[1] > shares[2]
    assert shares[2] < 0.16


def test_a_budget_of_reads_is_kept():
    graph = dense(3000, 5, 7)
    for budget in (0, 1, 3, 6):
        answer = linear.search(graph, 1, attempts=2, budget=budget)
        assert answer.cycle is None
        # The first arc of every vertex is read whatever the budget is: two reads on average.
        assert answer.reads <= 2 * (max(budget, 2.2) * 3000 + 3000)
    assert linear.search(graph, 1, budget=9).cycle is not None


def test_restarts_have_new_coins_and_count_all_reads():
    graph = dense(200, 2.5, 11)
    answers = [linear.search(graph, seed, attempts=6) for seed in seeds(40, 8)]
    assert {answer.attempts for answer in answers if answer.cycle is not None} > {1, 2}
    for seed, answer in zip(seeds(40, 8), answers, strict=True):
        if answer.attempts > 1:
            assert answer.reads > linear.search(graph, seed, attempts=1).reads


# Reads, counted by somebody else

COUNT = """
import json
import numpy as np
from whp.reference import hamilton
from whp.reference.graph import Graph
from whp.reference.hamilton import linear, lists

class Watched(np.ndarray):
    "The entries in random order; only the one place that reads them may look, once for each read."
    looked = []
    def __getitem__(self, index):
        Watched.looked.append(int(index))
        return super().__getitem__(index)

made, read = linear.lists_of, lists.read
calls, drawn, stray = [0], [0], [0]

def watched(*arguments, **options):
    made_lists = made(*arguments, **options)
    return made_lists._replace(entries=made_lists.entries.view(Watched))

def counted(lists_, v, pointer):
    stray[0] += len(Watched.looked)
    Watched.looked.clear()
    before = lists_.pointers[v, 3:].sum()
    answer = read(lists_, v, pointer)
    new = int(lists_.pointers[v, 3:].sum() - before)
    # An entry read for the first time is drawn: two entries change places. Then one is returned.
    assert len(Watched.looked) == 1 + 2 * new
    assert lists_.offsets[v] <= min(Watched.looked) and max(Watched.looked) < lists_.offsets[v + 1]
    Watched.looked.clear()
    calls[0] += 1
    drawn[0] += new
    return answer

linear.lists_of, linear.read, lists.read = watched, counted, counted
graph = hamilton.random_graph(400, 0.08, 5)
answer = hamilton.find_cycle(graph, 3)
print(json.dumps([answer.status, answer.reads, calls[0], drawn[0], stray[0], len(graph.adjacency)]))
"""


def uncompiled(program, **environment):
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1", **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_reads_are_what_an_instrumented_list_counts():
    status, reads, calls, drawn, stray, stored = uncompiled(COUNT)
    assert status == "found"
    assert reads == calls
    assert stray == 0
    assert drawn < reads < stored
    assert reads == hamilton.find_cycle(hamilton.random_graph(400, 0.08, 5), 3).reads


SHOW = """
import json
from whp.reference import families, hamilton
from whp.reference.graph import Graph
from whp.reference.hamilton import rotations
sizes = [(0, 0.5), (2, 1.0), (3, 1.0), (9, 0.6), (40, 0.3), (300, 0.07)]
graphs = [hamilton.random_graph(n, p, 1) for n, p in sizes]
graphs += [families.petersen(), families.complete_bipartite(9, 9), families.karate_club(), families.cycle(16)]
answers = [hamilton.find_cycle(graph, seed) for graph in graphs for seed in (0, 2**53 - 1)]
runs = [rotations.angluin_valiant(graphs[5], seed) for seed in (0, 5)]
runs += [rotations.mitzenmacher_upfal(families.complete(12), 1.0, seed) for seed in (0, 5)]
print(json.dumps([
    [graph.edges.tolist() for graph in graphs],
    [[a.status, a.reads, None if a.cycle is None else a.cycle.tolist()] for a in answers],
    [[r.steps, r.spanning, None if r.cycle is None else r.cycle.tolist()] for r in runs],
    [hamilton.is_hamiltonian(graph) for graph in graphs],
]))
"""


def test_the_same_text_uncompiled_answers_the_same():
    assert uncompiled(SHOW) == uncompiled(SHOW, NUMBA_DISABLE_JIT="0")


# The older algorithms


def test_angluin_and_valiant_draw_n_ln_n_entries():
    n, runs = 1000, 50
    found = [rotations.angluin_valiant(dense(n, 10, seed), seed) for seed in seeds(runs, 14)]
    draws = [run.steps / n for run in found if run.cycle is not None]
    assert len(draws) >= 45
    # H_{n-1} + 1 for uniform heads; one run has a standard deviation of about 1.6, 50 runs of 0.23.
    assert abs(np.mean(draws) - (sum(1 / k for k in range(1, n)) + 1)) <= 4.5 * 1.6 / len(draws) ** 0.5


def test_angluin_and_valiant_find_cycles_or_fail():
    for seed in seeds(20, 15):
        graph = dense(100, 4, seed)
        run = rotations.angluin_valiant(graph, seed)
        assert run.cycle is None or is_hamilton_cycle(graph, run.cycle.tolist())
        assert run.cycle is None or run.spanning < run.steps
    assert rotations.angluin_valiant(families.star(5), 1).cycle is None


@pytest.mark.parametrize("n", [3, 5, 10])
def test_steps_with_uniform_heads_have_their_exact_mean_and_variance(n):
    runs = 20000
    graph = families.complete(n)
    steps = np.array([rotations.mitzenmacher_upfal(graph, 1.0, seed).steps for seed in seeds(runs, 16, n)])
    mean = n * sum(Fraction(1, k) for k in range(1, n)) + n
    variance = sum(Fraction(k * n, (n - k) ** 2) for k in range(1, n)) + n * n - n
    assert abs(steps.mean() - float(mean)) <= 4.5 * (float(variance) / runs) ** 0.5
    # The spread of the sample variance, from the sample's own fourth moment.
    spread = (((steps - steps.mean()) ** 4).mean() - steps.var() ** 2) / runs
    assert abs(steps.var() - float(variance)) <= 4.5 * spread**0.5


def test_uniform_heads_find_cycles_of_the_graph():
    p = 1 - (1 - 0.19) ** 2
    steps = []
    for seed in seeds(40, 17):
        graph = hamilton.random_graph(300, p, seed)
        run = rotations.mitzenmacher_upfal(graph, p, seed)
        assert is_hamilton_cycle(graph, run.cycle.tolist())
        steps.append(run.steps)
    mean = 300 * sum(1 / k for k in range(1, 300)) + 300
    deviation = (sum(k * 300 / (300 - k) ** 2 for k in range(1, 300)) + 300**2 - 300) ** 0.5
    assert abs(np.mean(steps) - mean) <= 4.5 * deviation / 40**0.5


def test_lists_are_split_independently():
    """Of the two lists that an edge may stand in, both with q^2 / p, each alone with q (1 - q) / p."""
    n, q = 200, 0.3
    p = 2 * q - q * q
    random = rotations.stream(4)
    with np.errstate(over="ignore"):
        graph = hamilton.random_graph(n, p, 3)
        offsets, entries = rotations.split(n, graph.edges, p, q, random)
    arcs = {(v, int(u)) for v in range(n) for u in entries[offsets[v] : offsets[v + 1]]}
    assert {tuple(sorted(arc)) for arc in arcs} == set(map(tuple, graph.edges.tolist()))
    pairs = n * (n - 1) // 2
    both = sum((u, v) in arcs for v, u in arcs) // 2
    up = sum(v < u for v, u in arcs)
    for count, chance in ((len(arcs), q), (up, q), (both, q * q)):
        law = stats.binom(2 * pairs if count == len(arcs) else pairs, chance)
        assert min(law.cdf(count), law.sf(count - 1)) > 1e-6 / 6


@pytest.mark.parametrize(
    "run", [rotations.angluin_valiant, lambda g, s: rotations.mitzenmacher_upfal(g, 1, s)]
)
def test_rotations_want_three_vertices(run):
    with pytest.raises(ValueError, match="n is 2; fewer than 3 vertices have no cycle"):
        run(families.path(2), 0)


# What a wrong step would do

MISTAKES = """
import json
import math
import numpy as np
from whp.reference import hamilton
from whp.reference.hamilton import linear, lists

graph = hamilton.random_graph(300, 5 * math.log(300) / 300, 5)

def outcome():
    answer = linear.search(graph, 1, attempts=2)
    return [answer.cycle is not None, answer.reads / 300]

def from_the_pivot_itself(segments, pivot):
    head, tail = linear.cut(segments, pivot)
    return np.concatenate((head, linear.backwards(tail)))

def once_more(lists_, v, pointer):
    lists_.pointers[v, pointer] = 0
    return right_read(lists_, v, pointer)

shown = {"right": outcome()}
right_below, lists.below = lists.below, lambda bound, state: 0
shown["lists stay sorted"] = outcome()
lists.below = right_below
right_rotated, linear.rotated = linear.rotated, from_the_pivot_itself
shown["rotations turn the pivot too"] = outcome()
linear.rotated = right_rotated
right_read, lists.read = lists.read, once_more
shown["one entry is read again and again"] = outcome()
print(json.dumps(shown))
"""


def test_mistakes_show_in_reads_or_are_not_answered():
    shown = uncompiled(MISTAKES)
    found, right = shown["right"]
    assert found
    assert 6 < right < 9
    assert shown["lists stay sorted"][1] > 13
    assert not shown["rotations turn the pivot too"][0]
    assert not shown["one entry is read again and again"][0]


@pytest.mark.parametrize(
    "spoil",
    [lambda cycle: cycle[:-1], lambda cycle: cycle[::-1][[0, *range(300)]], np.sort, lambda cycle: cycle * 0],
)
def test_what_is_no_cycle_is_never_answered(spoil, monkeypatch):
    """The check at the end stands between a mistake anywhere and the answer."""
    right = linear.expanded
    monkeypatch.setattr(linear, "expanded", lambda segments, base: spoil(right(segments, base)).copy())
    assert linear.search(dense(300, 5, 1), 1, attempts=2).cycle is None


# Segments


def test_segments_are_cut_turned_and_searched_as_the_list_that_they_stand_for():
    random = np.random.default_rng(np.random.SeedSequence(18))
    base = random.permutation(60).astype(np.int32)
    places = np.argsort(base).astype(np.int32)
    segments = np.array([[0, 9], [49, 30], [10, 29]])
    known = [*base[0:10], *base[49:29:-1], *base[10:30]]
    for _ in range(200):
        path = linear.path_of(segments, base, places)
        assert linear.expanded(segments, base).tolist() == known
        assert [linear.vertex_at(path, i) for i in range(50)] == known
        assert [linear.place_on(path, v) for v in range(60)] == [
            known.index(v) if v in known else -1 for v in range(60)
        ]
        i = int(random.integers(0, 51))
        head, tail = linear.cut(segments, i)
        assert linear.expanded(head, base).tolist() == known[:i]
        assert linear.expanded(tail, base).tolist() == known[i:]
        pivot = int(random.integers(0, 49))
        segments = linear.rotated(linear.backwards(segments), pivot)
        known = known[::-1]
        known = known[: pivot + 1] + known[pivot + 1 :][::-1]
        if len(segments) > 20:
            segments = np.array([[0, 9], [49, 30], [10, 29]])
            known = [*base[0:10], *base[49:29:-1], *base[10:30]]
