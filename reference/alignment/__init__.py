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
from typing import Any

import numpy as np
from jaxtyping import Int

from whp.reference.alignment.lines import barrier
from whp.reference.alignment.matching import match, match_layer
from whp.reference.alignment.networks import Network, forward, interpolate, permute, widths

whp = {"method": "activation"}

OPERATIONS = (forward, match_layer, match, permute, interpolate, barrier)


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
    for name, network in networks.items():
        yield from faults_of_network(network, f"{name}.")
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
