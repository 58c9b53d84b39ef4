"""Training of gated networks in torch, many side by side: every array and input has a leading axis of seeds.

It shares no arithmetic with the other form: the gradient is torch's own. As a module it is a subject too,
`whp check attention --subject whp.reference.attention.batched`, of one network at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import torch

from whp.reference.training import adam_side_by_side

if TYPE_CHECKING:
    from whp.reference.attention.network import Network

Tensors: TypeAlias = Mapping[str, torch.Tensor]


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
    """Make one update by Adam for each batch, for each seed by itself; return losses [U, S], and parameters.

    Inputs are [U, S, B, T, d], targets [U, S, B, T, v]; all is done where they are and in their precision.
    """

    def slope(now: Tensors, batch: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
        lost = loss_of(now, *batch)
        lost.sum().backward()
        return lost

    return adam_side_by_side(slope, parameters, zip(inputs, targets, strict=True), rate, clip)


# As a subject: one network at a time


def network_gradient(network: Network, inputs: np.ndarray, targets: np.ndarray) -> dict[str, Any]:
    """Do as `attention.network_gradient` does."""
    own = {name: value.requires_grad_() for name, value in one(network, torch.float64).items()}
    lost = loss_of(own, torch.from_numpy(inputs)[None], torch.from_numpy(targets)[None])
    found = torch.autograd.grad(lost, list(own.values()), materialize_grads=True)
    slopes = {name: slope[0].numpy() for name, slope in zip(own, found, strict=True)}
    return {"loss": float(lost.detach()), "network": slopes}


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
    kind = {"float32": torch.float32, "float64": torch.float64}[dtype]
    losses, last = train_many(
        {name: value.to(device) for name, value in one(network, kind).items()},
        torch.from_numpy(inputs)[:, None].to(device, kind),
        torch.from_numpy(targets)[:, None].to(device, kind),
        rate,
        clip,
    )
    after = {name: value.detach().cpu().numpy()[0] for name, value in last.items()}
    return {"losses": losses[:, 0].cpu().numpy().astype(np.float64), "network": after}


def one(network: Network, kind: torch.dtype) -> dict[str, torch.Tensor]:
    """Return the arrays of a network as those of a single seed."""
    return {name: torch.from_numpy(value)[None].to(kind) for name, value in vars(network).items()}
