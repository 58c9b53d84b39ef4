"""The machine on the reference, over fresh seeds: nothing is refuted, and p-values are what they say."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import special

from whp import registry
from whp.results import Options
from whp.run import run
from whp.statistical.decisions.chernoff import MeansOfLaws, mean_of, rate
from whp.statistical.decisions.independence import Independents
from whp.statistical.decisions.laws import Bins, Laws

RUNS = 20
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


def p_values(done, generator):
    """Return the p-values of a run's claims of fixed size: such as lie above uniform ones, and exact ones."""
    bounds, exact = [], []
    shares = registry.shares()
    for claim in (check for check in done.checks if done.evidence.get(check.id)):
        plan = claim.plan(done.options.effort, done.options.alpha * shares[claim.id])
        samples = [np.array(values) for values in done.evidence[claim.id]]
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
    return bounds, exact


@pytest.mark.slow
@pytest.mark.parametrize("system", registry.systems())
def test_whole_quick_runs_of_the_reference_are_green_and_their_p_values_uniform(system):
    entropy = np.random.SeedSequence().entropy
    generator = np.random.default_rng(np.random.SeedSequence(entropy, spawn_key=(1,)))
    red, bounds, exact = [], [], []
    for seed in np.random.SeedSequence(entropy).generate_state(RUNS, np.uint64):
        done = run(registry.checks(system), Options((system,), seed=int(seed), timeout=60))
        red += [each for each in done.ordered if each.verdict not in ("holds", "not run")]
        above, uniform = p_values(done, generator)
        bounds, exact = bounds + above, exact + uniform
    assert red == [], entropy
    print(f"{system}: 0 of {RUNS} runs red: with 95 % at most {1 - 0.05 ** (1 / RUNS):.0%} are")
    for values, sides in ((bounds, (True,)), (exact, (True, False))):
        for above in sides if values else ():
            distance = farthest(values, above=above)
            reach = math.sqrt(math.log(1 / SURPRISE) / 2 / len(values))
            print(f"{len(values)} p-values, at most {distance:.4f} {'above' if above else 'below'} uniform")
            assert distance < reach, entropy
