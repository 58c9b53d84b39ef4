"""The loss on the line between two networks, as SVG."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from whp.reference.alignment.lines import Line

LEFT, RIGHT, TOP, BOTTOM = 80, 740, 50, 430
COLORS = ("#999999", "#b2182b")


def profile(lines: Mapping[str, Line]) -> str:
    """Return a drawing of losses by the weight of the first network, a curve with its chord for each line."""
    highest = max(float(line.losses.max()) for line in lines.values()) or 1.0
    step = _step(highest)
    ceiling = step * np.ceil(highest / step)

    def at(weight: float, loss: float) -> str:
        return f"{LEFT + (RIGHT - LEFT) * weight:.1f},{BOTTOM - (BOTTOM - TOP) * loss / ceiling:.1f}"

    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 500" font-family="sans-serif">',
        '<rect width="800" height="500" fill="white"/>',
    ]
    for loss in np.arange(0, ceiling + step / 2, step):
        x, y = at(0, loss).split(",")
        parts.append(f'<path stroke="#dddddd" d="M{at(0, loss)}L{at(1, loss)}"/>')
        parts.append(f'<text x="{float(x) - 8}" y="{float(y) + 5:.1f}" text-anchor="end">{loss:.3g}</text>')
    for weight in (0, 0.25, 0.5, 0.75, 1):
        x, _ = at(weight, 0).split(",")
        parts.append(f'<text x="{x}" y="{BOTTOM + 22}" text-anchor="middle">{weight:g}</text>')
    parts.append(f'<text x="410" y="{BOTTOM + 50}" text-anchor="middle">weight of the first network</text>')
    parts.append('<text x="80" y="30">loss</text>')
    for row, (color, (name, line)) in enumerate(zip(COLORS, lines.items(), strict=False)):
        points = [at(weight, loss) for weight, loss in zip(line.weights, line.losses, strict=True)]
        parts += [
            f'<path fill="none" stroke="{color}" stroke-dasharray="4" d="M{points[0]}L{points[-1]}"/>',
            f'<path fill="none" stroke="{color}" stroke-width="3" d="M{"L".join(points)}"/>',
            f'<text x="{RIGHT}" y="{20 + 20 * row}" text-anchor="end" fill="{color}">'
            f"{name}: barrier {line.barrier:.3g}</text>",
        ]
    return "\n".join([*parts, "</svg>\n"])


def _step(highest: float) -> float:
    """Return 1, 2 or 5 times a power of ten, four to ten of which reach the highest loss."""
    power = 10.0 ** np.floor(np.log10(highest))
    return float(next(power * f for f in (0.1, 0.2, 0.5, 1) if highest / (power * f) <= 10))
