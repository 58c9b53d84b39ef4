"""Hamilton cycles of random graphs: arXiv:2012.02551, found in O(n) time where p is at least C ln n / n.

The paper shows that a graph drawn from G(n, p), with C a large enough constant, has a Hamilton cycle that a
randomised algorithm finds, with high probability, in a time that reads but a small part of the graph: of the
C n ln n entries in its rows of neighbours, O(n). What stands here keeps that promise, measured by reads; its
steps are written from the statement and the means that it names, and need not be the paper's own.

linear.py is the algorithm, lists.py how it reads, rotations.py the older algorithms with their n ln n steps,
exact.py what is certain for every graph, gnp.py the random graph.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import typer
from jaxtyping import Int

from whp.reference.graph import Graph
from whp.reference.graph_files import read_graph
from whp.reference.hamilton import exact, gnp, linear
from whp.reference.hamilton.drawing import circle

FEW = 15  # for fewer vertices, the subsets of vertices are searched at once
MOST_FOR_EXACT_SEARCH = 1000
MOST_STEPS = 20_000_000  # of the exact search, where it has to end soon: a second or two
MOST_VERTICES = 2**31 - 1


@dataclass(frozen=True)
class Search:
    """What a search for a Hamilton cycle came to."""

    status: Annotated[
        Literal["found", "none", "gave up"],
        "none: there is no Hamilton cycle, for certain; gave up: nothing is known",
    ]
    cycle: Annotated[
        Int[np.ndarray, "n"] | None,
        "the vertices in the order of the cycle, whose last is joined to its first; absent unless found",
    ]
    reads: Annotated[
        int | None,
        "entries of rows of neighbours looked at, those that were skipped too; absent if not counted",
    ]


def find_cycle(graph: Graph, seed: int) -> Search:
    """Search for a Hamilton cycle: a cycle through all vertices, of which there are at least three.

    The reference reads O(n) entries of the rows where the graph is like G(n, p), and says `none` where a
    simple reason is seen or the graph is small enough to be sure. A search of the whole graph counts as one
    read of each entry.
    """
    if graph.n < 3 or graph.degrees.min() < 2:
        return Search("none", None, 0)
    reads, whole = 0, len(graph.adjacency)
    if graph.n >= FEW:
        attempts = linear.search(graph, seed)
        if attempts.cycle is not None:
            return Search("found", attempts.cycle, attempts.reads)
        reads = attempts.reads
    if graph.n > MOST_FOR_EXACT_SEARCH:
        status: Literal["none", "gave up"] = "none" if exact.obstacle(graph) else "gave up"
        return Search(status, None, reads + whole)
    cycle, certain = exact.solve(graph, MOST_STEPS // (graph.n + whole))  # a guess looks at the whole graph
    if cycle is not None:
        return Search("found", cycle, reads + whole)
    return Search("none" if certain else "gave up", None, reads + whole)


def is_hamiltonian(graph: Graph) -> bool:
    """Say whether the graph has a Hamilton cycle, exactly.

    That may take exponential time; up to 60 vertices it hardly ever does.
    """
    if graph.n >= FEW and graph.degrees.min() >= 2 and linear.search(graph, 0).cycle is not None:
        return True
    return exact.solve(graph)[0] is not None


def random_graph(n: int, p: float, seed: int) -> Graph:
    """Draw the random graph G(n, p): each pair of the vertices 0..n-1 is an edge with probability p.

    Raises ValueError for p outside 0..1 and for n outside 0..2^31-1.
    """
    for path, fault in faults("random_graph", {"n": n, "p": p, "seed": seed}):
        raise ValueError(f"{path} {fault}")
    return gnp.sample(n, p, seed)


OPERATIONS = (find_cycle, is_hamiltonian, random_graph)


def run_command(
    graph: Annotated[
        Path, typer.Argument(metavar="GRAPHFILE", help="DIMACS, edge list, MatrixMarket, GraphML, JSON")
    ],
    seed: Annotated[int, typer.Option(min=0)] = 0,
    svg: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw the graph on a circle, the cycle in bold.")
    ] = None,
) -> dict[str, Any]:
    """Search a graph for a Hamilton cycle; print it, and how many entries were read, in all and against n."""
    file = read_graph(graph)
    n = file.graph.n
    answer = find_cycle(file.graph, seed)
    if svg is not None:
        svg.write_text(circle(file.graph, answer.cycle, file.names), encoding="utf-8")
    why = exact.obstacle(file.graph, file.names) if answer.status == "none" else None
    named = {} if file.names == list(range(n)) else {"names": file.names}
    return {
        "n": n,
        "edges": len(file.graph.edges),
        "status": answer.status,
        **({"because": why} if why else {}),
        "reads": answer.reads,
        "reads_over_n": round(answer.reads / n, 4) if n and answer.reads is not None else None,
        "cycle": None if answer.cycle is None else answer.cycle.tolist(),
        **named,
    }


def faults(operation: str, arguments: Mapping[str, Any], answer: Any = None) -> Iterator[tuple[str, str]]:
    """Yield what annotations can't say about arguments or an answer: where (a path), and what is wrong."""
    if operation == "random_graph" and answer is None:
        n, p = arguments["n"], arguments["p"]
        if not 0 <= n <= MOST_VERTICES:
            yield "n", f"is {n}; from 0 to {MOST_VERTICES} vertices can be had"
        if not 0 <= p <= 1:
            yield "p", f"is {p}; a probability is from 0 to 1"
    if operation == "random_graph" and answer is not None:
        yield from _faults_of_graph(answer, arguments["n"])
    if operation == "find_cycle" and answer is not None:
        if (answer.status == "found") != (answer.cycle is not None):
            yield (
                "cycle",
                f"is {'absent' if answer.cycle is None else 'there'}, but the status is {answer.status!r}",
            )
        if answer.cycle is not None:
            outside = (answer.cycle < 0) | (answer.cycle >= arguments["graph"].n)
            if outside.any():
                place = int(outside.argmax())
                yield f"cycle[{place}]", f"is {answer.cycle[place]}, which is no vertex"
        if answer.reads is not None and answer.reads < 0:
            yield "reads", f"is {answer.reads}; a number of reads is not negative"


def _faults_of_graph(graph: Graph, n: int) -> Iterator[tuple[str, str]]:
    if graph.n != n:
        yield "n", f"is {graph.n}, but {n} vertices were asked for"
    outside = ((graph.edges < 0) | (graph.edges >= graph.n)).any(axis=1)
    if outside.any():
        place = int(outside.argmax())
        yield f"edges[{place}]", f"is {graph.edges[place].tolist()}; the vertices are 0..{graph.n - 1}"


def _compile() -> None:
    """Have it compiled when it is imported, all of it: no later call is to wait for that."""
    ring = Graph.of(FEW, [(v, (v + jump) % FEW) for v in range(FEW) for jump in (1, 2, 3)])
    find_cycle(ring, 0)
    square = Graph.of(4, [(0, 1), (1, 2), (2, 3), (0, 3)])
    exact.by_subsets(exact.rows_of(square.offsets, square.adjacency))
    exact.by_edges(ring.offsets, ring.adjacency, 1)
    gnp.sample(2, 0.5, 0)


_compile()
