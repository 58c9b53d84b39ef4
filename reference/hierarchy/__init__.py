"""Hierarchical recurrent networks with local losses: arXiv:1910.05245.

The levels of a hierarchical network tick at different rates: level l + 1 once in `period` ticks of level l.
It hears the last state of each block of the level below, its message, and the block that follows starts from
a function of the upper state alone. The paper cuts the gradient that goes down again from a message, and
makes up for it by losses that each level has of its own: from its last state, what it has heard in a block is
to be decoded. Then the memory that training takes falls by a factor that is exponential in the number of
levels.

The equations here state the model that whp asks about. The paper says in words what they say, and its own may
differ from them: fixed periods, resets that replace the state, and decoders of a whole block.

    at each step: s_1 = F_1(x_t, s_1), and the logits are out(s_1); then, from l = 1 upwards, while l < L and
    level l has made `period` ticks in its block: s_{l+1} = F_{l+1}(s_l, s_{l+1}), where s_l is the message;
    then, for the levels that ended a block, from the highest down: s_l = down_l(s_{l+1}). All states start at
    zero.

A cell is s' = tanh(W u + U s + b), or, with `bias_hidden`, a GRU with its gates in the order r, z, n, where
the gate r multiplies U_n s + c_n. cells.py has them, network.py the clocks, losses.py the losses, passes.py
the two ways back, and batched.py the same model in torch, many seeds at a time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import typer
from jaxtyping import Float, Int

from whp.reference.hierarchy import passes
from whp.reference.hierarchy.copying import SYMBOLS, WIDTH, accuracy, copy_task, start
from whp.reference.hierarchy.network import Ended, Network, Ticked, depth, shapes
from whp.reference.training import adam


@dataclass(frozen=True)
class Outputs:
    """What a run tells."""

    logits: Annotated[Float[np.ndarray, "T B c"], "of every step, read before any reset"]
    messages: Annotated[
        list[Float[np.ndarray, "_ B h"]],
        "of each level but the highest, the last states of its blocks, in order",
    ]


@dataclass(frozen=True)
class Gradient:
    """A loss and its gradient."""

    loss: float
    parameters: Annotated[dict[str, Float[np.ndarray, "..."]], "by the names that were given"]
    inputs: Float[np.ndarray, "T B d"]


@dataclass(frozen=True)
class Training:
    """What comes of training."""

    losses: Annotated[Float[np.ndarray, "U"], "before each update"]
    parameters: Annotated[dict[str, Float[np.ndarray, "..."]], "after the last update"]


def forward(
    parameters: dict[str, Float[np.ndarray, "..."]], inputs: Float[np.ndarray, "T B d"], period: int
) -> Outputs:
    """Run the network from states of zero: the logits of every step, and the messages."""
    network = Network(parameters, period, inputs.shape[1])
    logits: list[np.ndarray] = []
    messages: list[list[np.ndarray]] = [[] for _ in range(1, network.levels)]
    for x in inputs:
        for event in network.step(x):
            match event:
                case Ticked(1, made):
                    logits.append(network.read(made.after))
                case Ended(level, state):
                    messages[level - 1].append(state)
    return Outputs(
        _stacked(logits, (inputs.shape[1], len(parameters["out.bias"]))),
        [_stacked(sent, network.states[1].shape) for sent in messages],
    )


def gradient(
    parameters: dict[str, Float[np.ndarray, "..."]],
    inputs: Float[np.ndarray, "T B d"],
    targets: Int[np.ndarray, "T B"],
    period: int,
    cut: bool,
    weights: Float[np.ndarray, "L-1"],
    decoder: Literal["squared", "softmax"],
) -> Gradient:
    """Return the loss, and its gradient at the parameters and at the inputs.

    The loss is the mean cross entropy of the targets (-1: none), plus, for each l < L, `weights[l-1]` times
    the mean over the complete blocks of level l and over the batch of the loss of decoding a block's inputs
    from its last state: the mean squared error over their k d_l entries, or, at level 1 with the decoder
    "softmax", the mean cross entropy over its k one-hot inputs. What is to be decoded carries no gradient,
    and an empty mean is 0. `cut` stops the gradient at every message. Then it is computed block by block,
    else along a tape.
    """
    task = passes.Task(targets, period, weights.tolist(), decoder)
    slopes = (
        passes.streamed(parameters, inputs, task)
        if cut
        else passes.one_shot(parameters, inputs, task, cut=False)
    )
    return Gradient(slopes.loss, slopes.parameters, slopes.inputs)


def peak_states(levels: int, period: int, steps: int, cut: bool) -> int:
    """Return how many hidden states are held at most during one forward and backward pass of `gradient`.

    A state is what a tick leaves at one level; with `cut`, a block's are let go when it ends. Each level has
    at least one.
    """
    return max(levels, passes.most_held(levels, period, steps, cut))


def train(
    parameters: dict[str, Float[np.ndarray, "..."]],
    inputs: Float[np.ndarray, "U T B d"],
    targets: Int[np.ndarray, "U T B"],
    period: int,
    cut: bool,
    weights: Float[np.ndarray, "L-1"],
    decoder: Literal["squared", "softmax"],
    rate: float,
    clip: float | None,
    dtype: Literal["float32", "float64"],
    device: Literal["cpu", "cuda"],
) -> Training:
    """Make one update by Adam for each batch; the losses are those before each update.

    The gradient g of all parameters becomes g min(1, clip / norm g), and Adam has its usual 0.9, 0.999 and
    1e-8. All arithmetic is in `dtype`: NumPy's on the CPU, torch's elsewhere.
    """
    if device != "cpu":
        from whp.reference.hierarchy import batched

        rest = (period, cut, weights, decoder, rate, clip, dtype, device)
        return Training(**batched.train(parameters, inputs, targets, *rest))
    first = {name: value.astype(dtype) for name, value in parameters.items()}
    batches = zip(inputs.astype(dtype), targets, strict=True)

    def slope(now: dict[str, Any], batch: tuple[np.ndarray, np.ndarray]) -> tuple[float, dict[str, Any]]:
        made = gradient(now, *batch, period, cut, weights, decoder)
        return made.loss, made.parameters

    losses, last = adam(slope, first, batches, rate, clip)
    return Training(np.array(losses), last)


OPERATIONS = (forward, gradient, peak_states, train)


def run_command(
    levels: Annotated[int, typer.Option(min=1)] = 2,
    period: Annotated[int, typer.Option(min=2, help="Ticks of a block, at every level.")] = 3,
    blocks: Annotated[int, typer.Option(min=2, help="Blocks of level 1 in a sequence.")] = 4,
    hidden: Annotated[int, typer.Option(min=1)] = 16,
    batch: Annotated[int, typer.Option(min=1)] = 16,
    updates: Annotated[int, typer.Option(min=0)] = 200,
    rate: Annotated[float, typer.Option()] = 0.01,
    weight: Annotated[float, typer.Option(min=0, help="Of every decoding loss; 0 for none.")] = 1.0,
    cut: Annotated[bool, typer.Option("--cut/--full", help="Stop gradients at messages, or not.")] = True,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    question: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write the question for the first gradient, for `whp verify hierarchy`."
        ),
    ] = None,
) -> dict[str, Any]:
    """Train a network to copy across blocks; print how much it copies, where chance is a quarter."""
    random = np.random.default_rng(np.random.SeedSequence(seed))
    first = start(levels, period, WIDTH, hidden, SYMBOLS, "gru", random)
    inputs, targets = copy_task(updates + 1, batch, period, blocks, random)
    rest: dict[str, Any] = {
        "period": period,
        "cut": cut,
        "weights": np.full(levels - 1, weight),
        "decoder": "softmax",
    }
    if question is not None:
        asked = {"parameters": first, "inputs": inputs[0], "targets": targets[0], **rest}
        question.write_text(json.dumps(_listed(asked)), encoding="utf-8")
    done = train(first, inputs[1:], targets[1:], **rest, rate=rate, clip=1.0, dtype="float64", device="cpu")
    copied = trained_accuracy(done.parameters, period, blocks, random)
    return {
        "accuracy": round(copied, 4),
        "chance": 1 / SYMBOLS,
        "peak_states": peak_states(levels, period, period * blocks, cut),
        "losses": [round(loss, 6) for loss in done.losses.tolist()],
    }


def trained_accuracy(
    parameters: dict[str, np.ndarray], period: int, blocks: int, random: np.random.Generator
) -> float:
    """Return which part of 256 fresh sequences a network copies."""
    inputs, targets = copy_task(1, 256, period, blocks, random)
    return accuracy(forward(parameters, inputs[0], period).logits, targets[0])


def _listed(value: Any) -> Any:
    """Return the value with lists in the place of arrays."""
    if isinstance(value, Mapping):
        return {name: _listed(entry) for name, entry in value.items()}
    return value.tolist() if isinstance(value, np.ndarray) else value


def faults(operation: str, arguments: Mapping[str, Any], answer: Any = None) -> Iterator[tuple[str, str]]:
    """Yield what annotations can't say about arguments or an answer: where (a path), and what is wrong."""
    if answer is None:
        yield from _faults_of_question(operation, arguments)
    elif operation == "forward":
        classes, hidden = arguments["parameters"]["out.weight"].shape
        if answer.logits.shape[2] != classes:
            yield "logits", f"has {answer.logits.shape[2]} entries a step, but there are {classes} classes"
        if len(answer.messages) != depth(arguments["parameters"]) - 1:
            yield (
                "messages",
                f"has {len(answer.messages)} entries; one a level but the highest is wanted, "
                f"{depth(arguments['parameters']) - 1}",
            )
        for index, sent in enumerate(answer.messages):
            if sent.size and sent.shape[2] != hidden:
                yield f"messages[{index}]", f"has {sent.shape[2]} entries each; a state has {hidden}"
    elif operation == "peak_states":
        if answer < arguments["levels"]:
            yield "", f"is {answer}; each of the {arguments['levels']} levels has at least one state"
    else:
        yield from _faults_of_parameters(arguments["parameters"], answer.parameters)


def _faults_of_parameters(
    asked: Mapping[str, np.ndarray], answered: Mapping[str, np.ndarray]
) -> Iterator[tuple[str, str]]:
    for name, value in asked.items():
        if name not in answered:
            yield "parameters", f"has no {name!r}; every parameter that is given comes back"
        elif answered[name].shape != value.shape:
            got, wanted = (" x ".join(map(str, array.shape)) for array in (answered[name], value))
            yield f"parameters.{name}", f"is {got}, but {wanted} is wanted"
    for name in answered:
        if name not in asked:
            yield "parameters", f"has {name!r}, which is not among those that are given"


def _faults_of_question(operation: str, arguments: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if arguments["period"] < 2:
        yield "period", f"is {arguments['period']}; a block has at least two ticks"
    if operation == "peak_states":
        if arguments["levels"] < 1:
            yield "levels", f"is {arguments['levels']}; there is at least one"
        return
    given = arguments["parameters"]
    levels = depth(given)
    if not levels or "out.weight" not in given or given["out.weight"].ndim != 2:
        yield "parameters", "lacks cell.1.input or out.weight, a matrix"
        return
    classes, hidden = given["out.weight"].shape
    wide = given["cell.1.input"].shape[-1]
    cell = "gru" if "cell.1.bias_hidden" in given else "tanh"
    wanted = shapes(levels, arguments["period"], wide, hidden, classes, cell)
    for name in sorted(wanted.keys() | given.keys()):
        if name not in given or name not in wanted or given[name].shape != wanted[name]:
            yield "parameters", f"{name!r} is missing, unknown or of another shape than in the contract"
            return
    if arguments["inputs"].shape[-1] != wide:
        yield "inputs", f"has {arguments['inputs'].shape[-1]} entries a step; cell.1.input has {wide}"
    targets, weights = arguments.get("targets"), arguments.get("weights")
    if targets is not None and ((targets < -1) | (targets >= classes)).any():
        yield "targets", f"has an entry outside -1..{classes - 1}"
    if weights is not None and len(weights) != levels - 1:
        yield "weights", f"has {len(weights)} entries; one a level but the highest is wanted, {levels - 1}"
    if arguments.get("decoder") == "softmax" and not _one_hot(arguments["inputs"]):
        yield "inputs", 'has a step that is not one-hot, as the decoder "softmax" wants'


def _one_hot(inputs: np.ndarray) -> bool:
    return bool(((inputs == 0) | (inputs == 1)).all() and (inputs.sum(axis=-1) == 1).all())


def _stacked(arrays: list[Any], shape: tuple[int, ...]) -> np.ndarray:
    """Return the arrays as one, also where there are none of that shape."""
    return np.stack(arrays) if arrays else np.zeros((0, *shape))
