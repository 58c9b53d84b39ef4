"""The exact laws of the recolouring process against tables that were computed by other code, and by hand.

Expected values were derived apart from this code: a number of six decimals or more stands for what
rounds to it, any other for itself.
"""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from whp.reference import families
from whp.reference.graph import Graph
from whp.statistical.exact.recoloring import (
    PAPER,
    PRIMES,
    Rule,
    conflicts,
    coupon_collector_mean,
    coupon_collector_variance,
    coupon_law,
    coupon_log_mgf,
    fastest_mean_steps,
    law_of_start,
    law_of_steps,
    mean_steps,
    one_step,
    slowest_mean_steps,
    solve,
    sum_of,
    variance_steps,
)

K2, K3, K4, K5 = (families.complete(n) for n in (2, 3, 4, 5))
P3, P4, P5 = (families.path(n) for n in (3, 4, 5))
C4, C5, C6 = (families.cycle(n) for n in (4, 5, 6))
CLAW, K14 = families.star(3), families.star(4)
K23, K33 = families.complete_bipartite(2, 3), families.complete_bipartite(3, 3)
TWO_K2, TWO_K3 = families.disjoint(2, K2), families.disjoint(2, K3)
K3_AND_K2 = Graph.of(5, [(0, 1), (0, 2), (1, 2), (3, 4)])
GRAPHS = {
    "K2": K2,
    "P3": P3,
    "K3": K3,
    "2K2": TWO_K2,
    "P4": P4,
    "C4": C4,
    "K1,3": CLAW,
    "paw": families.PAW,
    "diamond": families.DIAMOND,
    "K4": K4,
    "P5": P5,
    "C5": C5,
    "K1,4": K14,
    "K3+K2": K3_AND_K2,
    "K2,3": K23,
    "K5": K5,
    "C6": C6,
    "2K3": TWO_K3,
    "K3,3": K33,
}
all_graphs = pytest.mark.parametrize("graph", GRAPHS.values(), ids=list(GRAPHS))


def agrees(value, text):
    """Whether a value is what the text says, or rounds to it if it has six decimals or more."""
    decimals = len(text.partition(".")[2])
    return abs(value - Fraction(text)) <= (Fraction(1, 2 * 10**decimals) if decimals >= 6 else 0)


# graph: k, E[R], Var[R], standard deviation, P(R = 0), P(R = 1), P(R = 2), E[edges in conflict at the start],
# E[vertices in conflict at the start]
STEPS = """
K2      2 1                    2                 1.414214 1/2      1/4        1/8         1/2 1
P3      3 65/54                7115/2916         1.562046 4/9      20/81      35/243      2/3 11/9
K3      3 5/2                  27/4              2.598076 2/9      2/9        14/81       1   5/3
2K2     2 2                    4                 2        1/4      1/4        3/16        1   2
P4      3 633/322              67957/14812       2.141955 8/27     56/243     122/729     1   16/9
C4      3 31/10                991/100           3.148015 2/9      40/243     104/729     4/3 20/9
K1,3    4 517/408              425983/166464     1.599691 27/64    261/1024   609/4096    3/4 85/64
paw     4 7952/4173            72076408/17413929 2.034455 9/32     1/4        91/512      1   109/64
diamond 4 1507/540             2129051/291600    2.702087 3/16     13/64      177/1024    5/4 65/32
K4      4 13/3                 130/9             3.800585 3/32     9/64       75/512      3/2 37/16
P5      3 3353987/1223046      6.897858457       2.626377 16/81    16/81      616/3645    4/3 7/3
C5      3 469/120              4253/360          3.437134 10/81    110/729    320/2187    5/3 25/9
K1,4    5 22538663/17387500    2.597475239       1.611668 256/625  4064/15625 11876/78125 4/5 869/625
K3+K2   3 3                    15/2              2.738613 4/27     16/81      44/243      4/3 7/3
K2,3    4 1554828677/515576160 8.645333200       2.940295 51/256   363/2048   1593/10240  3/2 79/32
K5      5 77/12                3625/144          5.017331 24/625   48/625     312/3125    2   369/125
C6      3 1906121/406638       14.333603315      3.785975 22/243   28/243     4126/32805  2   10/3
2K3     3 5                    27/2              3.674235 4/81     8/81       92/729      2   10/3
K3,3    4 285089405/53142144   23.109461722      4.807230 105/1024 909/8192   7401/65536  9/4 111/32
"""


@pytest.mark.parametrize("row", STEPS.strip().splitlines())
def test_steps_of_the_process(row):
    name, palette, mean, variance, deviation, *law, edges, vertices = row.split()
    graph = GRAPHS[name]
    assert graph.max_degree + 1 == int(palette)
    assert agrees(mean_steps(graph), mean)
    assert agrees(variance_steps(graph), variance)
    assert agrees(Fraction(float(variance_steps(graph)) ** 0.5), deviation)
    assert law_of_steps(graph, 3) == [Fraction(chance) for chance in law]
    assert law_of_start(graph).mean_edges == Fraction(edges)
    assert law_of_start(graph).mean_vertices == Fraction(vertices)


# Means. graph: own colour excluded, random edge and end, smallest index, persistent, clock, Delta + 2
# colours, Delta colours, slowest and fastest schedule, number of edges
VARIANTS = """
P3      65/81    7/6      5/4   4/3      31/18    .75      3.166667 1.833333 .833333  2
K3      5/3      2.5      2.5   2.5      11/3     1.333333 never    2.5      2.5      3
P4      211/161  1.871736 17/8  13/6     3.523464 1.181280 6.6      2.944444 1.333333 3
C4      31/15    39/14    7/2   10/3     467/90   1.733333 9.5      3.833333 2        4
K1,3    517/544  62/51    41/24 71/48    479/204  .891935  2.190476 2.348958 .833333  3
paw     1.429188 1.859933 2     149/72   3.523394 1.281964 3.829196 3        1.5      4
diamond 1507/720 2.723614 29/9  215/72   5.102315 1.761869 7.768519 3.833333 2        5
K4      13/4     4.333333 4.333333 4.333333 97/12 2.416667 never    4.333333 4.333333 6
C5      469/180  209/58   9/2   25/6     569/72   2.170237 never    4.944444 2.944444 5
K2,3    2.261783 2.709079 41/12 2089/640 5.967539 2.005410 5.774961 5.173177 1.807292 6
"""
RULES = [
    Rule(draw="other"),
    Rule("edge"),
    Rule("index"),
    Rule("persistent"),
    Rule("clock"),
    Rule(palette="delta+2"),
    Rule(palette="delta"),
]


@pytest.mark.parametrize("row", VARIANTS.strip().splitlines())
def test_means_of_wrong_processes(row):
    name, *means, slowest, fastest, edges = row.split()
    graph = GRAPHS[name]
    for rule, mean in zip(RULES, means, strict=True):
        if mean == "never":
            with pytest.raises(ValueError, match="never ends"):
                mean_steps(graph, rule)
        else:
            assert agrees(mean_steps(graph, rule), mean), rule
    assert agrees(slowest_mean_steps(graph), slowest)
    assert agrees(fastest_mean_steps(graph), fastest)
    assert len(graph.edges) == int(edges)


CONSTANT = {
    "K2": "2",
    "P3": "17/6",
    "K3": "9/2",
    "P4": "1371/322",
    "C4": "57/10",
    "K1,3": "176/51",
    "K4": "22/3",
    "C5": "36/5",
    "K5": "125/12",
    "C6": "195066/22591",
}


@pytest.mark.parametrize(("name", "mean"), CONSTANT.items())
def test_means_from_one_color(name, mean):
    graph = GRAPHS[name]
    assert mean_steps(graph, Rule(start="constant")) == Fraction(mean)
    assert mean_steps(graph, Rule(start=(1,) * graph.n)) == Fraction(mean)


MEASURED = {
    Rule(draw="free"): {"P3": 0.633, "K3": 0.889, "C4": 1.186, "K1,3": 0.690, "C5": 1.476, "K4": 1.264},
    Rule(palette="degree+1"): {"P3": 1.337, "paw": 2.417, "K1,3": 1.308},
    Rule("degree"): {"P3": 1.501, "K1,3": 1.686, "paw": 2.340},
}


@pytest.mark.parametrize("rule", MEASURED)
def test_means_near_those_measured(rule):
    for name, mean in MEASURED[rule].items():
        assert abs(mean_steps(GRAPHS[name], rule) - mean) <= 0.045, name


# What can be proved


@all_graphs
def test_the_law_adds_up_to_the_moments(graph):
    mean, variance = mean_steps(graph), variance_steps(graph)
    law = law_of_steps(graph, 400)
    assert min(law) >= 0
    assert abs(sum(law) - 1) < 1e-12
    assert abs(sum(r * chance for r, chance in enumerate(law)) - mean) < 1e-9
    assert abs(sum((r - mean) ** 2 * chance for r, chance in enumerate(law)) - variance) < 1e-6


@all_graphs
def test_excluding_the_own_color_saves_one_step_in_k(graph):
    k = graph.max_degree + 1
    for schedule in ("uniform", "edge", "index"):
        other = mean_steps(graph, Rule(schedule, draw="other"))
        assert other == Fraction(k - 1, k) * mean_steps(graph, Rule(schedule))


@all_graphs
def test_no_schedule_needs_more_steps_than_there_are_edges(graph):
    fast, slow = fastest_mean_steps(graph), slowest_mean_steps(graph)
    assert slow <= len(graph.edges)
    for schedule in ("uniform", "edge", "index", "degree"):
        assert fast <= mean_steps(graph, Rule(schedule)) <= slow
    from_one_color = mean_steps(graph, Rule(start="constant"))
    assert from_one_color <= (graph.max_degree + 1) * len(graph.edges)


def test_a_step_changes_the_conflict_as_the_drift_says():
    random = np.random.default_rng(7)
    for graph in (*GRAPHS.values(), families.petersen(), families.florentine_families()):
        near = [graph.neighbors(v).tolist() for v in range(graph.n)]
        k = graph.max_degree + 1
        for colors in [[0] * graph.n, *random.integers(0, k, (10, graph.n)).tolist()]:
            same = conflicts(near, colors)
            drifts = [Fraction(len(row), k) - count for row, count in zip(near, same, strict=True) if count]
            if drifts:
                after = one_step(graph, colors)
                assert sum(after.values()) == 1
                edges = sum(chance * (sum(conflicts(near, to)) // 2) for to, chance in after.items())
                assert edges - sum(same) // 2 == sum(drifts) / len(drifts)


@all_graphs
def test_the_start(graph):
    start, k = law_of_start(graph), graph.max_degree + 1
    assert sum(start.edges) == sum(start.vertices) == 1
    assert start.edges[0] == start.vertices[0] == law_of_steps(graph, 1)[0]
    assert start.mean_edges == Fraction(len(graph.edges), k)
    assert start.mean_vertices == sum(1 - (1 - Fraction(1, k)) ** d for d in graph.degrees.tolist())


def test_a_proper_start_has_its_probability_by_the_chromatic_polynomial():
    for n in range(3, 8):
        assert law_of_steps(families.cycle(n), 1) == [Fraction(2**n + 2 * (-1) ** n, 3**n)]
        assert law_of_steps(families.path(n), 1) == [Fraction(2, 3) ** (n - 1)]
    for n in range(1, 6):
        assert law_of_steps(families.star(n), 1) == [(1 - Fraction(1, n + 1)) ** n]
        assert law_of_steps(families.complete(n), 1) == [Fraction(math.factorial(n), n**n)]


def test_labels_matter_to_the_schedule_by_index_alone():
    centre_last = Graph.of(4, [(0, 3), (1, 3), (2, 3)])
    for schedule in ("uniform", "edge", "degree", "persistent", "clock"):
        assert mean_steps(centre_last, Rule(schedule)) == mean_steps(CLAW, Rule(schedule))
    assert mean_steps(centre_last, Rule("index")) != mean_steps(CLAW, Rule("index"))


@pytest.mark.parametrize("graph", [K3, C4, C5, K33], ids=["K3", "C4", "C5", "K3,3"])
def test_a_palette_of_its_own_means_nothing_to_a_regular_graph(graph):
    assert mean_steps(graph, Rule(palette="degree+1")) == mean_steps(graph)


def test_nothing_to_do():
    for n in range(4):
        graph = families.empty(n)
        assert mean_steps(graph) == variance_steps(graph) == 0
        assert law_of_steps(graph, 3) == [1, 0, 0]
        assert law_of_start(graph).vertices[0] == 1
    proper = Rule(start=(1, 0, 1, 2))
    assert mean_steps(C4, proper) == 0
    assert law_of_steps(C4, 2, proper) == [1, 0]


@pytest.mark.parametrize("start", [(0, 1), (0, 1, 3), (0, 1, -1)])
def test_a_start_outside_the_palette_is_refused(start):
    with pytest.raises(ValueError, match="do not colour"):
        mean_steps(K3, Rule(start=start))


def test_a_start_from_which_the_process_ends_is_enough():
    assert mean_steps(K3, Rule(palette=3, start=(0, 0, 1))) == 3
    with pytest.raises(ValueError, match="never ends"):
        mean_steps(C5, Rule(palette=2, start=(0, 0, 1, 0, 1)))
    assert law_of_steps(C5, 4, Rule(palette=2)) == [0, 0, 0, 0]


# Cliques

CLIQUES = {
    2: ("1", "2"),
    3: ("5/2", "27/4"),
    4: ("13/3", "130/9"),
    5: ("77/12", "3625/144"),
    6: ("87/10", "3899/100"),
    7: ("223/20", "201341/3600"),
    8: ("481/35", "838034/11025"),
    16: ("38.091664", "351.501049"),
    17: ("41.472393", "400.403755"),
    33: ("101.930341", "1623.897808"),
}
COUPONS = {
    2: "1/2 1/4 1/8 1/16 1/32 1/64",
    3: "2/9 2/9 14/81 10/81 62/729 14/243",
    4: "3/32 9/64 75/512 135/1024 903/8192 1449/16384",
}


@pytest.mark.parametrize("k", CLIQUES)
def test_coupon_moments(k):
    mean, variance = CLIQUES[k]
    assert agrees(coupon_collector_mean(k), mean)
    assert agrees(coupon_collector_variance(k), variance)


@pytest.mark.parametrize("k", COUPONS)
def test_coupon_law(k):
    assert coupon_law(k, 6) == [Fraction(chance) for chance in COUPONS[k].split()]


@pytest.mark.parametrize("k", range(1, 7))
def test_cliques_collect_coupons_whatever_the_schedule(k):
    graph = families.complete(k)
    assert mean_steps(graph) == coupon_collector_mean(k)
    assert variance_steps(graph) == coupon_collector_variance(k)
    if k < 6:
        for schedule in ("uniform", "edge", "index", "persistent"):
            assert law_of_steps(graph, 20, Rule(schedule)) == coupon_law(k, 20)
        assert slowest_mean_steps(graph) == fastest_mean_steps(graph) == coupon_collector_mean(k)
        harmonic = sum(Fraction(1, i) for i in range(1, k))
        assert mean_steps(graph, Rule(start="constant")) == k * harmonic


@pytest.mark.parametrize("k", [1, 2, 5, 16, 33])
def test_coupon_law_adds_up_to_its_moments(k):
    law = np.array(coupon_law(k, 60 * k), float)
    steps = np.arange(len(law))
    assert law.sum() == pytest.approx(1, abs=1e-12)
    assert steps @ law == pytest.approx(float(coupon_collector_mean(k)), abs=1e-9)
    deviations = (steps - float(coupon_collector_mean(k))) ** 2
    assert deviations @ law == pytest.approx(float(coupon_collector_variance(k)), abs=1e-6)


@pytest.mark.parametrize("k", [1, 2, 5, 16, 33])
def test_log_moments_of_coupons(k):
    law = np.array(coupon_law(k, 80 * k), float)
    for s in (-30.0, -1.0, -0.1, -1e-9, 0.0, 1e-9, 0.5 / k):
        powers = s * np.arange(len(law))
        direct = math.log(np.exp(powers) @ law) if s <= -0.1 else math.log1p(np.expm1(powers) @ law)
        assert coupon_log_mgf(k, s) == pytest.approx(direct, rel=1e-9, abs=1e-15)
    for s in (-math.log1p(-1 / k), 1.0, 1e6) if k > 1 else ():
        assert coupon_log_mgf(k, s + 1e-12) == math.inf


def test_chernoff_bounds_of_coupons_hold():
    law = coupon_law(16, 300)
    assert 1 - sum(law[:120]) <= min(math.exp(coupon_log_mgf(16, s) - 120 * s) for s in (0.02, 0.04, 0.06))
    assert sum(law[:11]) <= min(math.exp(coupon_log_mgf(16, s) - 10 * s) for s in (-0.5, -0.2, -0.1))


# Components


def test_components_add():
    assert (mean_steps(K3_AND_K2), variance_steps(K3_AND_K2)) == (3, Fraction(15, 2))
    three = Rule(palette=3)
    assert mean_steps(K3) + mean_steps(K2, three) == 3
    assert variance_steps(K3) + variance_steps(K2, three) == Fraction(15, 2)
    parts = [law_of_steps(K3, 30), law_of_steps(K2, 30, three)]
    assert sum_of(parts) == law_of_steps(K3_AND_K2, 30)
    assert sum_of([coupon_law(3, 30)] * 2) == law_of_steps(TWO_K3, 30)
    assert sum_of([coupon_law(2, 20)] * 2) == law_of_steps(TWO_K2, 20)
    starts = [law_of_start(K3).edges, law_of_start(K2, three).edges]
    assert sum_of(starts) == law_of_start(K3_AND_K2).edges


def test_a_sum_is_known_as_far_as_its_summands():
    coin = [Fraction(1, 2)] * 2
    assert sum_of([]) == [1]
    assert sum_of([coin] * 3) == [Fraction(n, 8) for n in (1, 3, 3, 1)]
    assert sum_of([coupon_law(3, 9), coin, coupon_law(3, 5)]) == law_of_sum(coin)[:5]
    assert sum_of([coin, []]) == []


def law_of_sum(coin):
    pair = law_of_steps(TWO_K3, 9)
    return [coin[0] * now + coin[1] * before for now, before in zip(pair, [0, *pair], strict=False)]


# The same by brute force: all colourings one by one, and rules written a second time


def all_moves(graph, colors, rule, palettes, active):
    """Yield (probability, colours, active vertex) after one step."""
    near = [graph.neighbors(v).tolist() for v in range(graph.n)]
    bad = [v for v in range(graph.n) if any(colors[u] == colors[v] for u in near[v])]
    alike = [e for e in graph.edges.tolist() if colors[e[0]] == colors[e[1]]]
    turns = {
        "uniform": bad,
        "edge": [v for e in alike for v in e],
        "index": bad[:1],
        "degree": [v for v in bad if len(near[v]) == max(len(near[u]) for u in bad)],
        "persistent": [active] if active is not None else bad,
        "clock": list(range(graph.n)),
    }[rule.schedule]
    for v in turns:
        used = [colors[u] for u in near[v]]
        offered = {
            "any": list(range(palettes[v])),
            "other": [c for c in range(palettes[v]) if c != colors[v]],
            "free": [c for c in range(palettes[v]) if c not in used] or list(range(palettes[v])),
        }[rule.draw]
        for c in offered if v in bad else [colors[v]]:
            after = list(colors)
            after[v] = c
            keeps = rule.schedule == "persistent" and c in used
            yield (
                Fraction(1, len(turns) * (len(offered) if v in bad else 1)),
                tuple(after),
                v if keeps else None,
            )


def by_brute_force(graph, rule, palettes, count):
    """Return P(R = 0), ..., P(R = count - 1) and, in floating point, E[R]."""

    def proper(state):
        return all(state[0][u] != state[0][v] for u, v in graph.edges.tolist())

    starts = [(colors, None) for colors in product(*map(range, palettes))]
    here, law = dict.fromkeys(starts, Fraction(1, len(starts))), []
    number, moves = {state: i for i, state in enumerate(s for s in starts if not proper(s))}, {}
    for state in (queue := list(number)):
        moves[state] = [
            (p, (colors, v)) for p, colors, v in all_moves(graph, state[0], rule, palettes, state[1])
        ]
        for _, after in moves[state]:
            if not proper(after) and after not in number:
                number[after] = len(number)
                queue.append(after)
    matrix = np.eye(len(number))
    for state, options in moves.items():
        for p, after in options:
            if after in number:
                matrix[number[state], number[after]] -= float(p)
    times = np.linalg.solve(matrix, np.ones(len(number)))
    mean = sum(float(here[s]) * times[i] for s, i in number.items() if s in here)
    for _ in range(count):
        law.append(sum((p for state, p in here.items() if proper(state)), Fraction(0)))
        after = {}
        for state, mass in here.items():
            for p, to in moves.get(state, ()):
                after[to] = after.get(to, 0) + mass * p
        here = after
    return law, mean


SMALL = {name: GRAPHS[name] for name in ("K2", "P3", "K3", "2K2", "P4", "C4", "K1,3", "paw", "diamond", "K4")}
BRUTE = [
    PAPER,
    *RULES[:6],
    Rule("degree"),
    Rule(draw="free"),
    Rule(palette="degree+1"),
    Rule("persistent", "free", "delta+2"),
    Rule("edge", "other", "degree+1"),
]


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("rule", BRUTE, ids=lambda rule: f"{rule.schedule} {rule.draw} {rule.palette}")
def test_brute_force_over_all_colorings_agrees(name, rule):
    graph = SMALL[name]
    delta, degrees = graph.max_degree, graph.degrees.tolist()
    palettes = {"degree+1": [d + 1 for d in degrees], "delta+2": [delta + 2] * graph.n}.get(
        rule.palette, [delta + 1] * graph.n
    )
    law, mean = by_brute_force(graph, rule, palettes, 4)
    assert law_of_steps(graph, 4, rule) == law
    assert float(mean_steps(graph, rule)) == pytest.approx(mean, rel=1e-10)


# Linear equations


def test_equations_are_solved_exactly():
    random = np.random.default_rng(3)
    for n in (1, 2, 5, 17):
        matrix = random.integers(-9, 10, (n, n))
        x = [Fraction(int(a), int(b)) for a, b in random.integers(1, 10**9, (n, 2))]
        right = [
            sum((int(c) * value for c, value in zip(row, x, strict=True)), Fraction(0)) for row in matrix
        ]
        assert solve(matrix, right) == x


def test_equations_that_need_another_prime_or_have_no_solution():
    first = np.array([[PRIMES[0], 0], [0, 1]])
    assert solve(first, [Fraction(1), Fraction(-2)]) == [Fraction(1, PRIMES[0]), -2]
    with pytest.raises(ArithmeticError, match="singular"):
        solve(np.array([[1, 1], [1, 1]]), [Fraction(1), Fraction(2)])
    with pytest.raises(ValueError, match="too many"):
        solve(np.zeros((2**11, 2**11), np.int64), [Fraction(0)] * 2**11)
