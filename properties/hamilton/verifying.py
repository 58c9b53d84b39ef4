"""The certificate of a Hamilton cycle, and `whp verify hamilton`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from whp import contract
from whp.properties.alike import must_hold
from whp.reference.graph import Graph
from whp.reference.graph_files import GraphFile, read_graph
from whp.reference.hamilton import Search

# The certificate


def fault_of_cycle(graph: Graph, cycle: np.ndarray, names: Sequence[object] = range(2**63 - 1)) -> str | None:
    """Say why vertices in this order are no Hamilton cycle: the missing or repeated vertex, or the edge."""
    if graph.n < 3:
        return f"a cycle has at least three vertices, and the graph has {graph.n}"
    visits = np.bincount(cycle, minlength=graph.n)
    if (visits > 1).any():
        return f"vertex {names[int((visits > 1).argmax())]} is visited {visits.max()} times"
    if (visits == 0).any():
        return f"vertex {names[int((visits == 0).argmax())]} is not visited"
    joined = {(u, v) for u, v in graph.edges.tolist()}
    for u, v in zip(cycle.tolist(), [*cycle[1:].tolist(), int(cycle[0])], strict=True):
        if (min(u, v), max(u, v)) not in joined:
            return f"vertices {names[u]} and {names[v]} follow each other, but no edge joins them"
    return None


# whp verify


def verify_command(
    graph: Annotated[
        Path, typer.Argument(metavar="GRAPHFILE", help="DIMACS, edge list, MatrixMarket, GraphML, JSON")
    ],
    cycle: Annotated[
        Path,
        typer.Argument(metavar="CYCLEFILE", help='JSON: [0, 3, ...] or {"cycle": [...]}, vertices by name'),
    ],
) -> str:
    """Is this a Hamilton cycle of the graph? Name the missing edge, or the vertex at fault, if not."""
    file = read_graph(graph)
    must_hold(fault_of_cycle(file.graph, read_cycle(cycle, file), file.names))
    return f"a Hamilton cycle through all {file.graph.n} vertices"


def read_cycle(path: Path, file: GraphFile) -> np.ndarray:
    """Read vertices of the graph by their names in its file; raise ValueError where they are none."""
    value = contract.read_json(path)
    listed: Any = value
    if isinstance(value, dict):
        if value.get("cycle") is None:
            raise ValueError(f"{path}: $.cycle is absent, so that there is nothing to verify")
        numbered = "names" in value or "status" in value  # as `whp run` prints it, which counts from 0
        listed = value["cycle"]
        if numbered:
            shown: Search = _decoded(path, file, value)
            assert shown.cycle is not None
            return shown.cycle
    if not isinstance(listed, list):
        raise ValueError(f"{path}: a list of vertices is expected, such as [0, 3, 1, 2]")
    number = {str(name): index for index, name in enumerate(file.names)}
    for place, name in enumerate(listed):
        if isinstance(name, list | dict) or str(name) not in number:
            raise ValueError(f"{path}: $[{place}] is {name!r:.40}, which is no vertex of the graph")
    return np.array([number[str(name)] for name in listed], np.int64)


def _decoded(path: Path, file: GraphFile, value: dict[str, Any]) -> Search:
    try:
        record = {"status": "found", "cycle": value["cycle"], "reads": None}
        shown: Search = contract.operations("hamilton")["find_cycle"].decode(
            {"graph": file.graph, "seed": 0}, record
        )
    except contract.ContractError as error:
        raise ValueError(f"{path}: {error}") from None
    return shown
