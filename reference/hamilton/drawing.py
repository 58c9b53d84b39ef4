"""A graph drawn on a circle, as SVG."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from html import escape

import numpy as np

from whp.reference.graph import Graph

MOST_EDGES = 20_000
RADIUS = 460


def circle(graph: Graph, cycle: np.ndarray | None, names: Sequence[Hashable]) -> str:
    """Return a drawing: with a cycle, vertices in its order and its edges in bold; else in their own order.

    Raises ValueError for a graph of which a drawing shows nothing.
    """
    if len(graph.edges) > MOST_EDGES or graph.n > MOST_EDGES:
        raise ValueError(
            f"a drawing of {graph.n} vertices and {len(graph.edges)} edges shows nothing; "
            f"at most {MOST_EDGES} of either are drawn"
        )
    order = list(range(graph.n)) if cycle is None else cycle.tolist()
    turn = 2 * math.pi / max(graph.n, 1)
    at = {
        v: f"{RADIUS * math.sin(turn * i):.1f},{-RADIUS * math.cos(turn * i):.1f}"
        for i, v in enumerate(order)
    }
    dot = max(1.0, min(8.0, RADIUS * turn / 3))
    dots = [(*at[v].split(","), escape(str(names[v]))) for v in order]
    return "\n".join(
        [
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="-500 -500 1000 1000">',
            '<rect x="-500" y="-500" width="1000" height="1000" fill="white"/>',
            '<g stroke="#999999" stroke-width="0.7">',
            *(f'<path d="M{at[u]}L{at[v]}"/>' for u, v in graph.edges.tolist()),
            "</g>",
            *(
                []
                if cycle is None
                else [
                    '<path fill="none" stroke="#b2182b" stroke-width="4" d="M'
                    f'{"L".join(at[v] for v in order)}Z"/>'
                ]
            ),
            '<g fill="#222222">',
            *(
                f'<circle cx="{x}" cy="{y}" r="{dot:.1f}"><title>{name}</title></circle>'
                for x, y, name in dots
            ),
            "</g>",
            "</svg>\n",
        ]
    )
