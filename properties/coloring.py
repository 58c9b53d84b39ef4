"""What every correct implementation of the decentralised (Delta+1)-recolouring satisfies."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from hypothesis import example, given
from hypothesis import strategies as st

from whp import contract
from whp.checks import expect, property_of
from whp.properties import generators as some
from whp.properties.alike import (
    Question,
    ask_all,
    expect_distinct_runs,
    expect_one_answer,
    expect_untouched_arguments,
    must_hold,
    same,
)
from whp.reference import families
from whp.reference.coloring import Coloring, Trace
from whp.reference.graph import Graph
from whp.reference.graph_files import GraphFile, read_graph
from whp.subject import Subject

PAPER = "arXiv:2002.05121"
CONTRACT = "the contract of coloring"

NOTHING, ONE, EDGE = families.empty(0), families.empty(1), families.complete(2)
TRIANGLE = families.complete(3)
CLIQUES = families.disjoint(64, families.complete(4))
KARATE = families.karate_club()
# Beyond what small types and fixed tables hold: 64 colours; 128 colours and 64 neighbours; 1024 vertices and
# steps; 2^16 places of an adjacency matrix.
GROUP, CROWD, ROAD, RING = (
    families.complete(66),
    families.complete(130),
    families.path(1500),
    families.circulant(300, 1, 7, 31, 57, 83, 100, 120, 141),
)


# Certificates: each returns what is wrong, or None.


def joined_alike(graph: Graph, colors: np.ndarray, names: Sequence[object] = range(2**63 - 1)) -> str | None:
    """Name the first edge whose ends have one colour."""
    u, v = graph.edges.T
    alike = colors[u] == colors[v]
    if not alike.any():
        return None
    first = int(alike.argmax())
    return (
        f"vertices {names[u[first]]} and {names[v[first]]} are joined and both have colour {colors[u[first]]}"
    )


def outside_palette(
    colors: np.ndarray, palette: int, names: Sequence[object] = range(2**63 - 1)
) -> str | None:
    """Name the first vertex whose colour is not in 0..palette-1."""
    outside = (colors < 0) | (colors >= palette)
    if not outside.any():
        return None
    first = int(outside.argmax())
    return f"vertex {names[first]} has colour {colors[first]}, but the palette is 0..{palette - 1}"


def illegal_move(graph: Graph, trace: Trace) -> str | None:
    """Name the first move of a vertex that no neighbour was in conflict with."""
    colors = trace.start.copy()
    for index, (v, new) in enumerate(trace.moves.tolist()):
        if not (colors[graph.neighbors(v)] == colors[v]).any():
            return f"move {index} recolours vertex {v}, whose colour {colors[v]} no neighbour had"
        colors[v] = new
    return None


def after_moves(trace: Trace) -> np.ndarray:
    """Return the colours that the moves make of the start."""
    colors: np.ndarray = trace.start.copy()
    for v, new in trace.moves.tolist():
        colors[v] = new
    return colors


def proper_coloring(graph: Graph, shift: int) -> np.ndarray:
    """Return the first-fit colouring in colours 0..Delta, with the colours shifted cyclically."""
    colors = np.full(graph.n, -1)
    for v in range(graph.n):
        taken = set(colors[graph.neighbors(v)].tolist())
        colors[v] = next(color for color in range(graph.max_degree + 1) if color not in taken)
    return np.asarray((colors + shift) % (graph.max_degree + 1))


# Inputs


@st.composite
def trace_arguments(draw: st.DrawFn, graphs: st.SearchStrategy[Graph] | None = None) -> dict[str, Any]:
    """Draw what `trace` takes: a palette larger than Delta, and a start or none."""
    graph = draw(graphs or some.graphs())
    palette = graph.max_degree + 1 + draw(st.integers(0, 2))
    color = st.integers(0, palette - 1)
    start = draw(st.none() | st.lists(color, min_size=graph.n, max_size=graph.n).map(np.array))
    return traced(graph, palette, start, draw(some.seeds()))


def traced(graph: Graph, palette: int, start: Sequence[int] | np.ndarray | None, seed: int) -> dict[str, Any]:
    """Return arguments of `trace`."""
    begun = None if start is None else np.array(start, np.int64)
    return {"graph": graph, "palette": palette, "start": begun, "seed": seed}


def questions() -> st.SearchStrategy[Question]:
    """Draw a question to any operation."""
    plain = st.fixed_dictionaries({"graph": some.graphs(), "seed": some.seeds()})
    return (
        st.tuples(st.just("color"), plain)
        | st.tuples(st.just("recolor"), plain)
        | st.tuples(st.just("trace"), trace_arguments())
    )


def asked(graph: Graph, seed: int = 0) -> dict[str, Question]:
    """Return one question to each operation."""
    plain = {"graph": graph, "seed": seed}
    return {
        "color": ("color", plain),
        "recolor": ("recolor", plain),
        "trace": ("trace", traced(graph, graph.max_degree + 1, None, seed)),
    }


# color


@property_of("coloring", source=CONTRACT)
@given(graph=some.graphs(), seed=some.seeds())
@example(graph=NOTHING, seed=0)
@example(graph=ONE, seed=0)
@example(graph=EDGE, seed=0)
@example(graph=TRIANGLE, seed=0)
@example(graph=families.cycle(5), seed=0)
@example(graph=families.complete_bipartite(4, 4), seed=1)
@example(graph=families.florentine_families(), seed=2)
@example(graph=KARATE, seed=2**53 - 1)
@example(graph=GROUP, seed=0)
@example(graph=CROWD, seed=0)
@example(graph=ROAD, seed=0)
@example(graph=RING, seed=0)
def color_is_proper(subject: Subject, graph: Graph, seed: int) -> None:
    """No edge joins two vertices of one colour in the answer of `color`."""
    must_hold(joined_alike(graph, subject.color(graph=graph, seed=seed).colors))


@property_of("coloring", source=CONTRACT)
@given(graph=some.graphs(), seed=some.seeds())
@example(graph=NOTHING, seed=0)
@example(graph=ONE, seed=0)
@example(graph=families.empty(6), seed=0)
@example(graph=EDGE, seed=0)
@example(graph=families.path(4), seed=0)
@example(graph=families.cycle(6), seed=0)
@example(graph=families.complete(6), seed=0)
@example(graph=CLIQUES, seed=1)
@example(graph=KARATE, seed=2)
@example(graph=CROWD, seed=0)
@example(graph=ROAD, seed=0)
def color_needs_no_more_than_delta_plus_one(subject: Subject, graph: Graph, seed: int) -> None:
    """`color` uses the colours 0..Delta, where Delta is the largest degree."""
    must_hold(outside_palette(subject.color(graph=graph, seed=seed).colors, graph.max_degree + 1))


# recolor


@property_of("coloring", source=f"{PAPER}, section 1")
@given(graph=some.graphs(), seed=some.seeds())
@example(graph=NOTHING, seed=0)
@example(graph=ONE, seed=0)
@example(graph=EDGE, seed=0)
@example(graph=TRIANGLE, seed=0)
@example(graph=families.star(8), seed=0)
@example(graph=families.complete_bipartite(4, 4), seed=0)
@example(graph=families.petersen(), seed=0)
@example(graph=KARATE, seed=0)
@example(graph=CLIQUES, seed=0)
@example(graph=GROUP, seed=0)
@example(graph=CROWD, seed=0)
@example(graph=ROAD, seed=0)
@example(graph=RING, seed=0)
def stops_at_a_proper_coloring(subject: Subject, graph: Graph, seed: int) -> None:
    """When the process stops, no edge joins two vertices of one colour."""
    must_hold(joined_alike(graph, subject.recolor(graph=graph, seed=seed).colors))


@property_of("coloring", source=f"{PAPER}, section 1")
@given(graph=some.graphs(), seed=some.seeds())
@example(graph=NOTHING, seed=0)
@example(graph=ONE, seed=0)
@example(graph=families.empty(6), seed=0)
@example(graph=EDGE, seed=0)
@example(graph=families.star(8), seed=0)
@example(graph=CLIQUES, seed=0)
@example(graph=CROWD, seed=0)
def recolor_stays_in_the_palette(subject: Subject, graph: Graph, seed: int) -> None:
    """`recolor` uses the colours 0..Delta, where Delta is the largest degree."""
    must_hold(outside_palette(subject.recolor(graph=graph, seed=seed).colors, graph.max_degree + 1))


@property_of("coloring", source=f"{PAPER}, section 1")
@given(n=st.integers(0, 20), seed=some.seeds())
@example(n=0, seed=0)
@example(n=1, seed=0)
@example(n=12, seed=0)
def no_edge_no_step(subject: Subject, n: int, seed: int) -> None:
    """On a graph without edges no vertex is in conflict, so `recolor` takes no step."""
    steps = subject.recolor(graph=families.empty(n), seed=seed).steps
    expect(steps == 0, f"{steps} steps on {n} vertices without an edge")


# Eight seeds are compared on 64 disjoint K4, hundreds on 24. There, equal final colours have probability
# 24^-24 a pair, and on 64 vertices without neighbours, which keep those of the start, 4^-64; equal starts,
# 4^-96; starts equal when one is moved by one vertex, 4^-95. On 64 K4, from a start of one colour, a move
# frees at most two vertices, so the first 64 moves of two runs are equal with probability at most
# (128 * 4)^-64.


SINGLES = 64


def cliques_for(seeds: list[int]) -> Graph:
    """Return disjoint K4, fewer for many seeds."""
    return CLIQUES if len(seeds) == 8 else families.disjoint(24, families.complete(4))


@property_of(
    "coloring",
    source=CONTRACT,
    false_alarm=some.PAIRS_OF_SEEDS * (24.0**-24 + 4.0**-SINGLES),
    examples=0.02,
)
@given(seeds=some.similar_seeds())
@example(seeds=some.EQUAL_LOW_BITS)
@example(seeds=some.EQUAL_HIGH_BITS)
@example(seeds=some.CONSECUTIVE)
def recolor_uses_the_whole_seed(subject: Subject, seeds: list[int]) -> None:
    """Seeds that differ, be it in their high or low 32 bits alone, give other runs of `recolor`."""
    cliques = cliques_for(seeds)
    graph = Graph.of(cliques.n + SINGLES, cliques.edges)
    runs = {seed: subject.recolor(graph=graph, seed=seed).colors for seed in seeds}
    expect_distinct_runs(
        {seed: colors[: cliques.n] for seed, colors in runs.items()}, "end in the same colours of disjoint K4"
    )
    expect_distinct_runs(
        {seed: colors[cliques.n :] for seed, colors in runs.items()},
        f"give {SINGLES} vertices without neighbours the same colours, which are those of a uniform start",
    )


# trace


@property_of("coloring", source=CONTRACT, false_alarm=some.PAIRS_OF_SEEDS * 4.0**-95, examples=0.02)
@given(seeds=some.similar_seeds())
@example(seeds=some.EQUAL_LOW_BITS)
@example(seeds=some.EQUAL_HIGH_BITS)
@example(seeds=some.CONSECUTIVE)
def trace_uses_the_whole_seed(subject: Subject, seeds: list[int]) -> None:
    """Seeds that differ, be it in their high or low 32 bits alone, give `trace` other starts and moves."""
    graph = cliques_for(seeds)
    starts = {seed: subject.trace(**traced(graph, 4, None, seed)).start for seed in seeds}
    expect_distinct_runs(starts, "start from the same colours of disjoint K4")
    for seed, start in starts.items():
        expect(
            seed + 1 not in starts or not same(starts[seed + 1][:-1], start[1:]),
            f"seed {seed + 1} starts as seed {seed} does, moved by one vertex: a stream must not be seeded "
            "with seed + vertex",
        )
    moves = {seed: subject.trace(**traced(CLIQUES, 4, [0] * 256, seed)).moves[:64] for seed in seeds[:8]}
    expect_distinct_runs(moves, "make the same first moves from one start on disjoint K4")


@property_of("coloring", source=f"{PAPER}, section 1")
@given(arguments=trace_arguments())
@example(arguments=traced(EDGE, 2, [0, 0], 0))
@example(arguments=traced(TRIANGLE, 3, [0, 0, 1], 0))
@example(arguments=traced(CLIQUES, 4, None, 0))
@example(arguments=traced(KARATE, 18, None, 0))
@example(arguments=traced(EDGE, 300, [299, 299], 0))
@example(arguments=traced(CROWD, 130, None, 0))
def trace_recolors_only_vertices_in_conflict(subject: Subject, arguments: dict[str, Any]) -> None:
    """Every move recolours a vertex that has the colour of a neighbour at that moment."""
    must_hold(illegal_move(arguments["graph"], subject.trace(**arguments)))


@property_of("coloring", source=CONTRACT)
@given(arguments=trace_arguments())
@example(arguments=traced(EDGE, 2, [1, 1], 0))
@example(arguments=traced(CLIQUES, 4, None, 0))
@example(arguments=traced(KARATE, 19, None, 0))
@example(arguments=traced(EDGE, 300, [299, 299], 0))
@example(arguments=traced(families.complete(30), 300, [0] * 30, 0))
@example(arguments=traced(CROWD, 130, None, 0))
def trace_ends_where_its_moves_lead(subject: Subject, arguments: dict[str, Any]) -> None:
    """`colors` is what the moves make of `start`."""
    trace = subject.trace(**arguments)
    wrong = np.flatnonzero(after_moves(trace) != trace.colors)
    expect(
        not len(wrong),
        lambda: (
            f"vertex {wrong[0]} has colour {after_moves(trace)[wrong[0]]} after the moves, "
            f"but `colors` says {trace.colors[wrong[0]]}"
        ),
    )


@property_of("coloring", source=f"{PAPER}, section 1")
@given(arguments=trace_arguments())
@example(arguments=traced(NOTHING, 1, None, 0))
@example(arguments=traced(EDGE, 2, [0, 0], 0))
@example(arguments=traced(CLIQUES, 4, None, 0))
@example(arguments=traced(CLIQUES, 4, [0] * 256, 0))
@example(arguments=traced(ROAD, 3, None, 0))
def trace_counts_its_moves(subject: Subject, arguments: dict[str, Any]) -> None:
    """`steps` is the number of moves, those that draw the old colour included."""
    trace = subject.trace(**arguments)
    expect(
        trace.steps == len(trace.moves), f"`steps` is {trace.steps}, but there are {len(trace.moves)} moves"
    )


@property_of("coloring", source=f"{PAPER}, section 1")
@given(arguments=trace_arguments())
@example(arguments=traced(EDGE, 2, [0, 0], 0))
@example(arguments=traced(TRIANGLE, 3, [2, 2, 2], 0))
@example(arguments=traced(families.cycle(5), 3, [0] * 5, 0))
@example(arguments=traced(CLIQUES, 4, None, 0))
@example(arguments=traced(KARATE, 18, [0] * 34, 0))
@example(arguments=traced(CROWD, 130, None, 0))
@example(arguments=traced(ROAD, 3, None, 0))
def trace_stops_at_a_proper_coloring(subject: Subject, arguments: dict[str, Any]) -> None:
    """When the process that `trace` shows stops, no edge joins two vertices of one colour."""
    must_hold(joined_alike(arguments["graph"], subject.trace(**arguments).colors))


@property_of("coloring", source=CONTRACT)
@given(arguments=trace_arguments())
@example(arguments=traced(ONE, 1, None, 0))
@example(arguments=traced(EDGE, 2, None, 0))
@example(arguments=traced(CLIQUES, 4, None, 0))
@example(arguments=traced(CLIQUES, 6, None, 0))
@example(arguments=traced(KARATE, 18, [0] * 34, 0))
@example(arguments=traced(EDGE, 300, [299, 299], 0))
def trace_stays_in_the_palette(subject: Subject, arguments: dict[str, Any]) -> None:
    """Every colour of `start`, of the moves and of `colors` is in 0..palette-1."""
    trace, palette = subject.trace(**arguments), arguments["palette"]
    for where, colors in (("at the start", trace.start), ("at the end", trace.colors)):
        fault = outside_palette(colors, palette)
        expect(fault is None, f"{where}, {fault}")
    fault = outside_palette(trace.moves[:, 1], palette)
    expect(fault is None, f"in `moves`, {(fault or '').replace('vertex', 'move')}")


@property_of("coloring", source=CONTRACT)
@given(arguments=trace_arguments())
@example(arguments=traced(EDGE, 3, [2, 1], 0))
@example(arguments=traced(TRIANGLE, 3, [1, 1, 1], 0))
@example(arguments=traced(families.path(4), 4, [3, 3, 0, 0], 5))
@example(arguments=traced(EDGE, 300, [299, 299], 0))
def trace_starts_from_the_given_start(subject: Subject, arguments: dict[str, Any]) -> None:
    """`start` comes back as it was given."""
    given_start = arguments["start"]
    if given_start is None:
        return
    begun = subject.trace(**arguments).start
    wrong = np.flatnonzero(begun != given_start)
    expect(
        not len(wrong),
        lambda: (
            f"vertex {wrong[0]} starts with colour {begun[wrong[0]]}, but {given_start[wrong[0]]} was given"
        ),
    )


@property_of("coloring", source=f"{PAPER}, section 1")
@given(graph=some.graphs(), spare=st.integers(0, 2), seed=some.seeds())
@example(graph=NOTHING, spare=0, seed=0)
@example(graph=ONE, spare=2, seed=0)
@example(graph=families.empty(5), spare=1, seed=0)
@example(graph=EDGE, spare=0, seed=0)
@example(graph=TRIANGLE, spare=0, seed=0)
@example(graph=families.path(4), spare=1, seed=0)
@example(graph=KARATE, spare=0, seed=0)
def proper_start_needs_no_step(subject: Subject, graph: Graph, spare: int, seed: int) -> None:
    """From a proper colouring `trace` makes no move and changes no colour."""
    palette = graph.max_degree + 1 + spare
    start = proper_coloring(graph, seed % palette)
    trace = subject.trace(**traced(graph, palette, start, seed))
    expect(
        not len(trace.moves) and trace.steps == 0,
        lambda: f"{len(trace.moves)} moves and {trace.steps} steps from a start without a conflict",
    )
    expect(same(trace.colors, start), lambda: f"colours {start.tolist()} became {trace.colors.tolist()}")


# All operations


@property_of("coloring", source=CONTRACT)
@given(question=questions(), other=questions())
@example(question=asked(EDGE)["recolor"], other=asked(ONE)["trace"])
@example(question=asked(CLIQUES)["color"], other=asked(EDGE)["color"])
@example(question=asked(CLIQUES)["recolor"], other=asked(EDGE)["recolor"])
@example(question=asked(CLIQUES)["trace"], other=asked(EDGE)["trace"])
def one_question_has_one_answer(subject: Subject, question: Question, other: Question) -> None:
    """Asked again, also after another question, an operation gives the same answer."""
    expect_one_answer(subject, question, other)


@property_of("coloring", source=CONTRACT)
@given(question=questions())
@example(question=asked(EDGE)["color"])
@example(question=asked(KARATE)["color"])
@example(question=asked(KARATE)["recolor"])
@example(question=asked(KARATE)["trace"])
@example(question=("trace", traced(TRIANGLE, 3, [0, 0, 0], 0)))
@example(question=("trace", traced(CLIQUES, 4, [0] * 256, 0)))
def arguments_stay_untouched(subject: Subject, question: Question) -> None:
    """No operation changes what it is handed."""
    expect_untouched_arguments(subject, question)


@property_of("coloring", source=CONTRACT, examples=0.02, processes=5)
@given(graph=some.graphs(), seed=some.seeds())
@example(graph=NOTHING, seed=0)
@example(graph=ONE, seed=0)
@example(graph=TRIANGLE, seed=0)
@example(graph=KARATE, seed=0)
def every_process_answers_alike_and_ends_well(subject: Subject, graph: Graph, seed: int) -> None:
    """Every process that is asked the same answers the same, and ends by itself without an error."""
    ask_all(subject, [*asked(NOTHING, seed).values(), *asked(graph, seed).values()])


# whp verify


def verify_command(
    graph: Annotated[
        Path, typer.Argument(metavar="GRAPHFILE", help="DIMACS, edge list, MatrixMarket, GraphML, JSON")
    ],
    answer: Annotated[
        Path,
        typer.Argument(
            metavar="ANSWERFILE", help='JSON: [0, 1, ...], {"colors": [...]} or {"colors": {NAME: COLOUR}}'
        ),
    ],
    palette: Annotated[
        int | None, typer.Option(help="Number of colours; Delta + 1 unless told otherwise.")
    ] = None,
) -> str:
    """Check a colouring of a graph: is it proper, with colours in 0..Delta? Name the edge at fault if not."""
    file = read_graph(graph)
    colors = read_colors(answer, file)
    size = file.graph.max_degree + 1 if palette is None else palette
    must_hold(joined_alike(file.graph, colors, file.names) or outside_palette(colors, size, file.names))
    return f"proper: {len(set(colors.tolist()))} of the colours 0..{size - 1} on {file.graph.n} vertices"


def read_colors(path: Path, graph: GraphFile) -> np.ndarray:
    """Read a colouring of the graph; raise ValueError, with the path in the file, where it is none."""
    value = contract.read_json(path)
    colors = value.get("colors") if isinstance(value, dict) else value
    if isinstance(colors, dict):
        missing = [name for name in graph.names if str(name) not in colors]
        if missing:
            raise ValueError(f"{path}: $.colors has no vertex {missing[0]}")
        colors = [colors[str(name)] for name in graph.names]
    try:
        answer: Coloring = contract.operations("coloring")["color"].decode(
            {"graph": graph.graph, "seed": 0}, {"colors": colors}
        )
    except contract.ContractError as error:
        raise ValueError(f"{path}: {error}") from None
    return answer.colors
