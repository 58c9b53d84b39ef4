"""Training of gated networks in torch, many side by side: every array and input has a leading axis of seeds.

It shares no arithmetic with the other form: the gradient is torch's own. As a module it is a subject too,
`whp check attention --subject whp.reference.attention.batched`, of one network at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from whp.reference import side_by_side
from whp.reference.side_by_side import Tensors

if TYPE_CHECKING:
    from whp.reference.attention.network import Network


def loss_of(parameters: Tensors, inputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Return the mean squared error of each seed; inputs are [S, B, T, d], targets [S, B, T, v]."""
    ones = torch.ones_like(inputs[..., :1])
    augmented = torch.cat([inputs, ones], dim=3)
    entering = _each(augmented, parameters["input_a"]) * _each(augmented, parameters["input_b"])
    decay = parameters["decay"][:, None]
    states = [entering[:, :, 0]]
    for now in entering.unbind(dim=2)[1:]:
        states.append(torch.addcmul(now, decay, states[-1]))
    held = torch.stack(states, dim=2)
    products = _each(held, parameters["gate_a"]) * _each(held, parameters["gate_b"])
    return (_each(products, parameters["readout"]) - targets).square().mean(dim=(1, 2, 3))


def _each(x: torch.Tensor, matrix: torch.Tensor) -> torch.Tensor:
    """Return the product of each seed's matrix with each of its tokens."""
    return torch.bmm(x.flatten(1, 2), matrix.transpose(1, 2)).unflatten(1, x.shape[1:3])


def train_many(
    parameters: Tensors, inputs: torch.Tensor, targets: torch.Tensor, rate: float, clip: float | None
) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    """Make one update for each batch; inputs are [U, S, B, T, d], targets [U, S, B, T, v]."""
    return side_by_side.train_many(loss_of, parameters, (inputs, targets), rate, clip)


# As a subject: one network at a time


def network_gradient(network: Network, inputs: np.ndarray, targets: np.ndarray) -> dict[str, Any]:
    """Do as `attention.network_gradient` does."""
    loss, found = side_by_side.gradient(loss_of, network, inputs, targets)
    return {"loss": loss, "network": found}


def network_train(
    network: Network,
    inputs: np.ndarray,
    targets: np.ndarray,
    rate: float,
    clip: float | None,
    dtype: str,
    device: str,
) -> dict[str, Any]:
    """Do as `attention.network_train` does, on any device of torch's."""
    losses, last = side_by_side.train(loss_of, network, (inputs, targets), rate, clip, dtype, device)
    return {"losses": losses, "network": last}
