"""Training of any model by Adam, in the precision of its parameters: of one in NumPy, of many in torch.

A model is a function from parameters and a batch to a loss and its gradient; parameters are arrays by name.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

Parameters: TypeAlias = dict[str, Any]  # arrays by name
FIRST, SECOND, SMALL = 0.9, 0.999, 1e-8  # Adam's decay rates, and what is added to the root


def adam(
    gradient: Callable[[Parameters, Any], tuple[float, Parameters]],
    parameters: Mapping[str, Any],
    batches: Iterable[Any],
    rate: float,
    clip: float | None = None,
) -> tuple[list[float], Parameters]:
    """Make one update a batch; return the loss before each, and the parameters after the last.

    The gradient g of all parameters becomes g min(1, clip / norm g). Each parameter then moves by
    -rate m / (sqrt(v) + 1e-8), where m and v are running means of g and g^2, corrected for their start at 0
    (Kingma, Ba, arXiv:1412.6980).
    """
    now = {name: np.array(value) for name, value in parameters.items()}
    first = {name: np.zeros_like(value) for name, value in now.items()}
    second = {name: np.zeros_like(value) for name, value in now.items()}
    losses = []
    for update, batch in enumerate(batches, start=1):
        loss, slope = gradient(now, batch)
        losses.append(loss)
        scale = 1.0 if clip is None else shrinks_by(norm(slope), clip)
        for name, value in now.items():
            g = slope[name] * scale
            first[name] = FIRST * first[name] + (1 - FIRST) * g
            second[name] = SECOND * second[name] + (1 - SECOND) * g * g
            m = first[name] / (1 - FIRST**update)
            v = second[name] / (1 - SECOND**update)
            now[name] = value - rate * m / (np.sqrt(v) + SMALL)
    return losses, now


def descend(
    slopes: Callable[..., tuple[float, Parameters]],
    model: Any,
    batches: Sequence[np.ndarray],
    rate: float,
    clip: float | None,
    dtype: str,
) -> tuple[np.ndarray, Parameters]:
    """Make one update of a record of arrays for each batch, in `dtype`; return losses, and the arrays.

    `slopes` has the loss and its gradient from the arrays, by name, and a batch, of which each part has a
    leading axis of updates.
    """
    first = {name: value.astype(dtype) for name, value in vars(model).items()}
    parts = zip(*(part.astype(dtype) for part in batches), strict=True)
    losses, last = adam(lambda now, batch: slopes(now, *batch), first, parts, rate, clip)
    return np.array(losses), last


def adam_side_by_side(
    gradient: Callable[[Parameters, Any], Any],
    parameters: Mapping[str, Any],
    batches: Iterable[Any],
    rate: float,
    clip: float | None = None,
) -> tuple[Any, Parameters]:
    """Make the same updates in torch of many networks, each by itself: all has a leading axis of seeds.

    `gradient` returns the losses [S], and adds to the `grad` of the parameters. Returned are losses [U, S]
    and the parameters, where they were and in their precision. The norm that is clipped is that of one seed.
    """
    import torch

    now = {name: value.detach().clone().requires_grad_() for name, value in parameters.items()}
    first = {name: torch.zeros_like(value) for name, value in now.items()}
    second = {name: torch.zeros_like(value) for name, value in now.items()}
    losses = []
    for update, batch in enumerate(batches, start=1):
        for value in now.values():
            value.grad = None
        losses.append(gradient(now, batch).detach())
        with torch.no_grad():
            slopes = {n: torch.zeros_like(v) if v.grad is None else v.grad for n, v in now.items()}
            if clip is not None:
                squares = [g.flatten(1).square().sum(dim=1) for g in slopes.values()]
                size = torch.stack(squares).sum(dim=0).sqrt()
                scale = (clip / size).clamp(max=1.0)  # without a gradient clip / 0 = inf, and stays 1
                slopes = {n: g * scale.view(-1, *(1,) * (g.dim() - 1)) for n, g in slopes.items()}
            for name, value in now.items():
                g = slopes[name]
                first[name].mul_(FIRST).add_(g, alpha=1 - FIRST)
                second[name].mul_(SECOND).addcmul_(g, g, value=1 - SECOND)
                root = (second[name] / (1 - SECOND**update)).sqrt_().add_(SMALL)
                value.addcdiv_(first[name], root, value=-rate / (1 - FIRST**update))
    made = next(iter(now.values()))
    return torch.stack(losses) if losses else made.new_zeros(0, len(made)), now


def norm(values: Mapping[str, Any]) -> float:
    """Return the Euclidean norm of all arrays together."""
    return math.sqrt(sum(float(np.vdot(value, value)) for value in values.values()))


def shrinks_by(size: float, clip: float) -> float:
    """Return the factor that brings a gradient of this norm down to at most `clip`."""
    return min(1.0, clip / size) if size > 0 else 1.0
