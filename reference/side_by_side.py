"""Training of models in torch, many side by side: every array and input has a leading axis of seeds.

A model is a record of arrays, and its loss a function of them, by name, and of a batch, that gives one number
a seed. Gradients are torch's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import torch

from whp.reference.training import adam_side_by_side

Tensors: TypeAlias = Mapping[str, torch.Tensor]
Loss: TypeAlias = Callable[..., torch.Tensor]


def train_many(
    loss_of: Loss, parameters: Tensors, batches: Sequence[torch.Tensor], rate: float, clip: float | None
) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    """Make one update by Adam for each batch, for each seed by itself; return losses [U, S], and parameters.

    What a batch consists of has a leading axis of updates; all is done where it is and in its precision.
    """

    def slope(now: Tensors, batch: Sequence[torch.Tensor]) -> torch.Tensor:
        lost = loss_of(now, *batch)
        lost.sum().backward()
        return lost

    return adam_side_by_side(slope, parameters, zip(*batches, strict=True), rate, clip)


# One model at a time, from NumPy and back


def gradient(loss_of: Loss, model: Any, *batch: np.ndarray) -> tuple[float, dict[str, np.ndarray]]:
    """Return the loss of a model on a batch, and its gradient at each array, in float64."""
    own = {name: value.requires_grad_() for name, value in one(model, torch.float64).items()}
    lost = loss_of(own, *(torch.from_numpy(part)[None] for part in batch))
    found = torch.autograd.grad(lost, list(own.values()), materialize_grads=True)
    return float(lost.detach()), {name: slope[0].numpy() for name, slope in zip(own, found, strict=True)}


def train(
    loss_of: Loss,
    model: Any,
    batches: Sequence[np.ndarray],
    rate: float,
    clip: float | None,
    dtype: str,
    device: str,
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Make one update for each batch, on any device of torch's; return the losses, and the arrays."""
    kind = {"float32": torch.float32, "float64": torch.float64}[dtype]
    first = {name: value.to(device) for name, value in one(model, kind).items()}
    parts = [torch.from_numpy(part)[:, None].to(device, kind) for part in batches]
    losses, last = train_many(loss_of, first, parts, rate, clip)
    after = {name: value.detach().cpu().numpy()[0] for name, value in last.items()}
    return losses[:, 0].cpu().numpy().astype(np.float64), after


def one(model: Any, kind: torch.dtype) -> dict[str, torch.Tensor]:
    """Return the arrays of a model as those of a single seed."""
    return {name: torch.from_numpy(value)[None].to(kind) for name, value in vars(model).items()}
