"""Networks aligned by permuting their units: arXiv:2209.07509, averaged random networks above chance.

The units of a hidden layer can be put in any order without a change of the function. The paper matches the
units of two networks by the cosine of their activations on the same data, moves those of the second
accordingly, and averages the two. Then two trained networks lie in one valley: on the straight line between
them the loss hardly rises. The same permutations, found after training and applied to the two networks as
they were before it, make of two random initialisations an average that does better than chance. Small
convolutional networks don't do so.

networks.py is what is permuted and averaged, matching.py how units are matched (and Git Re-Basin, its rival),
lines.py the loss between two networks, digits.py and convolutional.py the networks of the claims, files.py
and drawing.py what `whp run` reads and draws. Weights are gathered: new unit i is old unit p[i]. The line's
weight is that of the first network.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from jaxtyping import Int

from whp.reference.alignment.drawing import profile
from whp.reference.alignment.files import read_data, read_network
from whp.reference.alignment.lines import Line, barrier, line
from whp.reference.alignment.matching import match, match_layer, match_weights, similarities
from whp.reference.alignment.networks import Network, forward, interpolate, permute, widths

whp = {"method": "activation"}

OPERATIONS = (forward, match_layer, match, permute, interpolate, barrier)

NETWORK = "A multilayer perceptron: .npz, torch's state dict (.pt, .pth) or .safetensors"
DATA = ".npz with `inputs` (or x), and `labels` (or y) if there are any"


def run_command(
    first: Annotated[Path, typer.Argument(metavar="FIRST", help=NETWORK)],
    second: Annotated[Path, typer.Argument(metavar="SECOND", help="The same; its units are permuted")],
    data: Annotated[Path, typer.Argument(metavar="DATA", help=DATA)],
    method: Annotated[
        str, typer.Option(metavar="METHOD", help="activation, or weight: Git Re-Basin's matching.")
    ] = "activation",
    svg: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw the loss along both lines; it takes labels.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the order of layers in weight matching.")] = 0,
) -> dict[str, Any]:
    """Permute the units of the second network to be like those of the first; show what that is good for.

    Prints the permutations (new unit i is old unit p[i]) with the mean cosine of matched units, layer by
    layer, and, if the data has labels, loss and accuracy on the lines between the first network and the
    second, as it is and permuted, with their barriers.
    """
    one, other, inputs, labels = read_all(first, second, data)
    if method not in ("activation", "weight"):
        raise ValueError(f"--method {method}: activation or weight is expected")
    found = match(one, other, inputs) if method == "activation" else match_weights(one, other, seed)
    drawn = {} if labels is None else lines(one, other, found, inputs, labels)
    if svg is not None:
        if not drawn:
            raise ValueError(f"{data}: without labels there is no loss to draw")
        svg.write_text(profile(drawn), encoding="utf-8")
    return {
        "widths": widths(one),
        "method": method,
        "permutations": [p.tolist() for p in found],
        "mean_cosines": [round(cosine, 6) for cosine in mean_cosines(one, other, found, inputs)],
        **{
            name: {
                "barrier": measured.barrier,
                "losses": measured.losses.tolist(),
                "accuracies": measured.accuracies.tolist(),
            }
            for name, measured in drawn.items()
        },
    }


def read_all(first: Path, second: Path, data: Path) -> tuple[Network, Network, np.ndarray, np.ndarray | None]:
    """Read two networks and data for both; raise ValueError where they don't fit."""
    one, other = read_network(first), read_network(second)
    inputs, labels = read_data(data)
    asked = {"first": one, "second": other, "inputs": inputs}
    for where, fault in faults("match", asked):
        raise ValueError(f"{data if where == 'inputs' else second}: {where} {fault}")
    if labels is not None and not ((labels >= 0) & (labels < widths(one)[-1])).all():
        raise ValueError(f"{data}: a label is outside 0..{widths(one)[-1] - 1}, the networks' outputs")
    return one, other, inputs, labels


def lines(
    first: Network, second: Network, found: list[np.ndarray], inputs: np.ndarray, labels: np.ndarray
) -> dict[str, Line]:
    """Measure the line to the second network as it is, and permuted."""
    return {
        "naive": line(first, second, inputs, labels),
        "permuted": line(first, permute(second, found), inputs, labels),
    }


def mean_cosines(first: Network, second: Network, found: list[np.ndarray], inputs: np.ndarray) -> list[float]:
    """Return the mean cosine of matched units of each hidden layer."""
    layers = zip(similarities(first, second, inputs), found, strict=True)
    return [float(similar[np.arange(len(p)), p].mean()) for similar, p in layers]


def faults(operation: str, arguments: Mapping[str, Any], answer: Any = None) -> Iterator[tuple[str, str]]:
    """Yield what annotations can't say about arguments or an answer: where (a path), and what is wrong."""
    if answer is None:
        yield from _faults_of_arguments(operation, arguments)
    elif operation == "forward":
        sizes, number = widths(arguments["network"]), len(arguments["inputs"])
        if number:  # else the shape may not be seen
            yield from _differing("logits", answer.logits, (number, sizes[-1]))
        yield from _number("hidden", answer.hidden, len(sizes) - 2, "one for each hidden layer")
        for t, (values, size) in enumerate(zip(answer.hidden, sizes[1:-1], strict=False)):
            if number:
                yield from _differing(f"hidden[{t}]", values, (number, size))
    elif operation == "match":
        yield from faults_of_permutations(arguments["first"], answer, "")
    elif operation in ("permute", "interpolate"):
        asked: Network = arguments["network" if operation == "permute" else "first"]
        yield from _number("weights", answer.weights, len(asked.weights), "one for each layer")
        for t, (values, like) in enumerate(zip(answer.weights, asked.weights, strict=False)):
            yield from _differing(f"weights[{t}]", values, like.shape)
        if (answer.biases is None) != (asked.biases is None):
            gone = answer.biases is None
            yield (
                "biases",
                f"is {'absent' if gone else 'there'}, but the network has {'some' if gone else 'none'}",
            )
        elif asked.biases is not None:
            yield from _number("biases", answer.biases, len(asked.biases), "one for each layer")
            for t, (values, like) in enumerate(zip(answer.biases, asked.biases, strict=False)):
                yield from _differing(f"biases[{t}]", values, like.shape)


def _faults_of_arguments(operation: str, arguments: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    networks = {name: value for name, value in arguments.items() if isinstance(value, Network)}
    misfits = [fault for name, one in networks.items() for fault in faults_of_network(one, f"{name}.")]
    if misfits:
        yield from misfits
        return
    if operation in ("match", "interpolate"):
        first, second = networks["first"], networks["second"]
        if widths(first) != widths(second):
            yield "second", f"has widths {widths(second)}, and the first has {widths(first)}"
        elif (first.biases is None) != (second.biases is None):
            yield "second.biases", "must be there just if the first network has biases"
    for network in networks.values():
        inputs = arguments.get("inputs")
        if inputs is not None and inputs.shape[1] != widths(network)[0]:
            yield "inputs", f"has {inputs.shape[1]} columns, but the network has {widths(network)[0]} inputs"
    if operation == "permute":
        network, listed = arguments["network"], arguments["permutations"]
        yield from faults_of_permutations(network, listed, "permutations")
        for t, p in enumerate(listed):
            if no_permutation(p):
                yield f"permutations[{t}]", f"is no permutation of 0..{len(p) - 1}"
    if operation == "interpolate" and not 0 <= arguments["weight"] <= 1:
        yield "weight", f"is {arguments['weight']}; it lies between 0 and 1"
    if operation == "barrier":
        weights = arguments["weights"]
        if len(weights) < 2 or weights[0] != 0 or weights[-1] != 1 or (np.diff(weights) <= 0).any():
            yield "weights", "must rise from 0 to 1"


def faults_of_network(network: Network, path: str) -> Iterator[tuple[str, str]]:
    """Yield where the layers of a network don't fit."""
    if not network.weights:
        yield f"{path}weights", "is empty; there is at least one layer"
    before = None
    for t, weight in enumerate(network.weights):
        if weight.ndim != 2 or 0 in weight.shape:
            yield f"{path}weights[{t}]", f"has shape {list(weight.shape)}; at least one row and one column"
            return
        if before is not None and weight.shape[1] != before:
            yield (
                f"{path}weights[{t}]",
                f"has {weight.shape[1]} columns, but the layer before has {before} units",
            )
        before = len(weight)
    if network.biases is not None:
        yield from _number(f"{path}biases", network.biases, len(network.weights), "one for each layer")
        for t, (bias, weight) in enumerate(zip(network.biases, network.weights, strict=False)):
            yield from _differing(f"{path}biases[{t}]", bias, weight.shape[:1])


def faults_of_permutations(
    network: Network, listed: list[np.ndarray], path: str
) -> Iterator[tuple[str, str]]:
    """Yield where there isn't one list of the right length for each hidden layer."""
    hidden = widths(network)[1:-1]
    if len(listed) != len(hidden):
        yield path, f"has {len(listed)} permutations; {len(hidden)} are wanted, one for each hidden layer"
    for t, (p, size) in enumerate(zip(listed, hidden, strict=False)):
        if len(p) != size:
            yield f"{path}[{t}]", f"has length {len(p)}, but hidden layer {t} has {size} units"


def no_permutation(p: Int[np.ndarray, "n"]) -> bool:
    """Say whether it is no permutation of 0..n-1."""
    return not np.array_equal(np.sort(p), np.arange(len(p)))


def _number(path: str, listed: list[Any], wanted: int, why: str) -> Iterator[tuple[str, str]]:
    if len(listed) != wanted:
        yield path, f"has {len(listed)} entries; {wanted} are wanted, {why}"


def _differing(path: str, values: np.ndarray, wanted: tuple[int, ...]) -> Iterator[tuple[str, str]]:
    if values.shape != wanted:
        shapes = [" x ".join(map(str, shape)) for shape in (values.shape, wanted)]
        yield path, f"is {shapes[0]}; {shapes[1]} is wanted"
