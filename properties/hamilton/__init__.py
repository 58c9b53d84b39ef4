"""What every correct implementation of Hamilton cycles in random graphs satisfies."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import special

from whp.checks import expect, property_of
from whp.properties import generators as some
from whp.properties.alike import (
    Question,
    ask_all,
    expect_distinct_runs,
    expect_one_answer,
    expect_untouched_arguments,
    must_hold,
)
from whp.properties.hamilton.graphs import (
    ALIKE,
    LARGE,
    SPARSE,
    WITH,
    WITHOUT,
    few,
    hamiltonian,
    planted,
    questions,
    random_graphs,
    sparse,
    without,
)
from whp.properties.hamilton.verifying import fault_of_cycle
from whp.properties.hamilton.verifying import verify_command as verify_command
from whp.reference import families
from whp.reference.graph import Graph
from whp.reference.hamilton import exact
from whp.subject import Subject

PAPER = "arXiv:2012.02551"
CONTRACT = "the contract of hamilton"
FIXED = ("is_hamiltonian",)  # operations with one right answer
DEFINITION = "a Hamilton cycle goes through every vertex once and has at least three"


# find_cycle


@property_of("hamilton", source=DEFINITION)
@given(graph=some.graphs() | random_graphs() | hamiltonian() | without(), seed=some.seeds())
@example(graph=WITH["triangle"], seed=0)
@example(graph=WITH["C4"], seed=1)
@example(graph=WITH["K5"], seed=0)
@example(graph=WITH["grid of 4 x 5"], seed=0)
@example(graph=WITHOUT["one edge"], seed=0)
@example(graph=WITHOUT["path of 3"], seed=0)
@example(graph=WITHOUT["path"], seed=0)
@example(graph=WITHOUT["star"], seed=0)
@example(graph=WITHOUT["two components"], seed=0)
@example(graph=WITHOUT["an isolated vertex"], seed=0)
@example(graph=WITHOUT["K_{7,8}"], seed=0)
@example(graph=WITHOUT["K_{20,21}"], seed=0)
@example(graph=WITHOUT["Petersen"], seed=0)
@example(graph=WITHOUT["a cut vertex"], seed=0)
@example(graph=WITHOUT["a pendant vertex"], seed=0)
@example(graph=SPARSE, seed=0)
@example(graph=SPARSE, seed=7)
@example(graph=sparse(1000, 2), seed=0)
def found_cycles_are_hamilton_cycles(subject: Subject, graph: Graph, seed: int) -> None:
    """A cycle that is found visits every vertex once, along edges, and closes."""
    cycle = subject.find_cycle(graph=graph, seed=seed).cycle
    if cycle is not None:
        must_hold(fault_of_cycle(graph, cycle))


@property_of("hamilton", source=f"{CONTRACT}: `none` states that there is none")
@given(graph=hamiltonian(), seed=some.seeds())
@example(graph=WITH["triangle"], seed=0)
@example(graph=WITH["C4"], seed=0)
@example(graph=WITH["K_{6,6}"], seed=0)
@example(graph=WITH["cycle of 60"], seed=0)
@example(graph=WITH["grid of 6 x 10"], seed=0)
@example(graph=WITH["hypercube of 5"], seed=0)
@example(graph=WITH["GP(7, 2)"], seed=0)
@example(graph=WITH["GP(30, 2)"], seed=0)
@example(graph=WITH["wheel"], seed=0)
@example(graph=WITH["Halin"], seed=0)
@example(graph=WITH["knight on 6 x 6"], seed=0)
@example(graph=planted(400, 300, 1), seed=0)
@example(graph=LARGE, seed=0)
def none_is_said_of_no_hamiltonian_graph(subject: Subject, graph: Graph, seed: int) -> None:
    """`find_cycle` doesn't say `none` of a graph that has a Hamilton cycle."""
    status = subject.find_cycle(graph=graph, seed=seed).status
    expect(status != "none", lambda: f"it says none of a graph with a Hamilton cycle: {_cycle_of(graph)}")


def _cycle_of(graph: Graph) -> str:
    cycle, _ = exact.solve(graph, 10**6) if graph.n <= 60 else (None, False)
    return str(cycle.tolist()) if cycle is not None else f"of {graph.n} vertices, in which one was hidden"


@property_of("hamilton", source=f"{PAPER}: as reported", examples=0.5)
@given(n=st.integers(100, 400), seed=some.seeds())
@example(n=300, seed=0)
@example(n=1000, seed=3)
def reads_are_at_least_one_a_vertex(subject: Subject, n: int, seed: int) -> None:
    """Where reads are reported, a found cycle of n vertices took at least n of them."""
    shown = subject.find_cycle(graph=sparse(n, seed % 2**32), seed=seed)
    if shown.status == "found" and shown.reads is not None:
        expect(
            shown.reads >= n,
            f"{shown.reads} reads are reported for a cycle of {n} vertices, whose edges had all to be seen",
        )


# is_hamiltonian


@property_of("hamilton", source=DEFINITION)
@given(graph=few() | some.graphs(max_n=12))
@example(graph=WITHOUT["nothing"])
@example(graph=WITHOUT["one vertex"])
@example(graph=WITHOUT["one edge"])
@example(graph=WITHOUT["path of 3"])
@example(graph=WITH["triangle"])
@example(graph=WITH["C4"])
@example(graph=families.complete_bipartite(2, 3))
@example(graph=families.complete_bipartite(3, 3))
@example(graph=families.DIAMOND)
@example(graph=families.PAW)
@example(graph=WITHOUT["Petersen"])
@example(graph=WITHOUT["knight on 3 x 4"])
@example(graph=families.disjoint(2, families.complete(4)))
def is_hamiltonian_is_exact(subject: Subject, graph: Graph) -> None:
    """`is_hamiltonian` says whether there is a Hamilton cycle, on graphs of up to 14 vertices."""
    said = subject.is_hamiltonian(graph=graph)
    cycle, _ = exact.solve(graph)
    if cycle is None:
        why = exact.obstacle(graph) or "no set of its edges is one"
        expect(not said, lambda: f"it says yes, but there is none: {why}")
    else:
        expect(said, lambda: f"it says no, but {cycle.tolist()} is a Hamilton cycle")


def known() -> st.SearchStrategy[list[tuple[Graph, bool]]]:
    """Draw graphs, and whether each has a Hamilton cycle: one, or two with the same degrees."""
    one = hamiltonian().map(lambda graph: (graph, True)) | without().map(lambda graph: (graph, False))
    return one.map(lambda known: [known]) | st.permutations(ALIKE[0]) | st.permutations(ALIKE[1])


@property_of("hamilton", source="graphs whose answer is a theorem, or that hide a cycle", examples=0.6)
@given(known=known())
@example(known=[(WITH["grid of 4 x 5"], True)])
@example(known=[(WITH["grid of 6 x 10"], True)])
@example(known=[(WITH["hypercube of 5"], True)])
@example(known=[(WITH["GP(7, 2)"], True)])
@example(known=[(WITH["GP(30, 2)"], True)])
@example(known=[(WITH["GP(12, 5)"], True)])
@example(known=[(WITH["Halin"], True)])
@example(known=[(WITH["cycle of 60"], True)])
@example(known=[(WITH["knight on 6 x 6"], True)])
@example(known=[(WITH["knight on 3 x 10"], True)])
@example(known=[(WITHOUT["grid of 5 x 5"], False)])
@example(known=[(WITHOUT["grid of 7 x 7"], False)])
@example(known=[(WITHOUT["K_{7,8}"], False)])
@example(known=[(WITHOUT["K_{20,21}"], False)])
@example(known=[(WITHOUT["GP(11, 2)"], False)])
@example(known=[(WITHOUT["knight on 4 x 6"], False)])
@example(known=[(WITHOUT["a cut vertex"], False)])
@example(known=[(WITHOUT["path"], False)])
@example(known=[(WITHOUT["two components"], False)])
@example(known=ALIKE[0])
@example(known=ALIKE[1])
def is_hamiltonian_knows_the_families(subject: Subject, known: list[tuple[Graph, bool]]) -> None:
    """`is_hamiltonian` is right about families of up to 60 vertices with a known answer."""
    for place, (graph, right) in enumerate(known):
        said = subject.is_hamiltonian(graph=graph)
        after = "; it was asked after a graph with the same degrees: does it take it for that?" * bool(place)
        must_hold(None if said == right else why_wrong(graph, right) + after)


def why_wrong(graph: Graph, right: bool) -> str:
    """Say what stands against an answer that is not the right one."""
    if right:
        return f"it says no, but there is a cycle: {_cycle_of(graph)}"
    return f"it says yes, but there is none: {exact.obstacle(graph) or 'no set of its edges is one'}"


# random_graph


SURE = 45.0  # what has a probability of at most e^-45 is taken not to happen, in some 2000 questions


def repeated(n: int, p: float, edges: np.ndarray) -> str | None:
    """Say which pairs (u, v) and (u + a, v + b) are edges together too often to be independent.

    They are counted for all (a, b) at once, at m places each. Of the places along (u, v), (u + a, v + b),
    (u + 2 a, v + 2 b), ..., every other one is independent, so that there are two classes of such: by
    Hoelder's inequality, a share of x or more has probability at most e^(-m/2 d(x, p^2)), where d is the
    relative entropy.
    """
    there, size = np.zeros((n, n)), (2 * n, 2 * n)
    there[tuple(edges.T)] = 1
    both, places = (
        np.rint(np.fft.irfft2(np.abs(np.fft.rfft2(pairs, size)) ** 2, size))
        for pairs in (there, np.triu(np.ones((n, n)), 1))
    )
    share, rate = both / np.maximum(places, 1), p * p
    surprise = places / 2 * (special.rel_entr(share, rate) + special.rel_entr(1 - share, 1 - rate))
    surprise[share <= rate] = 0
    surprise[0, 0] = 0  # each pair is itself
    a, b = (int(shift) for shift in np.unravel_index(surprise.argmax(), size))
    if surprise[a, b] < SURE + 2 * math.log(2 * n):
        return None
    moved = [shift if shift < n else shift - 2 * n for shift in (a, b)]
    return (
        f"pairs (u, v) and (u{moved[0]:+}, v{moved[1]:+}) are edges together {both[a, b]:.0f} times, where "
        f"{places[a, b] * rate:.0f} are expected: each pair must have a random number of its own"
    )


@property_of("hamilton", source=CONTRACT, false_alarm=2000 * math.exp(-SURE))
@given(n=st.integers(0, 40), p=st.sampled_from((0.0, 1.0)) | st.floats(1e-6, 1), seed=some.seeds())
@example(n=0, p=0.5, seed=0)
@example(n=1, p=1.0, seed=0)
@example(n=2, p=1.0, seed=0)
@example(n=5, p=0.0, seed=0)
@example(n=5, p=1.0, seed=0)
@example(n=40, p=0.9, seed=0)
@example(n=300, p=0.1, seed=1)
@example(n=400, p=0.05, seed=1)
@example(n=2000, p=0.002, seed=1)
@example(n=2500, p=1.5e-5, seed=1)
def random_graphs_are_simple(subject: Subject, n: int, p: float, seed: int) -> None:
    """`random_graph` has n vertices, no loop, no edge twice, no pattern; no edge for p = 0, all for p = 1."""
    drawn = subject.random_graph(n=n, p=p, seed=seed)
    edges = np.sort(drawn.edges, axis=1)
    loops = edges[edges[:, 0] == edges[:, 1]]
    expect(not len(loops), lambda: f"vertex {loops[0][0]} is joined to itself")
    distinct, times = np.unique(edges, axis=0, return_counts=True)
    expect(
        (times == 1).all(), lambda: f"edge {distinct[times.argmax()].tolist()} is there {times.max()} times"
    )
    pairs = n * (n - 1) // 2
    if p in (0, 1):
        expect(
            len(edges) == p * pairs,
            lambda: f"{len(edges)} edges for p = {p:g} and n = {n}, which has {int(p) * pairs}",
        )
        return
    expect(
        len(edges) or -pairs * math.log1p(-p) < SURE,
        lambda: f"no edge for p = {p:g} and n = {n}, where {pairs * p:.0f} are expected",
    )
    if 1 < n <= 400:
        must_hold(repeated(n, p, edges))


PAIRS = 40 * 39 // 2


@property_of(
    "hamilton",
    source=f"{CONTRACT}: all randomness comes from the seed",
    false_alarm=some.PAIRS_OF_SEEDS * 2.0**-PAIRS,
    examples=0.02,
)
@given(seeds=some.similar_seeds())
@example(seeds=some.EQUAL_LOW_BITS)
@example(seeds=some.EQUAL_HIGH_BITS)
@example(seeds=some.CONSECUTIVE)
def random_graph_uses_the_whole_seed(subject: Subject, seeds: list[int]) -> None:
    """Seeds that differ, be it in their high or low 32 bits alone, give other graphs."""
    runs = {seed: subject.random_graph(n=40, p=0.5, seed=seed).edges for seed in seeds}
    runs = {seed: np.unique(np.sort(edges, axis=1), axis=0) for seed, edges in runs.items()}
    expect_distinct_runs(runs, "give one graph of G(40, 1/2)")


# All operations


@property_of("hamilton", source=CONTRACT)
@given(question=questions(), other=questions())
@example(
    question=("find_cycle", {"graph": SPARSE, "seed": 3}),
    other=("find_cycle", {"graph": WITH["K5"], "seed": 0}),
)
@example(
    question=("random_graph", {"n": 30, "p": 0.5, "seed": 3}),
    other=("random_graph", {"n": 5, "p": 0.5, "seed": 0}),
)
@example(
    question=("is_hamiltonian", {"graph": WITHOUT["Petersen"]}),
    other=("is_hamiltonian", {"graph": WITH["K5"]}),
)
def one_question_has_one_answer(subject: Subject, question: Question, other: Question) -> None:
    """Asked again, also after another question, an operation gives the same answer."""
    expect_one_answer(subject, question, other)


@property_of("hamilton", source=CONTRACT)
@given(question=questions())
@example(question=("find_cycle", {"graph": SPARSE, "seed": 3}))
@example(question=("find_cycle", {"graph": WITH["triangle"], "seed": 0}))
@example(question=("is_hamiltonian", {"graph": WITHOUT["Petersen"]}))
def arguments_stay_untouched(subject: Subject, question: Question) -> None:
    """No operation changes what it is handed."""
    expect_untouched_arguments(subject, question)


@property_of("hamilton", source=CONTRACT, examples=0.02, processes=5)
@given(graph=few(), seed=some.seeds())
@example(graph=WITHOUT["nothing"], seed=0)
@example(graph=WITH["triangle"], seed=0)
@example(graph=SPARSE, seed=0)
def every_process_answers_alike_and_ends_well(subject: Subject, graph: Graph, seed: int) -> None:
    """Every process that is asked the same answers the same, and ends by itself without an error."""
    asked: list[Question] = [
        ("find_cycle", {"graph": graph, "seed": seed}),
        ("random_graph", {"n": 12, "p": 0.5, "seed": seed}),
    ]
    ask_all(subject, [*asked, ("is_hamiltonian", {"graph": graph})] if graph.n <= 12 else asked)
