"""`whp verify alignment`: are somebody's permutations what they should be?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from whp import contract
from whp.checks import Refuted
from whp.properties.alignment.bounds import (
    expect_best_everywhere,
    expect_near,
    expect_permutation,
    slack,
)
from whp.properties.rounding import PRECISIONS
from whp.reference.alignment import DATA, NETWORK, lines, read_all
from whp.reference.alignment.files import read_network
from whp.reference.alignment.networks import Network, Permutations, forward, permute, widths


def verify_command(
    first: Annotated[Path, typer.Argument(metavar="FIRST", help=NETWORK)],
    second: Annotated[Path, typer.Argument(metavar="SECOND", help="The same, before it is permuted")],
    data: Annotated[Path, typer.Argument(metavar="DATA", help=DATA)],
    permutations: Annotated[
        Path, typer.Argument(metavar="PERMUTATIONS", help='JSON: [[2, 0, 1], ...] or {"permutations": [...]}')
    ],
    permuted: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The second network as you permuted it.")
    ] = None,
    method: Annotated[
        str, typer.Option(metavar="METHOD", help="weight: don't ask that cosines of activations are best.")
    ] = "activation",
) -> str:
    """Are these permutations, do they keep the function, are they the best, and what is the barrier then?

    The exit status is 1 for what is no permutation of a layer's units, for a permuted network of your own
    that isn't the second network, and, unless the method is weight, for a layer that can be matched better.
    """
    one, other, inputs, labels = read_all(first, second, data)
    found = read_permutations(permutations, one, other, inputs)
    if method not in ("activation", "weight"):
        raise ValueError(f"--method {method}: activation or weight is expected")
    for t, p in enumerate(found):
        expect_permutation(p, f"that of hidden layer {t}")
    said = [f"permutations of the units of {len(found)} hidden layers, so that the function is kept"]
    if permuted is not None:
        said.append(expect_permuted(read_network(permuted), other, found, inputs))
    if method == "activation":
        advice = "; --method weight if they were found otherwise"
        expect_best_everywhere(found, one, other, inputs, PRECISIONS["float64"], advice)
        said.append("no other has a larger sum of cosines")
    if labels is not None:
        drawn = lines(one, other, found, inputs, labels)
        said.append(
            f"barrier {drawn['naive'].barrier:.4g} as it is, {drawn['permuted'].barrier:.4g} permuted, and "
            f"accuracy half way {drawn['naive'].accuracies[5]:.4g} and {drawn['permuted'].accuracies[5]:.4g}"
        )
    return "; ".join(said)


def expect_permuted(got: Network, second: Network, found: Permutations, inputs: np.ndarray) -> str:
    """Refute a permuted network that doesn't compute what the second does; say how it was permuted."""
    if widths(got) != widths(second):
        raise Refuted(f"the permuted network has widths {widths(got)}, the second {widths(second)}")
    logits, wanted = (forward(network, inputs).logits for network in (got, second))
    stored = PRECISIONS["float32"].unit  # it may have been saved in single precision
    allowed = slack(second, inputs, stored)[-1]
    why = "what the second network answers; rows, columns of the next layer and biases must move together"
    expect_near(logits, wanted, allowed, "the permuted network's logits", why)
    for p, how in ((found, "permuted so"), ([np.argsort(q) for q in found], "permuted by the inverse")):
        right = permute(second, p)
        if all(np.allclose(a, b, 1e-6, 0) for a, b in zip(got.weights, right.weights, strict=True)):
            return f"your network computes the same and is {how}"
    raise Refuted("the permuted network computes what the second does, but is permuted otherwise")


def read_permutations(path: Path, first: Network, second: Network, inputs: np.ndarray) -> Permutations:
    """Read permutations; raise ValueError, with the path in the file, where they are none of this shape."""
    value = contract.read_json(path)
    listed: Any = value.get("permutations") if isinstance(value, dict) else value
    asked = {"first": first, "second": second, "inputs": inputs}
    try:
        found: Permutations = contract.operations("alignment")["match"].decode(asked, listed)
    except contract.ContractError as error:
        raise ValueError(f"{path}: {error}") from None
    return found
