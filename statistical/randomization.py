"""What arXiv:2408.10818 says of randomised algorithms, as a population of seeds or of trainings."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from functools import partial
from importlib.util import find_spec
from itertools import product
from typing import Any

import numpy as np

from whp.checks import Cell, NotRun, Plan, claim_of
from whp.properties.randomization.lessons import relaxed
from whp.properties.randomization.playing import first_visits
from whp.reference.randomization import Learner, Trained, learner_train, players
from whp.reference.randomization.players import cycles
from whp.reference.randomization.training import SEEDS, Recall, networks
from whp.reference.randomization.values import colored, found, recalled
from whp.statistical.decisions import coin, mean_at_most
from whp.statistical.designs import both, by_both, by_law, of_both
from whp.statistical.exact.votes import against_alike, wins
from whp.subject import Subject

PAPER = "arXiv:2408.10818"


def by_coins(cells: Sequence[Cell], effort: str, alpha: float) -> Plan:
    """Decide by Wald's test whether a success has the cell's one probability or its other."""
    del effort
    labels, good, bad = zip(*((cell.label, cell.good, cell.bad) for cell in cells), strict=True)
    return coin(labels, good, bad, alpha)


# Votes


def ballots(*sizes: tuple[int, str, int, int]) -> list[Cell]:
    """Make cells: of runs, the probability of the right output, the number of outputs, and which it is."""
    return [
        Cell(
            f"{runs} runs, {right} of {outputs} outputs, number {place}",
            runs=runs,
            law=against_alike(outputs, Fraction(right), place),
            place=place,
        )
        for runs, right, outputs, place in sizes
    ]


def vote_pmf(cell: Cell) -> list[Fraction]:
    """Return the law of whether the right output wins."""
    chance = wins(cell.runs, cell.law, cell.place)
    return [1 - chance, chance]


def largest_pmf(cell: Cell) -> list[Fraction]:
    """Return it if ties go to the largest."""
    chance = wins(cell.runs, cell.law[::-1], len(cell.law) - 1 - cell.place)
    return [1 - chance, chance]


FEW = ballots((3, "0.6", 2, 1), (4, "0.6", 2, 0), (5, "0.4", 4, 3), (11, "0.4", 4, 0), (11, "0.4", 4, 2))


@claim_of(
    "randomization",
    source=f"{PAPER}, Proposition 2: the vote of independent runs; binomial and multinomial sums, exactly",
    cells={"quick": FEW, "full": FEW + ballots((15, "0.3", 32, 31), (15, "0.3", 32, 0), (21, "0.4", 2, 1))},
    decision=partial(by_law, vote_pmf, {"quick": 2000, "full": 20000}),
    alternatives={"LargestOfSeveral": largest_pmf},
)
def votes_win_as_often_as_counted(subject: Subject, cell: Cell, seed: int) -> float:
    """The vote of independent runs is right with the probability that the law of one run gives it."""
    law = [float(chance) for chance in cell.law]
    outputs = players.generator(seed).choice(len(law), size=cell.runs, p=law)
    return float(subject.vote(outputs=outputs) == cell.place)


# One bit, colours, treasures: each input by itself, because an adversary picks it


def remembered(*sizes: int) -> list[Cell]:
    """Make a cell for all values of so many bits and each query."""
    made = []
    for n in sizes:
        for values in product((0, 1), repeat=n):
            best, plain = recalled(n), Fraction(n + 1, 2 * n)
            worse = plain if plain < best else best - Fraction(1, 8)
            made += [
                Cell(
                    f"{''.join(map(str, values))}, query {query}",
                    values=np.array(values, np.int64),
                    query=query,
                    good=float(best),
                    bad=float(worse),
                )
                for query in range(n)
            ]
    return made


HALVES = 16  # values of 0, and as many of 1
LONG = Cell(  # flips that are used again every 16 values, or every 8, 4 or 2, leave no majority to be stored
    f"{HALVES} x 0, {HALVES} x 1, query 0",
    values=np.repeat(np.array([0, 1], np.int64), HALVES),
    query=0,
    good=float(recalled(2 * HALVES)),
    bad=0.5,
)


def by_minority(cell: Cell) -> float:
    """Return whether the majority is right without flips; a tie is kept as 1."""
    kept = 2 * int(cell.values.sum()) >= len(cell.values)
    return float(cell.values[cell.query] == kept)


@claim_of(
    "randomization",
    source="random access codes of one bit with a shared seed; told from keeping one value and guessing",
    cells={"quick": [*remembered(2, 3), LONG], "full": [*remembered(2, 3, 4), LONG]},
    decision=by_coins,
    alternatives={
        "NeverFlips": by_minority,
        "StoresOne": lambda cell: 2 / 3 if cell.query < 3 else 1 / 2,
        "FlipsAgain": lambda cell: 1 / 2 if cell is LONG else cell.good,
        "OtherSeedAtTheQuery": lambda _: 1 / 2,
    },
)
def a_bit_recalls_as_often_as_it_can(subject: Subject, cell: Cell, seed: int) -> float:
    """Any value is recalled from one bit with probability 1/2 + C(N-1, (N-1)//2) / 2^N, whatever they are."""
    memory = subject.store(values=cell.values, seed=seed)
    return float(subject.recall(memory=memory, query=cell.query, seed=seed) == cell.values[cell.query])


def rings(n: int, *which: int) -> list[Cell]:
    """Make a cell of some labelled cycles of n ids."""
    every = cycles(n)
    good = float(colored(n))
    return [
        Cell(f"cycle {'-'.join(map(str, every[i]))}", order=np.array(every[i]), good=good, bad=0.7 * good)
        for i in which
    ]


def independently(cell: Cell) -> float:
    """Return the probability of a proper colouring by independent uniform colours."""
    n: int = len(cell.order)
    return float((2**n + 2 * (-1) ** n) / 3**n)


def in_turn(cell: Cell) -> float:
    """Return whether the colouring of the ids in turn is proper."""
    return float(players.proper(cell.order % 3))


@claim_of(
    "randomization",
    source=f"{PAPER}: colouring a cycle, of which only the ids are known; the value of the game, exactly",
    cells={"quick": rings(4, 0, 1, 2) + rings(5, 0, 5, 11), "full": rings(4, 0, 1, 2) + rings(5, *range(12))},
    decision=by_coins,
    alternatives={"EachForItself": independently, "NoSeed": in_turn},
)
def cycles_are_proper_as_often_as_they_can_be(subject: Subject, cell: Cell, seed: int) -> float:
    """Every labelled cycle is coloured properly with the best probability that ids alone allow."""
    return float(players.proper(subject.color_cycle(order=cell.order, seed=seed)))


def treasures(*grids: tuple[int, int]) -> list[Cell]:
    """Make a cell for each place of the treasure on each grid, but for those that can only just be met."""
    return [
        Cell(f"{rows} x {columns}, treasure at {i}, {j}", rows=rows, columns=columns, treasure=(i, j))
        for rows, columns in grids
        for i, j in product(range(rows), range(columns))
        if 0 < i + j < found(rows, columns)
    ]


BESIDE = [cell for cell in treasures((5, 6)) if sum(cell.treasure) == 1]  # one way round, one of them is last


def by_time(cells: Sequence[Cell], effort: str, alpha: float) -> Plan:
    """Decide by bets against a mean of at most the best; no treasure is met before its distance."""
    return mean_at_most(
        [cell.label for cell in cells],
        [float(found(cell.rows, cell.columns)) for cell in cells],
        {"quick": 400, "full": 2000}[effort],
        alpha,
        [float(sum(cell.treasure)) for cell in cells],
    )


def one_way(part: float, cell: Cell) -> list[float]:
    """Return the law of the time if so large a part of the seeds goes one way around."""
    times = [
        first_visits(np.array(players.walk(cell.rows, cell.columns, backwards)))[cell.treasure]
        for backwards in (False, True)
    ]
    law = np.zeros(max(times) + 1)
    law[times[0]] += part
    law[times[1]] += 1 - part
    return [float(chance) for chance in law]


@claim_of(
    "randomization",
    source=f"{PAPER}, section 4: a treasure on a grid; n/2 is the best, (n + 1)/2 where both sides are odd",
    cells={
        "quick": treasures((2, 3), (3, 3), (3, 4)) + BESIDE,
        "full": treasures((2, 3), (3, 3), (3, 4), (4, 4), (5, 5)) + BESIDE,
    },
    decision=by_time,
    alternatives={"OneWayAlways": partial(one_way, 1.0), "OneWayMostly": partial(one_way, 0.9)},
)
def treasures_are_found_as_soon_as_can_be(subject: Subject, cell: Cell, seed: int) -> float:
    """Wherever the treasure lies, the mean time over seeds until it is met is at most the best there is."""
    walk = subject.explore(rows=cell.rows, columns=cell.columns, seed=seed)
    return float(first_visits(walk).get(cell.treasure, math.inf))


# Training. The worst loss is that of the worst input, of exact means over the sixteen seeds. The thresholds
# lie where trainings by the reference and by a prototype left room on both sides.


MOSTLY, SELDOM = 0.95, 0.05  # success probabilities that are told apart
SOMETIMES = 0.35  # as often the mean as objective, or single seeds, find a good search by chance

# Recall, in ln 2: 0.70 at most in 448 trainings for the worst case, 0.88 at least in 448 for the mean; 1 is
# the best without a seed. Colouring: 1.34 at most in 192, 1.99 at least in 192. Ring: all of 60 below 4,
# which is midway between the best with seeds, 3, and without, 5; for the mean 8 of 60.
RECALL = Cell("recall of 3", task="recall", size=3, q=16.0, least=0.8 * math.log(2), good=MOSTLY, bad=SELDOM)
COLORING = Cell("coloring of 5", task="coloring", size=5, q=16.0, least=1.6, good=MOSTLY, bad=SELDOM)
RING = Cell("ring of 6", task="ring", size=6, q=None, least=4.0, good=MOSTLY, bad=SOMETIMES)


def trained(subject: Subject, cell: Cell, seed: int, **other: Any) -> Trained:
    """Return the table that comes of training."""
    if subject.name == "reference" and cell.task != "ring" and find_spec("torch") is None:
        raise NotRun("the reference trains by torch, which is not installed: pip install 'whp[torch]'")
    asked = {"task": cell.task, "size": cell.size, "q": cell.q, "seeds": "all", "seed": seed, **other}
    made: Trained = subject.train(**asked)
    return made


def worst(table: Trained) -> float:
    """Return the largest loss of an input, on average over seeds."""
    return float(table.losses.mean(axis=0).max())


def chances(recall: float, coloring: float, ring: float, cell: Cell) -> float:
    """Return the probability that belongs to a cell."""
    return {"recall": recall, "coloring": coloring, "ring": ring}[cell.task]


@claim_of(
    "randomization",
    source=f"{PAPER}, section 4: q large, and means over seeds",
    cells=[RECALL, COLORING, RING],
    decision=by_coins,
    alternatives={
        "TrainsForTheMean": partial(chances, 0.01, 0.01, 0.2),
        "OneSeedForEver": partial(chances, 0.0, 1.0, 0.0),
        "OneSeedAnUpdate": partial(chances, 0.0, 1.0, 0.2),
        "SamplesTheOutputs": partial(chances, 0.0, 1.0, 0.0),
        "IdentityCycleAlone": partial(chances, 1.0, 0.0, 1.0),
        "EdgesTwice": partial(chances, 1.0, 0.0, 1.0),
    },
)
def training_for_the_worst_case_lowers_it(subject: Subject, cell: Cell, seed: int) -> float:
    """Trained for a large q on all seeds, the worst input loses less than training for the mean leaves it."""
    return float(worst(trained(subject, cell, seed)) < cell.least)


@claim_of(
    "randomization",
    source=f"{PAPER}, section 4: training for the mean doesn't make use of seeds against the worst case",
    cells=[RECALL, COLORING],
    decision=by_coins,
    alternatives={
        "TrainsForTheWorstCase": partial(chances, 0.0, 0.0, 0.0),
        "EdgesAveraged": partial(chances, 1.0, 0.0, 1.0),
    },
)
def training_for_the_mean_does_not(subject: Subject, cell: Cell, seed: int) -> float:
    """Trained for q = 1 on all seeds, some input loses more than training for the worst case leaves it."""
    return float(worst(trained(subject, cell, seed, q=1.0)) > cell.least)


@claim_of(
    "randomization",
    source=f"{PAPER}: no deterministic algorithm is good; by the rank of a matrix, and by counting",
    cells=[RECALL, COLORING, RING],
    decision=by_coins,
    alternatives={
        "WideKeys": partial(chances, 0.0, 1.0, 1.0),
        "EdgesAveraged": partial(chances, 1.0, 0.0, 1.0),
    },
)
def each_seed_alone_fails_somewhere(subject: Subject, cell: Cell, seed: int) -> float:
    """With each seed alone a trained algorithm fails on some input, or takes size - 1 steps to some goal.

    And it loses what it must: ln 2 on some input of recall, and on the average over all cycles the edges that
    have one colour if classes are as equal as can be, since two ids are neighbours on 2 / (size - 1) of them.
    """
    table = trained(subject, cell, seed)
    if cell.task == "ring":
        return float((table.losses.max(axis=1) >= cell.size - 1).all())
    least, lost = math.log(2), table.losses.max(axis=1)
    if cell.task == "coloring":
        pairs = sum(math.comb((cell.size + i) // 3, 2) for i in range(3))
        least, lost = 2 * pairs / (cell.size - 1), table.losses.mean(axis=1)
    fails = table.success.min(axis=1) == 0
    return float((fails & (lost >= least * (1 - 1e-5))).all())  # in single precision it may be rounded


@claim_of(
    "randomization",
    source=f"{PAPER}, section 4: the same seed at all times is no randomness",
    cells=[RECALL, RING],
    decision=by_coins,
    alternatives={"FixedIsAll": partial(chances, 0.0, 0.0, 0.05)},
)
def a_fixed_seed_is_no_help(subject: Subject, cell: Cell, seed: int) -> float:
    """Trained with a fixed seed, all rows are alike, and the worst loss is that of a single seed at best."""
    table = trained(subject, cell, seed, seeds="fixed")
    bound = cell.size - 1 if cell.task == "ring" else math.log(2)
    return float((table.losses == table.losses[0]).all() and worst(table) >= bound * (1 - 1e-9))


ROOM = 0.2 * math.log(2)  # half of the least difference in 128 pairs of trainings


@claim_of(
    "randomization",
    source=f"{PAPER}, section 4: more than one seed an update is needed",
    cells={"full": [RECALL]},
    decision=by_coins,
    alternatives={"NeverDraws": partial(chances, 0.0, 0.0, 0.0)},
)
def one_seed_an_update_is_not_enough(subject: Subject, cell: Cell, seed: int) -> float:
    """Trained with one seed drawn for each update, the worst input loses more, by 0.2 ln 2, than with all."""
    drawn, every = (worst(trained(subject, cell, seed, seeds=seeds)) for seeds in (1, "all"))
    return float(drawn - every > ROOM)


PROPER = Cell("coloring of 5", task="coloring", size=5, q=16.0, good=0.6, bad=0.05)


@claim_of(
    "randomization",
    source=f"{PAPER}, section 4: success on every input, where a deterministic algorithm has none on some",
    cells={"full": [PROPER]},
    decision=by_coins,
    alternatives={"TrainsForTheMean": lambda _: 0.01, "OneSeedForEver": lambda _: 0.0},
)
def training_for_the_worst_case_succeeds_everywhere(subject: Subject, cell: Cell, seed: int) -> float:
    """Trained for a large q on all seeds, every cycle is proper with two of the sixteen seeds or more.

    In 192 trainings that came out 158 times.
    """
    return float(trained(subject, cell, seed).success.sum(axis=0).min() >= 2)


# Parity. From 40 other starts, trained by the reference, learners gained 0.58 on the average, 0.48 at least,
# and within 0.00001 of each other in float32 and in float64; with a rate of a sixteenth 0.21 less or more.


BRIEFLY = Cell("recall of 2", size=2, q=16.0, batch=16, updates=60, rate=0.02)


@claim_of(
    "randomization",
    source="parity of the law over starts: trains as well, which is less than computes the same",
    cells=both(BRIEFLY),
    decision=by_both,
)
def float32_trains_as_well_as_float64(subject: Subject, cell: Cell, seed: int) -> float:
    """Trained in float32 by the subject, learners gain as much as those of the reference in float64.

    What is gained is 1 less the relaxed loss of all seeds and inputs as a share of ln 2, or 0. A pair starts
    from the same learner, has the same batches, and may differ by a margin of 0.1. At full effort the means
    of two populations are compared.
    """
    random, everything = players.generator(seed), Recall(cell.size).values
    asked = {
        "learner": Learner(**networks(random, 2, cell.size + SEEDS.shape[1], 1)),
        "seeds": np.tile(SEEDS, (cell.updates, 1, 1)),
        "values": 2.0 * random.integers(0, 2, (cell.updates, cell.batch, cell.size)) - 1,
        "q": cell.q,
        "rate": cell.rate,
        "clip": 1.0,
    }

    def gained(learner: Learner) -> float:
        return max(0.0, 1 - relaxed(vars(learner), SEEDS, everything, cell.q) / math.log(2))

    return of_both(
        cell,
        0.1,
        lambda: gained(subject.learner_train(**asked, dtype="float32", device=subject.device).learner),
        lambda: gained(learner_train(**asked, dtype="float64", device="cpu").learner),
    )
