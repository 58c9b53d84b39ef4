"""The same model in torch, many networks side by side: every parameter and input has a leading axis of seeds.

It shares no arithmetic with the other form: the gradient is torch's own. As a module it is a subject too,
`whp check hierarchy --subject whp.reference.hierarchy.batched`, of one network at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import torch

from whp.reference.hierarchy.network import depth, ended
from whp.reference.training import adam_side_by_side

Tensors: TypeAlias = Mapping[str, torch.Tensor]


def affine(x: torch.Tensor, parameters: Tensors, name: str) -> torch.Tensor:
    """Return W x + b for each seed; x is [S, B, n]."""
    weight, bias = parameters[f"{name}.weight"], parameters[f"{name}.bias"]
    return torch.baddbmm(bias[:, None], x, weight.transpose(1, 2))


def tick(parameters: Tensors, level: int, u: torch.Tensor, s: torch.Tensor) -> torch.Tensor:
    """Let a level tick."""
    cell: dict[str, Any] = {
        part: parameters.get(f"cell.{level}.{part}") for part in ("input", "hidden", "bias", "bias_hidden")
    }
    of_input = torch.baddbmm(cell["bias"][:, None], u, cell["input"].transpose(1, 2))
    if cell["bias_hidden"] is None:
        return torch.tanh(torch.baddbmm(of_input, s, cell["hidden"].transpose(1, 2)))
    of_state = torch.baddbmm(cell["bias_hidden"][:, None], s, cell["hidden"].transpose(1, 2))
    r, z, n = of_input.chunk(3, dim=2)
    of_r, of_z, of_n = of_state.chunk(3, dim=2)
    z = torch.sigmoid(z + of_z)
    n = torch.tanh(n + torch.sigmoid(r + of_r) * of_n)
    return n + z * (s - n)


class Run:
    """One run of all networks, which is handed the inputs of a step at a time."""

    def __init__(self, parameters: Tensors, period: int, seeds: int, batch: int, *, cut: bool) -> None:
        self.parameters, self.period, self.cut = parameters, period, cut
        self.levels = depth(parameters)
        out = parameters["out.weight"]
        start = out.new_zeros(seeds, batch, out.shape[2])
        self.states = dict.fromkeys(range(1, self.levels + 1), start)
        self.heard: dict[int, list[torch.Tensor]] = {level: [] for level in self.states}

    def step(
        self,
        x: torch.Tensor,
        read: Callable[[torch.Tensor], None],
        ended: Callable[[int, torch.Tensor, list[torch.Tensor]], None],
        reset: Callable[[int, torch.Tensor], torch.Tensor] = lambda _, state: state,
    ) -> None:
        """Take the next input: `read` gets the state of level 1, `ended` each block, `reset` what starts a
        new one.
        """
        level, message = 1, x
        while True:
            self.states[level] = tick(self.parameters, level, message, self.states[level])
            if level == 1:
                read(self.states[1])
            self.heard[level].append(message)
            if level == self.levels or len(self.heard[level]) < self.period:
                break
            ended(level, self.states[level], self.heard[level])
            message = self.states[level].detach() if self.cut else self.states[level]
            self.heard[level] = []
            level += 1
        for below in range(level - 1, 0, -1):
            self.states[below] = reset(
                below, affine(self.states[below + 1], self.parameters, f"down.{below}")
            )


class Losses:
    """The losses of a run, one a seed, each counted with its share of the means over the whole run."""

    def __init__(
        self, parameters: Tensors, targets: torch.Tensor, period: int, weights: Sequence[float], decoder: str
    ) -> None:
        self.parameters, self.weights, self.decoder = parameters, weights, decoder
        _, steps, batch = targets.shape
        self.wanted = [bool(there) for there in (targets >= 0).any(dim=2).any(dim=0).tolist()]
        classes = torch.arange(parameters["out.bias"].shape[1], device=targets.device)
        self.targets = (targets[..., None] == classes).to(parameters["out.bias"].dtype)  # zeros where none is
        self.share = 1 / (targets >= 0).sum(dim=(1, 2)).clamp(min=1).to(parameters["out.bias"].dtype)
        self.blocks = [batch * blocks for blocks in ended(steps, period, depth(parameters))]

    def of_outputs(self, step: int, state: torch.Tensor) -> torch.Tensor | float:
        """Return the loss of a step's outputs, given the state of level 1."""
        if not self.wanted[step]:
            return 0.0
        logits = affine(state, self.parameters, "out")
        lost = -(self.targets[:, step] * torch.log_softmax(logits, dim=2)).sum(dim=(1, 2))
        return lost * self.share

    def of_block(self, level: int, state: torch.Tensor, heard: list[torch.Tensor]) -> torch.Tensor | float:
        """Return the loss of decoding a block."""
        weight = self.weights[level - 1]
        if not weight:
            return 0.0
        decoded = affine(state, self.parameters, f"decode.{level}")
        inputs = torch.stack(heard, dim=2).detach()  # [S, B, k, d_l]
        if level == 1 and self.decoder == "softmax":
            lost = -(inputs * torch.log_softmax(decoded.unflatten(2, inputs.shape[2:]), dim=3)).sum(dim=3)
            lost = lost.mean(dim=2)
        else:
            lost = ((decoded - inputs.flatten(2)) ** 2).mean(dim=2)
        return lost.sum(dim=1) * (weight / self.blocks[level - 1])


def loss_of(
    parameters: Tensors,
    inputs: torch.Tensor,
    targets: torch.Tensor,
    period: int,
    cut: bool,
    weights: Sequence[float],
    decoder: str,
) -> torch.Tensor:
    """Return the loss of each seed; inputs are [S, T, B, d], targets [S, T, B]."""
    seeds, steps, batch, _ = inputs.shape
    run = Run(parameters, period, seeds, batch, cut=cut)
    losses = Losses(parameters, targets, period, weights, decoder)
    total: list[Any] = [inputs.new_zeros(seeds)]
    for step in range(steps):
        run.step(
            inputs[:, step],
            lambda state: total.append(losses.of_outputs(step, state)),  # noqa: B023 # called at once
            lambda level, state, heard: total.append(losses.of_block(level, state, heard)),
        )
    return sum(total[1:], total[0])


def streamed(
    parameters: Tensors,
    inputs: torch.Tensor,
    targets: torch.Tensor,
    period: int,
    weights: Sequence[float],
    decoder: str,
) -> torch.Tensor:
    """Return the loss of each seed, cut at the messages, and add its gradient to the parameters' `grad`.

    Each block is gone back through when it ends. It starts from a leaf; the slope there goes on to the block
    above as a term of its loss: the product with what the leaf was set to.
    """
    seeds, steps, batch, _ = inputs.shape
    run = Run(parameters, period, seeds, batch, cut=True)
    losses = Losses(parameters, targets, period, weights, decoder)
    total = inputs.new_zeros(seeds)
    open_: dict[int, list[Any]] = {level: [] for level in run.states}  # terms of the loss of each open block
    leaves: dict[int, tuple[torch.Tensor, torch.Tensor]] = {}

    def close(level: int) -> None:
        terms = [term.sum() for term in open_[level] if isinstance(term, torch.Tensor)]
        open_[level] = []
        if terms:
            torch.stack(terms).sum().backward()
        if level in leaves:
            leaf, source = leaves.pop(level)
            if leaf.grad is not None:
                open_[level + 1].append((source * leaf.grad).sum())

    def read(state: torch.Tensor) -> None:
        nonlocal total
        lost = losses.of_outputs(step, state)
        open_[1].append(lost)
        total = total + (lost.detach() if isinstance(lost, torch.Tensor) else lost)

    def at_end(level: int, state: torch.Tensor, heard: list[torch.Tensor]) -> None:
        nonlocal total
        lost = losses.of_block(level, state, heard)
        open_[level].append(lost)
        total = total + (lost.detach() if isinstance(lost, torch.Tensor) else lost)
        close(level)

    def reset(level: int, source: torch.Tensor) -> torch.Tensor:
        leaf = source.detach().requires_grad_()
        leaves[level] = leaf, source
        return leaf

    for step in range(steps):
        run.step(inputs[:, step], read, at_end, reset)
    for level in open_:
        close(level)
    return total


def train_many(
    parameters: Tensors,
    inputs: torch.Tensor,
    targets: torch.Tensor,
    period: int,
    cut: bool,
    weights: Sequence[float],
    decoder: str,
    rate: float,
    clip: float | None,
    *,
    blockwise: bool = False,
) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    """Make one update by Adam for each batch, for each seed by itself; return losses [U, S], and parameters.

    Inputs are [U, S, T, B, d], targets [U, S, T, B]; all is done where they are and in their precision.
    `blockwise`, with `cut`, goes back block by block. The norm that is clipped is that of one seed.
    """

    def slope(now: Tensors, batch: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
        if blockwise and cut:
            return streamed(now, *batch, period, weights, decoder)
        lost = loss_of(now, *batch, period, cut, weights, decoder)
        if lost.requires_grad:
            lost.sum().backward()
        return lost

    return adam_side_by_side(slope, parameters, zip(inputs, targets, strict=True), rate, clip)


# As a subject: one network at a time


def forward(parameters: Mapping[str, np.ndarray], inputs: np.ndarray, period: int) -> dict[str, Any]:
    """Do as `hierarchy.forward` does."""
    logits: list[torch.Tensor] = []
    levels = depth(parameters)
    messages: list[list[torch.Tensor]] = [[] for _ in range(1, levels)]
    own = one(parameters, torch.float64)
    run = Run(own, period, 1, inputs.shape[1], cut=True)
    x = torch.from_numpy(inputs)[None]
    for step in range(len(inputs)):
        run.step(
            x[:, step],
            lambda state: logits.append(affine(state, own, "out")[0]),
            lambda level, state, _: messages[level - 1].append(state[0]),
        )
    none = torch.zeros(0, inputs.shape[1], own["out.weight"].shape[2])
    return {
        "logits": torch.stack(logits).numpy(),
        "messages": [(torch.stack(sent) if sent else none).numpy() for sent in messages],
    }


def gradient(
    parameters: Mapping[str, np.ndarray],
    inputs: np.ndarray,
    targets: np.ndarray,
    period: int,
    cut: bool,
    weights: np.ndarray,
    decoder: str,
) -> dict[str, Any]:
    """Do as `hierarchy.gradient` does."""
    own = {name: value.requires_grad_() for name, value in one(parameters, torch.float64).items()}
    x = torch.from_numpy(inputs)[None].requires_grad_()
    wanted = torch.from_numpy(targets)[None]
    if cut:
        loss = streamed(own, x, wanted, period, weights.tolist(), decoder)
    else:
        loss = loss_of(own, x, wanted, period, cut, weights.tolist(), decoder)
        if loss.requires_grad:
            loss.sum().backward()
    slopes = {name: _plain(value.grad, value)[0] for name, value in own.items()}
    return {"loss": float(loss.detach()), "parameters": slopes, "inputs": _plain(x.grad, x)[0]}


def train(
    parameters: Mapping[str, np.ndarray],
    inputs: np.ndarray,
    targets: np.ndarray,
    period: int,
    cut: bool,
    weights: np.ndarray,
    decoder: str,
    rate: float,
    clip: float | None,
    dtype: str,
    device: str,
) -> dict[str, Any]:
    """Do as `hierarchy.train` does, on any device of torch's."""
    kind = {"float32": torch.float32, "float64": torch.float64}[dtype]
    losses, last = train_many(
        {name: value.to(device) for name, value in one(parameters, kind).items()},
        torch.from_numpy(inputs)[:, None].to(device, kind),
        torch.from_numpy(targets)[:, None].to(device),
        period,
        cut,
        weights.tolist(),
        decoder,
        rate,
        clip,
        blockwise=cut,
    )
    after = {name: value.detach().cpu().numpy()[0] for name, value in last.items()}
    return {"losses": losses[:, 0].cpu().numpy().astype(np.float64), "parameters": after}


def one(parameters: Mapping[str, np.ndarray], kind: torch.dtype) -> dict[str, torch.Tensor]:
    """Return parameters as those of a single seed."""
    return {name: torch.from_numpy(value)[None].to(kind) for name, value in parameters.items()}


def _plain(slope: torch.Tensor | None, value: torch.Tensor) -> np.ndarray:
    array: np.ndarray = (torch.zeros_like(value) if slope is None else slope).numpy(force=True)
    return array
