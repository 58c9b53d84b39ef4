"""Learning randomized algorithms: arXiv:2408.10818, seeds against an adversary, by a relaxed worst-case loss.

A randomised algorithm A reads an input x and a seed r; L(x, A(x, r)) >= 0 is what it loses. An oblivious
adversary knows the algorithm and picks the input, but doesn't know the seed, so that l(x) = E_r L(x, A(x, r))
counts, in the worst case max_x l(x). That is hard to descend on; the paper trains the relaxation

    L_q = (E_x l(x)^q)^(1/q),    L_1 = E_x l(x) <= L_q <= L_q' <= max_x l(x) = L_infinity    for q <= q'.

The mean over seeds comes first, the power second, and all inputs of a batch see the same seeds. Training for
the mean alone, q = 1, never needs a seed: min_r E_x L <= E_r E_x L. For the worst case one is needed wherever
each deterministic algorithm fails on some input, and no input on all of them.

To mix the rows of a table, pure strategies, so that the norm of the mixed row is least, is a convex game;
`whp.reference.randomization.games` solves it with a certificate. `players.py` has the best players of the
paper's worlds, for which `values.py` says exactly what can be guaranteed; `training.py` learns such players,
with the seed in each token of a linear attention or of a network, and `searching.py` by evolution. The
gradient of that attention, and its training on given batches, are operations of their own: `descent.py` has
the way back, `batched.py` the same in torch, many learners at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import typer
from jaxtyping import Float, Int

from whp.reference.randomization import games, players
from whp.reference.randomization import losses as norms
from whp.reference.randomization.descent import slopes
from whp.reference.randomization.tables import Table, read_table
from whp.reference.randomization.values import found as best_time
from whp.reference.training import descend


@dataclass(frozen=True)
class Relaxed:
    """The relaxed worst-case loss of a table."""

    value: float
    gradient: Annotated[Float[np.ndarray, "m n"], "in each entry of the table"]


@dataclass(frozen=True)
class Solution:
    """The best mixture of the rows of a table."""

    mixture: Annotated[Float[np.ndarray, "m"], "probabilities of the rows"]
    value: Annotated[float, "what it loses"]


@dataclass(frozen=True)
class Trained:
    """What a trained algorithm does, for the sixteen seeds in binary order and all inputs in theirs."""

    losses: Float[np.ndarray, "16 I"]
    success: Annotated[Int[np.ndarray, "16 I"], "0 or 1"]


@dataclass(frozen=True, eq=False)
class Learner:
    """Two networks with a hidden layer, the first of which gives the keys, and the second the queries."""

    first: Annotated[Float[np.ndarray, "2 N+s h"], "of N ids, and of what stands for a seed"]
    bias: Float[np.ndarray, "2 1 h"]
    second: Float[np.ndarray, "2 h w"]
    last: Float[np.ndarray, "2 1 w"]


@dataclass(frozen=True)
class LearnerGradient:
    """A relaxed loss, and its gradient at each array of a learner."""

    loss: float
    learner: Learner


@dataclass(frozen=True)
class LearnerTraining:
    """What comes of training on given batches."""

    losses: Annotated[Float[np.ndarray, "U"], "before each update"]
    learner: Annotated[Learner, "after the last update"]


def relaxed_loss(losses: Float[np.ndarray, "m n"], q: float | None) -> Relaxed:
    """Return (mean over inputs of (mean over seeds of losses)^q)^(1/q), and its gradient.

    Rows are seeds, columns inputs; m, n >= 1; losses are >= 0; q >= 1, or none for infinity. The value is
    right within 8 (m + n + 16) u, relatively, and each entry of the gradient, (l_x / value)^(q-1) / (m n)
    where l_x is the mean of its column and 0^0 = 1, within 8 q (m + n + 16) u, where u is the unit roundoff.
    At a zero table, and where the largest mean is not unique at infinity, any subgradient will do.
    """
    means = losses.mean(axis=0)
    row = norms.weights(means, q) / len(losses)
    return Relaxed(norms.norm(means, q), np.broadcast_to(row, losses.shape))  # one row for all seeds


def solve_game(losses: Float[np.ndarray, "m n"], q: float | None) -> Solution:
    """Return a mixture p of rows that minimises (mean over columns of (sum_s p_s losses_s)^q)^(1/q).

    m, n >= 1; losses are >= 0; q >= 1, or none for infinity: the largest mixed loss, as in a zero-sum game.
    Both the mixture's norm and `value` are within 1e-6 of the largest loss of the least norm there is, and p
    sums to 1 within 1e-9; in a precision of unit roundoff u, within 8 (m + n + 16) u if that is more. It is
    asked for q up to 100.
    """
    found = games.solve(losses, q)
    return Solution(found.mixture, found.value)


def vote(outputs: Int[np.ndarray, "m"]) -> int:
    """Return the most frequent of the outputs, the smallest of several; m >= 1."""
    values, counts = np.unique(outputs, return_counts=True)
    return int(values[counts.argmax()])


def store(values: Int[np.ndarray, "N"], seed: int) -> int:
    """Return the bit that is kept of N >= 1 bits: that of most of them, after the seed's flips.

    With `recall` and a uniform seed, each of them is recalled with the best probability that can be
    guaranteed, 1/2 + C(N-1, (N-1)//2) / 2^N.
    """
    flipped = [value ^ players.flip(seed, index) for index, value in enumerate(values.tolist())]
    return int(2 * sum(flipped) > len(flipped))


def recall(memory: int, query: int, seed: int) -> int:
    """Return what value number `query` was, as far as the kept bit tells, with the seed that `store` had."""
    return memory ^ players.flip(seed, query)


def color_cycle(order: Int[np.ndarray, "n"], seed: int) -> Int[np.ndarray, "n"]:
    """Return a colour out of 0..2 for each place of a cycle, given its ids 0..n-1 in their order around it.

    n >= 3. A place's colour depends on its id, n and the seed alone. On every cycle the colours are proper
    with the best probability that can be guaranteed: that of classes whose sizes differ by at most 1.
    """
    colors: np.ndarray = players.colors_of_ids(len(order), seed)[order]
    return colors


def explore(rows: int, columns: int, seed: int) -> Int[np.ndarray, "t 2"]:
    """Return a walk on a grid, from (0, 0) at time 0 on, one step to a neighbour each, over every cell.

    rows, columns >= 1; cells may be visited again. No cell's mean time of the first visit is above the best
    that can be guaranteed: n/2 for n cells, (n + 1)/2 if both sides are odd, n - 1 in a corridor.
    """
    return np.array(players.walk(rows, columns, backwards=bool(players.flip(seed, 0))), np.int64)


def train(
    task: Literal["recall", "coloring", "ring"],
    size: int,
    q: float | None,
    seeds: Literal["all", "fixed"] | int,
    seed: int,
) -> Trained:
    """Train an algorithm on the relaxed loss; return its table on all sixteen 4-bit seeds and all inputs.

    "recall": `size` pairs of a key and a bit are read into a linear attention whose keys have width 1, for a
    query; inputs are the bits and the query, in lexicographic order; a loss is the cross entropy in nats,
    ln(1 + e^-margin). "coloring": a network gives each id of a cycle of `size` three probabilities; inputs
    are the cycles that start at 0 and whose second is smaller than their last; a loss is the expected number
    of edges of one colour; a success is that the likeliest colours are proper. "ring": a network chooses at
    each of `size` places which way to go from there; inputs are the goals 1..size-1; a loss is the time at
    which the goal is met first, at most 2 size; a success is that it is met before.

    Each update sees "all" seeds, as many as `seeds` that are drawn for it, or the same one ("fixed"), which
    then takes the place of all of them in the table too. It takes torch, but for "ring".
    """
    if task == "ring":
        from whp.reference.randomization import searching

        return Trained(*(table[0] for table in searching.train([seed], size, q, seeds)))
    from whp.reference.randomization import training

    return Trained(*(table[0] for table in training.train([seed], task, size, q, seeds)))


def learner_gradient(
    learner: Learner, seeds: Float[np.ndarray, "m s"], values: Float[np.ndarray, "B N"], q: float
) -> LearnerGradient:
    """Return the relaxed loss of a linear attention that recalls, and its gradient, shaped as the learner.

    Inputs are each row of values with each query 0..N-1 of it, and all see the same m seeds, which are given
    by what stands for them in each token. With key_i(r), query_x(r) float[w] what the two networks give for
    id i and seed r, tanh(first[i] + r first[N:] + bias) second + last, of network 0 and 1 in turn, the loss
    of an input is the mean over seeds of ln(1 + e^-margin), margin = v_x sum over i of v_i <key_i, query_x>;
    and over all B N inputs the relaxed loss is (mean of l^q)^(1/q). q >= 1 is finite; all sizes are >= 1. The
    error of the gradient, as the norm of all arrays together, is at most 1e-12 in float64 and 1e-5 in float32
    of what the rounding of each term can do, times 1 / u.
    """
    loss, found = slopes(vars(learner), seeds, values, q)
    return LearnerGradient(loss, Learner(**found))


def learner_train(
    learner: Learner,
    seeds: Float[np.ndarray, "U m s"],
    values: Float[np.ndarray, "U B N"],
    q: float,
    rate: float,
    clip: float | None,
    dtype: Literal["float32", "float64"],
    device: Literal["cpu", "cuda"],
) -> LearnerTraining:
    """Make one update by Adam for each batch of seeds and values; the losses are those before each update.

    The gradient g of all arrays becomes g min(1, clip / norm g), or, with clip null, stays as it is; and Adam
    has its usual 0.9, 0.999 and 1e-8. All arithmetic is in `dtype`: NumPy's on the CPU, torch's elsewhere.
    """
    if device != "cpu":
        from whp.reference.randomization import batched

        done = batched.learner_train(learner, seeds, values, q, rate, clip, dtype, device)
        return LearnerTraining(done["losses"], Learner(**done["learner"]))
    losses, last = descend(partial(slopes, q=q), learner, (seeds, values), rate, clip, dtype)
    return LearnerTraining(losses, Learner(**last))


OPERATIONS = (
    relaxed_loss,
    solve_game,
    vote,
    store,
    recall,
    color_cycle,
    explore,
    train,
    learner_gradient,
    learner_train,
)


def run_command(
    what: Annotated[str, typer.Argument(metavar="game|recall|coloring|ring|grid")],
    table: Annotated[
        Path | None,
        typer.Argument(metavar="TABLE", help="Of game: losses, as CSV, or as JSON [[0, 1], [1, 0]]."),
    ] = None,
    q: Annotated[float | None, typer.Option(help="Of the norm, at least 1; infinity unless given.")] = None,
    size: Annotated[int, typer.Option(min=3, max=8, help="Of what is trained, or of the grid.")] = 5,
    seeds: Annotated[str, typer.Option(help="For training: all, fixed, or how many an update.")] = "all",
    seed: Annotated[int, typer.Option(min=0, help="Of training.")] = 0,
) -> dict[str, Any]:
    """Solve a game of losses, with a certificate; train an algorithm; or see what walks on a grid earn.

    `whp run randomization game TABLE` prints the mixture of rows that loses least in the worst column, and
    the adversary's mixture of columns: no mixture of rows loses less than `bound`. The others train on tasks
    of the paper: recall of so many bits from one number, and coloring, with q = 16 unless told otherwise, and
    search on a ring, with q = infinity. A grid, of size x size cells, has a treasure on one of them, in two
    episodes of 25 steps: a step earns 1 where the treasure is met, else -0.1. Nothing of it is trained: it is
    the walk of `explore`, in one direction alone and in a random one; then the treasure's place is known.
    """
    if q is not None and not 1 <= q < np.inf:
        raise ValueError(f"--q {q:g}: at least 1 is expected; leave it out for infinity")
    if what == "game":
        if table is None:
            raise ValueError("game: a TABLE of losses is expected, as CSV or as JSON")
        return _solved(read_table(table, q), q)
    if what not in ("recall", "coloring", "ring", "grid"):
        raise ValueError(f"{what!r}: one of game, recall, coloring, ring and grid is expected")
    if table is not None:
        raise ValueError(f"{table}: {what} reads no table")
    if what == "grid":
        return _earned(size)
    if seeds not in ("all", "fixed") and not (seeds.isdigit() and int(seeds)):
        raise ValueError(f"--seeds {seeds}: all, fixed or a number from 1 on is expected")
    how: Any = seeds if seeds in ("all", "fixed") else int(seeds)
    try:
        made = train(what, size, q or (None if what == "ring" else 16.0), how, seed)  # type: ignore[arg-type]
    except ModuleNotFoundError as missing:
        raise ValueError(str(missing)) from None
    mean = made.losses.mean(axis=0)
    return {
        "inputs": len(mean),
        "mean_loss": round(float(mean.mean()), 6),
        "worst_loss": round(float(mean.max()), 6),
        "worst_success": round(float(made.success.mean(axis=0).min()), 4),
        "best_seed_worst_loss": round(float(made.losses.max(axis=1).min()), 6),
        "losses": [[round(loss, 6) for loss in row] for row in made.losses.tolist()],
    }


def _earned(size: int) -> dict[str, Any]:
    walks = [players.walk(size, size, backwards) for backwards in (False, True)]
    cells = sorted(set(walks[0]) - {(0, 0)})
    first = np.array([[sum(players.rewards(walk, cell)) for cell in cells] for walk in walks])
    second = np.array([1 - 0.1 * (i + j - 1) for i, j in cells])
    mixed = first.mean(axis=0)
    earned = {
        "worst_of_one_walk": first[0].min(),
        "worst_return": mixed.min(),
        "mean_return": mixed.mean(),
        "worst_of_two_episodes_of_one_walk": (first[0] + second).min(),
        "worst_of_two_episodes": (mixed + second).min(),
    }
    return {
        "cells": size * size,
        "best_mean_time": float(best_time(size, size)),
        **{name: round(float(value), 6) for name, value in earned.items()},
    }


def _solved(table: Table, q: float | None) -> dict[str, Any]:
    lift = games.lift(table.losses, q)
    found = games.solve(table.losses + lift, q)
    return {
        "value": found.value - lift,
        "bound": found.bound - lift,
        "gap": found.gap,
        "best_row": min(norms.norm(row + lift, q) for row in table.losses) - lift,
        **({"rows": table.names} if table.names else {}),
        "mixture": found.mixture.tolist(),
        "adversary": found.adversary.tolist(),
    }


def faults(operation: str, arguments: Mapping[str, Any], answer: Any = None) -> Iterator[tuple[str, str]]:
    """Yield what annotations can't say about arguments or an answer: where (a path), and what is wrong."""
    if answer is None:
        about = _faults_of_lesson if "learner" in arguments else _faults_of_question
        yield from about(operation, arguments)
    elif operation in ("store", "recall") and answer not in (0, 1):
        yield "", f"is {answer}; 0 or 1 is expected"
    elif operation == "color_cycle" and not ((answer >= 0) & (answer <= 2)).all():
        place = int(((answer < 0) | (answer > 2)).argmax())
        yield f"[{place}]", f"is {answer[place]}, which is no colour out of 0..2"
    elif operation == "train":
        if not ((answer.success == 0) | (answer.success == 1)).all():
            yield "success", "has an entry that is neither 0 nor 1"
        wanted = inputs(arguments["task"], arguments["size"])
        if answer.losses.shape[1] != wanted:
            yield "losses", f"has {answer.losses.shape[1]} columns; there are {wanted} inputs"


def _faults_of_question(operation: str, arguments: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    table, q = arguments.get("losses", np.zeros((1, 1))), arguments.get("q")
    if not table.size:
        yield "losses", "is empty; at least one row and one column are expected"
    if (table < 0).any():
        yield "losses", "has an entry below 0"
    if q is not None and not q >= 1:
        yield "q", f"is {q}; at least 1 is expected, or nothing for infinity"
    for name in ("outputs", "values"):
        if name in arguments and not len(arguments[name]):
            yield name, "is empty; at least one entry is expected"
    if not np.isin(arguments.get("values", 0), (0, 1)).all():
        yield "values", "has an entry that is neither 0 nor 1"
    if arguments.get("memory", 0) not in (0, 1):
        yield "memory", f"is {arguments['memory']}; 0 or 1 is expected"
    if arguments.get("query", 0) < 0:
        yield "query", f"is {arguments['query']}; values are counted from 0 on"
    if operation == "color_cycle":
        order = arguments["order"]
        if len(order) < 3 or not np.array_equal(np.sort(order), np.arange(len(order))):
            yield "order", "is no order of the ids 0..n-1 of a cycle, n >= 3"
    for name in ("rows", "columns"):
        if arguments.get(name, 1) < 1:
            yield name, f"is {arguments[name]}; a grid has at least one cell"


def _faults_of_lesson(_: str, arguments: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if 0 in arguments["learner"].second.shape:
        yield "learner", "has no hidden units or no width; at least one of each is expected"
    for name in ("seeds", "values"):
        if 0 in arguments[name].shape[-2:]:
            yield name, f"are {' x '.join(map(str, arguments[name].shape))}; nothing of them may be empty"
    if not 1 <= arguments["q"] < np.inf:
        yield "q", f"is {arguments['q']}; a finite number of at least 1 is expected"


def inputs(task: str, size: int) -> int:
    """Return how many inputs a task has."""
    if task == "recall":
        return int(size * 2**size)
    return players.labelled_cycles(size) if task == "coloring" else size - 1
