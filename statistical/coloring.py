"""What arXiv:2002.05121 and its model say of the recolouring process as a population of runs."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache, partial
from typing import Any

import numpy as np

from whp.checks import Cell, Plan, claim_of, expect
from whp.reference import families
from whp.reference.graph import Graph
from whp.statistical.decisions import growth, mean_at_most, mean_of_law
from whp.statistical.designs import by_law, by_pairs
from whp.statistical.exact import recoloring as exact
from whp.statistical.exact.recoloring import PAPER, Rule
from whp.subject import Subject

PROCESS = "arXiv:2002.05121, section 1"
CHAIN = "arXiv:2002.05121, section 1; the law is that of the Markov chain, computed in rational arithmetic"

# Processes that are near the paper's, by the impostor that runs them.
RIVALS = {
    "OwnColorNever": Rule(draw="other"),
    "FreeColorsAlone": Rule(draw="free"),
    "EdgeFirst": Rule(schedule="edge"),
    "SmallestFirst": Rule(schedule="index"),
    "HighestDegreeFirst": Rule(schedule="degree"),
    "StaysUntilAtPeace": Rule(schedule="persistent"),
    "CountsIdleTurns": Rule(schedule="clock"),
    "PaletteOfTheDegree": Rule(palette="degree+1"),
    "OneColorTooMany": Rule(palette="delta+2"),
    "StartsAllAlike": Rule(start="constant"),
}
TAIL = 1e-12  # of a law is left to its last bin


def cells(**graphs: Graph) -> list[Cell]:
    """Make one cell a graph."""
    return [Cell(name, graph=graph) for name, graph in graphs.items()]


def cliques(*sizes: int) -> list[Cell]:
    """Make one cell a complete graph."""
    return cells(**{f"K{k}": families.complete(k) for k in sizes})


def relabeled(graph: Graph, *order: int) -> Graph:
    """Return the graph with vertex v called order[v]."""
    return Graph.of(graph.n, np.array(order)[graph.edges])


K2, K3, K4, K5 = (families.complete(k) for k in (2, 3, 4, 5))
P3, C4, C5, STAR = families.path(3), families.cycle(4), families.cycle(5), families.star(3)
K33, GRID = families.complete_bipartite(3, 3), families.circulant(36, 1, 6)
SMALL = cells(
    K2=K2, P3=P3, K3=K3, C4=C4, K13=STAR, C5=C5, paw=families.PAW, K4=K4, K33=K33, K5=K5
)  # fmt: skip


def pmf_of(law_of: Callable[[int], Sequence[Any]]) -> list[float]:
    """Return the shortest beginning of a law on 0, 1, 2, ... that leaves out less than TAIL."""
    count = 32
    while sum(chances := law_of(count)) < 1 - TAIL and count < 2048:
        count *= 2
    left = 1 - np.cumsum([float(chance) for chance in chances])
    return [float(chance) for chance in chances[: int((left >= TAIL).sum()) + 1]]


@cache
def _steps(n: int, edges: tuple[tuple[int, int], ...], rule: Rule) -> list[float]:
    graph = Graph.of(n, edges)
    return pmf_of(lambda count: exact.law_of_steps(graph, count, rule))


def steps_pmf(cell: Cell, rule: Rule = PAPER) -> list[float]:
    """Return the law of the number of steps on the graph of a cell."""
    return _steps(cell.graph.n, tuple(map(tuple, cell.graph.edges.tolist())), rule)


def rivals_of(*names: str) -> dict[str, Callable[[Cell], list[float]]]:
    """Return the laws of the steps of some impostors."""
    return {name: partial(steps_pmf, rule=RIVALS[name]) for name in names}


def traced(
    subject: Subject, graph: Graph, start: Sequence[int] | None, seed: int, palette: int | None = None
) -> Any:
    """Run `trace`, with the paper's palette unless told otherwise."""
    begun = None if start is None else np.array(start, np.int64)
    return subject.trace(graph=graph, palette=palette or graph.max_degree + 1, start=begun, seed=seed)


# The number of steps


MANY = {"quick": 3000, "full": 40000}


@claim_of(
    "coloring",
    source=CHAIN,
    cells=SMALL,
    decision=partial(by_law, steps_pmf, MANY),
    alternatives=rivals_of(*RIVALS),
    weight=4,
)
def recolor_steps_follow_their_exact_law(subject: Subject, cell: Cell, seed: int) -> float:
    """The number of steps of `recolor` on ten small graphs has exactly the law of the paper's process."""
    return float(subject.recolor(graph=cell.graph, seed=seed).steps)


@claim_of(
    "coloring",
    source=CHAIN,
    cells=SMALL,
    decision=partial(by_law, steps_pmf, MANY),
    alternatives=rivals_of(*RIVALS),
    weight=4,
)
def trace_steps_follow_their_exact_law(subject: Subject, cell: Cell, seed: int) -> float:
    """The number of steps of `trace` on ten small graphs has exactly the law of the paper's process."""
    return traced(subject, cell.graph, None, seed).steps  # type: ignore[no-any-return]


@claim_of(
    "coloring",
    source=CHAIN,
    cells=cells(
        centre_last=relabeled(STAR, 3, 0, 1, 2),
        centre_second=relabeled(STAR, 1, 0, 2, 3),
        paw_turned=relabeled(families.PAW, 3, 2, 1, 0),
    ),
    decision=partial(by_law, steps_pmf, MANY),
    alternatives=rivals_of("HighestDegreeFirst", "StaysUntilAtPeace"),
)
def numbering_changes_no_law(subject: Subject, cell: Cell, seed: int) -> float:
    """However the vertices are numbered, the number of steps has exactly the law of the paper's process."""
    return float(subject.recolor(graph=cell.graph, seed=seed).steps)


@claim_of(
    "coloring",
    source=f"{CHAIN}; components add, as one does not see the other",
    cells=cells(K3_and_K2=Graph.of(5, [(0, 1), (0, 2), (1, 2), (3, 4)]), two_K3=families.disjoint(2, K3)),
    decision=partial(by_law, steps_pmf, MANY),
    alternatives=rivals_of("OwnColorNever", "FreeColorsAlone", "StartsAllAlike"),
)
def components_add(subject: Subject, cell: Cell, seed: int) -> float:
    """On a disjoint union the number of steps has the law of a sum of the process's, one a component."""
    return float(subject.recolor(graph=cell.graph, seed=seed).steps)


LEVELS = 4  # of steps that are told apart: 0, 1, 2, and more


def same_twice(cell: Cell) -> list[list[float]]:
    """Return the joint law of two runs that are one."""
    pmf = steps_pmf(cell)
    return np.diag([*pmf[: LEVELS - 1], 1 - sum(pmf[: LEVELS - 1])]).tolist()


@claim_of(
    "coloring",
    source="the contract of coloring: all randomness comes from the seed",
    cells=cells(K3=K3, C4=C4),
    decision=partial(by_pairs, LEVELS, {"quick": 1000, "full": 4000}),
    alternatives={"SeedsInPairs": same_twice},
)
def neighboring_seeds_are_independent(subject: Subject, cell: Cell, seed: int) -> float:
    """The runs of the seeds s and s + 1 are independent: the steps of one tell nothing of the other's."""
    one, other = (
        min(subject.recolor(graph=cell.graph, seed=both).steps, LEVELS - 1) for both in (seed & ~1, seed | 1)
    )
    return float(one * LEVELS + other)


# One step


@cache
def _start_edges(name: str, rule: Rule) -> list[float]:
    (graph,) = (cell.graph for cell in SMALL if cell.label == name)
    return [float(chance) for chance in exact.law_of_start(graph, rule).edges]


def start_pmf(cell: Cell, rule: Rule = PAPER) -> list[float]:
    """Return the law of the number of edges in conflict at the start."""
    return _start_edges(cell.label, rule)


@claim_of(
    "coloring",
    source=PROCESS,
    cells=SMALL,
    decision=partial(by_law, start_pmf, {"quick": 2000, "full": 20000}),
    alternatives={"StartsAllAlike": partial(start_pmf, rule=RIVALS["StartsAllAlike"])},
)
def starts_are_uniform(subject: Subject, cell: Cell, seed: int) -> float:
    """`trace` starts from independent uniform colours: so many edges are in conflict as of such colours."""
    start = traced(subject, cell.graph, None, seed).start
    u, v = cell.graph.edges.T
    return int((start[u] == start[v]).sum())


def turn(label: str, graph: Graph, start: Sequence[int], *, second: bool = False) -> Cell:
    """Make a cell of the vertex that moves first, or of how far from it the one is that moves second."""
    return Cell(label, graph=graph, palette=graph.max_degree + 1, start=start, second=second)


FIRST = [
    turn("K13, two in conflict", STAR, (0, 0, 1, 2)),
    turn("K13, all in conflict", STAR, (0, 0, 0, 0)),
    turn("C5, three in conflict", C5, (0, 0, 0, 1, 2)),
    turn("P3, all in conflict", P3, (1, 1, 1)),
    turn("paw, three in conflict", families.PAW, (0, 1, 1, 1)),
]
SELDOM = turn(  # a vertex in a hundred is in conflict, in the middle
    "C200, two in conflict", families.cycle(200), [*([0, 1] * 50), *([1, 0] * 49), 1, 2]
)
SECOND = [
    turn("K4, all in conflict, the second to move less the first", K4, (0, 0, 0, 0), second=True),
    turn("C4, all in conflict, the second to move less the first", C4, (0, 0, 1, 1), second=True),
]


def conflicted(graph: Graph, colors: Sequence[int]) -> list[int]:
    """Return the vertices in conflict, in order."""
    return sorted({w for u, v in graph.edges.tolist() if colors[u] == colors[v] for w in (u, v)})


def moves_from(subject: Subject, cell: Cell, seed: int) -> np.ndarray:
    """Return the moves of `trace` from the start of a cell, which has vertices in conflict."""
    moves: np.ndarray = traced(subject, cell.graph, cell.start, seed, cell.palette).moves
    expect(len(moves), f"{cell.label}: `trace` makes no move, but vertices are in conflict at the start")
    return moves


# Whose turn it may be, in the colours that are there: one of the vertices that a schedule returns is drawn.
# `waiting` are those that have been in conflict at the start and have not moved.


def any_in_conflict(graph: Graph, colors: Sequence[int], waiting: list[int]) -> list[int]:  # noqa: ARG001
    """Return all in conflict."""
    return conflicted(graph, colors)


def ends_in_conflict(graph: Graph, colors: Sequence[int], waiting: list[int]) -> list[int]:  # noqa: ARG001
    """Return both ends of all edges in conflict."""
    return [w for u, v in graph.edges.tolist() if colors[u] == colors[v] for w in (u, v)]


def smallest_in_conflict(graph: Graph, colors: Sequence[int], waiting: list[int]) -> list[int]:  # noqa: ARG001
    """Return the smallest in conflict."""
    return conflicted(graph, colors)[:1]


def waiting_in_conflict(graph: Graph, colors: Sequence[int], waiting: list[int]) -> list[int]:
    """Return those in conflict that wait for their turn of a round, or all for the next round."""
    now = conflicted(graph, colors)
    return [v for v in waiting if v in now] or now


def turn_pmf(
    cell: Cell, schedule: Callable[[Graph, Sequence[int], list[int]], list[int]] = any_in_conflict
) -> list[Fraction]:
    """Return the law of the first vertex to move, or of the way from it to the second one.

    The way from u to v is v - u modulo n, and n if there is no second move.
    """
    n, start = cell.graph.n, list(cell.start)
    law, turns = [Fraction(0)] * (n + 1), conflicted(cell.graph, start)
    able = schedule(cell.graph, start, turns)
    for first in able:
        if not cell.second:
            law[first] += Fraction(1, len(able))
            continue
        waiting = [v for v in turns if v != first]
        for color in range(cell.palette):
            after = [*start[:first], color, *start[first + 1 :]]
            then = schedule(cell.graph, after, waiting)
            for way in [(second - first) % n for second in then] or [n]:
                law[way] += Fraction(1, len(able) * cell.palette * max(len(then), 1))
    return law


@claim_of(
    "coloring",
    source=PROCESS,
    cells=[*FIRST, SELDOM, *SECOND],
    decision=partial(by_law, turn_pmf, {"quick": 1500, "full": 15000}),
    alternatives={
        "EdgeFirst": partial(turn_pmf, schedule=ends_in_conflict),
        "SmallestFirst": partial(turn_pmf, schedule=smallest_in_conflict),
        "InRounds": partial(turn_pmf, schedule=waiting_in_conflict),
    },
)
def who_moves_is_uniform_on_those_in_conflict(subject: Subject, cell: Cell, seed: int) -> float:
    """The first vertex to move, and then the second one, is uniform on the vertices in conflict."""
    movers = moves_from(subject, cell, seed)[:2, 0].tolist()
    if not cell.second:
        return float(movers[0])
    return float((movers[1] - movers[0]) % cell.graph.n if len(movers) > 1 else cell.graph.n)


ALONE = Graph.of(3, [(0, 1)])  # vertex 2 has no neighbour
DRAWS = [
    *FIRST,
    Cell("K2, palette 200", graph=K2, palette=200, start=(0, 0)),
    Cell("K2, palette 400", graph=K2, palette=400, start=(399, 399)),
    Cell("a vertex without neighbours at the start, palette 3", graph=ALONE, palette=3, start=None),
    Cell("K2 at the start, palette 200", graph=K2, palette=200, start=None),
    Cell("K2 at the start, palette 400", graph=K2, palette=400, start=None),
]


def color_pmf(cell: Cell) -> list[float]:
    """Return the law of a colour that is drawn: uniform on the palette."""
    return [1 / cell.palette] * cell.palette


def other_color_pmf(cell: Cell) -> list[float]:
    """Return the law of a colour that is drawn if the old one is left out."""
    if cell.start is None:  # there is no old one
        return color_pmf(cell)
    turns = conflicted(cell.graph, cell.start)
    return [
        sum((color != cell.start[v]) / (cell.palette - 1) for v in turns) / len(turns)
        for color in range(cell.palette)
    ]


@claim_of(
    "coloring",
    source=PROCESS,
    cells=DRAWS,
    decision=partial(by_law, color_pmf, {"quick": 1500, "full": 15000}),
    alternatives={"OwnColorNever": other_color_pmf},
)
def new_colors_are_uniform_on_the_palette(subject: Subject, cell: Cell, seed: int) -> float:
    """A colour that is drawn, at the start or in the first move, is uniform on the whole palette.

    The old colour is as likely as any other, and so is each colour of a palette beyond Delta + 1.
    """
    if cell.start is None:
        return float(traced(subject, cell.graph, None, seed, cell.palette).start[-1])
    return float(moves_from(subject, cell, seed)[0, 1])


@claim_of(
    "coloring",
    source=f"{PROCESS}; a turn that draws the old colour changes nothing, so that without those turns it is "
    "the process that never draws it, with Delta / (Delta + 1) times the mean",
    cells=cells(K3=K3, C4=C4, paw=families.PAW, K4=K4),
    decision=partial(by_law, partial(steps_pmf, rule=RIVALS["OwnColorNever"]), MANY),
    alternatives={"FreeColorsAlone": partial(steps_pmf, rule=RIVALS["FreeColorsAlone"])},
)
def changes_of_color_follow_their_law(subject: Subject, cell: Cell, seed: int) -> float:
    """The moves of `trace` that change a colour have the law of the process that never draws the old one."""
    shown = traced(subject, cell.graph, None, seed)
    colors, changes = shown.start.copy(), 0
    for v, color in shown.moves.tolist():
        changes += color != colors[v]
        colors[v] = color
    return float(changes)


# Means and growth


def by_coupons(replicates: dict[str, int], cells: Sequence[Cell], effort: str, alpha: float) -> Plan:
    """Decide the mean on cliques by Chernoff's bound, from the law of the coupon collector."""
    cgfs = [partial(exact.coupon_log_mgf, cell.graph.n) for cell in cells]
    return mean_of_law([cell.label for cell in cells], cgfs, replicates[effort], alpha)


@claim_of(
    "coloring",
    source="On K_k no colour is ever lost: steps + k is the time of the coupon collector",
    cells={
        "quick": cells(K8=families.complete(8), K16=families.complete(16)),
        "full": cells(
            K8=families.complete(8),
            K16=families.complete(16),
            K17=families.complete(17),
            K33=families.complete(33),
        ),
    },
    decision=partial(by_coupons, {"quick": 4000, "full": 20000}),
)
def steps_on_a_clique_are_a_coupon_collectors(subject: Subject, cell: Cell, seed: int) -> float:
    """On K_k the mean number of steps is k (H_k - 1), as of collecting k coupons."""
    return float(subject.recolor(graph=cell.graph, seed=seed).steps)


def at_most_edges(replicates: dict[str, int], cells: Sequence[Cell], effort: str, alpha: float) -> Plan:
    """Decide whether the mean is at most the number of edges."""
    edges = [float(len(cell.graph.edges)) for cell in cells]
    return mean_at_most([cell.label for cell in cells], edges, replicates[effort], alpha)


@claim_of(
    "coloring",
    source="E[R | start] <= (Delta + 1) M for M edges in conflict, on any schedule; E[M] = |E| / (Delta + 1)",
    cells=cells(
        matching=families.disjoint(20, K2),
        karate_club=families.karate_club(),
        grid=families.circulant(36, 1, 6),
    ),
    decision=partial(at_most_edges, {"quick": 400, "full": 4000}),
)
def mean_steps_are_at_most_the_edges(subject: Subject, cell: Cell, seed: int) -> float:
    """From a uniform start the mean number of steps is at most the number of edges."""
    return float(subject.recolor(graph=cell.graph, seed=seed).steps)


# Growth. The variance of the number of steps is taken to be at most 2 (Delta + 1) n: on disjoint cliques it
# is less than (pi^2 / 6) (Delta + 1) n, and on all families measured less than 1.2 (Delta + 1) n.


MARGIN = 0.15


def cliques_of(delta: int, n: int) -> Graph:
    """Return n vertices in disjoint K_{Delta+1}."""
    return families.disjoint(n // (delta + 1), families.complete(delta + 1))


def eight_regular(n: int) -> Graph:
    """Return the ring on n vertices that joins each to its four nearest on either side."""
    return families.circulant(n, 1, 2, 3, 4)


def constant(graph: Graph) -> float:  # noqa: ARG001
    """Return 1, whatever the graph."""
    return 1.0


def by_growth(
    replicates: dict[str, int],
    scale: Callable[[Graph], float],
    rivals: dict[str, Callable[[Graph], float]],
    cells: Sequence[Cell],
    effort: str,
    alpha: float,
) -> Plan:
    """Decide how the mean grows from a cell to the next; `replicates` counts the vertices of all graphs."""
    graphs = {cell.label: cell.graph for cell in cells}
    labels = list(graphs)
    return growth(
        list(zip(labels[::2], labels[1::2], strict=True)),
        {label: scale(graph) for label, graph in graphs.items()},
        {name: {label: rival(graph) for label, graph in graphs.items()} for name, rival in rivals.items()},
        MARGIN,
        (-math.inf, math.inf),
        [replicates[effort] // graph.n for graph in graphs.values()],
        alpha,
        variances=[2.0 * (graph.max_degree + 1) * graph.n for graph in graphs.values()],
    )


def two_sizes(**families_: Callable[[int], Graph]) -> list[Cell]:
    """Make two cells a family, of 24 and of 96 vertices."""
    return [Cell(f"{name}, n = {n}", graph=make(n)) for name, make in families_.items() for n in (24, 96)]


@claim_of(
    "coloring",
    source="arXiv:2002.05121: O(n log Delta) steps; linear in n at a fixed Delta",
    cells=two_sizes(cliques=partial(cliques_of, 3), cycle=families.cycle, circulant=eight_regular),
    decision=partial(
        by_growth,
        {"quick": 120_000, "full": 1_200_000},
        lambda graph: float(graph.n),
        {"no growth": constant, "n^2": lambda graph: float(graph.n**2)},
    ),
    weight=2,
)
def steps_grow_linearly_in_n(subject: Subject, cell: Cell, seed: int) -> float:
    """At a fixed Delta the mean number of steps grows as n."""
    return float(subject.recolor(graph=cell.graph, seed=seed).steps)


@claim_of(
    "coloring",
    source="arXiv:2002.05121: O(n log Delta) steps, and no fewer on disjoint cliques, n (H_{Delta+1} - 1)",
    cells=[
        Cell("cliques, Delta = 3", graph=cliques_of(3, 96)),
        Cell("cliques, Delta = 15", graph=cliques_of(15, 96)),
    ],
    decision=partial(
        by_growth,
        {"quick": 120_000, "full": 1_200_000},
        lambda graph: float(exact.coupon_collector_mean(graph.max_degree + 1)) / (graph.max_degree + 1),
        {"no growth": constant, "Delta": lambda graph: float(graph.max_degree)},
    ),
)
def steps_grow_as_log_delta(subject: Subject, cell: Cell, seed: int) -> float:
    """At a fixed n the mean number of steps on cliques grows as H_{Delta+1} - 1, which is about ln Delta."""
    return float(subject.recolor(graph=cell.graph, seed=seed).steps)
