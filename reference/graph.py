"""Simple undirected graphs on the vertices 0..n-1, in the form that every graph process here reads."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from jaxtyping import Int
from numba import njit

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    import networkx as nx


class LoopError(ValueError):
    """An edge joins a vertex to itself; `position` is its place in the list of edges that was given."""

    def __init__(self, position: int, vertex: int) -> None:
        super().__init__(f"edge {position} joins vertex {vertex} to itself; a simple graph has no loops")
        self.position, self.vertex = position, vertex


@dataclass(frozen=True, eq=False, repr=False)
class Graph:
    """A simple graph: `edges` holds each edge once, u < v, in lexicographic order.

    The constructor takes edges that are in that form already; `Graph.of` brings any list into it.
    """

    n: Annotated[int, "vertices are 0..n-1"]
    edges: Annotated[Int[np.ndarray, "m 2"], "u < v, sorted, no loops, no doubles"]

    @classmethod
    def of(cls, n: int, edges: Iterable[Sequence[int]] | np.ndarray = ()) -> Graph:
        """Make a graph from edges in any order and direction; an edge named twice is one edge.

        Raises LoopError for an edge (v, v), ValueError for a vertex outside 0..n-1.
        """
        listed = edges if isinstance(edges, np.ndarray) else list(edges)
        pairs = np.asarray(listed, dtype=np.int64).reshape(-1, 2)
        low, high = np.minimum(*pairs.T), np.maximum(*pairs.T)  # min(axis=1) takes ten times as long
        outside = (low < 0) | (high >= n)
        if outside.any():
            position = int(outside.argmax())
            u, v = pairs[position]
            raise ValueError(f"edge {position} is ({u}, {v}), but the vertices are 0..{n - 1}")
        loops = low == high
        if loops.any():
            position = int(loops.argmax())
            raise LoopError(position, int(low[position]))
        key = low * n + high
        if not (key[1:] > key[:-1]).all():
            key.sort()  # np.unique would hash, which takes ten times as long
            key = key[np.append(True, key[1:] != key[:-1])]
        return cls(n, np.stack([key // max(n, 1), key % max(n, 1)], axis=1))

    @classmethod
    def from_networkx(cls, graph: nx.Graph[Any]) -> Graph:
        """Number the vertices of a networkx graph in its own order; directions and doubles are dropped."""
        number = {vertex: index for index, vertex in enumerate(graph)}
        return cls.of(len(number), [(number[u], number[v]) for u, v in graph.edges()])

    @staticmethod
    def as_record(value: Any) -> Any:
        """Return a networkx graph on 0..n-1 as its n and its edges, as they come; anything else as it is."""
        if hasattr(value, "number_of_nodes") and hasattr(value, "nodes") and hasattr(value, "edges"):
            return {"n": value.number_of_nodes(), "edges": [edge[:2] for edge in value.edges()]}
        return value

    def to_networkx(self) -> nx.Graph[int]:
        """Return the same graph for networkx, vertices in order."""
        import networkx as nx

        graph: nx.Graph[int] = nx.Graph()
        graph.add_nodes_from(range(self.n))
        graph.add_edges_from(self.edges.tolist())
        return graph

    @cached_property
    def _rows(self) -> tuple[np.ndarray, np.ndarray]:
        rows: tuple[np.ndarray, np.ndarray] = compressed(self.n, np.ascontiguousarray(self.edges))
        return rows

    @property
    def offsets(self) -> Int[np.ndarray, "n+1"]:
        """Compressed rows: the neighbours of v stand at offsets[v]:offsets[v+1] of `adjacency`."""
        return self._rows[0]

    @property
    def adjacency(self) -> Int[np.ndarray, "2*m"]:
        """All rows of neighbours, one after the other, each sorted."""
        return self._rows[1]

    @cached_property
    def degrees(self) -> Int[np.ndarray, "n"]:
        """The number of neighbours of each vertex."""
        return np.bincount(self.edges.ravel(), minlength=self.n)

    def neighbors(self, v: int) -> Int[np.ndarray, "degree"]:
        """Return the neighbours of v in increasing order."""
        return self.adjacency[self.offsets[v] : self.offsets[v + 1]]

    def degree(self, v: int) -> int:
        """Return the number of neighbours of v."""
        return int(self.degrees[v])

    @property
    def max_degree(self) -> int:
        """Delta, the largest degree; 0 for a graph without edges."""
        return int(self.degrees.max(initial=0))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Graph) and self.n == other.n and np.array_equal(self.edges, other.edges)

    __hash__ = None  # type: ignore[assignment] # its arrays can be written to

    def __repr__(self) -> str:
        return f"Graph.of({self.n}, {self.edges.tolist()})"


@njit(cache=True)
def compressed(n, edges):  # type: ignore[no-untyped-def]
    """Return offsets and adjacency; as edges are sorted, so is each row, the smaller neighbours first."""
    offsets = np.zeros(n + 1, np.int64)
    for u, v in edges:
        offsets[u + 1] += 1
        offsets[v + 1] += 1
    offsets = np.cumsum(offsets)
    place = offsets[:-1].copy()
    adjacency = np.empty(2 * len(edges), np.int32)
    for u, v in edges:
        adjacency[place[v]] = u
        place[v] += 1
    for u, v in edges:
        adjacency[place[u]] = v
        place[u] += 1
    return offsets, adjacency


def numbered(names: Iterable[Hashable]) -> dict[Hashable, int]:
    """Number names 0..n-1: integers by size, others in order of appearance."""
    distinct: list[Any] = list(dict.fromkeys(names))
    if all(isinstance(name, int) for name in distinct):
        distinct.sort()
    return {name: index for index, name in enumerate(distinct)}
