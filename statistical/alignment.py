"""What arXiv:2209.07509 says of averages of networks, on handwritten digits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from whp.checks import Cell, NotRun, Plan, claim_of
from whp.properties.alignment import by_activations
from whp.reference.alignment import convolutional, no_permutation
from whp.reference.alignment.digits import Pair, one_thread, pair
from whp.reference.alignment.lines import Line, accuracy, line
from whp.reference.alignment.networks import Network, Permutations, forward, interpolate, permute
from whp.statistical.designs import by_coin
from whp.subject import Subject

PAPER = "arXiv:2209.07509"
MEASURED = "the bar was measured with the reference on scikit-learn's digits"
TRUE, FALSE = 0.9, {"quick": 0.1, "full": 0.4}  # success of the right and of the wrong; see `by_matching`

TWO = Cell("2 x 128 units", hidden=(128, 128), rate=0.05)
THREE = Cell("3 x 128 units", hidden=(128, 128, 128), rate=0.03)
DEEPER = {"quick": [TWO], "full": [TWO, THREE]}
UPDATES = 600


def by_matching(cells: Sequence[Cell], effort: str, alpha: float) -> Plan:
    """Decide by Wald's test between 0.9 and what half-right matchings come to.

    The reference succeeded in every one of 40 runs or more; what matches nothing, or at random, never did.
    """
    return by_coin(TRUE, FALSE[effort], cells, effort, alpha)


by_most = partial(by_coin, 0.8, 0.2)  # networks trained at a large rate vary; 39 of 40 did it


def seldom(cell: Cell) -> float:
    """Return how often an impostor succeeded, at most: once in 40 runs, or never."""
    del cell
    return 0.03


# What is measured


def trained(cell: Cell, seed: int) -> Pair:
    """Return two networks, before and after training; raise NotRun where the digits are missing."""
    try:
        return pair(cell.hidden, UPDATES, cell.rate, seed)
    except ValueError as missing:
        raise NotRun(str(missing)) from None


def matched(subject: Subject, first: Network, second: Network, inputs: np.ndarray) -> Permutations | None:
    """Return the subject's permutations, by `match` or layer by layer; None if they are none."""
    if subject.offers("match") or not subject.offers("match_layer"):
        found: Permutations = subject.match(first=first, second=second, inputs=inputs)
    else:
        pairs = zip(forward(first, inputs).hidden, forward(second, inputs).hidden, strict=True)
        found = [subject.match_layer(first=one, second=other) for one, other in pairs]
    return None if any(map(no_permutation, found)) else found


def halfway(networks: Sequence[Network], found: Permutations, data: Any) -> float:
    """Return the accuracy of the average of the first network and the permuted second, on the test digits."""
    first, second = networks
    middle = interpolate(first, permute(second, found), 0.5)
    return accuracy(forward(middle, data.test_inputs).logits, data.test_labels)


@dataclass(frozen=True)
class Lines:
    """The lines between two trained networks: as they are, and with the second one permuted."""

    naive: Line
    aligned: Line

    @property
    def ratio(self) -> float:
        """The barrier of the permuted network over that of the network as it is.

        The end loss is that of the second network itself: a permuted one that is broken would lower the
        barrier by its own large loss.
        """
        ends = self.naive.losses[0], self.naive.losses[-1]
        chord = self.naive.weights * ends[1] + (1 - self.naive.weights) * ends[0]
        return float((self.aligned.losses - chord).max()) / self.naive.barrier


def lines(run: Pair, found: Permutations) -> Lines:
    """Measure both lines on the test digits."""
    first, second = run.trained
    test = run.data.test_inputs, run.data.test_labels
    return Lines(line(first, second, *test), line(first, permute(second, found), *test))


# The claims


@claim_of(
    "alignment",
    source=f"{PAPER}, abstract: the average of two random, suitably permuted initialisations; {MEASURED}",
    cells=DEEPER,
    decision=by_matching,
    alternatives={"LastLayerAlone": seldom},
)
def random_initialisations_average_above_chance(subject: Subject, cell: Cell, seed: int) -> float:
    """Permuted as found after training, two untrained networks have an average that is right for 30 %.

    Or for more. Chance is 10 %: exactly so in the mean over the networks that are drawn, because no class is
    preferred. Without a permutation no average of 40 was right for more than 24 %. Asked of subjects that
    match by activations.
    """
    by_activations(subject)
    run = trained(cell, seed)
    with one_thread():
        found = matched(subject, *run.trained, run.data.inputs)
        return float(found is not None and halfway(run.initial, found, run.data) >= 0.3)


@claim_of(
    "alignment",
    source=f"{PAPER}, abstract: SGD solutions are linearly connected modulo permutation; {MEASURED}",
    cells=DEEPER,
    decision=by_matching,
    alternatives={"LastLayerAlone": seldom},
)
def trained_networks_lie_in_one_valley(subject: Subject, cell: Cell, seed: int) -> float:
    """Permuting the second of two trained networks leaves at most 15 % of the barrier between them.

    Matching one layer of two alone leaves 20 % or more; asked of subjects that match by activations.
    """
    by_activations(subject)
    run = trained(cell, seed)
    with one_thread():
        found = matched(subject, *run.trained, run.data.inputs)
        return float(found is not None and lines(run, found).ratio <= 0.15)


@claim_of(
    "alignment",
    source=f"{PAPER}, abstract; weight matching, arXiv:2209.04836, does it too; {MEASURED}",
    cells=[TWO],
    decision=by_matching,
    alternatives={"AnotherOrderForEach": seldom},
)
def matching_halves_the_barrier(subject: Subject, cell: Cell, seed: int) -> float:
    """Permuting the second of two trained networks leaves at most half of the barrier, by whatever method.

    Weight matching leaves 4 % to 25 %, no matching and random ones 65 % or more.
    """
    run = trained(cell, seed)
    with one_thread():
        found = matched(subject, *run.trained, run.data.inputs)
        return float(found is not None and lines(run, found).ratio <= 0.5)


@claim_of(
    "alignment",
    source=f"{PAPER}, abstract: no significant loss on the line; {MEASURED}",
    cells=[TWO],
    decision=by_matching,
    alternatives={"LastLayerAlone": seldom},
)
def averages_of_trained_networks_lose_little(subject: Subject, cell: Cell, seed: int) -> float:
    """The average of two trained networks, one permuted, is right at most 3 % less often than they are.

    Unpermuted it is right 13 % less often; asked of subjects that match by activations.
    """
    by_activations(subject)
    run = trained(cell, seed)
    with one_thread():
        found = matched(subject, *run.trained, run.data.inputs)
        if found is None:
            return 0.0
        first, second = (
            accuracy(forward(network, run.data.test_inputs).logits, run.data.test_labels)
            for network in run.trained
        )
        return float(halfway(run.trained, found, run.data) >= (first + second) / 2 - 0.03)


@claim_of(
    "alignment",
    source=f"a control of {PAPER}: what makes the average is found in training; {MEASURED}",
    cells=[TWO],
    decision=by_matching,
    alternatives={"RemembersTheData": seldom},
)
def permutations_found_at_initialisation_do_nothing(subject: Subject, cell: Cell, seed: int) -> float:
    """Matched before training, two untrained networks have an average that is right for less than 30 %.

    Also after the same subject has matched the trained ones on the same inputs.
    """
    run = trained(cell, seed)
    with one_thread():
        matched(subject, *run.trained, run.data.inputs)
        found = matched(subject, *run.initial, run.data.inputs)
        return float(found is not None and halfway(run.initial, found, run.data) < 0.3)


@claim_of(
    "alignment",
    source=f"{PAPER}, abstract: for convolutional networks the hypothesis doesn't hold; of these small ones; "
    f"{MEASURED}",
    cells={
        "full": [
            Cell("16-16-avg-32-32, learning rate 0.02", rate=0.02),
            Cell("16-16-avg-32-32, learning rate 0.1", rate=0.1),
        ]
    },
    decision=by_most,
    alternatives={"LeastSimilar": seldom},
)
def small_convolutional_networks_stay_apart(subject: Subject, cell: Cell, seed: int) -> float:
    """Matching channels lowers the barrier between two small convolutional networks, but 10 % and more stay.

    It falls to 80 % or less, and the average of the two initialisations stays below 30 %. Channels are
    matched by `match_layer`. Much wider networks are said to connect.
    """
    try:
        run = convolutional.pair(cell.rate, seed)
    except ValueError as missing:
        raise NotRun(str(missing)) from None
    seen = [
        convolutional.activations(kernels, run.data.inputs[: convolutional.MATCHED_ON])
        for kernels in run.trained
    ]
    found = [subject.match_layer(first=one, second=other) for one, other in zip(*seen, strict=True)]
    if any(map(no_permutation, found)):
        return 0.0
    test = run.data.test_inputs, run.data.test_labels
    naive, aligned, initial = (
        convolutional.line(first, convolutional.permute(second, p), *test)
        for (first, second), p in (
            (run.trained, [np.arange(len(q)) for q in found]),
            (run.trained, found),
            (run.initial, found),
        )
    )
    middle = len(initial.weights) // 2
    return float(0.1 < Lines(naive, aligned).ratio <= 0.8 and initial.accuracies[middle] < 0.3)
