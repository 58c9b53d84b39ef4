"""A heat map of importances, as SVG."""

from __future__ import annotations

from html import escape

import numpy as np
from jaxtyping import Float

MOST_CELLS = 20_000
SIDE, LEFT, TOP = 22, 90, 80


def heat_map(
    importances: Float[np.ndarray, "L F"], rows: list[str], columns: list[str], slots: int, objects: int
) -> str:
    """Return a drawing: latents down, factors across, the darker the more important; lines between slots.

    Raises ValueError for a matrix of which a drawing shows nothing.
    """
    if importances.size > MOST_CELLS:
        raise ValueError(
            f"a drawing of {importances.size} importances shows nothing; at most {MOST_CELLS} are drawn"
        )
    height, width = (SIDE * size for size in importances.shape)
    largest = importances.max(initial=0.0) or 1.0
    cells = [
        f'<rect x="{SIDE * j}" y="{SIDE * i}" width="{SIDE}" height="{SIDE}" '
        f'fill-opacity="{value / largest:.3f}">'
        f"<title>{escape(rows[i])}, {escape(columns[j])}: {value:.4g}</title></rect>"
        for (i, j), value in np.ndenumerate(importances)
    ]
    names = [
        *(
            f'<text x="-6" y="{SIDE * i + SIDE / 2 + 4}" text-anchor="end">{escape(name)}</text>'
            for i, name in enumerate(rows)
        ),
        *(
            f'<text transform="translate({SIDE * j + SIDE / 2 + 4},-6) rotate(-60)">{escape(name)}</text>'
            for j, name in enumerate(columns)
        ),
    ]
    lines = [f"M0,{height * s // slots}h{width}" for s in range(slots + 1)]
    lines += [f"M{width * o // objects},0v{height}" for o in range(objects + 1)]
    box = f"{-LEFT} {-TOP} {width + LEFT + 40} {height + TOP + 10}"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}">',
            f'<rect x="{-LEFT}" y="{-TOP}" width="100%" height="100%" fill="white"/>',
            '<g fill="#2166ac">',
            *cells,
            "</g>",
            '<g font-family="sans-serif" font-size="11" fill="#222222">',
            *names,
            "</g>",
            f'<path stroke="#222222" stroke-width="1" fill="none" d="{"".join(lines)}"/>',
            "</svg>\n",
        ]
    )
