"""Training of attention that recalls in torch, on given batches: every array has a leading axis of learners.

It shares no arithmetic with the other form: the gradient is torch's own. As a module it is a subject too,
`whp check randomization --subject whp.reference.randomization.batched`, of one learner at a time.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from whp.reference import side_by_side
from whp.reference.randomization.training import recalled, relaxed
from whp.reference.side_by_side import Tensors

if TYPE_CHECKING:
    from whp.reference.randomization import Learner


def loss_of(parameters: Tensors, seeds: torch.Tensor, values: torch.Tensor, q: float) -> torch.Tensor:
    """Return the relaxed loss of each learner; seeds are [S, m, s], values [S, B, N]."""
    margins = recalled(torch, dict(parameters), seeds, values[:, None])
    lost: torch.Tensor = relaxed(torch.nn.functional.softplus(-margins, threshold=40), q)  # 20 cuts at 2e-9
    return lost


def train_many(
    parameters: Tensors, seeds: torch.Tensor, values: torch.Tensor, q: float, rate: float, clip: float | None
) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    """Make one update for each batch; seeds are [U, S, m, s], values [U, S, B, N]."""
    return side_by_side.train_many(partial(loss_of, q=q), parameters, (seeds, values), rate, clip)


# As a subject: one learner at a time


def learner_gradient(learner: Learner, seeds: np.ndarray, values: np.ndarray, q: float) -> dict[str, Any]:
    """Do as `randomization.learner_gradient` does."""
    loss, found = side_by_side.gradient(partial(loss_of, q=q), learner, seeds, values)
    return {"loss": loss, "learner": found}


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
    losses, last = side_by_side.train(
        partial(loss_of, q=q), learner, (seeds, values), rate, clip, dtype, device
    )
    return {"losses": losses, "learner": last}
