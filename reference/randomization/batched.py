"""Training of attention that recalls in torch, on given batches: every array has a leading axis of learners.

It shares no arithmetic with the other form: the gradient is torch's own. As a module it is a subject too,
`whp check randomization --subject whp.reference.randomization.batched`, of one learner at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import torch

from whp.reference.randomization.training import recalled, relaxed
from whp.reference.training import adam_side_by_side

if TYPE_CHECKING:
    from whp.reference.randomization import Learner

Tensors: TypeAlias = Mapping[str, torch.Tensor]


def loss_of(parameters: Tensors, seeds: torch.Tensor, values: torch.Tensor, q: float) -> torch.Tensor:
    """Return the relaxed loss of each learner; seeds are [S, m, s], values [S, B, N]."""
    margins = recalled(torch, dict(parameters), seeds, values[:, None])
    lost: torch.Tensor = relaxed(torch.nn.functional.softplus(-margins, threshold=40), q)  # 20 cuts at 2e-9
    return lost


def train_many(
    parameters: Tensors, seeds: torch.Tensor, values: torch.Tensor, q: float, rate: float, clip: float | None
) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    """Make one update by Adam for each batch, for each learner by itself; return losses [U, S], and learners.

    Seeds are [U, S, m, s], values [U, S, B, N]; all is done where they are and in their precision.
    """

    def slope(now: Tensors, batch: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
        lost = loss_of(now, *batch, q)
        lost.sum().backward()
        return lost

    return adam_side_by_side(slope, parameters, zip(seeds, values, strict=True), rate, clip)


# As a subject: one learner at a time


def learner_gradient(learner: Learner, seeds: np.ndarray, values: np.ndarray, q: float) -> dict[str, Any]:
    """Do as `randomization.learner_gradient` does."""
    own = {name: value.requires_grad_() for name, value in one(learner, torch.float64).items()}
    lost = loss_of(own, torch.from_numpy(seeds)[None], torch.from_numpy(values)[None], q)
    found = torch.autograd.grad(lost, list(own.values()), materialize_grads=True)
    return {
        "loss": float(lost.detach()),
        "learner": {name: slope[0].numpy() for name, slope in zip(own, found, strict=True)},
    }


def learner_train(
    learner: Learner,
    seeds: np.ndarray,
    values: np.ndarray,
    q: float,
    rate: float,
    clip: float | None,
    dtype: str,
    device: str,
) -> dict[str, Any]:
    """Do as `randomization.learner_train` does, on any device of torch's."""
    kind = {"float32": torch.float32, "float64": torch.float64}[dtype]
    losses, last = train_many(
        {name: value.to(device) for name, value in one(learner, kind).items()},
        torch.from_numpy(seeds)[:, None].to(device, kind),
        torch.from_numpy(values)[:, None].to(device, kind),
        q,
        rate,
        clip,
    )
    after = {name: value.detach().cpu().numpy()[0] for name, value in last.items()}
    return {"losses": losses[:, 0].cpu().numpy().astype(np.float64), "learner": after}


def one(learner: Learner, kind: torch.dtype) -> dict[str, torch.Tensor]:
    """Return the arrays of a learner as those of a single seed."""
    return {name: torch.from_numpy(value)[None].to(kind) for name, value in vars(learner).items()}
