"""`whp verify attention`: is a given network attention?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from whp.checks import Refuted
from whp.properties.attention.expected import MATRICES, attention, gated
from whp.reference.attention import identity
from whp.reference.attention.files import read_arrays, read_network, read_weights

EXACT = 1e-20  # a relative squared error that is rounding alone


def verify_command(
    network: Annotated[
        Path,
        typer.Argument(
            metavar="NETWORK", help='JSON: {"decay": [...], "input_a": [[...]], ...}, see `whp run`'
        ),
    ],
    of: Annotated[
        Path | None, typer.Option(metavar="FILE", help="JSON of query, key and value: is it this attention?")
    ] = None,
    within: Annotated[
        float, typer.Option(min=0, help="The relative squared error of outputs that is allowed.")
    ] = 1e-3,
    length: Annotated[
        int, typer.Option(min=3, help="Of the sequences on which it is measured, unless decays are 0 and 1.")
    ] = 20,
    seed: Annotated[int, typer.Option(min=0, help="Of these sequences.")] = 0,
    matrices_file: Annotated[
        Path | None,
        typer.Option("--matrices", metavar="FILE", help="Write query, key and value there, as JSON."),
    ] = None,
) -> str:
    """Is this gated network linear attention, and which? Tells how far it is, outside and inside.

    If all decays are 0 or 1, sequences of three tokens decide for all lengths. The matrices are those of the
    attention nearest to the network; only key^T query counts, so that the key is the identity, and query and
    value have one norm. Scores are 0 for attention: `held` and `asked` say how badly the neurons that keep
    and those that forget give value C P and P x, `function` how far the cubic tensor is.
    """
    trained = read_network(network, read_arrays(network))
    d = trained.input_a.shape[1] - 1
    weights = read_weights(of, read_arrays(of)) if of else identity.effective(identity.cubic_of(trained))
    if (weights[0].shape[1], len(weights[2])) != (d, len(trained.readout)):
        raise ValueError(
            f"{of}: attention of {weights[0].shape[1]} inputs and {len(weights[2])} outputs; the network has "
            f"{d} and {len(trained.readout)}"
        )
    if matrices_file:
        named = dict(zip(MATRICES, (array.tolist() for array in weights), strict=True))
        try:
            matrices_file.write_text(json.dumps(named))
        except OSError as fault:
            raise ValueError(f"{matrices_file}: {fault.strerror}") from None
    settled = bool(np.isin(trained.decay, (0.0, 1.0)).all())
    tokens = 3 if settled else length
    random = np.random.default_rng(np.random.SeedSequence(seed))
    sequences = random.standard_normal((3 if settled else 100, tokens, d))
    got = np.array([gated(trained, sequence) for sequence in sequences])
    right = np.array([attention(sequence, *weights) for sequence in sequences])
    error = identity.distance(got, right)
    inside = identity.scores(trained, *weights, random.standard_normal((max(1000, tokens), d)))
    which = "this attention" if of else "linear attention"
    h, least = len(trained.decay), identity.needed(*weights)
    told = [
        f"scores: held {inside.held:.2g}, asked {inside.asked:.2g}, function {inside.function:.2g}; "
        f"{np.count_nonzero(trained.decay > identity.HALF)} of {h} neurons keep; {least} are needed"
    ]
    if not of:
        told += [
            f"{name}: {np.round(array, 4).tolist()}" for name, array in zip(MATRICES, weights, strict=True)
        ]
    if not error <= within:
        between = trained.decay[(trained.decay > 0.1) & (trained.decay < 0.9)]
        odd = f"; decays such as {between[0]:.3g} are neither near 0 nor near 1" if len(between) else ""
        raise Refuted(
            f"not {which}: the relative squared error on sequences of {tokens} tokens is {error:.3g}, "
            f"more than {within:g}{odd}\n{told[0]}"
        )
    if settled and error <= EXACT:
        first = f"{which}, exactly: with decays 0 and 1, three random sequences of 3 tokens decide for all"
    else:
        first = f"{which}, but for a relative squared error of {error:.3g} on sequences of {tokens} tokens"
    return "\n".join([first, *told])
