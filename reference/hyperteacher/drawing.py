"""The loss on seen and unseen combinations, as SVG."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

LEFT, RIGHT, TOP, BOTTOM = 80, 740, 50, 430
COLORS = ("#2166ac", "#b2182b")
LEAST = 1e-24  # what lies below is drawn there


def curves(steps: Sequence[int], losses: Mapping[str, Sequence[float]]) -> str:
    """Return a drawing of losses, on a logarithmic scale, by steps of training; a curve for each name."""
    logs = {name: [math.log10(max(loss, LEAST)) for loss in row] for name, row in losses.items()}
    low = math.floor(min(min(row) for row in logs.values()))
    high = math.ceil(max(max(row) for row in logs.values()))
    high = max(high, low + 1)
    last = max(steps[-1], 1)

    def at(step: float, log: float) -> str:
        x, y = LEFT + (RIGHT - LEFT) * step / last, BOTTOM - (BOTTOM - TOP) * (log - low) / (high - low)
        return f"{x:.1f},{y:.1f}"

    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 500" font-family="sans-serif">',
        '<rect width="800" height="500" fill="white"/>',
    ]
    for power in range(low, high + 1, math.ceil((high - low) / 10)):
        x, y = at(0, power).split(",")
        parts.append(f'<path stroke="#dddddd" d="M{at(0, power)}L{at(last, power)}"/>')
        parts.append(f'<text x="{float(x) - 8}" y="{float(y) + 5:.1f}" text-anchor="end">1e{power}</text>')
    for quarter in range(5):
        x, _ = at(last * quarter / 4, low).split(",")
        parts.append(f'<text x="{x}" y="{BOTTOM + 22}" text-anchor="middle">{last * quarter / 4:g}</text>')
    parts.append(f'<text x="410" y="{BOTTOM + 50}" text-anchor="middle">steps of training</text>')
    parts.append('<text x="80" y="30">relative loss</text>')
    for row, (color, (name, values)) in enumerate(zip(COLORS, logs.items(), strict=True)):
        points = "L".join(at(step, log) for step, log in zip(steps, values, strict=True))
        parts += [
            f'<path fill="none" stroke="{color}" stroke-width="3" d="M{points}"/>',
            f'<text x="{RIGHT}" y="{20 + 20 * row}" text-anchor="end" fill="{color}">'
            f"{name}: {losses[name][-1]:.3g}</text>",
        ]
    return "\n".join([*parts, "</svg>\n"])
