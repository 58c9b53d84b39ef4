"""The machine on the reference, over fresh seeds: nothing is refuted, and p-values are what they say."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import special

from conftest import judged
from whp import registry
from whp.results import Options
from whp.run import run
from whp.statistical.decisions.chernoff import MeansOfLaws, mean_of, rate
from whp.statistical.decisions.independence import Independents
from whp.statistical.decisions.laws import Bins, Laws
from whp.subject import Subject, Unwatched

RUNS = 60
WHOLE_RUNS = 20
SURPRISE = 1e-6  # a distance this improbable says that the p-values are not what they should be


def spread_of(cell: Bins, sample, generator):
    """Return the two-sided p-value of a cell's most balanced test, and its randomised one-sided form.

    The second is uniform for a right subject, whatever the steps of the binomial law.
    """
    test = int(np.abs(cell.chances - 0.5).argmin())
    counts = cell.counts(cell.places(sample))
    count, n, chance = int(counts[test]), cell.replicates, cell.chances[test]
    below = special.bdtr(count - 1, n, chance) if count else 0.0
    at = special.bdtr(count, n, chance) - below
    return math.exp(cell.log_tails(counts)[test]), below + generator.random() * at


def farthest(values, *, above):
    """Return how far the distribution of values lies above (or below) the uniform one."""
    ordered, n = np.sort(values), len(values)
    return float((np.arange(1, n + 1) / n - ordered if above else ordered - np.arange(n) / n).max())


@pytest.mark.slow
@pytest.mark.parametrize("system", registry.systems())
def test_20_whole_quick_runs_of_the_reference_are_green(system):
    entropy = np.random.SeedSequence().entropy
    for seed in np.random.SeedSequence(entropy).generate_state(WHOLE_RUNS, np.uint64):
        done = run(registry.checks(system), Options((system,), seed=int(seed), timeout=60))
        red = [each for each in done.ordered if each.verdict not in ("holds", "not run")]
        assert red == [], entropy
    print(f"{system}: 0 of {WHOLE_RUNS} runs red: with 95 % at most {1 - 0.05 ** (1 / WHOLE_RUNS):.0%} are")


@pytest.mark.slow
@pytest.mark.parametrize("system", registry.systems())
def test_60_quick_runs_of_the_reference_are_green_and_their_p_values_uniform(system):
    entropy = np.random.SeedSequence().entropy
    run_seeds = np.random.SeedSequence(entropy).generate_state(RUNS, np.uint64)
    generator = np.random.default_rng(np.random.SeedSequence(entropy, spawn_key=(1,)))
    subject = Subject(system, None, {}, Unwatched())
    red, bounds, exact = [], [], []
    for claim in (one for one in registry.claims(system) if "quick" in one.cells):
        for seed in run_seeds:
            plan, evidence, decided = judged(claim, subject, int(seed))
            if decided.verdict != "holds":
                red.append((claim.id, decided))
            samples = [np.array(values) for values in evidence]
            match plan:
                case Laws():
                    pairs = [spread_of(*both, generator) for both in zip(plan.cells, samples, strict=True)]
                    bounds += [bound for bound, _ in pairs]
                    exact += [value for _, value in pairs]
                case MeansOfLaws():
                    for cgf, sample in zip(plan.cgfs, samples, strict=True):
                        side = 1 if sample.mean() > mean_of(cgf) else -1
                        bounds.append(min(1.0, 2 * math.exp(-len(sample) * rate(cgf, sample.mean(), side))))
                case Independents():
                    at = min(1, plan.levels - 2)  # a table from the middle
                    bounds += [2 * math.exp(plan.log_tails(sample)[at, at]) for sample in samples]
    assert red == [], entropy
    if not bounds:
        return  # claims that are coins have no p-values
    reach = [math.sqrt(math.log(1 / SURPRISE) / (2 * len(values))) for values in (bounds, exact)]
    figures = farthest(bounds, above=True), farthest(exact, above=True), farthest(exact, above=False)
    print(f"{system}: {RUNS} runs; {len(bounds)} p-values, at most {figures[0]:+.4f} above uniform")
    print(f"{len(exact)} randomised ones, {figures[1]:+.4f} above and {figures[2]:+.4f} below; reach {reach}")
    assert figures[0] < reach[0], entropy
    assert max(figures[1:]) < reach[1], entropy
