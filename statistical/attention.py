"""What arXiv:2309.01775 says of attention and of trained gated networks as a population of runs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from functools import partial
from importlib.util import find_spec

import numpy as np

from whp.checks import Cell, NotOffered, NotRun, Plan, claim_of
from whp.properties.attention.expected import attention, gated, size
from whp.properties.rounding import precision_of
from whp.reference.attention import identity, network_train
from whp.reference.attention.descent import start
from whp.reference.attention.network import Network
from whp.reference.attention.training import outputs
from whp.statistical.decisions import mean_at_most, mean_in_range
from whp.statistical.designs import both, by_both, by_coin, by_law, never, of_both
from whp.statistical.exact.regression import best_rate, mean_loss, moments
from whp.statistical.exact.successes import binomial
from whp.subject import Subject

PAPER = "arXiv:2309.01775"
IN_CONTEXT = f"{PAPER}, section on in-context learning"


# Recall: the value whose key is asked for, out of N. Keys are d random signs, and values are one. The answer
# is d times the value, and beside it the sum of (N - 1) d products of signs, which are independent signs.


def recalls(*sizes: tuple[int, int]) -> list[Cell]:
    """Make one cell for d and N each."""
    return [Cell(f"d = {d}, N = {pairs}", d=d, pairs=pairs) for d, pairs in sizes]


def signs_pmf(cell: Cell) -> list[Fraction]:
    """Return the law of the number of positive signs."""
    return binomial((cell.pairs - 1) * cell.d, Fraction(1, 2))


def divided(cell: Cell) -> list[float]:
    """Return the law if answers are divided by the number of tokens, N + 1."""
    m, d = (cell.pairs - 1) * cell.d, cell.d
    plus = np.arange(m + 1)
    errors = (2 * plus - m + d) / (cell.pairs + 1) - d
    right = [float(chance) for chance in signs_pmf(cell)]
    chances: list[float] = np.bincount(np.rint((errors + m) / 2).astype(int), right).tolist()
    return chances


@claim_of(
    "attention",
    source=f"{PAPER}, associative recall; the error is a sum of (N - 1) d independent signs, exactly",
    cells={"quick": recalls((4, 4), (16, 4)), "full": recalls((4, 4), (16, 4), (16, 16), (64, 16))},
    decision=partial(by_law, signs_pmf, {"quick": 1000, "full": 10000}),
    alternatives={"MeanOfThePast": divided},
)
def recall_errs_as_random_keys_do(subject: Subject, cell: Cell, seed: int) -> float:
    """Recall of one of N signs by keys of d signs errs by (N - 1) / d in mean square, and by an exact law."""
    random, d = np.random.default_rng(seed), cell.d
    pairs = 2.0 * random.integers(0, 2, (cell.pairs, d + 1)) - 1
    which = int(random.integers(cell.pairs))
    asked = np.append(pairs[which, :d], 0.0)
    reads, gives = np.eye(d, d + 1), np.eye(d + 1)[[d]]
    told = subject.attend(inputs=np.vstack([pairs, asked]), query=reads, key=reads, value=gives)[-1, 0]
    error = float(told) * pairs[which, d] - d  # by the sign of the value, so that its own sign drops out
    return float(np.rint((error + (cell.pairs - 1) * d) / 2))


# In-context regression


def tasks(*sizes: tuple[str, int, int]) -> list[Cell]:
    """Make cells at the best rate of each task, at those beside it, and at one over the number of pairs."""
    cells = []
    for name, m, pairs in sizes:
        best = best_rate(name, m, pairs)
        rates = {"best rate": best, "half of it": best / 2, "twice that": 2 * best, "rate 1 / N": 1 / pairs}
        cells += [
            Cell(f"{name}, m = {m}, N = {pairs}, {word}", law=name, m=m, pairs=pairs, rate=rate)
            for word, rate in rates.items()
        ]
    return cells


def by_loss(cells: Sequence[Cell], effort: str, alpha: float) -> Plan:
    """Decide by Catoni's interval, for the variance that the loss of one task has."""
    right = [moments(cell.law, cell.m, cell.pairs, cell.rate) for cell in cells]
    return mean_in_range(
        [cell.label for cell in cells],
        [mean_loss(cell.law, cell.m, cell.pairs, cell.rate) for cell in cells],
        (-math.inf, math.inf),
        {"quick": 1500, "full": 20000}[effort],
        alpha,
        variances=[variance for _, variance in right],
    )


def at_rate(cell: Cell, rate: float) -> tuple[float, float]:
    """Return the mean and the variance of the loss at another rate than is asked for."""
    return moments(cell.law, cell.m, cell.pairs, rate)


@claim_of(
    "attention",
    source=f"{IN_CONTEXT}; the loss in closed form, which is least at the best rate",
    cells={
        "quick": tasks(("uniform", 3, 12)),
        "full": tasks(("uniform", 3, 12), ("normal", 3, 12), ("normal", 2, 4)),
    },
    decision=by_loss,
    alternatives={
        "AlwaysAverages": lambda cell: at_rate(cell, 1 / cell.pairs),
        "MeanError": lambda cell: at_rate(cell, cell.rate / cell.pairs),
        "NoHalf": lambda cell: at_rate(cell, 2 * cell.rate),
        "Uphill": lambda cell: at_rate(cell, -cell.rate),
    },
)
def losses_in_context_are_those_of_one_step(subject: Subject, cell: Cell, seed: int) -> float:
    """The mean loss of one step in context is 1 - 2 r N + r^2 N (N - 1 + c) at rate r, for unit variances."""
    random, m = np.random.default_rng(seed), cell.m
    shape = cell.pairs + 1, m
    drawn = (
        random.standard_normal(shape)
        if cell.law == "normal"
        else random.uniform(-math.sqrt(3), math.sqrt(3), shape)
    )
    inputs, query = drawn[:-1], drawn[-1]
    weights = 2.0 * random.integers(0, 2, m) - 1
    targets = (inputs @ weights)[:, None]
    answer = subject.predict(inputs=inputs, targets=targets, query=query, rate=cell.rate)
    error = float(query @ weights) - float(answer[0])
    return float(error * error / m)


# Rounding


def lengths(*sizes: int) -> list[Cell]:
    """Make one cell a length."""
    return [Cell(f"T = {length}", length=length) for length in sizes]


MOST = 2.0  # an output is rounded T + 3d + k + 8 times at most, which is less than twice T + 2d + 8


def by_bets(cells: Sequence[Cell], effort: str, alpha: float) -> Plan:
    """Decide by bets against a mean of at most what the longest chain of roundings can do."""
    return mean_at_most([cell.label for cell in cells], MOST, {"quick": 40, "full": 200}[effort], alpha)


GRID = 20  # bits behind the point


@claim_of(
    "attention",
    source=f"{PAPER}, section 2; the standard model of rounding, in the precision that is declared",
    cells={"quick": lengths(10, 100), "full": lengths(10, 1000, 10000)},
    decision=by_bets,
)
def errors_grow_no_faster_than_the_length(subject: Subject, cell: Cell, seed: int) -> float:
    """The largest error of a sequence is at most 2 (T + 2d + 8) u of its terms, against exact arithmetic."""
    precision = precision_of(subject)
    if precision.largest < 1e6:
        raise NotOffered("numbers of the range that sums over long sequences need")
    random, d = np.random.default_rng(seed), 2
    whole = [np.rint(random.standard_normal(shape) * 2**GRID) for shape in ((cell.length, d), *[(d, d)] * 3)]
    names = "inputs", "query", "key", "value"
    asked = {name: array / 2**GRID for name, array in zip(names, whole, strict=True)}
    got = subject.attend(**asked)
    tokens, query, key, value = (array.astype(np.int64).astype(object) for array in whole)
    queries, keys, values = (tokens.dot(matrix.T) for matrix in (query, key, value))
    states = np.cumsum(values[:, :, None] * keys[:, None, :], axis=0)
    exact = (states * queries[:, None, :]).sum(axis=2)
    terms = size(asked)
    unit = 2 ** (6 * GRID)
    error = np.array(
        [
            [abs(float(Fraction(y) - Fraction(right, unit))) for y, right in zip(*each, strict=True)]
            for each in zip(got.tolist(), exact.tolist(), strict=True)
        ]
    )
    roundings = cell.length + 2 * d + 8
    return float((error / (precision.unit * roundings * terms)).max())


# Training. The loss of a network is its squared error as a share of attention's mean square, on new sequences
# of independent normal tokens; that of a subject is the least of its restarts.


STEPS, RESTARTS, LENGTH = 1200, 3, 8
LEARNED = 0.03


def trained(subject: Subject, weights: dict[str, np.ndarray], neurons: int, seed: int) -> Iterator[Network]:
    """Yield the networks that the subject trains from a few seeds, for as long as another is wanted."""
    if subject.name == "reference" and find_spec("torch") is None:
        raise NotRun("the reference trains by torch, which is not installed: pip install 'whp[torch]'")
    seeds = np.random.SeedSequence(seed).generate_state(RESTARTS).tolist()
    for each in seeds:
        yield subject.fit(**weights, neurons=neurons, steps=STEPS, seed=each)


def loss_of(
    network: Network, neurons: int, weights: dict[str, np.ndarray], random: np.random.Generator
) -> float:
    """Return how far a network's outputs are from attention's; infinity if it has too many neurons."""
    if len(network.decay) > neurons:
        return math.inf
    sequences = random.standard_normal((200, LENGTH, weights["key"].shape[1]))
    got = np.array([gated(network, sequence) for sequence in sequences])
    right = np.array([attention(sequence, **weights) for sequence in sequences])
    return identity.distance(got, right)


def teacher(random: np.random.Generator, d: int, *, plain: bool = False) -> dict[str, np.ndarray]:
    """Return orthogonal matrices; plain: key and query are the identity."""
    made = np.linalg.qr(random.standard_normal((3, d, d)))[0]
    if plain:
        made[:2] = np.eye(d)
    return dict(zip(("query", "key", "value"), made, strict=True))


by_restarts = partial(by_coin, 0.95, 0.4)  # whether the best of them mostly succeeds, or as often fails


@claim_of(
    "attention",
    source=f"{PAPER}, teacher and student; {STEPS} steps, the best of {RESTARTS} restarts",
    cells={"full": [Cell("d = 2, 5 neurons", neurons=5), Cell("d = 2, 8 neurons", neurons=8)]},
    decision=by_restarts,
    alternatives={"NoInputGateLearned": never, "NeverTrained": never},
)
def enough_neurons_learn_attention(subject: Subject, cell: Cell, seed: int) -> float:
    """Trained to imitate attention, d (d + 3) / 2 neurons or more come within 3 % of it."""
    random = np.random.default_rng(seed)
    weights = teacher(random, 2)
    networks = trained(subject, weights, cell.neurons, seed)
    return float(any(loss_of(network, cell.neurons, weights, random) < LEARNED for network in networks))


@claim_of(
    "attention",
    source=f"{PAPER}; with fewer neurons than the rank of what is to be held, no network is attention",
    cells={"full": [Cell("d = 2, 4 neurons", neurons=4)]},
    decision=by_restarts,
    alternatives={"TakesMoreNeurons": never},
)
def too_few_neurons_do_not(subject: Subject, cell: Cell, seed: int) -> float:
    """One neuron fewer than d (d + 3) / 2 leaves more than 3 %, whatever the training."""
    random = np.random.default_rng(seed)
    weights = teacher(random, 2)
    networks = trained(subject, weights, cell.neurons, seed)
    losses = (loss_of(network, cell.neurons, weights, random) for network in networks)
    return float(all(LEARNED < loss < math.inf for loss in losses))


def floors(d: int, length: int) -> tuple[float, float]:
    """Return the least loss without an input gate, and without an output gate, when P = I, value orthogonal.

    Outputs are then of degree 2, of which only the part linear in x_t counts, by parity: the best is
    (t + d + 1) value x_t, for which a network without an input gate can count t; without an output gate it
    must do with the mean of t.
    """
    t = np.arange(1, length + 1)
    total = float(np.sum(d * (t - 1) * (t + d) + 2 * (t - 1) * d * (d + 2) + d * (d + 2) * (d + 4)))
    best = t + d + 1
    return 1 - d * float(np.sum(best**2)) / total, 1 - d * float(np.sum(best)) ** 2 / length / total


@claim_of(
    "attention",
    source=f"{PAPER}: without one of the gates a network is of degree 2, and stays above an exact loss",
    cells={"full": [Cell("d = 1, 3 neurons", d=1, neurons=3), Cell("d = 2, 8 neurons", d=2, neurons=8)]},
    decision=by_restarts,
    alternatives={"NoInputGateLearned": never},
)
def both_gates_go_below_the_floor_without_one(subject: Subject, cell: Cell, seed: int) -> float:
    """Trained networks come below a quarter of the least loss that a network without a gate can have."""
    random = np.random.default_rng(seed)
    weights = teacher(random, cell.d, plain=True)
    networks = trained(subject, weights, cell.neurons, seed)
    floor = min(floors(cell.d, LENGTH))
    return float(any(loss_of(network, cell.neurons, weights, random) < floor / 4 for network in networks))


@claim_of(
    "attention",
    source=f"{IN_CONTEXT}: as good as one step of gradient descent",
    cells={"full": [Cell("m = 1, N = 4, 4 neurons", m=1, pairs=4, neurons=4)]},
    decision=by_restarts,
    alternatives={"NoInputGateLearned": never},
)
def trained_networks_learn_in_context(subject: Subject, cell: Cell, seed: int) -> float:
    """A network that imitates one step of gradient descent has at most 5 % more than its loss in context."""
    random, m = np.random.default_rng(seed), cell.m
    reads, rate = np.eye(m, m + 1), best_rate("normal", m, cell.pairs)
    weights = {"query": reads, "key": reads, "value": rate * np.eye(m + 1)[[m]]}
    networks = trained(subject, weights, cell.neurons, seed)
    drawn = random.standard_normal((2000, cell.pairs + 2, m))
    tokens, tasks_ = drawn[:, :-1], drawn[:, -1]
    targets = np.einsum("btm,bm->bt", tokens, tasks_)
    inputs = np.concatenate([tokens, targets[..., None]], axis=2)
    inputs[:, -1, m] = 0

    def loss(outputs: Iterable[np.ndarray]) -> float:
        return float(np.mean((np.array([rows[-1, 0] for rows in outputs]) - targets[:, -1]) ** 2))

    right = loss(attention(sequence, **weights) for sequence in inputs)
    return float(any(loss(gated(net, one) for one in inputs) <= 1.05 * right for net in networks))


# Parity. From 60 other starts, trained by the reference, networks came to 0.97 on the average, 0.73 at least,
# and within 0.0001 of each other in float32 and in float64; with a rate of a sixteenth, to 0.2 less or more.


BRIEFLY = Cell("d = 2, 8 neurons", d=2, neurons=8, batch=16, updates=200, rate=0.02)


@claim_of(
    "attention",
    source="parity of the law over starts: trains as well, which is less than computes the same",
    cells=both(BRIEFLY),
    decision=by_both,
)
def float32_trains_as_well_as_float64(subject: Subject, cell: Cell, seed: int) -> float:
    """Trained in float32 by the subject, networks come as near to attention as by the reference in float64.

    How near is 1 less the squared error as a share of the mean square, or 0. A pair starts from the same
    network, has the same batches, and may differ by a margin of 0.1. At full effort the means of two
    populations are compared.
    """
    random, d = np.random.default_rng(seed), cell.d
    weights = teacher(random, d)
    inputs = random.standard_normal((cell.updates, cell.batch, LENGTH, d))
    asked = {
        "network": Network(**start(d, d, cell.neurons, cell.neurons, random)),
        "inputs": inputs,
        "targets": np.stack([outputs(each, **weights) for each in inputs]),
        "rate": cell.rate,
        "clip": 1.0,
    }
    fresh = int(random.integers(2**32))

    def near(network: Network) -> float:
        return max(0.0, 1 - loss_of(network, cell.neurons, weights, np.random.default_rng(fresh)))

    return of_both(
        cell,
        0.1,
        lambda: near(subject.network_train(**asked, dtype="float32", device=subject.device).network),
        lambda: near(network_train(**asked, dtype="float64", device="cpu").network),
    )
