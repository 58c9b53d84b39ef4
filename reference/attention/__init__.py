"""Gated linear RNNs that are linear self-attention: arXiv:2309.01775, an exact construction.

Causal linear self-attention, without softmax, scaling or normaliser, with the current token included:

    S_t = sum over s <= t of (value x_s) (key x_s)^T,      y_t = S_t (query x_t).

A gated network, with z_t = (x_t, 1) in the place of biases, h_0 = 0, and * entry by entry:

    h_t = decay * h_{t-1} + (input_a z_t) * (input_b z_t),      y_t = readout ((gate_a h_t) * (gate_b h_t)).

Theorem. For every query, key and value there is a gated network, with decays 0 and 1, that gives the outputs
of attention for every input of every length. Proof, and what `construct` does: with decay 1, neuron (i, j)
sums the products of entry i of the value and entry j of the key of each token, so that it holds entry (i, j)
of S_t; with decay 0, neuron j holds entry j of the query of the current token alone; the gates multiply the
two, and the readout adds up over j. These are v k + k neurons.

Fewer will do, d (d + 3) / 2 of them. With C_t = sum of x_s x_s^T and P = key^T query, y_t = value C_t P x_t;
and C_t is symmetric, so that its d (d + 1) / 2 upper entries, next to the d entries of P x_t, are enough.
`whp.reference.attention.identity` says how many are needed, and decides whether any given network is
attention; `whp.reference.attention.training` finds one by gradient descent. The gradient of any network, and
its training on given batches, are operations of their own: descent.py has the way back, batched.py the same
in torch, many networks at a time.

In context: on tokens (x_s, y_s), and last (x, 0), with query = key = [I 0; 0 0] and value = [0 0; 0 rate I],
attention gives rate * sum of y_s <x_s, x> for y: the prediction at x of one step of gradient descent, from
zero, on half the summed squared error of a linear regression.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import typer
from jaxtyping import Float

from whp.reference.attention import training
from whp.reference.attention.descent import slopes
from whp.reference.attention.files import read_arrays, read_network, read_weights
from whp.reference.attention.network import Network, halved, outer_products, recurrence
from whp.reference.training import descend

CHUNK = 128  # tokens whose products are taken at once: about where their cost and that of the state are equal


@dataclass(frozen=True)
class Gradients:
    """The gradients of a sum over the outputs, each shaped as what it belongs to."""

    inputs: Float[np.ndarray, "T d"]
    query: Float[np.ndarray, "k d"]
    key: Float[np.ndarray, "k d"]
    value: Float[np.ndarray, "v d"]


@dataclass(frozen=True)
class NetworkGradient:
    """A loss, and its gradient at each array of a network."""

    loss: float
    network: Network


@dataclass(frozen=True)
class NetworkTraining:
    """What comes of training."""

    losses: Annotated[Float[np.ndarray, "U"], "before each update"]
    network: Annotated[Network, "after the last update"]


def attend(
    inputs: Float[np.ndarray, "T d"],
    query: Float[np.ndarray, "k d"],
    key: Float[np.ndarray, "k d"],
    value: Float[np.ndarray, "v d"],
) -> Float[np.ndarray, "T v"]:
    """Return the outputs of causal linear self-attention: sum over s <= t of value x_s <key x_s, query x_t>.

    d, k, v >= 1, T >= 0. The result is right within 8 (T + 2d + 8) u times the same formula on absolute
    values, where u is the unit roundoff.
    """
    return causal(inputs @ query.T, inputs @ key.T, inputs @ value.T)


def vjp(
    inputs: Float[np.ndarray, "T d"],
    query: Float[np.ndarray, "k d"],
    key: Float[np.ndarray, "k d"],
    value: Float[np.ndarray, "v d"],
    cotangent: Float[np.ndarray, "T v"],
) -> Gradients:
    """Return the gradients of sum(cotangent * outputs) in the inputs and in each matrix.

    A key and a value at s count in all outputs from s on: their gradients are the same sum as that of
    attention itself, taken backwards.
    """
    queries, keys, values = inputs @ query.T, inputs @ key.T, inputs @ value.T
    of_queries = causal(cotangent, values, keys)
    of_keys = causal(values[::-1], cotangent[::-1], queries[::-1])[::-1]
    of_values = causal(keys[::-1], queries[::-1], cotangent[::-1])[::-1]
    return Gradients(
        of_queries @ query + of_keys @ key + of_values @ value,
        of_queries.T @ inputs,
        of_keys.T @ inputs,
        of_values.T @ inputs,
    )


def construct(
    query: Float[np.ndarray, "k d"],
    key: Float[np.ndarray, "k d"],
    value: Float[np.ndarray, "v d"],
    compact: bool,
) -> Network:
    """Return a gated network with decays 0 and 1 whose outputs are those of `attend` for every input.

    It has v k + k neurons; or, compact, at most d (d + 3) / 2. d, k, v >= 1.
    """
    return halved(query, key, value) if compact else outer_products(query, key, value)


def run(network: Network, inputs: Float[np.ndarray, "T d"]) -> Float[np.ndarray, "T v"]:
    """Return the outputs of a gated network, which are read after each update of its state.

    h, w >= 1. The result is right within 64 (T + 2d + 8) u times the same formula on absolute values.
    """
    states = recurrence(network, inputs)
    outputs: np.ndarray = ((states @ network.gate_a.T) * (states @ network.gate_b.T)) @ network.readout.T
    return outputs


def predict(
    inputs: Float[np.ndarray, "N m"],
    targets: Float[np.ndarray, "N q"],
    query: Float[np.ndarray, "m"],
    rate: float,
) -> Float[np.ndarray, "q"]:
    """Return the answer at `query` of a linear regression after one step of gradient descent from zero.

    The step, of length `rate`, is on half the summed squared error over all N pairs. N, m, q >= 1.
    """
    weights: np.ndarray = rate * targets.T @ inputs
    answer: np.ndarray = weights @ query
    return answer


def fit(
    query: Float[np.ndarray, "k d"],
    key: Float[np.ndarray, "k d"],
    value: Float[np.ndarray, "v d"],
    neurons: int,
    steps: int,
    seed: int,
) -> Network:
    """Train a gated network of so many neurons to imitate `attend`, by so many steps of gradient descent.

    The tokens are independent and normal, and sequences have 8 of them. It takes torch.
    """
    return training.fit(query, key, value, neurons, steps, seed)


def network_gradient(
    network: Network, inputs: Float[np.ndarray, "B T d"], targets: Float[np.ndarray, "B T v"]
) -> NetworkGradient:
    """Return the loss of a gated network on a batch of sequences, and its gradient, shaped as the network.

    The loss is the mean, over the batch, the tokens and the outputs, of the squared difference from the
    targets: but for a constant factor, what `fit` descends on. The decay is learned as it is. B, T >= 1. The
    error of the gradient, as the norm of all arrays together, is at most 1e-12 in float64, 1e-5 in float32,
    and 64 u in coarser precision, of the norm that the same formula has on absolute values.
    """
    loss, found = slopes(vars(network), inputs, targets)
    return NetworkGradient(loss, Network(**found))


def network_train(
    network: Network,
    inputs: Float[np.ndarray, "U B T d"],
    targets: Float[np.ndarray, "U B T v"],
    rate: float,
    clip: float | None,
    dtype: Literal["float32", "float64"],
    device: Literal["cpu", "cuda"],
) -> NetworkTraining:
    """Make one update by Adam for each batch; the losses are those before each update.

    The gradient g of all arrays becomes g min(1, clip / norm g), or, with clip null, stays as it is; and Adam
    has its usual 0.9, 0.999 and 1e-8. All arithmetic is in `dtype`: NumPy's on the CPU, torch's elsewhere.
    """
    if device != "cpu":
        from whp.reference.attention import batched

        done = batched.network_train(network, inputs, targets, rate, clip, dtype, device)
        return NetworkTraining(done["losses"], Network(**done["network"]))
    losses, last = descend(slopes, network, (inputs, targets), rate, clip, dtype)
    return NetworkTraining(losses, Network(**last))


OPERATIONS = (attend, vjp, construct, run, predict, fit, network_gradient, network_train)


def faults(_: str, arguments: Mapping[str, Any], answer: Any = None) -> Iterator[tuple[str, str]]:
    """Yield what annotations can't say about arguments or an answer: where (a path), and what is wrong."""
    if answer is not None:
        return
    network = arguments.get("network")
    if network is not None:
        if not len(network.decay) or not len(network.gate_a):
            yield "network", "has no neurons or no gates; at least one of each is expected"
        if "targets" in arguments and 0 in arguments["inputs"].shape[-3:-1]:
            yield "inputs", "has no sequence or no token; at least one of each is expected"
        return
    for name, axes in (("query", "k d"), ("key", "k d"), ("value", "v d"), ("targets", "N q")):
        array = arguments.get(name)
        if array is not None and array.ndim == 2 and 0 in array.shape:
            yield name, f"has {axes.split()[array.shape.index(0)]} = 0; at least 1 is expected"


def causal(
    queries: Float[np.ndarray, "T k"], keys: Float[np.ndarray, "T k"], values: Float[np.ndarray, "T v"]
) -> Float[np.ndarray, "T v"]:
    """Return the sums over s <= t of values_s <keys_s, queries_t>: the recurrence, a chunk of tokens a step.

    S is the state before the chunk. What the chunk itself adds is taken in products of matrices, of which a
    triangle counts; with chunks of one token this is the recurrence of the paper, letter by letter.
    """
    outputs = np.empty((len(queries), values.shape[1]))
    state = np.zeros((values.shape[1], queries.shape[1]))
    for start in range(0, len(queries), CHUNK):
        now = slice(start, start + CHUNK)
        outputs[now] = queries[now] @ state.T + np.tril(queries[now] @ keys[now].T) @ values[now]
        state += values[now].T @ keys[now]
    return outputs


def run_command(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help='JSON: {"query": [[...]], "key": ..., "value": ...}')
    ],
    compact: Annotated[bool, typer.Option("--compact", help="With d (d + 3) / 2 neurons at most.")] = False,
    train: Annotated[
        int | None, typer.Option(metavar="NEURONS", min=1, help="Train so many to imitate it. Takes torch.")
    ] = None,
    steps: Annotated[int, typer.Option(min=1, help="Of training.")] = 2000,
    seed: Annotated[int, typer.Option(min=0, help="Of training.")] = 0,
) -> dict[str, Any]:
    """Print the gated network that is the linear attention of FILE; or run the network of FILE.

    FILE holds `query` and `key`, k x d, and `value`, v x d, or, as it is printed, a network: `decay`,
    `input_a`, `input_b`, `gate_a`, `gate_b`, `readout`. If it also holds `inputs`, T x d, the outputs are
    printed too, or alone for a network. `whp verify attention` says of a network whether it is attention.
    """
    given = read_arrays(file)
    if "decay" in given:
        network = read_network(file, given)
        if "inputs" not in given:
            raise ValueError(f"{file}: there is a network, but there are no `inputs` to run it on")
        return {"outputs": run(network, _inputs(file, given, network.input_a.shape[1] - 1)).tolist()}
    query, key, value = read_weights(file, given)
    if train is None:
        network = construct(query, key, value, compact)
    elif compact:
        raise ValueError("--compact and --train both say how many neurons; give one")
    else:
        try:
            network = fit(query, key, value, train, steps, seed)
        except ModuleNotFoundError as missing:
            raise ValueError(str(missing)) from None
    told = {name: array.tolist() for name, array in vars(network).items()}
    if "inputs" in given:
        told["outputs"] = attend(_inputs(file, given, query.shape[1]), query, key, value).tolist()
    return told


def _inputs(file: Path, given: Mapping[str, np.ndarray], d: int) -> np.ndarray:
    inputs = given["inputs"].reshape(0, d) if given["inputs"].size == 0 else given["inputs"]
    if inputs.ndim != 2 or inputs.shape[1] != d:
        raise ValueError(f"{file}: `inputs` are {' x '.join(map(str, inputs.shape))}; T x {d} is expected")
    return inputs
