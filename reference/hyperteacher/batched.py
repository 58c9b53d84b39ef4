"""Training of students in torch, many side by side: every array and input has a leading axis of seeds.

It shares no arithmetic with the other form: the gradient is torch's own. As a module it is a subject too,
`whp check hyperteacher --subject whp.reference.hyperteacher.batched`, of one student at a time.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import torch

from whp.reference.training import adam_side_by_side

if TYPE_CHECKING:
    from whp.reference.hyperteacher.student import Student

Tensors: TypeAlias = Mapping[str, torch.Tensor]


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
    """Make one update by Adam for each batch, for each seed by itself; return losses [U, S], and parameters.

    Inputs are [U, S, T, B, n], targets [U, S, T, B, o]; all is done where they are and in their precision.
    """

    def slope(now: Tensors, batch: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
        lost = loss_of(now, *batch)
        lost.sum().backward()
        return lost

    return adam_side_by_side(slope, parameters, zip(inputs, targets, strict=True), rate, clip)


# As a subject: one student at a time


def student_gradient(student: Student, inputs: np.ndarray, targets: np.ndarray) -> dict[str, Any]:
    """Do as `hyperteacher.student_gradient` does."""
    own = {name: value.requires_grad_() for name, value in one(student, torch.float64).items()}
    lost = loss_of(own, torch.from_numpy(inputs)[None], torch.from_numpy(targets)[None])
    found = torch.autograd.grad(lost, list(own.values()))
    slopes = {name: slope[0].numpy() for name, slope in zip(own, found, strict=True)}
    return {"loss": float(lost.detach()), "student": slopes}


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
    kind = {"float32": torch.float32, "float64": torch.float64}[dtype]
    losses, last = train_many(
        {name: value.to(device) for name, value in one(student, kind).items()},
        torch.from_numpy(inputs)[:, None].to(device, kind),
        torch.from_numpy(targets)[:, None].to(device, kind),
        rate,
        clip,
    )
    after = {name: value.detach().cpu().numpy()[0] for name, value in last.items()}
    return {"losses": losses[:, 0].cpu().numpy().astype(np.float64), "student": after}


def one(student: Student, kind: torch.dtype) -> dict[str, torch.Tensor]:
    """Return the arrays of a student as those of a single seed."""
    return {name: torch.from_numpy(value)[None].to(kind) for name, value in vars(student).items()}
