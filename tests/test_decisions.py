"""Decision rules see only numbers, so their errors are counted here on numbers that are drawn for it."""

from __future__ import annotations

import heapq
import math
from fractions import Fraction
from functools import partial

import numpy as np
import pytest
from scipy import special, stats

from whp.statistical.decisions import (
    cdf,
    cgf_of,
    coin,
    equivalent,
    fewest,
    growth,
    independent,
    law,
    mean_at_most,
    mean_in_range,
    mean_of_law,
)
from whp.statistical.decisions.comparisons import Band, Line
from whp.statistical.decisions.independence import hypergeometric_log_tails, quantile
from whp.statistical.decisions.intervals import interval
from whp.statistical.decisions.walk import Walk, chances, fixed_size, lines, stops

MANY = 20_000
SURPRISE = 1e-6  # a count this improbable under the stated rate says that the stated rate is wrong


def random(*key):
    return np.random.default_rng(np.random.SeedSequence([2002, *key]))


def coupons(k, colors=None, start=None, length=400):
    """The law of the steps on a clique of k: coupons still to draw, one of `colors` a step."""
    missing = np.zeros(k + 1)
    missing[k if start is None else start] = 1
    for _ in range(k if start is None else 0):  # the uniform start
        found = missing * np.arange(k + 1) / k
        missing = missing - found
        missing[:-1] += found[1:]
    pmf = []
    for _ in range(length):
        pmf.append(missing[0])
        missing[0] = 0
        found = missing * np.arange(k + 1) / (colors or k)
        missing = missing - found
        missing[:-1] += found[1:]
    return np.array(pmf)


K3, K4, K5 = map(coupons, (3, 4, 5))
OTHER_COLOR = {k: coupons(k, colors=k - 1) for k in (3, 4, 5)}  # impostor: never draws the old colour
ONE_COLOR = coupons(3, start=2)  # impostor: starts with all vertices alike


def draws(generator, pmf, size):
    return np.searchsorted(np.cumsum(pmf)[:-1], generator.random(size), side="right").astype(float)


def expect_rate(wrong, rate, exact=False):
    """The number of wrong decisions is not surprising if their probability is `rate` (or at most that)."""
    n, seen = wrong.size, int(wrong.sum())
    assert n >= MANY
    assert seen == 0 or special.bdtrc(seen - 1, n, min(rate, 1)) >= SURPRISE, (seen / n, rate)
    assert not exact or special.bdtr(seen, n, rate) >= SURPRISE, (seen / n, rate)


def expect_same(plan, refuted, *samples):
    """What is counted below is what the plan decides."""
    for i in range(100):
        decided = plan.decide([sample[i] for sample in samples])
        assert (decided.verdict == "refuted") == refuted[i], decided


def test_the_laws_used_here_are_those_of_the_tables():
    assert K3[:4] == pytest.approx([2 / 9, 2 / 9, 14 / 81, 10 / 81])
    assert K4[:3] == pytest.approx([3 / 32, 9 / 64, 75 / 512])
    values = np.arange(len(K3))
    assert [values @ K3, values @ OTHER_COLOR[3], values @ ONE_COLOR] == pytest.approx([2.5, 5 / 3, 4.5])


# Coins: exact numbers


@pytest.mark.parametrize(
    ("p0", "p1", "nominal", "accept", "reject", "at_p0", "at_p1", "midway", "fixed"),
    [
        (0.5, 0.9, 1e-6, 8.0e-7, 5.5e-7, 28, 38, 158, 103),
        (0.8, 0.95, 1e-6, 9.4e-7, 6.1e-7, 103, 148, 537, 395),
        (0.9, 0.99, 1e-6, 9.5e-7, 4.7e-7, 102, 194, 388, 459),
        (0.45, 0.55, 1e-6, 9.7e-7, 9.7e-7, 690, 690, 4733, 2267),
        (0.45, 0.55, 1e-3, 8.9e-4, 8.9e-4, 349, 349, 1225, 969),
    ],
)
def test_walds_test_has_the_measured_errors_and_sizes(
    p0, p1, nominal, accept, reject, at_p0, at_p1, midway, fixed
):
    plan = coin(["cell"], p1, p0, nominal, nominal, cap=30_000)
    right, wrong, between = chances(plan.walks[0], plan.walks[0].coins)
    assert [wrong.holds, right.refuted] == pytest.approx([accept, reject], rel=0.15)
    assert [wrong.tosses, right.tosses, between.tosses] == pytest.approx([at_p0, at_p1, midway], rel=0.15)
    assert fixed_size(p1, p0, nominal, nominal) == pytest.approx(fixed, rel=0.15)
    # Wald: the threshold over the mean of a step, which is a divergence of Kullback and Leibler.
    for good, bad, mean in ((p1, p0, right.tosses), (p0, p1, wrong.tosses)):
        step = good * math.log(good / bad) + (1 - good) * math.log((1 - good) / (1 - bad))
        assert mean <= 1.1 * math.log(1 / nominal) / step


@pytest.mark.parametrize(("p0", "p1"), [(0.5, 0.9), (0.8, 0.95), (0.9, 0.99), (0.45, 0.55), (0.99, 0.999)])
@pytest.mark.parametrize("alpha", [1e-6, 1e-9])
def test_a_right_coin_needs_little_and_is_seldom_undecided(p0, p1, alpha):
    plan = coin("abc", p1, p0, alpha)
    share, beta = alpha / 3, 1e-3
    assert chances(plan.walks[0], (p1,))[0].tosses <= 0.4 * fixed_size(p1, p0, share, beta)
    assert plan.cap[0] <= 2.7 * fixed_size(p1, p0, share, beta)
    assert plan.undecided(p1) <= 1e-6
    assert 0.2 * alpha < plan.false_alarm <= alpha
    assert plan.miss([p1, p0, p1]) <= beta
    assert plan.miss(p0) <= beta**3
    assert plan.miss(p1) == pytest.approx(1 - plan.false_alarm, abs=1e-12)


def test_the_errors_of_a_walk_are_those_of_rational_arithmetic():
    walk = Walk(0.8, 0.5, math.log(30), math.log(20), 25)
    hold, refute = lines(walk)
    open_, ends, tosses = {0: Fraction(1)}, {1: Fraction(0), -1: Fraction(0)}, Fraction(0)
    for n in range(1, walk.cap + 1):
        tosses += sum(open_.values())
        after = {}
        for failures, mass in open_.items():
            for more, chance in ((0, Fraction(4, 5)), (1, Fraction(1, 5))):
                after[failures + more] = after.get(failures + more, 0) + mass * chance
        for failures in [f for f in after if f >= refute[n] or f <= hold[n]]:
            ends[1 if failures >= refute[n] else -1] += after.pop(failures)
        open_ = after
    end = chances(walk, (0.8,))[0]
    exact = [ends[1], ends[-1], sum(open_.values()), tosses]
    assert [end.refuted, end.holds, end.undecided, end.tosses] == pytest.approx(
        list(map(float, exact)), rel=1e-12
    )


def test_a_coin_that_cannot_be_is_refused():
    for p1, p0 in ((0.5, 0.5), (0.5, 0.6), (1.0, 0.5), (0.5, 0.0)):
        with pytest.raises(ValueError, match="p0 < p1"):
            coin(["cell"], p1, p0, 1e-6)
    with pytest.raises(ValueError, match="undecided"):
        coin(["cell"], 0.9, 0.8, 1e-6, cap=20)
    with pytest.raises(ValueError, match="successes"):
        coin(["cell"], 0.9, 0.8, 1e-6).decide([[1, 0.5]])


# Coins: a runner that takes replicates as they end


def ending_order(successes, generator, workers, slow):
    """In which order replicates end that take exponential times, the failing ones `slow` times as long."""
    times = generator.exponential(size=successes.shape) * np.where(successes, 1.0, slow)
    order = np.empty(successes.shape, int)
    for test, row in enumerate(times.tolist()):
        free = [0.0] * workers
        ends = []
        for time in row:
            ends.append(free[0] + time)
            heapq.heapreplace(free, ends[-1])
        order[test] = np.argsort(ends)
    return order


@pytest.mark.parametrize(
    ("workers", "slow", "true", "wrong", "broken"),
    [(16, 10.0, 0.8, -1, 0.45), (64, 10.0, 0.8, -1, 0.9), (64, 0.1, 0.95, 1, 0.25)],
)
def test_order_of_ending_breaks_the_errors_and_order_of_index_keeps_them(workers, slow, true, wrong, broken):
    walk = coin(["cell"], 0.95, 0.8, 0.01, 0.01).walks[0]
    generator = random(1, workers, int(slow))
    successes = generator.random((1500, walk.cap + workers)) < true
    _, by_index = stops(walk, successes[:, : walk.cap])
    order = ending_order(successes, generator, workers, slow)
    _, by_ending = stops(walk, np.take_along_axis(successes, order, 1)[:, : walk.cap])
    assert special.bdtrc(int((by_index == wrong).sum()) - 1, 1500, 0.01) >= SURPRISE
    assert (by_ending == wrong).mean() > broken


# All rules: errors, counted


@pytest.fixture(params=[0.05, 0.01])
def alpha(request):
    return request.param


def test_errors_of_coin(alpha):
    plan = coin(["cell"], 0.9, 0.7, alpha, beta=0.02)
    walk, generator = plan.walks[0], random(2, int(1 / alpha))
    for p in (0.95, 0.9, 0.8, 0.7):
        tosses = generator.random((MANY, walk.cap)) < p
        _, ways = stops(walk, tosses)
        expect_rate(ways == 1, 1 - plan.miss(p), exact=True)
        expect_rate(ways == 0, plan.undecided(p), exact=True)
        assert p < 0.9 or 1 - plan.miss(p) <= alpha
        expect_same(plan, ways == 1, tosses)
    assert plan.miss(0.7) <= 0.02


def test_errors_of_coins_in_several_cells(alpha):
    plan = coin("abc", [0.9, 0.8, 0.9], [0.6, 0.4, 0.6], alpha, beta=0.02)
    generator = random(3, int(1 / alpha))
    most = max(plan.cap)
    for p in ([0.9, 0.8, 0.9], [0.9, 0.4, 0.9]):
        tosses = generator.random((MANY, 3, most)) < np.array(p)[:, None]
        refuted = np.zeros(MANY, bool)
        for cell, walk in enumerate(plan.walks):
            refuted |= stops(walk, tosses[:, cell, : walk.cap])[1] == 1
        expect_rate(refuted, 1 - plan.miss(p), exact=True)
        expect_same(plan, refuted, *tosses.swapaxes(0, 1))
    assert plan.false_alarm <= alpha
    assert plan.miss([0.9, 0.4, 0.9]) <= 0.02


@pytest.mark.parametrize("other", [K3, OTHER_COLOR[3], ONE_COLOR], ids=["right", "other color", "one color"])
def test_errors_of_law(alpha, other):
    plan = law(["K3"], [K3], 120, alpha)
    cell = plan.cells[0]
    values = draws(random(4, int(1 / alpha)), other, (MANY, 120))
    places = cell.places(values)
    refuted = cell.refuting(cell.counts(places)).any(axis=-1) | (places < 0).any(axis=-1)
    expect_same(plan, refuted, values)
    if other is K3:
        expect_rate(refuted, plan.false_alarm)
        assert alpha / 10 < plan.false_alarm <= alpha
    else:
        expect_rate(~refuted, plan.miss([other]))
        assert plan.miss([other]) < 0.6


@pytest.mark.parametrize("other", [K3, OTHER_COLOR[3], ONE_COLOR], ids=["right", "other color", "one color"])
def test_errors_of_mean_of_law(alpha, other):
    plan = mean_of_law(["K3"], [K3], 150, alpha)
    values = draws(random(5, int(1 / alpha)), other, (MANY, 150))
    low, high = plan.limits[0]
    means = values.mean(axis=-1)
    refuted = (means <= low) | (means >= high)
    expect_same(plan, refuted, values)
    expect_rate(refuted if other is K3 else ~refuted, alpha if other is K3 else plan.miss([other]))
    assert other is K3 or plan.miss([other]) < 0.6


KNOWN = {"empirical Bernstein": ((0, 1), None), "Bernstein": ((0, 1), 0.2), "Catoni": ((0, math.inf), 0.2)}


@pytest.mark.parametrize("known", KNOWN)
@pytest.mark.parametrize("at_most", [False, True])
def test_errors_of_mean_in_range(alpha, known, at_most):
    within, variance = KNOWN[known]
    n = 60 if known == "Catoni" else 200
    plan = mean_in_range(["cell"], 0.25, within, n, alpha, at_most=at_most, variances=variance)
    generator = random(6, int(1 / alpha), len(known))
    for mean in (0.2, 0.25, 0.75) if at_most else (0.25, 0.75):  # all 0 or 1: the widest law
        values = (generator.random((MANY, n)) < mean).astype(float)
        refuted = plan.refuting(0, values)
        expect_same(plan, refuted, values)
        if mean <= 0.25:
            expect_rate(refuted, alpha)
        else:
            expect_rate(~refuted, plan.miss([(mean, mean * (1 - mean))]))
            assert plan.miss([(mean, None)]) < 0.2


def test_errors_of_mean_at_most(alpha):
    plan = mean_at_most(["K3"], 2.5, 100, alpha)
    generator = random(7, int(1 / alpha))
    for other, mean in ((OTHER_COLOR[3], 5 / 3), (K3, 2.5), (ONE_COLOR, 4.5)):
        values = draws(generator, other, (MANY, 100))
        refuted = np.concatenate(
            [(plan.wealth(0, part) >= plan.needed).any(-1) for part in np.split(values, 10)]
        )
        expect_same(plan, refuted, values)
        expect_rate(refuted if mean <= 2.5 else ~refuted, alpha if mean <= 2.5 else plan.miss([other]))
    assert plan.miss([ONE_COLOR]) < 0.2


def test_errors_of_cdf(alpha):
    plan = cdf(["uniform"], lambda x: np.clip(x, 0, 1), 150, alpha)
    generator = random(8, int(1 / alpha))
    for power in (1.0, 0.5):  # the second: squares of uniform numbers
        values = generator.random((MANY, 150)) ** (1 / power)
        above, below = plan.distances(0, values)
        refuted = np.maximum(above.max(-1), below.max(-1)) >= plan.distance(0)
        expect_same(plan, refuted, values)
        points = [(x, x**power) for x in np.linspace(0.05, 0.95, 19)]
        expect_rate(refuted if power == 1 else ~refuted, alpha if power == 1 else plan.miss([points]))
    assert plan.miss([points]) < 0.05


def compared(plan, *samples):
    refuted, holds = plan.pairs[0].verdicts(*samples)
    expect_same(plan, refuted, *samples)
    return refuted, holds


@pytest.mark.parametrize(("within", "n"), [((0.0, 1.0), 400), ((-math.inf, math.inf), 60)])
def test_errors_of_growth(alpha, within, n):
    """The law doubles within 20 %; rivals stay, or grow fourfold. Values lie 0.02 from their mean."""
    rivals = {"none": {"small": 1, "large": 1}, "square": {"small": 1, "large": 4}}
    scale = {"small": 1.0, "large": 2.0}
    plan = growth([("small", "large")], scale, rivals, 0.2, within, n, alpha, variances=0.0005)
    generator = random(9, int(1 / alpha), n)
    for ratio in (2.0, 1.6, 2.4, 1.0, 4.0):
        means = 0.2, 0.2 * ratio
        values = [mean + 0.04 * (generator.random((MANY, n)) < 0.5) - 0.02 for mean in means]
        refuted, holds = compared(plan, *values)
        moments = [(mean, 0.02**2) for mean in means]
        if ratio in (1.0, 4.0):
            expect_rate(~refuted, plan.miss(moments))
            expect_rate(holds, alpha)
            assert plan.miss(moments) < 0.01
        else:
            expect_rate(refuted, alpha)
            expect_rate(~holds, plan.doubt(moments))
            assert ratio != 2 or plan.doubt(moments) < 0.1


def test_errors_of_equivalent(alpha):
    plan = equivalent([("A", "B")], 0.1, 1200, alpha)
    generator = random(10, int(1 / alpha))
    alike, edge, apart = (0.01, 0.01), (0.6, 0.5), (0.2, 0.6)
    for means in (alike, edge, apart):
        values = [(generator.random((MANY, 1200)) < mean).astype(float) for mean in means]
        refuted, holds = compared(plan, *values)
        moments = [(mean, None) for mean in means]
        expect_rate(holds if means == apart else refuted, alpha)
        if means == alike:
            expect_rate(~holds, plan.doubt(moments))
        if means == apart:
            expect_rate(~refuted, plan.miss(moments))
    assert plan.miss([(0.2, None), (0.6, None)]) < 0.05
    assert plan.doubt([(0.01, None), (0.01, None)]) < 0.05


# What two values have in common besides their laws: (joint probabilities, whether they are independent)
PAIRS = {
    "uniform": (np.full((3, 3), 1 / 9), True),
    "skewed": (np.outer([0.9, 0.08, 0.02], [0.05, 0.05, 0.9]), True),
    "equal": (np.diag([0.5, 0.3, 0.2]), False),
    "alike": (0.3 * np.full((3, 3), 1 / 9) + 0.7 * np.diag([1, 1, 1]) / 3, False),
    "opposed": (0.3 * np.full((3, 3), 1 / 9) + 0.7 * np.diag([1, 1, 1])[::-1] / 3, False),
}


@pytest.mark.parametrize("name", PAIRS)
def test_errors_of_independent(alpha, name):
    joint, right = PAIRS[name]
    plan = independent(["pair"], 3, 120, alpha)
    values = draws(random(14, int(1 / alpha)), joint.ravel(), (MANY, 120))
    refuted = plan.refuting(values)
    expect_same(plan, refuted, values)
    if right:
        expect_rate(refuted, alpha)
    else:
        expect_rate(~refuted, plan.miss([joint]))
        assert plan.miss([joint]) < 0.6
    assert independent(["pair"], 3, 120, alpha).miss([np.outer([0.3, 0.3, 0.4], [0.2, 0.5, 0.3])]) == 1


def test_binomial_quantiles_are_exact():
    n, p = np.array([0, 1, 7, 100, 5000])[:, None], np.array([0.0, 1e-3, 0.3, 0.5, 1.0])
    for share in (1e-12, 1e-3, 0.45, 0.9, 1 - 1e-12):
        assert np.array_equal(quantile(share, n, p), stats.binom.ppf(share, n, p))


def test_tails_of_a_table_are_hypergeometric():
    generator = random(15)
    for _ in range(200):
        n = int(generator.integers(1, 60))
        some, other = (int(generator.integers(0, n + 1)) for _ in range(2))
        both = int(generator.integers(max(0, some + other - n), min(some, other) + 1))
        below, above = hypergeometric_log_tails(n, some, other, both)
        law = stats.hypergeom(n, some, other)
        assert np.exp(below) == pytest.approx(law.cdf(both), rel=1e-9)
        assert np.exp(above) == pytest.approx(law.sf(both - 1), rel=1e-9)


# All rules: evidence in any batches


def normal_cdf(x):
    return special.ndtr(x)


PLANS = {
    "coin": coin("abc", [0.9, 0.8, 0.95], [0.6, 0.4, 0.5], 1e-3, 1e-2),
    "law": law("abc", [K3, K4, K5], [150, 100, 120], 1e-3),
    "mean of law": mean_of_law("abc", [K3, K4, K5], [150, 100, 120], 1e-3),
    "mean in range": mean_in_range("abc", 0.5, (0, 1), [150, 100, 120], 1e-3),
    "mean at most": mean_at_most("abc", [2.5, 4.4, 6.5], [150, 100, 120], 1e-3),
    "cdf": cdf("abc", normal_cdf, [150, 100, 120], 1e-3),
    "growth": growth(
        [("a", "b"), ("b", "c")], {"a": 1, "b": 2, "c": 3}, {}, 0.3, (0, 9), [150, 100, 120], 1e-3
    ),
    "independent": independent("abc", 3, [150, 100, 120], 1e-3),
    "equivalent": equivalent([("a", "b"), ("c", "b")], 0.1, [150, 100, 120], 1e-3),
}


def streams(name, generator):
    """Evidence up to the caps: right, wrong in some cell, or with values that can't occur."""
    cells = []
    for cell, cap in enumerate(PLANS[name].cap):
        wrong = generator.random() < 0.3
        if name == "coin":
            values = generator.random(cap) < (0.45 if wrong else 0.9)
        elif name == "independent":
            pair = generator.integers(0, 3, (2, cap))
            values = (pair[0] * 3 + pair[0 if wrong else 1]).astype(float)
        elif name in ("law", "mean of law", "mean at most"):
            values = draws(generator, ONE_COLOR if wrong else (K3, K4, K5)[cell], cap)
        else:
            values = (
                generator.normal(wrong, size=cap)
                if name == "cdf"
                else generator.random(cap) ** (1 + 4 * wrong)
            )
        if name != "coin" and generator.random() < 0.2:
            values[generator.integers(cap)] = math.nan
        cells.append(values.tolist())
    return cells


@pytest.mark.parametrize("name", PLANS)
def test_batches_and_extra_evidence_change_no_decision(name):
    plan, generator, verdicts = PLANS[name], random(11, len(name)), set()
    for _ in range(60):
        full = streams(name, generator)
        decided = plan.decide(full)
        verdicts.add(decided.verdict)
        assert plan.next(full) == [0, 0, 0]
        assert plan.decide([values + [0.0] * 9 for values in full]) == decided
        seen = [0, 0, 0]
        while (found := plan.decide([values[:n] for values, n in zip(full, seen, strict=True)])) is None:
            wanted = plan.next([values[:n] for values, n in zip(full, seen, strict=True)])
            assert any(wanted)
            assert all(n + more <= cap for n, more, cap in zip(seen, wanted, plan.cap, strict=True))
            come = generator.integers(0, np.array(wanted) + 1) if generator.random() < 0.5 else wanted
            extra = generator.integers(0, 30, 3) * (generator.random(3) < 0.2)
            seen = np.minimum(seen + np.array(come) + extra, plan.cap).tolist()
        assert found == decided
        used = [values[:n] for values, n in zip(full, decided.used, strict=True)]
        assert plan.decide(used) == decided
        for cell in range(3):
            assert plan.decide([v[:-1] if c == cell else v for c, v in enumerate(used)]) is None
    assert "refuted" in verdicts
    assert len(verdicts) > 1
    assert all(isinstance(line, str) and line for line in plan.describe())


def test_evidence_of_other_cells_is_refused():
    for plan in PLANS.values():
        with pytest.raises(ValueError, match="3 cells"):
            plan.decide([[1.0]])


# What people read


def test_refutations_name_the_cell_the_bin_and_the_probability():
    plan = coin(["n = 64", "n = 128"], 0.9, 0.5, 1e-6)
    said = plan.decide([[1] * 40, [1, 0] * 50])
    assert said.sentence == (
        "n = 128: 15 of 30 replicates failed, where at most 3 are expected (success probability at least"
        " 0.9); so many or more of 30 have probability 3.6e-08"
    ), said.sentence
    values = draws(random(12), ONE_COLOR, 2000).tolist()
    said = law(["K3"], [K3], 2000, 1e-6).decide([values])
    assert said.sentence.startswith("K3: "), said.sentence
    assert "of 2000 values are " in said.sentence
    assert "are expected, which has probability " in said.sentence
    said = law(["K3"], [[0.5, 0.0, 0.5]], 2000, 1e-6).decide([[0, 2, 1]])
    assert (said.sentence, said.used) == ("K3: value 2 is 1, which can't occur", [3])


def test_growth_is_undecided_while_a_rival_is_not_excluded():
    pairs, scale = [("small", "large")], {"small": 1.0, "large": 2.0}
    with pytest.raises(ValueError, match="doesn't tell linear"):
        growth(pairs, scale, {"linear": {"small": 1, "large": 2.3}}, 0.2, (0, 1), 100, 1e-6)
    evidence = [[0.2] * 3000, [0.4] * 3000]
    for n, verdict in ((900, "undecided"), (3000, "holds")):
        plan = growth(pairs, scale, {"cubic": {"small": 1, "large": 3.5}}, 0.35, (0, 0.5), n, 1e-6)
        said = plan.decide(evidence)
        assert said.verdict == verdict, said
        assert ("not told from cubic" in said.sentence) == (verdict == "undecided"), said
    said = plan.decide([[0.2] * 3000, [0.1] * 3000])
    assert said.verdict == "refuted"
    assert "large has a mean of 0.1, small of 0.2: larger by a factor of" in said.sentence


# Sizes, and what lies under the rules


def test_the_number_of_replicates_is_proposed_from_the_impostors():
    others = [list(OTHER_COLOR.values()), [ONE_COLOR, K4, K5]]
    make = partial(law, ["K3", "K4", "K5"], [K3, K4, K5], alpha=1e-8)
    replicates = fewest(make, others, 1e-3)
    assert all(make(replicates).miss(other) <= 1e-3 for other in others)
    assert any(make(int(0.9 * replicates)).miss(other) > 1e-3 for other in others)
    with pytest.raises(ValueError, match="tell"):
        fewest(make, [[K3, K4, K5]], 1e-3, most=1000)


def coupon_cgf(k):
    """Steps on a clique of k: draws of k coupons, less k."""

    def cgf(t):
        stays = [(1 - found / k, found / k * math.exp(min(t, 99))) for found in range(k)]
        return sum(math.log(p / (1 - q)) for p, q in stays) if all(q < 1 for _, q in stays) else math.inf

    return cgf


def test_a_cgf_is_as_good_as_a_pmf_even_where_that_is_cut_off():
    short = coupons(5, length=120)  # leaves 1e-11
    plans = [mean_of_law(["K5"], [own], 30, 1e-9).limits[0] for own in (K5, coupon_cgf(5), short)]
    assert plans[0] == pytest.approx(plans[1], rel=1e-9)
    assert plans[2] == pytest.approx(plans[1], rel=1e-3)
    assert plans[2][1] >= plans[1][1] * (1 - 1e-9)  # no tighter than what is true
    with pytest.raises(ValueError, match="leaves"):
        cgf_of(coupons(5, length=60))


def test_chi_square_would_not_keep_its_level_and_exact_tails_do():
    """One bin with 10 of 10^5 expected, at 1e-9: (count - 10)^2 / 10 against its chi-square limit."""
    n, expected, level = 100_000, 10, 1e-9
    limit = expected + math.sqrt(expected * special.chdtri(1, level))
    assert special.bdtrc(math.ceil(limit) - 1, n, expected / n) > 200 * level
    plan = law(["cell"], [[1 - expected / n, expected / n]], n, level)
    assert 0.05 * level < plan.false_alarm <= level


def test_tails_merge_rare_bins_and_impossible_values_stay_impossible():
    pmf = [0.5, 0.0, 0.4, 0.0999, 0.00005, 0.0, 0.00005]
    cell = law(["cell"], [pmf], 1000, 1e-6).cells[0]
    places = cell.places(np.array([0, 1, 2, 3, 4, 5, 6, 7, -1, 0.5, math.inf, math.nan]))
    assert places.tolist() == [0, -1, 1, 2, 3, -1, 3, -1, -1, -1, -1, -1]
    assert [cell.name(test) for test in range(len(cell.sets))] == ["0", "2", "3", "at least 4", "at most 2"]
    open_end = law(["cell"], [pmf[:-1]], 1000, 1e-6).cells[0]
    assert open_end.places(np.array([6.0, 1e300])).tolist() == [3, 3]
    assert open_end.miss([0.9, 0.1 - 1e-7]) == pytest.approx(
        1000 * 1e-7, rel=1e-6
    )  # what it leaves is untold
    assert open_end.miss([0.5, 0.0, 0.4]) == 1


def test_misses_are_exact_for_one_binomial_test():
    cell = law(["cell"], [[0.5, 0.5]], 100, 1e-3).cells[0]
    low, high = int(cell.low[0]), int(cell.high[0])
    exact = sum(math.comb(100, k) * 0.3**k * 0.7 ** (100 - k) for k in range(low + 1, high))
    assert cell.miss([0.3, 0.7]) == pytest.approx(exact)
    assert cell.miss([0.5, 0.4, 0.1]) <= 0.9**100


def test_a_single_bin_refutes_exactly_where_its_tails_are_small():
    plan = law(["cell"], [[0.3, 0.7]], 60, 0.02)
    cell, ones = plan.cells[0], np.arange(61)
    chances_ = [math.comb(60, int(k)) * 0.3**k * 0.7 ** (60 - k) for k in ones]
    refuting = np.array([plan.decide([[0] * int(k) + [1] * int(60 - k)]).verdict == "refuted" for k in ones])
    assert np.flatnonzero(~refuting).tolist() == list(range(int(cell.low[0]) + 1, int(cell.high[0])))
    assert plan.false_alarm == pytest.approx(sum(c for c, out in zip(chances_, refuting, strict=True) if out))
    assert sum(chances_[: cell.low[0] + 1]) <= 0.01 < sum(chances_[: cell.low[0] + 2])
    assert sum(chances_[cell.high[0] :]) <= 0.01 < sum(chances_[cell.high[0] - 1 :])


def test_intervals_are_those_of_their_papers():
    half = np.repeat([0.0, 1.0], 50)
    low, high = interval(100, 0.01, (0, 1), None).limits(half)  # Maurer and Pontil, theorem 4
    radius = math.sqrt(2 * (25 / 99) * math.log(200) / 100) + 7 * math.log(200) / (3 * 99)
    assert [low, high] == pytest.approx([0.5 - radius, 0.5 + radius])
    low, high = interval(100, 0.01, (0, 1), 0.04).limits(half)
    deviation = high - 0.5  # exp(-n t^2 / (2 variance + 2 t / 3)) is the level
    assert 100 * deviation**2 / (2 * 0.04 + 2 * deviation / 3) == pytest.approx(math.log(100))
    everywhere = (-math.inf, math.inf)
    for sample in (random(13).normal(size=100), np.full(20, 3.0), np.append(np.zeros(19), 1e9)):
        own = interval(len(sample), 1e-6, everywhere, 1.0)
        scale = math.sqrt(2 * math.log(1e6) / len(sample))
        for limit, side in zip(own.limits(sample), (1, -1), strict=True):
            x = scale * side * (sample - limit)
            total = np.sum(np.sign(x) * np.log(1 + abs(x) + x**2 / 2))
            assert total == pytest.approx(2 * math.log(1e6), rel=1e-6)


def test_alpha_is_shared_out():
    pairs = [("a", "b"), ("c", "b")]
    plan = equivalent(pairs, 0.1, 50, 1e-6)
    assert [own.level for own in plan.intervals] == pytest.approx([1e-6 / 6] * 3)
    for at_most, sides in ((False, 2), (True, 1)):
        plan = mean_in_range("abcd", 0.5, (0, 1), 50, 1e-6, at_most=at_most)
        assert [own.level * sides for own in plan.intervals] == pytest.approx([1e-6 / 4] * 4)


def test_a_band_contains_and_avoids_boxes():
    generator = random(14)
    share = np.linspace(0, 1, 41)
    both = set()
    for _ in range(2000):
        slopes, offsets = np.sort(generator.random((2, 2)) * 2, axis=1)
        band = Band(Line(slopes[0], offsets[0] - 1), Line(slopes[1], offsets[1] - 1))
        x, y = np.sort(generator.random((2, 2)) * [[1], [2]], axis=1)
        xs, ys = np.meshgrid(x[0] + share * (x[1] - x[0]), y[0] + share * (y[1] - y[0]))
        inside = (ys >= band.lower.at(xs)) & (ys <= band.upper.at(xs))
        contains, avoids = band.contains(tuple(x), tuple(y)), band.avoids(tuple(x), tuple(y))
        assert contains == inside.all()
        assert not (avoids and inside.any())
        # What the grid misses is a corner smaller than its steps.
        nearly = (ys >= band.lower.at(xs) - 0.1) & (ys <= band.upper.at(xs) + 0.1)
        assert avoids or nearly.any()
        both.add((bool(contains), bool(avoids)))
    assert len(both) == 3


@pytest.mark.parametrize("variance", [None, 0.2])
@pytest.mark.parametrize("p", [0.003, 0.05, 0.3])
def test_limits_reach_no_further_than_is_said(variance, p):
    """On successes and failures, where all probabilities are known."""
    n, successes = 300, np.arange(301)
    chances_ = np.array([float(math.comb(n, k)) * p**k * (1 - p) ** (n - k) for k in range(n + 1)])
    samples = (np.arange(n) < successes[:, None]).astype(float)
    for low, high in ((0, 1), (-math.inf, math.inf)) if variance else ((0, 1),):
        own = interval(n, 0.01, (low, high), variance)
        lower, upper = own.limits(samples)
        for gap in np.linspace(0.01, 0.6, 60):
            said = float(own.reach(np.array(gap), p * (1 - p)))
            assert max(chances_[lower < p - gap].sum(), chances_[upper > p + gap].sum()) <= said
        assert said < 1e-9


def test_misses_and_doubts_divide_the_room_between_two_means():
    shares = np.linspace(0.005, 0.995, 199)
    plan = equivalent([("a", "b")], 0.1, 1000, 1e-3, variances=0.05)
    reach = partial(plan.intervals[0].reach, variance=0.05)
    moments = [(0.5, 0.05)] * 2
    assert plan.doubt(moments) == pytest.approx(2 * (reach(0.1 * shares) + reach(0.1 - 0.1 * shares)).min())
    assert 1e-9 < plan.doubt(moments) < 1
    size = {"small": 1.0, "large": 2.0}
    rivals = {"slow": {"small": 1, "large": 1.4}, "fast": {"small": 1, "large": 3}}
    plan = growth([("small", "large")], size, rivals, 0.3, (0, 1), 12_000, 1e-3, variances=0.01)
    reach = partial(plan.intervals[0].reach, variance=0.01)
    room = 0.2 * 1.4 - 0.26
    miss = (reach(shares * room / 1.4) + reach(room - shares * room)).min()
    assert plan.miss([(0.2, 0.01), (0.26, 0.01)]) == pytest.approx(miss)
    edges = [(1.4, 1), (2.6, -1), (1.82, 1), (2.1, -1)]  # the claim's, slow's, fast's
    for ratio in (1.9, 2.0):
        rooms = [(side * (0.3 * ratio - slope * 0.3), slope) for slope, side in edges]
        gaps = shares * min(room / slope for room, slope in rooms)
        left = np.min([room - slope * gaps for room, slope in rooms], axis=0)
        doubt = 2 * (reach(gaps) + reach(left)).min()
        assert plan.doubt([(0.3, 0.01), (0.3 * ratio, 0.01)]) == pytest.approx(doubt)
        assert 1e-9 < doubt < 1
    assert 1e-9 < miss < 1


def test_a_miss_of_bets_is_no_less_than_it_is():
    for cap in range(5, 60):
        plan = mean_at_most(["cell"], 1.0, cap, 1e-3)
        if plan.decide([[2.0] * cap]).verdict == "holds":
            assert plan.miss([[0, 0, 1]]) == 1
    assert plan.miss([[0, 0, 1]]) < 1e-6


def test_a_distance_of_distribution_functions_is_seen_on_either_side():
    plan = cdf(["uniform"], lambda x: np.clip(x, 0, 1), 2, 0.05)
    above, below = plan.distances(0, np.array([0.9, 0.3]))
    assert above == pytest.approx([0.2, 0.1])
    assert below == pytest.approx([0.3, 0.4])


@pytest.mark.parametrize("true", [0.25, 0.75])
def test_a_miss_at_one_point_of_a_distribution_function_is_binomial(true):
    plan = cdf(["uniform"], lambda x: np.clip(x, 0, 1), 60, 0.01)
    near = [k for k in range(61) if abs(k / 60 - 0.5) <= plan.distance(0)]
    exact = sum(math.comb(60, k) * true**k * (1 - true) ** (60 - k) for k in near)
    assert plan.miss([[(0.5, true)]]) == pytest.approx(exact)
