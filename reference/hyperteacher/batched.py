"""Training of students in torch, many side by side: every array and input has a leading axis of seeds.

It shares no arithmetic with the other form: the gradient is torch's own. As a module it is a subject too,
`whp check hyperteacher --subject whp.reference.hyperteacher.batched`, of one student at a time.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from whp.reference import side_by_side
from whp.reference.side_by_side import Tensors

if TYPE_CHECKING:
    from whp.reference.hyperteacher.student import Student


def loss_of(parameters: Tensors, inputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Return the mean squared error of each seed; inputs are [S, T, B, n], targets [S, T, B, o]."""
    modules, codes = parameters["modules"], parameters["codes"]
    weights = torch.bmm(codes, modules.flatten(2)).unflatten(2, modules.shape[2:])
    active = torch.relu(inputs @ weights / math.sqrt(inputs.shape[3]))
    told = torch.bmm(active.flatten(1, 2), parameters["readout"]).unflatten(1, active.shape[1:3])
    return (told - targets).square().mean(dim=(1, 2, 3))


def train_many(
    parameters: Tensors, inputs: torch.Tensor, targets: torch.Tensor, rate: float, clip: float | None
) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    """Make one update for each batch; inputs are [U, S, T, B, n], targets [U, S, T, B, o]."""
    return side_by_side.train_many(loss_of, parameters, (inputs, targets), rate, clip)


# As a subject: one student at a time


def student_gradient(student: Student, inputs: np.ndarray, targets: np.ndarray) -> dict[str, Any]:
    """Do as `hyperteacher.student_gradient` does."""
    loss, found = side_by_side.gradient(loss_of, student, inputs, targets)
    return {"loss": loss, "student": found}


def student_train(
    student: Student,
    inputs: np.ndarray,
    targets: np.ndarray,
    rate: float,
    clip: float | None,
    dtype: str,
    device: str,
) -> dict[str, Any]:
    """Do as `hyperteacher.student_train` does, on any device of torch's."""
    losses, last = side_by_side.train(loss_of, student, (inputs, targets), rate, clip, dtype, device)
    return {"losses": losses, "student": last}
